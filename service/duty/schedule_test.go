package duty

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

var book = os.DirFS("../../config/rules")

// parts are the rule book's, as the program loads them.
type parts struct {
	reckoner
	catalogue *disclosure.Catalogue
}

func load(t testing.TB) parts {
	t.Helper()
	r, err := LoadRules(book)
	if err != nil {
		t.Fatal(err)
	}
	h, err := calendar.LoadHolidays(book)
	if err != nil {
		t.Fatal(err)
	}
	c, err := disclosure.LoadCatalogue(book)
	if err != nil {
		t.Fatal(err)
	}
	return parts{reckoner{rules: r, holidays: h}, c}
}

func on(t testing.TB, day string) time.Time {
	t.Helper()
	d, ok := readDay(day)
	if !ok {
		t.Fatalf("%q is no day", day)
	}
	return d
}

func (p parts) schedule(day time.Time) *schedule {
	return newSchedule(p.rules, p.catalogue.At(day), p.holidays, day)
}

// find gives one duty of a village, at noon of a day.
func (p parts) find(t testing.TB, day, item, period string, f Facts) Duty {
	t.Helper()
	f.Active = true
	for _, d := range p.all(p.schedule(on(t, day).Add(12*time.Hour)), f) {
		if d.ItemCode == item && d.Period == period {
			return d
		}
	}
	t.Fatalf("on %s there is no duty %s %s", day, item, period)
	return Duty{}
}

func TestState_ByDay(t *testing.T) {
	t.Parallel()
	p := load(t)
	extended := Facts{Exceptions: []Exception{{ItemCode: "D02", Period: "2026-03", Kind: Extension, Until: "2026-04-30"}}}
	exempt := Facts{Exceptions: []Exception{{ItemCode: "D02", Period: "2026-03", Kind: Exemption}}}
	at := func(day string, late bool) Facts {
		return Facts{Postings: []Posting{{ID: "p", ItemCode: "D02", Period: "2026-03", FirstAt: on(t, day).Add(23 * time.Hour), Late: late}}}
	}
	both := func(a, b Facts) Facts { a.Exceptions = b.Exceptions; return a }
	for name, tc := range map[string]struct {
		day   string
		facts Facts
		want  State
	}{
		"the period's last day":            {"2026-03-31", Facts{}, Upcoming},
		"the day after it":                 {"2026-04-01", Facts{}, Due},
		"the due day":                      {"2026-04-15", Facts{}, Due},
		"the day after that":               {"2026-04-16", Facts{}, Overdue},
		"29 days late":                     {"2026-05-14", Facts{}, Overdue},
		"30 days late":                     {"2026-05-15", Facts{}, VeryOverdue},
		"extended":                         {"2026-04-16", extended, Extended},
		"the extension's last day":         {"2026-04-30", extended, Extended},
		"the extension is over":            {"2026-05-01", extended, Overdue},
		"30 days after the extension":      {"2026-05-30", extended, VeryOverdue},
		"exempt":                           {"2026-06-01", exempt, NotApplicable},
		"done on the last day":             {"2026-06-01", at("2026-04-15", false), Done},
		"done late":                        {"2026-06-01", at("2026-04-16", true), DoneLate},
		"done late, within the extension":  {"2026-06-01", both(at("2026-04-30", true), extended), Done},
		"done late, after the extension":   {"2026-06-01", both(at("2026-05-01", true), extended), DoneLate},
		"done although found not to apply": {"2026-06-01", both(at("2026-04-15", false), exempt), Done},
		"done before the period was over":  {"2026-03-31", at("2026-03-30", false), Done},
		"another period does not do it": {"2026-04-16", Facts{Postings: []Posting{{
			ID: "p", ItemCode: "D02", Period: "2026-02", FirstAt: on(t, "2026-04-01"),
		}}}, Overdue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if d := p.find(t, tc.day, "D02", "2026-03", tc.facts); d.State != tc.want {
				t.Errorf("%s, want %s", d.State, tc.want)
			}
		})
	}
}

