-- +goose Up

-- The public log: the canonical JSON of each leaf, by its index from 0.
CREATE TABLE log_entries (
    id   INTEGER NOT NULL PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

-- The hashes of all complete subtrees, in the order in which they are complete
-- (the storage index of golang.org/x/mod/sumdb/tlog).
CREATE TABLE log_hashes (
    id   INTEGER NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL
) STRICT;

-- One row: whoever appends locks it, so that places have an order.
CREATE TABLE log_head (
    id      INTEGER NOT NULL PRIMARY KEY,
    size    INTEGER NOT NULL,
    root    BLOB NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;

-- The root of the empty tree is SHA-256 of nothing.
INSERT INTO log_head (id, size, root, last_at)
VALUES (1, 0, X'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0);

-- +goose Down
DROP TABLE log_head;
DROP TABLE log_hashes;
DROP TABLE log_entries;
