package search

import (
	"context"
	"maps"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// memory is lists in memory, and counts what is asked of them.
type memory struct {
	Store
	lists map[int64][]int64 // rising
	asked int
}

func (m *memory) SearchPlaces(_ context.Context, l List, below int64, limit int) ([]int64, error) {
	m.asked++
	places := m.lists[l.Number]
	end, _ := slices.BinarySearch(places, below)
	out := slices.Clone(places[max(0, end-limit):end])
	slices.Reverse(out)
	return out, nil
}

func (m *memory) SearchAmong(_ context.Context, l List, places []int64) ([]int64, error) {
	m.asked++
	var out []int64
	for _, p := range places {
		if _, ok := slices.BinarySearch(m.lists[l.Number], p); ok {
			out = append(out, p)
		}
	}
	return out, nil
}

// all walks to the end.
func (m *memory) all(ctx context.Context, t rapid.TB, below int64) []int64 {
	w := &walk{store: m, below: below, size: firstChunk}
	for _, n := range slices.Sorted(maps.Keys(m.lists)) {
		w.lists = append(w.lists, List{Number: n})
	}
	var out []int64
	for {
		was := w.below
		hits, more, err := w.next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if out = append(out, hits...); !more {
			return out
		}
		if w.below >= was {
			t.Fatalf("the walk stands still at %d", was)
		}
	}
}

// TestWalk_IsTheIntersection compares with every list looked through.
func TestWalk_IsTheIntersection(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := &memory{lists: map[int64][]int64{}}
		common := rapid.SliceOfNDistinct(rapid.Int64Range(1, 5000), 0, 40, rapid.ID).Draw(rt, "in all")
		for n := range rapid.Int64Range(1, 4).Draw(rt, "lists") {
			from := rapid.Int64Range(1, 4000).Draw(rt, "from")
			step := rapid.SampledFrom([]int64{1, 3, 50, 700}).Draw(rt, "step")
			list := slices.Clone(common)
			for p := from; p <= 5000; p += step {
				list = append(list, p)
			}
			slices.Sort(list)
			m.lists[n] = slices.Compact(list)
		}
		below := rapid.SampledFrom([]int64{math.MaxInt64, 2500, 1}).Draw(rt, "below")
		var want []int64
		for p := int64(5000); p > 0; p-- {
			in := p < below
			for _, list := range m.lists {
				_, ok := slices.BinarySearch(list, p)
				in = in && ok
			}
			if in {
				want = append(want, p)
			}
		}
		if got := m.all(t.Context(), rt, below); !slices.Equal(got, want) {
			rt.Fatalf("got %v, want %v of %v", got, want, m.lists)
		}
	})
}

// TestWalk_FollowsTheShortest: a rare word among a million costs a handful of
// questions, and so do two lists that do not meet in time.
func TestWalk_FollowsTheShortest(t *testing.T) {
	t.Parallel()
	every := func(from, to, step int64) (out []int64) {
		for p := from; p < to; p += step {
			out = append(out, p)
		}
		return out
	}
	for name, c := range map[string]struct {
		lists map[int64][]int64
		most  int
	}{
		"rare among all":       {map[int64][]int64{1: every(0, 1_000_000, 1), 2: every(0, 1_000_000, 50_000)}, 6},
		"apart":                {map[int64][]int64{1: every(0, 500_000, 1), 2: every(500_000, 1_000_000, 1)}, 6},
		"village and word":     {map[int64][]int64{1: every(0, 1_000_000, 1700), 2: every(5, 1_000_000, 1000), 3: every(0, 1_000_000, 1)}, 30},
		"one after the other":  {map[int64][]int64{1: append(every(0, 1000, 1), every(900_000, 1_000_000, 1)...), 2: every(0, 900_000, 1)}, 30},
		"a list that is empty": {map[int64][]int64{1: nil, 2: every(0, 1_000_000, 1)}, 2},
	} {
		m := &memory{lists: c.lists}
		m.all(t.Context(), t, math.MaxInt64)
		if m.asked > c.most {
			t.Errorf("%s: %d questions, want at most %d", name, m.asked, c.most)
		}
	}
}

// TestGather_IsBounded: two common words that never meet cost a bounded number
// of questions, and the answer says where to go on; all answers together come
// to the end.
func TestGather_IsBounded(t *testing.T) {
	t.Parallel()
	m := &memory{lists: map[int64][]int64{}}
	for p := int64(1); p <= 100_000; p++ {
		m.lists[p%2] = append(m.lists[p%2], p)
	}
	s := New(m, Options{})
	p := plan{lists: []List{{Number: 0}, {Number: 1}}, below: math.MaxInt64, limit: 20}
	answers := 0
	for ; answers < 50; answers++ {
		m.asked = 0
		recs, next, err := s.gather(t.Context(), p)
		if err != nil || len(recs) != 0 {
			t.Fatalf("%d found, %v", len(recs), err)
		}
		if m.asked > 100 {
			t.Errorf("one answer asked %d times", m.asked)
		}
		if next == 0 {
			break
		}
		if next >= p.below {
			t.Fatalf("from %d to %d", p.below, next)
		}
		p.below = next
	}
	if answers < 2 || answers > 5 {
		t.Errorf("%d answers", answers)
	}
}
