package record

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
)

// SaltSize is the size of the salt of a commitment, in bytes.
const SaltSize = 32

// NewSalt gives a fresh salt. It is kept beside what is committed to and goes
// with it; then the commitment says nothing to anybody.
func NewSalt() []byte {
	b := make([]byte, SaltSize)
	_, _ = rand.Read(b) // crypto/rand never fails: the runtime aborts instead
	return b
}

// Commitment is hex SHA-256 of the salt followed by the data: what a leaf
// carries in place of data that may have to be erased.
func Commitment(salt, data []byte) string {
	h := sha256.New()
	_, _ = h.Write(salt) // a hash takes everything
	_, _ = h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}
