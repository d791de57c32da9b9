package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
)

// request is what the door knows of a request before the noun is asked: its
// id, who makes it, and the digest of what was sent.
type request struct {
	api    *API
	id     string
	caller account.Caller
	digest [32]byte
	key    string // Idempotency-Key, empty for none
	scope  string // caller, method and path
}

type requestKey struct{}

func requestFrom(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

func requestID(ctx context.Context) string {
	if r := requestFrom(ctx); r != nil {
		return r.id
	}
	return ""
}

// Request ids are a random prefix of the process and a counter: unique,
// cheap, and telling nothing.
var (
	idPrefix  = newIDPrefix()
	idCounter atomic.Uint64
)

func newIDPrefix() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // crypto/rand aborts the process rather than fail
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

func nextRequestID() string {
	const digits = "0123456789abcdefghijklmnopqrstuv"
	n := idCounter.Add(1)
	var b [32]byte
	copy(b[:], idPrefix)
	i := len(idPrefix)
	b[i] = '-'
	for shift := 30; shift >= 0; shift -= 5 {
		i++
		b[i] = digits[(n>>shift)&31]
	}
	return string(b[:i+1])
}

// clientRequestID takes the id a client sent if it is harmless in a log.
func clientRequestID(h http.Header) string {
	id := h.Get("X-Request-Id")
	if id == "" || len(id) > 64 {
		return ""
	}
	for _, r := range id {
		if !harmless(r) {
			return ""
		}
	}
	return id
}

func harmless(r rune) bool {
	return r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// open gives every request its id, security headers, a log line and metrics.
func (a *API) open(c *gin.Context) {
	q, started := a.begin(c)
	defer a.finish(c, q, started)
	c.Next()
}

func (a *API) begin(c *gin.Context) (*request, time.Time) {
	id := clientRequestID(c.Request.Header)
	if id == "" {
		id = nextRequestID()
	}
	h := c.Writer.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	q := &request{api: a, id: id}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), requestKey{}, q))
	return q, time.Now()
}

// finish recovers a panic into a problem, counts and logs. The log line has
// the route's pattern, never the path: paths carry ids of people's things.
func (a *API) finish(c *gin.Context, q *request, started time.Time) {
	if r := recover(); r != nil {
		if err, ok := r.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(r)
		}
		a.log.ErrorContext(c.Request.Context(), "panic", "request_id", q.id, "route", c.FullPath(), "panic", r)
		if !c.Writer.Written() {
			a.refuse(c, fault.ErrInternal)
		}
	}
	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	took := time.Since(started)
	a.metrics.observe(c.Request.Method, route, c.Writer.Status(), took)
	a.log.InfoContext(c.Request.Context(), "request", "request_id", q.id, "method", c.Request.Method, "route", route,
		"status", c.Writer.Status(), "ms", took.Milliseconds(), "account", q.caller.AccountID)
}

// identify finds out who is asking: a stranger, or the holder of a token.
func (a *API) identify(hctx huma.Context, next func(huma.Context)) {
	ctx := hctx.Context()
	q := requestFrom(ctx)
	token, sent := bearer(hctx.Header("Authorization"))
	if sent {
		caller, err := a.accounts.Authenticate(ctx, token)
		if err != nil {
			a.refuse(humagin.Unwrap(hctx), err)
			return
		}
		q.caller = caller
		hctx.SetHeader("Cache-Control", "private, no-store")
	}
	next(hctx)
}

