package main

import (
	"context"
	"fmt"

	"cunwu/service/concern"
	"cunwu/service/disclosure"
	"cunwu/service/duty"
	"cunwu/service/indicator"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// buildIndicators makes the figures. It comes after the duties, whose follower
// calls countIndicators.
func (a *App) buildIndicators() error {
	posted, err := a.daysOf(disclosure.Procedure, "posted")
	if err != nil {
		return err
	}
	answer, err := a.daysOf("question", "asked")
	if err != nil {
		return err
	}
	a.indicators = indicator.New(a.db.Tallies(), indicator.Options{
		Rules: a.rules.indicators, Duties: a.duties, Places: a.regions, Holidays: a.rules.holidays, Clock: a.clock,
		PostingDays: posted, AnswerDays: answer, Concerns: saidConcerns{a},
	})
	return nil
}

// saidConcerns gives the counts of concerns. They are built after the
// indicators, so they are looked up when asked.
type saidConcerns struct{ app *App }

// Kept implements indicator.Concerns.
func (s saidConcerns) Kept(ctx context.Context, place region.Code, from, until int) (concern.Kept, error) {
	return s.app.concerns.Kept(ctx, place, from, until)
}

// daysOf gives the days after which the timer of a stage fires, by the version
// of the procedure in force.
func (a *App) daysOf(code, stage string) (int, error) {
	d, err := a.rules.procedures.Current(code, a.clock.Now())
	if err != nil {
		return 0, fmt.Errorf("procedure %s: %w", code, err)
	}
	for _, s := range d.Stages {
		if s.Code == stage && s.Timer != nil {
			return s.Timer.Days, nil
		}
	}
	return 0, fmt.Errorf("procedure %s: stage %s has no timer: %w", code, stage, procedure.ErrUnknownProcedure)
}

// countIndicators moves the figures, and the counts of concerns, in the
// transaction that counts the duties.
func (a *App) countIndicators(ctx context.Context, tx duty.Tx, events []outbox.Event) error {
	counted, ok := tx.(indicator.Tx) // one transaction type serves every noun
	if !ok {
		return fmt.Errorf("a transaction of %T has no figures", tx)
	}
	if err := a.indicators.Take(ctx, counted, events); err != nil {
		return err
	}
	said, ok := tx.(concern.CountTx)
	if !ok {
		return fmt.Errorf("a transaction of %T has no counts of concerns", tx)
	}
	return a.concerns.Take(ctx, said, events)
}
