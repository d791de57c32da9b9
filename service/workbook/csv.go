package workbook

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// readCSV reads UTF-8, with or without its mark, or GB18030 (of which GBK is a
// part) as Excel writes it on Chinese machines; fields apart by commas, tabs or
// semicolons, whichever the first lines have most of.
func readCSV(data []byte, l Limits) (Book, error) {
	text, err := decode(data)
	if err != nil {
		return Book{}, err
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	r.Comma = separator(text)
	s, kept, next := Sheet{}, &room{Limits: l}, 1
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return Book{Sheets: []Sheet{s}}, nil
		}
		if err != nil {
			return Book{}, badCSV(err)
		}
		// The library passes over blank lines; people count them. A line break
		// within quotes is no new row to them, but the library counts it.
		line, _ := r.FieldPos(0)
		for ; next < line; next++ {
			if len(s.Rows) >= l.Rows {
				return Book{}, kept.take(l.Rows+1, 1, "")
			}
			s.Rows = append(s.Rows, nil)
		}
		next = line + 1
		for i, v := range row {
			next += strings.Count(v, "\n")
			if err := kept.take(len(s.Rows)+1, i+1, v); err != nil {
				return Book{}, err
			}
		}
		s.Rows = append(s.Rows, row)
	}
}

func badCSV(err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return ErrUnreadable.Saying("第 %d 行的引号没有配对，请用表格软件另存后再试。", p.Line).Because(err)
	}
	return ErrUnreadable.Because(err)
}

// decode gives the text as UTF-8.
func decode(data []byte) ([]byte, error) {
	text := bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(text) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(text)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return nil, ErrUnreadable.Saying("文件的文字编码读不出来，请另存为 .xlsx，或“CSV UTF-8”。")
		}
		text = decoded
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, ErrUnreadable.Saying("文件不是文字表格，请另存为 .xlsx，或“CSV UTF-8”。")
	}
	return text, nil
}

// separator counts outside of quotes in the first lines.
func separator(text []byte) rune {
	const look = 4 << 10
	counts := map[byte]int{}
	quoted := false
	for _, b := range text[:min(look, len(text))] {
		switch {
		case b == '"':
			quoted = !quoted
		case !quoted:
			counts[b]++
		}
	}
	best := byte(',')
	for _, b := range []byte{'\t', ';'} {
		if counts[b] > counts[best] {
			best = b
		}
	}
	return rune(best)
}
