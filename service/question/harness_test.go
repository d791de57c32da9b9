package question_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/question"
	"cunwu/service/region"
	"cunwu/service/screening"
)

const (
	yanjing  = region.Code("510821102200")
	liushu   = region.Code("510821102202")
	jiachuan = region.Code("510821102")
)

var rulesDir = os.DirFS("../../config/rules")

// must gives a value that a test cannot do without.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("%v %+v", err, fault.Of(err))
		}
		return v
	}
}

// house is the noun with what it stands on, on one engine.
type house struct {
	t        testing.TB
	db       *dbtest.DB
	svc      *question.Service
	postings *disclosure.Service
	procs    *procedure.Service
	known    []string // accounts whose names were asked for
}

// powers is the table of powers as the account service asks it.
type powers struct {
	policy *account.Policy
	clock  calendar.Clock
}

func (p powers) May(c account.Caller, power string, at region.Code) (account.Grant, error) {
	if !c.Known() {
		return account.Grant{}, account.ErrRequired
	}
	g, ok := p.policy.May(c, power, at, p.clock.Now())
	switch {
	case !ok:
		return account.Grant{}, account.ErrMayNot
	case p.policy.Stale(c, g, p.clock.Now()):
		return account.Grant{}, account.ErrStale
	}
	return g, nil
}

func newHouse(t testing.TB, db *dbtest.DB) *house {
	t.Helper()
	screen := must[*screening.Screen](t)(screening.Load(rulesDir, "screening.yaml"))
	policy := must[*account.Policy](t)(account.ParsePolicy(must[[]byte](t)(os.ReadFile("../../config/rules/powers.yaml"))))
	known := func(p string) bool { return policy.PowerName(p) != "" }
	defs := must[*procedure.Definitions](t)(procedure.LoadDefinitions(rulesDir, known, disclosure.Effects()))
	holidays := must[*calendar.Holidays](t)(calendar.LoadHolidays(rulesDir))
	h := &house{t: t, db: db, procs: procedure.New(db.Cases(), defs, holidays, db.Clock)}
	may, places := powers{policy, db.Clock}, region.New(db.Regions())
	h.postings = disclosure.New(db.Disclosures(), disclosure.Options{
		Procedures: h.procs, Places: places, Media: db.Media(), Powers: may, Screening: screen, Holidays: holidays, Clock: db.Clock,
		Catalogue: must[*disclosure.Catalogue](t)(disclosure.LoadCatalogue(rulesDir)),
	})
	h.svc = question.New(db.Questions(), question.Options{
		Procedures: h.procs, Postings: h.postings, Places: places, Powers: may, Screening: screen, Clock: db.Clock,
		MaskedNames: func(_ context.Context, ids []string) (map[string]string, error) {
			out := map[string]string{}
			for _, id := range ids {
				h.known = append(h.known, id)
				out[id] = "王*成"
			}
			return out, nil
		},
		RoleName: func(r account.Role) string { rule, _ := policy.Role(r); return rule.Name },
	})
	h.places()
	return h
}

