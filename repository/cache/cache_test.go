package cache

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/prepared"
)

// store is everything that memory and Redis both do.
type store struct {
	prepared.Shared
	Values
	Limiter
}

// stores gives every implementation that can be had here, empty.
func stores(t *testing.T) map[string]store {
	t.Helper()
	m := NewMemory(calendar.System{}, 1<<20)
	out := map[string]store{"memory": {m, m, NewMemoryLimiter(calendar.System{})}}
	if url := os.Getenv("CUNWU_TEST_REDIS_URL"); url != "" {
		r := openTest(t, Options{URL: url, Timeout: 5 * time.Second, Prefix: "test:" + rand.Text() + ":"})
		if err := r.Ping(context.Background()); err != nil {
			t.Fatalf("CUNWU_TEST_REDIS_URL is set, but Redis does not answer: %v", err)
		}
		out["redis"] = store{r.Pages(), r, r.NewLimiter(calendar.System{})}
	}
	return out
}

func openTest(t *testing.T, o Options) *Redis {
	t.Helper()
	r, err := OpenRedis(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func each(t *testing.T, body func(t *testing.T, s store)) {
	t.Helper()
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body(t, s)
		})
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s store) {
		t.Helper()
		ctx := context.Background()
		page := bytes.Repeat([]byte{0, 255, '\n', 'a'}, 100)
		fetch := func(code, key string) ([]byte, string) {
			t.Helper()
			value, token, err := s.Fetch(ctx, code, key, time.Minute)
			check(t, err)
			return value, token
		}
		value, token := fetch("51", "k")
		if value != nil || token == "" {
			t.Fatalf("empty store gave %q, token %q", value, token)
		}
		if _, again := fetch("51", "other"); again != token {
			t.Error("two tokens of one region at once")
		}
		check(t, s.Store(ctx, "51", "k", token, 5, page))
		if got, _ := fetch("51", "k"); !bytes.Equal(got, page) {
			t.Fatalf("got %d bytes, want %d", len(got), len(page))
		}
		if got, _ := fetch("5108", "k"); got != nil {
			t.Error("a page of another region")
		}

		t.Log("older ones do not replace newer ones")
		check(t, s.Store(ctx, "51", "k", token, 4, []byte("older")))
		if got, _ := fetch("51", "k"); !bytes.Equal(got, page) {
			t.Error("an older page replaced a newer one")
		}
		check(t, s.Store(ctx, "51", "k", token, 1<<60, []byte("newer")))
		check(t, s.Store(ctx, "51", "k", token, 1<<60-1, []byte("older by one")))
		if got, _ := fetch("51", "k"); string(got) != "newer" {
			t.Errorf("got %q", got)
		}

		t.Log("a load that raced a drop leaves nothing behind")
		check(t, s.Store(ctx, "51", "k2", token, 5, page))
		check(t, s.Drop(ctx, []string{"51", "5108"}))
		check(t, s.Store(ctx, "51", "k", token, 1<<61, []byte("raced")))
		fresh, renewed := fetch("51", "k")
		if fresh != nil || renewed == token {
			t.Fatalf("after the drop: %q, token renewed %v", fresh, renewed != token)
		}
		check(t, s.Store(ctx, "51", "k", token, 1<<61, []byte("raced")))
		if got, _ := fetch("51", "k"); got != nil {
			t.Errorf("a raced page stayed: %q", got)
		}
		if got, _ := fetch("51", "k2"); got != nil {
			t.Error("a drop left a page of the region")
		}
	})
}

func TestPages_DoNotOutliveTheirTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s store) {
		t.Helper()
		ctx := context.Background()
		const ttl = 150 * time.Millisecond
		_, token, err := s.Fetch(ctx, "51", "k", ttl)
		check(t, err)
		eventually(t, "the region's time is over, though it is written all the time", func() bool {
			check(t, s.Store(ctx, "51", "k", token, 1, []byte("page")))
			value, now, err := s.Fetch(ctx, "51", "k", ttl)
			check(t, err)
			return value == nil && now != token
		})
	})
}

