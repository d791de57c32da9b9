package repository_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/outbox"
)

// announce writes events in one transaction, and fails at its end with err.
func announce(ctx context.Context, db *repository.DB, err error, subjects ...string) error {
	return db.Disclosures().InTx(ctx, dbtest.Act(), func(tx disclosure.Tx) error {
		for _, s := range subjects {
			e := outbox.Event{
				Kind: "disclosure.published", Region: "510821102200", Subject: s, Actor: "somebody else",
				Facts: map[string]string{"item": "D02"},
			}
			if err := tx.Announce(ctx, e); err != nil {
				return err
			}
		}
		return errors.Join(err, noteEvent(ctx, tx))
	})
}

// take takes events in one transaction, does meanwhile, and gives subjects.
func take(ctx context.Context, db *repository.DB, topic outbox.Topic, limit int, meanwhile func([]outbox.Event) error) (got []string, err error) {
	err = db.Disclosures().InTx(ctx, audit.BySystem("test"), func(tx disclosure.Tx) error {
		got = nil
		events, err := tx.TakeEvents(ctx, topic, limit)
		if err != nil {
			return err
		}
		for _, e := range events {
			got = append(got, e.Subject)
		}
		if meanwhile != nil {
			if err := meanwhile(events); err != nil {
				return err
			}
		}
		return noteEvent(ctx, tx)
	})
	return got, err
}

func pending(t *testing.T, db *repository.DB, topic outbox.Topic) int {
	t.Helper()
	n, err := db.Outbox().PendingEvents(t.Context(), topic, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOutbox_TakenOncePerTopicInOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		if err := announce(t.Context(), db.DB, nil, "a", "b", "c"); err != nil {
			t.Fatal(err)
		}
		for _, topic := range []outbox.Topic{outbox.Search, outbox.Tally, outbox.Notify} {
			got, err := take(t.Context(), db.DB, topic, 2, func(events []outbox.Event) error {
				e := events[0]
				if e.Kind != "disclosure.published" || e.Region != "510821102200" || e.Actor != dbtest.Act().Actor.AccountID ||
					!e.At.Equal(dbtest.Start) || e.Facts["item"] != "D02" || e.Serial == 0 || events[1].Serial <= e.Serial {
					t.Errorf("%+v", events)
				}
				return nil
			})
			if err != nil || !slices.Equal(got, []string{"a", "b"}) || pending(t, db.DB, topic) != 1 {
				t.Errorf("%s: %v %v", topic, got, err)
			}
			if got, err = take(t.Context(), db.DB, topic, 9, nil); err != nil || !slices.Equal(got, []string{"c"}) {
				t.Errorf("%s: %v %v", topic, got, err)
			}
			if got, err = take(t.Context(), db.DB, topic, 9, nil); err != nil || len(got) != 0 {
				t.Errorf("%s: %v %v", topic, got, err)
			}
		}
		if _, err := take(t.Context(), db.DB, "nobody", 1, nil); err == nil {
			t.Error("a topic that is none was taken from")
		}
	})
}

// An event is there exactly where its act is: rolled back with it, and nobody
// is woken for it.
func TestOutbox_RolledBackWithTheAct(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		woken := 0
		db.OnAnnounced(func() { woken++ })
		boom := errors.New("boom")
		if err := announce(t.Context(), db.DB, boom, "a"); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if n := pending(t, db.DB, outbox.Search); n != 0 || woken != 0 {
			t.Errorf("%d events of what did not happen, woken %d times", n, woken)
		}
		if err := announce(t.Context(), db.DB, nil, "b"); err != nil || woken != 1 {
			t.Errorf("woken %d times, %v", woken, err)
		}
		err := db.Disclosures().InTx(t.Context(), dbtest.Act(), func(tx disclosure.Tx) error {
			return tx.Announce(t.Context(), outbox.Event{Kind: "nobody.cares", Subject: "x"}) // writes nothing, so needs no journal
		})
		if err != nil || woken != 1 {
			t.Errorf("woken %d times, %v", woken, err)
		}
	})
}

