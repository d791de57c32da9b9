-- +goose Up

-- What started a clock: one per village, item and day; see service/duty.
CREATE TABLE duty_events (
    id          TEXT NOT NULL PRIMARY KEY,
    region      TEXT NOT NULL,
    item_code   TEXT NOT NULL,
    event_on    TEXT NOT NULL,
    title       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX duty_events_by_day ON duty_events (region, item_code, event_on);

-- What was decided about one duty; the latest decision stands.
CREATE TABLE duty_exceptions (
    region     TEXT NOT NULL,
    item_code  TEXT NOT NULL,
    period     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    until      TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (region, item_code, period)
) STRICT, WITHOUT ROWID;

-- Who demands an item, until enough do. One per account and one per person.
CREATE TABLE duty_demands (
    region         TEXT NOT NULL,
    item_code      TEXT NOT NULL,
    account        TEXT NOT NULL,
    resident       TEXT NOT NULL,
    representative INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    PRIMARY KEY (region, item_code, account)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX duty_demands_by_person ON duty_demands (region, item_code, resident);

-- How many villages of a place have an item and period done, exempt, extended,
-- or how many duties events started. The row of a village is what has been
-- counted of it.
CREATE TABLE duty_counts (
    region    TEXT NOT NULL,
    item_code TEXT NOT NULL,
    period    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    until     TEXT NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (region, item_code, period, kind, until)
) STRICT, WITHOUT ROWID;

-- Which stages were told, so that each is told once.
CREATE TABLE duty_reminders (
    region    TEXT NOT NULL,
    item_code TEXT NOT NULL,
    period    TEXT NOT NULL,
    stage     TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (region, item_code, period, stage)
) STRICT, WITHOUT ROWID;

-- What was published before there were counts is counted by their follower.
INSERT INTO outbox (topic, kind, region, subject, actor, at, facts)
SELECT DISTINCT 'tally', 'duty.recount', region, region, 'system', 0,
    '{"item":"' || item_code || '"}'
FROM postings WHERE version > 0 ORDER BY region;

-- +goose Down
DELETE FROM outbox WHERE kind = 'duty.recount';
DROP TABLE duty_reminders;
DROP TABLE duty_counts;
DROP TABLE duty_demands;
DROP TABLE duty_exceptions;
DROP TABLE duty_events;
