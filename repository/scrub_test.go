package repository_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/redblack"
)

// What an entry said is in no file of the archive once it was taken away.
func TestScrub(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "village.db")
	db := opened(t, repository.Options{URL: "sqlite://" + path})
	ctx := t.Context()
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	const deed = "把建筑垃圾倒在三组排水沟里"
	r := redblack.Record{ID: strings.Repeat("e", 26), Kind: redblack.Black, Region: "510821102200", State: redblack.Listed, Deed: deed, Revision: 1}
	write := func(fn func(tx redblack.Tx) error) {
		t.Helper()
		err := db.RedBlack().InTx(ctx, dbtest.Act(), func(tx redblack.Tx) error {
			if err := fn(tx); err != nil {
				return err
			}
			return tx.Record(ctx, audit.Event{Action: "test", Object: "board_entry", Result: "ok"})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	holds := func() bool {
		t.Helper()
		for _, name := range []string{path, path + "-wal"} {
			data, err := os.ReadFile(name)
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if bytes.Contains(data, []byte(deed)) {
				return true
			}
		}
		return false
	}
	write(func(tx redblack.Tx) error { return tx.AddBoardEntry(ctx, r) })
	if !holds() {
		t.Fatal("the search would find nothing anyhow")
	}
	write(func(tx redblack.Tx) error {
		r.Deed, r.State, r.Revision = "", redblack.Expired, 2
		if err := tx.SaveBoardEntry(ctx, r); err != nil {
			return err
		}
		return tx.WipeBoardEntry(ctx, r.ID)
	})
	if !holds() {
		t.Fatal("the write-ahead log forgets by itself: the scrub is not shown to be needed")
	}
	if err := db.Scrub(ctx); err != nil {
		t.Fatal(err)
	}
	if holds() {
		t.Error("what was taken away is still in the files")
	}
}