func TestDueOn(t *testing.T) {
	t.Parallel()
	p := load(t)
	event := func(item, day string) Facts {
		return Facts{Events: []Event{{ItemCode: item, On: day, Kind: Happened}}}
	}
	demanded := Facts{Events: []Event{{ItemCode: "D02", On: "2026-03-03", Kind: Demanded}}}
	for name, tc := range map[string]struct {
		today, item, period string
		facts               Facts
		want                string
		provisional         bool
	}{
		"a month":                                   {"2026-04-01", "D02", "2026-03", Facts{}, "2026-04-15", false},
		"a month whose due day is a festival":       {"2026-02-10", "D02", "2026-01", Facts{}, "2026-02-24", false},
		"a quarter whose due day is Saturday":       {"2026-08-01", "D03", "2026Q2", Facts{}, "2026-07-15", false},
		"a half year":                               {"2026-08-01", "E06", "2026H1", Facts{}, "2026-07-15", false},
		"a year, in one not published":              {"2026-12-01", "D01", "2026", Facts{}, "2027-02-01", true},
		"20 working days over the Spring Festival":  {"2026-03-01", "G01", "2026-02-10", event("G01", "2026-02-10"), "2026-03-16", false},
		"a standing item to a make-up working day":  {"2026-02-10", "A03", "2026-02-09", event("A03", "2026-02-09"), "2026-02-14", false},
		"5 days that end on Saturday":               {"2026-03-10", "A03", "2026-03-02", event("A03", "2026-03-02"), "2026-03-09", false},
		"10 days before a meeting, a Sunday, stays": {"2026-03-02", "B01", "2026-03-18", event("B01", "2026-03-18"), "2026-03-08", false},
		"the same day":                              {"2026-03-08", "A07", "2026-03-08", event("A07", "2026-03-08"), "2026-03-08", false},
		"what villagers demand":                     {"2026-03-08", "D02", "2026-03-03", demanded, "2026-03-13", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := p.find(t, tc.today, tc.item, tc.period, tc.facts)
			if got := d.DueOn.Format(dayFormat); got != tc.want || d.Provisional != tc.provisional {
				t.Errorf("%s (%v), want %s (%v)", got, d.Provisional, tc.want, tc.provisional)
			}
		})
	}
}

// What must be known in advance, and what is done by any later publication.
func TestEvents_Done(t *testing.T) {
	t.Parallel()
	p := load(t)
	posted := func(item, period string, days ...string) Posting {
		out := Posting{ID: "p", ItemCode: item, Period: period}
		for _, d := range days {
			out.PublishedAt = append(out.PublishedAt, on(t, d).Add(9*time.Hour))
		}
		out.FirstAt = out.PublishedAt[0]
		return out
	}
	for name, tc := range map[string]struct {
		e       Event
		posting Posting
		want    State
	}{
		"the event's own day":                    {Event{ItemCode: "B03", On: "2026-03-05"}, posted("B03", "2026-03-05", "2026-03-06"), Done},
		"another day's event":                    {Event{ItemCode: "B03", On: "2026-03-05"}, posted("B03", "2026-03-04", "2026-03-06"), VeryOverdue},
		"a standing item before the change":      {Event{ItemCode: "A02", On: "2026-03-05"}, posted("A02", "2026", "2026-03-04"), VeryOverdue},
		"a standing item on the day":             {Event{ItemCode: "A02", On: "2026-03-05"}, posted("A02", "2026", "2026-03-05"), Done},
		"a standing item late":                   {Event{ItemCode: "A02", On: "2026-03-05"}, posted("A02", "2026", "2026-03-17"), DoneLate},
		"a new version of a standing item":       {Event{ItemCode: "A02", On: "2026-03-05"}, posted("A02", "2026", "2026-01-05", "2026-03-10", "2026-05-01"), Done},
		"the version of the change came late":    {Event{ItemCode: "A02", On: "2026-03-05"}, posted("A02", "2026", "2026-01-05", "2026-04-10"), DoneLate},
		"demanded, and disclosed before":         {Event{ItemCode: "D02", On: "2026-03-05", Kind: Demanded}, posted("D02", "2026-02", "2026-03-01"), VeryOverdue},
		"demanded, and disclosed for any period": {Event{ItemCode: "D02", On: "2026-03-05", Kind: Demanded}, posted("D02", "2026-02", "2026-03-16"), Done},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := p.find(t, "2026-06-01", tc.e.ItemCode, tc.e.On, Facts{Events: []Event{tc.e}, Postings: []Posting{tc.posting}})
			if d.State != tc.want {
				t.Errorf("%s (due %s), want %s", d.State, d.DueOn.Format(dayFormat), tc.want)
			}
		})
	}
}

