package web

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/region"
	"cunwu/service/search"
)

// Finder is what the pages need for finding what was published.
type Finder interface {
	// Find gives a page of what matches, newest first.
	Find(ctx context.Context, q search.Query) (disclosure.FeedPage, error)
}

const (
	foundOnce    = 10 // each may be read for its excerpts
	mostExcerpts = 3
)

// findPage is what was found in a place.
type findPage struct {
	Place      region.Region
	Path       []region.Region
	Query      string
	Categories []choice
	Periods    []choice
	Problem    string // why nothing was looked for, in words
	Found      []hit
	First      bool
	Newest     string
	Next       string
}

// choice is one entry of a list to choose from.
type choice struct {
	Value, Name string
	Here        bool
}

// hit is a posting with what of it the words match.
type hit struct {
	item
	Title, Summary []part
	Excerpts       [][]part // lines, fields and paragraphs with the words, where title and summary have none
	Within         bool     // the words stand in what is not shown here
}

// part is a part of a text, and whether the words match it.
type part struct {
	Text   string
	Marked bool
}

// find is "/r/:code?q=". It is made for each reader: the index follows a
// publication after what was prepared is dropped, and a page made between the
// two would stay without it.
func (w *Web) find(c *gin.Context, big bool) {
	values := c.Request.URL.Query()
	before, err := cursorOf(values.Get("cursor"))
	if err != nil {
		w.refuse(c, err)
		return
	}
	q := search.Query{
		Text: values.Get("q"), Region: region.Code(c.Param("code")), Category: values.Get("category"), Period: values.Get("period"),
		Before: before, Limit: foundOnce,
	}
	if !q.Region.Valid() || !utf8.ValidString(q.Text) {
		w.refuse(c, region.ErrNotFound)
		return
	}
	m, err := w.findSheet(c.Request.Context(), q)
	if err != nil {
		w.refuse(c, err)
		return
	}
	body, err := w.render("find", frame{
		Title: "在" + m.Place.Short + "找“" + q.Text + "”", Big: big, Here: findURL(q), NoIndex: true, Main: m,
	})
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.own(c, "text/html; charset=utf-8", body)
}

func (w *Web) findSheet(ctx context.Context, q search.Query) (findPage, error) {
	first := q
	first.Before = 0
	m := findPage{Query: q.Text, First: q.Before == 0, Newest: findURL(first), Periods: periodChoices(w.clock.Now(), q.Period)}
	var err error
	if m.Place, err = w.places.Region(ctx, q.Region); err != nil {
		return m, err
	}
	if m.Path, err = w.places.Path(ctx, q.Region); err != nil {
		return m, err
	}
	edition, err := w.disclosures.Catalogue(ctx, q.Region)
	if err != nil {
		return m, err
	}
	m.Categories = []choice{{"", "全部类别", q.Category == ""}}
	for _, c := range edition.Categories {
		m.Categories = append(m.Categories, choice{c.Code, c.Name, c.Code == q.Category})
	}
	page, err := w.finder.Find(ctx, q)
	if m.Problem = problemOf(err); m.Problem != "" {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	for _, i := range page.Items {
		h := hit{
			item:  item{Item: i, Where: within(q.Region, i), Totals: totalsOf(i.IncomeFen, i.ExpenseFen)},
			Title: partsMarked(i.Title, q.Text), Summary: partsMarked(i.Summary, q.Text),
		}
		if q.Text != "" && !anyMarked(h.Title) && !anyMarked(h.Summary) {
			if h.Excerpts, err = w.excerpts(ctx, i.ID, q.Text); err != nil {
				return m, err
			}
			h.Within = len(h.Excerpts) == 0
		}
		m.Found = append(m.Found, h)
	}
	if page.Next != 0 {
		q.Before = page.Next
		m.Next = findURL(q)
	}
	return m, nil
}

// excerpts gives what of a posting the words match, in the order of its page.
func (w *Web) excerpts(ctx context.Context, id, q string) ([][]part, error) {
	p, err := w.disclosures.Posting(ctx, account.Caller{}, id)
	if errors.Is(err, disclosure.ErrNotFound) { // taken down since it was found
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, l := range p.Content.Lines {
		text := date(l.Date) + " " + l.Summary
		for _, name := range []string{l.Project, l.Contract, l.Asset, l.Payee} {
			if name != "" {
				text += "，" + name
			}
		}
		texts = append(texts, text)
	}
	names := slices.Sorted(maps.Keys(p.Content.Fields))
	for _, name := range names {
		texts = append(texts, name+"："+p.Content.Fields[name])
	}
	var out [][]part
	for _, text := range append(texts, printed(p.BodyHTML)...) {
		if parts := partsMarked(text, q); anyMarked(parts) && len(out) < mostExcerpts {
			out = append(out, cut(parts))
		}
	}
	return out, nil
}

// cut leaves out what is far from the words.
func cut(parts []part) []part {
	for i, p := range parts {
		text := []rune(p.Text)
		if p.Marked || len(text) <= 2*around {
			continue
		}
		front, back := string(text[:around]), string(text[len(text)-around:])
		switch i {
		case 0:
			parts[i].Text = "……" + back
		case len(parts) - 1:
			parts[i].Text = front + "……"
		default:
			parts[i].Text = front + "……" + back
		}
	}
	return parts
}

// problemOf says what is wrong with a question; "" for what is not its fault.
func problemOf(err error) string {
	switch {
	case errors.Is(err, search.ErrTooShort):
		return "请至少输入两个字再查找。"
	case errors.Is(err, search.ErrTooLong):
		return "查找的内容太长了，请只输入关键的几个字。"
	case errors.Is(err, search.ErrPeriod):
		return "期间写得不对，请从列出的时间里选。"
	}
	return ""
}

func partsMarked(text, q string) []part {
	var out []part
	at := 0
	for _, r := range search.Marks(text, q) {
		if r[0] > at {
			out = append(out, part{text[at:r[0]], false})
		}
		out = append(out, part{text[r[0]:r[1]], true})
		at = r[1]
	}
	if at < len(text) {
		out = append(out, part{text[at:], false})
	}
	return out
}

func anyMarked(parts []part) bool {
	for _, p := range parts {
		if p.Marked {
			return true
		}
	}
	return false
}

// periodChoices offers this year and the two before, and the last quarters;
// what was asked for stays in the list.
func periodChoices(now time.Time, chosen string) []choice {
	now = now.In(calendar.China)
	out := []choice{{"", "不限时间", chosen == ""}}
	known := chosen == ""
	add := func(p string) {
		out = append(out, choice{p, period(p), p == chosen})
		known = known || p == chosen
	}
	year := now.Year()
	for y := year; y > year-3; y-- {
		add(strconv.Itoa(y))
	}
	quarter := (int(now.Month()) - 1) / 3
	for range 5 {
		add(strconv.Itoa(year) + "Q" + strconv.Itoa(quarter+1))
		if quarter--; quarter < 0 {
			year, quarter = year-1, 3
		}
	}
	if !known {
		out = append(out, choice{chosen, period(chosen), true})
	}
	return out
}

func findURL(q search.Query) string {
	v := url.Values{"q": {q.Text}}
	if q.Category != "" {
		v.Set("category", q.Category)
	}
	if q.Period != "" {
		v.Set("period", q.Period)
	}
	if q.Before != 0 {
		v.Set("cursor", strconv.FormatInt(q.Before, 36))
	}
	return "/r/" + string(q.Region) + "?" + v.Encode()
}
