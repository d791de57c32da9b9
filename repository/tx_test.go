package repository_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/region"
)

func yanjing() region.Region {
	return region.Region{
		Code: "510821102200", Parent: "510821102", Level: region.Village, Name: "盐井村村民委员会", Short: "盐井村",
		Kind: region.KindVillage, Pinyin: "yanjingcun", Initials: "yjc", State: region.Active,
	}
}

func put(ctx context.Context, tx region.Tx, rs ...region.Region) error {
	if err := tx.PutRegions(ctx, rs); err != nil {
		return err
	}
	return noteEvent(ctx, tx)
}

func noteEvent(ctx context.Context, tx audit.Tx) error {
	return tx.Record(ctx, audit.Event{Action: "region.put", Object: "region", ObjectID: "510821102200", Region: "510821102200"})
}

func TestInTx(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, rs := t.Context(), db.Regions()
		err := rs.InTx(ctx, dbtest.Act(), func(tx region.Tx) error { return put(ctx, tx, yanjing()) })
		if err != nil {
			t.Fatal(err)
		}
		got, err := rs.Region(ctx, yanjing().Code)
		if err != nil || got.Name != yanjing().Name || got.Pinyin != "yanjingcun" {
			t.Fatalf("got %+v, %v", got, err)
		}
		for _, c := range []region.Code{"盐", "510821102200 ", "", "' OR 1=1 --"} {
			if _, err := rs.Region(ctx, c); !errors.Is(err, region.ErrNotFound) {
				t.Errorf("%q as a code: %v", c, err)
			}
		}
	})
}

func TestInTx_Refusals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, rs := t.Context(), db.Regions()
		write := func(tx region.Tx) error { return put(ctx, tx, yanjing()) }
		boom := errors.New("boom")
		for name, c := range map[string]struct {
			act  audit.Act
			fn   func(region.Tx) error
			want error
		}{
			"NoActor": {audit.Act{}, write, audit.ErrNoActor},
			"NoEvent": {dbtest.Act(), func(tx region.Tx) error { return tx.PutRegions(ctx, []region.Region{yanjing()}) }, audit.ErrNoEvent},
			"OwnError": {dbtest.Act(), func(tx region.Tx) error {
				return errors.Join(write(tx), boom)
			}, boom},
			"Nested": {dbtest.Act(), func(tx region.Tx) error {
				if err := write(tx); err != nil {
					return err
				}
				return rs.InTx(ctx, dbtest.Act(), write)
			}, repository.ErrNested},
		} {
			if err := rs.InTx(ctx, c.act, c.fn); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := rs.Region(ctx, yanjing().Code); !errors.Is(err, region.ErrNotFound) {
				t.Errorf("%s: something was kept: %v", name, err)
			}
		}
		if err := rs.InTx(ctx, dbtest.Act(), func(region.Tx) error { return nil }); err != nil {
			t.Errorf("writing nothing needs no event: %v", err)
		}
		if es, err := db.AuditEvents(ctx, 0, 10); err != nil || len(es) != 0 {
			t.Errorf("events of what did not happen: %v, %v", es, err)
		}
	})
}

func TestInTx_PanicRollsBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, rs := t.Context(), db.Regions()
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = rs.InTx(ctx, dbtest.Act(), func(tx region.Tx) error {
				if err := put(ctx, tx, yanjing()); err != nil {
					return err
				}
				panic("in a closure")
			})
		}()
		if err := rs.InTx(ctx, dbtest.Act(), func(tx region.Tx) error { return put(ctx, tx, yanjing()) }); err != nil {
			t.Fatalf("the writer is not free: %v", err)
		}
	})
}

func TestInTx_OneTime(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		db.Clock.Set(dbtest.Start.Add(1234567 * time.Nanosecond))
		err := db.Regions().InTx(ctx, dbtest.Act(), func(tx region.Tx) error {
			before := tx.Now()
			db.Clock.Advance(time.Hour)
			if !tx.Now().Equal(before) || !before.Equal(dbtest.Start.Add(time.Millisecond)) {
				t.Errorf("now is %v, then %v", before, tx.Now())
			}
			return noteEvent(ctx, tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		es, err := db.AuditEvents(ctx, 0, 10)
		if err != nil || len(es) != 1 || !es[0].At.Equal(dbtest.Start.Add(time.Millisecond)) {
			t.Fatalf("events %+v, %v", es, err)
		}
	})
}

func TestReader_CannotWrite(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		if err := db.WriteOutside(t.Context()); err == nil {
			t.Error("gorm wrote outside of a transaction")
		}
		if db.Engine() == "sqlite" && db.ReadWrites(t.Context()) == nil {
			t.Error("a reader's connection writes")
		}
	})
}

