package web

import (
	"context"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// pollsPage is "/r/:code/ballots".
type pollsPage struct {
	Place region.Region
	Path  []region.Region
	Items []pollItem
	First bool
	Next  string
}

type pollItem struct {
	ballot.View
	Status pollStatus
	Where  string // "" where it is the page's own place
	From   string
	Until  string
}

// polls is "/r/:code/ballots".
func (w *Web) polls(c *gin.Context) {
	big := isBig(c.Request)
	code := region.Code(c.Param("code"))
	if !code.Valid() {
		w.refuse(c, region.ErrNotFound)
		return
	}
	var before int64
	if s := c.Query("cursor"); s != "" {
		var err error
		if before, err = strconv.ParseInt(s, 36, 64); err != nil || before <= 0 {
			w.refuse(c, fault.ErrInvalid)
			return
		}
	}
	w.moving(c, func(ctx context.Context) ([]byte, error) {
		m, err := w.pollsOf(ctx, code, before)
		if err != nil {
			return nil, err
		}
		return w.render("ballots", frame{
			Title: m.Place.Short + "的表决", Description: m.Place.Name + "的表决：问什么、什么时候投、结果怎样。",
			Big: big, Here: pollsURL(code, before), NoIndex: before != 0, Main: m,
		})
	})
}

func (w *Web) pollsOf(ctx context.Context, code region.Code, before int64) (pollsPage, error) {
	m := pollsPage{First: before == 0}
	var err error
	if m.Place, err = w.places.Region(ctx, code); err != nil {
		return m, err
	}
	if m.Path, err = w.places.Path(ctx, code); err != nil {
		return m, err
	}
	page, err := w.ballots.List(ctx, account.Caller{}, code, before, perPage)
	if err != nil {
		return m, err
	}
	names := map[region.Code]string{code: ""}
	for _, v := range page.Items {
		if _, known := names[v.Region]; !known {
			at, err := w.places.Region(ctx, v.Region)
			if err != nil {
				return m, err
			}
			names[v.Region] = at.Short
		}
		m.Items = append(m.Items, pollItem{View: v, Status: pollStatusOf(v), Where: names[v.Region], From: minute(v.OpensAt), Until: minute(v.ClosesAt)})
	}
	if page.Next != 0 {
		m.Next = pollsURL(code, page.Next)
	}
	return m, nil
}

func pollsURL(code region.Code, before int64) string {
	u := "/r/" + string(code) + "/ballots"
	if before != 0 {
		u += "?" + url.Values{"cursor": {strconv.FormatInt(before, 36)}}.Encode()
	}
	return u
}
