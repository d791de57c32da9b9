-- +goose Up

-- What is looked at before others may see it: a row per text or file of a
-- subject. trace is the platform's, empty until it was asked; next_at is when it
-- is asked (again), watch_at when a person takes over, waits_at since when a
-- person is waited for; each 0 for never.
CREATE TABLE checks (
    serial     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    region     TEXT NOT NULL,
    part       TEXT NOT NULL,
    state      TEXT NOT NULL,
    trace      TEXT NOT NULL,
    suggest    TEXT NOT NULL,
    label      INTEGER NOT NULL,
    account    TEXT NOT NULL,
    tries      INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    watch_at   INTEGER NOT NULL,
    waits_at   INTEGER NOT NULL,
    asked_at   INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    begun_at   INTEGER NOT NULL,
    by_person  INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX checks_by_id ON checks (id);
CREATE UNIQUE INDEX checks_by_subject ON checks (kind, subject, part);
CREATE INDEX checks_by_next ON checks (state, next_at, serial);
CREATE INDEX checks_by_watch ON checks (state, watch_at, serial);
CREATE INDEX checks_by_region ON checks (state, region, serial);

-- What the platform pushed, by trace id, and the check that was given the trace
-- id: whichever comes first makes the row, so that they meet whatever the order.
-- suggest is empty until the answer came, check_id until the trace id is known.
CREATE TABLE check_answers (
    trace       TEXT NOT NULL PRIMARY KEY,
    check_id    TEXT NOT NULL,
    answered    INTEGER NOT NULL,
    suggest     TEXT NOT NULL,
    label       INTEGER NOT NULL,
    code        INTEGER NOT NULL,
    at          INTEGER NOT NULL
) STRICT;

CREATE INDEX check_answers_by_age ON check_answers (at, trace);

-- The public log: what persons decided, by office, without names and texts.
CREATE TABLE moderations (
    serial    INTEGER PRIMARY KEY AUTOINCREMENT,
    kind      TEXT NOT NULL,
    subject   TEXT NOT NULL,
    region    TEXT NOT NULL,
    part      TEXT NOT NULL,
    act       TEXT NOT NULL,
    violation TEXT NOT NULL,
    reason    TEXT NOT NULL,
    office    TEXT NOT NULL,
    at        INTEGER NOT NULL
) STRICT;

CREATE INDEX moderations_by_region ON moderations (region, serial);

-- The last day on which the moderators of a village were reminded.
CREATE TABLE check_reminders (
    region TEXT NOT NULL PRIMARY KEY,
    day    TEXT NOT NULL
) STRICT;

INSERT INTO outbox_topics (topic, taken) VALUES ('review', 0);

-- +goose Down
DELETE FROM outbox_topics WHERE topic = 'review';
DROP TABLE check_reminders;
DROP TABLE moderations;
DROP TABLE check_answers;
DROP TABLE checks;
