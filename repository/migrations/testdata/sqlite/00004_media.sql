-- +goose Up

-- Attachments. The bytes lie elsewhere under their digest; equal bytes of two
-- uploads are two rows here and one file there.
CREATE TABLE media_objects (
    id         TEXT NOT NULL PRIMARY KEY,
    kind       TEXT NOT NULL,
    digest     TEXT NOT NULL,
    size       INTEGER NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    thumb      TEXT NOT NULL,
    file_name  TEXT NOT NULL,
    owner      TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX media_objects_by_digest ON media_objects (digest, id);
CREATE INDEX media_objects_by_thumb ON media_objects (thumb, id);

-- +goose Down
DROP TABLE media_objects;
