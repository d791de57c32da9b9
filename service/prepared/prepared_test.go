package prepared

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/region"
)

var errNotThere = fault.Define(fault.NotFound, "preparedtest.not_found", "没有。")

// village is a stand-in for storage: one version number per region.
type village struct {
	mu       sync.Mutex
	versions map[region.Code]int
	away     atomic.Bool
	loads    atomic.Int64
}

func newVillage() *village { return &village{versions: map[region.Code]int{}} }

// commit raises the version of a place and of all above it.
func (v *village) commit(code region.Code) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, p := range code.Path() {
		v.versions[p]++
	}
}

func (v *village) version(code region.Code) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.versions[code]
}

var errAway = errors.New("storage is away")

func (v *village) load(code region.Code) Loader {
	return func(context.Context) ([]byte, string, int64, error) {
		v.loads.Add(1)
		if v.away.Load() {
			return nil, "", 0, errAway
		}
		return fmt.Appendf(nil, "%d", v.version(code)), "text/plain", 0, nil
	}
}

func versionOf(t interface{ Fatalf(string, ...any) }, a *Answer) int {
	var n int
	if _, err := fmt.Sscan(string(a.Body), &n); err != nil {
		t.Fatalf("body %q: %v", a.Body, err)
	}
	return n
}

// handClock is moved by hand.
type handClock struct{ ms atomic.Int64 }

func newHandClock() *handClock {
	c := &handClock{}
	c.ms.Store(time.Date(2026, 3, 2, 9, 0, 0, 0, calendar.China).UnixMilli())
	return c
}
func (c *handClock) Now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *handClock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

func newCache(t *testing.T, o Options) *Cache {
	t.Helper()
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}

const (
	yanjing = region.Code("510821102200")
	liushu  = region.Code("510821102202")
)

func TestAnswer(t *testing.T) {
	t.Parallel()
	small := newAnswer([]byte("短"), nil, "text/plain", 1, time.Now())
	if small.Gzip != nil || small.Variant(true) != small.Variant(false) {
		t.Error("a small body must not be compressed")
	}
	body := bytes.Repeat([]byte("村务公开"), 1000)
	a := newAnswer(body, nil, "application/json", 1, time.Now())
	r, err := gzip.NewReader(bytes.NewReader(a.Gzip))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, body) {
		t.Fatalf("compressed body differs: %v", err)
	}
	plain, packed := a.Variant(false), a.Variant(true)
	if plain.ETag == packed.ETag {
		t.Error("two codings share a strong tag")
	}
	h := http.Header{}
	packed.SetHeaders(h)
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Content-Encoding": "gzip", "Vary": "Accept-Encoding",
		"ETag": a.GzipETag, "Content-Length": fmt.Sprint(len(a.Gzip)),
	} {
		if h.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, h.Get(name), want)
		}
	}
	h = http.Header{}
	plain.SetHeaders(h)
	if h.Get("Content-Encoding") != "" || h.Get("ETag") != a.ETag {
		t.Errorf("plain headers: %v", h)
	}
	same := newAnswer(body, nil, "application/json", 9, time.Now())
	if same.ETag != a.ETag {
		t.Error("equal bodies must have equal tags on every instance")
	}
}

