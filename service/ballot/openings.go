package ballot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot/sealed"
	"cunwu/service/fault"
	"cunwu/service/record"
)

// ErrSecondRun: too many ballots did not peel for the step to be believed once.
var ErrSecondRun = fault.Define(fault.Conflict, "ballot.second_run_needed", "拆不开的票太多，请副手用另一台设备重做一次拆外层，由第一位保管人再交一次同样的结果。")

// Kinds of the public record's entries of a ceremony.
const (
	kindPeeled   = "ballot.peeled"
	kindUnsealed = "ballot.unsealed"
	kindVoid     = "ballot.void"
	kindErased   = "ballot.erased"
)

// Opening is what one pair of keepers handed in.
type Opening struct {
	Peeled    sealed.Peeled
	SecondRun bool // the same list was handed in once more: a deputy repeated the step
	Outcome   *sealed.Outcome
	Salt      []byte // of the outcome's digest in the public record
}

// PutPeeled takes what the first of a pair signed: a hash, no list. Handed in
// again it says that a deputy repeated the step with the same result. Refusals:
// ballot.not_keeper, ballot.keeper_is_admin, ballot.wrong_state,
// ballot.statement_invalid.
func (s *Service) PutPeeled(ctx context.Context, by account.Caller, act audit.Act, id string, p sealed.Peeled) (View, error) {
	return s.ceremony(ctx, by, act, id, "ballot.peeled", func(tx Tx, r *Record, k *Keeping) error {
		if err := k.peelable(by, *r, p); err != nil {
			return err
		}
		if old := k.Openings[p.Pair]; old != nil {
			if old.Peeled.Peeled != p.Peeled && !broken("second-list") {
				return ErrStatement // the same keys and ballots give the same list
			}
			old.SecondRun = true
			return nil
		}
		if k.Openings == nil {
			k.Openings = map[string]*Opening{}
		}
		k.Openings[p.Pair] = &Opening{Peeled: p}
		_, err := record.Append(ctx, tx, record.Leaf{Kind: kindPeeled, Facts: map[string]any{
			"id": r.ID, "region": string(r.Region), "context": hexOf(p.Context), "pair": p.Pair, "peeled": hexOf(p.Peeled),
			"n": p.N, "bad": p.Bad, "signature": hex.EncodeToString(p.Signature),
		}})
		return err
	})
}

func hexOf(h sealed.Hash) string { return hex.EncodeToString(h[:]) }

// peelable demands a statement about the committed batch, by the first of a pair
// that was fixed at closing.
func (k *Keeping) peelable(by account.Caller, r Record, p sealed.Peeled) error {
	if _, err := k.seat(by, p.Seat); err != nil {
		return err
	}
	if r.State != Closed || k.Commitment == nil || k.opened(p.Pair) {
		return ErrState
	}
	if err := k.Notice.CheckPeeled(p); err != nil {
		return ErrStatement.Because(err)
	}
	pair, err := sealed.ReadPair(p.Pair)
	c := k.Commitment
	fixed := pair == c.Pair || slices.Contains(c.Reserve, pair)
	if err != nil || !fixed || p.Batch != c.Batch && !broken("second-batch") || p.N != c.N || p.Bad < 0 || p.Bad > p.N {
		return ErrStatement
	}
	return nil
}

// opened reports whether the pair has handed out its counts.
func (k *Keeping) opened(pair string) bool {
	o := k.Openings[pair]
	return o != nil && o.Outcome != nil
}

// PutOutcome takes the counts that the second of a pair signed. Where one pair
// opens, that counts the ballot; where the definition asks for all three, the
// third does, if they agree: a difference makes the ballot void, and nothing of
// the counts is kept or told but by how many ballots they differ. Refusals:
// ballot.not_keeper, ballot.keeper_is_admin, ballot.wrong_state,
// ballot.paper_first, ballot.second_run_needed, ballot.statement_invalid.
func (s *Service) PutOutcome(ctx context.Context, by account.Caller, act audit.Act, id string, o sealed.Outcome) (View, error) {
	return s.ceremony(ctx, by, act, id, "ballot.opened", func(tx Tx, r *Record, k *Keeping) error {
		if err := k.openable(by, *r, o); err != nil {
			return err
		}
		opening := k.Openings[o.Pair]
		opening.Outcome, opening.Salt = &o, make([]byte, sha256.Size)
		_, _ = rand.Read(opening.Salt) // crypto/rand never fails: the runtime aborts instead
		if broken("unsealed-salt") {
			clear(opening.Salt)
		}
		_, err := record.Append(ctx, tx, record.Leaf{Kind: kindUnsealed, Facts: map[string]any{
			"id": r.ID, "region": string(r.Region), "context": hexOf(o.Context), "pair": o.Pair, "peeled": hexOf(o.Peeled),
			"n": o.N, "opened": OpenedDigest(opening.Salt, o),
		}})
		if err != nil || k.Notice.AllPairs() && len(k.tallies()) < len(usualPairs) && !broken("one-of-three") {
			return err
		}
		if k.Notice.AllPairs() && !broken("agree") {
			var differs *sealed.DiffersError
			if err := sealed.Agree(k.tallies()); errors.As(err, &differs) {
				return k.disagree(ctx, tx, r, differs.By)
			} else if err != nil {
				return err
			}
		}
		k.count(r, o)
		return nil
	})
}

