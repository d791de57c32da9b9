package outbox_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"cunwu/service/outbox"
)

func TestTopics(t *testing.T) {
	t.Parallel()
	all := []outbox.Topic{outbox.Search, outbox.Tally, outbox.Notify}
	for kind, want := range map[string][]outbox.Topic{
		"disclosure.published":   all,
		"duty.due":               all[1:],
		"question.asked":         all[1:],
		"board.photo":            all[1:],
		"redblack.list":          all[2:],
		"account.bound":          nil,
		"disclosures.published":  nil,
		"my.disclosure.imitated": nil,
		"":                       nil,
	} {
		if got := outbox.Topics(kind); !slices.Equal(got, want) {
			t.Errorf("%q goes to %v, want %v", kind, got, want)
		}
	}
}

// queue is a topic in memory. What is in poison makes its handler fail.
type queue struct {
	mu     sync.Mutex
	events []string
	done   []string
	parked []string
	poison string
	fails  int // how often everything fails
	most   int // largest batch that was asked for
	empty  bool
}

var errPoison = errors.New("poison")

func (q *queue) PendingEvents(context.Context, outbox.Topic, int) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return min(1, len(q.events)), nil
}

func (q *queue) ParkEvent(context.Context, outbox.Topic, string) (outbox.Event, bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.events) == 0 {
		return outbox.Event{}, false, nil
	}
	e := q.events[0]
	q.events, q.parked = q.events[1:], append(q.parked, e)
	return outbox.Event{Subject: e}, true, nil
}

// handle takes like a transaction: all or nothing.
func (q *queue) handle(_ context.Context, limit int) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.most = max(q.most, limit)
	if q.fails > 0 {
		q.fails--
		return 0, errPoison
	}
	if q.empty { // another instance was quicker
		return 0, nil
	}
	n := min(limit, len(q.events))
	if slices.Contains(q.events[:n], q.poison) {
		return 0, errPoison
	}
	q.done = append(q.done, q.events[:n]...)
	q.events = q.events[n:]
	return n, nil
}

func (q *queue) follower() *outbox.Follower {
	return outbox.NewFollower(q, outbox.Search, q.handle, slog.New(slog.DiscardHandler))
}

// drain runs until nothing is left, as the loop does.
func (q *queue) drain(t *testing.T) (tries int) {
	t.Helper()
	f := q.follower()
	for tries = 1; tries < 100; tries++ {
		if err := f.Drain(t.Context()); err == nil {
			return tries
		} else if !errors.Is(err, errPoison) {
			t.Fatal(err)
		}
	}
	t.Fatal("it does not come to an end")
	return 0
}

func TestFollower_Drain(t *testing.T) {
	t.Parallel()
	t.Run("OK", func(t *testing.T) {
		q := &queue{events: []string{"a", "b", "c"}}
		if tries := q.drain(t); tries != 1 || !slices.Equal(q.done, []string{"a", "b", "c"}) || q.most < 100 {
			t.Errorf("%d tries: %+v", tries, q.done)
		}
	})
	t.Run("PoisonIsParked", func(t *testing.T) {
		q := &queue{events: []string{"a", "b", "bad", "c", "d"}, poison: "bad"}
		tries := q.drain(t)
		if !slices.Equal(q.done, []string{"a", "b", "c", "d"}) || !slices.Equal(q.parked, []string{"bad"}) {
			t.Errorf("done %v, parked %v", q.done, q.parked)
		}
		if tries < 5 {
			t.Errorf("parked after %d tries: what passes by itself needs patience", tries)
		}
	})
	t.Run("PassingTroubleParksNothing", func(t *testing.T) {
		q := &queue{events: []string{"a", "b"}, fails: 4}
		if q.drain(t); len(q.parked) != 0 || len(q.done) != 2 {
			t.Errorf("done %v, parked %v", q.done, q.parked)
		}
	})
	t.Run("AnotherWasQuicker", func(t *testing.T) {
		q := &queue{events: []string{"a"}, empty: true}
		if tries := q.drain(t); tries != 1 {
			t.Errorf("%d tries", tries)
		}
	})
	t.Run("ContextEnds", func(t *testing.T) {
		q := &queue{events: []string{"a"}, fails: 100}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		f := q.follower()
		for range 30 {
			if err := f.Drain(ctx); !errors.Is(err, errPoison) {
				t.Fatal(err)
			}
		}
		if len(q.parked) != 0 {
			t.Errorf("parked %v because the server was ending", q.parked)
		}
	})
}

// TestFollower_Run: it looks at once, when woken, and ends with its context.
func TestFollower_Run(t *testing.T) {
	t.Parallel()
	q := &queue{events: []string{"a"}}
	f := q.follower()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		f.Run(ctx)
		close(ended)
	}()
	wait := func(n int) {
		t.Helper()
		until := time.Now().Add(5 * time.Second)
		for time.Now().Before(until) {
			q.mu.Lock()
			done := len(q.done)
			q.mu.Unlock()
			if done == n {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatalf("not %d done", n)
	}
	wait(1)
	q.mu.Lock()
	q.events = []string{"b"}
	q.mu.Unlock()
	for range 5 { // waking never waits
		f.Wake()
	}
	wait(2)
	cancel()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("it does not end")
	}
}
