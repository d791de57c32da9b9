package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestParseFeed_CursorsFitOneQuestion: two questions that differ in anything
// that is looked for have different lists, and so do a question and the feed.
func TestParseFeed_CursorsFitOneQuestion(t *testing.T) {
	t.Parallel()
	list := func(text, item, period, category string) string {
		q, err := parseFeed(url.Values{"region": {"5108"}, "q": {text}, "item": {item}, "period": {period}, "category": {category}}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		return q.list
	}
	if list("", "", "", "FINANCE") != "5108/FINANCE" {
		t.Errorf("nothing is looked for: %q", list("", "", "", "FINANCE"))
	}
	if a, b := list("路灯 电费", "", "", ""), list("，路灯、电费 ", "", "", ""); a != b {
		t.Errorf("%q and %q are the same question", a, b)
	}
	rapid.Check(t, func(rt *rapid.T) {
		part := func(name string) string {
			return rapid.SampledFrom([]string{"", "ab", "abc", "2026", "D02", "路灯", "a b"}).Draw(rt, name)
		}
		a, b := [4]string{part("q"), part("item"), part("period"), part("category")}, [4]string{part("q2"), part("item2"), part("period2"), part("category2")}
		if same := list(a[0], a[1], a[2], a[3]) == list(b[0], b[1], b[2], b[3]); same != (a == b) {
			rt.Fatalf("%v and %v: same %v", a, b, same)
		}
	})
}

// TestFeed_WithoutSearch: a door without an index says so, and the feed is not
// touched by it.
func TestFeed_WithoutSearch(t *testing.T) {
	t.Parallel()
	r, _ := mounted(t)
	for _, query := range []string{"q=路灯", "item=D02", "period=2026"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/feed?region=5108&"+query, nil))
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "feed.search_unavailable") {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
}
