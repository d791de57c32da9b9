// Package api is the JSON door: it reads requests, asks one service, and
// renders the answer. It holds no rules of village life.
//
// Invariants: every refusal on every path is a problem document with a stable
// code; refusals come in the order 401, 404, 422, 403, 409; what a client did
// never makes a 5xx; an answer to a signed-in caller is never stored by
// anybody; hot answers are prepared bytes, never rendered per request.
package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/board"
	"cunwu/service/calendar"
	"cunwu/service/chronicle"
	"cunwu/service/concern"
	"cunwu/service/consultation"
	"cunwu/service/council"
	"cunwu/service/covenant"
	"cunwu/service/disclosure"
	"cunwu/service/duty"
	"cunwu/service/inbox"
	"cunwu/service/indicator"
	"cunwu/service/media"
	"cunwu/service/mention"
	"cunwu/service/moderation"
	"cunwu/service/opendata"
	"cunwu/service/prepared"
	"cunwu/service/procedure"
	"cunwu/service/question"
	"cunwu/service/ranking"
	"cunwu/service/record"
	"cunwu/service/redblack"
	"cunwu/service/region"
	"cunwu/service/search"
)

// Limiter says whether a key may act now at a rate per second with a burst,
// and if not, how long to wait.
type Limiter interface {
	Allow(ctx context.Context, key string, rate float64, burst int) (ok bool, retryAfter time.Duration)
}

// Limits are the technical bounds of the door.
type Limits struct {
	JSONBytes        int64         // largest JSON body
	UploadBytes      int64         // largest file
	BodyTime         time.Duration // longest time to send a body
	WritesPerSecond  float64       // of one account
	WriteBurst       int
	SignInsPerSecond float64 // of one network address: a village shares one
	SignInBurst      int
}

// DefaultLimits suit a county on two cores.
func DefaultLimits() Limits {
	return Limits{
		JSONBytes: 1 << 20, UploadBytes: 8 << 20, BodyTime: 30 * time.Second,
		WritesPerSecond: 50, WriteBurst: 200, SignInsPerSecond: 20, SignInBurst: 200,
	}
}

// Options are what the door opens to. Ready reports whether the server can
// serve; LastChange gives the serial of the last committed change; MoveClock
// is nil but where the test clock is switched on.
type Options struct {
	Accounts    *account.Service
	Regions     *region.Service
	Disclosures *disclosure.Service
	Media       *media.Service
	Procedures  *procedure.Service
	Prepared    *prepared.Cache
	Limiter     Limiter
	Limits      Limits
	Clock       calendar.Clock
	Log         *slog.Logger
	Metrics     *Metrics
	Version     string
	Ready       func(ctx context.Context) error
	LastChange  func(ctx context.Context) (int64, error)
	MoveClock   func(ctx context.Context, to time.Time) error
	Record      *record.Service   // the public log; nil: not mounted
	OpenData    *opendata.Service // files to take away; nil: not mounted
	Duties      *duty.Service     // the disclosure clock; nil: not mounted
	Questions   *question.Service
	Boards      *board.Service
	Mentions    *mention.Service
	Indicators  *indicator.Service
	Inbox       *inbox.Service
	Search      *search.Service // nil: nothing can be looked for
	Ballots     *ballot.Service // nil: not mounted

	Consultations *consultation.Service // nil: not mounted
	Concerns      *concern.Service      // nil: not mounted
	Councils      *council.Service      // nil: not mounted
	Covenants     *covenant.Service     // nil: not mounted
	Moderation    *moderation.Service   // nil: not mounted
	Chronicle     *chronicle.Service    // nil: steps are in no feed
	Rankings      *ranking.Service      // nil: not mounted
	RedBlack      *redblack.Service     // nil: not mounted
}

