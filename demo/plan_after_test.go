package demo

import (
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/screening"
)

// TestPlan_RulingsAreInTime: on any day of first start, what is decided lies
// between the day from which duties count and that day, says why in words that
// may be published, names a period that fits its item, and nothing that does
// not apply is posted.
func TestPlan_RulingsAreInTime(t *testing.T) {
	t.Parallel()
	b := openBook(t)
	rapid.Check(t, func(t *rapid.T) {
		now := date(2026, 1, 1).AddDate(0, 0, rapid.IntRange(0, 1500).Draw(t, "days")).Add(5 * time.Hour)
		v := rapid.SampledFrom(villages()).Draw(t, "village")
		posted, rulings := planAll(rapid.Uint64().Draw(t, "seed"), now, v)
		s := spanUntil(now)
		for _, r := range rulings {
			if r.at.Before(owedFrom) || !r.at.Before(s.today) || r.at.Before(s.begin()) {
				t.Fatalf("%+v", r)
			}
			item, known := b.edition.Item(r.item)
			if !known {
				t.Fatalf("no item %s", r.item)
			}
			if r.kind == demand {
				continue
			}
			var err error
			end, fits := disclosure.PeriodEnd(item.Frequency, r.period)
			if r.kind == recordEvent && item.Frequency == disclosure.Standing {
				end, err = time.ParseInLocation(time.DateOnly, r.period, calendar.China)
				fits = err == nil
			}
			most := 200
			if r.kind == recordEvent {
				most = 60
				if !ahead[r.item] && r.at.Before(end) {
					t.Fatalf("%s %s is recorded at %s, before it happened", r.item, r.period, r.at)
				}
			} else if item.Frequency != disclosure.AtOnce && r.at.Before(end) {
				t.Fatalf("%s %s is decided at %s", r.item, r.period, r.at)
			}
			if n := utf8.RuneCountInString(r.text); !fits || n < 2 || n > most {
				t.Fatalf("%s %s: %q", r.item, r.period, r.text)
			}
			if found := b.screen.Check(string(v.code), screening.Part{Text: r.text}); len(found) > 0 {
				t.Fatalf("%q: %s", r.text, found[0].Message())
			}
			if r.kind == exempt && slices.ContainsFunc(posted, func(x posting) bool { return x.item == r.item && x.period == r.period }) {
				t.Fatalf("%s %s does not apply and is posted", r.item, r.period)
			}
		}
	})
}

// TestPlan_QuestionsAreInTime: a question is asked after the publication, of a
// line that is there, and what is said of it comes in order and before the day
// of the first start.
func TestPlan_QuestionsAreInTime(t *testing.T) {
	t.Parallel()
	b := openBook(t)
	rapid.Check(t, func(t *rapid.T) {
		now := date(2026, 1, 1).AddDate(0, 0, rapid.IntRange(0, 1500).Draw(t, "days")).Add(5 * time.Hour)
		v := villages()[rapid.IntRange(0, 3).Draw(t, "village")]
		asked, reports := 0, 0
		for _, x := range plan(rapid.Uint64().Draw(t, "seed"), now, v) {
			if x.report && x.item == "K06" {
				reports++
			}
			for _, q := range x.questions {
				asked++
				if x.last().action != actPublish || !q.at.After(x.last().at) || q.line >= len(x.paper.Lines) {
					t.Fatalf("%s %s: %+v", x.item, x.period, q)
				}
				at := q.at
				texts := []screening.Part{{Text: q.text}}
				for i, w := range q.words {
					joined := q.at.Add(time.Duration(len(q.joined)) * joinEvery)
					if !w.at.After(at) || !w.at.Before(spanUntil(now).today) || w.action == "settle" && !w.at.After(joined) {
						t.Fatalf("%s %s: %s at %s", x.item, x.period, w.action, w.at)
					}
					if (w.action == "decide") != (i > 0 && slices.Contains([]string{waited, "not_satisfied"}, q.words[i-1].action)) {
						t.Fatalf("%s %s: %s does not follow", x.item, x.period, w.action)
					}
					at = w.at
					texts = append(texts, screening.Part{Text: w.text})
				}
				if found := b.screen.Check(string(v.code), texts...); len(found) > 0 {
					t.Fatalf("%q: %s", q.text, found[0].Message())
				}
			}
		}
		if asked == 0 || v.code == Village && reports != 1 {
			t.Fatalf("%d questions, %d reports", asked, reports)
		}
	})
}
