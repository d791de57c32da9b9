package inbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/inbox"
)

func TestFollow_WhoIsTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		for who, role := range map[string]account.Role{"clerk": account.Clerk, "director": account.Director, "super1": account.Supervisor, "super2": account.Supervisor} {
			h.appoint(who, role, yanjing)
		}
		h.appoint("town", account.TownshipRole, jiachuan)
		h.appoint("elsewhere", account.Supervisor, "510821102202")
		id := h.posting("二月收支", disclosure.Published, 1, disclosure.PublicInternet)
		h.asked["q1"] = []string{"asker", "joiner"}
		question := map[string]string{"posting": id, "item": "D02", "kind": "question", "due": "2026-03-12"}
		for _, c := range []struct {
			by, kind, subject string
			facts             map[string]string
			want              string
		}{
			{"clerk", disclosure.EventSubmitted, id, published(0), "super1 super2"},
			{"super1", disclosure.EventReviewed, id, published(0), "director"},
			{"director", disclosure.EventConfirmed, id, published(0), "clerk"},
			{"director", disclosure.EventReturned, id, published(0), "clerk"},
			{"clerk", disclosure.EventConfirmed, id, published(0), ""}, // of one's own act nobody is told
			{"asker", "question.asked", "q1", question, "clerk director"},
			{"clerk", "question.answered", "q1", question, "asker joiner"},
			{"system", "question.escalated", "q1", question, "asker joiner town"},
			{"system", "duty.remind", string(yanjing), map[string]string{"stage": "before", "items": "B01 2026Q1;D02 2026-02", "count": "2"}, "clerk director"},
			{"system", "duty.remind", string(yanjing), map[string]string{"stage": "passed", "items": "D02"}, "clerk director"},
			{"system", "duty.remind", string(yanjing), map[string]string{"stage": "township", "items": "D02"}, "town"},
			{"clerk", "board.posted", "b1", nil, "super1 super2"},
			{"clerk", disclosure.EventArchived, id, published(1), ""},
		} {
			before := h.totals()
			h.happens(c.by, c.kind, c.subject, c.facts)
			h.follow()
			var got []string
			for _, who := range h.everybody() {
				if h.total(who) > before[who] {
					got = append(got, who)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s by %s: told %v, want %s", c.kind, c.by, got, c.want)
			}
			since(h, time.Minute)
		}
	})
}

func (h *house) everybody() []string {
	return []string{"asker", "clerk", "director", "elsewhere", "joiner", "super1", "super2", "town"}
}

// Of a step that is done nobody is reminded any more.
func TestFollow_WorkDone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.appoint("super1", account.Supervisor, yanjing)
		h.appoint("director", account.Director, yanjing)
		id := h.posting("二月收支", disclosure.Reviewed, 0, disclosure.PublicInternet)
		for _, step := range []struct{ by, kind, unread string }{
			{"clerk", disclosure.EventSubmitted, "super1"},
			{"super1", disclosure.EventReviewed, "director"},
			{"director", disclosure.EventConfirmed, ""},
			{"clerk", disclosure.EventPublished, ""},
		} {
			h.happens(step.by, step.kind, id, published(0))
			h.follow()
			for _, who := range []string{"super1", "director"} {
				n, err := h.svc.Unread(t.Context(), caller(who))
				if err != nil || (n == 1) != (who == step.unread) {
					t.Errorf("%s: %s has %d unread: %v", step.kind, who, n, err)
				}
			}
			since(h, time.Minute)
		}
	})
}

// Reminders name the items and how many there are.
func TestFollow_Reminder(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	h.appoint("clerk", account.Clerk, yanjing)
	h.happens("system", "duty.remind", string(yanjing), map[string]string{
		"stage": "passed", "items": "B01 2026Q1;D02 2026-01;D02 2026-02;D03 2026-02;D05 2026-02", "count": "31", "due": "2026-03-01",
	})
	h.follow()
	ms := h.messages("clerk")
	if len(ms) != 1 || ms[0].Title != "盐井村有公开事项已过期" || !strings.Contains(ms[0].Body, "财务收支逐笔明细") || !strings.Contains(ms[0].Body, "等，共 31 项") {
		t.Errorf("%+v", ms)
	}
}

// total counts the events that an account was told of.
func (h *house) total(who string) int {
	n := 0
	for _, m := range h.messages(who) {
		n += m.Count
	}
	return n
}

func (h *house) totals() map[string]int {
	out := map[string]int{}
	for _, who := range h.everybody() {
		out[who] = h.total(who)
	}
	return out
}

// Unread messages of one matter are one, newest first; each account hears of an
// event once, by what it follows most closely.
func TestFollow_Digest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.follows("town", inbox.FollowPlace, string(jiachuan))
		h.follows("city", inbox.FollowPlace, "5108")
		h.follows("city", inbox.FollowPlace, string(jiachuan))
		h.follows("item", inbox.FollowItem, string(yanjing)+"/D02")
		h.follows("item", inbox.FollowPlace, string(yanjing))
		var last string
		for i := range 12 {
			last = h.posting(fmt.Sprintf("第%d条", i+1), disclosure.Published, 1, disclosure.PublicInternet)
			h.happens("clerk", disclosure.EventPublished, last, published(1))
			since(h, time.Minute)
		}
		h.follow()
		ms := h.messages("town")
		if len(ms) != 1 || ms[0].Title != "嘉川镇有 12 条新公开" || ms[0].Body != "《第12条》" || ms[0].Count != 12 || ms[0].Link != "/d/"+last {
			t.Errorf("%+v", ms)
		}
		if ms := h.messages("city"); len(ms) != 1 || ms[0].Title != "嘉川镇有 12 条新公开" {
			t.Errorf("who follows two places above: %+v", ms)
		}
		if ms := h.messages("item"); len(ms) != 1 || ms[0].Title != "盐井村的“财务收支逐笔明细”有 12 条新公开" {
			t.Errorf("%+v", ms)
		}
		if n, err := h.svc.Read(t.Context(), caller("town"), act("town"), inbox.ReadInput{All: true}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		next := h.posting("第13条", disclosure.Published, 2, disclosure.PublicInternet)
		h.happens("clerk", disclosure.EventPublished, next, published(2))
		h.follow()
		ms = h.messages("town")
		if len(ms) != 2 || ms[0].Count != 1 || !strings.HasPrefix(ms[0].Title, "更正：盐井村") || ms[1].ReadAt.IsZero() {
			t.Errorf("after reading: %+v", ms)
		}
	})
}

