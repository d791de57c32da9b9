package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"cunwu/api"
	"cunwu/config"
	"cunwu/repository"
	"cunwu/repository/cache"
	"cunwu/repository/wechat"
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
	"cunwu/web"
)

// App is the whole server: the one place where the parts are put together.
type App struct {
	cfg      config.Config
	log      *slog.Logger
	clock    *shiftedClock
	rules    ruleBook
	db       *repository.DB
	redis    *cache.Redis
	prepared *prepared.Cache
	wechat   account.WeChat
	metrics  *api.Metrics

	accounts    *account.Service
	regions     *region.Service
	media       *media.Service
	procedures  *procedure.Service
	disclosures *disclosure.Service
	duties      *duty.Service
	questions   *question.Service
	boards      *board.Service
	record      *record.Service
	openData    *opendata.Service
	inbox       *inbox.Service
	search      *search.Service
	mentions    *mention.Service
	indicators  *indicator.Service
	ballots     *ballot.Service

	consultations *consultation.Service
	concerns      *concern.Service
	councils      *council.Service
	covenants     *covenant.Service
	redblack      *redblack.Service
	askedRaisers  atomic.Int64 // when raisers were last looked for, unix ms
	moderation    *moderation.Service
	rankings      *ranking.Service
	deedAbout     func(ctx context.Context, deedID, residentID string) (bool, error) // set by who lists deeds
	talk          web.Talk                                                           // what the pages of concerns are made from

	server, metricsServer     *http.Server
	listener, metricsListener net.Listener
	seeded                    atomic.Bool
	stop                      context.CancelFunc
	loops                     sync.WaitGroup
}

// appOptions are what differs between a server, a demo and a test.
type appOptions struct {
	clock      calendar.Clock    // nil: the machine's
	weChat     http.RoundTripper // nil: the network; the demo's stand-in otherwise
	reusable   func(string) bool // sign-in codes that may be used again; nil: none
	autoCreate bool              // migrate on start (embedded databases only)
	pragmas    []string          // SQLite pragmas in place of ours: of the demo, and of tests
}

// NewApp opens everything and starts nothing. The schema must be of this
// version unless autoCreate is set. Close releases what it opened.
func NewApp(ctx context.Context, cfg config.Config, log *slog.Logger, o appOptions) (*App, error) {
	a := &App{cfg: cfg, log: log, metrics: api.NewMetrics(), clock: &shiftedClock{base: o.clock}}
	if a.clock.base == nil {
		a.clock.base = calendar.System{}
	}
	boundMemory(a.cfg)
	err := a.cfg.EnsureKeys()
	if err == nil {
		err = a.open(ctx, o)
	}
	if err != nil {
		return nil, errors.Join(err, a.release())
	}
	return a, nil
}

// besideAnswers is what the program needs besides its prepared answers, under
// load: requests under way, pages being made, the driver's buffers.
const besideAnswers = 48 << 20

// boundMemory makes the collector work harder before memory grows without need:
// a village's server is a small machine. GOMEMLIMIT, where set, stands.
func boundMemory(cfg config.Config) {
	if _, set := os.LookupEnv("GOMEMLIMIT"); !set {
		debug.SetMemoryLimit(cfg.CacheBytes + besideAnswers)
	}
}

func (a *App) open(ctx context.Context, o appOptions) error {
	var err error
	if a.rules, err = embeddedRules(); err != nil {
		return fmt.Errorf("规则书有问题：\n%w", err)
	}
	if err = a.openStorage(ctx, o); err != nil {
		return err
	}
	if err = a.openWeChat(o); err != nil {
		return err
	}
	if err = a.buildServices(ctx, o); err != nil {
		return err
	}
	a.metrics.Registry.MustRegister(newFigures(a))
	return a.buildDoors()
}

func (a *App) openStorage(ctx context.Context, o appOptions) error {
	var err error
	a.db, err = repository.Open(ctx, repository.Options{
		URL: a.cfg.DatabaseURL, MaxConns: a.cfg.DatabaseConns, Clock: a.clock, Logger: a.log, SQLitePragmas: o.pragmas,
	})
	if err != nil {
		return err
	}
	if o.autoCreate {
		if err := a.db.Migrate(ctx); err != nil {
			return err
		}
	}
	if err := a.db.CheckSchema(ctx); err != nil {
		return err
	}
	if a.cfg.TestClock {
		if err := a.clock.restore(ctx, a.db); err != nil {
			return err
		}
	}
	var shared prepared.Shared
	if a.cfg.RedisURL != "" {
		if a.redis, err = cache.OpenRedis(cache.Options{URL: a.cfg.RedisURL}); err != nil {
			return err
		}
		shared = a.redis.Pages()
	}
	a.prepared = prepared.New(prepared.Options{
		MaxBytes: a.cfg.CacheBytes, StaleFor: a.cfg.StaleFor, Shared: shared, Edition: version, Logger: a.log, Subjects: []string{api.RankingSubject},
	})
	a.db.OnChange(func(codes []region.Code) {
		a.prepared.Changed(codes...)
		a.hint()
	})
	return nil
}

