package indicator_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/board"
	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/disclosure"
	"cunwu/service/duty"
	"cunwu/service/indicator"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/question"
	"cunwu/service/record"
	"cunwu/service/region"
)

const (
	yanjing = region.Code("510821102200")
	liushu  = region.Code("510821102202")
	longtan = region.Code("510802101201")
)

// places knows every place.
type places struct{}

func (places) Region(_ context.Context, code region.Code) (region.Region, error) {
	if code == "510899" {
		return region.Region{}, region.ErrNotFound
	}
	return region.Region{Code: code, Level: code.Level(), State: region.Active}, nil
}

// said is how concerns were dealt with.
type said concern.Kept

func (s said) Kept(context.Context, region.Code, int, int) (concern.Kept, error) {
	return concern.Kept(s), nil
}

// clock is the disclosure clock with what a test says.
type clock struct {
	counts duty.Counts
	duties []duty.Duty
	away   error
}

func (c clock) Counts(context.Context, region.Code, duty.State) (duty.Counts, error) {
	return c.counts, c.away
}

func (c clock) Duties(_ context.Context, q duty.Query) (duty.Page, error) {
	if q.Before == 0 && len(c.duties) > 1 { // in two pages
		return duty.Page{Items: c.duties[:1], Next: 7}, c.away
	}
	return duty.Page{Items: c.duties[min(1, len(c.duties)):]}, c.away
}

func service(t testing.TB, db *dbtest.DB, d indicator.Duties) *indicator.Service {
	t.Helper()
	h, err := calendar.LoadHolidays(os.DirFS("../../config/rules"))
	if err != nil {
		t.Fatal(err)
	}
	return indicator.New(db.Tallies(), indicator.Options{
		Rules: loaded(t), Duties: d, Places: places{}, Holidays: h, Clock: db.Clock, Concerns: said{Closed: 9, Due: 12, InTime: 8, Asked: 8, Rated: 6, Content: 5}, PostingDays: 15, AnswerDays: 10,
	})
}

// shelf is postings as a test puts them there, with what is true of each.
type shelf struct {
	t     testing.TB
	db    *dbtest.DB
	svc   *indicator.Service
	truth map[string]*truth
}

type truth struct {
	rec      disclosure.Record
	seq      int
	reviewed bool // before every publication
	long     bool
	photo    bool
}

