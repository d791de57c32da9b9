-- +goose Up

-- Places. Clustered by code, so that everything within a place is one range.
CREATE TABLE regions (
    code        VARBINARY(14) NOT NULL PRIMARY KEY,
    parent      VARBINARY(14) NOT NULL,
    level       BIGINT NOT NULL,
    name        VARCHAR(120) NOT NULL,
    short       VARCHAR(120) NOT NULL,
    kind        VARBINARY(16) NOT NULL,
    pinyin      VARBINARY(400) NOT NULL,
    initials    VARBINARY(120) NOT NULL,
    state       VARBINARY(8) NOT NULL,
    merged_into VARBINARY(14) NOT NULL,
    merged_on   BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX regions_by_parent ON regions (parent, state, code);
CREATE INDEX regions_by_short ON regions (level, short, code);
CREATE INDEX regions_by_pinyin ON regions (level, pinyin, code);
CREATE INDEX regions_by_initials ON regions (level, initials, code);
CREATE INDEX regions_by_successor ON regions (merged_into, code);

-- Editions of the official codes that were imported, newest last.
CREATE TABLE region_editions (
    serial     BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    edition    VARCHAR(60) NOT NULL,
    scope      VARBINARY(14) NOT NULL,
    places     BIGINT NOT NULL,
    applied_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The journal. It has no foreign keys because it outlives what it speaks of.
CREATE TABLE audit_events (
    serial      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at          BIGINT NOT NULL,
    account     VARBINARY(64) NOT NULL,
    role        VARBINARY(64) NOT NULL,
    role_region VARBINARY(14) NOT NULL,
    action      VARBINARY(80) NOT NULL,
    object      VARBINARY(64) NOT NULL,
    object_id   VARBINARY(120) NOT NULL,
    region      VARBINARY(14) NOT NULL,
    result      VARBINARY(80) NOT NULL,
    request_id  VARBINARY(128) NOT NULL,
    detail      MEDIUMTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX audit_events_by_object ON audit_events (object, object_id, serial);

-- First answers of requests that carried an idempotency key, for 72 hours.
CREATE TABLE receipts (
    id     VARBINARY(32) NOT NULL PRIMARY KEY,
    digest VARBINARY(32) NOT NULL,
    status BIGINT NOT NULL,
    body   MEDIUMBLOB NOT NULL,
    at     BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX receipts_by_age ON receipts (at, id);

-- Marks by which every instance learns what to drop from what it has prepared.
CREATE TABLE changes (
    serial BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    region VARBINARY(14) NOT NULL,
    at     BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX changes_by_age ON changes (at, serial);

-- What the program keeps for itself: test clock, marks of seeding, leases.
CREATE TABLE settings (
    name  VARBINARY(120) NOT NULL PRIMARY KEY,
    value MEDIUMTEXT NOT NULL,
    at    BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE settings;
DROP TABLE changes;
DROP TABLE receipts;
DROP TABLE audit_events;
DROP TABLE region_editions;
DROP TABLE regions;
