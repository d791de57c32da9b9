package ballot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"cunwu/service/account"
	"cunwu/service/ballot/sealed"
	"cunwu/service/record"
)

// usualPairs is the order in which pairs are asked, by who is there: A peels and
// never sees a choice, C opens, far from the voters.
var usualPairs = []sealed.Pair{sealed.AC, sealed.AB, sealed.BC}

// pairOf gives the pair that opens: the first in order of which both have
// lately shown that they hold their seeds, and the others in reserve. It is
// fixed before anybody has touched a row.
func (k *Keeping) pairOf() (sealed.Pair, []sealed.Pair) {
	main := usualPairs[0]
	for _, p := range usualPairs {
		if k.Keepers[p.First()].Held != nil && k.Keepers[p.Second()].Held != nil {
			main = p
			break
		}
	}
	return main, slices.DeleteFunc(slices.Clone(usualPairs), func(p sealed.Pair) bool { return p == main })
}

// salt is drawn for one voter: that one's row can be proved with it, and no
// other voter's.
func salt(master []byte, voter int64) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(slices.Clone(master), uint64(voter))) //nolint:gosec // numbers from 1
	return sum[:16]
}

// closeSealed, within the transaction of closing, keeps the last cast of each
// voter, drops those who voted at the table, draws the salts, and fixes
// everything in the public record before any keeper touches a row.
func (s *Service) closeSealed(ctx context.Context, tx Tx, r Record) error {
	k, err := tx.Keeping(ctx, r.Number)
	if err != nil {
		return err
	}
	p, err := k.Notice.Poll()
	if err != nil {
		return err
	}
	if err := tx.DropOverridden(ctx, r.Number); err != nil {
		return err
	}
	casts, err := tx.SealedCasts(ctx, r.Number)
	if err != nil {
		return err
	}
	marked, table, err := tx.TableMarks(ctx, r.Number)
	if err != nil {
		return err
	}
	k.Master = make([]byte, 32)
	_, _ = rand.Read(k.Master) // crypto/rand never fails: the runtime aborts instead
	c := sealed.Commitment{ID: r.ID, Region: string(r.Region), Context: p.Context(), Casts: len(casts), Marked: marked, Paper: table}
	c.Pair, c.Reserve = k.pairOf()
	box, batch, overridden := make([][32]byte, len(casts)), [][32]byte{}, map[int64]bool{}
	k.SealedBy = map[string]int{}
	for i, cast := range casts {
		box[i] = [32]byte(cast.Tracker)
		switch {
		case cast.Ballot != nil:
			batch = append(batch, box[i])
			k.SealedBy[cast.SealedBy]++
		case cast.Way == Meeting:
			overridden[cast.Voter] = true
		}
	}
	c.N, c.Overridden = len(batch), len(overridden)
	c.Replaced = c.Casts - c.N - c.Overridden
	c.Box, c.Batch = p.CommitTrackers(sealed.KindBox, box), p.CommitTrackers(sealed.KindBatch, batch)
	c.Rows = p.CommitRows(rowsOf(k, casts))
	at, err := record.Append(ctx, tx, c.Leaf())
	if err != nil {
		return err
	}
	k.Commitment, k.CommittedIndex = &c, at.Index
	action := "ballot.close"
	if c.N < k.Notice.Minimum() && !broken("few") { // those voters vote on paper
		r.State, r.Reason = Void, "封票太少，不开箱，改用纸质票"
		action = "ballot.void"
	}
	if err := tx.SaveKeeping(ctx, r.Number, k); err != nil {
		return err
	}
	if err := tx.SaveBallot(ctx, r); err != nil {
		return err
	}
	if err := announce(ctx, tx, Open, r); err != nil {
		return err
	}
	return tx.Record(ctx, event(action, r, nil))
}

// rowsOf gives the rows for the keepers: no name, no time, and nobody who voted
// at the table.
func rowsOf(k Keeping, casts []SealedCast) []sealed.Row {
	out := []sealed.Row{}
	for _, c := range casts {
		if c.Way == Meeting {
			continue
		}
		id := binary.BigEndian.AppendUint64(nil, uint64(c.Voter)) //nolint:gosec // numbers from 1
		out = append(out, sealed.Row{
			Pseudo: sealed.Pseudonym(salt(k.Master, c.Voter), hex.EncodeToString(id)), N: c.N, Tracker: [32]byte(c.Tracker), Ballot: c.Ballot,
		})
	}
	slices.SortFunc(out, func(a, b sealed.Row) int { return slices.Compare(a.Tracker[:], b.Tracker[:]) })
	return out
}

// KeeperRows gives rows.json to a keeper of the pair, or of one in reserve,
// while the ballots are there.
func (s *Service) KeeperRows(ctx context.Context, by account.Caller, id string) (sealed.Rows, error) {
	if !by.Known() {
		return sealed.Rows{}, account.ErrRequired
	}
	r, err := s.sealedKnown(ctx, by, id)
	if err != nil {
		return sealed.Rows{}, err
	}
	k, err := s.store.BallotKeeping(ctx, r.Number)
	if err != nil {
		return sealed.Rows{}, err
	}
	mine := slices.IndexFunc(k.Keepers, func(o Keeper) bool { return o.Account == by.AccountID })
	switch {
	case mine < 0 || k.Commitment != nil && !peels(*k.Commitment, mine):
		return sealed.Rows{}, ErrKeeper
	case k.Commitment == nil || r.State == Void:
		return sealed.Rows{}, ErrState
	case !k.ErasedAt.IsZero():
		return sealed.Rows{}, ErrErased
	}
	casts, err := s.store.BallotSealed(ctx, r.Number)
	if err != nil {
		return sealed.Rows{}, err
	}
	return sealed.Rows{Context: k.Commitment.Context, Rows: rowsOf(k, casts)}, nil
}

// peels reports whether a seat is in a pair that may open.
func peels(c sealed.Commitment, seat int) bool {
	return c.Pair.First() == seat || c.Pair.Second() == seat ||
		slices.ContainsFunc(c.Reserve, func(p sealed.Pair) bool { return p.First() == seat })
}

// Committed gives the place in the public record of what was fixed at closing.
func (s *Service) Committed(ctx context.Context, by account.Caller, id string) (int64, error) {
	r, err := s.sealedKnown(ctx, by, id)
	if err != nil {
		return 0, err
	}
	k, err := s.store.BallotKeeping(ctx, r.Number)
	if err == nil && k.Commitment == nil {
		err = ErrState
	}
	return k.CommittedIndex, err
}
