package consultation_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/consultation"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

const yanjing = region.Code("510821102200")

var rulesDir = os.DirFS("../../config/rules")

// house is the noun with everything it stands on, on one engine.
type house struct {
	t   testing.TB
	db  *dbtest.DB
	svc *consultation.Service
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
	h := &house{t: t, db: db}
	screen, err := screening.Load(rulesDir, "screening.yaml")
	h.ok(err)
	table, err := os.ReadFile("../../config/rules/powers.yaml")
	h.ok(err)
	policy, err := account.ParsePolicy(table)
	h.ok(err)
	holidays, err := calendar.LoadHolidays(rulesDir)
	h.ok(err)
	directory, err := consultation.LoadDirectory(rulesDir)
	h.ok(err)
	defs, err := procedure.LoadDefinitions(rulesDir, func(p string) bool { return policy.PowerName(p) != "" }, []string{
		"disclosure.submitted", "disclosure.reviewed", "disclosure.confirmed", "disclosure.published", "disclosure.withdrawn", "disclosure.archived",
	})
	h.ok(err)
	h.svc = consultation.New(db.Consultations(), consultation.Options{
		Procedures: procedure.New(db.Cases(), defs, holidays, db.Clock), Places: region.New(db.Regions()), Powers: powers{policy, db.Clock},
		Media: db.Media(), Directory: directory, Screening: screen, Holidays: holidays, Clock: db.Clock,
		RoleName: func(r account.Role) string {
			rule, _ := policy.Role(r)
			return rule.Name
		},
	})
	h.places()
	return h
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
		"51": "四川省", "5108": "广元市", "510821": "旺苍县", "510821102": "嘉川镇", yanjing: "盐井村", "510821102202": "柳树村",
		yanjing + "01": "一组", yanjing + "02": "二组",
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

func villager(n int) account.Caller {
	return account.Caller{
		AccountID: fmt.Sprintf("acc-%d", n), ResidentID: fmt.Sprintf("res-%d", n), Village: yanjing, Group: yanjing + "01", Standing: account.Reader,
	}
}

func act(by account.Caller) audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: by.AccountID}, RequestID: "req-test"}
}

// by gives who usually takes an action.
func (h *house) by(action string) account.Caller {
	switch action {
	case "take_up", "accept", "redirect", "reject", "supplement":
		return h.holder(account.TownshipRole, "510821102")
	}
	return h.holder(account.Clerk, yanjing)
}

type given = map[string]string

func (h *house) try(id, action string, f given) (consultation.Consultation, error) {
	h.t.Helper()
	by := h.by(action)
	return h.svc.Act(h.t.Context(), by, act(by), id, procedure.Input{Action: action, Fields: f})
}

func (h *house) do(id, action string, f given) consultation.Consultation {
	h.t.Helper()
	c, err := h.try(id, action, f)
	if err != nil {
		h.t.Fatalf("%s: %v %v", action, err, fields(err))
	}
	return c
}

func topic() consultation.NewTopic {
	return consultation.NewTopic{Region: yanjing, Channel: consultation.Ordinary, Topic: consultation.Topic{
		Title: "三组便道从哪家地边过", Question: "便道走沟边老路，还是取直？", Source: consultation.FromVillager, Item: "B01",
	}}
}

func (h *house) propose(by account.Caller, in consultation.NewTopic) string {
	h.t.Helper()
	c, err := h.svc.Propose(h.t.Context(), by, act(by), in)
	h.ok(err)
	return c.ID
}

var passes = given{
	"in_scope": "yes", "lawful": "yes", "decided": "no", "materials": "yes", "level": "village", "concerns": "沿线农户",
	"how_many": "120", "reason": "属于村内公益事业。",
}

// session takes a new topic to a session of a form.
func (h *house) session(in consultation.NewTopic, form string) string {
	h.t.Helper()
	id := h.propose(h.holder(account.Clerk, yanjing), in)
	h.do(id, "forward", nil)
	h.do(id, "accept", passes)
	h.do(id, "fix_subjects", given{"participants": "利益相关方：沿线12户：出行和占地\n专家：公路站技术员"})
	h.meet(id, form)
	return id
}

func (h *house) meet(id, form string) {
	h.t.Helper()
	on := h.db.Clock.Now().AddDate(0, 0, 3)
	h.do(id, "notify", given{"session_on": on.In(calendar.China).Format("2006-01-02"), "form": form, "place": "村委会", "agenda": "路线走法"})
	h.db.Clock.Set(on)
	h.do(id, "start", nil)
}

func (h *house) ends(id, result string) {
	h.t.Helper()
	h.do(id, "end", given{"minutes": "到会代表逐一发言，意见都记下了。", "attended": "26"})
	h.do(id, "conclude", given{"result": result, "outcome": "便道走沟边老路，不占坡地。", "reasons": "不占地，花费少，多数人赞成。"})
}

func (h *house) speak(by account.Caller, id, text string) consultation.Statement {
	h.t.Helper()
	st, err := h.svc.Speak(h.t.Context(), by, act(by), id, text)
	h.ok(err)
	return st
}

func refused(t testing.TB, err error, want *fault.Fault) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v %v, want %s", err, fields(err), want.Code)
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
