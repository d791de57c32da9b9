package web

import (
	"context"
	"strconv"

	"github.com/gin-gonic/gin"

	"cunwu/service/indicator"
	"cunwu/service/region"
)

// Indicators is what the pages need of the figures.
type Indicators interface {
	Report(ctx context.Context, place region.Code, period string) (indicator.Report, error)
}

// indicatorsPage is how disclosure goes in a place, in plain words.
type indicatorsPage struct {
	Place  region.Region
	Path   []region.Region // above the place, and the place
	Period string
	Tabs   []tab
	Least  int
	Items  []indicatorItem
}

type indicatorItem struct {
	indicator.Value
	Shown  string // the ratio, or that the sample is too small
	Beside string // of a satisfaction: how many gave their word; "" else
	Target string // "" where only the trend counts
}

// indicatorPage is "/r/:code/indicators". It is made for each reader: what is
// due changes with the day, without anything having happened.
func (w *Web) indicatorPage(c *gin.Context) {
	ctx, place := c.Request.Context(), region.Code(c.Param("code"))
	r, err := w.indicators.Report(ctx, place, c.Request.URL.Query().Get("period"))
	if err != nil {
		w.refuse(c, err)
		return
	}
	m := indicatorsPage{Place: r.Place, Period: r.Period.Name, Least: r.Least}
	if m.Path, err = w.places.Path(ctx, place); err != nil {
		w.refuse(c, err)
		return
	}
	for _, p := range r.Recent {
		m.Tabs = append(m.Tabs, tab{Name: period(p.Name), URL: "/r/" + string(place) + "/indicators?period=" + p.Name, Here: p == r.Period})
	}
	for _, v := range r.Items {
		i := indicatorItem{Value: v, Shown: "样本不足"}
		if v.Response != nil {
			i.Beside = strconv.FormatFloat(*v.Response*100, 'f', 1, 64) + "%"
		}
		if v.Ratio != nil {
			i.Shown = strconv.FormatFloat(*v.Ratio*100, 'f', 1, 64) + "%"
		}
		if v.Target.Percent != nil {
			i.Target = strconv.Itoa(*v.Target.Percent) + "%"
		}
		m.Items = append(m.Items, i)
	}
	here := "/r/" + string(place) + "/indicators?period=" + r.Period.Name
	body, err := w.render("indicators", frame{
		Title: r.Place.Short + "公开得怎么样", Description: "公开及时率、公示期、答复等指标，都由记录数出来。",
		Big: isBig(c.Request), Here: here, Feed: feedOf(place), Main: m,
	})
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.own(c, "text/html; charset=utf-8", body)
}
