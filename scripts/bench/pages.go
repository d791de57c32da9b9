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
	pageSize     = 20
	deepPage     = 10_000 // or the last, where there are fewer
	pageRounds   = 61
	pageCategory = "FINANCE"
)

// pageCase is one kind of page: a level of places, with or without a category,
// at the beginning or deep down.
type pageCase struct {
	level    region.Level
	category string
	deep     bool
	paths    []string
	deepest  int // page number reached
	times    []time.Duration
}

func (c *pageCase) name() string {
	kind := "all categories"
	if c.category != "" {
		kind = c.category
	}
	return fmt.Sprintf("%s, %s", c.level, kind)
}

// pages measures what a page costs when nothing is prepared, on each engine.
func (b *bench) pages(ctx context.Context) error {
	data, err := b.million(ctx)
	if err != nil {
		return err
	}
	if err := b.pagesOf(ctx, "SQLite", data, "CUNWU_DATA="+data.dir); err != nil {
		return err
	}
	server := os.Getenv("CUNWU_TEST_MYSQL_URL")
	if server == "" {
		progress("CUNWU_TEST_MYSQL_URL is not set: pages were NOT measured on the MySQL protocol")
		return nil
	}
	url, done, err := b.millionOnMySQL(ctx, server, data)
	if err != nil {
		return err
	}
	defer done()
	empty, err := os.MkdirTemp(b.dir, "mysql-data.")
	if err != nil {
		return err
	}
	return b.pagesOf(ctx, "MySQL protocol", data, "CUNWU_DATA="+empty, "CUNWU_DATABASE_URL="+url)
}

func (b *bench) pagesOf(ctx context.Context, engine string, data *dataset, env ...string) error {
	p, err := b.startInside(ctx, env...)
	if err != nil {
		return err
	}
	defer func() { _ = p.stop() }()
	cases, err := findPages(ctx, p, data)
	if err != nil {
		return err
	}
	for round := range pageRounds {
		for _, c := range cases {
			took, err := coldPage(ctx, p, c.paths[round%len(c.paths)])
			if err != nil {
				return err
			}
			if round > 0 {
				c.times = append(c.times, took)
			}
		}
	}
	b.reportPages(engine, data, cases)
	return nil
}

// coldPage asks for one page over HTTP after everything prepared was dropped.
func coldPage(ctx context.Context, p *process, path string) (time.Duration, error) {
	if _, _, err := fetch(ctx, http.MethodPost, "http://"+p.bare+"/drop", nil, nil); err != nil {
		return 0, err
	}
	start := time.Now()
	_, _, err := fetch(ctx, http.MethodGet, "http://"+p.app+path, nil, nil)
	return time.Since(start), err
}

// findPages chooses the places and walks to their deep pages.
func findPages(ctx context.Context, p *process, data *dataset) ([]*pageCase, error) {
	var cases []*pageCase
	for _, level := range []region.Level{region.Village, region.Township, region.County, region.City} {
		places := spread(data.places[level], 20)
		for _, category := range []string{"", pageCategory} {
			first := &pageCase{level: level, category: category, deepest: 1}
			deep := &pageCase{level: level, category: category, deep: true}
			for _, place := range places {
				first.paths = append(first.paths, feedPath(place, category, "", pageSize))
			}
			for _, place := range spread(places, 3) {
				progress("walking to the end of %s %s", place, category)
				cursor, page, err := walk(ctx, p, place, category)
				if err != nil {
					return nil, err
				}
				deep.paths = append(deep.paths, feedPath(place, category, cursor, pageSize))
				deep.deepest = max(deep.deepest, page)
			}
			cases = append(cases, first, deep)
		}
	}
	return cases, nil
}

// walk follows a feed by its cursors, in large steps, to the deep page or the
// last, and gives the cursor that leads there.
func walk(ctx context.Context, p *process, place region.Code, category string) (cursor string, page int, err error) {
	const target = (deepPage - 1) * pageSize
	for seen := 0; seen < target; {
		step := min(50, target-seen)
		raw, _, err := fetch(ctx, http.MethodGet, "http://"+p.app+feedPath(place, category, cursor, step), nil, nil)
		if err != nil {
			return "", 0, err
		}
		var answer struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"next_cursor"`
		}
		if err := json.Unmarshal(raw, &answer); err != nil {
			return "", 0, err
		}
		if answer.Next == "" {
			break
		}
		cursor = answer.Next
		seen += len(answer.Items)
		page = seen/pageSize + 1
	}
	return cursor, page, nil
}

func feedPath(place region.Code, category, cursor string, limit int) string {
	q := url.Values{"region": {string(place)}, "limit": {strconv.Itoa(limit)}}
	if category != "" {
		q.Set("category", category)
	}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	return "/api/v1/feed?" + q.Encode()
}

// spread takes n values from all over a list.
func spread[T any](values []T, n int) []T {
	if len(values) <= n {
		return values
	}
	out := make([]T, n)
	for i := range out {
		out[i] = values[i*len(values)/n]
	}
	return out
}

func (b *bench) reportPages(engine string, data *dataset, cases []*pageCase) {
	fastest := time.Duration(1 << 62)
	for _, c := range cases {
		fastest = min(fastest, median(c.times))
	}
	t := &table{
		title: fmt.Sprintf("Uncached feed pages of %d items over HTTP, %d postings over %d villages, %s, median of %d",
			pageSize, data.postings, len(data.places[region.Village]), engine, pageRounds-1),
		head: []string{"place", "page", "ms", "times the fastest", "promise: ≤ 3 × and < 20 ms"},
	}
	for _, c := range cases {
		m := median(c.times)
		page := "first"
		if c.deep {
			page = "deep, number " + strconv.Itoa(c.deepest)
		}
		ratio := float64(m) / float64(fastest)
		t.add(c.name(), page, millis(m), fmt.Sprintf("%.2f", ratio), verdict(ratio <= 3 && m < 20*time.Millisecond))
	}
	t.note("Before each request everything prepared is dropped, so each is read from the database, rendered and compressed.")
	t.print(b.out)
}
