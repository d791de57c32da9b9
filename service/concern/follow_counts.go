package concern

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// EventPrefix begins the kinds of what concerns announce. What is sealed has
// kinds of its own, which nobody counts and no village hears of.
const EventPrefix = "concern."

// Figure is what is counted of concerns, by place, category and month of
// raising.
type Figure string

// The figures. Besides them there are endFigure and stepFigure.
const (
	CountRaised  Figure = "raised"
	CountOpen    Figure = "open"
	CountClosed  Figure = "closed"  // handled: done, or an end that the handlers gave
	CountDue     Figure = "due"     // closed, or a deadline passed before
	CountInTime  Figure = "in_time" // closed, and no deadline passed before
	CountAsked   Figure = "asked"   // rated, or over without a word of the raiser
	CountRated   Figure = "rated"
	CountContent Figure = "content" // satisfied and basically satisfied
)

const (
	endPrefix     = "end."   // and a state
	stepPrefix    = "hours." // and the number of a step, of what is closed
	figureSep     = ","      // between figures, as they are stored
	recountAtOnce = 200      // concerns in one transaction
)

// steps are the upper bounds in hours of the steps in which times are counted:
// by four hours for three days, then by day for two months, then coarser.
var steps = func() []int {
	var out []int
	for h := 4; h <= 72; h += 4 {
		out = append(out, h)
	}
	for d := 4; d <= 60; d++ {
		out = append(out, d*24)
	}
	for _, d := range []int{75, 90, 120, 180, 365, 3650} {
		out = append(out, d*24)
	}
	return out
}()

func stepOfHours(took time.Duration) Figure {
	i, _ := slices.BinarySearchFunc(steps, took, func(h int, d time.Duration) int { return cmp.Compare(time.Duration(h)*time.Hour, d) })
	return Figure(stepPrefix + strconv.Itoa(min(i, len(steps)-1)))
}

// Counted is what of one concern is in the counts. The zero value but for ID:
// nothing is.
type Counted struct {
	ID       string
	Region   region.Code
	Month    int // 202609
	Category string
	Figures  string // between commas, in a fixed order
}

// CountMove changes one count.
type CountMove struct {
	Region   region.Code
	Month    int
	Category string
	Figure   Figure
	By       int
}

// CountTx is what a follower of the outbox offers for counting.
type CountTx interface {
	outbox.Tx
	// ConcernFacts gives a concern and when it was last closed (zero: never, or
	// opened again since), without a lock; false where there is none.
	ConcernFacts(ctx context.Context, id string) (Record, time.Time, bool, error)
	// CountedConcern gives what of a concern is in the counts.
	CountedConcern(ctx context.Context, id string) (Counted, error)
	// SaveCountedConcern keeps what of a concern is in the counts.
	SaveCountedConcern(ctx context.Context, c Counted) error
	// MoveConcernCounts changes counts, in the order given.
	MoveConcernCounts(ctx context.Context, moves []CountMove) error
	// RegionChanged drops prepared answers of the place.
	RegionChanged(ctx context.Context, code region.Code) error
}

// figuresOf says what is counted of a concern: of what is sealed, nothing.
func figuresOf(r Record, closedAt time.Time) Counted {
	out := Counted{ID: r.ID}
	if r.Visibility == Sealed {
		return out
	}
	at := r.RaisedAt.In(calendar.China)
	out.Region, out.Category, out.Month = r.Region, r.Category, at.Year()*100+int(at.Month())
	figures := []Figure{CountRaised}
	add := func(holds bool, f Figure) {
		if holds {
			figures = append(figures, f)
		}
	}
	over := !r.State.Open() && r.State != Merged && r.State != Withdrawn
	closed := over || r.State == Done
	late := r.Escalated || closed && r.Content.PromisedOn != "" && dayOf(closedAt) > r.Content.PromisedOn
	add(r.State.Open(), CountOpen)
	add(closed, CountClosed)
	add(closed || r.Escalated && r.State.Open(), CountDue)
	add(closed && !late, CountInTime)
	add(over || r.Rating != "", CountAsked)
	add(r.Rating != "", CountRated)
	add(r.Rating == Satisfied || r.Rating == Basic, CountContent)
	add(!r.State.Open(), Figure(endPrefix+string(r.State)))
	add(closed && !closedAt.IsZero(), stepOfHours(closedAt.Sub(r.RaisedAt)))
	words := make([]string, len(figures))
	for i, f := range figures {
		words[i] = string(f)
	}
	out.Figures = strings.Join(words, figureSep)
	return out
}