// Nothing is told twice: not when the same version is announced again, nor when
// the follower runs again.
func TestFollow_Once(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.follows("reader", inbox.FollowPlace, string(yanjing))
		id := h.posting("二月收支", disclosure.Published, 1, disclosure.PublicInternet)
		for range 3 {
			h.happens("clerk", disclosure.EventPublished, id, published(1))
			since(h, time.Second)
			h.follow()
		}
		if ms := h.messages("reader"); len(ms) != 1 || ms[0].Count != 1 {
			t.Errorf("%+v", ms)
		}
		// An event of a text that stands no more says nothing.
		gone := h.posting("旧的", disclosure.Withdrawn, 1, disclosure.PublicInternet)
		h.happens("clerk", disclosure.EventPublished, gone, published(1))
		h.follow()
		if ms := h.messages("reader"); len(ms) != 1 {
			t.Errorf("%+v", ms)
		}
	})
}

// What verified villagers alone may read is told to them alone, by its item.
func TestFollow_Private(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.appoint("officer", account.TownshipRole, jiachuan)
		h.binds("villager")
		for _, who := range []string{"villager", "stranger", "officer"} {
			h.follows(who, inbox.FollowPlace, string(yanjing))
		}
		h.follows("above", inbox.FollowPlace, string(jiachuan))
		id := h.posting("李四的低保", disclosure.Published, 1, disclosure.VerifiedVillager)
		facts := published(1)
		facts["visibility"] = string(disclosure.VerifiedVillager)
		h.happens("clerk", disclosure.EventPublished, id, facts)
		h.follow()
		for who, want := range map[string]int{"villager": 1, "officer": 1, "stranger": 0, "above": 0} {
			ms := h.messages(who)
			if len(ms) != want {
				t.Errorf("%s: %+v", who, ms)
			}
			for _, m := range ms {
				if strings.Contains(m.Title+m.Body, "李四") {
					t.Errorf("the title of a private posting is told: %+v", m)
				}
			}
		}
	})
}

func (h *house) binds(who string) {
	h.t.Helper()
	err := h.db.Accounts().InTx(h.t.Context(), dbtest.Act(), func(tx account.Tx) error {
		err := tx.AddBinding(h.t.Context(), account.Binding{
			ID: "b-" + who, AccountID: who, ResidentID: "r-" + who, Village: yanjing, Standing: account.Reader, Method: account.ByPhone, CreatedAt: tx.Now(),
		})
		if err != nil {
			return err
		}
		return tx.Record(h.t.Context(), testEvent)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// A withdrawal takes the title out of what was told before.
func TestFollow_Withdrawn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.follows("place", inbox.FollowPlace, string(yanjing))
		id := h.posting("含有私人信息的标题", disclosure.Published, 1, disclosure.PublicInternet)
		h.follows("reader", inbox.FollowPosting, id)
		h.happens("clerk", disclosure.EventPublished, id, published(1))
		h.follow()
		h.happens("director", disclosure.EventWithdrawn, id, published(1))
		h.follow()
		for who, count := range map[string]int{"place": 1, "reader": 2} {
			ms := h.messages(who)
			if len(ms) != 1 || ms[0].Count != count || strings.Contains(ms[0].Title+ms[0].Body, "私人") {
				t.Errorf("%s: %+v", who, ms)
			}
		}
	})
}

// Whoever asks about a posting hears of its corrections.
func TestFollow_AskedIsFollowed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	id := h.posting("二月收支", disclosure.Published, 2, disclosure.PublicInternet)
	h.happens("asker", "question.asked", "q1", map[string]string{"posting": id, "item": "D02"})
	h.happens("clerk", disclosure.EventPublished, id, published(2))
	h.follow()
	if ms := h.messages("asker"); len(ms) != 1 || !strings.HasPrefix(ms[0].Title, "更正：") {
		t.Errorf("%+v", ms)
	}
	if ms := h.messages("clerk"); len(ms) != 0 {
		t.Errorf("%+v", ms)
	}
}

// More followers than one transaction takes are all told, each once.
func TestSpread(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		const many = 1203
		h.in("test", func(tx inbox.Tx) error {
			for i := range many {
				who := fmt.Sprintf("f%05d", i)
				if err := tx.PutFollow(t.Context(), who, "place/"+string(yanjing)); err != nil {
					return err
				}
				if i%3 == 0 {
					if err := tx.PutFollow(t.Context(), who, "place/"+string(jiachuan)); err != nil {
						return err
					}
				}
			}
			return nil
		})
		id := h.posting("二月收支", disclosure.Published, 1, disclosure.PublicInternet)
		h.happens("clerk", disclosure.EventPublished, id, published(1))
		h.follow()
		for i := range many {
			if ms := h.messages(fmt.Sprintf("f%05d", i)); len(ms) != 1 || ms[0].Count != 1 {
				t.Fatalf("follower %d: %+v", i, ms)
			}
		}
	})
}
