-- +goose Up

-- What happened and is still to be followed, a row per topic; see service/outbox.
-- Rows are removed by the follower in the transaction of what follows.
CREATE TABLE outbox (
    serial  BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    topic   VARBINARY(32) NOT NULL,
    kind    VARBINARY(40) NOT NULL,
    region  VARBINARY(14) NOT NULL,
    subject VARBINARY(64) NOT NULL,
    actor   VARBINARY(64) NOT NULL,
    at      BIGINT NOT NULL,
    facts   MEDIUMTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX outbox_by_topic ON outbox (topic, serial);

-- A row per topic that followers lock, so that two never take the same events.
CREATE TABLE outbox_topics (
    topic VARBINARY(32) NOT NULL PRIMARY KEY,
    taken BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO outbox_topics (topic, taken) VALUES ('search', 0);
INSERT INTO outbox_topics (topic, taken) VALUES ('tally', 0);
INSERT INTO outbox_topics (topic, taken) VALUES ('notify', 0);

-- +goose Down
DROP TABLE outbox_topics;
DROP TABLE outbox;
