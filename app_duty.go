package main

import (
	"context"
	"fmt"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/duty"
)

// dutiesEvery is how often the clock looks whether a day of reminders began.
const dutiesEvery = time.Minute

// dutiesMark is the setting that holds the rules by which the counts were made.
const dutiesMark = "duty.rules"

func (a *App) buildDuties() {
	o := duty.Options{
		Rules: a.rules.duties, Catalogue: a.rules.catalogue, Holidays: a.rules.holidays, Screening: a.rules.screening,
		Places: a.regions, Powers: a.accounts, Clock: a.clock,
		RoleName: func(r account.Role) string { rule, _ := a.rules.policy.Role(r); return rule.Name },
	}
	o.Also = a.countIndicators
	for _, r := range a.rules.policy.Roles() {
		if r.Officer {
			o.Officers = append(o.Officers, r.Code)
		}
	}
	a.duties = duty.New(a.db.Duties(), o)
}

// keepDuties counts anew where the rules changed, and reminds once a day.
func (a *App) keepDuties(ctx context.Context) {
	if err := a.countDuties(ctx); err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "duties are not counted by the rules in force", "cause", err)
	}
	reminded := ""
	look := func(ctx context.Context) {
		now := a.clock.Now().In(calendar.China)
		day := now.Format(time.DateOnly)
		if day == reminded || now.Hour() < a.rules.duties.RemindHour {
			return
		}
		n, err := a.duties.Remind(ctx, now)
		if err == nil {
			_, err = a.duties.Tidy(ctx, "")
		}
		if err != nil {
			if ctx.Err() == nil {
				a.log.WarnContext(ctx, "reminders", "announced", n, "cause", err)
			}
			return
		}
		reminded = day
	}
	look(ctx)
	every(ctx, dutiesEvery, look)
}

// countDuties counts all villages anew where the rules are others than those by
// which they were counted. The counts follow every act by themselves; only a
// change of the rules moves them all.
func (a *App) countDuties(ctx context.Context) error {
	r := a.rules.duties
	edition := a.rules.catalogue.At(a.clock.Now())
	want := fmt.Sprintf("%d/%s/%s", r.Version, r.From.Format(time.DateOnly), edition.From)
	have, known, err := a.db.Setting(ctx, dutiesMark)
	if err != nil || have == want {
		return err
	}
	if known {
		if _, err := a.duties.Recount(ctx, ""); err != nil {
			return err
		}
	}
	return a.db.PutSetting(ctx, audit.BySystem("duty"), dutiesMark, want)
}
