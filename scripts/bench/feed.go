package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
)

const (
	feedConnections = 64
	feedRounds      = 9
	feedRequests    = 40_000 // of each kind in each round
	hotPage         = "/api/v1/feed?region=5108&limit=20"
)

// feed compares the hot page with a bare gin handler that returns the same
// bytes in the same process: in turns, so that what disturbs one disturbs the
// other, and by medians.
func (b *bench) feed(ctx context.Context) error {
	data := filepath.Join(b.dir, "feed")
	if err := b.seed(ctx, data); err != nil {
		return err
	}
	p, err := b.startInside(ctx, "CUNWU_DATA="+data)
	if err != nil {
		return err
	}
	defer func() { _ = p.stop() }()
	t := &table{
		title: fmt.Sprintf("Hot feed page: 20 items, keep-alive, %d connections, %d rounds of %d requests in turns", feedConnections, feedRounds, feedRequests),
		head:  []string{"answer", "bytes", "app, requests/s", "bare gin, requests/s", "ratio", "promise", ""},
	}
	var rate200 float64
	for _, c := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"200, as it is", nil, http.StatusOK},
		{"200, gzip", []string{"Accept-Encoding: gzip"}, http.StatusOK},
		{"304", nil, http.StatusNotModified},
	} {
		app, bare, size, err := b.compare(ctx, p, c.headers, c.status)
		if err != nil {
			return err
		}
		promise, kept := "≥ 0.85", app/bare >= 0.85
		if c.status == http.StatusNotModified {
			promise, kept = "at least as fast as 200", app >= rate200
		} else {
			rate200 = max(rate200, app)
		}
		t.add(c.name, fmt.Sprint(size), fmt.Sprintf("%.0f", app), fmt.Sprintf("%.0f", bare), fmt.Sprintf("%.2f", app/bare), promise, verdict(kept))
	}
	t.note("Server and load generator are two processes on the same machine; rates are bounded by both.")
	t.print(b.out)
	return nil
}

func (b *bench) compare(ctx context.Context, p *process, headers []string, status int) (app, bare float64, size int, err error) {
	header := map[string]string{}
	if len(headers) > 0 {
		header["Accept-Encoding"] = "gzip"
	} else {
		header["Accept-Encoding"] = "identity"
	}
	body, got, err := fetch(ctx, http.MethodGet, "http://"+p.app+hotPage, header, nil)
	if err != nil {
		return 0, 0, 0, err
	}
	size = len(body)
	if status == http.StatusNotModified {
		headers, size = append(headers, "If-None-Match: "+got.Get("ETag")), 0
	}
	// The bare handler takes over what the app just answered.
	if _, _, err := fetch(ctx, http.MethodPost, "http://"+p.bare+"/take?from="+url.QueryEscape("http://"+p.app+hotPage), header, nil); err != nil {
		return 0, 0, 0, err
	}
	toApp, toBare := get(p.app, hotPage, headers...), get(p.bare, hotPage, headers...)
	var apps, bares []float64
	for round := range feedRounds + 1 {
		for _, side := range []struct {
			q     request
			rates *[]float64
		}{{toApp, &apps}, {toBare, &bares}} {
			rate, err := hammer(ctx, feedConnections, feedRequests, status, func(int) request { return side.q })
			if err != nil {
				return 0, 0, 0, err
			}
			if round > 0 { // the first round warms both up
				*side.rates = append(*side.rates, rate)
			}
		}
	}
	return median(apps), median(bares), size, nil
}