// Take does what follows from events, in the transaction of the follower of
// topic outbox.Tally: what is counted of each concern becomes what is true of
// it. Repeating it changes nothing. The transaction records its own event.
func (s *Service) Take(ctx context.Context, tx CountTx, events []outbox.Event) error {
	var ids []string
	for _, e := range events {
		if strings.HasPrefix(e.Kind, EventPrefix) && !slices.Contains(ids, e.Subject) {
			ids = append(ids, e.Subject)
		}
	}
	_, err := recount(ctx, tx, ids)
	return err
}

// recount compares what is counted of concerns with what is true, moves the
// counts by the difference, and gives how many differed.
func recount(ctx context.Context, tx CountTx, ids []string) (int, error) {
	moves := map[CountMove]int{} // By is 0 in the keys
	changed := 0
	for _, id := range ids {
		truth := Counted{ID: id}
		r, closedAt, ok, err := tx.ConcernFacts(ctx, id)
		if err != nil {
			return 0, err
		}
		if ok {
			truth = figuresOf(r, closedAt)
		}
		counted, err := tx.CountedConcern(ctx, id)
		if err != nil {
			return 0, err
		}
		if truth == counted {
			continue
		}
		changed++
		note(moves, counted, -1)
		note(moves, truth, 1)
		if err := tx.SaveCountedConcern(ctx, truth); err != nil {
			return 0, err
		}
		if err := tx.RegionChanged(ctx, cmp.Or(truth.Region, counted.Region)); err != nil {
			return 0, err
		}
	}
	return changed, tx.MoveConcernCounts(ctx, ordered(moves))
}

func note(moves map[CountMove]int, c Counted, by int) {
	if c.Figures == "" {
		return
	}
	for _, place := range c.Region.Path() {
		for f := range strings.SplitSeq(c.Figures, figureSep) {
			moves[CountMove{Region: place, Month: c.Month, Category: c.Category, Figure: Figure(f)}] += by
		}
	}
}

// ordered lists moves in one order for all transactions, so that two never wait
// for each other in a ring; what cancels out is left out.
func ordered(moves map[CountMove]int) []CountMove {
	var out []CountMove
	for m, by := range moves {
		if by != 0 {
			m.By = by
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b CountMove) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Month, b.Month), cmp.Compare(a.Category, b.Category), cmp.Compare(a.Figure, b.Figure))
	})
	return out
}

// Recount brings the counts of all concerns up to what is true, and gives how
// many were counted otherwise: none, unless the archive was tampered with or
// the way of counting has changed.
func (s *Service) Recount(ctx context.Context) (int, error) {
	differed := 0
	for after := int64(0); ; {
		ids, last, err := s.store.ConcernIDsAfter(ctx, after, recountAtOnce)
		if err != nil || len(ids) == 0 {
			return differed, err
		}
		err = s.store.InTx(ctx, audit.BySystem("recount"), func(tx Tx) error {
			// Nothing is taken: it waits for the follower, and the follower for it.
			if _, err := tx.TakeEvents(ctx, outbox.Tally, 0); err != nil {
				return err
			}
			n, err := recount(ctx, tx, ids)
			if err != nil {
				return err
			}
			differed += n
			return tx.Record(ctx, audit.Event{
				Action: "concern.recount", Object: "concern", Result: "ok", Detail: map[string]string{"differed": strconv.Itoa(n)},
			})
		})
		if err != nil {
			return differed, err
		}
		after = last
	}
}
