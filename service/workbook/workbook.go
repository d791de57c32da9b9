// Package workbook reads what people fill in with a spreadsheet program, xlsx or
// csv, and writes such files for them.
//
// Invariants: a file is measured before it is unpacked, and nothing is kept of
// it that was not counted; every cell has its place as people see it (row 5,
// column D); no formula is ever computed or believed; whatever the bytes,
// reading ends in rows or a refusal; no text that is written can act as a
// formula when somebody opens it.
package workbook

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"cunwu/service/fault"
)

// Refusals of files.
var (
	// ErrUnreadable: the bytes are no xlsx and no csv; the sentence says what
	// they seem to be and what to do.
	ErrUnreadable = fault.Define(fault.Invalid, "workbook.unreadable", "表格文件读不出来，请另存为 .xlsx 或 .csv 再试。")
	// ErrTooLarge: a limit that the sentence names is exceeded.
	ErrTooLarge = fault.Define(fault.TooLarge, "workbook.too_large", "表格太大了，请拆成几个文件。")
	// ErrFormula: cells hold formulas; the fields name them.
	ErrFormula = fault.Define(fault.Invalid, "workbook.formula", "表格里有公式，请复制后“选择性粘贴为数值”，再上传。")
)

// Limits bound a file. They are technical: what one request may cost. Zero
// values take those of DefaultLimits.
type Limits struct {
	Bytes    int64 // as sent
	Unpacked int64 // an xlsx unpacked
	Rows     int   // of one sheet
	Columns  int
	Cells    int // of all sheets together
	Runes    int // of one cell
	Sheets   int
}

// DefaultLimits suit a village's accounts of a year.
func DefaultLimits() Limits {
	return Limits{Bytes: 8 << 20, Unpacked: 64 << 20, Rows: 20_000, Columns: 200, Cells: 400_000, Runes: 32_767, Sheets: 60}
}

func (l Limits) orDefaults() Limits {
	d := DefaultLimits()
	for _, p := range []struct {
		at *int
		d  int
	}{{&l.Rows, d.Rows}, {&l.Columns, d.Columns}, {&l.Cells, d.Cells}, {&l.Runes, d.Runes}, {&l.Sheets, d.Sheets}} {
		if *p.at <= 0 {
			*p.at = p.d
		}
	}
	if l.Bytes <= 0 {
		l.Bytes = d.Bytes
	}
	if l.Unpacked <= 0 {
		l.Unpacked = d.Unpacked
	}
	return l
}

// Book is a file as text.
type Book struct {
	Sheets []Sheet
}

// Sheet is one table. Rows[0] is row 1 as people see it, blank rows included;
// rows are as long as their last filled cell.
type Sheet struct {
	Name  string // "" of a csv
	Rows  [][]string
	Odd   []Odd   // cells that must not be taken as they are, by row
	Spans []Range // merged cells; all but the first cell of each are empty in Rows
}

// Oddity is what is wrong with a cell.
type Oddity int

// Oddities.
const (
	Formula Oddity = iota // holds a formula; its last value is in Rows
	Failed                // shows an error such as #REF!
)

// Odd is a cell that must not be taken as it is.
type Odd struct {
	Row, Column int // from 1
	Kind        Oddity
}

// Message says in Chinese what is wrong with the cell and what to do.
func (o Odd) Message() string {
	if o.Kind == Failed {
		return "这一格显示的是错误（如 #REF!），请改成正确的内容。"
	}
	return "这一格是公式，请改成填好的数值或文字。"
}

// Range is a rectangle of cells, both corners within it, counted from 1.
type Range struct{ Row, Column, LastRow, LastColumn int }

// Has reports whether a cell lies in the range.
func (r Range) Has(row, column int) bool {
	return r.Row <= row && row <= r.LastRow && r.Column <= column && column <= r.LastColumn
}

