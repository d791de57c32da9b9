-- +goose Up

-- Consultations. What lists show comes first; content is all that was said in
-- the course of one, as JSON. village_group is empty but where one group alone
-- is concerned.
CREATE TABLE consultations (
    serial        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL,
    case_id       TEXT NOT NULL,
    region        TEXT NOT NULL,
    village_group TEXT NOT NULL,
    channel       TEXT NOT NULL,
    state         TEXT NOT NULL,
    shown         INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    title         TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    created_by    TEXT NOT NULL,
    content       TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX consultations_by_id ON consultations (id);
CREATE INDEX consultations_by_region ON consultations (region, serial);

-- What villagers said. author is the resident, never shown. revision counts
-- changes of text, state and votes; the figures are those of statement_votes.
CREATE TABLE statements (
    id              TEXT NOT NULL PRIMARY KEY,
    consultation_id TEXT NOT NULL,
    number          INTEGER NOT NULL,
    author          TEXT NOT NULL,
    body            TEXT NOT NULL,
    state           TEXT NOT NULL,
    kind            TEXT NOT NULL,
    reason          TEXT NOT NULL,
    made_at         INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    agree           INTEGER NOT NULL,
    disagree        INTEGER NOT NULL,
    pass            INTEGER NOT NULL,
    revision        INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX statements_by_number ON statements (consultation_id, number);

-- One voice per resident and statement. No times: nothing tells who voted
-- together.
CREATE TABLE statement_votes (
    consultation_id TEXT NOT NULL,
    statement_id    TEXT NOT NULL,
    voter           TEXT NOT NULL,
    vote            INTEGER NOT NULL,
    PRIMARY KEY (consultation_id, statement_id, voter)
) STRICT, WITHOUT ROWID;

CREATE INDEX statement_votes_by_statement ON statement_votes (statement_id, voter);

-- The log of moderation: by office, without names and texts.
CREATE TABLE statement_moderations (
    serial          INTEGER PRIMARY KEY AUTOINCREMENT,
    consultation_id TEXT NOT NULL,
    number          INTEGER NOT NULL,
    act             TEXT NOT NULL,
    kind            TEXT NOT NULL,
    reason          TEXT NOT NULL,
    office          TEXT NOT NULL,
    at              INTEGER NOT NULL
) STRICT;

CREATE INDEX statement_moderations_by_consultation ON statement_moderations (consultation_id, serial);

CREATE TABLE consultation_ratings (
    consultation_id TEXT NOT NULL,
    resident        TEXT NOT NULL,
    rating          TEXT NOT NULL,
    PRIMARY KEY (consultation_id, resident)
) STRICT, WITHOUT ROWID;

-- Photos that hang on a step of a consultation: readable by those who may know
-- of it.
CREATE TABLE consultation_media (
    media_id        TEXT NOT NULL,
    consultation_id TEXT NOT NULL,
    PRIMARY KEY (media_id, consultation_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE consultation_media;
DROP TABLE consultation_ratings;
DROP TABLE statement_moderations;
DROP TABLE statement_votes;
DROP TABLE statements;
DROP TABLE consultations;
