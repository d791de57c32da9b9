package demo

import (
	"slices"

	"cunwu/service/covenant"
	"cunwu/service/region"
)

// merit is one nomination for the red list: what was done, and what came of it.
type merit struct {
	village  region.Code
	listed   int // days before the first start on which it was listed, or would be
	group    int
	who, by  int // of the plain villagers
	clause   string
	deed     string
	show     string // name: full, masked, none
	endorsed int
	end      string // the last step that is taken, "" to be listed and to expire
	scene    string // of the portrait, which shows no face
	objected string // what a villager objected, and was answered
	answer   string
	taken    int // days after the listing on which the consent was withdrawn, 0 for never
}

// Days between the steps of a red entry and the day on which the notice is over.
const (
	daysNominated = 17
	daysVerified  = 15
	daysVoted     = 14
	daysAdopted   = 13
	daysConsulted = 12
	daysAgreed    = 11
	daysAsked     = 9
	daysConsented = 6
)

// tries are the days after the beginning of a notice on which the keeper looks
// whether it is over: public holidays make it longer.
var (
	redTries   = []int{6, 10, 15}
	blackTries = []int{8, 12, 17}
)

// did makes a nomination of the red list that is listed so many days ago; negative
// days have not come.
func did(village region.Code, listed, group, who int, clause, show string, endorsed int, deed string) merit {
	return merit{
		village: village, listed: listed, group: group, who: who, by: (who*7+listed)%22 + 1, clause: clause, deed: deed, show: show, endorsed: endorsed,
	}
}

func (m merit) ended(with string) merit     { m.end = with; return m }
func (m merit) pictured(scene string) merit { m.scene = scene; return m }
func (m merit) takenBack(after int) merit   { m.taken = after; return m }
func (m merit) doubted(text, answer string) merit {
	m.objected, m.answer = text, answer
	return m
}

// Names of the steps after which an entry is left.
const (
	leftNominated  = "nominated"
	leftEvaluating = "verify"
	leftRefused    = "not_adopted"
	leftAsked      = "ask"
	leftDeclined   = "decline"
	leftInNotice   = "consent"
)

// lapse is one report for the black list.
type lapse struct {
	village region.Code
	notice  int // days before the first start on which the notice began, or would
	group   int
	who, by int // of the plain villagers
	clause  string
	deed    string
	reply   string
	helped  string // what was done to help
	end     string // the last step that is taken
	way     []lapseStep
}

// lapseStep is a step after the listing.
type lapseStep struct {
	ago    int
	hour   int
	by     string // as of codeAt; person for whom it is about
	action string
	fields fields
}

// Days between the steps of a black entry and the day on which the notice begins.
const (
	daysReported = 42
	daysSeen     = 40
	daysTold     = 38
	daysReplied  = 37
	daysHelped   = 28
	daysToBody   = 19
	daysJudged   = 18
	daysCarried  = 17
	daysHeard    = 16
	daysSettled  = 15
)

// announcing is 知榜 of a village.
type announcing struct {
	village region.Code
	ago     int
	good    []string // codes of clauses
	bad     []string
}

// announcements lists them: one for each version of each covenant.
func announcements() []announcing {
	var out []announcing
	for _, c := range customs() {
		if c.kind != covenant.Covenant {
			continue
		}
		for i, e := range c.versions {
			if e.force < 0 {
				continue
			}
			a := announcing{
				village: c.village, ago: e.force - 3,
				good: []string{clauseElders, clauseNeighbours, clauseFeasts, clauseTidy, clauseService, clauseHonesty, clauseSpecial},
				bad:  []string{clauseDumping, clauseBlocking, clauseFire, clauseNoise, clauseSpecialBad},
			}
			if i == 0 {
				a.bad = append(a.bad, clauseGambling)
			} else {
				a.good, a.bad = append(a.good, clauseNewGood), append(a.bad, clauseNewBad)
			}
			out = append(out, a)
		}
	}
	return out
}

// merits lists the red entries.
func merits() []merit {
	return slices.Concat(saltMerits(), teaMerits(), riceMerits(), orchardMerits())
}
