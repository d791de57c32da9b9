package main

import (
	"context"
	"io"

	"cunwu/service/account"
	"cunwu/service/council"
)

// openCouncils puts the bodies of villages together.
func (a *App) openCouncils() {
	a.councils = council.New(a.db.Councils(), council.Options{
		Procedures: a.procedures, Places: a.regions, Powers: a.accounts, Roll: a.accounts, Media: a.media, Postings: a.disclosures,
		Rules: a.rules.councils, Screening: a.rules.screening, Clock: a.clock, RoleName: a.roleName,
	})
}

// ownCouncils adds the bodies in which one sat to the export of own data. They are
// built after the accounts, so they are looked up when asked.
type ownCouncils struct{ app *App }

// ExportOwn implements account.ExportSource.
func (o ownCouncils) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	return o.app.councils.ExportOwn(ctx, c, file)
}
