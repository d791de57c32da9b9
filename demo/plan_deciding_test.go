package demo

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"cunwu/config/rules"
	"cunwu/service/account"
	"cunwu/service/consultation"
	view "cunwu/service/consultation/opinion"
	"cunwu/service/screening"
)

// seederOn gives a seeder that only plans.
func seederOn(t *testing.T, seed uint64, day string) *seeder {
	t.Helper()
	now := startOn(t, day)
	return &seeder{o: Options{Seed: seed, Now: now}, plan: spanUntil(now), callers: map[string]account.Caller{}, signedIn: map[string]bool{}}
}

// On any day of first start each consultation goes its way in order, is announced
// early enough, and says nothing that must not be published.
func TestMatters_InOrder(t *testing.T) {
	t.Parallel()
	b := openBook(t)
	directory, err := consultation.LoadDirectory(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	for d := range 7 {
		x := seederOn(t, 1, startOn(t, "2026-09-18").AddDate(0, 0, d).Format(time.DateOnly))
		for _, m := range x.plan.matters() {
			last := x.plan.on(m.ago, 9, 20)
			texts := []string{m.topic.Title, m.topic.Question, m.topic.Why, m.topic.Liaison}
			for i, turn := range m.turns {
				at := turn.at(x.plan, i)
				if !at.After(last) || !at.Before(x.plan.today) {
					t.Errorf("%s: %s at %s, after %s", m.topic.Title, turn.Action, at, last)
				}
				last = at
				if on := turn.Fields["session_on"]; on != "" && iso(at.AddDate(0, 0, directory.Notice.Days)) > on {
					t.Errorf("%s is announced %s for %s", m.topic.Title, iso(at), on)
				}
				for _, text := range turn.Fields {
					texts = append(texts, text)
				}
			}
			for i, r := range m.talk.said {
				if n := utf8.RuneCountInString(r.text); n > directory.Online.StatementChars || len(r.stance) != len(m.talk.camps) || slices.ContainsFunc(m.talk.said[:i], func(o remark) bool { return o.text == r.text }) {
					t.Errorf("%s: %d characters, %q", r.text, n, r.stance)
				}
				texts = append(texts, r.text)
			}
			for _, text := range texts {
				if found := b.screen.Check(string(m.village), screening.Part{Text: text}); len(found) > 0 || strings.Contains(text, "%!") {
					t.Errorf("%q: %v", text, found)
				}
			}
			if _, known := directory.Item(m.topic.Item); !known {
				t.Errorf("%s: no item %q", m.topic.Title, m.topic.Item)
			}
		}
	}
}

// Whatever the seed, enough people take part in the large consultation for its
// groups to be shown, and they think in two or three ways.
func TestMatters_Part(t *testing.T) {
	t.Parallel()
	seeds := map[int]int{}
	for _, seed := range []uint64{1, 2, 3, 4, 5, 6, 7, 8, 20260101} {
		x := seederOn(t, seed, "2026-09-18")
		m := x.plan.oldSchool()
		_, _, votes := x.views(m)
		rows := make([][]view.Vote, len(votes))
		for i, mine := range votes {
			rows[i] = make([]view.Vote, len(m.talk.said))
			for s, v := range mine {
				rows[i][s] = v
			}
		}
		r := view.Find(rows, view.Limits{Least: 5, Most: 5, Common: 60})
		seeds[len(r.Groups)]++
		if len(rows) < 44 || len(r.Groups) < 2 || len(r.Groups) > 4 || len(r.Common) == 0 {
			t.Errorf("seed %d: %d people, %d groups, %d in common", seed, len(rows), len(r.Groups), len(r.Common))
		}
	}
	t.Log(seeds)
}

// The figures that the supervisory committee names are those of the ballots.
func TestPolls_SayWhatTheyAre(t *testing.T) {
	t.Parallel()
	x := seederOn(t, 1, "2026-09-18")
	all := polls()
	for _, m := range x.plan.matters() {
		if m.poll != nil {
			all = append(all, m.poll)
		}
	}
	for _, p := range all {
		got := x.polled(p)
		total := 0
		for _, n := range p.weights {
			total += n
		}
		if p.closes >= 0 && (total != len(got.roll) || !strings.Contains(p.opinion, fmt.Sprint(len(got.roll)))) {
			t.Errorf("%s: %d vote, %d votes are planned: %s", p.question, len(got.roll), total, p.opinion)
		}
		if p.closes < 0 && len(got.roll) != 26 {
			t.Errorf("%s: %d have voted", p.question, len(got.roll))
		}
	}
}
