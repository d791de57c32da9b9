package opinion_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cunwu/service/consultation/opinion"
)

var limits = opinion.Limits{Least: 5, Most: 5, Common: 60}

// camps is people who vote by their camp, a few of them now and then otherwise.
func camps(sizes []int, views [][]opinion.Vote, noise float64, seed uint64) ([][]opinion.Vote, []int) {
	dice := rand.New(rand.NewPCG(seed, 1))
	var votes [][]opinion.Vote
	var camp []int
	for c, n := range sizes {
		for range n {
			row := slices.Clone(views[c])
			for s := range row {
				if dice.Float64() < noise {
					row[s] = opinion.Vote(dice.IntN(4))
				}
			}
			votes, camp = append(votes, row), append(camp, c)
		}
	}
	return votes, camp
}

const (
	a = opinion.Agree
	d = opinion.Disagree
)

var twoViews = [][]opinion.Vote{{a, a, a, d, d, d, a, a}, {d, d, d, a, a, a, a, a}}

func TestFind_TwoCamps(t *testing.T) {
	t.Parallel()
	votes, camp := camps([]int{30, 20}, twoViews, 0.05, 7)
	r := opinion.Find(votes, limits)
	if len(r.Groups) != 2 || r.Groups[0].Size < r.Groups[1].Size {
		t.Fatalf("groups %+v", r.Groups)
	}
	wrong := 0
	for i := range votes {
		if r.Of[i] != camp[i] {
			wrong++
		}
	}
	if wrong > 2 {
		t.Errorf("%d of %d people in the wrong group", wrong, len(votes))
	}
	common := slices.Sorted(slices.Values(r.Common))
	if !slices.Equal(common, []int{6, 7}) {
		t.Errorf("common ground %v, want 6 and 7", r.Common)
	}
	if len(r.Apart) == 0 || slices.Contains(r.Apart, 6) {
		t.Errorf("apart on %v", r.Apart)
	}
	if ty := slices.Sorted(slices.Values(r.Groups[0].Typical)); !slices.Equal(ty, []int{0, 1, 2}) {
		t.Errorf("typical of the first: %v", ty)
	}
}

func TestFind_ThreeCamps(t *testing.T) {
	t.Parallel()
	views := [][]opinion.Vote{{a, a, a, d, d, d, d, d, d}, {d, d, d, a, a, a, d, d, d}, {d, d, d, d, d, d, a, a, a}}
	votes, _ := camps([]int{20, 18, 16}, views, 0.03, 3)
	if r := opinion.Find(votes, limits); len(r.Groups) != 3 {
		t.Errorf("%d groups, want 3", len(r.Groups))
	}
}

func TestFind_DoesNotPart(t *testing.T) {
	t.Parallel()
	same, _ := camps([]int{50}, [][]opinion.Vote{{a, a, d, a}}, 0, 1)
	few, _ := camps([]int{3, 45}, twoViews, 0, 1)
	for name, votes := range map[string][][]opinion.Vote{
		"Nobody": nil, "NoStatements": make([][]opinion.Vote, 50), "OneMind": same, "FewAgainstMany": few, "Two": {twoViews[0], twoViews[1]},
	} {
		if r := opinion.Find(votes, limits); len(r.Groups) != 0 {
			t.Errorf("%s: groups %+v", name, r.Groups)
		}
	}
	if r := opinion.Find(same, limits); !slices.Equal(slices.Sorted(slices.Values(r.Common)), []int{0, 1, 3}) {
		t.Errorf("one mind agrees on %v", r.Common)
	}
}

// anyVotes draws camps of any shape with any disorder.
func anyVotes(t *rapid.T) [][]opinion.Vote {
	statements := rapid.IntRange(1, 12).Draw(t, "statements")
	row := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) opinion.Vote {
		return opinion.Vote(rapid.IntRange(0, 3).Draw(t, "vote")) //nolint:gosec // 0 to 3
	}), statements, statements)
	views := rapid.SliceOfN(row, 1, 4).Draw(t, "views")
	sizes := rapid.SliceOfN(rapid.IntRange(1, 25), len(views), len(views)).Draw(t, "sizes")
	votes, _ := camps(sizes, views, rapid.SampledFrom([]float64{0, 0.05, 0.3, 1}).Draw(t, "noise"), rapid.Uint64().Draw(t, "seed"))
	return votes
}

// Who stands where changes nothing: the groups are the same people.
func TestFind_OrderOfPeople(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		votes := anyVotes(t)
		order := rapid.Permutation(indexes(len(votes))).Draw(t, "order")
		turned := make([][]opinion.Vote, len(votes))
		for to, from := range order {
			turned[to] = votes[from]
		}
		r, s := opinion.Find(votes, limits), opinion.Find(turned, limits)
		for to, from := range order {
			if s.Of[to] != r.Of[from] {
				t.Fatalf("person %d is in group %d, after turning in %d", from, r.Of[from], s.Of[to])
			}
		}
		if !reflect.DeepEqual(r.Groups, s.Groups) || !slices.Equal(r.Common, s.Common) || !slices.Equal(r.Apart, s.Apart) {
			t.Fatal("the order of people changed what was found")
		}
	})
}

// Groups are never small, never many, and their tallies add up to the votes.
func TestFind_Bounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		votes := anyVotes(t)
		r := opinion.Find(votes, limits)
		if len(r.Groups) == 1 || len(r.Groups) > limits.Most {
			t.Fatalf("%d groups", len(r.Groups))
		}
		sizes := make([]int, len(r.Groups))
		seen := map[string]int{}
		for i, g := range r.Of {
			key := string(bytesOf(votes[i]))
			if was, ok := seen[key]; ok && was != g {
				t.Fatal("two who voted alike are apart")
			}
			seen[key] = g
			if g >= 0 && len(r.Groups) > 0 {
				sizes[g]++
			}
		}
		for g, group := range r.Groups {
			if group.Size != sizes[g] || group.Size < limits.Least {
				t.Fatalf("group %d says %d, has %d", g, group.Size, sizes[g])
			}
			for s, tally := range group.Tallies {
				want := opinion.Tally{}
				for i, row := range votes {
					if r.Of[i] == g {
						count(&want, row[s])
					}
				}
				if tally != want {
					t.Fatalf("group %d on %d: %+v, want %+v", g, s, tally, want)
				}
			}
		}
		for _, s := range r.Common {
			for _, g := range r.Groups {
				if tl := g.Tallies[s]; tl.Voted() < limits.Least || 100*tl.Agree < limits.Common*tl.Voted() {
					t.Fatalf("statement %d is no common ground: %+v", s, tl)
				}
			}
		}
	})
}

func count(t *opinion.Tally, v opinion.Vote) {
	switch v {
	case opinion.Agree:
		t.Agree++
	case opinion.Disagree:
		t.Disagree++
	case opinion.Pass:
		t.Pass++
	case opinion.None:
	}
}

func bytesOf(row []opinion.Vote) []byte {
	out := make([]byte, len(row))
	for i, v := range row {
		out[i] = byte(v) //nolint:gosec // 0 to 3
	}
	return out
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func BenchmarkFind(b *testing.B) {
	views := [][]opinion.Vote{make([]opinion.Vote, 200), make([]opinion.Vote, 200)}
	for s := range 200 {
		views[0][s], views[1][s] = opinion.Vote(1+s%2), opinion.Vote(2-s%2) //nolint:gosec // 1 or 2
	}
	votes, _ := camps([]int{1000, 1000}, views, 0.4, 5)
	for b.Loop() {
		opinion.Find(votes, limits)
	}
}
