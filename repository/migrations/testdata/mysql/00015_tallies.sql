-- +goose Up

-- Figures of indicators by place (village to province) and month (202609).
CREATE TABLE tallies (
    region VARBINARY(14) NOT NULL,
    figure VARBINARY(24) NOT NULL,
    month  BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    PRIMARY KEY (region, figure, month)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What of one posting or question is in them.
CREATE TABLE tallied (
    subject VARBINARY(26) NOT NULL PRIMARY KEY,
    region  VARBINARY(14) NOT NULL,
    month   BIGINT NOT NULL,
    figures VARBINARY(200) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE tallied;
DROP TABLE tallies;
