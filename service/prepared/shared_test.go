package prepared

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cunwu/service/region"
)

// memoryShared is the plainest store that keeps the contract of Shared.
type memoryShared struct {
	mu      sync.Mutex
	regions map[string]*sharedRegion
	drawn   int
	away    atomic.Bool
}

type sharedRegion struct {
	token string
	pages map[string][]byte
}

var errSharedAway = errors.New("shared store is away")

func newMemoryShared() *memoryShared { return &memoryShared{regions: map[string]*sharedRegion{}} }

func (m *memoryShared) Fetch(_ context.Context, code, key string, _ time.Duration) ([]byte, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away.Load() {
		return nil, "", errSharedAway
	}
	r := m.regions[code]
	if r == nil {
		m.drawn++
		r = &sharedRegion{token: fmt.Sprint("token", m.drawn), pages: map[string][]byte{}}
		m.regions[code] = r
	}
	return r.pages[key], r.token, nil
}

func (m *memoryShared) Store(_ context.Context, code, key, token string, _ int64, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.regions[code]; r != nil && r.token == token {
		r.pages[key] = value
	}
	return nil
}

func (m *memoryShared) Drop(_ context.Context, codes []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away.Load() {
		return errSharedAway
	}
	for _, code := range codes {
		delete(m.regions, code)
	}
	return nil
}

func (m *memoryShared) pages(code string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.regions[code]; r != nil {
		return len(r.pages)
	}
	return 0
}

func TestShared(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	t.Run("OK/SecondInstanceDoesNotLoad", func(t *testing.T) {
		t.Parallel()
		v, shared := newVillage(), newMemoryShared()
		one, two := newCache(t, Options{Shared: shared}), newCache(t, Options{Shared: shared})
		a, _, err := one.Get(ctx, "51", "k", v.load("51"))
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "shared", func() bool { return shared.pages("51") == 1 })
		b, _, err := two.Get(ctx, "51", "k", v.load("51"))
		if err != nil || v.loads.Load() != 1 || b.ETag != a.ETag {
			t.Errorf("loads %d, tags %s %s, %v", v.loads.Load(), a.ETag, b.ETag, err)
		}
	})

	t.Run("OK/OtherEditionLoads", func(t *testing.T) {
		t.Parallel()
		v, shared := newVillage(), newMemoryShared()
		one, two := newCache(t, Options{Shared: shared, Edition: "a"}), newCache(t, Options{Shared: shared, Edition: "b"})
		_, _, _ = one.Get(ctx, "51", "k", v.load("51"))
		eventually(t, "shared", func() bool { return shared.pages("51") == 1 })
		_, _, _ = two.Get(ctx, "51", "k", v.load("51"))
		if v.loads.Load() != 2 {
			t.Error("a page of another build was taken")
		}
	})

	t.Run("OK/NotAskedWhileADropWaits", func(t *testing.T) {
		t.Parallel()
		v, shared := newVillage(), newMemoryShared()
		c := newCache(t, Options{Shared: shared})
		_, _, _ = c.Get(ctx, "51", "k", v.load("51"))
		eventually(t, "shared", func() bool { return shared.pages("51") == 1 })
		shared.away.Store(true)
		v.commit("51")
		c.Changed("51") // the drop cannot be carried
		a, f, err := c.Get(ctx, "51", "k", v.load("51"))
		if err != nil || f.Stale || versionOf(t, a) != 1 {
			t.Fatal(a, f, err)
		}
		if shared.pages("51") != 1 {
			t.Fatal("the old page should still be there for this test")
		}
		shared.away.Store(false)
		eventually(t, "dropped after all", func() bool { return shared.pages("51") == 0 })
		eventually(t, "queue empty", func() bool { return !c.drops.has("51") })
	})

	t.Run("OK/OldDropsAreForgotten", func(t *testing.T) {
		t.Parallel()
		shared, clock := newMemoryShared(), newHandClock()
		shared.away.Store(true)
		c := newCache(t, Options{Shared: shared, Clock: clock})
		c.Changed("51")
		clock.advance(time.Hour)
		eventually(t, "forgotten", func() bool { return !c.drops.has("51") })
	})

	t.Run("OK/AwayCostsNothing", func(t *testing.T) {
		t.Parallel()
		v, shared := newVillage(), newMemoryShared()
		shared.away.Store(true)
		c := newCache(t, Options{Shared: shared})
		if _, f, err := c.Get(ctx, "51", "k", v.load("51")); err != nil || f.Stale {
			t.Error(f, err)
		}
	})
}