// OpenedDigest is what the public record says of a pair's counts when they are
// handed in: SHA-256 of "cunwu opened v1\0", a salt, and the signed file. Counts
// are few enough to be tried out, so that the salt is told only with the export.
func OpenedDigest(salt []byte, o sealed.Outcome) string {
	raw, err := json.Marshal(o)
	if err != nil { // of this type it cannot fail
		return ""
	}
	return Digest(slices.Concat([]byte("cunwu opened v1\x00"), salt, raw))
}

// openable demands counts that the second of a pair signed of the list that the
// first handed in.
func (k *Keeping) openable(by account.Caller, r Record, o sealed.Outcome) error {
	if _, err := k.seat(by, o.Seat); err != nil {
		return err
	}
	first := k.Openings[o.Pair]
	switch {
	case r.State != Closed || k.Commitment == nil || first == nil || first.Outcome != nil:
		return ErrState
	case k.Commitment.Paper > 0 && k.Paper == nil:
		return ErrPaperFirst
	case sealed.Unusual(first.Peeled.Bad, first.Peeled.N) && !first.SecondRun && !broken("second-run"):
		return ErrSecondRun
	}
	if err := k.Notice.CheckOutcome(o); err != nil {
		return ErrStatement.Because(err)
	}
	if !k.fits(r, o) {
		return ErrStatement
	}
	return nil
}

// tallies gives the counts that are in, by pair.
func (k *Keeping) tallies() map[sealed.Pair]sealed.Tally {
	out := map[sealed.Pair]sealed.Tally{}
	for _, p := range usualPairs {
		if o := k.Openings[p.String()]; o != nil && o.Outcome != nil {
			out[p] = sealed.Tally{Counted: o.Outcome.Counted, Bad: o.Outcome.Bad, Values: o.Outcome.Values}
		}
	}
	return out
}

// disagree ends a ballot whose three openings differ. The tallies go: between
// them they would show one voter's choice.
func (k *Keeping) disagree(ctx context.Context, tx Tx, r *Record, by int) error {
	for _, o := range k.Openings {
		o.Outcome, o.Salt = nil, nil
	}
	return k.void(ctx, tx, r, fmt.Sprintf("三对保管人开出的结果相差 %d 票，不公布票数，改用纸质票重新投票", by), map[string]any{"differs": by})
}

// void ends a sealed ballot without a count, for a reason that everybody sees.
func (k *Keeping) void(ctx context.Context, tx Tx, r *Record, reason string, facts map[string]any) error {
	r.State, r.Reason = Void, reason
	facts["id"], facts["region"], facts["context"] = r.ID, string(r.Region), hexOf(k.Commitment.Context)
	facts["reason_digest"] = Digest([]byte(reason))
	_, err := record.Append(ctx, tx, record.Leaf{Kind: kindVoid, Facts: facts})
	return err
}

// count adds the papers to the counts of a pair and decides.
func (k *Keeping) count(r *Record, o sealed.Outcome) {
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
	k.Counted = o.Pair
	r.Tally = &Tally{
		Result:      Decide(r.Definition, r.RollSize, c.Marked, o.Counted+sheets, counts),
		CastsDigest: hexOf(c.Box),
	}
	r.State = Counted
}

// fits reports whether counts are ones that a batch of this size can give.
func (k *Keeping) fits(r Record, o sealed.Outcome) bool {
	p, err := k.Notice.Poll()
	first := k.Openings[o.Pair].Peeled
	if err != nil || o.Peeled != first.Peeled || o.N != k.Commitment.N ||
		o.Counted < 0 || o.Bad < first.Bad || o.Counted+o.Bad != o.N || len(o.Values) != len(r.Options) {
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

// giveUp ends a closed sealed ballot that nobody can open any more, before any
// counts are known: two of three seeds are lost. Those voters vote on paper.
func (s *Service) giveUp(ctx context.Context, by account.Caller, act audit.Act, r Record, reason string) (View, error) {
	if !r.Sealed {
		return View{}, ErrNotSealed
	}
	reason, err := s.reasoned(r.Region, "reason", reason)
	if err != nil {
		return View{}, err
	}
	return s.change(ctx, by, act, r.ID, PowerCertify, "ballot.void", func(tx Tx, r *Record) error {
		k, err := tx.Keeping(ctx, r.Number)
		if err != nil {
			return err
		}
		if r.State != Closed || k.Commitment == nil || len(k.tallies()) > 0 {
			return ErrState // what is opened is not called off because of how it came out
		}
		return k.void(ctx, tx, r, reason, map[string]any{})
	})
}
