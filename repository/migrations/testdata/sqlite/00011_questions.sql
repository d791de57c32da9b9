-- +goose Up

-- Questions of villagers about postings, and objections of the supervisory
-- committee. state and due_at follow the question's case, in its transactions.
-- The asker is an account and never a name.
CREATE TABLE questions (
    serial     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL,
    posting_id TEXT NOT NULL,
    version    INTEGER NOT NULL,
    region     TEXT NOT NULL,
    item_code  TEXT NOT NULL,
    public     INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    line       INTEGER,
    body       TEXT NOT NULL,
    asker      TEXT NOT NULL,
    asked_at   INTEGER NOT NULL,
    state      TEXT NOT NULL,
    due_at     INTEGER NOT NULL,
    answers    INTEGER NOT NULL,
    answered_at INTEGER NOT NULL,
    joined     INTEGER NOT NULL,
    case_id    TEXT NOT NULL,
    revision   INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX questions_by_id ON questions (id);
CREATE INDEX questions_by_posting ON questions (posting_id, serial);
CREATE INDEX questions_by_region ON questions (region, serial);
CREATE INDEX questions_by_state ON questions (region, state, serial);
CREATE INDEX questions_by_answer ON questions (region, answered_at, serial);
CREATE INDEX questions_by_asker ON questions (asker, asked_at);

-- What was said after the question, in order; rows are never changed.
CREATE TABLE question_words (
    question_id TEXT NOT NULL,
    number      INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    body        TEXT NOT NULL,
    signature   TEXT NOT NULL,
    account     TEXT NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (question_id, number)
) STRICT, WITHOUT ROWID;

-- Who asks the same.
CREATE TABLE question_joins (
    question_id TEXT NOT NULL,
    account     TEXT NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (question_id, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX question_joins_by_account ON question_joins (account, question_id);

-- Photos of the physical board, each of a version of a posting.
CREATE TABLE board_photos (
    serial      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL,
    posting_id  TEXT NOT NULL,
    version     INTEGER NOT NULL,
    region      TEXT NOT NULL,
    media_id    TEXT NOT NULL,
    taken_on    TEXT NOT NULL,
    state       TEXT NOT NULL,
    uploader    TEXT NOT NULL,
    uploaded_by TEXT NOT NULL,
    uploaded_at INTEGER NOT NULL,
    decider     TEXT NOT NULL,
    decided_by  TEXT NOT NULL,
    decided_at  INTEGER NOT NULL,
    reason      TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX board_photos_by_id ON board_photos (id);
CREATE UNIQUE INDEX board_photos_by_posting ON board_photos (posting_id, media_id);
CREATE INDEX board_photos_by_media ON board_photos (media_id);

ALTER TABLE postings ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE postings DROP COLUMN answered;
DROP TABLE board_photos;
DROP TABLE question_joins;
DROP TABLE question_words;
DROP TABLE questions;
