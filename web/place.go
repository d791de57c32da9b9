package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

const perPage = 20

// placePage is the notice board of a place: its feed and what lies below it.
type placePage struct {
	Place    region.Region
	Path     []region.Region // above the place
	Children []region.Region
	Below    string // what the children are called
	Tabs     []tab
	Category string // name of the chosen category
	Items    []item
	First    bool
	Newest   string // address of the first page
	Next     string // address of the next page, "" at the end
	More     []tab  // what is gathered from the postings
	Finds    bool   // the place can be searched
	Talks    string // address of the consultations, "" for none
	Concerns string // address of what villagers say, "" for none
	Polls    string // address of the ballots, "" for none
	Councils string // address of the bodies of villages, "" for none
	Lists    string // address of the red and black list, "" for none
	Covenant string // address of a village's covenant, "" for none
}

// item is one entry of the feed; Where names the places between the board's own
// and the one that published, "" where that is the same.
type item struct {
	disclosure.Item
	Where  string
	Totals []total
}

// tab is one choice of category.
type tab struct {
	Name string
	URL  string
	Here bool
}

// place is "/r/:code".
func (w *Web) place(c *gin.Context) {
	big := isBig(c.Request)
	if w.fast(c, big) {
		return
	}
	if w.finder != nil && c.Request.URL.Query().Has("q") {
		w.find(c, big)
		return
	}
	q, err := placeQuery(c)
	if err != nil {
		w.refuse(c, err)
		return
	}
	here := placeURL(q.Region, q.Category, q.Before)
	w.page(c, string(q.Region), here, big, func(ctx context.Context) ([]byte, error) {
		m, err := w.board(ctx, q)
		if err != nil {
			return nil, err
		}
		return w.render("place", frame{
			Title: m.Place.Short, Description: m.Place.Name + "公开的村务：财务、项目、补贴、决策。",
			Big: big, Here: here, NoIndex: q.Before != 0, Feed: feedOf(q.Region), Main: m,
		})
	})
}

// placeQuery reads what is asked. Parameters that we do not know are ignored:
// the platforms through which people share links add their own.
func placeQuery(c *gin.Context) (disclosure.FeedQuery, error) {
	q := disclosure.FeedQuery{Region: region.Code(c.Param("code")), Limit: perPage}
	if !q.Region.Valid() {
		return q, region.ErrNotFound
	}
	values := c.Request.URL.Query()
	q.Category = values.Get("category")
	var err error
	q.Before, err = cursorOf(values.Get("cursor"))
	return q, err
}

func placeURL(code region.Code, category string, before int64) string {
	v := url.Values{}
	if category != "" {
		v.Set("category", category)
	}
	if before != 0 {
		v.Set("cursor", strconv.FormatInt(before, 36))
	}
	u := "/r/" + string(code)
	if len(v) > 0 {
		u += "?" + v.Encode()
	}
	return u
}

// board gathers the page of a place.
func (w *Web) board(ctx context.Context, q disclosure.FeedQuery) (placePage, error) {
	m := placePage{First: q.Before == 0, Newest: placeURL(q.Region, q.Category, 0)}
	var err error
	if m.Place, err = w.places.Region(ctx, q.Region); err != nil {
		return m, err
	}
	path, err := w.places.Path(ctx, q.Region)
	if err != nil {
		return m, err
	}
	if len(path) > 0 {
		m.Path = path[:len(path)-1]
	}
	if m.First {
		if m.Children, err = w.places.Children(ctx, q.Region); err != nil {
			return m, err
		}
		m.Below = levelNames[below(q.Region.Level())]
		m.More, m.Finds = w.more(q.Region), w.finder != nil
	}
	if w.consultations != nil && m.First {
		m.Talks = talksURL(q.Region, 0)
	}
	if w.concerns != nil && m.First {
		m.Concerns = concernsURL(q.Region)
	}
	if w.ballots != nil && m.First {
		m.Polls = pollsURL(q.Region, 0)
	}
	if w.councils != nil && m.First {
		m.Councils = councilsURL(q.Region, 0)
	}
	if w.redblack != nil && m.First && q.Region.Level() <= region.Village {
		m.Lists = listsURL(q.Region)
	}
	if w.covenants != nil && m.First && q.Region.Level() == region.Village {
		m.Covenant = textURL(q.Region, "covenant")
	}
	if m.Tabs, err = w.tabs(ctx, q, &m.Category); err != nil {
		return m, err
	}
	page, err := w.disclosures.Feed(ctx, account.Caller{}, q)
	if err != nil {
		return m, err
	}
	for _, i := range page.Items {
		m.Items = append(m.Items, item{Item: i, Where: within(q.Region, i), Totals: totalsOf(i.IncomeFen, i.ExpenseFen)})
	}
	if page.Next != 0 {
		m.Next = placeURL(q.Region, q.Category, page.Next)
	}
	return m, nil
}

func (w *Web) tabs(ctx context.Context, q disclosure.FeedQuery, chosen *string) ([]tab, error) {
	edition, err := w.disclosures.Catalogue(ctx, q.Region)
	if err != nil {
		return nil, err
	}
	out := []tab{{Name: "全部", URL: placeURL(q.Region, "", 0), Here: q.Category == ""}}
	for _, c := range edition.Categories {
		here := c.Code == q.Category
		if here {
			*chosen = c.Name
		}
		out = append(out, tab{Name: c.Name, URL: placeURL(q.Region, c.Code, 0), Here: here})
	}
	return out, nil
}

var levelNames = map[region.Level]string{
	region.City: "市（州）", region.County: "县（区）", region.Township: "乡镇（街道）", region.Village: "村（社区）", region.Group: "村民小组",
}

// belowNames count the children of a place.
var belowNames = map[region.Level]string{
	region.Province: "个市州", region.City: "个县区", region.County: "个乡镇", region.Township: "个村", region.Village: "个组",
}

// countBelow says how many children a place has, "" for none.
func countBelow(r region.Region) string {
	if r.Children == 0 {
		return ""
	}
	return strconv.Itoa(r.Children) + " " + belowNames[r.Level]
}

func below(l region.Level) region.Level {
	for _, next := range region.Levels {
		if next > l {
			return next
		}
	}
	return 0
}

// within names where an item comes from as seen from a place above it. The
// names of an item begin with the city.
func within(place region.Code, i disclosure.Item) string {
	if i.Region == place {
		return ""
	}
	known := 0
	for _, c := range place.Path() {
		if c.Level() >= region.City {
			known++
		}
	}
	if known >= len(i.PathNames) {
		return i.RegionName
	}
	return strings.Join(i.PathNames[known:], " ")
}
