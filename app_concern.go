package main

import (
	"context"
	"errors"
	"io"
	"time"

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

// raisersOf says who raised and joined a concern. They are built after the
// inbox, so they are looked up when asked.
type raisersOf struct{ app *App }

// People implements inbox.Raisers. A concern that is gone has none.
func (r raisersOf) People(ctx context.Context, id string) (raiser string, joined []string, err error) {
	raiser, joined, err = r.app.concerns.People(ctx, id)
	if errors.Is(err, concern.ErrNotFound) {
		return "", nil, nil
	}
	return raiser, joined, err
}

// askRaisersEvery is how often raisers are looked for who are to be asked
// whether it is really settled.
const askRaisersEvery = 12 * time.Hour

// askRaisers asks, twice a day of the program's clock, those whose four weeks
// are over. A repeat tells nobody twice.
func (a *App) askRaisers(ctx context.Context) {
	now := a.clock.Now()
	if last := a.askedRaisers.Swap(now.UnixMilli()); now.Sub(time.UnixMilli(last)) < askRaisersEvery {
		a.askedRaisers.Store(last)
		return
	}
	if _, err := a.concerns.AskRaisers(ctx); err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "raisers not asked again", "cause", err)
	}
}
