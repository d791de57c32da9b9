package concern_test

import (
	"slices"
	"testing"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/concern"
	"cunwu/service/outbox"
)

// toldOf takes what was announced to people.
func (h *house) toldOf(kind string) []string {
	h.t.Helper()
	var out []string
	h.ok(h.db.Concerns().InTx(h.t.Context(), dbtest.Act(), func(tx concern.Tx) error {
		out = nil
		events, err := tx.TakeEvents(h.t.Context(), outbox.Notify, 1000)
		if err != nil {
			return err
		}
		for _, e := range events {
			if e.Kind == kind {
				out = append(out, e.Subject)
			}
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test.take", Object: "outbox", Result: "ok"})
	}))
	return out
}

// Four weeks later the raiser is asked, whatever the state; not before, not
// once answered, and not about what is withdrawn or sealed.
func TestAskRaisers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		open, done := h.raise(villager(2)).ID, h.finished()
		gone := h.raise(villager(3)).ID
		h.do(villager(3), gone, "withdraw", nil)
		h.raise(villager(4), func(in *concern.NewConcern) { in.Visibility = concern.Sealed })
		ask := func(days int) []string {
			t.Helper()
			h.db.Clock.Set(h.db.Clock.Now().AddDate(0, 0, days))
			_, err := h.svc.AskRaisers(t.Context())
			h.ok(err)
			got := h.toldOf(concern.EventAskAgain)
			slices.Sort(got)
			return got
		}
		if got := ask(27); len(got) != 0 {
			t.Errorf("before four weeks: %v", got)
		}
		want := []string{open, done}
		slices.Sort(want)
		if got := ask(1); !slices.Equal(got, want) {
			t.Errorf("asked of %v, want %v", got, want)
		}
		h.do(villager(1), done, "again", given{"answer": "solved"})
		if got := ask(1); !slices.Equal(got, []string{open}) {
			t.Errorf("asked of %v, want %s", got, open)
		}
		if got := ask(30); len(got) != 0 {
			t.Errorf("long after: %v", got)
		}
	})
}
