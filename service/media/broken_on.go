//go:build cunwu_broken

package media

import "os"

// broken reports whether the named check is taken out.
func broken(check string) bool { return os.Getenv("CUNWU_BROKEN") == check }
