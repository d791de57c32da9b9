package main

import (
	"database/sql"
	"path/filepath"
	"slices"
	"testing"

	"cunwu/repository"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

// TestDataset_Load: what is loaded in bulk is read by the program as its own.
func TestDataset_Load(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "bench.db")
	archive, err := repository.Open(t.Context(), repository.Options{URL: "sqlite:" + file})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = archive.Close() })
	if err := archive.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })

	const n = 300
	village := region.Code("510821102200")
	d := &dataset{
		places:  map[region.Level][]region.Code{region.Village: {village, "510802101201"}},
		posting: row{columns: postingColumns, values: make([]any, len(postingColumns))},
		version: row{columns: []string{"posting_id", "number", "published_at", "withdrawn_at", "digest", "reason", "content"}, values: []any{"", 1, 0, 0, "", "", []byte("{}")}},
	}
	fill(d.posting)
	if err := d.load(t.Context(), db, n, "INSERT OR IGNORE"); err != nil {
		t.Fatal(err)
	}

	var seen int
	var before int64
	for {
		page, err := archive.Disclosures().FeedPage(t.Context(), disclosure.Scope("5108", 0, false), before, 50)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		if before != 0 && page[0].Pos >= before {
			t.Fatalf("page begins at %d, want below %d", page[0].Pos, before)
		}
		seen, before = seen+len(page), page[len(page)-1].Pos
	}
	if seen != n {
		t.Errorf("the city's feed holds %d postings, want %d", seen, n)
	}
	first, err := archive.Disclosures().FeedPage(t.Context(), disclosure.Scope(village, 0, false), 0, 50)
	if err != nil || len(first) == 0 {
		t.Fatalf("the village's feed: %d postings, %v", len(first), err)
	}
	if first[0].Region != village {
		t.Errorf("the village's feed shows %s", first[0].Region)
	}
	if found, err := databaseFile(filepath.Dir(file)); err != nil || found != file {
		t.Errorf("databaseFile = %q, %v", found, err)
	}
}

var postingColumns = []string{
	"serial", "pos", "id", "region", "item_code", "category", "edition", "period", "visibility", "state", "version", "late",
	"published_at", "title", "summary", "attachments", "questions", "income_fen", "expense_fen", "case_id", "revision", "personal",
	"first_at", "posted_from", "posted_until", "created_at", "created_by", "reason", "review", "draft",
}

// fill makes the pattern of a published posting.
func fill(r row) {
	texts := map[string]string{"edition": "2026-01-01", "period": "2026", "visibility": "PUBLIC_INTERNET", "state": "published", "title": "t", "summary": "s"}
	for i, c := range r.columns {
		switch {
		case texts[c] != "":
			r.values[i] = texts[c]
		case slices.Contains([]string{"created_by", "reason", "review"}, c):
			r.values[i] = ""
		case c == "draft":
		default:
			r.values[i] = int64(0)
		}
	}
}
