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
	feedRequests    = 30_000 // of each kind and side in each round
	hotPage         = "/api/v1/feed?region=5108&limit=20"
)

// hotKind is one way in which the hot page is asked for and answered.
type hotKind struct {
	name      string
	status    int
	bytes     int
	app, bare request
	apps      []float64 // requests per second, by round
	bares     []float64
}

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
	kinds, err := hotKinds(ctx, p, hotPage)
	if err != nil {
		return err
	}
	for round := range feedRounds + 1 {
		for _, k := range kinds {
			if err := k.measure(ctx, round == 0); err != nil {
				return err
			}
		}
	}
	b.reportHot("Hot feed page", kinds)
	return nil
}

// measure runs one round on each side; the first warms up and does not count.
func (k *hotKind) measure(ctx context.Context, warm bool) error {
	for _, side := range []struct {
		q     request
		rates *[]float64
	}{{k.app, &k.apps}, {k.bare, &k.bares}} {
		rate, err := hammer(ctx, feedConnections, feedRequests, k.status, func(int) request { return side.q })
		if err != nil {
			return err
		}
		if !warm {
			*side.rates = append(*side.rates, rate)
		}
	}
	return nil
}

// hotKinds asks the app once in each coding, and has the bare handler take over
// what it answered.
func hotKinds(ctx context.Context, p *process, page string) ([]*hotKind, error) {
	plain := &hotKind{name: "200, as it is", status: http.StatusOK}
	packed := &hotKind{name: "200, gzip", status: http.StatusOK}
	same := &hotKind{name: "304", status: http.StatusNotModified}
	for _, c := range []struct {
		kind         *hotKind
		coding, slot string
	}{{plain, "identity", "/plain"}, {packed, "gzip", "/gzip"}} {
		header := map[string]string{"Accept-Encoding": c.coding}
		body, got, err := fetch(ctx, http.MethodGet, "http://"+p.app+page, header, nil)
		if err != nil {
			return nil, err
		}
		from := "?from=" + url.QueryEscape("http://"+p.app+page)
		if _, _, err := fetch(ctx, http.MethodPost, "http://"+p.bare+c.slot+from, header, nil); err != nil {
			return nil, err
		}
		line := "Accept-Encoding: " + c.coding
		c.kind.bytes = len(body)
		c.kind.app, c.kind.bare = get(p.app, page, line), get(p.bare, c.slot, line)
		if c.kind == packed {
			match := "If-None-Match: " + got.Get("ETag")
			same.app, same.bare = get(p.app, page, line, match), get(p.bare, c.slot, line, match)
		}
	}
	return []*hotKind{plain, packed, same}, nil
}

func (b *bench) reportHot(what string, kinds []*hotKind) {
	t := &table{
		title: fmt.Sprintf("%s: 20 items, keep-alive, %d connections, %d rounds of %d requests in turns", what, feedConnections, feedRounds, feedRequests),
		head:  []string{"answer", "bytes", "app, requests/s", "bare gin, requests/s", "ratio", "promise", ""},
	}
	var fastest200 float64
	for _, k := range kinds {
		app, bare := median(k.apps), median(k.bares)
		promise, kept := "≥ 0.85", app/bare >= 0.85
		if k.status == http.StatusNotModified {
			promise, kept = "≥ 0.85, and at least as fast as 200", kept && app >= fastest200
		} else {
			fastest200 = max(fastest200, app)
		}
		t.add(k.name, fmt.Sprint(k.bytes), fmt.Sprintf("%.0f", app), fmt.Sprintf("%.0f", bare), fmt.Sprintf("%.2f", app/bare), promise, verdict(kept))
	}
	t.note("Server and load generator are two processes on the same machine; rates are bounded by both.")
	t.print(b.out)
}
