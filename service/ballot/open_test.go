package ballot_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
)

// TestOpenBallot_WholeWay: draft, open, cast, close, certify, export.
func TestOpenBallot_WholeWay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		v := newVillage(t, db, 10)
		b := v.opened()
		if b.RollSize != 10 || b.State != ballot.Open || b.OpenedIndex == nil {
			t.Fatalf("opened: %+v", b)
		}
		trackers := map[string]string{}
		for i := range 8 {
			m := yes()
			if i >= 6 {
				m = no()
			}
			got, err := v.cast(i, b.ID, m)
			if err != nil {
				t.Fatal(err)
			}
			trackers[got.Tracker] = m.Pattern()
		}
		if len(trackers) != 8 {
			t.Fatalf("%d trackers, want 8", len(trackers))
		}
		if _, err := v.svc.Result(t.Context(), account.Caller{}, b.ID); !errors.Is(err, ballot.ErrNotCertified) {
			t.Errorf("result while open: %v", err)
		}
		e := v.finish(b)
		if len(e.casts) != 8 || e.Tally.Counts[ballot.Yes] != 6 || !e.Tally.Passed || e.Tally.Marked != 8 || e.ResultIndex == nil {
			t.Fatalf("export: %+v", e)
		}
		if !slices.IsSortedFunc(e.casts, func(a, b ballot.Cast) int { return slices.Compare([]byte(a.Tracker), []byte(b.Tracker)) }) {
			t.Error("the casts are not in the order of trackers")
		}
		for _, c := range e.casts {
			if trackers[c.Tracker] != c.Pattern {
				t.Errorf("cast %s is %q, was %q", c.Tracker, c.Pattern, trackers[c.Tracker])
			}
		}
	})
}

func TestCast_Refusals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		v := newVillage(t, db, 6)
		fixed := v.opened(func(in *ballot.Input) { in.Revote = false })
		later := v.opened(func(in *ballot.Input) {
			in.OpensAt = in.OpensAt.Add(30 * time.Minute)
			in.ClosesAt = in.OpensAt.Add(time.Hour)
		})
		by := v.officer(account.Clerk)
		draft, err := v.svc.Create(t.Context(), by, act(by), v.input())
		if err != nil {
			t.Fatal(err)
		}
		reader, moved, stranger := v.voter(1), v.voter(1), account.Caller{AccountID: "acc-x"}
		reader.Standing = account.Reader
		moved.ResidentID, moved.Standing = "", account.Unbound
		foreign := v.voter(99)
		if _, err := v.cast(0, fixed.ID, yes()); err != nil {
			t.Fatal(err)
		}
		many := ballot.Mark{Choices: slices.Repeat([]string{ballot.Yes}, 100_000)}
		for name, c := range map[string]struct {
			by   account.Caller
			id   string
			mark ballot.Mark
			want error
		}{
			"stranger":     {account.Caller{}, fixed.ID, yes(), account.ErrRequired},
			"unknown":      {v.voter(1), "nothing", yes(), ballot.ErrNotFound},
			"draft":        {v.voter(1), draft.ID, yes(), ballot.ErrNotFound},
			"noSuchOption": {v.voter(1), fixed.ID, ballot.Mark{Choices: []string{"perhaps"}}, ballot.ErrChoice},
			"none":         {v.voter(1), fixed.ID, ballot.Mark{}, ballot.ErrChoice},
			"many":         {v.voter(1), fixed.ID, many, ballot.ErrChoice},
			"scores":       {v.voter(1), fixed.ID, ballot.Mark{Scores: map[string]int{"yes": 5}}, ballot.ErrChoice},
			"badMarkFirst": {foreign, fixed.ID, ballot.Mark{}, ballot.ErrChoice},
			"notOnRoll":    {foreign, fixed.ID, yes(), ballot.ErrNotOnRoll},
			"unbound":      {stranger, fixed.ID, yes(), ballot.ErrNotOnRoll},
			"moved":        {moved, fixed.ID, yes(), ballot.ErrNotOnRoll},
			"reader":       {reader, fixed.ID, yes(), ballot.ErrStanding},
			"twice":        {v.voter(0), fixed.ID, no(), ballot.ErrAlreadyCast},
			"early":        {v.voter(0), later.ID, yes(), ballot.ErrNotOpen},
			"rollFirst":    {foreign, later.ID, yes(), ballot.ErrNotOnRoll},
		} {
			if _, err := v.svc.Cast(t.Context(), c.by, nil, c.id, c.mark); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		db.Clock.Set(fixed.ClosesAt) // the clock closes, swept or not
		if _, err := v.cast(1, fixed.ID, yes()); !errors.Is(err, ballot.ErrClosed) {
			t.Errorf("after the end: %v", err)
		}
		if _, err := v.svc.Act(t.Context(), by, act(by), later.ID, ballot.Step{Action: "cancel", Reason: "日期定错了，另行通知。"}); err != nil {
			t.Fatal(err)
		}
		if _, err := v.cast(1, later.ID, yes()); !errors.Is(err, ballot.ErrCancelled) {
			t.Errorf("after cancelling: %v", err)
		}
	})
}

