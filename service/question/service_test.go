package question_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/question"
	"cunwu/service/region"
)

func actions(q question.Question) []string {
	var out []string
	for _, a := range q.Available {
		out = append(out, a.Action)
	}
	return out
}

// The whole way: asked, answered, not satisfied, decided by the township, and
// settled by the asker.
func TestLife(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.put(yanjing, disclosure.PublicInternet)
		asker, other := villager("asker", yanjing), villager("other", yanjing)
		clerk, township := h.holder(account.Clerk, yanjing), h.holder(account.TownshipRole, jiachuan)
		q := h.ask(asker, id)
		if q.State != question.Open || q.DueAt.IsZero() || !q.Mine || q.Overdue || !slices.Equal(actions(q), []string{"settle"}) {
			t.Fatalf("asked: %+v", q)
		}
		if want := h.db.Clock.Now().AddDate(0, 0, 10).Format("2006-01-02"); q.DueAt.Format("2006-01-02") != want {
			t.Errorf("due %v, want %s", q.DueAt, want)
		}
		if p := h.posting(id); p.Shown.Questions != 1 || p.Answered != 0 || p.Revision != 1 {
			t.Errorf("counts: %+v", p)
		}
		if got := h.see(clerk, q.ID); !slices.Equal(actions(got), []string{"answer"}) || got.Asker != "王*成" {
			t.Errorf("to the clerk: %+v", got)
		}
		q = h.do(clerk, q.ID, "answer", "上月多装了六盏路灯。")
		if q.State != question.Answered || len(q.Words) != 1 || q.Words[0].By != "李*四 文书" || !q.DueAt.IsZero() {
			t.Errorf("answered: %+v", q)
		}
		_, err := h.try(other, q.ID, "settle", "")
		refused(t, err, procedure.ErrForbidden)
		_, err = h.try(clerk, q.ID, "settle", "")
		refused(t, err, procedure.ErrForbidden)
		q = h.do(asker, q.ID, "not_satisfied", "没有说每盏多少钱。")
		if q.State != question.Escalated || q.DueAt.IsZero() || q.Words[1].By != "提问人" {
			t.Errorf("escalated: %+v", q)
		}
		_, err = h.try(clerk, q.ID, "decide", "还是那样。再说一遍。")
		refused(t, err, procedure.ErrForbidden)
		q = h.do(township, q.ID, "decide", "每盏每月八元，已核对电费单。")
		if q.State != question.Decided || q.Words[2].Kind != question.Decision {
			t.Errorf("decided: %+v", q)
		}
		if got := h.see(asker, q.ID); !slices.Equal(actions(got), []string{"settle", "unsettled"}) {
			t.Errorf("after the township only the asker speaks, and once: %v", actions(got))
		}
		if q = h.do(asker, q.ID, "settle", ""); q.State != question.Settled || len(q.Available) != 0 {
			t.Errorf("settled: %+v", q)
		}
		if p := h.posting(id); p.Shown.Questions != 1 || p.Answered != 1 {
			t.Errorf("counts: %d %d", p.Shown.Questions, p.Answered)
		}
		var kinds []string
		for _, e := range h.events() {
			kinds = append(kinds, e.Kind+" "+e.Facts["state"])
			if e.Region != yanjing || e.Subject != q.ID || e.Facts["posting"] != id || e.Facts["kind"] != "question" {
				t.Errorf("event %+v", e)
			}
		}
		want := []string{"question.asked asked", "question.answered answered", "question.escalated escalated", "question.answered decided", "question.settled settled"}
		if !slices.Equal(kinds, want) {
			t.Errorf("events %v", kinds)
		}
	})
}

