-- +goose Up

-- What started a clock: one per village, item and day; see service/duty.
CREATE TABLE duty_events (
    id          VARBINARY(26) NOT NULL PRIMARY KEY,
    region      VARBINARY(14) NOT NULL,
    item_code   VARBINARY(8) NOT NULL,
    event_on    VARBINARY(10) NOT NULL,
    title       VARCHAR(60) NOT NULL,
    kind        VARBINARY(16) NOT NULL,
    recorded_by VARBINARY(64) NOT NULL,
    at          BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX duty_events_by_day ON duty_events (region, item_code, event_on);

-- What was decided about one duty; the latest decision stands.
CREATE TABLE duty_exceptions (
    region     VARBINARY(14) NOT NULL,
    item_code  VARBINARY(8) NOT NULL,
    period     VARBINARY(10) NOT NULL,
    kind       VARBINARY(16) NOT NULL,
    reason     VARCHAR(200) NOT NULL,
    until      VARBINARY(10) NOT NULL,
    decided_by VARCHAR(100) NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (region, item_code, period)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who demands an item, until enough do. One per account and one per person.
CREATE TABLE duty_demands (
    region         VARBINARY(14) NOT NULL,
    item_code      VARBINARY(8) NOT NULL,
    account        VARBINARY(26) NOT NULL,
    resident       VARBINARY(26) NOT NULL,
    representative BIGINT NOT NULL,
    at             BIGINT NOT NULL,
    PRIMARY KEY (region, item_code, account)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX duty_demands_by_person ON duty_demands (region, item_code, resident);

-- How many villages of a place have an item and period done, exempt, extended,
-- or how many duties events started. The row of a village is what has been
-- counted of it.
CREATE TABLE duty_counts (
    region    VARBINARY(14) NOT NULL,
    item_code VARBINARY(8) NOT NULL,
    period    VARBINARY(10) NOT NULL,
    kind      VARBINARY(16) NOT NULL,
    until     VARBINARY(10) NOT NULL,
    n         BIGINT NOT NULL,
    PRIMARY KEY (region, item_code, period, kind, until)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Which stages were told, so that each is told once.
CREATE TABLE duty_reminders (
    region    VARBINARY(14) NOT NULL,
    item_code VARBINARY(8) NOT NULL,
    period    VARBINARY(10) NOT NULL,
    stage     VARBINARY(16) NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (region, item_code, period, stage)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What was published before there were counts is counted by their follower.
INSERT INTO outbox (topic, kind, region, subject, actor, at, facts)
SELECT DISTINCT 'tally', 'duty.recount', region, region, 'system', 0,
    CONCAT('{"item":"', item_code, '"}')
FROM postings WHERE version > 0 ORDER BY region;

-- +goose Down
DELETE FROM outbox WHERE kind = 'duty.recount';
DROP TABLE duty_reminders;
DROP TABLE duty_counts;
DROP TABLE duty_demands;
DROP TABLE duty_exceptions;
DROP TABLE duty_events;
