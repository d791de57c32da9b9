package ballot

import (
	"slices"
	"strconv"
	"strings"
)

// MarkOf gives the mark that has these keys: what an export lists, taken back.
// Whether the definition allows it, Valid says; keys that are no mark at all
// give one that never is.
func (d Definition) MarkOf(keys []string) Mark {
	if d.Kind != Score {
		return Mark{Choices: slices.Clone(keys)}
	}
	m := Mark{Scores: make(map[string]int, len(keys))}
	for _, key := range keys {
		at := strings.LastIndexByte(key, ':')
		if at < 0 {
			return Mark{}
		}
		n, err := strconv.Atoi(key[at+1:])
		if _, twice := m.Scores[key[:at]]; err != nil || twice {
			return Mark{}
		}
		m.Scores[key[:at]] = n
	}
	return m
}

// Recount is Count over casts that a stranger added up by pattern: the same
// function, without a list of all casts in memory. wrong are the patterns that
// the definition does not allow, sorted; they are not counted.
func Recount(d Definition, roll, marked int, patterns map[string]int) (r Result, wrong []string) {
	allowed := make(map[string]int, len(patterns))
	for p, n := range patterns {
		if d.Valid(d.MarkOf(KeysOfPattern(p))) {
			allowed[p] = n
		} else {
			wrong = append(wrong, p)
		}
	}
	slices.Sort(wrong)
	return CountPatterns(d, roll, marked, allowed), wrong
}
