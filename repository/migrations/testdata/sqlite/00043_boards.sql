-- +goose Up

-- 知榜: the rules that a village's council made known, one row per version; the
-- latest has superseded_at 0.
CREATE TABLE board_announcements (
    id            TEXT NOT NULL PRIMARY KEY,
    region        TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    council       TEXT NOT NULL,
    members       INTEGER NOT NULL,
    keeper_role   TEXT NOT NULL,
    keeper        TEXT NOT NULL,
    covenant_id   TEXT NOT NULL,
    version       INTEGER NOT NULL,
    clauses       TEXT NOT NULL,
    incentives    TEXT NOT NULL,
    objections    TEXT NOT NULL,
    from_on       TEXT NOT NULL,
    made_at       INTEGER NOT NULL,
    superseded_at INTEGER NOT NULL,
    log           TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX board_announcements_by_region ON board_announcements (region, revision);

-- Entries of the red and the black list. What may be shown stands in plain
-- columns; who it is about, who said so, facts, reply, evidence and consent stand
-- in one sealed column, which is emptied with the keyed hashes when the entry ends.
CREATE TABLE board_entries (
    serial        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL,
    case_id       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    region        TEXT NOT NULL,
    village_group TEXT NOT NULL,
    clause        TEXT NOT NULL,
    deed          TEXT NOT NULL,
    month         TEXT NOT NULL,
    state         TEXT NOT NULL,
    stage         TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    notice_at     INTEGER NOT NULL,
    notice_end    INTEGER NOT NULL,
    listed_at     INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    ended_at      INTEGER NOT NULL,
    end_kind      TEXT NOT NULL,
    council       TEXT NOT NULL,
    consulted     TEXT NOT NULL,
    named         INTEGER NOT NULL,
    log           TEXT NOT NULL,
    subject_key   TEXT NOT NULL,
    maker_key     TEXT NOT NULL,
    seal_key      TEXT NOT NULL,
    sealed        BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX board_entries_by_id ON board_entries (id);
CREATE INDEX board_entries_by_region ON board_entries (region, state, serial);
CREATE INDEX board_entries_by_listed ON board_entries (region, listed_at, serial);
CREATE INDEX board_entries_by_subject ON board_entries (subject_key, serial);
CREATE INDEX board_entries_by_maker ON board_entries (maker_key, created_at);

-- What council and representatives said, one voice each and round. voter is a
-- keyed hash bound to the entry. The rows go when the entry ends; its figures stay.
CREATE TABLE board_votes (
    entry_id TEXT NOT NULL,
    round    INTEGER NOT NULL,
    body     TEXT NOT NULL,
    voter    TEXT NOT NULL,
    vote     TEXT NOT NULL,
    PRIMARY KEY (entry_id, round, body, voter)
) STRICT, WITHOUT ROWID;

-- Objections in the time of notice: text and answer sealed, objector a keyed hash
-- bound to the entry. The rows go when the entry ends.
CREATE TABLE board_objections (
    entry_id    TEXT NOT NULL,
    number      INTEGER NOT NULL,
    objector    TEXT NOT NULL,
    at          INTEGER NOT NULL,
    result      TEXT NOT NULL,
    answered_at INTEGER NOT NULL,
    seal_key    TEXT NOT NULL,
    sealed      BLOB NOT NULL,
    PRIMARY KEY (entry_id, number)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX board_objections_by_objector ON board_objections (entry_id, objector);

-- Apologies for black entries that should not have been; no name.
CREATE TABLE board_apologies (
    serial        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL,
    region        TEXT NOT NULL,
    village_group TEXT NOT NULL,
    clause        TEXT NOT NULL,
    month         TEXT NOT NULL,
    body          TEXT NOT NULL,
    made_at       INTEGER NOT NULL,
    shown_to      INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX board_apologies_by_id ON board_apologies (id);
CREATE INDEX board_apologies_by_region ON board_apologies (region, shown_to, serial);

-- +goose Down
DROP TABLE board_apologies;
DROP TABLE board_objections;
DROP TABLE board_votes;
DROP TABLE board_entries;
DROP TABLE board_announcements;
