package sealed

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// SeedSize is the length in bytes of a trustee's secret for one poll.
const SeedSize = 32

// Trustee holds the keys of one seat for one poll. They come from one seed that
// is made and kept on the trustee's own device and printed as a paper backup.
type Trustee struct {
	Seat int
	box  hpke.PrivateKey
	sign ed25519.PrivateKey
}

// NewTrustee derives the keys of a seat from its seed and the digest of the
// poll's definition: a seed used for two polls gives two keys.
func NewTrustee(seat int, seed []byte, definition [32]byte) (*Trustee, error) {
	if seat < 0 || seat >= Seats || len(seed) != SeedSize {
		return nil, fmt.Errorf("%w: a seat of 0 to 2 and a seed of 32 bytes", ErrKeys)
	}
	if len(bytes.Trim(seed, string(seed[:1]))) == 0 && !broken("randomness") {
		return nil, fmt.Errorf("%w: the seed is one byte repeated", ErrKeys)
	}
	box, err1 := hkdf.Key(sha256.New, seed, definition[:], "cunwu trustee box v1", KeySize)
	sign, err2 := hkdf.Key(sha256.New, seed, definition[:], "cunwu trustee sign v1", ed25519.SeedSize)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("sealed: derive keys: %w", err)
	}
	key, err := kem.DeriveKeyPair(box)
	if err != nil {
		return nil, fmt.Errorf("sealed: derive the box key: %w", err)
	}
	return &Trustee{Seat: seat, box: key, sign: ed25519.NewKeyFromSeed(sign)}, nil
}

// Key gives the public key of envelopes, 32 bytes.
func (t *Trustee) Key() []byte { return t.box.PublicKey().Bytes() }

// SignKey gives the public key of signatures, 32 bytes.
func (t *Trustee) SignKey() []byte {
	pub, _ := t.sign.Public().(ed25519.PublicKey) // of an Ed25519 key it is nothing else
	return pub
}

// Words that trustees sign; with the poll's context and what is spoken of.
const (
	SaysKeys      = "keys"      // these are my keys, I hold the seed
	SaysHold      = "hold"      // I still hold the seed
	SaysPeeled    = "peeled"    // I peeled the batch, this is what I hand on
	SaysResult    = "result"    // this is the count
	SaysDestroyed = "destroyed" // my seed is destroyed
)

func said(what string, subject [32]byte, about []byte) []byte {
	return slices.Concat([]byte("cunwu trustee "+what+" v1\x00"), subject[:], about)
}

// Sign signs a statement about subject (the definition's digest for SaysKeys,
// else the poll's context).
func (t *Trustee) Sign(what string, subject [32]byte, about []byte) []byte {
	return ed25519.Sign(t.sign, said(what, subject, about))
}

// VerifySaid checks a trustee's statement.
func VerifySaid(signKey []byte, what string, subject [32]byte, about, signature []byte) bool {
	return len(signKey) == ed25519.PublicKeySize && ed25519.Verify(signKey, said(what, subject, about), signature)
}

// Trial opens a test envelope with the own key: it proves on the device that
// what the paper backup holds can open what is sealed to the public key.
func (t *Trustee) Trial() error {
	pk, err := kem.NewPublicKey(t.Key())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKeys, err)
	}
	c, err := hpke.Seal(pk, kdf, aead, []byte("cunwu trial"), []byte{formatVersion})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrKeys, err)
	}
	if got, err := hpke.Open(t.box, kdf, aead, []byte("cunwu trial"), c); err != nil || !bytes.Equal(got, []byte{formatVersion}) {
		return fmt.Errorf("%w: the trial envelope did not open", ErrKeys)
	}
	return nil
}

