package procedure

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/region"
)

// Holder is who acts and what they may do at the place of the case. A nil May
// may nothing.
type Holder struct {
	Actor audit.Actor
	May   func(power string) bool
}

func (h Holder) may(power string) bool {
	return power != "" && h.May != nil && h.May(power)
}

// Subject is what a case is opened about.
type Subject struct {
	CaseID    string
	SubjectID string
	Region    region.Code
	Data      map[string]string
}

// Begin opens a case at the start of a definition. The opening is its first
// step. It fails where declared data cannot be read.
func Begin(d *Definition, s Subject, actor audit.Actor, now time.Time, cal *calendar.Holidays) (Case, Step, error) {
	c := Case{
		ID: s.CaseID, Procedure: d.Code, Version: d.Version, Region: s.Region, SubjectID: s.SubjectID,
		OpenedAt: now, OpenedBy: actor.AccountID, Data: maps.Clone(s.Data),
	}
	if err := d.enter(&c, d.Start, &Action{}, now, cal); err != nil {
		return Case{}, Step{}, err
	}
	return c, c.journal(Step{Action: OpenAction, To: c.Stage, Actor: actor, At: now}), nil
}

// Apply takes one action. It changes nothing of what it is given. Refusals, in
// the order in which they are decided: ErrUnknownAction, ErrFields,
// ErrForbidden, ErrRaced, ErrClosed, ErrStage, ErrTooEarly, ErrTooLate,
// ErrGuard, ErrExtended.
func Apply(d *Definition, c Case, in Input, by Holder, now time.Time, cal *calendar.Holidays) (Case, Step, []Effect, error) {
	if in.Action == ExtendAction {
		return d.extend(c, in, by, now, cal)
	}
	known := d.anywhere(in.Action)
	here := d.actionOf(c, in.Action)
	if here != nil {
		known = here
	}
	if known == nil {
		return c, Step{}, nil, ErrUnknownAction.At("body.action", "没有“%s”这项操作。", cut(in.Action))
	}
	fields, err := readFields(known, in)
	if err != nil {
		return c, Step{}, nil, err
	}
	if !by.may(known.Power) {
		return c, Step{}, nil, ErrForbidden
	}
	if err := c.standing(in.Revision); err != nil {
		return c, Step{}, nil, err
	}
	if here == nil {
		return c, Step{}, nil, ErrStage
	}
	c.Data = merged(c.Data, in.Data)
	if err := d.open(c, here, now, cal); err != nil {
		return c, Step{}, nil, err
	}
	return d.take(c, here, Step{Actor: by.Actor, At: now, Fields: known.journalled(fields), Media: slices.Clone(in.Media)}, cal)
}

// Fire takes the automatic action of a case whose time has come. It gives
// ErrTooEarly where none is due, so that of two instances only one acts.
func Fire(d *Definition, c Case, actor audit.Actor, now time.Time, cal *calendar.Holidays) (Case, Step, []Effect, error) {
	if c.TimerAt.IsZero() || now.Before(c.TimerAt) || !c.ClosedAt.IsZero() {
		return c, Step{}, nil, ErrTooEarly
	}
	a := d.actionOf(c, c.TimerCode)
	if a == nil {
		return c, Step{}, nil, ErrStage
	}
	return d.take(c, a, Step{Actor: actor, At: now}, cal)
}

// Available lists what can be done now by who holds the powers, in the order of
// the definition, extension last: exactly the actions that Apply would take,
// given the fields they ask for.
func (d *Definition) Available(c Case, may func(power string) bool, now time.Time, cal *calendar.Holidays) []Available {
	out := []Available{}
	s := d.stages[c.Stage]
	if s == nil || !c.ClosedAt.IsZero() {
		return out
	}
	by := Holder{May: may}
	for _, a := range s.Actions {
		if by.may(a.Power) && d.open(c, a, now, cal) == nil {
			out = append(out, Available{Action: a.Code, Name: a.Name, Fields: a.Fields, AnyOf: a.AnyOf, Media: a.Media, Return: a.Return})
		}
	}
	if x := s.Extension; x != nil && by.may(x.Power) && c.extensible(now) == nil {
		out = append(out, Available{Action: ExtendAction, Name: extendName, Fields: extendForm.Fields})
	}
	return out
}

