package duty_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/duty"
	"cunwu/service/fault"
	"cunwu/service/outbox"
	"cunwu/service/region"
	"cunwu/service/screening"
)

var book = os.DirFS("../../config/rules")

const (
	city     = region.Code("5108")
	county   = region.Code("510821")
	township = region.Code("510821102")
	other    = region.Code("510821103")
	yanjing  = region.Code("510821102200")
	liushu   = region.Code("510821102202")
	longtan  = region.Code("510821103201")
)

const treeCSV = `code,parent_code,level,name
51,,province,四川省
5108,51,city,广元市
510821,5108,county,旺苍县
510821102,510821,township,东河镇
510821103,510821,township,嘉川镇
510821102200,510821102,village,盐井村村民委员会
510821102202,510821102,village,柳树村村民委员会
510821103201,510821103,village,龙潭村村民委员会
`

// house is the clock with everything it stands on, on one engine.
type house struct {
	t   testing.TB
	db  *dbtest.DB
	svc *duty.Service
	n   int
}

type powers struct {
	policy *account.Policy
	clock  calendar.Clock
}

func (p powers) May(c account.Caller, power string, at region.Code) (account.Grant, error) {
	if !c.Known() {
		return account.Grant{}, account.ErrRequired
	}
	if g, ok := p.policy.May(c, power, at, p.clock.Now()); ok {
		return g, nil
	}
	return account.Grant{}, account.ErrMayNot
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newHouse(t testing.TB, db *dbtest.DB, change ...func(*duty.Options)) *house {
	t.Helper()
	policy := must[*account.Policy](t)(account.ParsePolicy(must[[]byte](t)(os.ReadFile("../../config/rules/powers.yaml"))))
	places := region.New(db.Regions())
	h := &house{t: t, db: db}
	h.grow(treeCSV, "2026")
	o := duty.Options{
		Rules:     must[*duty.Rules](t)(duty.LoadRules(book)),
		Catalogue: must[*disclosure.Catalogue](t)(disclosure.LoadCatalogue(book)),
		Holidays:  must[*calendar.Holidays](t)(calendar.LoadHolidays(book)),
		Screening: must[*screening.Screen](t)(screening.Load(book, "screening.yaml")),
		Places:    places, Powers: powers{policy, db.Clock}, Clock: db.Clock,
		Officers: []account.Role{account.Clerk, account.Director},
		RoleName: func(r account.Role) string { rule, _ := policy.Role(r); return rule.Name },
	}
	for _, f := range change {
		f(&o)
	}
	h.svc = duty.New(db.Duties(), o)
	return h
}

// grow applies an edition of the tree.
func (h *house) grow(csv, edition string) {
	h.t.Helper()
	_, err := region.New(h.db.Regions()).Import(h.t.Context(), audit.BySystem("import"), edition, strings.NewReader(csv), region.ImportOptions{Apply: true})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) at(day string, hour int) {
	h.t.Helper()
	h.db.Clock.Set(must[time.Time](h.t)(time.ParseInLocation(time.DateOnly, day, calendar.China)).Add(time.Duration(hour) * time.Hour))
}

func (h *house) officer(role account.Role, at region.Code) account.Caller {
	return account.Caller{
		AccountID: string(role) + "-" + string(at), DisplayName: "赵明德", SignedInAt: h.db.Clock.Now(),
		Grants: []account.Grant{{Role: role, Region: at, Start: dbtest.Start.AddDate(-1, 0, 0), End: dbtest.Start.AddDate(3, 0, 0)}},
	}
}

func act(c account.Caller) audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: c.AccountID}, RequestID: "req"}
}