// Close ends the server in order: no new requests, those under way answered,
// loops over, storage closed.
func (a *App) Close(ctx context.Context) error {
	var errs []error
	for _, s := range []*http.Server{a.server, a.metricsServer} {
		if s != nil {
			errs = append(errs, s.Shutdown(ctx))
		}
	}
	if a.stop != nil {
		a.stop()
	}
	a.loops.Wait()
	return errors.Join(append(errs, a.release())...)
}

func (a *App) release() error {
	var errs []error
	if a.prepared != nil {
		a.prepared.Close()
	}
	if a.redis != nil {
		errs = append(errs, a.redis.Close())
	}
	if a.db != nil {
		errs = append(errs, a.db.Close())
	}
	return errors.Join(errs...)
}

func (a *App) buildServices(ctx context.Context, o appOptions) error {
	sealer, err := repository.NewSealer(sealRing(a.cfg.SealKeys), a.cfg.MACKey)
	if err != nil {
		return err
	}
	blobs, err := openBlobs(ctx, a.cfg)
	if err != nil {
		return err
	}
	if err := a.openRecord(); err != nil {
		return err
	}
	a.regions = region.New(a.db.Regions())
	a.accounts = account.New(a.db.Accounts(), account.Options{
		Clock: a.clock, Policy: a.rules.policy, Sealer: sealer, WeChat: a.wechat, Notices: a.rules.notices,
		Places: a.regions, ReusableCodes: o.reusable, Exports: []account.ExportSource{ownMessages{a}, ownQuestions{a}, ownBallots{a}, ownConsultations{a}, ownConcerns{a}, ownCouncils{a}, ownCovenants{a}, ownEndorsements{a}, ownEntries{a}},
		Bars: a.barsOffice,
	})
	a.media = media.New(a.db.Media(), blobs, media.Options{
		Clock: a.clock, Limits: media.Limits{Bytes: a.cfg.UploadBytes}, Compares: a.comparesPapers, Keeps: a.worksOnBoards,
	})
	a.procedures = procedure.New(a.db.Cases(), a.rules.procedures, a.rules.holidays, a.clock)
	if err := a.procedures.CheckVersions(ctx); err != nil {
		return err
	}
	a.disclosures = disclosure.New(a.db.Disclosures(), disclosure.Options{
		Procedures: a.procedures, Places: a.regions, Media: a.media, Powers: a.accounts, Catalogue: a.rules.catalogue,
		Screening: a.rules.screening, Holidays: a.rules.holidays, Clock: a.clock, Colleague: a.accounts.HoldsOffice,
		RoleName: func(r account.Role) string { rule, _ := a.rules.policy.Role(r); return rule.Name },
		Accounts: a.rules.accounts, Households: a.db.Disclosures(), Sealer: sealer,
	})
	a.buildQuestions()
	a.openInbox()
	a.buildDuties()
	if err := a.buildIndicators(); err != nil {
		return err
	}
	a.buildOpenData()
	a.buildSearch()
	a.openBallots()
	a.openConsultations()
	a.openCouncils()
	a.openCovenants()
	a.openRankings()
	a.openModeration(o, sealer)
	a.openConcerns(sealer, concernChecks{a.moderation})
	a.openRedBlack(sealer)
	a.openPages(sealer, o)
	return nil
}

// openRecord opens the public log with the keys that sign for it.
func (a *App) openRecord() error {
	keys, err := record.KeysFromSeed(a.cfg.LogKey)
	if err != nil {
		return err
	}
	a.record, err = record.New(a.db.Records(), record.Options{Keys: keys, Clock: a.clock, Origin: a.cfg.LogOrigin, Log: a.log})
	return err
}

