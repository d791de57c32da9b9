package ballot

import (
	"cmp"
	"slices"
	"strconv"
)

// Met reports whether part reaches the share of a whole, in integers. A share
// without denominator asks for nothing; nothing of nobody is never reached.
func (s Share) Met(part, whole int) bool {
	switch {
	case s.Den == 0:
		return true
	case whole <= 0:
		return false
	case s.Strict:
		return int64(part)*int64(s.Den) > int64(whole)*int64(s.Num)
	}
	return int64(part)*int64(s.Den) >= int64(whole)*int64(s.Num)
}

// AtLeast reports whether s asks for as much as t or more, whatever the casts:
// a share of the roll asks for more than the same of those present.
func (s Share) AtLeast(t Share) bool {
	switch {
	case t.Den == 0:
		return true
	case s.Den == 0, s.Of == OfPresent && t.Of == OfRoll:
		return false
	}
	left, right := int64(s.Num)*int64(t.Den), int64(t.Num)*int64(s.Den)
	return left > right || left == right && (s.Strict || !t.Strict)
}

// Valid reports whether a mark is one that the definition allows: known
// options, each once, as many as the kind asks for, scores for every option.
func (d Definition) Valid(m Mark) bool {
	if m.Sealed != nil {
		return false
	}
	if d.Kind == Score {
		return len(m.Choices) == 0 && d.validScores(m.Scores)
	}
	most := 1
	if d.Kind == ChooseFew {
		most = d.MaxChoices
	}
	if len(m.Scores) > 0 || len(m.Choices) < 1 || len(m.Choices) > most {
		return false
	}
	for i, id := range m.Choices {
		if !d.has(id) || slices.Contains(m.Choices[:i], id) {
			return false
		}
	}
	// To abstain and to choose is neither.
	return len(m.Choices) == 1 || !slices.Contains(m.Choices, Abstain)
}

func (d Definition) validScores(scores map[string]int) bool {
	if len(scores) != len(d.Options) {
		return false
	}
	for id, n := range scores {
		if !d.has(id) || n < LeastScore || n > MostScore {
			return false
		}
	}
	return true
}

func (d Definition) has(id string) bool {
	return slices.ContainsFunc(d.Options, func(o Option) bool { return o.ID == id })
}

// Keys gives the keys of the counts, in the order of the options.
func (d Definition) Keys() []string {
	var out []string
	for _, o := range d.Options {
		if d.Kind != Score {
			out = append(out, o.ID)
			continue
		}
		for n := LeastScore; n <= MostScore; n++ {
			out = append(out, o.ID+":"+strconv.Itoa(n))
		}
	}
	return out
}

// KeysOf gives the keys to which a mark adds one.
func (m Mark) KeysOf() []string {
	if len(m.Scores) == 0 {
		return m.Choices
	}
	out := make([]string, 0, len(m.Scores))
	for id, n := range m.Scores {
		out = append(out, id+":"+strconv.Itoa(n))
	}
	slices.Sort(out)
	return out
}

// Count counts the marks of a ballot. roll is the number of entries, marked how
// many of them are marked as having voted. Marks that the definition does not
// allow are not counted: they show as a mismatch.
func Count(d Definition, roll, marked int, marks []Mark) Result {
	counts, cast := map[string]int{}, 0
	for _, m := range marks {
		if !d.Valid(m) {
			continue
		}
		cast++
		for _, key := range m.KeysOf() {
			counts[key]++
		}
	}
	return Decide(d, roll, marked, cast, counts)
}

// Decide applies quorum and majority to counts: those of Count, or those that
// the trustees of a sealed ballot hand out.
func Decide(d Definition, roll, marked, cast int, counts map[string]int) Result {
	r := Result{Counts: map[string]int{}, Roll: roll, Cast: cast, Marked: marked}
	for _, key := range d.Keys() {
		r.Counts[key] = counts[key]
	}
	r.QuorumMet = d.Quorum.Met(cast, roll)
	if r.QuorumMet && d.Pass.Den != 0 {
		r.Winners = d.winners(r)
		r.Passed = len(r.Winners) > 0
	}
	r.Reasoning = d.words(r)
	return r
}

// basis is the denominator of the majority.
func (d Definition) basis(r Result) int {
	if d.Pass.Of == OfRoll {
		return r.Roll
	}
	return r.Cast
}

// winners gives the options that pass, best first. Equal votes never decide:
// where the last place is shared, none of those that share it passes.
func (d Definition) winners(r Result) []string {
	whole := d.basis(r)
	switch d.Kind {
	case YesNo:
		if r.Counts[Yes] > r.Counts[No] && d.Pass.Met(r.Counts[Yes], whole) {
			return []string{Yes}
		}
		return nil
	case Satisfied:
		if d.Pass.Met(r.Counts[OptSatisfied]+r.Counts[OptBasic], whole) {
			return []string{OptSatisfied}
		}
		return nil
	case Score:
		return nil // scores are an opinion
	case ChooseOne, ChooseFew:
	}
	places := 1
	if d.Kind == ChooseFew {
		places = d.MaxChoices
	}
	var reached []string
	for _, o := range d.Options {
		if o.ID != Abstain && d.Pass.Met(r.Counts[o.ID], whole) {
			reached = append(reached, o.ID)
		}
	}
	slices.SortStableFunc(reached, func(a, b string) int { return cmp.Compare(r.Counts[b], r.Counts[a]) })
	if len(reached) <= places {
		return reached
	}
	last := r.Counts[reached[places]] // the best that finds no place
	for places > 0 && r.Counts[reached[places-1]] == last {
		places--
	}
	return reached[:places]
}
