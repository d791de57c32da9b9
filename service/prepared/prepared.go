// Package prepared keeps answers of the reading doors as ready bytes:
// compressed once, with entity tags and header lines, found by one look-up and
// dropped by place.
//
// An answer belongs to one region and holds a pointer to that region's
// generation, a number that every change within the region raises. An answer
// is fresh while the number is what it was before the answer was loaded, so a
// hit costs one look-up and one atomic load, and a load that raced a change is
// outdated from birth.
//
// Invariants: after Changed(code) has returned, no Get that begins later gives
// an answer loaded before as fresh, for code and every place above it; what is
// outdated is kept only to be shown, marked stale, while storage is away; all
// memory is bounded by Options.MaxBytes; a shared store that is away or hung
// changes nothing but speed.
package prepared

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"cunwu/service/calendar"
	"cunwu/service/fault"
)

// Limits of the machinery, all technical.
const (
	// MinStaleFor is the least time that outdated answers outlive a storage failure.
	MinStaleFor = 10 * time.Minute

	defaultMaxBytes  = 64 << 20
	defaultSharedTTL = time.Minute
	maxAliasLength   = 1024
	aliasOverhead    = 128
	pageOverhead     = 1024                   // slot, answer, header lines and table entry of a page
	sweepEvery       = time.Minute            // how often outdated answers past their use are freed
	dropRetry        = 250 * time.Millisecond // pause before a failed drop in the shared store is tried again
)

// Loader builds a page from storage. asOf is the last change serial that was
// read before anything else, 0 where there is none. A Fault of a kind other
// than Internal and Unavailable is an answer (no such place) and is passed on;
// every other error counts as a failure of storage.
type Loader func(ctx context.Context) (body []byte, contentType string, asOf int64, err error)

// Freshness says whether an answer may be outdated because storage is away.
// Age is the time since the answer was built and is set only where Stale is.
type Freshness struct {
	Stale bool
	Age   time.Duration
}