// bearer takes the token out of an Authorization header. A header of another
// scheme counts as sent and empty: it is refused, not overlooked.
func bearer(header string) (token string, sent bool) {
	if header == "" {
		return "", false
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(token), true
}

// signedIn refuses strangers.
func (a *API) signedIn(hctx huma.Context, next func(huma.Context)) {
	if !requestFrom(hctx.Context()).caller.Known() {
		a.refuse(humagin.Unwrap(hctx), account.ErrRequired)
		return
	}
	next(hctx)
}

// paced limits how often one account may write, and one address may sign in.
func (a *API) paced(hctx huma.Context, next func(huma.Context)) {
	q := requestFrom(hctx.Context())
	key := "account:" + q.caller.AccountID
	rate, burst := a.limits.WritesPerSecond, a.limits.WriteBurst
	if !q.caller.Known() {
		key = "address:" + humagin.Unwrap(hctx).ClientIP()
		rate, burst = a.limits.SignInsPerSecond, a.limits.SignInBurst
	}
	if ok, wait := a.limiter.Allow(hctx.Context(), key, rate, burst); !ok {
		a.refuse(humagin.Unwrap(hctx), errTooMany.After(wait))
		return
	}
	next(hctx)
}

// jsonBody reads and bounds the body once, checks that it is UTF-8 text and
// JSON by its label, and notes its digest for the idempotency receipt.
func (a *API) jsonBody(hctx huma.Context, next func(huma.Context)) {
	c := humagin.Unwrap(hctx)
	body, err := a.readBody(c, a.limits.JSONBytes)
	if err != nil {
		a.refuse(c, err)
		return
	}
	if len(body) > 0 {
		if ct := c.GetHeader("Content-Type"); ct != "" && !isJSON(ct) {
			a.refuse(c, errMediaType)
			return
		}
		if err := checkJSONText(body); err != nil {
			a.refuse(c, err)
			return
		}
	}
	q := requestFrom(hctx.Context())
	q.digest = sha256.Sum256(body)
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	c.Request.ContentLength = int64(len(body))
	next(hctx)
}

func (a *API) readBody(c *gin.Context, limit int64) ([]byte, error) {
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(a.limits.BodyTime)) // test recorders have no deadline
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Time{}) // as above
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errTooLarge
	case err != nil:
		return nil, errTimeout.Because(err)
	}
	return body, nil
}

func isJSON(contentType string) bool {
	mt, _, err := mime.ParseMediaType(contentType)
	return err == nil && (mt == "application/json" || strings.HasSuffix(mt, "+json"))
}

// maxDepth bounds the nesting of a body: no body of ours nests deeper than 6.
const maxDepth = 32

// checkJSONText refuses text that is not UTF-8 (the decoder would replace bytes
// in silence: something would be lost) and nesting that only an attack has.
func checkJSONText(body []byte) error {
	if !utf8.Valid(body) {
		return errMalformed.At("body", "含有不是 UTF-8 的字节")
	}
	depth, inString, escaped := 0, false, false
	for _, b := range body {
		switch {
		case escaped:
			escaped = false
		case inString && b == '\\':
			escaped = true
		case b == '"':
			inString = !inString
		case inString:
		case b == '{' || b == '[':
			if depth++; depth > maxDepth {
				return errMalformed.At("body", "嵌套太深")
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return nil
}

// idempotent notes the Idempotency-Key, if one was sent.
func (a *API) idempotent(hctx huma.Context, next func(huma.Context)) {
	c := humagin.Unwrap(hctx)
	key := c.GetHeader("Idempotency-Key")
	if _, present := c.Request.Header["Idempotency-Key"]; present && !visible(key) {
		a.refuse(c, errKeyNeeded.At("header.Idempotency-Key", "1 到 255 个可见字符"))
		return
	}
	q := requestFrom(hctx.Context())
	q.key = key
	q.scope = q.caller.AccountID + " " + c.Request.Method + " " + c.Request.URL.Path
	next(hctx)
}

func visible(key string) bool {
	if key == "" || len(key) > 255 {
		return false
	}
	for i := range len(key) {
		if key[i] < 0x20 || key[i] > 0x7e {
			return false
		}
	}
	return true
}

// act is the request as a write in the caller's name.
func (q *request) act() audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: q.caller.AccountID}, RequestID: q.id}
}