// publish makes a posting stand, as the disclosure noun would leave it, and
// announces it.
func (h *house) publish(at region.Code, item, period string, late bool) string {
	h.t.Helper()
	h.n++
	id := audit.NewID()
	err := h.db.Disclosures().InTx(h.t.Context(), dbtest.Act(), func(tx disclosure.Tx) error {
		r := disclosure.Record{
			ID: id, CaseID: audit.NewID(), Region: at, ItemCode: item, Category: "FINANCE", Edition: "2026-01-01", Period: period,
			Visibility: disclosure.PublicInternet, State: disclosure.Published, Version: 1, Late: late, CreatedAt: tx.Now(), CreatedBy: "clerk",
			PublishedAt: tx.Now(), FirstAt: tx.Now(),
		}
		if _, err := tx.AddPosting(h.t.Context(), r, nil); err != nil {
			return err
		}
		v := disclosure.VersionRecord{PostingID: id, Number: 1, PublishedAt: tx.Now(), Content: []byte("{}"), Digest: "-"}
		if err := tx.AddPostingVersion(h.t.Context(), v); err != nil {
			return err
		}
		return announced(h.t.Context(), tx, disclosure.EventPublished, r)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func announced(ctx context.Context, tx disclosure.Tx, kind string, r disclosure.Record) error {
	e := outbox.Event{Kind: kind, Region: r.Region, Subject: r.ID, Facts: map[string]string{"item": r.ItemCode, "period": r.Period}}
	if err := tx.Announce(ctx, e); err != nil {
		return err
	}
	return tx.Record(ctx, audit.Event{Action: kind, Object: "posting", ObjectID: r.ID, Result: "ok"})
}

// turn withdraws a posting, or puts its next version up.
func (h *house) turn(id string, to disclosure.State) {
	h.t.Helper()
	ctx := h.t.Context()
	err := h.db.Disclosures().InTx(ctx, dbtest.Act(), func(tx disclosure.Tx) error {
		r, draft, err := tx.PostingForUpdate(ctx, id)
		if err != nil {
			return err
		}
		r.State, r.Revision = to, r.Revision+1
		kind := disclosure.EventWithdrawn
		if to == disclosure.Published {
			kind = disclosure.EventPublished
			r.Version, r.PublishedAt = r.Version+1, tx.Now()
			v := disclosure.VersionRecord{PostingID: id, Number: r.Version, PublishedAt: tx.Now(), Content: []byte("{}"), Digest: "-"}
			if err := tx.AddPostingVersion(ctx, v); err != nil {
				return err
			}
		}
		if err := tx.SavePosting(ctx, r, draft); err != nil {
			return err
		}
		return announced(ctx, tx, kind, r)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) follow() {
	h.t.Helper()
	for {
		n, err := h.svc.Follow(h.t.Context(), 3)
		if err != nil {
			h.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func (h *house) duty(at region.Code, item, period string) duty.Duty {
	h.t.Helper()
	p, err := h.svc.Duties(h.t.Context(), duty.Query{Region: at, Item: item, Period: period, Limit: 10})
	if err != nil || len(p.Items) != 1 {
		h.t.Fatalf("%s %s of %s: %v, %v", item, period, at, p.Items, err)
	}
	return p.Items[0]
}

func (h *house) state(at region.Code, item, period string, want duty.State) duty.Duty {
	h.t.Helper()
	d := h.duty(at, item, period)
	if d.State != want {
		h.t.Errorf("%s %s of %s: %s, want %s", item, period, at, d.State, want)
	}
	return d
}

// same demands that the counts of every level are the sums of their villages
// looked at one by one, and that counting anew changes nothing.
func (h *house) same(t interface {
	Helper()
	Fatalf(format string, args ...any)
},
) {
	t.Helper()
	ctx := h.t.Context()
	for _, place := range []region.Code{"", "51", city, county, township, other} {
		want := map[duty.State]int{}
		villages := 0
		err := h.svc.Each(ctx, place, func(_ region.Code, ds []duty.Duty) error {
			villages++
			for _, d := range ds {
				want[d.State]++
			}
			return nil
		})
		if err != nil {
			t.Fatalf("%v", err)
		}
		got, err := h.svc.Counts(ctx, place, "")
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, s := range duty.States {
			if got.Total.Of(s) != want[s] || got.Villages != villages {
				t.Fatalf("%q on %s: %s counted %d, one by one %d; villages %d, %d", place, h.db.Clock.Now(), s, got.Total.Of(s), want[s], got.Villages, villages)
			}
		}
	}
	if n, err := h.svc.Recount(ctx, ""); err != nil || n != 0 {
		t.Fatalf("counting anew moved %d villages, %v", n, err)
	}
}

func wantFault(t testing.TB, err error, want *fault.Fault) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %s", err, want.Code)
	}
}

func TestDuties_Life(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.at("2026-04-10", 9)
		h.state(yanjing, "D02", "2026-03", duty.Due)
		id := h.publish(yanjing, "D02", "2026-03", false)
		if d := h.state(yanjing, "D02", "2026-03", duty.Done); d.DisclosureID != id || !d.DoneAt.Equal(db.Clock.Now()) {
			t.Errorf("%+v", d)
		}
		h.follow()
		h.same(t)
		h.turn(id, disclosure.Withdrawn)
		h.follow()
		h.at("2026-04-20", 9)
		h.state(yanjing, "D02", "2026-03", duty.Overdue)
		h.same(t)
		h.turn(id, disclosure.Published) // its first date still counts
		h.state(yanjing, "D02", "2026-03", duty.Done)
		h.publish(liushu, "D02", "2026-03", true)
		h.state(liushu, "D02", "2026-03", duty.DoneLate)
		h.follow()
		h.same(t)
		c := must[duty.Counts](t)(h.svc.Counts(t.Context(), city, duty.DoneLate))
		if len(c.Items) != 1 || c.Items[0].ItemCode != "D02" || len(c.Children) != 1 || c.Children[0].Villages != 3 || c.Total.Of(duty.DoneLate) != 1 {
			t.Errorf("%+v", c)
		}
	})
}

func TestDuties_Pages(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	h.at("2026-11-18", 9)
	ctx := t.Context()
	whole := must[duty.Page](t)(h.svc.Duties(ctx, duty.Query{Region: yanjing, Limit: duty.MostDuties}))
	if len(whole.Items) < 100 || whole.Next != 0 {
		t.Fatalf("%d duties, next %d", len(whole.Items), whole.Next)
	}
	var all []string
	q := duty.Query{Region: yanjing, Limit: 7}
	for {
		p := must[duty.Page](t)(h.svc.Duties(ctx, q))
		for _, d := range p.Items {
			all = append(all, d.ItemCode+d.Period)
		}
		if q.Before = p.Next; p.Next == 0 {
			break
		}
	}
	var want []string
	for i, d := range whole.Items {
		want = append(want, d.ItemCode+d.Period)
		if i > 0 && d.DueOn.After(whole.Items[i-1].DueOn) {
			t.Errorf("%s %s is not in order", d.ItemCode, d.Period)
		}
	}
	if !slices.Equal(all, want) {
		t.Errorf("page by page %v, at once %v", all, want)
	}
	_, err := h.svc.Duties(ctx, duty.Query{Region: yanjing, State: "late", Limit: 1})
	wantFault(t, err, duty.ErrState)
	_, err = h.svc.Duties(ctx, duty.Query{Region: yanjing})
	wantFault(t, err, fault.ErrInvalid)
	_, err = h.svc.Duties(ctx, duty.Query{Region: "510821102999", Limit: 1})
	wantFault(t, err, region.ErrNotFound)
	_, err = h.svc.Counts(ctx, "5199", "")
	wantFault(t, err, region.ErrNotFound)
	_, err = h.svc.Counts(ctx, city, "late")
	wantFault(t, err, duty.ErrState)
}

func TestRecordEvent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.at("2026-03-06", 9)
		clerk, ctx := h.officer(account.Clerk, yanjing), t.Context()
		in := duty.EventInput{Region: yanjing, ItemCode: "B03", On: "2026-03-05", Title: "村民代表会议通过路灯维修方案"}
		first := must[duty.Duty](t)(h.svc.RecordEvent(ctx, clerk, act(clerk), in))
		if first.State != duty.Due || first.Period != "2026-03-05" || first.DueOn.Format(time.DateOnly) != "2026-03-16" {
			t.Errorf("%+v", first)
		}
		in.Title = "再登记一次"
		again := must[duty.Duty](t)(h.svc.RecordEvent(ctx, h.officer(account.Director, yanjing), act(clerk), in))
		if again.Event.ID != first.Event.ID || again.Event.Title != first.Event.Title {
			t.Errorf("%+v", again.Event)
		}
		h.follow()
		h.same(t)
		h.publish(yanjing, "B03", "2026-03-05", false)
		h.follow()
		h.same(t)
		h.state(yanjing, "B03", "2026-03-05", duty.Done)
		c := must[duty.Counts](t)(h.svc.Counts(ctx, township, duty.Done))
		if len(c.Items) != 1 || c.Items[0].Period != "2026-03" || !c.Items[0].DueOn.IsZero() || c.Items[0].ItemName == "" {
			t.Errorf("%+v", c.Items)
		}
	})
}

func TestRecordEvent_Refuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	h.at("2026-03-06", 9)
	clerk := h.officer(account.Clerk, yanjing)
	good := duty.EventInput{Region: yanjing, ItemCode: "B03", On: "2026-03-05", Title: "村民代表会议"}
	for name, tc := range map[string]struct {
		by     account.Caller
		change func(*duty.EventInput)
		want   *fault.Fault
	}{
		"a stranger":           {account.Caller{}, func(*duty.EventInput) {}, account.ErrRequired},
		"a villager":           {account.Caller{AccountID: "v", Village: yanjing, Standing: account.Voter}, func(*duty.EventInput) {}, account.ErrMayNot},
		"a clerk elsewhere":    {h.officer(account.Clerk, liushu), func(*duty.EventInput) {}, account.ErrMayNot},
		"no such village":      {clerk, func(in *duty.EventInput) { in.Region = "510821102999" }, region.ErrNotFound},
		"a township":           {clerk, func(in *duty.EventInput) { in.Region = township }, region.ErrCode},
		"no such item":         {clerk, func(in *duty.EventInput) { in.ItemCode = "Z99" }, duty.ErrItem},
		"an item that recurs":  {clerk, func(in *duty.EventInput) { in.ItemCode = "D02" }, duty.ErrPeriodic},
		"no day":               {clerk, func(in *duty.EventInput) { in.On = "2026-02-30" }, fault.ErrInvalid},
		"tomorrow":             {clerk, func(in *duty.EventInput) { in.On = "2026-03-07" }, fault.ErrInvalid},
		"before the law":       {clerk, func(in *duty.EventInput) { in.On = "2025-12-31" }, fault.ErrInvalid},
		"a meeting in 2 years": {clerk, func(in *duty.EventInput) { in.ItemCode, in.On = "B01", "2028-03-05" }, fault.ErrInvalid},
		"no title":             {clerk, func(in *duty.EventInput) { in.Title = " \t " }, fault.ErrInvalid},
		"a phone number":       {clerk, func(in *duty.EventInput) { in.Title = "找13812345678领取" }, duty.ErrPrivate},
	} {
		in := good
		tc.change(&in)
		_, err := h.svc.RecordEvent(t.Context(), tc.by, act(tc.by), in)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want.Code)
		}
	}
	if _, err := h.svc.RecordEvent(t.Context(), clerk, act(clerk), duty.EventInput{Region: yanjing, ItemCode: "B01", On: "2026-04-05", Title: "村民会议"}); err != nil {
		t.Error(err)
	}
}

