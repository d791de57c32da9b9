package screening

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible counts the characters that leave a mark: a text of spaces and joiners
// of no width would stand in public as an empty one.
func Visible(text string) int {
	n := 0
	for _, r := range text {
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// Unreadable tells broken encoding, controls other than ends of lines and tabs,
// and the marks that turn the order of what people see.
func Unreadable(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	})
}
