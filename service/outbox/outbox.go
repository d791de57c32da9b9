// Package outbox carries what happened from the transaction in which it
// happened to what follows from it later: the search index, the counts, the
// messages to people. What follows is never part of the act itself, so that a
// slow or failing follower neither delays nor undoes it.
//
// Invariants: an event is written in the transaction of what it tells, so
// neither is there without the other; a follower takes events away in the same
// transaction in which it writes what follows from them, so each is followed
// once, whatever crashes; events carry ids, codes and figures, no text about
// people.
package outbox

import (
	"context"
	"strings"
	"time"

	"cunwu/service/audit"
	"cunwu/service/region"
)

// Topic is a line of events that one follower reads.
type Topic string

// The topics.
const (
	Search Topic = "search" // the index of texts and of named things
	Tally  Topic = "tally"  // duties done, indicators
	Notify Topic = "notify" // messages to people
	Review Topic = "review" // what checks decided about what people wrote
)

// interests says by prefix of kind which topics an event goes to.
var interests = map[Topic][]string{
	Search: {"disclosure."},
	Tally:  {"disclosure.", "duty.", "question.", "board.", "concern."},
	Notify: {"disclosure.", "duty.", "question.", "board.", "consultation.", "ballot.", "concern.", "moderation.waiting", "redblack."},
	Review: {"moderation."},
}

// Topics gives the topics that an event of a kind goes to, in a fixed order.
func Topics(kind string) []Topic {
	var out []Topic
	for _, t := range []Topic{Search, Tally, Notify, Review} {
		for _, prefix := range interests[t] {
			if strings.HasPrefix(kind, prefix) {
				out = append(out, t)
				break
			}
		}
	}
	return out
}

// Event tells that something happened. Serial is given by the archive, rising
// within a topic in the order in which transactions wrote; At is the time of
// the transaction. Actor is the account that did it, audit.System for timers.
type Event struct {
	Serial  int64
	Kind    string // dotted, e.g. "disclosure.published"
	Region  region.Code
	Subject string // id of what it is about
	Actor   string
	At      time.Time
	Facts   map[string]string
}

// Tx is part of the Tx of every noun that announces or follows.
type Tx interface {
	audit.Tx
	// Announce writes the event for each of its topics. Serial, Actor and At
	// are set by the archive.
	Announce(ctx context.Context, e Event) error
	// TakeEvents removes the oldest events of a topic, at most limit, and gives
	// them. It waits for whoever is taking from the same topic.
	TakeEvents(ctx context.Context, t Topic, limit int) ([]Event, error)
}

// Store is what Follow needs of the archive.
type Store interface {
	// PendingEvents counts the events of a topic, up to most.
	PendingEvents(ctx context.Context, t Topic, most int) (int, error)
	// ParkEvent moves the oldest event of a topic out of the way, for a person
	// to look at, and gives it; false where there is none.
	ParkEvent(ctx context.Context, t Topic, why string) (Event, bool, error)
}
