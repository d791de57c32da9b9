package covenant_test

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/service/account"
	"cunwu/service/covenant"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/record"
)

// A covenant from the first collection to force, then a second version.
func TestService_WholeWay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.to(covenant.Covenant, "")
		first := h.see(id)
		if first.InForce == nil || first.InForce.State != covenant.Force || first.UnderWay != nil || first.Current != 1 {
			t.Fatalf("after the way: %+v", first.Text)
		}
		f, err := h.svc.InForce(t.Context(), yanjing, covenant.Covenant, h.db.Clock.Now())
		h.ok(err)
		if f.CovenantID != id || f.Version != 1 || len(f.Clauses) != 3 || f.AdoptedOn == "" || f.FiledOn == "" || len(f.Digest) != 64 {
			t.Errorf("in force: %+v", f)
		}
		if c, ok := f.Clause("c02"); !ok || c.List != covenant.Black || c.Number != 2 {
			t.Errorf("clause: %+v", c)
		}
		if _, err := h.svc.InForce(t.Context(), yanjing, covenant.Charter, h.db.Clock.Now()); !errors.Is(err, covenant.ErrNoneInForce) {
			t.Errorf("a charter: %v", err)
		}
		before := h.db.Clock.Now()
		h.later(40)
		h.to(covenant.Covenant, "")
		second := h.see(id)
		if second.InForce.Number != 2 || second.Versions[1].State != covenant.Superseded || second.Versions[1].Until.IsZero() {
			t.Errorf("after the second: %+v", second.Versions)
		}
		old, err := h.svc.InForce(t.Context(), yanjing, covenant.Covenant, before)
		h.ok(err)
		if old.Version != 1 {
			t.Errorf("then: version %d", old.Version)
		}
		was, err := h.svc.ClauseAt(t.Context(), id, 1, "c01")
		h.ok(err)
		is, err := h.svc.ClauseAt(t.Context(), id, 2, "c01")
		h.ok(err)
		if was.Text == is.Text || !strings.HasPrefix(is.Text, was.Text) {
			t.Errorf("%q became %q", was.Text, is.Text)
		}
		d, err := h.svc.Difference(t.Context(), id, 1, 2)
		h.ok(err)
		if d.Changed != 1 || d.Added != 0 || d.Removed != 0 || len(d.Clauses) != 3 {
			t.Errorf("difference: %+v", d)
		}
	})
}

// What a publication leaves: a leaf over the text, an event, chronicle entries.
func TestService_Traces(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.to(covenant.Covenant, "")
		v := h.see(id).InForce
		raw, err := v.Canonical()
		h.ok(err)
		sum := record.Digest(raw)
		if hex.EncodeToString(sum[:]) != v.Digest || v.Content.LogIndex == nil {
			t.Fatalf("digest %s, log %v", v.Digest, v.Content.LogIndex)
		}
		leaves, err := h.db.Records().Leaves(t.Context(), *v.Content.LogIndex, 1)
		h.ok(err)
		for _, want := range []string{v.Digest, id, `"kind":"covenant.published"`, `"text":"covenant"`, v.Content.Vote.Ballot, v.Content.Filing.On} {
			if !strings.Contains(string(leaves[0]), want) {
				t.Errorf("the leaf lacks %s: %s", want, leaves[0])
			}
		}
		entries, err := h.db.Chronicle().EntriesOf(t.Context(), 510821102200, 0, 50)
		h.ok(err)
		var told []string
		for _, e := range entries {
			told = append(told, strings.TrimPrefix(e.Kind, covenant.EventPrefix))
		}
		slices.Reverse(told)
		want := []string{"collecting", "drafted", "checked", "reviewed", "voting", "voted", "filed", "published", "in_force"}
		if !slices.Equal(told, want) {
			t.Errorf("told %v", told)
		}
	})
}

