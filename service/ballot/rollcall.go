package ballot

import "fmt"

// RollCall counts a vote that is no ballot, taken by a noun of its own, under a
// threshold rule: roll is how many could vote, those who withdrew left out, and
// who abstained was present. It gives the result with its reasoning in words, as
// Decide does for a ballot of the same rule. An unknown code and figures that
// cannot be are errors of the program.
func (t *Thresholds) RollCall(code string, roll, yes, no, abstain int) (Result, error) {
	rule, ok := t.Rule(code)
	if !ok {
		return Result{}, fmt.Errorf("ballot: no threshold rule %q", code)
	}
	present := yes + no + abstain
	if min(roll, yes, no, abstain) < 0 || present > roll {
		return Result{}, fmt.Errorf("ballot: %d yes, %d no and %d abstentions of %d", yes, no, abstain, roll)
	}
	d := Definition{
		Kind: YesNo, Electorate: rule.Electorate, Quorum: rule.Quorum, Pass: rule.Pass,
		Options: []Option{{Yes, "赞成"}, {No, "反对"}, {Abstain, "弃权"}},
	}
	return Decide(d, roll, present, present, map[string]int{Yes: yes, No: no, Abstain: abstain}), nil
}
