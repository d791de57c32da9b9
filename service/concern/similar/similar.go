// Package similar says how alike two short Chinese texts are. It knows no
// words: a text is the set of its pairs of neighbouring characters, which needs
// no dictionary, holds in dialect, and is the same on every engine.
//
// Invariants: the same texts give the same terms everywhere and always, since
// terms are stored; digits are no part of any term, so that nobody finds out a
// hidden number by asking for it; a score depends on nothing but the two sets
// and the weights.
package similar

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// Term is a pair of neighbouring characters as one number, or a character that
// stands alone. It is above zero and below 1<<42.
type Term int64

// runeBits hold any character.
const runeBits = 21

// String gives the characters of a term.
func (t Term) String() string {
	second := string(rune(t & (1<<runeBits - 1)))
	if first := rune(t >> runeBits & (1<<runeBits - 1)); first != 0 {
		return string(first) + second
	}
	return second
}

// particles say nothing of the matter, nor do idle words. Their neighbours
// become neighbours, so that "路的灯" and "路灯", "狗没有拴" and "狗不拴" are alike.
const particles = "的了着过是在我你您他她它们咱俺和跟与就都也还又很太吗呢吧啊呀哦嘛把被给让请得地这那不没"

var idle = func() *strings.Replacer {
	var pairs []string
	for word := range strings.FieldsSeq("没有 什么 怎么 一个 时候 希望 大家 已经 现在 解决 问题 反映 情况 因为 所以 但是 如果 可以 不能 需要 村里 村上 有人 多次 经常 一直 一下 帮忙 处理 领导 你好 谢谢 尽快") {
		pairs = append(pairs, word, "")
	}
	return strings.NewReplacer(pairs...)
}()

func pair(a, b rune) Term { return Term(a)<<runeBits | Term(b) }

// Normalise gives what of a text counts: letters, small and of usual width;
// whatever else stands between them is one space. Idle words are gone.
func Normalise(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range idle.Replace(text) {
		if r >= '！' && r <= '～' { // full width, as input methods write them
			r -= '！' - '!'
		}
		r = unicode.ToLower(r)
		switch {
		case strings.ContainsRune(particles, r):
		case !unicode.IsLetter(r):
			gap = b.Len() > 0
		default:
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Terms gives the terms of a text, each once, in the order in which they come:
// at most so many, since what somebody wants is said first.
func Terms(text string, most int) []Term {
	var out []Term
	seen := map[Term]bool{}
	for run := range strings.SplitSeq(Normalise(text), " ") {
		rs := []rune(run)
		if len(rs) == 1 {
			rs = []rune{0, rs[0]}
		}
		for i := 1; i < len(rs); i++ {
			if len(out) >= most {
				return out
			}
			t := pair(rs[i-1], rs[i])
			if !seen[t] {
				seen[t] = true
				out = append(out, t)
			}
		}
	}
	return out
}

// Rarity is the weight of a term that stands in n of the texts, counted up to
// most: rare ones tell more. It falls from about 5 to 1. What is said once may
// be chance, so that the first few make little difference.
func Rarity(n, most int) float64 {
	const chance = 9
	n = min(max(n, 0), most)
	return math.Log2(1 + float64(most+chance)/float64(n+chance))
}

// Score says how alike two sets of terms are, from 0 (nothing in common) to 100
// (the same): what they share against what each has alone, by weight. The order
// of the terms does not matter, nor which set is named first.
func Score(a, b []Term, weigh func(Term) float64) int {
	both, alone := 0.0, 0.0
	for _, t := range a {
		if slices.Contains(b, t) {
			both += weigh(t)
		} else {
			alone += weigh(t)
		}
	}
	for _, t := range b {
		if !slices.Contains(a, t) {
			alone += weigh(t)
		}
	}
	if both == 0 {
		return 0
	}
	return int(math.Round(100 * both / (both + alone/2)))
}

// Shared counts the terms that are in both.
func Shared(a, b []Term) int {
	n := 0
	for _, t := range a {
		if slices.Contains(b, t) {
			n++
		}
	}
	return n
}
