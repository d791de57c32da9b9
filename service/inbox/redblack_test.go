package inbox_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/inbox"
	"cunwu/service/outbox"
)

// concerned knows whom one matter is about until it is over.
type concerned struct{ person, maker string }

func (c *concerned) People(context.Context, string) (string, string, error) {
	return c.person, c.maker, nil
}

// shaming is a village with all who have to do with its lists, and one matter.
type shaming struct {
	*house
	id   string
	who  *concerned
	step int
}

var everybody = []string{"person", "maker", "clerk", "council", "deputy", "supervisor", "town", "villager"}

func newShaming(t *testing.T, db *dbtest.DB) *shaming {
	t.Helper()
	h := newHouse(t, db)
	s := &shaming{house: h, id: strings.Repeat("e", 26), who: &concerned{"person", "maker"}}
	h.entries = s.who
	h.svc = h.service(h.client)
	for who, role := range map[string]account.Role{
		"clerk": account.Clerk, "council": account.Council, "deputy": account.Representative, "supervisor": account.Supervisor, "person": account.Council,
	} {
		h.appoint(who, role, yanjing)
	}
	h.appoint("town", account.TownshipRole, jiachuan)
	s.binds("villager")
	return s
}

// takes tells of a step and gives who heard, sorted.
func (s *shaming) takes(list, what, state string) []string {
	s.t.Helper()
	s.step++
	s.in("system", func(tx inbox.Tx) error {
		return tx.Announce(s.t.Context(), outbox.Event{Kind: "redblack." + what, Region: yanjing, Subject: s.id, Facts: map[string]string{
			"list": list, "state": state, "revision": strconv.Itoa(s.step), "public": "false",
		}})
	})
	s.follow()
	s.db.Clock.Advance(time.Second)
	var out []string
	for _, who := range everybody {
		p, err := s.svc.Messages(s.t.Context(), caller(who), true, 0, 50)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, m := range p.Items {
			out = append(out, who)
			for _, name := range everybody {
				if strings.Contains(m.Title+m.Body, name) {
					s.t.Errorf("%s is told a name: %s %s", who, m.Title, m.Body)
				}
			}
		}
	}
	return out
}

func (s *shaming) readAll() {
	s.t.Helper()
	for _, who := range everybody {
		if _, err := s.svc.Read(s.t.Context(), caller(who), act(who), inbox.ReadInput{All: true}); err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestTell_RedBlack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		s := newShaming(t, db)
		for _, c := range []struct{ list, what, state, heard string }{
			{"black", "reported", "reported", "clerk"},
			{"black", "verify", "verified", ""},
			{"black", "tell", "heard", "person"},
			{"black", "reply", "education", "clerk"},
			{"black", "to_council", "education", "council"},
			{"black", "adopt", "evaluated", "deputy"},
			{"black", "give_notice", "notice", "person"},
			{"black", "object", "notice", "clerk"},
			{"black", "list", "listed", "person"},
			{"black", "appeal", "appealed", "supervisor"},
			{"black", "escalate", "appealed", "person,town"},
			{"black", "refuse", "listed", "person"},
			{"black", "propose_naming", "listed", "person,supervisor"},
			{"red", "verify", "verified", "council"},
			{"red", "ask", "asked", "person"},
			{"red", "list", "listed", "person,maker"},
			{"black", "nonsense", "listed", ""},
		} {
			var want []string
			if c.heard != "" {
				want = strings.Split(c.heard, ",")
			}
			if got := s.takes(c.list, c.what, c.state); !slices.Equal(got, want) {
				t.Errorf("%s %s: heard by %v, want %v", c.list, c.what, got, want)
			}
			s.readAll()
		}
	})
}

// Where one of the council has voted, the others are still asked to.
func TestTell_RedBlackVoiceClosesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		s := newShaming(t, db)
		s.takes("black", "to_council", "education")
		if got := s.takes("black", "vote", "education"); !slices.Equal(got, []string{"council"}) {
			t.Errorf("still asked: %v", got)
		}
		if got := s.takes("black", "adopt", "evaluated"); !slices.Equal(got, []string{"deputy"}) {
			t.Errorf("after it moved on: %v", got)
		}
	})
}

// When it is over, whom it was about hears so, though nobody knows any more who it
// was; nothing of the matter is left in any inbox; and who could have seen a
// revoked one hears of the apology.
func TestTell_RedBlackEnd(t *testing.T) {
	t.Parallel()
	for state, heard := range map[string]string{"corrected": "person", "expired": "person", "revoked": "person,villager"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
				s := newShaming(t, db)
				s.accepts("person", longID, 5)
				s.takes("black", "tell", "heard")
				s.takes("black", "give_notice", "notice")
				s.takes("black", "object", "notice")
				s.readAll()
				*s.who = concerned{}
				if got := s.takes("black", "over", state); !slices.Equal(got, nil) {
					t.Errorf("an unknown action told %v", got)
				}
				what := map[string]string{"corrected": "confirm", "expired": "expire", "revoked": "uphold"}[state]
				got := s.takes("black", what, state)
				got = slices.DeleteFunc(got, func(who string) bool { return who == "clerk" }) // takes down the paper
				if !slices.Equal(got, strings.Split(heard, ",")) {
					t.Errorf("heard by %v, want %s", got, heard)
				}
				for _, who := range everybody {
					for _, m := range s.messages(who) {
						if strings.Contains(m.Subject+m.Link+m.Matter, s.id) {
							t.Errorf("%s still has %+v", who, m)
						}
					}
				}
			})
		})
	}
}