// A request that cannot get its turn ends with its own patience.
func TestInTx_ContextEndsTheWait(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		rs := db.Regions()
		holds, release := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			err := rs.InTx(t.Context(), dbtest.Act(), func(tx region.Tx) error {
				err := put(t.Context(), tx, yanjing())
				close(holds)
				<-release
				return err
			})
			if err != nil {
				t.Errorf("the first: %v", err)
			}
		})
		<-holds
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := rs.InTx(ctx, dbtest.Act(), func(tx region.Tx) error { return put(ctx, tx, yanjing()) })
		if !errors.Is(err, fault.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the second: %v", err)
		}
		close(release)
		wg.Wait()
		err = rs.InTx(t.Context(), dbtest.Act(), func(tx region.Tx) error { return put(t.Context(), tx, yanjing()) })
		if err != nil {
			t.Errorf("the third: %v", err)
		}
	})
}

// Two transactions that lock two rows in opposite order: the engine throws one
// out, and it is run again.
func TestInTx_DeadlockRunsAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		if db.Engine() != "mysql" {
			t.Skip("one writer cannot deadlock")
		}
		ctx, rs := t.Context(), db.Regions()
		a, b := yanjing(), yanjing()
		b.Code = "510821102202"
		if err := rs.InTx(ctx, dbtest.Act(), func(tx region.Tx) error { return put(ctx, tx, a, b) }); err != nil {
			t.Fatal(err)
		}
		var both, wg sync.WaitGroup
		both.Add(2)
		runs := make(chan struct{}, 20)
		cross := func(first, second region.Code) {
			var once sync.Once
			err := rs.InTx(ctx, dbtest.Act(), func(tx region.Tx) error {
				runs <- struct{}{}
				if err := tx.MarkRegions(ctx, []region.Code{first}, region.Gone, "", tx.Now()); err != nil {
					return err
				}
				once.Do(func() { both.Done(); both.Wait() })
				if err := tx.MarkRegions(ctx, []region.Code{second}, region.Gone, "", tx.Now()); err != nil {
					return err
				}
				return noteEvent(ctx, tx)
			})
			if err != nil {
				t.Errorf("%s then %s: %v", first, second, err)
			}
		}
		wg.Go(func() { cross(a.Code, b.Code) })
		wg.Go(func() { cross(b.Code, a.Code) })
		wg.Wait()
		if len(runs) < 3 {
			t.Errorf("%d runs: there was no deadlock, so this shows nothing", len(runs))
		}
	})
}

// The connection dies under a transaction: nothing is kept, the answer is
// service.unavailable, and the next transaction works.
func TestInTx_ConnectionKilled(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		if db.Engine() != "mysql" {
			t.Skip("nothing to kill")
		}
		ctx, rs := t.Context(), db.Regions()
		err := rs.InTx(ctx, dbtest.Act(), func(tx region.Tx) error {
			if err := put(ctx, tx, yanjing()); err != nil {
				return err
			}
			_ = repository.ExecIn(ctx, tx, "KILL CONNECTION_ID()")
			return nil
		})
		if f := fault.Of(err); f == nil || f.Code != fault.ErrUnavailable.Code || f.RetryAfter <= 0 {
			t.Fatalf("got %v", err)
		}
		if _, err := rs.Region(ctx, yanjing().Code); !errors.Is(err, region.ErrNotFound) {
			t.Fatalf("kept: %v", err)
		}
		if err := rs.InTx(ctx, dbtest.Act(), func(tx region.Tx) error { return put(ctx, tx, yanjing()) }); err != nil {
			t.Fatal(err)
		}
	})
}

// Writers at once: none is lost, and the times of the journal follow its order
// on the engine with one writer.
func TestInTx_ManyWriters(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx, rs := t.Context(), db.Regions()
		const writers, each = 8, 10
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					r := yanjing()
					r.Code = region.Code("510821102" + strconv.Itoa(100+w*each+i))
					db.Clock.Advance(time.Millisecond)
					if err := rs.InTx(ctx, dbtest.Act(), func(tx region.Tx) error { return put(ctx, tx, r) }); err != nil {
						t.Errorf("write: %v", err)
					}
				}
			})
		}
		wg.Wait()
		all, err := rs.Within(ctx, "510821102", "", 1000)
		if err != nil || len(all) != writers*each {
			t.Fatalf("%d places, %v", len(all), err)
		}
		es, err := db.AuditEvents(ctx, 0, 1000)
		if err != nil || len(es) != writers*each {
			t.Fatalf("%d events, %v", len(es), err)
		}
		for i := 1; i < len(es) && db.Engine() == "sqlite"; i++ {
			if es[i].At.Before(es[i-1].At) {
				t.Fatalf("event %d is earlier than the one before it", es[i].Serial)
			}
		}
	})
}

func TestPadded(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 1: 1, 2: 4, 4: 4, 5: 16, 20: 64, 256: 256} {
		vs := make([]int, n)
		for i := range vs {
			vs[i] = i
		}
		got := repository.Padded(vs)
		if len(got) != want || (n > 0 && got[len(got)-1] != n-1) {
			t.Errorf("%d values became %d", n, len(got))
		}
	}
}