// write does fn in a journalled transaction.
func write[T audit.Tx](h *house, in func(context.Context, audit.Act, func(T) error) error, fn func(tx T) error) {
	h.t.Helper()
	err := in(h.t.Context(), dbtest.Act(), func(tx T) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test.write", Object: "test", Result: "ok"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) places() {
	h.t.Helper()
	var rs []region.Region
	for code, name := range map[region.Code]string{
		"51": "四川省", "5108": "广元市", "510821": "旺苍县", jiachuan: "嘉川镇", yanjing: "盐井村", liushu: "柳树村",
	} {
		rs = append(rs, region.Region{Code: code, Parent: code.Parent(), Level: code.Level(), Name: name, Short: name, State: region.Active})
	}
	write(h, h.db.Regions().InTx, func(tx region.Tx) error { return tx.PutRegions(h.t.Context(), rs) })
}

// put makes a posting of two lines that stands.
func (h *house) put(at region.Code, visibility disclosure.Visibility) string {
	h.t.Helper()
	fen := int64(100)
	content := disclosure.Content{
		Title: "三月收支", Summary: "这个月的收入和支出都在这里。", IncomeFen: &fen, ExpenseFen: &fen,
		Lines: []disclosure.Line{{Summary: "收鱼塘发包款", IncomeFen: 100}, {Summary: "付路灯电费", ExpenseFen: 100}},
	}
	text := must[[]byte](h.t)(content.Canonical())
	now := h.db.Clock.Now()
	rec := disclosure.Record{
		ID: audit.NewID(), Region: at, ItemCode: "D02", Category: "FINANCE", Edition: "2026-01-01", Period: "2026-02",
		Visibility: visibility, State: disclosure.Published, Revision: 1, Version: 1, CreatedAt: now, PublishedAt: now, FirstAt: now,
		Shown: disclosure.Shown{Title: content.Title, Summary: content.Summary},
	}
	write(h, h.db.Disclosures().InTx, func(tx disclosure.Tx) error {
		rec := rec
		c, err := h.procs.Open(h.t.Context(), tx, dbtest.Act(), disclosure.Procedure, at, rec.ID, nil)
		if err != nil {
			return err
		}
		rec.CaseID = c.ID
		if _, err := tx.AddPosting(h.t.Context(), rec, nil); err != nil {
			return err
		}
		return tx.AddPostingVersion(h.t.Context(), disclosure.VersionRecord{PostingID: rec.ID, Number: 1, PublishedAt: now, Content: text, Digest: "d"})
	})
	return rec.ID
}

// change rewrites a posting's record.
func (h *house) change(id string, fn func(r *disclosure.Record)) {
	h.t.Helper()
	write(h, h.db.Disclosures().InTx, func(tx disclosure.Tx) error {
		r, draft, err := tx.PostingForUpdate(h.t.Context(), id)
		if err != nil {
			return err
		}
		fn(&r)
		r.Revision++
		return tx.SavePosting(h.t.Context(), r, draft)
	})
}

func (h *house) posting(id string) disclosure.Record {
	h.t.Helper()
	return must[disclosure.Record](h.t)(h.db.Disclosures().PostingRecord(h.t.Context(), id))
}

// holder is somebody in an office, just signed in.
func (h *house) holder(role account.Role, at region.Code) account.Caller {
	now := h.db.Clock.Now()
	return account.Caller{
		AccountID: "acc-" + string(role) + "-" + string(at), SignedInAt: now, DisplayName: "李*四",
		Grants: []account.Grant{{Role: role, Region: at, Start: now.AddDate(-1, 0, 0), End: now.AddDate(1, 0, 0)}},
	}
}

func villager(name string, at region.Code) account.Caller {
	return account.Caller{AccountID: "acc-" + name, Village: at, Standing: account.Reader, DisplayName: "王*成"}
}

func act(by account.Caller) audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: by.AccountID}, RequestID: "req-test"}
}

func (h *house) tryAsk(by account.Caller, posting, text string) (question.Question, error) {
	return h.svc.Ask(h.t.Context(), by, act(by), question.NewQuestion{PostingID: posting, Text: text})
}

func (h *house) ask(by account.Caller, posting string) question.Question {
	h.t.Helper()
	return must[question.Question](h.t)(h.tryAsk(by, posting, "路灯电费为什么比上月多？"))
}

func (h *house) try(by account.Caller, id, action, text string) (question.Question, error) {
	in := procedure.Input{Action: action}
	if text != "" {
		in.Fields = map[string]string{"text": text}
	}
	return h.svc.Act(h.t.Context(), by, act(by), id, in)
}

func (h *house) do(by account.Caller, id, action, text string) question.Question {
	h.t.Helper()
	return must[question.Question](h.t)(h.try(by, id, action, text))
}

func (h *house) see(by account.Caller, id string) question.Question {
	h.t.Helper()
	return must[question.Question](h.t)(h.svc.Question(h.t.Context(), by, id))
}

// sweep fires what is due of questions.
func (h *house) sweep() {
	h.t.Helper()
	_, err := h.procs.Sweep(h.t.Context(), func(ctx context.Context, c procedure.Case) error {
		if c.Procedure != question.Procedure {
			return procedure.ErrTooEarly
		}
		return h.svc.FireTimer(ctx, c)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// events takes what was announced to people and gives its kinds.
func (h *house) events() []outbox.Event {
	h.t.Helper()
	var out []outbox.Event
	write(h, h.db.Questions().InTx, func(tx question.Tx) error {
		var err error
		out, err = tx.TakeEvents(h.t.Context(), outbox.Notify, 100)
		return err
	})
	return out
}

func refused(t testing.TB, err error, want *fault.Fault) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %s", err, want.Code)
	}
}

func each(t *testing.T, body func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		body(t, newHouse(t, db))
	})
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