// Ten days without an answer, and the township has it; twenty more, and it is
// overdue for all to see.
func TestClock(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		q := h.ask(villager("asker", yanjing), h.put(yanjing, disclosure.PublicInternet))
		h.db.Clock.Advance(days(9))
		h.sweep()
		if got := h.see(account.Caller{}, q.ID); got.State != question.Open || got.Overdue {
			t.Fatalf("too early: %+v", got)
		}
		h.db.Clock.Set(q.DueAt.Add(2))
		if got := h.see(account.Caller{}, q.ID); !got.Overdue {
			t.Errorf("late, though no timer has fired yet: %+v", got)
		}
		h.db.Clock.Set(q.DueAt.Add(days(1)))
		h.sweep()
		h.sweep() // and once only
		got := h.see(account.Caller{}, q.ID)
		if got.State != question.Escalated || got.Overdue || !got.DueAt.After(h.db.Clock.Now().AddDate(0, 0, 19)) {
			t.Fatalf("not escalated: %+v", got)
		}
		_, err := h.try(h.holder(account.Clerk, yanjing), q.ID, "answer", "现在才来答复。")
		refused(t, err, procedure.ErrStage)
		h.db.Clock.Set(got.DueAt.Add(days(1)))
		h.sweep()
		if got = h.see(account.Caller{}, q.ID); got.State != question.Escalated || !got.Overdue {
			t.Errorf("the township's delay does not show: %+v", got)
		}
		if got = h.do(h.holder(account.TownshipRole, jiachuan), q.ID, "decide", "已责成村委会说明情况。"); got.Overdue || got.State != question.Decided {
			t.Errorf("decided late: %+v", got)
		}
	})
}

// Who asked is told to nobody but those who must answer.
func TestAskerIsHidden(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.put(yanjing, disclosure.PublicInternet)
		asker := villager("asker", yanjing)
		q := h.ask(asker, id)
		h.do(h.holder(account.Clerk, yanjing), q.ID, "answer", "上月多装了六盏路灯。")
		h.do(asker, q.ID, "not_satisfied", "没有说每盏多少钱。")
		h.known = nil
		for _, by := range []account.Caller{
			{},
			villager("other", yanjing), villager("far", liushu), asker, h.holder(account.Supervisor, yanjing),
			h.holder(account.Clerk, liushu), h.holder(account.CountyRole, "510821"), h.holder(account.Representative, yanjing),
		} {
			page := must[question.Page](t)(h.svc.Of(t.Context(), by, id, 0, 20))
			text := fmt.Sprintf("%+v %+v", page, h.see(by, q.ID))
			if strings.Contains(text, "王") || by.AccountID != asker.AccountID && page.Items[0].Mine {
				t.Errorf("%s learns who asked: %s", by.AccountID, text)
			}
			for _, w := range page.Items[0].Words {
				if w.Account == asker.AccountID && w.By != "提问人" {
					t.Errorf("signed %q", w.By)
				}
			}
		}
		if len(h.known) != 0 {
			t.Errorf("names were looked up: %v", h.known)
		}
		if got := h.see(h.holder(account.TownshipRole, jiachuan), q.ID); got.Asker == "" {
			t.Error("whoever must answer does not see whom")
		}
	})
}

