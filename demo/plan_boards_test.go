package demo

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/config/rules"
	"cunwu/service/covenant"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// numberedVersions gives the clauses of each version as the archive will number them.
func numberedVersions(c custom) [][]covenant.Clause {
	var out [][]covenant.Clause
	var now []covenant.Clause
	codes := 0
	for _, e := range c.versions {
		if e.rewrite == nil {
			continue
		}
		now = slices.Clone(e.rewrite(slices.Clone(now)))
		for i := range now {
			if now[i].Code == "" {
				codes++
				now[i].Code = fmt.Sprintf("c%02d", codes)
			}
		}
		out = append(out, now)
	}
	return out
}

// TestPlan_CovenantsAreLawful: no clause says what the lint refuses, all may be
// published, topics are of the directory, and a second version changes, adds and
// gives up clauses.
func TestPlan_CovenantsAreLawful(t *testing.T) {
	t.Parallel()
	b := openBook(t)
	book, err := covenant.LoadRules(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range customs() {
		versions := numberedVersions(c)
		for n, v := range versions {
			for _, clause := range v {
				texts := []string{clause.Text}
				for _, m := range clause.Measures {
					texts = append(texts, m.Text)
				}
				for _, text := range texts {
					for _, f := range book.Check(text) {
						t.Errorf("%s %d: %s", c.village, n+1, f.Message())
					}
					if found := b.screen.Check(string(c.village), screening.Part{Text: text}); len(found) > 0 {
						t.Errorf("%q: %s", text, found[0].Message())
					}
				}
				if _, ok := book.Topic(clause.Topic); !ok {
					t.Errorf("%s: no topic %s", clause.Code, clause.Topic)
				}
			}
		}
		if c.kind == covenant.Charter {
			continue
		}
		has := func(v []covenant.Clause, x covenant.Clause) (same, code bool) {
			for _, o := range v {
				code, same = code || o.Code == x.Code, same || o.Code == x.Code && o.Text == x.Text
			}
			return same, code
		}
		changed, gone, added := 0, 0, 0
		for _, x := range versions[0] {
			same, code := has(versions[1], x)
			changed, gone = changed+one(code && !same), gone+one(!code)
		}
		for _, x := range versions[1] {
			_, code := has(versions[0], x)
			added += one(!code)
		}
		if changed < 2 || gone < 1 || added < 2 || len(versions[0]) < 12 {
			t.Errorf("%s: %d changed, %d gone, %d added", c.village, changed, gone, added)
		}
	}
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// TestPlan_NothingBeforeTheRules: on any day of first start, whoever is nominated
// or reported was so after the village's rules were made known, under a clause
// that they name and that is in force; nobody speaks of themselves; all lies
// within the time of the sample.
func TestPlan_NothingBeforeTheRules(t *testing.T) {
	t.Parallel()
	told := announcements()
	at := func(village region.Code, ago int) (announcing, bool) {
		var out announcing
		for _, a := range told {
			if a.village == village && a.ago > ago && (out.ago == 0 || a.ago < out.ago) {
				out = a
			}
		}
		return out, out.ago > 0
	}
	for _, a := range told {
		for _, c := range customs() {
			if c.village != a.village || c.kind != covenant.Covenant {
				continue
			}
			if !slices.ContainsFunc(c.versions, func(e edition) bool { return e.force > a.ago }) {
				t.Errorf("%s: rules are told %d days ago, before there is a covenant", a.village, a.ago)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := spanUntil(date(2026, 1, 1).AddDate(0, 0, rapid.IntRange(0, 1500).Draw(t, "days")).Add(5 * time.Hour))
		villagers := largeCounts.adults - len(offices) - largeCounts.representatives - largeCounts.council - largeCounts.party
		entry := func(village region.Code, ago, who, by int, clause string, list func(announcing) []string) {
			a, ok := at(village, ago)
			if !ok || !slices.Contains(list(a), clause) {
				t.Fatalf("%s, %d days ago: %s was not made known", village, ago, clause)
			}
			if who < 1 || who > villagers || by < 1 || by > villagers || who == by {
				t.Fatalf("%s: %d of %d", village, by, who)
			}
			if s.on(ago, 0, 0).Before(s.begin()) {
				t.Fatalf("%s: %d days ago is too long", village, ago)
			}
		}
		for _, m := range merits() {
			by := m.by
			if by == m.who {
				by++
			}
			entry(m.village, m.listed+daysNominated, m.who, by, m.clause, func(a announcing) []string { return a.good })
		}
		for _, l := range s.lapses() {
			entry(l.village, l.notice+daysReported, l.who, l.by, l.clause, func(a announcing) []string { return a.bad })
		}
	})
}

// TestPlan_EnoughOnTheLists: as many as promised, in four quarters.
func TestPlan_EnoughOnTheLists(t *testing.T) {
	t.Parallel()
	listed, here := 0, 0
	for _, m := range merits() {
		if m.end == "" {
			listed++
			here += one(m.village == Village)
		}
	}
	if n := len(spanUntil(date(2026, 9, 18)).lapses()); listed < 39 || here < 8 || n < 8 {
		t.Errorf("%d listed, %d of them in the first village, %d black", listed, here, n)
	}
}
