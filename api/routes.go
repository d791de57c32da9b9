package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
)

// route is one line of the route table: what it is, who may come, and what
// must be known before the body is read.
type route struct {
	id      string // operationId
	method  string
	path    string
	tag     string
	summary string
	detail  string
	access  access
	status  int // of success; 0 = 200
	// known answers 404 before anything sent is looked at, for a thing the
	// caller may not know of. It gets the path parameter {id}.
	known   func(ctx context.Context, caller account.Caller, id string) error
	example any  // a request body that works in the demo
	public  bool // CORS * and, for strangers, cacheable
	// passing: what is shown may be taken off at any moment, so that no cache and
	// no search engine is to keep it. It goes with public.
	passing bool
}

type access int

const (
	anyone   access = iota // strangers too; a token is honoured if sent
	signedIn               // somebody
)

// output is an answer: the resource itself.
type output[T any] struct {
	Status       int
	CacheControl string `header:"Cache-Control"`
	Body         T
}

// read registers a GET.
func read[I, T any](a *API, r route, do func(ctx context.Context, caller account.Caller, in *I) (T, error)) {
	r.method = http.MethodGet
	huma.Register(a.huma, a.operation(r), func(ctx context.Context, in *I) (*output[T], error) {
		q := requestFrom(ctx)
		body, err := do(ctx, q.caller, in)
		if err != nil {
			return nil, a.asError(ctx, err)
		}
		cc := "private, no-store"
		if r.public && !r.passing && !q.caller.Known() {
			cc = "public, max-age=10"
		}
		return &output[T]{Status: http.StatusOK, CacheControl: cc, Body: body}, nil
	})
}

// write registers a POST, PUT or DELETE: do makes the change, show renders what
// came of it, for the answer now and for the receipt that a repeat gets.
func write[I, R, T any](a *API, r route, do func(ctx context.Context, caller account.Caller, act audit.Act, in *I) (R, error), show func(R) T) {
	if r.method == "" {
		r.method = http.MethodPost
	}
	status := r.status
	if status == 0 {
		status = http.StatusOK
	}
	huma.Register(a.huma, a.operation(r), func(ctx context.Context, in *I) (*output[T], error) {
		q := requestFrom(ctx)
		act := q.act()
		if q.key != "" {
			act.Receipt = receipt(q, status, show)
		}
		result, err := do(ctx, q.caller, act, in)
		if err != nil {
			return nil, a.asError(ctx, err)
		}
		return &output[T]{Status: status, CacheControl: "private, no-store", Body: show(result)}, nil
	})
}

// receipt binds an act to the request's Idempotency-Key. The result that the
// service answers with inside its transaction is of the type it returns.
func receipt[R, T any](q *request, status int, show func(R) T) *audit.Receipt {
	return &audit.Receipt{Scope: q.scope, Key: q.key, Digest: q.digest, Encode: func(result any) (int, []byte, error) {
		r, ok := result.(R)
		if !ok && result != nil { // nil: the write leaves nothing to show
			return 0, nil, fmt.Errorf("api: %s answered with %T", q.scope, result)
		}
		body, err := encode(show(r))
		return status, body, err
	}}
}

// encode renders as the first answer was rendered, byte for byte.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	if err := jsonFormat.Marshal(&buf, v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

func unwrapGin(hctx huma.Context) *gin.Context { return humagin.Unwrap(hctx) }

// operation builds huma's description and the chain of checks in the order of
// refusals: who, known, what was sent.
func (a *API) operation(r route) huma.Operation {
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: "/api/v1" + r.path, Tags: []string{r.tag},
		Summary: r.summary, Description: r.detail, DefaultStatus: r.status,
		MaxBodyBytes: a.limits.JSONBytes, RejectUnknownQueryParameters: true,
		Middlewares: huma.Middlewares{a.identify},
		Errors:      []int{http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
		Security:    openToAll(),
	}
	if r.access == signedIn {
		op.Middlewares = append(op.Middlewares, a.signedIn)
		op.Security = []map[string][]string{{"bearer": {}}}
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	}
	switch {
	case r.passing:
		op.Middlewares = append(op.Middlewares, crossOrigin, unlisted)
	case r.public:
		op.Middlewares = append(op.Middlewares, crossOrigin, conditional)
	}
	if r.known != nil {
		op.Middlewares = append(op.Middlewares, a.knownFirst(r.known))
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	if r.method != http.MethodGet {
		op.Middlewares = append(op.Middlewares, a.paced, a.jsonBody)
		op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusConflict, http.StatusTooManyRequests)
	}
	if r.method == http.MethodPost {
		op.Middlewares = append(op.Middlewares, a.idempotent)
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: "string", MinLength: ptr(1), MaxLength: ptr(255)},
			Description: "同一次提交的重试请带同一个值：不会重复办理，得到第一次的结果。保留 72 小时。",
		})
	}
	if r.example != nil {
		a.examples[r.id] = r.example
	}
	return op
}

// openToAll says that a token is honoured and none is needed.
func openToAll() []map[string][]string { return []map[string][]string{{}, {"bearer": {}}} }

func (a *API) knownFirst(known func(context.Context, account.Caller, string) error) func(huma.Context, func(huma.Context)) {
	return func(hctx huma.Context, next func(huma.Context)) {
		ctx := hctx.Context()
		id := hctx.Param("id")
		if id == "" {
			id = hctx.Param("code") // of a place
		}
		if err := known(ctx, requestFrom(ctx).caller, id); err != nil {
			a.refuse(humagin.Unwrap(hctx), err)
			return
		}
		next(hctx)
	}
}

func crossOrigin(hctx huma.Context, next func(huma.Context)) {
	hctx.SetHeader("Access-Control-Allow-Origin", "*")
	next(hctx)
}

// unlisted asks search engines to pass by.
func unlisted(hctx huma.Context, next func(huma.Context)) {
	hctx.SetHeader("X-Robots-Tag", "noindex, nofollow, noarchive")
	next(hctx)
}

func ptr[T any](v T) *T { return &v }

// done is the answer of writes that leave nothing to show.
type done struct {
	OK bool `json:"ok" example:"true"`
}

// list is one page of anything.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next_cursor,omitempty" doc:"下一页的标记；到底了就没有"`
}

func mapped[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
