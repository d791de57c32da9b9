package duty

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/outbox"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Powers of this noun.
const (
	powerEvent  = "duty.event"
	powerExtend = "duty.extend"
	powerExempt = "duty.exempt"
)

// EventInput is an event as an officer records it.
type EventInput struct {
	Region   region.Code
	ItemCode string
	On       string // 2006-01-02
	Title    string // what happened, shown to everybody; at most 60 characters
}

const (
	mostTitle  = 60
	mostReason = 200
)

// RecordEvent starts the clock of an item that waits for an event, and gives
// the duty. Recorded once more for the same day, the first stays. What is
// disclosed before something must be announced ahead; everything else must have
// happened. auth.required, region faults, request.invalid, duty.item_unknown,
// duty.item_periodic, duty.private_data, account.not_allowed, auth.stale.
func (s *Service) RecordEvent(ctx context.Context, by account.Caller, act audit.Act, in EventInput) (Duty, error) {
	if err := s.atVillage(ctx, by, in.Region); err != nil {
		return Duty{}, err
	}
	now := s.opt.Clock.Now()
	sch := s.scheduleOn(now)
	item, ok := sch.edition.Item(in.ItemCode)
	switch {
	case !ok:
		return Duty{}, ErrItem.At("body.item_code", "没有这个事项")
	case recurs(item.Frequency):
		return Duty{}, ErrPeriodic.At("body.item_code", "%s事项", string(item.Frequency))
	}
	if err := s.checkEvent(item, in, sch); err != nil {
		return Duty{}, err
	}
	grant, err := s.opt.Powers.May(by, powerEvent, in.Region)
	if err != nil {
		return Duty{}, err
	}
	e := Event{
		Region: in.Region, ItemCode: in.ItemCode, On: in.On, Title: strings.TrimSpace(in.Title), Kind: Happened, RecordedBy: by.AccountID,
	}
	return s.change(ctx, act.As(string(grant.Role), string(grant.Region)), in.Region, in.ItemCode, in.On, powerEvent, func(tx Tx) (string, error) {
		stored, err := begin(ctx, tx, e)
		return string(stored.Kind), err
	})
}

// begin stores an event with its id and time.
func begin(ctx context.Context, tx Tx, e Event) (Event, error) {
	e.ID, e.At = audit.NewID(), tx.Now()
	return tx.AddDutyEvent(ctx, e)
}

func (s *Service) checkEvent(item disclosure.CatalogueItem, in EventInput, sch *schedule) error {
	on, ok := readDay(in.On)
	oldest := sch.today.AddDate(0, -s.opt.Rules.WindowMonths, 0)
	switch {
	case !ok:
		return fault.ErrInvalid.At("body.event_on", "日期不对，应像 2026-09-18")
	case on.Before(s.opt.Rules.From) || on.Before(oldest):
		return fault.ErrInvalid.At("body.event_on", "日期太早，只能登记最近 %d 个月内、%s 以后的事", s.opt.Rules.WindowMonths, s.opt.Rules.From.Format(dayFormat))
	case item.Frequency != disclosure.Before && on.After(sch.today):
		return fault.ErrInvalid.At("body.event_on", "事情还没有发生，请在发生后登记")
	case on.After(sch.today.AddDate(1, 0, 0)):
		return fault.ErrInvalid.At("body.event_on", "日期太远，最多提前一年登记")
	}
	return s.checkText("body.title", in.Title, mostTitle, in.Region)
}

// checkText demands a text that may be shown to everybody.
func (s *Service) checkText(location, text string, most int, at region.Code) error {
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	if n < 2 || n > most || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' }) {
		return fault.ErrInvalid.At(location, "请用 2 到 %d 个字说明", most)
	}
	return s.opt.Screening.Refuse(at, ErrPrivate, screening.Part{Location: location, Text: text})
}

// atVillage demands somebody who is signed in and a village that is active.
func (s *Service) atVillage(ctx context.Context, by account.Caller, at region.Code) error {
	if !by.Known() {
		return account.ErrRequired
	}
	_, err := s.opt.Places.Active(ctx, at, region.Village)
	return err
}

// ExceptionInput is a decision of the township. Until is for extensions.
type ExceptionInput struct {
	Region   region.Code
	ItemCode string
	Period   string // as the duty's: 2026-09, 2026Q3, 2026, or the day of an event
	Reason   string // shown to everybody; at most 200 characters
	Until    string // 2006-01-02
}

// Extend gives a duty a new due day, for a reason that everybody reads, and
// gives the duty. A later extension takes the place of an earlier one.
// auth.required, region faults, request.invalid, duty.private_data,
// account.not_allowed, auth.stale, duty.unknown, duty.already_done,
// duty.not_applicable.
func (s *Service) Extend(ctx context.Context, by account.Caller, act audit.Act, in ExceptionInput) (Duty, error) {
	until, ok := readDay(in.Until)
	return s.except(ctx, by, act, in, powerExtend, Extension, func(d Duty, today time.Time) error {
		latest := d.DueOn.AddDate(0, 0, s.opt.Rules.ExtensionDays)
		switch {
		case !ok:
			return fault.ErrInvalid.At("body.until", "日期不对，应像 2026-09-18")
		case d.State == NotApplicable:
			return ErrExempt
		case !until.After(d.limit) || until.Before(today):
			return fault.ErrInvalid.At("body.until", "应晚于 %s，并且不早于今天", d.limit.Format(dayFormat))
		case until.After(latest):
			return fault.ErrInvalid.At("body.until", "最晚到 %s", latest.Format(dayFormat))
		}
		return nil
	})
}

