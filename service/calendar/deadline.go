package calendar

import (
	"strings"
	"time"
)

// Unit is what a period is counted in. A source that says 日 means calendar
// days, one that says 工作日 means working days; they are never exchanged.
type Unit string

// The units of rule data.
const (
	CalendarDay Unit = "calendar_day"
	WorkingDay  Unit = "working_day"
	Month       Unit = "month"
	Year        Unit = "year"
)

// Units lists the units, for messages.
var Units = []Unit{CalendarDay, WorkingDay, Month, Year}

// Valid reports whether u is one of Units.
func (u Unit) Valid() bool {
	for _, known := range Units {
		if u == known {
			return true
		}
	}
	return false
}

// UnitNames gives the known units in one string, for messages of linters.
func UnitNames() string {
	names := make([]string, len(Units))
	for i, u := range Units {
		names[i] = string(u)
	}
	return strings.Join(names, ", ")
}

// Deadline gives the last moment (24:00 in China, see EndOfDay) of a period of
// n units that an event at from begins (n > 0) or ends (n < 0), and whether a
// day it depends on lies in a year whose schedule is not published.
//
//   - The day of the event is not counted (Civil Code 201).
//   - Months and years end on the corresponding day, or on the last of the
//     month where there is none (202).
//   - A period that ends on a day off ends on the next working day (203).
//   - n < 0 is "at least n before": the last day on which a notice is still in
//     time. It is not moved: later would shorten what the rule protects, and no
//     rule asks for earlier. Working days are counted back as such.
//   - n = 0 is the same day, whatever day it is.
//
// An unknown unit counts calendar days; loaders refuse it by Unit.Valid.
func (h *Holidays) Deadline(from time.Time, n int, unit Unit) (due time.Time, provisional bool) {
	start := Day(from)
	switch {
	case n == 0:
		return EndOfDay(start), false
	case unit == WorkingDay:
		last, guess := h.countWorkdays(start, n)
		return EndOfDay(last), guess
	}
	last := addUnits(start, n, unit)
	if n < 0 {
		return EndOfDay(last), false
	}
	last, provisional = h.workdayFrom(last)
	return EndOfDay(last), provisional
}

func addUnits(start time.Time, n int, unit Unit) time.Time {
	switch unit {
	case Month:
		return addMonths(start, n)
	case Year:
		return addMonths(start, 12*n)
	case CalendarDay, WorkingDay:
	}
	return start.AddDate(0, 0, n)
}

// addMonths stays within the month of arrival: 31 January + 1 month is the last
// of February, where time.AddDate would give the 3rd of March.
func addMonths(start time.Time, n int) time.Time {
	y, m, d := start.Date()
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, China)
	if end := first.AddDate(0, 1, -1).Day(); d > end {
		d = end
	}
	return first.AddDate(0, 0, d-1)
}

func (h *Holidays) countWorkdays(start time.Time, n int) (last time.Time, provisional bool) {
	step, left := 1, n
	if n < 0 {
		step, left = -1, -n
	}
	for last = start; left > 0; {
		last = last.AddDate(0, 0, step)
		working, guess := h.Workday(last)
		provisional = provisional || guess
		if working {
			left--
		}
	}
	return last, provisional
}

// workdayFrom gives d, or the first working day after it.
func (h *Holidays) workdayFrom(d time.Time) (last time.Time, provisional bool) {
	for {
		working, guess := h.Workday(d)
		provisional = provisional || guess
		if working {
			return d, provisional
		}
		d = d.AddDate(0, 0, 1)
	}
}
