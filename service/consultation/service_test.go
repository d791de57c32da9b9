package consultation_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"cunwu/service/account"
	"cunwu/service/consultation"
	"cunwu/service/consultation/opinion"
	"cunwu/service/procedure"
)

// What was not agreed cannot be carried out: it goes to the villagers' meeting.
func TestAct_NoConsensusGoesToResolution(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.session(topic(), "offline")
		h.ends(id, "none")
		plan := given{"responsible": "村委会主任", "due": "2027-01-01", "plan": "清淤、浇路。"}
		_, err := h.try(id, "implement", plan)
		refused(t, err, procedure.ErrGuard)
		c := h.do(id, "to_resolution", given{"resolution": "res-2026-7"})
		if c.Content.Resolution != "res-2026-7" || c.State != consultation.Deciding {
			t.Errorf("%+v", c.Record)
		}
		c = h.do(id, "implement", plan)
		var names []string
		for _, s := range c.Way {
			names = append(names, string(s.State))
		}
		if !slices.Contains(names, "deciding") || c.State != consultation.Implementing {
			t.Errorf("way %v", names)
		}
	})
}

// It cannot be closed without an outcome and reasons, whatever is tried.
func TestAct_CannotCloseWithoutOutcome(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.session(topic(), "online")
		for _, action := range []string{"archive", "finish", "close_rating", "feed_back"} {
			f := given{}
			if action == "feed_back" {
				f["feedback"] = "没有结果也想结束这次协商。"
			}
			_, err := h.try(id, action, f)
			refused(t, err, procedure.ErrStage)
		}
		h.do(id, "end", given{"minutes": "到会代表逐一发言，意见都记下了。", "attended": "26"})
		for _, f := range []given{nil, {"result": "none"}, {"result": "none", "outcome": "没有谈成一致的意见。"}, {"result": "none", "outcome": "没有谈成一致的意见。", "reasons": "  "}} {
			_, err := h.try(id, "conclude", f)
			refused(t, err, procedure.ErrFields)
		}
	})
}

func TestAct_ComeConsultNeedsReply(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		in := topic()
		in.Channel, in.Topic.Source, in.Topic.Liaison = consultation.ComeConsult, consultation.FromCPPCC, "县政协联络站"
		id := h.session(in, "both")
		h.ends(id, "partial")
		h.do(id, "no_follow_up", given{"reason": "政策已经在办，不用另外落实。"})
		h.do(id, "feed_back", given{"feedback": "大家的意见已经转给县里。"})
		h.db.Clock.Set(h.db.Clock.Now().AddDate(0, 0, 14))
		h.do(id, "close_rating", nil)
		_, err := h.try(id, "archive", nil)
		refused(t, err, procedure.ErrGuard)
		h.do(id, "adopt", given{"adoption_reply": "已列入明年计划。", "result_adopter": "嘉川镇人民政府"})
		if c := h.do(id, "archive", nil); c.State != consultation.Archived || c.Content.Adoption == nil {
			t.Errorf("%+v", c.Record)
		}
	})
}

func TestAct_Participants(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.propose(h.holder(account.Clerk, yanjing), topic())
		h.do(id, "forward", nil)
		h.do(id, "accept", passes)
		for _, text := range []string{"张三：什么：都不是", "专家：技术员", "利益相关方：沿线12户", "利益相关方", strings.Repeat("利益相关方：某户：路\n", 41)} {
			_, err := h.try(id, "fix_subjects", given{"participants": text})
			refused(t, err, procedure.ErrFields)
		}
		c := h.do(id, "fix_subjects", given{"participants": "利益相关方: 沿线12户: 出行\n\n专家：技术员"})
		if p := c.Content.Participants; len(p) != 2 || p[0].Advises || !p[1].Advises {
			t.Errorf("%+v", c.Content.Participants)
		}
		_, err := h.try(id, "notify", given{"session_on": h.db.Clock.Now().AddDate(0, 0, 2).Format("2006-01-02"), "form": "online", "place": "小程序", "agenda": "路线走法"})
		refused(t, err, consultation.ErrNotice)
	})
}

