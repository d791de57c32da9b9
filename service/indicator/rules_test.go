package indicator_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/indicator"
)

func loaded(t testing.TB) *indicator.Rules {
	t.Helper()
	r, err := indicator.LoadRules(os.DirFS("../../config/rules"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLoadRules(t *testing.T) {
	t.Parallel()
	r := loaded(t)
	if r.MinDenominator != 5 || len(r.Definitions) != 12 || r.Definitions[0].Code != "I01" || *r.Definitions[0].Target.Percent != 95 {
		t.Errorf("%+v", r)
	}
	if r.Definitions[4].Target.Percent != nil || !strings.Contains(r.Definitions[4].Formula(), " ÷ ") {
		t.Errorf("%+v", r.Definitions[4])
	}
	if _, err := indicator.LoadRules(fstest.MapFS{}); err == nil {
		t.Error("no rules are no error")
	}
}

// All that is wrong is told at once.
func TestParseRules_Refuses(t *testing.T) {
	t.Parallel()
	_, err := indicator.ParseRules([]byte("version: 2\nmin_denominator: {number: 0}\nindicators:\n  - {code: I02, name: x, target: {percent: 101}}\n"))
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"version", "min_denominator", "must be the 12", `code "I02"`, "numerator", "no source", "percent"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
	if _, err := indicator.ParseRules([]byte("best_village: x\n")); err == nil {
		t.Error("an unknown key is taken")
	}
}

func TestPeriod(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]indicator.Month{
		"2026-09": {202609, 202609}, "2026Q3": {202607, 202609}, "2026Q1": {202601, 202603}, "2026H1": {202601, 202606},
		"2026H2": {202607, 202612}, "2026": {202601, 202612}, "2026-12": {202612, 202612},
	} {
		p, err := indicator.ParsePeriod(text)
		if err != nil || p.From != want[0] || p.To != want[1] || p.Name != text {
			t.Errorf("%s: %+v %v", text, p, err)
		}
	}
	for _, text := range []string{"", "2026Q5", "2026-13", "2026-00", "2026H3", "1999", "26", "2026Q3 ", "2026-09-01", "２０２６"} {
		if p, err := indicator.ParsePeriod(text); err == nil {
			t.Errorf("%q is %+v", text, p)
		}
	}
	for day, want := range map[string]string{"2026-01-01": "2025Q4", "2026-03-31": "2025Q4", "2026-04-01": "2026Q1", "2026-12-31": "2026Q3"} {
		at, err := time.ParseInLocation(time.DateOnly, day, calendar.China)
		if err != nil {
			t.Fatal(err)
		}
		got := indicator.LastQuarter(at)
		again, err := indicator.ParsePeriod(got.Name)
		if got.Name != want || err != nil || again != got {
			t.Errorf("before %s: %+v, want %s (%v)", day, got, want, err)
		}
	}
}
