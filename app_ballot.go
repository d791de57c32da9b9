package main

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/region"
)

// openBallots puts the ballots together. It comes after the services that they
// stand on.
func (a *App) openBallots() {
	a.ballots = ballot.New(a.db.Ballots(), ballot.Options{
		Powers: a.accounts, Places: a.regions, Media: a.media, Rolls: a.accounts, Thresholds: a.rules.thresholds,
		Screening: a.rules.screening, Clock: a.clock, Administers: a.accounts.Administers,
	})
}

// barsOffice asks the ballots, which are put together after the accounts.
func (a *App) barsOffice(ctx context.Context, role account.Role, accountID, residentID string) error {
	return a.ballots.BarsOffice(ctx, role, accountID, residentID)
}

// sweepBallots closes and counts what is over.
func (a *App) sweepBallots(ctx context.Context) {
	n, err := a.ballots.Sweep(ctx)
	if err != nil {
		a.log.WarnContext(ctx, "ballots", "closed", n, "cause", err)
	}
}

// comparesPapers reports whether somebody compares ballot papers of a village.
func (a *App) comparesPapers(by account.Caller, village region.Code) bool {
	_, err := a.accounts.May(by, ballot.PowerWitness, village)
	return err == nil
}
