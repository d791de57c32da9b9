-- +goose Up

-- What people are told. unread is 1 until it is read, and none after: so there
-- is at most one unread message of an account and matter, and what is new of
-- the matter replaces it under the same id with a serial of its own.
CREATE TABLE inbox_messages (
    serial  INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT NOT NULL,
    account TEXT NOT NULL,
    matter  TEXT NOT NULL,
    kind    TEXT NOT NULL,
    region  TEXT NOT NULL,
    subject TEXT NOT NULL,
    title   TEXT NOT NULL,
    body    TEXT NOT NULL,
    link    TEXT NOT NULL,
    count   INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    unread  INTEGER
) STRICT;

CREATE UNIQUE INDEX inbox_messages_by_id ON inbox_messages (id);
CREATE UNIQUE INDEX inbox_messages_by_matter ON inbox_messages (account, matter, unread);
CREATE INDEX inbox_messages_by_account ON inbox_messages (account, serial);
CREATE INDEX inbox_messages_by_unread ON inbox_messages (account, unread, serial);
CREATE INDEX inbox_messages_by_subject ON inbox_messages (subject, serial);
CREATE INDEX inbox_messages_by_age ON inbox_messages (at, serial);

-- Events that were told: none is told twice, whoever announces it again.
CREATE TABLE inbox_told (
    what TEXT NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT;

CREATE INDEX inbox_told_by_age ON inbox_told (at, what);

-- Events with more followers than one transaction takes; after is the account
-- that was told last.
CREATE TABLE inbox_spreads (
    serial INTEGER PRIMARY KEY AUTOINCREMENT,
    event  TEXT NOT NULL,
    after  TEXT NOT NULL
) STRICT;

-- Who wants to hear of what: followed is kind/key.
CREATE TABLE inbox_follows (
    account  TEXT NOT NULL,
    followed TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (account, followed)
) STRICT, WITHOUT ROWID;

CREATE INDEX inbox_follows_by_followed ON inbox_follows (followed, account);

-- How many messages an account still takes of a template, as far as is known.
-- ahead: accepts that the client told of and WeChat did not yet (below 0: the
-- other way round), so that none counts twice.
CREATE TABLE inbox_credits (
    account    TEXT NOT NULL,
    template   TEXT NOT NULL,
    remaining  INTEGER NOT NULL,
    ahead      INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (account, template)
) STRICT, WITHOUT ROWID;

-- Messages on their way to WeChat. state: pending, sending, sent, unknown (may
-- have been sent: never sent again) or dropped.
CREATE TABLE inbox_deliveries (
    id         TEXT NOT NULL PRIMARY KEY,
    message    TEXT NOT NULL,
    account    TEXT NOT NULL,
    template   TEXT NOT NULL,
    state      TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    code       INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX inbox_deliveries_by_message ON inbox_deliveries (message);
CREATE INDEX inbox_deliveries_by_state ON inbox_deliveries (state, next_at, id);
CREATE INDEX inbox_deliveries_by_account ON inbox_deliveries (account, id);

-- Digests of what WeChat pushed: it pushes again where it got no answer.
CREATE TABLE inbox_pushes (
    digest BLOB NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL
) STRICT;

CREATE INDEX inbox_pushes_by_age ON inbox_pushes (at, digest);

-- +goose Down
DROP TABLE inbox_pushes;
DROP TABLE inbox_deliveries;
DROP TABLE inbox_credits;
DROP TABLE inbox_follows;
DROP TABLE inbox_spreads;
DROP TABLE inbox_told;
DROP TABLE inbox_messages;