// Exempt finds that a duty does not apply to the village, for a reason that
// everybody reads, and gives the duty. Refusals are those of Extend.
func (s *Service) Exempt(ctx context.Context, by account.Caller, act audit.Act, in ExceptionInput) (Duty, error) {
	in.Until = ""
	return s.except(ctx, by, act, in, powerExempt, Exemption, func(Duty, time.Time) error { return nil })
}

// except stores a decision about a duty that allow does not refuse.
func (s *Service) except(
	ctx context.Context, by account.Caller, act audit.Act, in ExceptionInput, power string, kind ExceptionKind,
	allow func(d Duty, today time.Time) error,
) (Duty, error) {
	if err := s.atVillage(ctx, by, in.Region); err != nil {
		return Duty{}, err
	}
	if err := s.checkText("body.reason", in.Reason, mostReason, in.Region); err != nil {
		return Duty{}, err
	}
	before, err := s.one(ctx, s.store, in.Region, in.ItemCode, in.Period, s.opt.Clock.Now())
	if err != nil {
		return Duty{}, err
	}
	// What was sent is judged before who sent it; conflicts come after.
	today := calendar.Day(s.opt.Clock.Now())
	refused := allow(before, today)
	if f := fault.Of(refused); f != nil && f.Kind == fault.Invalid {
		return Duty{}, refused
	}
	grant, err := s.opt.Powers.May(by, power, in.Region)
	if err != nil {
		return Duty{}, err
	}
	x := Exception{
		Region: in.Region, ItemCode: in.ItemCode, Period: in.Period, Kind: kind, Reason: strings.TrimSpace(in.Reason),
		Until: in.Until, DecidedBy: s.signature(by, grant.Role),
	}
	act = act.As(string(grant.Role), string(grant.Region))
	return s.change(ctx, act, in.Region, in.ItemCode, in.Period, power, func(tx Tx) (string, error) {
		d, err := s.one(ctx, tx, in.Region, in.ItemCode, in.Period, tx.Now())
		if err != nil {
			return "", err
		}
		if d.State == Done || d.State == DoneLate {
			return "", ErrDone
		}
		if err := allow(d, calendar.Day(tx.Now())); err != nil {
			return "", err
		}
		x.At = tx.Now()
		return string(kind), tx.PutDutyException(ctx, x)
	})
}

// signature is the masked name and the office of whoever decided.
func (s *Service) signature(by account.Caller, role account.Role) string {
	return screening.Signature(by, role, s.opt.RoleName)
}

// factReader is a store or a transaction of it.
type factReader interface {
	DutyFacts(ctx context.Context, villages []region.Code, items []string, since time.Time) (map[region.Code]Facts, error)
}

// one gives one duty of a village; ErrUnknown where it has none such.
func (s *Service) one(ctx context.Context, from factReader, at region.Code, item, period string, now time.Time) (Duty, error) {
	sch := s.scheduleOn(now)
	facts, err := from.DutyFacts(ctx, []region.Code{at}, []string{item}, sch.since(s.opt.Rules))
	if err != nil {
		return Duty{}, err
	}
	for _, d := range s.reckoner.all(sch, facts[at]) {
		if d.ItemCode == item && d.Period == period {
			return d, nil
		}
	}
	return Duty{}, ErrUnknown.At("body.period", "没有这一期")
}

// change runs what changes one duty, tells those who follow, and gives the duty
// as it stands then.
func (s *Service) change(
	ctx context.Context, act audit.Act, at region.Code, item, period, action string, do func(Tx) (kind string, err error),
) (Duty, error) {
	var out Duty
	err := s.store.InTx(ctx, act, func(tx Tx) error {
		kind, err := do(tx)
		if err != nil {
			return err
		}
		if out, err = s.one(ctx, tx, at, item, period, tx.Now()); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, at, out, kind, action); err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	if err != nil {
		return Duty{}, asIs(err, "change duty")
	}
	return out, nil
}

// tell announces and records a change of a duty.
func (s *Service) tell(ctx context.Context, tx Tx, at region.Code, d Duty, kind, action string) error {
	facts := map[string]string{
		"item": d.ItemCode, "period": d.Period, "kind": kind, "due": d.limit.Format(dayFormat),
	}
	subject := d.ItemCode + "/" + d.Period
	if err := tx.Announce(ctx, outbox.Event{Kind: EventChanged, Region: at, Subject: subject, Facts: facts}); err != nil {
		return err
	}
	if err := tx.RegionChanged(ctx, at); err != nil {
		return err
	}
	return tx.Record(ctx, audit.Event{Action: action, Object: "duty", ObjectID: subject, Region: string(at), Result: "ok", Detail: facts})
}

// asIs leaves refusals and replays alone and says of other errors where they
// came from.
func asIs(err error, where string) error {
	var replay *audit.Replay
	if fault.Of(err) != nil || errors.As(err, &replay) {
		return err
	}
	return fmt.Errorf("duty: %s: %w", where, err)
}