// actionOf gives an action of the stage where the case stands, or nil.
func (d *Definition) actionOf(c Case, code string) *Action {
	s := d.stages[c.Stage]
	if s == nil {
		return nil
	}
	return s.Action(code)
}

// standing refuses cases that are over or that moved on meanwhile.
func (c Case) standing(seen int) error {
	if seen != 0 && seen != c.Revision {
		return ErrRaced
	}
	if !c.ClosedAt.IsZero() {
		return ErrClosed
	}
	return nil
}

// open reports, as a refusal, whether time and conditions allow an action of
// the stage where the case stands.
func (d *Definition) open(c Case, a *Action, now time.Time, cal *calendar.Holidays) error {
	switch {
	case a.When == Overdue && !c.Overdue(now):
		if c.DueAt.IsZero() {
			return ErrTooEarly
		}
		return ErrTooEarly.Saying("要等到 %s 期满以后才能办理这一步。", c.DueAt.In(calendar.China).Format(time.DateOnly))
	case a.When == InTime && c.Overdue(now):
		return ErrTooLate
	}
	if p := a.NotBefore; p != nil {
		if last, _ := cal.Deadline(c.EnteredAt, p.Days, p.Unit); !now.After(last) {
			return ErrTooEarly.Saying("要等到 %s 期满以后才能办理这一步。", last.In(calendar.China).Format(time.DateOnly))
		}
	}
	yes, err := d.asks(a.If, c, now)
	if err != nil {
		return err
	}
	if !yes {
		return ErrGuard.Saying("%s", a.Else)
	}
	return nil
}

// asks evaluates a guard over a case.
func (d *Definition) asks(g *Guard, c Case, now time.Time) (bool, error) {
	if g == nil {
		return true, nil
	}
	env := map[string]any{
		"overdue": c.Overdue(now), "returned": c.Returned, "extended": c.Extended,
		"opened_days": wholeDays(c.OpenedAt, now), "stage_days": wholeDays(c.EnteredAt, now),
	}
	for _, datum := range d.Data {
		value, err := readDatum(datum, c.Data[datum.Code])
		if err != nil {
			return false, err
		}
		env[datum.Code] = value
	}
	return g.holds(env)
}

// wholeDays counts the midnights of China between two times.
func wholeDays(from, to time.Time) int {
	return int(calendar.Day(to).Sub(calendar.Day(from)) / (24 * time.Hour))
}

// take moves the case along an action that was found open.
func (d *Definition) take(c Case, a *Action, s Step, cal *calendar.Holidays) (Case, Step, []Effect, error) {
	before := c
	s.Action, s.From, s.To = a.Code, c.Stage, a.To
	if a.Return {
		s.Reason = s.Fields[reasonField(a)]
	}
	if err := d.enter(&c, a.To, a, s.At, cal); err != nil {
		return before, Step{}, nil, err
	}
	c.Returned = a.Return
	s = c.journal(s)
	effects := make([]Effect, len(a.Effects))
	for i, name := range a.Effects {
		effects[i] = Effect{Name: name, Step: s}
	}
	return c, s, effects, nil
}

// enter puts the case into a stage, led there by an action, and starts its clocks.
func (d *Definition) enter(c *Case, code string, by *Action, now time.Time, cal *calendar.Holidays) error {
	s := d.stages[code]
	c.Stage, c.EnteredAt = code, now
	c.Extended, c.Returned, c.Provisional = false, false, false
	c.DueAt, c.TimerAt, c.TimerCode, c.ClosedAt = time.Time{}, time.Time{}, "", time.Time{}
	if s.Terminal {
		c.ClosedAt = now
	}
	deadline := s.Deadline
	if by.Deadline != nil {
		deadline = by.Deadline
	}
	if deadline != nil {
		c.DueAt, c.Provisional = cal.Deadline(now, deadline.Days, deadline.Unit)
	}
	if err := by.Until.promise(c, now, cal); err != nil {
		return err
	}
	if s.Timer == nil {
		return nil
	}
	set, err := d.asks(s.Timer.If, *c, now)
	if err != nil || !set {
		return err
	}
	last, guess := c.DueAt, c.Provisional
	if !s.Timer.AtDue {
		last, guess = cal.Deadline(now, s.Timer.Days, s.Timer.Unit)
	}
	if last.IsZero() {
		return nil
	}
	// The period runs to 24:00 of its last day; what follows comes after it.
	c.TimerAt, c.TimerCode = last.Add(time.Millisecond), s.Timer.Action
	c.Provisional = c.Provisional || guess
	return nil
}

