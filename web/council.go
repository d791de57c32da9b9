package web

import (
	"context"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/council"
	"cunwu/service/region"
)

// Councils is what the pages need of the bodies of villages.
type Councils interface {
	Council(ctx context.Context, by account.Caller, id string) (council.Council, error)
	List(ctx context.Context, by account.Caller, r council.Range) (council.Page, error)
	Activity(ctx context.Context, by account.Caller, id string) (council.Activity, error)
	Activities(ctx context.Context, id string, before int64, limit int) (council.ActivityPage, error)
	OfficeName(code string) string
}

// councilsPage is "/r/:code/councils".
type councilsPage struct {
	Place region.Region
	Path  []region.Region // above the place
	Items []council.Council
	First bool
	Next  string
}

// councilPage is "/o/:id": charter, who sits in it, what it does.
type councilPage struct {
	council.Council
	Path       []region.Region
	Sitting    []seat
	Past       []seat
	Older      []council.Charter // before the one in force
	Activities []council.Activity
	First      bool
	Next       string
}

// seat is a membership in words.
type seat struct{ Name, Office, From, Until string }

// gatheringPage is "/o/:id/a/:activity".
type gatheringPage struct {
	council.Activity
	Path        []region.Region
	Corrections []corrected
}

// corrected is one correction in words: figures that stood before, no texts.
type corrected struct {
	council.Change
	What   []string
	Before []fact
}

// fact is a name and what goes with it.
type fact struct{ Name, Value string }

// councilList is "/r/:code/councils": a term runs out with the day, and nothing
// happens.
func (w *Web) councilList(c *gin.Context) {
	big := isBig(c.Request)
	if w.fastToday(c, big) {
		return
	}
	r := council.Range{Region: region.Code(c.Param("code")), Limit: perPage}
	if !r.Region.Valid() {
		w.refuse(c, region.ErrNotFound)
		return
	}
	var err error
	if r.Before, err = cursorOf(c.Query("cursor")); err != nil {
		w.refuse(c, err)
		return
	}
	here := councilsURL(r.Region, r.Before)
	w.pageOfDay(c, string(r.Region), here, big, func(ctx context.Context) ([]byte, error) {
		m, err := w.councilsOf(ctx, r)
		if err != nil {
			return nil, err
		}
		return w.render("councils", frame{
			Title: m.Place.Short + "的自治组织", Description: m.Place.Name + "的红白理事会、理事会、议事会、道德评议会：章程、成员、活动。",
			Big: big, Here: here, NoIndex: r.Before != 0, Main: m,
		})
	})
}

func (w *Web) councilsOf(ctx context.Context, r council.Range) (councilsPage, error) {
	m := councilsPage{First: r.Before == 0}
	var err error
	if m.Place, err = w.places.Region(ctx, r.Region); err != nil {
		return m, err
	}
	if m.Path, err = w.places.Path(ctx, r.Region); err != nil {
		return m, err
	}
	page, err := w.councils.List(ctx, account.Caller{}, r)
	if err != nil {
		return m, err
	}
	m.Items = page.Items
	if page.Next != 0 {
		m.Next = councilsURL(r.Region, page.Next)
	}
	return m, nil
}

func councilsURL(code region.Code, before int64) string {
	return withCursor("/r/"+string(code)+"/councils", before)
}

func withCursor(path string, before int64) string {
	if before == 0 {
		return path
	}
	return path + "?" + url.Values{"cursor": {strconv.FormatInt(before, 36)}}.Encode()
}

// councilBody is "/o/:id".
func (w *Web) councilBody(c *gin.Context) {
	big := isBig(c.Request)
	if w.fastToday(c, big) {
		return
	}
	id := c.Param("id")
	before, err := cursorOf(c.Query("cursor"))
	if err != nil {
		w.refuse(c, err)
		return
	}
	seen, err := w.councils.Council(c.Request.Context(), account.Caller{}, id)
	if err != nil {
		w.refuse(c, err)
		return
	}
	here := withCursor(council.Path(seen.ID), before)
	build := func(ctx context.Context) ([]byte, error) {
		m, err := w.councilOf(ctx, id, before)
		if err != nil {
			return nil, err
		}
		return w.render("council", frame{
			Title: m.Name, Description: m.RegionName + m.Name + "的章程、成员和活动。", Big: big, Here: here, NoIndex: before != 0, Main: m,
		})
	}
	if seen.Rule.VotersRole != "" { // appointments drop nothing that is prepared
		w.live(c, build)
		return
	}
	w.pageOfDay(c, string(seen.Region), here, big, build)
}

func (w *Web) councilOf(ctx context.Context, id string, before int64) (councilPage, error) {
	m := councilPage{First: before == 0}
	var err error
	if m.Council, err = w.councils.Council(ctx, account.Caller{}, id); err != nil {
		return m, err
	}
	if m.Path, err = w.places.Path(ctx, m.Region); err != nil {
		return m, err
	}
	if len(m.Charters) > 1 {
		m.Older = m.Charters[1:]
	}
	m.Sitting, m.Past = w.seats(m.Members), w.seats(m.Former)
	page, err := w.councils.Activities(ctx, id, before, perPage)
	if err != nil {
		return m, err
	}
	m.Activities = page.Items
	if page.Next != 0 {
		m.Next = withCursor(council.Path(id), page.Next)
	}
	return m, nil
}

func (w *Web) seats(members []council.Member) []seat {
	out := make([]seat, len(members))
	for i, m := range members {
		out[i] = seat{Name: m.Name, Office: w.councils.OfficeName(m.Office), From: m.From, Until: m.Until}
	}
	return out
}

// gathering is "/o/:id/a/:activity".
func (w *Web) gathering(c *gin.Context) {
	big := isBig(c.Request)
	if w.fast(c, big) {
		return
	}
	id := c.Param("activity")
	seen, err := w.councils.Activity(c.Request.Context(), account.Caller{}, id)
	if err == nil && seen.CouncilID != c.Param("id") {
		err = council.ErrActivityNotFound
	}
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.page(c, string(seen.Region), seen.Path(), big, func(ctx context.Context) ([]byte, error) {
		a, err := w.councils.Activity(ctx, account.Caller{}, id)
		if err != nil {
			return nil, err
		}
		m := gatheringPage{Activity: a, Corrections: correctionsOf(a)}
		if m.Path, err = w.places.Path(ctx, a.Region); err != nil {
			return nil, err
		}
		return w.render("council_activity", frame{Title: a.Title, Description: a.CouncilName + "：" + a.Title, Big: big, Here: a.Path(), Main: m})
	})
}

// correctionsOf tells corrections, the newest first.
func correctionsOf(a council.Activity) []corrected {
	out := make([]corrected, 0, len(a.Content.Changes))
	for i := range a.Content.Changes {
		c := a.Content.Changes[len(a.Content.Changes)-1-i]
		x := corrected{Change: c}
		for _, code := range c.What {
			name := council.FieldName(code)
			x.What = append(x.What, name)
			switch code {
			case "held_on":
				x.Before = append(x.Before, fact{name, date(c.Before.HeldOn)})
			case "heads":
				x.Before = append(x.Before, fact{name, strconv.Itoa(c.Before.Heads) + " 人"})
			case "cost_fen":
				x.Before = append(x.Before, fact{name, yuan(c.Before.CostFen)})
			}
		}
		out = append(out, x)
	}
	return out
}
