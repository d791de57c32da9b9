package ballot_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
)

// reference is what must come of a history, thought of without the code: of
// each person the last word that the rules let stand.
type reference struct {
	revote bool
	marks  map[int]string // person: option
	ways   map[int]string // person: way
}

func (r *reference) takes(who int, way string) bool {
	had := r.ways[who]
	if had == "" {
		return true
	}
	if had == "table" {
		return false
	}
	return way == "table" || r.revote
}

func (r *reference) hear(who int, way, option string) bool {
	if !r.takes(who, way) {
		return false
	}
	r.marks[who], r.ways[who] = option, way
	return true
}

// TestHistories: whatever comes in, by which way and how often, the count is
// that of the reference, and a stranger finds the same in the export.
func TestHistories(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		v := newVillage(t, db, 8)
		rapid.Check(t, func(rt *rapid.T) {
			revote := rapid.Bool().Draw(rt, "revote")
			b := v.opened(func(in *ballot.Input) { in.Revote = revote })
			ref := &reference{revote: revote, marks: map[int]string{}, ways: map[int]string{}}
			for range rapid.IntRange(0, 14).Draw(rt, "acts") {
				who := rapid.IntRange(0, 7).Draw(rt, "who")
				option := rapid.SampledFrom([]string{"yes", "no", "abstain"}).Draw(rt, "option")
				way := rapid.SampledFrom([]string{"phone", "table", "help", "retry"}).Draw(rt, "way")
				err := v.by(way, who, b.ID, option)
				if got, want := err == nil, ref.hear(who, way, option); got != want {
					rt.Fatalf("%d by %s: %v, want taken: %v", who, way, err, want)
				}
			}
			e := v.finish(b)
			want := map[string]int{"yes": 0, "no": 0, "abstain": 0}
			for _, o := range ref.marks {
				want[o]++
			}
			if !maps.Equal(e.Tally.Counts, want) || e.Tally.Cast != len(ref.marks) || e.Tally.Mismatch() {
				rt.Fatalf("counted %+v, want %v", e.Tally, want)
			}
			recount(rt, e)
		})
	})
}

// by casts by one of the ways; retry is the phone that asks again with its key.
func (v *village) by(way string, who int, id, option string) error {
	m := ballot.Mark{Choices: []string{option}}
	switch way {
	case "table":
		clerk, sup := v.officer(account.Clerk), v.officer(account.Supervisor)
		s, err := v.svc.EnterSheet(v.t.Context(), clerk, act(clerk), id, fmt.Sprintf("resident%04d", who), m, audit.NewID())
		if err == nil {
			_, err = v.svc.DecideSheet(v.t.Context(), sup, act(sup), id, s.Number, true)
		}
		return err
	case "help":
		clerk := v.officer(account.Clerk)
		p, err := v.svc.Assist(v.t.Context(), clerk, act(clerk), id, fmt.Sprintf("resident%04d", who), "本人同意。")
		if err == nil {
			_, err = v.svc.CastAssisted(v.t.Context(), p.Token, nil, id, m)
		}
		return err
	case "retry":
		k := audit.NewID()
		_, err := v.svc.Cast(v.t.Context(), v.voter(who), key(k, option), id, m)
		if _, again := v.svc.Cast(v.t.Context(), v.voter(who), key(k, option), id, m); err == nil {
			var replay *audit.Replay
			if !errors.As(again, &replay) {
				return fmt.Errorf("a retry was not recognised: %w", again)
			}
		}
		return err
	}
	_, err := v.cast(who, id, m)
	return err
}

