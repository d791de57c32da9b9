package calendar_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"cunwu/service/calendar"
)

const ruleBook = "../../config/rules"

func load(t testing.TB) *calendar.Holidays {
	t.Helper()
	h, err := calendar.LoadHolidays(os.DirFS(ruleBook))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func day(t testing.TB, s string) time.Time {
	t.Helper()
	d, err := time.ParseInLocation(time.DateOnly, s, calendar.China)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	h := load(t)
	for name, tc := range map[string]struct {
		from        string
		n           int
		unit        calendar.Unit
		want        string
		provisional bool
	}{
		"the first day is not counted":                     {"2026-03-02", 1, calendar.CalendarDay, "2026-03-03", false},
		"an end on Saturday moves to Monday":               {"2026-03-02", 5, calendar.CalendarDay, "2026-03-09", false},
		"days off inside a period are counted":             {"2026-03-06", 3, calendar.CalendarDay, "2026-03-09", false},
		"an end in the Spring Festival moves behind it":    {"2026-02-10", 6, calendar.CalendarDay, "2026-02-24", false},
		"a make-up working Saturday is a working day":      {"2026-02-10", 4, calendar.CalendarDay, "2026-02-14", false},
		"working days skip the festival":                   {"2026-02-12", 3, calendar.WorkingDay, "2026-02-24", false},
		"five working days over a weekend":                 {"2026-03-05", 5, calendar.WorkingDay, "2026-03-12", false},
		"ten days before a meeting, not moved":             {"2026-03-18", -10, calendar.CalendarDay, "2026-03-08", false},
		"three working days before, over a weekend":        {"2026-03-10", -3, calendar.WorkingDay, "2026-03-05", false},
		"the same day, even on a Sunday":                   {"2026-03-08", 0, calendar.CalendarDay, "2026-03-08", false},
		"a month ends on the corresponding day":            {"2026-03-05", 1, calendar.Month, "2026-04-07", false}, // 5 and 6 April are off
		"a month without that day ends on its last":        {"2025-01-31", 1, calendar.Month, "2025-02-28", false},
		"a month backwards":                                {"2026-03-31", -1, calendar.Month, "2026-02-28", false},
		"years over a leap day":                            {"2024-02-29", 1, calendar.Year, "2025-02-28", false},
		"a year not published is provisional":              {"2026-12-30", 5, calendar.CalendarDay, "2027-01-04", true},
		"a legal festival of a year not published":         {"2027-01-30", 7, calendar.CalendarDay, "2027-02-09", true},
		"beyond all tables weekends only":                  {"2040-09-30", 1, calendar.CalendarDay, "2040-10-01", true},
		"working days that pass into the unpublished year": {"2026-12-31", 1, calendar.WorkingDay, "2027-01-04", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Any hour of the day, in any zone, is the same day in China.
			from := day(t, tc.from).Add(23*time.Hour + 59*time.Minute).UTC()
			due, provisional := h.Deadline(from, tc.n, tc.unit)
			if got := due.Format("2006-01-02 15:04:05.000"); got != tc.want+" 23:59:59.999" || provisional != tc.provisional {
				t.Errorf("got %s %v", got, provisional)
			}
		})
	}
}

func TestDeadline_WithoutTables(t *testing.T) {
	t.Parallel()
	var h *calendar.Holidays
	due, provisional := h.Deadline(day(t, "2026-09-30"), 1, calendar.CalendarDay)
	if due.Format(time.DateOnly) != "2026-10-01" || !provisional || h.Published(2026) {
		t.Errorf("%s %v", due, provisional)
	}
}

// reference is a second reading of the tables and of the law, by strings and
// day after day, sharing no code with the package.
type reference struct{ off, on, festival map[string]bool }

