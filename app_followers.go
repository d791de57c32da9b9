package main

import (
	"context"
	"fmt"

	"cunwu/service/outbox"
)

// handlers says who does what follows from the events of each topic. There is
// one for a topic, since it takes the events away; whoever else reads a topic
// hangs on that one's transaction by its Also.
func (a *App) handlers() map[outbox.Topic]outbox.Handler {
	return map[outbox.Topic]outbox.Handler{
		outbox.Search: a.search.Follow, // and named things, by Also
		outbox.Tally:  a.duties.Follow,
		outbox.Notify: a.inbox.Follow,
		outbox.Review: a.concerns.Follow,
	}
}

// newFollower makes a follower. Several of one topic may run beside each other,
// here or in other instances: they wait for each other at the topic's row.
func (a *App) newFollower(t outbox.Topic, h outbox.Handler) *outbox.Follower {
	return outbox.NewFollower(a.db.Outbox(), t, h, a.log)
}

// startFollowers does what follows from what is announced, at once where it was
// announced here, until ctx ends. Who tells people has a loop of its own, which
// also delivers (startInbox).
func (a *App) startFollowers(ctx context.Context) {
	for topic, handle := range a.handlers() {
		if topic == outbox.Notify {
			continue
		}
		f := a.newFollower(topic, handle)
		a.db.OnAnnounced(f.Wake)
		a.loops.Go(func() { f.Run(ctx) })
	}
}

// drain does all that follows from what was announced before, and from that in
// turn. Seeding ends with it, and so do tests that look at what follows.
func (a *App) drain(ctx context.Context) error {
	for {
		left := 0
		for topic, handle := range a.handlers() {
			if err := a.newFollower(topic, handle).Drain(ctx); err != nil {
				return fmt.Errorf("what follows from topic %s: %w", topic, err)
			}
		}
		for topic := range a.handlers() {
			n, err := a.db.Outbox().PendingEvents(ctx, topic, 1)
			if err != nil {
				return err
			}
			left += n
		}
		if left == 0 {
			return nil
		}
	}
}
