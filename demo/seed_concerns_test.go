package demo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/config/rules"
	"cunwu/demo"
	"cunwu/repository"
	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/moderation"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// reviewer stands in for WeChat's checks as the demo has them: the verdict on a
// file arrives within the request that asks for it.
type reviewer struct {
	mu    sync.Mutex
	asked int
	push  func(ctx context.Context, message []byte) error
}

func (r *reviewer) CheckText(_ context.Context, _, text string) (moderation.Verdict, error) {
	suggest, label := demo.Judge(text)
	return moderation.Verdict{Suggest: suggest, Label: label}, nil
}

func (r *reviewer) CheckMedia(ctx context.Context, _, url string, _ bool) (string, error) {
	r.mu.Lock()
	r.asked++
	trace := fmt.Sprintf("trace-%d", r.asked)
	r.mu.Unlock()
	suggest, label := demo.Judge(url)
	message, err := json.Marshal(map[string]any{
		"Event": moderation.MediaEvent, "appid": "wx-demo", "trace_id": trace, "version": 2,
		"result": map[string]any{"suggest": suggest, "label": label},
	})
	if err != nil {
		return "", err
	}
	return trace, r.push(ctx, message)
}

// concernChecks are the checks in the terms of concerns, as the server ties them.
type concernChecks struct{ *moderation.Service }

var errForeign = errors.New("a transaction of another archive")

func (c concernChecks) Begin(ctx context.Context, tx concern.Tx, by account.Caller, s moderation.Subject, text moderation.State, media []string) error {
	t, ok := tx.(moderation.Tx)
	if !ok {
		return errForeign
	}
	return c.Service.Begin(ctx, t, by, s, text, media)
}

func (c concernChecks) Decided(ctx context.Context, tx concern.Tx, s moderation.Subject, hidden bool, violation, reason, office string) error {
	t, ok := tx.(moderation.Tx)
	if !ok {
		return errForeign
	}
	e := moderation.Entry{Subject: s, Act: moderation.Show, Violation: violation, Reason: reason, Office: office}
	if hidden {
		e.Act = moderation.Hide
	}
	return c.Log(ctx, t, e)
}

func (w *world) addConcerns(t *testing.T, places *region.Service, screen *screening.Screen, holidays *calendar.Holidays, sealer *repository.Sealer) {
	t.Helper()
	r := &reviewer{}
	w.Procedures = w.procedures
	w.Moderation = moderation.New(w.db.Moderation(), moderation.Options{
		Rules: must[*moderation.Rules](t)(moderation.LoadRules(rules.FS)), Powers: w.Accounts, Places: places, Clock: w.clock,
		Kinds: map[string]moderation.Kind{
			concern.SubjectKind:   {Name: "说事", Power: concern.PowerModerate},
			concern.UpdateSubject: {Name: "说事的进展", Power: concern.PowerModerate},
		},
		Checker: r, Addresses: w.Accounts, AppID: "wx-demo", Files: w.Media, Site: "http://demo.invalid",
		Sign: func(text string) []byte { return sealer.MAC("link", text) }, Screening: screen,
	})
	r.push = w.Moderation.Answered
	w.Concerns = concern.New(w.db.Concerns(), concern.Options{
		Procedures: w.procedures, Places: places, Powers: w.Accounts, Media: w.Media, Rolls: w.Accounts,
		Rules: must[*concern.Rules](t)(concern.LoadRules(rules.FS)), Screening: screen, Sealer: sealer, Holidays: holidays,
		Clock: w.clock, Checks: concernChecks{w.Moderation}, MaskedNames: w.Accounts.DisplayNames, Postings: w.Disclosures,
	})
}

// concerns reads a list to its end.
func (w world) concerns(t *testing.T, by account.Caller, q concern.Query) []concern.Concern {
	t.Helper()
	q.Limit = 50
	var out []concern.Concern
	for {
		page, err := w.Concerns.Concerns(t.Context(), by, q)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page.Items...)
		if page.Next == "" {
			return out
		}
		q.Cursor = page.Next
	}
}

// handlersSee gives all concerns of the sample that offices read, by id: every
// list of a village by its clerk, and what is sealed by the county's officer.
func (w world) handlersSee(t *testing.T) map[string]concern.Concern {
	t.Helper()
	out := map[string]concern.Concern{}
	for _, c := range demo.Codes() {
		q := concern.Query{Region: c.Region}
		switch c.Role {
		case account.Clerk:
		case account.Discipline:
			q.Sealed = true
		default:
			continue
		}
		for _, x := range w.concerns(t, w.signIn(t, c.Code), q) {
			out[x.ID] = x
		}
	}
	return out
}