func TestAsk_Refusals(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id, own := h.put(yanjing, disclosure.PublicInternet), h.put(yanjing, disclosure.VerifiedVillager)
		down := h.put(yanjing, disclosure.PublicInternet)
		h.change(down, func(r *disclosure.Record) { r.State = disclosure.Withdrawn })
		asker, stale := villager("asker", yanjing), villager("stale", yanjing)
		stale.ConsentDue = true
		line := func(n int) *int { return &n }
		for name, tt := range map[string]struct {
			by   account.Caller
			in   question.NewQuestion
			want *fault.Fault
		}{
			"stranger":             {account.Caller{}, question.NewQuestion{PostingID: id, Text: "这笔钱花在哪里？"}, account.ErrRequired},
			"on no roll":           {account.Caller{AccountID: "x"}, question.NewQuestion{PostingID: id, Text: "这笔钱花在哪里？"}, question.ErrNotVerified},
			"another village":      {villager("far", liushu), question.NewQuestion{PostingID: id, Text: "这笔钱花在哪里？"}, question.ErrNotVerified},
			"an officer elsewhere": {h.holder(account.Clerk, liushu), question.NewQuestion{PostingID: id, Text: "这笔钱花在哪里？"}, question.ErrNotVerified},
			"not theirs to read":   {villager("far", liushu), question.NewQuestion{PostingID: own, Text: "这笔钱花在哪里？"}, disclosure.ErrNotFound},
			"no such posting":      {asker, question.NewQuestion{PostingID: "none", Text: "这笔钱花在哪里？"}, disclosure.ErrNotFound},
			"too short":            {asker, question.NewQuestion{PostingID: id, Text: "  钱呢？ "}, fault.ErrInvalid},
			"too long":             {asker, question.NewQuestion{PostingID: id, Text: strings.Repeat("长", 301)}, fault.ErrInvalid},
			"unseen text":          {asker, question.NewQuestion{PostingID: id, Text: strings.Repeat("\u200b", 10)}, fault.ErrInvalid},
			"turned text":          {asker, question.NewQuestion{PostingID: id, Text: "这笔钱\u202e花在哪里？"}, fault.ErrInvalid},
			"no such line":         {asker, question.NewQuestion{PostingID: id, Text: "这笔钱花在哪里？", Line: line(2)}, fault.ErrInvalid},
			"a negative line":      {asker, question.NewQuestion{PostingID: id, Text: "这笔钱花在哪里？", Line: line(-1)}, fault.ErrInvalid},
			"a phone number":       {asker, question.NewQuestion{PostingID: id, Text: "打给 13812345678 的那笔？"}, question.ErrPrivate},
			"taken down":           {asker, question.NewQuestion{PostingID: down, Text: "这笔钱花在哪里？"}, question.ErrNotStanding},
			"consent is due":       {stale, question.NewQuestion{PostingID: id, Text: "这笔钱花在哪里？"}, account.ErrConsent},
		} {
			if _, err := h.svc.Ask(t.Context(), tt.by, act(account.Caller{AccountID: "x"}), tt.in); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %s", name, err, tt.want.Code)
			}
		}
		if p := h.posting(id); p.Shown.Questions != 0 {
			t.Errorf("%d questions counted", p.Shown.Questions)
		}
		q := must[question.Question](t)(h.svc.Ask(t.Context(), asker, act(asker), question.NewQuestion{PostingID: id, Text: "这一行是什么？", Line: line(1)}))
		if got := h.see(account.Caller{}, q.ID); got.Line == nil || *got.Line != 1 {
			t.Errorf("line: %+v", got)
		}
		_, err := h.try(h.holder(account.Clerk, yanjing), q.ID, "answer", "打 13812345678 问经办人。")
		refused(t, err, question.ErrPrivate)
	})
}

func TestAsk_DailyLimit(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id, asker := h.put(yanjing, disclosure.PublicInternet), villager("asker", yanjing)
		for range 10 {
			h.ask(asker, id)
		}
		_, err := h.tryAsk(asker, id, "再问一个问题可以吗？")
		refused(t, err, question.ErrTooMany)
		h.ask(villager("other", yanjing), id)
		h.db.Clock.Advance(days(1))
		h.ask(asker, id)
	})
}

// Whoever asked does not answer, though the office would allow it.
func TestAnswer_NotOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id, clerk := h.put(yanjing, disclosure.PublicInternet), h.holder(account.Clerk, yanjing)
		clerk.Village, clerk.Standing = yanjing, account.Voter
		q := h.ask(clerk, id)
		_, err := h.try(clerk, q.ID, "answer", "我自己来答复自己。")
		refused(t, err, procedure.ErrForbidden)
		if slices.Contains(actions(h.see(clerk, q.ID)), "answer") {
			t.Error("it is offered")
		}
		director := h.holder(account.Director, yanjing)
		director.SignedInAt = director.SignedInAt.AddDate(0, 0, -1)
		_, err = h.try(director, q.ID, "answer", "昨天登录的主任答复。")
		refused(t, err, account.ErrStale)
	})
}

