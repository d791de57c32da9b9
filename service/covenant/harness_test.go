package covenant_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/covenant"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

const yanjing = region.Code("510821102200")

var rulesDir = os.DirFS("../../config/rules")

// house is the noun with everything it stands on, on one engine. Ballots alone
// are a stand-in.
type house struct {
	t     testing.TB
	db    *dbtest.DB
	svc   *covenant.Service
	procs *procedure.Service
	votes *votes
}

// votes are the ballots that there are.
type votes struct {
	mu  sync.Mutex
	all map[string]covenant.Ballot
}

var errNoBallot = fault.Define(fault.NotFound, "test.no_ballot", "没有。")

func (v *votes) CovenantBallot(_ context.Context, id string) (covenant.Ballot, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	b, ok := v.all[id]
	if !ok {
		return b, errNoBallot
	}
	return b, nil
}

func (v *votes) put(b covenant.Ballot) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	b.ID = fmt.Sprintf("ballot-%d", len(v.all)+1)
	v.all[b.ID] = b
	return b.ID
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
	h := &house{t: t, db: db, votes: &votes{all: map[string]covenant.Ballot{}}}
	screen, err := screening.Load(rulesDir, "screening.yaml")
	h.ok(err)
	table, err := os.ReadFile("../../config/rules/powers.yaml")
	h.ok(err)
	policy, err := account.ParsePolicy(table)
	h.ok(err)
	holidays, err := calendar.LoadHolidays(rulesDir)
	h.ok(err)
	catalogue, err := disclosure.LoadCatalogue(rulesDir)
	h.ok(err)
	defs, err := procedure.LoadDefinitions(rulesDir, func(p string) bool { return policy.PowerName(p) != "" }, disclosure.Effects())
	h.ok(err)
	h.procs = procedure.New(db.Cases(), defs, holidays, db.Clock)
	places, may := region.New(db.Regions()), powers{policy, db.Clock}
	postings := disclosure.New(db.Disclosures(), disclosure.Options{
		Procedures: h.procs, Places: places, Media: db.Media(), Powers: may, Screening: screen, Holidays: holidays, Clock: db.Clock, Catalogue: catalogue,
	})
	h.svc = covenant.New(db.Covenants(), covenant.Options{
		Procedures: h.procs, Places: places, Powers: may, Media: db.Media(), Rules: rules(t), Screening: screen, Holidays: holidays,
		Clock: db.Clock, Ballots: h.votes, Postings: postings,
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
		Grants: []account.Grant{{Role: role, Region: at, Start: now.AddDate(-1, 0, 0), End: now.AddDate(2, 0, 0)}},
	}
}

func (h *house) clerk() account.Caller    { return h.holder(account.Clerk, yanjing) }
func (h *house) township() account.Caller { return h.holder(account.TownshipRole, "510821102") }

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
	case "pass_check", "return_check", "pass_review", "return_review", "file", "order_correction":
		return h.township()
	}
	return h.clerk()
}

type given = map[string]string

func (h *house) try(id, action string, f given) (covenant.View, error) {
	h.t.Helper()
	by := h.by(action)
	return h.svc.Act(h.t.Context(), by, act(by), id, procedure.Input{Action: action, Fields: f})
}

func (h *house) do(id, action string, f given) covenant.View {
	h.t.Helper()
	v, err := h.try(id, action, f)
	if err != nil {
		h.t.Fatalf("%s: %v %v", action, err, fields(err))
	}
	return v
}

func (h *house) later(days int) { h.db.Clock.Advance(time.Duration(days) * 24 * time.Hour) }

func (h *house) day(days int) string {
	return h.db.Clock.Now().In(calendar.China).AddDate(0, 0, days).Format(time.DateOnly)
}

func (h *house) start(kind covenant.Kind) (covenant.View, error) {
	by := h.clerk()
	return h.svc.Start(h.t.Context(), by, act(by), covenant.NewRevision{Region: yanjing, Kind: kind, Notice: "请大家说说哪些约定要写进去。"})
}

