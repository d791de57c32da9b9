// Package opinion finds, in how people agreed and disagreed with statements,
// groups of like opinion and what all groups agree on.
//
// Invariants: the package is pure and exact in its order: whoever stands where
// in the input, the same votes give the same groups; people who voted alike are
// in one group; nobody is identified: a group below the least size is joined to
// the nearest, and shares of fewer votes than that are left out.
package opinion

import "slices"

// Vote is what one person said of one statement.
type Vote int8

// Votes. None is no vote at all; Pass is "cannot say".
const (
	None     Vote = 0
	Agree    Vote = 1
	Disagree Vote = 2
	Pass     Vote = 3
)

// Limits are the bounds of grouping; see rules/consultation-directory.yaml.
type Limits struct {
	Least  int // fewest people of a group that is shown, at least 1
	Most   int // most groups
	Common int // percent of each group that must agree for common ground
}

// Tally is how a number of people voted on one statement.
type Tally struct{ Agree, Disagree, Pass int }

// Voted is how many voted at all.
func (t Tally) Voted() int { return t.Agree + t.Disagree + t.Pass }

// percent gives the share of those who agree, of those who voted.
func (t Tally) percent() int {
	if t.Voted() == 0 {
		return 0
	}
	return 100 * t.Agree / t.Voted()
}

// Group is people of like opinion.
type Group struct {
	Size    int
	Tallies []Tally // by statement
	Typical []int   // statements on which it differs most from the others
}

// Result is what was found. Groups is empty where opinions do not part, or
// where parting them would show single persons.
type Result struct {
	People int // who voted on enough statements to be grouped
	Groups []Group
	Of     []int // group of each person of the input, -1 for those not grouped
	Common []int // statements that each group agrees on, best first
	Apart  []int // statements on which the groups differ most, most first
}

// mostListed bounds each list of statements.
const mostListed = 5

// apartFrom is the difference of shares, in percent, from which groups are
// said to differ on a statement.
const apartFrom = 30

// Find groups people by their votes. votes has a row per person and a column
// per statement; rows are of one length.
func Find(votes [][]Vote, limits Limits) Result {
	r := Result{Of: make([]int, len(votes))}
	for i := range r.Of {
		r.Of[i] = -1
	}
	statements := 0
	if len(votes) > 0 {
		statements = len(votes[0])
	}
	kinds, of := alike(votes, enough(statements))
	for i, k := range of {
		if k >= 0 {
			r.People++
			r.Of[i] = 0
		}
	}
	assigned, n := part(kinds, statements, limits)
	if n > 1 {
		for i, k := range of {
			if k >= 0 {
				r.Of[i] = assigned[k]
			}
		}
		r.Groups = tallied(votes, r.Of, n, statements)
	}
	r.Common = common(votes, r, limits, statements)
	r.Apart = apart(r.Groups, limits, statements)
	for g := range r.Groups {
		r.Groups[g].Typical = typical(r.Groups, g, limits, statements)
	}
	return r
}

// enough is on how many statements one must have voted to be grouped: half of
// them, three at most.
func enough(statements int) int { return max(1, min(3, (statements+1)/2)) }

// kind is people who voted exactly alike.
type kind struct {
	votes []Vote
	n     int
}

// alike gives the different rows in a fixed order, and for each person theirs,
// -1 for those who voted too little.
func alike(votes [][]Vote, least int) ([]kind, []int) {
	var rows [][]Vote
	for _, row := range votes {
		if voted(row) >= least {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, slices.Compare[[]Vote])
	var kinds []kind
	for _, row := range rows {
		if len(kinds) == 0 || !slices.Equal(kinds[len(kinds)-1].votes, row) {
			kinds = append(kinds, kind{votes: row})
		}
		kinds[len(kinds)-1].n++
	}
	of := make([]int, len(votes))
	for i, row := range votes {
		of[i] = -1
		if voted(row) >= least {
			of[i], _ = slices.BinarySearchFunc(kinds, row, func(k kind, row []Vote) int { return slices.Compare(k.votes, row) })
		}
	}
	return kinds, of
}

func voted(row []Vote) int {
	n := 0
	for _, v := range row {
		if v != None {
			n++
		}
	}
	return n
}

func (t *Tally) add(v Vote) {
	switch v {
	case Agree:
		t.Agree++
	case Disagree:
		t.Disagree++
	case Pass:
		t.Pass++
	case None:
	}
}

func tallied(votes [][]Vote, of []int, n, statements int) []Group {
	groups := make([]Group, n)
	for g := range groups {
		groups[g].Tallies = make([]Tally, statements)
	}
	for i, row := range votes {
		if of[i] < 0 {
			continue
		}
		g := &groups[of[i]]
		g.Size++
		for s, v := range row {
			g.Tallies[s].add(v)
		}
	}
	return groups
}

// common lists what each group agrees on; where there are no groups, what all
// who voted agree on. The weakest agreement decides the order.
func common(votes [][]Vote, r Result, limits Limits, statements int) []int {
	groups := r.Groups
	if len(groups) == 0 {
		groups = tallied(votes, make([]int, len(votes)), 1, statements)
	}
	weakest := make([]int, statements)
	var out []int
	for s := range statements {
		weakest[s] = 100
		for _, g := range groups {
			if g.Tallies[s].Voted() < limits.Least {
				weakest[s] = -1
				break
			}
			weakest[s] = min(weakest[s], g.Tallies[s].percent())
		}
		if weakest[s] >= limits.Common {
			out = append(out, s)
		}
	}
	return best(out, func(s int) int { return weakest[s] })
}

// apart lists on what the groups differ most.
func apart(groups []Group, limits Limits, statements int) []int {
	gap := make([]int, statements)
	var out []int
	for s := range statements {
		low, high := 101, -1
		for _, g := range groups {
			if g.Tallies[s].Voted() >= limits.Least {
				low, high = min(low, g.Tallies[s].percent()), max(high, g.Tallies[s].percent())
			}
		}
		if gap[s] = high - low; gap[s] >= apartFrom {
			out = append(out, s)
		}
	}
	return best(out, func(s int) int { return gap[s] })
}

// typical lists what sets one group apart from the others: it agrees, and they
// agree less.
func typical(groups []Group, mine int, limits Limits, statements int) []int {
	lead := make([]int, statements)
	var out []int
	for s := range statements {
		if groups[mine].Tallies[s].Voted() < limits.Least {
			continue
		}
		var others Tally
		for g := range groups {
			if t := groups[g].Tallies[s]; g != mine {
				others.Agree, others.Disagree, others.Pass = others.Agree+t.Agree, others.Disagree+t.Disagree, others.Pass+t.Pass
			}
		}
		own := groups[mine].Tallies[s].percent()
		if lead[s] = own - others.percent(); own >= limits.Common && lead[s] >= apartFrom && others.Voted() >= limits.Least {
			out = append(out, s)
		}
	}
	return best(out, func(s int) int { return lead[s] })
}

func best(statements []int, score func(int) int) []int {
	slices.SortStableFunc(statements, func(a, b int) int { return score(b) - score(a) })
	return statements[:min(len(statements), mostListed)]
}

// Moved gives the tally after one person's vote changed; None is no vote.
func (t Tally) Moved(from, to Vote) Tally {
	var minus Tally
	minus.add(from)
	t.add(to)
	return Tally{Agree: t.Agree - minus.Agree, Disagree: t.Disagree - minus.Disagree, Pass: t.Pass - minus.Pass}
}
