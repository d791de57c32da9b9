-- +goose Up

-- Questions of villagers about postings, and objections of the supervisory
-- committee. state and due_at follow the question's case, in its transactions.
-- The asker is an account and never a name.
CREATE TABLE questions (
    serial     BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id         VARBINARY(26) NOT NULL,
    posting_id VARBINARY(26) NOT NULL,
    version    BIGINT NOT NULL,
    region     VARBINARY(14) NOT NULL,
    item_code  VARBINARY(8) NOT NULL,
    public     BIGINT NOT NULL,
    kind       VARBINARY(12) NOT NULL,
    line       BIGINT,
    body       VARCHAR(300) NOT NULL,
    asker      VARBINARY(64) NOT NULL,
    asked_at   BIGINT NOT NULL,
    state      VARBINARY(12) NOT NULL,
    due_at     BIGINT NOT NULL,
    answers    BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    joined     BIGINT NOT NULL,
    case_id    VARBINARY(26) NOT NULL,
    revision   BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX questions_by_id ON questions (id);
CREATE INDEX questions_by_posting ON questions (posting_id, serial);
CREATE INDEX questions_by_region ON questions (region, serial);
CREATE INDEX questions_by_state ON questions (region, state, serial);
CREATE INDEX questions_by_answer ON questions (region, answered_at, serial);
CREATE INDEX questions_by_asker ON questions (asker, asked_at);

-- What was said after the question, in order; rows are never changed.
CREATE TABLE question_words (
    question_id VARBINARY(26) NOT NULL,
    number      BIGINT NOT NULL,
    kind        VARBINARY(12) NOT NULL,
    body        MEDIUMTEXT NOT NULL,
    signature   VARCHAR(120) NOT NULL,
    account     VARBINARY(64) NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (question_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who asks the same.
CREATE TABLE question_joins (
    question_id VARBINARY(26) NOT NULL,
    account     VARBINARY(64) NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (question_id, account)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX question_joins_by_account ON question_joins (account, question_id);

-- Photos of the physical board, each of a version of a posting.
CREATE TABLE board_photos (
    serial      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id          VARBINARY(26) NOT NULL,
    posting_id  VARBINARY(26) NOT NULL,
    version     BIGINT NOT NULL,
    region      VARBINARY(14) NOT NULL,
    media_id    VARBINARY(26) NOT NULL,
    taken_on    VARBINARY(10) NOT NULL,
    state       VARBINARY(12) NOT NULL,
    uploader    VARBINARY(64) NOT NULL,
    uploaded_by VARCHAR(120) NOT NULL,
    uploaded_at BIGINT NOT NULL,
    decider     VARBINARY(64) NOT NULL,
    decided_by  VARCHAR(120) NOT NULL,
    decided_at  BIGINT NOT NULL,
    reason      VARCHAR(200) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX board_photos_by_id ON board_photos (id);
CREATE UNIQUE INDEX board_photos_by_posting ON board_photos (posting_id, media_id);
CREATE INDEX board_photos_by_media ON board_photos (media_id);

ALTER TABLE postings ADD COLUMN answered BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE postings DROP COLUMN answered;
DROP TABLE board_photos;
DROP TABLE question_joins;
DROP TABLE question_words;
DROP TABLE questions;