func newReference(t testing.TB) reference {
	t.Helper()
	r := reference{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, file := range []string{"holidays-2021-2026.csv", "legal-festivals-2027-2031.csv"} {
		data, err := os.ReadFile(ruleBook + "/holidays/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n")[1:] {
			switch cells := strings.Split(strings.TrimSpace(line), ","); {
			case len(cells) == 2:
				r.festival[cells[0]] = true
			case cells[2] == "holiday":
				r.off[cells[0]] = true
			default:
				r.on[cells[0]] = true
			}
		}
	}
	return r
}

func (r reference) works(d time.Time) bool {
	s := d.Format("2006-01-02")
	if r.on[s] {
		return true
	}
	return !r.off[s] && !r.festival[s] && d.Weekday() != time.Sunday && d.Weekday() != time.Saturday
}

func (r reference) due(from time.Time, n int, unit calendar.Unit) time.Time {
	one := 1
	if n < 0 {
		one, n = -1, -n
	}
	d := from
	for n > 0 {
		d = d.AddDate(0, 0, one)
		if unit == calendar.CalendarDay || r.works(d) {
			n--
		}
	}
	for one > 0 && !d.Equal(from) && !r.works(d) {
		d = d.AddDate(0, 0, 1)
	}
	return d
}

func TestDeadline_AgreesWithReference(t *testing.T) {
	t.Parallel()
	h, ref := load(t), newReference(t)
	first := day(t, "2020-06-01")
	rapid.Check(t, func(t *rapid.T) {
		from := first.AddDate(0, 0, rapid.IntRange(0, 13*366).Draw(t, "day"))
		n := rapid.IntRange(-60, 60).Draw(t, "n")
		unit := rapid.SampledFrom([]calendar.Unit{calendar.CalendarDay, calendar.WorkingDay}).Draw(t, "unit")
		hour := time.Duration(rapid.IntRange(0, 86399).Draw(t, "second")) * time.Second
		got, _ := h.Deadline(from.Add(hour), n, unit)
		want := ref.due(from, n, unit)
		if got.Format(time.DateOnly) != want.Format(time.DateOnly) {
			t.Fatalf("%s %+d %s: got %s, want %s", from.Format(time.DateOnly), n, unit, got, want)
		}
	})
}

// What must hold of any deadline, whatever the tables say.
func TestDeadline_Properties(t *testing.T) {
	t.Parallel()
	h := load(t)
	first := day(t, "2019-01-01")
	rapid.Check(t, func(t *rapid.T) {
		from := first.AddDate(0, 0, rapid.IntRange(0, 20*366).Draw(t, "day"))
		n := rapid.IntRange(1, 400).Draw(t, "n")
		unit := rapid.SampledFrom(calendar.Units).Draw(t, "unit")
		due, provisional := h.Deadline(from, n, unit)
		if working, guess := h.Workday(due); !working || (guess && !provisional) {
			t.Fatalf("%s +%d %s ends on a day off, or hides a guess: %s", from, n, unit, due)
		}
		if due.Sub(from) < time.Duration(n)*24*time.Hour {
			t.Fatalf("%s +%d %s is shortened to %s", from, n, unit, due)
		}
		if later, _ := h.Deadline(from, n+1, unit); later.Before(due) {
			t.Fatalf("a longer period ends earlier: %s, %s", due, later)
		}
		if next, _ := h.Deadline(from.AddDate(0, 0, 1), n, unit); next.Before(due) {
			t.Fatalf("a later start ends earlier: %s, %s", due, next)
		}
		if before, _ := h.Deadline(from, -n, unit); !before.Before(from) {
			t.Fatalf("%d %s before %s is %s", n, unit, from, before)
		}
	})
}

func TestLoadHolidays(t *testing.T) {
	t.Parallel()

	t.Run("the rule book is sound", func(t *testing.T) {
		t.Parallel()
		h := load(t)
		for year, want := range map[int]bool{2020: false, 2021: true, 2026: true, 2027: false} {
			if h.Published(year) != want {
				t.Errorf("published(%d) = %v", year, !want)
			}
		}
	})

	t.Run("all problems at once, by file and row", func(t *testing.T) {
		t.Parallel()
		_, err := calendar.LoadHolidays(fstest.MapFS{
			"holidays/a.csv": {Data: []byte("date,name,kind\n2026-01-01,元旦,holiday\n2026-01-01,元旦,holiday\n2026-1-2,元旦,holiday\n" +
				"2026-01-03,,holiday\n2026-01-04,元旦,feast\n2026-01-05,元旦,workday\n2026-01-06,元旦\n")},
			"holidays/b.csv": {Data: []byte("date,name\n2026-05-01,劳动节\n2027-02-30,春节\n")},
			"holidays/c.csv": {Data: []byte("day,what\n")},
			"holidays/d.csv": {Data: nil},
			"holidays/e.csv": {Data: []byte("date,name\n2027-01-01,\"元旦\n")},
		})
		if err == nil {
			t.Fatal("accepted")
		}
		for _, want := range []string{
			"a.csv:3: 日期 2026-01-01 重复", "a.csv:4: 日期 \"2026-1-2\" 不对", "a.csv:5: 节日名称不能为空",
			"a.csv:6: kind \"feast\" 不对，应是 holiday", "a.csv:7: 2026-01-05 本来就是工作日", "a.csv:8: 应有 3 列，现在是 2 列",
			"b.csv:3: 日期 \"2027-02-30\" 不对", "2026 年的安排已经公布", "c.csv:1: 表头应是", "d.csv:1: 读不出表头", "e.csv: ",
		} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("missing %q in\n%v", want, err)
			}
		}
	})

	t.Run("no table at all", func(t *testing.T) {
		t.Parallel()
		if _, err := calendar.LoadHolidays(fstest.MapFS{}); err == nil {
			t.Error("accepted")
		}
	})
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for _, u := range calendar.Units {
		if !u.Valid() || !strings.Contains(calendar.UnitNames(), string(u)) {
			t.Errorf("%s", u)
		}
	}
	if calendar.Unit("day").Valid() {
		t.Error("day is no unit: calendar or working?")
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	at := day(t, "2026-03-02")
	if got := calendar.Func(func() time.Time { return at }).Now(); !got.Equal(at) {
		t.Error(got)
	}
	if (calendar.System{}).Now().IsZero() {
		t.Error("no time")
	}
}

func FuzzLoadHolidays(f *testing.F) {
	f.Add([]byte("date,name,kind\n2026-01-01,元旦,holiday\n2026-01-04,元旦,workday\n"))
	f.Add([]byte("date,name\n2027-01-01,元旦\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := calendar.LoadHolidays(fstest.MapFS{"holidays/x.csv": {Data: data}})
		if (h == nil) == (err == nil) {
			t.Fatal("both or neither")
		}
	})
}
