package question_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/question"
)

// Whatever anybody tries, in whatever order: nothing fails but by a refusal,
// only the asker ends a question, what is offered is what is taken, and the
// counts on the posting are those of a recount.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	asker, other := villager("asker", yanjing), villager("other", yanjing)
	people := []account.Caller{
		asker, other, h.holder(account.Clerk, yanjing), h.holder(account.Director, yanjing),
		h.holder(account.TownshipRole, jiachuan), h.holder(account.Supervisor, yanjing),
	}
	texts := map[string]string{"answer": "村里这样答复。", "decide": "乡镇这样答复。", "not_satisfied": "还是没有说清楚。"}
	rapid.Check(t, func(rt *rapid.T) {
		h.db.Clock.Advance(24 * time.Hour)
		for i := range people {
			people[i].SignedInAt = h.db.Clock.Now()
			for j := range people[i].Grants {
				people[i].Grants[j].End = h.db.Clock.Now().AddDate(1, 0, 0)
			}
		}
		id := h.put(yanjing, disclosure.PublicInternet)
		qs := []question.Question{h.ask(asker, id), h.ask(asker, id)}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			q := rapid.SampledFrom(qs).Draw(rt, "question")
			by := people[rapid.IntRange(0, len(people)-1).Draw(rt, "who")]
			action := rapid.SampledFrom([]string{"answer", "decide", "settle", "not_satisfied", "unsettled", "escalate"}).Draw(rt, "action")
			before := h.see(by, q.ID)
			after, err := h.try(by, q.ID, action, texts[action])
			if offered := slices.Contains(actions(before), action); offered != (err == nil) {
				rt.Fatalf("%s of %s in %s: offered %v, %v", action, by.AccountID, before.State, offered, err)
			}
			if err != nil && fault.Of(err) == nil {
				rt.Fatalf("%s: %v", action, err)
			}
			if err == nil && after.State.Over() && by.AccountID != asker.AccountID {
				rt.Fatalf("%s ended it", by.AccountID)
			}
		}
		answered := 0
		for _, q := range qs {
			if slices.ContainsFunc(h.see(other, q.ID).Words, func(w question.Word) bool { return w.Kind != question.Reply }) {
				answered++
			}
		}
		if p := h.posting(id); p.Shown.Questions != len(qs) || p.Answered != answered {
			rt.Fatalf("counts %d %d, want %d %d", p.Shown.Questions, p.Answered, len(qs), answered)
		}
	})
}