// The committee's objection is the committee's: any of its members settles it,
// and nobody else.
func TestObjection(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.put(yanjing, disclosure.PublicInternet)
		in := question.NewQuestion{PostingID: id, Text: "发包收入与合同不一致。"}
		for _, by := range []account.Caller{h.holder(account.Clerk, yanjing), h.holder(account.Supervisor, liushu), villager("v", yanjing)} {
			_, err := h.svc.Object(t.Context(), by, act(by), in)
			refused(t, err, account.ErrMayNot)
		}
		one, other := h.holder(account.Supervisor, yanjing), h.holder(account.Supervisor, yanjing)
		other.AccountID = "acc-another-member"
		q := must[question.Question](t)(h.svc.Object(t.Context(), one, act(one), in))
		if q.Kind != question.Objected || h.posting(id).Shown.Questions != 1 {
			t.Fatalf("%+v", q)
		}
		if got := h.see(h.holder(account.Clerk, yanjing), q.ID); got.Asker != "" {
			t.Errorf("a member is named: %+v", got)
		}
		h.do(h.holder(account.Director, yanjing), q.ID, "answer", "已按合同补登记。")
		_, err := h.try(villager("v", yanjing), q.ID, "settle", "")
		refused(t, err, procedure.ErrForbidden)
		q = h.do(other, q.ID, "not_satisfied", "补登记的数额仍不对。")
		if q.Words[1].By != "监委会" {
			t.Errorf("signed %q", q.Words[1].By)
		}
	})
}

