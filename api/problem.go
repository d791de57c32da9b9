package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"cunwu/service/audit"
	"cunwu/service/fault"
)

// Faults of the door itself: what no noun could say.
var (
	errMalformed   = fault.Define(fault.Malformed, "request.malformed", "提交的内容读不出来，请检查格式（应为 UTF-8 编码的 JSON）。")
	errTooLarge    = fault.Define(fault.TooLarge, "request.too_large", "提交的内容太大了。")
	errMediaType   = fault.Define(fault.Unsupported, "request.media_type", "不支持这种内容格式，请用 application/json。")
	errNoRoute     = fault.Define(fault.NotFound, "request.no_route", "没有这个地址。")
	errNoMethod    = fault.Define(fault.NotFound, "request.no_method", "这个地址不支持这种请求方法。")
	errTimeout     = fault.Define(fault.Malformed, "request.timeout", "内容传得太慢，连接已断开，请换个网络再试。")
	errTooMany     = fault.Define(fault.TooMany, "request.too_many", "操作太频繁了，请稍后再试。")
	errKeyNeeded   = fault.Define(fault.Invalid, "idempotency.key_invalid", "Idempotency-Key 应为 1 到 255 个可见字符。")
	errConfirm     = fault.Define(fault.Invalid, "request.not_confirmed", "请确认后再提交。")
	errCursor      = fault.Define(fault.Invalid, "request.cursor_invalid", "翻页标记不对，请从第一页重新开始。")
	errUnsupported = fault.Define(fault.Invalid, "feed.search_unavailable", "全文查找还没有开放，请先按地区和类别查看。")
)

// Problem is every refusal as clients see it: RFC 9457 with a stable code.
type Problem struct {
	Type      string         `json:"type" example:"/docs#disclosure.not_found" doc:"这个错误代码的说明地址"`
	Title     string         `json:"title" example:"Not Found" doc:"HTTP 状态的英文名"`
	Status    int            `json:"status" example:"404" doc:"HTTP 状态码"`
	Detail    string         `json:"detail" example:"没有找到这条公开。" doc:"给村民看的一句话"`
	Code      string         `json:"code" example:"disclosure.not_found" doc:"稳定的错误代码"`
	Errors    []ProblemField `json:"errors,omitempty" doc:"逐项指出哪里不对"`
	RequestID string         `json:"request_id" example:"k3v7..." doc:"反馈问题时请提供"`

	retryAfter time.Duration
}

// ProblemField names one thing that was wrong.
type ProblemField struct {
	Location string `json:"location" example:"body.title" doc:"出错的位置"`
	Message  string `json:"message" example:"标题不能为空" doc:"怎么改"`
}

// Error makes Problem an error for huma.
func (p *Problem) Error() string { return p.Code }

// GetStatus gives the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType sets the media type of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders gives Retry-After where the problem will pass.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(max(1, int(p.retryAfter.Round(time.Second)/time.Second))))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	h.Set("Cache-Control", "no-store")
	return h
}

// statusOf is the one table from kinds of faults to HTTP.
var statusOf = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.NotFound:        http.StatusNotFound,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Malformed:       http.StatusBadRequest,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.Unsupported:     http.StatusUnsupportedMediaType,
	fault.Forbidden:       http.StatusForbidden,
	fault.Conflict:        http.StatusConflict,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// problem turns any error into what the client may know of it, and logs the
// rest. Unknown errors say nothing of their cause.
func (a *API) problem(ctx context.Context, err error) *Problem {
	f := fault.Of(err)
	if f == nil {
		f = fault.ErrInternal.Because(err)
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			f = fault.ErrUnavailable.Because(err)
		}
	}
	status := statusOf[f.Kind]
	if f.Is(errNoMethod) {
		status = http.StatusMethodNotAllowed
	}
	if f.Is(errTimeout) {
		status = http.StatusRequestTimeout
	}
	id := requestID(ctx)
	if status >= http.StatusInternalServerError {
		a.log.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("code", f.Code), slog.String("request_id", id), slog.Any("cause", errors.Unwrap(f)))
	}
	p := &Problem{
		Type: "/docs#" + f.Code, Title: http.StatusText(status), Status: status,
		Detail: f.Message, Code: f.Code, RequestID: id, retryAfter: f.RetryAfter,
	}
	if p.retryAfter == 0 && (status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests) {
		p.retryAfter = 2 * time.Second
	}
	for _, e := range f.Fields {
		p.Errors = append(p.Errors, ProblemField{Location: e.Location, Message: e.Message})
	}
	return p
}

