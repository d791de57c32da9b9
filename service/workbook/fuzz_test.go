package workbook_test

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"github.com/xuri/excelize/v2"

	"cunwu/service/fault"
	"cunwu/service/workbook"
)

var small = workbook.Limits{Bytes: 1 << 16, Unpacked: 1 << 18, Rows: 100, Columns: 20, Cells: 500, Runes: 100}

// within demands that what was read keeps the bounds that were asked for, or
// that the refusal is one of this package.
func within(t *testing.T, b workbook.Book, err error) {
	t.Helper()
	if err != nil {
		if f := fault.Of(err); f == nil || f.Code != workbook.ErrUnreadable.Code && f.Code != workbook.ErrTooLarge.Code {
			t.Fatalf("%v", err)
		}
		return
	}
	cells := 0
	for _, s := range b.Sheets {
		if len(s.Rows) > small.Rows {
			t.Fatalf("%d rows", len(s.Rows))
		}
		for _, row := range s.Rows {
			if len(row) > small.Columns {
				t.Fatalf("%d columns", len(row))
			}
			for _, v := range row {
				if v != "" {
					cells++
				}
				if len([]rune(v)) > small.Runes {
					t.Fatalf("a cell of %d", len(v))
				}
			}
		}
		for _, o := range s.Odd {
			if o.Row < 1 || o.Column < 1 || o.Message() == "" {
				t.Fatalf("%+v", o)
			}
		}
	}
	if cells > small.Cells {
		t.Fatalf("%d cells", cells)
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("日期,摘要,金额\n2026-09-03,电费,1\n"))
	f.Add([]byte("\xef\xbb\xbfa\tb\n\"c\nd\"\te\n\n\nf"))
	f.Add([]byte("\xbb\xa7\xba\xc5,\xd0\xd5\xc3\xfb\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := workbook.Read("a.csv", data, small)
		within(t, b, err)
	})
}

// Bytes as they come, and as the parts of an archive that is whole: else the
// fuzzer would never get past the checksums.
func FuzzReadXLSX(f *testing.F) {
	f.Add([]byte("PK\x05\x06"), []byte(cells(`<row r="1"><c r="A1" s="1"><f>1+1</f><v>2</v></c></row>`)+`<mergeCell ref="A1:B2"/>`), []byte(`<numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;"/><cellXfs><xf/><xf numFmtId="164"/></cellXfs>`), []byte("<si><t>字</t></si>"))
	f.Add([]byte(""), []byte(cells(`<row r="2"><c t="s"><v>0</v></c><c t="d"><v>2026-09-03</v></c></row>`)), []byte(""), []byte("<si><r><t>a</t></r><rPh><t>b</t></rPh></si>"))
	file := excelize.NewFile()
	var seed bytes.Buffer
	if err := file.Write(&seed); err != nil {
		f.Fatal(err)
	}
	f.Add(seed.Bytes(), []byte{}, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, whole, sheet, styles, texts []byte) {
		b, err := workbook.Read("a.xlsx", whole, small)
		within(t, b, err)
		var z bytes.Buffer
		w := zip.NewWriter(&z)
		for name, part := range map[string][]byte{
			"xl/workbook.xml": []byte(workbookXML), "xl/_rels/workbook.xml.rels": []byte(relsXML),
			"xl/worksheets/sheet1.xml": sheet, "xl/styles.xml": styles, "xl/sharedStrings.xml": texts,
		} {
			p, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
			if err == nil {
				_, err = io.Copy(p, bytes.NewReader(part))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		b, err = workbook.Read("a.xlsx", z.Bytes(), small)
		within(t, b, err)
	})
}