func TestVariant_Matches(t *testing.T) {
	t.Parallel()
	v := &Variant{ETag: `"abc"`}
	for header, want := range map[string]bool{
		"": false, `"abc"`: true, `W/"abc"`: true, `"x", "abc"`: true, `"x" ,W/"abc" `: true,
		"*": true, `"abcd"`: false, "abc": false, `"abc-gz"`: false, ",,,": false,
	} {
		if got := v.Matches(header); got != want {
			t.Errorf("Matches(%q) = %v", header, got)
		}
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	t.Run("OK/LoadsOnceAndDropsAncestors", func(t *testing.T) {
		t.Parallel()
		v, c := newVillage(), newCache(t, Options{})
		for _, code := range yanjing.Path() {
			for range 3 {
				if _, f, err := c.Get(ctx, string(code), "feed", v.load(code)); err != nil || f.Stale {
					t.Fatal(f, err)
				}
			}
		}
		other := func() int64 {
			before := v.loads.Load()
			if _, _, err := c.Get(ctx, string(liushu), "feed", v.load(liushu)); err != nil {
				t.Fatal(err)
			}
			return v.loads.Load() - before
		}
		other()
		if n := v.loads.Load(); n != 6 {
			t.Fatalf("loads = %d, want 6", n)
		}
		v.commit(yanjing)
		c.Changed(yanjing)
		for _, code := range yanjing.Path() {
			a, f, err := c.Get(ctx, string(code), "feed", v.load(code))
			if err != nil || f.Stale || versionOf(t, a) != 1 {
				t.Fatalf("%s: %v %v %v", code, a, f, err)
			}
		}
		if other() != 0 {
			t.Error("a neighbour's page was dropped")
		}
	})

	t.Run("OK/Alias", func(t *testing.T) {
		t.Parallel()
		v, c := newVillage(), newCache(t, Options{})
		if _, _, ok := c.GetFast("/feed?region=510821102200"); ok {
			t.Fatal("an alias out of nothing")
		}
		a, _, err := c.Get(ctx, string(yanjing), "feed", v.load(yanjing))
		if err != nil {
			t.Fatal(err)
		}
		c.Alias("/feed?region=510821102200", string(yanjing), "feed")
		c.Alias(strings.Repeat("x", maxAliasLength+1), string(yanjing), "feed")
		if b, _, ok := c.GetFast("/feed?region=510821102200"); !ok || b != a {
			t.Error("the alias does not find its page")
		}
		c.Changed(yanjing)
		if _, _, ok := c.GetFast("/feed?region=510821102200"); ok {
			t.Error("the alias finds a dropped page")
		}
	})

	t.Run("OK/Coalesced", func(t *testing.T) {
		t.Parallel()
		c := newCache(t, Options{})
		var loads atomic.Int64
		release := make(chan struct{})
		load := func(context.Context) ([]byte, string, int64, error) {
			loads.Add(1)
			<-release
			return []byte("1"), "text/plain", 0, nil
		}
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, _, err := c.Get(ctx, "51", "k", load); err != nil {
					t.Error(err)
				}
			})
		}
		eventually(t, "all wait", func() bool { return c.Stats().Misses == 50 })
		close(release)
		wg.Wait()
		if loads.Load() != 1 {
			t.Errorf("loads = %d", loads.Load())
		}
	})

	t.Run("OK/OneWaiterGivesUp", func(t *testing.T) {
		t.Parallel()
		c := newCache(t, Options{})
		release := make(chan struct{})
		load := func(ctx context.Context) ([]byte, string, int64, error) {
			<-release
			return []byte("1"), "text/plain", 0, ctx.Err()
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if _, _, err := c.Get(gone, "51", "k", load); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		close(release)
		if _, _, err := c.Get(ctx, "51", "k", load); err != nil {
			t.Error("the one who stayed paid for the one who left:", err)
		}
	})

	t.Run("ErrRefusal", func(t *testing.T) {
		t.Parallel()
		v, c := newVillage(), newCache(t, Options{})
		_, _, _ = c.Get(ctx, "51", "k", v.load("51"))
		c.Changed("51")
		refuse := func(context.Context) ([]byte, string, int64, error) { return nil, "", 0, errNotThere }
		if _, _, err := c.Get(ctx, "51", "k", refuse); !errors.Is(err, errNotThere) {
			t.Fatalf("a refusal must pass through, got %v", err)
		}
		v.away.Store(true)
		if a, f, err := c.Get(ctx, "51", "k", v.load("51")); err == nil {
			t.Errorf("a page that is no more came back: %v %v", a, f)
		}
	})

	t.Run("ErrPanic", func(t *testing.T) {
		t.Parallel()
		c := newCache(t, Options{})
		_, _, err := c.Get(ctx, "51", "k", func(context.Context) ([]byte, string, int64, error) { panic("boom") })
		if !errors.Is(err, errPanic) {
			t.Errorf("got %v", err)
		}
	})
}

func TestGet_StaleWhileError(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	v, clock := newVillage(), newHandClock()
	c := newCache(t, Options{Clock: clock, RetryFor: time.Second})
	get := func() (*Answer, Freshness, error) { return c.Get(ctx, string(yanjing), "feed", v.load(yanjing)) }
	if _, _, err := get(); err != nil {
		t.Fatal(err)
	}
	clock.advance(3 * time.Hour) // a quiet village: the page is old and still fresh
	v.commit(yanjing)
	c.Changed(yanjing)
	v.away.Store(true)
	a, f, err := get()
	if err != nil || !f.Stale || f.Age != 3*time.Hour || versionOf(t, a) != 0 {
		t.Fatalf("%v %v %v", a, f, err)
	}
	before := v.loads.Load()
	for range 100 {
		if _, f, err := get(); err != nil || !f.Stale {
			t.Fatal(f, err)
		}
	}
	if n := v.loads.Load() - before; n != 0 {
		t.Errorf("%d loads within the pause after a failure", n)
	}
	clock.advance(MinStaleFor - time.Second)
	if _, f, err := get(); err != nil || !f.Stale {
		t.Fatalf("not served for ten minutes: %v %v", f, err)
	}
	clock.advance(2 * time.Second)
	if _, _, err := get(); !errors.Is(err, errAway) {
		t.Fatalf("served beyond its time: %v", err)
	}
	v.away.Store(false)
	if a, f, err := get(); err != nil || f.Stale || versionOf(t, a) != 1 {
		t.Fatalf("not recovered: %v %v %v", a, f, err)
	}
}

