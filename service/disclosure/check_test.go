package disclosure_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cunwu/service/disclosure"
	"cunwu/service/fault"
)

func item(t testing.TB, code string) disclosure.CatalogueItem {
	t.Helper()
	i, ok := catalogue(t).At(day("2026-06-01")).Item(code)
	if !ok {
		t.Fatalf("no item %s", code)
	}
	return i
}

func TestCheckShape(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		item   string
		change func(*disclosure.Content)
		want   []string // locations; none = it passes
	}{
		"OK":                 {"D02", func(*disclosure.Content) {}, nil},
		"title missing":      {"D02", func(c *disclosure.Content) { c.Title = "" }, []string{"body.title"}},
		"title blank":        {"D02", func(c *disclosure.Content) { c.Title = "   " }, []string{"body.title"}},
		"title of 60":        {"D02", func(c *disclosure.Content) { c.Title = strings.Repeat("村", 60) }, nil},
		"title of 61":        {"D02", func(c *disclosure.Content) { c.Title = strings.Repeat("村", 61) }, []string{"body.title"}},
		"title of two lines": {"D02", func(c *disclosure.Content) { c.Title = "一\n二" }, []string{"body.title"}},
		"title turned":       {"D02", func(c *disclosure.Content) { c.Title = "收\u202e支" }, []string{"body.title"}},
		"title no UTF-8":     {"D02", func(c *disclosure.Content) { c.Title = "收\xff支" }, []string{"body.title"}},
		"summary short":      {"D02", func(c *disclosure.Content) { c.Summary = "太短" }, []string{"body.summary"}},
		"summary long":       {"D02", func(c *disclosure.Content) { c.Summary = strings.Repeat("长", 301) }, []string{"body.summary"}},
		"body long":          {"D02", func(c *disclosure.Content) { c.Body = strings.Repeat("长", 50_001) }, []string{"body.body"}},
		"body with zero":     {"D02", func(c *disclosure.Content) { c.Body = "a\x00b" }, []string{"body.body"}},
		"unknown field":      {"D02", func(c *disclosure.Content) { c.Fields = map[string]string{"秘密": "x"} }, []string{"body.fields.秘密"}},
		"known field":        {"D02", func(c *disclosure.Content) { c.Fields = map[string]string{"凭证号": "1"} }, nil},
		"no such date":       {"D02", func(c *disclosure.Content) { c.Lines[0].Date = "2026-02-30" }, []string{"body.lines[0].date"}},
		"line unsaid":        {"D02", func(c *disclosure.Content) { c.Lines[1].Summary = "" }, []string{"body.lines[1].summary"}},
		"negative":           {"D02", func(c *disclosure.Content) { c.Lines[0].IncomeFen = -1 }, []string{"body.lines[0].income_fen"}},
		"huge":               {"D02", func(c *disclosure.Content) { c.Lines[0].IncomeFen = math.MaxInt64 }, []string{"body.lines[0].income_fen"}},
		"nothing":            {"D02", func(c *disclosure.Content) { c.Lines[0].IncomeFen = 0 }, []string{"body.lines[0]"}},
		"negative balance":   {"D02", func(c *disclosure.Content) { c.Lines[0].BalanceFen = fen(-5) }, []string{"body.lines[0].balance_fen"}},
		"huge total":         {"D02", func(c *disclosure.Content) { c.IncomeFen = fen(math.MaxInt64) }, []string{"body.income_fen"}},
		"too many lines":     {"D02", func(c *disclosure.Content) { c.Lines = make([]disclosure.Line, 2001) }, []string{"body.lines"}},
		"lines where none":   {"A02", func(*disclosure.Content) {}, []string{"body.lines"}},
		"date of writing":    {"D02", func(c *disclosure.Content) { c.WrittenOn = "3月1日" }, []string{"body.written_on"}},
		"media twice":        {"D02", func(c *disclosure.Content) { c.Media = []string{"a", "a"} }, []string{"body.media[1]"}},
		"media 31":           {"D02", func(c *disclosure.Content) { c.Media = strings.Split(strings.Repeat("a", 31), "") }, []string{"body.media"}},
		"all at once":        {"D02", func(c *disclosure.Content) { c.Title, c.Summary = "", "" }, []string{"body.title", "body.summary"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := accounts()
			tt.change(&c)
			err := disclosure.CheckShape(item(t, tt.item), c)
			if tt.want == nil {
				if err != nil {
					t.Fatalf("refused: %v", fields(err))
				}
				return
			}
			for _, at := range tt.want {
				if got := refused(t, err, fault.ErrInvalid); !slices.Contains(got, at) {
					t.Errorf("locations %v, want %s", got, at)
				}
			}
		})
	}
}

