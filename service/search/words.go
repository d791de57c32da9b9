package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letter is a character in the form in which it is looked for, with the bytes
// of the text it comes from. A character may come apart into several letters
// (㎡) and several may become one (e and an accent).
type letter struct {
	r        rune
	from, to int
}

// runs takes a text apart into runs of letters, figures and marks on them: wide
// forms become usual ones, capitals small ones, and whatever else there is
// separates. What cannot be seen (zero width spaces and the like) is passed over,
// since texts pasted from elsewhere are full of it.
func runs(text string) [][]letter {
	var (
		out [][]letter
		run []letter
	)
	end := func() {
		if len(run) > 0 {
			out, run = append(out, run), nil
		}
	}
	for from := 0; from < len(text); {
		to := from + max(1, norm.NFKC.NextBoundaryInString(text[from:], true))
		for _, r := range norm.NFKC.String(text[from:to]) {
			switch {
			case unicode.IsLetter(r), unicode.IsNumber(r), len(run) > 0 && unicode.IsMark(r):
				run = append(run, letter{unicode.ToLower(r), from, to})
			case unicode.Is(unicode.Cf, r):
			default:
				end()
			}
		}
		from = to
	}
	end()
	return out
}

// words gives the runs of a text as strings.
func words(text string) []string {
	var out []string
	for _, run := range runs(text) {
		var b strings.Builder
		for _, l := range run {
			b.WriteRune(l.r)
		}
		out = append(out, b.String())
	}
	return out
}

// Searched gives a text in the form in which it is looked through: its words,
// one space apart. Two questions with the same form are the same question.
func Searched(text string) string { return strings.Join(words(text), " ") }

// runeBits holds every rune.
const runeBits = 21

func bigram(a, b rune) Term { return Term(a)<<runeBits | Term(b) }

// bigrams calls each with the terms of a word, first to last.
func bigrams(word string, each func(Term)) {
	before := rune(-1)
	for _, r := range word {
		if before >= 0 {
			each(bigram(before, r))
		}
		before = r
	}
}

// cover gives the fewest terms of a word in which each of its letters is.
func cover(word string) []Term {
	var all []Term
	bigrams(word, func(t Term) { all = append(all, t) })
	var out []Term
	for i, t := range all {
		if i%2 == 0 || i == len(all)-1 {
			out = append(out, t)
		}
	}
	return out
}

// Marks gives the parts of a text that a question's words match, as ranges of
// bytes in order, none touching another: for showing them, not for finding.
func Marks(text, question string) [][2]int {
	if utf8.RuneCountInString(question) > MaxCharacters {
		return nil // no question of ours, and work that grows with it
	}
	var found [][2]int
	looked := words(question)
	for _, run := range runs(text) {
		rs := make([]rune, len(run))
		for i, l := range run {
			rs[i] = l.r
		}
		for _, w := range looked {
			for _, at := range occurrences(rs, []rune(w)) {
				found = append(found, [2]int{run[at].from, run[at+utf8.RuneCountInString(w)-1].to})
			}
		}
	}
	slices.SortFunc(found, func(a, b [2]int) int { return a[0] - b[0] })
	var out [][2]int
	for _, f := range found {
		if n := len(out); n > 0 && f[0] <= out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], f[1])
			continue
		}
		out = append(out, f)
	}
	return out
}

func occurrences(in, what []rune) []int {
	var out []int
	for i := 0; i+len(what) <= len(in); i++ {
		if slices.Equal(in[i:i+len(what)], what) {
			out = append(out, i)
		}
	}
	return out
}