// At every point of the way every action but those of that point is refused, by
// whoever takes it, and changes nothing.
func TestService_OrderCannotBeSkipped(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.to(covenant.Covenant, "draft")
		all := append(slices.Clone(way), "return_check", "return_review", "vote_failed", "redraft", "give_up", "order_correction", "withdraw")
		open := map[int][]string{
			1: {"submit", "withdraw"}, 2: {"pass_check", "return_check", "withdraw"}, 3: {"pass_review", "return_review", "withdraw"},
			4: {"begin_vote", "withdraw"}, 5: {"record_vote", "vote_failed"}, 6: {"file"}, 7: {"publish", "order_correction"},
			8: {"enter_force", "order_correction"}, 9: {"order_correction"},
		}
		for at := 1; at <= len(way); at++ {
			for _, action := range all {
				if slices.Contains(open[at], action) {
					continue
				}
				f := h.fields(id, action)
				if _, err := h.try(id, action, f); !errors.Is(err, procedure.ErrStage) && !errors.Is(err, procedure.ErrClosed) {
					t.Errorf("%s after %s: %v %v", action, way[at-1], err, fields(err))
				}
			}
			for _, action := range open[at] {
				stranger := h.holder(account.Clerk, "510821102202")
				_, err := h.svc.Act(t.Context(), stranger, act(stranger), id, procedure.Input{Action: action, Fields: h.fields(id, action)})
				if !errors.Is(err, procedure.ErrForbidden) {
					t.Errorf("%s by another village: %v %v", action, err, fields(err))
				}
			}
			if at < len(way) {
				h.step(id, way[at])
			}
		}
		if h.see(id).InForce == nil {
			t.Error("not in force at the end")
		}
	})
}

// The village cannot check itself, nor the township vote for it.
func TestService_Powers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.to(covenant.Covenant, "submit")
		for action, by := range map[string]account.Caller{"pass_check": h.clerk(), "return_check": h.clerk(), "withdraw": h.township()} {
			_, err := h.svc.Act(t.Context(), by, act(by), id, procedure.Input{Action: action, Fields: h.fields(id, action)})
			if !errors.Is(err, procedure.ErrForbidden) {
				t.Errorf("%s: %v", action, err)
			}
		}
		_, err := h.svc.Act(t.Context(), account.Caller{}, act(account.Caller{}), id, procedure.Input{Action: "pass_check"})
		refused(t, err, account.ErrRequired)
		for _, by := range []account.Caller{villager(1), h.township()} {
			_, err := h.svc.Start(t.Context(), by, act(by), covenant.NewRevision{Region: yanjing, Kind: covenant.Charter, Notice: "请大家说说。"})
			refused(t, err, account.ErrMayNot)
			_, err = h.svc.PutDraft(t.Context(), by, act(by), id, 0, covenant.Draft{Title: "盐井村村规民约", Clauses: clauses()})
			refused(t, err, account.ErrMayNot)
		}
	})
}

// The text is fixed from its submission on, and free again when it comes back.
func TestService_Frozen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.to(covenant.Covenant, "draft")
		cs := h.see(id).UnderWay.Content.Clauses
		for _, action := range way[1:] {
			h.step(id, action)
			cs[0].Text += "。"
			_, err := h.draft(id, cs)
			if !errors.Is(err, covenant.ErrFrozen) && !errors.Is(err, covenant.ErrNoRevision) {
				t.Errorf("after %s: %v", action, err)
			}
		}
		id = h.to(covenant.Charter, "submit")
		h.do(id, "return_check", h.fields(id, "return_check"))
		_, err := h.draft(id, h.see(id).UnderWay.Content.Clauses)
		h.ok(err)
		for _, a := range []string{"submit", "pass_check"} {
			h.step(id, a)
		}
		v := h.do(id, "return_review", h.fields(id, "return_review"))
		if !v.UnderWay.ReviewedAt.IsZero() || v.UnderWay.State != covenant.Drafted {
			t.Errorf("returned: %+v", v.UnderWay)
		}
		_, err = h.draft(id, h.see(id).UnderWay.Content.Clauses)
		h.ok(err)
	})
}