func (s *shelf) tx(fn func(ctx context.Context, tx disclosure.Tx) error) {
	s.t.Helper()
	ctx := s.t.Context()
	err := s.db.Disclosures().InTx(ctx, dbtest.Act(), func(tx disclosure.Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return tx.Record(ctx, audit.Event{Action: "test.write", Object: "posting", Result: "ok"})
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// step adds steps to the case of a posting and saves its record.
func (s *shelf) step(p *truth, actions ...string) {
	s.t.Helper()
	s.tx(func(ctx context.Context, tx disclosure.Tx) error {
		for _, action := range actions {
			p.seq++
			err := tx.AddStep(ctx, procedure.Step{CaseID: p.rec.CaseID, Seq: p.seq, Action: action, At: tx.Now(), Actor: audit.Actor{AccountID: "a"}})
			if err != nil {
				return err
			}
		}
		if p.rec.Serial == 0 {
			var err error
			p.rec.Serial, err = tx.AddPosting(ctx, p.rec, nil)
			return err
		}
		p.rec.Revision++
		return tx.SavePosting(ctx, p.rec, nil)
	})
}

// publish makes the next version stand.
func (s *shelf) publish(id string, place region.Code, approved bool) {
	s.t.Helper()
	p := s.truth[id]
	if p == nil {
		p = &truth{reviewed: true, rec: disclosure.Record{
			ID: id, CaseID: "c" + id, Region: place, ItemCode: "D02", Category: "FINANCE", Edition: "2026-01-01", Period: "2026-01",
			Visibility: disclosure.PublicInternet,
		}}
		s.truth[id] = p
	}
	if p.rec.State == disclosure.Published || p.rec.State == disclosure.Archived {
		return
	}
	now := s.db.Clock.Now()
	p.rec.Version, p.rec.State, p.rec.PublishedAt, p.rec.PostedUntil = p.rec.Version+1, disclosure.Published, now, now.AddDate(0, 0, 15)
	if p.rec.FirstAt.IsZero() {
		p.rec.FirstAt = now
	}
	review := "proceed"
	if approved {
		review = "approve"
	}
	p.reviewed = p.reviewed && approved
	s.step(p, "submit", review, "confirm", "publish")
	s.tx(func(ctx context.Context, tx disclosure.Tx) error {
		return tx.AddPostingVersion(ctx, disclosure.VersionRecord{PostingID: id, Number: p.rec.Version, PublishedAt: now, Digest: "d"})
	})
}

func (s *shelf) withdraw(id string) {
	s.t.Helper()
	p := s.truth[id]
	if p == nil || p.rec.State == disclosure.Withdrawn {
		return
	}
	now := s.db.Clock.Now()
	p.long = p.long || !now.Before(p.rec.PublishedAt.AddDate(0, 0, 15))
	p.rec.State = disclosure.Withdrawn
	s.step(p, "withdraw")
	s.tx(func(ctx context.Context, tx disclosure.Tx) error {
		return tx.EndPostingVersion(ctx, id, p.rec.Version, record.Place{Index: 1, At: now}, "写错了")
	})
}

func (s *shelf) archive(id string) {
	s.t.Helper()
	p := s.truth[id]
	if p == nil || p.rec.State != disclosure.Published || s.db.Clock.Now().Before(p.rec.PostedUntil) {
		return
	}
	p.rec.State, p.long = disclosure.Archived, true
	s.step(p, "archive")
}

func (s *shelf) photo(id string) {
	s.t.Helper()
	p := s.truth[id]
	if p == nil || p.photo {
		return
	}
	p.photo = true
	s.tx(func(ctx context.Context, tx disclosure.Tx) error {
		boards, ok := tx.(board.Tx)
		if !ok {
			return errors.New("the transaction does not suit the board")
		}
		_, err := boards.AddBoardPhoto(ctx, board.Record{
			ID: "ph" + id, PostingID: id, Version: 1, Region: p.rec.Region, MediaID: "m" + id, TakenOn: "2026-03-03",
			State: board.Confirmed, Uploader: "a", UploadedAt: tx.Now(), Decider: "b", DecidedAt: tx.Now(),
		})
		return err
	})
}

func (s *shelf) follow(events ...outbox.Event) {
	s.t.Helper()
	s.tx(func(ctx context.Context, tx disclosure.Tx) error {
		follower, ok := tx.(indicator.Tx)
		if !ok {
			return errors.New("the transaction does not suit the follower")
		}
		return s.svc.Take(ctx, follower, events)
	})
}

func about(id string) outbox.Event {
	return outbox.Event{Kind: disclosure.EventPublished, Region: yanjing, Subject: id}
}

// want counts from the postings what the tallies of a place must say.
func (s *shelf) want(place region.Code) map[indicator.Figure]int {
	out := map[indicator.Figure]int{}
	add := func(f indicator.Figure, holds bool) {
		if holds {
			out[f]++
		}
	}
	for _, p := range s.truth {
		if !place.Contains(p.rec.Region) {
			continue
		}
		standing := p.rec.State != disclosure.Withdrawn
		add(indicator.Published, true)
		add(indicator.PostedLong, p.long)
		add(indicator.PostingOver, p.long || !standing)
		add(indicator.OnBoard, p.photo)
		add(indicator.Corrected, p.rec.Version > 1)
		add(indicator.Reviewed, p.reviewed)
	}
	return out
}

// After any history, followed in any order and any number of times, the tallies
// of every place are what a recount of the postings gives.
func TestTake_Property(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		run, start := 0, db.Clock.Now()
		rapid.Check(t, func(rt *rapid.T) {
			run++
			db.Clock.Set(start)
			before := map[region.Code]map[indicator.Figure]int{}
			s := &shelf{t: t, db: db, svc: service(t, db, clock{}), truth: map[string]*truth{}}
			watched := []region.Code{yanjing, liushu, longtan, "510821102", "510821", "5108", "51"}
			for _, p := range watched {
				before[p] = s.sums(p)
			}
			s.history(rt, fmt.Sprintf("r%dx", run))
			for _, p := range watched {
				got, want := s.sums(p), s.want(p)
				for _, f := range []indicator.Figure{indicator.Published, indicator.PostingOver, indicator.PostedLong, indicator.OnBoard, indicator.Corrected, indicator.Reviewed} {
					if got[f]-before[p][f] != want[f] {
						rt.Fatalf("%s %s: %d, want %d", p, f, got[f]-before[p][f], want[f])
					}
				}
			}
		})
	})
}

func (s *shelf) sums(p region.Code) map[indicator.Figure]int {
	s.t.Helper()
	got, err := s.db.Tallies().Figures(s.t.Context(), p, 202601, 202712)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

func (s *shelf) history(rt *rapid.T, prefix string) {
	villages := []region.Code{yanjing, liushu, longtan}
	for range rapid.IntRange(1, 15).Draw(rt, "steps") {
		n := rapid.IntRange(0, 3).Draw(rt, "posting")
		id := fmt.Sprintf("%s%d", prefix, n)
		switch rapid.SampledFrom([]string{"publish", "publish", "withdraw", "archive", "photo", "wait"}).Draw(rt, "act") {
		case "publish":
			s.publish(id, villages[n%3], rapid.Bool().Draw(rt, "approved"))
		case "withdraw":
			s.withdraw(id)
		case "archive":
			s.archive(id)
		case "photo":
			s.photo(id)
		case "wait":
			s.db.Clock.Advance(time.Duration(rapid.IntRange(1, 20).Draw(rt, "days")) * 24 * time.Hour)
		}
		if rapid.Bool().Draw(rt, "follow") {
			s.follow(about(id), about(id))
		}
	}
	var all []outbox.Event
	for id := range s.truth {
		all = append(all, about(id))
	}
	s.follow(all...)
	s.follow(all...)
}

// Questions and photos are followed by their own events.
func TestTake_Questions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		s := &shelf{t: t, db: db, svc: service(t, db, clock{}), truth: map[string]*truth{}}
		s.tx(func(ctx context.Context, tx disclosure.Tx) error {
			questions, ok := tx.(question.Tx)
			if !ok {
				return errors.New("the transaction does not suit questions")
			}
			_, err := questions.AddQuestion(ctx, question.Record{
				ID: "q1", PostingID: "p1", Version: 1, Region: yanjing, ItemCode: "D02", Public: true, Kind: question.Asked,
				Text: "路灯电费为什么涨了？", Asker: "a", AskedAt: tx.Now(), State: question.Open, CaseID: "cq1",
			})
			return err
		})
		asked := outbox.Event{Kind: "question.asked", Region: yanjing, Subject: "q1"}
		s.follow(asked, outbox.Event{Kind: "question.asked", Region: yanjing, Subject: "nothing"}, outbox.Event{Kind: "duty.changed", Subject: "q1"})
		if got := s.sums("51"); got[indicator.Asked] != 1 || got[indicator.AnswerOver] != 0 {
			t.Errorf("asked: %v", got)
		}
		db.Clock.Advance(11 * 24 * time.Hour)
		s.tx(func(ctx context.Context, tx disclosure.Tx) error {
			return tx.AddStep(ctx, procedure.Step{CaseID: "cq1", Seq: 1, Action: "escalate", From: "asked", To: "escalated", At: tx.Now(), Actor: audit.Actor{AccountID: "system"}})
		})
		s.follow(asked)
		if got := s.sums(yanjing); got[indicator.Asked] != 1 || got[indicator.AnswerOver] != 1 || got[indicator.AnsweredInTime] != 0 || got[indicator.EscalatedUp] != 1 {
			t.Errorf("overdue: %v", got)
		}
		s.publish("p1", yanjing, true)
		s.follow(about("p1"))
		s.photo("p1")
		s.follow(outbox.Event{Kind: "board.confirmed", Region: yanjing, Subject: "php1", Facts: map[string]string{"posting": "p1"}})
		if got := s.sums("5108"); got[indicator.OnBoard] != 1 || got[indicator.Published] != 1 {
			t.Errorf("on the board: %v", got)
		}
	})
}

