package main

import (
	"context"
	"errors"
	"io"

	"cunwu/service/account"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

// openRedBlack puts the red and black lists together. They stand on covenants,
// rolls and ballots' thresholds, and their deeds are in the rankings.
func (a *App) openRedBlack(sealer account.Sealer) {
	a.redblack = redblack.New(a.db.RedBlack(), redblack.Options{
		Procedures: a.procedures, Places: a.regions, Powers: a.accounts, Media: a.media, Rolls: a.accounts, Covenants: a.covenants,
		Rules: a.rules.boards, Thresholds: a.rules.thresholds, Screening: a.rules.screening, Sealer: sealer, Holidays: a.rules.holidays,
		Clock: a.clock, Erase: a.media, Postings: a.disclosures, MaskedNames: a.accounts.DisplayNames, RoleName: a.roleName,
	})
	a.deedAbout = a.redblack.DeedOf
}

// worksOnBoards reports whether somebody works on the matters of a village's
// lists, and may look at what hangs on them.
func (a *App) worksOnBoards(by account.Caller, village region.Code) bool {
	for _, power := range []string{redblack.PowerKeep, redblack.PowerEvaluate, redblack.PowerSupervise, redblack.PowerTownship} {
		if _, err := a.accounts.May(by, power, village); err == nil || errors.Is(err, account.ErrStale) {
			return true
		}
	}
	return false
}

// entriesOf says whom an entry concerns. The lists are built after the inbox, so
// they are looked up when asked.
type entriesOf struct{ app *App }

// People implements inbox.Entries. An entry that is gone has none.
func (e entriesOf) People(ctx context.Context, id string) (person, maker string, err error) {
	person, maker, err = e.app.redblack.People(ctx, id)
	if errors.Is(err, redblack.ErrNotFound) {
		return "", "", nil
	}
	return person, maker, err
}

// ownEntries adds matters about oneself, and what one said of others, to the
// export of own data. They are built after the accounts, so they are looked up
// when asked.
type ownEntries struct{ app *App }

// ExportOwn implements account.ExportSource.
func (o ownEntries) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	return o.app.redblack.ExportOwn(ctx, c, file)
}

// sweepErased takes away bytes of attachments that were erased, where a crash or
// an outage of the storage came between, and makes the engine forget.
func (a *App) sweepErased(ctx context.Context) {
	if n, err := a.media.SweepErased(ctx); err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "erased attachments not taken away", "taken", n, "cause", err)
	}
	if err := a.db.Scrub(ctx); err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "what was erased is still in the write-ahead log", "cause", err)
	}
}
