-- +goose Up

-- Consultations. What lists show comes first; content is all that was said in
-- the course of one, as JSON. village_group is empty but where one group alone
-- is concerned.
CREATE TABLE consultations (
    serial        BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id            VARBINARY(26) NOT NULL,
    case_id       VARBINARY(26) NOT NULL,
    region        VARBINARY(14) NOT NULL,
    village_group VARBINARY(14) NOT NULL,
    channel       VARBINARY(16) NOT NULL,
    state         VARBINARY(16) NOT NULL,
    shown         BIGINT NOT NULL,
    revision      BIGINT NOT NULL,
    title         VARCHAR(60) NOT NULL,
    created_at    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    created_by    VARBINARY(64) NOT NULL,
    content       MEDIUMTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX consultations_by_id ON consultations (id);
CREATE INDEX consultations_by_region ON consultations (region, serial);

-- What villagers said. author is the resident, never shown. revision counts
-- changes of text, state and votes; the figures are those of statement_votes.
CREATE TABLE statements (
    id              VARBINARY(26) NOT NULL PRIMARY KEY,
    consultation_id VARBINARY(26) NOT NULL,
    number          BIGINT NOT NULL,
    author          VARBINARY(64) NOT NULL,
    body            MEDIUMTEXT NOT NULL,
    state           VARBINARY(12) NOT NULL,
    kind            VARBINARY(32) NOT NULL,
    reason          MEDIUMTEXT NOT NULL,
    made_at         BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    agree           BIGINT NOT NULL,
    disagree        BIGINT NOT NULL,
    pass            BIGINT NOT NULL,
    revision        BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE UNIQUE INDEX statements_by_number ON statements (consultation_id, number);

-- One voice per resident and statement. No times: nothing tells who voted
-- together.
CREATE TABLE statement_votes (
    consultation_id VARBINARY(26) NOT NULL,
    statement_id    VARBINARY(26) NOT NULL,
    voter           VARBINARY(64) NOT NULL,
    vote            BIGINT NOT NULL,
    PRIMARY KEY (consultation_id, statement_id, voter)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX statement_votes_by_statement ON statement_votes (statement_id, voter);

-- The log of moderation: by office, without names and texts.
CREATE TABLE statement_moderations (
    serial          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    consultation_id VARBINARY(26) NOT NULL,
    number          BIGINT NOT NULL,
    act             VARBINARY(12) NOT NULL,
    kind            VARBINARY(32) NOT NULL,
    reason          MEDIUMTEXT NOT NULL,
    office          VARCHAR(60) NOT NULL,
    at              BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX statement_moderations_by_consultation ON statement_moderations (consultation_id, serial);

CREATE TABLE consultation_ratings (
    consultation_id VARBINARY(26) NOT NULL,
    resident        VARBINARY(64) NOT NULL,
    rating          VARBINARY(16) NOT NULL,
    PRIMARY KEY (consultation_id, resident)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Photos that hang on a step of a consultation: readable by those who may know
-- of it.
CREATE TABLE consultation_media (
    media_id        VARBINARY(26) NOT NULL,
    consultation_id VARBINARY(26) NOT NULL,
    PRIMARY KEY (media_id, consultation_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE consultation_media;
DROP TABLE consultation_ratings;
DROP TABLE statement_moderations;
DROP TABLE statement_votes;
DROP TABLE statements;
DROP TABLE consultations;
