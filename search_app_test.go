package main

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// soon is within what a publication must be found.
const soon = time.Second

func searchPath(region, text string, more ...string) string {
	q := url.Values{"region": {region}}
	if text != "" {
		q.Set("q", text)
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return "/api/v1/feed?" + q.Encode()
}

// finds reports whether an answer names a posting.
func finds(c client, path, id string) bool {
	c.t.Helper()
	return strings.Contains(string(c.get(path).want(http.StatusOK).body), id)
}

// TestSearch is what villagers do: they look for a word, find the posting at
// every level within a second of its publication, and no longer when it was
// taken down.
func TestSearch(t *testing.T) {
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	id := o.publish(draftOf(testVillage, "2026-09"))
	for _, path := range []string{
		searchPath(testVillage, "路灯"), searchPath(testTownship, "鱼塘"), searchPath(testCounty, "鱼塘发包款"), searchPath(testCity, "记 鱼塘 电费"),
		searchPath(testCity, "", "item", "D02"), searchPath(testCity, "", "period", "2026Q3"), searchPath(testCity, "路灯", "item", "D02", "period", "2026", "category", "FINANCE"),
	} {
		eventually(t, soon, "found by "+path, func() bool { return finds(s.anon, path, id) })
	}
	t.Run("NotFound", func(t *testing.T) {
		for _, path := range []string{
			searchPath(testVillage, "路电"), searchPath(otherVillage, "路灯"), searchPath("510802", "路灯"), searchPath(testCity, "路灯", "item", "A02"),
			searchPath(testCity, "路灯", "period", "2026-08"), searchPath(testCity, "路灯 水库"), searchPath(testCity, "", "period", "2025"),
		} {
			r := s.anon.get(path).want(http.StatusOK)
			if items, ok := r.at("items").([]any); !ok || len(items) != 0 || strings.Contains(string(r.body), "next_cursor") {
				t.Errorf("%s: %s", path, r.body)
			}
		}
	})
	t.Run("Shape", func(t *testing.T) {
		feed := s.anon.get("/api/v1/feed?region=" + testVillage).want(http.StatusOK)
		found := s.anon.get(searchPath(testVillage, "路灯")).want(http.StatusOK)
		if string(feed.body) != string(found.body) || feed.header.Get("Content-Type") != found.header.Get("Content-Type") {
			t.Errorf("feed %s\nfound %s", feed.body, found.body)
		}
		tag := map[string]string{"If-None-Match": found.header.Get("Etag")}
		s.anon.do(http.MethodGet, searchPath(testVillage, "路灯"), nil, tag).want(http.StatusNotModified)
		if found.header.Get("Access-Control-Allow-Origin") != "*" || found.header.Get("Cache-Control") != "public, max-age=5" {
			t.Errorf("header %v", found.header)
		}
		mine := o.villager.get(searchPath(testVillage, "路灯")).want(http.StatusOK)
		if string(mine.body) != string(found.body) || mine.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("signed in: %v %s", mine.header, mine.body)
		}
		s.anon.do(http.MethodHead, searchPath(testVillage, "路灯"), nil, nil).want(http.StatusOK)
	})
	t.Run("Corrected", func(t *testing.T) { searchCorrected(t, s, o, id) })
	t.Run("Withdrawn", func(t *testing.T) {
		o.clerk.post("/api/v1/disclosures/"+id+"/actions", obj{"action": "withdraw", "reason": "写了不该写的", "kind": "privacy"}).want(http.StatusOK)
		for _, path := range []string{searchPath(testVillage, "水库"), searchPath(testCity, "", "item", "D02")} {
			if finds(s.anon, path, id) { // at once, whatever the index says
				t.Errorf("%s still shows it", path)
			}
		}
		if err := s.drain(t.Context()); err != nil {
			t.Error(err)
		}
		if finds(s.anon, searchPath(testCity, "水库"), id) {
			t.Error("found after the index followed")
		}
	})
}

// searchCorrected takes the posting down and publishes it with other words.
func searchCorrected(t *testing.T, s *started, o *office, id string) {
	o.clerk.post("/api/v1/disclosures/"+id+"/actions", obj{"action": "withdraw", "reason": "写错", "kind": "error"}).want(http.StatusOK)
	edit := draftOf(testVillage, "2026-09")
	for _, name := range []string{"region", "item_code", "period"} {
		delete(edit, name)
	}
	edit["revision"] = o.clerk.get("/api/v1/disclosures/" + id).want(http.StatusOK).at("revision")
	edit["summary"] = "本月收入2000.00元，支出1260.50元。收入是水库发包款，支出是路灯电费，有疑问请找监委会。"
	lines, _ := edit["lines"].([]obj)
	lines[0]["summary"] = "收水库发包款"
	o.clerk.send(http.MethodPut, "/api/v1/disclosures/"+id, edit).want(http.StatusOK)
	o.walk(id)
	eventually(t, soon, "found by its new words", func() bool { return finds(s.anon, searchPath(testCity, "水库"), id) })
	if finds(s.anon, searchPath(testCity, "鱼塘"), id) {
		t.Error("found by a word that was corrected away")
	}
}

