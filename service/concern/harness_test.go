package concern_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/moderation"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

const (
	yanjing   = region.Code("510821102200")
	liushu    = region.Code("510821102202")
	jiachuan  = region.Code("510821102")
	wangcang  = region.Code("510821")
	phoneText = "三组堰塘边的路垮了半边，晚上骑车危险，电话13800138000。"
)

var rulesDir = os.DirFS("../../config/rules")

// house is the noun with everything it stands on, on one engine.
type house struct {
	t     testing.TB
	db    *dbtest.DB
	svc   *concern.Service
	opt   concern.Options
	procs *procedure.Service
	rolls rolls
	check *checks
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

// rolls are the people of the village; residents and accounts are numbered.
type rolls map[string]account.RollEntry

func (r rolls) OnRoll(_ context.Context, id string) (account.RollEntry, bool, error) {
	e, ok := r[id]
	return e, ok, nil
}

// checks passes texts as it is told, and keeps what was begun.
type checks struct {
	state moderation.State
	begun []moderation.Subject
	asked []string
}

func (c *checks) Text(_ context.Context, _ account.Caller, texts ...string) (moderation.State, string) {
	c.asked = append(c.asked, texts...)
	return c.state, ""
}

func (c *checks) Begin(_ context.Context, _ concern.Tx, _ account.Caller, s moderation.Subject, _ moderation.State, _ []string) error {
	c.begun = append(c.begun, s)
	return nil
}

func (c *checks) Decided(context.Context, concern.Tx, moderation.Subject, bool, string, string, string) error {
	return nil
}

func newHouse(t testing.TB, db *dbtest.DB) *house {
	t.Helper()
	h := &house{t: t, db: db, check: &checks{state: moderation.Passed}, rolls: rolls{}}
	screen, err := screening.Load(rulesDir, "screening.yaml")
	h.ok(err)
	table, err := os.ReadFile("../../config/rules/powers.yaml")
	h.ok(err)
	policy, err := account.ParsePolicy(table)
	h.ok(err)
	holidays, err := calendar.LoadHolidays(rulesDir)
	h.ok(err)
	rules, err := concern.LoadRules(rulesDir)
	h.ok(err)
	sealer, err := repository.NewSealer([]repository.SealKey{{ID: "k1", Key: bytes.Repeat([]byte{7}, 16)}}, bytes.Repeat([]byte{9}, 32))
	h.ok(err)
	defs, err := procedure.LoadDefinitions(rulesDir, func(p string) bool { return policy.PowerName(p) != "" }, []string{
		"disclosure.submitted", "disclosure.reviewed", "disclosure.confirmed", "disclosure.published", "disclosure.withdrawn", "disclosure.archived",
	})
	h.ok(err)
	for n := range 12 {
		id := fmt.Sprintf("res-%d", n)
		h.rolls[id] = account.RollEntry{
			ResidentID: id, Village: yanjing, Household: fmt.Sprintf("hh-%d", n/2), Name: "王*成", AccountID: fmt.Sprintf("acc-%d", n),
		}
	}
	h.procs = procedure.New(db.Cases(), defs, holidays, db.Clock)
	h.opt = concern.Options{
		Procedures: h.procs, Places: region.New(db.Regions()), Powers: powers{policy, db.Clock}, Media: db.Media(), Rolls: h.rolls,
		Rules: rules, Screening: screen, Sealer: sealer, Holidays: holidays, Clock: db.Clock, Checks: h.check,
		MaskedNames: func(_ context.Context, ids []string) (map[string]string, error) {
			out := map[string]string{}
			for _, id := range ids {
				out[id] = "王*成"
			}
			return out, nil
		},
		RoleName: func(r account.Role) string { rule, _ := policy.Role(r); return rule.Name },
	}
	h.svc = concern.New(db.Concerns(), h.opt)
	h.places()
	return h
}

// with gives the noun over the same archive with something else beneath it.
func (h *house) with(change func(*concern.Options)) *concern.Service {
	o := h.opt
	change(&o)
	return concern.New(h.db.Concerns(), o)
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("%v %v", err, fields(err))
	}
}

func (h *house) places() {
	h.t.Helper()
	var rs []region.Region
	for code, name := range map[region.Code]string{
		"51": "四川省", "5108": "广元市", wangcang: "旺苍县", jiachuan: "嘉川镇", yanjing: "盐井村", liushu: "柳树村", yanjing + "03": "三组",
	} {
		rs = append(rs, region.Region{Code: code, Parent: code.Parent(), Level: code.Level(), Name: name, Short: name, State: region.Active})
	}
	h.ok(h.db.Regions().InTx(h.t.Context(), dbtest.Act(), func(tx region.Tx) error {
		if err := tx.PutRegions(h.t.Context(), rs); err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test.places", Object: "region", Result: "ok"})
	}))
}