func (a *App) buildDoors() error {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	if err := r.SetTrustedProxies(a.cfg.TrustedProxies); err != nil {
		return fmt.Errorf("trusted proxies: %w", err)
	}
	o := api.Options{
		Accounts: a.accounts, Regions: a.regions, Disclosures: a.disclosures, Media: a.media, Procedures: a.procedures,
		Prepared: a.prepared, Limiter: a.limiter(), Clock: a.clock, Log: a.log, Metrics: a.metrics, Version: version,
		Questions: a.questions, Boards: a.boards, Ready: a.ready, LastChange: a.db.LastChange, Limits: limitsOf(a.cfg), Record: a.record, OpenData: a.openData, Duties: a.duties,
		Inbox: a.inbox, Search: a.search, Mentions: a.mentions, Indicators: a.indicators, Ballots: a.ballots, Consultations: a.consultations, Chronicle: chronicle.New(a.db.Chronicle(), a.regions), Concerns: a.concerns,
		Moderation: a.moderation, Councils: a.councils, Covenants: a.covenants, Rankings: a.rankings, RedBlack: a.redblack,
	}
	if a.cfg.TestClock {
		o.MoveClock = func(ctx context.Context, to time.Time) error {
			if err := a.clock.moveTo(ctx, a.db, to); err != nil {
				return err
			}
			a.sweep(ctx)
			return nil
		}
	}
	if _, err := api.New(r, o); err != nil {
		return err
	}
	pages, err := web.New(web.Options{
		Places: a.regions, Disclosures: a.disclosures, Prepared: a.prepared, LastChange: a.db.LastChange, Log: a.log, Site: web.Site(a.cfg.Site), Leaves: a.record, Things: a.mentions, Indicators: a.indicators,
		Questions: a.questions, Boards: a.boards, Duties: a.duties, Finder: a.search, OpenData: true, Clock: a.clock, Consultations: a.consultations, Ballots: a.ballots,
		Talk: a.talk, Councils: a.councils, Lists: a.redblack, Rankings: a.rankings, Covenants: a.covenants,
	})
	if err != nil {
		return err
	}
	pages.Mount(r)
	a.mountPush(r)
	a.server = &http.Server{
		Handler: r, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.metrics.Registry, promhttp.HandlerOpts{}))
	a.metricsServer = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second}
	return nil
}

func limitsOf(c config.Config) api.Limits {
	l := api.DefaultLimits()
	l.JSONBytes, l.UploadBytes = c.JSONBytes, c.UploadBytes
	l.WritesPerSecond, l.WriteBurst = c.WritesPerSecond, c.WriteBurst
	l.SignInsPerSecond, l.SignInBurst = c.SignInsPerSecond, c.SignInBurst
	return l
}

func sealRing(keys []config.SealKey) []repository.SealKey {
	out := make([]repository.SealKey, len(keys))
	for i, k := range keys {
		out[i] = repository.SealKey{ID: k.ID, Key: k.Key}
	}
	return out
}

// noWeChat stands where sign-in by WeChat is not set up.
type noWeChat struct{}

func (noWeChat) OpenID(context.Context, string) (string, error) { return "", account.ErrBusy }
func (noWeChat) Phone(context.Context, string) (string, error)  { return "", account.ErrBusy }

func (a *App) openWeChat(o appOptions) error {
	w := a.cfg.WeChat
	if w.AppID == "" {
		a.wechat = noWeChat{}
		return nil
	}
	wo := wechat.Options{AppID: w.AppID, AppSecret: w.AppSecret, Base: w.Base, Transport: o.weChat, Clock: a.clock.base, Logger: a.log}
	if a.redis != nil {
		wo.Tokens = a.redis
	}
	client, err := wechat.New(wo)
	a.wechat = client
	return err
}

func (a *App) limiter() api.Limiter {
	if a.redis != nil {
		return a.redis.NewLimiter(a.clock.base)
	}
	return cache.NewMemoryLimiter(a.clock.base)
}

// ready reports whether requests can be served.
func (a *App) ready(ctx context.Context) error {
	if !a.seeded.Load() {
		return errors.New("seeding")
	}
	return a.db.Ping(ctx)
}

// Start listens and serves until Close. It returns as soon as the port is open.
func (a *App) Start(ctx context.Context) error {
	if err := a.recordRules(ctx); err != nil {
		return err
	}
	if err := a.ballots.CheckKeepers(ctx); err != nil {
		return err
	}
	lc := net.ListenConfig{}
	var err error
	if a.listener, err = lc.Listen(ctx, "tcp", a.cfg.Listen); err != nil {
		return fmt.Errorf("cannot listen on %s: %w", a.cfg.Listen, err)
	}
	if a.cfg.MetricsListen != "" {
		if a.metricsListener, err = lc.Listen(ctx, "tcp", a.cfg.MetricsListen); err != nil {
			return errors.Join(fmt.Errorf("cannot listen on %s for metrics: %w", a.cfg.MetricsListen, err), a.listener.Close())
		}
	}
	a.seeded.Store(true)
	a.startLoops(ctx)
	a.loops.Go(func() { a.serve(a.server, a.listener) })
	if a.metricsListener != nil {
		a.loops.Go(func() { a.serve(a.metricsServer, a.metricsListener) })
	}
	return nil
}

func (a *App) serve(s *http.Server, l net.Listener) {
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		a.log.Error("listener ended", "address", l.Addr().String(), "cause", err)
	}
}

// Addr is the address in use, host and port.
func (a *App) Addr() string { return a.listener.Addr().String() }

// MetricsAddr is the address of the metrics, or "".
func (a *App) MetricsAddr() string {
	if a.metricsListener == nil {
		return ""
	}
	return a.metricsListener.Addr().String()
}
