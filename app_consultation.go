package main

import (
	"context"
	"io"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/consultation"
)

// openConsultations puts the consultations together. They stand on the ballots,
// of which they link advisory ones.
func (a *App) openConsultations() {
	a.consultations = consultation.New(a.db.Consultations(), consultation.Options{
		Procedures: a.procedures, Places: a.regions, Powers: a.accounts, Media: a.media, Directory: a.rules.directory,
		Screening: a.rules.screening, Holidays: a.rules.holidays, Clock: a.clock, Ballots: linkedBallots{a.ballots},
		RoleName: func(r account.Role) string { rule, _ := a.rules.policy.Role(r); return rule.Name },
	})
}

// linkedBallots shows of a ballot what a stranger may know.
type linkedBallots struct{ ballots *ballot.Service }

// BallotLink implements consultation.Ballots.
func (l linkedBallots) BallotLink(ctx context.Context, id string) (consultation.BallotLink, error) {
	v, err := l.ballots.Ballot(ctx, account.Caller{}, id)
	if err != nil {
		return consultation.BallotLink{}, err
	}
	return consultation.BallotLink{ID: id, Region: v.Region, Title: v.Question, State: string(v.State), Advisory: v.Advisory}, nil
}

// ownConsultations adds topics, statements, votes and ratings to the export of
// own data. They are built after the accounts, so they are looked up when asked.
type ownConsultations struct{ app *App }

// ExportOwn implements account.ExportSource.
func (o ownConsultations) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	return o.app.consultations.ExportOwn(ctx, c, file)
}

// ownBallots adds the rolls on which one stands, and whether one's entry is
// marked, to the export of own data.
type ownBallots struct{ app *App }

// ExportOwn implements account.ExportSource.
func (o ownBallots) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	return o.app.ballots.ExportOwn(ctx, c, file)
}
