package demo

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"cunwu/config/rules"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// startDays are days of a first start at which calendars are awkward.
var startDays = []string{"2026-09-18", "2026-11-23", "2026-01-01", "2027-02-28", "2028-02-29", "2026-07-01", "2026-12-31", "2029-04-08"}

func startOn(t testing.TB, day string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(time.DateOnly, day, calendar.China)
	if err != nil {
		t.Fatal(err)
	}
	return at.Add(15 * time.Hour)
}

type book struct {
	edition *disclosure.Edition
	screen  *screening.Screen
}

func openBook(t testing.TB) book {
	t.Helper()
	c, err := disclosure.LoadCatalogue(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	s, err := screening.Load(rules.FS, "screening.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return book{c.At(startOn(t, startDays[0])), s}
}

// problems checks one content as the services will, and as a reader would.
func (b book) problems(x posting, c paper) []string {
	var out []string
	bad := func(ok bool, format string, args ...any) {
		if !ok {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	item, known := b.edition.Item(x.item)
	bad(known, "no item %s", x.item)
	_, ok := disclosure.PeriodEnd(item.Frequency, x.period)
	bad(ok, "period %s does not fit %s", x.period, item.Frequency)
	bad(utf8.RuneCountInString(c.Title) <= 60 && c.Title != "", "title %q", c.Title)
	n := utf8.RuneCountInString(c.Summary)
	bad(n >= 50 && n <= 160, "summary of %d characters: %s", n, c.Summary)
	bad(strings.HasSuffix(c.Summary, "。"), "summary does not end: %s", c.Summary)
	bad(utf8.RuneCountInString(c.Body) > 80, "body is thin: %s", c.Body)
	for _, text := range []string{c.Title, c.Summary, c.Body} {
		for _, wrong := range []string{"%!", "  ", "。。", "，，", "“”", "、、", "负负", "NaN", "\n\n\n"} {
			bad(!strings.Contains(text, wrong), "%q in: %s", wrong, text)
		}
	}
	for name := range c.Fields {
		bad(slices.ContainsFunc(item.Fields, func(f disclosure.FieldDef) bool { return f.Name == name }), "no field %s", name)
	}
	bad(item.HasLines == (len(c.Lines) > 0), "has_lines is %v, there are %d lines", item.HasLines, len(c.Lines))
	var income, expense int64
	for _, l := range c.Lines {
		income += l.IncomeFen
		expense += l.ExpenseFen
		bad(l.IncomeFen >= 0 && l.ExpenseFen >= 0 && (l.IncomeFen == 0) != (l.ExpenseFen == 0), "line %+v", l)
		bad(l.Summary != "" && utf8.RuneCountInString(l.Summary) <= 100 && l.Voucher != "" && l.Category != "", "line %+v", l)
	}
	if item.HasLines {
		bad(c.IncomeFen != nil && *c.IncomeFen == income && c.ExpenseFen != nil && *c.ExpenseFen == expense, "lines do not add up")
	}
	parts := []screening.Part{{Text: c.Title}, {Text: c.Summary}, {Text: c.Body}}
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		parts = append(parts, screening.Part{Location: name, Text: c.Fields[name]})
	}
	for _, l := range c.Lines {
		parts = append(parts, screening.Part{Text: l.Summary + "|" + l.Voucher + "|" + l.Category})
	}
	for _, f := range x.paper.files {
		parts = append(parts, screening.Part{Text: f.name})
	}
	for _, f := range b.screen.Check(string(x.desk.v.code), parts...) {
		out = append(out, "screening: "+f.Message())
	}
	return out
}

func TestPlan_EveryPostingIsValid(t *testing.T) {
	t.Parallel()
	b := openBook(t)
	for _, day := range startDays {
		t.Run(day, func(t *testing.T) {
			t.Parallel()
			seen := map[string]bool{}
			for _, x := range plan(1, startOn(t, day), villages()...) {
				key := fmt.Sprintf("%s %s %s", x.desk.v.name, x.item, x.period)
				if seen[key] {
					t.Errorf("%s is there twice", key)
				}
				seen[key] = true
				if x.report {
					continue // its text is made from the records
				}
				texts := []paper{x.paper}
				if x.first.Title != "" {
					texts = append(texts, x.first)
				}
				for _, c := range texts {
					for _, p := range b.problems(x, c) {
						t.Errorf("%s: %s", key, p)
					}
				}
			}
		})
	}
}

func TestPlan_Counts(t *testing.T) {
	t.Parallel()
	for _, day := range startDays {
		now := startOn(t, day)
		items, places, seasons := map[string]int{}, map[region.Code]int{}, map[quarter]int{}
		published, corrected, underWay := 0, 0, 0
		from := monthOf(now).quarter() - quarters + 1
		for _, x := range plan(1, now, villages()...) {
			if at := x.published(); at.IsZero() {
				underWay++
			} else if q := monthOf(at).quarter(); q >= from {
				published++
				items[x.item]++
				places[x.desk.v.code]++
				seasons[q]++
			}
			if n := len(x.steps); n > 5 && x.steps[5].action == actWithdraw {
				corrected++
			}
		}
		if published < 400 || len(items) < 25 || len(places) < 8 || len(seasons) < 7 {
			t.Errorf("%s: %d published of %d items in %d places in %d quarters", day, published, len(items), len(places), len(seasons))
		}
		if corrected < 8 || underWay < 10 {
			t.Errorf("%s: %d corrected, %d under way", day, corrected, underWay)
		}
		for q := from; q < monthOf(now).quarter(); q++ {
			if seasons[q] < 20 {
				t.Errorf("%s: only %d in %s", day, seasons[q], q.period())
			}
		}
		for _, item := range strings.Fields("A01 A10 B03 B04 C01 C02 C03 D02 D03 D04 D08 D11 E01 E03 E05 F01 F02 F03 F04 F05 G01 H03 H06 J01 J02 J04 K01 L03") {
			if items[item] == 0 {
				t.Errorf("%s: nothing of %s", day, item)
			}
		}
	}
}

func TestPlan_StepsAreInOrderAndPast(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := date(2026, 1, 1).AddDate(0, 0, rapid.IntRange(0, 1500).Draw(t, "days")).Add(5 * time.Hour)
		s := spanUntil(now)
		for _, x := range plan(rapid.Uint64().Draw(t, "seed"), now, rapid.SampledFrom(villages()).Draw(t, "village")) {
			key := fmt.Sprintf("%s %s %s", x.desk.v.name, x.item, x.period)
			if x.steps[0].action != actDraft || x.steps[0].at.Before(s.begin()) || !x.last().at.Before(s.today) {
				t.Fatalf("%s: from %s (%s) to %s", key, x.steps[0].at, x.steps[0].action, x.last().at)
			}
			for i := 1; i < len(x.steps); i++ {
				if !x.steps[i].at.After(x.steps[i-1].at) {
					t.Fatalf("%s: %s at %s is not after %s at %s", key, x.steps[i].action, x.steps[i].at, x.steps[i-1].action, x.steps[i-1].at)
				}
			}
			for _, st := range x.steps {
				if h := st.at.Hour(); h < 8 || h > 18 {
					t.Fatalf("%s: %s at %s, when nobody is in", key, st.action, st.at)
				}
			}
		}
	})
}

func TestPlan_IsDeterministic(t *testing.T) {
	t.Parallel()
	show := func(seed uint64, now time.Time) string {
		var b strings.Builder
		for _, x := range plan(seed, now, villages()...) {
			fmt.Fprintln(&b, x.desk.v.name, x.item, x.period, x.published(), x.paper.Title, x.paper.Summary, x.paper.Body, x.paper.Fields)
			for _, l := range x.paper.Lines {
				fmt.Fprintln(&b, l.Date, l.Voucher, l.Summary, l.IncomeFen, l.ExpenseFen)
			}
		}
		return b.String()
	}
	morning, evening := date(2026, 9, 18).Add(time.Minute), date(2026, 9, 18).Add(23*time.Hour)
	if show(1, morning) != show(1, evening) {
		t.Error("two starts on one day differ")
	}
	if show(1, morning) == show(2, morning) {
		t.Error("another seed gives the same")
	}
	if show(1, morning) == show(1, morning.AddDate(0, 0, 1)) {
		t.Error("another day gives the same")
	}
}

func TestLedger_Carries(t *testing.T) {
	t.Parallel()
	for _, day := range startDays {
		s := spanUntil(startOn(t, day))
		for _, v := range villages() {
			l := keepLedger(1, v, s)
			balance := v.opening
			for m := l.first; m < monthOf(s.today); m++ {
				if l.open[m] != balance {
					t.Fatalf("%s %s: opens with %d, the month before closed with %d", v.name, m.period(), l.open[m], balance)
				}
				for _, e := range l.months[m] {
					balance += e.income - e.expense
					if e.balance != balance || balance < yuan(1000) {
						t.Fatalf("%s %s: balance %d, expected %d", v.name, m.period(), e.balance, balance)
					}
					if monthOf(e.day) != m {
						t.Fatalf("%s: %s is not in %s", v.name, e.day, m.period())
					}
				}
			}
			if balance > yuan(400000) {
				t.Errorf("%s has piled up %s by %s", v.name, money(balance), day)
			}
		}
	}
}

// TestMonthsMakeQuarters: what quarters say is the sum of what months say.
func TestMonthsMakeQuarters(t *testing.T) {
	t.Parallel()
	s := spanUntil(startOn(t, startDays[0]))
	for _, v := range villages() {
		k := newDesk(1, s, v)
		for q := s.start; q < s.start+quarters; q++ {
			var income, expense int64
			for _, m := range q.months() {
				p := k.monthly(m)
				income += *p.IncomeFen
				expense += *p.ExpenseFen
			}
			if in, ex := *k.quarterIncome(q).IncomeFen, *k.quarterExpense(q).ExpenseFen; in != income || ex != expense {
				t.Errorf("%s %s: %d and %d, months %d and %d", v.name, q.period(), in, ex, income, expense)
			}
		}
	}
}

func TestRoster(t *testing.T) {
	t.Parallel()
	phones := map[string]bool{}
	for _, v := range villages() {
		r := rosterOf(1, v)
		names, codes, homes := map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, p := range r.people {
			if names[p.name] || codes[p.code] || phones[p.phone] || len(p.phone) != 11 {
				t.Errorf("%s: %+v is not one of a kind", v.name, p)
			}
			names[p.name], codes[p.code], phones[p.phone], homes[p.household] = true, true, true, true
		}
		for _, c := range Codes() {
			if c.Region != v.code {
				continue
			}
			code := c.Code
			for n := 1; n <= c.Count; n++ {
				code = strings.Replace(c.Code, "<n>", fmt.Sprint(n), 1)
				if !codes[code] {
					t.Errorf("nobody has %s", code)
				}
			}
			if c.Count == 0 && !codes[code] {
				t.Errorf("nobody has %s", code)
			}
		}
		if v.large && (len(r.people) < 60 || len(homes) < 25 || r.representatives != 15) {
			t.Errorf("%s: %d adults in %d households, %d representatives", v.name, len(r.people), len(homes), r.representatives)
		}
		if len(r.people) != v.counts().adults {
			t.Errorf("%s: %d people", v.name, len(r.people))
		}
	}
}

// TestVillagesAreReal: every sample village is in the official codes by its name.
func TestVillagesAreReal(t *testing.T) {
	t.Parallel()
	raw, err := fs.ReadFile(rules.FS, "regions/guangyuan.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range villages() {
		for code, name := range map[region.Code]string{
			v.code: v.name + "村民委员会", v.code.At(region.Township): v.township, v.code.At(region.County): v.county,
		} {
			line := fmt.Sprintf("\n%s,%s,%s,%s", code, code.Parent(), code.Level(), name)
			if !strings.Contains(string(raw), line) {
				t.Errorf("the official codes have no line %q", line)
			}
		}
	}
}
