package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/prepared"
)

// Header lines of hot answers, made once.
var (
	hotCache  = []string{"public, max-age=5"}
	hotOrigin = []string{"*"}
	hotWarn   = []string{`110 - "Response is Stale"`}
	hotSniff  = []string{"nosniff"}
)

// serve writes a prepared answer: the right coding, 304 where the client has it
// already, and nothing rendered or compressed for this request. Hot answers
// are counted, not logged line by line.
func (a *API) serve(c *gin.Context, ans *prepared.Answer, fresh prepared.Freshness) {
	a.serveFor(c, hotCache, ans, fresh)
}

// serveFor does as serve, with a Cache-Control of its own.
func (a *API) serveFor(c *gin.Context, cache []string, ans *prepared.Answer, fresh prepared.Freshness) {
	in := c.Request.Header
	v := ans.Variant(takesGzip(in["Accept-Encoding"]))
	h := c.Writer.Header()
	h["Cache-Control"] = cache
	h["Access-Control-Allow-Origin"] = hotOrigin
	h["X-Content-Type-Options"] = hotSniff
	h["X-Request-Id"] = []string{hotRequestID(in)}
	if fresh.Stale {
		h["Age"] = []string{strconv.Itoa(int(fresh.Age / time.Second))}
		h["Warning"] = hotWarn
		a.metrics.hotStale.Inc()
	}
	if match := in["If-None-Match"]; match != nil && v.Matches(match[0]) {
		a.metrics.hotSame.Inc()
		v.SetValidators(h)
		c.Writer.WriteHeader(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	a.metrics.hotFresh.Inc()
	v.SetHeaders(h)
	c.Writer.WriteHeader(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	_, _ = c.Writer.Write(v.Body) // the client went away: nothing to do about it
}

func hotRequestID(in http.Header) string {
	if in["X-Request-Id"] != nil {
		if id := clientRequestID(in); id != "" {
			return id
		}
	}
	return nextRequestID()
}

// takesGzip reads Accept-Encoding: gzip named and not refused with q=0.
func takesGzip(values []string) bool {
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
			if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
				w := strings.ReplaceAll(weight, " ", "")
				return w != "q=0" && w != "q=0.0" && w != "q=0.00" && w != "q=0.000"
			}
		}
	}
	return false
}
