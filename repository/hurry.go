package repository

import (
	"context"
	"fmt"
)

// Hurry has the embedded engine wait for no disk from now on, until the archive
// is closed. It is for a file that is being filled under another name and that
// is thrown away if anything comes in between; after closing, the caller syncs
// the file before giving it its name. A fifth of the time of a filling is
// waiting for the disk. ErrUnsafe for an archive on a server.
func (db *DB) Hurry(ctx context.Context) error {
	if db.Engine() != "sqlite" {
		return fmt.Errorf("%w: only an embedded archive may be filled in a hurry", ErrUnsafe)
	}
	pool, err := db.write.DB()
	if err != nil {
		return err
	}
	// The writer is one connection. Were it opened anew, it would be a safe one.
	for _, pragma := range []string{"synchronous = OFF", "wal_autocheckpoint = 8000"} {
		if _, err := pool.ExecContext(ctx, "PRAGMA "+pragma); err != nil {
			return fmt.Errorf("hurry: %w", err)
		}
	}
	return nil
}
