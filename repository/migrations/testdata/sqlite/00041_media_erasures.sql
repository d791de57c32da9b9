-- +goose Up

-- Stored bytes to be taken away, by name (digest plus ending), entered in the
-- transaction that took the last row of them away: bytes go after the commit,
-- and a crash may fall between.
CREATE TABLE media_erasures (
    name     TEXT NOT NULL PRIMARY KEY,
    asked_at INTEGER NOT NULL
) STRICT;

-- Uploads of entries of the red and black list: evidence, signed sheets, and of a
-- red one the portrait, which alone may be shown to all.
CREATE TABLE board_media (
    media_id TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    region   TEXT NOT NULL,
    purpose  TEXT NOT NULL,
    shown    INTEGER NOT NULL,
    PRIMARY KEY (media_id, entry_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX board_media_by_entry ON board_media (entry_id, media_id);

-- +goose Down
DROP TABLE board_media;
DROP TABLE media_erasures;
