package search

import (
	"encoding/binary"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cunwu/service/disclosure"
)

// texts gives what is looked through of a posting, in the order of weight.
func texts(itemName string, c disclosure.Content) ([]string, error) {
	out := []string{c.Title, c.Summary, itemName}
	body, err := disclosure.ReadableBody(c.Body)
	if err != nil {
		return nil, err
	}
	out = append(out, body)
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		out = append(out, c.Fields[name])
	}
	for _, l := range c.Lines {
		out = append(out, l.Summary, l.Voucher, l.Project, l.Contract, l.Asset, l.Payee)
	}
	return out, nil
}

// TermsOf gives the terms of a posting of an item and period with texts, in the
// order of weight; sorted.
func TermsOf(itemCode, period string, texts []string) []Term {
	set := map[Term]bool{filter(kindItem, itemCode): true}
	for _, p := range around(period) {
		set[filter(kindPeriod, p)] = true
	}
	seen := map[string]bool{} // lines repeat each other
	for _, text := range texts {
		if seen[text] {
			continue
		}
		seen[text] = true
		for _, w := range words(text) {
			bigrams(w, func(t Term) {
				if len(set) < maxTerms {
					set[t] = true
				}
			})
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// filterKind tells the negative terms apart.
type filterKind int64

const (
	kindItem filterKind = iota + 1
	kindPeriod
)

// filter gives the term of an item or a period: its letters and figures, at
// most eight of seven bits, below the kind.
func filter(kind filterKind, code string) Term {
	packed := int64(kind)
	var letters int64
	n := 0
	for i := range len(code) {
		if code[i] != '-' && n < 8 {
			letters = letters<<7 | int64(code[i]&0x7f)
			n++
		}
	}
	return Term(-(packed<<56 | letters))
}

var periodForm = regexp.MustCompile(`^20\d{2}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?|Q[1-4]|H[12])?$`)

// around gives a period and those that it lies in: who asks for 2026Q3 finds
// its months and days.
func around(period string) []string {
	if !periodForm.MatchString(period) {
		return []string{period}
	}
	out := []string{period}
	year := period[:4]
	month := 0
	switch rest := period[4:]; {
	case rest == "":
		return out
	case rest[0] == 'H':
		return append(out, year)
	case rest[0] == 'Q':
		month = int(rest[1]-'0') * 3
	default:
		month = int(rest[1]-'0')*10 + int(rest[2]-'0')
		if len(rest) > 3 {
			out = append(out, period[:7])
		}
		out = append(out, year+"Q"+strconv.Itoa((month+2)/3))
	}
	return append(out, year+"H"+strconv.Itoa((month+5)/6), year)
}

// pack writes sorted terms as differences: a few bytes each.
func pack(terms []Term) []byte {
	out := make([]byte, 0, 4*len(terms))
	before := Term(0)
	for i, t := range terms {
		if i == 0 {
			out = binary.AppendVarint(out, int64(t))
		} else {
			out = binary.AppendUvarint(out, uint64(t-before)) //nolint:gosec // sorted: never negative
		}
		before = t
	}
	return out
}

var errPacked = errors.New("search: packed terms cannot be read")

// unpack is the reverse of pack.
func unpack(packed []byte) ([]Term, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	first, n := binary.Varint(packed)
	if n <= 0 {
		return nil, errPacked
	}
	out := []Term{Term(first)}
	for packed = packed[n:]; len(packed) > 0; packed = packed[n:] {
		var step uint64
		if step, n = binary.Uvarint(packed); n <= 0 {
			return nil, errPacked
		}
		next := out[len(out)-1] + Term(step) //nolint:gosec // checked below
		if next <= out[len(out)-1] {
			return nil, errPacked
		}
		out = append(out, next)
	}
	return out, nil
}

// lacking gives those of the words that are in none of the texts.
func lacking(looked []string, texts ...string) []string {
	var b strings.Builder
	for _, t := range texts {
		b.WriteString(Searched(t))
		b.WriteByte(' ')
	}
	in := b.String()
	return slices.DeleteFunc(slices.Clone(looked), func(w string) bool { return strings.Contains(in, w) })
}
