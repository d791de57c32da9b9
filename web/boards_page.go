package web

import (
	"context"
	"errors"
	"strconv"

	"cunwu/service/account"
	"cunwu/service/ranking"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

// listsPage is "/r/:code/boards".
type listsPage struct {
	Place     region.Region
	Path      []region.Region
	Village   bool
	Only      redblack.Kind // "" both lists and the rankings
	First     bool
	Rules     *rulesPage // nil: not announced, or above a village
	Red       listPart
	Black     listPart
	Apologies []apology
	Ranked    *ranked // nil: no rankings here
	New       string  // where a villager nominates, "" for nowhere
	SignsIn   bool
	Name      string // of who is signed in, "" for a stranger
}

// listPart is a page of one list.
type listPart struct {
	Kind  redblack.Kind
	Items []entryItem
	Next  string
	Named bool // the caller is shown a name on it
}

// entryItem is an entry as it stands in a list.
type entryItem struct {
	redblack.Entry
	Red       bool
	Where     string // village, group and month in words
	Status    string
	Until     string
	ClauseURL string
	Endorsed  int64
	Past      bool // no longer on the list
}

// apology is one for a black entry that should not have been.
type apology struct {
	redblack.Apology
	Until string
}

// perList is how many entries of a list a page shows.
const perList = 20

// listsOf gathers the page. Above a village nobody is shown more than a stranger
// is: the lists of many villages together are nobody's own.
func (w *Web) listsOf(ctx context.Context, who account.Caller, q listsQuery) (listsPage, error) {
	m := listsPage{Village: q.place.Level() == region.Village, Only: q.list, First: q.before == 0, SignsIn: w.sessions != nil}
	if who.Known() {
		m.Name = nameOf(who)
	}
	if !m.Village {
		who = account.Caller{}
	}
	var err error
	if m.Place, err = w.places.Region(ctx, q.place); err != nil {
		return m, err
	}
	if m.Path, err = w.places.Path(ctx, q.place); err != nil {
		return m, err
	}
	if m.Village {
		if m.Rules, err = w.rulesInShort(ctx, q.place); err != nil {
			return m, err
		}
		if m.Rules != nil && m.Rules.InEffect && w.sessions != nil {
			m.New = listsURL(q.place) + "/new"
		}
	}
	for _, part := range []*listPart{&m.Red, &m.Black} {
		part.Kind = redblack.Red
		if part == &m.Black {
			part.Kind = redblack.Black
		}
		if q.list == "" || q.list == part.Kind {
			if err = w.fillList(ctx, who, q, part, &m); err != nil {
				return m, err
			}
		}
	}
	if q.list == "" && w.rankings != nil {
		m.Ranked, err = w.ranked(ctx, q)
	}
	return m, err
}

// fillList reads one list, and with the black one its apologies.
func (w *Web) fillList(ctx context.Context, who account.Caller, q listsQuery, part *listPart, m *listsPage) error {
	b, err := w.redblack.Board(ctx, who, redblack.BoardQuery{Region: q.place, Kind: part.Kind, Before: q.before, Limit: perList})
	if err != nil {
		return err
	}
	for _, e := range b.Entries {
		if e.Kind == part.Kind {
			i := itemOf(e, who, q.place)
			part.Items, part.Named = append(part.Items, i), part.Named || i.Name != ""
		}
	}
	if err := w.countEndorsements(ctx, part.Items); err != nil {
		return err
	}
	if b.Next != 0 {
		part.Next = listsQuery{place: q.place, list: part.Kind, before: b.Next}.url()
	}
	if part.Kind != redblack.Black || q.before != 0 {
		return nil
	}
	for _, a := range b.Apologies {
		m.Apologies = append(m.Apologies, apology{Apology: a, Until: day(a.ShownTil)})
	}
	return nil
}

func (w *Web) countEndorsements(ctx context.Context, items []entryItem) error {
	if w.rankings == nil {
		return nil
	}
	var ids []string
	for _, i := range items {
		if i.Red {
			ids = append(ids, i.ID)
		}
	}
	counts, err := w.rankings.Endorsements(ctx, ids)
	for i := range items {
		items[i].Endorsed = counts[items[i].ID]
	}
	return err
}

// itemOf puts an entry into words. Whatever the service gave, black has no
// picture, and no name or reply but for a verified villager of that village.
func itemOf(e redblack.Entry, who account.Caller, place region.Code) entryItem {
	if e.Kind == redblack.Black {
		e.Photo = nil
		if who.Standing == account.Unbound || who.ResidentID == "" || who.Village != e.Region {
			e.Name, e.Reply = "", ""
		}
	}
	i := entryItem{Entry: e, Red: e.Kind == redblack.Red, ClauseURL: clauseURL(e.Region, e.Clause.Version, e.Clause.Code)}
	if e.Region != place {
		i.Where = e.RegionName
	}
	i.Where += e.GroupName
	if e.Month != "" {
		if i.Where != "" {
			i.Where += "，"
		}
		i.Where += period(e.Month)
	}
	i.Status, i.Past = e.StateName, !e.State.OnBoard()
	if e.State == redblack.Notice && !e.NoticeEnd.IsZero() {
		i.Until = "公示到" + day(e.NoticeEnd)
	}
	if e.State == redblack.Listed && !e.ExpiresAt.IsZero() {
		i.Until = "展示到" + day(e.ExpiresAt)
	}
	return i
}

// clauseURL leads to a clause in the words of a version of the covenant.
func clauseURL(village region.Code, version int, code string) string {
	return textURL(village, "covenant") + "/" + strconv.Itoa(version) + "#" + code
}

// rulesInShort is what the lists say of the rules; nil where none were announced.
func (w *Web) rulesInShort(ctx context.Context, village region.Code) (*rulesPage, error) {
	a, err := w.redblack.Announcement(ctx, village)
	if errors.Is(err, redblack.ErrNotAnnounced) {
		return nil, nil //nolint:nilnil // there is none: the page says so
	}
	if err != nil {
		return nil, err
	}
	m := w.rulesOf(a)
	return &m, nil
}

// ranked is the ranking on the page of the lists.
type ranked struct {
	Heading string
	Lead    string
	By      []tab
	Periods []tab
	Rows    []rankedRow
	More    bool // there are more rows than are shown
	Period  string
}

// rankedRow is one row in words.
type rankedRow struct {
	Rank   string // 第2名
	Tied   bool   // 并列
	Title  string
	URL    string
	Where  string
	Figure string
	Small  bool
}

// mostRanked is how many rows a page shows: nobody reads more.
const mostRanked = 20

func (w *Web) ranked(ctx context.Context, q listsQuery) (*ranked, error) {
	p, err := w.rankings.Page(ctx, ranking.Query{Region: q.place, By: q.by, Period: q.period, Limit: mostRanked})
	if err != nil {
		return nil, err
	}
	m := &ranked{More: p.Next != nil, Period: periodName(q.period), By: q.byTabs(), Periods: q.periodTabs(w.clock.Now())}
	m.Heading, m.Lead = rankedWords(q)
	for _, r := range p.Items {
		m.Rows = append(m.Rows, rankedRowOf(r, q))
	}
	return m, nil
}
