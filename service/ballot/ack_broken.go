//go:build cunwu_broken_ack

package ballot

import "time"

// Deliberately wrong, for scripts/chaos alone: casts are acknowledged before
// they are committed.
const (
	answerEarly = true
	brokenDelay = 20 * time.Millisecond
)
