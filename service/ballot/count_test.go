package ballot_test

import (
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"cunwu/service/ballot"
)

func half() ballot.Share { return ballot.Share{Num: 1, Den: 2, Of: ballot.OfPresent, Strict: true} }
func twoThirds() ballot.Share {
	return ballot.Share{Num: 2, Den: 3, Of: ballot.OfRoll}
}

func yesNo() ballot.Definition {
	return ballot.Definition{
		Kind: ballot.YesNo, Electorate: ballot.Residents, Quorum: twoThirds(), Pass: half(),
		Options: []ballot.Option{{ballot.Yes, "赞成"}, {ballot.No, "反对"}, {ballot.Abstain, "弃权"}},
	}
}

func marks(n map[string]int) []ballot.Mark {
	var out []ballot.Mark
	for id, k := range n {
		for range k {
			out = append(out, ballot.Mark{Choices: []string{id}})
		}
	}
	return out
}

func TestCount_Words(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*ballot.Definition)
		roll   int
		votes  map[string]int
		passed bool
		want   string
	}{
		"passes": {
			nil, 312,
			map[string]int{"yes": 150, "no": 40, "abstain": 18},
			true,
			"应到 312 人，实到 208 人，满足三分之二以上；赞成 150，反对 40，弃权 18；赞成超过到会人员半数，通过。",
		},
		"one short of the quorum": {
			nil, 312,
			map[string]int{"yes": 207},
			false,
			"应到 312 人，实到 207 人，不足三分之二以上；人数不够，表决无效。",
		},
		"exactly half is not more than half": {
			nil, 200,
			map[string]int{"yes": 100, "no": 60, "abstain": 40},
			false,
			"应到 200 人，实到 200 人，满足三分之二以上；赞成 100，反对 60，弃权 40；赞成没有超过到会人员半数，不通过。",
		},
		"abstention is present": {
			nil, 9,
			map[string]int{"yes": 4, "abstain": 5},
			false,
			"应到 9 人，实到 9 人，满足三分之二以上；赞成 4，反对 0，弃权 5；赞成没有超过到会人员半数，不通过。",
		},
		"two thirds of all members": {
			func(d *ballot.Definition) { d.Pass = twoThirds(); d.Electorate = ballot.Households }, 30,
			map[string]int{"yes": 20, "no": 2},
			true,
			"应到 30 户，实到 22 户，满足三分之二以上；赞成 20，反对 2，弃权 0；赞成达到应到户数三分之二，通过。",
		},
		"an opinion decides nothing": {
			func(d *ballot.Definition) { d.Quorum, d.Pass = ballot.Share{}, ballot.Share{} }, 30,
			map[string]int{"yes": 3},
			false, "应到 30 人，实到 3 人；赞成 3，反对 0，弃权 0；本次只征求意见，不作决定。",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := yesNo()
			if c.change != nil {
				c.change(&d)
			}
			all := marks(c.votes)
			r := ballot.Count(d, c.roll, len(all), all)
			if r.Reasoning != c.want || r.Passed != c.passed || r.Mismatch() {
				t.Errorf("%v\n got %s\nwant %s", r.Passed, r.Reasoning, c.want)
			}
		})
	}
}

// Ties never decide: whoever shares the last place has none.
func TestCount_Ties(t *testing.T) {
	t.Parallel()
	third := ballot.Share{Num: 1, Den: 3, Of: ballot.OfPresent}
	d := ballot.Definition{
		Kind: ballot.ChooseFew, MaxChoices: 2, Electorate: ballot.Body, Pass: third,
		Options: []ballot.Option{{"a", "甲"}, {"b", "乙"}, {"c", "丙"}},
	}
	choose := func(ids ...string) ballot.Mark { return ballot.Mark{Choices: ids} }
	for name, c := range map[string]struct {
		marks []ballot.Mark
		want  []string
	}{
		"two places, two who reached":      {[]ballot.Mark{choose("a", "b"), choose("a"), choose("b")}, []string{"a", "b"}},
		"three share two places":           {[]ballot.Mark{choose("a", "b"), choose("b", "c"), choose("a", "c")}, nil},
		"first is clear, second is shared": {[]ballot.Mark{choose("a", "b"), choose("a", "c"), choose("a")}, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ballot.Count(d, 5, len(c.marks), c.marks)
			if !slices.Equal(r.Winners, c.want) || r.Passed != (len(c.want) > 0) {
				t.Errorf("winners %v: %s", r.Winners, r.Reasoning)
			}
		})
	}
}

