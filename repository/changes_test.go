package repository_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/region"
)

func mark(ctx context.Context, db *dbtest.DB, codes ...region.Code) error {
	return db.Regions().InTx(ctx, dbtest.Act(), func(tx region.Tx) error {
		for _, c := range codes {
			if err := tx.RegionChanged(ctx, c); err != nil {
				return err
			}
		}
		return noteEvent(ctx, tx)
	})
}

func next(t *testing.T, f *repository.Follower) []region.Code {
	t.Helper()
	cs, err := f.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []region.Code
	for _, c := range cs {
		out = append(out, c.Region)
	}
	return out
}

func TestChanges(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		var heard [][]region.Code
		db.OnChange(func(codes []region.Code) { heard = append(heard, codes) })
		if err := mark(ctx, db, "51"); err != nil {
			t.Fatal(err)
		}
		f, err := db.Follow(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if got := next(t, f); got != nil {
			t.Errorf("told of what was before: %v", got)
		}
		failed := errors.New("no")
		err = db.Regions().InTx(ctx, dbtest.Act(), func(tx region.Tx) error {
			return errors.Join(tx.RegionChanged(ctx, "5107"), failed)
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		if err := mark(ctx, db, "510821", "510821", "510802"); err != nil {
			t.Fatal(err)
		}
		if got, want := next(t, f), []region.Code{"510821", "510802"}; !reflect.DeepEqual(got, want) {
			t.Errorf("followed %v, want %v", got, want)
		}
		if got := next(t, f); got != nil {
			t.Errorf("told twice: %v", got)
		}
		if want := [][]region.Code{{"51"}, {"510821", "510802"}}; !reflect.DeepEqual(heard, want) {
			t.Errorf("heard %v, want %v", heard, want)
		}
		if last, err := db.LastChange(ctx); err != nil || last < 3 {
			t.Errorf("last change %d, %v", last, err)
		}
	})
}

// A lower serial may be committed after a higher one was read.
func TestFollower_OutOfOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		if db.Engine() != "mysql" {
			t.Skip("one writer commits in the order of its serials")
		}
		ctx := t.Context()
		f, err := db.Follow(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wrote, release, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			done <- db.Regions().InTx(ctx, dbtest.Act(), func(tx region.Tx) error {
				err := errors.Join(tx.RegionChanged(ctx, "510821"), noteEvent(ctx, tx))
				close(wrote)
				<-release
				return err
			})
		}()
		<-wrote
		db.Clock.Advance(5 * time.Second)
		if err := mark(ctx, db, "510802"); err != nil {
			t.Fatal(err)
		}
		if got, want := next(t, f), []region.Code{"510802"}; !reflect.DeepEqual(got, want) {
			t.Errorf("followed %v, want %v", got, want)
		}
		close(release)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got, want := next(t, f), []region.Code{"510821"}; !reflect.DeepEqual(got, want) {
			t.Errorf("followed %v, want %v", got, want)
		}
	})
}

// After the marks that were read have been purged, later ones still arrive.
func TestFollower_AfterPurge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		f, err := db.Follow(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := mark(ctx, db, "51", "5108"); err != nil {
			t.Fatal(err)
		}
		if got := next(t, f); len(got) != 2 {
			t.Fatalf("followed %v", got)
		}
		db.Clock.Advance(3 * time.Hour)
		if n, err := db.Purge(ctx); err != nil || n != 2 {
			t.Fatalf("purged %d, %v", n, err)
		}
		if err := mark(ctx, db, "510821"); err != nil {
			t.Fatal(err)
		}
		if got, want := next(t, f), []region.Code{"510821"}; !reflect.DeepEqual(got, want) {
			t.Fatalf("after the purge %v, want %v", got, want)
		}
	})
}

func TestSetting(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		if _, ok, err := db.Setting(ctx, "test.clock"); ok || err != nil {
			t.Fatalf("never put: %v, %v", ok, err)
		}
		for _, v := range []string{"一", "一", "二"} {
			if err := db.PutSetting(ctx, audit.BySystem("test"), "test.clock", v); err != nil {
				t.Fatal(err)
			}
			if got, ok, err := db.Setting(ctx, "test.clock"); got != v || !ok || err != nil {
				t.Fatalf("got %q %v %v, want %q", got, ok, err, v)
			}
		}
	})
}

func TestAuditEvents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		e := audit.Event{
			Action: "disclosure.publish", Object: "posting", ObjectID: audit.NewID(), Region: "510821102200",
			Result: "ok", Detail: map[string]string{"version": "2"},
		}
		act := dbtest.Act().As("supervisor", "510821102202")
		err := db.Regions().InTx(ctx, act, func(tx region.Tx) error {
			return errors.Join(tx.Record(ctx, e), tx.Record(ctx, audit.Event{Action: "b", Result: "region.not_found"}))
		})
		if err != nil {
			t.Fatal(err)
		}
		es, err := db.AuditEvents(ctx, 0, 10)
		if err != nil || len(es) != 2 {
			t.Fatalf("%v, %v", es, err)
		}
		if !reflect.DeepEqual(es[0].Event, e) || es[0].Actor != act.Actor || es[0].RequestID != act.RequestID || !es[0].At.Equal(dbtest.Start) {
			t.Errorf("got %+v", es[0])
		}
		if es, err = db.AuditEvents(ctx, es[0].Serial, 10); err != nil || len(es) != 1 || es[0].Result != "region.not_found" {
			t.Errorf("after the first: %v, %v", es, err)
		}
	})
}
