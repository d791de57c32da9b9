-- +goose Up

-- 知榜: the rules that a village's council made known, one row per version; the
-- latest has superseded_at 0.
CREATE TABLE board_announcements (
    id            VARBINARY(26) NOT NULL PRIMARY KEY,
    region        VARBINARY(14) NOT NULL,
    revision      BIGINT NOT NULL,
    council       VARCHAR(60) NOT NULL,
    members       BIGINT NOT NULL,
    keeper_role   VARBINARY(32) NOT NULL,
    keeper        VARCHAR(60) NOT NULL,
    covenant_id   VARBINARY(26) NOT NULL,
    version       BIGINT NOT NULL,
    clauses       MEDIUMTEXT NOT NULL,
    incentives    MEDIUMTEXT NOT NULL,
    objections    MEDIUMTEXT NOT NULL,
    from_on       VARBINARY(10) NOT NULL,
    made_at       BIGINT NOT NULL,
    superseded_at BIGINT NOT NULL,
    log           MEDIUMTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX board_announcements_by_region ON board_announcements (region, revision);

-- Entries of the red and the black list. What may be shown stands in plain
-- columns; who it is about, who said so, facts, reply, evidence and consent stand
-- in one sealed column, which is emptied with the keyed hashes when the entry ends.
CREATE TABLE board_entries (
    serial        BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id            VARBINARY(26) NOT NULL,
    case_id       VARBINARY(26) NOT NULL,
    kind          VARBINARY(8) NOT NULL,
    region        VARBINARY(14) NOT NULL,
    village_group VARBINARY(14) NOT NULL,
    clause        MEDIUMTEXT NOT NULL,
    deed          MEDIUMTEXT NOT NULL,
    month         VARBINARY(7) NOT NULL,
    state         VARBINARY(12) NOT NULL,
    stage         VARBINARY(32) NOT NULL,
    revision      BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    notice_at     BIGINT NOT NULL,
    notice_end    BIGINT NOT NULL,
    listed_at     BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL,
    end_kind      VARBINARY(24) NOT NULL,
    council       MEDIUMTEXT NOT NULL,
    consulted     MEDIUMTEXT NOT NULL,
    named         BIGINT NOT NULL,
    log           MEDIUMTEXT NOT NULL,
    subject_key   VARBINARY(64) NOT NULL,
    maker_key     VARBINARY(64) NOT NULL,
    seal_key      VARBINARY(16) NOT NULL,
    sealed        MEDIUMBLOB NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX board_entries_by_id ON board_entries (id);
CREATE INDEX board_entries_by_region ON board_entries (region, state, serial);
CREATE INDEX board_entries_by_listed ON board_entries (region, listed_at, serial);
CREATE INDEX board_entries_by_subject ON board_entries (subject_key, serial);
CREATE INDEX board_entries_by_maker ON board_entries (maker_key, created_at);

-- What council and representatives said, one voice each and round. voter is a
-- keyed hash bound to the entry. The rows go when the entry ends; its figures stay.
CREATE TABLE board_votes (
    entry_id VARBINARY(26) NOT NULL,
    round    BIGINT NOT NULL,
    body     VARBINARY(16) NOT NULL,
    voter    VARBINARY(64) NOT NULL,
    vote     VARBINARY(8) NOT NULL,
    PRIMARY KEY (entry_id, round, body, voter)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Objections in the time of notice: text and answer sealed, objector a keyed hash
-- bound to the entry. The rows go when the entry ends.
CREATE TABLE board_objections (
    entry_id    VARBINARY(26) NOT NULL,
    number      BIGINT NOT NULL,
    objector    VARBINARY(64) NOT NULL,
    at          BIGINT NOT NULL,
    result      VARBINARY(12) NOT NULL,
    answered_at BIGINT NOT NULL,
    seal_key    VARBINARY(16) NOT NULL,
    sealed      MEDIUMBLOB NOT NULL,
    PRIMARY KEY (entry_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX board_objections_by_objector ON board_objections (entry_id, objector);

-- Apologies for black entries that should not have been; no name.
CREATE TABLE board_apologies (
    serial        BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id            VARBINARY(26) NOT NULL,
    region        VARBINARY(14) NOT NULL,
    village_group VARBINARY(14) NOT NULL,
    clause        MEDIUMTEXT NOT NULL,
    month         VARBINARY(7) NOT NULL,
    body          MEDIUMTEXT NOT NULL,
    made_at       BIGINT NOT NULL,
    shown_to      BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX board_apologies_by_id ON board_apologies (id);
CREATE INDEX board_apologies_by_region ON board_apologies (region, shown_to, serial);

-- +goose Down
DROP TABLE board_apologies;
DROP TABLE board_objections;
DROP TABLE board_votes;
DROP TABLE board_entries;
DROP TABLE board_announcements;
