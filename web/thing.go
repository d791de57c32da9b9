package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/skip2/go-qrcode"

	"cunwu/service/calendar"
	"cunwu/service/mention"
	"cunwu/service/region"
)

// Things is what the pages need of named things.
type Things interface {
	Things(ctx context.Context, village region.Code, kind mention.Kind, after mention.After, limit int) ([]mention.Thing, mention.After, error)
	Thing(ctx context.Context, id string) (mention.Thing, error)
	Lines(ctx context.Context, id, q string, after mention.AfterLine, limit int) ([]mention.Mention, mention.AfterLine, error)
}

const (
	thingLines = 50
	thingsOnce = 50
)

// thingPage is a project, contract, asset or organisation: its sums in words,
// then every line that names it.
type thingPage struct {
	mention.Thing
	Word          string // what the kind is called
	Path          []region.Region
	Totals        []total
	Lines         []thingLine
	First         bool
	Income, Spent bool // whether the columns hold anything
	Next          string
}

// thingLine is one line; Field is set where a field of the posting names it.
type thingLine struct {
	mention.Mention
	Field bool
}

// thing is "/t/:id".
func (w *Web) thing(c *gin.Context) {
	big := isBig(c.Request)
	if w.fast(c, big) {
		return
	}
	id := c.Param("id")
	place, err := w.thingHome(c.Request.Context(), id)
	if err != nil {
		w.refuse(c, err)
		return
	}
	after, key, err := lineCursor(c.Request.URL.Query().Get("cursor"))
	if err != nil {
		w.refuse(c, err)
		return
	}
	here := "/t/" + id
	if key != "" {
		here += "?cursor=" + key
	}
	w.page(c, string(place), here[1:], big, func(ctx context.Context) ([]byte, error) {
		m, err := w.thingSheet(ctx, id, after)
		if err != nil {
			return nil, err
		}
		return w.render("thing", frame{
			Title: m.Name, Description: m.RegionName + "公开的账目和事项里提到“" + m.Name + "”的每一笔。",
			Big: big, Here: here, NoIndex: key != "", Main: m,
		})
	})
}

// thingHome gives the village of a thing; see homeOf.
func (w *Web) thingHome(ctx context.Context, id string) (region.Code, error) {
	if code, ok := w.thingHomes.get(id); ok {
		return code, nil
	}
	t, err := w.things.Thing(ctx, id)
	if err != nil {
		return "", err
	}
	w.thingHomes.put(t.ID, t.Region)
	return t.Region, nil
}

func (w *Web) thingSheet(ctx context.Context, id string, after mention.AfterLine) (thingPage, error) {
	t, err := w.things.Thing(ctx, id)
	if err != nil {
		return thingPage{}, err
	}
	m := thingPage{Thing: t, Word: t.Kind.Word(), First: after == mention.AfterLine{}}
	if m.Path, err = w.places.Path(ctx, t.Region); err != nil {
		return m, err
	}
	lines, next, err := w.things.Lines(ctx, id, "", after, thingLines)
	if err != nil {
		return m, err
	}
	for _, l := range lines {
		m.Lines = append(m.Lines, thingLine{l, l.Line == mention.FieldLine})
		m.Income, m.Spent = m.Income || l.IncomeFen != 0, m.Spent || l.ExpenseFen != 0
	}
	if t.IncomeFen != 0 {
		m.Totals = append(m.Totals, total{"收入合计", t.IncomeFen})
	}
	if t.ExpenseFen != 0 {
		m.Totals = append(m.Totals, total{"支出合计", t.ExpenseFen})
	}
	if next.Pos != 0 {
		m.Next = "/t/" + id + "?cursor=" + strconv.FormatInt(next.Pos, 36) + "." + strconv.Itoa(next.Line)
	}
	return m, nil
}

// lineCursor reads a place in the lines of a thing and gives it in its one form.
func lineCursor(text string) (mention.AfterLine, string, error) {
	if text == "" {
		return mention.AfterLine{}, "", nil
	}
	front, back, _ := strings.Cut(text, ".")
	pos, err := strconv.ParseInt(front, 36, 64)
	if err != nil || pos <= 0 {
		return mention.AfterLine{}, "", mention.ErrQuery
	}
	line, err := strconv.Atoi(back)
	if err != nil || line < mention.FieldLine {
		return mention.AfterLine{}, "", mention.ErrQuery
	}
	return mention.AfterLine{Pos: pos, Line: line}, strconv.FormatInt(pos, 36) + "." + strconv.Itoa(line), nil
}

// thingQR is "/t/:id/qr.png": the address of the thing, to put up where it
// stands.
func (w *Web) thingQR(c *gin.Context) {
	t, err := w.things.Thing(c.Request.Context(), c.Param("id"))
	if err != nil {
		w.refuse(c, err)
		return
	}
	picture, err := qrcode.Encode(address(c.Request)+"/t/"+t.ID, qrcode.Medium, qrPixels)
	if err != nil {
		w.refuse(c, fmt.Errorf("web: code of a thing: %w", err))
		return
	}
	w.own(c, "image/png", picture)
}

