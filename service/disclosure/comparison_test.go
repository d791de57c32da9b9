package disclosure_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/service/account"
	"cunwu/service/disclosure"
)

func TestPeriods(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		frequency                    disclosure.Frequency
		period, start, before, lastY string
	}{
		{disclosure.Monthly, "2026-03", "2026-03-01", "2026-02", "2025-03"},
		{disclosure.Monthly, "2026-01", "2026-01-01", "2025-12", "2025-01"},
		{disclosure.Quarterly, "2026Q1", "2026-01-01", "2025Q4", "2025Q1"},
		{disclosure.Quarterly, "2026Q4", "2026-10-01", "2026Q3", "2025Q4"},
		{disclosure.HalfYearly, "2026H1", "2026-01-01", "2025H2", "2025H1"},
		{disclosure.HalfYearly, "2026H2", "2026-07-01", "2026H1", "2025H2"},
		{disclosure.Yearly, "2026", "2026-01-01", "2025", ""},
		{disclosure.Standing, "2026", "2026-01-01", "2025", ""},
		{disclosure.Monthly, "2000-01", "2000-01-01", "", ""},
		{disclosure.AtOnce, "2026-03-05", "2026-03-05", "", ""},
		{disclosure.Before, "2026-03-05", "2026-03-05", "", ""},
	} {
		start, ok := disclosure.PeriodStart(x.frequency, x.period)
		if !ok || start.Format(time.DateOnly) != x.start {
			t.Errorf("%s begins %v", x.period, start)
		}
		if got, ok := disclosure.PreviousPeriod(x.frequency, x.period); ok != (x.before != "") || ok && got != x.before {
			t.Errorf("before %s: %q %v", x.period, got, ok)
		}
		if got, ok := disclosure.YearBefore(x.frequency, x.period); ok != (x.lastY != "") || ok && got != x.lastY {
			t.Errorf("a year before %s: %q %v", x.period, got, ok)
		}
	}
	if _, ok := disclosure.PreviousPeriod(disclosure.Monthly, "2026-13"); ok {
		t.Error("no month has one before it")
	}
}

// Twelve months before is a year before, and every period begins the day after
// the one before it ends.
func TestPreviousPeriod_Chains(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom([]disclosure.Frequency{disclosure.Monthly, disclosure.Quarterly, disclosure.HalfYearly}).Draw(t, "frequency")
		steps := map[disclosure.Frequency]int{disclosure.Monthly: 12, disclosure.Quarterly: 4, disclosure.HalfYearly: 2}[f]
		p := rapid.StringMatching(map[disclosure.Frequency]string{
			disclosure.Monthly: `20[1-9][0-9]-(0[1-9]|1[0-2])`, disclosure.Quarterly: `20[1-9][0-9]Q[1-4]`, disclosure.HalfYearly: `20[1-9][0-9]H[12]`,
		}[f]).Draw(t, "period")
		want, _ := disclosure.YearBefore(f, p)
		at := p
		for range steps {
			before, ok := disclosure.PreviousPeriod(f, at)
			if !ok {
				t.Fatalf("nothing before %s", at)
			}
			start, _ := disclosure.PeriodStart(f, at)
			end, _ := disclosure.PeriodEnd(f, before)
			if !end.AddDate(0, 0, 1).Equal(start) {
				t.Fatalf("%s ends %v, %s begins %v", before, end, at, start)
			}
			at = before
		}
		if at != want {
			t.Fatalf("%d before %s is %s, a year before is %s", steps, p, at, want)
		}
	})
}

func TestService_Compare(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		before := accounts()
		before.OpeningFen, before.ClosingFen = fen(0), fen(50_00)
		before.Lines[1].ExpenseFen, before.ExpenseFen = 950_00, fen(950_00)
		before.Lines[1].Category = "水电费"
		first := h.put(yanjing, "D02", "2026-01", before)
		h.put(liushu, "D02", "2025-02", accounts())
		now := h.put(yanjing, "D02", "2026-02", accounts())
		c, err := h.svc.Compare(t.Context(), account.Caller{}, now.ID)
		if err != nil {
			t.Fatal(err)
		}
		if c.Before == nil || c.Before.ID != first.ID || c.Before.ExpenseFen != 950_00 || c.YearBefore != nil ||
			c.Current.IncomeFen != 1_000_00 || *c.Current.ClosingFen != 749_50 {
			t.Errorf("totals %+v", c)
		}
		type row struct{ in, out, inBefore, outBefore int64 }
		want := []struct {
			category string
			row
		}{{"补助收入", row{1_000_00, 0, 1_000_00, 0}}, {"公益支出", row{0, 300_50, 0, 0}}, {"水电费", row{0, 0, 0, 950_00}}}
		for i, w := range want {
			if len(c.Categories) != len(want) {
				t.Fatalf("categories %+v", c.Categories)
			}
			g := c.Categories[i]
			if g.Category != w.category || (row{g.IncomeFen, g.ExpenseFen, g.Before.IncomeFen, g.Before.ExpenseFen}) != w.row || g.YearBefore != nil {
				t.Errorf("category %d: %+v %+v", i, g, g.Before)
			}
		}
		lastYear := h.put(yanjing, "D02", "2025-02", accounts())
		h.do(first.ID, "withdraw", map[string]string{"reason": "要更正", "kind": "error"})
		c, err = h.svc.Compare(t.Context(), account.Caller{}, now.ID)
		if err != nil || c.Before != nil || c.YearBefore == nil || c.YearBefore.ID != lastYear.ID || c.Categories[0].YearBefore.IncomeFen != 1_000_00 {
			t.Errorf("what is withdrawn is compared with: %+v %v", c, err)
		}
		if _, err := h.svc.Compare(t.Context(), account.Caller{}, first.ID); !errors.Is(err, disclosure.ErrNotFound) {
			t.Errorf("a tombstone: %v", err)
		}
		if _, err := h.svc.Compare(t.Context(), h.holder(account.Clerk, yanjing), first.ID); err != nil {
			t.Errorf("the clerk's correction: %v", err)
		}
	})
}

// A public posting is not compared with what the reader may not read.
func TestService_CompareKeepsWhatIsForVillagers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		by := h.holder(account.Clerk, yanjing)
		hidden, err := h.svc.Draft(t.Context(), by, act(by), disclosure.NewDraft{
			Region: yanjing, ItemCode: "D02", Period: "2026-01", Visibility: disclosure.VerifiedVillager, Content: accounts(),
		})
		if err != nil {
			t.Fatal(err)
		}
		h.publish(hidden.ID)
		next := accounts()
		next.OpeningFen, next.ClosingFen = fen(749_50), fen(1_449_00)
		now := h.put(yanjing, "D02", "2026-02", next)
		for _, x := range []struct {
			by   account.Caller
			sees bool
		}{{account.Caller{}, false}, {villager(liushu), false}, {villager(yanjing), true}, {by, true}} {
			c, err := h.svc.Compare(t.Context(), x.by, now.ID)
			if err != nil || (c.Before != nil) != x.sees {
				t.Errorf("%s: %+v %v", x.by.AccountID, c.Before, err)
			}
		}
	})
}