// holder is somebody in an office, just signed in.
func (h *house) holder(role account.Role, at region.Code) account.Caller {
	now := h.db.Clock.Now()
	return account.Caller{
		AccountID: "acc-" + string(role) + "-" + string(at), SignedInAt: now,
		Grants: []account.Grant{{Role: role, Region: at, Start: now.AddDate(-1, 0, 0), End: now.AddDate(1, 0, 0)}},
	}
}

func (h *house) clerk() account.Caller      { return h.holder(account.Clerk, yanjing) }
func (h *house) director() account.Caller   { return h.holder(account.Director, yanjing) }
func (h *house) supervisor() account.Caller { return h.holder(account.Supervisor, yanjing) }
func (h *house) township() account.Caller   { return h.holder(account.TownshipRole, jiachuan) }
func (h *house) county() account.Caller     { return h.holder(account.CountyRole, wangcang) }
func (h *house) discipline() account.Caller { return h.holder(account.Discipline, wangcang) }

func villager(n int) account.Caller {
	return account.Caller{
		AccountID: fmt.Sprintf("acc-%d", n), ResidentID: fmt.Sprintf("res-%d", n), Village: yanjing, Group: yanjing + "03", Standing: account.Reader,
	}
}

var strangerCaller = account.Caller{AccountID: "acc-stranger"}

func act(by account.Caller) audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: by.AccountID}, RequestID: "req-test"}
}

type given = map[string]string

func anything() concern.NewConcern {
	return concern.NewConcern{Region: yanjing, Category: "road", Text: phoneText, Visibility: concern.Public, Channel: concern.ByApp}
}

func (h *house) raise(by account.Caller, change ...func(*concern.NewConcern)) concern.Concern {
	h.t.Helper()
	c, err := h.tryRaise(by, change...)
	h.ok(err)
	return c
}

func (h *house) tryRaise(by account.Caller, change ...func(*concern.NewConcern)) (concern.Concern, error) {
	h.t.Helper()
	in := anything()
	for _, f := range change {
		f(&in)
	}
	return h.svc.Raise(h.t.Context(), by, act(by), in)
}

func (h *house) try(by account.Caller, id, action string, f given) (concern.Concern, error) {
	h.t.Helper()
	return h.svc.Act(h.t.Context(), by, act(by), id, procedure.Input{Action: action, Fields: f})
}

func (h *house) do(by account.Caller, id, action string, f given) concern.Concern {
	h.t.Helper()
	c, err := h.try(by, id, action, f)
	if err != nil {
		h.t.Fatalf("%s: %v %v", action, err, fields(err))
	}
	return c
}

// later moves the clock and fires what is due.
func (h *house) later(days int) {
	h.t.Helper()
	h.db.Clock.Set(h.db.Clock.Now().AddDate(0, 0, days))
	_, err := h.procs.Sweep(h.t.Context(), h.svc.FireTimer)
	h.ok(err)
}

// finished is a concern that the village has done.
func (h *house) finished(change ...func(*concern.NewConcern)) string {
	h.t.Helper()
	id := h.raise(villager(1), change...).ID
	h.do(h.clerk(), id, "register", nil)
	h.do(h.clerk(), id, "assign", given{"handler": "村委会主任"})
	h.do(h.director(), id, "finish", given{"result": "路已经修好，装了护栏。"})
	return id
}

func (h *house) see(by account.Caller, id string) concern.Concern {
	h.t.Helper()
	c, err := h.svc.Concern(h.t.Context(), by, id)
	h.ok(err)
	return c
}

// decide announces what checks came to, and follows it.
func (h *house) decide(kind, subject string, state moderation.State) {
	h.t.Helper()
	h.ok(h.db.Concerns().InTx(h.t.Context(), dbtest.Act(), func(tx concern.Tx) error {
		if err := tx.Announce(h.t.Context(), outbox.Event{Kind: moderation.Decided, Region: yanjing, Subject: subject, Facts: map[string]string{
			"kind": kind, "state": string(state),
		}}); err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test.decide", Object: "concern", Result: "ok"})
	}))
	for {
		n, err := h.svc.Follow(h.t.Context(), 50)
		h.ok(err)
		if n == 0 {
			return
		}
	}
}

// photo enters an upload of an account.
func (h *house) photo(owner account.Caller, kind media.Kind) string {
	h.t.Helper()
	id := audit.NewID()
	h.ok(h.db.Media().InTx(h.t.Context(), dbtest.Act(), func(tx media.Tx) error {
		if err := tx.AddObject(h.t.Context(), media.Object{ID: id, Kind: kind, Digest: id, Owner: owner.AccountID, CreatedAt: time.Now()}); err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test.upload", Object: "media", Result: "ok"})
	}))
	return id
}

func refused(t testing.TB, err error, want *fault.Fault) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v %v, want %s", err, fields(err), want.Code)
	}
}

func fields(err error) []fault.Field {
	if f := fault.Of(err); f != nil {
		return f.Fields
	}
	return nil
}

// each runs body on every engine.
func each(t *testing.T, body func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		t.Helper()
		body(t, newHouse(t, db))
	})
}
