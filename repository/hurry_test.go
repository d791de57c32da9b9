package repository_test

import (
	"errors"
	"testing"

	"cunwu/repository"
	"cunwu/repository/dbtest"
)

// Only an embedded archive is filled in a hurry, and what is written is there
// when it is opened again.
func TestHurry(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		if err := db.Hurry(t.Context()); (db.Engine() == "sqlite") != (err == nil) || err != nil && !errors.Is(err, repository.ErrUnsafe) {
			t.Fatal(err)
		}
	})
}