// Every period of every item that recurs is there once: from the day the rules
// name, as soon as it has begun, until it was due a window ago.
func TestSchedule_Whole(t *testing.T) {
	t.Parallel()
	p := load(t)
	rapid.Check(t, func(rt *rapid.T) {
		today := p.rules.From.AddDate(0, 0, rapid.IntRange(-400, 1500).Draw(rt, "day"))
		s := p.schedule(today)
		oldest := today.AddDate(0, -p.rules.WindowMonths, 0)
		for _, item := range s.edition.Items {
			n := months(item.Frequency)
			if n == 0 {
				continue
			}
			want := 0
			for start := time.Date(2025, 1, 1, 0, 0, 0, 0, calendar.China); !start.After(today); start = start.AddDate(0, n, 0) {
				end := start.AddDate(0, n, -1)
				due, _ := p.holidays.Deadline(end, item.DeadlineDays, unitOf(item))
				if !end.Before(p.rules.From) && !calendar.Day(due).Before(oldest) {
					want++
				}
			}
			got := 0
			for _, term := range s.terms {
				if term.item.Code == item.Code {
					got++
				}
			}
			if got != want || s.order[item.Code] == 0 && item.Code != s.edition.Items[0].Code {
				rt.Fatalf("%s on %s: %d periods, want %d", item.Code, today.Format(dayFormat), got, want)
			}
		}
		for i, term := range s.terms {
			if s.byKey[key{term.item.Code, term.period}] != i || i > 0 && term.due.After(s.terms[i-1].due) {
				rt.Fatalf("%v is not in its place", term)
			}
		}
	})
}

func TestWindow(t *testing.T) {
	t.Parallel()
	p := load(t)
	periods := func(day, item string) string {
		var out []string
		for _, term := range p.schedule(on(t, day)).terms {
			if term.item.Code == item {
				out = append(out, term.period)
			}
		}
		return strings.Join(out, " ")
	}
	for _, tc := range [][3]string{
		{"2026-01-01", "D03", "2026Q1"},
		{"2026-04-01", "D03", "2026Q2 2026Q1"},
		{"2027-04-15", "D03", "2027Q2 2027Q1 2026Q4 2026Q3 2026Q2 2026Q1"},
		{"2027-04-16", "D03", "2027Q2 2027Q1 2026Q4 2026Q3 2026Q2"},
		{"2026-02-28", "D02", "2026-02 2026-01"},
		{"2025-12-31", "D02", ""},
		{"2026-06-30", "D01", "2026"},
		{"2026-07-01", "E06", "2026H2 2026H1"},
		{"2026-07-01", "B03", ""},
	} {
		if got := periods(tc[0], tc[1]); got != tc[2] {
			t.Errorf("%s on %s: %q, want %q", tc[1], tc[0], got, tc[2])
		}
	}
}