// Every ballot that is not the one is refused with its own code.
func TestService_Ballots(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.to(covenant.Covenant, "begin_vote")
		h.later(2)
		for name, x := range map[string]struct {
			want   *fault.Fault
			change func(*covenant.Ballot)
		}{
			"Elsewhere":       {covenant.ErrBallotElsewhere, func(b *covenant.Ballot) { b.Region = "510821102202" }},
			"Representatives": {covenant.ErrBallotRule, func(b *covenant.Ballot) { b.Rule = "representatives_meeting" }},
			"Opinion":         {covenant.ErrBallotRule, func(b *covenant.Ballot) { b.Advisory = true }},
			"Options":         {covenant.ErrBallotRule, func(b *covenant.Ballot) { b.YesNo = false }},
			"Text":            {covenant.ErrBallotText, func(b *covenant.Ballot) { b.Question = "是否同意修改村规民约？" }},
			"OtherText": {covenant.ErrBallotText, func(b *covenant.Ballot) {
				b.Question = strings.Replace(b.Question, "校验码 ", "校验码 0", 1)
			}},
			"Early":       {covenant.ErrBallotEarly, func(b *covenant.Ballot) { b.OpenedAt = b.OpenedAt.AddDate(0, 0, -10) }},
			"Uncertified": {covenant.ErrBallotUncertified, func(b *covenant.Ballot) { b.Certified = time.Time{} }},
			"NotPassed":   {covenant.ErrBallotNotPassed, func(b *covenant.Ballot) { b.Passed = false }},
		} {
			_, err := h.try(id, "record_vote", given{"ballot": h.ballot(id, x.change), "women": "20"})
			if !errors.Is(err, x.want) {
				t.Errorf("%s: %v %v, want %s", name, err, fields(err), x.want.Code)
			}
		}
		_, err := h.try(id, "record_vote", given{"ballot": "nosuchballot", "women": "20"})
		refused(t, err, covenant.ErrBallotUnknown)
		_, err = h.try(id, "record_vote", given{"ballot": h.ballot(id, nil), "women": "0"})
		refused(t, err, covenant.ErrNoWomen)
		_, err = h.try(id, "record_vote", given{"ballot": h.ballot(id, nil), "women": "61"})
		refused(t, err, procedure.ErrFields)
		_, err = h.try(id, "record_vote", given{"ballot": h.ballot(id, nil)})
		refused(t, err, procedure.ErrFields)
		_, err = h.try(id, "vote_failed", given{"ballot": h.ballot(id, nil), "women": "20"})
		refused(t, err, covenant.ErrBallotPassed)
		if v := h.see(id).UnderWay; v.State != covenant.Voting || v.Content.Vote != nil {
			t.Fatalf("a refused vote left %+v", v)
		}
		households := h.ballot(id, func(b *covenant.Ballot) { b.Rule = "villagers_meeting_households" })
		v := h.do(id, "record_vote", given{"ballot": households, "women": "1"}).UnderWay
		if v.Content.Vote.Yes != 50 || v.Content.Vote.Women != 1 || v.State != covenant.Voted {
			t.Errorf("the vote: %+v", v.Content.Vote)
		}
	})
}

// A vote that fails goes back to the draft or ends the revision.
func TestService_VoteFails(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.to(covenant.Covenant, "begin_vote")
		h.later(2)
		v := h.do(id, "vote_failed", h.fields(id, "vote_failed"))
		if v.UnderWay.State != covenant.VoteFailed || len(v.UnderWay.Content.Failed) != 1 {
			t.Fatalf("%+v", v.UnderWay)
		}
		first := v.UnderWay.Content.Failed[0].Ballot
		h.do(id, "redraft", h.fields(id, "redraft"))
		for _, a := range way[1:5] {
			h.step(id, a)
		}
		if _, err := h.try(id, "record_vote", given{"ballot": first, "women": "20"}); !errors.Is(err, covenant.ErrBallotEarly) {
			t.Errorf("the ballot of before the second review: %v", err)
		}
		h.later(2)
		h.do(id, "vote_failed", h.fields(id, "vote_failed"))
		v = h.do(id, "give_up", h.fields(id, "give_up"))
		if v.UnderWay != nil || v.Versions[0].State != covenant.Rejected || v.InForce != nil {
			t.Errorf("given up: %+v", v.Versions[0])
		}
		if _, err := h.svc.InForce(t.Context(), yanjing, covenant.Covenant, h.db.Clock.Now()); !errors.Is(err, covenant.ErrNoneInForce) {
			t.Errorf("what was not adopted is in force: %v", err)
		}
		v, err := h.start(covenant.Covenant)
		h.ok(err)
		if v.UnderWay.Number != 2 || v.ID != id {
			t.Errorf("the next: %+v", v.UnderWay)
		}
	})
}

