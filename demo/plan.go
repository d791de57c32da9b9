package demo

import (
	"sort"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/disclosure"
)

// posting is one disclosure of the sample with everything that happens to it.
type posting struct {
	desk   *desk
	item   string
	period string
	paper  paper // as it stands at the end
	first  paper // as it was before an objection or a correction, if any
	steps  []step
	report bool // the text is made by the service, from its records

	questions  []asked
	photos     []photo
	households []disclosure.HouseholdEntry // told a few minutes after the publication
}

// step is one act on a posting at its time.
type step struct {
	at     time.Time
	action string // "draft", "edit" or an action of the procedure
	by     string // "clerk", "supervisor", "director"
	fields map[string]string
}

// Names of the acts, as the procedure has them.
const (
	actDraft    = "draft"
	actEdit     = "edit"
	actSubmit   = "submit"
	actApprove  = "approve"
	actObject   = "object"
	actConfirm  = "confirm"
	actPublish  = "publish"
	actWithdraw = "withdraw"
)

// planner lays out all postings in time.
type planner struct {
	span span
	out  []posting
	kept map[string]int  // files kept so far, by village and kind
	seen map[string]bool // postings so far, by village, item and period
}

// plan gives all postings of the villages in the order in which they are begun. It is pure: the same seed and day give
// the same plan. Every step lies before the day of the first start.
func plan(seed uint64, now time.Time, of ...profile) []posting {
	out, _ := planAll(seed, now, of...)
	return out
}

// planAll gives the postings and what is entered about the duties of the
// villages, in no order.
func planAll(seed uint64, now time.Time, of ...profile) ([]posting, []ruling) {
	p := &planner{span: spanUntil(now), kept: map[string]int{}, seen: map[string]bool{}}
	var rulings []ruling
	for _, v := range of {
		k, from := newDesk(seed, p.span, v), len(p.out)
		p.standing(k)
		p.months(k)
		p.quarters(k)
		p.halves(k)
		p.years(k)
		p.events(k)
		p.fromRecords(k)
		p.pending(k)
		p.fresh(k)
		p.afterwards(k, from)
		rulings = append(rulings, k.rulings(p.out[from:])...)
	}
	sort.SliceStable(p.out, func(i, j int) bool { return p.out[i].steps[0].at.Before(p.out[j].steps[0].at) })
	return p.out, rulings
}

// add lays out one posting that is published on a day in the ordinary way:
// drafted some days before, reviewed, confirmed. What would lie in the future
// is left undone, so that the latest ones are still under way.
func (p *planner) add(k *desk, item, period string, day time.Time, c paper) *posting {
	d := k.dice("steps/"+item, period)
	day = workday(day)
	published := day.Add(time.Duration(d.between(11*60, 16*60+30)) * time.Minute)
	confirmed := published.Add(-time.Duration(d.between(25, 100)) * time.Minute)
	reviewed := officeHours(confirmed.AddDate(0, 0, -d.between(0, 2)), d)
	if !reviewed.Before(confirmed) {
		reviewed = confirmed.Add(-time.Duration(d.between(20, 40)) * time.Minute)
	}
	submitted := officeHours(reviewed.AddDate(0, 0, -d.between(0, 3)), d)
	if !submitted.Before(reviewed) {
		submitted = reviewed.Add(-time.Duration(d.between(10, 20)) * time.Minute)
	}
	drafted := submitted.Add(-time.Duration(d.between(8, 15)) * time.Minute)
	if from := happened(period); drafted.Before(from) && !day.Before(from.Add(-10*time.Hour)) {
		// Nobody writes of a thing before it has happened: all on the last day.
		opening := day.Add(8*time.Hour + 30*time.Minute)
		if opening.Before(from) {
			opening = from
			published = from.Add(time.Duration(d.between(3*60, 6*60)) * time.Minute)
		}
		gap := published.Sub(opening) / 5
		drafted, submitted, reviewed, confirmed = opening.Add(gap), opening.Add(2*gap), opening.Add(3*gap), opening.Add(4*gap)
	}
	return p.put(posting{desk: k, item: item, period: period, paper: p.trimmed(k, c), steps: []step{
		{at: drafted, action: actDraft, by: "clerk"},
		{at: submitted, action: actSubmit, by: "clerk"},
		{at: reviewed, action: actApprove, by: "supervisor", fields: map[string]string{"opinion": opinion(d, len(c.Lines) > 0)}},
		{at: confirmed, action: actConfirm, by: "director", fields: map[string]string{"note": "两委会看过，同意公布。"}},
		{at: published, action: actPublish, by: "clerk"},
	}})
}

// happened gives half past nine of the day that a period names, or zero.
func happened(period string) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, period, calendar.China)
	if err != nil {
		return time.Time{}
	}
	return day.Add(9*time.Hour + 30*time.Minute)
}

// officeHours moves t to a time of day at which a village office is open, and
// back to Friday from a weekend.
func officeHours(t time.Time, d dice) time.Time {
	for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = t.AddDate(0, 0, -1)
	}
	return date(t.Year(), int(t.Month()), t.Day()).Add(time.Duration(d.between(9*60, 16*60+30)) * time.Minute)
}

// put keeps a posting if it has begun before today, without the steps that have
// not. Two of one item cannot fall on one day; the later one is dropped.
func (p *planner) put(x posting) *posting {
	n := 0
	for n < len(x.steps) && x.steps[n].at.Before(p.span.today) {
		n++
	}
	if n == 0 || x.steps[0].at.Before(p.span.begin()) {
		return nil
	}
	key := x.desk.v.name + x.item + x.period
	if p.seen[key] {
		return nil
	}
	p.seen[key] = true
	x.steps = x.steps[:n]
	p.out = append(p.out, x)
	return &p.out[len(p.out)-1]
}

// mostPictures bounds the files of each kind that a large village shows; a small
// one shows one less. Taking in a picture costs more than the rest of a posting.
const mostPictures = 3

// trimmed drops files of which the village has shown enough.
func (p *planner) trimmed(k *desk, c paper) paper {
	var files []file
	for _, f := range c.files {
		key, most := k.v.name+"/picture", mostPictures
		if f.scene == "" {
			key = k.v.name + "/pdf"
		}
		if !k.v.large {
			most--
		}
		if f.line > 0 || p.kept[key] < most {
			if f.line == 0 {
				p.kept[key]++
			}
			files = append(files, f)
		}
	}
	c.files = files
	return c
}

func opinion(d dice, money bool) string {
	if money {
		return d.pick([]string{"逐张看过票据，金额对得上，同意公布。", "票据齐全，同意。", "核对过合计和结余，没有差错，同意公布。", "有一张发票当场补了清单，其余没有问题，同意。"})
	}
	return d.pick([]string{"内容属实，同意公布。", "和会议记录一致，同意。", "已向有关农户核实，同意公布。", "写得清楚，没有意见。"})
}

// published tells when the posting first came out, zero if it has not.
func (x posting) published() time.Time {
	for _, s := range x.steps {
		if s.action == actPublish {
			return s.at
		}
	}
	return time.Time{}
}

// last gives the latest act.
func (x posting) last() step { return x.steps[len(x.steps)-1] }
