package ballot_test

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"cunwu/service/ballot"
)

func TestRollCall(t *testing.T) {
	t.Parallel()
	rules := mustRules(t)
	for name, c := range map[string]struct {
		roll, yes, no, abstain int
		quorum, passed         bool
		words                  string
	}{
		"passes":                         {9, 4, 1, 1, true, true, "应到 9 人，实到 6 人，满足三分之二以上；赞成 4，反对 1，弃权 1；赞成超过到会人员半数，通过。"},
		"half of those present is short": {9, 3, 2, 1, true, false, "应到 9 人，实到 6 人，满足三分之二以上；赞成 3，反对 2，弃权 1；赞成没有超过到会人员半数，不通过。"},
		"one short of two thirds":        {9, 5, 0, 0, false, false, "应到 9 人，实到 5 人，不足三分之二以上；人数不够，表决无效。"},
		"whoever withdrew is not missed": {7, 5, 0, 0, true, true, "应到 7 人，实到 5 人，满足三分之二以上；赞成 5，反对 0，弃权 0；赞成超过到会人员半数，通过。"},
		"nobody is left":                 {0, 0, 0, 0, false, false, "应到 0 人，实到 0 人，不足三分之二以上；人数不够，表决无效。"},
	} {
		r, err := rules.RollCall("moral_council", c.roll, c.yes, c.no, c.abstain)
		if err != nil || r.QuorumMet != c.quorum || r.Passed != c.passed || r.Reasoning != c.words {
			t.Errorf("%s: %+v %v", name, r, err)
		}
	}
	for _, bad := range [][4]int{{3, 2, 2, 0}, {-1, 0, 0, 0}, {3, -1, 0, 0}, {3, 1, -1, 0}, {3, 1, 0, -1}} {
		if _, err := rules.RollCall("moral_council", bad[0], bad[1], bad[2], bad[3]); err == nil {
			t.Errorf("counted %v", bad)
		}
	}
	if _, err := rules.RollCall("nothing", 3, 2, 0, 0); err == nil {
		t.Error("counted by no rule")
	}
}

// A roll call says what a ballot of the same marks says, in the same words.
func TestRollCall_AsBallot(t *testing.T) {
	t.Parallel()
	rules := mustRules(t)
	d := yesNo()
	d.Electorate = ballot.Body
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30)
		yes, no, abstain := n.Draw(t, "yes"), n.Draw(t, "no"), n.Draw(t, "abstain")
		roll := yes + no + abstain + n.Draw(t, "away")
		got, err := rules.RollCall("moral_council", roll, yes, no, abstain)
		want := ballot.Count(d, roll, yes+no+abstain, marks(map[string]int{"yes": yes, "no": no, "abstain": abstain}))
		if err != nil || got.Passed != want.Passed || got.QuorumMet != want.QuorumMet || got.Reasoning != want.Reasoning || !maps.Equal(got.Counts, want.Counts) {
			t.Fatalf("%+v %v, want %+v", got, err, want)
		}
	})
}