// recount is a stranger's program: it knows the export and nothing of ours.
func recount(t interface{ Fatalf(string, ...any) }, e exported) {
	raw, err := json.Marshal(map[string]any{"definition": e.Definition, "result": e.Result, "roll_size": e.RollSize})
	var doc struct {
		Definition struct {
			Quorum, Pass *struct {
				Num, Den int
				Of       string
				Strict   bool
			}
		}
		Result struct {
			Counts    map[string]int
			Cast      int
			QuorumMet bool `json:"quorum_met"`
			Passed    bool
		}
		RollSize int `json:"roll_size"`
	}
	if err == nil {
		err = json.Unmarshal(raw, &doc)
	}
	if err != nil {
		t.Fatalf("export: %v", err)
	}
	counts, seen := map[string]int{}, map[string]bool{}
	for _, c := range e.casts {
		if seen[c.Tracker] {
			t.Fatalf("tracker %s twice", c.Tracker)
		}
		seen[c.Tracker] = true
		for _, k := range strings.Split(c.Pattern, ",") {
			counts[k]++
		}
	}
	reached := func(n int, of string, num, den int, strict bool) bool {
		whole := len(e.casts)
		if of == "roll" {
			whole = doc.RollSize
		}
		return n*den > whole*num || !strict && whole > 0 && n*den == whole*num
	}
	quorum := doc.Definition.Quorum == nil
	if q := doc.Definition.Quorum; q != nil {
		quorum = reached(len(e.casts), q.Of, q.Num, q.Den, q.Strict)
	}
	passed := false
	if p := doc.Definition.Pass; p != nil && quorum {
		passed = counts["yes"] > counts["no"] && reached(counts["yes"], p.Of, p.Num, p.Den, p.Strict)
	}
	for k, n := range doc.Result.Counts {
		if counts[k] != n {
			t.Fatalf("%s: %d, recounted %d", k, n, counts[k])
		}
	}
	if doc.Result.Cast != len(e.casts) || doc.Result.QuorumMet != quorum || doc.Result.Passed != passed {
		t.Fatalf("result %+v, recounted cast %d, quorum %v, passed %v", doc.Result, len(e.casts), quorum, passed)
	}
}

// TestClosing_Linearizable: casts race with closing, sweeps race with each
// other. What was acknowledged is counted, what was refused is not, and closing
// happens once.
func TestClosing_Linearizable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		const voters = 240
		v := newVillage(t, db, voters)
		// Another instance on the same archive.
		second := ballot.New(db.Ballots(), ballot.Options{
			Powers: v, Places: v, Media: v, Rolls: v, Thresholds: mustRules(t), Clock: db.Clock,
		})
		for round := range 3 {
			b := v.opened(func(in *ballot.Input) { in.Revote = false })
			var mu sync.Mutex
			acked := map[string]string{}
			var wg sync.WaitGroup
			for i := range voters {
				wg.Go(func() {
					svc := v.svc
					if i%2 == 1 {
						svc = second
					}
					m := yes()
					if i%3 == 0 {
						m = no()
					}
					for range 2 { // twice, racing with oneself
						got, err := svc.Cast(t.Context(), v.voter(i), nil, b.ID, m)
						switch {
						case err == nil:
							mu.Lock()
							acked[got.Tracker] = m.Pattern()
							mu.Unlock()
						case !errors.Is(err, ballot.ErrClosed) && !errors.Is(err, ballot.ErrAlreadyCast):
							t.Error(err)
						}
						if i == voters/3 {
							db.Clock.Set(b.ClosesAt)
						}
					}
				})
				if i%40 == 0 {
					for _, svc := range []*ballot.Service{v.svc, second} {
						wg.Go(func() {
							if _, err := svc.Sweep(t.Context()); err != nil {
								t.Error(err)
							}
						})
					}
				}
			}
			wg.Wait()
			e := v.finish(b)
			got := map[string]string{}
			for _, c := range e.casts {
				got[c.Tracker] = c.Pattern
			}
			if !maps.Equal(got, acked) || e.Tally.Mismatch() || e.Tally.Cast != len(acked) {
				t.Fatalf("round %d: %d acknowledged, %d counted, %d marked", round, len(acked), e.Tally.Cast, e.Tally.Marked)
			}
		}
	})
}

