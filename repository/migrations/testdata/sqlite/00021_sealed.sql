-- +goose Up

-- What is kept of a sealed ballot beside its casts: statements, keys and hashes
-- of the ceremony, as JSON. No choices and no private keys.
CREATE TABLE ballot_keeping (
    ballot INTEGER NOT NULL PRIMARY KEY,
    body   TEXT NOT NULL
) STRICT;

-- The sealed cast that stands, one per entry of the roll. Person and ciphertext
-- are linked here by design; what must not exist anywhere is a choice. No times.
CREATE TABLE ballot_sealed (
    ballot    INTEGER NOT NULL,
    voter     INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    tracker   BLOB NOT NULL,
    body      BLOB NOT NULL,
    sealed_by TEXT NOT NULL,
    PRIMARY KEY (ballot, voter)
) STRICT, WITHOUT ROWID;

-- Trackers of casts that were replaced, or dropped for a vote at the table, or
-- erased: they stay in the list of the box.
CREATE TABLE ballot_trackers (
    ballot  INTEGER NOT NULL,
    voter   INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    tracker BLOB NOT NULL,
    PRIMARY KEY (ballot, voter, n)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE ballot_trackers;
DROP TABLE ballot_sealed;
DROP TABLE ballot_keeping;
