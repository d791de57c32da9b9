-- +goose Up

-- What is kept of a sealed ballot beside its casts: statements, keys and hashes
-- of the ceremony, as JSON. No choices and no private keys.
CREATE TABLE ballot_keeping (
    ballot BIGINT NOT NULL PRIMARY KEY,
    body   MEDIUMTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The sealed cast that stands, one per entry of the roll. Person and ciphertext
-- are linked here by design; what must not exist anywhere is a choice. No times.
CREATE TABLE ballot_sealed (
    ballot    BIGINT NOT NULL,
    voter     BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    tracker   VARBINARY(32) NOT NULL,
    body      VARBINARY(385) NOT NULL,
    sealed_by VARBINARY(8) NOT NULL,
    PRIMARY KEY (ballot, voter)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Trackers of casts that were replaced, or dropped for a vote at the table, or
-- erased: they stay in the list of the box.
CREATE TABLE ballot_trackers (
    ballot  BIGINT NOT NULL,
    voter   BIGINT NOT NULL,
    n       BIGINT NOT NULL,
    tracker VARBINARY(32) NOT NULL,
    PRIMARY KEY (ballot, voter, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE ballot_trackers;
DROP TABLE ballot_sealed;
DROP TABLE ballot_keeping;
