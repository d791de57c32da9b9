package opinion

import (
	"cmp"
	"math"
	"slices"
)

// point is where a kind of voter stands on the two axes along which opinions
// differ most.
type point [2]float64

const (
	powerRounds = 60   // of the search for an axis
	meansRounds = 50   // of k-means
	clearFrom   = 0.35 // silhouette below which opinions do not part
	negligible  = 1e-9
)

// part splits the kinds into groups and gives the group of each and how many
// there are; 1 where they do not part. Groups come by size, largest first.
func part(kinds []kind, statements int, limits Limits) ([]int, int) {
	people := 0
	for _, k := range kinds {
		people += k.n
	}
	if len(kinds) < 2 || people < 2*limits.Least {
		return make([]int, len(kinds)), 1
	}
	points := project(centred(kinds, statements), kinds)
	var best []int
	n, top := 1, clearFrom
	for k := 2; k <= min(limits.Most, len(kinds)); k++ {
		of := merged(means(points, kinds, k), points, kinds, k, limits.Least)
		if got := 1 + slices.Max(of); got > 1 {
			if s := silhouette(points, kinds, of, got); s > top+negligible {
				best, n, top = of, got, s
			}
		}
	}
	if n == 1 {
		return make([]int, len(kinds)), 1
	}
	return best, n
}

// centred gives the votes as numbers around the mean of each statement. Where
// somebody did not vote it is the mean, so that silence speaks for nobody.
func centred(kinds []kind, statements int) [][]float64 {
	x := make([][]float64, len(kinds))
	for i := range x {
		x[i] = make([]float64, statements)
	}
	for s := range statements {
		sum, n := 0.0, 0
		for _, k := range kinds {
			if v := k.votes[s]; v != None {
				sum += float64(k.n) * value(v)
				n += k.n
			}
		}
		for i, k := range kinds {
			if v := k.votes[s]; v != None {
				x[i][s] = value(v) - sum/float64(n)
			}
		}
	}
	return x
}

func value(v Vote) float64 {
	switch v {
	case Agree:
		return 1
	case Disagree:
		return -1
	case None, Pass:
	}
	return 0
}

// project finds the two axes of greatest difference and gives each kind's place
// on them. Who voted on few statements would stand near the middle for that
// alone, so places are stretched by what is missing.
func project(x [][]float64, kinds []kind) []point {
	points := make([]point, len(x))
	statements := len(x[0])
	var first []float64
	for axis := range 2 {
		a := principal(x, kinds, first)
		for i, row := range x {
			stretch := math.Sqrt(float64(statements) / float64(voted(kinds[i].votes)))
			points[i][axis] = dot(row, a) * stretch
		}
		first = a
	}
	return points
}

// principal finds the axis of greatest difference at right angles to another
// (nil: any), by the power method from a fixed start.
func principal(x [][]float64, kinds []kind, other []float64) []float64 {
	a := make([]float64, len(x[0]))
	for s := range a {
		a[s] = 1 + float64(s%7)/10 // not at right angles to anything likely
	}
	for range powerRounds {
		apartFromAxis(a, other)
		next := make([]float64, len(a))
		for i, row := range x {
			w := dot(row, a) * float64(kinds[i].n)
			for s, v := range row {
				next[s] += w * v
			}
		}
		apartFromAxis(next, other)
		length := math.Sqrt(dot(next, next))
		if length < negligible {
			return make([]float64, len(a)) // no difference is left
		}
		for s := range next {
			a[s] = next[s] / length
		}
	}
	return a
}

func apartFromAxis(a, axis []float64) {
	if axis == nil {
		return
	}
	along := dot(a, axis)
	for s := range a {
		a[s] -= along * axis[s]
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func distance(a, b point) float64 {
	return (a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1])
}

// means is k-means from a fixed start: the place farthest from the middle, then
// again and again the place farthest from all centres.
func means(points []point, kinds []kind, k int) []int {
	centres := []point{points[farthest(points, []point{{}})]}
	for len(centres) < k {
		centres = append(centres, points[farthest(points, centres)])
	}
	of := make([]int, len(points))
	for range meansRounds {
		moved := false
		for i, p := range points {
			if c := nearest(p, centres); c != of[i] {
				of[i], moved = c, true
			}
		}
		centres = centresOf(points, kinds, of, centres)
		if !moved {
			break
		}
	}
	return of
}

func farthest(points, centres []point) int {
	out, most := 0, -1.0
	for i, p := range points {
		if d := distance(p, centres[nearest(p, centres)]); d > most+negligible {
			out, most = i, d
		}
	}
	return out
}

func nearest(p point, centres []point) int {
	out, least := 0, math.Inf(1)
	for c, q := range centres {
		if d := distance(p, q); d < least-negligible {
			out, least = c, d
		}
	}
	return out
}

// centresOf gives the middle of each group; an empty one keeps its place.
func centresOf(points []point, kinds []kind, of []int, old []point) []point {
	out := slices.Clone(old)
	for c := range out {
		var sum point
		n := 0.0
		for i, p := range points {
			if of[i] == c {
				w := float64(kinds[i].n)
				sum[0], sum[1], n = sum[0]+w*p[0], sum[1]+w*p[1], n+w
			}
		}
		if n > 0 {
			out[c] = point{sum[0] / n, sum[1] / n}
		}
	}
	return out
}

// merged joins groups that are too small to show to their nearest, the smallest
// first, and numbers those that are left by size, then by their first member.
func merged(of []int, points []point, kinds []kind, k, least int) []int {
	of = slices.Clone(of)
	for {
		sizes := sizesOf(of, kinds, k)
		small := -1
		alive := 0
		for c, n := range sizes {
			if n > 0 {
				alive++
			}
			if n > 0 && n < least && (small < 0 || n < sizes[small]) {
				small = c
			}
		}
		if small < 0 || alive < 2 {
			return numbered(of, sizes)
		}
		centres := centresOf(points, kinds, of, make([]point, k))
		to, near := -1, math.Inf(1)
		for c := range centres {
			if d := distance(centres[small], centres[c]); c != small && sizes[c] > 0 && d < near-negligible {
				to, near = c, d
			}
		}
		for i := range of {
			if of[i] == small {
				of[i] = to
			}
		}
	}
}

func sizesOf(of []int, kinds []kind, k int) []int {
	sizes := make([]int, k)
	for i, c := range of {
		sizes[c] += kinds[i].n
	}
	return sizes
}

func numbered(of, sizes []int) []int {
	var order []int
	for _, c := range of { // by first member, as kinds are in a fixed order
		if !slices.Contains(order, c) {
			order = append(order, c)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sizes[b], sizes[a]) })
	out := make([]int, len(of))
	for i, c := range of {
		out[i] = slices.Index(order, c)
	}
	return out
}

// silhouette says how clearly groups part, from -1 to 1: how much nearer people
// are to the middle of their own group than to that of the next.
func silhouette(points []point, kinds []kind, of []int, k int) float64 {
	centres := centresOf(points, kinds, of, make([]point, k))
	sum, people := 0.0, 0.0
	for i, p := range points {
		own, next := math.Sqrt(distance(p, centres[of[i]])), math.Inf(1)
		for c := range centres {
			if c != of[i] {
				next = min(next, math.Sqrt(distance(p, centres[c])))
			}
		}
		w := float64(kinds[i].n)
		people += w
		if most := max(own, next); most > negligible {
			sum += w * (next - own) / most
		}
	}
	return sum / people
}
