package ballot

import (
	"context"
	"slices"

	"cunwu/service/account"
	"cunwu/service/ballot/sealed"
)

// Box is the list of every envelope that was ever put into the box of a sealed
// ballot, replaced and overridden ones too, by tracker and in the order of
// trackers: no voters, no ways, no times. Its digest is in the public record
// since closing.
type Box struct {
	Commitment sealed.Commitment
	Index      int64 // of the entry in the public record
	Trackers   [][]byte
}

// Has reports whether an envelope with this tracker, as a receipt shows it, is in
// the box. It does not tell whether that one counts: a receipt must be of no use
// to who buys votes.
func (b Box) Has(tracker string) bool {
	return slices.ContainsFunc(b.Trackers, func(t []byte) bool { return sealed.TrackerText([32]byte(t)) == tracker })
}

// SealedBox gives the list to everybody, from closing on; before, its length would
// tell how many have voted. Refusals: ballot.not_found, ballot.not_sealed,
// ballot.box_open.
func (s *Service) SealedBox(ctx context.Context, by account.Caller, id string) (Box, error) {
	r, err := s.sealedKnown(ctx, by, id)
	if err != nil {
		return Box{}, err
	}
	k, err := s.store.BallotKeeping(ctx, r.Number)
	if err != nil {
		return Box{}, err
	}
	if k.Commitment == nil {
		return Box{}, ErrBoxOpen
	}
	casts, err := s.store.BallotSealed(ctx, r.Number)
	return Box{Commitment: *k.Commitment, Index: k.CommittedIndex, Trackers: boxOf(casts)}, err
}

// boxOf gives the trackers, sorted.
func boxOf(casts []SealedCast) [][]byte {
	out := make([][]byte, 0, len(casts))
	for _, c := range casts {
		if broken("box-counted-only") && c.Ballot == nil {
			continue
		}
		out = append(out, c.Tracker)
	}
	slices.SortFunc(out, slices.Compare)
	return out
}
