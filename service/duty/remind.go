package duty

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"cunwu/service/audit"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// EventRemind asks that people be told of duties. Facts: stage ("before",
// "passed" or "township"), items ("D02 2026-09;D03 2026Q3", at most
// mostReminded), count (of all that reached the stage), due (the earliest due
// day among them). There is at most one per village, stage and day.
const EventRemind = "duty.remind"

const (
	stageBefore   = "before"
	stagePassed   = "passed"
	stageTownship = "township"
	mostReminded  = 20
	// catchUp is for how many days a stage that nobody noticed, because no
	// server ran, is still told.
	catchUp = 3
)

// stageOn gives the stage that an open duty has reached on a day, "" for none.
// Stages before the due day carry their number, for each is told once.
func (r *Rules) stageOn(today time.Time, d Duty) string {
	switch d.State {
	case Due, Overdue, VeryOverdue, Upcoming:
	case Done, DoneLate, NotApplicable, Extended: // an extension that runs is not nagged about
		return ""
	}
	late := daysBetween(d.limit, today)
	switch {
	case late >= r.RemindTownship && late < r.RemindTownship+catchUp:
		return stageTownship
	case late > 0 && late <= catchUp && late < r.RemindTownship:
		return stagePassed
	}
	stage := ""
	for _, n := range r.RemindBefore { // largest first
		if late <= 0 && -late <= n {
			stage = stageBefore + strconv.Itoa(n)
		}
	}
	if stage != "" && d.State == Upcoming {
		return "" // nothing can be done about a period that is not over
	}
	return stage
}

// Remind notes for every village in which somebody holds office which duties
// have reached a stage on the day of now, and announces those that nobody
// announced before: on any number of instances, each is announced once. It
// gives how many events it announced. Before the hour of the rules it does
// nothing.
func (s *Service) Remind(ctx context.Context, now time.Time) (int, error) {
	sch := s.scheduleOn(now)
	if now.Before(sch.today.Add(time.Duration(s.opt.Rules.RemindHour) * time.Hour)) {
		return 0, nil
	}
	total := 0
	next := func(after region.Code) ([]region.Code, error) {
		return s.store.ServedAfter(ctx, s.opt.Officers, now, after, villagesAtOnce)
	}
	err := pages(next, func(codes []region.Code) error {
		facts, err := s.store.DutyFacts(ctx, codes, nil, sch.since(s.opt.Rules))
		if err != nil {
			return err
		}
		for _, code := range codes {
			n, err := s.remindVillage(ctx, code, s.reached(sch, facts[code]))
			if err != nil {
				return err
			}
			total += n
		}
		return nil
	})
	return total, err
}

// staged is a duty with the stage that it reached.
type staged struct {
	Reminder
	due time.Time
}

func (s *Service) reached(sch *schedule, f Facts) []staged {
	var out []staged
	for _, d := range s.reckoner.all(sch, f) {
		if stage := s.opt.Rules.stageOn(sch.today, d); stage != "" {
			out = append(out, staged{Reminder{d.ItemCode, d.Period, stage}, d.limit})
		}
	}
	return out
}

func (s *Service) remindVillage(ctx context.Context, at region.Code, all []staged) (int, error) {
	if len(all) == 0 {
		return 0, nil
	}
	noted := make([]Reminder, len(all))
	due := make(map[Reminder]time.Time, len(all))
	for i, r := range all {
		noted[i], due[r.Reminder] = r.Reminder, r.due
	}
	told := 0
	err := s.store.InTx(ctx, audit.BySystem("remind"), func(tx Tx) error {
		told = 0
		fresh, err := tx.AddReminders(ctx, at, noted)
		if err != nil {
			return err
		}
		if len(fresh) == 0 {
			return errNothing
		}
		for _, stage := range []string{stageBefore, stagePassed, stageTownship} {
			facts, ok := reminderFacts(stage, fresh, due)
			if !ok {
				continue
			}
			told++
			if err := tx.Announce(ctx, outbox.Event{Kind: EventRemind, Region: at, Subject: string(at), Facts: facts}); err != nil {
				return err
			}
		}
		return tx.Record(ctx, audit.Event{
			Action: "duty.remind", Object: "region", ObjectID: string(at), Region: string(at), Result: "ok",
			Detail: map[string]string{"duties": strconv.Itoa(len(fresh))},
		})
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	return told, err
}

// reminderFacts gathers the duties of one stage; false where there are none.
func reminderFacts(stage string, fresh []Reminder, due map[Reminder]time.Time) (map[string]string, bool) {
	var (
		names    []string
		earliest time.Time
	)
	for _, r := range fresh {
		if !strings.HasPrefix(r.Stage, stage) {
			continue
		}
		names = append(names, r.ItemCode+" "+r.Period)
		if d := due[r]; earliest.IsZero() || d.Before(earliest) {
			earliest = d
		}
	}
	if len(names) == 0 {
		return nil, false
	}
	slices.Sort(names)
	return map[string]string{
		"stage": stage, "items": strings.Join(names[:min(len(names), mostReminded)], ";"),
		"count": strconv.Itoa(len(names)), "due": earliest.Format(dayFormat),
	}, true
}
