package disclosure_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

const (
	yanjing = region.Code("510821102200")
	liushu  = region.Code("510821102202")
	longtan = region.Code("510802101201")
)

var rulesDir = os.DirFS("../../config/rules")

// house is the noun with everything it stands on, on one engine.
type house struct {
	t     testing.TB
	db    *dbtest.DB
	svc   *disclosure.Service
	procs *procedure.Service
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

func catalogue(t testing.TB) *disclosure.Catalogue {
	t.Helper()
	c, err := disclosure.LoadCatalogue(rulesDir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func holidays(t testing.TB) *calendar.Holidays {
	t.Helper()
	h, err := calendar.LoadHolidays(rulesDir)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func newHouse(t testing.TB, db *dbtest.DB) *house {
	t.Helper()
	screen, err := screening.Load(rulesDir, "screening.yaml")
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("../../config/rules/powers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := account.ParsePolicy(table)
	if err != nil {
		t.Fatal(err)
	}
	effects := disclosure.Effects()
	defs, err := procedure.LoadDefinitions(rulesDir, func(string) bool { return true }, effects)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: db, procs: procedure.New(db.Cases(), defs, holidays(t), db.Clock)}
	rules, err := disclosure.LoadAccountRules(rulesDir, "accounts.yaml", catalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := repository.NewSealer([]repository.SealKey{{ID: "t", Key: make([]byte, 16)}}, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	h.svc = disclosure.New(db.Disclosures(), disclosure.Options{
		Accounts: rules, Households: db.Disclosures(), Sealer: sealer,
		Procedures: h.procs, Places: region.New(db.Regions()), Media: db.Media(), Powers: powers{policy, db.Clock},
		Catalogue: catalogue(t), Screening: screen, Holidays: holidays(t), Clock: db.Clock,
		RoleName: func(r account.Role) string {
			rule, _ := policy.Role(r)
			return rule.Name
		},
	})
	h.places("5108")
	return h
}

// places puts a small tree under a city: two villages of one township, one of
// another county.
func (h *house) places(city region.Code) {
	h.t.Helper()
	var rs []region.Region
	names := map[region.Code]string{
		"": "广元市", "21": "旺苍县", "02": "利州区", "21102": "嘉川镇", "02101": "宝轮镇",
		"21102200": "盐井村", "21102202": "柳树村", "02101201": "龙潭村",
	}
	for tail, name := range names {
		code := city + tail
		rs = append(rs, region.Region{
			Code: code, Parent: code.Parent(), Level: code.Level(), Name: name, Short: name, State: region.Active,
		})
	}
	rs = append(rs, region.Region{Code: city.Parent(), Level: region.Province, Name: "四川省", Short: "四川省", State: region.Active})
	err := h.db.Regions().InTx(h.t.Context(), dbtest.Act(), func(tx region.Tx) error {
		if err := tx.PutRegions(h.t.Context(), rs); err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test.places", Object: "region", Result: "ok"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// holder is somebody in an office, just signed in, far from the end of the term.
func (h *house) holder(role account.Role, at region.Code) account.Caller {
	now := h.db.Clock.Now()
	return account.Caller{
		AccountID: "acc-" + string(role) + "-" + string(at), SignedInAt: now, DisplayName: "张*",
		Grants: []account.Grant{{Role: role, Region: at, Start: now.AddDate(-1, 0, 0), End: now.AddDate(1, 0, 0)}},
	}
}

func villager(at region.Code) account.Caller {
	return account.Caller{AccountID: "acc-villager-" + string(at), Village: at, Standing: account.Reader}
}

// office gives whoever takes an action at a village.
func (h *house) office(action string, at region.Code) account.Caller {
	role := map[string]account.Role{
		"submit": account.Clerk, "approve": account.Supervisor, "object": account.Supervisor,
		"confirm": account.Director, "return": account.Director, "publish": account.Clerk, "withdraw": account.Director,
		"proceed": account.Director,
	}[action]
	return h.holder(role, at)
}

func act(by account.Caller) audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: by.AccountID}, RequestID: "req-test"}
}

func fen(n int64) *int64 { return &n }

// accounts is a finance content that adds up.
func accounts() disclosure.Content {
	return disclosure.Content{
		Title: "2026年一季度收支", Summary: "一季度收入一笔，修路支出一笔，账目已核对。", Body: "## 说明\n\n都用在村道上。",
		Lines: []disclosure.Line{
			{Date: "2026-01-12", Voucher: "记-1", Summary: "上级拨款", Category: "补助收入", IncomeFen: 1_000_00},
			{Date: "2026-02-03", Voucher: "记-2", Summary: "修补村道", Category: "公益支出", ExpenseFen: 300_50, Handler: "李小四"},
		},
		IncomeFen: fen(1_000_00), ExpenseFen: fen(300_50), OpeningFen: fen(50_00), ClosingFen: fen(749_50), WrittenOn: "2026-03-01",
	}
}

func plain(title string) disclosure.Content {
	return disclosure.Content{Title: title, Summary: "这是一段给村民看的白话摘要，说明做了什么。"}
}

// draft begins a posting; period follows the item.
func (h *house) draft(at region.Code, item, period string, c disclosure.Content) disclosure.Posting {
	h.t.Helper()
	by := h.holder(account.Clerk, at)
	p, err := h.svc.Draft(h.t.Context(), by, act(by), disclosure.NewDraft{Region: at, ItemCode: item, Period: period, Content: c})
	if err != nil {
		h.t.Fatalf("draft: %v %v", err, fields(err))
	}
	return p
}

func (h *house) try(id, action string, given map[string]string) (disclosure.Posting, error) {
	h.t.Helper()
	rec, err := h.db.Disclosures().PostingRecord(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	by := h.office(action, rec.Region)
	in := procedure.Input{Action: action, Fields: given}
	if action == "approve" {
		in.Media = h.posting(by, id).Content.Media
	}
	return h.svc.Act(h.t.Context(), by, act(by), id, in)
}

func (h *house) do(id, action string, given map[string]string) disclosure.Posting {
	h.t.Helper()
	p, err := h.try(id, action, given)
	if err != nil {
		h.t.Fatalf("%s: %v %v", action, err, fields(err))
	}
	return p
}

// review takes a posting from draft to just before publication.
func (h *house) review(id string) {
	h.t.Helper()
	h.do(id, "submit", nil)
	h.do(id, "approve", map[string]string{"opinion": "账实相符，同意公开。"})
	h.do(id, "confirm", map[string]string{"meeting_on": "2026-03-01"})
}

// publish takes a posting through all steps.
func (h *house) publish(id string) disclosure.Posting {
	h.t.Helper()
	h.review(id)
	return h.do(id, "publish", nil)
}

// put publishes something new.
func (h *house) put(at region.Code, item, period string, c disclosure.Content) disclosure.Posting {
	h.t.Helper()
	return h.publish(h.draft(at, item, period, c).ID)
}

func (h *house) posting(by account.Caller, id string) disclosure.Posting {
	h.t.Helper()
	p, err := h.svc.Posting(h.t.Context(), by, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h *house) feed(by account.Caller, q disclosure.FeedQuery) disclosure.FeedPage {
	h.t.Helper()
	page, err := h.svc.Feed(h.t.Context(), by, q)
	if err != nil {
		h.t.Fatal(err)
	}
	return page
}

// upload puts an attachment's row; its bytes do not matter here.
func (h *house) upload(owner, name string) string { return h.uploadAs(owner, name, media.JPEG) }

func (h *house) uploadAs(owner, name string, kind media.Kind) string {
	h.t.Helper()
	o := media.Object{
		ID: audit.NewID(), Kind: kind, Digest: strings.Repeat("a", 64), Thumb: strings.Repeat("b", 64),
		Size: 10, Width: 4, Height: 3, FileName: name, Owner: owner, CreatedAt: h.db.Clock.Now(),
	}
	err := h.db.Media().InTx(h.t.Context(), dbtest.Act(), func(tx media.Tx) error {
		if err := tx.AddObject(h.t.Context(), o); err != nil {
			return err
		}
		return tx.Record(h.t.Context(), audit.Event{Action: "test.upload", Object: "media", ObjectID: o.ID, Result: "ok"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return o.ID
}

// sweep fires what is due.
func (h *house) sweep() {
	h.t.Helper()
	if _, err := h.procs.Sweep(h.t.Context(), h.svc.FireTimer); err != nil {
		h.t.Fatal(err)
	}
}

// refused demands a refusal by code and gives its locations.
func refused(t testing.TB, err error, want *fault.Fault) []string {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v %v, want %s", err, fields(err), want.Code)
	}
	return fields(err)
}

func fields(err error) []string {
	f := fault.Of(err)
	if f == nil {
		return nil
	}
	var out []string
	for _, field := range f.Fields {
		out = append(out, field.Location)
	}
	return out
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

// day gives a time of a day in China.
func day(text string) time.Time {
	d, err := time.ParseInLocation("2006-01-02 15:04", text+" 10:00", calendar.China)
	if err != nil {
		panic(fmt.Sprintf("a test's own date: %v", err))
	}
	return d
}
