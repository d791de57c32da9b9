package demo

import (
	"fmt"
	"time"

	"cunwu/service/calendar"
)

// quarters is how many whole quarters before the current one have content.
const quarters = 8

// month is a calendar month, counted so that arithmetic is plain: year*12 + month-1.
type month int

func monthOf(t time.Time) month { return month(t.Year()*12 + int(t.Month()) - 1) }

func (m month) year() int           { return int(m) / 12 }
func (m month) number() int         { return int(m)%12 + 1 }
func (m month) day(d int) time.Time { return date(m.year(), m.number(), d) }
func (m month) period() string      { return fmt.Sprintf("%d-%02d", m.year(), m.number()) }
func (m month) title() string       { return fmt.Sprintf("%d年%d月", m.year(), m.number()) }
func (m month) last() time.Time     { return (m + 1).day(1).AddDate(0, 0, -1) }
func (m month) quarter() quarter    { return quarter(int(m) / 3) }

// quarter is year*4 + quarter-1.
type quarter int

func (q quarter) year() int      { return int(q) / 4 }
func (q quarter) number() int    { return int(q)%4 + 1 }
func (q quarter) first() month   { return month(int(q) * 3) }
func (q quarter) period() string { return fmt.Sprintf("%dQ%d", q.year(), q.number()) }
func (q quarter) title() string {
	return fmt.Sprintf("%d年%s季度", q.year(), [...]string{"一", "二", "三", "四"}[q.number()-1])
}

// half is year*2 + 0 or 1.
type half int

func (h half) period() string { return fmt.Sprintf("%dH%d", int(h)/2, int(h)%2+1) }
func (h half) title() string {
	return fmt.Sprintf("%d年%s半年", int(h)/2, [...]string{"上", "下"}[int(h)%2])
}

// firstMonth gives the month with which the half year begins.
func (h half) firstMonth() month { return month(int(h) * 6) }

// span is the stretch of time that has content: from the first day of the
// eighth quarter before the current one up to, not including, the day of the
// first start. All of it derives from that day alone.
type span struct {
	today time.Time // midnight in China
	start quarter   // the first whole quarter
}

func spanUntil(now time.Time) span {
	now = now.In(calendar.China)
	today := date(now.Year(), int(now.Month()), now.Day())
	return span{today: today, start: monthOf(today).quarter() - quarters}
}

// begin is the first day of the span.
func (s span) begin() time.Time { return s.start.first().day(1) }

// settled is when people and offices are entered: before the first posting.
func (s span) settled() time.Time { return s.begin().AddDate(0, 0, -20).Add(9 * time.Hour) }

func date(y, m, d int) time.Time {
	return time.Date(y, time.Month(m), d, 0, 0, 0, 0, calendar.China)
}

func iso(t time.Time) string { return t.Format(time.DateOnly) }

// spoken writes a day as people say it: 3月5日.
func spoken(t time.Time) string { return fmt.Sprintf("%d月%d日", int(t.Month()), t.Day()) }

func fullDay(t time.Time) string { return fmt.Sprintf("%d年%s", t.Year(), spoken(t)) }

// workday moves a Saturday or Sunday to the Monday after it. Holidays are not
// looked at: offices that publish on one are true to life.
func workday(t time.Time) time.Time {
	switch t.Weekday() {
	case time.Saturday:
		return t.AddDate(0, 0, 2)
	case time.Sunday:
		return t.AddDate(0, 0, 1)
	case time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday:
	}
	return t
}