func TestStageOn(t *testing.T) {
	t.Parallel()
	p := load(t)
	for day, want := range map[string]string{
		"2026-03-31": "", "2026-04-09": "", "2026-04-10": "before5", "2026-04-13": "before5", "2026-04-14": "before1",
		"2026-04-15": "before1", "2026-04-16": "passed", "2026-04-18": "passed", "2026-04-19": "",
		"2026-04-20": "township", "2026-04-22": "township", "2026-04-23": "", "2026-06-01": "",
	} {
		d := p.find(t, day, "D02", "2026-03", Facts{})
		if got := p.rules.stageOn(on(t, day), d); got != want {
			t.Errorf("%s: %q, want %q", day, got, want)
		}
	}
	x := Facts{Exceptions: []Exception{{ItemCode: "D02", Period: "2026-03", Kind: Extension, Until: "2026-04-30"}}}
	for day, want := range map[string]string{"2026-04-16": "", "2026-04-29": "", "2026-04-30": "", "2026-05-01": "passed", "2026-05-06": "township"} {
		d := p.find(t, day, "D02", "2026-03", x)
		if got := p.rules.stageOn(on(t, day), d); got != want {
			t.Errorf("extended, %s: %q, want %q", day, got, want)
		}
	}
	for _, s := range []State{Done, DoneLate, NotApplicable} {
		if got := p.rules.stageOn(on(t, "2026-04-16"), Duty{State: s, limit: on(t, "2026-04-15")}); got != "" {
			t.Errorf("%s is nagged about: %s", s, got)
		}
	}
}

func TestLoadRules(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile("../../config/rules/" + RulesFile)
	if err != nil {
		t.Fatal(err)
	}
	_, err = LoadRules(fstest.MapFS{RulesFile: {Data: []byte(strings.NewReplacer(
		"version: 1", "version: 0", "2026-01-01, source", "2026-1-1, source", "{days: 30, source: I", "{days: 400, source:",
		"[5, 1]", "[1, 5, 0]", "from_hour: 8", "from_hour: 24", "{one_in: 5, source: P", "{one_in: 0, source: Z", "months: 12", "months: 99",
	).Replace(string(good)))}})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"version 是 0", "from.date \"2026-1-1\"", "very_overdue.days 是 400", "very_overdue.source", "remind.before_days 应从大到小",
		"remind.before_days[2] 是 0", "remind.from_hour 是 24", "demand.representatives.one_in 是 0", "demand.representatives.source", "window.months 是 99",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q in\n%v", want, err)
		}
	}
	for name, text := range map[string]string{"unknown key": string(good) + "more: 1\n", "no yaml": "\t", "empty": ""} {
		if _, err := LoadRules(fstest.MapFS{RulesFile: {Data: []byte(text)}}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := LoadRules(fstest.MapFS{}); err == nil {
		t.Error("no file: accepted")
	}
}

func FuzzParseRules(f *testing.F) {
	good, err := os.ReadFile("../../config/rules/" + RulesFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("version: 1\nfrom: {date: 2026-01-01}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := parseRules(data); (r == nil) == (err == nil) {
			t.Fatal("both or neither")
		}
	})
}

// drawFacts makes up a village: postings, events and decisions of few items, so
// that they meet.
func drawFacts(rt *rapid.T, p parts, today time.Time) Facts {
	day := func(label string, past, ahead int) time.Time {
		return today.AddDate(0, 0, rapid.IntRange(-past, ahead).Draw(rt, label))
	}
	f := Facts{Active: rapid.IntRange(0, 9).Draw(rt, "active") > 0}
	terms := p.schedule(today).terms
	for range rapid.IntRange(0, 6).Draw(rt, "events") {
		item := rapid.SampledFrom([]string{"B01", "B03", "A02", "G01", "D02"}).Draw(rt, "event item")
		kind := Happened
		if item == "D02" || rapid.Bool().Draw(rt, "demanded") {
			kind = Demanded
		}
		f.Events = append(f.Events, Event{ItemCode: item, On: day("event day", 500, 20).Format(dayFormat), Kind: kind})
	}
	period := func() (string, string) {
		if len(f.Events) > 0 && rapid.Bool().Draw(rt, "of event") {
			e := rapid.SampledFrom(f.Events).Draw(rt, "event")
			return e.ItemCode, e.On
		}
		term := rapid.SampledFrom(terms).Draw(rt, "term")
		return term.item.Code, term.period
	}
	for i := range rapid.IntRange(0, 12).Draw(rt, "postings") {
		item, per := period()
		at := day("published", 500, 0).Add(10 * time.Hour)
		f.Postings = append(f.Postings, Posting{
			ID: fmt.Sprint(i), ItemCode: item, Period: per, FirstAt: at, PublishedAt: []time.Time{at}, Late: rapid.Bool().Draw(rt, "late"),
		})
	}
	for range rapid.IntRange(0, 6).Draw(rt, "decisions") {
		item, per := period()
		x := Exception{ItemCode: item, Period: per, Kind: Exemption}
		if rapid.Bool().Draw(rt, "extended") {
			x.Kind, x.Until = Extension, day("until", 60, 60).Format(dayFormat)
		}
		f.Exceptions = append(f.Exceptions, x)
	}
	return f
}

