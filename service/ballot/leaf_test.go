package ballot_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/ballot"
	"cunwu/service/record"
)

// What the site says of each opening and result is the digest of the entry as it
// stands in the record, in its order.
func TestDigestLines(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		v := newVillage(t, db, 12)
		first, second := v.opened(), v.opened()
		for i := range 8 {
			if _, err := v.cast(i, first.ID, yes()); err != nil {
				t.Fatal(err)
			}
		}
		v.finish(first)
		var ids []string
		last := int64(-1)
		for line, err := range v.svc.DigestLines(t.Context(), -1) {
			if err != nil {
				t.Fatal(err)
			}
			leaves, err := db.Records().Leaves(t.Context(), line.Index, 1)
			if err != nil || len(leaves) != 1 || ballot.Digest(leaves[0]) != line.Digest || line.Index <= last || line.Version != 1 {
				t.Errorf("line %v after %d: %v", line, last, err)
			}
			ids, last = append(ids, line.ID), line.Index
		}
		if !slices.Equal(ids, []string{first.ID, second.ID, first.ID}) {
			t.Errorf("lines of %v", ids)
		}
		for line, err := range v.svc.DigestLines(t.Context(), last-1) {
			if err != nil || line.Index != last {
				t.Errorf("after %d: %v", last-1, line)
			}
		}
	})
}

// A stranger's count by pattern is the count of all marks, and what the
// definition does not allow is told.
func TestRecount_IsCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := ballot.Definition{
			Kind: rapid.SampledFrom([]ballot.Kind{ballot.YesNo, ballot.ChooseFew, ballot.Score}).Draw(t, "kind"), MaxChoices: 2,
			Quorum: ballot.Share{Num: 1, Den: 2, Of: ballot.OfRoll, Strict: true}, Pass: ballot.Share{Num: 1, Den: 2, Of: ballot.OfPresent, Strict: true},
		}
		for _, id := range []string{ballot.Yes, ballot.No, ballot.Abstain} {
			d.Options = append(d.Options, ballot.Option{ID: id, Label: id})
		}
		var marks []ballot.Mark
		patterns, wrong := map[string]int{}, map[string]bool{}
		for range rapid.IntRange(0, 40).Draw(t, "casts") {
			m := ballot.Mark{}
			if d.Kind == ballot.Score {
				m.Scores = map[string]int{}
				for _, o := range d.Options[:rapid.IntRange(2, 3).Draw(t, "scored")] {
					m.Scores[o.ID] = rapid.IntRange(0, 5).Draw(t, "score")
				}
			} else {
				m.Choices = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"yes", "no", "abstain", "other"}), 1, 3, rapid.ID[string]).Draw(t, "choices")
			}
			marks = append(marks, m)
			patterns[m.Pattern()]++
			if !d.Valid(m) {
				wrong[m.Pattern()] = true
			}
		}
		want := ballot.Count(d, 50, len(marks), marks)
		got, told := ballot.Recount(d, 50, len(marks), patterns)
		a, err1 := record.Canonical(ballot.Tally{Result: want}.Facts())
		b, err2 := record.Canonical(ballot.Tally{Result: got}.Facts())
		if err1 != nil || err2 != nil || string(a) != string(b) || len(told) != len(wrong) {
			t.Fatalf("%s, recounted %s; told %v of %v", a, b, told, wrong)
		}
	})
}

// Keys that are no mark never become one.
func TestMarkOf(t *testing.T) {
	t.Parallel()
	d := ballot.Definition{Kind: ballot.Score, Options: []ballot.Option{{ID: "a"}, {ID: "b"}}}
	for keys, ok := range map[string]bool{"a:1,b:5": true, "a:1": false, "a:1,a:2": false, "a,b": false, "a:x,b:1": false, "a:6,b:1": false, "": false} {
		if got := d.Valid(d.MarkOf(ballot.KeysOfPattern(keys))); got != ok {
			t.Errorf("%q: %v", keys, got)
		}
	}
	if got := fmt.Sprint(ballot.Share{Num: 2, Den: 3, Of: ballot.OfRoll}.Said("户"), ballot.Share{}.Said("人")); got != "达到名册户数的三分之二" {
		t.Error(got)
	}
}

// The columns of exports are written down for everybody, each with its meaning.
func TestColumns_Documented(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/open-data.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range slices.Concat(ballot.Columns, ballot.SealedColumns) {
		if line := "| `" + c.ID + "` | " + c.Head + " | " + c.Note + " |"; !strings.Contains(string(raw), line) {
			t.Errorf("docs/open-data.md lacks %q", line)
		}
	}
}
