-- +goose Up

-- The bodies by which villagers govern themselves. term_from and term_until are
-- days, both included; charter is the version in force.
CREATE TABLE councils (
    serial        BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id            VARBINARY(26) NOT NULL,
    region        VARBINARY(14) NOT NULL,
    kind          VARBINARY(24) NOT NULL,
    name          VARCHAR(40) NOT NULL,
    term_from     VARBINARY(10) NOT NULL,
    term_until    VARBINARY(10) NOT NULL,
    charter       BIGINT NOT NULL,
    revision      BIGINT NOT NULL,
    registered_at BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX councils_by_id ON councils (id);
CREATE UNIQUE INDEX councils_by_name ON councils (region, name);
CREATE INDEX councils_by_region ON councils (region, serial);

-- Versions of charters; rows are never changed. account is never shown.
CREATE TABLE council_charters (
    council_id VARBINARY(26) NOT NULL,
    version    BIGINT NOT NULL,
    body       MEDIUMTEXT NOT NULL,
    office     VARCHAR(60) NOT NULL,
    account    VARBINARY(64) NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (council_id, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who sits in them. resident is never shown, masked is. until_day is empty as
-- long as no end is known, ended_at is when it was written down.
CREATE TABLE council_members (
    council_id VARBINARY(26) NOT NULL,
    number     BIGINT NOT NULL,
    resident   VARBINARY(64) NOT NULL,
    masked     VARCHAR(60) NOT NULL,
    office     VARBINARY(24) NOT NULL,
    from_day   VARBINARY(10) NOT NULL,
    until_day  VARBINARY(10) NOT NULL,
    entered_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    PRIMARY KEY (council_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX council_members_by_resident ON council_members (resident, council_id, number);

-- What they do. held_on is empty until it was held; content is all that was said
-- of it with its corrections, as JSON.
CREATE TABLE council_activities (
    serial     BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id         VARBINARY(26) NOT NULL,
    case_id    VARBINARY(26) NOT NULL,
    council_id VARBINARY(26) NOT NULL,
    region     VARBINARY(14) NOT NULL,
    kind       VARBINARY(24) NOT NULL,
    state      VARBINARY(16) NOT NULL,
    title      VARCHAR(60) NOT NULL,
    held_on    VARBINARY(10) NOT NULL,
    heads      BIGINT NOT NULL,
    cost_fen   BIGINT NOT NULL,
    revision   BIGINT NOT NULL,
    planned_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    content    MEDIUMTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX council_activities_by_id ON council_activities (id);
CREATE INDEX council_activities_by_council ON council_activities (council_id, serial);
CREATE INDEX council_activities_by_region ON council_activities (region, held_on, serial);

-- Photos that hang on an activity now.
CREATE TABLE council_media (
    media_id    VARBINARY(26) NOT NULL,
    activity_id VARBINARY(26) NOT NULL,
    PRIMARY KEY (media_id, activity_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX council_media_by_activity ON council_media (activity_id, media_id);

-- +goose Down
DROP TABLE council_media;
DROP TABLE council_activities;
DROP TABLE council_members;
DROP TABLE council_charters;
DROP TABLE councils;
