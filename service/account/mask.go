package account

import "strings"

// MaskName hides a person's name as notices show it: of two characters the
// first stays (张*), of three and more the first and the last (张*三, 欧**娜).
// A name of one character is hidden wholly. Minority names written with a
// middle dot are masked the same way, dot included. Source: domain rule 7.3.
func MaskName(name string) string {
	r := []rune(strings.TrimSpace(name))
	switch len(r) {
	case 0:
		return ""
	case 1:
		return "*"
	case 2:
		return string(r[0]) + "*"
	}
	return string(r[0]) + strings.Repeat("*", len(r)-2) + string(r[len(r)-1])
}
