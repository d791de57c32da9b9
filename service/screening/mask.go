package screening

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"cunwu/service/account"
)

// MasksCategory reports whether names in tables of a catalogue category are
// masked.
func (s *Screen) MasksCategory(category string) bool {
	return slices.Contains(s.rules.Names.Categories, category)
}

// NamesColumn reports whether the head of a column, or the name of a field, says
// that it holds names of persons.
func (s *Screen) NamesColumn(head string) bool {
	return slices.ContainsFunc(s.rules.Names.Columns, func(w string) bool { return strings.Contains(head, w) })
}

// MaskName hides a person's name as account.MaskName does; a name that is masked
// already stays as it is, so that masking twice is masking once.
func MaskName(name string) string {
	if strings.ContainsAny(name, "*＊") {
		return name
	}
	return account.MaskName(name)
}

// longestName is the most characters that are taken for one name; minority
// names with a dot (迪丽·…) are longer.
const (
	longestName   = 4
	longestDotted = 15
)

// MaskNames masks every name in a text that holds nothing but names: a field
// or a cell. Names are parted by punctuation or spaces; what follows a name in
// brackets stays.
func MaskNames(text string) string {
	var b strings.Builder
	for text != "" {
		end := strings.IndexFunc(text, partsNames)
		if end < 0 {
			end = len(text)
		}
		b.WriteString(maskToken(text[:end]))
		text = text[end:]
		if text != "" {
			_, n := utf8.DecodeRuneInString(text)
			b.WriteString(text[:n])
			text = text[n:]
		}
	}
	return b.String()
}

func partsNames(r rune) bool {
	return r != '*' && r != '＊' && r != '·' && r != '•' && (unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsDigit(r) || unicode.IsSymbol(r))
}

func maskToken(token string) string {
	n, dotted := 0, false
	for _, r := range token {
		if r == '·' || r == '•' {
			dotted = true
		} else if !unicode.Is(unicode.Han, r) {
			return token
		}
		n++
	}
	if n < 2 || n > longestName && !dotted || n > longestDotted {
		return token
	}
	return MaskName(token)
}

// MaskTables masks the names in the tables of a Markdown text: in every column
// whose head is one of the rule's words. Everything else stays byte for byte.
func (s *Screen) MaskTables(markdown string) string {
	lines := strings.SplitAfter(markdown, "\n")
	var columns []int
	for i, line := range lines {
		switch {
		case !strings.Contains(line, "|"):
			columns = nil
		case i+1 < len(lines) && isRule(lines[i+1]):
			columns = s.nameColumns(line)
		case columns != nil && !isRule(line):
			lines[i] = maskCells(line, columns)
		}
	}
	return strings.Join(lines, "")
}

// isRule reports whether a line is the one between a table's head and body.
func isRule(line string) bool {
	line = strings.TrimSpace(line)
	return strings.Contains(line, "-") && strings.Trim(line, "|:- \t") == ""
}

func (s *Screen) nameColumns(head string) []int {
	columns := []int{}
	for i, cell := range cells(head) {
		if s.NamesColumn(cell) {
			columns = append(columns, i)
		}
	}
	return columns
}

// cells splits a row at its bars; a bar at the beginning opens cell 0.
func cells(row string) []string {
	return strings.Split(strings.TrimPrefix(strings.TrimLeft(row, " \t"), "|"), "|")
}

func maskCells(row string, columns []int) string {
	body := strings.TrimLeft(row, " \t")
	opening := row[:len(row)-len(body)]
	if rest, ok := strings.CutPrefix(body, "|"); ok {
		opening, body = opening+"|", rest
	}
	parts := strings.Split(body, "|")
	for _, c := range columns {
		if c < len(parts) {
			parts[c] = MaskNames(parts[c])
		}
	}
	return opening + strings.Join(parts, "|")
}
