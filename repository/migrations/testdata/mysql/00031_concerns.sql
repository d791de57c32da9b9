-- +goose Up

-- What villagers say is wrong. raiser is the account that typed, or a keyed
-- hash of it where the matter is sealed; resident is the person for whom, where
-- that is another one on the roll. state, level, due_at and owner follow the
-- case; owner is the place whose office owes the next step, empty where nobody
-- does, and begins with s for the county's discipline officer, so that no list
-- of another office meets it. shown is 1 for everybody, 0 for raiser and
-- handlers, -1 for what is sealed.
CREATE TABLE concerns (
    serial        BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id            VARBINARY(26) NOT NULL,
    case_id       VARBINARY(26) NOT NULL,
    region        VARBINARY(14) NOT NULL,
    village_group VARBINARY(14) NOT NULL,
    category      VARBINARY(16) NOT NULL,
    visibility    VARBINARY(8) NOT NULL,
    channel       VARBINARY(12) NOT NULL,
    state         VARBINARY(12) NOT NULL,
    stage         VARBINARY(32) NOT NULL,
    level         VARBINARY(12) NOT NULL,
    review        VARBINARY(8) NOT NULL,
    shown         BIGINT NOT NULL,
    is_open       BIGINT NOT NULL,
    owner         VARBINARY(16) NOT NULL,
    due_at        BIGINT NOT NULL,
    raised_at     BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL,
    again_at      BIGINT NOT NULL,
    raiser        VARBINARY(64) NOT NULL,
    resident      VARBINARY(64) NOT NULL,
    rating        VARBINARY(16) NOT NULL,
    joined        BIGINT NOT NULL,
    merged_into   VARBINARY(26) NOT NULL,
    escalated     BIGINT NOT NULL,
    reopened      BIGINT NOT NULL,
    callback      BIGINT NOT NULL,
    talk_day      VARBINARY(10) NOT NULL,
    revision      BIGINT NOT NULL,
    title         VARCHAR(40) NOT NULL,
    content       MEDIUMTEXT NOT NULL,
    seal_key      VARBINARY(16) NOT NULL,
    sealed        MEDIUMBLOB NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX concerns_by_id ON concerns (id);
CREATE INDEX concerns_by_region ON concerns (region, shown, serial);
CREATE INDEX concerns_by_owner ON concerns (owner, due_at, serial);
CREATE INDEX concerns_by_raiser ON concerns (raiser, raised_at);
CREATE INDEX concerns_by_resident ON concerns (resident, serial);
CREATE INDEX concerns_by_again ON concerns (again_at, serial);
CREATE INDEX concerns_by_callback ON concerns (callback, region, serial);

-- The timeline, in order; rows are never changed but for the check of their
-- photos. signature is an office, never the raiser's name.
CREATE TABLE concern_updates (
    concern_id VARBINARY(26) NOT NULL,
    number     BIGINT NOT NULL,
    kind       VARBINARY(12) NOT NULL,
    act        VARBINARY(24) NOT NULL,
    body       MEDIUMTEXT NOT NULL,
    signature  VARCHAR(120) NOT NULL,
    account    VARBINARY(64) NOT NULL,
    at         BIGINT NOT NULL,
    state      VARBINARY(12) NOT NULL,
    public     BIGINT NOT NULL,
    media      MEDIUMTEXT NOT NULL,
    review     VARBINARY(8) NOT NULL,
    seal_key   VARBINARY(16) NOT NULL,
    sealed     MEDIUMBLOB NOT NULL,
    PRIMARY KEY (concern_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who asks the same: one voice per person.
CREATE TABLE concern_joins (
    concern_id VARBINARY(26) NOT NULL,
    resident   VARBINARY(64) NOT NULL,
    account    VARBINARY(64) NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (concern_id, resident)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX concern_joins_by_account ON concern_joins (account, concern_id);

-- Photos and recordings. number is that of the update they came with, 0 for the
-- raising. concern_id is empty where the concern is sealed: the link stands in
-- the sealed text alone, and region is the county.
CREATE TABLE concern_media (
    media_id   VARBINARY(26) NOT NULL,
    concern_id VARBINARY(26) NOT NULL,
    number     BIGINT NOT NULL,
    region     VARBINARY(14) NOT NULL,
    public     BIGINT NOT NULL,
    PRIMARY KEY (media_id, concern_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX concern_media_by_concern ON concern_media (concern_id, number);

-- Who asked a raiser afterwards, and what the raiser said.
CREATE TABLE concern_callbacks (
    concern_id VARBINARY(26) NOT NULL PRIMARY KEY,
    account    VARBINARY(64) NOT NULL,
    signature  VARCHAR(120) NOT NULL,
    rating     VARBINARY(16) NOT NULL,
    body       MEDIUMTEXT NOT NULL,
    at         BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The days on which a village listens (说事日).
CREATE TABLE talk_days (
    region   VARBINARY(14) NOT NULL,
    held_on  VARBINARY(10) NOT NULL,
    place    VARCHAR(60) NOT NULL,
    host     VARCHAR(60) NOT NULL,
    agenda   MEDIUMTEXT NOT NULL,
    minutes  MEDIUMTEXT NOT NULL,
    carried  MEDIUMTEXT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (region, held_on)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE talk_days;
DROP TABLE concern_callbacks;
DROP TABLE concern_media;
DROP TABLE concern_joins;
DROP TABLE concern_updates;
DROP TABLE concerns;
