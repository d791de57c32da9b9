-- +goose Up

-- The public log: the canonical JSON of each leaf, by its index from 0.
CREATE TABLE log_entries (
    id   BIGINT NOT NULL PRIMARY KEY,
    data VARBINARY(4096) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The hashes of all complete subtrees, in the order in which they are complete
-- (the storage index of golang.org/x/mod/sumdb/tlog).
CREATE TABLE log_hashes (
    id   BIGINT NOT NULL PRIMARY KEY,
    hash VARBINARY(32) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row: whoever appends locks it, so that places have an order.
CREATE TABLE log_head (
    id      BIGINT NOT NULL PRIMARY KEY,
    size    BIGINT NOT NULL,
    root    VARBINARY(32) NOT NULL,
    last_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The root of the empty tree is SHA-256 of nothing.
INSERT INTO log_head (id, size, root, last_at)
VALUES (1, 0, X'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0);

-- +goose Down
DROP TABLE log_head;
DROP TABLE log_hashes;
DROP TABLE log_entries;
