// Package crowd makes a database with many voters who are signed in and an open
// ballot, for measuring and for breaking servers. Nobody in it is a person.
package crowd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"cunwu/config/rules"
	"cunwu/repository"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
	"cunwu/service/calendar"
	"cunwu/service/media"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Village is where the crowd lives.
const Village = region.Code("510821102200")

// Crowd is a ballot and the tokens of those who may cast in it.
type Crowd struct {
	Ballot string // id
	Number int64
	Poll   *sealed.Poll // of a sealed ballot: what to seal to
	Tokens []string
}

// Token is the n-th voter's.
func Token(n int) string { return fmt.Sprintf("crowd-token-%031d", n) }

// URL is the address of the database in a data folder.
func URL(data string) string { return "sqlite:" + filepath.Join(data, "cunwu.db") }

// Options say what is made.
type Options struct {
	URL    string // of a fresh database
	Voters int
	Sealed bool // the ballot is a sealed one
	Clock  calendar.Clock
	// SignedIn is how many of the voters have accounts and sessions; 0 is all.
	SignedIn int
}

// Make fills a fresh database: voters and a ballot that is open for a day.
func Make(ctx context.Context, o Options) (c Crowd, err error) {
	if o.Clock == nil {
		o.Clock = calendar.System{}
	}
	db, err := repository.Open(ctx, repository.Options{URL: o.URL, CacheMB: 32, Clock: o.Clock, ReadTimeout: time.Minute})
	if err != nil {
		return Crowd{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return Crowd{}, err
	}
	signedIn := o.Voters
	if o.SignedIn > 0 {
		signedIn = o.SignedIn
	}
	if err := people(ctx, o.URL, signedIn); err != nil {
		return Crowd{}, fmt.Errorf("people: %w", err)
	}
	for i := range signedIn {
		c.Tokens = append(c.Tokens, Token(i))
	}
	svc, err := Service(db, o.Clock, o.Voters)
	if err != nil {
		return Crowd{}, err
	}
	if c.Ballot, err = open(ctx, svc, o); err != nil {
		return Crowd{}, fmt.Errorf("ballot: %w", err)
	}
	r, err := db.Ballots().BallotRecord(ctx, c.Ballot)
	if err != nil || !o.Sealed {
		c.Number = r.Number
		return c, err
	}
	n, err := svc.Notice(ctx, account.Caller{}, c.Ballot)
	if err == nil {
		c.Poll, err = n.Poll()
	}
	c.Number = r.Number
	return c, err
}

// Resident is the id of the n-th voter on the roll.
func Resident(n int) string { return resident(n) }

func resident(i int) string { return fmt.Sprintf("resident%018d", i) }

// around stands for everything else that a ballot is opened with.
type around int

func (n around) FullAge(context.Context, region.Code, time.Time) ([]account.Elector, error) {
	out := make([]account.Elector, n)
	for i := range out {
		out[i].ResidentID = resident(i)
	}
	return out, nil
}

func (around) Holders(context.Context, account.Role, region.Code, time.Time) ([]string, error) {
	return nil, nil
}

func (around) Active(_ context.Context, code region.Code, _ ...region.Level) (region.Region, error) {
	return region.Region{Code: code}, nil
}

func (around) May(account.Caller, string, region.Code) (account.Grant, error) {
	return account.Grant{Role: account.Clerk, Region: Village}, nil
}

func (around) Objects(context.Context, []string) ([]media.Object, error) { return nil, nil }

// Service is ballots as the crowd's village has them: everybody may do all.
func Service(db *repository.DB, clock calendar.Clock, voters int) (*ballot.Service, error) {
	thresholds, err := ballot.LoadThresholds(rules.FS)
	if err != nil {
		return nil, err
	}
	screen, err := screening.Load(rules.FS, "screening.yaml")
	if err != nil {
		return nil, err
	}
	a := around(voters)
	return ballot.New(db.Ballots(), ballot.Options{
		Powers: a, Places: a, Media: a, Rolls: a, Thresholds: thresholds, Screening: screen, Clock: clock,
	}), nil
}

func open(ctx context.Context, svc *ballot.Service, o Options) (string, error) {
	clerk := Officer(account.Clerk, Village)
	act := audit.Act{Actor: audit.Actor{AccountID: clerk.AccountID}}
	now := o.Clock.Now()
	b, err := svc.Create(ctx, clerk, act, ballot.Input{
		Region: Village, Question: "是否同意修缮村道", Kind: ballot.YesNo, Rule: "opinion", Sealed: o.Sealed,
		OpensAt: now.Add(-time.Minute), ClosesAt: now.AddDate(0, 0, 1),
	})
	if err == nil && o.Sealed {
		err = keep(ctx, svc, b.ID)
	}
	if err == nil {
		b, err = svc.Act(ctx, clerk, act, b.ID, ballot.Step{Action: ballot.ActOpen})
	}
	return b.ID, err
}

// keep hands in the keys of three keepers, whose seeds nobody keeps.
func keep(ctx context.Context, svc *ballot.Service, id string) error {
	keepers := [sealed.Seats]account.Caller{
		Officer(account.Supervisor, Village), Officer(account.Representative, Village), Officer(account.TownshipRole, Village.At(region.Township)),
	}
	n, err := svc.Notice(ctx, keepers[0], id)
	if err != nil {
		return err
	}
	digest, err := n.Digest()
	if err != nil {
		return err
	}
	for seat, by := range keepers {
		seed := make([]byte, sealed.SeedSize)
		_, _ = rand.Read(seed) // never fails: the runtime aborts instead
		tool, err := sealed.NewTrustee(seat, seed, digest)
		if err != nil {
			return err
		}
		act := audit.Act{Actor: audit.Actor{AccountID: by.AccountID}}
		if _, err := svc.PutKeys(ctx, by, act, id, tool.Statement(digest)); err != nil {
			return err
		}
	}
	return nil
}

// Officer is somebody who holds a role.
func Officer(role account.Role, at region.Code) account.Caller {
	now := time.Now()
	return account.Caller{AccountID: "crowd-" + string(role), SignedInAt: now, Grants: []account.Grant{
		{Role: role, Region: at, Start: now.AddDate(-1, 0, 0), End: now.AddDate(1, 0, 0)},
	}}
}
