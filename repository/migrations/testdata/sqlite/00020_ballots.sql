-- +goose Up

-- What is voted on. number is the narrow key of the tables of casts. The
-- definition is canonical JSON; it and the roll never change after opening.
-- turnout_* is the one figure of an open ballot: rounded, and of a while ago.
CREATE TABLE ballots (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL,
    region        TEXT NOT NULL,
    state         TEXT NOT NULL,
    sealed        INTEGER NOT NULL,
    revote        INTEGER NOT NULL,
    opens_at      INTEGER NOT NULL,
    closes_at     INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    definition    TEXT NOT NULL,
    members       TEXT NOT NULL,
    digest        TEXT NOT NULL,
    roll_size     INTEGER NOT NULL,
    roll_digest   TEXT NOT NULL,
    roll_salt     BLOB,
    opened_at     INTEGER NOT NULL,
    closed_at     INTEGER NOT NULL,
    certified_at  INTEGER NOT NULL,
    certified_by  TEXT NOT NULL,
    opinion       TEXT NOT NULL,
    reason        TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    created_by    TEXT NOT NULL,
    turnout       INTEGER NOT NULL,
    turnout_at    INTEGER NOT NULL,
    turnout_next  INTEGER NOT NULL,
    turnout_taken INTEGER NOT NULL,
    tally         TEXT NOT NULL,
    opened_index  INTEGER,
    result_index  INTEGER
) STRICT;

CREATE UNIQUE INDEX ballots_by_id ON ballots (id);
CREATE INDEX ballots_by_region ON ballots (region, number);
CREATE INDEX ballots_by_state ON ballots (state, closes_at, number);

-- The frozen roll: an entry of a person or of a household, and by which way it
-- is marked as having voted ('' not at all).
CREATE TABLE ballot_roll (
    ballot  INTEGER NOT NULL,
    voter   INTEGER NOT NULL,
    subject TEXT NOT NULL,
    way     TEXT NOT NULL,
    PRIMARY KEY (ballot, voter)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX ballot_roll_by_subject ON ballot_roll (ballot, subject);

-- Who may cast for which entry: of a household, each member of full age.
CREATE TABLE ballot_voters (
    ballot   INTEGER NOT NULL,
    resident TEXT NOT NULL,
    voter    INTEGER NOT NULL,
    PRIMARY KEY (ballot, resident)
) STRICT, WITHOUT ROWID;

-- Casts of open ballots, one per entry of the roll. No times and no order of
-- arrival.
CREATE TABLE ballot_casts (
    ballot  INTEGER NOT NULL,
    voter   INTEGER NOT NULL,
    pattern TEXT NOT NULL,
    origin  TEXT NOT NULL,
    tracker TEXT NOT NULL,
    PRIMARY KEY (ballot, voter)
) STRICT, WITHOUT ROWID;

-- Papers entered at the table by one officer, compared by another.
CREATE TABLE ballot_sheets (
    ballot     INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    voter      INTEGER NOT NULL,
    subject    TEXT NOT NULL,
    pattern    TEXT NOT NULL,
    media_id   TEXT NOT NULL,
    state      TEXT NOT NULL,
    entered_by TEXT NOT NULL,
    entered_at INTEGER NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    PRIMARY KEY (ballot, number)
) STRICT, WITHOUT ROWID;

-- Sessions in which somebody was helped to vote: who helped, and when.
CREATE TABLE ballot_assists (
    token_hash BLOB NOT NULL PRIMARY KEY,
    ballot     INTEGER NOT NULL,
    voter      INTEGER NOT NULL,
    helper     TEXT NOT NULL,
    consent    TEXT NOT NULL,
    opened_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX ballot_assists_by_ballot ON ballot_assists (ballot, opened_at, token_hash);

-- +goose Down
DROP TABLE ballot_assists;
DROP TABLE ballot_sheets;
DROP TABLE ballot_casts;
DROP TABLE ballot_voters;
DROP TABLE ballot_roll;
DROP TABLE ballots;
