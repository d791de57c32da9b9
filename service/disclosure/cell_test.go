package disclosure_test

import (
	"testing"

	"cunwu/service/disclosure"
)

// A cell of a table is one cell, whatever was written.
func FuzzCell(f *testing.F) {
	f.Add("a | b\n| c |")
	f.Add(`\| \\| <script> [x](http://y) ` + "`|`")
	f.Fuzz(func(t *testing.T, text string) {
		got := disclosure.Cell(text)
		row := "| 1 | " + got + " | x |"
		html, err := disclosure.Render("| a | b | c |\n|---|---|---|\n" + row + "\n")
		if err != nil {
			t.Fatal(err)
		}
		cells := 0
		for i := 0; i+4 <= len(html); i++ {
			if html[i:i+4] == "<td>" {
				cells++
			}
		}
		if cells != 3 {
			t.Errorf("%q makes %d cells: %s", text, cells, html)
		}
	})
}
