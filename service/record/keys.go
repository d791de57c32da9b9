package record

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"

	"github.com/emmansun/gmsm/sm2"
)

// SeedSize is the size of the secret from which KeysFromSeed makes the keys.
const SeedSize = 32

// Signature types of the signed-note format (c2sp.org/signed-note). SM2 has
// none assigned, so it has 0xff followed by a name of ours.
const (
	algEd25519     = "\x01"
	algCosignature = "\x04"
	algSM2         = "\xff" + SM2Algorithm
)

// SM2Algorithm names the second signature of checkpoints: SM2 with SM3 by GB/T
// 32918.2 over the text of the note, ASN.1 DER, with the usual user id
// "1234567812345678". The key in a verifier line is the uncompressed point (65
// bytes) after 0xff and this name.
const SM2Algorithm = "cunwu/sm2-sm3/v1"

// Signer signs with one key. The key may be elsewhere, in a device or another
// service: that is why Sign takes a context.
type Signer interface {
	// Public is the public key: 32 bytes of Ed25519, or the uncompressed point
	// (65 bytes) of SM2.
	Public() []byte
	// Sign signs message itself, no digest of it: 64 bytes of Ed25519, or SM2
	// in ASN.1 DER. It must be quick: a checkpoint waits for it.
	Sign(ctx context.Context, message []byte) ([]byte, error)
}

// Keys sign checkpoints: Log and Cosigner by Ed25519, SM2 by SM2.
type Keys struct {
	Log      Signer
	Cosigner Signer
	SM2      Signer
}

type ed25519Signer ed25519.PrivateKey

// Ed25519Signer signs with a key in memory.
func Ed25519Signer(key ed25519.PrivateKey) Signer { return ed25519Signer(key) }

func (s ed25519Signer) Public() []byte {
	public, _ := ed25519.PrivateKey(s).Public().(ed25519.PublicKey)
	return public
}

func (s ed25519Signer) Sign(_ context.Context, message []byte) ([]byte, error) {
	return ed25519.Sign(ed25519.PrivateKey(s), message), nil
}

type sm2Signer struct{ key *sm2.PrivateKey }

// SM2Signer signs with a key in memory.
func SM2Signer(key *sm2.PrivateKey) Signer { return sm2Signer{key} }

func (s sm2Signer) Public() []byte {
	public, err := sm2.PublicKeyToECDH(&s.key.PublicKey)
	if err != nil { // not a point of the curve: keys are made by NewPrivateKey
		return nil
	}
	return public.Bytes()
}

func (s sm2Signer) Sign(_ context.Context, message []byte) ([]byte, error) {
	return s.key.Sign(rand.Reader, message, sm2.DefaultSM2SignerOpts)
}

// KeysFromSeed makes the three keys from one secret of SeedSize random bytes,
// each by HKDF-SHA-256 under its own label.
func KeysFromSeed(seed []byte) (Keys, error) {
	if len(seed) != SeedSize {
		return Keys{}, fmt.Errorf("%w: the seed has %d bytes, not %d", ErrKey, len(seed), SeedSize)
	}
	derive := func(label string, size int) []byte {
		out, err := hkdf.Key(sha256.New, seed, nil, "cunwu/log/"+label+"/v1", size)
		if err != nil {
			panic(err) // sizes are constants far below the limit
		}
		return out
	}
	// 48 bytes modulo the order: no bias that matters, and never zero.
	order := new(big.Int).Sub(sm2.P256().Params().N, big.NewInt(2))
	scalar := new(big.Int).SetBytes(derive("sm2", 48))
	scalar.Mod(scalar, order).Add(scalar, big.NewInt(1))
	key, err := sm2.NewPrivateKey(scalar.FillBytes(make([]byte, 32)))
	if err != nil {
		return Keys{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return Keys{
		Log:      Ed25519Signer(ed25519.NewKeyFromSeed(derive("ed25519", ed25519.SeedSize))),
		Cosigner: Ed25519Signer(ed25519.NewKeyFromSeed(derive("cosigner", ed25519.SeedSize))),
		SM2:      SM2Signer(key),
	}, nil
}

// CosignerName is the key name of the log's own cosigner.
func CosignerName(origin string) string { return origin + "/cosigner" }

// keyHash is the key id of the signed-note format.
func keyHash(name, alg string, public []byte) uint32 {
	sum := sha256.Sum256([]byte(name + "\n" + alg + string(public)))
	return binary.BigEndian.Uint32(sum[:4])
}

// verifierLine is the encoded verifier key of the signed-note format.
func verifierLine(name, alg string, public []byte) string {
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, alg, public), base64.StdEncoding.EncodeToString([]byte(alg+string(public))))
}

// VerifierKey is a verifier line taken apart.
type VerifierKey struct {
	Name      string
	Hash      uint32
	Algorithm string // "ed25519", "cosignature/v1" or SM2Algorithm
	Public    []byte
}

// ReadVerifierKey reads a verifier line and checks its key id. ErrKey if it is
// none, or of an algorithm not known here.
func ReadVerifierKey(line string) (VerifierKey, error) {
	name, rest, _ := strings.Cut(line, "+")
	id, text, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !validName(name) {
		return VerifierKey{}, fmt.Errorf("%w: not a verifier line", ErrKey)
	}
	for _, a := range []struct {
		alg, name string
		size      int
	}{{algEd25519, "ed25519", ed25519.PublicKeySize}, {algCosignature, "cosignature/v1", ed25519.PublicKeySize}, {algSM2, SM2Algorithm, 65}} {
		public, ok := strings.CutPrefix(string(raw), a.alg)
		if !ok || len(public) != a.size {
			continue
		}
		k := VerifierKey{Name: name, Hash: keyHash(name, a.alg, []byte(public)), Algorithm: a.name, Public: []byte(public)}
		if fmt.Sprintf("%08x", k.Hash) != id {
			return VerifierKey{}, fmt.Errorf("%w: the key id does not belong to the key", ErrKey)
		}
		return k, nil
	}
	return VerifierKey{}, fmt.Errorf("%w: unknown algorithm", ErrKey)
}

func validName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '+' || r == 0x7f || r == 0xfffd })
}
