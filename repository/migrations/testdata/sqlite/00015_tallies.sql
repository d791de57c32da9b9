-- +goose Up

-- Figures of indicators by place (village to province) and month (202609).
CREATE TABLE tallies (
    region TEXT NOT NULL,
    figure TEXT NOT NULL,
    month  INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    PRIMARY KEY (region, figure, month)
) STRICT, WITHOUT ROWID;

-- What of one posting or question is in them.
CREATE TABLE tallied (
    subject TEXT NOT NULL PRIMARY KEY,
    region  TEXT NOT NULL,
    month   INTEGER NOT NULL,
    figures TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE tallied;
DROP TABLE tallies;
