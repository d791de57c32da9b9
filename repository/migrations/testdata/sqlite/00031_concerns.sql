-- +goose Up

-- What villagers say is wrong. raiser is the account that typed, or a keyed
-- hash of it where the matter is sealed; resident is the person for whom, where
-- that is another one on the roll. state, level, due_at and owner follow the
-- case; owner is the place whose office owes the next step, empty where nobody
-- does, and begins with s for the county's discipline officer, so that no list
-- of another office meets it. shown is 1 for everybody, 0 for raiser and
-- handlers, -1 for what is sealed.
CREATE TABLE concerns (
    serial        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL,
    case_id       TEXT NOT NULL,
    region        TEXT NOT NULL,
    village_group TEXT NOT NULL,
    category      TEXT NOT NULL,
    visibility    TEXT NOT NULL,
    channel       TEXT NOT NULL,
    state         TEXT NOT NULL,
    stage         TEXT NOT NULL,
    level         TEXT NOT NULL,
    review        TEXT NOT NULL,
    shown         INTEGER NOT NULL,
    is_open       INTEGER NOT NULL,
    owner         TEXT NOT NULL,
    due_at        INTEGER NOT NULL,
    raised_at     INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    ended_at      INTEGER NOT NULL,
    again_at      INTEGER NOT NULL,
    raiser        TEXT NOT NULL,
    resident      TEXT NOT NULL,
    rating        TEXT NOT NULL,
    joined        INTEGER NOT NULL,
    merged_into   TEXT NOT NULL,
    escalated     INTEGER NOT NULL,
    reopened      INTEGER NOT NULL,
    callback      INTEGER NOT NULL,
    talk_day      TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    title         TEXT NOT NULL,
    content       TEXT NOT NULL,
    seal_key      TEXT NOT NULL,
    sealed        BLOB NOT NULL
) STRICT;

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
    concern_id TEXT NOT NULL,
    number     INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    act        TEXT NOT NULL,
    body       TEXT NOT NULL,
    signature  TEXT NOT NULL,
    account    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    state      TEXT NOT NULL,
    public     INTEGER NOT NULL,
    media      TEXT NOT NULL,
    review     TEXT NOT NULL,
    seal_key   TEXT NOT NULL,
    sealed     BLOB NOT NULL,
    PRIMARY KEY (concern_id, number)
) STRICT, WITHOUT ROWID;

-- Who asks the same: one voice per person.
CREATE TABLE concern_joins (
    concern_id TEXT NOT NULL,
    resident   TEXT NOT NULL,
    account    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (concern_id, resident)
) STRICT, WITHOUT ROWID;

CREATE INDEX concern_joins_by_account ON concern_joins (account, concern_id);

-- Photos and recordings. number is that of the update they came with, 0 for the
-- raising. concern_id is empty where the concern is sealed: the link stands in
-- the sealed text alone, and region is the county.
CREATE TABLE concern_media (
    media_id   TEXT NOT NULL,
    concern_id TEXT NOT NULL,
    number     INTEGER NOT NULL,
    region     TEXT NOT NULL,
    public     INTEGER NOT NULL,
    PRIMARY KEY (media_id, concern_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX concern_media_by_concern ON concern_media (concern_id, number);

-- Who asked a raiser afterwards, and what the raiser said.
CREATE TABLE concern_callbacks (
    concern_id TEXT NOT NULL PRIMARY KEY,
    account    TEXT NOT NULL,
    signature  TEXT NOT NULL,
    rating     TEXT NOT NULL,
    body       TEXT NOT NULL,
    at         INTEGER NOT NULL
) STRICT;

-- The days on which a village listens (说事日).
CREATE TABLE talk_days (
    region   TEXT NOT NULL,
    held_on  TEXT NOT NULL,
    place    TEXT NOT NULL,
    host     TEXT NOT NULL,
    agenda   TEXT NOT NULL,
    minutes  TEXT NOT NULL,
    carried  TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (region, held_on)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE talk_days;
DROP TABLE concern_callbacks;
DROP TABLE concern_media;
DROP TABLE concern_joins;
DROP TABLE concern_updates;
DROP TABLE concerns;
