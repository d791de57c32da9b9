// Package sealed is the cryptography of sealed ballots: formats, sealing,
// peeling, opening. It is pure: no clock, no storage, no network, so that the
// server, `cunwu trustee` and whoever checks run the same code.
//
// Every ballot is three two-layer HPKE envelopes (RFC 9180), one per pair of
// trustees. The first of a pair takes off the outer layer and sorts what is
// inside; the second takes off the inner layer and hands out counts.
//
// Invariants: there is no key of the ballot and no dealer; nobody but two
// trustees together can open anything; the first of a pair learns whose, not
// what, the second what, not whose; frames are canonical, so that no free bit
// can mark a ballot; the same bytes in give the same bytes out of every step of
// a trustee, so that a deputy can repeat it.
package sealed

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
)

// Sizes in bytes.
const (
	FrameSize  = 32
	innerSize  = FrameSize + overhead
	outerSize  = innerSize + overhead
	BallotSize = 1 + pairs*outerSize // 385
	overhead   = 32 + 16             // X25519 encapsulation, Poly1305 tag
	KeySize    = 32
)

const (
	// Seats is the number of trustees.
	Seats = 3
	pairs = 3
	// MaxOptions is how many options a frame holds.
	MaxOptions = FrameSize - 2
	// formatVersion is the first byte of frames and ballots: suite 1.
	formatVersion = 1
	// Layers of an envelope: the inner for the second of a pair.
	innerLayer, outerLayer = 1, 2
)

// Pair numbers two seats: AB, AC, BC. The first peels, the second opens.
type Pair int

// Pairs.
const (
	AB Pair = iota
	AC
	BC
)

var seats = [pairs][2]int{{0, 1}, {0, 2}, {1, 2}}

// First and Second give the seats of a pair, from 0.
func (p Pair) First() int { return seats[p][0] }

// Second gives the seat that opens.
func (p Pair) Second() int { return seats[p][1] }

// Valid reports whether p is a pair.
func (p Pair) Valid() bool { return p >= AB && p <= BC }

// Suite 1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. It is
// the one that exists in plain JavaScript as well.
var (
	kem  = hpke.DHKEM(ecdh.X25519())
	kdf  = hpke.HKDFSHA256()
	aead = hpke.ChaCha20Poly1305()
)

var (
	// ErrKeys: not three different usable keys.
	ErrKeys = errors.New("sealed: not three different usable keys")
	// ErrFrame: values that the definition does not allow.
	ErrFrame = errors.New("sealed: not a valid frame")
	// ErrRefused: a trustee's tool will not do this step; the text says why.
	ErrRefused = errors.New("拒绝")
)

// Poll is what a sealed ballot is bound to: the digest of the published
// definition (with roll digest, options and times) and the trustees' keys.
type Poll struct {
	Definition [32]byte
	Keys       [Seats][]byte
	Options    int
	Max        byte // a value is 0..Max
	Least      int  // fewest and most options with a value above 0
	Most       int
	Alone      int // number of an option, from 1, that stands alone if chosen; 0: none
}

// Check demands three different keys that can be sealed to, and sane bounds.
func (p *Poll) Check() error {
	for i, key := range p.Keys {
		if len(key) != KeySize {
			return ErrKeys
		}
		for _, other := range p.Keys[:i] {
			if bytes.Equal(key, other) {
				return ErrKeys
			}
		}
		if err := usable(key); err != nil {
			return err
		}
	}
	if p.Options < 1 || p.Options > MaxOptions || p.Max < 1 || p.Least < 0 || p.Most < p.Least || p.Most > p.Options {
		return ErrFrame
	}
	return nil
}

// usable refuses keys of low order, to which everything could be opened.
func usable(key []byte) error {
	if broken("low-order") {
		return nil
	}
	pk, err := kem.NewPublicKey(key)
	if err == nil {
		_, err = hpke.Seal(pk, kdf, aead, nil, nil)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKeys, err)
	}
	return nil
}

// Context binds everything to this poll. Clients compute it themselves; twenty
// characters of it stand on the printed notice.
func (p *Poll) Context() [32]byte {
	return sha256.Sum256(slices.Concat([]byte("cunwu sealed ballot v1\x00"), p.Definition[:], p.Keys[0], p.Keys[1], p.Keys[2]))
}

func (p *Poll) info(pair Pair, layer byte) []byte {
	c := p.Context()
	if broken("context") {
		c = [32]byte{}
	}
	if broken("layers") {
		return c[:]
	}
	return append(c[:], byte(pair), layer) //nolint:gosec // 0 to 2
}

// Frame writes the values of the options, one byte each.
func (p *Poll) Frame(values []byte) ([]byte, error) {
	f := make([]byte, FrameSize)
	if len(values) != p.Options || len(values) > MaxOptions {
		return nil, ErrFrame
	}
	f[0], f[1] = formatVersion, byte(len(values)) //nolint:gosec // at most MaxOptions
	copy(f[2:], values)
	if !p.ValidFrame(f) {
		return nil, ErrFrame
	}
	return f, nil
}

// ValidFrame accepts canonical frames only.
func (p *Poll) ValidFrame(f []byte) bool {
	if len(f) != FrameSize || f[0] != formatVersion || int(f[1]) != p.Options {
		return false
	}
	set := 0
	for i, b := range f[2:] {
		if b > p.Max || i >= p.Options && b != 0 && !broken("padding") {
			return false
		}
		if b != 0 && i < p.Options {
			set++
		}
	}
	alone := p.Alone > 0 && p.Alone <= p.Options && f[1+p.Alone] != 0
	return set >= p.Least && set <= p.Most && (set == 1 || !alone) || broken("crosses")
}
