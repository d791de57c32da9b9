package web

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cunwu/service/disclosure"
)

func TestYuan(t *testing.T) {
	t.Parallel()
	for fen, want := range map[int64]string{
		0: "¥0.00", 5: "¥0.05", 123456: "¥1,234.56", 100000: "¥1,000.00", 99999: "¥999.99", -123456: "-¥1,234.56",
		123456789012: "¥1,234,567,890.12", math.MinInt64: "-¥92,233,720,368,547,758.08",
	} {
		if got := yuan(fen); got != want {
			t.Errorf("%d: %s, want %s", fen, got, want)
		}
	}
}

func TestPeriod(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2026Q3": "2026年第三季度", "2026H1": "2026年上半年", "2026-09": "2026年9月", "2026": "2026年",
		"2026-09-30": "2026年9月30日", "长期": "长期", "": "", "2026Q9": "2026Q9",
	} {
		if got := period(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	if size(12) != "12 字节" || size(4096) != "4 KB" || size(5<<20) != "5.0 MB" {
		t.Error(size(12), size(4096), size(5<<20))
	}
}

// Whatever the lines are, the bars add up to the total, fall in size and fit.
func TestChart_AddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var lines []disclosure.Line
		var want int64
		for range rapid.IntRange(0, 40).Draw(t, "lines") {
			l := disclosure.Line{
				Category:   rapid.SampledFrom([]string{"", "甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"}).Draw(t, "category"),
				ExpenseFen: rapid.Int64Range(0, 1e12).Draw(t, "expense"),
			}
			want += l.ExpenseFen
			lines = append(lines, l)
		}
		c := chartOf("", lines, func(l disclosure.Line) int64 { return l.ExpenseFen })
		var sum int64
		for i, b := range c.Bars {
			sum += b.Fen
			if i > 0 && b.Fen > c.Bars[i-1].Fen && !strings.HasPrefix(b.Label, "其余") {
				t.Error("bars do not fall")
			}
		}
		if sum != want || c.Total != want || len(c.Bars) > mostBars {
			t.Errorf("%d bars of %d, total %d, lines %d", len(c.Bars), sum, c.Total, want)
		}
	})
}

func TestCharts_OfOneCategorySayNothing(t *testing.T) {
	t.Parallel()
	lines := []disclosure.Line{{Category: "甲", ExpenseFen: 5}, {Category: "甲", ExpenseFen: 7}, {Category: "乙", IncomeFen: 1}, {IncomeFen: 2}}
	got := charts(lines)
	if len(got) != 1 || got[0].Title != "钱从哪里来" || got[0].Bars[0].Label != otherName {
		t.Errorf("%+v", got)
	}
}

func TestTakesGzip(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"": false, "gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false, "identity": false, "GZIP": true,
	} {
		if takesGzip(header) != want {
			t.Errorf("%q", header)
		}
	}
}

func TestTotals(t *testing.T) {
	t.Parallel()
	n := func(v int64) *int64 { return &v }
	for name, c := range map[string]struct {
		income, expense *int64
		want            string
	}{
		"None":    {nil, nil, ""},
		"Both":    {n(300), n(100), "收入¥3.00 支出¥1.00 收支相抵后结余¥2.00"},
		"Over":    {n(100), n(300), "收入¥1.00 支出¥3.00 支出比收入多¥2.00"},
		"Bill":    {n(0), n(100), "支出¥1.00"},
		"Rent":    {n(100), nil, "收入¥1.00"},
		"Nothing": {n(0), n(0), "收入¥0.00 支出¥0.00 收支相抵后结余¥0.00"},
	} {
		var got []string
		for _, s := range withRest(totalsOf(c.income, c.expense)) {
			got = append(got, s.Name+yuan(s.Fen))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
