package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"cunwu/scripts/crowd"
	"cunwu/service/chronicle"
	"cunwu/service/region"
)

const (
	rankingRounds      = 61
	rankingMost        = 20 * time.Millisecond // median of a page that is not prepared
	endorseConnections = 64
	endorseRate        = 2000
	rankingDeeds       = 40 // of each village
	hotRanking         = "/api/v1/boards/510821102200/red/ranking?period=all&limit=20"
)

// rankingChoice is what the command line asked for.
type rankingChoice struct {
	endorsements, endorsers int
}

// rankingEngine is a database with everything in it, and how a server gets there.
type rankingEngine struct {
	name   string
	url    string
	env    []string
	crowd  crowd.Crowd
	loaded *loadedDeeds
}

// ranking measures the hot page against the bare handler, pages that are not
// prepared among very many endorsements, and endorsing, on each engine.
func (b *bench) ranking(ctx context.Context) error {
	demo := filepath.Join(b.dir, "feed")
	if err := b.seed(ctx, demo); err != nil {
		return err
	}
	if b.cast.db != "mysql" {
		data, err := os.MkdirTemp(b.dir, "ranking.")
		if err != nil {
			return err
		}
		defer os.RemoveAll(data)
		if err := b.rankingOn(ctx, demo, rankingEngine{name: "SQLite FULL", url: crowd.URL(data), env: []string{"CUNWU_DATA=" + data}}); err != nil {
			return err
		}
	}
	server := os.Getenv("CUNWU_TEST_MYSQL_URL")
	switch {
	case b.cast.db == "sqlite":
		return nil
	case server == "":
		progress("CUNWU_TEST_MYSQL_URL is not set: rankings were NOT measured on the MySQL protocol")
		return nil
	}
	_, url, drop, err := emptyMySQL(ctx, server)
	if err != nil {
		return err
	}
	defer drop()
	data, err := os.MkdirTemp(b.dir, "ranking-mysql.")
	if err != nil {
		return err
	}
	return b.rankingOn(ctx, demo, rankingEngine{name: "MySQL protocol", url: url, env: []string{"CUNWU_DATA=" + data, "CUNWU_DATABASE_URL=" + url}})
}

func (b *bench) rankingOn(ctx context.Context, demo string, e rankingEngine) error {
	progress("%s: making %d villagers", e.name, b.rank.endorsers)
	var err error
	if e.crowd, err = crowd.Make(ctx, crowd.Options{URL: e.url, Voters: b.rank.endorsers}); err != nil {
		return err
	}
	start := time.Now()
	if e.loaded, err = loadDeeds(ctx, demo, e.url, b.rank.endorsements); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	progress("%s: %d endorsements of %d deeds loaded in %s", e.name, e.loaded.endorsements, e.loaded.deeds, time.Since(start).Round(time.Second))
	p, err := b.startInside(ctx, append(crowd.Environment(), e.env...)...)
	if err != nil {
		return err
	}
	defer func() { _ = p.stop() }()
	if err := p.waitIdle(ctx); err != nil {
		return err
	}
	if e.name == "SQLite FULL" { // what is prepared knows no engine
		if err := b.hotRanking(ctx, p); err != nil {
			return err
		}
	}
	if err := b.coldRankings(ctx, p, e); err != nil {
		return err
	}
	return b.endorse(ctx, p, e)
}

// hotRanking compares the ranking with the bare handler as feed does the feed.
func (b *bench) hotRanking(ctx context.Context, p *process) error {
	kinds, err := hotKinds(ctx, p, hotRanking)
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
	b.reportHot("Hot ranking page", kinds)
	return nil
}

// coldRankings measures what a page costs when nothing is prepared: the first
// and the second of each kind.
func (b *bench) coldRankings(ctx context.Context, p *process, e rankingEngine) error {
	t := &table{
		title: fmt.Sprintf("Rankings, nothing prepared: %s, %d endorsements of %d deeds in %d villages", e.name, e.loaded.endorsements, e.loaded.deeds, e.loaded.villages),
		head:  []string{"place", "by", "period", "median ms", "p99 ms", "promise", ""},
	}
	now := time.Now()
	periods := []string{now.Format("2006-01"), fmt.Sprintf("%dQ%d", now.Year(), (now.Month()+2)/3), now.Format("2006"), "all"}
	for _, level := range []region.Level{region.Village, region.Township, region.County, region.City} {
		places := spread(e.loaded.places[level], 20)
		for _, by := range []string{"deed", "clause", "group"} {
			if by == "group" && level != region.Village {
				continue
			}
			for _, period := range periods {
				var times []time.Duration
				for round := range rankingRounds {
					path := fmt.Sprintf("/api/v1/boards/%s/red/ranking?by=%s&period=%s&limit=20", places[round%len(places)], by, period)
					took, err := coldPage(ctx, p, path)
					if err != nil {
						return err
					}
					times = append(times, took)
				}
				slices.Sort(times)
				m := times[len(times)/2]
				t.add(level.String(), by, period, millis(m), millis(times[(len(times)-1)*99/100]), "median < 20 ms", verdict(m < rankingMost))
			}
		}
	}
	t.note("Each of %d questions comes after everything prepared was dropped.", rankingRounds)
	t.print(b.out)
	return nil
}

// endorse lets the crowd of one village endorse its deeds, one after the other
// each, and counts afterwards.
func (b *bench) endorse(ctx context.Context, p *process, e rankingEngine) error {
	t := &table{
		title: fmt.Sprintf("Endorsing: acknowledged over HTTP, %s, %d connections, %d endorsements there", e.name, endorseConnections, e.loaded.endorsements),
		head:  []string{"deeds", "endorsements", "endorsements/s", "server CPU s/1000", "generator CPU s/1000", "promise", ""},
	}
	ids := e.loaded.of[crowd.Village]
	for _, deeds := range [][]string{ids[:1], ids} {
		requests := make([]request, len(e.crowd.Tokens))
		for n, token := range e.crowd.Tokens {
			requests[n] = request{host: p.app, bytes: fmt.Appendf(nil, "PUT /api/v1/boards/entries/%s/endorsement HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: 0\r\n\r\n",
				deeds[(n+1)%len(deeds)], p.app, token)}
		}
		if err := p.waitIdle(ctx); err != nil {
			return err
		}
		server, generator := cpuTime(p.cmd.Process.Pid), cpuTime(os.Getpid())
		rate, err := hammer(ctx, endorseConnections, len(requests), http.StatusOK, func(n int) request { return requests[min(n, len(requests)-1)] })
		if err != nil {
			return err
		}
		t.add(strconv.Itoa(len(deeds)), strconv.Itoa(len(requests)), fmt.Sprintf("%.0f", rate),
			perThousand(cpuTime(p.cmd.Process.Pid)-server, len(requests)), perThousand(cpuTime(os.Getpid())-generator, len(requests)),
			fmt.Sprintf("≥ %d", endorseRate), verdict(rate >= endorseRate))
	}
	t.note("Each villager has a session that the server has not seen before in the first row. Each deed stands in %d rankings.", 4*len(chronicle.Scopes(crowd.Village)))
	t.print(b.out)
	return nil
}
