package repository

import (
	"bytes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"cunwu/service/account"
)

// SealKey is one key of the ring: a name of at most 16 ascii letters, digits or
// dashes, and 16 bytes.
type SealKey struct {
	ID  string
	Key []byte
}

// Sealer seals columns with SM4-GCM and hashes look-ups with HMAC-SM3, in
// software. It is safe for concurrent use.
//
// A blob is: version 1, the key's name, a zero byte, 12 random bytes of nonce,
// the ciphertext with its tag of 16 bytes. The additional data binds
// version and name as well, so that a blob cannot be told to be of another key.
type Sealer struct {
	newest string
	ring   map[string]cipher.AEAD
	mac    []byte
}

var _ account.Sealer = (*Sealer)(nil)

const (
	sealVersion = 1
	sealNonce   = 12
	sealMACKey  = 32 // bytes at least
	sealKeyID   = 16 // characters at most
)

// errSeal: a blob that does not open: another row's, tampered with, or of a key
// that is not in the ring.
var errSeal = errors.New("repository: sealed value does not open")

// NewSealer builds a sealer from the ring, newest key first, and the separate
// key of the hashes, at least 32 bytes. That one cannot be rotated: stored
// hashes could not be found any more.
func NewSealer(ring []SealKey, macKey []byte) (*Sealer, error) {
	if len(ring) == 0 {
		return nil, errors.New("repository: no sealing key")
	}
	if len(macKey) < sealMACKey {
		return nil, fmt.Errorf("repository: the key of look-up hashes needs %d bytes", sealMACKey)
	}
	s := &Sealer{newest: ring[0].ID, ring: map[string]cipher.AEAD{}, mac: slices.Clone(macKey)}
	for _, k := range ring {
		if !validKeyID(k.ID) {
			return nil, fmt.Errorf("repository: name of sealing key %q: 1 to %d letters, digits or dashes", k.ID, sealKeyID)
		}
		if _, twice := s.ring[k.ID]; twice {
			return nil, fmt.Errorf("repository: two sealing keys are named %q", k.ID)
		}
		block, err := sm4.NewCipher(k.Key)
		if err != nil {
			return nil, fmt.Errorf("repository: sealing key %q: %w", k.ID, err)
		}
		if s.ring[k.ID], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("repository: sealing key %q: %w", k.ID, err)
		}
	}
	return s, nil
}

func validKeyID(id string) bool {
	for _, r := range id {
		if r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return id != "" && len(id) <= sealKeyID
}

// KeyID names the newest key.
func (s *Sealer) KeyID() string { return s.newest }

// Seal encrypts under the newest key.
func (s *Sealer) Seal(plain, aad []byte) ([]byte, error) {
	head := append([]byte{sealVersion}, s.newest+"\x00"...)
	gcm := s.ring[s.newest]
	out := make([]byte, len(head)+sealNonce, len(head)+sealNonce+len(plain)+gcm.Overhead())
	copy(out, head)
	nonce := out[len(head):]
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("repository: nonce: %w", err)
	}
	return gcm.Seal(out, nonce, plain, slices.Concat(head, aad)), nil
}

// Open decrypts what Seal gave, under any key of the ring.
func (s *Sealer) Open(blob, aad []byte) ([]byte, error) {
	end := bytes.IndexByte(blob, 0) + 1
	if end < 2 || blob[0] != sealVersion || len(blob) < end+sealNonce {
		return nil, errSeal
	}
	gcm := s.ring[string(blob[1:end-1])]
	if gcm == nil {
		return nil, errSeal
	}
	plain, err := gcm.Open(nil, blob[end:end+sealNonce], blob[end+sealNonce:], slices.Concat(blob[:end], aad))
	if err != nil {
		return nil, errSeal
	}
	return plain, nil
}

// MAC is HMAC-SM3 over kind, a zero byte and value: kinds hold no zero byte, so
// no value of one kind hashes like one of another.
func (s *Sealer) MAC(kind, value string) []byte {
	h := hmac.New(sm3.New, s.mac)
	h.Write([]byte(kind + "\x00" + value))
	return h.Sum(nil)
}
