package main

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cunwu/repository/dbtest"
)

// valve is a TCP proxy on loopback that can be shut (refuse and cut) or
// clogged (accept and never answer).
type valve struct {
	listener net.Listener
	target   string
	mode     atomic.Int32
	mu       sync.Mutex
	open     map[net.Conn]struct{}
}

const (
	flowing int32 = iota
	shut
	clogged
)

func newValve(t *testing.T, target string) *valve {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	v := &valve{listener: l, target: target, open: map[net.Conn]struct{}{}}
	t.Cleanup(func() { v.set(shut); _ = l.Close() })
	go v.accept(context.WithoutCancel(t.Context()))
	return v
}

func (v *valve) addr() string { return v.listener.Addr().String() }

// set changes the mode; connections are cut unless it is to flow on.
func (v *valve) set(mode int32) {
	v.mode.Store(mode)
	if mode != shut {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for c := range v.open {
		_ = c.Close()
	}
}

func (v *valve) accept(ctx context.Context) {
	for {
		c, err := v.listener.Accept()
		if err != nil {
			return
		}
		if v.mode.Load() == shut {
			_ = c.Close()
			continue
		}
		up, err := (&net.Dialer{}).DialContext(ctx, "tcp", v.target)
		if err != nil {
			_ = c.Close()
			continue
		}
		go v.pipe(c, up)
		go v.pipe(up, c)
	}
}

func (v *valve) pipe(to, from net.Conn) {
	v.mu.Lock()
	v.open[from] = struct{}{}
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		delete(v.open, from)
		v.mu.Unlock()
		_, _ = to.Close(), from.Close()
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		for v.mode.Load() == clogged { // swallow nothing, pass nothing
			time.Sleep(5 * time.Millisecond)
		}
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// distributed gives settings for a server on real MySQL protocol and Redis,
// each behind a valve.
func distributed(t *testing.T) (env []string, database, cache *valve) {
	t.Helper()
	if os.Getenv("CUNWU_TEST_MYSQL_URL") == "" || os.Getenv("CUNWU_TEST_REDIS_URL") == "" {
		t.Skip("needs CUNWU_TEST_MYSQL_URL and CUNWU_TEST_REDIS_URL")
	}
	du, err := url.Parse(dbtest.MigratedMySQLURL(t))
	if err != nil {
		t.Fatal(err)
	}
	ru, err := url.Parse(os.Getenv("CUNWU_TEST_REDIS_URL"))
	if err != nil {
		t.Fatal(err)
	}
	database, cache = newValve(t, du.Host), newValve(t, ru.Host)
	du.Host, ru.Host = database.addr(), cache.addr()
	return []string{"CUNWU_DATABASE_URL=" + du.String(), "CUNWU_REDIS_URL=" + ru.String()}, database, cache
}

// Two instances share one database and one Redis. What is published on one
// shows on the other within a second, at every level, with Redis alive or dead.
func TestTwoInstances(t *testing.T) {
	env, _, cache := distributed(t)
	dir := tempData(t)
	one := start(t, testConfig(t, dir, env...))
	two := start(t, testConfig(t, dir, env...))
	o := one.staff()
	feeds := []string{testVillage, testTownship, testCounty, testCity}
	for i, mode := range []int32{flowing, shut, clogged} {
		cache.set(mode)
		for _, code := range feeds {
			two.anon.get("/api/v1/feed?region=" + code).want(http.StatusOK)
		}
		id := o.publish(draftOf(testVillage, []string{"2026-07", "2026-08", "2026-09"}[i]))
		for _, code := range feeds {
			eventually(t, time.Second, "the other instance shows it at "+code, func() bool {
				return strings.Contains(string(two.anon.get("/api/v1/feed?region="+code).want(http.StatusOK).body), id)
			})
		}
	}
	// A role that ends on one instance ends on the other.
	o.township.post("/api/v1/appointments/"+o.appointments["clerk "+testVillage]+"/actions", obj{"action": "end", "reason": "任期中辞职"}).want(http.StatusOK)
	there := client{t: t, base: two.anon.base, token: o.clerk.token}
	eventually(t, 3*time.Second, "the power ends on the other instance", func() bool {
		return there.post("/api/v1/disclosures", draftOf(testVillage, "2026-06")).status == http.StatusForbidden
	})
}

// With the database away, what was read before is read on, marked stale; writes
// get 503 and Retry-After; and all is well when it is back.
func TestDatabaseAway(t *testing.T) {
	for name, mode := range map[string]int32{"Refused": shut, "Frozen": clogged} {
		t.Run(name, func(t *testing.T) {
			env, database, _ := distributed(t)
			s := start(t, testConfig(t, tempData(t), env...))
			o := s.staff()
			id := o.publish(draftOf(testVillage, "2026-09"))
			feed := "/api/v1/feed?region=" + testCity
			s.anon.get(feed).want(http.StatusOK)
			s.anon.get("/r/" + testVillage).want(http.StatusOK)
			database.set(mode)
			eventually(t, 15*time.Second, "the feed says that it is stale", func() bool {
				r := s.anon.get(feed)
				if r.status != http.StatusOK || !strings.Contains(string(r.body), id) {
					t.Fatalf("the feed of a database away: %d %s", r.status, clip(r.body))
				}
				return r.header.Get("Warning") != "" && r.header.Get("Age") != ""
			})
			s.anon.get("/r/" + testVillage).want(http.StatusOK)
			began := time.Now()
			w := o.clerk.post("/api/v1/disclosures", draftOf(testVillage, "2026-08"), "Idempotency-Key", "away")
			w.problem(http.StatusServiceUnavailable, "service.unavailable")
			if w.header.Get("Retry-After") == "" || time.Since(began) > 10*time.Second {
				t.Errorf("after %v: %v", time.Since(began), w.header)
			}
			if r := s.anon.get("/readyz"); r.status != http.StatusServiceUnavailable {
				t.Errorf("ready without a database: %d", r.status)
			}
			s.anon.get("/livez").want(http.StatusOK)
			database.set(flowing)
			eventually(t, 15*time.Second, "writes go on", func() bool {
				return o.clerk.post("/api/v1/disclosures", draftOf(testVillage, "2026-08"), "Idempotency-Key", "away").status == http.StatusCreated
			})
			if l, _ := o.clerk.get("/api/v1/disclosures?region=" + testVillage).want(http.StatusOK).at("items").([]any); len(l) != 1 {
				t.Errorf("%d drafts of one request", len(l))
			}
		})
	}
}

// A dead or hung Redis is never felt: no 5xx, and answers stay quick.
func TestRedisAway(t *testing.T) {
	env, _, cache := distributed(t)
	s := start(t, testConfig(t, tempData(t), env...))
	o := s.staff()
	o.publish(draftOf(testVillage, "2026-09"))
	for _, mode := range []int32{shut, clogged} {
		cache.set(mode)
		slow := 0
		for i := range 60 {
			began := time.Now()
			s.anon.get("/api/v1/feed?region=" + testCity + "&limit=" + []string{"1", "2", "3", "4", "5"}[i%5]).want(http.StatusOK)
			s.anon.get("/api/v1/regions/" + testVillage).want(http.StatusOK)
			if time.Since(began) > time.Second {
				slow++
			}
		}
		if slow > 3 { // the first ones find out; the breaker spares the rest
			t.Errorf("%d of 60 waited for Redis", slow)
		}
		o.publish(draftOf(testVillage, []string{"", "2026-08", "2026-07"}[mode]))
		cache.set(flowing)
	}
}

// A full disk refuses the write and loses nothing; room lets it go on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)), func(o *appOptions) { o.pragmas = []string{"max_page_count(1400)"} })
	o := s.staff()
	var kept []string
	full := false
	body := strings.Repeat("本月村里修了水渠，花了一些钱。", 2000)
	for i := range 400 {
		d := draftOf(testVillage, "2026-09")
		d["body"] = body
		r := o.clerk.post("/api/v1/disclosures", d)
		if r.status == http.StatusServiceUnavailable {
			r.problem(http.StatusServiceUnavailable, "service.storage_full")
			full = true
			break
		}
		kept = append(kept, r.want(http.StatusCreated).str("id"))
		_ = i
	}
	if !full {
		t.Fatal("the disk never filled")
	}
	for _, id := range kept {
		o.clerk.get("/api/v1/disclosures/" + id).want(http.StatusOK)
	}
	s.anon.get("/api/v1/feed?region=" + testCity).want(http.StatusOK)
	s.anon.get("/livez").want(http.StatusOK)
}
