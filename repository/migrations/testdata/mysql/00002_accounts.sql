-- +goose Up

-- One row per user of the mini-program. openid_mac is a keyed hash; the sealed
-- column holds the openid itself, for messages. A closed account keeps its id.
CREATE TABLE accounts (
    id             VARBINARY(26) NOT NULL PRIMARY KEY,
    openid_mac     VARBINARY(32),
    seal_key       VARBINARY(16) NOT NULL,
    sealed         MEDIUMBLOB,
    notice_version BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    closed_at      BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX accounts_by_openid ON accounts (openid_mac);
CREATE INDEX accounts_by_seal ON accounts (seal_key, id);

-- Of a token only its SHA-256 is kept; a revoked session has no row.
CREATE TABLE sessions (
    id           VARBINARY(26) NOT NULL PRIMARY KEY,
    token_hash   VARBINARY(32) NOT NULL,
    account      VARBINARY(26) NOT NULL,
    signed_in_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX sessions_by_token ON sessions (token_hash);
CREATE INDEX sessions_by_account ON sessions (account, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at, id);

-- One-time codes that were used.
CREATE TABLE login_codes (
    code_hash VARBINARY(32) NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX login_codes_by_age ON login_codes (at, code_hash);

CREATE TABLE households (
    id            VARBINARY(26) NOT NULL PRIMARY KEY,
    village       VARBINARY(14) NOT NULL,
    number        VARCHAR(40) NOT NULL,
    village_group VARBINARY(14) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX households_by_number ON households (village, number);

-- The residents' roll. Name, phone, last four of the ID and birth date are in
-- the sealed column; the hashes are keyed and only look up.
CREATE TABLE residents (
    id            VARBINARY(26) NOT NULL PRIMARY KEY,
    village       VARBINARY(14) NOT NULL,
    village_group VARBINARY(14) NOT NULL,
    household     VARBINARY(26) NOT NULL,
    state         VARBINARY(16) NOT NULL,
    seal_key      VARBINARY(16) NOT NULL,
    sealed        MEDIUMBLOB,
    name_mac      VARBINARY(32) NOT NULL,
    phone_mac     VARBINARY(32),
    id_mac        VARBINARY(32),
    last4_mac     VARBINARY(32),
    updated_at    BIGINT NOT NULL,
    revision      BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX residents_by_identity ON residents (village, id_mac);
CREATE INDEX residents_by_name ON residents (village, name_mac, id);
CREATE INDEX residents_by_village ON residents (village, id);
CREATE INDEX residents_by_household ON residents (household, id);
CREATE INDEX residents_by_seal ON residents (seal_key, id);

-- One person has at most one account, one account at most one person.
CREATE TABLE bindings (
    id               VARBINARY(26) NOT NULL PRIMARY KEY,
    account          VARBINARY(26) NOT NULL,
    resident         VARBINARY(26) NOT NULL,
    village          VARBINARY(14) NOT NULL,
    standing         VARBINARY(16) NOT NULL,
    method           VARBINARY(16) NOT NULL,
    confirmed_by     VARBINARY(64) NOT NULL,
    countersigned_by VARBINARY(64) NOT NULL,
    created_at       BIGINT NOT NULL,
    revision         BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX bindings_by_account ON bindings (account);
CREATE UNIQUE INDEX bindings_by_resident ON bindings (resident);
CREATE INDEX bindings_by_village ON bindings (village, standing, id);

-- Every attempt to be bound; what was given is erased once it is decided.
CREATE TABLE binding_requests (
    id         VARBINARY(26) NOT NULL PRIMARY KEY,
    account    VARBINARY(26) NOT NULL,
    village    VARBINARY(14) NOT NULL,
    state      VARBINARY(16) NOT NULL,
    method     VARBINARY(16) NOT NULL,
    seal_key   VARBINARY(16) NOT NULL,
    sealed     MEDIUMBLOB,
    resident   VARBINARY(26) NOT NULL,
    reason     VARCHAR(400) NOT NULL,
    decided_by VARBINARY(64) NOT NULL,
    created_at BIGINT NOT NULL,
    decided_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX binding_requests_by_account ON binding_requests (account, created_at, id);
CREATE INDEX binding_requests_by_day ON binding_requests (village, created_at, id);
CREATE INDEX binding_requests_by_state ON binding_requests (village, state, id);
CREATE INDEX binding_requests_by_seal ON binding_requests (seal_key, id);

-- Near relatives: person is "kind" of relative. Each pair stands once.
CREATE TABLE kinships (
    person   VARBINARY(26) NOT NULL,
    relative VARBINARY(26) NOT NULL,
    kind     VARBINARY(16) NOT NULL,
    PRIMARY KEY (person, relative)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX kinships_by_relative ON kinships (relative, person);

-- Offices with their terms. Held by a person of a roll or by an account, or
-- offered to whoever redeems the invite.
CREATE TABLE appointments (
    id           VARBINARY(26) NOT NULL PRIMARY KEY,
    role         VARBINARY(40) NOT NULL,
    region       VARBINARY(14) NOT NULL,
    resident     VARBINARY(26) NOT NULL,
    account      VARBINARY(26) NOT NULL,
    invite_hash  VARBINARY(32),
    invite_until BIGINT NOT NULL,
    start_at     BIGINT NOT NULL,
    end_at       BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    end_reason   VARCHAR(400) NOT NULL,
    made_by      VARBINARY(64) NOT NULL,
    made_role    VARBINARY(40) NOT NULL,
    created_at   BIGINT NOT NULL,
    revision     BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX appointments_by_invite ON appointments (invite_hash);
CREATE INDEX appointments_by_account ON appointments (account, id);
CREATE INDEX appointments_by_resident ON appointments (resident, id);
CREATE INDEX appointments_by_region ON appointments (region, id);
CREATE INDEX appointments_by_role ON appointments (role, end_at, id);

-- The consent ledger: lines are only added.
CREATE TABLE consents (
    serial  BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id      VARBINARY(26) NOT NULL,
    account VARBINARY(26) NOT NULL,
    notice  VARBINARY(40) NOT NULL,
    version BIGINT NOT NULL,
    given   BIGINT NOT NULL,
    channel VARBINARY(40) NOT NULL,
    at      BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

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
