package moderation

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"cunwu/service/audit"
	"cunwu/service/media"
)

// Technical bounds; they come from no rule.
const (
	askBatch = 20 // asked in one go
	askers   = 4  // beside each other
	// askTime bounds one asking, and askLease is after what another instance
	// asks again where this one died.
	askTime  = 10 * time.Second
	askLease = 2 * time.Minute
	// mostAsked is how often a file is given to the platform that says it could
	// not fetch it.
	mostAsked = 2
	// mostTrace is the longest trace id that is kept.
	mostTrace = 64
)

// bySystem is in whose name checks are asked and answered.
func bySystem() audit.Act { return audit.BySystem("moderation") }

// Ask gives files that are to be checked to the platform, at most a batch of
// them, and reports how many it took up.
func (s *Service) Ask(ctx context.Context) (int, error) {
	cs, err := s.lease(ctx)
	if err != nil {
		return 0, err
	}
	work := make(chan Check)
	var wg sync.WaitGroup
	errs := make([]error, askers)
	for i := range askers {
		wg.Go(func() {
			for c := range work {
				errs[i] = errors.Join(errs[i], s.askOne(ctx, c))
			}
		})
	}
	for _, c := range cs {
		work <- c
	}
	close(work)
	wg.Wait()
	return len(cs), errors.Join(errs...)
}

// lease takes up what is due, so that nobody else does.
func (s *Service) lease(ctx context.Context) ([]Check, error) {
	ids, err := s.store.ChecksDue(ctx, s.now(), askBatch)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var out []Check
	err = s.store.InTx(ctx, bySystem(), func(tx Tx) error {
		var err error
		if out, err = tx.LeaseChecks(ctx, ids, tx.Now().Add(askLease)); err != nil {
			return err
		}
		if len(out) == 0 {
			return errNothing
		}
		return tx.Record(ctx, audit.Event{
			Action: "moderation.lease", Object: "checks", Result: "ok", Detail: map[string]string{"count": strconv.Itoa(len(out))},
		})
	})
	if errors.Is(err, errNothing) {
		return nil, nil
	}
	return out, err
}

// askOne asks about one file and keeps what came of it.
func (s *Service) askOne(ctx context.Context, c Check) error {
	asked, cancel := context.WithTimeout(ctx, askTime)
	trace, why, err := s.askMedia(asked, c)
	cancel()
	switch {
	case ctx.Err() != nil:
		return ctx.Err() // the server ends: the lease runs out by itself
	case why != "":
		s.o.Observe("media", why)
		return s.toPerson(ctx, c, why)
	case err != nil:
		s.o.Observe("media", "again")
		s.o.Log.WarnContext(ctx, "file not given for checking", "tries", c.Tries, "cause", err)
		return s.askAgain(ctx, c)
	}
	s.o.Observe("media", "asked")
	return s.traced(ctx, c, trace)
}

// askMedia gives the trace id, or why a person must look at once, or an error
// where asking again may help.
func (s *Service) askMedia(ctx context.Context, c Check) (trace, why string, err error) {
	switch {
	case s.o.Checker == nil:
		return "", WhyNoChecker, nil
	case s.o.Site == "" || s.o.Sign == nil || s.o.Files == nil:
		return "", WhyNoAddress, nil
	}
	openID, err := s.openID(ctx, c.Account)
	switch {
	case err != nil:
		return "", "", fmt.Errorf("moderation: user of the check: %w", err)
	case openID == "":
		return "", WhyNoOpenID, nil
	}
	objects, err := s.o.Files.Objects(ctx, []string{c.Part.Media()})
	if err != nil {
		return "", "", err
	}
	if len(objects) != 1 || objects[0].Kind == media.PDF {
		return "", WhyNoFile, nil
	}
	o := objects[0]
	name := o.Digest + "." + o.Kind.Ext()
	trace, err = s.o.Checker.CheckMedia(ctx, openID, s.address(name, s.now()), o.Kind == media.MP3)
	switch {
	case errors.Is(err, ErrUnaskable):
		return "", WhyRefused, nil
	case err != nil:
		return "", "", err
	case !sound(trace):
		return "", "", errors.New("moderation: the platform gave no trace id")
	}
	return trace, "", nil
}

