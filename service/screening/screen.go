// Package screening finds what must not be published: ID numbers, bank cards,
// mobile numbers and exact home addresses, in texts, table cells, fields and
// file names; and masks the names of persons where a rule asks for it.
//
// Invariants: the package is pure; a finding never repeats what it found, its
// excerpt is masked; every valid ID number is found however its digits are
// written (full width, spaces, dashes, lower x); the words and patterns that
// are a matter of policy are data (rules/screening.yaml) with a source.
package screening

import (
	"fmt"
	"strings"
	"unicode"
)

// Kind is what sort of private data was found.
type Kind string

// Kinds, gravest first.
const (
	IDNumber Kind = "id_number"
	BankCard Kind = "bank_card"
	Mobile   Kind = "mobile"
	Address  Kind = "address"
)

// Name gives the Chinese word for a kind.
func (k Kind) Name() string {
	switch k {
	case IDNumber:
		return "身份证号"
	case BankCard:
		return "银行卡号"
	case Mobile:
		return "手机号"
	case Address:
		return "详细住址"
	}
	return "个人信息"
}

// Part is one text to look through; Location is where it stands, in the
// caller's own words ("body.lines[3].summary").
type Part struct {
	Location string
	Text     string
}

// Finding is one thing that must go. Excerpt is masked and may be shown.
type Finding struct {
	Location string
	Kind     Kind
	Excerpt  string
}

// Message is the sentence that a clerk reads about a finding.
func (f Finding) Message() string {
	return fmt.Sprintf("这里有%s（%s），不能公开，请删去或遮盖。", f.Kind.Name(), f.Excerpt)
}

// Check looks through the parts in order. place is the region code of what is
// to be published: contract and plot numbers begin with it and look like cards.
func (s *Screen) Check(place string, parts ...Part) []Finding {
	var out []Finding
	for _, p := range parts {
		for _, h := range s.find(place, normalise(p.Text)) {
			out = append(out, Finding{Location: p.Location, Kind: h.kind, Excerpt: h.excerpt})
		}
	}
	return out
}

// hit is a finding within one text, by rune positions of its normal form.
type hit struct {
	kind       Kind
	start, end int
	excerpt    string
}

func (s *Screen) find(place string, text []rune) []hit {
	hits := s.numbers(place, text)
	return append(hits, s.addresses(text, hits)...)
}

// invisible runes split numbers for machines and not for people.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || r == '\u034f' || r == '\ufe0f' || r == '\u20e3'
}

// normalise gives text as people see it: full-width and other decimal digits
// as ASCII ones, invisible runes dropped.
func normalise(text string) []rune {
	out := make([]rune, 0, len(text)/2)
	for _, r := range text {
		switch {
		case r < 0x80:
			out = append(out, r)
		case invisible(r):
		case r >= 0xff01 && r <= 0xff5e: // full-width forms
			out = append(out, r-0xfee0)
		case unicode.Is(unicode.Nd, r):
			out = append(out, '0'+digitValue(r))
		case r == 'Х' || r == 'х' || r == 'Ⅹ' || r == 'ⅹ' || r == 'Χ' || r == 'χ' || r == '×':
			out = append(out, 'X') // what stands for the check character X
		case unicode.IsSpace(r):
			out = append(out, ' ')
		case unicode.Is(unicode.Pd, r) || r == '−' || r == '﹣':
			out = append(out, '-')
		default:
			out = append(out, r)
		}
	}
	return out
}

// digitValue gives the value of a decimal digit of any script: the digits of a
// script stand in order, ten by ten, and their ranges begin with a zero.
func digitValue(r rune) rune {
	for v := rune(0); v < 10; v++ {
		if !unicode.Is(unicode.Nd, r-v-1) {
			return v
		}
	}
	// A range that follows another without a gap: its zero is a multiple of 10
	// after the first, which holds for the mathematical digits at U+1D7CE.
	if r >= 0x1d7ce && r <= 0x1d7ff {
		return (r - 0x1d7ce) % 10
	}
	return r % 10
}

// maskDigits hides every digit and letter of a match but the first keep and
// the last tail ones, leaving what stands between them.
func maskDigits(text []rune, keep, tail int) string {
	total := 0
	for _, r := range text {
		if isAlnum(r) {
			total++
		}
	}
	var b strings.Builder
	seen := 0
	for _, r := range text {
		if !isAlnum(r) {
			continue
		}
		seen++
		if seen <= keep || seen > total-tail {
			b.WriteRune(r)
		} else {
			b.WriteByte('*')
		}
	}
	return b.String()
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isAlnum(r rune) bool {
	return isDigit(r) || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}