func TestJoin(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.put(yanjing, disclosure.PublicInternet)
		asker, a, b := villager("asker", yanjing), villager("a", yanjing), villager("b", yanjing)
		q := h.ask(asker, id)
		var wg sync.WaitGroup
		for range 4 {
			for _, by := range []account.Caller{a, b} {
				wg.Go(func() {
					if _, err := h.svc.Join(t.Context(), by, act(by), q.ID); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		if got := h.see(a, q.ID); got.Joined != 2 || !got.JoinedByMe {
			t.Errorf("joined: %+v", got)
		}
		if got := h.see(asker, q.ID); got.JoinedByMe {
			t.Errorf("the asker: %+v", got)
		}
		for by, want := range map[*account.Caller]*fault.Fault{
			{}: account.ErrRequired, &asker: question.ErrOwn, {AccountID: "x"}: question.ErrNotVerified,
			{AccountID: "y", Village: liushu, Standing: account.Voter}: question.ErrNotVerified,
		} {
			_, err := h.svc.Join(t.Context(), *by, act(account.Caller{AccountID: "x"}), q.ID)
			refused(t, err, want)
		}
		for range 2 {
			if got := must[question.Question](t)(h.svc.Leave(t.Context(), a, act(a), q.ID)); got.Joined != 1 || got.JoinedByMe {
				t.Errorf("left: %+v", got)
			}
		}
		if who, joined, err := h.svc.Asker(t.Context(), q.ID); err != nil || who != asker.AccountID || !slices.Equal(joined, []string{b.AccountID}) {
			t.Errorf("%s %v %v", who, joined, err)
		}
		h.do(asker, q.ID, "settle", "")
		_, err := h.svc.Join(t.Context(), a, act(a), q.ID)
		refused(t, err, question.ErrOver)
		if got := must[question.Question](t)(h.svc.Leave(t.Context(), b, act(b), q.ID)); got.Joined != 0 {
			t.Errorf("left after the end: %+v", got)
		}
	})
}

// Of two that settle at once, one does; of two answers, one stands.
func TestRaces(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id, asker := h.put(yanjing, disclosure.PublicInternet), villager("asker", yanjing)
		q := h.ask(asker, id)
		race := func(by []account.Caller, action, text string) {
			t.Helper()
			var wg sync.WaitGroup
			var done atomic.Int32
			for _, c := range by {
				wg.Go(func() {
					switch _, err := h.try(c, q.ID, action, text); {
					case err == nil:
						done.Add(1)
					case errors.Is(err, procedure.ErrStage), errors.Is(err, procedure.ErrClosed), errors.Is(err, procedure.ErrRaced):
					default:
						t.Errorf("%s: %v", action, err)
					}
				})
			}
			wg.Wait()
			if done.Load() != 1 {
				t.Errorf("%s was done %d times", action, done.Load())
			}
		}
		race([]account.Caller{h.holder(account.Clerk, yanjing), h.holder(account.Director, yanjing)}, "answer", "上月多装了六盏路灯。")
		race([]account.Caller{asker, asker, asker}, "settle", "")
		if got := h.see(asker, q.ID); len(got.Words) != 1 || h.posting(id).Answered != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// What is only for the village stays there, and what was asked about a list of
// persons goes from sight with the list.
func TestReading(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		open, own := h.put(yanjing, disclosure.PublicInternet), h.put(yanjing, disclosure.VerifiedVillager)
		asker, other := villager("asker", yanjing), villager("other", yanjing)
		a, b := h.ask(asker, open), h.ask(asker, own)
		in := func(by account.Caller, at region.Code, state question.State) []string {
			var ids []string
			for before := int64(0); ; {
				p := must[question.Page](t)(h.svc.In(t.Context(), by, question.Query{Region: at, State: state, Before: before, Limit: 1}))
				for _, q := range p.Items {
					ids = append(ids, q.ID)
				}
				if before = p.Next; before == 0 {
					return ids
				}
			}
		}
		for _, at := range []region.Code{yanjing, jiachuan} {
			if got := in(account.Caller{}, at, ""); !slices.Equal(got, []string{a.ID}) {
				t.Errorf("a stranger at %s: %v", at, got)
			}
			if got := in(h.holder(account.TownshipRole, jiachuan), at, question.Open); !slices.Equal(got, []string{b.ID, a.ID}) {
				t.Errorf("the township at %s: %v", at, got)
			}
		}
		if got := in(other, yanjing, ""); !slices.Equal(got, []string{b.ID, a.ID}) {
			t.Errorf("a villager: %v", got)
		}
		if got := in(other, yanjing, question.Settled); len(got) != 0 {
			t.Errorf("settled: %v", got)
		}
		refused(t, h.svc.Known(t.Context(), account.Caller{}, b.ID), question.ErrNotFound)
		refused(t, h.svc.Known(t.Context(), villager("far", liushu), b.ID), question.ErrNotFound)
		_, err := h.svc.Of(t.Context(), account.Caller{}, own, 0, 20)
		refused(t, err, disclosure.ErrNotFound)
		for _, bad := range []question.Query{{Region: "5108", Limit: 1}, {Region: yanjing, State: "none", Limit: 1}, {Region: yanjing}, {Region: yanjing, Limit: 51}, {Region: yanjing, Limit: 1, Before: -1}} {
			_, err := h.svc.In(t.Context(), other, bad)
			refused(t, err, question.ErrQuery)
		}
		_, err = h.svc.In(t.Context(), other, question.Query{Region: "999999999999", Limit: 1})
		refused(t, err, region.ErrNotFound)
		h.change(open, func(r *disclosure.Record) { r.State = disclosure.Withdrawn })
		if got := h.see(other, a.ID); got.PostingTitle != "" || got.Text == "" {
			t.Errorf("while it is corrected: %+v", got)
		}
		h.change(own, func(r *disclosure.Record) { r.State = disclosure.Expired })
		refused(t, h.svc.Known(t.Context(), other, b.ID), question.ErrNotFound)
		h.see(asker, b.ID)
		h.see(h.holder(account.Clerk, yanjing), b.ID)
	})
}

// A correction keeps the questions and their counts, and what is asked next is
// about the corrected text.
func TestCorrection(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.put(yanjing, disclosure.PublicInternet)
		q := h.ask(villager("asker", yanjing), id)
		h.do(h.holder(account.Clerk, yanjing), q.ID, "answer", "上月多装了六盏路灯。")
		h.change(id, func(r *disclosure.Record) { r.Version = 2 })
		write(h, h.db.Disclosures().InTx, func(tx disclosure.Tx) error {
			text, err := disclosure.Content{Title: "更正", Summary: "更正了一笔电费。"}.Canonical()
			if err != nil {
				return err
			}
			return tx.AddPostingVersion(t.Context(), disclosure.VersionRecord{PostingID: id, Number: 2, PublishedAt: tx.Now(), Content: text, Digest: "d2"})
		})
		next := h.ask(villager("other", yanjing), id)
		if p := h.posting(id); p.Shown.Questions != 2 || p.Answered != 1 {
			t.Errorf("counts: %d %d", p.Shown.Questions, p.Answered)
		}
		if a, b := h.see(account.Caller{}, q.ID), h.see(account.Caller{}, next.ID); a.Version != 1 || b.Version != 2 {
			t.Errorf("versions asked about: %d, %d", a.Version, b.Version)
		}
		if page := must[question.Page](t)(h.svc.Of(t.Context(), account.Caller{}, id, 0, 20)); len(page.Items) != 2 {
			t.Errorf("%d questions", len(page.Items))
		}
	})
}

