package web

import (
	"context"
	"errors"
	"net/url"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/region"
)

// concernsPage is "/r/:code/concerns".
type concernsPage struct {
	Place      region.Region
	Path       []region.Region
	Tabs       []tab
	Groups     []option // of a village; empty elsewhere
	Categories []option
	Open       string // as the address says it
	Filtered   bool
	Items      []concernItem
	First      bool
	Next       string
	Raise      string // address of the form, "" where one cannot say anything here
}

// concernItem is one concern in a list.
type concernItem struct {
	concern.Concern
	Where  string // the village, where the list is of a larger place
	Holder string
	Rated  string
	Before *picture
	After  *picture
}

// option is one choice of a form.
type option struct {
	Value, Name string
	Words       string // what it means, where that is not plain
	Here        bool
}

// concernFilter is what a list is asked by.
type concernFilter struct {
	place, group   region.Code
	category, open string
	cursor         string
}

func (f concernFilter) url() string {
	v := url.Values{}
	for name, value := range map[string]string{"group": string(f.group), "category": f.category, "open": f.open, "cursor": f.cursor} {
		if value != "" {
			v.Set(name, value)
		}
	}
	u := "/r/" + string(f.place) + "/concerns"
	if len(v) > 0 {
		u += "?" + v.Encode()
	}
	return u
}

func (f concernFilter) query() concern.Query {
	q := concern.Query{Region: f.place, Group: f.group, Category: f.category, Cursor: f.cursor, Limit: perPage}
	if f.open != "" {
		open := f.open == "1"
		q.Open = &open
	}
	return q
}

// filterOf reads what is asked; what we do not know is ignored.
func filterOf(c *gin.Context) (concernFilter, error) {
	v := c.Request.URL.Query()
	f := concernFilter{
		place: region.Code(c.Param("code")), group: region.Code(v.Get("group")), category: v.Get("category"), open: v.Get("open"), cursor: v.Get("cursor"),
	}
	if !f.place.Valid() {
		return f, region.ErrNotFound
	}
	if f.group != "" && (!f.group.Valid() || f.group.Level() != region.Group || !f.place.Contains(f.group)) {
		return f, region.ErrNotFound
	}
	if f.open != "1" && f.open != "0" {
		f.open = ""
	}
	return f, nil
}

// concernList is "/r/:code/concerns".
func (w *Web) concernList(c *gin.Context) {
	big := isBig(c.Request)
	if w.fastToday(c, big) {
		return
	}
	f, err := filterOf(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	here := f.url()
	w.pageOfDay(c, string(f.place), here, big, func(ctx context.Context) ([]byte, error) {
		m, err := w.concernsOf(ctx, f)
		if err != nil {
			return nil, err
		}
		return w.render("concerns", frame{
			Title: m.Place.Short + "的村民说事", Description: m.Place.Name + "的村民说了什么事，谁在办，办得怎样。",
			Big: big, Here: here, NoIndex: !m.First || m.Filtered, Main: m,
		})
	})
}

func (w *Web) concernsOf(ctx context.Context, f concernFilter) (concernsPage, error) {
	m := concernsPage{First: f.cursor == "", Open: f.open, Filtered: f.group != "" || f.category != "" || f.open != ""}
	var err error
	if m.Place, err = w.places.Region(ctx, f.place); err != nil {
		return m, err
	}
	if m.Path, err = w.places.Path(ctx, f.place); err != nil {
		return m, err
	}
	page, err := w.concerns.Concerns(ctx, account.Caller{}, f.query())
	if err != nil {
		return m, err
	}
	for _, one := range page.Items {
		i, err := w.concernItem(ctx, f.place, one)
		if err != nil {
			return m, err
		}
		m.Items = append(m.Items, i)
	}
	if page.Next != "" {
		next := f
		next.cursor = page.Next
		m.Next = next.url()
	}
	m.Categories = w.categories(f.category, "所有的事")
	if m.Place.Level == region.Village {
		if m.Groups, err = w.groups(ctx, f.place, f.group, "全村"); err != nil {
			return m, err
		}
		if w.sessions != nil {
			m.Raise = raiseURL(f.place)
		}
	}
	for _, t := range []tab{{Name: "全部"}, {Name: "还没了结"}, {Name: "已经了结"}} {
		to := f
		to.cursor, to.open = "", map[string]string{"还没了结": "1", "已经了结": "0"}[t.Name]
		t.URL, t.Here = to.url(), to.open == f.open
		m.Tabs = append(m.Tabs, t)
	}
	return m, nil
}

// concernItem makes a line of a list. What is over is shown as it was and as it
// is now; lists carry no timeline, so it is asked for.
func (w *Web) concernItem(ctx context.Context, place region.Code, one concern.Concern) (concernItem, error) {
	i := concernItem{Concern: one, Holder: holder(one), Rated: ratingLine(one)}
	if one.Region != place {
		i.Where = one.RegionName
	}
	i.Before = firstOf(pictures(one.Photos, ""))
	if one.Result == "" || one.State.Open() && one.State != concern.Done {
		return i, nil
	}
	whole, err := w.concerns.Concern(ctx, account.Caller{}, one.ID)
	if errors.Is(err, concern.ErrNotFound) { // hidden since it was listed
		return i, nil
	}
	i.After = firstOf(pictures(afterOf(whole), ""))
	return i, err
}

func firstOf(ps []picture) *picture {
	for _, p := range ps {
		if p.Thumb != "" {
			return &p
		}
	}
	return nil
}

// categories lists the kinds of concerns; all names the choice of none, "" for
// no such choice.
func (w *Web) categories(here, all string) []option {
	var out []option
	if all != "" {
		out = append(out, option{Name: all, Here: here == ""})
	}
	for _, c := range w.concerns.Rules().Categories {
		out = append(out, option{Value: c.Code, Name: c.Name, Here: c.Code == here})
	}
	return out
}

// groups lists the groups of a village; whole names the choice of none. A
// village without groups in the tree has no choice.
func (w *Web) groups(ctx context.Context, village, here region.Code, whole string) ([]option, error) {
	below, err := w.places.Children(ctx, village)
	if err != nil || len(below) == 0 {
		return nil, err
	}
	out := []option{{Name: whole, Here: here == ""}}
	for _, g := range below {
		out = append(out, option{Value: string(g.Code), Name: g.Short, Here: g.Code == here})
	}
	return out, nil
}

func concernsURL(code region.Code) string { return concernFilter{place: code}.url() }

func raiseURL(village region.Code) string { return "/v/new?region=" + string(village) }
