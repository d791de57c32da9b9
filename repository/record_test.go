package repository_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/record"
)

func testLeaf(name string) record.Leaf {
	return record.Leaf{Kind: "test.leaf", Facts: map[string]any{"name": name}}
}

// appendTo appends leaves in one transaction and gives their places.
func appendTo(ctx context.Context, db *repository.DB, names ...string) ([]record.Place, error) {
	var places []record.Place
	err := db.Records().InTx(ctx, dbtest.Act(), func(tx record.KeyTx) error {
		places = nil
		for _, name := range names {
			at, err := record.Append(ctx, tx, testLeaf(name))
			if err != nil {
				return err
			}
			places = append(places, at)
		}
		return tx.Record(ctx, audit.Event{Action: "test.append"})
	})
	return places, err
}

// checkLog reads the whole log and builds its tree anew: indexes without a gap,
// times that never go back, every stored hash right, and the root.
func checkLog(t *testing.T, db *repository.DB) record.Head {
	t.Helper()
	ctx := t.Context()
	head, err := db.Records().Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	leaves, err := db.Records().Leaves(ctx, 0, int(head.Size)+10)
	if err != nil || int64(len(leaves)) != head.Size {
		t.Fatalf("%d leaves, want %d, %v", len(leaves), head.Size, err)
	}
	var want []tlog.Hash
	reader := tlog.HashReaderFunc(func(ix []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(ix))
		for i, x := range ix {
			out[i] = want[x]
		}
		return out, nil
	})
	var last time.Time
	for i, leaf := range leaves {
		_, at, err := record.ReadLeaf(leaf)
		if err != nil || at.Before(last) {
			t.Fatalf("leaf %d at %s after %s: %v", i, at, last, err)
		}
		last = at
		hs, err := tlog.StoredHashes(int64(i), leaf, reader)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, hs...)
	}
	checkHashes(t, db, head, want, reader)
	return head
}

func checkHashes(t *testing.T, db *repository.DB, head record.Head, want []tlog.Hash, reader tlog.HashReader) {
	t.Helper()
	all := make([]int64, len(want))
	for i := range all {
		all[i] = int64(i)
	}
	got, err := db.Records().Hashes(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("hash %d", i)
		}
	}
	if _, err := db.Records().Hashes(t.Context(), []int64{int64(len(want))}); !errors.Is(err, record.ErrNotFound) {
		t.Errorf("one hash too many: %v", err)
	}
	if root, err := tlog.TreeHash(head.Size, reader); err != nil || root != head.Root {
		t.Errorf("root %v, want %v, %v", head.Root, root, err)
	}
}

// TestRecord_Append: any sequence of transactions of several leaves, some of
// which fail, gives the same tree as the leaves one after the other.
func TestRecord_Append(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		var next int64
		rapid.Check(t, func(r *rapid.T) {
			names := rapid.SliceOfN(rapid.String(), 1, 9).Draw(r, "names")
			fail := rapid.IntRange(0, 3).Draw(r, "fail") == 0
			err := db.Records().InTx(t.Context(), dbtest.Act(), func(tx record.KeyTx) error {
				for i, name := range names {
					at, err := record.Append(t.Context(), tx, testLeaf(name))
					if err != nil {
						return err
					}
					if at.Index != next+int64(i) {
						r.Fatalf("index %d, want %d", at.Index, next+int64(i))
					}
				}
				if fail {
					return errGaveUp
				}
				return tx.Record(t.Context(), audit.Event{Action: "test.append"})
			})
			if fail != errors.Is(err, errGaveUp) || !fail && err != nil {
				r.Fatal(err)
			}
			if !fail {
				next += int64(len(names))
			}
		})
		if head := checkLog(t, db.DB); head.Size != next {
			t.Errorf("size %d, want %d", head.Size, next)
		}
	})
}

var errGaveUp = errors.New("gave up")

// TestRecord_Instances: two instances whose clocks do not quite agree write at
// the same time, and the log is one.
func TestRecord_Instances(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		const writers = 200
		o := db.Options
		o.Clock = calendar.Func(func() time.Time { return dbtest.Start.Add(rand.N(4 * time.Second)) })
		instances := make([]*repository.DB, 2)
		for i := range instances {
			if db.Engine() == "sqlite" && i > 0 { // a file belongs to one server
				instances[i] = instances[0]
				continue
			}
			one, err := repository.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = one.Close() }()
			instances[i] = one
		}
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				names := []string{fmt.Sprint(i), "again"}[:1+i%2]
				if _, err := appendTo(t.Context(), instances[i%2], names...); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if head := checkLog(t, db.DB); head.Size != writers+writers/2 {
			t.Errorf("size %d", head.Size)
		}
	})
}