// API is the mounted door.
type API struct {
	accounts    *account.Service
	regions     *region.Service
	disclosures *disclosure.Service
	media       *media.Service
	procedures  *procedure.Service
	prepared    *prepared.Cache
	limiter     Limiter
	limits      Limits
	clock       calendar.Clock
	log         *slog.Logger
	metrics     *Metrics
	ready       func(ctx context.Context) error
	lastChange  func(ctx context.Context) (int64, error)
	record      *record.Service
	openData    *opendata.Service
	questions   *question.Service
	boards      *board.Service
	mentions    *mention.Service
	indicators  *indicator.Service
	inbox       *inbox.Service
	search      *search.Service
	duties      *duty.Service
	ballots     *ballot.Service

	consultations *consultation.Service
	concerns      *concern.Service
	councils      *council.Service
	covenants     *covenant.Service
	moderation    *moderation.Service
	chronicle     *chronicle.Service
	rankings      *ranking.Service
	redblack      *redblack.Service

	huma     huma.API
	examples map[string]any
}

// The library keeps its texts and its error maker in package variables: they
// are set once for the process.
var libraryOnce sync.Once

func setLibrary() {
	sayInChinese()
	huma.ValidateStrictCasing = true // Title is not title: a field of another name is unknown
	huma.NewErrorWithContext = newHumaError
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return newHumaError(nil, status, msg, errs...)
	}
}

// New mounts the API on r.
func New(r *gin.Engine, o Options) (*API, error) {
	libraryOnce.Do(setLibrary)
	a := &API{
		accounts: o.Accounts, regions: o.Regions, disclosures: o.Disclosures, media: o.Media, procedures: o.Procedures,
		prepared: o.Prepared, limiter: o.Limiter, limits: o.Limits, clock: o.Clock, log: o.Log, metrics: o.Metrics,
		ready: o.Ready, lastChange: o.LastChange, record: o.Record, openData: o.OpenData, questions: o.Questions, boards: o.Boards, mentions: o.Mentions, indicators: o.Indicators, inbox: o.Inbox, search: o.Search, duties: o.Duties, ballots: o.Ballots, consultations: o.Consultations, chronicle: o.Chronicle, concerns: o.Concerns, moderation: o.Moderation, rankings: o.Rankings, redblack: o.RedBlack, examples: map[string]any{},
	}
	if a.limits == (Limits{}) {
		a.limits = DefaultLimits()
	}
	a.councils = o.Councils
	a.covenants = o.Covenants
	r.HandleMethodNotAllowed = true
	r.RedirectTrailingSlash = false
	r.NoRoute(a.open, a.lost(errNoRoute))
	r.NoMethod(head(r), a.open, a.lost(errNoMethod))
	r.GET("/api/v1/feed", a.feed)
	r.HEAD("/api/v1/feed", a.feed)
	g := r.Group("/", a.open)
	g.GET("/livez", a.livez)
	g.GET("/readyz", a.readyz)
	g.GET("/media/:name", a.serveMedia)
	g.HEAD("/media/:name", a.serveMedia)
	if o.MoveClock != nil {
		g.PUT("/testing/clock", a.moveClock(o.MoveClock))
	}
	a.huma = humagin.NewWithGroup(r, g, humaConfig(o.Version))
	a.mountRegions()
	a.mountAccounts()
	a.mountAppointments()
	a.mountRoll()
	a.mountDisclosures()
	a.mountImports()
	a.mountCatalogue()
	a.mountBroadcast()
	a.mountTasks()
	a.mountQuestions()
	a.mountBoards()
	a.mountProcedures()
	a.mountGroups()
	a.mountUploads()
	a.mountInbox()
	a.mountMentions()
	a.mountIndicators()
	a.mountSyndication(g)
	if a.duties != nil {
		a.mountDuties()
	}
	a.documentFeed()
	if a.openData != nil {
		a.mountOpenData(g)
	}
	if a.record != nil {
		a.mountRecord(g)
		a.mountProofs(g)
	}
	a.mountNouns(r, g)
	a.fillExamples()
	a.tidyDocument()
	return a, a.mountDocs(g)
}