// One person has one voice, whatever the accounts and however often; it can be
// changed. Only villagers of the place, only while the session is on.
func TestVote_OneVoice(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		in := topic()
		in.Group = yanjing + "01"
		id := h.session(in, "online")
		st := h.speak(villager(1), id, "走老路，不占地。")
		again := villager(2)
		again.AccountID = "another-account"
		for _, x := range []struct {
			by   account.Caller
			vote opinion.Vote
			want opinion.Tally
		}{
			{villager(2), opinion.Agree, opinion.Tally{Agree: 1}},
			{again, opinion.Disagree, opinion.Tally{Disagree: 1}},
			{again, opinion.Disagree, opinion.Tally{Disagree: 1}},
			{villager(3), opinion.Pass, opinion.Tally{Disagree: 1, Pass: 1}},
		} {
			got, err := h.svc.Vote(t.Context(), x.by, act(x.by), st.ID, x.vote)
			h.ok(err)
			if got.Tally != x.want || got.MyVote != x.vote {
				t.Errorf("%+v, want %+v", got, x.want)
			}
		}
		foreign := villager(4)
		foreign.Group = yanjing + "02"
		unbound := account.Caller{AccountID: "acc"}
		for _, by := range []account.Caller{foreign, unbound, h.holder(account.Clerk, yanjing)} {
			_, err := h.svc.Vote(t.Context(), by, act(by), st.ID, opinion.Agree)
			refused(t, err, consultation.ErrVillagersOnly)
		}
		_, err := h.svc.Vote(t.Context(), villager(2), act(villager(2)), st.ID, 9)
		if err == nil {
			t.Error("a vote that is none was taken")
		}
		h.do(id, "end", given{"minutes": "到会代表逐一发言，意见都记下了。", "attended": "0"})
		_, err = h.svc.Vote(t.Context(), villager(2), act(villager(2)), st.ID, opinion.Agree)
		refused(t, err, consultation.ErrNotOpen)
		_, err = h.svc.Speak(t.Context(), villager(2), act(villager(2)), id, "来晚了一步。")
		refused(t, err, consultation.ErrNotOpen)
	})
}

// However votes and rewordings race, nobody's vote ends up under other words,
// and the figures are those of the votes.
func TestReword_RacesWithVotes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.session(topic(), "online")
		st := h.speak(villager(0), id, "第一种说法。")
		var (
			wg   sync.WaitGroup
			mu   sync.Mutex
			seen = map[string]bool{} // texts under which a vote was taken
		)
		for n := 1; n <= 8; n++ {
			wg.Go(func() {
				got, err := h.svc.Vote(t.Context(), villager(n), act(villager(n)), st.ID, opinion.Vote(1+n%3)) //nolint:gosec // 1 to 3
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				seen[got.Text] = true
			})
			wg.Go(func() {
				_, err := h.svc.Reword(t.Context(), villager(0), act(villager(0)), st.ID, fmt.Sprintf("换成第%d种说法。", n))
				if err != nil && !errors.Is(err, consultation.ErrVoted) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		all, err := h.svc.Statements(t.Context(), account.Caller{}, id)
		h.ok(err)
		if len(seen) != 1 || !seen[all[0].Text] {
			t.Errorf("votes were taken under %v, shown is %q", seen, all[0].Text)
		}
		votes, err := h.db.Consultations().VotesOf(t.Context(), id, "")
		h.ok(err)
		var want opinion.Tally
		for _, v := range votes {
			want = want.Moved(opinion.None, v.Vote)
		}
		if len(votes) != 8 || all[0].Tally != want {
			t.Errorf("%d votes, tally %+v, want %+v", len(votes), all[0].Tally, want)
		}
	})
}

func TestModerate(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.session(topic(), "online")
		st := h.speak(villager(1), id, "说些不相干的话。")
		kept := h.speak(villager(1), id, "走老路。")
		clerk := h.holder(account.Clerk, yanjing)
		clerk.ResidentID, clerk.Village, clerk.Standing = "res-9", yanjing, account.Voter
		own := h.speak(clerk, id, "我自己说的。")
		hide := consultation.Moderation{Action: consultation.Hide, Kind: "off_topic", Reason: "=与议题没有关系"}
		_, err := h.svc.Moderate(t.Context(), clerk, act(clerk), own.ID, hide)
		refused(t, err, consultation.ErrOwnStatement)
		_, err = h.svc.Moderate(t.Context(), villager(2), act(villager(2)), st.ID, hide)
		refused(t, err, account.ErrMayNot)
		_, err = h.svc.Moderate(t.Context(), clerk, act(clerk), st.ID, consultation.Moderation{Action: consultation.Hide, Kind: "dislike", Reason: "不喜欢"})
		if err == nil {
			t.Error("hidden for no reason that the rules know")
		}
		_, err = h.svc.Moderate(t.Context(), clerk, act(clerk), st.ID, hide)
		h.ok(err)
		_, err = h.svc.Moderate(t.Context(), clerk, act(clerk), st.ID, hide)
		refused(t, err, consultation.ErrModerated)
		_, err = h.svc.Vote(t.Context(), villager(2), act(villager(2)), st.ID, opinion.Agree)
		refused(t, err, consultation.ErrStatementNotFound)
		_, err = h.svc.Withdraw(t.Context(), villager(1), act(villager(1)), kept.ID)
		h.ok(err)
		for who, want := range map[*account.Caller]int{{}: 1, ptr(villager(1)): 3, &clerk: 2} {
			all, err := h.svc.Statements(t.Context(), *who, id)
			h.ok(err)
			if len(all) != want {
				t.Errorf("%s sees %d statements, want %d", who.AccountID, len(all), want)
			}
			if strings.Contains(fmt.Sprintf("%+v", all), "res-") {
				t.Error("a statement tells who made it")
			}
		}
		var log bytes.Buffer
		h.ok(h.svc.ModerationLog(t.Context(), account.Caller{}, id, func() io.Writer { return &log }))
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(log.String(), "\ufeff"))).ReadAll()
		h.ok(err)
		if len(rows) != 2 || rows[1][0] != "1" || rows[1][3] != "'=与议题没有关系" || rows[1][4] != "文书" || strings.Contains(log.String(), "不相干") {
			t.Errorf("%q", rows)
		}
	})
}

