-- +goose Up

-- Who published a text: masked name and office; empty for what is older.
ALTER TABLE posting_versions ADD COLUMN author TEXT NOT NULL DEFAULT '';

-- What stands of a village, item and period: comparison and the duty clock.
CREATE INDEX postings_by_item ON postings (region, item_code, period);

-- What an answer speaks of, so that it can lose its text with what it showed.
ALTER TABLE receipts ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE INDEX receipts_by_subject ON receipts (subject);

-- What of a posting concerns one household: read by its verified members only.
-- Words and amount are sealed, bound to the row.
CREATE TABLE posting_households (
    posting_id TEXT NOT NULL,
    household  TEXT NOT NULL,
    seal_key   TEXT NOT NULL,
    sealed     BLOB NOT NULL,
    PRIMARY KEY (posting_id, household)
) STRICT, WITHOUT ROWID;

CREATE INDEX posting_households_by_household ON posting_households (household, posting_id);

-- +goose Down
DROP TABLE posting_households;
DROP INDEX receipts_by_subject;
DROP INDEX postings_by_item;
ALTER TABLE receipts DROP COLUMN subject;
ALTER TABLE posting_versions DROP COLUMN author;
