// Package question is what villagers ask about what was disclosed, and what
// the supervisory committee objects to after publication: asked, joined by
// others, answered by the village, escalated to the township, and settled by
// whoever asked.
//
// Invariants: who asked is shown to nobody but the asker and those who must
// answer, and to them by a masked name; only the asker calls a question
// settled; whoever asked does not answer; every text is screened before it is
// kept; the stage is moved by service/procedure alone; the counts on a posting
// change in the transaction that changes what they count.
package question

import (
	"time"

	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Procedure is the code of the definition that every question goes by.
const Procedure = "question"

// OwnPower is the right of whoever raised a question: the asker, or, where it
// is an objection, the supervisory committee. It stands in no table of powers,
// since it comes with no office.
const OwnPower = "question.own"

// Powers of offices, as the table of powers names them.
const (
	answerPower = "question.answer"
	decidePower = "question.decide"
	objectPower = "question.object"
	reportPower = "disclosure.draft"
)

// Kind says who raises a question.
type Kind string

// Kinds.
const (
	Asked    Kind = "question"  // a verified villager
	Objected Kind = "objection" // the supervisory committee, after publication
)

// State is where a question stands; it follows from its case's stage.
type State string

// States of a question.
const (
	Open      State = "asked"     // the village's turn
	Answered  State = "answered"  // rests until the asker says something
	Escalated State = "escalated" // the township's turn
	Decided   State = "decided"   // the township answered
	Settled   State = "settled"   // the asker calls it settled
	Unsettled State = "unsettled" // the asker does not, and there is nobody further up here
)

// States lists them in the order of a question's life.
var States = []State{Open, Answered, Escalated, Decided, Settled, Unsettled}

// Waits reports whether somebody owes an answer.
func (s State) Waits() bool { return s == Open || s == Escalated }

// Over reports whether nothing more can follow.
func (s State) Over() bool { return s == Settled || s == Unsettled }

// Name gives the words that people read.
func (s State) Name() string {
	switch s {
	case Open:
		return "等村委会答复"
	case Answered:
		return "村委会已答复"
	case Escalated:
		return "已交乡镇，等答复"
	case Decided:
		return "乡镇已答复"
	case Settled:
		return "提问人认为已解决"
	case Unsettled:
		return "提问人认为没有解决"
	}
	return string(s)
}

// WordKind says what is said after a question.
type WordKind string

// Kinds of words.
const (
	Answer   WordKind = "answer"   // of the village
	Decision WordKind = "decision" // of the township
	Reply    WordKind = "reply"    // of the asker, who is not satisfied
)

// Word is one thing said after a question. By is the masked name and the
// office of whoever answered; of the asker it says that it is the asker.
type Word struct {
	QuestionID string
	Number     int // from 1
	Kind       WordKind
	Text       string
	By         string
	Account    string // never shown
	At         time.Time
}

// Question is one question as the caller may see it.
type Question struct {
	ID           string
	Serial       int64
	PostingID    string
	PostingTitle string // "" while the posting is taken down
	Version      int    // of the posting that was asked about
	Region       region.Code
	ItemCode     string
	Kind         Kind
	Line         *int // of the posting's lines, from 0; nil: about the whole
	Text         string
	Asker        string // masked name, for those who must answer; else ""
	AskedAt      time.Time
	State        State
	DueAt        time.Time // zero where nobody owes an answer
	Overdue      bool
	Words        []Word
	Joined       int // how many ask the same
	Mine         bool
	JoinedByMe   bool
	Available    []procedure.Available
}

// NewQuestion is what is asked about a posting. Line is the index of one of
// its lines, from 0, or nil.
type NewQuestion struct {
	PostingID string
	Text      string
	Line      *int
}

// Query asks for the questions of a place, newest first. State "" is any;
// Before is the Next of the page before, 0 for the first.
type Query struct {
	Region region.Code // a village or a township
	State  State
	Before int64
	Limit  int // 1..50
}

// Page is a part of a list; Next is 0 at the end.
type Page struct {
	Items []Question
	Next  int64
}