// The numbers of a place, from counts alone, are those of all its villages
// looked at one by one: whatever was published, happened and was decided, and
// on whatever later day one looks, although nothing was counted since.
func TestCounter_AgreesWithVillages(t *testing.T) {
	t.Parallel()
	p := load(t)
	rapid.Check(t, func(rt *rapid.T) {
		counted := on(t, "2026-11-20").AddDate(0, 0, rapid.IntRange(-200, 200).Draw(rt, "counted on"))
		looked := counted.AddDate(0, 0, rapid.IntRange(0, 90).Draw(rt, "looked on later"))
		children := []region.Region{{Code: "510821102", Short: "甲镇"}, {Code: "510821103", Short: "乙镇"}}
		m, villages, want := moves{}, map[region.Code]int{}, map[region.Code]*Numbers{}
		var total Numbers
		for i := range rapid.IntRange(1, 4).Draw(rt, "villages") {
			child := rapid.SampledFrom(children).Draw(rt, "township").Code
			f := drawFacts(rt, p, counted)
			dedupe(&f)
			m.compare(region.Code(fmt.Sprintf("%s%03d", child, 200+i)), nil, p.tally(p.schedule(counted), f))
			if want[child] == nil {
				want[child] = &Numbers{}
			}
			if f.Active {
				villages[child]++
			}
			for _, d := range p.all(p.schedule(looked), f) {
				want[child].add(d.State, 1)
				total.add(d.State, 1)
			}
		}
		day := newDayView(p.rules, p.schedule(looked))
		counters := map[region.Code]*counter{"51": newCounter(day, villages[children[0].Code]+villages[children[1].Code])}
		for _, child := range children {
			counters[child.Code] = newCounter(day, villages[child.Code])
		}
		for _, row := range m.list() {
			if c := counters[row.Place]; c != nil {
				c.counted(row)
			}
		}
		var items Numbers
		for _, i := range counters["51"].items() {
			items.addAll(i.Numbers)
		}
		if counters["51"].numbers != total || items != total {
			rt.Fatalf("total %v, by item %v, one by one %v", counters["51"].numbers, items, total)
		}
		for _, child := range children {
			if w := want[child.Code]; w != nil && counters[child.Code].numbers != *w {
				rt.Fatalf("%s: %v, one by one %v", child.Code, counters[child.Code].numbers, *w)
			}
		}
	})
}

// dedupe leaves what the keys of the tables leave.
func dedupe(f *Facts) {
	events, decisions := map[key]bool{}, map[key]bool{}
	var es []Event
	for _, e := range f.Events {
		if k := (key{e.ItemCode, e.On}); !events[k] {
			events[k] = true
			es = append(es, e)
		}
	}
	var xs []Exception
	for _, x := range f.Exceptions {
		if k := (key{x.ItemCode, x.Period}); !decisions[k] {
			decisions[k] = true
			xs = append(xs, x)
		}
	}
	f.Events, f.Exceptions = es, xs
}