// promise moves the deadline of the stage just entered to the end of the day
// that was promised. ErrFields where it is none, is over, or lies too far ahead.
func (u *Until) promise(c *Case, now time.Time, cal *calendar.Holidays) error {
	if u == nil || c.Data[u.Datum] == "" {
		return nil
	}
	day, err := time.ParseInLocation(time.DateOnly, c.Data[u.Datum], calendar.China)
	if err != nil {
		return ErrFields.At("body."+u.Datum, "应是日期，如 2026-01-31。")
	}
	due := calendar.EndOfDay(day)
	if due.Before(now) {
		return ErrFields.At("body."+u.Datum, "不能早于今天。")
	}
	if u.Most != nil {
		if last, _ := cal.Deadline(now, u.Most.Days, u.Most.Unit); due.After(last) {
			return ErrFields.At("body."+u.Datum, "最迟到 %s。", last.In(calendar.China).Format(time.DateOnly))
		}
	}
	c.DueAt, c.Provisional = due, false
	return nil
}

// journal counts a step and ties it to the case.
func (c *Case) journal(s Step) Step {
	c.Revision++
	s.CaseID, s.Seq = c.ID, c.Revision
	return s
}

const extendName = "申请延期"

// extendForm is what every extension asks for: how long, and why.
var extendForm = &Action{Code: ExtendAction, Name: extendName, Fields: []Field{
	{Code: "days", Name: "延长天数", Kind: NumberField, Required: true, Max: 4},
	{Code: "reason", Name: "延期理由", Required: true, Min: 4},
}}

func (d *Definition) extend(c Case, in Input, by Holder, now time.Time, cal *calendar.Holidays) (Case, Step, []Effect, error) {
	known := d.extends()
	var here *Extension
	if s := d.stages[c.Stage]; s != nil && s.Extension != nil {
		known, here = s.Extension, s.Extension
	}
	if known == nil {
		return c, Step{}, nil, ErrUnknownAction.At("body.action", "这件事没有可以延期的环节。")
	}
	fields, err := readFields(extendForm, in)
	if err != nil {
		return c, Step{}, nil, err
	}
	days, _ := wholeNumber(fields["days"]) // read by its kind above
	if days < 1 || days > known.MaxDays {
		return c, Step{}, nil, ErrFields.At("body.days", "延长天数应在 1 到 %d 之间。", known.MaxDays)
	}
	if !by.may(known.Power) {
		return c, Step{}, nil, ErrForbidden
	}
	if err := c.standing(in.Revision); err != nil {
		return c, Step{}, nil, err
	}
	if here == nil {
		return c, Step{}, nil, ErrStage
	}
	if err := c.extensible(now); err != nil {
		return c, Step{}, nil, err
	}
	due, guess := cal.Deadline(c.DueAt, days, here.Unit)
	c.DueAt, c.Provisional, c.Extended = due, c.Provisional || guess, true
	if t := d.stages[c.Stage].Timer; t != nil && t.AtDue && !c.TimerAt.IsZero() {
		c.TimerAt = due.Add(time.Millisecond)
	}
	step := c.journal(Step{
		Action: ExtendAction, From: c.Stage, To: c.Stage, Actor: by.Actor, At: now,
		Fields: fields, Reason: fields["reason"], Media: slices.Clone(in.Media),
	})
	return c, step, nil, nil
}

// extensible: once, and asked for before the deadline has passed.
func (c Case) extensible(now time.Time) error {
	switch {
	case c.Extended || c.DueAt.IsZero():
		return ErrExtended
	case c.Overdue(now):
		return ErrTooLate.Saying("期限已过，不能再申请延期。")
	}
	return nil
}

func merged(old, changes map[string]string) map[string]string {
	if len(changes) == 0 {
		return old
	}
	out := make(map[string]string, len(old)+len(changes))
	maps.Copy(out, old)
	maps.Copy(out, changes)
	return out
}

func wholeNumber(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}

func itoa(n int) string { return strconv.Itoa(n) }
