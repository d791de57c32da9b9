package verify

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is a signed tree head (c2sp.org/tlog-checkpoint).
type Checkpoint struct {
	Origin string
	tlog.Tree
	Raw []byte // the note with its signatures
}

var errSignature = errors.New("verify: the checkpoint bears no valid signature of this key")

// openCheckpoint checks that a note is signed by one of the verifiers and reads it.
func openCheckpoint(raw []byte, keys ...note.Verifier) (Checkpoint, error) {
	n, err := note.Open(raw, note.VerifierList(keys...))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w (%w)", errSignature, err)
	}
	return parseCheckpoint(n.Text, raw)
}

// parseCheckpoint reads origin, size and root; extension lines may follow.
func parseCheckpoint(text string, raw []byte) (Checkpoint, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return Checkpoint{}, errors.New("verify: the checkpoint has fewer than three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("verify: the checkpoint's size %q is no number", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("verify: the checkpoint's root: %w", err)
	}
	return Checkpoint{Origin: lines[0], Tree: tlog.Tree{N: size, Hash: root}, Raw: raw}, nil
}

// textOf gives the signed part of a note and its origin line, without checking
// anything.
func textOf(raw []byte) (text, origin string) {
	if text, _, ok := strings.Cut(string(raw), "\n\n"); ok {
		origin, _, _ = strings.Cut(text, "\n")
		return text + "\n", origin
	}
	return "", ""
}

// keyLines gives the Ed25519 lines that notes can be checked with, of a file
// such as /log/key. Lines of other algorithms are skipped.
func keyLines(raw []byte) []string {
	var out []string
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if _, err := note.NewVerifier(line); err == nil {
			out = append(out, line)
		}
	}
	return out
}

// Cosigner signs checkpoints that a witness found consistent: cosignature/v1
// (c2sp.org/tlog-cosignature).
type Cosigner struct {
	name string
	key  ed25519.PrivateKey
	id   uint32
}

const cosignatureAlgorithm = 4

// NewCosigner makes a cosigner of a name (a URL without scheme) and a 32-byte seed.
func NewCosigner(name string, seed []byte) (*Cosigner, error) {
	if name == "" || strings.ContainsAny(name, " +\n\t") || len(seed) != ed25519.SeedSize {
		return nil, errors.New("verify: a cosigner needs a name without spaces and a seed of 32 bytes")
	}
	key := ed25519.NewKeyFromSeed(seed)
	return &Cosigner{name: name, key: key, id: cosignerID(name, publicOf(key))}, nil
}

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey {
	return ed25519.PublicKey(key[ed25519.SeedSize:])
}

func cosignerID(name string, key ed25519.PublicKey) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write(append([]byte{cosignatureAlgorithm}, key...))
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// VerifierKey is the line by which others check the cosignatures.
func (c *Cosigner) VerifierKey() string {
	key := append([]byte{cosignatureAlgorithm}, publicOf(c.key)...)
	return fmt.Sprintf("%s+%08x+%s", c.name, c.id, base64.StdEncoding.EncodeToString(key))
}

// Cosign gives the signature line for the text of a checkpoint.
func (c *Cosigner) Cosign(text string, at time.Time) string {
	b := binary.BigEndian.AppendUint32(nil, c.id)
	b = binary.BigEndian.AppendUint64(b, uint64(max(at.Unix(), 0)))
	b = append(b, ed25519.Sign(c.key, cosigned(text, at.Unix()))...)
	return fmt.Sprintf("— %s %s\n", c.name, base64.StdEncoding.EncodeToString(b))
}

func cosigned(text string, at int64) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text)
}

// cosignatureVerifier lets note.Open check cosignatures.
type cosignatureVerifier struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

// NewCosignatureVerifier reads the verifier line of a cosigner.
func NewCosignatureVerifier(line string) (note.Verifier, error) {
	parts := strings.SplitN(strings.TrimSpace(line), "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("verify: not a verifier line")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != cosignatureAlgorithm {
		return nil, errors.New("verify: not a cosigner's line")
	}
	v := cosignatureVerifier{name: parts[0], id: cosignerID(parts[0], key[1:]), key: key[1:]}
	if fmt.Sprintf("%08x", v.id) != parts[1] {
		return nil, errors.New("verify: the line's key id does not fit its key")
	}
	return v, nil
}

// Name implements note.Verifier.
func (v cosignatureVerifier) Name() string { return v.name }

// KeyHash implements note.Verifier.
func (v cosignatureVerifier) KeyHash() uint32 { return v.id }

// Verify implements note.Verifier.
func (v cosignatureVerifier) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at <= 1<<62 && ed25519.Verify(v.key, cosigned(string(msg), int64(at)), sig[8:])
}

// NewSeed makes a fresh seed for a cosigner.
func NewSeed() []byte {
	b := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(b) // never fails: the runtime aborts instead
	return b
}
