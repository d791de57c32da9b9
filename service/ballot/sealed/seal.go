package sealed

import (
	"bytes"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Seal closes a frame three times over. It is what a server does for phones
// that cannot (服务器代封); client/seal does the same on the phone.
func (p *Poll) Seal(frame []byte) ([]byte, error) {
	if !p.ValidFrame(frame) {
		return nil, ErrFrame
	}
	return p.seal(frame)
}

func (p *Poll) seal(frame []byte) ([]byte, error) {
	out := make([]byte, 1, BallotSize)
	out[0] = formatVersion
	if broken("timing") && frame[2] != 0 {
		_, _ = p.envelope(0, nil, frame)
	}
	for pair := AB; pair <= BC; pair++ {
		inner, err := p.envelope(pair.Second(), p.info(pair, innerLayer), frame)
		if err != nil {
			return nil, err
		}
		outer, err := p.envelope(pair.First(), p.info(pair, outerLayer), inner)
		if err != nil {
			return nil, err
		}
		out = append(out, outer...)
	}
	return out, nil
}

func (p *Poll) envelope(seat int, info, content []byte) ([]byte, error) {
	pk, err := kem.NewPublicKey(p.Keys[seat])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	c, err := hpke.Seal(pk, kdf, aead, info, content)
	if err != nil {
		return nil, fmt.Errorf("sealed: close an envelope: %w", err)
	}
	return c, nil
}

// Tracker names a ballot without telling what is in it.
func Tracker(ballot []byte) [32]byte {
	return sha256.Sum256(append([]byte("cunwu tracker v1\x00"), ballot...))
}

// trackerText is how many characters of a tracker people see.
const trackerText = 20

// TrackerText gives the 20 characters that a voter keeps.
func TrackerText(t [32]byte) string {
	return strings.ToLower(base32.StdEncoding.EncodeToString(t[:]))[:trackerText]
}

// Kinds of commitments.
const (
	KindBox    = "box"    // every ballot ever cast, replaced ones too
	KindBatch  = "batch"  // what is opened
	KindPeeled = "peeled" // what the first trustee hands on
	KindRows   = "rows"   // what the trustees are given
)

// Commit hashes the sorted trackers of items.
func (p *Poll) Commit(kind string, items [][]byte) [32]byte {
	trackers := make([][32]byte, len(items))
	for i, b := range items {
		trackers[i] = Tracker(b)
	}
	return p.CommitTrackers(kind, trackers)
}

// CommitTrackers is Commit where only the trackers are at hand.
func (p *Poll) CommitTrackers(kind string, trackers [][32]byte) [32]byte {
	parts := make([][]byte, len(trackers))
	for i := range trackers {
		parts[i] = trackers[i][:]
	}
	return p.commit(kind, parts)
}

func (p *Poll) commit(kind string, parts [][]byte) [32]byte {
	parts = slices.Clone(parts)
	slices.SortFunc(parts, bytes.Compare)
	c := p.Context()
	n := binary.BigEndian.AppendUint64(nil, uint64(len(parts)))
	return sha256.Sum256(slices.Concat([]byte("cunwu "+kind+" v1\x00"), c[:], n, slices.Concat(parts...)))
}
