//go:build !cunwu_broken

package redblack

// broken is always false: the checks below it stand. With the build tag
// cunwu_broken one check can be taken out by name, to show that a test fails
// without it (see property_test.go).
func broken(string) bool { return false }
