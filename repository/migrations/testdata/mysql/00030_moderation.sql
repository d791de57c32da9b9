-- +goose Up

-- What is looked at before others may see it: a row per text or file of a
-- subject. trace is the platform's, empty until it was asked; next_at is when it
-- is asked (again), watch_at when a person takes over, waits_at since when a
-- person is waited for; each 0 for never.
CREATE TABLE checks (
    serial     BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id         VARBINARY(26) NOT NULL,
    kind       VARBINARY(32) NOT NULL,
    subject    VARBINARY(64) NOT NULL,
    region     VARBINARY(14) NOT NULL,
    part       VARBINARY(40) NOT NULL,
    state      VARBINARY(8) NOT NULL,
    trace      VARBINARY(64) NOT NULL,
    suggest    VARBINARY(16) NOT NULL,
    label      BIGINT NOT NULL,
    account    VARBINARY(64) NOT NULL,
    tries      BIGINT NOT NULL,
    next_at    BIGINT NOT NULL,
    watch_at   BIGINT NOT NULL,
    waits_at   BIGINT NOT NULL,
    asked_at   BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    begun_at   BIGINT NOT NULL,
    by_person  BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX checks_by_id ON checks (id);
CREATE UNIQUE INDEX checks_by_subject ON checks (kind, subject, part);
CREATE INDEX checks_by_next ON checks (state, next_at, serial);
CREATE INDEX checks_by_watch ON checks (state, watch_at, serial);
CREATE INDEX checks_by_region ON checks (state, region, serial);

-- What the platform pushed, by trace id, and the check that was given the trace
-- id: whichever comes first makes the row, so that they meet whatever the order.
-- suggest is empty until the answer came, check_id until the trace id is known.
CREATE TABLE check_answers (
    trace       VARBINARY(64) NOT NULL PRIMARY KEY,
    check_id    VARBINARY(26) NOT NULL,
    answered    BIGINT NOT NULL,
    suggest     VARBINARY(16) NOT NULL,
    label       BIGINT NOT NULL,
    code        BIGINT NOT NULL,
    at          BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX check_answers_by_age ON check_answers (at, trace);

-- The public log: what persons decided, by office, without names and texts.
CREATE TABLE moderations (
    serial    BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    kind      VARBINARY(32) NOT NULL,
    subject   VARBINARY(64) NOT NULL,
    region    VARBINARY(14) NOT NULL,
    part      VARBINARY(16) NOT NULL,
    act       VARBINARY(12) NOT NULL,
    violation VARBINARY(16) NOT NULL,
    reason    MEDIUMTEXT NOT NULL,
    office    VARCHAR(60) NOT NULL,
    at        BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX moderations_by_region ON moderations (region, serial);

-- The last day on which the moderators of a village were reminded.
CREATE TABLE check_reminders (
    region VARBINARY(14) NOT NULL PRIMARY KEY,
    day    VARBINARY(10) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO outbox_topics (topic, taken) VALUES ('review', 0);

-- +goose Down
DELETE FROM outbox_topics WHERE topic = 'review';
DROP TABLE check_reminders;
DROP TABLE moderations;
DROP TABLE check_answers;
DROP TABLE checks;
