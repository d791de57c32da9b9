package main

import (
	"context"
	"io"

	"cunwu/api"
	"cunwu/repository"
	"cunwu/service/account"
	"cunwu/service/ranking"
	"cunwu/service/region"
)

// openRankings puts the rankings together. Whose a deed is, the noun that lists
// deeds says, which is built later.
func (a *App) openRankings() {
	a.rankings = ranking.New(a.db.Rankings(), ranking.Options{
		Places: a.regions, Households: a.accounts, Rules: a.rules.rankings, Clock: a.clock, Topics: a.rules.covenants,
		About: a.deedIsAbout,
	})
}

// deedIsAbout reports whether a deed is a resident's own.
func (a *App) deedIsAbout(ctx context.Context, deedID, residentID string) (bool, error) {
	if a.deedAbout == nil {
		return false, nil
	}
	return a.deedAbout(ctx, deedID, residentID)
}

// ownEndorsements adds what one stands behind to the export of own data. They
// are built after the accounts, so they are looked up when asked.
type ownEndorsements struct{ app *App }

// ExportOwn implements account.ExportSource.
func (o ownEndorsements) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	return o.app.rankings.ExportOwn(ctx, c, file)
}

// rankingChanges drops prepared rankings of villages, and of the places above
// them, where any instance changed something; it is asked together with all
// other changes (followChanges), twice a second, which is also how often a page
// that everybody looks at is made anew at most. Where a quarter begins, all that
// was prepared goes: pages without a period are of the quarter.
func (a *App) rankingChanges(ctx context.Context, f *rankingWatch) error {
	villages, err := f.follower.Next(ctx)
	if err != nil {
		return err
	}
	a.prepared.ChangedOf(api.RankingSubject, villages...)
	now, err := ranking.ParsePeriod("", a.clock.Now())
	if err != nil {
		return err
	}
	if f.quarter != 0 && f.quarter != now.Number {
		a.prepared.Changed(region.Code(""))
	}
	f.quarter = now.Number
	return nil
}

// rankingWatch is what one loop knows of the rankings' changes.
type rankingWatch struct {
	follower *repository.RankingFollower
	quarter  int64
}
