// Package indicator says how disclosure goes, and how concerns are dealt with,
// in figures that are counted from what happened: I01 to I11 and I33 of the
// reference.
//
// Invariants: nobody can enter a figure; each is a numerator and a denominator,
// and below the least denominator of the rules there is no ratio; people and
// villages are not ranked; what was counted of a posting or question is kept
// beside it and compared with the truth, so counting again changes nothing; the
// work of a question does not grow with the number of villages.
package indicator

import (
	"context"
	"strings"
	"time"

	"cunwu/service/fault"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// ErrPeriod: the period was not written as one of the forms.
var ErrPeriod = fault.Define(fault.Invalid, "indicator.period_invalid", "时间写法不对：请写成 2026-09、2026Q3、2026H1 或 2026。")

// Figure is what is counted, by place and month: for postings the month of the
// first publication, for questions that of the asking.
type Figure string

// The figures.
const (
	Published      Figure = "published"
	PostingOver    Figure = "posting_over" // whether it was posted long enough is decided
	PostedLong     Figure = "posted_long"
	OnBoard        Figure = "on_board" // a photo of the physical board is confirmed
	Corrected      Figure = "corrected"
	Reviewed       Figure = "reviewed" // by the supervisory committee, before every publication
	Asked          Figure = "asked"
	AnswerOver     Figure = "answer_over" // answered, or the deadline passed
	AnsweredInTime Figure = "answered_in_time"
	EscalatedUp    Figure = "escalated"
)

// figures in the order in which they are stored.
var figures = []Figure{
	Published, PostingOver, PostedLong, OnBoard, Corrected, Reviewed, Asked, AnswerOver, AnsweredInTime, EscalatedUp,
}

// Month is a month of China's calendar as a number, 202609.
type Month int

// MonthOf gives the month of a time that is in China's zone.
func MonthOf(t time.Time) Month { return Month(t.Year()*100 + int(t.Month())) }

// Counted is what of one posting or question is in the tallies. The zero value
// but for Subject: nothing is.
type Counted struct {
	Subject string
	Region  region.Code
	Month   Month
	Figures []Figure // in the order of the constants
}

// Move changes one tally.
type Move struct {
	Region region.Code
	Figure Figure
	Month  Month
	By     int
}

// PostingFacts is what the archive knows of a posting.
type PostingFacts struct {
	Region   region.Code
	FirstAt  time.Time // zero while never published
	Version  int
	Standing bool // the text is up now
	Over     bool // its posting time was completed: archived or expired
	// Open: it is posted without end.
	Open     bool
	Versions []Span
	// Steps are the actions of its case in order.
	Steps   []string
	OnBoard bool // a photo of it on the board is confirmed
}

// Span is how long one version was up; Until is zero where it was not taken down.
type Span struct{ From, Until time.Time }

// QuestionFacts is what the archive knows of a question or objection.
type QuestionFacts struct {
	Region     region.Code
	AskedAt    time.Time
	AnsweredAt time.Time // of the village's first answer, zero for none
	Escalated  bool      // the township was to answer, ever
}

// Store is what the package needs of the archive.
type Store interface {
	// Figures sums the tallies of a place over months, both included.
	Figures(ctx context.Context, place region.Code, from, to Month) (map[Figure]int, error)
}

// Tx is the writing side: what a follower of the outbox offers.
type Tx interface {
	outbox.Tx
	// PostingFacts gives what is true of a posting; false where there is none.
	PostingFacts(ctx context.Context, id string) (PostingFacts, bool, error)
	// QuestionFacts gives what is true of a question; false where there is none.
	QuestionFacts(ctx context.Context, id string) (QuestionFacts, bool, error)
	// CountedOf gives what of a subject is in the tallies.
	CountedOf(ctx context.Context, subject string) (Counted, error)
	// SaveCounted keeps what of a subject is in the tallies.
	SaveCounted(ctx context.Context, c Counted) error
	// MoveFigures changes tallies, in the order given.
	MoveFigures(ctx context.Context, moves []Move) error
	// RegionChanged drops prepared answers of the place; see package disclosure.
	RegionChanged(ctx context.Context, code region.Code) error
}

// Join writes figures as they are stored; Split is the reverse.
func Join(fs []Figure) string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = string(f)
	}
	return strings.Join(parts, ",")
}

// Split reads what Join wrote.
func Split(text string) []Figure {
	if text == "" {
		return nil
	}
	var out []Figure
	for part := range strings.SplitSeq(text, ",") {
		out = append(out, Figure(part))
	}
	return out
}
