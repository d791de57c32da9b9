package council_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"cunwu/service/account"
	"cunwu/service/council"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/procedure"
)

var brokenRules = fstest.MapFS{council.RulesFile: {Data: []byte(`
version: 0
effective: morgen
kinds: [{code: A, name: "", source: because}]
offices: [{code: member, name: 成员, source: I x}]
activities: [{code: other, name: 其他, source: I x}]
limits: {source: I x, charter_least: 2, charter_most: 1}
`)}}

func readRule(name string) ([]byte, error) { return fs.ReadFile(rulesDir, name) }

// public reports whether a stranger may read an upload.
func (h *house) public(t *testing.T, id string) bool {
	t.Helper()
	return must[media.Showing](t)(h.db.Media().Shown(t.Context(), digestOf(id), "")).Public
}

func TestActivity_WholeWay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.register(nil)
		a := h.planned(c.ID, plan())
		if a.State != council.Planned || len(a.Available) != 2 || a.KindName != "互助" {
			t.Errorf("%+v", a)
		}
		mine, other := h.photo(h.clerk().AccountID), h.photo("somebody")
		for name, x := range map[string]struct {
			change given
			photos []string
			want   *fault.Fault
		}{
			"NegativeCost":  {given{"cost_fen": "-1"}, nil, fault.ErrInvalid},
			"HugeCost":      {given{"cost_fen": "10000000001"}, nil, fault.ErrInvalid},
			"CostWords":     {given{"cost_fen": "一百"}, nil, fault.ErrInvalid},
			"NoSource":      {given{"money": ""}, nil, council.ErrCost},
			"SourceForNone": {given{"cost_fen": "0"}, nil, council.ErrCost},
			"StrangeSource": {given{"money": "bank"}, nil, procedure.ErrFields},
			"Tomorrow":      {given{"held_on": "2026-03-03"}, nil, fault.ErrInvalid},
			"LongAgo":       {given{"held_on": "2020-03-03"}, nil, fault.ErrInvalid},
			"NoHeads":       {given{"heads": "0"}, nil, fault.ErrInvalid},
			"Private":       {given{"place": "电话13800138000"}, nil, council.ErrPrivate},
			"NoPhoto":       {nil, []string{"mfzwkzdjmfzwkzdjmfzwkzdjme"}, council.ErrPhoto},
			"OthersPhoto":   {nil, []string{other}, council.ErrPhoto},
			"PhotoTwice":    {nil, []string{mine, mine}, procedure.ErrFields},
			"Unknown":       {given{"weather": "晴"}, nil, procedure.ErrFields},
		} {
			f := held()
			for k, v := range x.change {
				f[k] = v
			}
			if _, err := h.try(a.ID, "hold", f, x.photos...); fault.Of(err) == nil || fault.Of(err).Code != x.want.Code {
				t.Errorf("%s: %v, want %s", name, err, x.want.Code)
			}
		}
		if h.public(t, mine) {
			t.Error("a photo is everybody's before the activity was held")
		}
		a = h.do(a.ID, "hold", held(), mine)
		if a.State != council.Held || a.CostFen != 12050 || a.Heads != 23 || a.MoneyName != "村集体资金" || len(a.Pictures) != 1 || !h.public(t, mine) {
			t.Errorf("%+v", a)
		}
		_, err := h.try(a.ID, "cancel", given{"reason": "下雨没有办成"})
		refused(t, err, procedure.ErrStage)
		a = h.do(a.ID, "summarise", given{"summary": "二十三人帮三户收完了麦子，没有人受伤。"})
		if a.State != council.Summarised || len(a.Pictures) != 1 || h.public(t, other) {
			t.Errorf("%+v", a)
		}
		h.corrected(t, a.ID, mine)
		h.archived(t, a.ID)
	})
}

