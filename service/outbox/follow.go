package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

const (
	// batch is how many events one transaction of a follower takes.
	batch = 200
	// patience is how often the oldest event may fail before it is parked.
	patience = 8
	// pollEvery is how often a follower looks without being woken.
	pollEvery = 500 * time.Millisecond
)

// Handler takes at most limit events of its topic and does what follows, in one
// transaction of its noun, and gives how many it took.
type Handler func(ctx context.Context, limit int) (int, error)

// Follower runs the handler of one topic. Wake may be called by anybody; the
// other methods by one goroutine.
type Follower struct {
	Store   Store
	Topic   Topic
	Handle  Handler
	Log     *slog.Logger
	wake    chan struct{}
	failing int
}

// NewFollower makes a follower.
func NewFollower(s Store, t Topic, h Handler, log *slog.Logger) *Follower {
	return &Follower{Store: s, Topic: t, Handle: h, Log: log, wake: make(chan struct{}, 1)}
}

// Wake makes the follower look now. It does not wait.
func (f *Follower) Wake() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Run follows until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	t := time.NewTicker(pollEvery)
	defer t.Stop()
	for {
		if err := f.Drain(ctx); err != nil && ctx.Err() == nil {
			f.Log.WarnContext(ctx, "followers are behind", "topic", string(f.Topic), "cause", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		case <-t.C:
		}
	}
}

// Drain handles what is there until nothing is left or the handler fails.
// Where a batch fails, its events are tried one by one; one that keeps failing
// is parked, so that it does not hold up all that come after it.
func (f *Follower) Drain(ctx context.Context) error {
	for {
		n, err := f.Store.PendingEvents(ctx, f.Topic, 1)
		if err != nil || n == 0 {
			return err
		}
		limit := batch
		if f.failing > 0 {
			limit = 1
		}
		n, err = f.Handle(ctx, limit)
		if err == nil {
			f.failing = 0
			if n == 0 { // another instance was quicker
				return nil
			}
			continue
		}
		if f.failing++; f.failing < patience || ctx.Err() != nil {
			return err
		}
		e, parked, perr := f.Store.ParkEvent(ctx, f.Topic, err.Error())
		if perr != nil {
			return fmt.Errorf("outbox: park an event: %w", perr)
		}
		f.failing = 0
		if parked {
			f.Log.ErrorContext(ctx, "event parked", "topic", string(f.Topic), "kind", e.Kind, "subject", e.Subject, "cause", err)
		}
	}
}
