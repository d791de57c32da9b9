package council_test

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"cunwu/service/account"
	"cunwu/service/chronicle"
	"cunwu/service/council"
	"cunwu/service/fault"
	"cunwu/service/region"
)

func TestRegister_AndChange(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.register(nil)
		if c.Size != 1 || c.Members[0].Name != "王*成" || c.Text != charter || c.Expired {
			t.Errorf("%+v", c)
		}
		_, err := h.svc.Register(t.Context(), h.clerk(), act(h.clerk()), body())
		refused(t, err, council.ErrNameTaken)

		next := council.Changes{Revision: c.Revision, Name: c.Name, Charter: charter + "违反的由理事劝导。", From: "2026-01-01", Until: "2026-03-01"}
		got := must[council.Council](t)(h.svc.Change(t.Context(), h.clerk(), act(h.clerk()), c.ID, next))
		if got.Charter != 2 || len(got.Charters) != 2 || got.Charters[1].Text != charter || got.Charters[0].By != "文书" || !got.Expired {
			t.Errorf("%+v", got)
		}
		_, err = h.svc.Change(t.Context(), h.clerk(), act(h.clerk()), c.ID, next)
		refused(t, err, council.ErrRaced)
		next.Revision = 0
		same := must[council.Council](t)(h.svc.Change(t.Context(), h.clerk(), act(h.clerk()), c.ID, next))
		if same.Charter != 2 || len(same.Charters) != 2 {
			t.Errorf("the same charter is a version: %+v", same.Charters)
		}
		shown := must[council.Council](t)(h.svc.Council(t.Context(), account.Caller{}, c.ID))
		if len(shown.Charters) != 2 || shown.Text != next.Charter || shown.Manages || shown.RegionName != "盐井村" {
			t.Errorf("%+v", shown)
		}
		if n := h.entries(t, yanjing); n[0] != "council.changed" || n[2] != "council.registered" {
			t.Errorf("chronicle: %v", n)
		}
	})
}

// entries gives the kinds in the chronicle of a place, newest first.
func (h *house) entries(t *testing.T, place region.Code) (kinds []string) {
	t.Helper()
	page := must[chronicle.Page](t)(chronicle.New(h.db.Chronicle(), region.New(h.db.Regions())).Page(t.Context(), place, 0, 50))
	for _, e := range page.Items {
		kinds = append(kinds, e.Kind)
		if strings.Contains(e.Title+e.Text, "*") {
			t.Errorf("an entry names somebody: %+v", e.Entry)
		}
	}
	return kinds
}

func TestRegister_Refuses(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		type in = council.NewCouncil
		for name, x := range map[string]struct {
			change func(*in)
			want   *fault.Fault
		}{
			"CharterEmpty":   {func(n *in) { n.Charter = "   " }, fault.ErrInvalid},
			"CharterLong":    {func(n *in) { n.Charter = strings.Repeat("长", 20001) }, fault.ErrInvalid},
			"CharterPrivate": {func(n *in) { n.Charter += "联系电话13800138000。" }, council.ErrPrivate},
			"NameShort":      {func(n *in) { n.Name = "会" }, fault.ErrInvalid},
			"NameTurned":     {func(n *in) { n.Name = "理事会\u202e" }, fault.ErrInvalid},
			"Kind":           {func(n *in) { n.Kind = "court" }, council.ErrKind},
			"TermReversed":   {func(n *in) { n.From, n.Until = n.Until, n.From }, council.ErrTerm},
			"TermOneDay":     {func(n *in) { n.Until = n.From }, council.ErrTerm},
			"TermLong":       {func(n *in) { n.Until = "2031-01-02" }, council.ErrTerm},
			"TermNoDay":      {func(n *in) { n.Until = "2027-02-30" }, council.ErrTerm},
			"NotAVillage":    {func(n *in) { n.Region = jiachuan }, region.ErrNotFound},
			"MemberUnknown":  {func(n *in) { n.Members[0].Resident = "r-9" }, council.ErrMemberUnknown},
			"MemberForeign":  {func(n *in) { n.Members[0].Resident = "x-1" }, council.ErrMemberUnknown},
			"MemberDays":     {func(n *in) { n.Members[0].Until = "2025-12-31" }, council.ErrMemberDays},
			"Office":         {func(n *in) { n.Members[0].Office = "king" }, fault.ErrInvalid},
			"MoralMembers":   {func(n *in) { n.Kind = "moral_council" }, council.ErrByOffice},
			"TwoConvenors": {func(n *in) {
				n.Members = append(n.Members, council.NewMember{Resident: "r-2", Office: "convenor", From: "2026-02-01"})
			}, council.ErrOffice},
		} {
			b := body()
			x.change(&b)
			_, err := h.svc.Register(t.Context(), h.clerk(), act(h.clerk()), b)
			if f := fault.Of(err); f == nil || f.Code != x.want.Code && name != "NotAVillage" {
				t.Errorf("%s: %v, want %s", name, err, x.want.Code)
			}
		}
		if page := must[council.Page](t)(h.svc.List(t.Context(), h.clerk(), council.Range{Region: "51", Limit: 50})); len(page.Items) != 0 {
			t.Errorf("something was kept of what was refused: %+v", page.Items)
		}
		for name, by := range map[string]account.Caller{"Nobody": {}, "Villager": {AccountID: "a", ResidentID: "r-1", Village: yanjing}, "Foreign": h.holder(account.Clerk, liushu)} {
			want := account.ErrMayNot
			if name == "Nobody" {
				want = account.ErrRequired
			}
			_, err := h.svc.Register(t.Context(), by, act(by), body())
			refused(t, err, want)
		}
	})
}

