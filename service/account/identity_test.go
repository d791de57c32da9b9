package account_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/fault"
)

// oneQuestion answers what Authenticate may ask and counts; anything else it is
// asked is a nil dereference. While gate is not nil, questions wait for it.
type oneQuestion struct {
	account.Store
	real  account.Store
	asked atomic.Int64
	gate  chan struct{}
	err   error
}

func (q *oneQuestion) Identities(ctx context.Context, hashes [][]byte) ([]account.Identity, error) {
	q.asked.Add(1)
	if q.gate != nil {
		<-q.gate
	}
	if q.err != nil {
		return nil, q.err
	}
	return q.real.Identities(ctx, hashes)
}

func TestService_Authenticate_AsksOneQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.New(t))
	_, clerk, _ := w.staffed()
	_, err := w.bind(clerk, "李小四", idLi[14:])
	w.ok(err)
	q := &oneQuestion{real: w.db.Accounts()}
	o := w.opts
	o.Limits.SessionTTL = time.Hour
	svc := account.New(q, o)
	for range 100 {
		c, err := svc.Authenticate(w.Context(), w.tokens["clerk"])
		w.ok(err)
		if len(c.Grants) != 1 || c.Standing != account.Reader {
			t.Fatalf("%+v", c)
		}
	}
	if n := q.asked.Load(); n != 1 {
		t.Errorf("%d questions for 100 requests", n)
	}
}

// TestService_Authenticate_Together: who comes while a read is under way is read
// with the others, gets only what is own, and never something from before the
// question.
func TestService_Authenticate_Together(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		_, _, _ = w.staffed()
		q := &oneQuestion{real: w.db.Accounts(), gate: make(chan struct{})}
		svc := account.New(q, w.opts)
		var names []string
		for name := range w.tokens {
			names = append(names, name)
		}
		type answer struct {
			name   string
			caller account.Caller
			err    error
		}
		answers := make(chan answer)
		ask := func(name, token string) {
			go func() {
				c, err := svc.Authenticate(w.Context(), token)
				answers <- answer{name, c, err}
			}()
		}
		ask(names[0], w.tokens[names[0]]) // this one is under way, all others wait
		for q.asked.Load() == 0 {
			runtime.Gosched()
		}
		n := 1
		for range 40 {
			for _, name := range names {
				ask(name, w.tokens[name])
				n++
			}
			ask("nobody", strings.Repeat("x", 43))
			n++
		}
		close(q.gate)
		for range n {
			a := <-answers
			if a.name == "nobody" {
				if !errors.Is(a.err, account.ErrExpired) {
					w.Errorf("a token of nobody: %v", a.err)
				}
				continue
			}
			if a.err != nil || a.caller.AccountID != w.who(a.name).AccountID {
				w.Errorf("%s is taken for %s: %v", a.name, a.caller.AccountID, a.err)
			}
		}
		if asked := q.asked.Load(); asked > int64(n)/4 {
			w.Errorf("%d reads for %d requests", asked, n)
		}
		// A read that fails is nobody's word.
		q.err = fault.ErrUnavailable
		if _, err := account.New(q, w.opts).Authenticate(w.Context(), w.tokens[names[0]]); !errors.Is(err, fault.ErrUnavailable) {
			w.Errorf("without a store: %v", err)
		}
	})
}
