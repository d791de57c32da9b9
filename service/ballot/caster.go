package ballot

import (
	"context"
	"sync"
	"time"

	"cunwu/service/fault"
)

const (
	queueMost  = 4096 // casts waiting; one more is told to come back
	groupTime  = 10 * time.Second
	retryAfter = 2 * time.Second
)

// caster commits casts in groups: while one group is being synced to disk the
// next gathers, so that the cost of a commit is shared by all who wait for it.
// Nobody waits longer than the commits under way take. Work goes on in one
// goroutine that lives as long as something is waiting.
type caster struct {
	store   Store
	mu      sync.Mutex
	queue   []*waitingCast
	working bool
}

type waitingCast struct {
	request CastRequest
	done    chan CastOutcome
}

// cast hands a cast in and waits for the commit. Where ctx ends before, the
// outcome is not known, and that is what the caller is told.
func (c *caster) cast(ctx context.Context, q CastRequest) (Receipt, error) {
	w := &waitingCast{request: q, done: make(chan CastOutcome, 1)}
	if !c.enqueue(ctx, w) {
		return Receipt{}, ErrBusy.After(retryAfter)
	}
	select {
	case o := <-w.done:
		return Receipt{Tracker: o.Tracker, Origin: o.Origin, SealedBy: o.SealedBy}, o.Err
	case <-ctx.Done():
		return Receipt{}, fault.ErrUnavailable.Because(ctx.Err()).After(retryAfter)
	}
}

func (c *caster) enqueue(ctx context.Context, w *waitingCast) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) >= queueMost {
		return false
	}
	c.queue = append(c.queue, w)
	if !c.working {
		c.working = true
		go c.work(context.WithoutCancel(ctx)) // a group is many people's: none of them can end it
	}
	return true
}

func (c *caster) work(ctx context.Context) {
	for {
		group := c.next()
		if group == nil {
			return
		}
		c.commit(ctx, group)
	}
}

// next takes what waits, or ends the work.
func (c *caster) next() []*waitingCast {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.queue), groupMost)
	if n == 0 {
		c.working, c.queue = false, nil
		return nil
	}
	group := c.queue[:n:n]
	c.queue = c.queue[n:]
	return group
}

func (c *caster) commit(ctx context.Context, group []*waitingCast) {
	ctx, cancel := context.WithTimeout(ctx, groupTime)
	defer cancel()
	requests := make([]CastRequest, len(group))
	for i, w := range group {
		requests[i] = w.request
	}
	if answerEarly {
		for i, w := range group {
			w.done <- CastOutcome{Tracker: requests[i].Tracker, Origin: requests[i].Origin}
		}
		time.Sleep(brokenDelay)
	}
	outcomes := c.store.CastAll(ctx, requests)
	for i, w := range group {
		if !answerEarly {
			w.done <- outcomes[i]
		}
	}
}
