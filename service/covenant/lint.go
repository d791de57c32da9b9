package covenant

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Finding is something that a clause says and may not.
type Finding struct {
	Pattern *Pattern
	Text    string // the words that say it
}

// Message says what is wrong, which law forbids it and what to write instead.
func (f Finding) Message() string {
	return "“" + f.Text + "”：" + f.Pattern.Plain + "依据：" + f.Pattern.Law + "。建议写成：" + f.Pattern.Suggest
}

// Check gives what a text may not say, at most one finding of each pattern. It
// is pure. It looks for words, so it can be written around: the legal check and
// the township's review come after it, and are made by people.
func (r *Rules) Check(text string) []Finding {
	var out []Finding
	sentences := strings.FieldsFunc(plain(text), func(c rune) bool { return strings.ContainsRune("。；！？\n", c) })
	for i := range r.Lint {
		for _, s := range sentences {
			if found := r.Lint[i].in(s); found != "" {
				out = append(out, Finding{Pattern: &r.Lint[i], Text: found})
				break
			}
		}
	}
	return out
}

// in gives the words of a sentence that are not allowed, "" for none. What lets
// a match pass must stand between the same commas.
func (p *Pattern) in(sentence string) string {
	if anyMatch(p.whole, sentence) {
		return ""
	}
	for _, re := range p.match {
		for _, at := range re.FindAllStringIndex(sentence, -1) {
			if phrase := around(sentence, at[0], at[1]); !anyMatch(p.unless, phrase) {
				return sentence[at[0]:at[1]]
			}
		}
	}
	return ""
}

func anyMatch(patterns []*regexp.Regexp, text string) bool {
	return slices.ContainsFunc(patterns, func(re *regexp.Regexp) bool { return re.MatchString(text) })
}

// around widens a part of a sentence to the commas around it.
func around(sentence string, from, to int) string {
	if i := strings.LastIndexAny(sentence[:from], "，："); i >= 0 {
		from = i + len("，")
	} else {
		from = 0
	}
	if i := strings.IndexAny(sentence[to:], "，："); i >= 0 {
		return sentence[from : to+i]
	}
	return sentence[from:]
}

// plain makes a text ready for the patterns: no spaces and no invisible
// characters to write around them with, digits and marks in one form.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), unicode.IsControl(r):
			return -1
		case r == ',', r == '，':
			return '，'
		case r == ';', r == '；':
			return '；'
		case r == ':', r == '：':
			return '：'
		case r >= '！' && r <= '～': // full width
			if n := r - '！' + '!'; unicode.IsDigit(n) || unicode.IsLetter(n) {
				return n
			}
		}
		return r
	}, text)
}
