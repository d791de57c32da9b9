package disclosure_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"cunwu/service/disclosure"
)

func TestLoadCatalogue_TheRuleBook(t *testing.T) {
	t.Parallel()
	e := catalogue(t).At(time.Now())
	if len(e.Items) != 107 || len(e.Categories) != 12 {
		t.Errorf("%d items in %d categories", len(e.Items), len(e.Categories))
	}
	h01, ok := e.Item("H01")
	if !ok || h01.Fields[0] != (disclosure.FieldDef{Name: "申请人姓名", Note: "脱敏", Masked: true}) || !h01.WorkingDays || h01.DeadlineDays != 10 {
		t.Errorf("H01: %+v", h01)
	}
	if c, ok := e.CategoryOf("FINANCE"); !ok || c.Number != 4 || c.Name != "村级财务" {
		t.Errorf("FINANCE: %+v", c)
	}
	for _, i := range e.Items {
		if i.Source == "" || len(i.Fields) == 0 {
			t.Errorf("%s has no source or no fields", i.Code)
		}
		if i.HasLines && i.Visibility == "" {
			t.Errorf("%s has no visibility", i.Code)
		}
	}
	if _, ok := e.Item("D99"); ok {
		t.Error("an item that is none")
	}
	if _, ok := e.CategoryOf("NONE"); ok {
		t.Error("a category that is none")
	}
}

const catalogueHead = "code,category_code,category,item,frequency,deadline_days,unit,responsible,visibility,has_lines,fields,source\n"

const workingRow = "A01,ORG,组织,章程,长期,10,calendar_day,村委会,PUBLIC_INTERNET,false,文本;版本号,某法§1\n"

func edition(rows string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(catalogueHead + rows)} }

func TestLoadCatalogue_Editions(t *testing.T) {
	t.Parallel()
	c, err := disclosure.LoadCatalogue(fstest.MapFS{
		"catalogue.2026-01-01.csv": edition(workingRow),
		"catalogue.2027-01-01.csv": edition(workingRow + strings.Replace(workingRow, "A01", "A02", 1)),
	})
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]int{"2025-06-01": 1, "2026-12-31": 1, "2027-01-01": 2, "2030-01-01": 2} {
		if got := len(c.At(day(at)).Items); got != want {
			t.Errorf("%s: %d items, want %d", at, got, want)
		}
	}
	lastMinute := time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC) // midnight in China
	if got := c.At(lastMinute).From; got != "2027-01-01" {
		t.Errorf("at midnight in China: %s", got)
	}
}

func TestLoadCatalogue_Busted(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ rows, want string }{
		"code":       {strings.Replace(workingRow, "A01", "a1", 1), "capital letter"},
		"twice":      {workingRow + workingRow, "twice"},
		"frequency":  {strings.Replace(workingRow, "长期", "经常", 1), "每季度"},
		"days":       {strings.Replace(workingRow, ",10,", ",十,", 1), "number of days"},
		"negative":   {strings.Replace(workingRow, ",10,", ",-10,", 1), "事前"},
		"unit":       {strings.Replace(workingRow, "calendar_day", "day", 1), "working_day"},
		"visibility": {strings.Replace(workingRow, "PUBLIC_INTERNET", "ALL", 1), "VERIFIED_VILLAGER"},
		"lines":      {strings.Replace(workingRow, "false", "no", 1), "true or false"},
		"fields":     {strings.Replace(workingRow, "文本;", "文本(甲;", 1), "bracket"},
		"field dup":  {strings.Replace(workingRow, "版本号", "文本", 1), "twice"},
		"no name":    {strings.Replace(workingRow, "版本号", "(脱敏)", 1), "no name"},
		"empty":      {strings.Replace(workingRow, "某法§1", "", 1), "source is empty"},
		"columns":    {workingRow + "A02,ORG\n", "fields"},
		"category":   {workingRow + strings.Replace(strings.Replace(workingRow, "A01", "A02", 1), "组织", "财务", 1), "differs"},
		"no items":   {"", "no items"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := disclosure.LoadCatalogue(fstest.MapFS{"catalogue.2026-01-01.csv": edition(tt.rows)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %q", err, tt.want)
			}
		})
	}
	for _, name := range []string{"catalogue.new.csv", "catalogue.2026-13-01.csv", "other.csv"} {
		if _, err := disclosure.LoadCatalogue(fstest.MapFS{name: edition(workingRow)}); err == nil {
			t.Errorf("%s passed", name)
		}
	}
}

