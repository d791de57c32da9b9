package workbook_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"cunwu/service/workbook"
)

var nasty = []string{
	`=HYPERLINK("http://x","y")`, "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "\u200b=1", "'=1", "-", "=",
}

// opened gives what a spreadsheet program finds in both forms of a file.
func opened(t testing.TB, rows [][]workbook.Value) (inCSV [][]string, x *excelize.File) {
	t.Helper()
	var c, b bytes.Buffer
	table, err := workbook.NewCSV(&c)
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := workbook.NewXLSX()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sheet.Discard() }()
	if err := sheet.Sheet("表", 10, 20); err != nil {
		t.Fatal(err)
	}
	for _, w := range []workbook.Table{table, sheet} {
		for _, r := range rows {
			if err := w.Row(r...); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.HasPrefix(c.Bytes(), []byte("\ufeff")) {
		t.Error("no mark of UTF-8")
	}
	if inCSV, err = csv.NewReader(bytes.NewReader(c.Bytes()[3:])).ReadAll(); err != nil {
		t.Fatal(err)
	}
	if _, err := sheet.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if x, err = excelize.OpenReader(&b); err != nil {
		t.Fatal(err)
	}
	return inCSV, x
}

func TestWrite_NoTextIsAFormula(t *testing.T) {
	t.Parallel()
	var rows [][]workbook.Value
	for _, v := range nasty {
		rows = append(rows, []workbook.Value{workbook.Text(v)})
	}
	inCSV, x := opened(t, rows)
	defer func() { _ = x.Close() }()
	for i := range nasty {
		if !strings.HasPrefix(inCSV[i][0], "'") {
			t.Errorf("csv: %q", inCSV[i][0])
		}
		cell := "A" + string(rune('1'+i))
		if i > 8 {
			cell = "A1" + string(rune('0'+i-9))
		}
		f, err := x.GetCellFormula("表", cell)
		v, err2 := x.GetCellValue("表", cell)
		if err != nil || err2 != nil || f != "" || !strings.HasPrefix(v, "'") {
			t.Errorf("xlsx %s: formula %q, %q, %v, %v", cell, f, v, err, err2)
		}
	}
}

func TestWrite_Numbers(t *testing.T) {
	t.Parallel()
	fen := int64(-1)
	inCSV, x := opened(t, [][]workbook.Value{{
		workbook.Yuan(123_456), workbook.Yuan(5), workbook.YuanOrNone(&fen), workbook.YuanOrNone(nil), workbook.Count(-3), workbook.Text("路灯"),
	}})
	defer func() { _ = x.Close() }()
	if got := strings.Join(inCSV[0], "|"); got != "1234.56|0.05|-0.01||-3|路灯" {
		t.Error(got)
	}
	for cell, want := range map[string]string{"A1": "1,234.56", "B1": "0.05", "E1": "-3", "D1": "", "F1": "路灯"} {
		if got, err := x.GetCellValue("表", cell); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", cell, got, err, want)
		}
	}
	if k, err := x.GetCellType("表", "A1"); err != nil || k != excelize.CellTypeUnset && k != excelize.CellTypeNumber {
		t.Errorf("an amount is no number: %v %v", k, err)
	}
}

// What is written is read again as it was, but for the mark before formulas.
func TestWriteRead_RoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringMatching(`[一-龥a-z0-9 ,"=+@-]{0,12}[一-龥]`)
		var rows [][]workbook.Value
		var want [][]string
		for range rapid.IntRange(1, 6).Draw(r, "rows") {
			s := text.Draw(r, "text")
			fen := rapid.Int64Range(0, 10_000_000_000_000).Draw(r, "fen")
			rows = append(rows, []workbook.Value{workbook.Text(s), workbook.Yuan(fen)})
			want = append(want, []string{workbook.Safe(s), workbook.Exactly(fen)})
		}
		x, err := workbook.NewXLSX()
		if err != nil {
			r.Fatal(err)
		}
		defer func() { _ = x.Discard() }()
		var b bytes.Buffer
		if err := x.Sheet("表"); err != nil {
			r.Fatal(err)
		}
		for _, row := range rows {
			if err := x.Row(row...); err != nil {
				r.Fatal(err)
			}
		}
		if err := x.Close(); err != nil {
			r.Fatal(err)
		}
		if _, err := x.WriteTo(&b); err != nil {
			r.Fatal(err)
		}
		got, err := workbook.Read("a.xlsx", b.Bytes(), workbook.Limits{})
		if err != nil {
			r.Fatal(err)
		}
		for i := range want {
			if got.Sheets[0].Cell(i+1, 1) != want[i][0] || got.Sheets[0].Cell(i+1, 2) != want[i][1] {
				r.Fatalf("%q, want %q", got.Sheets[0].Rows[i], want[i])
			}
		}
	})
}
