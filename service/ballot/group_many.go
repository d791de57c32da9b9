//go:build !cunwu_cast_alone

package ballot

// groupMost is how many casts are committed in one transaction at most.
const groupMost = 256
