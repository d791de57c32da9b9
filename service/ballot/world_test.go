package ballot_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/media"
	"cunwu/service/region"
	"cunwu/service/screening"
)

const yanjing = region.Code("510821102200")

var rulesDir = os.DirFS("../../config/rules")

// village is a service on one engine with people around it who exist only here.
type village struct {
	t      testing.TB
	db     *dbtest.DB
	svc    *ballot.Service
	people []account.Elector
	policy *account.Policy
	admins []string // accounts that run the system
}

func (v *village) administers(_ context.Context, accountID string) (bool, error) {
	return slices.Contains(v.admins, accountID), nil
}

func (v *village) FullAge(context.Context, region.Code, time.Time) ([]account.Elector, error) {
	return v.people, nil
}

func (v *village) Holders(context.Context, account.Role, region.Code, time.Time) ([]string, error) {
	var out []string
	for _, p := range v.people[:min(3, len(v.people))] {
		out = append(out, p.ResidentID)
	}
	return out, nil
}

func (v *village) Active(_ context.Context, code region.Code, _ ...region.Level) (region.Region, error) {
	if code.At(region.Village) != yanjing {
		return region.Region{}, region.ErrNotFound
	}
	return region.Region{Code: code}, nil
}

func (v *village) May(c account.Caller, power string, at region.Code) (account.Grant, error) {
	if !c.Known() {
		return account.Grant{}, account.ErrRequired
	}
	g, ok := v.policy.May(c, power, at, v.db.Clock.Now())
	if !ok {
		return account.Grant{}, account.ErrMayNot
	}
	return g, nil
}

func (v *village) Objects(_ context.Context, ids []string) ([]media.Object, error) {
	out := make([]media.Object, len(ids))
	for i, id := range ids {
		out[i] = media.Object{ID: id, Kind: media.JPEG, Owner: "acc-clerk", Digest: strings.TrimPrefix(id, "again-")}
		if strings.HasPrefix(id, "pdf") {
			out[i].Kind = media.PDF
		}
	}
	return out, nil
}

// newVillage has n residents, three to a household.
func newVillage(t testing.TB, db *dbtest.DB, n int) *village {
	t.Helper()
	v := &village{t: t, db: db}
	for i := range n {
		v.people = append(v.people, account.Elector{
			ResidentID: fmt.Sprintf("resident%04d", i), HouseholdID: fmt.Sprintf("house%03d", i/3), HouseholdNumber: fmt.Sprint(i / 3),
		})
	}
	raw, err := os.ReadFile("../../config/rules/powers.yaml")
	if err == nil {
		v.policy, err = account.ParsePolicy(raw)
	}
	if err != nil {
		t.Fatal(err)
	}
	rules, err := ballot.LoadThresholds(rulesDir)
	if err != nil {
		t.Fatal(err)
	}
	screen, err := screening.Load(rulesDir, "screening.yaml")
	if err != nil {
		t.Fatal(err)
	}
	v.svc = ballot.New(db.Ballots(), ballot.Options{
		Powers: v, Places: v, Media: v, Rolls: v, Thresholds: rules, Screening: screen, Clock: db.Clock, Administers: v.administers,
	})
	return v
}

// officer holds a role of the village.
func (v *village) officer(role account.Role) account.Caller {
	now := v.db.Clock.Now()
	return account.Caller{
		AccountID: "acc-" + string(role), SignedInAt: now,
		Grants: []account.Grant{{Role: role, Region: yanjing, Start: now.AddDate(-1, 0, 0), End: now.AddDate(1, 0, 0)}},
	}
}

// voter is the i-th resident, signed in and confirmed.
func (v *village) voter(i int) account.Caller {
	return account.Caller{
		AccountID: fmt.Sprintf("acc-%d", i), ResidentID: fmt.Sprintf("resident%04d", i), Village: yanjing, Standing: account.Voter,
		HouseholdID: fmt.Sprintf("house%03d", i/3),
	}
}

func act(by account.Caller) audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: by.AccountID}, RequestID: "req-test"}
}

// input is a question to all residents for the next hour.
func (v *village) input(change ...func(*ballot.Input)) ballot.Input {
	now := v.db.Clock.Now()
	in := ballot.Input{
		Region: yanjing, Question: "是否同意修缮村道", Kind: ballot.YesNo, Rule: "villagers_meeting", Revote: true,
		OpensAt: now, ClosesAt: now.Add(time.Hour),
	}
	for _, f := range change {
		f(&in)
	}
	return in
}

// opened is a ballot that takes casts.
func (v *village) opened(change ...func(*ballot.Input)) ballot.View {
	v.t.Helper()
	by := v.officer(account.Clerk)
	b, err := v.svc.Create(v.t.Context(), by, act(by), v.input(change...))
	if err == nil {
		b, err = v.svc.Act(v.t.Context(), by, act(by), b.ID, ballot.Step{Action: "open"})
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return b
}

// atTable has a clerk enter a blank paper of a sealed ballot and a supervisor
// confirm it.
func (v *village) atTable(id, who string) {
	v.t.Helper()
	clerk, sup := v.officer(account.Clerk), v.officer(account.Supervisor)
	sheet, err := v.svc.EnterSheet(v.t.Context(), clerk, act(clerk), id, who, ballot.Mark{}, "")
	if err == nil {
		_, err = v.svc.DecideSheet(v.t.Context(), sup, act(sup), id, sheet.Number, true)
	}
	if err != nil {
		v.t.Fatal(err)
	}
}

func yes() ballot.Mark { return ballot.Mark{Choices: []string{ballot.Yes}} }
func no() ballot.Mark  { return ballot.Mark{Choices: []string{ballot.No}} }

func (v *village) cast(i int, id string, m ballot.Mark) (ballot.Receipt, error) {
	return v.svc.Cast(v.t.Context(), v.voter(i), nil, id, m)
}

// close moves the clock beyond the end and sweeps.
func (v *village) close(b ballot.View) {
	v.t.Helper()
	v.db.Clock.Set(b.ClosesAt)
	if _, err := v.svc.Sweep(v.t.Context()); err != nil {
		v.t.Fatal(err)
	}
}

func (v *village) certify(b ballot.View) ballot.View {
	v.t.Helper()
	by := v.officer(account.Supervisor)
	out, err := v.svc.Act(v.t.Context(), by, act(by), b.ID, ballot.Step{Action: "certify", Opinion: "计票无误，同意公布。"})
	if err != nil {
		v.t.Fatal(err)
	}
	return out
}

// exported is a ballot's export as a stranger has it.
type exported struct {
	ballot.Outcome
	casts []ballot.Cast
}

func (v *village) export(id string) exported {
	v.t.Helper()
	var out exported
	err := v.svc.Export(v.t.Context(), account.Caller{}, id,
		func(o ballot.Outcome) error { out.Outcome = o; return nil },
		func(c ballot.Cast) error { out.casts = append(out.casts, c); return nil })
	if err != nil {
		v.t.Fatal(err)
	}
	return out
}

// finish closes, certifies and exports.
func (v *village) finish(b ballot.View) exported {
	v.t.Helper()
	v.close(b)
	v.certify(b)
	return v.export(b.ID)
}
