package workbook

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// Value is one cell to be written: a text, which can never act as a formula, or
// a number.
type Value struct {
	text   string
	number float64
	kind   kind
}

type kind int

const (
	isText kind = iota
	isCount
	isYuan
)

// Text is a text as it stands. Where a spreadsheet program would take it for a
// formula an apostrophe is put before it.
func Text(s string) Value { return Value{text: Safe(s)} }

// Count is a whole number.
func Count(n int64) Value {
	return Value{text: strconv.FormatInt(n, 10), number: float64(n), kind: isCount}
}

// Yuan is an amount of 分, written as 元 with two decimals.
func Yuan(fen int64) Value {
	sign := ""
	whole, part := fen/100, fen%100
	if fen < 0 {
		sign, whole, part = "-", -whole, -part
	}
	return Value{text: fmt.Sprintf("%s%d.%02d", sign, whole, part), number: float64(fen) / 100, kind: isYuan}
}

// YuanOrNone is Yuan, or an empty cell for nil.
func YuanOrNone(fen *int64) Value {
	if fen == nil {
		return Value{}
	}
	return Yuan(*fen)
}

// Safe gives a text that no spreadsheet program takes for a formula: one that
// begins, after spaces, with = + - @ or their wide forms, or with a tab or a
// line break, gets an apostrophe.
func Safe(text string) string {
	if text == "" {
		return ""
	}
	seen := strings.TrimLeftFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' })
	if strings.ContainsAny(text[:1], "\t\r\n") || seen != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(seen)[0]) {
		return "'" + text
	}
	return text
}

// Table is a file being written, row by row. Close writes what is left; a table
// that is not closed is not whole.
type Table interface {
	Row(cells ...Value) error
	Close() error
}

// CSV writes UTF-8 with a mark at its beginning, without which Excel takes it
// for GBK, and CRLF as RFC 4180 has it.
type CSV struct{ w *csv.Writer }

// NewCSV begins a file.
func NewCSV(w io.Writer) (*CSV, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, fmt.Errorf("workbook: write: %w", err)
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return &CSV{c}, nil
}

// Row writes one row.
func (c *CSV) Row(cells ...Value) error {
	row := make([]string, len(cells))
	for i, v := range cells {
		row[i] = v.text
	}
	if err := c.w.Write(row); err != nil {
		return fmt.Errorf("workbook: write a row: %w", err)
	}
	return nil
}

// Flush hands on what was written so far.
func (c *CSV) Flush() error {
	c.w.Flush()
	if err := c.w.Error(); err != nil {
		return fmt.Errorf("workbook: write: %w", err)
	}
	return nil
}

// Close flushes.
func (c *CSV) Close() error { return c.Flush() }

// MaxRows is how many rows a sheet of an xlsx holds.
const MaxRows = excelize.TotalRows

// XLSX writes a workbook; what is long lies in a temporary file meanwhile.
// Discard must be called in the end and removes it.
type XLSX struct {
	file   *excelize.File
	stream *excelize.StreamWriter
	styles map[kind]int
	row    int
	sheets int
}

// NewXLSX begins a workbook without sheets.
func NewXLSX() (*XLSX, error) {
	x := &XLSX{file: excelize.NewFile(), styles: map[kind]int{}}
	yuan := "#,##0.00"
	for k, s := range map[kind]*excelize.Style{isYuan: {CustomNumFmt: &yuan}, isCount: {NumFmt: 1}, isText: {NumFmt: 49}} {
		id, err := x.file.NewStyle(s)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("workbook: begin: %w", err), x.Discard())
		}
		x.styles[k] = id
	}
	return x, nil
}

// Sheet begins a sheet; the one before is finished. widths are of its columns,
// in characters.
func (x *XLSX) Sheet(name string, widths ...float64) error {
	err := x.finish()
	if err == nil {
		x.sheets++
		if x.sheets == 1 {
			err = x.file.SetSheetName("Sheet1", name)
		} else {
			_, err = x.file.NewSheet(name)
		}
	}
	if err == nil {
		x.stream, err = x.file.NewStreamWriter(name)
	}
	for i, w := range widths {
		if err == nil {
			err = x.stream.SetColWidth(i+1, i+1, w)
		}
	}
	if err != nil {
		return fmt.Errorf("workbook: begin a sheet: %w", err)
	}
	x.row = 0
	return nil
}

func (x *XLSX) finish() error {
	if x.stream == nil {
		return nil
	}
	return x.stream.Flush() //nolint:wrapcheck // wrapped by both callers
}

// Row writes one row.
func (x *XLSX) Row(cells ...Value) error {
	x.row++
	row := make([]any, len(cells))
	for i, v := range cells {
		switch {
		case v.kind != isText:
			row[i] = excelize.Cell{StyleID: x.styles[v.kind], Value: v.number}
		case v.text != "":
			row[i] = excelize.Cell{StyleID: x.styles[isText], Value: v.text}
		}
	}
	if err := x.stream.SetRow("A"+strconv.Itoa(x.row), row); err != nil {
		return fmt.Errorf("workbook: write a row: %w", err)
	}
	return nil
}

// Close ends the last sheet.
func (x *XLSX) Close() error {
	if err := x.finish(); err != nil {
		return fmt.Errorf("workbook: end a sheet: %w", err)
	}
	return nil
}

// WriteTo writes the finished workbook.
func (x *XLSX) WriteTo(w io.Writer) (int64, error) {
	n, err := x.file.WriteTo(w)
	if err != nil {
		return n, fmt.Errorf("workbook: write: %w", err)
	}
	return n, nil
}

// Discard removes what lies in temporary files.
func (x *XLSX) Discard() error {
	if err := x.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("workbook: remove a temporary file: %w", err)
	}
	return nil
}
