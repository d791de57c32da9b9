package api

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// feedQuery is a parsed and canonical question to the feed.
type feedQuery struct {
	disclosure.FeedQuery
	looked
	list string // what is asked for: what a cursor belongs to
	key  string // canonical: equal questions have equal keys
}

const (
	feedDefault = 20
	feedMost    = 50
)

// parseFeed reads the query strictly: an unknown or repeated parameter is
// refused, so that no junk makes another cache key.
func parseFeed(raw string) (feedQuery, error) {
	var q feedQuery
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, fault.ErrInvalid.At("query", "参数格式不对")
	}
	q.Limit = feedDefault
	for name, vs := range values {
		if len(vs) != 1 {
			return q, fault.ErrInvalid.At("query."+name, "只能给一次")
		}
		switch name {
		case "region":
			q.Region = region.Code(vs[0])
		case "category":
			q.Category = vs[0]
		case "cursor", "limit":
		default:
			known, err := q.take(name, vs[0])
			if err != nil {
				return q, err
			}
			if !known {
				return q, fault.ErrInvalid.At("query."+name, "没有这个参数")
			}
		}
	}
	if !q.Region.Valid() {
		return q, region.ErrCode.At("query.region", "请给出 2 到 14 位的地区代码")
	}
	q.list = string(q.Region) + "/" + q.Category
	if q.any() {
		q.list += q.looked.list()
	}
	if s := values.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > feedMost {
			return q, fault.ErrInvalid.At("query.limit", "应为 1 到 %d", feedMost)
		}
		q.Limit = n
	}
	if q.Before, err = readCursor(q.list, values.Get("cursor")); err != nil {
		return q, err
	}
	q.key = "feed/" + q.list + "/" + strconv.FormatInt(q.Before, 36) + "/" + strconv.Itoa(q.Limit)
	return q, nil
}

// feed is the hot path: what everybody reads. A stranger's question that was
// asked before costs one look-up by its raw text and one write of ready bytes.
// A signed-in caller gets an answer of their own, never stored.
func (a *API) feed(c *gin.Context) {
	signed := c.Request.Header["Authorization"] != nil
	if !signed {
		if ans, fresh, ok := a.prepared.GetFast(c.Request.RequestURI); ok {
			a.serve(c, ans, fresh)
			return
		}
	}
	q, started := a.begin(c)
	defer a.finish(c, q, started)
	if signed {
		a.openFeed(c)
	} else {
		c.Writer.Header()["Access-Control-Allow-Origin"] = hotOrigin // a page elsewhere reads refusals, too
		a.coldFeed(c)
	}
}

// coldFeed answers a question that has no ready bytes under its raw text.
func (a *API) coldFeed(c *gin.Context) {
	q, err := parseFeed(c.Request.URL.RawQuery)
	if err != nil {
		a.refuse(c, err)
		return
	}
	if q.any() {
		a.found(c, q, false)
		return
	}
	ctx := c.Request.Context()
	ans, fresh, err := a.prepared.Get(ctx, string(q.Region), q.key, func(ctx context.Context) ([]byte, string, int64, error) {
		asOf, err := a.lastChange(ctx)
		if err != nil {
			return nil, "", 0, err
		}
		body, err := a.feedBody(ctx, account.Caller{}, q)
		return body, "application/json", asOf, err
	})
	if err != nil {
		a.refuse(c, err)
		return
	}
	a.prepared.Alias(c.Request.RequestURI, string(q.Region), q.key)
	a.serve(c, ans, fresh)
}

func (a *API) feedBody(ctx context.Context, caller account.Caller, q feedQuery) ([]byte, error) {
	page, err := a.disclosures.Feed(ctx, caller, q.FeedQuery)
	if err != nil {
		return nil, err
	}
	return json.Marshal(list[feedItem]{Items: mapped(page.Items, showItem), Next: makeCursor(q.list, page.Next)})
}

// openFeed answers a signed-in caller: verified villagers of the place see
// their village's own lists as well.
func (a *API) openFeed(c *gin.Context) {
	token, _ := bearer(c.Request.Header.Get("Authorization"))
	caller, err := a.accounts.Authenticate(c.Request.Context(), token)
	if err != nil {
		a.refuse(c, err)
		return
	}
	q, err := parseFeed(c.Request.URL.RawQuery)
	if err != nil {
		a.refuse(c, err)
		return
	}
	if q.any() { // what is for verified villagers alone is not looked through
		a.found(c, q, true)
		return
	}
	q.Verified = q.Region.Level() >= region.Village && caller.ReadsVillage(q.Region.At(region.Village))
	body, err := a.feedBody(c.Request.Context(), caller, q)
	if err != nil {
		a.refuse(c, err)
		return
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Vary", "Authorization")
	c.Data(200, "application/json", body)
}