// Cell gives the text at a row and column from 1, "" where there is none.
func (s Sheet) Cell(row, column int) string {
	if row < 1 || row > len(s.Rows) || column < 1 || column > len(s.Rows[row-1]) {
		return ""
	}
	return s.Rows[row-1][column-1]
}

// Blank reports whether nothing is written in a row (from 1).
func (s Sheet) Blank(row int) bool {
	if row < 1 || row > len(s.Rows) {
		return true
	}
	for _, v := range s.Rows[row-1] {
		if strings.TrimSpace(v) != "" {
			return false
		}
	}
	return true
}

// ColumnName gives the letters of a column from 1: A, Z, AA.
func ColumnName(column int) string {
	var b []byte
	for ; column > 0; column = (column - 1) / 26 {
		b = append([]byte{byte('A' + (column-1)%26)}, b...)
	}
	return string(b)
}

// At names a cell as people find it: 第 5 行 D 列.
func At(row, column int) string { return fmt.Sprintf("第 %d 行 %s 列", row, ColumnName(column)) }

// maxNamed bounds how many cells a refusal names.
const maxNamed = 50

// Plain refuses formulas, naming their cells.
func (b Book) Plain() error {
	var fields []fault.Field
	for _, s := range b.Sheets {
		for _, o := range s.Odd {
			if o.Kind == Formula && len(fields) < maxNamed {
				fields = append(fields, fault.Field{Location: "body.file", Message: s.at(o.Row, o.Column) + "：" + o.Message()})
			}
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return ErrFormula.With(fields...)
}

func (s Sheet) at(row, column int) string {
	if s.Name == "" {
		return At(row, column)
	}
	return "“" + s.Name + "” " + At(row, column)
}

// What the first bytes of a file tell.
var (
	zipMark = []byte("PK")
	oleMark = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") // .xls, and any office file with a password
)

// Read reads a file named .xlsx, .csv, .tsv or .txt. What it is, its bytes say:
// people rename files. Refusals: ErrUnreadable, ErrTooLarge.
func Read(name string, data []byte, l Limits) (Book, error) {
	l = l.orDefaults()
	if int64(len(data)) > l.Bytes {
		return Book{}, ErrTooLarge.Saying("表格文件不能超过 %d MB，请拆成几个文件。", max(1, l.Bytes>>20))
	}
	ext := strings.ToLower(path.Ext(name))
	switch {
	case ext == ".xls" || bytes.HasPrefix(data, oleMark):
		return Book{}, ErrUnreadable.Saying("这是旧版 .xls 文件或加了密码的文件，请去掉密码，另存为 .xlsx 再试。")
	case len(data) == 0:
		return Book{}, ErrUnreadable.Saying("文件是空的。")
	case ext != ".xlsx" && ext != ".csv" && ext != ".tsv" && ext != ".txt":
		return Book{}, ErrUnreadable.Saying("只能读 .xlsx 和 .csv 文件，请另存后再试。")
	case bytes.HasPrefix(data, zipMark):
		return readXLSX(data, l)
	case ext == ".xlsx":
		return Book{}, ErrUnreadable.Saying("文件名是 .xlsx，内容却不是，请用表格软件另存为 .xlsx 再试。")
	}
	return readCSV(data, l)
}

// room counts what is kept of a file.
type room struct {
	Limits
	cells int
}

// take checks that a cell may be kept. Row and column are from 1.
func (r *room) take(row, column int, text string) error {
	r.cells++
	switch {
	case row > r.Rows:
		return ErrTooLarge.Saying("表格最多 %d 行，请拆成几个文件。", r.Rows)
	case column > r.Columns:
		return ErrTooLarge.Saying("表格最多 %d 列，请删去多余的列。", r.Columns)
	case r.cells > r.Cells:
		return ErrTooLarge.Saying("表格最多 %d 个有内容的格子，请拆成几个文件。", r.Cells)
	case len(text) > r.Runes && len([]rune(text)) > r.Runes:
		return ErrTooLarge.Saying("%s的内容太长，一格最多 %d 个字。", At(row, column), r.Runes)
	}
	return nil
}
