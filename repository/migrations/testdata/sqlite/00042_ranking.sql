-- +goose Up

-- Recognised deeds and how many stand behind each. No person.
CREATE TABLE ranked_deeds (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL,
    region        TEXT NOT NULL,
    village_group TEXT NOT NULL,
    title         TEXT NOT NULL,
    clause        TEXT NOT NULL,
    clause_text   TEXT NOT NULL,
    topic         TEXT NOT NULL,
    listed_at     INTEGER NOT NULL,
    is_open       INTEGER NOT NULL,
    endorsements  INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX ranked_deeds_by_id ON ranked_deeds (id);

-- Each deed in every place it lies in and every period it was listed in. weight
-- is the number of endorsements below zero, so that the order of a ranking is
-- the order of the key and any page of it is one range. There is no other index:
-- an endorsement moves twenty rows, which are found by their whole keys, since
-- the deed tells all of them.
CREATE TABLE ranked_places (
    scope     INTEGER NOT NULL,
    period    INTEGER NOT NULL,
    weight    INTEGER NOT NULL,
    listed_at INTEGER NOT NULL,
    id        TEXT NOT NULL,
    deed      INTEGER NOT NULL,
    PRIMARY KEY (scope, period, weight, listed_at, id)
) STRICT, WITHOUT ROWID;

-- Red entries by clause, topic and group. title is of a clause, in the words of
-- the latest entry.
CREATE TABLE ranked_counts (
    scope   INTEGER NOT NULL,
    period  INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    code    TEXT NOT NULL,
    entries INTEGER NOT NULL,
    title   TEXT NOT NULL,
    PRIMARY KEY (scope, period, kind, code)
) STRICT, WITHOUT ROWID;

-- Who stands behind what: one each, gone when it is taken back.
CREATE TABLE endorsements (
    deed     INTEGER NOT NULL,
    resident TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (deed, resident)
) STRICT, WITHOUT ROWID;

CREATE INDEX endorsements_by_resident ON endorsements (resident, deed);

-- When the rankings of a village, and so of all places above it, changed last:
-- one row each however often they change. at is the machine's time.
CREATE TABLE ranking_marks (
    region  TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ranking_marks_by_time ON ranking_marks (at, region);

-- +goose Down
DROP TABLE ranking_marks;
DROP TABLE endorsements;
DROP TABLE ranked_counts;
DROP TABLE ranked_places;
DROP TABLE ranked_deeds;
