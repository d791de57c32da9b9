package council_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/council"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
)

func (h *house) report(year int) (disclosure.Posting, error) {
	return h.svc.Report(h.t.Context(), h.clerk(), act(h.clerk()), council.NewReport{Region: yanjing, Year: year})
}

func TestReport(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, err := h.report(2026)
		refused(t, err, council.ErrNothing)
		c := h.register(nil)
		h.register(func(n *council.NewCouncil) { n.Kind, n.Name, n.Members = "moral_council", "道德|评议会", nil })
		h.do(h.planned(c.ID, plan()).ID, "hold", held())
		h.do(h.planned(c.ID, plan()).ID, "cancel", given{"reason": "下雨没有办成"})
		for name, by := range map[string]account.Caller{"Foreign": h.holder(account.Clerk, liushu), "Villager": {AccountID: "v", ResidentID: "r-1", Village: yanjing}} {
			if _, err := h.svc.Report(t.Context(), by, act(by), council.NewReport{Region: yanjing, Year: 2026}); fault.Of(err) == nil || fault.Of(err).Code != account.ErrMayNot.Code {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = h.report(2027)
		refused(t, err, fault.ErrInvalid)
		p := must[disclosure.Posting](t)(h.report(2026))
		if p.ItemCode != "C07" || p.Period != "2026" || p.State != disclosure.Draft {
			t.Errorf("%+v", p)
		}
		if want := "2026年本村有自治组织2个，办了活动1次，经费合计120.50元。"; p.Content.Summary != want {
			t.Errorf("%q", p.Content.Summary)
		}
		for _, words := range []string{"盐井村红白理事会", `道德\|评议会`, "第1版", "1人", "3人", "| 合计 | | | | | 1 | 120.50 |", "2026-02-20", "不收礼金"} {
			if !strings.Contains(p.Content.Body, words) {
				t.Errorf("no %q in\n%s", words, p.Content.Body)
			}
		}
		for _, name := range h.roll {
			if strings.Contains(p.Content.Body, name) {
				t.Errorf("the report names somebody:\n%s", p.Content.Body)
			}
		}
	})
}

// What a report says the year cost is what its activities cost, however they are
// spread over bodies and years, and whatever was corrected or cancelled.
func TestReport_SumsAgree(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	h := newHouse(t, db)
	h.db.Clock.Set(time.Date(2026, 12, 30, 9, 0, 0, 0, time.UTC))
	var bodies []string
	for _, name := range []string{"甲理事会", "乙理事会", "丙理事会"} {
		bodies = append(bodies, h.register(func(n *council.NewCouncil) { n.Name, n.From, n.Until = name, "2025-06-01", "2028-01-01" }).ID)
	}
	var held, total int64
	rapid.Check(t, func(r *rapid.T) {
		h.t = t
		in := plan()
		fen := rapid.Int64Range(0, 1_000_000_000).Draw(r, "fen")
		in.On = rapid.SampledFrom([]string{"2025-12-31", "2026-01-01", "2026-07-15", "2026-12-30"}).Draw(r, "on")
		f := given{"held_on": in.On, "place": "村委会", "heads": "5", "cost_fen": strconv.FormatInt(fen, 10), "money": "donation"}
		if fen == 0 {
			delete(f, "money")
		}
		a := h.planned(rapid.SampledFrom(bodies).Draw(r, "body"), in)
		switch rapid.SampledFrom([]string{"hold", "cancel", "correct", "leave"}).Draw(r, "way") {
		case "hold":
			h.do(a.ID, "hold", f)
		case "correct":
			h.do(a.ID, "hold", f)
			fen++
			h.do(a.ID, "correct", given{"reason": "少记了一分", "cost_fen": strconv.FormatInt(fen, 10), "money": "donation"})
		case "cancel":
			h.do(a.ID, "cancel", given{"reason": "下雨没有办成"})
			fen = -1
		default:
			fen = -1
		}
		if fen >= 0 && in.On >= "2026" {
			held, total = held+1, total+fen
		}
		sums := council.Sums(t.Context(), h.svc, yanjing, 2026)
		if sums.Held != held || sums.Fen != total || sums.Rows != total {
			r.Fatalf("%+v, want %d activities and %d 分", sums, held, total)
		}
	})
}
