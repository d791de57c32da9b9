package concern

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/region"
)

// CountStore is where counts are read.
type CountStore interface {
	// ConcernCounts sums the counts of places over months, both included, by
	// place, category and figure.
	ConcernCounts(ctx context.Context, places []region.Code, from, until int) ([]CountMove, error)
	// ConcernsOverdue counts, by category, what of a place was raised in
	// [from, until), is open and owed by an office since before now. What is
	// sealed is left out.
	ConcernsOverdue(ctx context.Context, at region.Code, from, until, now time.Time) (map[string]int, error)
	// ConcernIDsAfter gives ids by serial, at most limit, and the last serial.
	ConcernIDsAfter(ctx context.Context, after int64, limit int) ([]string, int64, error)
	// ConcernsClosed gives what of a village was closed, or came to an end, in
	// [from, until), by time, at most limit. What is sealed is left out.
	ConcernsClosed(ctx context.Context, village region.Code, from, until time.Time, limit int) ([]Closed, error)
}

// Closed is a concern and when it was last closed.
type Closed struct {
	Record
	At time.Time
}

// FiguresReport is the figures of a place: all of it, by category, and by the places
// directly below, in the order of their codes. Nobody is ranked.
type FiguresReport struct {
	Region     region.Region
	From       string // 2026-01
	Until      string
	Small      int // fewer than so many are not broken down
	Total      Figures
	Categories []Figures
	Places     []Figures
}

const (
	monthForm = "2006-01"
	mostSpan  = 60 // months that one question may speak of
)

// Figures counts the concerns of a place that were raised in the months from
// until (2006-01, both included; "" for the last twelve). Samples below the
// rule's small number are marked and have neither medians nor rates; others
// than those who work there do not get their parts either, so that nobody is
// found out. Refusals: region.code_invalid, region.not_found,
// concern.query_invalid.
func (s *Service) Figures(ctx context.Context, by account.Caller, at region.Code, from, until string) (FiguresReport, error) {
	if !at.Valid() {
		return FiguresReport{}, region.ErrCode
	}
	span, err := s.months(from, until)
	if err != nil {
		return FiguresReport{}, err
	}
	place, err := s.opt.Places.Active(ctx, at, region.Province, region.City, region.County, region.Township, region.Village)
	if err != nil {
		return FiguresReport{}, err
	}
	out := FiguresReport{Region: place, From: span.from.Format(monthForm), Until: span.last().Format(monthForm), Small: s.opt.Rules.Small.Count}
	below, err := s.opt.Places.Children(ctx, at)
	if err != nil {
		return FiguresReport{}, err
	}
	codes := []region.Code{at}
	for _, b := range below {
		if b.Level <= region.Village {
			codes = append(codes, b.Code)
		}
	}
	rows, err := s.store.ConcernCounts(ctx, codes, monthNumber(span.from), monthNumber(span.last()))
	if err != nil {
		return FiguresReport{}, err
	}
	overdue, err := s.store.ConcernsOverdue(ctx, at, span.from, span.until, s.opt.Clock.Now())
	if err != nil {
		return FiguresReport{}, err
	}
	s.fillReport(&out, s.handles(by, at), below, rows, overdue)
	return out, nil
}

// span is [from, until), of whole months in China's zone.
type span struct{ from, until time.Time }

func (s span) last() time.Time { return s.until.AddDate(0, -1, 0) }

func monthNumber(t time.Time) int { return t.Year()*100 + int(t.Month()) }

func (s *Service) months(from, until string) (span, error) {
	now := s.opt.Clock.Now().In(calendar.China)
	last := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, calendar.China)
	if until != "" {
		var err error
		if last, err = time.ParseInLocation(monthForm, until, calendar.China); err != nil {
			return span{}, ErrQuery.At("query.until", "请填写月份，如 2026-09。")
		}
	}
	first := last.AddDate(0, -11, 0)
	if from != "" {
		var err error
		if first, err = time.ParseInLocation(monthForm, from, calendar.China); err != nil {
			return span{}, ErrQuery.At("query.from", "请填写月份，如 2026-01。")
		}
	}
	if first.After(last) || first.AddDate(0, mostSpan, 0).Before(last) {
		return span{}, ErrQuery.At("query.from", "开始的月份不能晚于结束的月份，最多查五年。")
	}
	return span{first, last.AddDate(0, 1, 0)}, nil
}

