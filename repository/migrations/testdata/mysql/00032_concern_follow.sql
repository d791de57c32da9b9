-- +goose Up

-- Pairs of characters of the texts of concerns that are open and public, as
-- others read them: for the village and for its county, whose code is here a
-- number, so that a row is small. A pair is below 1<<42; see
-- service/concern/similar.
CREATE TABLE concern_terms (
    place  BIGINT NOT NULL,
    term   BIGINT NOT NULL,
    serial BIGINT NOT NULL,
    PRIMARY KEY (place, term, serial)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Concerns by place (village to province), category and month of raising
-- (202609). figure is raised, open, closed and the like, an end, or a step of
-- the histogram of hours; see service/concern.
CREATE TABLE concern_counts (
    region   VARBINARY(14) NOT NULL,
    month    BIGINT NOT NULL,
    category VARBINARY(16) NOT NULL,
    figure   VARBINARY(16) NOT NULL,
    n        BIGINT NOT NULL,
    PRIMARY KEY (region, month, category, figure)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What of one concern is in them.
CREATE TABLE concern_counted (
    concern_id VARBINARY(26) NOT NULL PRIMARY KEY,
    region     VARBINARY(14) NOT NULL,
    month      BIGINT NOT NULL,
    category   VARBINARY(16) NOT NULL,
    figures    VARBINARY(250) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What is overdue now is counted from the open ones.
CREATE INDEX concerns_by_open ON concerns (is_open, region, due_at, owner, raised_at, category);

-- +goose Down
DROP INDEX concerns_by_open ON concerns;
DROP TABLE concern_counted;
DROP TABLE concern_counts;
DROP TABLE concern_terms;
