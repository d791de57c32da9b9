package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/consultation"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// talksPage is "/r/:code/consultations".
type talksPage struct {
	Place region.Region
	Path  []region.Region // above the place
	Items []consultation.Consultation
	First bool
	Next  string
}

// talks is "/r/:code/consultations".
func (w *Web) talks(c *gin.Context) {
	big := isBig(c.Request)
	if w.fast(c, big) {
		return
	}
	q := consultation.Query{Region: region.Code(c.Param("code")), Limit: perPage}
	if !q.Region.Valid() {
		w.refuse(c, region.ErrNotFound)
		return
	}
	if s := c.Query("cursor"); s != "" {
		n, err := strconv.ParseInt(s, 36, 64)
		if err != nil || n <= 0 {
			w.refuse(c, fault.ErrInvalid)
			return
		}
		q.Before = n
	}
	here := talksURL(q.Region, q.Before)
	w.page(c, string(q.Region), here, big, func(ctx context.Context) ([]byte, error) {
		m, err := w.talksOf(ctx, q)
		if err != nil {
			return nil, err
		}
		return w.render("consultations", frame{
			Title: m.Place.Short + "的协商", Description: m.Place.Name + "的协商：谈什么、谈到哪一步、结果怎样。",
			Big: big, Here: here, NoIndex: q.Before != 0, Main: m,
		})
	})
}

func (w *Web) talksOf(ctx context.Context, q consultation.Query) (talksPage, error) {
	m := talksPage{First: q.Before == 0}
	var err error
	if m.Place, err = w.places.Region(ctx, q.Region); err != nil {
		return m, err
	}
	if m.Path, err = w.places.Path(ctx, q.Region); err != nil {
		return m, err
	}
	page, err := w.consultations.List(ctx, account.Caller{}, q)
	if err != nil {
		return m, err
	}
	m.Items = page.Items
	if page.Next != 0 {
		m.Next = talksURL(q.Region, page.Next)
	}
	return m, nil
}

func talksURL(code region.Code, before int64) string {
	u := "/r/" + string(code) + "/consultations"
	if before != 0 {
		u += "?" + url.Values{"cursor": {strconv.FormatInt(before, 36)}}.Encode()
	}
	return u
}

// sortLines puts the most voted first, then by number.
func sortLines(lines []saidLine) {
	slices.SortFunc(lines, func(a, b saidLine) int {
		if a.Voted != b.Voted {
			return b.Voted - a.Voted
		}
		return a.Number - b.Number
	})
}
