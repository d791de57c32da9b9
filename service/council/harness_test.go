package council_test

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
	"cunwu/service/council"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/media"
	"cunwu/service/procedure"
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
	svc      *council.Service
	postings *disclosure.Service
	procs    *procedure.Service
	roll     people
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

// people is a roll: resident to masked name; those of elsewhere begin with x.
type people map[string]string

func (p people) OnRoll(_ context.Context, id string) (account.RollEntry, bool, error) {
	name, ok := p[id]
	village := yanjing
	if id[:1] == "x" {
		village = liushu
	}
	return account.RollEntry{ResidentID: id, Village: village, Name: name}, ok, nil
}

func (p people) Holders(_ context.Context, role account.Role, within region.Code, _ time.Time) ([]string, error) {
	if role != "council" || within != yanjing {
		return nil, nil
	}
	return []string{"r-1", "r-2", "r-3"}, nil
}

func newHouse(t testing.TB, db *dbtest.DB) *house {
	t.Helper()
	screen := must[*screening.Screen](t)(screening.Load(rulesDir, "screening.yaml"))
	policy := must[*account.Policy](t)(account.ParsePolicy(must[[]byte](t)(os.ReadFile("../../config/rules/powers.yaml"))))
	defs := must[*procedure.Definitions](t)(procedure.LoadDefinitions(rulesDir, func(p string) bool { return policy.PowerName(p) != "" }, disclosure.Effects()))
	holidays := must[*calendar.Holidays](t)(calendar.LoadHolidays(rulesDir))
	h := &house{t: t, db: db, procs: procedure.New(db.Cases(), defs, holidays, db.Clock), roll: people{
		"r-1": "王*成", "r-2": "李*", "r-3": "赵*明", "r-4": "钱*", "x-1": "孙*",
	}}
	may, places := powers{policy, db.Clock}, region.New(db.Regions())
	h.postings = disclosure.New(db.Disclosures(), disclosure.Options{
		Procedures: h.procs, Places: places, Media: db.Media(), Powers: may, Screening: screen, Holidays: holidays, Clock: db.Clock,
		Catalogue: must[*disclosure.Catalogue](t)(disclosure.LoadCatalogue(rulesDir)),
	})
	h.svc = council.New(db.Councils(), council.Options{
		Procedures: h.procs, Places: places, Powers: may, Roll: h.roll, Media: db.Media(), Postings: h.postings,
		Rules: must[*council.Rules](t)(council.LoadRules(rulesDir)), Screening: screen, Clock: db.Clock,
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

// holder is somebody in an office, just signed in.
func (h *house) holder(role account.Role, at region.Code) account.Caller {
	now := h.db.Clock.Now()
	return account.Caller{
		AccountID: "acc-" + string(role) + "-" + string(at), SignedInAt: now,
		Grants: []account.Grant{{Role: role, Region: at, Start: now.AddDate(-1, 0, 0), End: now.AddDate(1, 0, 0)}},
	}
}

func (h *house) clerk() account.Caller { return h.holder(account.Clerk, yanjing) }

func act(by account.Caller) audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: by.AccountID}, RequestID: "req-test"}
}

const charter = "本会由村民推选产生，婚事新办、丧事简办，酒席不超过二十桌，不收礼金。"

func body() council.NewCouncil {
	return council.NewCouncil{
		Region: yanjing, Kind: "wedding_funeral", Name: "盐井村红白理事会", Charter: charter, From: "2026-01-01", Until: "2028-12-31",
		Members: []council.NewMember{{Resident: "r-1", Office: "convenor", From: "2026-01-01"}},
	}
}

// register enters a body with one member.
func (h *house) register(change func(*council.NewCouncil)) council.Council {
	h.t.Helper()
	in := body()
	if change != nil {
		change(&in)
	}
	return must[council.Council](h.t)(h.svc.Register(h.t.Context(), h.clerk(), act(h.clerk()), in))
}

func plan() council.NewActivity {
	return council.NewActivity{Kind: "mutual_aid", Title: "帮缺劳力的人家收麦", On: "2026-02-20", Place: "二组坝子", Plan: "自带镰刀。"}
}

func (h *house) planned(id string, in council.NewActivity) council.Activity {
	h.t.Helper()
	return must[council.Activity](h.t)(h.svc.Plan(h.t.Context(), h.clerk(), act(h.clerk()), id, in))
}

type given = map[string]string

func (h *house) try(id, action string, f given, photos ...string) (council.Activity, error) {
	h.t.Helper()
	return h.svc.Act(h.t.Context(), h.clerk(), act(h.clerk()), id, procedure.Input{Action: action, Fields: f, Media: photos})
}

func (h *house) do(id, action string, f given, photos ...string) council.Activity {
	h.t.Helper()
	return must[council.Activity](h.t)(h.try(id, action, f, photos...))
}

func held() given {
	return given{"held_on": "2026-02-20", "place": "二组坝子", "heads": "23", "cost_fen": "12050", "money": "collective"}
}

// photo puts an upload of an account into the archive.
func (h *house) photo(owner string) string {
	h.t.Helper()
	id := audit.NewID()
	write(h, h.db.Media().InTx, func(tx media.Tx) error {
		return tx.AddObject(h.t.Context(), media.Object{
			ID: id, Kind: media.JPEG, Digest: digestOf(id), Thumb: digestOf(id + "t"), Size: 10, Owner: owner, FileName: "现场.jpg", CreatedAt: tx.Now(),
		})
	})
	return id
}

func digestOf(id string) string {
	const long = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	return (id + long)[:64]
}

func refused(t testing.TB, err error, want *fault.Fault) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v %+v, want %s", err, fault.Of(err), want.Code)
	}
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
