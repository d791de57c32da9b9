package duty

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"cunwu/service/region"
)

// Numbers counts duties by state, in the order of States.
type Numbers [8]int

// Of gives the number of a state.
func (n Numbers) Of(s State) int {
	if i := s.index(); i >= 0 {
		return n[i]
	}
	return 0
}

func (n *Numbers) add(s State, by int) { n[s.index()] += by }

func (n *Numbers) addAll(other Numbers) {
	for i, v := range other {
		n[i] += v
	}
}

// PlaceCount is the duties of all villages of a place.
type PlaceCount struct {
	Place    region.Code
	Name     string
	Villages int
	Numbers  Numbers
}

// ItemCount is the duties of all villages of a place for one item and period.
// For what events started, Period is the month in which they are due and DueOn
// is zero.
type ItemCount struct {
	ItemCode string
	ItemName string
	Period   string
	DueOn    time.Time
	Numbers  Numbers
}

// Counts is how the duties of a place stand today.
type Counts struct {
	Villages int
	Children []PlaceCount
	Items    []ItemCount // of events by month, then of what recurs, each newest due first
	Total    Numbers
}

// Counts gives the numbers of duties by state, of the places under a place
// ("" for the whole country) and of the items. only, where it is not "", leaves
// out places and items that have none in that state. The work grows with the
// number of places directly under it and of items, not with that of villages;
// of places whose counts did not move since they were last asked for that day,
// not even their counts are read. region.not_found, region.code_invalid,
// region.not_active, duty.state_unknown.
func (s *Service) Counts(ctx context.Context, place region.Code, only State) (Counts, error) {
	if only != "" && !only.Valid() {
		return Counts{}, Query{State: only, Limit: 1}.check()
	}
	if place != "" {
		if _, err := s.opt.Places.Active(ctx, place, region.Province, region.City, region.County, region.Township); err != nil {
			return Counts{}, err
		}
	}
	children, err := s.opt.Places.Children(ctx, place)
	if err != nil {
		return Counts{}, err
	}
	tree, err := s.treeNow(ctx)
	if err != nil {
		return Counts{}, err
	}
	day := newDayView(s.opt.Rules, s.scheduleOn(s.opt.Clock.Now()))
	var out Counts
	if out.Children, err = s.childCounts(ctx, day, children, tree); err != nil {
		return Counts{}, err
	}
	for _, c := range out.Children {
		out.Villages += c.Villages
		out.Total.addAll(c.Numbers)
	}
	rows, err := s.store.DutyTalliesAt(ctx, []region.Code{place}, day.oldest[:len("2026")])
	if err != nil {
		return Counts{}, err
	}
	own := newCounter(day, out.Villages)
	for _, t := range rows {
		own.counted(t)
	}
	out.Items = own.items()
	if only != "" {
		out.Children = slices.DeleteFunc(out.Children, func(c PlaceCount) bool { return c.Numbers.Of(only) <= 0 })
		out.Items = slices.DeleteFunc(out.Items, func(i ItemCount) bool { return i.Numbers.Of(only) <= 0 })
	}
	return out, nil
}

// remembered is what the counts of a place came to, and under which conditions
// that is so.
type remembered struct {
	stamp    int64
	sch      *schedule
	villages int
	numbers  Numbers
}

// mostRemembered bounds the places kept, about 150 bytes each.
const mostRemembered = 8192

// childCounts gives the numbers of places, reading the counts of those only
// that moved.
func (s *Service) childCounts(ctx context.Context, day *dayView, children []region.Region, t *tree) ([]PlaceCount, error) {
	codes := make([]region.Code, len(children))
	for i, c := range children {
		codes[i] = c.Code
	}
	// The stamps are read first: counts that move meanwhile are read anew the
	// next time.
	stamps, err := s.store.DutyStamps(ctx, codes)
	if err != nil {
		return nil, err
	}
	out := make([]PlaceCount, len(children))
	fresh := map[region.Code]*counter{}
	var ask []region.Code
	for i, c := range children {
		out[i] = PlaceCount{Place: c.Code, Name: c.Short, Villages: t.villages(c.Code)}
		if kept, ok := s.recall(c.Code); ok && kept.stamp == stamps[c.Code] && kept.sch == day.sch && kept.villages == out[i].Villages {
			out[i].Numbers = kept.numbers
			continue
		}
		fresh[c.Code] = newCounter(day, out[i].Villages)
		ask = append(ask, c.Code)
	}
	rows, err := s.store.DutyTalliesAt(ctx, ask, day.oldest[:len("2026")])
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		fresh[row.Place].counted(row)
	}
	for i := range out {
		if c := fresh[out[i].Place]; c != nil {
			out[i].Numbers = c.numbers
			s.remember(out[i].Place, remembered{stamps[out[i].Place], day.sch, out[i].Villages, c.numbers})
		}
	}
	return out, nil
}

