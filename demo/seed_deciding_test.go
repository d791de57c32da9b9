package demo_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/demo"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
	"cunwu/service/consultation"
	"cunwu/service/region"
)

// testConsultations: a stranger reads of consultations of different villages at
// all stages, one of them with opinions that part.
func testConsultations(t *testing.T, w world) {
	page, err := w.Consultations.List(t.Context(), account.Caller{}, consultation.Query{Region: demo.City, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	states, places := map[consultation.State]int{}, map[region.Code]bool{}
	parted := 0
	for _, i := range page.Items {
		c, err := w.Consultations.Consultation(t.Context(), account.Caller{}, i.ID)
		if err != nil {
			t.Fatal(err)
		}
		states[c.State]++
		places[c.Region] = true
		o, err := w.Consultations.Groups(t.Context(), account.Caller{}, i.ID)
		if err != nil {
			t.Fatal(err)
		}
		if c.Speaking && o.Counts.People >= 40 && len(o.Groups) >= 2 {
			parted++
			if len(o.Groups) != 3 || len(o.Common) < 2 || len(o.Apart) == 0 {
				t.Errorf("%s: %q", c.Title, o.Words)
			}
		}
		t.Logf("%s %s, %s %q", c.RegionName, c.Title, c.StateName, o.Words)
	}
	for _, s := range []consultation.State{
		consultation.PreReview, consultation.Redirected, consultation.Notified, consultation.InSession, consultation.Concluded,
		consultation.Implementing, consultation.FeedBack, consultation.Archived,
	} {
		if states[s] == 0 {
			t.Errorf("none is %s: %v", s, states)
		}
	}
	if len(places) < 6 || parted != 1 {
		t.Errorf("%d villages, %d with groups", len(places), parted)
	}
}

// ballotsBy gives the ballots that a stranger reads of, by state.
func ballotsBy(t *testing.T, w world) map[ballot.State][]ballot.View {
	t.Helper()
	page, err := w.Ballots.List(t.Context(), account.Caller{}, demo.City, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	out := map[ballot.State][]ballot.View{}
	for _, v := range page.Items {
		out[v.State] = append(out[v.State], v)
	}
	return out
}

// testBallots: what is certified can be recounted by a stranger, the sealed one
// was opened by its keepers and is erased, and the open one takes the votes of
// whoever tries the demo, today and a month from now.
func testBallots(t *testing.T, w world) {
	by := ballotsBy(t, w)
	sealedOnes, passed := 0, map[bool]int{}
	for _, v := range by[ballot.Certified] {
		if v.Sealed {
			sealedOnes++
			recountSealed(t, w, v.ID)
			continue
		}
		passed[recount(t, w, v.ID).Passed]++
	}
	if len(by[ballot.Certified]) < 4 || sealedOnes != 1 || passed[true] == 0 || len(by[ballot.Open]) != 1 || len(by) != 2 {
		t.Fatalf("%d certified, %d of them sealed, %v passed, %d open", len(by[ballot.Certified]), sealedOnes, passed, len(by[ballot.Open]))
	}
	open := by[ballot.Open][0]
	if open.Region != shown || !open.Advisory || open.ClosesAt.Before(today.AddDate(0, 0, 30)) {
		t.Errorf("%+v", open)
	}
	for _, at := range []time.Time{today, today.AddDate(0, 0, 30)} {
		w.clock.Set(at)
		for _, code := range []string{"demo-villager-510821102200-1", "demo-villager-510821102200-2", "demo-representative-510821102200-1"} {
			c := w.signIn(t, code)
			if _, err := w.Ballots.Cast(t.Context(), c, nil, open.ID, ballot.Mark{Choices: []string{"o1", "o3"}}); err != nil {
				t.Errorf("%s at %s: %v", code, at, err)
			}
		}
	}
	w.clock.Set(today)
	stranger := w.signIn(t, "demo-villager-510802101201-3")
	if _, err := w.Ballots.Cast(t.Context(), stranger, nil, open.ID, ballot.Mark{Choices: []string{"o1"}}); !errors.Is(err, ballot.ErrNotOnRoll) {
		t.Errorf("a villager of elsewhere: %v", err)
	}
}

// recount counts a ballot from its public export alone.
func recount(t *testing.T, w world, id string) ballot.Result {
	t.Helper()
	var told ballot.Outcome
	var marks []ballot.Mark
	trackers := map[string]bool{}
	err := w.Ballots.Export(t.Context(), account.Caller{}, id, func(o ballot.Outcome) error { told = o; return nil }, func(c ballot.Cast) error {
		trackers[c.Tracker] = true
		marks = append(marks, told.MarkOf(ballot.KeysOfPattern(c.Pattern)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := ballot.Count(told.Record.Definition, told.RollSize, len(marks), marks)
	if !maps.Equal(got.Counts, told.Tally.Counts) || got.Reasoning != told.Tally.Reasoning || got.Mismatch() || len(trackers) != len(marks) {
		t.Errorf("%s: counted %v, told %v: %s", told.Question, got.Counts, told.Tally.Counts, told.Tally.Reasoning)
	}
	t.Logf("%s: %s", told.Question, got.Reasoning)
	return got
}

// recountSealed checks what keepers signed, and that nothing is left to open.
func recountSealed(t *testing.T, w world, id string) {
	t.Helper()
	o, f, err := w.Ballots.SealedExport(t.Context(), account.Caller{}, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Notice.CheckPeeled(f.Peeled), f.Notice.CheckOutcome(f.Outcome)); err != nil {
		t.Error(err)
	}
	if o.Tally.Cast != f.Outcome.Counted || len(f.Box) != f.Outcome.N || f.Outcome.Bad != 0 || len(f.Destroyed) != sealed.Seats || len(f.SealedBy) != 2 {
		t.Errorf("%+v of %d, sealed by %v", o.Tally, len(f.Box), f.SealedBy)
	}
	keeper := w.signIn(t, "demo-supervisor-510821102202")
	if _, err := w.Ballots.KeeperRows(t.Context(), keeper, id); !errors.Is(err, ballot.ErrErased) {
		t.Error(err)
	}
	if _, err := w.Ballots.PutHold(t.Context(), keeper, audit.Act{}, id, sealed.Hold{Seat: "A"}); err == nil {
		t.Error("a keeper speaks of keys that are gone")
	}
	if !strings.Contains(o.Tally.Reasoning, "15") || !slices.Contains(f.Commitment.Reserve, sealed.BC) {
		t.Errorf("%s, %v", o.Tally.Reasoning, f.Commitment.Reserve)
	}
}
