package concern_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/media"
	"cunwu/service/moderation"
	"cunwu/service/procedure"
)

// Four weeks after raising the raiser is asked, and answers once.
func TestAskAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.finished()
		h.do(villager(1), id, "rate", given{"rating": "satisfied"})
		_, err := h.try(villager(1), id, "again", given{"answer": "unsolved"})
		refused(t, err, concern.ErrNotAsked)
		h.later(29)
		if c := h.see(villager(1), id); !c.AskAgain || !hasAction(c, "again") {
			t.Error("the raiser is not asked")
		}
		if h.see(villager(5), id).AskAgain {
			t.Error("somebody else is asked")
		}
		_, err = h.try(villager(5), id, "again", given{"answer": "solved"})
		refused(t, err, concern.ErrNotRaiser)
		c, err := h.svc.AskAgain(t.Context(), villager(1), act(villager(1)), id, concern.AgainNot)
		h.ok(err)
		if c.State != concern.InProgress || !c.Reopened || c.AskAgain || c.Solved {
			t.Errorf("unsolved after a settled one: %s", c.State)
		}
		_, err = h.try(villager(1), id, "again", given{"answer": "solved"})
		refused(t, err, concern.ErrNotAsked)

		open := h.raise(villager(3)).ID
		h.later(29)
		c = h.do(villager(3), open, "again", given{"answer": "unsolved", "comment": "没有人来看过"})
		if c.Reopened || !strings.Contains(fmt.Sprint(c.Updates), "没有人来看过") {
			t.Errorf("unsolved while it is open: %s %v", c.State, c.Updates)
		}
		if strings.Contains(fmt.Sprint(h.see(villager(5), open).Updates), "没有人来看过") {
			t.Error("others read what nobody looked at")
		}
	})
}

// Who has no account is called by somebody who did not handle it, and the
// office that typed rates nothing.
func TestCallBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		in := func(n *concern.NewConcern) {
			n.Channel, n.OnBehalf = concern.InPerson, &concern.Behalf{Name: "王大爷", Contact: "13900139000"}
		}
		c, err := h.tryRaise(h.clerk(), in)
		h.ok(err)
		id := c.ID
		if c.Mine {
			t.Error("what the clerk typed is the clerk's own")
		}
		h.do(h.clerk(), id, "register", nil)
		h.do(h.clerk(), id, "assign", given{"handler": "村委会主任"})
		_, err = h.try(h.supervisor(), id, "called_back", given{"rating": "satisfied"})
		refused(t, err, concern.ErrCalled)
		h.do(h.director(), id, "finish", given{"result": "路已经修好了。"})
		_, err = h.try(h.clerk(), id, "rate", given{"rating": "satisfied"})
		refused(t, err, concern.ErrNotRaiser)
		_, err = h.try(h.director(), id, "called_back", given{"rating": "satisfied"})
		refused(t, err, account.ErrMayNot)
		page, err := h.svc.Concerns(t.Context(), h.supervisor(), concern.Query{Region: yanjing, CallBack: true, Limit: 10})
		h.ok(err)
		if len(page.Items) != 1 {
			t.Errorf("to be called: %v", page.Items)
		}
		c = h.do(h.supervisor(), id, "called_back", given{"rating": "satisfied", "text": "路好走了"})
		if !c.Solved || c.Rating != concern.Satisfied {
			t.Errorf("the raiser's word by telephone: %s %s", c.State, c.Rating)
		}
		_, err = h.try(h.supervisor(), id, "called_back", given{"rating": "satisfied"})
		refused(t, err, concern.ErrCalled)
	})
}

// About one in ten is drawn, the same ones whenever it is asked.
func TestCallBack_Sample(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	drawn := 0
	const all = 2000
	for i := range all {
		id := fmt.Sprintf("concern-%d", i)
		first := concern.Drawn(h.svc, id)
		if first {
			drawn++
		}
		if again := concern.Drawn(h.svc, id); again != first {
			t.Fatal("a draw changes")
		}
	}
	if drawn < all/20 || drawn > all/6 {
		t.Errorf("%d of %d drawn", drawn, all)
	}
}

// For somebody of the household: who typed and for whom are both kept, both
// have the raiser's rights.
func TestOnBehalf_Household(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.raise(villager(1), func(n *concern.NewConcern) { n.OnBehalf = &concern.Behalf{Resident: "res-0"} }).ID
		if c := h.see(h.clerk(), id); c.ForWhom == "" || c.RaiserName == "" {
			t.Errorf("the handler reads for %q by %q", c.ForWhom, c.RaiserName)
		}
		if c := h.see(villager(5), id); c.ForWhom+c.RaiserName != "" {
			t.Errorf("others read for %q by %q", c.ForWhom, c.RaiserName)
		}
		if !h.see(villager(0), id).Mine || !h.see(villager(1), id).Mine {
			t.Error("one of the two has no right")
		}
		raiser, _, err := h.svc.People(t.Context(), id)
		h.ok(err)
		if raiser != "acc-0" {
			t.Errorf("told is %q", raiser)
		}
	})
}

