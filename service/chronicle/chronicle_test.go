package chronicle_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/service/chronicle"
	"cunwu/service/region"
)

// An entry stands in the chronicles of its place and of all above it, and in no
// other's.
func TestScopes(t *testing.T) {
	t.Parallel()
	got := chronicle.Scopes("51082110220001")
	want := []int64{51, 5108, 510821, 510821102, 510821102200, 51082110220001}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if chronicle.Scope("51x") != 0 || chronicle.Scope("") != 0 || len(chronicle.Scopes(region.Code(""))) != 0 {
		t.Error("what is no code has a chronicle")
	}
}

// Places in time follow the clock, and serials within a millisecond.
func TestPosition_Order(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ms, later := rapid.Int64Range(1, 1<<41).Draw(t, "ms"), rapid.Int64Range(1, 1000).Draw(t, "later")
		a, b := rapid.Int64Range(1, 1<<40).Draw(t, "a"), rapid.Int64Range(1, 1<<40).Draw(t, "b")
		first, next := chronicle.Position(time.UnixMilli(ms), a), chronicle.Position(time.UnixMilli(ms+later), b)
		if first >= next || first <= 0 {
			t.Fatalf("%d at %d, %d at %d", first, ms, next, ms+later)
		}
	})
}