func TestMembers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.register(nil)
		add := func(in council.NewMember) (council.Council, error) {
			return h.svc.AddMember(t.Context(), h.clerk(), act(h.clerk()), c.ID, in)
		}
		end := func(n int, until string) (council.Council, error) {
			return h.svc.EndMember(t.Context(), h.clerk(), act(h.clerk()), c.ID, n, until)
		}
		_, err := add(council.NewMember{Resident: "r-1", Office: "member", From: "2026-02-01"})
		refused(t, err, council.ErrOverlap)
		_, err = add(council.NewMember{Resident: "r-2", Office: "convenor", From: "2026-02-01"})
		refused(t, err, council.ErrOffice)
		_, err = add(council.NewMember{Resident: "x-1", Office: "member", From: "2026-02-01"})
		refused(t, err, council.ErrMemberUnknown)
		_, err = add(council.NewMember{Resident: "r-2", Office: "member", From: "2026-02-01", Until: "2026-01-31"})
		refused(t, err, council.ErrMemberDays)
		_, err = end(1, "2025-12-31")
		refused(t, err, council.ErrMemberDays)
		_, err = end(2, "2026-02-01")
		refused(t, err, council.ErrMemberNotFound)
		foreign := h.holder(account.Clerk, liushu)
		_, err = h.svc.AddMember(t.Context(), foreign, act(foreign), c.ID, council.NewMember{Resident: "x-1", Office: "member", From: "2026-02-01"})
		refused(t, err, account.ErrMayNot)

		got := must[council.Council](t)(end(1, "2026-02-10"))
		if got.Size != 0 || len(got.Former) != 1 || got.Former[0].Until != "2026-02-10" {
			t.Errorf("%+v", got)
		}
		_, err = end(1, "2026-02-09")
		refused(t, err, council.ErrEnded)
		_, err = add(council.NewMember{Resident: "r-2", Office: "convenor", From: "2026-02-10"})
		refused(t, err, council.ErrOffice) // the last day is a day in office
		must[council.Council](t)(add(council.NewMember{Resident: "r-2", Office: "convenor", From: "2026-02-11"}))
		got = must[council.Council](t)(add(council.NewMember{Resident: "r-1", Office: "member", From: "2026-02-11"}))
		if got.Size != 2 || got.Members[0].Office != "convenor" || got.Members[0].Number != 2 || len(got.Former) != 1 {
			t.Errorf("history: %+v", got)
		}
		own := h.export(t, "r-1")
		if len(own) != 2 || own[0]["until"] != "2026-02-10" || own[1]["office"] != "member" || len(h.export(t, "r-4")) != 0 {
			t.Errorf("own data: %v", own)
		}
		h.entries(t, yanjing)
	})
}

