package prepared

import (
	"context"
	"hash/maphash"
	"slices"
	"sync/atomic"
	"time"

	"cunwu/service/region"
)

// generations are the change counters of regions. Regions share counters by
// hash: a rare clash only drops an answer that need not be, and memory does not
// grow with the names that strangers ask for.
type generations struct {
	seed     maphash.Seed
	counters [1 << 14]atomic.Uint64
}

func (g *generations) of(regionCode string) *atomic.Uint64 {
	return &g.counters[maphash.String(g.seed, regionCode)%uint64(len(g.counters))]
}

// Changed drops what is prepared of each place and of every place above it, up
// to the whole country: in this process before it returns, in the shared store
// as soon as that answers (until then the shared store is not asked for them).
// Call it after the commit. The empty code drops everything in this process.
func (c *Cache) Changed(codes ...region.Code) {
	c.changed(append([]string{""}, c.opt.Subjects...), codes)
}

// ChangedOf does as Changed for the pages of one subject alone: those that were
// asked for under the names that Of gives.
func (c *Cache) ChangedOf(subject string, codes ...region.Code) { c.changed([]string{subject}, codes) }

// Of names a place for the pages of a subject. Pages of a subject are dropped
// with all others of their place, and by ChangedOf without them: so what changes
// often does not take the rest with it. The subject must be in Options.Subjects.
func Of(subject, regionCode string) string {
	if subject == "" {
		return regionCode
	}
	return subject + ":" + regionCode
}

func (c *Cache) changed(subjects []string, codes []region.Code) {
	if len(codes) == 0 {
		return
	}
	places := make(map[string]struct{}, len(codes)*8*len(subjects))
	for _, subject := range subjects {
		for _, code := range codes {
			for _, p := range code.Path() {
				places[Of(subject, string(p))] = struct{}{}
			}
		}
		places[Of(subject, "")] = struct{}{}
	}
	if slices.Contains(codes, "") {
		c.dropAll()
	}
	if c.opt.Shared != nil {
		// First the queue, then the counters: whoever sees the new counter
		// also sees that the shared store may be behind.
		c.drops.add(places, c.opt.Clock.Now())
	}
	for p := range places {
		c.gens.of(p).Add(1)
	}
	c.drops.signal()
}

func (c *Cache) dropAll() {
	for i := range c.gens.counters {
		c.gens.counters[i].Add(1)
	}
}

// Poll gives the places changed since it was last asked, and the last serial
// read, which comes back as after; with after < 0 it begins from now. Serials of
// concurrent commits become visible out of order: whoever polls reads a trailing
// window again and gives each change once.
type Poll func(ctx context.Context, after int64) (codes []region.Code, last int64, err error)

// pollFor bounds one poll, so that a frozen database is noticed.
const pollFor = time.Second

// Follow reads changes made by any instance and drops what they touch, at once
// and then at each interval (or Wake), until ctx is done. While changes cannot
// be read for longer than four intervals, every answer is given as stale.
func (c *Cache) Follow(ctx context.Context, poll Poll, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	f := follower{cache: c, poll: poll, after: -1, grace: max(4*every, 2*pollFor), seenAt: time.Now()}
	for {
		f.step(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-c.wake:
		}
	}
}

// Wake makes Follow poll now: for hints from other instances, which may be lost.
func (c *Cache) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

type follower struct {
	cache  *Cache
	poll   Poll
	after  int64
	grace  time.Duration
	seenAt time.Time // of the last good poll, by the machine's clock: the test clock may jump
	failed bool
}

func (f *follower) step(ctx context.Context) {
	pollCtx, cancel := context.WithTimeout(ctx, pollFor)
	defer cancel()
	codes, last, err := f.poll(pollCtx, f.after)
	c := f.cache
	if err != nil {
		if !f.failed && ctx.Err() == nil {
			c.opt.Logger.WarnContext(ctx, "changes cannot be followed", "error", err)
		}
		f.failed = true
		if time.Since(f.seenAt) > f.grace {
			c.blindSince.CompareAndSwap(0, c.nowMillis())
		}
		return
	}
	if f.after < 0 {
		c.dropAll() // what was loaded before we began to follow may have changed unseen
	}
	c.Changed(codes...)
	f.after, f.seenAt = last, time.Now()
	if f.failed {
		c.opt.Logger.InfoContext(ctx, "changes are followed again")
	}
	f.failed = false
	c.blindSince.Store(0)
}
