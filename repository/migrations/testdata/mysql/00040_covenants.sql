-- +goose Up

-- Charters and covenants: one of each kind of a village. current_version is in
-- force, open_version under way, last_version the newest; 0 for none. codes counts
-- the clause codes given so far.
CREATE TABLE covenants (
    serial          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id              VARBINARY(26) NOT NULL,
    region          VARBINARY(14) NOT NULL,
    kind            VARBINARY(16) NOT NULL,
    current_version BIGINT NOT NULL,
    open_version    BIGINT NOT NULL,
    last_version    BIGINT NOT NULL,
    codes           BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX covenants_by_id ON covenants (id);
CREATE UNIQUE INDEX covenants_by_place ON covenants (region, kind);

-- Versions, under way and of the past. Content is the clauses and all that was
-- decided of them, as JSON. since_at and until_at are when it was in force, 0 for
-- never and for still.
CREATE TABLE covenant_versions (
    covenant_id VARBINARY(26) NOT NULL,
    number      BIGINT NOT NULL,
    id          VARBINARY(26) NOT NULL,
    case_id     VARBINARY(26) NOT NULL,
    region      VARBINARY(14) NOT NULL,
    kind        VARBINARY(16) NOT NULL,
    state       VARBINARY(24) NOT NULL,
    revision    BIGINT NOT NULL,
    digest      VARBINARY(64) NOT NULL,
    reviewed_at BIGINT NOT NULL,
    filed_at    BIGINT NOT NULL,
    correct_to  BIGINT NOT NULL,
    since_at    BIGINT NOT NULL,
    until_at    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    content     MEDIUMTEXT NOT NULL,
    PRIMARY KEY (covenant_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX covenant_versions_by_id ON covenant_versions (id);
CREATE INDEX covenant_versions_in_force ON covenant_versions (region, kind, since_at);

-- What was said of a draft. author is the resident, "" of what came on paper;
-- people is how many said so, 1 online.
CREATE TABLE covenant_opinions (
    covenant_id VARBINARY(26) NOT NULL,
    version     BIGINT NOT NULL,
    number      BIGINT NOT NULL,
    origin      VARBINARY(12) NOT NULL,
    stance      VARBINARY(12) NOT NULL,
    clause      VARBINARY(12) NOT NULL,
    body        MEDIUMTEXT NOT NULL,
    people      BIGINT NOT NULL,
    sheet       VARBINARY(64) NOT NULL,
    author      VARBINARY(64) NOT NULL,
    made_at     BIGINT NOT NULL,
    adopted     BIGINT NOT NULL,
    answer      MEDIUMTEXT NOT NULL,
    office      VARCHAR(60) NOT NULL,
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (covenant_id, version, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX covenant_opinions_by_author ON covenant_opinions (author, made_at);

-- Papers of a revision (sheets of opinions, sign-in sheets, receipts): names stand
-- on them, so they are for the offices of the village alone.
CREATE TABLE covenant_media (
    media_id    VARBINARY(26) NOT NULL,
    covenant_id VARBINARY(26) NOT NULL,
    PRIMARY KEY (media_id, covenant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE covenant_media;
DROP TABLE covenant_opinions;
DROP TABLE covenant_versions;
DROP TABLE covenants;
