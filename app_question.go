package main

import (
	"context"
	"fmt"
	"io"

	"cunwu/service/account"
	"cunwu/service/board"
	"cunwu/service/concern"
	"cunwu/service/council"
	"cunwu/service/disclosure"
	"cunwu/service/procedure"
	"cunwu/service/question"
	"cunwu/service/redblack"
)

// buildQuestions makes what people say about what was disclosed, and the photos
// of the boards on which it hangs. It comes after the disclosures.
func (a *App) buildQuestions() {
	a.questions = question.New(a.db.Questions(), question.Options{
		Procedures: a.procedures, Postings: a.disclosures, Places: a.regions, Powers: a.accounts,
		Screening: a.rules.screening, Clock: a.clock, MaskedNames: a.accounts.DisplayNames, RoleName: a.roleName,
	})
	a.boards = board.New(a.db.Boards(), board.Options{
		Postings: a.disclosures, Powers: a.accounts, Screening: a.rules.screening, Clock: a.clock, RoleName: a.roleName,
	})
}

// roleName gives the Chinese name of a role.
func (a *App) roleName(r account.Role) string {
	rule, _ := a.rules.policy.Role(r)
	return rule.Name
}

// ownQuestions adds questions to the export of own data. They are built after
// the accounts, so they are looked up when asked.
type ownQuestions struct{ app *App }

// ExportOwn implements account.ExportSource.
func (o ownQuestions) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	return o.app.questions.ExportOwn(ctx, c, file)
}

// fireTimer takes a due timer to the noun whose case it is.
func (a *App) fireTimer(ctx context.Context, c procedure.Case) error {
	switch c.Procedure {
	case disclosure.Procedure:
		return a.disclosures.FireTimer(ctx, c)
	case question.Procedure:
		return a.questions.FireTimer(ctx, c)
	case concern.Procedure, concern.SealedProcedure:
		return a.concerns.FireTimer(ctx, c)
	case council.Procedure:
		return a.councils.FireTimer(ctx, c)
	case redblack.RedProcedure, redblack.BlackProcedure:
		return a.redblack.FireTimer(ctx, c)
	}
	return fmt.Errorf("nobody fires the timers of procedure %q", c.Procedure)
}
