//go:build cunwu_cast_alone

package ballot

// One transaction per cast: what scripts/bench compares groups with.
const groupMost = 1
