package indicator

import (
	"context"
	"math"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/duty"
	"cunwu/service/region"
)

// Duties is the disclosure clock as this package reads it.
type Duties interface {
	// Counts gives the duties of a place above the villages, by item and period.
	Counts(ctx context.Context, place region.Code, only duty.State) (duty.Counts, error)
	// Duties gives those of a village.
	Duties(ctx context.Context, q duty.Query) (duty.Page, error)
}

// Places is what the package needs to know of the tree of places.
type Places interface {
	// Region gives one place; region.not_found or region.code_invalid.
	Region(ctx context.Context, code region.Code) (region.Region, error)
}

// Options are what the service works with.
type Options struct {
	Rules    *Rules
	Duties   Duties
	Places   Places
	Holidays *calendar.Holidays
	Clock    calendar.Clock
	// PostingDays is how long a posting must be up, AnswerDays in how many
	// calendar days a question must be answered: of the procedures in force.
	PostingDays int
	AnswerDays  int
	// Concerns says how concerns were dealt with. Nil: nothing is known of any.
	Concerns Concerns
}

// Concerns is what villagers said is wrong, as this package reads it.
type Concerns interface {
	// Kept adds up what was raised in a place over months (202609), both included.
	Kept(ctx context.Context, place region.Code, from, until int) (concern.Kept, error)
}

// Service counts and shows. It is safe for concurrent use.
type Service struct {
	store Store
	opt   Options
}

// New makes the service.
func New(store Store, opt Options) *Service { return &Service{store: store, opt: opt} }

// Value is one indicator of a place and period. Ratio is nil where the sample is
// too small to say anything.
type Value struct {
	Definition
	Numerator   int
	Denominator int
	Ratio       *float64 // 0 to 1, to four decimals
	SmallSample bool
	// Response is, beside a satisfaction, how many of those who were asked gave
	// their word, 0 to 1; nil for all others and where few were asked.
	Response *float64
}

// Report is the indicators of a place and period.
type Report struct {
	Place  region.Region
	Period Period
	Least  int      // least denominator that gives a ratio
	Recent []Period // the last quarters that are over, newest first
	Items  []Value
}

// recentQuarters is how many quarters are offered to look at.
const recentQuarters = 4

// financeItem is the catalogue item that I08 speaks of: every line of account,
// each month.
const financeItem = "D02"

