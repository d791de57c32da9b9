package audit

import (
	"crypto/rand"
	"encoding/base32"
)

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewID gives a fresh opaque id: 128 random bits as 26 lower-case base32
// characters. Ids tell neither order nor number.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails: the runtime aborts instead
	return idEncoding.EncodeToString(b[:])
}
