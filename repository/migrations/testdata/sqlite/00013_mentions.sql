-- +goose Up

-- A project, contract, asset or organisation that public postings of a village
-- name. The sums are those of its rows in mentions, and it goes with the last.
CREATE TABLE things (
    id          TEXT NOT NULL PRIMARY KEY,
    region      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    line_count  INTEGER NOT NULL,
    income_fen  INTEGER NOT NULL,
    expense_fen INTEGER NOT NULL,
    last_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX things_by_region ON things (region, last_at, id);
CREATE INDEX things_by_kind ON things (region, kind, last_at, id);

-- One line (from 0; -1: a field) of the standing version of a public posting
-- that names the thing; pos is the posting's place in the feeds.
CREATE TABLE mentions (
    thing_id    TEXT NOT NULL,
    pos         INTEGER NOT NULL,
    line        INTEGER NOT NULL,
    posting_id  TEXT NOT NULL,
    version     INTEGER NOT NULL,
    day         TEXT NOT NULL,
    summary     TEXT NOT NULL,
    income_fen  INTEGER NOT NULL,
    expense_fen INTEGER NOT NULL,
    PRIMARY KEY (thing_id, pos, line)
) STRICT, WITHOUT ROWID;

CREATE INDEX mentions_by_posting ON mentions (posting_id, thing_id);

-- +goose Down
DROP TABLE mentions;
DROP TABLE things;