func TestLoadCatalogue_TellsAllAtOnce(t *testing.T) {
	t.Parallel()
	bad := strings.NewReplacer("长期", "经常", "calendar_day", "day").Replace(workingRow)
	_, err := disclosure.LoadCatalogue(fstest.MapFS{
		"catalogue.2026-01-01.csv": edition(bad),
		"catalogue.2027-01-01.csv": edition(strings.Replace(workingRow, "false", "no", 1)),
	})
	for _, want := range []string{"frequency", "unit", "2027-01-01", "has_lines", "line 2 (A01)"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not speak of %q: %v", want, err)
		}
	}
}

func TestPeriodEnd(t *testing.T) {
	t.Parallel()
	good := map[disclosure.Frequency]map[string]string{
		disclosure.Monthly:    {"2026-09": "2026-09-30", "2028-02": "2028-02-29", "2026-12": "2026-12-31"},
		disclosure.Quarterly:  {"2026Q1": "2026-03-31", "2026Q4": "2026-12-31"},
		disclosure.HalfYearly: {"2026H1": "2026-06-30", "2026H2": "2026-12-31"},
		disclosure.Yearly:     {"2026": "2026-12-31"},
		disclosure.Standing:   {"2026": "2026-12-31"},
		disclosure.AtOnce:     {"2026-09-18": "2026-09-18"},
		disclosure.Before:     {"2028-02-29": "2028-02-29"},
	}
	bad := []string{"", "2026-13", "2026-00", "2026Q5", "2026Q0", "2026H3", "2026q1", "26", "2026-02-30", "2026-9", " 2026", "1926", "２０２６"}
	for f, periods := range good {
		for period, want := range periods {
			if end, ok := disclosure.PeriodEnd(f, period); !ok || end.Format(time.DateOnly) != want {
				t.Errorf("%s %s: %v %v, want %s", f, period, end, ok, want)
			}
		}
		for _, period := range bad {
			if _, ok := disclosure.PeriodEnd(f, period); ok {
				t.Errorf("%s %q passed", f, period)
			}
		}
	}
	if _, ok := disclosure.PeriodEnd(disclosure.Quarterly, "2026-09"); ok {
		t.Error("a month passed for a quarter")
	}
}

func TestCatalogueItem_Due(t *testing.T) {
	t.Parallel()
	cal, e := holidays(t), catalogue(t).At(day("2026-06-01"))
	tests := map[string]struct{ item, period, want string }{
		"month":               {"D02", "2026-05", "2026-06-15"},
		"quarter":             {"D03", "2026Q2", "2026-07-15"},
		"on a day off":        {"D02", "2026-04", "2026-05-15"},
		"half year":           {"K01", "2026H1", "2026-07-30"},
		"event":               {"B03", "2026-06-01", "2026-06-11"},
		"event, working days": {"H01", "2026-06-01", "2026-06-15"},
		"same day":            {"A07", "2026-06-06", "2026-06-06"},
		"before":              {"B01", "2026-06-20", "2026-06-10"},
		"standing":            {"A01", "2026", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			item, ok := e.Item(tt.item)
			if !ok {
				t.Fatal("no such item")
			}
			due, dated := item.Due(tt.period, cal)
			if dated != (tt.want != "") || dated && due.Format(time.DateOnly) != tt.want {
				t.Errorf("due %v %v, want %s", due, dated, tt.want)
			}
		})
	}
}
