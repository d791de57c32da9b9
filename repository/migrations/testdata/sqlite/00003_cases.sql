-- +goose Up

-- Staged matters. A time that is "none" is 0, save due_at and timer_at, where
-- it is the greatest integer, so that plain order puts it last.
CREATE TABLE cases (
    id          TEXT NOT NULL PRIMARY KEY,
    proc        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    region      TEXT NOT NULL,
    subject_id  TEXT NOT NULL,
    stage       TEXT NOT NULL,
    entered_at  INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    provisional INTEGER NOT NULL,
    extended    INTEGER NOT NULL,
    returned    INTEGER NOT NULL,
    timer_at    INTEGER NOT NULL,
    timer_code  TEXT NOT NULL,
    opened_at   INTEGER NOT NULL,
    closed_at   INTEGER NOT NULL,
    opened_by   TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    data        TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX cases_by_subject ON cases (proc, subject_id);
CREATE INDEX cases_by_stage ON cases (proc, stage, region, due_at, id);
CREATE INDEX cases_by_timer ON cases (timer_at, id);
CREATE INDEX cases_by_version ON cases (closed_at, proc, version);

-- The journal of each case, without gaps; rows are never changed.
CREATE TABLE case_steps (
    case_id     TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    action      TEXT NOT NULL,
    from_stage  TEXT NOT NULL,
    to_stage    TEXT NOT NULL,
    account     TEXT NOT NULL,
    role        TEXT NOT NULL,
    role_region TEXT NOT NULL,
    at          INTEGER NOT NULL,
    fields      TEXT NOT NULL,
    media       TEXT NOT NULL,
    reason      TEXT NOT NULL,
    PRIMARY KEY (case_id, seq)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE case_steps;
DROP TABLE cases;
