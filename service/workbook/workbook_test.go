package workbook_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"cunwu/service/fault"
	"cunwu/service/workbook"
)

func read(t *testing.T, name string, data []byte) workbook.Book {
	t.Helper()
	b, err := workbook.Read(name, data, workbook.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

// book makes an xlsx by the library, which is what others' programs are to us.
func book(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func set(t testing.TB, f *excelize.File, cell string, v any) {
	t.Helper()
	if err := f.SetCellValue("Sheet1", cell, v); err != nil {
		t.Fatal(err)
	}
}

func styled(t testing.TB, f *excelize.File, cell string, v any, s excelize.Style) {
	t.Helper()
	set(t, f, cell, v)
	id, err := f.NewStyle(&s)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellStyle("Sheet1", cell, cell, id); err != nil {
		t.Fatal(err)
	}
}

func TestRead_CellsAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	code := func(s string) excelize.Style { return excelize.Style{CustomNumFmt: &s} }
	data := book(t, func(f *excelize.File) {
		set(t, f, "A1", "日期")
		set(t, f, "C1", "金额")
		styled(t, f, "A3", 46268, excelize.Style{NumFmt: 14})
		styled(t, f, "A4", 46268, excelize.Style{NumFmt: 31})
		styled(t, f, "A5", 46268, code(`m"月"d"日"`))
		styled(t, f, "A6", 46268.5, code("yyyy-mm-dd hh:mm"))
		styled(t, f, "A7", 0.75, code("hh:mm"))
		styled(t, f, "A8", 60, excelize.Style{NumFmt: 14})
		styled(t, f, "A9", 7, code("000"))
		styled(t, f, "A10", 1234.5, code(`"共"#,##0.00"元"`))
		styled(t, f, "A11", 0.05, excelize.Style{NumFmt: 9})
		set(t, f, "C3", 1260.5)
		set(t, f, "C4", 0.1+0.2)
		set(t, f, "C5", 13800000001)
		set(t, f, "C6", "007")
		set(t, f, "C7", true)
		set(t, f, "C8", 12.345)
	})
	s := read(t, "九月.XLSX", data).Sheets[0]
	if s.Name != "Sheet1" || !s.Blank(2) || s.Blank(3) || s.Cell(1, 2) != "" || s.Cell(99, 1) != "" {
		t.Errorf("%+v", s)
	}
	for at, want := range map[[2]int]string{
		{1, 1}: "日期", {3, 1}: "2026-09-03", {4, 1}: "2026-09-03", {5, 1}: "2026-09-03", {6, 1}: "2026-09-03 12:00",
		{7, 1}: "18:00", {8, 1}: "1900-02-28", {9, 1}: "007", {10, 1}: "1234.5", {11, 1}: "5%",
		{3, 3}: "1260.5", {4, 3}: "0.3", {5, 3}: "13800000001", {6, 3}: "007", {7, 3}: "TRUE", {8, 3}: "12.345",
	} {
		if got := s.Cell(at[0], at[1]); got != want {
			t.Errorf("%s = %q, want %q", workbook.At(at[0], at[1]), got, want)
		}
	}
}

func TestRead_MergedAndFormulas(t *testing.T) {
	t.Parallel()
	data := book(t, func(f *excelize.File) {
		for _, c := range []string{"A1", "B1", "A2", "B2", "D5"} {
			set(t, f, c, c)
		}
		if err := errors.Join(f.MergeCell("Sheet1", "A1", "B2"), f.SetCellFormula("Sheet1", "D5", "SUM(A1:A4)")); err != nil {
			t.Fatal(err)
		}
		set(t, f, "A6", "x")
		if _, err := f.NewSheet("第二张"); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellFormula("第二张", "AB3", "1+1"); err != nil {
			t.Fatal(err)
		}
	})
	b := read(t, "a.xlsx", data)
	s := b.Sheets[0]
	if s.Cell(1, 1) != "A1" || s.Cell(1, 2)+s.Cell(2, 1)+s.Cell(2, 2) != "" {
		t.Errorf("merged: %q", s.Rows)
	}
	if len(s.Spans) != 1 || s.Spans[0] != (workbook.Range{Row: 1, Column: 1, LastRow: 2, LastColumn: 2}) || !s.Spans[0].Has(2, 2) || s.Spans[0].Has(3, 1) {
		t.Errorf("%+v", s.Spans)
	}
	if len(s.Odd) != 1 || s.Odd[0] != (workbook.Odd{Row: 5, Column: 4, Kind: workbook.Formula}) {
		t.Errorf("%+v", s.Odd)
	}
	err := b.Plain()
	if !errors.Is(err, workbook.ErrFormula) {
		t.Fatal(err)
	}
	said := fmt.Sprint(fault.Of(err).Fields)
	for _, want := range []string{"“Sheet1” 第 5 行 D 列", "“第二张” 第 3 行 AB 列"} {
		if !strings.Contains(said, want) {
			t.Errorf("%s does not name %s", said, want)
		}
	}
}

func TestRead_CSV(t *testing.T) {
	t.Parallel()
	text := "日期,摘要,金额\r\n\r\n2026-09-03,\"收\n款\",\"1,234.50\"\r\n2026-09-04,电费,5\r\n"
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"utf8.csv": text, "mark.CSV": "\ufeff" + text, "gbk.csv": gbk, "tab.txt": strings.ReplaceAll(strings.ReplaceAll(text, `"1,234.50"`, "1;234.50"), ",", "\t"),
	} {
		s := read(t, name, []byte(data)).Sheets[0]
		// Blank rows count, as they do on screen; a line break in a cell does not.
		if len(s.Rows) != 4 || !s.Blank(2) || s.Cell(3, 2) != "收\n款" || !strings.HasSuffix(s.Cell(3, 3), "234.50") || s.Cell(4, 2) != "电费" {
			t.Errorf("%s: %q", name, s.Rows)
		}
	}
}

// raw makes an archive of parts as they are given.
func raw(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	workbookXML = `<workbook xmlns:r="r"><sheets><sheet name="表" r:id="rId1"/></sheets></workbook>`
	relsXML     = `<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`
)

// sheetOf is the least archive that is an xlsx, around one worksheet.
func sheetOf(t testing.TB, sheet string) []byte {
	t.Helper()
	return raw(t, map[string]string{
		"xl/workbook.xml": workbookXML, "xl/_rels/workbook.xml.rels": relsXML, "xl/worksheets/sheet1.xml": sheet,
	})
}

func cells(rows string) string { return "<worksheet><sheetData>" + rows + "</sheetData></worksheet>" }

func TestRead_LeastXLSX(t *testing.T) {
	t.Parallel()
	s := read(t, "a.xlsx", sheetOf(t, cells(`<row><c t="inlineStr"><is><t>户</t><rPh><t>hu</t></rPh><r><t>号</t></r></is></c><c><v>1E2</v></c></row>`+
		`<row r="3"><c r="B3" t="d"><v>2026-09-03T00:00:00</v></c><c r="C3" t="e"><v>#REF!</v></c></row>`))).Sheets[0]
	if s.Name != "表" || s.Cell(1, 1) != "户号" || s.Cell(1, 2) != "100" || s.Cell(3, 2) != "2026-09-03" {
		t.Errorf("%q", s.Rows)
	}
	if len(s.Odd) != 1 || s.Odd[0].Kind != workbook.Failed || s.Odd[0].Column != 3 {
		t.Errorf("%+v", s.Odd)
	}
}

func TestRead_RefusesBadFiles(t *testing.T) {
	t.Parallel()
	many := strings.Builder{}
	for n := 1; n <= 30_000; n++ {
		fmt.Fprintf(&many, `<row r="%d"><c r="A%d"><v>1</v></c></row>`, n, n)
	}
	entries := map[string]string{}
	for n := range 600 {
		entries[fmt.Sprint("x", n)] = ""
	}
	twice := append([]byte(nil), raw(t, map[string]string{"xl/workbook.xml": "", "XL/workbook.xml": ""})...)
	locked := sheetOf(t, cells(""))
	for i := 0; ; {
		at := bytes.Index(locked[i:], []byte("PK\x01\x02"))
		if at < 0 {
			break
		}
		i += at + 8
		locked[i] |= 1 // the flag of a password, in the list of files
	}
	for name, c := range map[string]struct {
		file []byte
		want *fault.Fault
		says string
	}{
		"empty.csv":    {nil, workbook.ErrUnreadable, "空"},
		"old.xls":      {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...."), workbook.ErrUnreadable, ".xls"},
		"renamed.xlsx": {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...."), workbook.ErrUnreadable, ".xls"},
		"picture.png":  {[]byte("a,b"), workbook.ErrUnreadable, "只能读"},
		"text.xlsx":    {[]byte("a,b"), workbook.ErrUnreadable, "内容却不是"},
		"cut.xlsx":     {sheetOf(t, cells("<row/>"))[:200], workbook.ErrUnreadable, ""},
		"nothing.xlsx": {raw(t, map[string]string{"a": "b"}), workbook.ErrUnreadable, ""},
		"twice.xlsx":   {twice, workbook.ErrUnreadable, ""},
		"locked.xlsx":  {locked, workbook.ErrUnreadable, "密码"},
		"entity.xlsx":  {sheetOf(t, `<!DOCTYPE x [<!ENTITY a "aaaa">]>`+cells(`<row><c t="str"><v>&a;</v></c></row>`)), workbook.ErrUnreadable, ""},
		"unknown.xlsx": {sheetOf(t, cells(`<row><c t="str"><v>&a;</v></c></row>`)), workbook.ErrUnreadable, ""},
		"utf16.xlsx":   {sheetOf(t, `<?xml version="1.0" encoding="utf-16"?>`+cells("")), workbook.ErrUnreadable, ""},
		"deep.xlsx":    {sheetOf(t, strings.Repeat("<a>", 100)), workbook.ErrUnreadable, ""},
		"string.xlsx":  {sheetOf(t, cells(`<row><c t="s"><v>7</v></c></row>`)), workbook.ErrUnreadable, ""},
		"strings.xlsx": {sheetOf(t, cells(`<row><c t="s"><v>-1</v></c></row>`)), workbook.ErrUnreadable, ""},
		"ref.xlsx":     {sheetOf(t, cells(`<row r="1"><c r="A2"><v>1</v></c></row>`)), workbook.ErrUnreadable, ""},
		"row.xlsx":     {sheetOf(t, cells(`<row r="1048576"><c r="A1048576"><v>1</v></c></row>`)), workbook.ErrTooLarge, "20000 行"},
		"rows.xlsx":    {sheetOf(t, cells(many.String())), workbook.ErrTooLarge, "20000 行"},
		"empty.xlsx":   {sheetOf(t, cells(strings.Repeat("<row/>", 200_000))), workbook.ErrTooLarge, ""},
		"column.xlsx":  {sheetOf(t, cells(`<row r="1"><c r="XFD1"><v>1</v></c></row>`)), workbook.ErrTooLarge, "200 列"},
		"long.xlsx":    {sheetOf(t, cells(`<row><c t="str"><v>`+strings.Repeat("长", 40_000)+"</v></c></row>")), workbook.ErrTooLarge, "第 1 行 A 列"},
		"bomb.xlsx":    {sheetOf(t, strings.Repeat(" ", 80<<20)), workbook.ErrTooLarge, "解开后太大"},
		"ratio.xlsx":   {sheetOf(t, strings.Repeat(" ", 8<<20)), workbook.ErrTooLarge, "解开后太大"},
		"entries.xlsx": {raw(t, entries), workbook.ErrTooLarge, ""},
		"huge.csv":     {make([]byte, 9<<20), workbook.ErrTooLarge, "8 MB"},
		"many.csv":     {[]byte(strings.Repeat("1\n", 20_001)), workbook.ErrTooLarge, "20000 行"},
		"blank.csv":    {[]byte(strings.Repeat("\n", 20_001) + "1\n"), workbook.ErrTooLarge, "20000 行"},
		"wide.csv":     {[]byte(strings.Repeat("1,", 250)), workbook.ErrTooLarge, "200 列"},
		"nul.csv":      {[]byte("a\x00b"), workbook.ErrUnreadable, "不是文字"},
		"bytes.csv":    {[]byte{0xff, 0xfe, 0x80, 0x81, 0xff}, workbook.ErrUnreadable, "编码"},
		"quote.csv":    {[]byte("a,b\nc,\"d"), workbook.ErrUnreadable, "引号"},
	} {
		_, err := workbook.Read(name, c.file, workbook.Limits{})
		f := fault.Of(err)
		if f == nil || !errors.Is(err, c.want) || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s: %v, want %s saying %q", name, err, c.want.Code, c.says)
		}
	}
}

// A lie in the list of files does not let more through than was allowed.
func TestRead_CountsWhatIsThere(t *testing.T) {
	t.Parallel()
	data := sheetOf(t, cells(strings.Repeat(`<row><c><v>1</v></c></row>`, 500)))
	_, err := workbook.Read("a.xlsx", data, workbook.Limits{Unpacked: 4 << 10})
	if !errors.Is(err, workbook.ErrTooLarge) {
		t.Errorf("%v", err)
	}
	for i := 0; ; {
		at := bytes.Index(data[i:], []byte("PK\x01\x02"))
		if at < 0 {
			break
		}
		i += at + 24
		copy(data[i:], []byte{1, 0, 0, 0}) // one byte, it says
	}
	if _, err = workbook.Read("a.xlsx", data, workbook.Limits{Unpacked: 4 << 10}); fault.Of(err) == nil {
		t.Errorf("%v", err)
	}
}

func TestColumnName(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{1: "A", 26: "Z", 27: "AA", 52: "AZ", 703: "AAA", 0: ""} {
		if got := workbook.ColumnName(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestDay(t *testing.T) {
	t.Parallel()
	if d, ok := workbook.Day("46268"); !ok || d.Format("2006-01-02") != "2026-09-03" {
		t.Errorf("%v %v", d, ok)
	}
	for _, bad := range []string{"", "12", "46268.5", "1e9", "NaN", "2026-09-03"} {
		if _, ok := workbook.Day(bad); ok {
			t.Errorf("%q passed", bad)
		}
	}
}
