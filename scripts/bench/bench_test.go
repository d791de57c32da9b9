package main

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []int
		want   int
	}{{nil, 0}, {[]int{7}, 7}, {[]int{9, 1, 5}, 5}, {[]int{4, 1, 3, 2}, 3}} {
		if got := median(c.values); got != c.want {
			t.Errorf("median(%v) = %d, want %d", c.values, got, c.want)
		}
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	many := make([]int, 1000)
	for i := range many {
		many[i] = i
	}
	if got := spread(many, 4); len(got) != 4 || got[0] != 0 || got[3] != 750 {
		t.Errorf("spread over 1000 = %v", got)
	}
	if got := spread(many[:3], 4); len(got) != 3 {
		t.Errorf("spread over 3 = %v", got)
	}
}

func TestTable_Print(t *testing.T) {
	t.Parallel()
	tab := &table{title: "T", head: []string{"a", "b"}}
	tab.add("1", verdict(false))
	tab.note("n %d", 1)
	var out bytes.Buffer
	tab.print(&out)
	const want = "\n### T\n\n| a | b |\n|---|---|\n| 1 | **✗** |\n\nn 1\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestHammer(t *testing.T) {
	t.Parallel()
	var served atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte("村务"))
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")

	t.Run("OK", func(t *testing.T) {
		before := served.Load()
		rate, err := hammer(t.Context(), 4, 100, http.StatusOK, func(int) request { return get(host, "/") })
		if err != nil || rate <= 0 || served.Load()-before != 100 {
			t.Fatalf("rate %v, served %d, err %v", rate, served.Load()-before, err)
		}
	})
	t.Run("NotModified", func(t *testing.T) {
		if _, err := hammer(t.Context(), 2, 20, http.StatusNotModified, func(int) request { return get(host, "/", `If-None-Match: "x"`) }); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("ErrWrongStatus", func(t *testing.T) {
		if _, err := hammer(t.Context(), 2, 20, http.StatusNotModified, func(int) request { return get(host, "/") }); err == nil {
			t.Fatal("a wrong status must not count")
		}
	})
}

func TestMadeUpID(t *testing.T) {
	t.Parallel()
	if a, b := madeUpID(1), madeUpID(2); len(a) != 26 || a == b {
		t.Errorf("ids %q and %q", a, b)
	}
}

func TestRow_With(t *testing.T) {
	t.Parallel()
	r := row{columns: []string{"id", "n"}, values: []any{"a", int64(1)}}
	if got := r.with(map[string]any{"n": int64(2), "gone": 3}); got[0] != "a" || got[1] != int64(2) || r.values[1] != int64(1) {
		t.Errorf("got %v, pattern %v", got, r.values)
	}
}

func TestFeedPath(t *testing.T) {
	t.Parallel()
	if got := feedPath("5108", "FINANCE", "c_1", 20); got != "/api/v1/feed?category=FINANCE&cursor=c_1&limit=20&region=5108" {
		t.Error(got)
	}
}

func TestMillis(t *testing.T) {
	t.Parallel()
	if got := millis(1500 * time.Microsecond); got != "1.50" {
		t.Error(got)
	}
}

func TestReadRecorded(t *testing.T) {
	t.Parallel()
	const yes = `{"tracker":"k","recorded":true}`
	for name, c := range map[string]struct {
		answer   string
		last, ok bool
	}{
		"kept":    {"HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n" + yes, false, true},
		"closed":  {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 31\r\n\r\n" + yes, true, true},
		"refused": {"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 31\r\n\r\n" + yes, false, false},
		"silent":  {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", false, false},
		"cut":     {"HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n{", false, false},
	} {
		last, err := readRecorded(bufio.NewReader(strings.NewReader(c.answer)))
		if (err == nil) != c.ok || last != c.last {
			t.Errorf("%s: %v, %v", name, last, err)
		}
	}
}
