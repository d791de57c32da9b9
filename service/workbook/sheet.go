package workbook

import (
	"encoding/xml"
	"errors"
	"strconv"
	"strings"
)

// sheetReader takes the tokens of one worksheet.
type sheetReader struct {
	*archive
	sheet Sheet
	seen  int // row elements so far

	row, column int // of the cell being read, from 1
	kind        string
	style       int
	formula     bool
	value       strings.Builder
	in          string // v, t or "" within a cell
	aloud       int
}

// rowElements bounds the rows that are marked up and empty: a sheet of a million
// of them says nothing.
const rowElements = 5

func (r *sheetReader) token(t xml.Token) error {
	switch e := t.(type) {
	case xml.StartElement:
		return r.start(e)
	case xml.EndElement:
		return r.end(e.Name.Local)
	case xml.CharData:
		if r.in != "" && r.aloud == 0 {
			if r.value.Len() > 4*r.Runes {
				return ErrTooLarge.Saying("%s的内容太长，一格最多 %d 个字。", At(r.row, r.column), r.Runes)
			}
			r.value.Write(e)
		}
	}
	return nil
}

func (r *sheetReader) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "row":
		if r.seen++; r.seen > rowElements*r.Rows {
			return r.take(r.Rows+1, 1, "")
		}
		r.row, r.column = r.row+1, 0
		if n := intAttr(e, "r"); n > 0 {
			r.row = n
		}
	case "c":
		r.column++
		if ref := attr(e, "r"); ref != "" {
			row, column, ok := readRef(ref)
			if !ok || row != r.row {
				return errors.New("workbook: a cell that is not of its row")
			}
			r.column = column
		}
		r.kind, r.style, r.formula, r.in = attr(e, "t"), intAttr(e, "s"), false, ""
		r.value.Reset()
	case "f":
		r.formula = true
	case "v", "t":
		r.in = e.Name.Local
	case "rPh":
		r.aloud++
	case "mergeCell":
		return r.span(attr(e, "ref"))
	}
	return nil
}

func (r *sheetReader) end(name string) error {
	switch name {
	case "v", "t":
		r.in = ""
	case "rPh":
		r.aloud--
	case "c":
		return r.keep()
	}
	return nil
}

// keep enters the cell that was read.
func (r *sheetReader) keep() error {
	text, err := r.text(r.value.String())
	if err != nil || text == "" && !r.formula {
		return err
	}
	if err := r.take(r.row, r.column, text); err != nil {
		return err
	}
	for len(r.sheet.Rows) < r.row {
		r.sheet.Rows = append(r.sheet.Rows, nil)
	}
	row := r.sheet.Rows[r.row-1]
	for len(row) < r.column {
		row = append(row, "")
	}
	row[r.column-1] = text
	r.sheet.Rows[r.row-1] = row
	switch {
	case r.formula:
		r.sheet.Odd = append(r.sheet.Odd, Odd{r.row, r.column, Formula})
	case r.kind == "e":
		r.sheet.Odd = append(r.sheet.Odd, Odd{r.row, r.column, Failed})
	}
	return nil
}

// text gives a cell's content as people read it.
func (r *sheetReader) text(raw string) (string, error) {
	switch r.kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(raw))
		if raw == "" {
			return "", nil
		}
		if err != nil || n < 0 || n >= len(r.strings) {
			return "", errors.New("workbook: a text that is not there")
		}
		return unescape(r.strings[n]), nil
	case "str", "inlineStr":
		return unescape(raw), nil
	case "e":
		return raw, nil
	case "b":
		return map[string]string{"1": "TRUE", "0": "FALSE"}[raw], nil
	case "d":
		day, _, _ := strings.Cut(raw, "T")
		return day, nil
	}
	if raw == "" {
		return "", nil
	}
	var f format
	if r.style >= 0 && r.style < len(r.formats) {
		f = r.formats[r.style]
	}
	return f.number(strings.TrimSpace(raw), r.since1904), nil
}

// unescape undoes how xlsx writes a carriage return; other controls that are
// written so are left as they are and found by whoever checks the text.
func unescape(text string) string { return strings.ReplaceAll(text, "_x000D_", "") }

// span notes a merged range.
func (r *sheetReader) span(ref string) error {
	from, to, _ := strings.Cut(ref, ":")
	row, column, ok := readRef(from)
	last, lastColumn, ok2 := readRef(to)
	if !ok || !ok2 || last < row || lastColumn < column {
		return nil // covers nothing
	}
	if len(r.sheet.Spans) >= maxSpans {
		return ErrTooLarge.Saying("合并的单元格太多，请取消合并再上传。")
	}
	r.sheet.Spans = append(r.sheet.Spans, Range{row, column, last, lastColumn})
	return nil
}

// unspan empties what merged cells cover: programs may leave there what was
// written before, which nobody sees. Work is bounded by the rows that are there
// and by the ranges, which may overlap in a hostile file.
func (r *sheetReader) unspan() {
	work := 4 * r.Cells
	for _, s := range r.sheet.Spans {
		for row := s.Row; row <= min(s.LastRow, len(r.sheet.Rows)); row++ {
			cells := r.sheet.Rows[row-1]
			for c := s.Column; c <= min(s.LastColumn, len(cells)); c++ {
				if work--; work < 0 {
					return
				}
				if row != s.Row || c != s.Column {
					cells[c-1] = ""
				}
			}
		}
	}
}

// readRef reads a cell's name such as D5, without the marks of absolute ones.
func readRef(ref string) (row, column int, ok bool) {
	i := 0
	for ; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		if column = column*26 + int(ref[i]-'A') + 1; column > 16384 {
			return 0, 0, false
		}
	}
	n, err := strconv.Atoi(ref[i:])
	if i == 0 || err != nil || n < 1 || n > 1<<20 || ref[i] == '+' {
		return 0, 0, false
	}
	return n, column, true
}
