package ballot_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/chronicle"
	"cunwu/service/outbox"
)

// announced takes what was announced since it was last asked.
func (v *village) announced() []outbox.Event {
	v.t.Helper()
	var out []outbox.Event
	err := v.db.Ballots().InTx(v.t.Context(), dbtest.Act(), func(tx ballot.Tx) error {
		var err error
		if out, err = tx.TakeEvents(v.t.Context(), outbox.Notify, 1000); err != nil {
			return err
		}
		return tx.Record(v.t.Context(), audit.Event{Action: "test", Object: "outbox", Result: "ok"})
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return out
}

func kindsOf(es []outbox.Event) string {
	var kinds []string
	for _, e := range es {
		kinds = append(kinds, strings.TrimPrefix(e.Kind, "ballot."))
	}
	return strings.Join(kinds, " ")
}

// told is what the chronicle of the village says, oldest first.
func (v *village) told() []chronicle.Entry {
	v.t.Helper()
	es, err := v.db.Chronicle().EntriesOf(v.t.Context(), chronicle.Scope(yanjing), 0, 100)
	if err != nil {
		v.t.Fatal(err)
	}
	slices.Reverse(es)
	return es
}

func (v *village) toldKinds() string {
	var kinds []string
	for _, e := range v.told() {
		kinds = append(kinds, strings.TrimPrefix(e.Kind, "ballot."))
	}
	return strings.Join(kinds, " ")
}

// Each state is announced once, in the transaction that reaches it.
func TestNotices_States(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 12)
		b := v.opened()
		v.announces("opened", "opened")
		for i := range 7 {
			if _, err := v.cast(i, b.ID, yes()); err != nil {
				t.Fatal(err)
			}
		}
		v.announces("", "opened") // a cast is nobody's news
		v.close(b)
		v.announces("closed counted", "opened closed")
		v.certify(b)
		v.announces("certified", "opened closed certified")
		by := v.officer(account.Clerk)
		draft, err := v.svc.Create(t.Context(), by, act(by), v.input())
		if err != nil {
			t.Fatal(err)
		}
		cancel := ballot.Step{Action: "cancel", Reason: "名册有误，重新发起"}
		if _, err := v.svc.Act(t.Context(), by, act(by), draft.ID, cancel); err != nil {
			t.Fatal(err)
		}
		v.announces("", "opened closed certified") // a draft was nobody's matter
		if _, err := v.svc.Act(t.Context(), by, act(by), v.opened().ID, cancel); err != nil {
			t.Fatal(err)
		}
		v.announces("opened cancelled", "opened closed certified opened cancelled")
		if es := v.told(); es[4].Text != "名册有误，重新发起" || es[4].Link != "/b/"+es[4].Subject {
			t.Errorf("%+v", es[4])
		}
	})
}

// announces checks what was announced since, and the whole chronicle.
func (v *village) announces(events, entries string) {
	v.t.Helper()
	if got := kindsOf(v.announced()); got != events {
		v.t.Errorf("announced %q, want %q", got, events)
	}
	if got := v.toldKinds(); got != entries {
		v.t.Errorf("told %q, want %q", got, entries)
	}
}

// Before certification no event and no entry depends on what was cast: with no
// cast, few or many they are the same, byte for byte but for ids.
func TestNotices_NothingOfTheCount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 30)
		var first []string
		for n, casts := range []int{0, 5, 23} {
			before := len(v.told())
			b := v.opened()
			for i := range casts {
				m := yes()
				if i%3 == 0 {
					m = no()
				}
				if _, err := v.cast(i, b.ID, m); err != nil {
					t.Fatal(err)
				}
			}
			v.close(b)
			var got []string
			for _, e := range v.announced() {
				got = append(got, fmt.Sprint(e.Kind, e.Region, e.Facts))
				if keys := slices.Sorted(maps.Keys(e.Facts)); !slices.Equal(keys, []string{"sealed", "state"}) {
					t.Errorf("%s has facts %v", e.Kind, keys)
				}
			}
			for _, e := range v.told()[before:] {
				if e.Kind == ballot.EventOpened {
					e.Text = "" // the times of this one
				}
				got = append(got, e.Kind+e.Title+e.Text)
			}
			if n == 0 {
				first = got
			} else if !slices.Equal(first, got) {
				t.Errorf("with %d casts %q, with none %q", casts, got, first)
			}
			v.certify(b)
			if es := v.told(); casts == 23 && !strings.Contains(es[len(es)-1].Text, "23") {
				t.Errorf("the certified result is not told: %+v", es[len(es)-1])
			}
			v.announced()
			db.Clock.Advance(time.Hour)
		}
	})
}