func TestReport(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		open, own := h.put(yanjing, disclosure.PublicInternet), h.put(yanjing, disclosure.VerifiedVillager)
		clerk, asker := h.holder(account.Clerk, yanjing), villager("asker", yanjing)
		today := h.db.Clock.Now().Format("2006-01-02")
		in := question.NewReport{Region: yanjing, On: today}
		_, err := h.svc.Report(t.Context(), clerk, act(clerk), in)
		refused(t, err, question.ErrNothing)
		a := must[question.Question](t)(h.tryAsk(asker, open, "竖线 | 和 *星号* 怎么写？"))
		h.do(clerk, a.ID, "answer", "第一行\n第二行 <b>")
		h.do(asker, a.ID, "settle", "")
		b := must[question.Question](t)(h.tryAsk(asker, own, "只给本村看的问题。"))
		h.do(clerk, b.ID, "answer", "只给本村看的答复。")
		h.ask(asker, open) // not answered
		p := must[disclosure.Posting](t)(h.svc.Report(t.Context(), clerk, act(clerk), in))
		if p.ItemCode != "K06" || p.Period != today || p.State != disclosure.Draft || !strings.Contains(p.Content.Summary, "答复了1个问题") {
			t.Errorf("%+v", p)
		}
		rows := strings.Split(strings.TrimSpace(p.Content.Body), "\n")
		if len(rows) != 3 || rows[2] != `| 1 | 竖线 \| 和 \*星号\* 怎么写？ | 村：第一行 第二行 \<b\> | `+today+` | 提问人认为已解决 |` {
			t.Errorf("%s", p.Content.Body)
		}
		if strings.Contains(p.Content.Body, "王") || !strings.Contains(p.BodyHTML, "<td>竖线 | 和 *星号* 怎么写？</td>") {
			t.Errorf("%s", p.BodyHTML)
		}
		for by, want := range map[*account.Caller]*fault.Fault{{}: account.ErrRequired, &asker: account.ErrMayNot} {
			_, err := h.svc.Report(t.Context(), *by, act(clerk), in)
			refused(t, err, want)
		}
		for _, bad := range []question.NewReport{
			{Region: yanjing, On: "2026-13-01"}, {Region: yanjing, On: "2027-01-01"}, {Region: yanjing, On: today, Since: "2027-01-01"}, {Region: yanjing, On: today, Since: "x"},
		} {
			_, err := h.svc.Report(t.Context(), clerk, act(clerk), bad)
			refused(t, err, fault.ErrInvalid)
		}
		_, err = h.svc.Report(t.Context(), clerk, act(clerk), question.NewReport{Region: "999999999999", On: today})
		refused(t, err, region.ErrNotFound)
	})
}
