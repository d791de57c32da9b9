-- +goose Up

-- Stored bytes to be taken away, by name (digest plus ending), entered in the
-- transaction that took the last row of them away: bytes go after the commit,
-- and a crash may fall between.
CREATE TABLE media_erasures (
    name     VARBINARY(72) NOT NULL PRIMARY KEY,
    asked_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Uploads of entries of the red and black list: evidence, signed sheets, and of a
-- red one the portrait, which alone may be shown to all.
CREATE TABLE board_media (
    media_id VARBINARY(26) NOT NULL,
    entry_id VARBINARY(26) NOT NULL,
    region   VARBINARY(14) NOT NULL,
    purpose  VARBINARY(12) NOT NULL,
    shown    BIGINT NOT NULL,
    PRIMARY KEY (media_id, entry_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX board_media_by_entry ON board_media (entry_id, media_id);

-- +goose Down
DROP TABLE board_media;
DROP TABLE media_erasures;
