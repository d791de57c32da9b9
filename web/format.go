package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"cunwu/service/calendar"
)

// functions are what the templates may call.
var functions = template.FuncMap{
	"yuan":     yuan,
	"day":      day,
	"moment":   moment,
	"date":     date,
	"period":   period,
	"size":     size,
	"paras":    paragraphs,
	"count":    countBelow,
	"photosOf": photosOf,
	"add":      func(a, b int) int { return a + b },
}

// yuan shows an amount of 分 as ¥1,234.56.
func yuan(fen int64) string {
	sign := ""
	u := uint64(fen) //nolint:gosec // negative amounts are turned just below
	if fen < 0 {
		sign, u = "-", -u
	}
	whole := strconv.FormatUint(u/100, 10)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s¥%s.%02d", sign, whole, u%100)
}

// day shows a moment as a day in China, 2026年9月30日; "" for the zero time.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(calendar.China)
	return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
}

// moment shows a moment to the second, 2026年9月30日 10:12:05; "" for the zero
// time.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return day(t) + t.In(calendar.China).Format(" 15:04:05")
}

// date shows a 2006-01-02 in the same way, and anything else as it is.
func date(s string) string {
	t, err := time.ParseInLocation(time.DateOnly, s, calendar.China)
	if err != nil {
		return s
	}
	return day(t)
}

var quarters = map[string]string{"Q1": "第一季度", "Q2": "第二季度", "Q3": "第三季度", "Q4": "第四季度", "H1": "上半年", "H2": "下半年"}

// period shows 2026Q3, 2026H1, 2026-09, 2026 or a date in words.
func period(s string) string {
	if t, err := time.Parse("2006-01", s); err == nil {
		return fmt.Sprintf("%d年%d月", t.Year(), t.Month())
	}
	if len(s) < 4 || strings.Trim(s[:4], "0123456789") != "" {
		return s
	}
	if len(s) == 4 {
		return s + "年"
	}
	if part, ok := quarters[s[4:]]; ok {
		return s[:4] + "年" + part
	}
	return date(s)
}

// size shows a number of bytes as people say it.
func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d 字节", n)
}

// paragraphs splits plain text at its line ends.
func paragraphs(s string) []string {
	var out []string
	for p := range strings.SplitSeq(s, "\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
