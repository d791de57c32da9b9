// Package crowd makes a database with many voters who are signed in and an open
// ballot, for measuring and for breaking servers. Nobody in it is a person.
package crowd

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"cunwu/config/rules"
	"cunwu/repository"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/calendar"
	"cunwu/service/media"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Village is where the crowd lives.
const Village = region.Code("510821102200")

const batch = 5000

// Crowd is a ballot and the tokens of those who may cast in it.
type Crowd struct {
	Ballot string // id
	Number int64
	Tokens []string
}

// Token is the n-th voter's.
func Token(n int) string { return fmt.Sprintf("crowd-token-%031d", n) }

// URL is the address of the database in a data folder.
func URL(data string) string { return "sqlite:" + filepath.Join(data, "cunwu.db") }

// Make fills a fresh database: n voters and a ballot that is open for a day.
func Make(ctx context.Context, url string, n int) (c Crowd, err error) {
	db, err := repository.Open(ctx, repository.Options{URL: url, CacheMB: 32})
	if err != nil {
		return Crowd{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return Crowd{}, err
	}
	for from := 0; from < n; from += batch {
		if err := people(ctx, db, from, min(from+batch, n)); err != nil {
			return Crowd{}, fmt.Errorf("people: %w", err)
		}
	}
	for i := range n {
		c.Tokens = append(c.Tokens, Token(i))
	}
	c.Ballot, err = open(ctx, db, n)
	if err != nil {
		return Crowd{}, fmt.Errorf("ballot: %w", err)
	}
	r, err := db.Ballots().BallotRecord(ctx, c.Ballot)
	c.Number = r.Number
	return c, err
}

func resident(i int) string { return fmt.Sprintf("resident%018d", i) }

func people(ctx context.Context, db *repository.DB, from, to int) error {
	return db.Accounts().InTx(ctx, audit.BySystem("crowd"), func(tx account.Tx) error {
		var rs []account.Resident
		for i := from; i < to; i++ {
			id, mac := resident(i), sha256.Sum256([]byte(Token(i)))
			rs = append(rs, account.Resident{ID: id, Village: Village, State: account.OnRoll, NameMAC: mac[:], UpdatedAt: tx.Now(), Revision: 1})
			a := account.Account{ID: "acc" + id[3:], OpenIDMAC: mac[:], NoticeVersion: 1, CreatedAt: tx.Now()}
			err := errors.Join(
				tx.AddAccount(ctx, a),
				tx.AddSession(ctx, account.Session{ID: id, TokenHash: mac[:], AccountID: a.ID, SignedInAt: tx.Now(), ExpiresAt: tx.Now().AddDate(0, 0, 7)}),
				tx.AddBinding(ctx, account.Binding{
					ID: id, AccountID: a.ID, ResidentID: id, Village: Village, Standing: account.Voter, Method: account.ByPhone,
					CreatedAt: tx.Now(), Revision: 1,
				}),
			)
			if err != nil {
				return err
			}
		}
		if err := tx.AddResidents(ctx, rs); err != nil {
			return err
		}
		return tx.Record(ctx, audit.Event{Action: "crowd.made", Object: "crowd"})
	})
}

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

func open(ctx context.Context, db *repository.DB, n int) (string, error) {
	thresholds, err := ballot.LoadThresholds(rules.FS)
	if err != nil {
		return "", err
	}
	screen, err := screening.Load(rules.FS, "screening.yaml")
	if err != nil {
		return "", err
	}
	a := around(n)
	svc := ballot.New(db.Ballots(), ballot.Options{
		Powers: a, Places: a, Media: a, Rolls: a, Thresholds: thresholds, Screening: screen, Clock: calendar.System{},
	})
	clerk := account.Caller{AccountID: "crowd"}
	act := audit.Act{Actor: audit.Actor{AccountID: "crowd"}}
	now := time.Now()
	b, err := svc.Create(ctx, clerk, act, ballot.Input{
		Region: Village, Question: "是否同意修缮村道", Kind: ballot.YesNo, Rule: "opinion", OpensAt: now.Add(-time.Minute), ClosesAt: now.AddDate(0, 0, 1),
	})
	if err == nil {
		b, err = svc.Act(ctx, clerk, act, b.ID, ballot.Step{Action: ballot.ActOpen})
	}
	return b.ID, err
}
