package main

import (
	"context"
	"io"

	"cunwu/service/account"
	"cunwu/service/concern"
)

// openConcerns puts together what villagers say is wrong. checks may be nil: a
// person then decides on everything.
func (a *App) openConcerns(sealer account.Sealer, checks concern.Checks) {
	a.concerns = concern.New(a.db.Concerns(), concern.Options{
		Procedures: a.procedures, Places: a.regions, Powers: a.accounts, Media: a.media, Rolls: a.accounts, Rules: a.rules.concerns,
		Screening: a.rules.screening, Sealer: sealer, Holidays: a.rules.holidays, Clock: a.clock, Checks: checks,
		MaskedNames: a.accounts.DisplayNames, RoleName: a.roleName,
	})
}

// ownConcerns adds concerns to the export of own data. They are built after the
// accounts, so they are looked up when asked.
type ownConcerns struct{ app *App }

// ExportOwn implements account.ExportSource.
func (o ownConcerns) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	return o.app.concerns.ExportOwn(ctx, c, file)
}
