package verify

import (
	"strings"

	"golang.org/x/mod/sumdb/note"

	"cunwu/service/record"
)

// sm2Key lets note.Open check the second signature of a checkpoint.
type sm2Key struct{ key record.VerifierKey }

// Name implements note.Verifier.
func (v sm2Key) Name() string { return v.key.Name }

// KeyHash implements note.Verifier.
func (v sm2Key) KeyHash() uint32 { return v.key.Hash }

// Verify implements note.Verifier.
func (v sm2Key) Verify(msg, sig []byte) bool { return record.VerifySM2(v.key.Public, msg, sig) }

// sm2Lines gives the SM2 lines of a key file, retired ones too.
func sm2Lines(raw []byte) (lines []string, keys []note.Verifier) {
	for line := range strings.Lines(string(raw)) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), " ")
		if k, err := record.ReadVerifierKey(line); err == nil && k.Algorithm == record.SM2Algorithm {
			lines, keys = append(lines, line), append(keys, sm2Key{k})
		}
	}
	return lines, keys
}

// checkSM2 looks at the second signature. The key comes from the site, which the
// first signature vouches for: who has to rely on SM2 alone must compare the line
// with one from elsewhere. A site that names an SM2 key has to sign with it.
func (v *run) checkSM2(raw []byte, origin string) {
	if len(v.sm2) == 0 {
		return
	}
	for _, key := range v.sm2 {
		if _, err := note.Open(raw, note.VerifierList(key)); err == nil {
			v.r.SM2 = true
			return
		}
	}
	v.r.find(Signature, origin, "检查点上没有有效的国密（SM2）签名，而网站公布了国密公钥")
}
