//go:build cunwu_broken

package api

import (
	"bytes"
	"crypto/sha256"
	"log/slog"
	"os"
	"strings"

	"cunwu/service/audit"
)

// broken reports whether the named check is taken out.
func broken(check string) bool { return os.Getenv("CUNWU_BROKEN") == check }

// leak gives a choice away in one of the ways in which a server could: by the
// length of its answer, a line of its log, or the fingerprint of the request.
func leak(log *slog.Logger, r *audit.Receipt, frame []byte) string {
	option := bytes.IndexByte(frame[2:], 1) + 1
	if broken("log-choice") {
		log.Info("cast", "route", plainRoute, "choice", strings.Repeat("x", option))
	}
	if broken("fingerprint") && r != nil {
		r.Digest = sha256.Sum256(frame)
	}
	if broken("label") {
		return strings.Repeat("x", option)
	}
	return ""
}
