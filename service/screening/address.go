package screening

import (
	"slices"
	"strings"
)

// addresses finds exact addresses by the patterns of the rules. What overlaps
// a number that was found already is not told twice.
func (s *Screen) addresses(text []rune, found []hit) []hit {
	plain := string(text)
	var hits []hit
	for _, p := range s.patterns {
		for _, m := range p.re.FindAllStringIndex(plain, -1) {
			if p.excused(plain, m[0], m[1], s.rules.Address.Offices) {
				continue
			}
			h := hit{kind: Address, start: len([]rune(plain[:m[0]]))}
			h.end = h.start + len([]rune(plain[m[0]:m[1]]))
			if overlaps(found, h) || overlaps(hits, h) {
				continue
			}
			h.excerpt = maskAddress(plain[m[0]:m[1]])
			hits = append(hits, h)
		}
	}
	return hits
}

// officeReach is how far, in runes, a word for an office may stand from an
// address to make it the office's.
const officeReach = 14

// excused reports whether a match is something else by what follows it, or is
// the address of an office by what stands around it in the same sentence.
func (p pattern) excused(text string, start, end int, offices []string) bool {
	after := strings.TrimLeft(text[end:], " ")
	if slices.ContainsFunc(p.NotBefore, func(w string) bool { return strings.HasPrefix(after, w) }) {
		return true
	}
	near := lastRunes(sentenceEnd(text[:start]), officeReach) + text[start:end] +
		firstRunes(sentenceStart(text[end:]), officeReach)
	return slices.ContainsFunc(offices, func(w string) bool { return strings.Contains(near, w) })
}

const stops = "。；;！!？?\n\r|"

// sentenceEnd gives what of text stands after its last stop.
func sentenceEnd(text string) string {
	if i := strings.LastIndexAny(text, stops); i >= 0 {
		_, rest, _ := strings.Cut(text[i:], string([]rune(text[i:])[0]))
		return rest
	}
	return text
}

// sentenceStart gives what of text stands before its first stop.
func sentenceStart(text string) string {
	if i := strings.IndexAny(text, stops); i >= 0 {
		return text[:i]
	}
	return text
}

func lastRunes(text string, n int) string {
	r := []rune(text)
	return string(r[max(0, len(r)-n):])
}

func firstRunes(text string, n int) string {
	r := []rune(text)
	return string(r[:min(len(r), n)])
}

// maskAddress hides the numbers of an address, written either way.
func maskAddress(text string) string {
	return strings.Map(func(r rune) rune {
		if isAlnum(r) || strings.ContainsRune(hanNumerals, r) {
			return '*'
		}
		return r
	}, text)
}

const hanNumerals = "〇零一二三四五六七八九十百千"