// sound reports whether a trace id can be kept.
func sound(trace string) bool {
	if trace == "" || len(trace) > mostTrace {
		return false
	}
	for _, b := range []byte(trace) {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return true
}

// traced keeps the trace id of a file, and its answer where that was faster.
func (s *Service) traced(ctx context.Context, c Check, trace string) error {
	return s.inTx(ctx, func(tx Tx) error {
		v, answered, ours, err := tx.TraceGiven(ctx, trace, c.ID)
		if err != nil {
			return err
		}
		m, err := locked(ctx, tx, c.Subject)
		if err != nil {
			return err
		}
		own := m.of(c.ID)
		if own == nil || own.State != Pending || own.Trace != "" {
			return errNothing // a person was faster
		}
		if !ours {
			// A trace id that stands for another file stands for nothing.
			own.Suggest = WhyUnclear
			return m.settle(ctx, own, Manual, "trace")
		}
		own.Trace, own.AskedAt, own.NextAt = trace, tx.Now(), zeroTime
		own.WatchAt = tx.Now().Add(s.o.Rules.Watchdog())
		if answered {
			return s.apply(ctx, m, own, v)
		}
		if err := tx.SaveCheck(ctx, *own); err != nil {
			return err
		}
		return record(ctx, tx, "asked", *own)
	})
}

// settle ends a change of one check: saved, recorded, announced.
func (m *change) settle(ctx context.Context, c *Check, to State, action string) error {
	if err := m.become(ctx, c, to, false); err != nil {
		return err
	}
	if err := record(ctx, m.tx, action, *c); err != nil {
		return err
	}
	return m.end(ctx)
}

// toPerson hands a check that is still pending to a person, saying why.
func (s *Service) toPerson(ctx context.Context, c Check, why string) error {
	return s.inTx(ctx, func(tx Tx) error {
		m, err := locked(ctx, tx, c.Subject)
		if err != nil {
			return err
		}
		own := m.of(c.ID)
		if own == nil || own.State != Pending || own.Trace != c.Trace {
			return errNothing
		}
		own.Suggest = why
		return m.settle(ctx, own, Manual, why)
	})
}

// askAgain puts the next asking off, longer each time.
func (s *Service) askAgain(ctx context.Context, c Check) error {
	return s.inTx(ctx, func(tx Tx) error {
		m, err := locked(ctx, tx, c.Subject)
		if err != nil {
			return err
		}
		own := m.of(c.ID)
		if own == nil || own.State != Pending || own.Trace != "" {
			return errNothing
		}
		own.NextAt = tx.Now().Add(backoff(own.Tries))
		if err := tx.SaveCheck(ctx, *own); err != nil {
			return err
		}
		return record(ctx, tx, "again", *own)
	})
}

// backoff is how long the next asking waits: 15 s, 30 s, ... five minutes.
func backoff(tries int) time.Duration {
	return min(15*time.Second<<min(max(tries-1, 0), 5), 5*time.Minute)
}

func (s *Service) inTx(ctx context.Context, fn func(tx Tx) error) error {
	err := s.store.InTx(ctx, bySystem(), fn)
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// watchBatch bounds how many checks one round of Watch hands to persons.
const watchBatch = 200

// Watch hands every check to a person whose answer has not come in the time of
// the rules, and gives how many. What comes later changes nothing.
func (s *Service) Watch(ctx context.Context) (int, error) {
	ids, err := s.store.ChecksUnwatched(ctx, s.now(), watchBatch)
	if err != nil {
		return 0, err
	}
	for n, id := range ids {
		c, err := s.store.CheckByID(ctx, id)
		if err != nil {
			return n, err
		}
		if err := s.watchOne(ctx, c); err != nil {
			return n, err
		}
	}
	return len(ids), nil
}

func (s *Service) watchOne(ctx context.Context, c Check) error {
	return s.inTx(ctx, func(tx Tx) error {
		m, err := locked(ctx, tx, c.Subject)
		if err != nil {
			return err
		}
		own := m.of(c.ID)
		if own == nil || own.State != Pending || own.WatchAt.After(tx.Now()) {
			return errNothing // the answer came, or it was asked again
		}
		own.Suggest = WhyWatchdog
		s.o.Observe("media", WhyWatchdog)
		return m.settle(ctx, own, Manual, "watchdog")
	})
}
