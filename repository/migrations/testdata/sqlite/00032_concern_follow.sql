-- +goose Up

-- Pairs of characters of the texts of concerns that are open and public, as
-- others read them: for the village and for its county, whose code is here a
-- number, so that a row is small. A pair is below 1<<42; see
-- service/concern/similar.
CREATE TABLE concern_terms (
    place  INTEGER NOT NULL,
    term   INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    PRIMARY KEY (place, term, serial)
) STRICT, WITHOUT ROWID;

-- Concerns by place (village to province), category and month of raising
-- (202609). figure is raised, open, closed and the like, an end, or a step of
-- the histogram of hours; see service/concern.
CREATE TABLE concern_counts (
    region   TEXT NOT NULL,
    month    INTEGER NOT NULL,
    category TEXT NOT NULL,
    figure   TEXT NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (region, month, category, figure)
) STRICT, WITHOUT ROWID;

-- What of one concern is in them.
CREATE TABLE concern_counted (
    concern_id TEXT NOT NULL PRIMARY KEY,
    region     TEXT NOT NULL,
    month      INTEGER NOT NULL,
    category   TEXT NOT NULL,
    figures    TEXT NOT NULL
) STRICT;

-- What is overdue now is counted from the open ones.
CREATE INDEX concerns_by_open ON concerns (is_open, region, due_at, owner, raised_at, category);

-- +goose Down
DROP INDEX concerns_by_open;
DROP TABLE concern_counted;
DROP TABLE concern_counts;
DROP TABLE concern_terms;
