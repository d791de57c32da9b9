-- +goose Up

-- Recognised deeds and how many stand behind each. No person.
CREATE TABLE ranked_deeds (
    number        BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id            VARBINARY(26) NOT NULL,
    region        VARBINARY(14) NOT NULL,
    village_group VARBINARY(14) NOT NULL,
    title         MEDIUMTEXT NOT NULL,
    clause        VARBINARY(64) NOT NULL,
    clause_text   MEDIUMTEXT NOT NULL,
    topic         VARBINARY(64) NOT NULL,
    listed_at     BIGINT NOT NULL,
    is_open       BIGINT NOT NULL,
    endorsements  BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX ranked_deeds_by_id ON ranked_deeds (id);

-- Each deed in every place it lies in and every period it was listed in. weight
-- is the number of endorsements below zero, so that the order of a ranking is
-- the order of the key and any page of it is one range. There is no other index:
-- an endorsement moves twenty rows, which are found by their whole keys, since
-- the deed tells all of them.
CREATE TABLE ranked_places (
    scope     BIGINT NOT NULL,
    period    BIGINT NOT NULL,
    weight    BIGINT NOT NULL,
    listed_at BIGINT NOT NULL,
    id        VARBINARY(26) NOT NULL,
    deed      BIGINT NOT NULL,
    PRIMARY KEY (scope, period, weight, listed_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Red entries by clause, topic and group. title is of a clause, in the words of
-- the latest entry.
CREATE TABLE ranked_counts (
    scope   BIGINT NOT NULL,
    period  BIGINT NOT NULL,
    kind    VARBINARY(8) NOT NULL,
    code    VARBINARY(64) NOT NULL,
    entries BIGINT NOT NULL,
    title   MEDIUMTEXT NOT NULL,
    PRIMARY KEY (scope, period, kind, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who stands behind what: one each, gone when it is taken back.
CREATE TABLE endorsements (
    deed     BIGINT NOT NULL,
    resident VARBINARY(64) NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (deed, resident)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX endorsements_by_resident ON endorsements (resident, deed);

-- When the rankings of a village, and so of all places above it, changed last:
-- one row each however often they change. at is the machine's time.
CREATE TABLE ranking_marks (
    region  VARBINARY(14) NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    at      BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX ranking_marks_by_time ON ranking_marks (at, region);

-- +goose Down
DROP TABLE ranking_marks;
DROP TABLE endorsements;
DROP TABLE ranked_counts;
DROP TABLE ranked_places;
DROP TABLE ranked_deeds;