func (s *Service) recall(place region.Code) (remembered, bool) {
	s.treeMu.Lock()
	defer s.treeMu.Unlock()
	r, ok := s.kept[place]
	return r, ok
}

func (s *Service) remember(place region.Code, r remembered) {
	s.treeMu.Lock()
	defer s.treeMu.Unlock()
	if s.kept == nil || len(s.kept) >= mostRemembered {
		s.kept = map[region.Code]remembered{}
	}
	s.kept[place] = r
}

// dayView is how terms stand on a day that nobody has done anything about.
type dayView struct {
	rules  *Rules
	sch    *schedule
	oldest string // first month of events that is shown, 2006-01
	states []State
}

func newDayView(r *Rules, sch *schedule) *dayView {
	d := &dayView{
		rules: r, sch: sch, oldest: sch.today.AddDate(0, -r.WindowMonths, 0).Format("2006-01"),
		states: make([]State, len(sch.terms)),
	}
	for i, t := range sch.terms {
		d.states[i] = r.stateOn(sch.today, t.end.AddDate(0, 0, 1), t.due, time.Time{})
	}
	return d
}

// stateOf gives the state today of what was counted without a day.
func (d *dayView) stateOf(t Tally) State {
	until, _ := readDay(t.Until)
	switch t.Kind {
	case openKind:
		return d.rules.stateOn(d.sch.today, time.Time{}, until, time.Time{})
	case string(Extended):
		return d.rules.stateOn(d.sch.today, time.Time{}, until, until)
	}
	return State(t.Kind)
}

// counter adds up the counts of one place.
type counter struct {
	*dayView
	numbers Numbers
	terms   []Numbers // by term of the schedule
	events  map[key]*ItemCount
}

// newCounter begins with all villages owing every term.
func newCounter(d *dayView, villages int) *counter {
	c := &counter{dayView: d, terms: make([]Numbers, len(d.sch.terms)), events: map[key]*ItemCount{}}
	for i, state := range d.states {
		c.numbers.add(state, villages)
		c.terms[i].add(state, villages)
	}
	return c
}

// counted moves villages from owing a term to how they were counted, or adds
// duties of events.
func (c *counter) counted(t Tally) {
	if t.isEvent() {
		if month := strings.TrimSuffix(t.Period, eventMark); month >= c.oldest {
			state := c.stateOf(t)
			c.numbers.add(state, t.N)
			c.event(t.Item, month).Numbers.add(state, t.N)
		}
		return
	}
	i, ok := c.sch.byKey[key{t.Item, t.Period}]
	if !ok {
		return
	}
	state := c.stateOf(t)
	for _, n := range []*Numbers{&c.numbers, &c.terms[i]} {
		n.add(state, t.N)
		n.add(c.states[i], -t.N)
	}
}

func (c *counter) event(item, month string) *ItemCount {
	k := key{item, month}
	if c.events[k] == nil {
		found, _ := c.sch.edition.Item(item)
		c.events[k] = &ItemCount{ItemCode: item, ItemName: found.Name, Period: month}
	}
	return c.events[k]
}

// items gives the numbers by item: events first, newest month first.
func (c *counter) items() []ItemCount {
	out := make([]ItemCount, 0, len(c.events)+len(c.terms))
	for _, e := range c.events {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b ItemCount) int {
		return cmp.Or(cmp.Compare(b.Period, a.Period), cmp.Compare(a.ItemCode, b.ItemCode))
	})
	for i, t := range c.sch.terms {
		out = append(out, ItemCount{ItemCode: t.item.Code, ItemName: t.item.Name, Period: t.period, DueOn: t.due, Numbers: c.terms[i]})
	}
	return out
}

// tree is the numbers of villages under each place of one edition.
type tree struct {
	edition int64
	under   map[region.Code]int
}

func (t *tree) villages(at region.Code) int {
	if at.Level() == region.Village {
		return 1 // only active places are asked for
	}
	return t.under[at]
}

// treeNow gives the tree in force. It is counted once per edition, by one
// question, and kept: about 45,000 numbers for the whole country.
func (s *Service) treeNow(ctx context.Context) (*tree, error) {
	edition, err := s.store.TreeEdition(ctx)
	if err != nil {
		return nil, err
	}
	s.treeMu.Lock()
	kept := s.tree
	s.treeMu.Unlock()
	if kept != nil && kept.edition == edition {
		return kept, nil
	}
	townships, err := s.store.VillagesByTownship(ctx)
	if err != nil {
		return nil, err
	}
	made := &tree{edition: edition, under: make(map[region.Code]int, len(townships))}
	for township, n := range townships {
		for _, place := range township.Path() {
			made.under[place] += n
		}
	}
	s.treeMu.Lock()
	s.tree = made
	s.treeMu.Unlock()
	return made, nil
}
