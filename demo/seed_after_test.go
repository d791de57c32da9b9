package demo_test

import (
	"strings"
	"testing"

	"cunwu/service/account"
	"cunwu/service/board"
	"cunwu/service/disclosure"
	"cunwu/service/duty"
	"cunwu/service/question"
	"cunwu/service/region"
)

// shown is the village to look at first.
const shown = region.Code("510821102200")

// testDuties: the village to look at first has duties in every state, most of
// them done, and each decision says why.
func testDuties(t *testing.T, w world) {
	page, err := w.Duties.Duties(t.Context(), duty.Query{Region: shown, Limit: duty.MostDuties})
	if err != nil || page.Next != 0 {
		t.Fatalf("%d, %v", page.Next, err)
	}
	states, events := map[duty.State]int{}, map[duty.State]int{}
	over, done := 0, 0
	for _, d := range page.Items {
		states[d.State]++
		if d.Event != nil {
			events[d.State]++
		} else if d.State != duty.Upcoming && d.State != duty.NotApplicable {
			over++
		}
		if d.Event == nil && (d.State == duty.Done || d.State == duty.DoneLate) && d.DueOn.Before(today) {
			done++
		}
		if d.State == duty.Extended && d.Exception.Reason == "" || d.State == duty.NotApplicable && d.Exception.DecidedBy == "" {
			t.Errorf("%s %s says not why: %+v", d.ItemCode, d.Period, d.Exception)
		}
	}
	t.Logf("%v, of events %v", states, events)
	for _, s := range duty.States {
		if states[s] == 0 {
			t.Errorf("nothing is %s: %v", s, states)
		}
	}
	if done*100 < over*75 || done == over {
		t.Errorf("%d of %d are done", done, over)
	}
	for _, s := range []duty.State{duty.Due, duty.Overdue, duty.VeryOverdue, duty.Extended, duty.Done} {
		if events[s] == 0 {
			t.Errorf("no event is %s: %v", s, events)
		}
	}
}

// testQuestions: asked, joined, answered, escalated, settled and late, and
// nobody but those who must answer reads who asked.
func testQuestions(t *testing.T, w world) {
	states, joined, late, objections := map[question.State]int{}, 0, 0, 0
	q := question.Query{Region: shown, Limit: 50}
	for {
		page, err := w.Questions.In(t.Context(), account.Caller{}, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range page.Items {
			states[x.State]++
			joined += x.Joined
			if x.Overdue {
				late++
			}
			if x.Kind == question.Objected {
				objections++
			}
			if x.Asker != "" {
				t.Errorf("a stranger reads who asked %q", x.Text)
			}
		}
		if q.Before = page.Next; page.Next == 0 {
			break
		}
	}
	t.Logf("%v, %d joined", states, joined)
	for _, s := range []question.State{question.Open, question.Answered, question.Escalated, question.Settled} {
		if states[s] == 0 {
			t.Errorf("no question is %s: %v", s, states)
		}
	}
	if joined < 10 || late != 1 || objections != 1 {
		t.Errorf("%d joined, %d late, %d objections", joined, late, objections)
	}
	reports := 0
	for _, x := range w.feed(t, account.Caller{}, disclosure.FeedQuery{Region: shown}) {
		if x.ItemCode == "K06" && strings.HasPrefix(x.Title, "询问质疑与答复（截至") {
			reports++
		}
	}
	if reports != 1 {
		t.Errorf("%d reports were made from the records", reports)
	}
}

// testTold: a household reads what concerns it, officers have read all but the
// last weeks' messages.
func testTold(t *testing.T, w world) {
	villager := w.signIn(t, "demo-villager-510821102200-1")
	page, err := w.Disclosures.MyHousehold(t.Context(), villager, 0, 50)
	if err != nil || len(page.Items) < 2 {
		t.Errorf("%d entries, %v", len(page.Items), err)
	}
	follows, err := w.Inbox.Follows(t.Context(), villager)
	if err != nil || len(follows) < 2 {
		t.Errorf("%d followed, %v", len(follows), err)
	}
	if n, err := w.Inbox.Unread(t.Context(), villager); err != nil || n == 0 {
		t.Errorf("%d unread, %v", n, err)
	}
	for _, code := range []string{"demo-clerk-510821102200", "demo-supervisor-510821102200", "demo-township-510821102"} {
		page, err := w.Inbox.Messages(t.Context(), w.signIn(t, code), true, 0, 50)
		if err != nil || len(page.Items) > 20 {
			t.Errorf("%s has %d unread, %v", code, len(page.Items), err)
		}
		for _, m := range page.Items {
			if m.At.Before(today.AddDate(0, 0, -21)) {
				t.Errorf("%s has not read since %s: %s", code, m.At, m.Title)
			}
		}
	}
}

// testBoard: photos of the board wait, were confirmed and refused, and one line
// of the accounts shows its voucher.
func testBoard(t *testing.T, w world) {
	clerk := w.signIn(t, "demo-clerk-510821102200")
	states, public, vouchers, balances := map[board.State]int{}, 0, 0, 0
	for _, x := range w.feed(t, account.Caller{}, disclosure.FeedQuery{Region: shown}) {
		photos, err := w.Boards.Photos(t.Context(), clerk, x.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range photos {
			states[p.State]++
		}
		seen, err := w.Boards.Photos(t.Context(), account.Caller{}, x.ID)
		if err != nil {
			t.Fatal(err)
		}
		public += len(seen)
		p, err := w.Disclosures.Posting(t.Context(), account.Caller{}, x.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range p.Content.Lines {
			if l.Image != "" {
				vouchers++
			}
		}
		if x.ItemCode == "D02" && p.Content.OpeningFen != nil {
			balances++
		}
	}
	if states[board.Posted] != 1 || states[board.Refused] != 1 || states[board.Confirmed] != 2 || public != 2 {
		t.Errorf("photos %v, %d shown", states, public)
	}
	if vouchers != 1 || balances < 24 {
		t.Errorf("%d lines with a voucher, %d months with balances", vouchers, balances)
	}
}
