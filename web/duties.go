package web

import (
	"context"
	"errors"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/calendar"
	"cunwu/service/duty"
	"cunwu/service/region"
)

// Duties is what the pages need of the disclosure clock.
type Duties interface {
	// Duties gives the duties of a village, newest due first.
	Duties(ctx context.Context, q duty.Query) (duty.Page, error)
	// Counts gives the numbers of duties of the places under a place.
	Counts(ctx context.Context, place region.Code, only duty.State) (duty.Counts, error)
}

// dutyKind is a group of states that people see as one.
type dutyKind struct {
	Key    string // in addresses
	Name   string
	States []duty.State
}

// dutyKinds are the groups in the order of the page: what is owed comes first.
var dutyKinds = []dutyKind{
	{"overdue", "逾期没有公开", []duty.State{duty.Overdue, duty.VeryOverdue}},
	{"due", "应公开，还没到最后一天", []duty.State{duty.Due}},
	{"extended", "经批准延期", []duty.State{duty.Extended}},
	{"done_late", "逾期后公开了", []duty.State{duty.DoneLate}},
	{"done", "按时公开了", []duty.State{duty.Done}},
	{"not_applicable", "认定不适用", []duty.State{duty.NotApplicable}},
	{"upcoming", "以后要公开", []duty.State{duty.Upcoming}},
}

// dutiesPage is what a village owes its people, or the numbers of a higher
// place.
type dutiesPage struct {
	Place    region.Region
	Path     []region.Region
	Village  bool
	Gone     bool // the place owes nothing any more
	Today    time.Time
	Tabs     []tab
	Groups   []dutyGroup
	Villages int
	Numbers  []dutyNumber // of a higher place
	Children []dutyPlace
	Items    []dutyTotal
	All      bool // nothing was chosen
}

type dutyGroup struct {
	Name  string
	Late  bool
	Fold  bool
	Count int
	Items []dutyShown
	More  string // address of the whole group where only a part is shown
}

// dutyShown is one duty in words.
type dutyShown struct {
	Name, Period string
	Words        string
	Because      string // what started the clock, "" for what recurs
	Reason       string // of an exception
	By           string // who decided it
	Very         bool
	URL          string // of the posting, "" while there is none
}

// dutyNumber is a number of duties; nought is not shown.
type dutyNumber struct {
	Name string
	N    int
	Late bool
}

type dutyPlace struct {
	Name, URL string
	Villages  int
	Numbers   []dutyNumber
}

type dutyTotal struct {
	Name    string
	Numbers []dutyNumber
}

// dutyList is "/r/:code/duties".
func (w *Web) dutyList(c *gin.Context) {
	big := isBig(c.Request)
	if w.fastToday(c, big) {
		return
	}
	place, state := region.Code(c.Param("code")), c.Request.URL.Query().Get("state")
	known := state == "" || slices.ContainsFunc(dutyKinds, func(k dutyKind) bool { return k.Key == state })
	if !place.Valid() || !known {
		err := error(duty.ErrState)
		if !place.Valid() {
			err = region.ErrNotFound
		}
		w.refuse(c, err)
		return
	}
	here := dutiesURL(place, state)
	w.pageOfDay(c, string(place), here[1:], big, func(ctx context.Context) ([]byte, error) {
		m, err := w.dutySheet(ctx, place, state)
		if err != nil {
			return nil, err
		}
		return w.render("duties", frame{
			Title: m.Place.Short + "该公开的公开了吗", Description: m.Place.Name + "按规定该公开的事项，哪些公开了，哪些逾期。",
			Big: big, Here: here, NoIndex: state != "", Feed: feedOf(place), Main: m,
		})
	})
}

func dutiesURL(place region.Code, state string) string {
	u := "/r/" + string(place) + "/duties"
	if state != "" {
		u += "?state=" + state
	}
	return u
}

func (w *Web) dutySheet(ctx context.Context, place region.Code, state string) (dutiesPage, error) {
	m := dutiesPage{Village: place.Level() == region.Village, Today: w.clock.Now(), All: state == ""}
	var err error
	if m.Place, err = w.places.Region(ctx, place); err != nil {
		return m, err
	}
	if m.Path, err = w.places.Path(ctx, place); err != nil {
		return m, err
	}
	m.Tabs = []tab{{Name: "全部", URL: dutiesURL(place, ""), Here: m.All}}
	for _, k := range dutyKinds {
		m.Tabs = append(m.Tabs, tab{Name: k.Name, URL: dutiesURL(place, k.Key), Here: k.Key == state})
	}
	if m.Village {
		err = w.villageDuties(ctx, &m, state)
	} else {
		err = w.placeDuties(ctx, &m, state)
	}
	if errors.Is(err, region.ErrGone) {
		m.Gone, err = true, nil
	}
	return m, err
}

// mostShown is how many of a group the whole page shows, mostLate of what is
// owed; more is on the page of the group.
const (
	mostShown = 20
	mostLate  = 40
)

func (w *Web) villageDuties(ctx context.Context, m *dutiesPage, state string) error {
	var all []duty.Duty
	for before := int64(0); ; {
		page, err := w.duties.Duties(ctx, duty.Query{Region: m.Place.Code, Before: before, Limit: duty.MostDuties})
		if err != nil {
			return err
		}
		all = append(all, page.Items...)
		if before = page.Next; before == 0 {
			break
		}
	}
	for _, k := range dutyKinds {
		if state != "" && k.Key != state {
			continue
		}
		if g := groupOf(k, all, m); g.Count > 0 {
			m.Groups = append(m.Groups, g)
		}
	}
	return nil
}

