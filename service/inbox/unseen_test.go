package inbox_test

import (
	"strings"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/moderation"
)

// TestTell_Unseen: the moderators of the village are told what waits, in one
// message that is renewed until it is read.
func TestTell_Unseen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.appoint("clerk", account.Clerk, yanjing)
		h.appoint("supervisor", account.Supervisor, yanjing)
		h.appoint("director", account.Director, yanjing)
		for _, day := range []string{"2026-03-03", "2026-03-04"} {
			h.happens("system", moderation.Waiting, string(yanjing)+"/"+day, map[string]string{"count": "3", "since": "2026-03-01"})
			h.follow()
			since(h, 24*time.Hour)
		}
		for _, who := range []string{"clerk", "supervisor"} {
			ms := h.messages(who)
			if len(ms) != 1 || !strings.Contains(ms[0].Title, "3 条内容等您审核") || !strings.Contains(ms[0].Body, "3月1日") || ms[0].Count != 2 {
				t.Errorf("%s: %+v", who, ms)
			}
		}
		if ms := h.messages("director"); len(ms) != 0 {
			t.Errorf("who does not decide is told: %+v", ms)
		}
	})
}