// key makes a receipt as the door does.
func key(name, body string) *audit.Receipt {
	return &audit.Receipt{Scope: "acc POST /casts", Key: name, Digest: sha256.Sum256([]byte(body)), Encode: func(r any) (int, []byte, error) {
		return 200, fmt.Appendf(nil, "%v", r), nil
	}}
}

func TestCast_Retries(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		v := newVillage(t, db, 6)
		b := v.opened(func(in *ballot.Input) { in.Revote = false })
		first, err := v.svc.Cast(t.Context(), v.voter(0), key("k", "yes"), b.ID, yes())
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.svc.Cast(t.Context(), v.voter(0), key("k", "yes"), b.ID, yes())
		var replay *audit.Replay
		if !errors.As(err, &replay) || string(replay.Body) != fmt.Sprint(first) {
			t.Errorf("the same again: %v, want the first answer %v", err, first)
		}
		if _, err = v.svc.Cast(t.Context(), v.voter(0), key("k", "no"), b.ID, no()); !errors.Is(err, repository.ErrMismatch) {
			t.Errorf("the same key for something else: %v", err)
		}
		// The same request many times at once is recorded once.
		var wg sync.WaitGroup
		var mu sync.Mutex
		answers := map[string]bool{}
		for range 40 {
			wg.Go(func() {
				got, err := v.svc.Cast(t.Context(), v.voter(1), key("other", "no"), b.ID, no())
				text := fmt.Sprint(got)
				var replay *audit.Replay
				if errors.As(err, &replay) {
					text = string(replay.Body)
				} else if err != nil {
					t.Error(err)
				}
				mu.Lock()
				answers[text] = true
				mu.Unlock()
			})
		}
		wg.Wait()
		if len(answers) != 1 {
			t.Errorf("one request had %d answers", len(answers))
		}
		if e := v.finish(b); len(e.casts) != 2 {
			t.Errorf("%d casts, want 2", len(e.casts))
		}
	})
}

func TestWays_Precedence(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		v := newVillage(t, db, 6)
		b := v.opened()
		clerk, sup := v.officer(account.Clerk), v.officer(account.Supervisor)
		if _, err := v.cast(0, b.ID, yes()); err != nil {
			t.Fatal(err)
		}
		if _, err := v.svc.EnterSheet(t.Context(), clerk, act(clerk), b.ID, "resident0000", no(), ""); !errors.Is(err, ballot.ErrImage) {
			t.Errorf("sheet without a picture: %v", err)
		}
		if _, err := v.svc.EnterSheet(t.Context(), clerk, act(clerk), b.ID, "resident0000", no(), "pdf1"); !errors.Is(err, ballot.ErrImage) {
			t.Errorf("sheet with a PDF: %v", err)
		}
		if _, err := v.svc.EnterSheet(t.Context(), clerk, act(clerk), b.ID, "nobody", no(), "img1"); !errors.Is(err, ballot.ErrVoter) {
			t.Errorf("sheet of nobody: %v", err)
		}
		sheet, err := v.svc.EnterSheet(t.Context(), clerk, act(clerk), b.ID, "resident0000", no(), "img1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.cast(0, b.ID, yes()); err != nil {
			t.Errorf("an unconfirmed sheet shut the online way: %v", err)
		}
		if _, err := v.svc.DecideSheet(t.Context(), clerk, act(clerk), b.ID, sheet.Number, true); !errors.Is(err, account.ErrMayNot) {
			t.Errorf("the clerk confirms: %v", err)
		}
		if _, err := v.svc.DecideSheet(t.Context(), sup, act(sup), b.ID, sheet.Number, true); err != nil {
			t.Fatal(err)
		}
		if _, err := v.svc.DecideSheet(t.Context(), sup, act(sup), b.ID, sheet.Number, true); !errors.Is(err, ballot.ErrSheetDone) {
			t.Errorf("confirmed twice: %v", err)
		}
		if _, err := v.cast(0, b.ID, yes()); !errors.Is(err, ballot.ErrMeeting) {
			t.Errorf("online after the meeting: %v", err)
		}
		got, err := v.svc.Ballot(t.Context(), v.voter(0), b.ID)
		if err != nil || !got.Voted || got.Way != ballot.Meeting || !errors.Is(got.CanVote, ballot.ErrMeeting) {
			t.Errorf("view: %+v %v", got, err)
		}
		if e := v.finish(b); len(e.casts) != 1 || e.Tally.Counts[ballot.No] != 1 || e.casts[0].Origin != "" {
			t.Errorf("%+v", e.casts)
		}
	})
}

