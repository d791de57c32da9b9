package question

import (
	"context"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/outbox"
)

// Kinds of events that this package announces (see package outbox). Region is
// the village, Subject the question's id. Facts of all: posting, item, kind
// (question or objection), state, due (a day, "" where nobody owes an answer).
const (
	EventAsked     = "question.asked"     // the village owes an answer
	EventAnswered  = "question.answered"  // by the village, or by the township (state decided)
	EventEscalated = "question.escalated" // the township owes an answer
	EventSettled   = "question.settled"   // or left unsettled, see state: nothing follows
)

// eventOf gives the event of a question that came into a state.
func eventOf(s State) string {
	switch s {
	case Open:
		return EventAsked
	case Answered, Decided:
		return EventAnswered
	case Escalated:
		return EventEscalated
	case Settled, Unsettled:
	}
	return EventSettled
}

func announce(ctx context.Context, tx Tx, kind string, q Record) error {
	due := ""
	if !q.DueAt.IsZero() {
		due = q.DueAt.In(calendar.China).Format(time.DateOnly)
	}
	return tx.Announce(ctx, outbox.Event{Kind: kind, Region: q.Region, Subject: q.ID, Facts: map[string]string{
		"posting": q.PostingID, "item": q.ItemCode, "kind": string(q.Kind), "state": string(q.State), "due": due,
	}})
}