// fillReport sorts the rows into all, categories and places.
func (s *Service) fillReport(out *FiguresReport, whole bool, below []region.Region, rows []CountMove, overdue map[string]int) {
	total, places, categories := newSum(), map[region.Code]*sum{}, map[string]*sum{}
	for _, m := range rows {
		if m.Region != out.Region.Code {
			sumOf(places, m.Region).add(m)
			continue
		}
		total.add(m)
		sumOf(categories, m.Category).add(m)
	}
	for category, n := range overdue {
		total.Overdue += n
		sumOf(categories, category).Overdue += n
	}
	out.Total = total.figures(out.Small, whole)
	out.Total.RegionCode, out.Total.RegionName = out.Region.Code, out.Region.Short
	for _, c := range s.opt.Rules.Categories {
		f := sumOf(categories, c.Code).figures(out.Small, whole)
		f.Category = c.Code
		if f.Raised > 0 && (whole || !f.SmallSample) {
			out.Categories = append(out.Categories, f)
		}
	}
	for _, b := range below {
		if p := places[b.Code]; p != nil {
			f := p.figures(out.Small, whole)
			f.RegionCode, f.RegionName, f.Overdue = b.Code, b.Short, -1 // counted for the place asked about alone
			out.Places = append(out.Places, f)
		}
	}
}

// sum adds counts up.
type sum struct {
	Figures
	asked, closed int
	steps         []int
}

func newSum() *sum {
	return &sum{Figures: Figures{Ends: map[State]int{}}, steps: make([]int, len(steps))}
}

func sumOf[K comparable](in map[K]*sum, key K) *sum {
	if in[key] == nil {
		in[key] = newSum()
	}
	return in[key]
}

func (s *sum) add(m CountMove) {
	switch m.Figure {
	case CountRaised:
		s.Raised += m.By
	case CountOpen:
		s.Open += m.By
	case CountClosed:
		s.closed += m.By
	case CountDue:
		s.Due += m.By
	case CountInTime:
		s.InTime += m.By
	case CountAsked:
		s.asked += m.By
	case CountRated:
		s.Rated += m.By
	case CountContent:
		s.Content += m.By
	default:
		if state, ok := strings.CutPrefix(string(m.Figure), endPrefix); ok {
			s.Ends[State(state)] += m.By
		} else if i, err := strconv.Atoi(strings.TrimPrefix(string(m.Figure), stepPrefix)); err == nil && i >= 0 && i < len(s.steps) {
			s.steps[i] += m.By
		}
	}
}

// figures gives the sum as it may be shown. whole: to those who work there.
func (s *sum) figures(small int, whole bool) Figures {
	f := s.Figures
	f.Closed = s.closed
	f.SmallSample = f.Raised < small
	f.MedianHours, f.ResponseRate = -1, -1
	if s.closed >= small {
		f.MedianHours = s.median()
	}
	if s.asked >= small {
		f.ResponseRate = (100*f.Rated + s.asked/2) / s.asked
	}
	if f.SmallSample && !whole {
		return Figures{Raised: f.Raised, Ends: map[State]int{}, MedianHours: -1, ResponseRate: -1, SmallSample: true}
	}
	if f.Rated < small && !whole {
		f.Rated, f.Content, f.ResponseRate = -1, -1, -1 // who said what would be no secret
	}
	return f
}

// median gives the hours within which half of what is closed was closed: the
// upper bound of the step that the middle one lies in.
func (s *sum) median() int {
	n := 0
	for _, k := range s.steps {
		n += k
	}
	half := (n + 1) / 2
	i := slices.IndexFunc(s.steps, func(k int) bool { half -= k; return half <= 0 })
	if n == 0 || i < 0 {
		return -1
	}
	return steps[i]
}

// Kept is how concerns of a place were kept, for the indicators: both parts of
// each ratio.
type Kept struct{ Closed, Due, InTime, Asked, Rated, Content int }

// Kept adds up a place over months (202609), both included.
func (s *Service) Kept(ctx context.Context, at region.Code, from, until int) (Kept, error) {
	rows, err := s.store.ConcernCounts(ctx, []region.Code{at}, from, until)
	if err != nil {
		return Kept{}, err
	}
	all := newSum()
	for _, m := range rows {
		all.add(m)
	}
	return Kept{Closed: all.closed, Due: all.Due, InTime: all.InTime, Asked: all.asked, Rated: all.Rated, Content: all.Content}, nil
}
