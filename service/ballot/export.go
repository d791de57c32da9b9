package ballot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"cunwu/service/account"
	"cunwu/service/ballot/sealed"
)

// fewest is how many casts a way must have for any way to be told of: with
// fewer, origin and choice together point at persons.
const fewest = 5

// castsDigest is SHA-256 over the list of casts in the order of trackers, each
// as "<tracker> <keys with commas>\n".
type castsDigest struct{ h hash.Hash }

func newCastsDigest() castsDigest { return castsDigest{sha256.New()} }

func (d castsDigest) add(c Cast) {
	_, _ = d.h.Write([]byte(c.Tracker + " " + c.Pattern + "\n")) // a hash never fails
}

func (d castsDigest) sum() string { return hex.EncodeToString(d.h.Sum(nil)) }

// Facts gives the result as strangers see it, in values with a canonical form:
// the SHA-256 of that form is in the public record.
func (t Tally) Facts() map[string]any {
	counts := map[string]any{}
	for key, n := range t.Counts {
		counts[key] = n
	}
	winners := t.Winners
	if winners == nil {
		winners = []string{}
	}
	return map[string]any{
		"counts": counts, "cast": t.Cast, "roll": t.Roll, "marked": t.Marked, "mismatch": t.Mismatch(),
		"quorum_met": t.QuorumMet, "passed": t.Passed, "winners": winners, "reasoning": t.Reasoning,
	}
}

// showsOrigin reports whether the export says by which way a cast came in.
func (t Tally) showsOrigin() bool {
	for _, n := range t.Origins {
		if n > 0 && n < fewest {
			return false
		}
	}
	return true
}

// Outcome is a certified result with what it stands on.
type Outcome struct {
	Record
	Definition map[string]any // as published, with opened_at and closed_at
	Result     map[string]any
	Origins    bool // casts are listed with their origin
}

// Final reports whether nothing of the export can change any more: of a sealed
// ballot the keepers' statements that their seeds are destroyed still come.
func (o Outcome) Final(f *SealedFacts) bool {
	return !o.Sealed || f != nil && len(f.Destroyed) >= sealed.Seats
}

// Result gives the result: to everybody once it is certified, and to those who
// certify once it is counted. ErrNotCertified before.
func (s *Service) Result(ctx context.Context, by account.Caller, id string) (Outcome, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return Outcome{}, err
	}
	if r.State == Counted && s.may(by, PowerCertify, r.Region) {
		return outcomeOf(r), nil
	}
	if r.State != Certified || r.Tally == nil {
		return Outcome{}, ErrNotCertified
	}
	return outcomeOf(r), nil
}

func outcomeOf(r Record) Outcome {
	d := r.Facts()
	d["opened_at"], d["closed_at"] = instant(r.OpenedAt), instant(r.ClosedAt)
	return Outcome{Record: r, Definition: d, Result: r.Tally.Facts(), Origins: r.Tally.showsOrigin()}
}

// Export gives a certified ballot and hands out its casts in the order of
// trackers. begin is called once, before the first cast.
func (s *Service) Export(ctx context.Context, by account.Caller, id string, begin func(Outcome) error, each func(Cast) error) error {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return err
	}
	if r.State != Certified || r.Tally == nil {
		return ErrNotCertified
	}
	o := outcomeOf(r)
	if err := begin(o); err != nil {
		return err
	}
	return s.store.BallotCasts(ctx, r.Number, func(c Cast) error {
		if !o.Origins {
			c.Origin = ""
		}
		return each(c)
	})
}
