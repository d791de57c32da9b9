package redblack

import (
	"strings"
	"unicode"

	"cunwu/service/fault"
)

// plain gives a text without what can be put between the characters of a word to
// get it past a list of words: spaces, marks, invisible characters; full-width
// letters as plain ones.
func plain(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// refused finds the kinds of refused words in a text, each once.
func (r *Rules) refused(text string) (kinds []RefusedWords, words []string) {
	bare := plain(text)
	for _, k := range r.Refused {
		rest := bare
		for _, e := range k.Except {
			rest = strings.ReplaceAll(rest, e, "")
		}
		for _, w := range k.Match {
			if strings.Contains(rest, w) {
				kinds, words = append(kinds, k), append(words, w)
				break
			}
		}
	}
	return kinds, words
}

// refuseWords refuses a text to be shown that judges a person or tells what is
// nobody's business; the field says which kind of word, and which.
func (r *Rules) refuseWords(at, text string) error {
	kinds, words := r.refused(text)
	if len(kinds) == 0 {
		return nil
	}
	fields := make([]fault.Field, len(kinds))
	for i, k := range kinds {
		fields[i] = fault.Field{Location: at, Message: k.Name + "（" + k.Code + "）：" + k.Sentence + "请去掉“" + words[i] + "”。"}
	}
	return ErrTextRefused.With(fields...)
}

// holdsName reports whether a text holds one of the names. A name of one
// character is none.
func holdsName(text string, names []string) bool {
	bare := plain(text)
	for _, n := range names {
		if n = plain(n); len([]rune(n)) >= 2 && strings.Contains(bare, n) {
			return true
		}
	}
	return false
}
