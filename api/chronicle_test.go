package api

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Reading two lists page by page as one gives each entry once, newest first,
// whatever stands at the same place.
func TestNewest_Pages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lists := make([][]int64, 2)
		var want []int64
		for i := range lists {
			lists[i] = slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Int64Range(1, 40), 0, 30).Draw(t, "positions"))))
			slices.Reverse(lists[i])
			want = append(want, lists[i]...)
		}
		slices.Sort(want)
		slices.Reverse(want)
		size := rapid.IntRange(1, 9).Draw(t, "size")
		var got []int64
		for before, pages := int64(0), 0; ; pages++ {
			if pages > len(want) {
				t.Fatalf("it does not end: %v", got)
			}
			var all []feedEntry
			more := false
			for _, l := range lists {
				n := 0
				for _, pos := range l {
					if before != 0 && pos >= before {
						continue
					}
					if n++; n > size {
						more = true
						break
					}
					all = append(all, feedEntry{pos: pos})
				}
			}
			out, cut := newest(all, size)
			for _, e := range out {
				got = append(got, e.pos)
			}
			if len(out) == 0 || !cut && !more {
				break
			}
			before = out[len(out)-1].pos
		}
		if !slices.Equal(got, want) {
			t.Fatalf("read %v, want %v", got, want)
		}
	})
}
