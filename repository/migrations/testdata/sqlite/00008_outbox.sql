-- +goose Up

-- What happened and is still to be followed, a row per topic; see service/outbox.
-- Rows are removed by the follower in the transaction of what follows.
CREATE TABLE outbox (
    serial  INTEGER PRIMARY KEY AUTOINCREMENT,
    topic   TEXT NOT NULL,
    kind    TEXT NOT NULL,
    region  TEXT NOT NULL,
    subject TEXT NOT NULL,
    actor   TEXT NOT NULL,
    at      INTEGER NOT NULL,
    facts   TEXT NOT NULL
) STRICT;

CREATE INDEX outbox_by_topic ON outbox (topic, serial);

-- A row per topic that followers lock, so that two never take the same events.
CREATE TABLE outbox_topics (
    topic TEXT NOT NULL PRIMARY KEY,
    taken INTEGER NOT NULL
) STRICT;

INSERT INTO outbox_topics (topic, taken) VALUES ('search', 0);
INSERT INTO outbox_topics (topic, taken) VALUES ('tally', 0);
INSERT INTO outbox_topics (topic, taken) VALUES ('notify', 0);

-- +goose Down
DROP TABLE outbox_topics;
DROP TABLE outbox;