func TestExceptions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.at("2026-04-10", 9)
		officer, ctx := h.officer(account.TownshipRole, township), t.Context()
		in := duty.ExceptionInput{Region: yanjing, ItemCode: "D02", Period: "2026-03", Reason: "凭证在县里审计，尚未退回。", Until: "2026-04-30"}
		d := must[duty.Duty](t)(h.svc.Extend(ctx, officer, act(officer), in))
		if d.State != duty.Extended || d.Exception.Until != "2026-04-30" || d.Exception.DecidedBy != "赵*德 乡镇工作人员" || d.DueOn.Format(time.DateOnly) != "2026-04-15" {
			t.Errorf("%+v %+v", d, d.Exception)
		}
		h.follow()
		h.same(t)
		h.at("2026-05-01", 9)
		h.state(yanjing, "D02", "2026-03", duty.Overdue)
		h.same(t)
		in.Until = "2026-05-20"
		must[duty.Duty](t)(h.svc.Extend(ctx, officer, act(officer), in))
		h.state(yanjing, "D02", "2026-03", duty.Extended)
		h.follow()
		h.same(t)
		in.Until = ""
		must[duty.Duty](t)(h.svc.Exempt(ctx, officer, act(officer), in))
		h.state(yanjing, "D02", "2026-03", duty.NotApplicable)
		h.follow()
		h.same(t)
		in.Until = "2026-06-01"
		_, err := h.svc.Extend(ctx, officer, act(officer), in)
		wantFault(t, err, duty.ErrExempt)
		h.publish(yanjing, "D02", "2026-03", true)
		h.state(yanjing, "D02", "2026-03", duty.DoneLate)
		_, err = h.svc.Exempt(ctx, officer, act(officer), in)
		wantFault(t, err, duty.ErrDone)
		h.follow()
		h.same(t)
	})
}