func TestRecord_Clock(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		first, err := appendTo(ctx, db.DB, "a")
		if err != nil || !first[0].At.Equal(dbtest.Start) {
			t.Fatalf("%v %v", first, err)
		}
		db.Clock.Advance(-record.MaxClockBack)
		second, err := appendTo(ctx, db.DB, "b")
		if err != nil || !second[0].At.Equal(dbtest.Start) {
			t.Errorf("a little behind: %v %v, want the last leaf's time", second, err)
		}
		db.Clock.Advance(-time.Millisecond)
		if _, err := appendTo(ctx, db.DB, "c"); !errors.Is(err, record.ErrClockBack) {
			t.Errorf("too far behind: %v", err)
		}
		if head := checkLog(t, db.DB); head.Size != 2 {
			t.Errorf("size %d", head.Size)
		}
	})
}

func TestRecord_Misuse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		in := func(fn func(record.KeyTx) error) error { return db.Records().InTx(ctx, dbtest.Act(), fn) }
		for name, fn := range map[string]func(record.KeyTx) error{
			"NoPlace": func(tx record.KeyTx) error {
				return tx.AppendLeaf(ctx, record.Place{At: tx.Now()}, testLeaf("a"))
			},
			"TwiceOnePlace": func(tx record.KeyTx) error {
				at, err := record.Append(ctx, tx, testLeaf("a"))
				return errors.Join(err, tx.AppendLeaf(ctx, at, testLeaf("b")))
			},
			"Backdated": func(tx record.KeyTx) error {
				at, err := record.Append(ctx, tx, testLeaf("a"))
				at.Index++
				at.At = at.At.Add(-time.Millisecond)
				return errors.Join(err, tx.AppendLeaf(ctx, at, testLeaf("b")))
			},
			"NotCanonical": func(tx record.KeyTx) error {
				_, err := record.Append(ctx, tx, record.Leaf{Kind: "a", Facts: map[string]any{"x": 1.5}})
				return err
			},
		} {
			if err := in(fn); !errors.Is(err, record.ErrLeaf) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := in(func(tx record.KeyTx) error {
			_, err := record.Append(ctx, tx, testLeaf("a"))
			return err
		}); !errors.Is(err, audit.ErrNoEvent) {
			t.Errorf("a leaf without an event: %v", err)
		}
		if head := checkLog(t, db.DB); head.Size != 0 {
			t.Errorf("size %d", head.Size)
		}
	})
}

// TestRecord_HalfLeaf: a closure that goes on after a leaf failed half-way does
// not commit.
func TestRecord_HalfLeaf(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	ctx := t.Context()
	if err := db.Exec(ctx, "INSERT INTO log_hashes (id, hash) VALUES (0, X'00')"); err != nil {
		t.Fatal(err)
	}
	err := db.Records().InTx(ctx, dbtest.Act(), func(tx record.KeyTx) error {
		if _, err := record.Append(ctx, tx, testLeaf("a")); err == nil {
			t.Error("a hash was written over")
		}
		return tx.Record(ctx, audit.Event{Action: "test.append"})
	})
	if err == nil {
		t.Error("committed")
	}
	if leaves, err := db.Records().Leaves(ctx, 0, 10); err != nil || len(leaves) != 0 {
		t.Errorf("%d leaves, %v", len(leaves), err)
	}
}

// TestRecord_ReadsFew: what an append reads grows with the logarithm of the log.
func TestRecord_ReadsFew(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(0, 1<<40).Draw(t, "size")
		edge := map[int64]bool{}
		for _, x := range repository.EdgeIndexes(size) {
			edge[x] = true
		}
		if len(edge) > 41 {
			t.Fatalf("%d rows for a log of %d", len(edge), size)
		}
		// All that the next leaf and the root need is there.
		has := tlog.HashReaderFunc(func(ix []int64) ([]tlog.Hash, error) {
			for _, x := range ix {
				if !edge[x] {
					t.Fatalf("size %d: hash %d is not on the edge", size, x)
				}
			}
			return make([]tlog.Hash, len(ix)), nil
		})
		if _, err := tlog.TreeHash(size, has); err != nil {
			t.Fatal(err)
		}
		if _, err := tlog.StoredHashes(size, nil, has); err != nil {
			t.Fatal(err)
		}
	})
}
