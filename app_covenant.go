package main

import (
	"context"
	"errors"
	"io"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/covenant"
)

// openCovenants puts the charters and covenants together. They stand on the
// ballots, by which they are adopted, and on the disclosures, which they draft.
func (a *App) openCovenants() {
	a.covenants = covenant.New(a.db.Covenants(), covenant.Options{
		Procedures: a.procedures, Places: a.regions, Powers: a.accounts, Media: a.media, Rules: a.rules.covenants,
		Screening: a.rules.screening, Holidays: a.rules.holidays, Clock: a.clock, Ballots: covenantBallots{a.ballots},
		Postings: a.disclosures, RoleName: a.roleName,
	})
}

// covenantBallots shows of a ballot what a stranger may know.
type covenantBallots struct{ ballots *ballot.Service }

// CovenantBallot implements covenant.Ballots.
func (l covenantBallots) CovenantBallot(ctx context.Context, id string) (covenant.Ballot, error) {
	v, err := l.ballots.Ballot(ctx, account.Caller{}, id)
	if err != nil {
		return covenant.Ballot{}, err
	}
	out := covenant.Ballot{
		ID: v.ID, Region: v.Region, Rule: v.Rule, YesNo: v.Kind == ballot.YesNo, Advisory: v.Advisory, Question: v.Question,
		OpenedAt: v.OpenedAt, ClosedAt: v.ClosedAt, Roll: v.RollSize,
	}
	if v.State != ballot.Certified {
		return out, nil
	}
	o, err := l.ballots.Result(ctx, account.Caller{}, id)
	if errors.Is(err, ballot.ErrNotCertified) || err == nil && o.Tally == nil {
		return out, nil
	}
	if err != nil {
		return covenant.Ballot{}, err
	}
	r := o.Tally.Result
	out.Certified, out.Passed, out.QuorumMet = o.CertifiedAt, r.Passed, r.QuorumMet
	out.Roll, out.Present = r.Roll, r.Cast
	out.Yes, out.No, out.Abstain = r.Counts[ballot.Yes], r.Counts[ballot.No], r.Counts[ballot.Abstain]
	return out, nil
}

// ownCovenants adds what one said of drafts to the export of own data. They are
// built after the accounts, so they are looked up when asked.
type ownCovenants struct{ app *App }

// ExportOwn implements account.ExportSource.
func (o ownCovenants) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	return o.app.covenants.ExportOwn(ctx, c, file)
}
