package ranking

import (
	"context"
	"sync"
	"time"

	"cunwu/service/fault"
)

const (
	queueMost  = 4096 // endorsements waiting; one more is told to come back
	groupMost  = 256  // endorsements committed in one transaction
	groupTime  = 10 * time.Second
	retryAfter = 2 * time.Second
)

// endorser commits endorsements in groups, as ballots do their casts: while one
// group is being synced to disk the next gathers, so that the cost of a commit
// is shared by all who wait for it. Work goes on in one goroutine that lives as
// long as something is waiting.
type endorser struct {
	store   Store
	mu      sync.Mutex
	queue   []*waiting
	working bool
}

type waiting struct {
	what Endorsement
	done chan Outcome
}

// take hands an endorsement in and waits for the commit. Where ctx ends before,
// the outcome is not known, and that is what the caller is told: to ask again
// changes nothing.
func (r *endorser) take(ctx context.Context, e Endorsement) (State, error) {
	w := &waiting{what: e, done: make(chan Outcome, 1)}
	if !r.enqueue(ctx, w) {
		return State{}, ErrBusy.After(retryAfter)
	}
	select {
	case o := <-w.done:
		return o.State, o.Err
	case <-ctx.Done():
		return State{}, fault.ErrUnavailable.Because(ctx.Err()).After(retryAfter)
	}
}

func (r *endorser) enqueue(ctx context.Context, w *waiting) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) >= queueMost {
		return false
	}
	r.queue = append(r.queue, w)
	if !r.working {
		r.working = true
		go r.work(context.WithoutCancel(ctx)) // a group is many people's: none of them can end it
	}
	return true
}

func (r *endorser) work(ctx context.Context) {
	for group := r.next(); group != nil; group = r.next() {
		r.commit(ctx, group)
	}
}

// next takes what waits, or ends the work.
func (r *endorser) next() []*waiting {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.queue), groupMost)
	if n == 0 {
		r.working, r.queue = false, nil
		return nil
	}
	group := r.queue[:n:n]
	r.queue = r.queue[n:]
	return group
}

func (r *endorser) commit(ctx context.Context, group []*waiting) {
	ctx, cancel := context.WithTimeout(ctx, groupTime)
	defer cancel()
	es := make([]Endorsement, len(group))
	for i, w := range group {
		es[i] = w.what
	}
	for i, o := range r.store.Endorse(ctx, es) {
		group[i].done <- o
	}
}