func TestGet_FrozenStorageCostsOneWait(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	v, clock := newVillage(), newHandClock()
	c := newCache(t, Options{Clock: clock, Patience: 20 * time.Millisecond, LoadFor: time.Hour})
	if _, _, err := c.Get(ctx, "51", "k", v.load("51")); err != nil {
		t.Fatal(err)
	}
	c.Changed("51")
	thaw := make(chan struct{})
	frozen := func(ctx context.Context) ([]byte, string, int64, error) {
		<-thaw
		return v.load("51")(ctx)
	}
	for range 1000 { // with a wait each this would take 20 s
		if _, f, err := c.Get(ctx, "51", "k", frozen); err != nil || !f.Stale {
			t.Fatal(f, err)
		}
	}
	close(thaw)
	eventually(t, "fresh again", func() bool {
		_, f, err := c.Get(ctx, "51", "k", frozen)
		return err == nil && !f.Stale
	})
}

func TestSweep_FreesWhatNobodyAskedFor(t *testing.T) {
	t.Parallel()
	v, clock := newVillage(), newHandClock()
	c := newCache(t, Options{Clock: clock})
	get := func() (Freshness, error) {
		_, f, err := c.Get(context.Background(), "51", "k", v.load("51"))
		return f, err
	}
	if _, err := get(); err != nil {
		t.Fatal(err)
	}
	c.Changed("51")
	c.sweep() // the time of the outdated page begins here
	clock.advance(MinStaleFor + time.Second)
	v.away.Store(true)
	if f, err := get(); err == nil {
		t.Errorf("a page outdated for long was shown: %v", f)
	}
	c.sweep()
	if n := c.Stats().Pages; n != 0 {
		t.Errorf("%d pages left", n)
	}
}

func TestCache_MemoryIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 2 << 20
	c := newCache(t, Options{MaxBytes: limit})
	for i := range 600 {
		body := make([]byte, 8<<10)
		for j := range body {
			body[j] = byte(rand.Uint32()) //nolint:gosec // incompressible filler
		}
		key := fmt.Sprint("page", i)
		_, _, err := c.Get(context.Background(), "51", key, func(context.Context) ([]byte, string, int64, error) {
			return body, "text/plain", 0, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Alias("/"+key, "51", key)
	}
	c.pages.CleanUp()
	if got := c.Stats().Bytes; got > limit {
		t.Errorf("weight %d over the limit of %d", got, limit)
	}
	eventually(t, "evicted answers are let go", func() bool {
		held := 0
		for i := range 600 {
			if s, ok := c.aliases.GetIfPresent(fmt.Sprint("/page", i)); ok && s.answer.Load() != nil {
				held++
			}
		}
		return held*8<<10 <= limit
	})
}

func TestGet_HitDoesNotAllocate(t *testing.T) {
	v, c := newVillage(), newCache(t, Options{})
	ctx, load, code := context.Background(), v.load(yanjing), string(yanjing)
	if _, _, err := c.Get(ctx, code, "feed", load); err != nil {
		t.Fatal(err)
	}
	c.Alias("/feed", code, "feed")
	h := http.Header{}
	hit := func() {
		a, _, _ := c.Get(ctx, code, "feed", load)
		b, _, ok := c.GetFast("/feed")
		if !ok || a != b {
			t.Fatal("no hit")
		}
		w := a.Variant(true)
		if w.Matches(`"other", "tag"`) {
			t.Fatal("matches")
		}
		w.SetHeaders(h)
	}
	hit()
	if n := testing.AllocsPerRun(1000, hit); n != 0 {
		t.Errorf("%v allocations on the hit path", n)
	}
}

func BenchmarkGet_Hit(b *testing.B) {
	v, c := newVillage(), New(Options{})
	defer c.Close()
	ctx, load := context.Background(), v.load("51")
	_, _, _ = c.Get(ctx, "51", "feed", load)
	c.Alias("/feed", "51", "feed")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, ok := c.GetFast("/feed"); !ok {
				b.Fatal("no hit")
			}
		}
	})
}

