-- +goose Up

-- What villages disclose. The columns that feeds show come first and are short;
-- the text being written comes last and is empty while nothing is. pos is the
-- posting's place in the feeds, none before its first publication.
CREATE TABLE postings (
    serial       BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    pos          BIGINT,
    id           VARBINARY(26) NOT NULL,
    region       VARBINARY(14) NOT NULL,
    item_code    VARBINARY(8) NOT NULL,
    category     VARBINARY(24) NOT NULL,
    edition      VARBINARY(10) NOT NULL,
    period       VARBINARY(10) NOT NULL,
    visibility   VARBINARY(24) NOT NULL,
    state        VARBINARY(12) NOT NULL,
    version      BIGINT NOT NULL,
    late         BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    title        VARCHAR(60) NOT NULL,
    summary      VARCHAR(300) NOT NULL,
    attachments  BIGINT NOT NULL,
    questions    BIGINT NOT NULL,
    income_fen   BIGINT,
    expense_fen  BIGINT,
    case_id      VARBINARY(26) NOT NULL,
    revision     BIGINT NOT NULL,
    personal     BIGINT NOT NULL,
    first_at     BIGINT NOT NULL,
    posted_from  BIGINT NOT NULL,
    posted_until BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    created_by   VARBINARY(64) NOT NULL,
    reason       MEDIUMTEXT NOT NULL,
    review       MEDIUMTEXT NOT NULL,
    draft        MEDIUMBLOB
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX postings_by_id ON postings (id);
CREATE UNIQUE INDEX postings_by_pos ON postings (pos);
CREATE INDEX postings_by_region ON postings (region, state, serial);

-- Every published text. Its content is none where it had to go; the digest stays.
CREATE TABLE posting_versions (
    posting_id   VARBINARY(26) NOT NULL,
    number       BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    withdrawn_at BIGINT NOT NULL,
    digest       VARBINARY(64) NOT NULL,
    reason       MEDIUMTEXT NOT NULL,
    content      MEDIUMBLOB,
    PRIMARY KEY (posting_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Which attachments hang on which posting. published: on a text that its
-- readers may see; else only on its draft.
CREATE TABLE posting_media (
    media_id   VARBINARY(26) NOT NULL,
    posting_id VARBINARY(26) NOT NULL,
    published  BIGINT NOT NULL,
    PRIMARY KEY (media_id, posting_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX posting_media_by_posting ON posting_media (posting_id, published);

-- The feeds of all places: scope says which (see disclosure.Scope), pos is the
-- place in it. Stored in this order, so that a page is one range.
CREATE TABLE feed_entries (
    scope BIGINT NOT NULL,
    pos   BIGINT NOT NULL,
    PRIMARY KEY (scope, pos)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE feed_entries;
DROP TABLE posting_media;
DROP TABLE posting_versions;
DROP TABLE postings;
