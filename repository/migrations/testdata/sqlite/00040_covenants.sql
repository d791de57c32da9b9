-- +goose Up

-- Charters and covenants: one of each kind of a village. current_version is in
-- force, open_version under way, last_version the newest; 0 for none. codes counts
-- the clause codes given so far.
CREATE TABLE covenants (
    serial          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL,
    region          TEXT NOT NULL,
    kind            TEXT NOT NULL,
    current_version INTEGER NOT NULL,
    open_version    INTEGER NOT NULL,
    last_version    INTEGER NOT NULL,
    codes           INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX covenants_by_id ON covenants (id);
CREATE UNIQUE INDEX covenants_by_place ON covenants (region, kind);

-- Versions, under way and of the past. Content is the clauses and all that was
-- decided of them, as JSON. since_at and until_at are when it was in force, 0 for
-- never and for still.
CREATE TABLE covenant_versions (
    covenant_id TEXT NOT NULL,
    number      INTEGER NOT NULL,
    id          TEXT NOT NULL,
    case_id     TEXT NOT NULL,
    region      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    state       TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    digest      TEXT NOT NULL,
    reviewed_at INTEGER NOT NULL,
    filed_at    INTEGER NOT NULL,
    correct_to  INTEGER NOT NULL,
    since_at    INTEGER NOT NULL,
    until_at    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    content     TEXT NOT NULL,
    PRIMARY KEY (covenant_id, number)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX covenant_versions_by_id ON covenant_versions (id);
CREATE INDEX covenant_versions_in_force ON covenant_versions (region, kind, since_at);

-- What was said of a draft. author is the resident, "" of what came on paper;
-- people is how many said so, 1 online.
CREATE TABLE covenant_opinions (
    covenant_id TEXT NOT NULL,
    version     INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    origin      TEXT NOT NULL,
    stance      TEXT NOT NULL,
    clause      TEXT NOT NULL,
    body        TEXT NOT NULL,
    people      INTEGER NOT NULL,
    sheet       TEXT NOT NULL,
    author      TEXT NOT NULL,
    made_at     INTEGER NOT NULL,
    adopted     INTEGER NOT NULL,
    answer      TEXT NOT NULL,
    office      TEXT NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (covenant_id, version, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX covenant_opinions_by_author ON covenant_opinions (author, made_at);

-- Papers of a revision (sheets of opinions, sign-in sheets, receipts): names stand
-- on them, so they are for the offices of the village alone.
CREATE TABLE covenant_media (
    media_id    TEXT NOT NULL,
    covenant_id TEXT NOT NULL,
    PRIMARY KEY (media_id, covenant_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE covenant_media;
DROP TABLE covenant_opinions;
DROP TABLE covenant_versions;
DROP TABLE covenants;