// corrected takes corrections of what was summarised.
func (h *house) corrected(t *testing.T, id, photo string) {
	t.Helper()
	_, err := h.try(id, "correct", given{"reason": "想改一下"})
	refused(t, err, procedure.ErrFields)
	_, err = h.try(id, "correct", given{"reason": "换一张照片", "heads": "24"}, photo)
	refused(t, err, council.ErrPhoto) // photos come with photos=replace alone
	_, err = h.try(id, "correct", given{"reason": "经费写错了", "money": "", "cost_fen": "-5"})
	refused(t, err, fault.ErrInvalid)
	a := h.do(id, "correct", given{"reason": "人数和经费写错了", "heads": "24", "cost_fen": "0", "title": "帮缺劳力的人家抢收"})
	last := a.Content.Changes[0]
	if a.Version() != 2 || a.CostFen != 0 || a.Content.Money != "" || last.By != "文书" || last.Before.CostFen != 12050 || strings.Join(last.What, " ") != "title heads cost_fen" {
		t.Errorf("%+v", a)
	}
	if kinds := h.entries(t, yanjing); kinds[0] != "council.activity_correct" || strings.Contains(strings.Join(kinds, " "), "activity_summarise") {
		t.Errorf("what was told under the old name is still told: %v", kinds)
	}
	a = h.do(id, "correct", given{"reason": "照片里有孩子的脸", "photos": "replace"})
	if a.Version() != 3 || len(a.Pictures) != 0 || h.public(t, photo) {
		t.Errorf("a photo that was taken down is everybody's: %+v", a)
	}
}

// archived lets the time of corrections pass.
func (h *house) archived(t *testing.T, id string) {
	t.Helper()
	a := must[council.Activity](t)(h.svc.Activity(t.Context(), h.clerk(), id))
	c := must[procedure.Case](t)(h.procs.Case(t.Context(), a.CaseID))
	refused(t, h.svc.FireTimer(t.Context(), c), procedure.ErrTooEarly)
	h.db.Clock.Set(h.db.Clock.Now().AddDate(1, 0, 2))
	if err := h.svc.FireTimer(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	_, err := h.try(id, "correct", given{"reason": "人数写错了", "heads": "25"})
	refused(t, err, procedure.ErrClosed)
	if a := must[council.Activity](t)(h.svc.Activity(t.Context(), h.clerk(), id)); a.State != council.Archived || len(a.Available) != 0 {
		t.Errorf("%+v", a)
	}
}

func TestActivity_CancelledAndRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.register(nil)
		for name, x := range map[string]struct {
			change func(*council.NewActivity)
			want   *fault.Fault
		}{
			"Kind":      {func(n *council.NewActivity) { n.Kind = "party" }, council.ErrKind},
			"Title":     {func(n *council.NewActivity) { n.Title = "" }, fault.ErrInvalid},
			"Day":       {func(n *council.NewActivity) { n.On = "2026-02-31" }, fault.ErrInvalid},
			"FarAhead":  {func(n *council.NewActivity) { n.On = "2028-02-01" }, fault.ErrInvalid},
			"NotInTerm": {func(n *council.NewActivity) { n.On = "2025-12-31" }, council.ErrTerm},
			"Private":   {func(n *council.NewActivity) { n.Plan = "报名请打13800138000" }, council.ErrPrivate},
		} {
			n := plan()
			x.change(&n)
			_, err := h.svc.Plan(t.Context(), h.clerk(), act(h.clerk()), c.ID, n)
			if fault.Of(err) == nil || fault.Of(err).Code != x.want.Code {
				t.Errorf("%s: %v, want %s", name, err, x.want.Code)
			}
		}
		foreign := h.holder(account.Clerk, liushu)
		_, err := h.svc.Plan(t.Context(), foreign, act(foreign), c.ID, plan())
		refused(t, err, account.ErrMayNot)
		_, err = h.svc.Plan(t.Context(), h.clerk(), act(h.clerk()), "nosuch", plan())
		refused(t, err, council.ErrNotFound)

		a := h.planned(c.ID, plan())
		_, err = h.svc.Act(t.Context(), foreign, act(foreign), a.ID, procedure.Input{Action: "hold", Fields: held()})
		refused(t, err, procedure.ErrForbidden)
		_, err = h.svc.Act(t.Context(), account.Caller{}, act(foreign), a.ID, procedure.Input{Action: "hold", Fields: held()})
		refused(t, err, account.ErrRequired)
		_, err = h.svc.Act(t.Context(), h.clerk(), act(h.clerk()), a.ID, procedure.Input{Action: "hold", Fields: held(), Revision: 7})
		refused(t, err, council.ErrRaced)
		got := h.do(a.ID, "cancel", given{"reason": "连续下雨，麦子没有熟。"})
		if got.State != council.Cancelled || got.Content.Cancelled == "" {
			t.Errorf("%+v", got)
		}
		_, err = h.try(a.ID, "hold", held())
		refused(t, err, procedure.ErrClosed)
		page := must[council.ActivityPage](t)(h.svc.Activities(t.Context(), c.ID, 0, 10))
		if len(page.Items) != 1 || page.Items[0].StateName != "已取消" || page.Next != 0 {
			t.Errorf("%+v", page)
		}
	})
}