func TestValues(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s store) {
		t.Helper()
		ctx := context.Background()
		expect := func(key, want string, there bool) {
			t.Helper()
			got, ok, err := s.Get(ctx, key)
			check(t, err)
			if got != want || ok != there {
				t.Errorf("%s = %q, %v; want %q, %v", key, got, ok, want, there)
			}
		}
		expect("token", "", false)
		check(t, s.Set(ctx, "token", "一", time.Minute))
		expect("token", "一", true)
		check(t, s.Set(ctx, "token", "never", 0))
		check(t, s.Set(ctx, "token", "never", -time.Second))
		expect("token", "一", true)
		check(t, s.DeleteIf(ctx, "token", "二"))
		expect("token", "一", true)
		check(t, s.DeleteIf(ctx, "token", "一"))
		expect("token", "", false)
		check(t, s.Set(ctx, "token", "二", time.Minute))
		check(t, s.Delete(ctx, "token"))
		expect("token", "", false)
		check(t, s.Set(ctx, "short", "x", 20*time.Millisecond))
		eventually(t, "over", func() bool { _, ok, _ := s.Get(ctx, "short"); return !ok })
	})
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s store) {
		t.Helper()
		ctx := context.Background()
		for i := range 3 {
			if ok, _ := s.Allow(ctx, "a", 0.001, 3); !ok {
				t.Fatalf("act %d of a burst of 3 refused", i+1)
			}
		}
		ok, wait := s.Allow(ctx, "a", 0.001, 3)
		if ok || wait < 900*time.Second || wait > 1000*time.Second {
			t.Errorf("beyond the burst: %v, wait %v", ok, wait)
		}
		if ok, _ := s.Allow(ctx, "b", 0.001, 3); !ok {
			t.Error("one key's acts counted for another")
		}
		for range 5 {
			s.Allow(ctx, "c", 50, 2)
		}
		eventually(t, "allowed again", func() bool { ok, _ := s.Allow(ctx, "c", 50, 2); return ok })
		for _, unlimited := range []struct {
			rate  float64
			burst int
		}{{0, 5}, {-1, 5}, {5, 0}} {
			for range 10 {
				if ok, _ := s.Allow(ctx, "d", unlimited.rate, unlimited.burst); !ok {
					t.Errorf("%v refused", unlimited)
				}
			}
		}
	})
}

// TestLimiter_Race: of many at once exactly the burst passes.
func TestLimiter_Race(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s store) {
		t.Helper()
		var wg sync.WaitGroup
		var mu sync.Mutex
		passed := 0
		for range 64 {
			wg.Go(func() {
				if ok, _ := s.Allow(context.Background(), "k", 0.0001, 7); ok {
					mu.Lock()
					passed++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if passed != 7 {
			t.Errorf("%d of a burst of 7 passed", passed)
		}
	})
}

func TestMemoryLimiter_IsBounded(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_800_000_000_000)
	l := NewMemoryLimiter(calendar.Func(func() time.Time { return now }))
	for range maxLimited + 1000 {
		l.Allow(context.Background(), rand.Text(), 1, 5)
	}
	if n := len(l.full); n > maxLimited {
		t.Errorf("%d keys remembered", n)
	}
}

func TestMemory_IsBounded(t *testing.T) {
	t.Parallel()
	m, ctx := NewMemory(calendar.System{}, 1000), context.Background()
	for range 50 {
		_, token, err := m.Fetch(ctx, "51", "k", time.Minute)
		check(t, err)
		check(t, m.Store(ctx, "51", rand.Text(), token, 1, make([]byte, 100)))
		if m.bytes > 1000 {
			t.Fatalf("%d bytes", m.bytes)
		}
	}
}

// hungServer accepts connections, reads what it gets and never answers.
func hungServer(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go func() { _, _ = io.Copy(io.Discard, conn) }()
		}
	}()
	return "redis://" + l.Addr().String()
}

func deadServer(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	check(t, err)
	defer func() { _ = l.Close() }()
	return "redis://" + l.Addr().String()
}

func TestRedis_AwayCostsNothing(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"hung": hungServer(t), "dead": deadServer(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			r := openTest(t, Options{URL: url, Timeout: 50 * time.Millisecond, Pause: time.Hour})
			limiter := r.NewLimiter(calendar.System{})
			if err := r.Ping(ctx); !errors.Is(err, ErrAway) {
				t.Fatalf("got %v", err)
			}
			// Each of these would take the time-out if it waited: 500 s in all.
			for range 10_000 {
				if _, _, err := r.Get(ctx, "k"); !errors.Is(err, ErrAway) {
					t.Fatalf("got %v", err)
				}
			}
			for i := range 4 {
				if ok, _ := limiter.Allow(ctx, "k", 0.001, 3); ok != (i < 3) {
					t.Errorf("act %d: allowed %v by the local count", i+1, ok)
				}
			}
			if away, times := r.Away(); !away || times != 1 {
				t.Errorf("away %v, %d times", away, times)
			}
		})
	}
}

