package main

import (
	"context"
	"fmt"

	"cunwu/config/rules"
	"cunwu/service/record"
)

// recordRules leaves an entry of the rule book in the public record where it is
// another than the last. It is done when the server starts and not before: the
// demo writes its past on a clock of its own first.
func (a *App) recordRules(ctx context.Context) error {
	changed, err := record.NoteRules(ctx, a.db.Journal(), rules.FS)
	if err != nil {
		return fmt.Errorf("规则书未能存证：%w", err)
	}
	if changed {
		a.log.InfoContext(ctx, "rule book recorded")
	}
	return nil
}

// sealJournal leaves digests of the journal in the public record, interval by
// interval, until ctx ends.
func (a *App) sealJournal(ctx context.Context) {
	sealer := record.NewSealer(a.db.Journal(), a.clock.Now)
	every(ctx, record.SealEvery, func(ctx context.Context) {
		if _, err := sealer.Seal(ctx); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "journal not sealed", "cause", err)
		}
	})
}
