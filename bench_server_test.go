package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/config"
)

// TestBenchServer is no test: scripts/bench runs it from the test binary to
// have the real app and a bare gin handler in one process, and a way to drop
// what is prepared. It serves an existing data folder until its input ends.
func TestBenchServer(t *testing.T) {
	if os.Getenv("BENCH_SERVER") == "" {
		t.Skip("started by scripts/bench only")
	}
	cfg, err := config.Load(append(os.Environ(), "CUNWU_LISTEN=127.0.0.1:0", "CUNWU_METRICS_LISTEN=127.0.0.1:0"), true)
	if err != nil {
		t.Fatal(err)
	}
	app, err := NewApp(t.Context(), withDemoAccount(cfg), slog.New(slog.DiscardHandler), demoOptions(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	bare := &http.Server{Handler: bareHandler(app), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = bare.Serve(l) }()
	fmt.Printf("BENCH app=%s bare=%s\n", app.Addr(), l.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	if err := errors.Join(bare.Shutdown(ctx), app.Close(ctx)); err != nil {
		t.Error(err)
	}
}

// taken is an answer of the app that the bare handler gives again.
type taken struct {
	header http.Header
	etag   string
	body   []byte
}

// bareHandler is the least that gin can do for the same bytes: a route, the
// headers, the body; and two controls for scripts/bench.
func bareHandler(app *App) http.Handler {
	r := gin.New()
	for _, slot := range []string{"/plain", "/gzip"} {
		var answer atomic.Pointer[taken]
		r.GET(slot, func(c *gin.Context) { giveAgain(c, answer.Load()) })
		r.POST(slot, func(c *gin.Context) {
			a, err := take(c.Request.Context(), c.Query("from"), c.GetHeader("Accept-Encoding"))
			if err != nil {
				c.String(http.StatusBadGateway, err.Error())
				return
			}
			answer.Store(a)
		})
	}
	r.POST("/drop", func(*gin.Context) { app.prepared.Changed("") })
	return r
}

func giveAgain(c *gin.Context, a *taken) {
	h := c.Writer.Header()
	for k, v := range a.header {
		h[k] = v
	}
	if c.GetHeader("If-None-Match") == a.etag {
		h.Del("Content-Length")
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	c.Status(http.StatusOK)
	_, _ = c.Writer.Write(a.body)
}

// take keeps what the app answers, with the headers that it chose itself.
func take(ctx context.Context, url, encoding string) (*taken, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	q.Header.Set("Accept-Encoding", encoding)
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", res.Status, strings.TrimSpace(string(body)))
	}
	header := res.Header.Clone()
	header.Del("Date")
	return &taken{header: header, etag: res.Header.Get("ETag"), body: body}, nil
}
