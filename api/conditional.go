package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"cunwu/service/prepared"
)

// gzipFrom is the size above which an answer is compressed.
const gzipFrom = 1 << 10

// held keeps an answer back until it is known whether the client has it.
type held struct {
	gin.ResponseWriter
	body   bytes.Buffer
	status int
}

func (h *held) WriteHeader(status int)                { h.status = status }
func (h *held) WriteHeaderNow()                       {}
func (h *held) Write(p []byte) (int, error)           { return h.body.Write(p) }
func (h *held) WriteString(s string) (n int, e error) { return h.body.WriteString(s) }
func (h *held) Status() int                           { return h.status }
func (h *held) Size() int                             { return h.body.Len() }
func (h *held) Written() bool                         { return h.body.Len() > 0 }

// conditional gives strangers' answers an entity tag, answers 304 where the
// client has them already, and compresses them for clients that take gzip. The
// tag is weak: it names the answer, in whichever coding.
func conditional(hctx huma.Context, next func(huma.Context)) {
	if requestFrom(hctx.Context()).caller.Known() {
		next(hctx)
		return
	}
	c := unwrapGin(hctx)
	h := &held{ResponseWriter: c.Writer, status: http.StatusOK}
	c.Writer = h
	func() {
		defer func() { c.Writer = h.ResponseWriter }() // also for whoever reports a panic
		next(hctx)
	}()
	if h.status != http.StatusOK {
		c.Writer.WriteHeader(h.status)
		_, _ = c.Writer.Write(h.body.Bytes()) // the client went away: nothing to do about it
		return
	}
	sendConditional(c, h.body.Bytes())
}

func sendConditional(c *gin.Context, body []byte) {
	sum := sha256.Sum256(body)
	v := prepared.Variant{ETag: `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`}
	out := c.Writer.Header()
	out.Set("Etag", "W/"+v.ETag)
	out.Set("Vary", "Accept-Encoding, Authorization")
	if match := c.GetHeader("If-None-Match"); match != "" && v.Matches(match) {
		out.Del("Content-Type")
		c.Writer.WriteHeader(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	if len(body) > gzipFrom && takesGzip(c.Request.Header["Accept-Encoding"]) {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, err := w.Write(body)
		if cerr := w.Close(); err == nil && cerr == nil {
			out.Set("Content-Encoding", "gzip")
			body = packed.Bytes()
		}
	}
	out.Set("Content-Length", strconv.Itoa(len(body)))
	c.Writer.WriteHeader(http.StatusOK)
	_, _ = c.Writer.Write(body) // as above
}

// head answers HEAD where a path has GET alone: as GET, of which net/http then
// sends the header only. The request is copied, since the server goes by the
// method of its own to know that no body follows.
func head(r *gin.Engine) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Request.Method != http.MethodHead {
			return
		}
		as := *c.Request
		as.Method = http.MethodGet
		c.Request = &as
		c.Writer.Header().Del("Allow") // what gin noted for the refusal
		c.Writer.WriteHeader(http.StatusOK)
		r.HandleContext(c)
		c.Abort()
	}
}
