package repository

import (
	"context"
	"errors"
)

// errReaders: somebody reads an old state of the archive.
var errReaders = errors.New("repository: the write-ahead log is being read")

// Scrub makes the engine forget what was taken away for good since it was called
// last: SQLite overwrites what it deletes (secure_delete), and what the
// write-ahead log still holds goes with its truncation here. Where somebody reads
// meanwhile it fails, and does it when it is called again. MySQL keeps deleted
// rows in its pages until they are used anew, and in its logs as long as it is
// told to: see docs/operations.
func (db *DB) Scrub(ctx context.Context) error {
	if db.Engine() != "sqlite" || !db.wiped.Swap(false) {
		return nil
	}
	var state struct{ Busy, Log, Checkpointed int }
	err := db.write.WithContext(ctx).Raw("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&state).Error
	if err == nil && state.Busy != 0 {
		err = errReaders
	}
	if err != nil {
		db.wiped.Store(true)
	}
	return wrapped("scrub the write-ahead log", translate(db.dialect, err))
}
