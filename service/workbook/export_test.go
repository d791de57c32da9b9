package workbook

import (
	"strconv"
	"strings"
)

// Exactly gives an amount as the reader shows the number that is stored for it.
func Exactly(fen int64) string {
	s := Yuan(fen).text
	if whole, part, _ := strings.Cut(s, "."); part == "00" {
		return whole
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return err.Error()
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