// Report gives the indicators of a place, with period "" of the last quarter
// that is over. What is due is looked back at as far as the list of duties
// goes. region.code_invalid, region.not_found, region.not_active,
// indicator.period_invalid.
func (s *Service) Report(ctx context.Context, place region.Code, period string) (Report, error) {
	if !place.Valid() {
		return Report{}, region.ErrCode
	}
	out := Report{Period: LastQuarter(s.opt.Clock.Now()), Least: s.opt.Rules.MinDenominator}
	for at := s.opt.Clock.Now(); len(out.Recent) < recentQuarters; at = at.AddDate(0, -3, 0) {
		out.Recent = append(out.Recent, LastQuarter(at.AddDate(0, 0, 1-at.In(calendar.China).Day())))
	}
	var err error
	if period != "" {
		if out.Period, err = ParsePeriod(period); err != nil {
			return Report{}, err
		}
	}
	if out.Place, err = s.opt.Places.Region(ctx, place); err != nil {
		return Report{}, err
	}
	n, err := s.store.Figures(ctx, place, out.Period.From, out.Period.To)
	if err != nil {
		return Report{}, err
	}
	due, err := s.due(ctx, place, out.Period)
	if err != nil {
		return Report{}, err
	}
	said, err := s.concerns(ctx, place, out.Period)
	if err != nil {
		return Report{}, err
	}
	parts := map[string][2]int{
		"I09": {said.Closed, said.Due}, "I10": {said.InTime, said.Closed}, "I11": {said.Content, said.Rated},
		"I01": {due.all.inTime, due.all.due}, "I02": {due.all.done, due.all.due}, "I08": {due.finance.inTime, due.finance.due},
		"I03": {n[PostedLong], n[PostingOver]}, "I04": {n[OnBoard], n[Published]}, "I05": {n[Corrected], n[Published]},
		"I33": {n[Reviewed], n[Published]}, "I06": {n[AnsweredInTime], n[AnswerOver]}, "I07": {n[EscalatedUp], n[Asked]},
	}
	for _, d := range s.opt.Rules.Definitions {
		v := valueOf(d, parts[d.Code], s.opt.Rules.MinDenominator)
		if d.Code == satisfaction && said.Asked >= s.opt.Rules.MinDenominator {
			v.Response = ratioOf(said.Rated, said.Asked)
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}

// satisfaction is the indicator that says little without the response rate.
const satisfaction = "I11"

func (s *Service) concerns(ctx context.Context, place region.Code, p Period) (concern.Kept, error) {
	if s.opt.Concerns == nil {
		return concern.Kept{}, nil
	}
	return s.opt.Concerns.Kept(ctx, place, int(p.From), int(p.To))
}

// ratioOf gives a ratio to four decimals.
func ratioOf(n, of int) *float64 {
	ratio := math.Round(float64(n)/float64(of)*1e4) / 1e4
	return &ratio
}

func valueOf(d Definition, part [2]int, least int) Value {
	v := Value{Definition: d, Numerator: part[0], Denominator: part[1], SmallSample: part[1] < least}
	if !v.SmallSample {
		v.Ratio = ratioOf(part[0], part[1])
	}
	return v
}

// kept is how duties that were due were kept.
type kept struct{ due, done, inTime int }

func (k *kept) add(inTime, late, missed int) {
	k.due += inTime + late + missed
	k.done += inTime + late
	k.inTime += inTime
}

type dues struct{ all, finance kept }

func (d *dues) add(item string, inTime, late, missed int) {
	d.all.add(inTime, late, missed)
	if item == financeItem {
		d.finance.add(inTime, late, missed)
	}
}

// due counts the duties whose day fell into the period and is over. What does
// not apply, or is lawfully put off, was not due.
func (s *Service) due(ctx context.Context, place region.Code, p Period) (dues, error) {
	today := calendar.Day(s.opt.Clock.Now())
	switch {
	case place.Level() < region.Village:
		return s.dueBelow(ctx, place, p, today)
	case place.Level() == region.Village:
		return s.dueOf(ctx, place, p, today)
	}
	return dues{}, nil // groups owe nothing of their own
}

func (s *Service) dueBelow(ctx context.Context, place region.Code, p Period, today time.Time) (dues, error) {
	var out dues
	counts, err := s.opt.Duties.Counts(ctx, place, "")
	if err != nil {
		return out, err
	}
	for _, i := range counts.Items {
		on := i.DueOn
		if on.IsZero() { // of events, counted by the month in which they were due
			on, err = time.ParseInLocation("2006-01", i.Period, calendar.China)
			if err != nil {
				continue
			}
		}
		if p.holds(on) && on.Before(today) {
			n := i.Numbers
			out.add(i.ItemCode, n.Of(duty.Done), n.Of(duty.DoneLate), n.Of(duty.Overdue)+n.Of(duty.VeryOverdue))
		}
	}
	return out, nil
}

func (s *Service) dueOf(ctx context.Context, village region.Code, p Period, today time.Time) (dues, error) {
	var out dues
	q := duty.Query{Region: village, Limit: duty.MostDuties}
	for {
		page, err := s.opt.Duties.Duties(ctx, q)
		if err != nil {
			return out, err
		}
		for _, d := range page.Items {
			if !p.holds(d.DueOn) || !d.DueOn.Before(today) {
				continue
			}
			switch d.State { //nolint:exhaustive // all others were not due
			case duty.Done:
				out.add(d.ItemCode, 1, 0, 0)
			case duty.DoneLate:
				out.add(d.ItemCode, 0, 1, 0)
			case duty.Overdue, duty.VeryOverdue:
				out.add(d.ItemCode, 0, 0, 1)
			}
		}
		if page.Next == 0 {
			return out, nil
		}
		q.Before = page.Next
	}
}