func clauses() []covenant.Clause {
	return []covenant.Clause{
		{Topic: "elders", Kind: covenant.Encouraged, Text: "孝敬父母，子女每月至少看望一次。", Source: "村民议事会", List: covenant.Red},
		{
			Topic: "tidy", Kind: covenant.NotAllowed, Text: "不得乱倒垃圾。", Source: "村民议事会", List: covenant.Black, TurnsRed: true,
			Measures: []covenant.Measure{{Text: "由村民委员会批评教育，限期清理。", Source: "村民会议"}},
		},
		{Topic: "other", Kind: covenant.General, Text: "本约由村民会议通过后执行。", Source: "村民委员会组织法"},
	}
}

func (h *house) draft(id string, cs []covenant.Clause) (covenant.View, error) {
	by := h.clerk()
	return h.svc.PutDraft(h.t.Context(), by, act(by), id, 0, covenant.Draft{Title: "盐井村村规民约", Clauses: cs})
}

// ballot is one that adopts what is under way.
func (h *house) ballot(id string, change func(*covenant.Ballot)) string {
	h.t.Helper()
	v, err := h.svc.Covenant(h.t.Context(), account.Caller{}, id)
	h.ok(err)
	now := h.db.Clock.Now()
	b := covenant.Ballot{
		Region: yanjing, Rule: "villagers_meeting", YesNo: true, OpenedAt: now.Add(-2 * time.Hour), ClosedAt: now.Add(-time.Hour),
		Certified: now.Add(-time.Minute), Passed: true, QuorumMet: true, Roll: 100, Present: 60, Yes: 50, No: 6, Abstain: 4,
	}
	if v.UnderWay != nil {
		b.Question = v.UnderWay.Question()
	}
	if change != nil {
		change(&b)
	}
	return h.votes.put(b)
}

// way is the actions of a whole revision, in order; each is done by to.
var way = []string{"draft", "submit", "pass_check", "pass_review", "begin_vote", "record_vote", "file", "publish", "enter_force"}

// step takes one action of the way, with what it asks for.
func (h *house) step(id, action string) covenant.View {
	h.t.Helper()
	switch action {
	case "draft":
		h.later(9)
	case "record_vote":
		h.later(2)
	}
	return h.do(id, action, h.fields(id, action))
}

func (h *house) fields(id, action string) given {
	h.t.Helper()
	switch action {
	case "pass_check", "pass_review":
		return given{"opinion": "没有违反法律的内容。"}
	case "return_check", "return_review", "withdraw", "redraft", "give_up":
		return given{"reason": "再改一改。"}
	case "record_vote", "vote_failed":
		return given{"ballot": h.ballot(id, func(b *covenant.Ballot) { b.Passed = action == "record_vote" }), "women": "28"}
	case "file":
		return given{"filed_on": h.day(0), "receipt": "嘉备〔2026〕3号"}
	case "publish":
		return given{"in_force_on": h.day(0)}
	case "order_correction":
		return given{"reason": "第二条没有依据，请改正。", "until": h.day(20), "clauses": "c02、c99"}
	}
	return nil
}

// to takes a new revision to the state after an action of the way.
func (h *house) to(kind covenant.Kind, last string) string {
	h.t.Helper()
	v, err := h.start(kind)
	h.ok(err)
	cs := clauses()
	if v.InForce != nil || len(v.UnderWay.Content.Clauses) > 0 {
		cs = v.UnderWay.Content.Clauses
		cs[0].Text += fmt.Sprintf("（第%d版）", v.UnderWay.Number)
	}
	_, err = h.draft(v.ID, cs)
	h.ok(err)
	for _, a := range way {
		h.step(v.ID, a)
		if a == last {
			break
		}
	}
	return v.ID
}

func (h *house) see(id string) covenant.View {
	h.t.Helper()
	v, err := h.svc.Covenant(h.t.Context(), h.clerk(), id)
	h.ok(err)
	return v
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
