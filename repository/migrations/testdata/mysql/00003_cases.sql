-- +goose Up

-- Staged matters. A time that is "none" is 0, save due_at and timer_at, where
-- it is the greatest integer, so that plain order puts it last.
CREATE TABLE cases (
    id          VARBINARY(26) NOT NULL PRIMARY KEY,
    proc        VARBINARY(32) NOT NULL,
    version     BIGINT NOT NULL,
    region      VARBINARY(14) NOT NULL,
    subject_id  VARBINARY(64) NOT NULL,
    stage       VARBINARY(32) NOT NULL,
    entered_at  BIGINT NOT NULL,
    due_at      BIGINT NOT NULL,
    provisional BIGINT NOT NULL,
    extended    BIGINT NOT NULL,
    returned    BIGINT NOT NULL,
    timer_at    BIGINT NOT NULL,
    timer_code  VARBINARY(32) NOT NULL,
    opened_at   BIGINT NOT NULL,
    closed_at   BIGINT NOT NULL,
    opened_by   VARBINARY(64) NOT NULL,
    revision    BIGINT NOT NULL,
    data        MEDIUMTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX cases_by_subject ON cases (proc, subject_id);
CREATE INDEX cases_by_stage ON cases (proc, stage, region, due_at, id);
CREATE INDEX cases_by_timer ON cases (timer_at, id);
CREATE INDEX cases_by_version ON cases (closed_at, proc, version);

-- The journal of each case, without gaps; rows are never changed.
CREATE TABLE case_steps (
    case_id     VARBINARY(26) NOT NULL,
    seq         BIGINT NOT NULL,
    action      VARBINARY(32) NOT NULL,
    from_stage  VARBINARY(32) NOT NULL,
    to_stage    VARBINARY(32) NOT NULL,
    account     VARBINARY(64) NOT NULL,
    role        VARBINARY(64) NOT NULL,
    role_region VARBINARY(14) NOT NULL,
    at          BIGINT NOT NULL,
    fields      MEDIUMTEXT NOT NULL,
    media       MEDIUMTEXT NOT NULL,
    reason      MEDIUMTEXT NOT NULL,
    PRIMARY KEY (case_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE case_steps;
DROP TABLE cases;
