package screening

import (
	"slices"
	"strings"
)

// maxGap is how many separators may stand between two digits of one number.
const maxGap = 3

// chain is a row of digits as people group them: nothing but separators
// between the groups. at[i] is where digit i stands, group[i] which group it is
// of, and check whether an X follows the last digit of a group.
type chain struct {
	digits []byte
	at     []int
	group  []int
	xAt    []int // place of an X that could end a number after digit i, or -1
}

// separator reports whether people put r between the digits of a number.
func separator(r rune) bool {
	switch r {
	case ' ', '\t', '-', '_', '.', '·', '•', '~', '/', '‧', '。', '\'':
		return true
	}
	return false
}

// chains cuts a text into rows of digits.
func chains(text []rune) []chain {
	var out []chain
	for i := 0; i < len(text); {
		if !isDigit(text[i]) {
			i++
			continue
		}
		c, end := readChain(text, i)
		out = append(out, c)
		i = end
	}
	return out
}

func readChain(text []rune, i int) (chain, int) {
	var c chain
	group := 0
	for i < len(text) {
		for ; i < len(text) && isDigit(text[i]); i++ {
			c.digits = append(c.digits, string(text[i])...)
			c.at = append(c.at, i)
			c.group = append(c.group, group)
			c.xAt = append(c.xAt, -1)
		}
		next := skipSeparators(text, i)
		if next < len(text) && (text[next] == 'x' || text[next] == 'X') {
			c.xAt[len(c.xAt)-1] = next
		}
		if next >= len(text) || !isDigit(text[next]) {
			break
		}
		group++
		i = next
	}
	return c, i
}

func skipSeparators(text []rune, i int) int {
	for n := 0; n < maxGap && i < len(text) && separator(text[i]); n++ {
		i++
	}
	return i
}

// numbers finds ID numbers, cards and mobile numbers.
func (s *Screen) numbers(place string, text []rune) []hit {
	var hits []hit
	for _, c := range chains(text) {
		hits = append(hits, c.ids(text)...)
		for i := range c.digits {
			if i > 0 && c.group[i] == c.group[i-1] {
				continue // cards and mobiles begin with a group
			}
			if h, ok := s.card(place, text, c, i); ok && !overlaps(hits, h) {
				hits = append(hits, h)
			}
			if h, ok := mobile(text, c, i); ok && !overlaps(hits, h) {
				hits = append(hits, h)
			}
		}
	}
	return hits
}

func overlaps(hits []hit, h hit) bool {
	return slices.ContainsFunc(hits, func(o hit) bool { return h.start < o.end && o.start < h.end })
}

// ids looks at every run of 18, because an ID number may be written straight
// after other digits; what passes by chance (province, date and check
// character) is about one run in seventy thousand.
func (c chain) ids(text []rune) []hit {
	var hits []hit
	for i := 0; i+17 <= len(c.digits); i++ {
		number := append(make([]byte, 0, 18), c.digits[i:i+17]...)
		end := 0
		if x := c.xAt[i+16]; x >= 0 && validID(append(number, 'X')) {
			end = x + 1
		} else if i+18 <= len(c.digits) && validID(append(number, c.digits[i+17])) {
			end = c.at[i+17] + 1
		}
		if end == 0 || insideCredit(text, c.at[i], end) {
			continue
		}
		hits = append(hits, hit{IDNumber, c.at[i], end, maskDigits(text[c.at[i]:end], 2, 2)})
		i += 16
	}
	return hits
}

// insideCredit reports whether [start,end) is a part, but not the whole, of an
// organisation's credit code.
func insideCredit(text []rune, start, end int) bool {
	for start > 0 && isAlnum(text[start-1]) {
		start--
	}
	for end < len(text) && isAlnum(text[end]) {
		end++
	}
	if end-start != 18 {
		return false
	}
	token := []byte(strings.ToUpper(string(text[start:end])))
	return validCredit(token) && !validID(token)
}

