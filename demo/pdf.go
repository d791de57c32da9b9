package demo

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
)

// Page geometry in points (A4).
const (
	pageWidth  = 595
	pageHeight = 842
	pageMargin = 56
	rowHeight  = 24
)

// writePDF makes a page with a title and a table of a few rows. The font is the
// one that every reader has for Chinese without embedding (STSong-Light of
// Adobe's Asian fonts), so that a page stays below two kilobytes.
func writePDF(f file) []byte {
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>", pageWidth, pageHeight),
		"", // the content, below
		"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H /DescendantFonts [6 0 R] >>",
		"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor 7 0 R /DW 1000 /W [1 [207 270 342 467 462 797 710 239 374 374 423 605 238 375 238 334 462 462 462 462 462 462 462 462 462 462]] >>",
		"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
	}
	content := pageContent(f)
	objects[3] = fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content)
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, 0, len(objects))
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// pageContent draws the title, the cells and the rules between the rows.
func pageContent(f file) string {
	var b strings.Builder
	text := func(size, x, y int, s string) {
		fmt.Fprintf(&b, "BT /F1 %d Tf %d %d Td <%s> Tj ET\n", size, x, y, utf16Hex(s))
	}
	text(18, pageMargin, pageHeight-pageMargin-18, f.title)
	columns := len(f.table[0])
	width := (pageWidth - 2*pageMargin) / columns
	y := pageHeight - pageMargin - 60
	for i, row := range f.table {
		for j, cell := range row {
			text(10, pageMargin+j*width, y, clipped(cell, width/10))
		}
		weight := "0.3"
		if i == 0 {
			weight = "1"
		}
		fmt.Fprintf(&b, "%s w %d %d m %d %d l S\n", weight, pageMargin, y-8, pageWidth-pageMargin, y-8)
		y -= rowHeight
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// clipped shortens a cell to what fits its column.
func clipped(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes-1]) + "…"
	}
	return s
}

func utf16Hex(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String()
}

// render makes the bytes of an attachment.
func (f file) render() ([]byte, error) {
	if f.scene == "" {
		return writePDF(f), nil
	}
	return drawPicture(f)
}
