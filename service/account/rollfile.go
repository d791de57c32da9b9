package account

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// sheet is a roll file as rows of text. formulas are the row numbers, from 1,
// of cells that hold a formula.
type sheet struct {
	rows     [][]string
	formulas map[int]bool
}

// Technical bounds of an xlsx besides Limits.
const (
	maxEntries  = 200      // files in the archive
	maxRatio    = 200      // unpacked to packed size
	maxInMemory = 16 << 20 // of one part; larger ones go through a temporary file
)

// readSheet reads a roll file by its ending. ErrRollFile for what is no such
// file, ErrRollTooLarge for what exceeds a limit.
func readSheet(name string, data []byte, l Limits) (sheet, error) {
	if int64(len(data)) > l.RollBytes {
		return sheet{}, ErrRollTooLarge.Saying("名册文件太大了，不能超过 %d MB。", l.RollBytes>>20)
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		return readCSV(data, l)
	case ".xlsx":
		return readXLSX(data, l)
	}
	return sheet{}, ErrRollFile
}

// readCSV reads UTF-8, with or without its mark, or GBK as Excel writes it.
func readCSV(data []byte, l Limits) (sheet, error) {
	text := bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(text) {
		decoded, err := simplifiedchinese.GBK.NewDecoder().Bytes(text)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			return sheet{}, ErrRollFile
		}
		text = decoded
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return sheet{}, ErrRollFile
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	var s sheet
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return sheet{}, ErrRollFile.Because(err)
		}
		if err := s.add(row, l); err != nil {
			return sheet{}, err
		}
	}
}

func (s *sheet) add(row []string, l Limits) error {
	if len(s.rows) > l.RollRows {
		return ErrRollTooLarge.Saying("名册一次最多导入 %d 行，请拆开导入。", l.RollRows)
	}
	if len(row) > l.RollColumns {
		return ErrRollTooLarge.Saying("名册最多 %d 列，请删去多余的列。", l.RollColumns)
	}
	s.rows = append(s.rows, row)
	return nil
}

// readXLSX reads the first sheet of a workbook, after the archive was measured:
// nothing is unpacked into memory that was not counted before.
func readXLSX(data []byte, l Limits) (sheet, error) {
	s := sheet{formulas: map[int]bool{}}
	if err := s.measure(data, l); err != nil {
		return sheet{}, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: l.RollUnpacked, UnzipXMLSizeLimit: maxInMemory,
	})
	if err != nil {
		return sheet{}, ErrRollFile.Because(err)
	}
	defer func() { _ = f.Close() }() // removes its temporary files; nothing to be done if it cannot
	rows, err := f.Rows(f.GetSheetName(0))
	if err != nil {
		return sheet{}, ErrRollFile.Because(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		row, err := rows.Columns()
		if err != nil {
			return sheet{}, ErrRollFile.Because(err)
		}
		if err := s.add(row, l); err != nil {
			return sheet{}, err
		}
	}
	if err := rows.Error(); err != nil {
		return sheet{}, ErrRollFile.Because(err)
	}
	return s, nil
}

// measure unpacks the archive into nothing, within the limits, and notes which
// rows of the worksheets hold formulas.
func (s *sheet) measure(data []byte, l Limits) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return ErrRollFile.Because(err)
	}
	tooLarge := ErrRollTooLarge.Saying("名册文件解开后太大，请另存为普通的 xlsx 再试。")
	if len(z.File) > maxEntries {
		return tooLarge
	}
	left := min(l.RollUnpacked, int64(len(data))*maxRatio)
	for _, f := range z.File {
		n, err := s.measureEntry(f, left)
		if err != nil {
			return err
		}
		if left -= n; left <= 0 {
			return tooLarge
		}
	}
	return nil
}

// measureEntry unpacks one file of the archive, at most limit bytes of it.
func (s *sheet) measureEntry(f *zip.File, limit int64) (int64, error) {
	r, err := f.Open()
	if err != nil {
		return 0, ErrRollFile.Because(err)
	}
	defer func() { _ = r.Close() }()
	counted := &countingReader{r: io.LimitReader(r, limit)}
	if strings.HasPrefix(f.Name, "xl/worksheets/sheet") {
		err = s.noteFormulas(counted)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, counted)
	}
	if err != nil && counted.n < limit {
		return 0, ErrRollFile.Because(err)
	}
	return counted.n, nil
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err //nolint:wrapcheck // io.EOF must stay what it is
}

// noteFormulas walks a worksheet for <f> within <row r="n">.
func (s *sheet) noteFormulas(r io.Reader) error {
	d := xml.NewDecoder(r)
	row := 0
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("account: worksheet: %w", err)
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "row":
			row = rowNumber(e, row)
		case "f":
			s.formulas[row] = true
		}
	}
}

// rowNumber reads the attribute r of a row; rows without one count up.
func rowNumber(e xml.StartElement, last int) int {
	for _, a := range e.Attr {
		var n int
		if a.Name.Local == "r" {
			if _, err := fmt.Sscanf(a.Value, "%d", &n); err == nil {
				return n
			}
		}
	}
	return last + 1
}
