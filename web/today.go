package web

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/calendar"
	"cunwu/service/fault"
)

// today is the day in China, 2006-01-02. Pages that say how many days are left
// or gone are made once a day.
func (w *Web) today() string { return w.clock.Now().In(calendar.China).Format(time.DateOnly) }

// fastToday is fast for pages of the day.
func (w *Web) fastToday(c *gin.Context, big bool) bool {
	a, f, ok := w.prepared.GetFast(alias(c, big) + "@" + w.today())
	if ok {
		w.serve(c, a, f)
	}
	return ok
}

// pageOfDay is page for what changes with the day without anything having
// happened. While storage is away, yesterday's is better than none.
func (w *Web) pageOfDay(c *gin.Context, place, key string, big bool, build maker) {
	ctx, today := c.Request.Context(), w.today()
	key = pageKey(key, big)
	a, f, err := w.prepare(ctx, place, key+"@"+today, build)
	if known := fault.Of(err); known != nil && known.Kind == fault.Unavailable {
		before := w.clock.Now().In(calendar.China).AddDate(0, 0, -1).Format(time.DateOnly)
		if b, fb, old := w.prepare(ctx, place, key+"@"+before, func(context.Context) ([]byte, error) { return nil, err }); old == nil {
			w.serve(c, b, fb)
			return
		}
	}
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.prepared.Alias(alias(c, big)+"@"+today, place, key+"@"+today)
	w.serve(c, a, f)
}
