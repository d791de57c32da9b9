-- +goose Up

-- One row per user of the mini-program. openid_mac is a keyed hash; the sealed
-- column holds the openid itself, for messages. A closed account keeps its id.
CREATE TABLE accounts (
    id             TEXT NOT NULL PRIMARY KEY,
    openid_mac     BLOB,
    seal_key       TEXT NOT NULL,
    sealed         BLOB,
    notice_version INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    closed_at      INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX accounts_by_openid ON accounts (openid_mac);
CREATE INDEX accounts_by_seal ON accounts (seal_key, id);

-- Of a token only its SHA-256 is kept; a revoked session has no row.
CREATE TABLE sessions (
    id           TEXT NOT NULL PRIMARY KEY,
    token_hash   BLOB NOT NULL,
    account      TEXT NOT NULL,
    signed_in_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX sessions_by_token ON sessions (token_hash);
CREATE INDEX sessions_by_account ON sessions (account, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at, id);

-- One-time codes that were used.
CREATE TABLE login_codes (
    code_hash BLOB NOT NULL PRIMARY KEY,
    at        INTEGER NOT NULL
) STRICT;

CREATE INDEX login_codes_by_age ON login_codes (at, code_hash);

CREATE TABLE households (
    id            TEXT NOT NULL PRIMARY KEY,
    village       TEXT NOT NULL,
    number        TEXT NOT NULL,
    village_group TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX households_by_number ON households (village, number);

-- The residents' roll. Name, phone, last four of the ID and birth date are in
-- the sealed column; the hashes are keyed and only look up.
CREATE TABLE residents (
    id            TEXT NOT NULL PRIMARY KEY,
    village       TEXT NOT NULL,
    village_group TEXT NOT NULL,
    household     TEXT NOT NULL,
    state         TEXT NOT NULL,
    seal_key      TEXT NOT NULL,
    sealed        BLOB,
    name_mac      BLOB NOT NULL,
    phone_mac     BLOB,
    id_mac        BLOB,
    last4_mac     BLOB,
    updated_at    INTEGER NOT NULL,
    revision      INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX residents_by_identity ON residents (village, id_mac);
CREATE INDEX residents_by_name ON residents (village, name_mac, id);
CREATE INDEX residents_by_village ON residents (village, id);
CREATE INDEX residents_by_household ON residents (household, id);
CREATE INDEX residents_by_seal ON residents (seal_key, id);

-- One person has at most one account, one account at most one person.
CREATE TABLE bindings (
    id               TEXT NOT NULL PRIMARY KEY,
    account          TEXT NOT NULL,
    resident         TEXT NOT NULL,
    village          TEXT NOT NULL,
    standing         TEXT NOT NULL,
    method           TEXT NOT NULL,
    confirmed_by     TEXT NOT NULL,
    countersigned_by TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    revision         INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX bindings_by_account ON bindings (account);
CREATE UNIQUE INDEX bindings_by_resident ON bindings (resident);
CREATE INDEX bindings_by_village ON bindings (village, standing, id);

-- Every attempt to be bound; what was given is erased once it is decided.
CREATE TABLE binding_requests (
    id         TEXT NOT NULL PRIMARY KEY,
    account    TEXT NOT NULL,
    village    TEXT NOT NULL,
    state      TEXT NOT NULL,
    method     TEXT NOT NULL,
    seal_key   TEXT NOT NULL,
    sealed     BLOB,
    resident   TEXT NOT NULL,
    reason     TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    decided_at INTEGER NOT NULL
) STRICT;

CREATE INDEX binding_requests_by_account ON binding_requests (account, created_at, id);
CREATE INDEX binding_requests_by_day ON binding_requests (village, created_at, id);
CREATE INDEX binding_requests_by_state ON binding_requests (village, state, id);
CREATE INDEX binding_requests_by_seal ON binding_requests (seal_key, id);

-- Near relatives: person is "kind" of relative. Each pair stands once.
CREATE TABLE kinships (
    person   TEXT NOT NULL,
    relative TEXT NOT NULL,
    kind     TEXT NOT NULL,
    PRIMARY KEY (person, relative)
) STRICT, WITHOUT ROWID;

CREATE INDEX kinships_by_relative ON kinships (relative, person);

-- Offices with their terms. Held by a person of a roll or by an account, or
-- offered to whoever redeems the invite.
CREATE TABLE appointments (
    id           TEXT NOT NULL PRIMARY KEY,
    role         TEXT NOT NULL,
    region       TEXT NOT NULL,
    resident     TEXT NOT NULL,
    account      TEXT NOT NULL,
    invite_hash  BLOB,
    invite_until INTEGER NOT NULL,
    start_at     INTEGER NOT NULL,
    end_at       INTEGER NOT NULL,
    ended_at     INTEGER NOT NULL,
    end_reason   TEXT NOT NULL,
    made_by      TEXT NOT NULL,
    made_role    TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    revision     INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX appointments_by_invite ON appointments (invite_hash);
CREATE INDEX appointments_by_account ON appointments (account, id);
CREATE INDEX appointments_by_resident ON appointments (resident, id);
CREATE INDEX appointments_by_region ON appointments (region, id);
CREATE INDEX appointments_by_role ON appointments (role, end_at, id);

-- The consent ledger: lines are only added.
CREATE TABLE consents (
    serial  INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT NOT NULL,
    account TEXT NOT NULL,
    notice  TEXT NOT NULL,
    version INTEGER NOT NULL,
    given   INTEGER NOT NULL,
    channel TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT;

CREATE INDEX consents_by_account ON consents (account, serial);

-- +goose Down
DROP TABLE consents;
DROP TABLE appointments;
DROP TABLE kinships;
DROP TABLE binding_requests;
DROP TABLE bindings;
DROP TABLE residents;
DROP TABLE households;
DROP TABLE login_codes;
DROP TABLE sessions;
DROP TABLE accounts;