func (h *house) export(t *testing.T, resident string) (out []map[string]any) {
	t.Helper()
	var b bytes.Buffer
	err := h.svc.ExportOwn(t.Context(), account.Caller{AccountID: "a", ResidentID: resident}, func(string) (io.Writer, error) { return &b, nil })
	if err == nil {
		err = json.Unmarshal(b.Bytes(), &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The moral council's members are those who hold the office: no second list.
func TestMoralCouncil_Voters(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.register(func(n *council.NewCouncil) { n.Kind, n.Name, n.Members = "moral_council", "道德评议会", nil })
		_, err := h.svc.AddMember(t.Context(), h.clerk(), act(h.clerk()), c.ID, council.NewMember{Resident: "r-4", Office: "member", From: "2026-02-01"})
		refused(t, err, council.ErrByOffice)
		got := must[council.Council](t)(h.svc.Council(t.Context(), account.Caller{}, c.ID))
		if !slices.Equal(got.Voters, []string{"王*成", "李*", "赵*明"}) || got.Size != 3 || got.VotersBy != "道德评议会成员" || len(got.Members) != 0 {
			t.Errorf("%+v", got)
		}
		page := must[council.Page](t)(h.svc.List(t.Context(), account.Caller{}, council.Range{Region: "5108", Kind: "moral_council", Limit: 5}))
		if len(page.Items) != 1 || page.Items[0].Size != 3 {
			t.Errorf("%+v", page)
		}
	})
}

func TestList(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, name := range []string{"第一理事会", "第二理事会", "第三理事会"} {
			h.register(func(n *council.NewCouncil) { n.Name = name })
		}
		first := must[council.Page](t)(h.svc.List(t.Context(), account.Caller{}, council.Range{Region: "5108", Limit: 2}))
		rest := must[council.Page](t)(h.svc.List(t.Context(), account.Caller{}, council.Range{Region: yanjing, Limit: 2, Before: first.Next}))
		if len(first.Items) != 2 || first.Items[0].Name != "第三理事会" || len(rest.Items) != 1 || rest.Next != 0 || rest.Items[0].Name != "第一理事会" {
			t.Errorf("%+v %+v", first, rest)
		}
		if none := must[council.Page](t)(h.svc.List(t.Context(), account.Caller{}, council.Range{Region: liushu, Limit: 2})); len(none.Items) != 0 {
			t.Errorf("%+v", none)
		}
		_, err := h.svc.List(t.Context(), account.Caller{}, council.Range{Region: yanjing, Limit: 2, Kind: "court"})
		refused(t, err, council.ErrKind)
	})
}

func TestRules_Refuse(t *testing.T) {
	t.Parallel()
	rules := must[*council.Rules](t)(council.LoadRules(rulesDir))
	_, err := council.LoadRules(brokenRules)
	if err == nil {
		t.Fatal("broken rules were taken")
	}
	for _, words := range []string{"version", "effective", "召集人", "source", "code \"A\"", "money 是空的", "term_years", "没有 name"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("no word of %q in %v", words, err)
		}
	}
	// The procedure offers the same sources of money.
	text := must[[]byte](t)(readRule("procedures/activity.v1.yaml"))
	codes := make([]string, 0, len(rules.Money))
	for _, m := range rules.Money {
		codes = append(codes, m.Code)
	}
	if n := strings.Count(string(text), "one_of: ["+strings.Join(codes, ", ")+"]"); n != 3 {
		t.Errorf("%d lists of sources in the procedure are those of %s", n, council.RulesFile)
	}
}

// However many enter the same person at once, the body has one seat for it.
func TestMembers_AtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.register(nil)
		by := h.clerk()
		errs := make(chan error, 8)
		for range cap(errs) {
			go func() {
				_, err := h.svc.AddMember(t.Context(), by, act(by), c.ID, council.NewMember{Resident: "r-2", Office: "member", From: "2026-02-01"})
				errs <- err
			}()
		}
		taken := 0
		for range cap(errs) {
			switch err := <-errs; {
			case err == nil:
				taken++
			case fault.Of(err) == nil || fault.Of(err).Code != council.ErrOverlap.Code:
				t.Errorf("%v", err)
			}
		}
		got := must[council.Council](t)(h.svc.Council(t.Context(), account.Caller{}, c.ID))
		if taken != 1 || got.Size != 2 {
			t.Errorf("%d were taken, %d sit in it", taken, got.Size)
		}
	})
}