func TestDefinition_Valid(t *testing.T) {
	t.Parallel()
	few := ballot.Definition{Kind: ballot.ChooseFew, MaxChoices: 2, Options: []ballot.Option{{"a", ""}, {"b", ""}, {"c", ""}, {ballot.Abstain, ""}}}
	score := ballot.Definition{Kind: ballot.Score, Options: []ballot.Option{{"a", ""}, {"b", ""}}}
	for name, c := range map[string]struct {
		d    ballot.Definition
		m    ballot.Mark
		want bool
	}{
		"one of yes, no":           {yesNo(), ballot.Mark{Choices: []string{"yes"}}, true},
		"nothing":                  {yesNo(), ballot.Mark{}, false},
		"two of one":               {yesNo(), ballot.Mark{Choices: []string{"yes", "no"}}, false},
		"unknown option":           {yesNo(), ballot.Mark{Choices: []string{"maybe"}}, false},
		"two of up to two":         {few, ballot.Mark{Choices: []string{"a", "c"}}, true},
		"three of up to two":       {few, ballot.Mark{Choices: []string{"a", "b", "c"}}, false},
		"the same twice":           {few, ballot.Mark{Choices: []string{"a", "a"}}, false},
		"to abstain and to choose": {few, ballot.Mark{Choices: []string{"a", ballot.Abstain}}, false},
		"all scores":               {score, ballot.Mark{Scores: map[string]int{"a": 1, "b": 5}}, true},
		"a score missing":          {score, ballot.Mark{Scores: map[string]int{"a": 1}}, false},
		"a score of six":           {score, ballot.Mark{Scores: map[string]int{"a": 1, "b": 6}}, false},
		"scores for a choice":      {yesNo(), ballot.Mark{Choices: []string{"yes"}, Scores: map[string]int{"yes": 1}}, false},
		"choices for a score":      {score, ballot.Mark{Choices: []string{"a"}}, false},
	} {
		if c.d.Valid(c.m) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}

// rational is a second reading of shares, with fractions of any size.
func rational(s ballot.Share, part, whole int) bool {
	if s.Den == 0 {
		return true
	}
	if whole <= 0 {
		return false
	}
	sign := big.NewRat(int64(part), int64(whole)).Cmp(big.NewRat(int64(s.Num), int64(s.Den)))
	return sign > 0 || sign == 0 && !s.Strict
}

func share(t *rapid.T, name string) ballot.Share {
	den := rapid.IntRange(1, 12).Draw(t, name+" den")
	return ballot.Share{
		Num: rapid.IntRange(1, den).Draw(t, name+" num"), Den: den, Strict: rapid.Bool().Draw(t, name+" strict"),
		Of: rapid.SampledFrom([]ballot.Basis{ballot.OfRoll, ballot.OfPresent}).Draw(t, name+" of"),
	}
}

func TestShare_AgreesWithFractions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := share(t, "s")
		whole := rapid.IntRange(0, 1_000_000).Draw(t, "whole")
		part := rapid.IntRange(0, max(whole, 1)).Draw(t, "part")
		if s.Met(part, whole) != rational(s, part, whole) {
			t.Fatalf("%+v of %d/%d", s, part, whole)
		}
	})
}

// A stricter share is met by no more votes than the looser one.
func TestShare_StricterAsksForMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, r := share(t, "village"), share(t, "rule")
		if !s.AtLeast(r) {
			return
		}
		roll := rapid.IntRange(1, 500).Draw(t, "roll")
		present := rapid.IntRange(0, roll).Draw(t, "present")
		part := rapid.IntRange(0, present).Draw(t, "part")
		of := func(x ballot.Share) int {
			if x.Of == ballot.OfRoll {
				return roll
			}
			return present
		}
		if s.Met(part, of(s)) && !r.Met(part, of(r)) {
			t.Fatalf("%+v is called stricter than %+v, and %d of %d (%d) passes it alone", s, r, part, present, roll)
		}
	})
}

