package inbox_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/inbox"
	"cunwu/service/outbox"
)

// said knows who raised and joined concerns.
type said map[string][]string

func (s said) People(_ context.Context, id string) (string, []string, error) {
	if len(s[id]) == 0 {
		return "", nil, nil
	}
	return s[id][0], s[id][1:], nil
}

// talk is a village with its offices and one concern.
type talk struct {
	*house
	id string
}

func newTalk(t *testing.T, db *dbtest.DB) talk {
	t.Helper()
	h := newHouse(t, db)
	id := strings.Repeat("c", 26)
	h.raisers = said{id: {"raiser", "neighbour", "cousin"}}
	h.svc = h.service(h.client)
	h.appoint("clerk", account.Clerk, yanjing)
	h.appoint("director", account.Director, yanjing)
	h.appoint("town", account.TownshipRole, jiachuan)
	h.appoint("county", account.CountyRole, "510821")
	return talk{h, id}
}

func (h talk) step(by, what, level string, public bool) {
	h.t.Helper()
	facts := map[string]string{"level": level, "public": "false", "due": "2026-03-09", "category": "welfare"}
	if public {
		facts["public"] = "true"
	}
	h.happens(by, concern.EventPrefix+what, h.id, facts)
	h.follow()
	h.db.Clock.Advance(time.Second)
}

// heard gives the titles of the newest message of those who were told, and
// marks all as read.
func (h talk) heard() map[string]string {
	h.t.Helper()
	out := map[string]string{}
	for _, who := range []string{"raiser", "neighbour", "cousin", "clerk", "director", "town", "county"} {
		p, err := h.svc.Messages(h.t.Context(), caller(who), true, 0, 50)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, m := range p.Items {
			out[who] += m.Title
			if strings.Contains(m.Title+m.Body, "raiser") || strings.Contains(m.Title+m.Body, "低保") {
				h.t.Errorf("%s is told who or what: %s %s", who, m.Title, m.Body)
			}
			if m.Link != "/v/"+h.id {
				h.t.Errorf("link %s", m.Link)
			}
		}
		if _, err := h.svc.Read(h.t.Context(), caller(who), act(who), inbox.ReadInput{All: true}); err != nil {
			h.t.Fatal(err)
		}
	}
	return out
}

func TestTell_Concern(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newTalk(t, db)
		for _, c := range []struct {
			by, what, level string
			public          bool
			who             string // those who hear, between commas
		}{
			{"raiser", "raised", "village", false, "clerk,director"},
			{"system", "shown", "village", true, "raiser"},
			{"clerk", "registered", "village", true, "raiser"},
			{"clerk", "assigned", "village", true, "raiser"},
			{"director", "progress", "village", true, "raiser"},
			{"director", "asked", "village", true, "raiser"},
			{"raiser", "answered", "village", true, "clerk,director"},
			{"director", "extended", "village", true, "raiser"},
			{"system", "escalated", "township", true, "raiser,town"},
			{"town", "rerouted", "county", true, "raiser,county"},
			{"county", "rerouted", "township", true, "raiser,town"},
			{"town", "finished", "township", true, "raiser,neighbour,cousin"},
			{"town", "finished", "township", false, "raiser"},
			{"raiser", "reopened", "township", true, "town"},
			{"town", "unable", "township", true, "raiser,neighbour,cousin"},
			{"town", "not_ours", "township", true, "raiser,neighbour,cousin"},
			{"clerk", "merged", "village", true, "raiser,neighbour,cousin"},
			{"system", "hidden", "village", false, "raiser"},
			{"system", "ask_again", "village", true, "raiser"},
			{"system", "ask_again", "village", true, ""},
			{"neighbour", "joined", "village", true, ""},
			{"raiser", "rated", "village", true, ""},
			{"system", "archived", "village", true, ""},
		} {
			h.step(c.by, c.what, c.level, c.public)
			got := h.heard()
			var who []string
			if c.who != "" {
				who = strings.Split(c.who, ",")
			}
			for _, w := range who {
				if got[w] == "" {
					t.Errorf("%s at the %s: %s heard nothing", c.what, c.level, w)
				}
				delete(got, w)
			}
			if len(got) > 0 {
				t.Errorf("%s at the %s: also heard by %v", c.what, c.level, got)
			}
		}
	})
}

// A clerk who raised it for themselves is told as the raiser and as nobody's
// office.
func TestTell_ConcernOfAnOfficer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newTalk(t, db)
		h.raisers = said{h.id: {"clerk"}}
		h.svc = h.service(h.client)
		h.step("system", "escalated", "village", true)
		got := h.heard()
		if got["clerk"] != "您说的事过期没办，自动交到上一级" || got["director"] == "" {
			t.Errorf("%v", got)
		}
	})
}

// What is sealed makes no sound in the village.
func TestTell_SealedConcern(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newTalk(t, db)
		h.in("raiser", func(tx inbox.Tx) error {
			return tx.Announce(t.Context(), outbox.Event{Kind: "concern_sealed.raised", Region: "510821", Subject: h.id})
		})
		h.follow()
		if got := h.heard(); len(got) != 0 {
			t.Errorf("%v", got)
		}
	})
}

// Messages that wait for the offices go when the matter went on.
func TestTell_ConcernWorkIsClosed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newTalk(t, db)
		h.step("raiser", "raised", "village", false)
		h.step("clerk", "registered", "village", false)
		if got := h.heard(); got["director"] != "" || got["raiser"] == "" {
			t.Errorf("%v", got)
		}
	})
}