// Those who have not voted are reminded once, half-way through a short vote,
// however many instances look; of sealed ballots nobody is.
func TestNotices_Reminder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 12)
		b := v.opened()
		long := v.opened(func(in *ballot.Input) { in.ClosesAt = in.OpensAt.AddDate(0, 0, 5) })
		v.openSealed()
		v.announced()
		sweep := func() {
			t.Helper()
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					if _, err := v.svc.Sweep(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		db.Clock.Set(b.OpensAt.Add(29 * time.Minute))
		sweep()
		v.reminds()
		db.Clock.Set(b.OpensAt.Add(31 * time.Minute))
		sweep()
		sweep()
		v.reminds(b.ID)
		db.Clock.Set(long.ClosesAt.Add(-25 * time.Hour))
		sweep()
		v.reminds()
		db.Clock.Set(long.ClosesAt.Add(-23 * time.Hour))
		sweep()
		v.reminds(long.ID)
		db.Clock.Set(long.ClosesAt.Add(-time.Hour))
		sweep()
		v.reminds()
		if strings.Contains(v.toldKinds(), "closing") {
			t.Error("a reminder is in the chronicle")
		}
	})
}

// reminds checks of which ballots it was announced since that they close soon.
func (v *village) reminds(ids ...string) {
	v.t.Helper()
	got := []string{}
	for _, e := range v.announced() {
		if e.Kind == ballot.EventClosing {
			got = append(got, e.Subject)
		}
	}
	if !slices.Equal(got, append([]string{}, ids...)) {
		v.t.Errorf("reminded of %v, want %v", got, ids)
	}
}

// A sealed ballot that is not opened says so, and why.
func TestNotices_Void(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 12)
		s := v.openSealed()
		s.phone(0, 0)
		v.close(s.ballot)
		v.announces("opened void", "opened void")
	})
}

// own gives ballots.json of a caller.
func (v *village) own(by account.Caller) string {
	v.t.Helper()
	var out bytes.Buffer
	err := v.svc.ExportOwn(v.t.Context(), by, func(name string) (io.Writer, error) {
		if name != "ballots.json" {
			v.t.Errorf("file %q", name)
		}
		return &out, nil
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return out.String()
}

// One's own data has one's own cast of open ballots and that one is marked in
// sealed ones, never the choice; and of a household's cast, the choice only with
// the certified list.
func TestExportOwn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 12)
		open := v.opened()
		house := v.opened(func(in *ballot.Input) { in.Rule = "opinion_households" })
		s := v.openSealed()
		for _, id := range []string{open.ID, house.ID} {
			if _, err := v.cast(0, id, no()); err != nil {
				t.Fatal(err)
			}
		}
		s.phone(0, 0)
		mine := v.own(v.voter(0))
		for _, want := range []string{open.ID, house.ID, s.ballot.ID, `"voted": true`, `"no"`} {
			if !strings.Contains(mine, want) {
				t.Errorf("%s lacks %s", mine, want)
			}
		}
		if strings.Count(mine, `"choices"`) != 1 || strings.Count(mine, `"voted": true`) != 3 {
			t.Errorf("%s", mine)
		}
		if other := v.own(v.voter(1)); strings.Contains(other, `"choices"`) || strings.Count(other, `"voted": true`) != 1 {
			t.Errorf("of the same household: %s", other)
		}
		if none := v.own(account.Caller{AccountID: "x"}); strings.Contains(none, "ballot_id") {
			t.Errorf("%s", none)
		}
		v.close(house)
		v.certify(house)
		if other := v.own(v.voter(1)); strings.Count(other, `"choices"`) != 1 {
			t.Errorf("with the certified list: %s", other)
		}
	})
}
