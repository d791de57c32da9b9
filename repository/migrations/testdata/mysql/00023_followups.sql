-- +goose Up

-- What went on in public beside the postings, one row for each step, as
-- everybody may read it.
CREATE TABLE chronicle (
    serial  BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    kind    VARBINARY(40) NOT NULL,
    region  VARBINARY(14) NOT NULL,
    subject VARBINARY(26) NOT NULL,
    title   VARCHAR(200) NOT NULL,
    body    VARCHAR(400) NOT NULL,
    link    VARBINARY(160) NOT NULL,
    at      BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE INDEX chronicle_by_subject ON chronicle (subject, serial);

-- The chronicle by place, as feed_entries is of postings: scope is the region
-- code as a number, pos the place in time (at << 20 | serial mod 2^20).
CREATE TABLE chronicle_entries (
    scope  BIGINT NOT NULL,
    pos    BIGINT NOT NULL,
    serial BIGINT NOT NULL,
    PRIMARY KEY (scope, pos)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a consultation came from or went on to: kind is concern, resolution or
-- ballot, target its id. The other side finds the consultation here.
CREATE TABLE consultation_links (
    kind            VARBINARY(12) NOT NULL,
    target          VARCHAR(40) NOT NULL,
    consultation_id VARBINARY(26) NOT NULL,
    PRIMARY KEY (kind, target, consultation_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What was said of a ballot beside its states, once: closing.
CREATE TABLE ballot_notices (
    ballot BIGINT NOT NULL,
    what   VARBINARY(12) NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (ballot, what)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One's own, for the export of own data, and whoever is to be told.
CREATE INDEX consultations_by_creator ON consultations (created_by, serial);
CREATE INDEX statements_by_author ON statements (author, consultation_id, number);
CREATE INDEX statement_votes_by_voter ON statement_votes (voter, statement_id);
CREATE INDEX consultation_ratings_by_resident ON consultation_ratings (resident, consultation_id);
CREATE INDEX ballot_voters_by_resident ON ballot_voters (resident, ballot);
CREATE INDEX bindings_by_account_of_village ON bindings (village, account, resident);

-- +goose Down
DROP INDEX bindings_by_account_of_village ON bindings;
DROP INDEX ballot_voters_by_resident ON ballot_voters;
DROP INDEX consultation_ratings_by_resident ON consultation_ratings;
DROP INDEX statement_votes_by_voter ON statement_votes;
DROP INDEX statements_by_author ON statements;
DROP INDEX consultations_by_creator ON consultations;
DROP TABLE ballot_notices;
DROP TABLE consultation_links;
DROP TABLE chronicle_entries;
DROP TABLE chronicle;