// testConcerns: all states and kinds are there, and strangers see most of them.
func testConcerns(t *testing.T, w world) {
	all := w.handlersSee(t)
	states, see, channels := map[concern.State]int{}, map[concern.Visibility]int{}, map[concern.Channel]int{}
	ratings, categories, reviews := map[concern.Rating]int{}, map[string]int{}, map[concern.Review]int{}
	escalated, reopened, overdue, joined := 0, 0, 0, 0
	for _, c := range all {
		states[c.State]++
		see[c.Visibility]++
		channels[c.Channel]++
		ratings[c.Rating]++
		categories[c.Category]++
		if c.Visibility == concern.Public {
			reviews[c.Review]++
		}
		escalated += one(c.Escalated)
		reopened += one(c.Reopened)
		overdue += one(c.Overdue)
		joined += c.Joined
		if c.Solved != (c.State == concern.Settled) {
			t.Errorf("%s is %s and solved %v", c.Title, c.State, c.Solved)
		}
	}
	t.Logf("%d: %v %v %v %v %v; %d escalated, %d reopened, %d overdue, %d the same; %v", len(all), states, see, channels, ratings, reviews, escalated, reopened, overdue, joined, categories)
	for _, s := range []concern.State{
		concern.Raised, concern.Registered, concern.AtTownship, concern.AtCounty, concern.InProgress, concern.Waiting, concern.Elsewhere, concern.Done,
		concern.Settled, concern.Unrated, concern.Unsatisfied, concern.Unable, concern.NotOurs, concern.Merged, concern.Withdrawn,
	} {
		if states[s] == 0 {
			t.Errorf("none is %s: %v", s, states)
		}
	}
	for _, n := range []int{
		see[concern.Private], see[concern.Sealed], channels[concern.ByApp], channels[concern.InPerson], channels[concern.ByPhone], channels[concern.OnTalkDay],
		ratings[concern.Satisfied], ratings[concern.Basic], ratings[concern.Dissatisfied], reviews[concern.Hidden], reviews[concern.Manual],
	} {
		if n == 0 {
			t.Errorf("a kind is missing: %v %v %v %v", see, channels, ratings, reviews)
		}
	}
	if len(all) < 80 || len(categories) < 15 || states[concern.Merged] < 3 || escalated < 4 || reopened < 4 || overdue < 3 || joined < 80 || reviews[concern.Pending] > 0 {
		t.Errorf("%d concerns of %d categories", len(all), len(categories))
	}
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// testConcernsHidden: what strangers see holds nothing of who said it.
func testConcernsHidden(t *testing.T, w world) {
	public := w.concerns(t, account.Caller{}, concern.Query{Region: demo.City})
	states, places, both := map[concern.State]int{}, map[region.Code]int{}, 0
	for _, c := range public {
		whole, err := w.Concerns.Concern(t.Context(), account.Caller{}, c.ID)
		if err != nil {
			t.Fatalf("%s: %v", c.Title, err)
		}
		for _, x := range []concern.Concern{c, whole} {
			if x.RaiserName != "" || x.ForWhom != "" || x.Contact != "" || x.WhyHidden != "" || x.Mine || x.Visibility != concern.Public && x.Visibility != concern.Named {
				t.Errorf("%s tells who said it: %+v", x.Title, x)
			}
			text, err := json.Marshal(x)
			if err != nil || strings.Contains(string(text), "16001230067") || strings.Contains(string(text), "1600999") || strings.Contains(string(text), "何远成") {
				t.Errorf("%s tells a number or a name: %v", x.Title, err)
			}
		}
		states[c.State]++
		places[c.Region]++
		before, after := 0, 0
		for _, p := range whole.Photos {
			before, after = before+one(!p.After), after+one(p.After)
		}
		for _, u := range whole.Updates {
			for _, p := range u.Photos {
				after += one(p.After)
			}
		}
		both += one(c.Solved && before > 0 && after > 0)
	}
	t.Logf("%d public: %v in %v, %d before and after", len(public), states, places, both)
	if len(public) < 50 || len(states) < 6 || len(places) != 10 || places[shown] < 25 || both < 8 {
		t.Errorf("%d public in %d states and %d villages", len(public), len(states), len(places))
	}
	for id, c := range w.handlersSee(t) {
		if (c.Visibility == concern.Public || c.Visibility == concern.Named) && c.Review == concern.Passed && c.State != concern.Withdrawn {
			continue
		}
		if _, err := w.Concerns.Concern(t.Context(), w.signIn(t, "demo-villager-510802200209-8"), id); !errors.Is(err, concern.ErrNotFound) {
			t.Errorf("%s (%s, %s) is shown: %v", c.Title, c.Visibility, c.Review, err)
		}
	}
}

// testConcernThread: from a concern one gets to its consultation.
func testConcernThread(t *testing.T, w world) {
	linked := 0
	for _, c := range w.concerns(t, account.Caller{}, concern.Query{Region: demo.City}) {
		for _, l := range c.Links {
			if l.Kind != "consultation" {
				continue
			}
			got, err := w.Consultations.Consultation(t.Context(), account.Caller{}, l.ID)
			if err != nil || got.Region != c.Region {
				t.Errorf("%s leads to %q: %v", c.Title, l.ID, err)
			}
			linked++
		}
	}
	if linked < 2 {
		t.Errorf("%d lead to a consultation", linked)
	}
}

// testTalkDays: one was held, one is to come with its agenda.
func testTalkDays(t *testing.T, w world) {
	days, err := w.Concerns.TalkDays(t.Context(), account.Caller{}, shown)
	if err != nil {
		t.Fatal(err)
	}
	held, coming := 0, 0
	for _, d := range days {
		held += one(d.Minutes != "" && d.Raised > 0)
		coming += one(!d.Planned && d.Minutes == "" && d.Agenda != "" && len(d.Concerns) >= 5)
	}
	if held != 1 || coming != 1 {
		t.Errorf("%d held, %d to come: %+v", held, coming, days)
	}
}

// TestConcerns_AnyDay: the plan holds together around long holidays and at the
// turn of months, when deadlines end on other days.
func TestConcerns_AnyDay(t *testing.T) {
	t.Parallel()
	for _, day := range []time.Time{
		time.Date(2026, 2, 26, 9, 0, 0, 0, calendar.China), time.Date(2026, 10, 10, 9, 0, 0, 0, calendar.China),
	} {
		t.Run(day.Format(time.DateOnly), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := demo.SeedConcerns(t.Context(), w.Services, demo.Options{Seed: 1, Now: day}); err != nil {
				t.Fatal(err)
			}
			testConcerns(t, w)
			testConcernsHidden(t, w)
			testTalkDays(t, w)
		})
	}
}
