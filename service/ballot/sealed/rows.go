package sealed

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// Row is what a trustee is given at closing: no name, no time. Pseudo is
// Pseudonym of the voter; N counts this voter's casts, not the poll's.
type Row struct {
	Pseudo  [16]byte
	N       int
	Tracker [32]byte
	Ballot  []byte // of the last cast only
}

// Pseudonym stands for a voter in rows. The salt is drawn for this voter when
// the poll closes, so that one voter's row can be shown to that voter and names
// nobody else.
func Pseudonym(salt []byte, rollID string) (out [16]byte) {
	sum := sha256.Sum256(slices.Concat([]byte("cunwu pseudonym v1\x00"), salt, []byte(rollID)))
	copy(out[:], sum[:])
	return out
}

// CommitRows hashes the sorted rows, without their ballots: trackers stand for
// those.
func (p *Poll) CommitRows(rows []Row) [32]byte {
	parts := make([][]byte, len(rows))
	for i, r := range rows {
		parts[i] = slices.Concat(r.Pseudo[:], binary.BigEndian.AppendUint32(nil, uint32(r.N)), r.Tracker[:]) //nolint:gosec // a count of casts
	}
	return p.commit(KindRows, parts)
}

// Last applies "the last cast counts" once more, on the trustee's own machine,
// and gives the ballots to open in byte order.
func Last(rows []Row) ([][]byte, error) {
	last := map[[16]byte]Row{}
	for _, r := range rows {
		old, seen := last[r.Pseudo]
		switch {
		case seen && old.N == r.N:
			return nil, fmt.Errorf("%w：同一个人有两票编号相同", ErrRefused)
		case !seen, r.N > old.N != broken("first-counts"):
			last[r.Pseudo] = r
		}
	}
	batch := make([][]byte, 0, len(last))
	for _, r := range last {
		if Tracker(r.Ballot) != r.Tracker {
			return nil, fmt.Errorf("%w：有一票和它的查票码对不上", ErrRefused)
		}
		batch = append(batch, r.Ballot)
	}
	slices.SortFunc(batch, bytes.Compare)
	return batch, nil
}