func TestTalkDays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		public := h.raise(villager(1)).ID
		h.raise(villager(3), func(n *concern.NewConcern) { n.Visibility = concern.Private })
		set := func(by account.Caller, in concern.NewTalkDay) (concern.TalkDayShown, error) {
			in.Region = yanjing
			return h.svc.SetTalkDay(t.Context(), by, act(by), in)
		}
		_, err := set(villager(1), concern.NewTalkDay{On: "2026-03-02"})
		refused(t, err, account.ErrMayNot)
		_, err = set(h.clerk(), concern.NewTalkDay{On: "2026-03-02", Agenda: "找我13800138000"})
		refused(t, err, concern.ErrPrivate)
		d, err := set(h.clerk(), concern.NewTalkDay{On: "2026-03-02", Place: "村委会院坝", Agenda: "听大家说事。"})
		h.ok(err)
		if len(d.Concerns) != 1 || d.Concerns[0].ID != public {
			t.Errorf("on the agenda: %v", d.Concerns)
		}
		h.raise(villager(5), func(n *concern.NewConcern) { n.Channel, n.TalkDay = concern.OnTalkDay, "2026-03-02" })
		_, err = set(h.clerk(), concern.NewTalkDay{On: "2026-03-02", Minutes: "来了十个人，说了一件事。"})
		h.ok(err)
		days, err := h.svc.TalkDays(t.Context(), account.Caller{}, yanjing)
		h.ok(err)
		if len(days) < 3 || days[0].On != "2026-03-02" || days[0].Raised != 1 || !strings.Contains(days[0].Minutes, "十个人") || !days[1].Planned {
			t.Errorf("%+v", days)
		}
	})
}

// Photos of a result are shown once they passed, and not before.
func TestResultPhotos(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.raise(villager(1)).ID
		h.do(h.clerk(), id, "register", nil)
		photo := h.photo(h.clerk(), media.JPEG)
		by := h.clerk()
		_, err := h.svc.Act(t.Context(), by, act(by), id, procedure.Input{
			Action: "on_the_spot", Fields: given{"result": "当场修好了。"}, Media: []string{photo},
		})
		h.ok(err)
		after := func() int {
			n := 0
			for _, u := range h.see(account.Caller{}, id).Updates {
				n += len(u.Photos)
			}
			return n
		}
		if after() != 0 {
			t.Error("a photo of the result is shown before its check")
		}
		i := slices.IndexFunc(h.check.begun, func(s moderation.Subject) bool { return s.Kind == concern.UpdateSubject })
		h.decide(concern.UpdateSubject, h.check.begun[i].ID, moderation.Passed)
		if after() != 1 {
			t.Error("a photo that passed is not shown")
		}
	})
}

// Whatever is done in whatever order, the invariants hold.
func TestInvariants(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	h := newHouse(t, db)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		raiser := villager(n % 12)
		db.Clock.Set(db.Clock.Now().AddDate(0, 0, 1))
		id := h.raise(raiser).ID
		ratedBy := concern.Rating("")
		reopened := 0
		for range rapid.IntRange(1, 15).Draw(rt, "steps") {
			people := []account.Caller{raiser, h.clerk(), h.director(), h.supervisor(), h.township(), h.county(), villager((n + 3) % 12), strangerCaller}
			by := rapid.SampledFrom(people).Draw(rt, "by")
			before := h.see(h.county(), id)
			action := rapid.SampledFrom(walkActions).Draw(rt, "action")
			if action.days > 0 {
				h.later(action.days)
			} else if c, err := h.try(by, id, action.code, action.fields); err == nil {
				own := slices.Contains([]string{"rate", "answer", "again", "withdraw"}, action.code)
				if own != (by.AccountID == raiser.AccountID) {
					rt.Fatalf("%s by %s", action.code, by.AccountID)
				}
				if action.code == "rate" {
					ratedBy = concern.Rating(action.fields["rating"])
				}
				if c.Revision <= before.Revision {
					rt.Fatalf("%s left no trace", action.code)
				}
			} else if after := h.see(h.county(), id); after.Revision != before.Revision {
				rt.Fatalf("a refused %s changed something: %v", action.code, err)
			}
			after := h.see(h.county(), id)
			if after.Reopened && !before.Reopened {
				reopened++
			}
			switch {
			case after.Solved != (after.State == concern.Settled), after.Solved && (ratedBy == "" || ratedBy == concern.Dissatisfied):
				rt.Fatalf("%s solved %v rated %q", after.State, after.Solved, ratedBy)
			case reopened > 1 || before.Reopened && !after.Reopened:
				rt.Fatalf("reopened %d times", reopened)
			case after.State == concern.Waiting && after.Overdue:
				rt.Fatal("waiting is overdue")
			case len(after.Updates) < len(before.Updates):
				rt.Fatal("the timeline lost a line")
			}
		}
	})
}

type walk struct {
	code   string
	fields given
	days   int
}

var walkActions = []walk{
	{code: "register"},
	{code: "assign", fields: given{"handler": "村委会主任"}},
	{code: "on_the_spot", fields: given{"result": "当场就修好了"}},
	{code: "finish", fields: given{"result": "路已经修好了"}},
	{code: "finish", fields: given{"result": "路已经修好了"}},
	{code: "ask", fields: given{"text": "请说清楚地点"}},
	{code: "answer", fields: given{"text": "就在堰塘边"}},
	{code: "to_township", fields: given{"reason": "要镇里出钱"}},
	{code: "to_county", fields: given{"reason": "要县里出钱"}},
	{code: "to_village", fields: given{"reason": "村里能办"}},
	{code: "to_consultation", fields: given{"reason": "要大家商量"}},
	{code: "unable", fields: given{"reason": "没有办法办"}},
	{code: "not_ours", fields: given{"reason": "归供电公司管", "where": "供电所"}},
	{code: "rate", fields: given{"rating": "satisfied"}},
	{code: "rate", fields: given{"rating": "dissatisfied"}},
	{code: "rate", fields: given{"rating": "dissatisfied"}},
	{code: "again", fields: given{"answer": "unsolved"}},
	{code: "extend", fields: given{"days": "10", "reason": "水泥还没有到"}},
	{code: "progress", fields: given{"text": "已经开工了"}},
	{code: "withdraw"},
	{days: 2},
	{days: 9},
	{days: 40},
}
