-- +goose Up

-- What is voted on. number is the narrow key of the tables of casts. The
-- definition is canonical JSON; it and the roll never change after opening.
-- turnout_* is the one figure of an open ballot: rounded, and of a while ago.
CREATE TABLE ballots (
    number        BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id            VARBINARY(26) NOT NULL,
    region        VARBINARY(14) NOT NULL,
    state         VARBINARY(12) NOT NULL,
    sealed        BIGINT NOT NULL,
    revote        BIGINT NOT NULL,
    opens_at      BIGINT NOT NULL,
    closes_at     BIGINT NOT NULL,
    revision      BIGINT NOT NULL,
    definition    MEDIUMTEXT NOT NULL,
    members       MEDIUMTEXT NOT NULL,
    digest        VARBINARY(64) NOT NULL,
    roll_size     BIGINT NOT NULL,
    roll_digest   VARBINARY(64) NOT NULL,
    roll_salt     VARBINARY(32),
    opened_at     BIGINT NOT NULL,
    closed_at     BIGINT NOT NULL,
    certified_at  BIGINT NOT NULL,
    certified_by  VARBINARY(64) NOT NULL,
    opinion       VARCHAR(400) NOT NULL,
    reason        VARCHAR(400) NOT NULL,
    created_at    BIGINT NOT NULL,
    created_by    VARBINARY(64) NOT NULL,
    turnout       BIGINT NOT NULL,
    turnout_at    BIGINT NOT NULL,
    turnout_next  BIGINT NOT NULL,
    turnout_taken BIGINT NOT NULL,
    tally         MEDIUMTEXT NOT NULL,
    opened_index  BIGINT,
    result_index  BIGINT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX ballots_by_id ON ballots (id);
CREATE INDEX ballots_by_region ON ballots (region, number);
CREATE INDEX ballots_by_state ON ballots (state, closes_at, number);

-- The frozen roll: an entry of a person or of a household, and by which way it
-- is marked as having voted ('' not at all).
CREATE TABLE ballot_roll (
    ballot  BIGINT NOT NULL,
    voter   BIGINT NOT NULL,
    subject VARBINARY(26) NOT NULL,
    way     VARBINARY(8) NOT NULL,
    PRIMARY KEY (ballot, voter)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX ballot_roll_by_subject ON ballot_roll (ballot, subject);

-- Who may cast for which entry: of a household, each member of full age.
CREATE TABLE ballot_voters (
    ballot   BIGINT NOT NULL,
    resident VARBINARY(26) NOT NULL,
    voter    BIGINT NOT NULL,
    PRIMARY KEY (ballot, resident)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Casts of open ballots, one per entry of the roll. No times and no order of
-- arrival.
CREATE TABLE ballot_casts (
    ballot  BIGINT NOT NULL,
    voter   BIGINT NOT NULL,
    pattern VARBINARY(800) NOT NULL,
    origin  VARBINARY(8) NOT NULL,
    tracker VARBINARY(20) NOT NULL,
    PRIMARY KEY (ballot, voter)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Papers entered at the table by one officer, compared by another.
CREATE TABLE ballot_sheets (
    ballot     BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    voter      BIGINT NOT NULL,
    subject    VARCHAR(40) NOT NULL,
    pattern    VARBINARY(800) NOT NULL,
    media_id   VARBINARY(26) NOT NULL,
    state      VARBINARY(12) NOT NULL,
    entered_by VARBINARY(64) NOT NULL,
    entered_at BIGINT NOT NULL,
    decided_by VARBINARY(64) NOT NULL,
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (ballot, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Sessions in which somebody was helped to vote: who helped, and when.
CREATE TABLE ballot_assists (
    token_hash VARBINARY(32) NOT NULL PRIMARY KEY,
    ballot     BIGINT NOT NULL,
    voter      BIGINT NOT NULL,
    helper     VARBINARY(64) NOT NULL,
    consent    VARCHAR(400) NOT NULL,
    opened_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX ballot_assists_by_ballot ON ballot_assists (ballot, opened_at, token_hash);

-- +goose Down
DROP TABLE ballot_assists;
DROP TABLE ballot_sheets;
DROP TABLE ballot_casts;
DROP TABLE ballot_voters;
DROP TABLE ballot_roll;
DROP TABLE ballots;