// checkFreshness runs a random history of commits, announcements and reads on
// two instances over one shared store, loads racing commits included, and
// reports the first answer given as fresh that was older than the last change
// announced to that instance before the read began.
func checkFreshness(t *rapid.T, broken bool) error {
	v, shared := newVillage(), newMemoryShared()
	places := append(yanjing.Path(), liushu, "510802101201")
	var instances [2]*Cache
	var announced [2]map[region.Code]int
	for i := range instances {
		instances[i] = New(Options{Shared: shared})
		instances[i].forgetRace = broken
		defer instances[i].Close()
		announced[i] = map[region.Code]int{}
	}
	tell := func(i int, code region.Code) {
		instances[i].Changed(code)
		for _, p := range code.Path() {
			announced[i][p] = v.version(p)
		}
	}
	for range rapid.IntRange(1, 40).Draw(t, "steps") {
		i := rapid.IntRange(0, 1).Draw(t, "instance")
		code := rapid.SampledFrom(places).Draw(t, "place")
		switch rapid.SampledFrom([]string{"commit", "silent", "read", "read", "race"}).Draw(t, "step") {
		case "commit":
			v.commit(code)
			tell(i, code)
			tell(1-i, code)
		case "silent": // one instance has not heard of it yet
			v.commit(code)
			tell(i, code)
		case "race": // a commit between the read of storage and its end
			load := func(ctx context.Context) ([]byte, string, int64, error) {
				body, ct, asOf, err := v.load(code)(ctx)
				v.commit(code)
				tell(i, code)
				return body, ct, asOf, err
			}
			if _, _, err := instances[i].Get(context.Background(), string(code), "k", load); err != nil {
				return err
			}
		case "read":
			least := announced[i][code]
			a, f, err := instances[i].Get(context.Background(), string(code), "k", v.load(code))
			if err != nil {
				return err
			}
			if got := versionOf(t, a); !f.Stale && got < least {
				return fmt.Errorf("instance %d gave version %d of %s as fresh, version %d was announced", i, got, code, least)
			}
		}
	}
	return nil
}

func TestChanged_NothingOlderIsFresh(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		if err := checkFreshness(t, false); err != nil {
			t.Fatal(err)
		}
	})
}

// TestChanged_PropertyCanFail shows that the property above notices a cache
// which forgets that a load may race a change.
func TestChanged_PropertyCanFail(t *testing.T) {
	t.Parallel()
	found := false
	rapid.Check(t, func(t *rapid.T) {
		found = found || checkFreshness(t, true) != nil
	})
	if !found {
		t.Error("a broken cache passes: the property proves nothing")
	}
}

// raceManyTimes hammers one place from many goroutines and reports whether an
// older answer was ever given as fresh, or was left behind at the end.
func raceManyTimes(rounds int) error {
	v := newVillage()
	c := New(Options{Shared: newMemoryShared()})
	defer c.Close()
	var announced atomic.Int64
	var bad atomic.Pointer[string]
	load := func(ctx context.Context) ([]byte, string, int64, error) {
		body, ct, asOf, err := v.load("51")(ctx)
		for range rand.IntN(50) { //nolint:gosec // jitter
			runtime.Gosched()
		}
		return body, ct, asOf, err
	}
	read := func() {
		least := announced.Load()
		a, f, err := c.Get(context.Background(), "51", "k", load)
		var got int64
		if err == nil {
			_, err = fmt.Sscan(string(a.Body), &got)
		}
		if err != nil || (!f.Stale && got < least) {
			s := fmt.Sprintf("got %d, announced %d, error %v", got, least, err)
			bad.Store(&s)
		}
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					read()
				}
			}
		})
	}
	for i := range rounds {
		v.commit("51")
		c.Changed("51")
		announced.Store(int64(i + 1))
		for range rand.IntN(3) { //nolint:gosec // jitter
			runtime.Gosched()
			read()
		}
	}
	close(done)
	wg.Wait()
	read()
	if s := bad.Load(); s != nil {
		return errors.New(*s)
	}
	return nil
}

// raceOnce lets one change pass while a load that has read storage is held up,
// and reports whether the load left what was before.
func raceOnce(broken bool) error {
	v, c := newVillage(), New(Options{Shared: newMemoryShared()})
	defer c.Close()
	c.forgetRace = broken
	hasRead, goOn := make(chan struct{}), make(chan struct{})
	held := func(ctx context.Context) ([]byte, string, int64, error) {
		body, ct, asOf, err := v.load("51")(ctx)
		close(hasRead)
		<-goOn
		return body, ct, asOf, err
	}
	var wg sync.WaitGroup
	wg.Go(func() { _, _, _ = c.Get(context.Background(), "51", "k", held) })
	<-hasRead
	v.commit("51")
	c.Changed("51")
	close(goOn)
	wg.Wait()
	a, f, err := c.Get(context.Background(), "51", "k", v.load("51"))
	if err != nil || f.Stale || string(a.Body) != "1" {
		return fmt.Errorf("got %q, %v, %w", a.Body, f, err)
	}
	return nil
}

func TestChanged_RacingLoads(t *testing.T) {
	t.Parallel()
	if err := raceManyTimes(200); err != nil {
		t.Error(err)
	}
	if err := raceOnce(false); err != nil {
		t.Error(err)
	}
	if raceOnce(true) == nil {
		t.Error("a broken cache passes: the test proves nothing")
	}
}