// The township orders a correction within its days, before and after the text is
// in force, and the next revision begins from what was ordered to be corrected.
func TestService_Correction(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.to(covenant.Covenant, "file")
		v := h.do(id, "order_correction", h.fields(id, "order_correction"))
		if v.UnderWay != nil || v.InForce != nil || v.Versions[0].State != covenant.CorrectionOrdered || !slices.Equal(v.Versions[0].Content.Correction.Clauses, []string{"c02"}) {
			t.Fatalf("%+v", v.Versions[0])
		}
		_, err := h.try(id, "publish", h.fields(id, "publish"))
		refused(t, err, procedure.ErrClosed)
		h.to(covenant.Covenant, "")
		v = h.see(id)
		if v.InForce.Number != 2 || v.InForce.Content.Base != 1 || !v.InForce.Content.Corrects || v.InForce.Content.Clauses[1].Code != "c02" {
			t.Fatalf("the corrected one: %+v", v.InForce)
		}
		v = h.do(id, "order_correction", h.fields(id, "order_correction"))
		if v.InForce == nil || v.InForce.State != covenant.Force || v.InForce.Content.Correction == nil {
			t.Fatalf("in force and ordered: %+v", v.InForce)
		}
		_, err = h.try(id, "order_correction", h.fields(id, "order_correction"))
		refused(t, err, procedure.ErrClosed)
		h.to(covenant.Covenant, "")
		h.later(40) // more than 30, whatever days off there are
		_, err = h.try(id, "order_correction", h.fields(id, "order_correction"))
		refused(t, err, covenant.ErrCorrectionLate)
		if v := h.see(id); slices.ContainsFunc(v.Available, func(a procedure.Available) bool { return a.Action == "order_correction" }) {
			t.Error("offered after its days")
		}
	})
}

// The days of the filing run from the vote, however late it is entered.
func TestService_Filing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.to(covenant.Covenant, "begin_vote")
		h.later(2)
		ballot := h.ballot(id, nil)
		h.later(20)
		v := h.do(id, "record_vote", given{"ballot": ballot, "women": "9"})
		if by := v.DueAt.Format(time.DateOnly); by != h.day(0) {
			t.Errorf("due %s", by)
		}
		h.later(1)
		if !h.see(id).Overdue {
			t.Error("late and not overdue")
		}
		for _, on := range []string{h.day(1), h.day(-60)} {
			_, err := h.try(id, "file", given{"filed_on": on, "receipt": "嘉备3号"})
			refused(t, err, covenant.ErrFiledOn)
		}
		v = h.do(id, "file", given{"filed_on": h.day(0), "receipt": "嘉备3号"})
		if !v.UnderWay.Content.Filing.Late {
			t.Error("a late filing is not told as late")
		}
		_, err := h.try(id, "publish", given{"in_force_on": h.day(-1)})
		refused(t, err, procedure.ErrFields)
		h.do(id, "publish", given{"in_force_on": h.day(5)})
		_, err = h.try(id, "enter_force", nil)
		refused(t, err, covenant.ErrNotYet)
		h.later(5)
		h.do(id, "enter_force", nil)
	})
}

// One revision at a time: of many that begin at once, one does.
func TestService_OneAtATime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for range 2 { // the text does not exist, then it does
			var wg sync.WaitGroup
			errs := make([]error, 6)
			for i := range errs {
				wg.Go(func() { _, errs[i] = h.start(covenant.Covenant) })
			}
			wg.Wait()
			began := 0
			for _, err := range errs {
				if err == nil {
					began++
				} else if !errors.Is(err, covenant.ErrUnderWay) {
					t.Errorf("%v", err)
				}
			}
			if began != 1 {
				t.Errorf("%d revisions under way", began)
			}
			_, err := h.start(covenant.Covenant)
			refused(t, err, covenant.ErrUnderWay)
			p, err := h.svc.List(t.Context(), covenant.Query{Region: "5108", Limit: 20})
			h.ok(err)
			if len(p.Items) != 1 {
				t.Fatalf("%d texts", len(p.Items))
			}
			h.do(p.Items[0].ID, "withdraw", given{"reason": "先不改了。"})
		}
		_, err := h.start(covenant.Charter)
		h.ok(err)
		p, err := h.svc.List(t.Context(), covenant.Query{Region: yanjing, Limit: 1})
		h.ok(err)
		if len(p.Items) != 1 || p.Items[0].Kind != covenant.Charter || p.Next == 0 {
			t.Errorf("first page: %+v", p)
		}
	})
}

