package demo

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"
)

// dice is a source of choices that depends on the seed and a name only, so
// that one text does not change when another is added before it.
type dice struct{ *rand.Rand }

func newDice(seed uint64, name ...string) dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join(name, "/")))     // hash.Hash never fails
	return dice{rand.New(rand.NewPCG(seed, h.Sum64()))} //nolint:gosec // sample content must repeat; nothing secret depends on it
}

// between gives a number from low to high, both included.
func (d dice) between(low, high int) int {
	if high <= low {
		return low
	}
	return low + d.IntN(high-low+1)
}

func (d dice) pick(from []string) string { return from[d.IntN(len(from))] }

// some gives n different entries, in their order in the list.
func (d dice) some(from []string, n int) []string {
	if n > len(from) {
		n = len(from)
	}
	chosen := make([]bool, len(from))
	for _, i := range d.Perm(len(from))[:n] {
		chosen[i] = true
	}
	out := make([]string, 0, n)
	for i, s := range from {
		if chosen[i] {
			out = append(out, s)
		}
	}
	return out
}

// yuan is an amount of whole yuan in 分.
func yuan(n int) int64 { return int64(n) * 100 }

// money writes an amount exactly: 23,600元, 128.50元.
func money(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "负", -fen
	}
	s := strconv.FormatInt(fen/100, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if fen%100 != 0 {
		s += fmt.Sprintf(".%02d", fen%100)
	}
	return sign + s + "元"
}

// about writes an amount as people say it: 2.36万元, 860元.
func about(fen int64) string {
	if fen < yuan(10000) && fen > -yuan(10000) {
		return money(fen / 100 * 100)
	}
	s := strconv.FormatFloat(float64(fen)/1e6, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + "万元"
}

// compared says in words how an amount stands to the one before: 比上月多1,200元.
func compared(with string, before, now int64) string {
	switch {
	case before == 0 && now == 0:
		return "和" + with + "一样没有"
	case now > before:
		return "比" + with + "多" + about(now-before)
	case now < before:
		return "比" + with + "少" + about(before-now)
	}
	return "和" + with + "一样"
}

// masked hides a name by the rule of the lists: 张*, 李*英.
func masked(name string) string {
	r := []rune(name)
	if len(r) <= 2 {
		return string(r[:1]) + "*"
	}
	return string(r[0]) + strings.Repeat("*", len(r)-2) + string(r[len(r)-1])
}
