package calendar

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
)

// HolidayFiles is where the tables lie inside the rule book.
const HolidayFiles = "holidays/*.csv"

const dateLayout = "2006-01-02"

// Holidays knows which days are worked. It is immutable once loaded and safe
// to share. A nil *Holidays knows weekends only.
type Holidays struct {
	off       map[day]bool // days off by the published schedule
	makeUp    map[day]bool // weekend days worked in exchange
	festivals map[day]bool // legal festivals of years without a schedule
	published map[int]bool // years whose schedule is complete
}

// day is a date in China, comparable.
type day struct {
	year  int
	month time.Month
	day   int
}

func dayOf(t time.Time) day {
	y, m, d := t.In(China).Date()
	return day{y, m, d}
}

// Day gives the midnight with which the day of t begins in China.
func Day(t time.Time) time.Time {
	y, m, d := t.In(China).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, China)
}

// EndOfDay gives the last millisecond of the day of t in China. A deadline runs
// to 24:00 of its last day (Civil Code 203); the last millisecond is stored so
// that the date shown is the last day and not the one after it.
func EndOfDay(t time.Time) time.Time {
	return Day(t).AddDate(0, 0, 1).Add(-time.Millisecond)
}

// Workday reports whether the day of t is worked, and whether that is a guess
// because the schedule of its year is not published yet.
func (h *Holidays) Workday(t time.Time) (working, provisional bool) {
	d := dayOf(t)
	weekend := isWeekend(t)
	if h == nil {
		return !weekend, true
	}
	provisional = !h.published[d.year]
	switch {
	case h.makeUp[d]:
		return true, provisional
	case h.off[d], h.festivals[d]:
		return false, provisional
	}
	return !weekend, provisional
}

// Published reports whether the schedule of a year is known.
func (h *Holidays) Published(year int) bool { return h != nil && h.published[year] }

func isWeekend(t time.Time) bool {
	w := t.In(China).Weekday()
	return w == time.Saturday || w == time.Sunday
}

// LoadHolidays reads every table of HolidayFiles. A table headed
// "date,name,kind" is a schedule as published, kind being "holiday" or
// "workday"; one headed "date,name" lists the legal festivals of years whose
// schedule is still to come. A year counts as published when its 1 January is
// in a schedule. All problems are reported at once, each with file and row.
func LoadHolidays(fsys fs.FS) (*Holidays, error) {
	h := &Holidays{off: map[day]bool{}, makeUp: map[day]bool{}, festivals: map[day]bool{}, published: map[int]bool{}}
	names, err := fs.Glob(fsys, HolidayFiles)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("calendar: 没有找到节假日表 %s", HolidayFiles)
	}
	var problems []error
	for _, name := range names {
		problems = append(problems, h.readTable(fsys, name)...)
	}
	for d := range h.festivals {
		if h.published[d.year] {
			problems = append(problems, fmt.Errorf("%s: %d 年的安排已经公布，请从法定节日表中删去这一年（%04d-%02d-%02d）",
				HolidayFiles, d.year, d.year, d.month, d.day))
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return h, nil
}

func (h *Holidays) readTable(fsys fs.FS, name string) []error {
	f, err := fsys.Open(name)
	if err != nil {
		return []error{fmt.Errorf("%s: %w", name, err)}
	}
	defer func() { _ = f.Close() }() // read only
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1 // counted by row below, so that all rows are reported
	head, err := r.Read()
	if err != nil {
		return []error{fmt.Errorf("%s:1: 读不出表头: %w", name, err)}
	}
	var add func(d time.Time, row []string) error
	switch strings.Join(head, ",") {
	case "date,name,kind":
		add = h.addScheduled
	case "date,name":
		add = h.addFestival
	default:
		return []error{fmt.Errorf("%s:1: 表头应是 date,name,kind（已公布的安排）或 date,name（法定节日），现在是 %q", name, strings.Join(head, ","))}
	}
	return readRows(r, name, len(head), add)
}

func readRows(r *csv.Reader, name string, columns int, add func(time.Time, []string) error) []error {
	var problems []error
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return problems
		}
		if err != nil {
			return append(problems, fmt.Errorf("%s: %w", name, err))
		}
		line, _ := r.FieldPos(0)
		if err := readRow(row, columns, add); err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %w", name, line, err))
		}
	}
}

func readRow(row []string, columns int, add func(time.Time, []string) error) error {
	if len(row) != columns {
		return fmt.Errorf("应有 %d 列，现在是 %d 列", columns, len(row))
	}
	d, err := time.ParseInLocation(dateLayout, row[0], China)
	if err != nil {
		return fmt.Errorf("日期 %q 不对，应写成 2026-01-01 的样子", row[0])
	}
	if strings.TrimSpace(row[1]) == "" {
		return errors.New("节日名称不能为空")
	}
	return add(d, row)
}

func (h *Holidays) addScheduled(d time.Time, row []string) error {
	key := dayOf(d)
	if h.off[key] || h.makeUp[key] {
		return fmt.Errorf("日期 %s 重复", row[0])
	}
	switch row[2] {
	case "holiday":
		h.off[key] = true
	case "workday":
		if !isWeekend(d) {
			return fmt.Errorf("%s 本来就是工作日，调休上班（workday）只能是周六或周日", row[0])
		}
		h.makeUp[key] = true
	default:
		return fmt.Errorf("kind %q 不对，应是 holiday（放假）或 workday（调休上班）", row[2])
	}
	// A schedule may reach into the last days of the year before; only its own
	// 1 January shows that a year is complete.
	if key.month == time.January && key.day == 1 {
		h.published[key.year] = true
	}
	return nil
}

func (h *Holidays) addFestival(d time.Time, _ []string) error {
	h.festivals[dayOf(d)] = true // two festivals may share a day
	return nil
}
