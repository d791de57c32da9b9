package repository_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/region"
)

func asked(scope, key, body string) audit.Act {
	act := dbtest.Act()
	act.Receipt = &audit.Receipt{
		Scope: scope, Key: key, Digest: sha256.Sum256([]byte(body)),
		Encode: func(result any) (int, []byte, error) { return 201, []byte(fmt.Sprint(result)), nil },
	}
	return act
}

// answering does something and answers with text.
func answering(ctx context.Context, text string) func(region.Tx) error {
	return func(tx region.Tx) error {
		if err := put(ctx, tx, yanjing()); err != nil {
			return err
		}
		return tx.Answer(ctx, text)
	}
}

func wantReplay(t *testing.T, err error, body string) {
	t.Helper()
	var r *audit.Replay
	if !errors.As(err, &r) || r.Status != 201 || string(r.Body) != body {
		t.Errorf("want the first answer %q, got %v %+v", body, err, r)
	}
}

func wantEvents(t *testing.T, db *dbtest.DB, n int) {
	t.Helper()
	if es, err := db.AuditEvents(t.Context(), 0, 100); err != nil || len(es) != n {
		t.Errorf("want %d events, got %d, %v", n, len(es), err)
	}
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, rs := t.Context(), db.Regions()
		if err := rs.InTx(ctx, asked("a POST /x", "k", "body"), answering(ctx, "first")); err != nil {
			t.Fatal(err)
		}
		db.Clock.Advance(71 * time.Hour)
		wantReplay(t, rs.InTx(ctx, asked("a POST /x", "k", "body"), answering(ctx, "second")), "first")
		if err := rs.InTx(ctx, asked("a POST /x", "k", "other"), answering(ctx, "second")); !errors.Is(err, repository.ErrMismatch) {
			t.Errorf("another body: %v", err)
		}
		wantEvents(t, db, 1)
		for _, act := range []audit.Act{asked("b POST /x", "k", "body"), asked("a POST /y", "k", "body"), asked("a POST /x", "l", "body")} {
			if err := rs.InTx(ctx, act, answering(ctx, "own")); err != nil {
				t.Errorf("%s %s: %v", act.Receipt.Scope, act.Receipt.Key, err)
			}
		}
		wantEvents(t, db, 4)
	})
}

func TestReceipt_NothingKeptOfFailures(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, rs := t.Context(), db.Regions()
		act := asked("a POST /x", "k", "body")
		if err := rs.InTx(ctx, act, func(tx region.Tx) error { return put(ctx, tx, yanjing()) }); err == nil {
			t.Error("committed without an answer")
		}
		if err := rs.InTx(ctx, act, func(region.Tx) error { return region.ErrNotFound }); !errors.Is(err, region.ErrNotFound) {
			t.Errorf("refusal: %v", err)
		}
		act.Receipt.Encode = func(any) (int, []byte, error) { return 0, nil, errors.New("cannot be shown") }
		if err := rs.InTx(ctx, act, answering(ctx, "x")); err == nil {
			t.Error("committed what could not be answered")
		}
		wantEvents(t, db, 0)
		if err := rs.InTx(ctx, asked("a POST /x", "k", "body"), answering(ctx, "at last")); err != nil {
			t.Errorf("the key is used up: %v", err)
		}
	})
}

func TestReceipt_Without(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	ctx := t.Context()
	for range 2 {
		if err := db.Regions().InTx(ctx, dbtest.Act(), answering(ctx, "x")); err != nil {
			t.Fatal(err)
		}
	}
	wantEvents(t, db, 2)
}

func TestReceipt_Expires(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, rs := t.Context(), db.Regions()
		if err := rs.InTx(ctx, asked("a", "k", "body"), answering(ctx, "first")); err != nil {
			t.Fatal(err)
		}
		db.Clock.Advance(72 * time.Hour)
		if err := rs.InTx(ctx, asked("a", "k", "other"), answering(ctx, "second")); err != nil {
			t.Fatalf("after 72 hours: %v", err)
		}
		wantReplay(t, rs.InTx(ctx, asked("a", "k", "other"), answering(ctx, "third")), "second")
		if err := rs.InTx(ctx, asked("a", "l", "body"), answering(ctx, "young")); err != nil {
			t.Fatal(err)
		}
		db.Clock.Advance(time.Hour)
		if n, err := db.Purge(ctx); err != nil || n != 0 {
			t.Errorf("purged %d young ones, %v", n, err)
		}
		db.Clock.Advance(72 * time.Hour)
		if n, err := db.Purge(ctx); err != nil || n != 2 {
			t.Errorf("purged %d, %v", n, err)
		}
		if err := rs.InTx(ctx, asked("a", "k", "again"), answering(ctx, "fourth")); err != nil {
			t.Error(err)
		}
	})
}

// The same request arrives many times at once: it is done once, and everybody
// gets its answer.
func TestReceipt_Race(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, rs := t.Context(), db.Regions()
		const rounds, senders = 5, 12
		for round := range rounds {
			var done, replayed atomic.Int32
			var wg sync.WaitGroup
			for sender := range senders {
				wg.Go(func() {
					err := rs.InTx(ctx, asked("a", fmt.Sprint("k", round), "body"), answering(ctx, fmt.Sprint("by ", sender)))
					var r *audit.Replay
					switch {
					case err == nil:
						done.Add(1)
					case errors.As(err, &r) && r.Status == 201:
						replayed.Add(1)
					case errors.Is(err, fault.ErrUnavailable): // gave up its turn; the client repeats
					default:
						t.Errorf("sender %d: %v", sender, err)
					}
				})
			}
			wg.Wait()
			if done.Load() != 1 || replayed.Load() == 0 {
				t.Errorf("round %d: done %d times, replayed %d times", round, done.Load(), replayed.Load())
			}
		}
		wantEvents(t, db, rounds)
	})
}
