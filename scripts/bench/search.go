package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"cunwu/service/region"
)

const (
	searchRounds  = 61
	searchPromise = 50 * time.Millisecond
)

// searchCase is one kind of question, asked in places of one level.
type searchCase struct {
	level region.Level
	what  string
	query url.Values
	times []time.Duration
	hits  int // on the first page, at most
}

// search measures what questions cost, on each engine. Their answers are never
// kept ready.
func (b *bench) search(ctx context.Context) error {
	data, err := b.million(ctx)
	if err != nil {
		return err
	}
	db, err := bulk(data.file)
	if err != nil {
		return err
	}
	err = data.indexTexts(ctx, db, b.dir, "INSERT OR IGNORE")
	if err == nil {
		_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	if cerr := db.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := b.searchOn(ctx, "SQLite", data, "CUNWU_DATA="+data.dir); err != nil {
		return err
	}
	server := os.Getenv("CUNWU_TEST_MYSQL_URL")
	if server == "" {
		progress("CUNWU_TEST_MYSQL_URL is not set: search was NOT measured on the MySQL protocol")
		return nil
	}
	address, done, err := b.millionOnMySQL(ctx, server, data)
	if err != nil {
		return err
	}
	defer done()
	if err := b.indexOnMySQL(ctx, address, data); err != nil {
		return err
	}
	empty, err := os.MkdirTemp(b.dir, "mysql-data.")
	if err != nil {
		return err
	}
	return b.searchOn(ctx, "MySQL protocol", data, "CUNWU_DATA="+empty, "CUNWU_DATABASE_URL="+address)
}

func searchCases() []*searchCase {
	var out []*searchCase
	for _, level := range []region.Level{region.Village, region.County, region.City} {
		for _, c := range []struct {
			what  string
			query url.Values
		}{
			{"common word", url.Values{"q": {"路灯"}}},
			{"word in 1 of 100", url.Values{"q": {"水渠"}}},
			{"word in 1 of 50,000", url.Values{"q": {"石拱"}}},
			{"word in none", url.Values{"q": {"鹞鹰"}}},
			{"common and 1 of 100", url.Values{"q": {"路灯 水渠"}}},
			{"two common words, an item", url.Values{"q": {"路灯 电费"}, "item": {"D02"}}},
			{"four letters, a year", url.Values{"q": {"路灯维修"}, "period": {"2026"}}},
		} {
			out = append(out, &searchCase{level: level, what: c.what, query: c.query})
		}
	}
	return out
}

func (b *bench) searchOn(ctx context.Context, engine string, data *dataset, env ...string) error {
	p, err := b.startInside(ctx, env...)
	if err != nil {
		return err
	}
	defer func() { _ = p.stop() }()
	cases := searchCases()
	for round := range searchRounds {
		for _, c := range cases {
			places := spread(data.places[c.level], 20)
			c.query.Set("region", string(places[round%len(places)]))
			start := time.Now()
			raw, _, err := fetch(ctx, http.MethodGet, "http://"+p.app+"/api/v1/feed?"+c.query.Encode(), nil, nil)
			if err != nil {
				return err
			}
			took := time.Since(start)
			var answer struct {
				Items []json.RawMessage `json:"items"`
			}
			if err := json.Unmarshal(raw, &answer); err != nil {
				return err
			}
			c.hits = max(c.hits, len(answer.Items))
			if round > 0 {
				c.times = append(c.times, took)
			}
		}
	}
	t := &table{
		title: fmt.Sprintf("Search over HTTP, %d postings over %d villages, %s, median of %d",
			data.postings, len(data.places[region.Village]), engine, searchRounds-1),
		head: []string{"place", "question", "found on the first page", "ms", "promise: < 50 ms"},
	}
	for _, c := range cases {
		m := median(c.times)
		t.add(c.level.String(), c.what, strconv.Itoa(c.hits), millis(m), verdict(m < searchPromise))
	}
	t.note("Answers are never kept ready: each is read from the index and the database, rendered and compressed.")
	t.print(b.out)
	return nil
}
