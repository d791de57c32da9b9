-- +goose Up

-- The bodies by which villagers govern themselves. term_from and term_until are
-- days, both included; charter is the version in force.
CREATE TABLE councils (
    serial        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL,
    region        TEXT NOT NULL,
    kind          TEXT NOT NULL,
    name          TEXT NOT NULL,
    term_from     TEXT NOT NULL,
    term_until    TEXT NOT NULL,
    charter       INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    registered_at INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX councils_by_id ON councils (id);
CREATE UNIQUE INDEX councils_by_name ON councils (region, name);
CREATE INDEX councils_by_region ON councils (region, serial);

-- Versions of charters; rows are never changed. account is never shown.
CREATE TABLE council_charters (
    council_id TEXT NOT NULL,
    version    INTEGER NOT NULL,
    body       TEXT NOT NULL,
    office     TEXT NOT NULL,
    account    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (council_id, version)
) STRICT, WITHOUT ROWID;

-- Who sits in them. resident is never shown, masked is. until_day is empty as
-- long as no end is known, ended_at is when it was written down.
CREATE TABLE council_members (
    council_id TEXT NOT NULL,
    number     INTEGER NOT NULL,
    resident   TEXT NOT NULL,
    masked     TEXT NOT NULL,
    office     TEXT NOT NULL,
    from_day   TEXT NOT NULL,
    until_day  TEXT NOT NULL,
    entered_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    PRIMARY KEY (council_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX council_members_by_resident ON council_members (resident, council_id, number);

-- What they do. held_on is empty until it was held; content is all that was said
-- of it with its corrections, as JSON.
CREATE TABLE council_activities (
    serial     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL,
    case_id    TEXT NOT NULL,
    council_id TEXT NOT NULL,
    region     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL,
    title      TEXT NOT NULL,
    held_on    TEXT NOT NULL,
    heads      INTEGER NOT NULL,
    cost_fen   INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    planned_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    content    TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX council_activities_by_id ON council_activities (id);
CREATE INDEX council_activities_by_council ON council_activities (council_id, serial);
CREATE INDEX council_activities_by_region ON council_activities (region, held_on, serial);

-- Photos that hang on an activity now.
CREATE TABLE council_media (
    media_id    TEXT NOT NULL,
    activity_id TEXT NOT NULL,
    PRIMARY KEY (media_id, activity_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX council_media_by_activity ON council_media (activity_id, media_id);

-- +goose Down
DROP TABLE council_media;
DROP TABLE council_activities;
DROP TABLE council_members;
DROP TABLE council_charters;
DROP TABLE councils;