func TestExtend_Refuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	h.at("2026-04-20", 9)
	officer := h.officer(account.TownshipRole, township)
	h.publish(yanjing, "D03", "2026Q1", false)
	good := duty.ExceptionInput{Region: yanjing, ItemCode: "D02", Period: "2026-03", Reason: "凭证在县里审计。", Until: "2026-04-30"}
	for name, tc := range map[string]struct {
		by     account.Caller
		change func(*duty.ExceptionInput)
		want   *fault.Fault
	}{
		"a stranger":            {account.Caller{}, func(*duty.ExceptionInput) {}, account.ErrRequired},
		"the village itself":    {h.officer(account.Clerk, yanjing), func(*duty.ExceptionInput) {}, account.ErrMayNot},
		"another township":      {h.officer(account.TownshipRole, other), func(*duty.ExceptionInput) {}, account.ErrMayNot},
		"the due day itself":    {officer, func(in *duty.ExceptionInput) { in.Until = "2026-04-15" }, fault.ErrInvalid},
		"a day that is past":    {officer, func(in *duty.ExceptionInput) { in.Until = "2026-04-19" }, fault.ErrInvalid},
		"next year":             {officer, func(in *duty.ExceptionInput) { in.Until = "2027-04-30" }, fault.ErrInvalid},
		"no day":                {officer, func(in *duty.ExceptionInput) { in.Until = "soon" }, fault.ErrInvalid},
		"no reason":             {officer, func(in *duty.ExceptionInput) { in.Reason = "" }, fault.ErrInvalid},
		"a private reason":      {officer, func(in *duty.ExceptionInput) { in.Reason = "会计电话13812345678打不通" }, duty.ErrPrivate},
		"no such period":        {officer, func(in *duty.ExceptionInput) { in.Period = "2026-13" }, duty.ErrUnknown},
		"an event not recorded": {officer, func(in *duty.ExceptionInput) { in.ItemCode, in.Period = "B03", "2026-04-01" }, duty.ErrUnknown},
		"what is done":          {officer, func(in *duty.ExceptionInput) { in.ItemCode, in.Period = "D03", "2026Q1" }, duty.ErrDone},
	} {
		in := good
		tc.change(&in)
		if _, err := h.svc.Extend(t.Context(), tc.by, act(tc.by), in); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want.Code)
		}
	}
}

