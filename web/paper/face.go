package paper

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the font
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

//go:embed font/wqy-microhei.ttf.gz
var packedFont []byte

// missing stands for a character that the font lacks: printers of books use
// this mark for a sort that is not in the case.
const missing = '〓'

// maxFont bounds the unpacked font, which is our own file.
const maxFont = 16 << 20

// face is the font while one sheet is made. It is not safe for concurrent use.
type face struct {
	raw    []byte
	font   *sfnt.Font
	buf    sfnt.Buffer
	em     float64
	widths map[rune]float64 // of 1 em; -1 for what is missing
	lacked bool             // something was replaced
}

func openFace() (*face, error) {
	zr, err := gzip.NewReader(bytes.NewReader(packedFont))
	if err != nil {
		return nil, fmt.Errorf("paper: open the font: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(zr, maxFont))
	if err != nil {
		return nil, fmt.Errorf("paper: unpack the font: %w", err)
	}
	parsed, err := sfnt.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("paper: read the font: %w", err)
	}
	return &face{raw: raw, font: parsed, em: float64(parsed.UnitsPerEm()), widths: map[rune]float64{}}, nil
}

// advance gives the width of a character of size 1, -1 where the font lacks it.
func (f *face) advance(r rune) float64 {
	if w, ok := f.widths[r]; ok {
		return w
	}
	w := -1.0
	if g, err := f.font.GlyphIndex(&f.buf, r); err == nil && g != 0 {
		if a, err := f.font.GlyphAdvance(&f.buf, g, fixed.I(int(f.em)), font.HintingNone); err == nil {
			w = float64(a) / 64 / f.em
		}
	}
	f.widths[r] = w
	return w
}

// width measures text that clean has passed, in points.
func (f *face) width(s string, size float64) float64 {
	sum := 0.0
	for _, r := range s {
		sum += max(f.advance(r), 0)
	}
	return sum * size
}

// clean gives text as it can be printed on one line: blanks of all kinds are
// spaces, what has no shape of its own is gone, what the font lacks is 〓.
func (f *face) clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) && r != '\u3000':
			b.WriteByte(' ')
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
		case f.advance(r) < 0:
			f.lacked = true
			b.WriteRune(missing)
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

const (
	// notFirst must not begin a line, notLast must not end one (GB/T 15834).
	notFirst = "，。、；：？！）》」』】〉〕”’％%…—～·,.;:?!)]}"
	notLast  = "（《「『【〈〔“‘([{¥￥"
)

// wrap breaks one paragraph into lines of a width: between Chinese characters
// anywhere that their punctuation allows, within a word or number only where
// it is wider than the line. It gives at least one line.
func (f *face) wrap(s string, size, width float64) []string {
	var lines []string
	line, used := "", 0.0
	put := func(part string, w float64) {
		if line != "" && used+w > width {
			lines = append(lines, strings.TrimRight(line, " "))
			line, used = "", 0
			if part == " " {
				return
			}
		}
		line += part
		used += w
	}
	for _, part := range unbreakable(f.clean(s)) {
		w := f.width(part, size)
		if w <= width {
			put(part, w)
			continue
		}
		for _, r := range part { // wider than the line: anywhere
			put(string(r), f.width(string(r), size))
		}
	}
	return append(lines, strings.TrimRight(line, " "))
}

// unbreakable splits text into what must stay on one line.
func unbreakable(s string) []string {
	var out []string
	glue := false // the next character belongs to the part before it
	var before rune
	for _, r := range s {
		first := len(out) == 0
		switch {
		case first, r == ' ':
			out = append(out, string(r))
		case glue, before != ' ' && strings.ContainsRune(notFirst, r), inWord(before) && inWord(r):
			out[len(out)-1] += string(r)
		default:
			out = append(out, string(r))
		}
		glue = strings.ContainsRune(notLast, r)
		before = r
	}
	return out
}

// inWord reports whether a character belongs to words and numbers that are
// written together.
func inWord(r rune) bool { return r > ' ' && r < 0x0250 }
