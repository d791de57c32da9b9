package web

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/fault"
	"cunwu/service/prepared"
)

const (
	bigCookie  = "big"
	bigFor     = 365 * 24 * time.Hour
	retryAfter = 5 * time.Second
)

// Header lines of pages, made once. Pages are asked for again each time and
// answered with 304: the large-type choice must show at once, and so must a
// correction.
var (
	pageCache  = []string{"no-cache"}
	pageVary   = []string{"Accept-Encoding, Cookie"}
	pageWarn   = []string{`110 - "Response is Stale"`}
	pagePolicy = []string{"default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"}
	pageSniff  = []string{"nosniff"}
	pageRefer  = []string{"same-origin"}
)

// guard sets what keeps a page from being turned into something else.
func (w *Web) guard(h http.Header) {
	h["Content-Security-Policy"] = pagePolicy
	h["X-Content-Type-Options"] = pageSniff
	h["Referrer-Policy"] = pageRefer
}

// isBig tells whether the reader wants large type: ?big= for this page, else
// the choice kept in the cookie.
func isBig(r *http.Request) bool {
	if strings.Contains(r.URL.RawQuery, "big=") {
		switch r.URL.Query().Get("big") {
		case "1":
			return true
		case "0":
			return false
		}
	}
	c, err := r.Cookie(bigCookie)
	return err == nil && c.Value == "1"
}

// fast serves a page that was asked for in the same words before.
func (w *Web) fast(c *gin.Context, big bool) bool {
	a, f, ok := w.prepared.GetFast(alias(c, big))
	if ok {
		w.serve(c, a, f)
	}
	return ok
}

func alias(c *gin.Context, big bool) string {
	if big {
		return "web/big" + c.Request.RequestURI
	}
	return "web" + c.Request.RequestURI
}

// maker builds the body of a page.
type maker func(ctx context.Context) ([]byte, error)

// page serves a page through what is prepared. place is where it belongs, key
// names it among the pages of the place.
func (w *Web) page(c *gin.Context, place, key string, big bool, build maker) {
	key = pageKey(key, big)
	a, f, err := w.prepare(c.Request.Context(), place, key, build)
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.prepared.Alias(alias(c, big), place, key)
	w.serve(c, a, f)
}

func pageKey(key string, big bool) string {
	if big {
		return "web/" + key + "/big"
	}
	return "web/" + key
}

// prepare gives the bytes of a page, made where they are not ready.
func (w *Web) prepare(ctx context.Context, place, key string, build maker) (*prepared.Answer, prepared.Freshness, error) {
	return w.prepared.Get(ctx, place, key, func(ctx context.Context) ([]byte, string, int64, error) {
		asOf, err := w.lastChange(ctx)
		if err != nil {
			return nil, "", 0, err
		}
		body, err := build(ctx)
		return body, "text/html; charset=utf-8", asOf, err
	})
}

// serve writes a prepared page.
func (w *Web) serve(c *gin.Context, a *prepared.Answer, f prepared.Freshness) {
	w.guard(c.Writer.Header())
	w.hand(c, a, f)
}

// hand writes prepared bytes.
func (w *Web) hand(c *gin.Context, a *prepared.Answer, f prepared.Freshness) {
	h := c.Writer.Header()
	h["Cache-Control"] = pageCache
	if f.Stale {
		h["Age"] = []string{strconv.Itoa(int(f.Age / time.Second))}
		h["Warning"] = pageWarn
	}
	v := a.Variant(takesGzip(c.GetHeader("Accept-Encoding")))
	if match := c.GetHeader("If-None-Match"); match != "" && v.Matches(match) {
		v.SetValidators(h)
		h["Vary"] = pageVary
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	v.SetHeaders(h)
	h["Vary"] = pageVary
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	_, _ = c.Writer.Write(v.Body) // the client went away: nothing to do about it
}

// notice is a page that only says something.
type notice struct {
	Heading string
	Text    string
}

var (
	pageMissing = notice{"没有找到这一页", "网址可能不完整，或者这里的内容只对本村村民公开。可以回到首页，重新选择您的村。"}
	pageBad     = notice{"网址不对", "链接可能被截断了。可以回到首页，重新选择您的村。"}
	pageAway    = notice{"暂时打不开", "系统正在恢复，请过几分钟再试。已经公开的内容不会丢失。"}
	pageFailed  = notice{"出了点问题", "我们已经记录，请过一会儿再试。"}
)

// refuse shows why a page cannot be shown. Causes go to the log alone.
func (w *Web) refuse(c *gin.Context, err error) {
	f := fault.Of(err)
	kind := fault.Internal
	if f != nil {
		kind = f.Kind
	}
	switch kind {
	case fault.NotFound, fault.Forbidden, fault.Unauthenticated, fault.Unsupported:
		w.message(c, http.StatusNotFound, pageMissing)
	case fault.Invalid, fault.Malformed, fault.TooLarge, fault.Conflict:
		w.message(c, http.StatusBadRequest, pageBad)
	case fault.Unavailable, fault.TooMany:
		w.log.WarnContext(c.Request.Context(), "page not served", "path", c.FullPath(), "error", err)
		c.Header("Retry-After", strconv.Itoa(int(max(retryAfter, f.RetryAfter)/time.Second)))
		w.message(c, http.StatusServiceUnavailable, pageAway)
	case fault.Internal:
		w.log.ErrorContext(c.Request.Context(), "page failed", "path", c.FullPath(), "error", err)
		w.message(c, http.StatusInternalServerError, pageFailed)
	}
}

// message writes a page that only says something.
func (w *Web) message(c *gin.Context, status int, n notice) {
	body, err := w.render("message", frame{Title: n.Heading, Big: isBig(c.Request), Here: "/", NoIndex: true, Main: n})
	if err != nil {
		w.log.ErrorContext(c.Request.Context(), "page failed", "error", err)
		c.Status(http.StatusInternalServerError)
		return
	}
	h := c.Writer.Header()
	w.guard(h)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/html; charset=utf-8")
	c.Status(status)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	_, _ = c.Writer.Write(body) // the client went away: nothing to do about it
}

// setBig keeps the choice of large type in a cookie and goes back to where the
// reader was. The cookie says nothing of the person.
func (w *Web) setBig(c *gin.Context) {
	value, age := "1", int(bigFor/time.Second)
	if c.Query("on") != "1" {
		value, age = "", -1
	}
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // it must work over plain http in a village hall too, and tells nothing
		Name: bigCookie, Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.Request.TLS != nil,
	})
	w.guard(c.Writer.Header())
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, safeBack(c.Query("back")))
}

// backTo are where our pages are.
var backTo = []string{"/r/", "/d/", "/t/", "/c/", "/b/", "/v/", "/o/", "/e/", "/me/"}

// safeBack gives the path of one of our pages to go back to, "/" for anything
// else: a link must not send people to a stranger's site in our name.
func safeBack(back string) string {
	u, err := url.Parse(back)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strings.ContainsAny(back, "\\\r\n") {
		return "/"
	}
	if path.Clean(u.Path) != u.Path {
		return "/"
	}
	if !slices.Contains([]string{"/", "/verify", "/sign-in"}, u.Path) && !slices.ContainsFunc(backTo, func(p string) bool { return strings.HasPrefix(u.Path, p) }) {
		return "/"
	}
	q := u.Query()
	q.Del("big") // or the page would not follow the new choice
	return (&url.URL{Path: u.Path, RawQuery: q.Encode()}).String()
}