// people puts residents on the roll and representatives into office.
func (h *house) people(at region.Code, residents, representatives int) {
	h.t.Helper()
	ctx := h.t.Context()
	err := h.db.Accounts().InTx(ctx, dbtest.Act(), func(tx account.Tx) error {
		var rs []account.Resident
		for i := range residents {
			mac := fmt.Appendf(nil, "%032d", i)
			rs = append(rs, account.Resident{ID: audit.NewID(), Village: at, State: account.OnRoll, NameMAC: mac, IDMAC: mac, UpdatedAt: tx.Now(), Sealed: account.Sealed{Key: "k", Blob: mac}})
		}
		if err := tx.AddResidents(ctx, rs); err != nil {
			return err
		}
		for i := range representatives {
			if err := tx.AddAppointment(ctx, h.appointment(account.Representative, at, fmt.Sprintf("rep-%d", i))); err != nil {
				return err
			}
		}
		return tx.Record(ctx, audit.Event{Action: "test", Object: "roll", Result: "ok"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) appointment(role account.Role, at region.Code, holder string) account.Appointment {
	now := h.db.Clock.Now()
	return account.Appointment{
		ID: audit.NewID(), Role: role, Region: at, AccountID: holder, Start: now.AddDate(-1, 0, 0), End: now.AddDate(2, 0, 0),
		MadeBy: "x", MadeRole: account.TownshipRole, CreatedAt: now,
	}
}

func villager(n int, representative bool) account.Caller {
	c := account.Caller{AccountID: fmt.Sprintf("account-%d", n), ResidentID: fmt.Sprintf("resident-%d", n), Village: yanjing, Standing: account.Reader}
	if representative {
		c.Grants = []account.Grant{{Role: account.Representative, Region: yanjing + "01", Start: dbtest.Start.AddDate(-1, 0, 0), End: dbtest.Start.AddDate(2, 0, 0)}}
	}
	return c
}

func TestDemand(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.at("2026-03-05", 9)
		h.people(yanjing, 31, 0) // a tenth is 4
		ctx := t.Context()
		for i := range 3 {
			for range 2 { // twice is once
				d := must[duty.Demanding](t)(h.svc.Demand(ctx, villager(i, false), act(villager(i, false)), yanjing, "D05"))
				if d.Villagers != i+1 || d.VillagersNeeded != 4 || d.RepresentativesNeeded != 0 || d.Duty != nil {
					t.Fatalf("%d: %+v", i, d)
				}
			}
		}
		anew := villager(2, false) // the same person with another account
		anew.AccountID = "account-new"
		if d := must[duty.Demanding](t)(h.svc.Demand(ctx, anew, act(anew), yanjing, "D05")); d.Villagers != 3 {
			t.Errorf("one person counts as %d", d.Villagers)
		}
		last := villager(9, false)
		d := must[duty.Demanding](t)(h.svc.Demand(ctx, last, act(last), yanjing, "D05"))
		if d.Villagers != 4 || d.Duty == nil || d.Duty.DueOn.Format(time.DateOnly) != "2026-03-16" || d.Duty.Event.RecordedBy != audit.System {
			t.Fatalf("%+v", d)
		}
		_, err := h.svc.Demand(ctx, last, act(last), yanjing, "D05")
		wantFault(t, err, duty.ErrDemanded)
		h.follow()
		h.same(t)
		h.publish(yanjing, "D05", "2025Q4", false)
		h.state(yanjing, "D05", "2026-03-05", duty.Done)
		h.follow()
		h.same(t)
		if d := must[duty.Demanding](t)(h.svc.Demand(ctx, last, act(last), yanjing, "D05")); d.Villagers != 1 {
			t.Errorf("a new round begins with %d", d.Villagers)
		}
	})
}

func TestDemand_Representatives(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	h.people(yanjing, 500, 10) // a fifth is 2
	first := must[duty.Demanding](t)(h.svc.Demand(t.Context(), villager(1, true), act(villager(1, true)), yanjing, "G01"))
	second := must[duty.Demanding](t)(h.svc.Demand(t.Context(), villager(2, true), act(villager(2, true)), yanjing, "G01"))
	if first.Duty != nil || first.Representatives != 1 || second.Duty == nil || second.RepresentativesNeeded != 2 {
		t.Errorf("%+v %+v", first, second)
	}
}

func TestDemand_Refuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	elsewhere := villager(1, false)
	elsewhere.Village = liushu
	for name, tc := range map[string]struct {
		by   account.Caller
		at   region.Code
		item string
		want *fault.Fault
	}{
		"a stranger":         {account.Caller{}, yanjing, "D05", account.ErrRequired},
		"of another village": {elsewhere, yanjing, "D05", duty.ErrNotOfVillage},
		"on no roll":         {account.Caller{AccountID: "x"}, yanjing, "D05", duty.ErrNotOfVillage},
		"an officer":         {h.officer(account.Clerk, yanjing), yanjing, "D05", duty.ErrNotOfVillage},
		"no such item":       {villager(1, false), yanjing, "Z01", duty.ErrItem},
		"no such village":    {villager(1, false), "510821102999", "D05", region.ErrNotFound},
	} {
		if _, err := h.svc.Demand(t.Context(), tc.by, act(tc.by), tc.at, tc.item); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want.Code)
		}
	}
	// Nobody is on the roll: one demand is not a tenth of none.
	if d := must[duty.Demanding](t)(h.svc.Demand(t.Context(), villager(1, false), act(villager(1, false)), yanjing, "D05")); d.Duty != nil {
		t.Errorf("%+v", d)
	}
}

