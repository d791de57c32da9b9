//go:build !cunwu_broken

package api

import (
	"log/slog"

	"cunwu/service/audit"
)

// broken is always false: the checks below it stand. With the build tag
// cunwu_broken one check can be taken out by name, to show that a test fails
// without it.
func broken(string) bool { return false }

// leak gives nothing of a choice away.
func leak(*slog.Logger, *audit.Receipt, []byte) string { return "" }
