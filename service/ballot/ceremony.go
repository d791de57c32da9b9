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

// Kinds of the public record's entries of a ceremony.
const (
	kindPeeled = "ballot.peeled"
	kindErased = "ballot.erased"
)

// PutPaper takes the counts of the papers in the box at the table, before the
// sealed ones are opened. Keys are those of the result.
func (s *Service) PutPaper(ctx context.Context, by account.Caller, act audit.Act, id string, counts map[string]int) (View, error) {
	return s.ceremony(ctx, by, act, id, "ballot.paper", func(_ Tx, r *Record, k *Keeping) error {
		known := r.Keys()
		for key, n := range counts {
			if n < 0 || !slices.Contains(known, key) {
				return ErrChoice.At("body.counts", "没有这个选项")
			}
		}
		if _, err := s.opt.Powers.May(by, PowerEnter, r.Region.At(region.Village)); err != nil {
			return err
		}
		if r.State != Closed || k.Commitment == nil || k.Outcome != nil {
			return ErrState
		}
		k.Paper = counts
		return nil
	})
}

// PutPeeled takes what the first of a pair signed: a hash, no list.
func (s *Service) PutPeeled(ctx context.Context, by account.Caller, act audit.Act, id string, p sealed.Peeled) (View, error) {
	return s.ceremony(ctx, by, act, id, "ballot.peeled", func(tx Tx, r *Record, k *Keeping) error {
		if _, err := k.seat(by, p.Seat); err != nil {
			return err
		}
		if r.State != Closed || k.Commitment == nil || k.Outcome != nil {
			return ErrState
		}
		if err := k.Notice.CheckPeeled(p); err != nil {
			return ErrStatement.Because(err)
		}
		pair, err := sealed.ReadPair(p.Pair)
		c := k.Commitment
		if err != nil || pair != c.Pair && !slices.Contains(c.Reserve, pair) || p.Batch != c.Batch || p.N != c.N || p.Bad < 0 || p.Bad > p.N {
			return ErrStatement
		}
		if k.Peeled != nil && k.Peeled.Pair == p.Pair && k.Peeled.Peeled != p.Peeled {
			return ErrStatement // the same keys and ballots give the same list
		}
		k.Peeled = &p
		_, err = record.Append(ctx, tx, record.Leaf{Kind: kindPeeled, Facts: map[string]any{
			"id": r.ID, "region": string(r.Region), "context": hexOf(p.Context), "pair": p.Pair, "peeled": hexOf(p.Peeled),
			"n": p.N, "bad": p.Bad, "signature": hex.EncodeToString(p.Signature),
		}})
		return err
	})
}

func hexOf(h sealed.Hash) string { return hex.EncodeToString(h[:]) }

// PutOutcome takes the counts that the second of the pair signed, adds those of
// the papers, and counts the ballot.
func (s *Service) PutOutcome(ctx context.Context, by account.Caller, act audit.Act, id string, o sealed.Outcome) (View, error) {
	return s.ceremony(ctx, by, act, id, "ballot.opened", func(_ Tx, r *Record, k *Keeping) error {
		if _, err := k.seat(by, o.Seat); err != nil {
			return err
		}
		switch {
		case r.State != Closed || k.Peeled == nil || k.Outcome != nil:
			return ErrState
		case k.Commitment.Paper > 0 && k.Paper == nil:
			return ErrPaperFirst
		}
		if err := k.Notice.CheckOutcome(o); err != nil {
			return ErrStatement.Because(err)
		}
		if !k.fits(*r, o) {
			return ErrStatement
		}
		k.Outcome = &o
		counts, sheets := r.countsOf(o), 0
		for key, n := range k.Paper {
			counts[key] += n
			sheets += n
		}
		switch r.Kind { // marks of one paper
		case Score:
			sheets /= max(len(r.Options), 1)
		case ChooseFew:
			sheets = k.Commitment.Paper // how many marks a paper bears is not known
		case YesNo, ChooseOne, Satisfied:
		}
		c := k.Commitment
		r.Tally = &Tally{
			Result:      Decide(r.Definition, r.RollSize, c.Marked, o.Counted+sheets, counts),
			CastsDigest: hexOf(c.Box),
		}
		r.State = Counted
		return nil
	})
}

// fits reports whether counts are ones that a batch of this size can give.
func (k *Keeping) fits(r Record, o sealed.Outcome) bool {
	p, err := k.Notice.Poll()
	if err != nil || o.Peeled != k.Peeled.Peeled || o.Pair != k.Peeled.Pair || o.N != k.Commitment.N ||
		o.Counted < 0 || o.Bad < k.Peeled.Bad || o.Counted+o.Bad != o.N || len(o.Values) != len(r.Options) {
		return false
	}
	for _, values := range o.Values {
		sum := 0
		for _, n := range values {
			sum += n
			if n < 0 {
				return false
			}
		}
		if len(values) != int(p.Max)+1 || sum != o.Counted {
			return false
		}
	}
	return true
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
		if !k.ErasedAt.IsZero() {
			return ErrErased
		}
		if err := k.Notice.CheckHold(sealed.SaysDestroyed, h); err != nil {
			return ErrStatement.Because(err)
		}
		k.Destroyed = slices.DeleteFunc(k.Destroyed, func(o sealed.Hold) bool { return o.Seat == h.Seat })
		k.Destroyed = append(k.Destroyed, h)
		if len(k.Destroyed) < 2 {
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
	if err == nil && erased {
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
	Peeled     sealed.Peeled
	Outcome    sealed.Outcome
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
		Notice: *k.Notice, Commitment: *k.Commitment, Peeled: *k.Peeled, Outcome: *k.Outcome, Paper: k.Commitment.Paper,
		SealedBy: k.SealedBy, Destroyed: k.Destroyed,
	}
	for _, n := range k.SealedBy {
		if n > 0 && n < fewest { // with fewer, the label points at persons
			f.SealedBy = nil
		}
	}
	for _, o := range k.Keepers {
		f.Statements = append(f.Statements, o.Statement)
	}
	for _, c := range casts {
		f.Box = append(f.Box, c.Tracker)
	}
	slices.SortFunc(f.Box, func(a, b []byte) int { return slices.Compare(a, b) })
	return outcomeOf(r), f, nil
}
