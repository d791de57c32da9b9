package duty

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/disclosure"
)

// term is one period of an item that recurs: what every village owes alike.
type term struct {
	item        disclosure.CatalogueItem
	order       int // of the item in the catalogue
	period      string
	end         time.Time // last day of the period, midnight
	due         time.Time // due day, midnight
	provisional bool
}

// key names a term or an event among the duties of a village.
type key struct{ item, period string }

// schedule is the terms of all items on a day, newest due first. It is the same
// for all villages and is never changed.
type schedule struct {
	today   time.Time // midnight
	edition *disclosure.Edition
	terms   []term
	byKey   map[key]int
	order   map[string]int
}

// newSchedule lists the terms that have begun and were due within the window
// or are still to be due. Terms that ended before Rules.From are none.
func newSchedule(r *Rules, e *disclosure.Edition, cal *calendar.Holidays, now time.Time) *schedule {
	today := calendar.Day(now)
	s := &schedule{today: today, edition: e, byKey: map[key]int{}, order: map[string]int{}}
	oldest := today.AddDate(0, -r.WindowMonths, 0)
	for i, item := range e.Items {
		s.order[item.Code] = i
		for _, period := range begun(item.Frequency, oldest, today) {
			t, ok := newTerm(item, i, period, cal)
			if ok && !t.end.Before(r.From) && !t.due.Before(oldest) {
				s.terms = append(s.terms, t)
			}
		}
	}
	slices.SortFunc(s.terms, func(a, b term) int {
		return cmp.Or(b.due.Compare(a.due), cmp.Compare(a.order, b.order), cmp.Compare(b.period, a.period))
	})
	for i, t := range s.terms {
		s.byKey[key{t.item.Code, t.period}] = i
	}
	return s
}

func newTerm(item disclosure.CatalogueItem, order int, period string, cal *calendar.Holidays) (term, bool) {
	end, ok := disclosure.PeriodEnd(item.Frequency, period)
	if !ok {
		return term{}, false
	}
	due, ok := item.Due(period, cal)
	if !ok {
		return term{}, false
	}
	_, provisional := cal.Deadline(end, item.DeadlineDays, unitOf(item))
	return term{item: item, order: order, period: period, end: end, due: calendar.Day(due), provisional: provisional}, true
}

func unitOf(item disclosure.CatalogueItem) calendar.Unit {
	if item.WorkingDays {
		return calendar.WorkingDay
	}
	return calendar.CalendarDay
}

// recurs reports whether an item falls due by itself, period after period. The
// others wait for an event.
func recurs(f disclosure.Frequency) bool { return months(f) > 0 }

// months gives the length of a frequency's periods, 0 for what has none.
func months(f disclosure.Frequency) int {
	switch f {
	case disclosure.Monthly:
		return 1
	case disclosure.Quarterly:
		return 3
	case disclosure.HalfYearly:
		return 6
	case disclosure.Yearly:
		return 12
	case disclosure.Standing, disclosure.AtOnce, disclosure.Before:
	}
	return 0
}

// begun gives the periods of a frequency that had begun by today and may have
// been due since oldest: an item may be due up to a year after its period.
func begun(f disclosure.Frequency, oldest, today time.Time) []string {
	n := months(f)
	if n == 0 {
		return nil
	}
	var out []string
	start := time.Date(oldest.Year()-1, time.January, 1, 0, 0, 0, 0, calendar.China)
	for ; !start.After(today); start = start.AddDate(0, n, 0) {
		out = append(out, periodName(f, start))
	}
	return out
}

// periodName writes the period that begins on a day, as the catalogue does.
func periodName(f disclosure.Frequency, start time.Time) string {
	y, m := start.Year(), int(start.Month())
	switch f {
	case disclosure.Monthly:
		return start.Format("2006-01")
	case disclosure.Quarterly:
		return fmt.Sprintf("%04dQ%d", y, (m+2)/3)
	case disclosure.HalfYearly:
		return fmt.Sprintf("%04dH%d", y, (m+5)/6)
	case disclosure.Yearly, disclosure.Standing, disclosure.AtOnce, disclosure.Before:
	}
	return fmt.Sprintf("%04d", y)
}

// eventDue gives the due day of the duty that an event started.
func (r *Rules) eventDue(item disclosure.CatalogueItem, e Event, cal *calendar.Holidays) (due time.Time, provisional, ok bool) {
	on, ok := readDay(e.On)
	if !ok {
		return time.Time{}, false, false
	}
	n, unit := item.DeadlineDays, unitOf(item)
	if e.Kind == Demanded {
		n, unit = r.DemandDays, calendar.CalendarDay
	}
	last, provisional := cal.Deadline(on, n, unit)
	return calendar.Day(last), provisional, true
}

// stateOn gives the state of a duty that is neither done nor exempt, on a day:
// opens is the first day on which it can be done, due its due day, until the
// day of an extension or zero.
func (r *Rules) stateOn(today, opens, due, until time.Time) State {
	limit := due
	if !until.IsZero() {
		if !today.After(until) {
			return Extended
		}
		limit = until
	}
	switch late := daysBetween(limit, today); {
	case late >= r.VeryOverdueDays:
		return VeryOverdue
	case late > 0:
		return Overdue
	case today.Before(opens):
		return Upcoming
	}
	return Due
}

// daysBetween counts days from a to b; both are midnights in China, where no
// day is longer than another.
func daysBetween(a, b time.Time) int { return int(b.Sub(a) / (24 * time.Hour)) }
