package duty

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/outbox"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Places is what the package needs to know of the tree of places.
type Places interface {
	// Active gives a place of a level that is in the current edition, or
	// region.not_found, region.code_invalid, region.not_active.
	Active(ctx context.Context, code region.Code, levels ...region.Level) (region.Region, error)
	// Children gives the active places directly under a place, "" for provinces.
	Children(ctx context.Context, parent region.Code) ([]region.Region, error)
}

// Powers says what a caller may do where.
type Powers interface {
	// May gives the grant under which a power is held, or auth.required,
	// auth.stale, account.not_allowed.
	May(c account.Caller, power string, at region.Code) (account.Grant, error)
}

// Options are what the service works with. All but the last two are required.
type Options struct {
	Rules     *Rules
	Catalogue *disclosure.Catalogue
	Holidays  *calendar.Holidays
	Screening *screening.Screen
	Places    Places
	Powers    Powers
	Clock     calendar.Clock
	// Officers are the offices whose holders can do something about a reminder.
	Officers []account.Role
	// RoleName gives the Chinese name of a role. Nil: its identifier.
	RoleName func(account.Role) string
	// Also is called with the events that Follow took, in its transaction,
	// after the counts. It may be run more than once. Nil: nothing else follows.
	Also func(ctx context.Context, tx Tx, events []outbox.Event) error
}

// Service is the duty clock. It is safe for concurrent use.
type Service struct {
	store    Store
	opt      Options
	reckoner reckoner
	today    atomic.Pointer[schedule]
	treeMu   sync.Mutex // of what follows
	tree     *tree
	kept     map[region.Code]remembered
}

// New makes the service.
func New(store Store, opt Options) *Service {
	return &Service{store: store, opt: opt, reckoner: reckoner{rules: opt.Rules, holidays: opt.Holidays}}
}

// scheduleOn gives the schedule of the day of a time. That of one day is kept.
func (s *Service) scheduleOn(at time.Time) *schedule {
	edition := s.opt.Catalogue.At(at)
	if kept := s.today.Load(); kept != nil && kept.edition == edition && kept.today.Equal(calendar.Day(at)) {
		return kept
	}
	made := newSchedule(s.opt.Rules, edition, s.opt.Holidays, at)
	s.today.Store(made)
	return made
}

// since gives a time before which nothing was published that a duty of the
// window could follow from: its period may have begun a year before it was due,
// and be up to a year long.
func (s *schedule) since(r *Rules) time.Time { return s.today.AddDate(-2, -r.WindowMonths, 0) }

// Query asks for a page of a village's duties. State, Item and Period are ""
// for all; Before is the position of the last duty of the page before, 0 for
// the first page.
type Query struct {
	Region region.Code
	State  State
	Item   string
	Period string
	Before int64
	Limit  int // 1..MostDuties
}

// MostDuties is the most that one page holds.
const MostDuties = 500

// Page is a page of duties; Next is 0 at the end.
type Page struct {
	Items []Duty
	Next  int64
}

// Duties gives the duties of a village as they stand today, newest due first:
// all that were due within the window of the rules and all that are to be due.
// A village that merged owes nothing. region.not_found, region.code_invalid,
// region.not_active, duty.state_unknown, request.invalid.
func (s *Service) Duties(ctx context.Context, q Query) (Page, error) {
	if err := q.check(); err != nil {
		return Page{}, err
	}
	if _, err := s.opt.Places.Active(ctx, q.Region, region.Village); err != nil {
		return Page{}, err
	}
	sch := s.scheduleOn(s.opt.Clock.Now())
	facts, err := s.store.DutyFacts(ctx, []region.Code{q.Region}, nil, sch.since(s.opt.Rules))
	if err != nil {
		return Page{}, err
	}
	var page Page
	for _, d := range s.reckoner.all(sch, facts[q.Region]) {
		if !q.matches(d) {
			continue
		}
		if len(page.Items) == q.Limit {
			page.Next = page.Items[q.Limit-1].pos
			break
		}
		page.Items = append(page.Items, d)
	}
	return page, nil
}

func (q Query) check() error {
	if q.State != "" && !q.State.Valid() {
		return ErrState.At("query.state", "应为 upcoming、due、overdue、very_overdue、extended、done、done_late 或 not_applicable")
	}
	if q.Limit < 1 || q.Limit > MostDuties {
		return fault.ErrInvalid.At("query.limit", "应为 1 到 %d", MostDuties)
	}
	return nil
}

func (q Query) matches(d Duty) bool {
	return (q.State == "" || q.State == d.State) && (q.Item == "" || q.Item == d.ItemCode) &&
		(q.Period == "" || q.Period == d.Period) && (q.Before == 0 || d.pos < q.Before)
}

// villagesAtOnce is how many villages are read together.
const villagesAtOnce = 256

// Each gives every active village within a place ("" for all), by code, with
// its duties as they stand today: the nightly round. It ends with the first
// error of visit.
func (s *Service) Each(ctx context.Context, within region.Code, visit func(region.Code, []Duty) error) error {
	sch := s.scheduleOn(s.opt.Clock.Now())
	next := func(after region.Code) ([]region.Code, error) {
		return s.store.VillagesAfter(ctx, within, after, villagesAtOnce)
	}
	return pages(next, func(codes []region.Code) error {
		facts, err := s.store.DutyFacts(ctx, codes, nil, sch.since(s.opt.Rules))
		if err != nil {
			return err
		}
		for _, code := range codes {
			if err := visit(code, s.reckoner.all(sch, facts[code])); err != nil {
				return err
			}
		}
		return nil
	})
}

// pages hands on lists of places until there are no more.
func pages(next func(after region.Code) ([]region.Code, error), each func([]region.Code) error) error {
	var after region.Code
	for {
		codes, err := next(after)
		if err != nil || len(codes) == 0 {
			return err
		}
		if err := each(codes); err != nil {
			return err
		}
		after = codes[len(codes)-1]
	}
}
