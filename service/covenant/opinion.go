package covenant

import "time"

// Origin is the way by which an opinion came in.
type Origin string

// Origins.
const (
	Online Origin = "online"
	Paper  Origin = "paper" // entered by the clerk, with the sheet
)

// Stance is what somebody thinks of the text or of a clause.
type Stance string

// Stances.
const (
	Support Stance = "support"
	Change  Stance = "change"
	Oppose  Stance = "oppose"
)

// Opinion is what was said of a version. It is seen by its author and by those
// who work on the text.
type Opinion struct {
	CovenantID string
	Version    int
	Number     int // from 1 within the version
	Origin     Origin
	Stance     Stance
	Clause     string // code, "" for the whole text
	Text       string
	People     int    // how many said so: 1 online
	Sheet      string // upload id of the paper
	Author     string // resident, "" of paper
	At         time.Time
	Adopted    bool
	Answer     string // why, "" until answered
	AnsweredBy string // the office
	AnsweredAt time.Time
}

// Answered reports whether the committee has answered.
func (o Opinion) Answered() bool { return !o.AnsweredAt.IsZero() }

// Counts are what everybody sees of the opinions on a version.
type Counts struct {
	Version  int
	People   map[Stance]int // how many people, by stance
	Opinions int
	Answered int
	Adopted  int
	Answers  []Answer
}

// Answer is the committee's word on an opinion, without whose it was and what
// it said.
type Answer struct {
	Number  int
	Stance  Stance
	Clause  string
	Adopted bool
	Reason  string
	By      string
	At      time.Time
}