const (
	cardMin = 16
	cardMax = 19
)

// card looks for a bank card that begins with digit i and ends with a group.
func (s *Screen) card(place string, text []rune, c chain, i int) (hit, bool) {
	for n := cardMin; n <= cardMax && i+n <= len(c.digits); n++ {
		last := i + n - 1
		if last+1 < len(c.digits) && c.group[last+1] == c.group[last] {
			continue
		}
		start, end := c.at[i], c.at[last]+1
		if !cardGroups(c.group[i:last+1]) || !validLuhn(c.digits[i:last+1]) ||
			!s.cardPrefix(string(c.digits[i:last+1]), place) || insideCredit(text, start, end) {
			continue
		}
		return hit{BankCard, start, end, maskDigits(text[start:end], 0, 4)}, true
	}
	return hit{}, false
}

// cardGroups reports whether digits are grouped as on cards: unbroken, in
// fours with a rest, six and the rest, or one by one.
func cardGroups(groups []int) bool {
	sizes := groupSizes(groups)
	last := len(sizes) - 1
	allOf := func(n int) bool {
		return !slices.ContainsFunc(sizes[:last], func(s int) bool { return s != n }) && sizes[last] <= n
	}
	return last == 0 || allOf(4) || allOf(1) || last == 1 && sizes[0] == 6 ||
		last > 1 && allOf(5) || slices.Equal(sizes, []int{4, 4, 4, 7})
}

func groupSizes(groups []int) []int {
	var sizes []int
	for i, g := range groups {
		if i == 0 || g != groups[i-1] {
			sizes = append(sizes, 0)
		}
		sizes[len(sizes)-1]++
	}
	return sizes
}

// cardPrefix reports whether a number may be a card by its first digits, and is
// not a number of the place (contracts, plots and households begin with the
// county's code).
func (s *Screen) cardPrefix(digits, place string) bool {
	if len(place) >= 6 && strings.HasPrefix(digits, place[:6]) {
		return false
	}
	return slices.ContainsFunc(s.rules.CardPrefixes, func(p string) bool { return strings.HasPrefix(digits, p) })
}

// mobileGroups are the ways in which people write the eleven digits.
var mobileGroups = [][]int{{11}, {3, 4, 4}, {3, 8}, {7, 4}, {4, 4, 3}, {3, 3, 5}, {4, 3, 4}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}

// mobile looks for a mobile number that begins with digit i, after an optional
// country code or 0, and ends with a group.
func mobile(text []rune, c chain, i int) (hit, bool) {
	for _, prefix := range []string{"", "0", "86", "086", "0086"} {
		first := i + len(prefix)
		last := first + 10
		if last >= len(c.digits) || !strings.HasPrefix(string(c.digits[i:]), prefix) {
			continue
		}
		if last+1 < len(c.digits) && c.group[last+1] == c.group[last] {
			continue
		}
		if c.digits[first] != '1' || c.digits[first+1] < '3' {
			continue
		}
		sizes := groupSizes(c.group[first : last+1])
		if !slices.ContainsFunc(mobileGroups, func(g []int) bool { return slices.Equal(g, sizes) }) {
			continue
		}
		start, end := c.at[first], c.at[last]+1
		if isAmount(text, start, end) || insideCredit(text, start, end) {
			continue
		}
		return hit{Mobile, start, end, maskDigits(text[start:end], 3, 4)}, true
	}
	return hit{}, false
}

// isAmount reports whether a number is one of money by what stands around it.
func isAmount(text []rune, start, end int) bool {
	for start > 0 && text[start-1] == ' ' {
		start--
	}
	if start > 0 && (text[start-1] == '¥' || text[start-1] == '￥') {
		return true
	}
	for end < len(text) && (isDigit(text[end]) || text[end] == '.' || text[end] == ' ') {
		end++
	}
	return end < len(text) && (text[end] == '元' || text[end] == '万' || text[end] == '分')
}