// TestSearch_Pages walks an answer by its cursors, which fit no other question.
func TestSearch_Pages(t *testing.T) {
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	want := map[string]bool{}
	for _, period := range []string{"2026-01", "2026-02", "2026-03"} {
		want[o.publish(draftOf(testVillage, period))] = true
	}
	if err := s.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	path, cursor, seen := searchPath(testCity, "路灯", "limit", "1"), "", 0
	var first string
	for range 4 {
		r := s.anon.get(path + cursor).want(http.StatusOK)
		for range r.at("items").([]any) {
			if !want[r.str("items", 0, "id")] {
				t.Errorf("%s comes twice or is none of them", r.str("items", 0, "id"))
			}
			delete(want, r.str("items", 0, "id"))
			seen++
		}
		if !strings.Contains(string(r.body), "next_cursor") {
			break
		}
		if cursor = "&cursor=" + r.str("next_cursor"); first == "" {
			first = cursor
		}
	}
	if seen != 3 || len(want) != 0 {
		t.Errorf("%d seen, left %v", seen, want)
	}
	s.anon.get(searchPath(testCity, "路　灯，", "limit", "1")+first).problem(http.StatusUnprocessableEntity, "request.cursor_invalid")
	s.anon.get(searchPath(testCity, " 路灯！", "limit", "1") + first).want(http.StatusOK) // the same question
	for _, other := range []string{
		searchPath(testCity, "电费"), searchPath(testCounty, "路灯"), searchPath(testCity, ""), searchPath(testCity, "路灯", "item", "D02"),
		searchPath(testCity, "路灯", "period", "2026"), searchPath(testCity, "路灯", "category", "FINANCE"),
	} {
		s.anon.get(other+first).problem(http.StatusUnprocessableEntity, "request.cursor_invalid")
	}
	for _, forged := range []string{"AAAA", "%00", strings.Repeat("A", 16), base64.RawURLEncoding.EncodeToString(make([]byte, 12)), strings.Repeat("x", 3000)} {
		s.anon.get(path+"&cursor="+forged).problem(http.StatusUnprocessableEntity, "request.cursor_invalid")
	}
}

// TestSearch_Hostile: whatever is sent, the answer is a page or a refusal.
func TestSearch_Hostile(t *testing.T) {
	s := start(t, testConfig(t, tempData(t)))
	const feed = "/api/v1/feed?region=5108"
	for query, code := range map[string]string{
		"&q=%E8%B7%AF":                "search.too_short",
		"&q=+":                        "search.too_short",
		"&q=%F0%9F%98%80%F0%9F%98%80": "search.too_short",
		"&q=%25_%25_":                 "search.too_short",
		"&q=%00%00":                   "search.too_short",
		"&q=" + strings.Repeat("%E8%B7%AF", 1000): "search.too_long",
		"&q=" + strings.Repeat("a", 10_000):       "search.too_long",
		"&q=%ED%A0%80%ED%B0%80":                   "request.invalid",
		"&q=%FF%FE":                               "request.invalid",
		"&q=ab&q=cd":                              "request.invalid",
		"&Q=ab":                                   "request.invalid",
		"&q=%zz":                                  "request.invalid",
		"&q=ab&item=Z99":                          "disclosure.item_unknown",
		"&item=%27%20OR%201=1":                    "disclosure.item_unknown",
		"&q=ab&period=2026Q5":                     "search.period_invalid",
		"&period=%25":                             "search.period_invalid",
		"&q=ab&category=NOPE":                     "feed.category_unknown",
		"&q=ab&limit=51":                          "request.invalid",
		"&item=" + strings.Repeat("D", 5000):      "disclosure.item_unknown",
		"&q=ab&period=" + strings.Repeat("2026", 900): "search.period_invalid",
	} {
		s.anon.get(feed+query).problem(http.StatusUnprocessableEntity, code)
	}
	s.anon.get("/api/v1/feed?region=999999&q=a").problem(http.StatusNotFound, "region.not_found")
	for _, text := range []string{
		"' OR 1=1 --", "路灯%", "__路灯", strings.Repeat("路", 40), strings.Repeat("ﷺ", 40), "\u202e路灯\u202c", "e\u0301e\u0301", "1️⃣2️⃣", "路\x00灯灯", "\"路灯\"",
		strings.Repeat("ab ", 13), "a\u0300\u0301\u0302\u0303b",
	} {
		s.anon.get(searchPath("5108", text)).want(http.StatusOK)
	}
	r := s.anon.get(feed + "&q=&item=&period=").want(http.StatusOK) // nothing is asked for: the feed
	if strings.Contains(string(r.body), "next_cursor") {
		t.Errorf("%s", r.body)
	}
}
