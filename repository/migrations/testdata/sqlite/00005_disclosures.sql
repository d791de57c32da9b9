-- +goose Up

-- What villages disclose. The columns that feeds show come first and are short;
-- the text being written comes last and is empty while nothing is. pos is the
-- posting's place in the feeds, none before its first publication.
CREATE TABLE postings (
    serial       INTEGER PRIMARY KEY AUTOINCREMENT,
    pos          INTEGER,
    id           TEXT NOT NULL,
    region       TEXT NOT NULL,
    item_code    TEXT NOT NULL,
    category     TEXT NOT NULL,
    edition      TEXT NOT NULL,
    period       TEXT NOT NULL,
    visibility   TEXT NOT NULL,
    state        TEXT NOT NULL,
    version      INTEGER NOT NULL,
    late         INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    title        TEXT NOT NULL,
    summary      TEXT NOT NULL,
    attachments  INTEGER NOT NULL,
    questions    INTEGER NOT NULL,
    income_fen   INTEGER,
    expense_fen  INTEGER,
    case_id      TEXT NOT NULL,
    revision     INTEGER NOT NULL,
    personal     INTEGER NOT NULL,
    first_at     INTEGER NOT NULL,
    posted_from  INTEGER NOT NULL,
    posted_until INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    reason       TEXT NOT NULL,
    review       TEXT NOT NULL,
    draft        BLOB
) STRICT;

CREATE UNIQUE INDEX postings_by_id ON postings (id);
CREATE UNIQUE INDEX postings_by_pos ON postings (pos);
CREATE INDEX postings_by_region ON postings (region, state, serial);

-- Every published text. Its content is none where it had to go; the digest stays.
CREATE TABLE posting_versions (
    posting_id   TEXT NOT NULL,
    number       INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    withdrawn_at INTEGER NOT NULL,
    digest       TEXT NOT NULL,
    reason       TEXT NOT NULL,
    content      BLOB,
    PRIMARY KEY (posting_id, number)
) STRICT;

-- Which attachments hang on which posting. published: on a text that its
-- readers may see; else only on its draft.
CREATE TABLE posting_media (
    media_id   TEXT NOT NULL,
    posting_id TEXT NOT NULL,
    published  INTEGER NOT NULL,
    PRIMARY KEY (media_id, posting_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX posting_media_by_posting ON posting_media (posting_id, published);

-- The feeds of all places: scope says which (see disclosure.Scope), pos is the
-- place in it. Stored in this order, so that a page is one range.
CREATE TABLE feed_entries (
    scope INTEGER NOT NULL,
    pos   INTEGER NOT NULL,
    PRIMARY KEY (scope, pos)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE feed_entries;
DROP TABLE posting_media;
DROP TABLE posting_versions;
DROP TABLE postings;