func TestPageEncoding(t *testing.T) {
	t.Parallel()
	for _, body := range [][]byte{nil, []byte("短"), bytes.Repeat([]byte("公开"), 2000)} {
		a := newAnswer(body, nil, "text/html; charset=utf-8", 42, time.UnixMilli(1_700_000_000_123))
		value := encodePage(a)
		b, err := decodePage(value, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Body, b.Body) || a.ETag != b.ETag || !a.BuiltAt.Equal(b.BuiltAt) || b.AsOf != 42 || a.ContentType != b.ContentType {
			t.Errorf("%+v != %+v", a, b)
		}
		if _, err := decodePage(value, 10); len(body) > 10 && err == nil {
			t.Error("a body over the limit was expanded")
		}
		for i := range value {
			bad := bytes.Clone(value)
			bad[i] ^= 1
			if _, err := decodePage(bad, 1<<20); err == nil {
				t.Fatalf("byte %d changed unnoticed", i)
			}
		}
	}
}

func FuzzDecodePage(f *testing.F) {
	f.Add(encodePage(newAnswer(bytes.Repeat([]byte("a"), 3000), nil, "text/plain", 1, time.Now())))
	f.Fuzz(func(_ *testing.T, value []byte) {
		_, _ = decodePage(value, 1<<16)
	})
}

func TestFollow(t *testing.T) {
	t.Parallel()
	v, clock := newVillage(), newHandClock()
	c := newCache(t, Options{Clock: clock})
	var mu sync.Mutex
	var rows []region.Code
	poll := func(_ context.Context, after int64) (codes []region.Code, last int64, err error) {
		mu.Lock()
		defer mu.Unlock()
		last = int64(len(rows))
		for ; after >= 0 && after < last; after++ {
			codes = append(codes, rows[after])
		}
		return codes, last, nil
	}
	commit := func(code region.Code) {
		mu.Lock()
		defer mu.Unlock()
		v.commit(code)
		rows = append(rows, code)
	}
	fresh := func(code region.Code, version int) func() bool {
		return func() bool {
			a, f, err := c.Get(context.Background(), string(code), "k", v.load(code))
			if err != nil {
				t.Fatal(err)
			}
			return !f.Stale && versionOf(t, a) == version
		}
	}
	commit(yanjing)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan struct{})
	go func() { defer close(done); c.Follow(ctx, poll, 5*time.Millisecond) }()
	eventually(t, "first", fresh("5108", 1))
	commit(yanjing)
	eventually(t, "change seen", fresh("5108", 2))
	cancel()
	<-done
}

func TestFollow_BlindIsStale(t *testing.T) {
	t.Parallel()
	v, clock := newVillage(), newHandClock()
	c := newCache(t, Options{Clock: clock})
	get := func() Freshness {
		_, f, err := c.Get(context.Background(), "51", "k", v.load("51"))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	var away atomic.Bool
	f := follower{cache: c, after: -1, poll: func(_ context.Context, after int64) ([]region.Code, int64, error) {
		if away.Load() {
			return nil, after, errAway
		}
		return nil, 7, nil
	}}
	f.step(context.Background())
	if get().Stale {
		t.Fatal("stale while following")
	}
	away.Store(true)
	f.seenAt = time.Now().Add(-time.Hour) // the grace is over
	f.step(context.Background())
	clock.advance(30 * time.Second)
	if got := get(); !got.Stale || got.Age < 30*time.Second {
		t.Fatalf("what cannot be vouched for was given as %v", got)
	}
	v.away.Store(true)
	clock.advance(MinStaleFor)
	if _, _, err := c.Get(context.Background(), "51", "k", v.load("51")); err == nil {
		t.Error("shown beyond its time")
	}
	v.away.Store(false)
	away.Store(false)
	f.step(context.Background())
	if get().Stale {
		t.Error("still stale")
	}
}
