-- +goose Up

-- What people are told. unread is 1 until it is read, and none after: so there
-- is at most one unread message of an account and matter, and what is new of
-- the matter replaces it under the same id with a serial of its own.
CREATE TABLE inbox_messages (
    serial  BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id      VARBINARY(26) NOT NULL,
    account VARBINARY(26) NOT NULL,
    matter  VARBINARY(96) NOT NULL,
    kind    VARBINARY(40) NOT NULL,
    region  VARBINARY(14) NOT NULL,
    subject VARBINARY(64) NOT NULL,
    title   VARCHAR(120) NOT NULL,
    body    VARCHAR(300) NOT NULL,
    link    VARBINARY(160) NOT NULL,
    count   BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    unread  BIGINT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX inbox_messages_by_id ON inbox_messages (id);
CREATE UNIQUE INDEX inbox_messages_by_matter ON inbox_messages (account, matter, unread);
CREATE INDEX inbox_messages_by_account ON inbox_messages (account, serial);
CREATE INDEX inbox_messages_by_unread ON inbox_messages (account, unread, serial);
CREATE INDEX inbox_messages_by_subject ON inbox_messages (subject, serial);
CREATE INDEX inbox_messages_by_age ON inbox_messages (at, serial);

-- Events that were told: none is told twice, whoever announces it again.
CREATE TABLE inbox_told (
    what VARBINARY(128) NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX inbox_told_by_age ON inbox_told (at, what);

-- Events with more followers than one transaction takes; after is the account
-- that was told last.
CREATE TABLE inbox_spreads (
    serial BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    event  MEDIUMTEXT NOT NULL,
    after  VARBINARY(64) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who wants to hear of what: followed is kind/key.
CREATE TABLE inbox_follows (
    account  VARBINARY(26) NOT NULL,
    followed VARBINARY(64) NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (account, followed)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX inbox_follows_by_followed ON inbox_follows (followed, account);

-- How many messages an account still takes of a template, as far as is known.
-- ahead: accepts that the client told of and WeChat did not yet (below 0: the
-- other way round), so that none counts twice.
CREATE TABLE inbox_credits (
    account    VARBINARY(26) NOT NULL,
    template   VARBINARY(64) NOT NULL,
    remaining  BIGINT NOT NULL,
    ahead      BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account, template)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Messages on their way to WeChat. state: pending, sending, sent, unknown (may
-- have been sent: never sent again) or dropped.
CREATE TABLE inbox_deliveries (
    id         VARBINARY(26) NOT NULL PRIMARY KEY,
    message    VARBINARY(26) NOT NULL,
    account    VARBINARY(26) NOT NULL,
    template   VARBINARY(64) NOT NULL,
    state      VARBINARY(12) NOT NULL,
    attempts   BIGINT NOT NULL,
    next_at    BIGINT NOT NULL,
    code       BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX inbox_deliveries_by_message ON inbox_deliveries (message);
CREATE INDEX inbox_deliveries_by_state ON inbox_deliveries (state, next_at, id);
CREATE INDEX inbox_deliveries_by_account ON inbox_deliveries (account, id);

-- Digests of what WeChat pushed: it pushes again where it got no answer.
CREATE TABLE inbox_pushes (
    digest VARBINARY(32) NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX inbox_pushes_by_age ON inbox_pushes (at, digest);

-- +goose Down
DROP TABLE inbox_pushes;
DROP TABLE inbox_deliveries;
DROP TABLE inbox_credits;
DROP TABLE inbox_follows;
DROP TABLE inbox_spreads;
DROP TABLE inbox_told;
DROP TABLE inbox_messages;
