package ballot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/record"
)

const (
	sweepBatch = 50
	// smallRoll and turnoutAge: of a roll under 100 turnout is told ten minutes
	// late, so that nobody can watch who votes (U V-7).
	smallRoll    = 100
	turnoutAge   = 10 * time.Minute
	turnoutEvery = time.Minute
	// bigRoll is counted less often: it is a walk over the whole roll.
	bigRoll = 20_000
)

var errElsewhere = errors.New("ballot: another instance did it")

// Sweep closes what is over, counts what is closed, and takes the turnout of
// what is open. It may run on several instances at once; each thing is done
// once. Its errors are joined; what could be done was done.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	ids, err := s.store.BallotsToClose(ctx, s.opt.Clock.Now(), sweepBatch)
	if err != nil {
		return 0, err
	}
	var problems []error
	done := 0
	for _, id := range ids {
		err := s.Close(ctx, id)
		switch {
		case err == nil:
			done++
		case !errors.Is(err, errElsewhere):
			problems = append(problems, fmt.Errorf("ballot %s: %w", id, err))
		}
	}
	return done, errors.Join(append(problems, s.takeTurnouts(ctx), s.remind(ctx))...)
}

// Close closes a ballot whose time is over and counts it. Closing waits for the
// casts under way and is done once; after it no cast is taken, so that the
// count, which reads outside of a transaction, reads what will stay.
func (s *Service) Close(ctx context.Context, id string) error {
	closed, err := s.shut(ctx, id)
	if err != nil || closed.Sealed { // sealed ones await their trustees
		return err
	}
	return s.count(ctx, closed)
}

// shut closes a ballot whose time is over, or gives one that was closed before
// and not counted.
func (s *Service) shut(ctx context.Context, id string) (closed Record, err error) {
	err = s.store.InTx(ctx, audit.BySystem("ballot.close"), func(tx Tx) error {
		r, err := tx.BallotForUpdate(ctx, id)
		if err != nil {
			return err
		}
		closed = r
		if r.State == Closed {
			return nil // closed before, and the count was interrupted
		}
		if r.State != Open || tx.Now().Before(r.ClosesAt) {
			return errElsewhere
		}
		r.State, r.ClosedAt, r.Revision = Closed, tx.Now(), r.Revision+1
		if r.Sealed {
			closed = r
			return s.closeSealed(ctx, tx, r)
		}
		if err := tx.SaveBallot(ctx, r); err != nil {
			return err
		}
		if err := announce(ctx, tx, Open, r); err != nil {
			return err
		}
		if err := tx.Record(ctx, event("ballot.close", r, nil)); err != nil {
			return err
		}
		closed = r
		_, err = record.Append(ctx, tx, record.Leaf{Kind: record.KindBallotClosed, Facts: map[string]any{
			"id": r.ID, "region": string(r.Region), "definition": r.Digest, "roll": r.RollDigest,
		}})
		return err
	})
	return closed, err
}

// count counts a closed ballot and stores the result, once.
func (s *Service) count(ctx context.Context, closed Record) error {
	tally, err := s.tally(ctx, closed)
	if err != nil {
		return err
	}
	return s.store.InTx(ctx, audit.BySystem("ballot.count"), func(tx Tx) error {
		r, err := tx.BallotForUpdate(ctx, closed.ID)
		if err != nil {
			return err
		}
		if r.State != Closed {
			return errElsewhere
		}
		r.State, r.Tally, r.Revision = Counted, &tally, r.Revision+1
		if err := tx.SaveBallot(ctx, r); err != nil {
			return err
		}
		if err := announce(ctx, tx, Closed, r); err != nil {
			return err
		}
		return tx.Record(ctx, event("ballot.count", r, nil))
	})
}