func (h *house) appoint(role account.Role, at region.Code) {
	h.t.Helper()
	ctx := h.t.Context()
	err := h.db.Accounts().InTx(ctx, dbtest.Act(), func(tx account.Tx) error {
		if err := tx.AddAppointment(ctx, h.appointment(role, at, "holder")); err != nil {
			return err
		}
		return tx.Record(ctx, audit.Event{Action: "test", Object: "appointment", Result: "ok"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// notices takes the reminders that were announced.
func (h *house) notices() []outbox.Event {
	h.t.Helper()
	ctx := h.t.Context()
	var out []outbox.Event
	err := h.db.Duties().InTx(ctx, audit.BySystem("test"), func(tx duty.Tx) error {
		events, err := tx.TakeEvents(ctx, outbox.Notify, 1000)
		if err != nil {
			return err
		}
		out = nil
		for _, e := range events {
			if e.Kind == duty.EventRemind {
				out = append(out, e)
			}
		}
		return tx.Record(ctx, audit.Event{Action: "test", Object: "outbox", Result: "ok"})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

func TestRemind(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		ctx := t.Context()
		h.at("2026-04-10", 7)
		h.appoint(account.Clerk, yanjing)
		h.appoint(account.Council, liushu) // no office that can act
		remind := func(want int) []outbox.Event {
			t.Helper()
			n, err := h.svc.Remind(ctx, db.Clock.Now())
			got := h.notices()
			if err != nil || n != want || len(got) != want {
				t.Fatalf("announced %d, found %v, %v; want %d", n, got, err, want)
			}
			return got
		}
		remind(0) // too early in the day
		h.at("2026-04-10", 9)
		e := remind(1)[0]
		if e.Region != yanjing || e.Facts["stage"] != "before" || e.Facts["due"] != "2026-04-15" || !strings.Contains(e.Facts["items"], "D02 2026-03") {
			t.Errorf("%+v", e)
		}
		if strings.Count(e.Facts["items"], ";") > 19 {
			t.Errorf("not bounded: %s", e.Facts["items"])
		}
		remind(0)
		for _, item := range []string{"C03", "D02", "D09"} {
			h.publish(yanjing, item, "2026-03", false)
		}
		officer := h.officer(account.TownshipRole, township)
		must[duty.Duty](t)(h.svc.Extend(ctx, officer, act(officer), duty.ExceptionInput{Region: yanjing, ItemCode: "J04", Period: "2026-03", Reason: "凭证未退回", Until: "2026-05-20"}))
		h.at("2026-04-16", 9)
		e = remind(1)[0]
		if e.Facts["stage"] != "passed" || strings.Contains(e.Facts["items"], "2026-03") {
			t.Errorf("what is done or extended is nagged about: %+v", e)
		}
		h.at("2026-04-17", 9)
		remind(0)
		h.at("2026-04-20", 9)
		if e = remind(1)[0]; e.Facts["stage"] != "township" {
			t.Errorf("%+v", e)
		}
		h.at("2026-04-21", 9)
		remind(0)
	})
}

// Two instances that remind at once announce each thing once.
func TestRemind_TwoInstances(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		h := newHouse(t, db)
		h.at("2026-04-16", 9)
		h.appoint(account.Clerk, yanjing)
		h.appoint(account.Clerk, longtan)
		counts := make(chan int, 4)
		for range cap(counts) {
			go func() {
				n, err := h.svc.Remind(context.WithoutCancel(t.Context()), db.Clock.Now())
				if err != nil {
					t.Error(err)
				}
				counts <- n
			}()
		}
		total := 0
		for range cap(counts) {
			total += <-counts
		}
		if got := h.notices(); total != 2 || len(got) != 2 {
			t.Errorf("announced %d, found %d, want 2", total, len(got))
		}
	})
}

// What else follows is done in the transaction of the counts, or neither is.
func TestFollow_Also(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		broken := errors.New("broken")
		fail, seen := true, 0
		h := newHouse(t, db, func(o *duty.Options) {
			o.Also = func(_ context.Context, _ duty.Tx, events []outbox.Event) error {
				if fail {
					return broken
				}
				seen += len(events)
				return nil
			}
		})
		h.at("2026-04-10", 9)
		h.publish(yanjing, "D02", "2026-03", false)
		if n, err := h.svc.Follow(t.Context(), 10); !errors.Is(err, broken) {
			t.Errorf("%d, %v", n, err)
		}
		if c := must[duty.Counts](t)(h.svc.Counts(t.Context(), city, "")); c.Total.Of(duty.Done) != 0 {
			t.Error("half of what follows was written")
		}
		fail = false
		h.follow()
		h.same(t)
		if c := must[duty.Counts](t)(h.svc.Counts(t.Context(), city, "")); c.Total.Of(duty.Done) != 1 || seen != 1 {
			t.Errorf("%d counted, %d events", c.Total.Of(duty.Done), seen)
		}
		if n, err := h.svc.Follow(t.Context(), 10); n != 0 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// A village that merges takes its counts with it.
func TestTidy(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.New(t))
	h.at("2026-04-10", 9)
	h.publish(liushu, "D02", "2026-03", false)
	h.publish(yanjing, "D02", "2026-03", false)
	h.follow()
	h.same(t)
	h.grow(strings.ReplaceAll(treeCSV, "510821102202,510821102,village,柳树村村民委员会\n", ""), "2027")
	if n, err := h.svc.Tidy(t.Context(), ""); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	h.same(t)
	if c := must[duty.Counts](t)(h.svc.Counts(t.Context(), city, "")); c.Villages != 2 || c.Total.Of(duty.Done) != 1 {
		t.Errorf("%+v", c)
	}
}

// Whatever is published, withdrawn, recorded and decided, in whatever order,
// with the follower behind or failing in between: once it has caught up, the
// counts are those of the villages, and counting anew finds nothing.
func TestCounts_NeverDrift(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		crash := false
		h := newHouse(t, db, func(o *duty.Options) {
			o.Also = func(context.Context, duty.Tx, []outbox.Event) error {
				if crash {
					return errors.New("crash")
				}
				return nil
			}
		})
		h.at("2026-04-02", 9)
		var up, down []string
		checks := 0
		rapid.Check(t, func(rt *rapid.T) {
			if checks++; checks > 12 { // the archive grows on; more runs are no more cases
				return
			}
			for range rapid.IntRange(5, 25).Draw(rt, "steps") {
				village := rapid.SampledFrom([]region.Code{yanjing, liushu, longtan}).Draw(rt, "village")
				h.step(rt, village, &up, &down, &crash)
			}
			h.follow()
			h.same(rt)
		})
	})
}

// step does one thing that may happen to a village.
func (h *house) step(rt *rapid.T, village region.Code, up, down *[]string, crash *bool) {
	ctx := h.t.Context()
	clerk, officer := h.officer(account.Clerk, village), h.officer(account.TownshipRole, village.At(region.Township))
	day := h.db.Clock.Now().AddDate(0, 0, -rapid.IntRange(0, 40).Draw(rt, "days ago")).Format(time.DateOnly)
	item := rapid.SampledFrom([]string{"D02", "D03", "B03", "A02"}).Draw(rt, "item")
	period := map[string]string{"D02": "2026-03", "D03": "2026Q1", "B03": day, "A02": "2026"}[item]
	switch rapid.SampledFrom([]string{"publish", "withdraw", "again", "event", "extend", "exempt", "follow", "crash", "later"}).Draw(rt, "what") {
	case "publish":
		*up = append(*up, h.publish(village, item, period, rapid.Bool().Draw(rt, "late")))
	case "withdraw":
		h.swap(up, down, disclosure.Withdrawn)
	case "again":
		h.swap(down, up, disclosure.Published)
	case "event":
		in := duty.EventInput{Region: village, ItemCode: rapid.SampledFrom([]string{"B03", "A02"}).Draw(rt, "of"), On: day, Title: "开会"}
		if _, err := h.svc.RecordEvent(ctx, clerk, act(clerk), in); err != nil {
			rt.Fatalf("%v", err)
		}
	case "extend":
		until := h.db.Clock.Now().AddDate(0, 0, rapid.IntRange(1, 30).Draw(rt, "until")).Format(time.DateOnly)
		h.allowed(rt)(h.svc.Extend(ctx, officer, act(officer), duty.ExceptionInput{Region: village, ItemCode: item, Period: period, Reason: "凭证未退回", Until: until}))
	case "exempt":
		h.allowed(rt)(h.svc.Exempt(ctx, officer, act(officer), duty.ExceptionInput{Region: village, ItemCode: item, Period: period, Reason: "没有这类收支"}))
	case "follow":
		if _, err := h.svc.Follow(ctx, rapid.IntRange(1, 5).Draw(rt, "limit")); err != nil {
			rt.Fatalf("%v", err)
		}
	case "crash":
		*crash = true
		_, _ = h.svc.Follow(ctx, 5) // fails where there is anything to follow
		*crash = false
	case "later":
		h.db.Clock.Advance(time.Duration(rapid.IntRange(1, 72).Draw(rt, "hours")) * time.Hour)
	}
}

// allowed lets refusals pass: most random decisions are refused.
func (h *house) allowed(rt *rapid.T) func(duty.Duty, error) {
	return func(_ duty.Duty, err error) {
		if err != nil && fault.Of(err) == nil {
			rt.Fatalf("%v", err)
		}
	}
}

func (h *house) swap(from, to *[]string, state disclosure.State) {
	if len(*from) == 0 {
		return
	}
	id := (*from)[0]
	*from, *to = (*from)[1:], append(*to, id)
	h.turn(id, state)
}