// sorted drops byte-for-byte copies, which would double one voter's choice, and
// puts fresh random-looking strings in byte order: a shuffle that whoever has
// the key can repeat.
func sorted(items [][]byte) [][]byte {
	items = slices.Clone(items)
	if !broken("sort") {
		slices.SortFunc(items, bytes.Compare)
	}
	if broken("copies") {
		return items
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(items, func(b []byte) bool {
		dup := seen[string(b)]
		seen[string(b)] = true
		return dup
	})
}

// each opens one layer of many envelopes on all processors; what does not open
// is nil.
func (t *Trustee) each(info []byte, in [][]byte) [][]byte {
	out := make([][]byte, len(in))
	workers := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(in); i += workers {
				if c, err := hpke.Open(t.box, kdf, aead, info, in[i]); err == nil {
					out[i] = c
				}
			}
		})
	}
	wg.Wait()
	return out
}

// Peel is the step of the first of a pair: a pure function of key and batch.
// logged is the commitment to the batch in the public log, least the smallest
// batch that may be opened.
func (t *Trustee) Peel(p *Poll, pair Pair, batch [][]byte, logged [32]byte, least int) ([][]byte, error) {
	switch {
	case !pair.Valid() || pair.First() != t.Seat:
		return nil, fmt.Errorf("%w：这个席位不拆这一对的外层", ErrRefused)
	case len(batch) < least && !broken("least"):
		return nil, fmt.Errorf("%w：不到 %d 票，不开箱", ErrRefused, least)
	case p.Commit(KindBatch, batch) != logged && !broken("commitment"):
		return nil, fmt.Errorf("%w：这批票和存证记录里的不一致", ErrRefused)
	}
	var parts [][]byte
	for _, b := range batch {
		if len(b) == BallotSize && b[0] == formatVersion {
			parts = append(parts, b[1+int(pair)*outerSize:1+(int(pair)+1)*outerSize])
		}
	}
	var inner [][]byte
	for _, c := range t.each(p.info(pair, outerLayer), sorted(parts)) {
		if len(c) == innerSize {
			inner = append(inner, c)
		}
	}
	return sorted(inner), nil
}

// Tally is what the second of a pair hands out: counts by option and value,
// never a row per ballot. Bad are those that were lost or not valid.
type Tally struct {
	Counted int     `json:"counted"`
	Bad     int     `json:"bad"`
	Values  [][]int `json:"values"` // [option][value]
}

// lossPercent bounds how many ballots may be lost in peeling before the step
// has to be repeated by a deputy.
const lossPercent = 2

// Unusual reports whether more ballots of a batch of n were lost in peeling than
// bad phones explain: a deputy repeats the step then.
func Unusual(lost, n int) bool { return lost > 1+n*lossPercent/100 }

// Open is the step of the second of a pair. n is the size of the batch; anyLoss
// says that a second run of Peel confirmed an unusual number of bad ballots.
func (t *Trustee) Open(p *Poll, pair Pair, inner [][]byte, n int, logged [32]byte, least int, anyLoss bool) (Tally, error) {
	lost := n - len(inner)
	switch {
	case !pair.Valid() || pair.Second() != t.Seat:
		return Tally{}, fmt.Errorf("%w：这个席位不开这一对的内层", ErrRefused)
	case len(inner) < least && !broken("least"):
		return Tally{}, fmt.Errorf("%w：不到 %d 票，不开箱", ErrRefused, least)
	case lost < 0 || Unusual(lost, n) && !anyLoss && !broken("loss"):
		return Tally{}, fmt.Errorf("%w：少了 %d 票（共 %d 票），请先由副手重做一次拆外层", ErrRefused, lost, n)
	case len(sorted(inner)) != len(inner):
		return Tally{}, fmt.Errorf("%w：名单里有重复的票", ErrRefused)
	case p.Commit(KindPeeled, inner) != logged && !broken("commitment"):
		return Tally{}, fmt.Errorf("%w：不是第一位保管人签过名的那份", ErrRefused)
	}
	out := Tally{Bad: lost, Values: make([][]int, p.Options)}
	for i := range out.Values {
		out.Values[i] = make([]int, int(p.Max)+1)
	}
	for _, f := range t.each(p.info(pair, innerLayer), inner) {
		if !p.ValidFrame(f) {
			out.Bad++
			continue
		}
		out.Counted++
		for i := range p.Options {
			out.Values[i][f[2+i]]++
		}
	}
	return out, nil
}
