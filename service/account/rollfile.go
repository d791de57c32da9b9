package account

import (
	"errors"

	"cunwu/service/fault"
	"cunwu/service/workbook"
)

// sheet is a roll file as rows of text. formulas are the row numbers, from 1,
// of cells that hold a formula.
type sheet struct {
	rows     [][]string
	formulas map[int]bool
}

// readSheet reads the first sheet of a roll file. ErrRollFile for what is no
// such file, ErrRollTooLarge for what exceeds a limit.
func readSheet(name string, data []byte, l Limits) (sheet, error) {
	book, err := workbook.Read(name, data, workbook.Limits{
		Bytes: l.RollBytes, Unpacked: l.RollUnpacked, Rows: l.RollRows + 1, Columns: l.RollColumns,
	})
	if err != nil {
		return sheet{}, asRoll(err)
	}
	first := book.Sheets[0]
	s := sheet{rows: first.Rows, formulas: map[int]bool{}}
	for _, o := range first.Odd {
		s.formulas[o.Row] = s.formulas[o.Row] || o.Kind == workbook.Formula
	}
	return s, nil
}

// asRoll keeps the codes that clients of the roll know.
func asRoll(err error) error {
	f := fault.Of(err)
	switch {
	case errors.Is(err, workbook.ErrTooLarge):
		return ErrRollTooLarge.Saying("名册导不进来：%s", f.Message).Because(err)
	case f != nil:
		return ErrRollFile.Saying("名册导不进来：%s", f.Message).Because(err)
	}
	return err
}
