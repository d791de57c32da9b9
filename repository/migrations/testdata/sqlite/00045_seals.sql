-- +goose Up

-- Rows that are still under an older key are looked for after a change of keys.
CREATE INDEX concerns_by_seal ON concerns (seal_key, id);
CREATE INDEX concern_updates_by_seal ON concern_updates (seal_key, concern_id, number);
CREATE INDEX posting_households_by_seal ON posting_households (seal_key, posting_id, household);

-- +goose Down
DROP INDEX posting_households_by_seal;
DROP INDEX concern_updates_by_seal;
DROP INDEX concerns_by_seal;
