package ballot

import (
	"context"
	"encoding/hex"
	"slices"
	"strconv"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot/sealed"
	"cunwu/service/record"
	"cunwu/service/region"
)

// PutPaper takes the counts of the papers in the box at the table, before the
// sealed ones are opened. Keys are those of the result.
func (s *Service) PutPaper(ctx context.Context, by account.Caller, act audit.Act, id string, counts map[string]int) (View, error) {
	return s.ceremony(ctx, by, act, id, "ballot.paper", func(_ Tx, r *Record, k *Keeping) error {
		known := r.Keys()
		for key, n := range counts {
			if !slices.Contains(known, key) {
				return ErrChoice.At("body.counts", "没有这个选项")
			}
			if n < 0 || n > r.RollSize {
				return ErrChoice.At("body.counts", "票数应在 0 和名册人数之间")
			}
		}
		if _, err := s.opt.Powers.May(by, PowerEnter, r.Region.At(region.Village)); err != nil {
			return err
		}
		if r.State != Closed || k.Commitment == nil || len(k.tallies()) > 0 {
			return ErrState
		}
		k.Paper = counts
		return nil
	})
}

// countsOf gives the keys of the result.
func (r Record) countsOf(o sealed.Outcome) map[string]int {
	out := map[string]int{}
	for i, values := range o.Values {
		for v := 1; v < len(values); v++ {
			key := r.Options[i].ID
			if r.Kind == Score {
				key += ":" + strconv.Itoa(v)
			}
			out[key] = values[v]
		}
	}
	return out
}

// PutDestroyed takes the statement that a seed is destroyed. With the second one
// every pair is broken, and the ballots go. Only after certification: before it
// somebody may have to open once more.
func (s *Service) PutDestroyed(ctx context.Context, by account.Caller, act audit.Act, id string, h sealed.Hold) (View, error) {
	erased := false
	v, err := s.ceremony(ctx, by, act, id, "ballot.destroyed", func(tx Tx, r *Record, k *Keeping) error {
		if _, err := k.seat(by, h.Seat); err != nil {
			return err
		}
		if !slices.Contains([]State{Certified, Void, Cancelled}, r.State) {
			return ErrState
		}
		// Two words erase; the third keeper's is kept beside them, so that the export can be final.
		if !k.ErasedAt.IsZero() && slices.ContainsFunc(k.Destroyed, func(o sealed.Hold) bool { return o.Seat == h.Seat }) {
			return ErrErased
		}
		if err := k.Notice.CheckHold(sealed.SaysDestroyed, h); err != nil {
			return ErrStatement.Because(err)
		}
		k.Destroyed = slices.DeleteFunc(k.Destroyed, func(o sealed.Hold) bool { return o.Seat == h.Seat })
		k.Destroyed = append(k.Destroyed, h)
		if !k.ErasedAt.IsZero() || len(k.Destroyed) < 2 && !broken("one-statement") {
			return nil
		}
		erased = true
		k.ErasedAt, k.Master = tx.Now(), nil
		if err := tx.EraseSealed(ctx, r.Number); err != nil {
			return err
		}
		said := make([]any, len(k.Destroyed))
		for i, o := range k.Destroyed {
			said[i] = map[string]any{"seat": o.Seat, "signature": hex.EncodeToString(o.Signature)}
		}
		_, err := record.Append(ctx, tx, record.Leaf{Kind: kindErased, Facts: map[string]any{
			"id": r.ID, "region": string(r.Region), "context": hexOf(h.Context), "destroyed": said,
		}})
		return err
	})
	if err == nil && erased && !broken("scrub") {
		err = s.store.ScrubSealed(ctx)
	}
	return v, err
}

// SealedFacts is what is published of a certified sealed ballot: enough to check
// all but the decryption.
type SealedFacts struct {
	Notice     sealed.Notice
	Box        [][]byte // every tracker ever, sorted
	Commitment sealed.Commitment
	Peeled     sealed.Peeled // of the pair whose counts count
	Outcome    sealed.Outcome
	Openings   map[string]*Opening // of every pair that opened
	Statements []sealed.Statement
	Paper      int
	SealedBy   map[string]int
	Destroyed  []sealed.Hold
}

// SealedExport gives it, from certification on.
func (s *Service) SealedExport(ctx context.Context, by account.Caller, id string) (Outcome, SealedFacts, error) {
	r, err := s.sealedKnown(ctx, by, id)
	if err != nil {
		return Outcome{}, SealedFacts{}, err
	}
	if r.State != Certified || r.Tally == nil {
		return Outcome{}, SealedFacts{}, ErrNotCertified
	}
	k, err := s.store.BallotKeeping(ctx, r.Number)
	if err != nil {
		return Outcome{}, SealedFacts{}, err
	}
	casts, err := s.store.BallotSealed(ctx, r.Number)
	if err != nil {
		return Outcome{}, SealedFacts{}, err
	}
	f := SealedFacts{
		Notice: *k.Notice, Commitment: *k.Commitment, Paper: k.Commitment.Paper,
		SealedBy: k.SealedBy, Destroyed: k.Destroyed, Openings: k.Openings,
	}
	if o := k.Openings[k.Counted]; o != nil && o.Outcome != nil {
		f.Peeled, f.Outcome = o.Peeled, *o.Outcome
	}
	for _, n := range k.SealedBy {
		if n > 0 && n < fewest { // with fewer, the label points at persons
			f.SealedBy = nil
		}
	}
	for _, o := range k.Keepers {
		f.Statements = append(f.Statements, o.Statement)
	}
	f.Box = boxOf(casts)
	return outcomeOf(r), f, nil
}
