package demo

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"cunwu/config/rules"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/region"
)

// requestID ties what the seeding did to it in the journal.
const requestID = "demo-seed"

// term is how long offices are held: the term of a village committee.
const termYears = 5

// places imports the tree and adds the groups of the sample villages.
func (x *seeder) places(ctx context.Context) error {
	x.s.Clock.Set(x.plan.settled())
	act := audit.BySystem("demo")
	act.RequestID = requestID
	edition := x.o.Edition
	if edition == nil {
		f, err := rules.FS.Open("regions/guangyuan.csv")
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		edition = f
	}
	if _, err := x.s.Regions.Import(ctx, act, "2023", edition, region.ImportOptions{Apply: true}); err != nil {
		return err
	}
	for _, v := range villages() {
		for g := 1; g <= v.groups; g++ {
			code := region.Code(fmt.Sprintf("%s%02d", v.code, g))
			if _, err := x.s.Regions.AddGroup(ctx, act, code, groupName(g)); err != nil {
				return err
			}
		}
		x.sum.Villages++
	}
	return nil
}

// people makes the officers from the administrator down, then the rolls. All of
// it happens on one morning of the clock, so villages can go side by side.
func (x *seeder) people(ctx context.Context) error {
	x.s.Clock.Set(x.plan.settled().Add(time.Hour))
	invite, err := x.s.Accounts.AdminInit(ctx, City)
	if err != nil {
		return err
	}
	admin, err := x.redeem(ctx, adminCode, invite)
	if err != nil {
		return err
	}
	for _, a := range officersAbove() {
		if _, err := x.invited(ctx, admin, a.role, a.at, a.code()); err != nil {
			return err
		}
	}
	var g errgroup.Group
	g.SetLimit(3) // one writes while others seal and hash
	for _, v := range villages() {
		g.Go(func() error {
			if err := x.village(ctx, v); err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// invited appoints whoever signs in with a code, by an invite.
func (x *seeder) invited(ctx context.Context, by account.Caller, role account.Role, at region.Code, code string) (account.Caller, error) {
	made, err := x.s.Accounts.Appoint(ctx, by, x.act(by), account.AppointInput{
		Role: role, Region: at, Invite: true, Start: x.plan.settled(), End: x.plan.settled().AddDate(termYears, 0, 0),
	})
	if err != nil {
		return account.Caller{}, fmt.Errorf("appoint %s: %w", code, err)
	}
	return x.redeem(ctx, code, made.InviteCode)
}

// redeem signs in, takes the office of an invite and gives the caller with it.
func (x *seeder) redeem(ctx context.Context, code, invite string) (account.Caller, error) {
	in, err := x.signIn(ctx, code)
	if err != nil {
		return account.Caller{}, err
	}
	if _, err := x.s.Accounts.RedeemInvite(ctx, in.Caller, x.act(in.Caller), invite); err != nil {
		return account.Caller{}, fmt.Errorf("redeem for %s: %w", code, err)
	}
	return x.again(ctx, code, in.Token)
}

// signIn signs in and agrees to the privacy notice.
func (x *seeder) signIn(ctx context.Context, code string) (account.SignedIn, error) {
	in, err := x.s.Accounts.SignIn(ctx, audit.Act{RequestID: requestID}, code)
	if err != nil {
		return in, fmt.Errorf("sign in %s: %w", code, err)
	}
	notice := x.s.Accounts.Notice()
	_, err = x.s.Accounts.GiveConsent(ctx, in.Caller, x.act(in.Caller), account.ConsentInput{
		Notice: notice.Code, Version: notice.Version, Channel: "demo",
	})
	if err != nil {
		return in, fmt.Errorf("consent of %s: %w", code, err)
	}
	in.Caller.ConsentDue = false
	return in, nil
}

// again asks who somebody is by now, with all offices, and remembers it.
func (x *seeder) again(ctx context.Context, code, token string) (account.Caller, error) {
	c, err := x.s.Accounts.Authenticate(ctx, token)
	if err != nil {
		return c, fmt.Errorf("authenticate %s: %w", code, err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.callers[code] = c
	return c, nil
}

// village enters one village: the clerk by invite, the roll, everybody's
// binding, the offices.
func (x *seeder) village(ctx context.Context, v profile) error {
	r := rosterOf(x.o.Seed, v)
	town := above{role: account.TownshipRole, at: v.code.At(region.Township)}
	clerkCode := fmt.Sprintf("demo-%s-%s", account.Clerk, v.code)
	clerk, err := x.invited(ctx, x.caller(town.code()), account.Clerk, v.code, clerkCode)
	if err != nil {
		return err
	}
	_, err = x.s.Accounts.ImportRoll(ctx, clerk, x.act(clerk), account.RollImport{
		Village: v.code, Filename: "名册.csv", File: rollFile(r), Apply: true,
	})
	if err != nil {
		return fmt.Errorf("import the roll: %w", err)
	}
	tokens := map[string]string{}
	for _, p := range r.people {
		c, token, err := x.bound(ctx, p, clerk, p.code == clerkCode)
		if err != nil {
			return err
		}
		tokens[p.code] = token
		x.remember(p.code, c)
	}
	return x.offices(ctx, v, r, tokens)
}

// bound signs a person in and binds the account to the roll by phone number.
func (x *seeder) bound(ctx context.Context, p person, clerk account.Caller, isClerk bool) (account.Caller, string, error) {
	in := account.SignedIn{Caller: clerk}
	if !isClerk {
		var err error
		if in, err = x.signIn(ctx, p.code); err != nil {
			return account.Caller{}, "", err
		}
	}
	got, err := x.s.Accounts.BindResidency(ctx, in.Caller, x.act(in.Caller), account.ResidencyInput{
		Region: p.village, Name: p.name, PhoneCode: "phone-" + p.phone,
	})
	if err != nil {
		return account.Caller{}, "", fmt.Errorf("bind %s: %w", p.code, err)
	}
	if got.Standing != account.Voter {
		return account.Caller{}, "", fmt.Errorf("%w: %s is not on the roll", errPlan, p.code)
	}
	x.mu.Lock()
	x.sum.People++
	x.mu.Unlock()
	if isClerk { // who was bound as a clerk is a villager only from the next sign-in on
		in, err = x.s.Accounts.SignIn(ctx, x.act(clerk), p.code)
		return in.Caller, in.Token, err
	}
	if p.role == account.Villager {
		return in.Caller, in.Token, nil
	}
	c, err := x.s.Accounts.Authenticate(ctx, in.Token)
	return c, in.Token, err
}

// offices appoints all but the clerk: the township the heads, the director the
// representatives, the secretary the council and party members.
func (x *seeder) offices(ctx context.Context, v profile, r roster, tokens map[string]string) error {
	town := above{role: account.TownshipRole, at: v.code.At(region.Township)}
	single := func(role account.Role) string { return fmt.Sprintf("demo-%s-%s", role, v.code) }
	by := map[account.Role]string{
		account.Secretary: town.code(), account.Director: town.code(), account.Supervisor: town.code(),
		account.Representative: single(account.Director), account.Council: single(account.Secretary), account.Party: single(account.Secretary),
	}
	ranked := slices.Clone(r.people)
	rank := []account.Role{account.Secretary, account.Director, account.Supervisor, account.Representative, account.Council, account.Party}
	slices.SortStableFunc(ranked, func(a, b person) int { return slices.Index(rank, a.role) - slices.Index(rank, b.role) })
	for _, p := range ranked {
		code, ok := by[p.role]
		if !ok {
			continue
		}
		maker := x.caller(code)
		_, err := x.s.Accounts.Appoint(ctx, maker, x.act(maker), account.AppointInput{
			Role: p.role, Region: v.code, ResidentID: x.caller(p.code).ResidentID,
			Start: x.plan.settled(), End: x.plan.settled().AddDate(termYears, 0, 0),
		})
		if err != nil {
			return fmt.Errorf("appoint %s: %w", p.code, err)
		}
		if _, err := x.again(ctx, p.code, tokens[p.code]); err != nil {
			return err
		}
	}
	return nil
}

// rollFile writes a roster as the CSV that a clerk would import.
func rollFile(r roster) []byte {
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"户号", "姓名", "手机号", "组"}}
	for _, p := range r.people {
		rows = append(rows, []string{p.household, p.name, p.phone, groupName(p.group)})
	}
	_ = w.WriteAll(rows) // a strings.Builder never fails
	return []byte(b.String())
}

func (x *seeder) remember(code string, c account.Caller) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.callers[code] = c
}

// caller gives somebody who signed in before, as freshly signed in: whoever
// acts on a later day has signed in that morning, which is not content.
func (x *seeder) caller(code string) account.Caller {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.callers[code]
	c.SignedInAt = x.s.Clock.Now()
	return c
}

func (x *seeder) act(c account.Caller) audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: c.AccountID}, RequestID: requestID}
}
