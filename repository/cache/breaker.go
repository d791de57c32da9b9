package cache

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// breaker keeps callers from waiting on a store that does not answer. The
// first failure opens it; while open, one call per pause is let through as a
// probe and all others are refused at once.
type breaker struct {
	pause  time.Duration
	limit  time.Duration // longest time of one call
	nextAt atomic.Int64  // monotonic ns from which one probe may pass, 0 = closed
	epoch  time.Time
	opened atomic.Int64 // how often it opened
}

func newBreaker(pause, limit time.Duration) *breaker {
	return &breaker{pause: pause, limit: limit, epoch: time.Now()}
}

// do runs call within the time limit. answered tells the breaker whether an
// error came from a store that is there and refused.
func (b *breaker) do(ctx context.Context, answered func(error) bool, call func(context.Context) error) error {
	if !b.pass() {
		return ErrAway
	}
	inner, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	err := call(inner)
	switch {
	case err == nil:
		b.nextAt.Store(0)
		return nil
	case answered(err):
		b.nextAt.Store(0)
		return err
	case ctx.Err() != nil:
		// The caller went away: this says nothing of the store. A probe that
		// ended so leaves the breaker open for another.
		return ctx.Err()
	}
	b.open()
	return errors.Join(ErrAway, fmt.Errorf("cache: %w", err))
}

// pass reports whether a call may be made; while open, it hands out one probe.
func (b *breaker) pass() bool {
	next := b.nextAt.Load()
	if next == 0 {
		return true
	}
	now := int64(time.Since(b.epoch))
	return now >= next && b.nextAt.CompareAndSwap(next, now+int64(b.pause))
}

func (b *breaker) open() {
	if b.nextAt.Swap(int64(time.Since(b.epoch)+b.pause)) == 0 {
		b.opened.Add(1)
	}
}

// away reports whether the breaker is open.
func (b *breaker) away() bool { return b.nextAt.Load() != 0 }
