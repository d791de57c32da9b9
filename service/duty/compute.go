package duty

import (
	"cmp"
	"slices"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/disclosure"
)

// reckoner computes duties from facts. It is pure.
type reckoner struct {
	rules    *Rules
	holidays *calendar.Holidays
}

// village is the facts of one village, in the order in which they are asked for.
type village struct {
	facts      Facts
	first      map[key]Posting // the earliest of an item and period
	exceptions map[key]*Exception
}

func newVillage(f Facts) village {
	v := village{facts: f, first: make(map[key]Posting, len(f.Postings)), exceptions: make(map[key]*Exception, len(f.Exceptions))}
	for _, p := range f.Postings {
		k := key{p.ItemCode, p.Period}
		if known, ok := v.first[k]; !ok || p.FirstAt.Before(known.FirstAt) {
			v.first[k] = p
		}
	}
	for i := range f.Exceptions {
		e := &f.Exceptions[i]
		v.exceptions[key{e.ItemCode, e.Period}] = e
	}
	return v
}

// deed is the publication that does a duty; at is zero where there is none.
type deed struct {
	id   string
	at   time.Time
	late bool
}

// deedOfTerm gives what does the duty of an item and period.
func (v village) deedOfTerm(k key) deed {
	p, ok := v.first[k]
	if !ok {
		return deed{}
	}
	return deed{id: p.ID, at: p.FirstAt, late: p.Late}
}

// deedSince gives the earliest publication of an item on or after a day, also
// of a new version of what had stood before: that is how a change of a standing
// item is made known.
func (v village) deedSince(item string, on, due time.Time) deed {
	var best deed
	for _, p := range v.facts.Postings {
		if p.ItemCode != item {
			continue
		}
		for _, at := range p.PublishedAt {
			if !at.Before(on) && (best.at.IsZero() || at.Before(best.at)) {
				best = deed{id: p.ID, at: at, late: calendar.Day(at).After(due)}
			}
		}
	}
	return best
}

// all gives the duties of a village on the schedule's day, newest due first.
func (r reckoner) all(s *schedule, f Facts) []Duty {
	if !f.Active {
		return nil
	}
	v := newVillage(f)
	out := make([]Duty, 0, len(s.terms)+len(f.Events))
	for i := range s.terms {
		out = append(out, r.ofTerm(s.today, &s.terms[i], v))
	}
	oldest := firstOfMonth(s.today.AddDate(0, -r.rules.WindowMonths, 0))
	for i := range f.Events {
		if d, ok := r.ofEvent(s, &f.Events[i], v); ok && !d.DueOn.Before(oldest) {
			out = append(out, d)
		}
	}
	arrange(s, out)
	return out
}

// arrange sorts by due day, newest first, and gives each duty its place, which
// stays the same from page to page.
func arrange(s *schedule, ds []Duty) {
	slices.SortFunc(ds, func(a, b Duty) int {
		return cmp.Or(b.DueOn.Compare(a.DueOn), cmp.Compare(s.order[a.ItemCode], s.order[b.ItemCode]), cmp.Compare(b.Period, a.Period))
	})
	const perItem, perDay = 1000, 1_000_000 // more of one item on one day than there are days in a year cannot be
	same := 0
	for i := range ds {
		if i > 0 && ds[i].ItemCode == ds[i-1].ItemCode && ds[i].DueOn.Equal(ds[i-1].DueOn) {
			same++
		} else {
			same = 0
		}
		ds[i].pos = ds[i].DueOn.Unix()/(24*60*60)*perDay + int64(perItem-1-s.order[ds[i].ItemCode])*perItem + int64(perItem-1-same)
	}
}

func (r reckoner) ofTerm(today time.Time, t *term, v village) Duty {
	k := key{t.item.Code, t.period}
	d := Duty{
		ItemCode: t.item.Code, ItemName: t.item.Name, Category: t.item.Category, Period: t.period,
		DueOn: t.due, Provisional: t.provisional,
	}
	r.settle(&d, today, t.end.AddDate(0, 0, 1), v.deedOfTerm(k), v.exceptions[k])
	return d
}

// ofEvent gives the duty that an event started; false where the catalogue in
// force does not know the item.
func (r reckoner) ofEvent(s *schedule, e *Event, v village) (Duty, bool) {
	item, ok := s.edition.Item(e.ItemCode)
	if !ok {
		return Duty{}, false
	}
	due, provisional, ok := r.rules.eventDue(item, *e, r.holidays)
	if !ok {
		return Duty{}, false
	}
	d := Duty{
		ItemCode: item.Code, ItemName: item.Name, Category: item.Category, Period: e.On,
		DueOn: due, Provisional: provisional, Event: e,
	}
	k := key{item.Code, e.On}
	done := v.deedOfTerm(k)
	if e.Kind == Demanded || item.Frequency == disclosure.Standing {
		on, _ := readDay(e.On)
		done = v.deedSince(item.Code, on, due)
	}
	r.settle(&d, s.today, time.Time{}, done, v.exceptions[k])
	return d, true
}

// settle gives a duty its state. What is disclosed is done, whatever was
// decided before; an extension moves the day from which it is late.
func (r reckoner) settle(d *Duty, today, opens time.Time, done deed, x *Exception) {
	d.Exception, d.limit = x, d.DueOn
	var until time.Time
	if x != nil && x.Kind == Extension {
		if day, ok := readDay(x.Until); ok && day.After(d.DueOn) {
			until, d.limit = day, day
		}
	}
	switch {
	case !done.at.IsZero():
		d.DisclosureID, d.DoneAt, d.State = done.id, done.at, Done
		late := done.late
		if !until.IsZero() {
			late = calendar.Day(done.at).After(until)
		}
		if late {
			d.State = DoneLate
		}
	case x != nil && x.Kind == Exemption:
		d.State = NotApplicable
	default:
		d.State = r.rules.stateOn(today, opens, d.DueOn, until)
	}
}

func firstOfMonth(d time.Time) time.Time { return d.AddDate(0, 0, 1-d.Day()) }