func TestAssisted(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		v := newVillage(t, db, 6)
		b, other := v.opened(), v.opened()
		clerk := v.officer(account.Clerk)
		if _, err := v.svc.Assist(t.Context(), clerk, act(clerk), b.ID, "resident0002", " "); !errors.Is(err, ballot.ErrConsent) {
			t.Errorf("without consent: %v", err)
		}
		open := func() ballot.AssistPass {
			p, err := v.svc.Assist(t.Context(), clerk, act(clerk), b.ID, "resident0002", "本人当面口头同意。")
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		p, late := open(), open()
		if d := p.ExpiresAt.Sub(db.Clock.Now()); d > ballot.AssistTime {
			t.Errorf("it lasts %s", d)
		}
		if _, err := v.svc.CastAssisted(t.Context(), p.Token, nil, other.ID, yes()); !errors.Is(err, ballot.ErrAssist) {
			t.Errorf("another ballot: %v", err)
		}
		if _, err := v.svc.CastAssisted(t.Context(), ballot.AssistPrefix+"made-up", nil, b.ID, yes()); !errors.Is(err, ballot.ErrAssist) {
			t.Errorf("made up: %v", err)
		}
		got, err := v.svc.CastAssisted(t.Context(), p.Token, nil, b.ID, yes())
		if err != nil || got.Origin != ballot.Assisted {
			t.Fatal(got, err)
		}
		if _, err := v.svc.CastAssisted(t.Context(), p.Token, nil, b.ID, no()); !errors.Is(err, ballot.ErrAssist) {
			t.Errorf("used twice: %v", err)
		}
		db.Clock.Advance(ballot.AssistTime)
		if _, err := v.svc.CastAssisted(t.Context(), late.Token, nil, b.ID, no()); !errors.Is(err, ballot.ErrAssist) {
			t.Errorf("after half an hour: %v", err)
		}
		if e := v.finish(b); len(e.casts) != 1 || e.Tally.Counts[ballot.Yes] != 1 || e.Tally.Origins[ballot.Assisted] != 1 {
			t.Errorf("%+v", e.Tally)
		}
	})
}

// TestHouseholds: one entry for a household, whoever of it casts.
func TestHouseholds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		v := newVillage(t, db, 9)
		b := v.opened(func(in *ballot.Input) { in.Rule = "villagers_meeting_households" })
		if b.RollSize != 3 {
			t.Fatalf("%d entries, want 3", b.RollSize)
		}
		var wg sync.WaitGroup
		for i := range 9 {
			wg.Go(func() {
				if _, err := v.cast(i, b.ID, yes()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n, err := v.db.Ballots().BallotVoter(t.Context(), 1, "house001"); err != nil || n != 2 {
			t.Error(n, err)
		}
		clerk := v.officer(account.Clerk)
		if _, err := v.svc.EnterSheet(t.Context(), clerk, act(clerk), b.ID, "2", no(), "img1"); err != nil {
			t.Errorf("by household number: %v", err)
		}
		if e := v.finish(b); len(e.casts) != 3 || e.Tally.Roll != 3 || e.Tally.Counts[ballot.Yes] != 3 {
			t.Errorf("%+v", e.Tally)
		}
	})
}
