-- +goose Up

-- Attachments. The bytes lie elsewhere under their digest; equal bytes of two
-- uploads are two rows here and one file there.
CREATE TABLE media_objects (
    id         VARBINARY(26) NOT NULL PRIMARY KEY,
    kind       VARBINARY(8) NOT NULL,
    digest     VARBINARY(64) NOT NULL,
    size       BIGINT NOT NULL,
    width      BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    thumb      VARBINARY(64) NOT NULL,
    file_name  VARCHAR(100) NOT NULL,
    owner      VARBINARY(64) NOT NULL,
    created_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX media_objects_by_digest ON media_objects (digest, id);
CREATE INDEX media_objects_by_thumb ON media_objects (thumb, id);

-- +goose Down
DROP TABLE media_objects;