// TestRedis_CacheGoesOn: prepared answers over a hung Redis come from storage.
func TestRedis_CacheGoesOn(t *testing.T) {
	t.Parallel()
	r := openTest(t, Options{URL: hungServer(t), Timeout: 50 * time.Millisecond})
	c := prepared.New(prepared.Options{Shared: r.Pages()})
	defer c.Close()
	for _, key := range []string{"a", "b", "c"} {
		a, f, err := c.Get(context.Background(), "51", key, func(context.Context) ([]byte, string, int64, error) {
			return []byte(key), "text/plain", 1, nil
		})
		if err != nil || f.Stale || string(a.Body) != key {
			t.Fatal(a, f, err)
		}
	}
}

func TestBreaker(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	errNet, errReply := errors.New("network"), errors.New("reply")
	isReply := func(err error) bool { return errors.Is(err, errReply) }
	calls := 0
	give := func(err error) func(context.Context) error {
		return func(context.Context) error { calls++; return err }
	}

	t.Run("OneProbePerPause", func(t *testing.T) {
		b := newBreaker(20*time.Millisecond, time.Second)
		calls = 0
		_ = b.do(ctx, isReply, give(errNet))
		begin := time.Now()
		eventually(t, "five probes", func() bool { _ = b.do(ctx, isReply, give(errNet)); return calls >= 6 })
		if took := time.Since(begin); took < 100*time.Millisecond-5*time.Millisecond {
			t.Errorf("five probes in %v", took)
		}
		eventually(t, "closed by a good probe", func() bool { return b.do(ctx, isReply, give(nil)) == nil })
		if b.away() {
			t.Error("still open")
		}
	})
	t.Run("RefusalDoesNotOpen", func(t *testing.T) {
		b := newBreaker(time.Hour, time.Second)
		if err := b.do(ctx, isReply, give(errReply)); !errors.Is(err, errReply) || b.away() {
			t.Errorf("%v, away %v", err, b.away())
		}
	})
	t.Run("LeavingCallerDoesNotOpen", func(t *testing.T) {
		b := newBreaker(time.Hour, time.Second)
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if err := b.do(gone, isReply, give(context.Canceled)); !errors.Is(err, context.Canceled) || b.away() {
			t.Errorf("%v, away %v", err, b.away())
		}
	})
	t.Run("SlowCallOpens", func(t *testing.T) {
		b := newBreaker(time.Hour, 5*time.Millisecond)
		err := b.do(ctx, isReply, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		if !errors.Is(err, ErrAway) || !b.away() {
			t.Errorf("%v, away %v", err, b.away())
		}
	})
}

func TestParseURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"redis://127.0.0.1:6379":                 "127.0.0.1:6379",
		"redis://user:p%40ss@cache:6380/2":       "cache:6380",
		"redis://cache":                          "cache:6379",
		"redis://:secret@a:1,b:2,c":              "a:1 b:2 c:6379",
		"rediss://user:secret@a:1,b:2?x=1":       "a:1 b:2",
		"redis://config.endpoint:6379?cluster=1": "config.endpoint:6379",
	} {
		o, err := ParseURL(raw)
		if err != nil || strings.Join(o.Addrs, " ") != want {
			t.Errorf("%s: %+v, %v", raw, o, err)
			continue
		}
		if strings.HasPrefix(raw, "rediss") != (o.TLSConfig != nil) {
			t.Errorf("%s: TLS %v", raw, o.TLSConfig != nil)
		}
		if strings.Contains(raw, "cluster=1") != o.IsClusterMode {
			t.Errorf("%s: cluster %v", raw, o.IsClusterMode)
		}
	}
	o, err := ParseURL("redis://user:p%40ss@cache:6380/2")
	if err != nil || o.Username != "user" || o.Password != "p@ss" || o.DB != 2 {
		t.Errorf("%+v, %v", o, err)
	}
	for _, raw := range []string{
		"", "localhost:6379", "http://x", "redis://a:1,,b:2", "redis://secret@a/notanumber", "redis://a:1,b:2/3",
		"redis://us er:secret@%zz",
	} {
		if _, err := ParseURL(raw); err == nil {
			t.Errorf("%q was taken", raw)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func TestRedis_HintWakes(t *testing.T) {
	t.Parallel()
	url := os.Getenv("CUNWU_TEST_REDIS_URL")
	if url == "" {
		t.Skip("CUNWU_TEST_REDIS_URL is not set")
	}
	r := openTest(t, Options{URL: url, Timeout: 5 * time.Second, Prefix: "test:" + rand.Text() + ":"})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	woken := make(chan struct{}, 1)
	go r.Listen(ctx, func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	eventually(t, "woken by a hint", func() bool {
		r.Hint(ctx)
		select {
		case <-woken:
			return true
		default:
			return false
		}
	})
}
