-- +goose Up

-- Which leaves of the public record speak of what, none for what was there
-- before the record began. A salt is what a commitment needs to be checked; it
-- goes with what was committed to.
ALTER TABLE postings ADD COLUMN log_index INTEGER;

ALTER TABLE posting_versions ADD COLUMN salt BLOB;
ALTER TABLE posting_versions ADD COLUMN log_index INTEGER;
ALTER TABLE posting_versions ADD COLUMN ended_index INTEGER;
CREATE INDEX posting_versions_by_log ON posting_versions (log_index);
CREATE INDEX posting_versions_by_end ON posting_versions (ended_index);

ALTER TABLE appointments ADD COLUMN salt BLOB;
ALTER TABLE appointments ADD COLUMN made_at INTEGER;
ALTER TABLE appointments ADD COLUMN made_index INTEGER;
ALTER TABLE appointments ADD COLUMN ended_index INTEGER;
CREATE INDEX appointments_by_log ON appointments (made_index);
CREATE INDEX appointments_by_end ON appointments (ended_index);

-- Rows that are locked before they are first written.
INSERT INTO settings (name, value, at) VALUES ('record.audit_interval', '{}', 0);
INSERT INTO settings (name, value, at) VALUES ('record.rules', '', 0);

-- +goose Down
DELETE FROM settings WHERE name IN ('record.audit_interval', 'record.rules');
DROP INDEX appointments_by_end;
DROP INDEX appointments_by_log;
DROP INDEX posting_versions_by_end;
DROP INDEX posting_versions_by_log;
ALTER TABLE appointments DROP COLUMN ended_index;
ALTER TABLE appointments DROP COLUMN made_index;
ALTER TABLE appointments DROP COLUMN made_at;
ALTER TABLE appointments DROP COLUMN salt;
ALTER TABLE posting_versions DROP COLUMN ended_index;
ALTER TABLE posting_versions DROP COLUMN log_index;
ALTER TABLE posting_versions DROP COLUMN salt;
ALTER TABLE postings DROP COLUMN log_index;
