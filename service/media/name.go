package media

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxNameRunes = 100
	namelessFile = "附件"
)

// cleanName makes of what the uploader's device called the file a name fit to
// be shown: the last path element, without control and direction-changing
// characters, at most 100 characters with the ending kept. It never decides
// how the file is served.
func cleanName(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = path.Base(strings.ReplaceAll(s, `\`, "/"))
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
	s = strings.Trim(s, " .")
	if s == "" || s == "/" {
		return namelessFile
	}
	return shorten(s)
}

func shorten(s string) string {
	n := utf8.RuneCountInString(s)
	if n <= maxNameRunes {
		return s
	}
	ext := path.Ext(s)
	if utf8.RuneCountInString(ext) > 10 {
		ext = ""
	}
	r := []rune(strings.TrimSuffix(s, ext))
	return string(r[:maxNameRunes-utf8.RuneCountInString(ext)]) + ext
}