// Options are the settings of a Cache; zero values are sensible.
type Options struct {
	MaxBytes  int64          // bound of all answers together, default 64 MiB
	Clock     calendar.Clock // default the machine's
	Shared    Shared         // store shared between instances, may be nil
	SharedTTL time.Duration  // longest life of a page in Shared, default one minute
	Subjects  []string       // kinds of pages that change on their own, too: see Of
	Edition   string         // build of the program: pages of another build are not taken from Shared
	StaleFor  time.Duration  // raised to MinStaleFor
	LoadFor   time.Duration  // time-out of one load, default 5 s
	Patience  time.Duration  // how long a request waits for a load while an outdated answer is at hand, default 700 ms
	RetryFor  time.Duration  // pause between attempts for a page whose load failed, default 1 s
	Logger    *slog.Logger   // default none
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.Clock == nil {
		o.Clock = calendar.System{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.StaleFor = max(o.StaleFor, MinStaleFor)
	set(&o.SharedTTL, defaultSharedTTL)
	set(&o.LoadFor, 5*time.Second)
	set(&o.Patience, 700*time.Millisecond)
	set(&o.RetryFor, time.Second)
	return o
}

// Cache keeps prepared answers. It is safe for concurrent use; Close ends its
// one goroutine.
type Cache struct {
	opt     Options
	pages   *otter.Cache[pageKey, *slot]
	aliases *otter.Cache[string, *slot]
	gens    generations
	// blindSince is the unix ms since when changes could not be followed, 0
	// while they are: what cannot be vouched for is shown as stale.
	blindSince atomic.Int64

	mu      sync.Mutex
	flights map[pageKey]*flight

	drops  dropQueue
	wake   chan struct{}
	stop   context.CancelFunc
	closed chan struct{}

	counts counters
	// forgetRace is set by a test only: it takes the generation after the load
	// instead of before, to show that the tests notice.
	forgetRace bool
}

type pageKey struct{ region, key string }

// slot is the place of one page: its answer changes, aliases keep pointing here.
type slot struct {
	answer   atomic.Pointer[Answer]
	failedAt atomic.Int64 // unix ms of the last failed or late load, 0 after a good one
}

// New makes an empty cache.
func New(o Options) *Cache {
	c := &Cache{
		opt:     o.withDefaults(),
		flights: map[pageKey]*flight{},
		wake:    make(chan struct{}, 1),
		closed:  make(chan struct{}),
	}
	c.gens.seed = maphash.MakeSeed()
	c.drops.init()
	aliasBytes := uint64(c.opt.MaxBytes) / 16 //nolint:gosec // withDefaults made it positive
	c.pages = otter.Must(&otter.Options[pageKey, *slot]{
		MaximumWeight: uint64(c.opt.MaxBytes) - aliasBytes, //nolint:gosec // as above
		Weigher:       weigh,
		OnDeletion:    emptied,
	})
	c.aliases = otter.Must(&otter.Options[string, *slot]{
		MaximumWeight: aliasBytes,
		Weigher:       func(alias string, _ *slot) uint32 { return uint32(len(alias) + aliasOverhead) }, //nolint:gosec // at most maxAliasLength
	})
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	go c.tend(ctx)
	return c
}

// Close ends the cache's background work; answers can still be read.
func (c *Cache) Close() {
	c.stop()
	<-c.closed
}

func weigh(k pageKey, s *slot) uint32 {
	n := len(k.region) + len(k.key) + pageOverhead
	if a := s.answer.Load(); a != nil {
		n += len(a.Body) + len(a.Gzip) + len(a.ContentType)
	}
	return uint32(min(n, 1<<31))
}

// emptied lets go of an evicted answer, which aliases may still point at.
func emptied(e otter.DeletionEvent[pageKey, *slot]) {
	if e.Cause != otter.CauseReplacement {
		e.Value.answer.Store(nil)
	}
}

// Get gives the page of a region under a key, from memory, else from the shared
// store, else from load; concurrent loads of one page are one. regionCode ""
// stands for the whole country. It gives an outdated answer, marked stale, only
// where storage is away, and passes on the error of load where there is none.
func (c *Cache) Get(ctx context.Context, regionCode, key string, load Loader) (*Answer, Freshness, error) {
	k := pageKey{regionCode, key}
	if s, ok := c.pages.GetIfPresent(k); ok {
		if a, f, ok := c.ready(s); ok {
			return a, f, nil
		}
	}
	return c.miss(ctx, k, load)
}

// GetFast gives a page by an alias that was set with Alias, if it can be served
// at once; otherwise the door parses the request and calls Get.
func (c *Cache) GetFast(alias string) (*Answer, Freshness, bool) {
	s, ok := c.aliases.GetIfPresent(alias)
	if !ok {
		return nil, Freshness{}, false
	}
	return c.ready(s)
}

// Alias lets GetFast find a page by another name, such as a raw request URI.
// It does nothing for overlong names and for pages that are not kept.
func (c *Cache) Alias(alias, regionCode, key string) {
	if len(alias) > maxAliasLength {
		return
	}
	if s, ok := c.pages.GetIfPresent(pageKey{regionCode, key}); ok {
		c.aliases.Set(cloned(alias), s)
	}
}

// ready gives the slot's answer if nothing need be loaded.
func (c *Cache) ready(s *slot) (*Answer, Freshness, bool) {
	a := s.answer.Load()
	if a == nil || !a.current() {
		return nil, Freshness{}, false
	}
	blind := c.blindSince.Load()
	if blind == 0 {
		return a, Freshness{}, true
	}
	now := c.opt.Clock.Now()
	if now.UnixMilli()-blind > c.opt.StaleFor.Milliseconds() {
		return nil, Freshness{}, false
	}
	c.counts.stale.Add(1)
	return a, Freshness{Stale: true, Age: now.Sub(a.BuiltAt)}, true
}

// StorageFailed reports whether an error of a load means that storage is away,
// as opposed to a refusal that is the true answer.
func StorageFailed(err error) bool {
	if err == nil {
		return false
	}
	f := fault.Of(err)
	return f == nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable
}

var errPanic = errors.New("prepared: a loader panicked")