func day(text string) time.Time {
	d, err := time.ParseInLocation(time.DateOnly, text, calendar.China)
	if err != nil {
		panic(err)
	}
	return d
}

func numbers(done, late, overdue, extended int) duty.Numbers {
	var n duty.Numbers
	for i, s := range duty.States {
		switch s { //nolint:exhaustive // the others stay 0
		case duty.Done:
			n[i] = done
		case duty.DoneLate:
			n[i] = late
		case duty.VeryOverdue:
			n[i] = overdue
		case duty.Extended:
			n[i] = extended
		}
	}
	return n
}

func TestReport(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	db.Clock.Set(time.Date(2026, 10, 20, 9, 0, 0, 0, calendar.China))
	s := &shelf{t: t, db: db, truth: map[string]*truth{}}
	s.svc = service(t, db, clock{counts: duty.Counts{Items: []duty.ItemCount{
		{ItemCode: "D02", Period: "2026-07", DueOn: day("2026-08-10"), Numbers: numbers(6, 1, 1, 3)},
		{ItemCode: "B02", Period: "2026-09", Numbers: numbers(2, 0, 0, 0)},
		{ItemCode: "D02", Period: "2026-09", DueOn: day("2026-10-10"), Numbers: numbers(100, 0, 0, 0)}, // another quarter
		{ItemCode: "B02", Period: "?", Numbers: numbers(100, 0, 0, 0)},
	}}})
	db.Clock.Set(time.Date(2026, 8, 3, 9, 0, 0, 0, calendar.China))
	for i := range 5 {
		s.publish(fmt.Sprintf("p%d", i), yanjing, i > 0)
		s.follow(about(fmt.Sprintf("p%d", i)))
	}
	db.Clock.Set(time.Date(2026, 10, 20, 9, 0, 0, 0, calendar.China))
	r, err := s.svc.Report(t.Context(), "5108", "")
	if err != nil {
		t.Fatal(err)
	}
	if r.Period.Name != "2026Q3" || len(r.Items) != 12 || r.Least != 5 {
		t.Fatalf("%+v", r)
	}
	for _, v := range r.Items {
		want := map[string][2]int{
			"I01": {8, 10}, "I02": {9, 10}, "I08": {6, 8}, "I04": {0, 5}, "I05": {0, 5}, "I33": {4, 5},
			"I09": {9, 12}, "I10": {8, 9}, "I11": {5, 6},
		}[v.Code]
		if v.Numerator != want[0] || v.Denominator != want[1] || (v.Ratio == nil) != v.SmallSample || v.SmallSample != (v.Denominator < 5) {
			t.Errorf("%s: %+v, want %v", v.Code, v, want)
		}
	}
	if *r.Items[11].Ratio != 0.8 {
		t.Errorf("I33 is %v", *r.Items[11].Ratio)
	}
	// Satisfaction says little without how many gave their word.
	for _, v := range r.Items {
		if (v.Response != nil) != (v.Code == "I11") || v.Response != nil && *v.Response != 0.75 {
			t.Errorf("%s has response %v", v.Code, v.Response)
		}
		if v.Target.Percent != nil && *v.Target.Percent == 100 && v.Code >= "I09" && v.Code <= "I11" {
			t.Errorf("%s aims at everything", v.Code)
		}
	}
}

