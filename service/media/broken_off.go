//go:build !cunwu_broken

package media

// broken reports whether a check was taken out, to show that a test of it would
// fail. It never is, but in the variants that are built for that.
func broken(string) bool { return false }
