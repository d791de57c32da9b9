package web

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"cunwu/service/disclosure"
)

func TestChange(t *testing.T) {
	t.Parallel()
	for want, c := range map[string][2]int64{
		"一样多":               {100, 100},
		"本期多 ¥1.00（100.0%）": {200, 100},
		"本期少 ¥0.50（50.0%）":  {50, 100},
		"本期多 ¥3.00":         {300, 0},
		"本期少 ¥3.00（100.0%）": {0, 300},
	} {
		if got := change(c[0], c[1]); got != want {
			t.Errorf("%v: %s, want %s", c, got, want)
		}
	}
}

// Bars are as long as their figures, none longer than its frame, and what
// there is nothing to compare with makes no chart.
func TestCompareCharts(t *testing.T) {
	t.Parallel()
	amount := rapid.Ptr(rapid.Int64Range(0, 1e13), true)
	rapid.Check(t, func(t *rapid.T) {
		m := measure{Name: "支出", Fen: [3]*int64{amount.Draw(t, "now"), amount.Draw(t, "before"), amount.Draw(t, "year")}}
		charts := compareCharts([3]string{"本期", "上期", "去年同期"}, []measure{m})
		nothing := m.Fen[0] == nil || m.Fen[1] == nil && m.Fen[2] == nil
		if nothing && len(charts) > 0 {
			t.Fatal("a chart of nothing")
		}
		for _, c := range charts {
			var longest float64
			for i, b := range c.Bars {
				w, err := strconv.ParseFloat(b.Width, 64)
				if err != nil || w < 0 || w > 100 || (w == 0) != (b.Fen == 0) {
					t.Fatalf("%d is %s wide", b.Fen, b.Width)
				}
				if b.Now != (i == 0) || (b.Change == "") != b.Now {
					t.Fatalf("%+v", b)
				}
				longest = max(longest, w)
			}
			if longest != 100 {
				t.Fatalf("the longest bar is %v", longest)
			}
		}
	})
}

func TestComparedMeasures(t *testing.T) {
	t.Parallel()
	sums := func(in, out int64) *disclosure.Sums { return &disclosure.Sums{IncomeFen: in, ExpenseFen: out} }
	c := disclosure.Comparison{
		Current: disclosure.Accounts{IncomeFen: 5, ExpenseFen: 6}, YearBefore: &disclosure.Accounts{IncomeFen: 7, ExpenseFen: 8},
		Categories: []disclosure.CategorySums{
			{Category: "", Sums: *sums(0, 900), YearBefore: sums(0, 1)},
			{Category: "小", Sums: *sums(0, 6), YearBefore: sums(0, 5)},
			{Category: "大", Sums: *sums(50, 0), YearBefore: sums(7, 0)},
			{Category: "同", Sums: *sums(0, 6), YearBefore: sums(0, 6)},
		},
	}
	var got string
	for _, m := range comparedMeasures(c) {
		got += m.Name + " "
		if m.Fen[1] != nil || m.Fen[2] == nil {
			t.Errorf("%s: %v", m.Name, m.Fen)
		}
	}
	if got != "收入 支出 其中收入：大 其中支出：小 " {
		t.Error(got)
	}
}
