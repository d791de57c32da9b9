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
	Items    []ItemCount // newest due first
	Total    Numbers
}

// Counts gives the numbers of duties by state, of the places under a place
// ("" for the whole country) and of the items. only, where it is not "", leaves
// out places and items that have none in that state. The work grows with the
// number of places directly under it and of items, not with that of villages.
// region.not_found, region.code_invalid, region.not_active, duty.state_unknown.
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
	sch := s.scheduleOn(s.opt.Clock.Now())
	c := newCounter(s, sch)
	codes := make([]region.Code, len(children))
	for i, child := range children {
		codes[i] = child.Code
		c.owes(child, tree.villages(child.Code))
	}
	rows, err := s.store.DutyTalliesAt(ctx, codes, c.oldest[:len("2026")])
	if err != nil {
		return Counts{}, err
	}
	for _, t := range rows {
		c.counted(t)
	}
	return c.result(only), nil
}

// counter adds up the counts of the children of one place.
type counter struct {
	rules    *Rules
	sch      *schedule
	oldest   string // first month of events that is shown, 2006-01
	states   []State
	children []PlaceCount
	place    map[region.Code]int
	terms    []Numbers // by term of the schedule
	events   map[key]*ItemCount
	villages int
}

func newCounter(s *Service, sch *schedule) *counter {
	c := &counter{
		rules: s.opt.Rules, sch: sch, oldest: sch.today.AddDate(0, -s.opt.Rules.WindowMonths, 0).Format("2006-01"),
		states: make([]State, len(sch.terms)), terms: make([]Numbers, len(sch.terms)),
		place: map[region.Code]int{}, events: map[key]*ItemCount{},
	}
	for i, t := range sch.terms {
		c.states[i] = s.opt.Rules.stateOn(sch.today, t.end.AddDate(0, 0, 1), t.due, time.Time{})
	}
	return c
}

// owes enters a child place with all its villages owing every term.
func (c *counter) owes(child region.Region, villages int) {
	p := PlaceCount{Place: child.Code, Name: child.Short, Villages: villages}
	for i, state := range c.states {
		p.Numbers.add(state, villages)
		c.terms[i].add(state, villages)
	}
	c.place[child.Code] = len(c.children)
	c.children = append(c.children, p)
	c.villages += villages
}

// counted moves villages from owing a term to how they were counted, or adds
// duties of events.
func (c *counter) counted(t Tally) {
	child, ok := c.place[t.Place]
	if !ok {
		return
	}
	p := &c.children[child].Numbers
	state := c.stateOf(t)
	if t.isEvent() {
		if month := strings.TrimSuffix(t.Period, eventMark); month >= c.oldest {
			p.add(state, t.N)
			c.event(t.Item, month).Numbers.add(state, t.N)
		}
		return
	}
	i, ok := c.sch.byKey[key{t.Item, t.Period}]
	if !ok {
		return
	}
	p.add(state, t.N)
	p.add(c.states[i], -t.N)
	c.terms[i].add(state, t.N)
	c.terms[i].add(c.states[i], -t.N)
}

// stateOf gives the state today of what was counted without a day.
func (c *counter) stateOf(t Tally) State {
	until, _ := readDay(t.Until)
	switch t.Kind {
	case openKind:
		return c.rules.stateOn(c.sch.today, time.Time{}, until, time.Time{})
	case string(Extended):
		return c.rules.stateOn(c.sch.today, time.Time{}, until, until)
	}
	return State(t.Kind)
}

func (c *counter) event(item, month string) *ItemCount {
	k := key{item, month}
	if c.events[k] == nil {
		found, _ := c.sch.edition.Item(item)
		c.events[k] = &ItemCount{ItemCode: item, ItemName: found.Name, Period: month}
	}
	return c.events[k]
}

func (c *counter) result(only State) Counts {
	out := Counts{Villages: c.villages}
	for _, p := range c.children {
		out.Total.addAll(p.Numbers)
		if only == "" || p.Numbers.Of(only) > 0 {
			out.Children = append(out.Children, p)
		}
	}
	var events []ItemCount
	for _, e := range c.events {
		events = append(events, *e)
	}
	slices.SortFunc(events, func(a, b ItemCount) int {
		return cmp.Or(cmp.Compare(b.Period, a.Period), cmp.Compare(a.ItemCode, b.ItemCode))
	})
	for i, t := range c.sch.terms {
		events = append(events, ItemCount{ItemCode: t.item.Code, ItemName: t.item.Name, Period: t.period, DueOn: t.due, Numbers: c.terms[i]})
	}
	for _, e := range events {
		if only == "" || e.Numbers.Of(only) > 0 {
			out.Items = append(out.Items, e)
		}
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
