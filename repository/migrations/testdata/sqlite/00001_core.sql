-- +goose Up

-- Places. Clustered by code, so that everything within a place is one range.
CREATE TABLE regions (
    code        TEXT NOT NULL PRIMARY KEY,
    parent      TEXT NOT NULL,
    level       INTEGER NOT NULL,
    name        TEXT NOT NULL,
    short       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    pinyin      TEXT NOT NULL,
    initials    TEXT NOT NULL,
    state       TEXT NOT NULL,
    merged_into TEXT NOT NULL,
    merged_on   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX regions_by_parent ON regions (parent, state, code);
CREATE INDEX regions_by_short ON regions (level, short, code);
CREATE INDEX regions_by_pinyin ON regions (level, pinyin, code);
CREATE INDEX regions_by_initials ON regions (level, initials, code);
CREATE INDEX regions_by_successor ON regions (merged_into, code);

-- Editions of the official codes that were imported, newest last.
CREATE TABLE region_editions (
    serial     INTEGER PRIMARY KEY AUTOINCREMENT,
    edition    TEXT NOT NULL,
    scope      TEXT NOT NULL,
    places     INTEGER NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;

-- The journal. It has no foreign keys because it outlives what it speaks of.
CREATE TABLE audit_events (
    serial      INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    account     TEXT NOT NULL,
    role        TEXT NOT NULL,
    role_region TEXT NOT NULL,
    action      TEXT NOT NULL,
    object      TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    region      TEXT NOT NULL,
    result      TEXT NOT NULL,
    request_id  TEXT NOT NULL,
    detail      TEXT NOT NULL
) STRICT;

CREATE INDEX audit_events_by_object ON audit_events (object, object_id, serial);

-- First answers of requests that carried an idempotency key, for 72 hours.
CREATE TABLE receipts (
    id     BLOB NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL,
    status INTEGER NOT NULL,
    body   BLOB NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

CREATE INDEX receipts_by_age ON receipts (at, id);

-- Marks by which every instance learns what to drop from what it has prepared.
CREATE TABLE changes (
    serial INTEGER PRIMARY KEY AUTOINCREMENT,
    region TEXT NOT NULL,
    at     INTEGER NOT NULL
) STRICT;

CREATE INDEX changes_by_age ON changes (at, serial);

-- What the program keeps for itself: test clock, marks of seeding, leases.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    at    INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE settings;
DROP TABLE changes;
DROP TABLE receipts;
DROP TABLE audit_events;
DROP TABLE region_editions;
DROP TABLE regions;