func (s *Service) tally(ctx context.Context, r Record) (Tally, error) {
	patterns, origins, err := s.store.BallotPatterns(ctx, r.Number, r.RollSize)
	if err != nil {
		return Tally{}, err
	}
	marked, err := s.store.BallotMarked(ctx, r.Number, r.RollSize)
	if err != nil {
		return Tally{}, err
	}
	list := newCastsDigest()
	if err := s.store.BallotCasts(ctx, r.Number, func(c Cast) error { list.add(c); return nil }); err != nil {
		return Tally{}, err
	}
	return Tally{Result: CountPatterns(r.Definition, r.RollSize, marked, patterns), CastsDigest: list.sum(), Origins: origins}, nil
}

// CountPatterns is Count over casts that were added up by pattern.
func CountPatterns(d Definition, roll, marked int, patterns map[string]int) Result {
	counts, cast := map[string]int{}, 0
	known := d.Keys()
	for p, n := range patterns {
		keys := KeysOfPattern(p)
		if len(keys) == 0 || slices.ContainsFunc(keys, func(k string) bool { return !slices.Contains(known, k) }) {
			continue // shows as a mismatch
		}
		cast += n
		for _, key := range keys {
			counts[key] += n
		}
	}
	return Decide(d, roll, marked, cast, counts)
}

// certify makes the result public with the supervisory committee's opinion.
func (s *Service) certify(ctx context.Context, by account.Caller, act audit.Act, r Record, opinion string) (View, error) {
	opinion, err := s.reasoned(r.Region, "opinion", opinion)
	if err != nil {
		return View{}, err
	}
	return s.change(ctx, by, act, r.ID, PowerCertify, "ballot.certify", func(tx Tx, r *Record) error {
		if r.State != Counted || r.Tally == nil {
			return ErrNotCounted
		}
		if r.CreatedBy == by.AccountID {
			return ErrSamePerson
		}
		r.Opinion = opinion
		leaf, err := resultLeaf(*r, r.Digest)
		if err != nil {
			return err
		}
		place, err := record.Append(ctx, tx, leaf)
		if err != nil {
			return err
		}
		r.State, r.CertifiedAt, r.CertifiedBy, r.ResultIndex = Certified, place.At, by.AccountID, &place.Index
		return nil
	})
}

// takeTurnouts renews the figures of turnout that are old enough.
func (s *Service) takeTurnouts(ctx context.Context) error {
	ids, err := s.store.BallotsOpen(ctx)
	if err != nil {
		return err
	}
	var problems []error
	for _, id := range ids {
		if err := s.takeTurnout(ctx, id); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

func (s *Service) takeTurnout(ctx context.Context, id string) error {
	r, err := s.store.BallotRecord(ctx, id)
	now := s.opt.Clock.Now()
	every := turnoutEvery
	if r.RollSize < smallRoll || r.RollSize > bigRoll {
		every = turnoutAge
	}
	if err != nil || now.Before(r.OpensAt) || now.Sub(r.Turnout.NextAt) < every {
		return err
	}
	n, err := s.store.BallotMarked(ctx, r.Number, r.RollSize)
	if err != nil {
		return err
	}
	return s.store.InTx(ctx, audit.BySystem("ballot.turnout"), func(tx Tx) error {
		r, err := tx.BallotForUpdate(ctx, id)
		if err != nil || r.State != Open {
			return err
		}
		r.Turnout = r.Turnout.advance(n-n%10, now, r.RollSize < smallRoll)
		r.Revision++
		if err := tx.SaveBallot(ctx, r); err != nil {
			return err
		}
		return tx.Record(ctx, event("ballot.turnout", r, nil))
	})
}

// advance takes a rounded figure in. late shows the one before it.
func (t Turnout) advance(rounded int, now time.Time, late bool) Turnout {
	if late {
		return Turnout{Shown: t.Next, ShownAt: t.NextAt, Next: rounded, NextAt: now}
	}
	return Turnout{Shown: rounded, ShownAt: now, Next: rounded, NextAt: now}
}