// What cannot be submitted, and what cannot be a draft.
func TestService_Drafts(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, err := h.start(covenant.Covenant)
		h.ok(err)
		id := v.ID
		_, err = h.try(id, "draft", nil)
		refused(t, err, procedure.ErrTooEarly)
		h.step(id, "draft")
		_, err = h.try(id, "submit", nil)
		refused(t, err, covenant.ErrNoDraft)
		for name, change := range map[string]func(*covenant.Clause){
			"Topic": func(c *covenant.Clause) { c.Topic = "weather" }, "Kind": func(c *covenant.Clause) { c.Kind = "law" },
			"Short": func(c *covenant.Clause) { c.Text = "好" }, "NoSource": func(c *covenant.Clause) { c.Source = "" },
			"List": func(c *covenant.Clause) { c.List = covenant.Black }, "Turns": func(c *covenant.Clause) { c.TurnsRed = true },
			"Measure": func(c *covenant.Clause) { c.Measures = []covenant.Measure{{Text: "表扬"}} },
		} {
			cs := clauses()
			change(&cs[0])
			if _, err := h.draft(id, cs); !errors.Is(err, fault.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		cs := clauses()
		cs[1].Text = "不得乱倒垃圾，违者罚款50元。"
		cs[1].Measures[0].Text = "取消低保。"
		_, err = h.draft(id, cs)
		refused(t, err, covenant.ErrForbidden)
		if f := fields(err); len(f) != 2 || f[0].Location != "body.clauses[1].text" || f[1].Location != "body.clauses[1].measures[0].text" ||
			!strings.Contains(f[0].Message, "行政处罚法") || !strings.Contains(f[0].Message, "建议写成") {
			t.Errorf("%+v", f)
		}
		cs = clauses()
		cs[0].Text = "有事请拨打 13800138000。"
		_, err = h.draft(id, cs)
		refused(t, err, covenant.ErrPrivate)
		cs = clauses()
		cs[0].Code = "c07"
		_, err = h.draft(id, cs)
		refused(t, err, covenant.ErrClauseUnknown)
		_, err = h.draft(id, clauses())
		h.ok(err)
		by := h.clerk()
		_, err = h.svc.PutDraft(t.Context(), by, act(by), id, 99, covenant.Draft{Title: "盐井村村规民约", Clauses: clauses()})
		refused(t, err, covenant.ErrRaced)
		_, err = h.svc.Act(t.Context(), by, act(by), id, procedure.Input{Action: "submit", Revision: 99})
		refused(t, err, covenant.ErrRaced)
	})
}

// A code is a clause for ever: it stays with a clause that moves or changes, and
// is not given again when the clause is gone.
func TestService_Codes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.to(covenant.Covenant, "")
		v, err := h.start(covenant.Covenant)
		h.ok(err)
		h.step(id, "draft")
		_, err = h.try(id, "submit", nil)
		refused(t, err, covenant.ErrSame)
		cs := v.UnderWay.Content.Clauses
		gone := cs[0]
		fresh := covenant.Clause{Topic: "forest", Kind: covenant.NotAllowed, Text: "林区禁止野外用火。", Source: "村民议事会"}
		v, err = h.draft(id, []covenant.Clause{cs[2], fresh, cs[1]})
		h.ok(err)
		var codes []string
		for _, c := range v.UnderWay.Content.Clauses {
			codes = append(codes, c.Code)
		}
		if !slices.Equal(codes, []string{"c03", "c04", "c02"}) {
			t.Errorf("codes %v", codes)
		}
		v, err = h.draft(id, append(v.UnderWay.Content.Clauses, gone))
		h.ok(err)
		if c := v.UnderWay.Content.Clauses[3]; c.Code != "c01" || c.Number != 4 {
			t.Errorf("brought back: %+v", c)
		}
		d, err := h.svc.Difference(t.Context(), id, 1, 2)
		h.ok(err)
		if d.Added != 1 || d.Removed != 0 || d.Changed != 0 {
			t.Errorf("%+v", d)
		}
	})
}

// Item A02 is drafted from the record.
func TestService_Report(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		v, err := h.start(covenant.Covenant)
		h.ok(err)
		by := h.clerk()
		_, err = h.svc.Report(t.Context(), by, act(by), v.ID)
		refused(t, err, covenant.ErrNoneInForce)
		h.do(v.ID, "withdraw", given{"reason": "先不改了。"})
		id := h.to(covenant.Covenant, "")
		by = h.clerk()
		p, err := h.svc.Report(t.Context(), by, act(by), id)
		h.ok(err)
		f := p.Content.Fields
		if p.ItemCode != "A02" || p.State != disclosure.Draft || f["赞成数"] != "50" || f["备案日期"] == "" || f["奖惩条款"] != "见第2条" ||
			!strings.Contains(p.Content.Body, "孝敬父母") {
			t.Errorf("%+v", p.Content)
		}
		_, err = h.svc.Report(t.Context(), villager(1), act(villager(1)), id)
		refused(t, err, account.ErrMayNot)
	})
}
