// Package ballot is asking everybody: a question with options, a frozen roll,
// casts by phone, at the meeting table or with help, a count that anybody can
// repeat, and the words that explain it.
//
// Invariants: definition and roll are fixed when the ballot opens; one entry of
// the roll is at most one counted cast, whatever the devices, accounts, retries
// and races; the server's clock opens and closes; no figure of choices exists
// before closing; the count is a pure function in integers; quorums and
// majorities come from the rules, and a village may be stricter, never looser.
package ballot

import (
	"time"

	"cunwu/service/region"
)

// Kind is how people mark their ballot.
type Kind string

// Kinds.
const (
	YesNo     Kind = "yes_no"       // options yes, no, abstain
	ChooseOne Kind = "choose_one"   // one of the options
	ChooseFew Kind = "choose_up_to" // up to MaxChoices of them
	Score     Kind = "score"        // each option gets 1..5
	Satisfied Kind = "satisfied"    // satisfied, basically, not: options satisfied, basic, dissatisfied
)

// Option ids that have a meaning for the count.
const (
	Yes          = "yes"
	No           = "no"
	Abstain      = "abstain"
	OptSatisfied = "satisfied"
	OptBasic     = "basic"
	OptNot       = "dissatisfied"
)

// Scores are marked from LeastScore to MostScore.
const (
	LeastScore = 1
	MostScore  = 5
)

// Electorate is who is on the roll.
type Electorate string

// Electorates.
const (
	Residents       Electorate = "residents_18"       // all residents of full age
	Households      Electorate = "households"         // one entry per household
	Representatives Electorate = "representatives"    // villager representatives
	PartyMembers    Electorate = "party_members"      // 党员
	Collective      Electorate = "collective_members" // members of the collective
	Body            Electorate = "body"               // a named body
	Interested      Electorate = "interest_group"     // whom the matter concerns
)

// Basis is the denominator of a share.
type Basis string

// Bases. Present are all whose cast is counted, abstentions included.
const (
	OfRoll    Basis = "roll"
	OfPresent Basis = "present"
)

// Share is a part that must be reached: Num/Den of a basis, exceeded where
// Strict ("超过", "过半数"), reached where not ("以上"; Civil Code 1259).
type Share struct {
	Num    int   `yaml:"num"`
	Den    int   `yaml:"den"`
	Of     Basis `yaml:"of"`
	Strict bool  `yaml:"strict"`
}

// Option is one thing to choose.
type Option struct {
	ID    string
	Label string
}

// State is where a ballot stands.
type State string

// States.
const (
	Draft     State = "draft"
	KeysReady State = "keys_ready" // sealed: three trustees' keys are there
	Open      State = "open"
	Closed    State = "closed"  // sealed: awaits the trustees
	Counted   State = "counted" // awaits the supervisory committee
	Certified State = "certified"
	Cancelled State = "cancelled"
	Void      State = "void" // sealed: cannot be opened, or too few
)

// Definition is what is voted on and by which rule; fixed at opening.
type Definition struct {
	ID         string
	Region     region.Code
	Question   string
	Kind       Kind
	Options    []Option
	MaxChoices int // ChooseFew
	Electorate Electorate
	Rule       string // code in thresholds.yaml
	Quorum     Share  // Den 0: none
	Pass       Share  // Den 0: an opinion, nothing passes
	Sealed     bool
	AllPairs   bool // sealed: all three pairs of keepers open, and must agree
	Revote     bool // until close, the last counts
	Advisory   bool // asks for opinions, decides nothing
	OpensAt    time.Time
	ClosesAt   time.Time
}

// Mark is one counted cast: the ids chosen, for scores by option.
type Mark struct {
	Choices []string
	Scores  map[string]int
	Origin  Origin
	Sealed  []byte // of a sealed ballot, instead of the others: what the phone sealed
}

// Origin is the way by which a cast came in.
type Origin string

// Origins.
const (
	Online   Origin = "online"
	Meeting  Origin = "meeting"
	Assisted Origin = "assisted"
)

// Result is the count. Counts has a key for every option, for scores for every
// "<option id>:<score>".
type Result struct {
	Counts    map[string]int
	Roll      int
	Cast      int // counted casts, abstentions included
	Marked    int // entries of the roll marked as having voted
	QuorumMet bool
	Passed    bool
	Winners   []string // options that passed, best first
	Reasoning string   // in words
}

// Mismatch reports whether marked voters and counted casts differ.
func (r Result) Mismatch() bool { return r.Marked != r.Cast }
