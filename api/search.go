package api

import (
	"encoding/json"
	"net/http"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"cunwu/service/fault"
	"cunwu/service/search"
)

// looked is what a question to the feed looks for besides place and category.
type looked struct {
	text, item, period string
}

func (l looked) any() bool { return l != looked{} }

// list names the answer that a cursor belongs to: the same words in another
// writing are the same question. None of the parts can hold the separator.
func (l looked) list() string {
	return "\x00" + search.Searched(l.text) + "\x00" + l.item + "\x00" + l.period
}

// take notes a parameter of the query, and reports whether it is one of these.
func (l *looked) take(name, value string) (bool, error) {
	switch name {
	case "q":
		l.text = value
	case "item":
		l.item = value
	case "period":
		l.period = value
	default:
		return false, nil
	}
	if !utf8.ValidString(value) {
		return true, fault.ErrInvalid.At("query."+name, "不是 UTF-8 编码的文字")
	}
	return true, nil
}

// found answers a question that looks for something. It is answered anew each
// time: the index follows a publication after it dropped what was prepared, so
// an answer made between the two would stay without it.
func (a *API) found(c *gin.Context, q feedQuery, signed bool) {
	if a.search == nil {
		a.refuse(c, errUnsupported.At("query.q", "还没有开放"))
		return
	}
	page, err := a.search.Find(c.Request.Context(), search.Query{
		Text: q.text, Region: q.Region, Category: q.Category, Item: q.item, Period: q.period, Before: q.Before, Limit: q.Limit,
	})
	var body []byte
	if err == nil {
		body, err = json.Marshal(list[feedItem]{Items: mapped(page.Items, showItem), Next: makeCursor(q.list, page.Next)})
	}
	if err != nil {
		a.refuse(c, err)
		return
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "application/json")
	if signed {
		h.Set("Cache-Control", "private, no-store")
		h.Set("Vary", "Authorization")
		c.Data(http.StatusOK, "application/json", body)
		return
	}
	h.Set("Cache-Control", "public, max-age=5")
	sendConditional(c, body)
}