func groupOf(k dutyKind, all []duty.Duty, m *dutiesPage) dutyGroup {
	g := dutyGroup{Name: k.Name, Late: k.Key == "overdue", Fold: k.Key == "upcoming" && m.All}
	var of []duty.Duty
	for _, d := range all {
		if slices.Contains(k.States, d.State) {
			of = append(of, d)
		}
	}
	switch k.Key {
	case "overdue", "due", "extended", "upcoming": // what waits longest, or is due first
		sort.SliceStable(of, func(i, j int) bool { return lastDay(of[i]).Before(lastDay(of[j])) })
	}
	most := mostShown
	if g.Late {
		most = mostLate
	}
	if g.Count = len(of); m.All && g.Count > most {
		of, g.More = of[:most], dutiesURL(m.Place.Code, k.Key)
	}
	for _, d := range of {
		g.Items = append(g.Items, dutyWords(d, m.Today))
	}
	return g
}

// lastDay is the day until which a duty is in time: that of a running extension
// where there is one.
func lastDay(d duty.Duty) time.Time {
	if x := d.Exception; x != nil && x.Kind == duty.Extension {
		if t, err := time.ParseInLocation(time.DateOnly, x.Until, calendar.China); err == nil {
			return t
		}
	}
	return d.DueOn
}

// dutyWords tells one duty as a neighbour would.
func dutyWords(d duty.Duty, today time.Time) dutyShown {
	s := dutyShown{Name: d.ItemName, Period: period(d.Period), Very: d.State == duty.VeryOverdue}
	if d.DisclosureID != "" {
		s.URL = "/d/" + d.DisclosureID
	}
	last := lastDay(d)
	switch d.State {
	case duty.Overdue, duty.VeryOverdue:
		s.Words = "应在" + day(last) + "前公开，已逾期 " + strconv.Itoa(max(days(last, today), 1)) + " 天"
	case duty.Due, duty.Upcoming:
		s.Words = "应在" + day(last) + "前公开"
	case duty.Extended:
		s.Words = "原定" + day(d.DueOn) + "前，延到" + day(last) + "前公开"
	case duty.DoneLate:
		s.Words = "应在" + day(last) + "前，" + day(d.DoneAt) + "才公开"
		if n := days(last, d.DoneAt); n > 0 {
			s.Words += "，迟了 " + strconv.Itoa(n) + " 天"
		}
	case duty.Done:
		s.Words = day(d.DoneAt) + "公开，最后一天是" + day(last)
	case duty.NotApplicable:
		s.Words = "这一期不用公开"
	}
	if d.Provisional && (d.State == duty.Due || d.State == duty.Upcoming) {
		s.Words += "（当年放假安排还没公布，日期是暂算的）"
	}
	if x := d.Exception; x != nil {
		s.Reason, s.By = x.Reason, x.DecidedBy+"，"+day(x.At)
	}
	if e := d.Event; e != nil {
		s.Because = date(e.On) + "：" + e.Title
		if e.Kind == duty.Demanded {
			s.Because = date(e.On) + "村民联名要求公开"
		}
	}
	return s
}

// placeDuties gives the numbers of a higher place. Places and items stand in
// the order of their codes: a list by lateness would be a league table, and
// punish those who record honestly.
func (w *Web) placeDuties(ctx context.Context, m *dutiesPage, state string) error {
	counts, err := w.duties.Counts(ctx, m.Place.Code, "")
	if err != nil {
		return err
	}
	m.Villages, m.Numbers = counts.Villages, numbersOf(counts.Total, state)
	children := slices.Clone(counts.Children)
	sort.SliceStable(children, func(i, j int) bool { return children[i].Place < children[j].Place })
	for _, c := range children {
		p := dutyPlace{Name: c.Name, URL: dutiesURL(c.Place, state), Numbers: numbersOf(c.Numbers, state)}
		if c.Place.Level() != region.Village {
			p.Villages = c.Villages
		}
		if m.All || len(p.Numbers) > 0 {
			m.Children = append(m.Children, p)
		}
	}
	names, sums, codes := map[string]string{}, map[string]duty.Numbers{}, []string{}
	for _, i := range counts.Items {
		n, seen := sums[i.ItemCode]
		if !seen {
			names[i.ItemCode] = i.ItemName
			codes = append(codes, i.ItemCode)
		}
		for k := range n {
			n[k] += i.Numbers[k]
		}
		sums[i.ItemCode] = n
	}
	sort.Strings(codes)
	for _, code := range codes {
		if n := numbersOf(sums[code], state); len(n) > 0 {
			m.Items = append(m.Items, dutyTotal{names[code], n})
		}
	}
	return nil
}

func numbersOf(n duty.Numbers, state string) []dutyNumber {
	var out []dutyNumber
	for _, k := range dutyKinds {
		if state != "" && k.Key != state {
			continue
		}
		sum := 0
		for _, s := range k.States {
			sum += n.Of(s)
		}
		if sum > 0 {
			out = append(out, dutyNumber{k.Name, sum, k.Key == "overdue"})
		}
	}
	return out
}
