package disclosure

import (
	"context"
	"strconv"

	"cunwu/service/outbox"
)

// Kinds of events that this package announces (see package outbox). Region is
// the village, Subject the posting's id. Facts of all: item, period, version,
// visibility, pos (the place in the feeds), late (true or false).
const (
	EventSubmitted = "disclosure.submitted" // awaits the supervisory committee
	EventReturned  = "disclosure.returned"  // back to the clerk, by an objection or the committee
	EventReviewed  = "disclosure.reviewed"  // awaits confirmation
	EventConfirmed = "disclosure.confirmed" // awaits publication
	EventPublished = "disclosure.published" // version 1, or a correction where version > 1
	EventWithdrawn = "disclosure.withdrawn"
	EventArchived  = "disclosure.archived" // posted as long as it must be
)

// announce tells what a step did to the posting.
func (m *move) announce(ctx context.Context, kind string) error {
	r := m.rec
	return m.tx.Announce(ctx, outbox.Event{Kind: kind, Region: r.Region, Subject: r.ID, Facts: map[string]string{
		"item": r.ItemCode, "period": r.Period, "version": strconv.Itoa(r.Version), "visibility": string(r.Visibility),
		"pos": strconv.FormatInt(r.Pos, 10), "late": strconv.FormatBool(r.Late),
	}})
}

// eventOf gives the event of a step by the state it led to, "" for none.
func eventOf(before, after State, returned bool) string {
	switch {
	case returned:
		return EventReturned
	case before == after:
		return "" // an extension
	}
	return map[State]string{
		InReview: EventSubmitted, Reviewed: EventReviewed, Confirmed: EventConfirmed, Published: EventPublished,
		Withdrawn: EventWithdrawn, Archived: EventArchived, Expired: EventArchived,
	}[after]
}
