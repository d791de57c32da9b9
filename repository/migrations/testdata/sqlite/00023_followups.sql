-- +goose Up

-- What went on in public beside the postings, one row for each step, as
-- everybody may read it.
CREATE TABLE chronicle (
    serial  INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT NOT NULL,
    region  TEXT NOT NULL,
    subject TEXT NOT NULL,
    title   TEXT NOT NULL,
    body    TEXT NOT NULL,
    link    TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT;

CREATE INDEX chronicle_by_subject ON chronicle (subject, serial);

-- The chronicle by place, as feed_entries is of postings: scope is the region
-- code as a number, pos the place in time (at << 20 | serial mod 2^20).
CREATE TABLE chronicle_entries (
    scope  INTEGER NOT NULL,
    pos    INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    PRIMARY KEY (scope, pos)
) STRICT, WITHOUT ROWID;

-- What a consultation came from or went on to: kind is concern, resolution or
-- ballot, target its id. The other side finds the consultation here.
CREATE TABLE consultation_links (
    kind            TEXT NOT NULL,
    target          TEXT NOT NULL,
    consultation_id TEXT NOT NULL,
    PRIMARY KEY (kind, target, consultation_id)
) STRICT, WITHOUT ROWID;

-- What was said of a ballot beside its states, once: closing.
CREATE TABLE ballot_notices (
    ballot INTEGER NOT NULL,
    what   TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (ballot, what)
) STRICT, WITHOUT ROWID;

-- One's own, for the export of own data, and whoever is to be told.
CREATE INDEX consultations_by_creator ON consultations (created_by, serial);
CREATE INDEX statements_by_author ON statements (author, consultation_id, number);
CREATE INDEX statement_votes_by_voter ON statement_votes (voter, statement_id);
CREATE INDEX consultation_ratings_by_resident ON consultation_ratings (resident, consultation_id);
CREATE INDEX ballot_voters_by_resident ON ballot_voters (resident, ballot);
CREATE INDEX bindings_by_account_of_village ON bindings (village, account, resident);

-- +goose Down
DROP INDEX bindings_by_account_of_village;
DROP INDEX ballot_voters_by_resident;
DROP INDEX consultation_ratings_by_resident;
DROP INDEX statement_votes_by_voter;
DROP INDEX statements_by_author;
DROP INDEX consultations_by_creator;
DROP TABLE ballot_notices;
DROP TABLE consultation_links;
DROP TABLE chronicle_entries;
DROP TABLE chronicle;