// mountNouns mounts what villages do together, as far as it is there.
func (a *API) mountNouns(r *gin.Engine, g *gin.RouterGroup) {
	if a.ballots != nil {
		a.mountBallots(r, g)
	}
	if a.consultations != nil {
		a.mountConsultations(g)
	}
	if a.concerns != nil {
		a.mountConcerns()
		a.mountOpen311(g)
	}
	if a.councils != nil {
		a.mountCouncils()
	}
	if a.covenants != nil {
		a.mountCovenants()
	}
	if a.moderation != nil {
		a.mountModeration(g)
	}
	if a.chronicle != nil {
		a.mountChronicle()
	}
	if a.rankings != nil {
		a.mountRankings(r)
	}
	if a.redblack != nil {
		a.mountRedBlack()
	}
}

func humaConfig(version string) huma.Config {
	c := huma.DefaultConfig("村务公开接口", version)
	c.Info.Description = "村务公开、议事、说事与村规民约的开放接口。公开数据任何人可读，不需要登录。"
	c.DocsPath = ""
	c.SchemasPath = ""
	c.CreateHooks = nil
	c.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	c.NoFormatFallback = false
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "POST /api/v1/auth/wechat 得到的令牌"},
	}
	return c
}

// jsonFormat writes compact JSON without HTML escapes, as receipts are stored.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	},
	Unmarshal: json.Unmarshal,
}

// OpenAPI gives the document as indented JSON.
func (a *API) OpenAPI() ([]byte, error) {
	return json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
}

// fillExamples puts the working request bodies into the document.
func (a *API) fillExamples() {
	for _, item := range a.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Post, item.Put, item.Delete} {
			if op == nil || op.RequestBody == nil {
				continue
			}
			for _, mt := range op.RequestBody.Content {
				if ex, ok := a.examples[op.OperationID]; ok {
					mt.Example = ex
				}
			}
		}
	}
}

// documentFeed describes the hot path, which huma does not serve.
func (a *API) documentFeed() {
	oapi := a.huma.OpenAPI()
	schema := oapi.Components.Schemas.Schema(typeOf[list[feedItem]](), true, "Feed")
	str := func(name, doc string, required bool, example any) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: doc, Required: required, Example: example, Schema: &huma.Schema{Type: "string"}}
	}
	problem := &huma.Response{Description: "拒绝", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: oapi.Components.Schemas.Schema(typeOf[Problem](), true, "Problem")},
	}}
	oapi.AddOperation(&huma.Operation{
		OperationID: "get-feed", Method: http.MethodGet, Path: "/api/v1/feed", Tags: []string{"公开"},
		Summary:     "一个地方和它下面所有地方的公开内容，新的在前",
		Security:    openToAll(),
		Description: "任何级别的地区代码都行。带令牌的本村村民还能看到只对本村公开的内容。给了 q、item 或 period 就只列现在公示着的，只对本村公开的不在内；这时一页可能不满、甚至是空的而仍有 next_cursor，接着翻就是。支持 ETag、If-None-Match 和 gzip。",
		Parameters: []*huma.Param{
			str("region", "地区代码", true, "510821102200"), str("category", "类别代码，如 FINANCE", false, "FINANCE"),
			str("q", "要找的字，至少两个相连的字；空格隔开的几个词都要有。在标题、摘要、正文和明细里找", false, "路灯"),
			str("item", "目录事项代码，如 D02", false, "D02"), str("period", "期间，连同它里面的月份和日子，如 2026Q1", false, "2026"),
			str("cursor", "上一页的 next_cursor", false, nil),
			{Name: "limit", In: "query", Description: "每页几条，1 到 50", Schema: &huma.Schema{Type: "integer", Minimum: ptr(1.0), Maximum: ptr(float64(feedMost)), Default: feedDefault}},
		},
		Responses: map[string]*huma.Response{
			"200": {Description: "一页", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}},
			"304": {Description: "没有变化"}, "404": problem, "422": problem, "503": problem,
		},
	})
}