// Whatever the order of the marks, and whoever casts the next vote against:
// the count does not depend on order, more yes never turns a pass into a
// failure, more no never the other way round.
func TestCount_Laws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := yesNo()
		d.Quorum, d.Pass = share(t, "quorum"), share(t, "pass")
		d.Quorum.Of = ballot.OfRoll
		votes := rapid.SliceOfN(rapid.SampledFrom([]string{"yes", "no", "abstain"}), 0, 60).Draw(t, "votes")
		roll := len(votes) + rapid.IntRange(1, 40).Draw(t, "absent")
		var all []ballot.Mark
		yes, no := 0, 0
		for _, v := range votes {
			all = append(all, ballot.Mark{Choices: []string{v}})
			switch v {
			case "yes":
				yes++
			case "no":
				no++
			}
		}
		r := ballot.Count(d, roll, len(all), all)
		whole := len(votes)
		if d.Pass.Of == ballot.OfRoll {
			whole = roll
		}
		want := rational(d.Quorum, len(votes), roll) && yes > no && rational(d.Pass, yes, whole)
		if r.Passed != want || r.Counts["yes"] != yes || r.Cast != len(votes) {
			t.Fatalf("%s: passed %v, want %v", r.Reasoning, r.Passed, want)
		}
		slices.Reverse(all)
		if again := ballot.Count(d, roll, len(all), all); again.Reasoning != r.Reasoning {
			t.Fatalf("order matters: %s / %s", again.Reasoning, r.Reasoning)
		}
		more := ballot.Count(d, roll, len(all)+1, append(all[:len(all):len(all)], ballot.Mark{Choices: []string{"yes"}}))
		if r.Passed && !more.Passed {
			t.Fatalf("one more yes and it fails: %s", more.Reasoning)
		}
	})
}

func TestCount_ShowsAMismatch(t *testing.T) {
	t.Parallel()
	all := append(marks(map[string]int{"yes": 3}), ballot.Mark{Choices: []string{"forged"}})
	r := ballot.Count(yesNo(), 4, len(all), all)
	if !r.Mismatch() || r.Cast != 3 || r.Marked != 4 {
		t.Errorf("%+v", r)
	}
}

func TestLoadThresholds(t *testing.T) {
	t.Parallel()
	rules, err := ballot.LoadThresholds(os.DirFS("../../config/rules"))
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]ballot.Share{
		"villagers_meeting": {Num: 1, Den: 2, Of: ballot.OfRoll, Strict: true}, "representatives_meeting": {Num: 2, Den: 3, Of: ballot.OfRoll},
	} {
		if r, ok := rules.Rule(code); !ok || r.Quorum != want || !strings.HasPrefix(r.Source, "L ") {
			t.Errorf("%s: %+v", code, r)
		}
	}
	if _, ok := rules.Rule("by_acclamation"); ok {
		t.Error("a rule that is none")
	}
	_, err = ballot.LoadThresholds(fstest.MapFS{"thresholds.yaml": {Data: []byte(`
version: 0
sealed_least: {ballots: 1}
rules:
  - {code: a, name: x, electorate: everybody, sealed: maybe, source: L}
  - {code: a, name: x, electorate: body, sealed: may, source: L, quorum: {num: 3, den: 2, of: roll}, pass: {num: 1, den: 1, of: present, strict: true}}
  - {code: b, electorate: body, sealed: may, quorum: {num: 1, den: 2, of: present}}
`)}})
	for _, want := range []string{"version", "sealed_least", "a 重复", "everybody", "maybe", "a: quorum 的分数不对", "a: pass 不可能达到", "b: quorum 的 of", "第 3 条"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q in %v", want, err)
		}
	}
}