// refuse writes a problem from a plain gin handler.
func (a *API) refuse(c *gin.Context, err error) {
	p := a.problem(c.Request.Context(), err)
	for k, v := range p.GetHeaders() {
		c.Writer.Header()[k] = v
	}
	c.Abort()
	body, _ := json.Marshal(p)
	c.Data(p.Status, "application/problem+json", body)
}

// newHumaError turns the refusals that huma makes while reading a request into
// problems of ours. It is installed once for the process; without a request it
// serves the document only, which needs the shape of a problem.
func newHumaError(hctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
	if hctx == nil || requestFrom(hctx.Context()) == nil {
		return &Problem{Status: status, Title: http.StatusText(status), Detail: msg}
	}
	ctx := hctx.Context()
	a := requestFrom(ctx).api
	for _, e := range errs {
		var p *Problem
		if errors.As(e, &p) {
			return p
		}
	}
	var f *fault.Fault
	switch status {
	case http.StatusUnsupportedMediaType:
		f = errMediaType
	case http.StatusRequestEntityTooLarge:
		f = errTooLarge
	case http.StatusRequestTimeout:
		f = errTimeout
	case http.StatusBadRequest:
		f = errMalformed
	case http.StatusUnprocessableEntity:
		f = fault.ErrInvalid
	case http.StatusNotAcceptable:
		f = errMediaType.Saying("这里只提供 JSON。")
	default:
		return a.problem(ctx, fault.ErrInternal.Because(errors.Join(append(errs, errors.New(msg))...)))
	}
	for _, e := range errs[:min(len(errs), mostErrors)] {
		f = f.With(fieldOf(e))
	}
	return a.problem(ctx, f)
}

// mostErrors bounds how many wrong fields one problem names: a list of
// thousands of empty lines shall not be answered with as many sentences.
const mostErrors = 50

// fieldOf keeps place and message of a validation error. The value that was
// sent is never echoed: it may be somebody's.
func fieldOf(err error) fault.Field {
	var d huma.ErrorDetailer
	if !errors.As(err, &d) {
		return fault.Field{Location: "body", Message: "内容有误"}
	}
	e := d.ErrorDetail()
	msg := e.Message
	if strings.Contains(msg, "json:") || strings.Contains(msg, "invalid character") || strings.Contains(msg, "unexpected end") {
		msg = "不是正确的 JSON"
	}
	if msg == "unknown query parameter" {
		msg = "没有这个参数"
	}
	if name, ok := strings.CutPrefix(msg, missing); ok {
		return fault.Field{Location: e.Location + "." + name, Message: "请填写这一项"}
	}
	return fault.Field{Location: e.Location, Message: msg}
}

// replayed sends the first answer to a repeat of the same request.
type replayed struct {
	status int
	body   []byte
}

func (r *replayed) Error() string                { return "replayed" }
func (r *replayed) GetStatus() int               { return r.status }
func (r *replayed) MarshalJSON() ([]byte, error) { return r.body, nil }
func (r *replayed) GetHeaders() http.Header {
	return http.Header{"Idempotent-Replayed": {"true"}, "Cache-Control": {"private, no-store"}}
}

// asError is how every handler's error leaves: a replay of the first answer,
// or a problem.
func (a *API) asError(ctx context.Context, err error) error {
	var r *audit.Replay
	if errors.As(err, &r) {
		return &replayed{status: r.Status, body: r.Body}
	}
	return a.problem(ctx, err)
}