func TestCheckTotals_OnlySumsPass(t *testing.T) {
	t.Parallel()
	d02 := item(t, "D02")
	rapid.Check(t, func(t *rapid.T) {
		c := accounts()
		c.Lines = nil
		var income, expense int64
		for range rapid.IntRange(1, 30).Draw(t, "lines") {
			l := disclosure.Line{
				Summary:    "一笔",
				IncomeFen:  rapid.Int64Range(0, 10_000_000_000_000).Draw(t, "income"),
				ExpenseFen: rapid.Int64Range(0, 10_000_000_000_000).Draw(t, "expense"),
			}
			income, expense = income+l.IncomeFen, expense+l.ExpenseFen
			c.Lines = append(c.Lines, l)
		}
		off := rapid.Int64Range(-3, 3).Draw(t, "off")
		c.IncomeFen, c.ExpenseFen = fen(income), fen(expense+off)
		if err := disclosure.CheckTotals(d02, c); (err == nil) != (off == 0) {
			t.Fatalf("off by %d: %v", off, err)
		}
	})
}

func TestCheckTotals_Unstated(t *testing.T) {
	t.Parallel()
	c := accounts()
	c.ExpenseFen = nil
	if at := refused(t, disclosure.CheckTotals(item(t, "D02"), c), disclosure.ErrTotalsDiffer); !slices.Equal(at, []string{"body.expense_fen"}) {
		t.Errorf("locations %v", at)
	}
	c.Lines, c.ExpenseFen = c.Lines[:1], nil
	if err := disclosure.CheckTotals(item(t, "D02"), c); err != nil {
		t.Errorf("nothing was spent and nothing stated: %v", err)
	}
}

func TestContent_CanonicalIsStable(t *testing.T) {
	t.Parallel()
	c := accounts()
	c.OpeningFen, c.ClosingFen = nil, nil // as texts were before there were balances
	c.Fields = map[string]string{"摘要": "<b>&", "凭证号": "1", "日期": "2"}
	c.Media = []string{"m1"}
	first, err := c.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"title":"2026年一季度收支","summary":"一季度收入一笔，修路支出一笔，账目已核对。","body":"## 说明\n\n都用在村道上。",` +
		`"fields":{"凭证号":"1","摘要":"<b>&","日期":"2"},"lines":[{"date":"2026-01-12","voucher":"记-1","summary":"上级拨款","category":"补助收入",` +
		`"income_fen":100000,"expense_fen":0},{"date":"2026-02-03","voucher":"记-2","summary":"修补村道","category":"公益支出","income_fen":0,` +
		`"expense_fen":30050,"handler":"李小四"}],"income_fen":100000,"expense_fen":30050,"media":["m1"],"written_on":"2026-03-01"}`
	if string(first) != want {
		t.Errorf("got  %s\nwant %s", first, want)
	}
	back, err := disclosure.ReadContent(first)
	if err != nil {
		t.Fatal(err)
	}
	second, err := back.Canonical()
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("read and written again it is %s (%v)", second, err)
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	public := disclosure.Scopes(yanjing, 4, disclosure.PublicInternet)
	want := []int64{
		5100, 5104, 510800, 510804, 51082100, 51082104, 51082110200, 51082110204,
		51082110220000, 51082110220004, -51082110220000, -51082110220004,
	}
	if !slices.Equal(public, want) {
		t.Errorf("public: %v", public)
	}
	if own := disclosure.Scopes(yanjing, 4, disclosure.VerifiedVillager); !slices.Equal(own, want[10:]) {
		t.Errorf("villagers': %v", own)
	}
	for _, bad := range []int64{disclosure.Scope("51a", 0, false), disclosure.Scope("51", 100, false), disclosure.Scope("51", -1, true)} {
		if bad != 0 {
			t.Errorf("scope %d of what is none", bad)
		}
	}
}

func TestPosition_FollowsTime(t *testing.T) {
	t.Parallel()
	at := day("2026-03-02")
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(0, 1e12).Draw(t, "a"), rapid.Int64Range(0, 1e12).Draw(t, "b")
		earlier, later := disclosure.Position(at, a), disclosure.Position(at.Add(1_000_000), b)
		if earlier >= later || earlier <= 0 {
			t.Fatalf("%d before %d", earlier, later)
		}
		if same := disclosure.Position(at, b); (same == earlier) != (a%(1<<20) == b%(1<<20)) {
			t.Fatal("two entries meet")
		}
	})
}
