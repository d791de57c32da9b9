package indicator

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"cunwu/service/calendar"
)

// Period is a run of whole months.
type Period struct {
	Name     string // 2026-09, 2026Q3, 2026H1 or 2026
	From, To Month  // both included
}

var periodForm = regexp.MustCompile(`^(20\d{2})(?:-(0[1-9]|1[0-2])|Q([1-4])|H([12]))?$`)

// ParsePeriod reads 2026-09, 2026Q3, 2026H1 or 2026. indicator.period_invalid.
func ParsePeriod(text string) (Period, error) {
	m := periodForm.FindStringSubmatch(text)
	if m == nil {
		return Period{}, ErrPeriod.At("query.period", "请写成 2026-09、2026Q3、2026H1 或 2026。")
	}
	number := func(s string) int {
		n, _ := strconv.Atoi(s) // digits, or nothing where the form has no such part
		return n
	}
	first, months := 1, 12
	switch {
	case m[2] != "":
		first, months = number(m[2]), 1
	case m[3] != "":
		first, months = number(m[3])*3-2, 3
	case m[4] != "":
		first, months = number(m[4])*6-5, 6
	}
	year := number(m[1]) * 100
	return Period{text, Month(year + first), Month(year + first + months - 1)}, nil
}

// LastQuarter gives the last quarter that was over at a time.
func LastQuarter(at time.Time) Period {
	at = at.In(calendar.China)
	first := (int(at.Month())-1)/3*3 + 1
	end := time.Date(at.Year(), time.Month(first), 0, 0, 0, 0, 0, calendar.China) // the day before this quarter
	q := (int(end.Month())-1)/3 + 1
	return Period{fmt.Sprintf("%dQ%d", end.Year(), q), Month(end.Year()*100 + q*3 - 2), Month(end.Year()*100 + q*3)}
}

// holds reports whether a day lies in the period.
func (p Period) holds(day time.Time) bool {
	m := MonthOf(day.In(calendar.China))
	return p.From <= m && m <= p.To
}
