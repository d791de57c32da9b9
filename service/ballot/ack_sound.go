//go:build !cunwu_broken_ack

package ballot

import "time"

// An answer is given after the commit, always. The other variant exists to show
// that the harness of scripts/chaos would notice if it were not.
const (
	answerEarly = false
	brokenDelay = time.Duration(0)
)