func ptr[T any](v T) *T { return &v }

// Groups are shown from 40 people on, and never before.
func TestGroups_Threshold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.session(topic(), "online")
		var ids []string
		for _, text := range []string{"走老路。", "取直。", "先修水渠。", "请技术员来看。"} {
			ids = append(ids, h.speak(villager(0), id, text).ID)
		}
		vote := func(n int) {
			for s, st := range ids {
				v := opinion.Agree
				if s < 2 && (n%3 == 0) == (s == 0) {
					v = opinion.Disagree
				}
				_, err := h.svc.Vote(t.Context(), villager(n), act(villager(n)), st, v)
				h.ok(err)
			}
		}
		for n := range 39 {
			vote(n)
		}
		o, err := h.svc.Groups(t.Context(), account.Caller{}, id)
		h.ok(err)
		if o.Enough || len(o.Groups)+len(o.Common)+len(o.Apart) != 0 || o.Counts.People != 39 || o.Counts.Votes != 39*4 {
			t.Fatalf("before the threshold: %+v", o)
		}
		vote(39)
		o, err = h.svc.Groups(t.Context(), account.Caller{}, id)
		h.ok(err)
		if !o.Enough || len(o.Groups) != 2 || !slices.Equal(o.Common, []int{2, 3}) || o.Groups[0].Size+o.Groups[1].Size != 40 {
			t.Fatalf("at the threshold: %+v", o)
		}
		if text := fmt.Sprintf("%+v", o); strings.Contains(text, "res-") || strings.Contains(text, "acc-") {
			t.Error("groups name persons")
		}
		_, err = h.svc.Withdraw(t.Context(), villager(0), act(villager(0)), ids[3])
		h.ok(err)
		if o, err = h.svc.Groups(t.Context(), account.Caller{}, id); err != nil || len(o.Statements) != 3 {
			t.Errorf("%v, %d statements after one was taken back", err, len(o.Statements))
		}
	})
}

func TestSpeak_Limits(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.session(topic(), "online")
		for n := range h.svc.Directory().Online.StatementsMost {
			h.speak(villager(1), id, fmt.Sprintf("第%d条意见。", n))
		}
		_, err := h.svc.Speak(t.Context(), villager(1), act(villager(1)), id, "再说一条。")
		refused(t, err, consultation.ErrTooManyStatements)
		h.speak(villager(2), id, strings.Repeat("长", 140))
		if _, err := h.svc.Speak(t.Context(), villager(2), act(villager(2)), id, strings.Repeat("长", 141)); err == nil {
			t.Error("141 characters were taken")
		}
		offline := h.session(topic(), "offline")
		_, err = h.svc.Speak(t.Context(), villager(2), act(villager(2)), offline, "现场会不收网上意见。")
		refused(t, err, consultation.ErrNotOpen)
	})
}

// Every problem of a directory is told at once.
func TestLoadDirectory(t *testing.T) {
	t.Parallel()
	d, err := consultation.LoadDirectory(rulesDir)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Items) < 25 {
		t.Errorf("%d items", len(d.Items))
	}
	for _, i := range d.Items {
		if i.FormName() == "" || i.RouteName() == "" {
			t.Errorf("%s has no words", i.Code)
		}
	}
	bad := "version: 0\neffective: 2026-01-01\nnotice: {days: 0, unit: week, source: x}\nonline: {statement_chars: 5, source: none}\nmoderation: []\nitems:\n  - {code: a1, category: c, item: i, example: e, form: chat, participants: [], route: none, limits: '', source: none}\n"
	_, err = consultation.LoadDirectory(fstest.MapFS{consultation.DirectoryFile: {Data: []byte(bad)}})
	for _, want := range []string{"version", "notice", "statement_chars", "online.source", "moderation", "items[a1]", ".form", ".route", ".participants", ".limits", ".source"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s in %v", want, err)
		}
	}
	if _, err = consultation.LoadDirectory(fstest.MapFS{consultation.DirectoryFile: {Data: []byte("items: 7\nmore: 1\n")}}); err == nil {
		t.Error("nonsense was read")
	}
}