// What fails after taking, as a crash would, takes nothing.
func TestOutbox_CrashTakesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		if err := announce(t.Context(), db.DB, nil, "a", "b"); err != nil {
			t.Fatal(err)
		}
		crash := errors.New("crash")
		if _, err := take(t.Context(), db.DB, outbox.Search, 9, func([]outbox.Event) error { return crash }); !errors.Is(err, crash) {
			t.Fatal(err)
		}
		func() {
			defer func() { _ = recover() }()
			_, _ = take(t.Context(), db.DB, outbox.Search, 9, func([]outbox.Event) error { panic("crash") })
		}()
		got, err := take(t.Context(), db.DB, outbox.Search, 9, nil)
		if err != nil || !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("after the crashes: %v %v", got, err)
		}
	})
}

// Many followers, on the server each with connections of its own: each event is
// taken once.
func TestOutbox_TwoNeverTakeTheSame(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		const followers, each = 4, 15
		instances := []*repository.DB{db.DB}
		if db.Engine() == "mysql" {
			instances = append(instances, opened(t, db.Options))
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		taken := map[string]int{}
		total := func() int {
			mu.Lock()
			defer mu.Unlock()
			return len(taken)
		}
		for f := range followers {
			in := instances[f%len(instances)]
			wg.Go(func() {
				for i := range each {
					if err := announce(t.Context(), in, nil, fmt.Sprintf("%d-%d", f, i)); err != nil {
						t.Error(err)
						return
					}
				}
			})
			wg.Go(func() {
				for total() < followers*each && !t.Failed() && t.Context().Err() == nil {
					got, err := take(t.Context(), in, outbox.Tally, 3, nil)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for _, s := range got {
						taken[s]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for s, n := range taken {
			if n != 1 {
				t.Errorf("%s was taken %d times", s, n)
			}
		}
		if len(taken) != followers*each || pending(t, db.DB, outbox.Tally) != 0 {
			t.Errorf("%d taken, %d left", len(taken), pending(t, db.DB, outbox.Tally))
		}
	})
}

// A poisoned event is put aside after some patience, is journalled without its
// text, and what came after it is followed.
func TestOutbox_ParksPoison(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		if err := announce(t.Context(), db.DB, nil, "a", "bad", "c"); err != nil {
			t.Fatal(err)
		}
		var done []string
		f := outbox.NewFollower(db.Outbox(), outbox.Notify, func(ctx context.Context, limit int) (int, error) {
			got, err := take(ctx, db.DB, outbox.Notify, limit, func(events []outbox.Event) error {
				for _, e := range events {
					if e.Subject == "bad" {
						return errors.New(strings.Repeat("很长的原因", 100))
					}
				}
				return nil
			})
			if err == nil {
				done = append(done, got...)
			}
			return len(got), err
		}, slog.New(slog.DiscardHandler))
		for range 100 {
			if err := f.Drain(t.Context()); err == nil {
				break
			}
		}
		if !slices.Equal(done, []string{"a", "c"}) || pending(t, db.DB, outbox.Notify) != 0 || pending(t, db.DB, outbox.Tally) != 3 {
			t.Errorf("done %v, %d left", done, pending(t, db.DB, outbox.Notify))
		}
		parked := outbox.Topic("parked/" + string(outbox.Notify))
		if n := pending(t, db.DB, parked); n != 1 {
			t.Errorf("%d are parked", n)
		}
		es, err := db.AuditEvents(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(es, func(e repository.AuditEvent) bool { return e.Action == "outbox.park" })
		if i < 0 || es[i].ObjectID != "bad" || es[i].Detail["topic"] != "notify" || len([]rune(es[i].Detail["why"])) != 200 {
			t.Errorf("journal: %+v", es)
		}
		if _, parked, err := db.Outbox().ParkEvent(t.Context(), outbox.Notify, "x"); parked || err != nil {
			t.Errorf("parked what is not there: %v", err)
		}
	})
}
