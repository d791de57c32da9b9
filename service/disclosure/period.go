package disclosure

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"cunwu/service/calendar"
)

// periodForms is how the period of each frequency is written, and how that is
// told to people.
func periodForm(f Frequency) (form *regexp.Regexp, told string) {
	switch f {
	case Monthly:
		return monthForm, "月份，例如 2026-09"
	case Quarterly:
		return quarterForm, "季度，例如 2026Q3"
	case HalfYearly:
		return halfForm, "半年，例如 2026H1"
	case Yearly, Standing:
		return yearForm, "年份，例如 2026"
	case AtOnce, Before:
	}
	return dayForm, "日期，例如 2026-09-18"
}

var (
	monthForm   = regexp.MustCompile(`^20\d{2}-(0[1-9]|1[0-2])$`)
	quarterForm = regexp.MustCompile(`^20\d{2}Q[1-4]$`)
	halfForm    = regexp.MustCompile(`^20\d{2}H[12]$`)
	yearForm    = regexp.MustCompile(`^20\d{2}$`)
	dayForm     = regexp.MustCompile(`^20\d{2}-\d{2}-\d{2}$`)
)

// PeriodEnd gives the last day (midnight in China) of a period as the frequency
// writes it: 2026-09, 2026Q3, 2026H1, 2026 or a date. It is false for what is
// none.
func PeriodEnd(f Frequency, period string) (time.Time, bool) {
	form, _ := periodForm(f)
	if !form.MatchString(period) {
		return time.Time{}, false
	}
	if form == dayForm {
		return readDay(period)
	}
	year, err := strconv.Atoi(period[:4])
	if err != nil {
		return time.Time{}, false
	}
	month := 12
	switch f {
	case Monthly:
		month = int(period[5]-'0')*10 + int(period[6]-'0')
	case Quarterly:
		month = int(period[5]-'0') * 3
	case HalfYearly:
		month = int(period[5]-'0') * 6
	case Yearly, Standing, AtOnce, Before:
	}
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, calendar.China), true
}

func readDay(text string) (time.Time, bool) {
	day, err := time.ParseInLocation(time.DateOnly, text, calendar.China)
	return day, err == nil && day.Year() >= 1900 && day.Year() < 2200
}

// Due gives the last moment at which a disclosure of a period is in time, from
// the item's rule and the calendar. It is false for what has no due date: a
// standing item counts from a change that its period does not tell.
func (i CatalogueItem) Due(period string, cal *calendar.Holidays) (time.Time, bool) {
	end, ok := PeriodEnd(i.Frequency, period)
	if !ok || i.Frequency == Standing {
		return time.Time{}, false
	}
	unit := calendar.CalendarDay
	if i.WorkingDays {
		unit = calendar.WorkingDay
	}
	due, _ := cal.Deadline(end, i.DeadlineDays, unit)
	return due, true
}

// periodic reports whether an item comes back with every period.
func (f Frequency) periodic() bool {
	switch f {
	case Monthly, Quarterly, HalfYearly, Yearly, Standing:
		return true
	case AtOnce, Before:
	}
	return false
}

// months is how many months a period is long, 0 where it is a day.
func (f Frequency) months() int {
	switch f {
	case Monthly:
		return 1
	case Quarterly:
		return 3
	case HalfYearly:
		return 6
	case Yearly, Standing:
		return 12
	case AtOnce, Before:
	}
	return 0
}

// PeriodStart gives the first day (midnight in China) of a period; see
// PeriodEnd. It is false for what is none.
func PeriodStart(f Frequency, period string) (time.Time, bool) {
	end, ok := PeriodEnd(f, period)
	if n := f.months(); ok && n > 0 {
		return time.Date(end.Year(), end.Month()-time.Month(n-1), 1, 0, 0, 0, 0, calendar.China), true
	}
	return end, ok
}

// PreviousPeriod gives the period before one, as the frequency writes it. It is
// false where there is none: for days, and before the year 2000.
func PreviousPeriod(f Frequency, period string) (string, bool) {
	return periodBefore(f, period, f.months())
}

// YearBefore gives the same period a year before. It is false where there is
// none, and for years, whose previous period it is.
func YearBefore(f Frequency, period string) (string, bool) {
	if f.months() == 12 {
		return "", false
	}
	return periodBefore(f, period, 12)
}

func periodBefore(f Frequency, period string, months int) (string, bool) {
	start, ok := PeriodStart(f, period)
	if !ok || f.months() == 0 {
		return "", false
	}
	out := writePeriod(f, start.AddDate(0, -months, 0))
	_, ok = PeriodEnd(f, out)
	return out, ok
}

// writePeriod writes the period that begins on a day.
func writePeriod(f Frequency, start time.Time) string {
	year, month := start.Year(), int(start.Month())
	switch f {
	case Monthly:
		return fmt.Sprintf("%04d-%02d", year, month)
	case Quarterly:
		return fmt.Sprintf("%04dQ%d", year, (month+2)/3)
	case HalfYearly:
		return fmt.Sprintf("%04dH%d", year, (month+5)/6)
	case Yearly, Standing:
		return fmt.Sprintf("%04d", year)
	case AtOnce, Before:
	}
	return start.Format(time.DateOnly)
}
