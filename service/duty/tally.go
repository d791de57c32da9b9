package duty

import (
	"cmp"
	"slices"
	"time"

	"cunwu/service/region"
)

// Tally is a number of villages of a place whose duty of an item and period
// stands in one way. What recurs is counted only where it is done, exempt or
// extended: all other villages of the place owe it, so their number needs no
// row. What an event started is counted in any case, under the month in which
// it is due, for not every village has such a duty.
type Tally struct {
	Place  region.Code
	Item   string
	Period string // of the term, or the month of the due day and eventMark
	Kind   string // a State, or openKind
	Until  string // for extended: its new due day; for openKind: the due day
	N      int
}

const (
	// openKind counts duties of events that are neither done nor decided.
	openKind = "open"
	// eventMark ends the periods of tallies of events, so that no period of a
	// term is written like them.
	eventMark = "e"
)

func (t Tally) isEvent() bool {
	return len(t.Period) == len("2026-05e") && t.Period[len(t.Period)-1:] == eventMark
}

// tallyKey is a row of the counts.
type tallyKey struct{ item, period, kind, until string }

// eventPeriod gives the period under which a duty of an event is counted.
func eventPeriod(due time.Time) string { return due.Format("2006-01") + eventMark }

// tallyOf gives how a duty is counted; false for what is not. It does not
// depend on the day, so that a count stays true until somebody acts.
func tallyOf(d Duty) (tallyKey, bool) {
	k := tallyKey{item: d.ItemCode, period: d.Period}
	if d.Event != nil {
		k.period = eventPeriod(d.DueOn)
	}
	switch {
	case d.State == Done || d.State == DoneLate || d.State == NotApplicable:
		k.kind = string(d.State)
	case d.limit.After(d.DueOn):
		k.kind, k.until = string(Extended), d.limit.Format(dayFormat)
	case d.Event != nil:
		k.kind, k.until = openKind, d.DueOn.Format(dayFormat)
	default:
		return tallyKey{}, false
	}
	return k, true
}

// tally counts a village: all its duties ever, not only those of the window.
func (r reckoner) tally(s *schedule, f Facts) map[tallyKey]int {
	out := map[tallyKey]int{}
	if !f.Active {
		return out
	}
	v := newVillage(f)
	count := func(d Duty) {
		if k, ok := tallyOf(d); ok {
			out[k]++
		}
	}
	seen := map[key]bool{}
	ofTerm := func(k key) {
		item, ok := s.edition.Item(k.item)
		if !ok || seen[k] || !recurs(item.Frequency) {
			return
		}
		seen[k] = true
		if t, ok := newTerm(item, 0, k.period, r.holidays); ok && !t.end.Before(r.rules.From) {
			count(r.ofTerm(s.today, &t, v))
		}
	}
	for k := range v.first {
		ofTerm(k)
	}
	for k := range v.exceptions {
		ofTerm(k)
	}
	for i := range f.Events {
		if d, ok := r.ofEvent(s, &f.Events[i], v); ok {
			count(d)
		}
	}
	return out
}

// moves collects by how much counts of places differ from what is true.
type moves map[region.Code]map[tallyKey]int

// compare notes for a village, and all places above it, what lies between its
// counted rows and the truth. It reports whether anything does.
func (m moves) compare(village region.Code, counted []Tally, truth map[tallyKey]int) bool {
	diff := make(map[tallyKey]int, len(truth))
	for k, n := range truth {
		diff[k] = n
	}
	for _, t := range counted {
		diff[tallyKey{t.Item, t.Period, t.Kind, t.Until}] -= t.N
	}
	moved := false
	for k, n := range diff {
		if n == 0 {
			continue
		}
		moved = true
		for _, place := range append(village.Path(), "") { // "" is the whole country
			if m[place] == nil {
				m[place] = map[tallyKey]int{}
			}
			m[place][k] += n
		}
	}
	return moved
}

// list gives the moves in a fixed order, so that two transactions never wait
// for each other in a ring; what cancels out is left out.
func (m moves) list() []Tally {
	var out []Tally
	for place, rows := range m {
		for k, n := range rows {
			if n != 0 {
				out = append(out, Tally{Place: place, Item: k.item, Period: k.period, Kind: k.kind, Until: k.until, N: n})
			}
		}
	}
	slices.SortFunc(out, func(a, b Tally) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Item, b.Item), cmp.Compare(a.Period, b.Period),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Until, b.Until))
	})
	return out
}
