package ranking

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"cunwu/service/calendar"
)

// Period is a month, a quarter, a year, or all time, in China.
type Period struct {
	Number int64  // 202609, 20263, 2026, 0: of different lengths, so none is another's
	Label  string // 2026-09, 2026Q3, 2026, all
}

// AllTime is the label of the period that everything lies in.
const AllTime = "all"

var periodForm = regexp.MustCompile(`^([12][0-9]{3})(?:-(0[1-9]|1[0-2])|Q([1-4]))?$`)

// ParsePeriod reads a period; "" is the quarter of now. ErrPeriod for what is
// none and for what has not begun.
func ParsePeriod(s string, now time.Time) (Period, error) {
	now = now.In(calendar.China)
	switch s {
	case "":
		return Period{quarterOf(now), fmt.Sprintf("%dQ%d", now.Year(), quarter(now))}, nil
	case AllTime:
		return Period{0, AllTime}, nil
	}
	m := periodForm.FindStringSubmatch(s)
	if m == nil {
		return Period{}, ErrPeriod.At("query.period", "写成 2026-09、2026Q3、2026 或 all")
	}
	at := func(i int) int64 {
		n, _ := strconv.ParseInt(m[i], 10, 64) // digits, or nothing
		return n
	}
	number, latest := at(1), yearOf(now)
	switch {
	case m[2] != "":
		number, latest = number*100+at(2), monthOf(now)
	case m[3] != "":
		number, latest = number*10+at(3), quarterOf(now)
	}
	if number > latest {
		return Period{}, ErrPeriod.At("query.period", "还没有到")
	}
	return Period{number, s}, nil
}

// Periods gives the numbers of the periods that a time lies in.
func Periods(at time.Time) []int64 {
	at = at.In(calendar.China)
	return []int64{monthOf(at), quarterOf(at), yearOf(at), 0}
}

func quarter(t time.Time) int     { return (int(t.Month()) + 2) / 3 }
func yearOf(t time.Time) int64    { return int64(t.Year()) }
func quarterOf(t time.Time) int64 { return yearOf(t)*10 + int64(quarter(t)) }
func monthOf(t time.Time) int64   { return yearOf(t)*100 + int64(t.Month()) }