// thingsPage lists what a village's public postings name.
type thingsPage struct {
	Place  region.Region
	Path   []region.Region
	Tabs   []tab
	Kind   string // what the chosen kind is called, "" for all
	Things []thingItem
	First  bool
	Newest string
	Next   string
}

type thingItem struct {
	mention.Thing
	Word   string
	Totals []total
}

// thingList is "/r/:code/things".
func (w *Web) thingList(c *gin.Context) {
	big := isBig(c.Request)
	if w.fast(c, big) {
		return
	}
	place := region.Code(c.Param("code"))
	q := c.Request.URL.Query()
	kind := mention.Kind(q.Get("kind"))
	after, err := thingCursor(q.Get("cursor"))
	if err == nil && (kind != "" && kind.Word() == "" || place.Level() != region.Village) {
		err = mention.ErrNotFound
	}
	if err != nil {
		w.refuse(c, err)
		return
	}
	here := thingsURL(place, kind, after)
	w.page(c, string(place), here[1:], big, func(ctx context.Context) ([]byte, error) {
		m, err := w.thingBoard(ctx, place, kind, after)
		if err != nil {
			return nil, err
		}
		return w.render("things", frame{
			Title: m.Place.Short + "的项目、合同和资产", Description: m.Place.Name + "公开内容里提到的项目、合同、资产和往来单位。",
			Big: big, Here: here, NoIndex: !m.First, Feed: feedOf(place), Main: m,
		})
	})
}

func (w *Web) thingBoard(ctx context.Context, place region.Code, kind mention.Kind, after mention.After) (thingsPage, error) {
	m := thingsPage{First: after == mention.After{}, Newest: thingsURL(place, kind, mention.After{}), Kind: kind.Word()}
	var err error
	if m.Place, err = w.places.Region(ctx, place); err != nil {
		return m, err
	}
	if m.Path, err = w.places.Path(ctx, place); err != nil {
		return m, err
	}
	m.Tabs = []tab{{Name: "全部", URL: thingsURL(place, "", mention.After{}), Here: kind == ""}}
	for _, k := range mention.Kinds {
		m.Tabs = append(m.Tabs, tab{Name: k.Word(), URL: thingsURL(place, k, mention.After{}), Here: kind == k})
	}
	things, next, err := w.things.Things(ctx, place, kind, after, thingsOnce)
	if err != nil {
		return m, err
	}
	for _, t := range things {
		i := thingItem{Thing: t, Word: t.Kind.Word()}
		if t.IncomeFen != 0 {
			i.Totals = append(i.Totals, total{"收入", t.IncomeFen})
		}
		if t.ExpenseFen != 0 {
			i.Totals = append(i.Totals, total{"支出", t.ExpenseFen})
		}
		m.Things = append(m.Things, i)
	}
	if next != (mention.After{}) {
		m.Next = thingsURL(place, kind, next)
	}
	return m, nil
}

func thingsURL(place region.Code, kind mention.Kind, after mention.After) string {
	v := url.Values{}
	if kind != "" {
		v.Set("kind", string(kind))
	}
	if after.ID != "" {
		v.Set("cursor", strconv.FormatInt(after.At.UnixMilli(), 36)+"."+after.ID)
	}
	u := "/r/" + string(place) + "/things"
	if len(v) > 0 {
		u += "?" + v.Encode()
	}
	return u
}

func thingCursor(text string) (mention.After, error) {
	if text == "" {
		return mention.After{}, nil
	}
	front, id, _ := strings.Cut(text, ".")
	ms, err := strconv.ParseInt(front, 36, 64)
	if err != nil || ms <= 0 || id == "" || len(id) > 40 {
		return mention.After{}, mention.ErrQuery
	}
	return mention.After{At: time.UnixMilli(ms).In(calendar.China), ID: id}, nil
}

// feedOf gives the address of a place's feeds without the ending, for programs
// that follow it.
func feedOf(place region.Code) string { return "/feeds/" + string(place) }

// mountThings adds the pages of named things and of indicators, where there are
// such services.
func (w *Web) mountThings(r gin.IRouter) {
	add := func(path string, h gin.HandlerFunc) {
		r.GET(path, h)
		r.Handle(http.MethodHead, path, h)
	}
	if w.things != nil {
		add("/t/:id", w.thing)
		add("/t/:id/qr.png", w.thingQR)
		add("/r/:code/things", w.thingList)
	}
	if w.indicators != nil {
		add("/r/:code/indicators", w.indicatorPage)
	}
}

// more leads from the board of a place to what is gathered from its postings.
func (w *Web) more(place region.Code) []tab {
	var out []tab
	add := func(on bool, name, page string) {
		if on {
			out = append(out, tab{Name: name, URL: "/r/" + string(place) + "/" + page})
		}
	}
	add(w.duties != nil, "该公开的公开了吗", "duties")
	add(w.indicators != nil, "公开得怎么样", "indicators")
	add(w.things != nil && place.Level() == region.Village, "按项目、合同、资产看", "things")
	add(w.openData, "订阅和下载数据", "open")
	return out
}
