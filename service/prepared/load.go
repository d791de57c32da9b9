package prepared

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// flight is one load under way, shared by all requests that joined it before
// the next change of the region.
type flight struct {
	gen    *atomic.Uint64
	at     uint64
	done   chan struct{}
	answer *Answer
	err    error
}

// miss loads a page, or serves what is there while storage is away.
func (c *Cache) miss(ctx context.Context, k pageKey, load Loader) (*Answer, Freshness, error) {
	c.counts.misses.Add(1)
	s, old, age := c.outdated(k)
	if old != nil && c.failing(ctx, s, k, load) {
		return c.stale(old, age)
	}
	f := c.join(ctx, k, load)
	err := c.await(ctx, f, old != nil)
	switch {
	case err == nil:
		return f.answer, Freshness{}, nil
	case old == nil, ctx.Err() != nil, !StorageFailed(err):
		return nil, Freshness{}, err
	}
	s.failedAt.CompareAndSwap(0, c.nowMillis())
	return c.stale(old, age)
}

// outdated finds what may be shown instead if storage is away.
func (c *Cache) outdated(k pageKey) (*slot, *Answer, time.Duration) {
	s, ok := c.pages.GetIfPresent(k)
	if !ok {
		return nil, nil, 0
	}
	a := s.answer.Load()
	if a == nil {
		return s, nil, 0
	}
	now := c.opt.Clock.Now()
	if c.spent(a, now.UnixMilli()) {
		return s, nil, 0
	}
	return s, a, now.Sub(a.BuiltAt)
}

// spent reports whether an answer was outdated, or could not be vouched for,
// longer than it may be shown; it starts that time where it has not begun.
func (c *Cache) spent(a *Answer, now int64) bool {
	since := c.blindSince.Load()
	if !a.current() {
		a.outdatedAt.CompareAndSwap(0, now)
		since = a.outdatedAt.Load()
	}
	return since != 0 && now-since > c.opt.StaleFor.Milliseconds()
}

// failing reports whether the page's last load failed, so that nobody need
// wait for the next; at most one attempt per RetryFor goes on in the background.
func (c *Cache) failing(ctx context.Context, s *slot, k pageKey, load Loader) bool {
	failed := s.failedAt.Load()
	if failed == 0 {
		return false
	}
	if c.nowMillis()-failed >= c.opt.RetryFor.Milliseconds() {
		c.join(ctx, k, load)
	}
	return true
}

func (c *Cache) stale(a *Answer, age time.Duration) (*Answer, Freshness, error) {
	c.counts.stale.Add(1)
	return a, Freshness{Stale: true, Age: max(age, 0)}, nil
}

// errLate is what a request sees that did not wait for the end of a load.
var errLate = fmt.Errorf("prepared: load takes too long: %w", context.DeadlineExceeded)

// await waits for a flight; not for long where something can be shown instead.
func (c *Cache) await(ctx context.Context, f *flight, hasOld bool) error {
	var late <-chan time.Time
	if hasOld {
		t := time.NewTimer(c.opt.Patience)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	case <-late:
		return errLate
	}
}

// join gives the page's load under way, or starts one. A load that began before
// the last change of the region is not joined: it may have read what was.
func (c *Cache) join(ctx context.Context, k pageKey, load Loader) *flight {
	g := c.gens.of(k.region)
	c.mu.Lock()
	defer c.mu.Unlock()
	at := g.Load()
	if f := c.flights[k]; f != nil && f.at == at {
		return f
	}
	f := &flight{gen: g, at: at, done: make(chan struct{})}
	c.flights[k] = f
	// The load serves many requests: it ends with none of them.
	go c.fly(context.WithoutCancel(ctx), k, f, load)
	return f
}

func (c *Cache) fly(ctx context.Context, k pageKey, f *flight, load Loader) {
	ctx, cancel := context.WithTimeout(ctx, c.opt.LoadFor)
	defer cancel()
	token := ""
	f.answer, token = c.fromShared(ctx, k)
	if f.answer == nil {
		f.answer, f.err = c.fromStorage(ctx, load)
	}
	if f.err == nil {
		f.answer.gen, f.answer.at = f.gen, f.at
		if c.forgetRace {
			f.answer.at = f.gen.Load()
		}
		c.keep(k, f.answer)
	} else {
		c.failed(k, f.err)
	}
	c.mu.Lock()
	if c.flights[k] == f {
		delete(c.flights, k)
	}
	c.mu.Unlock()
	close(f.done)
	if f.err == nil && token != "" {
		c.toShared(ctx, k, token, f.answer)
	}
}

func (c *Cache) fromStorage(ctx context.Context, load Loader) (a *Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.opt.Logger.ErrorContext(ctx, "a loader panicked", "panic", p, "stack", string(debug.Stack()))
			a, err = nil, errPanic
		}
	}()
	c.counts.loads.Add(1)
	builtAt := c.opt.Clock.Now()
	body, contentType, asOf, err := load(ctx)
	if err != nil {
		return nil, err
	}
	return newAnswer(body, nil, contentType, asOf, builtAt), nil
}

// keep puts an answer in its slot unless one of a later generation is there.
func (c *Cache) keep(k pageKey, a *Answer) {
	s, ok := c.pages.GetIfPresent(k)
	if !ok {
		s, _ = c.pages.SetIfAbsent(pageKey{cloned(k.region), cloned(k.key)}, &slot{})
	}
	for {
		old := s.answer.Load()
		if old != nil && old.at > a.at {
			return
		}
		if s.answer.CompareAndSwap(old, a) {
			break
		}
	}
	s.failedAt.Store(0)
	c.pages.Set(k, s) // weighs it anew
}

// failed notes a failure of storage at the page's slot, if it has one. Any
// other error is the true answer, and what was there before is gone.
func (c *Cache) failed(k pageKey, err error) {
	if !StorageFailed(err) {
		c.pages.Invalidate(k)
		return
	}
	c.counts.failures.Add(1)
	if s, ok := c.pages.GetIfPresent(k); ok {
		s.failedAt.Store(c.nowMillis())
	}
}

func (c *Cache) nowMillis() int64 { return c.opt.Clock.Now().UnixMilli() }
