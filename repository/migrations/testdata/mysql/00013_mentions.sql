-- +goose Up

-- A project, contract, asset or organisation that public postings of a village
-- name. The sums are those of its rows in mentions, and it goes with the last.
CREATE TABLE things (
    id          VARBINARY(26) NOT NULL PRIMARY KEY,
    region      VARBINARY(14) NOT NULL,
    kind        VARBINARY(12) NOT NULL,
    name        VARCHAR(80) NOT NULL,
    line_count  BIGINT NOT NULL,
    income_fen  BIGINT NOT NULL,
    expense_fen BIGINT NOT NULL,
    last_at     BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX things_by_region ON things (region, last_at, id);
CREATE INDEX things_by_kind ON things (region, kind, last_at, id);

-- One line (from 0; -1: a field) of the standing version of a public posting
-- that names the thing; pos is the posting's place in the feeds.
CREATE TABLE mentions (
    thing_id    VARBINARY(26) NOT NULL,
    pos         BIGINT NOT NULL,
    line        BIGINT NOT NULL,
    posting_id  VARBINARY(26) NOT NULL,
    version     BIGINT NOT NULL,
    day         VARBINARY(10) NOT NULL,
    summary     MEDIUMTEXT NOT NULL,
    income_fen  BIGINT NOT NULL,
    expense_fen BIGINT NOT NULL,
    PRIMARY KEY (thing_id, pos, line)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX mentions_by_posting ON mentions (posting_id, thing_id);

-- +goose Down
DROP TABLE mentions;
DROP TABLE things;
