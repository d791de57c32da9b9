package concern_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"cunwu/repository"
	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/procedure"
)

const accusation = "村干部把救灾款发给了自己亲戚。"

func sealedOne(in *concern.NewConcern) {
	in.Visibility, in.Text = concern.Sealed, accusation
}

// A sealed concern is in no list, count or task of the village, the township
// or the county's other officers.
func TestSealed_NobodyElseKnows(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first, err := h.tryRaise(villager(1), sealedOne)
		h.ok(err)
		if first.Text != "" || first.Title != "密封反映" {
			t.Errorf("the answer, which is kept for repeats, holds the text: %q", first.Text)
		}
		for name, by := range map[string]account.Caller{
			"clerk": h.clerk(), "director": h.director(), "supervisor": h.supervisor(), "township": h.township(), "county": h.county(),
			"villager": villager(5), "nobody": {},
		} {
			refused(t, h.svc.Known(t.Context(), by, first.ID), concern.ErrNotFound)
			for _, q := range []concern.Query{
				{Region: yanjing}, {Region: wangcang}, {Mine: true}, {Work: true}, {Region: wangcang, Sealed: true}, {Region: yanjing, CallBack: true},
			} {
				q.Limit = 10
				if page, err := h.svc.Concerns(t.Context(), by, q); err == nil && len(page.Items) > 0 {
					t.Errorf("%s: %+v lists %d", name, q, len(page.Items))
				}
			}
		}
		if n := len(h.tasks(h.clerk())) + len(h.tasks(h.township())) + len(h.tasks(h.county())); n != 0 {
			t.Errorf("%d tasks of others", n)
		}
		if got := h.tasks(h.discipline()); len(got) != 1 {
			t.Errorf("the discipline officer's tasks: %v", got)
		}
		page, err := h.svc.Concerns(t.Context(), h.discipline(), concern.Query{Work: true, Limit: 10})
		h.ok(err)
		if len(page.Items) != 1 || page.Items[0].Text != accusation {
			t.Errorf("the discipline officer's work: %v", page.Items)
		}
	})
}

func (h *house) tasks(by account.Caller) []procedure.Task {
	h.t.Helper()
	var reaches []procedure.Reach
	for _, g := range by.Grants {
		reaches = append(reaches, procedure.Reach{Region: g.Region, May: func(power string) bool {
			return map[account.Role]map[string]bool{
				account.Clerk:      {concern.PowerRegister: true, concern.PowerTriage: true, concern.PowerHandle: true},
				account.Discipline: {concern.PowerSealed: true}, account.TownshipRole: {concern.PowerTownship: true}, account.CountyRole: {concern.PowerCounty: true},
			}[g.Role][power]
		}})
	}
	out, _, err := h.procs.Tasks(h.t.Context(), reaches, procedure.TaskCursor{}, 50)
	h.ok(err)
	return out
}

// Each reading by another than the raiser is an event of the journal.
func TestSealed_ReadingIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.raise(villager(1), sealedOne).ID
		readings := func() int {
			n := 0
			for row, err := range h.db.AuditRows(t.Context(), 1, 1_000) {
				if err != nil {
					break // there are fewer
				}
				if text := fmt.Sprintf("%+v", row); strings.Contains(text, "concern_sealed.read") && strings.Contains(text, id) {
					n++
				}
			}
			return n
		}
		h.see(villager(1), id)
		if n := readings(); n != 0 {
			t.Errorf("the raiser's own reading was recorded %d times", n)
		}
		for want := 1; want <= 3; want++ {
			h.see(h.discipline(), id)
			if n := readings(); n != want {
				t.Errorf("%d readings recorded, want %d", n, want)
			}
		}
	})
}

// bytesAtRest gives everything that the archive of a test wrote to disk, "" on
// other engines than SQLite.
func (h *house) bytesAtRest() string {
	h.t.Helper()
	name, ok := strings.CutPrefix(h.db.Options.URL, "sqlite:")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "?")
	var out strings.Builder
	for _, ending := range []string{"", "-wal"} {
		b, err := os.ReadFile(name + ending)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			h.t.Fatal(err)
		}
		out.Write(b)
	}
	return out.String()
}

// At rest neither text nor raiser of a sealed concern are to be found.
func TestSealed_AtRest(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		by := villager(1)
		by.AccountID, by.ResidentID = "acc-whistle-blower", "res-whistle-blower"
		id := h.raise(by, sealedOne).ID
		h.do(h.discipline(), id, "accept", nil)
		h.do(h.discipline(), id, "answer", given{"result": "已经查实，责令退回。"})
		if c := h.see(by, id); c.State != concern.Done || !strings.Contains(fmt.Sprint(c.Updates), "责令退回") {
			t.Errorf("%s %v", c.State, c.Updates)
		}
		if c := h.do(by, id, "rate", given{"rating": "dissatisfied", "comment": "退得太少"}); c.State != concern.Unsatisfied {
			t.Errorf("%s", c.State)
		}
		private := h.raise(villager(5), func(in *concern.NewConcern) {
			in.Text, in.OnBehalf = "对照：这句话不密封。", &concern.Behalf{Name: "李大爷名", Contact: "13900139000"}
		}).ID
		if c := h.see(h.clerk(), private); c.Contact != "13900139000" || c.ForWhom != "李**名" {
			t.Errorf("the handler reads %q %q", c.ForWhom, c.Contact)
		}
		if c := h.see(villager(8), private); c.Contact != "" || c.ForWhom != "" {
			t.Errorf("others read %q %q", c.ForWhom, c.Contact)
		}
		rest := h.bytesAtRest()
		if rest == "" {
			return
		}
		if !strings.Contains(rest, "对照：这句话不密封。") {
			t.Fatal("the test reads the wrong file")
		}
		for _, secret := range []string{"救灾款", "责令退回", "退得太少", by.AccountID, by.ResidentID, "李大爷名", "13900139000"} {
			if strings.Contains(rest, secret) {
				t.Errorf("the archive holds %q", secret)
			}
		}
	})
}

// After a change of keys, and once all is sealed again, the older key can go.
func TestSealed_KeyRotation(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ring := func(ids ...string) *repository.Sealer {
			var keys []repository.SealKey
			for _, id := range ids {
				keys = append(keys, repository.SealKey{ID: id, Key: bytes.Repeat([]byte{id[1] - '0' + 6}, 16)})
			}
			s, err := repository.NewSealer(keys, bytes.Repeat([]byte{9}, 32))
			h.ok(err)
			return s
		}
		by := villager(1)
		id := h.raise(by, sealedOne).ID
		h.do(h.discipline(), id, "accept", nil)
		h.do(h.discipline(), id, "answer", given{"result": "已经查实，责令退回。"})
		accounts := account.New(h.db.Accounts(), account.Options{Sealer: ring("k2", "k1"), Clock: h.db.Clock})
		done := 0
		for range 20 {
			n, err := accounts.Reseal(t.Context(), 1)
			h.ok(err)
			if done += n; n == 0 {
				break
			}
		}
		if done < 2 { // the concern and what was said of it
			t.Errorf("%d rows sealed again", done)
		}
		h.svc = h.with(func(o *concern.Options) { o.Sealer = ring("k2") })
		c := h.see(by, id)
		if c.Text != accusation || !strings.Contains(fmt.Sprint(c.Updates), "责令退回") {
			t.Errorf("unreadable after the change of keys: %q %v", c.Text, c.Updates)
		}
	})
}