func TestReport_Village(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	db.Clock.Set(day("2026-09-20"))
	svc := service(t, db, clock{duties: []duty.Duty{
		{ItemCode: "D02", DueOn: day("2026-08-10"), State: duty.Done},
		{ItemCode: "D02", DueOn: day("2026-07-10"), State: duty.DoneLate},
		{ItemCode: "F01", DueOn: day("2026-09-01"), State: duty.Overdue},
		{ItemCode: "F01", DueOn: day("2026-09-02"), State: duty.NotApplicable},
		{ItemCode: "F01", DueOn: day("2026-09-03"), State: duty.Extended},
		{ItemCode: "F01", DueOn: day("2026-09-25"), State: duty.Done}, // not due yet
		{ItemCode: "F01", DueOn: day("2026-05-25"), State: duty.Done}, // another quarter
	}})
	r, err := svc.Report(t.Context(), yanjing, "2026Q3")
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Items[0]; v.Numerator != 1 || v.Denominator != 3 || v.Ratio != nil || !v.SmallSample {
		t.Errorf("I01: %+v", v)
	}
	if v := r.Items[7]; v.Numerator != 1 || v.Denominator != 2 {
		t.Errorf("I08: %+v", v)
	}
	if r, err := svc.Report(t.Context(), yanjing+"01", "2026"); err != nil || r.Items[0].Denominator != 0 {
		t.Errorf("a group: %+v %v", r.Items[0], err)
	}
}

func TestReport_Refuses(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	svc := service(t, db, clock{away: region.ErrCode})
	for _, c := range []struct {
		place  region.Code
		period string
		want   error
	}{
		{"x", "", region.ErrCode},
		{"5108", "下季度", indicator.ErrPeriod},
		{"510899", "", region.ErrNotFound},
		{"5108", "", region.ErrCode},
		{yanjing, "", region.ErrCode},
	} {
		if _, err := svc.Report(t.Context(), c.place, c.period); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
