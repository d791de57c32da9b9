package main

import (
	"context"
	"errors"
	"io"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/moderation"
)

// openConcerns puts together what villagers say is wrong. checks may be nil: a
// person then decides on everything.
func (a *App) openConcerns(sealer account.Sealer, checks concern.Checks) {
	a.concerns = concern.New(a.db.Concerns(), concern.Options{
		Procedures: a.procedures, Places: a.regions, Powers: a.accounts, Media: a.media, Rolls: a.accounts, Rules: a.rules.concerns,
		Screening: a.rules.screening, Sealer: sealer, Holidays: a.rules.holidays, Clock: a.clock, Checks: checks,
		MaskedNames: a.accounts.DisplayNames, RoleName: a.roleName, Postings: a.disclosures,
	})
}

// ownConcerns adds concerns to the export of own data. They are built after the
// accounts, so they are looked up when asked.
type ownConcerns struct{ app *App }

// ExportOwn implements account.ExportSource.
func (o ownConcerns) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	return o.app.concerns.ExportOwn(ctx, c, file)
}

// concernChecks are the checks of what is said, in the terms of concerns. The
// transaction is one for all nouns.
type concernChecks struct{ *moderation.Service }

var errForeignTx = errors.New("a transaction of concerns is none of moderation")

// Begin implements concern.Checks.
func (c concernChecks) Begin(ctx context.Context, tx concern.Tx, by account.Caller, s moderation.Subject, text moderation.State, media []string) error {
	t, ok := tx.(moderation.Tx)
	if !ok {
		return errForeignTx
	}
	return c.Service.Begin(ctx, t, by, s, text, media)
}

// Decided implements concern.Checks.
func (c concernChecks) Decided(ctx context.Context, tx concern.Tx, s moderation.Subject, hidden bool, violation, reason, office string) error {
	t, ok := tx.(moderation.Tx)
	if !ok {
		return errForeignTx
	}
	e := moderation.Entry{Subject: s, Act: moderation.Show, Violation: violation, Reason: reason, Office: office}
	if hidden {
		e.Act = moderation.Hide
	}
	return c.Log(ctx, t, e)
}