func mustRules(t *testing.T) *ballot.Thresholds {
	t.Helper()
	r, err := ballot.LoadThresholds(rulesDir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestMismatch_Shown: a cast that vanished from the box shows in the result.
func TestMismatch_Shown(t *testing.T) {
	t.Parallel()
	d := ballot.Definition{Kind: ballot.YesNo, Options: []ballot.Option{{ID: "yes"}, {ID: "no"}}, Pass: ballot.Share{Num: 1, Den: 2, Of: ballot.OfPresent, Strict: true}}
	r := ballot.CountPatterns(d, 5, 4, map[string]int{"yes": 2, "no": 1, "made-up": 1})
	if !r.Mismatch() || r.Cast != 3 {
		t.Errorf("%+v", r)
	}
}

// TestDraft_Refusals: definitions that no rule allows.
func TestDraft_Refusals(t *testing.T) {
	t.Parallel()
	v := newVillage(t, dbtest.New(t), 6)
	options := func(n int) []ballot.Option {
		out := make([]ballot.Option, n)
		for i := range out {
			out[i].Label = fmt.Sprintf("方案%d", i+1)
		}
		return out
	}
	for name, c := range map[string]struct {
		change func(*ballot.Input)
		want   error
	}{
		"noRule":      {func(in *ballot.Input) { in.Rule = "none" }, ballot.ErrInvalid},
		"noKind":      {func(in *ballot.Input) { in.Kind = "" }, ballot.ErrInvalid},
		"oneOption":   {func(in *ballot.Input) { in.Kind, in.Options = ballot.ChooseOne, options(1) }, ballot.ErrInvalid},
		"manyOptions": {func(in *ballot.Input) { in.Kind, in.Options = ballot.ChooseOne, options(31) }, ballot.ErrInvalid},
		"sameOption": {func(in *ballot.Input) {
			in.Kind, in.Options = ballot.ChooseOne, append(options(2), options(1)...)
		}, ballot.ErrInvalid},
		"endFirst": {func(in *ballot.Input) { in.ClosesAt = in.OpensAt }, ballot.ErrInvalid},
		"over": {func(in *ballot.Input) {
			in.OpensAt = in.OpensAt.AddDate(0, 0, -2)
			in.ClosesAt = in.OpensAt.AddDate(0, 0, 1)
		}, ballot.ErrInvalid},
		"scored":        {func(in *ballot.Input) { in.Kind, in.Options = ballot.Score, options(3) }, ballot.ErrInvalid},
		"appraisalOpen": {func(in *ballot.Input) { in.Rule, in.Kind = "appraisal", ballot.Satisfied }, ballot.ErrInvalid},
		"looserQuorum": {func(in *ballot.Input) {
			in.Quorum = ballot.Share{Num: 1, Den: 3, Of: ballot.OfRoll}
		}, ballot.ErrLooser},
		"looserPass": {func(in *ballot.Input) {
			in.Pass = ballot.Share{Num: 1, Den: 2, Of: ballot.OfPresent}
		}, ballot.ErrLooser},
		"impossible": {func(in *ballot.Input) {
			in.Pass = ballot.Share{Num: 3, Den: 2, Of: ballot.OfPresent}
		}, ballot.ErrInvalid},
		"personal": {func(in *ballot.Input) { in.Question = "是否同意13812345678承包鱼塘" }, ballot.ErrPersonal},
	} {
		by := v.officer(account.Clerk)
		if _, err := v.svc.Create(t.Context(), by, act(by), v.input(c.change)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	stricter := v.opened(func(in *ballot.Input) { in.Pass = ballot.Share{Num: 2, Den: 3, Of: ballot.OfRoll} })
	if stricter.Pass.Num != 2 {
		t.Error("a stricter majority was not kept")
	}
	by := v.officer(account.Supervisor)
	if _, err := v.svc.Create(t.Context(), by, act(by), v.input()); !errors.Is(err, account.ErrMayNot) {
		t.Errorf("the supervisor drafts: %v", err)
	}
}

// TestFrozen: after opening nothing changes but that it can be called off.
func TestFrozen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		v := newVillage(t, db, 6)
		b := v.opened()
		by := v.officer(account.Clerk)
		if _, err := v.svc.Edit(t.Context(), by, act(by), b.ID, b.Revision, v.input()); !errors.Is(err, ballot.ErrNotDraft) {
			t.Errorf("edited: %v", err)
		}
		if _, err := v.svc.Act(t.Context(), by, act(by), b.ID, ballot.Step{Action: "open"}); !errors.Is(err, ballot.ErrNotDraft) {
			t.Errorf("opened again: %v", err)
		}
		if _, err := v.svc.Act(t.Context(), by, act(by), b.ID, ballot.Step{Action: "cancel", Reason: " "}); !errors.Is(err, ballot.ErrReason) {
			t.Errorf("cancelled without a reason: %v", err)
		}
		v.people = append(v.people, account.Elector{ResidentID: "newcomer"})
		late := v.voter(0)
		late.ResidentID = "newcomer"
		if _, err := v.svc.Cast(t.Context(), late, nil, b.ID, yes()); !errors.Is(err, ballot.ErrNotOnRoll) {
			t.Errorf("who came after opening: %v", err)
		}
		sealed, err := v.svc.Create(t.Context(), by, act(by), v.input(func(in *ballot.Input) { in.Sealed = true }))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.svc.Act(t.Context(), by, act(by), sealed.ID, ballot.Step{Action: "open"}); !errors.Is(err, ballot.ErrSealedNotReady) {
			t.Errorf("sealed: %v", err)
		}
		if _, err := v.svc.Edit(t.Context(), by, act(by), sealed.ID, sealed.Revision+1, v.input()); !errors.Is(err, ballot.ErrRaced) {
			t.Errorf("stale revision: %v", err)
		}
		v.close(b)
		if _, err := v.svc.Act(t.Context(), by, act(by), b.ID, ballot.Step{Action: "cancel", Reason: "结果不满意。"}); !errors.Is(err, ballot.ErrState) {
			t.Errorf("called off after the count: %v", err)
		}
		if _, err := v.svc.Act(t.Context(), by, act(by), b.ID, ballot.Step{Action: "certify", Opinion: "同意。"}); !errors.Is(err, account.ErrMayNot) {
			t.Errorf("the clerk certifies: %v", err)
		}
	})
}

// TestCanVote works before opening, and says why not.
func TestCanVote(t *testing.T) {
	t.Parallel()
	v := newVillage(t, dbtest.New(t), 6)
	b := v.opened(func(in *ballot.Input) {
		in.OpensAt = in.OpensAt.Add(30 * 60e9)
		in.ClosesAt = in.OpensAt.Add(60 * 60e9)
	})
	reader := v.voter(2)
	reader.Standing = account.Reader
	for name, c := range map[string]struct {
		by   account.Caller
		want error
	}{
		"voter": {v.voter(1), ballot.ErrNotOpen}, "foreigner": {v.voter(77), ballot.ErrNotOnRoll},
		"reader": {reader, ballot.ErrStanding}, "stranger": {account.Caller{}, account.ErrRequired},
	} {
		got, err := v.svc.Ballot(t.Context(), c.by, b.ID)
		if err != nil || !errors.Is(got.CanVote, c.want) {
			t.Errorf("%s before opening: %v %v, want %v", name, got.CanVote, err, c.want)
		}
	}
	v.db.Clock.Set(b.OpensAt)
	if got, err := v.svc.Ballot(t.Context(), v.voter(1), b.ID); err != nil || got.CanVote != nil {
		t.Error(got.CanVote, err)
	}
	if l, err := v.svc.List(t.Context(), v.voter(1), yanjing, 0, 10); err != nil || len(l.Items) != 1 || l.Items[0].CanVote != nil {
		t.Error(l, err)
	}
	if !slices.Contains(b.Actions, "cancel") {
		t.Error(b.Actions)
	}
}
