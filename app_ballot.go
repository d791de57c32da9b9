package main

import (
	"context"

	"cunwu/service/ballot"
)

// openBallots puts the ballots together. It comes after the services that they
// stand on.
func (a *App) openBallots() {
	a.ballots = ballot.New(a.db.Ballots(), ballot.Options{
		Powers: a.accounts, Places: a.regions, Media: a.media, Rolls: a.accounts, Thresholds: a.rules.thresholds,
		Screening: a.rules.screening, Clock: a.clock,
	})
}

// sweepBallots closes and counts what is over.
func (a *App) sweepBallots(ctx context.Context) {
	n, err := a.ballots.Sweep(ctx)
	if err != nil {
		a.log.WarnContext(ctx, "ballots", "closed", n, "cause", err)
	}
}
