package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/service/audit"
)

// The main job, as people do it: a clerk drafts, the supervisory committee
// reviews, the committee confirms, it is published, and it stands in the feed
// of its village, township, county and city; everything through the door, and
// every office appointed from the first administrator down.
func TestMainJob(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	levels := []string{testVillage, testTownship, testCounty, testCity, "51"}
	for _, code := range levels { // warm: what comes must replace what is there
		s.anon.get("/api/v1/feed?region=" + code).want(http.StatusOK)
	}
	id := o.clerk.post("/api/v1/disclosures", draftOf(testVillage, "2026-09")).want(http.StatusCreated).str("id")

	t.Run("ErrNotPublic", func(t *testing.T) {
		for _, c := range []client{s.anon, o.villager, o.stranger, o.otherClerk} {
			c.get("/api/v1/disclosures/"+id).problem(http.StatusNotFound, "disclosure.not_found")
		}
		o.township.get("/api/v1/disclosures/" + id).want(http.StatusOK)
	})
	t.Run("ErrForeignClerk", func(t *testing.T) {
		o.otherClerk.post("/api/v1/disclosures/"+id+"/actions", obj{"action": "submit"}).problem(http.StatusNotFound, "disclosure.not_found")
		o.otherClerk.post("/api/v1/disclosures", draftOf(testVillage, "2026-08")).problem(http.StatusForbidden, "account.not_allowed")
	})
	o.clerk.post("/api/v1/disclosures/"+id+"/actions", obj{"action": "submit"}).want(http.StatusOK)
	t.Run("TaskWaits", func(t *testing.T) {
		r := o.supervisor.get("/api/v1/me/tasks").want(http.StatusOK)
		if r.str("items", 0, "subject_id") != id || r.str("items", 0, "due_at") == "" {
			t.Errorf("%s", r.body)
		}
	})
	t.Run("ErrOrder", func(t *testing.T) {
		r := o.clerk.post("/api/v1/disclosures/"+id+"/actions", obj{"action": "publish"})
		if r.status != http.StatusConflict && r.status != http.StatusForbidden {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
	step := func(c client, body obj) { c.post("/api/v1/disclosures/"+id+"/actions", body).want(http.StatusOK) }
	step(o.supervisor, obj{"action": "approve", "opinion": "账目与凭证一致，同意公开。"})
	step(o.director, obj{"action": "confirm", "note": "村委会会议已确认。"})
	step(o.clerk, obj{"action": "publish"})
	for _, code := range levels {
		r := s.anon.get("/api/v1/feed?region=" + code).want(http.StatusOK)
		if got := r.str("items", 0, "id"); got != id {
			t.Errorf("feed of %s begins with %s, want %s", code, got, id)
		}
	}
	if r := s.anon.get("/api/v1/feed?region=510802").want(http.StatusOK); strings.Contains(string(r.body), id) {
		t.Error("it shows in another county")
	}
	p := s.anon.get("/api/v1/disclosures/" + id).want(http.StatusOK)
	if p.str("state") != "published" || p.str("review", "opinion") == "" || p.str("posted_until") == "" || p.str("region_name") != "盐井村" {
		t.Errorf("%s", p.body)
	}
	for _, path := range []string{"/", "/r/" + testVillage, "/r/" + testCity, "/d/" + id} {
		if r := s.anon.get(path).want(http.StatusOK); !strings.Contains(string(r.body), `lang="zh-CN"`) {
			t.Errorf("%s is no page: %s", path, clip(r.body))
		}
	}
	j := s.anon.get("/api/v1/disclosures/" + id + "/journal").want(http.StatusOK)
	if steps, _ := j.at("items").([]any); len(steps) != 5 || j.str("items", 2, "role") != "supervisor" || strings.Contains(string(j.body), "会议已确认") {
		t.Errorf("journal: %s", j.body)
	}
	if r := s.anon.get("/api/v1/procedures/disclosure").want(http.StatusOK); !strings.Contains(string(r.body), "监督委员会") {
		t.Errorf("procedure: %s", clip(r.body))
	}
	o.director.post("/api/v1/regions/"+testVillage+"/groups", obj{"number": "19", "name": "十九组"}).want(http.StatusCreated)
	o.clerk.post("/api/v1/regions/"+testVillage+"/groups", obj{"number": "20", "name": "二十组"}).problem(http.StatusForbidden, "account.not_allowed")
	m := client{t: t, base: "http://" + s.MetricsAddr()}.get("/metrics").want(http.StatusOK)
	for _, name := range []string{"cunwu_http_requests_total", "cunwu_prepared_answers_total", "cunwu_database_connections", "go_goroutines"} {
		if !strings.Contains(string(m.body), name) {
			t.Errorf("no %s among the metrics", name)
		}
	}
	t.Run("Correction", func(t *testing.T) { correct(t, s, o, id) })
}

// correct takes a posting down, shows the tombstone, and publishes the
// corrected version.
func correct(t *testing.T, s *started, o *office, id string) {
	step := func(c client, body obj) reply {
		return c.post("/api/v1/disclosures/"+id+"/actions", body).want(http.StatusOK)
	}
	step(o.clerk, obj{"action": "withdraw", "reason": "一笔电费金额写错", "kind": "error"})
	p := s.anon.get("/api/v1/disclosures/" + id).want(http.StatusOK)
	if p.str("state") != "withdrawn" || p.str("reason") == "" || strings.Contains(string(p.body), "鱼塘") {
		t.Errorf("tombstone: %s", p.body)
	}
	mine := o.clerk.get("/api/v1/disclosures/" + id).want(http.StatusOK)
	edit := draftOf(testVillage, "2026-09")
	delete(edit, "region")
	delete(edit, "item_code")
	delete(edit, "period")
	edit["revision"], edit["title"] = mine.at("revision"), "财务收支明细（更正）"
	o.clerk.send(http.MethodPut, "/api/v1/disclosures/"+id, edit).want(http.StatusOK)
	o.walk(id)
	p = s.anon.get("/api/v1/disclosures/" + id).want(http.StatusOK)
	if v, _ := p.at("version").(float64); v != 2 || p.str("state") != "published" || p.at("corrected") != true {
		t.Errorf("corrected: %s", p.body)
	}
	vs := s.anon.get("/api/v1/disclosures/" + id + "/versions").want(http.StatusOK)
	if l, _ := vs.at("items").([]any); len(l) != 2 {
		t.Errorf("versions: %s", vs.body)
	}
}

func TestFeed_Conditional(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	for m := 1; m <= 9; m++ {
		o.publish(draftOf(testVillage, fmt.Sprintf("2026-%02d", m)))
	}
	path := "/api/v1/feed?region=" + testVillage
	r := s.anon.get(path).want(http.StatusOK)
	tag := r.header.Get("ETag")
	if tag == "" || !strings.Contains(r.header.Get("Cache-Control"), "public") || r.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("headers: %v", r.header)
	}
	again := s.anon.do(http.MethodGet, path, nil, map[string]string{"If-None-Match": r.header.Get("ETag"), "Accept-Encoding": "identity"})
	plain := s.anon.do(http.MethodGet, path, nil, map[string]string{"Accept-Encoding": "identity"}).want(http.StatusOK)
	same := s.anon.do(http.MethodGet, path, nil, map[string]string{"If-None-Match": plain.header.Get("ETag"), "Accept-Encoding": "identity"}).want(http.StatusNotModified)
	if len(same.body) != 0 || again.status >= 500 {
		t.Errorf("304 with %d bytes", len(same.body))
	}
	packed := s.anon.do(http.MethodGet, path, nil, map[string]string{"Accept-Encoding": "gzip"}).want(http.StatusOK)
	if packed.header.Get("Content-Encoding") != "gzip" || packed.header.Get("ETag") == plain.header.Get("ETag") {
		t.Errorf("gzip: %v", packed.header)
	}
	zr, err := gzip.NewReader(bytes.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(zr); err != nil || !bytes.Equal(unpacked, plain.body) {
		t.Errorf("the two codings differ: %v", err)
	}
	signed := o.villager.get(path).want(http.StatusOK)
	if signed.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("signed-in answer: %v", signed.header)
	}
	o.publish(draftOf(testVillage, "2026-10"))
	fresh := s.anon.do(http.MethodGet, path, nil, map[string]string{"If-None-Match": plain.header.Get("ETag"), "Accept-Encoding": "identity"}).want(http.StatusOK)
	if fresh.str("items", 0, "period") != "2026-10" {
		t.Errorf("after a publication: %s", clip(fresh.body))
	}
	seen := map[string]bool{}
	for cursor, pages := "", 0; ; pages++ {
		p := s.anon.get(path + "&limit=3" + cursor).want(http.StatusOK)
		var page struct {
			Items []struct{ ID string }
			Next  string `json:"next_cursor"`
		}
		p.into(&page)
		for _, i := range page.Items {
			if seen[i.ID] {
				t.Errorf("%s comes twice", i.ID)
			}
			seen[i.ID] = true
		}
		if page.Next == "" || pages > 20 {
			break
		}
		cursor = "&cursor=" + page.Next
	}
	if len(seen) != 10 {
		t.Errorf("paging gave %d of 10", len(seen))
	}
}

// A retry with the same key is answered as the first time, and nothing happens
// twice; the same key for something else is refused.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	draft := draftOf(testVillage, "2026-09")
	first := o.clerk.post("/api/v1/disclosures", draft, "Idempotency-Key", "k1").want(http.StatusCreated)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			again := o.clerk.post("/api/v1/disclosures", draft, "Idempotency-Key", "k1")
			if again.status != http.StatusCreated || !bytes.Equal(bytes.TrimSpace(again.body), bytes.TrimSpace(first.body)) {
				t.Errorf("a repeat: %d %s\nthe first: %s", again.status, again.body, first.body)
			}
		})
	}
	wg.Wait()
	if l, _ := o.clerk.get("/api/v1/disclosures?region=" + testVillage).want(http.StatusOK).at("items").([]any); len(l) != 1 {
		t.Errorf("%d drafts, want 1", len(l))
	}
	o.clerk.post("/api/v1/disclosures", draftOf(testVillage, "2026-08"), "Idempotency-Key", "k1").problem(http.StatusUnprocessableEntity, "idempotency.mismatch")
	o.director.post("/api/v1/disclosures", draft, "Idempotency-Key", "k1").want(http.StatusCreated) // another caller's key
	o.clerk.post("/api/v1/disclosures", draft, "Idempotency-Key", strings.Repeat("x", 256)).problem(http.StatusUnprocessableEntity, "idempotency.key_invalid")
}

// A term that ends ends the power, while the person is signed in; and a sign-in
// of yesterday does not act.
func TestTermEnds(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	o.township.post("/api/v1/appointments/"+o.appointments["clerk "+testVillage]+"/actions", obj{"action": "end", "reason": "本人辞职"}).want(http.StatusOK)
	o.clerk.post("/api/v1/disclosures", draftOf(testVillage, "2026-09")).problem(http.StatusForbidden, "account.not_allowed")
	o.director.post("/api/v1/disclosures", draftOf(testVillage, "2026-09")).want(http.StatusCreated)
	later := time.Now().Add(9 * time.Hour).Format(time.RFC3339)
	s.anon.send(http.MethodPut, "/testing/clock", obj{"now": later}).want(http.StatusOK)
	r := o.director.post("/api/v1/disclosures", draftOf(testVillage, "2026-08"))
	if r.status != http.StatusUnauthorized {
		t.Errorf("an officer's session of nine hours ago: %d %s", r.status, r.body)
	}
	s.anon.send(http.MethodPut, "/testing/clock", obj{"now": "2020-01-01T00:00:00+08:00"}).problem(http.StatusUnprocessableEntity, "testing.clock_invalid")
}

// Fifteen days after publication the rules archive by themselves.
func TestTimers(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t, tempData(t))
	s := start(t, cfg)
	o := s.staff()
	id := o.publish(draftOf(testVillage, "2026-09"))
	s.anon.send(http.MethodPut, "/testing/clock", obj{"now": time.Now().AddDate(0, 0, 17).Format(time.RFC3339)}).want(http.StatusOK)
	if got := s.anon.get("/api/v1/disclosures/" + id).want(http.StatusOK).str("state"); got != "archived" {
		t.Errorf("state %s, want archived", got)
	}
}

// Every write leaves its line in the journal, and the journal has no text of people.
func TestJournal(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	id := o.publish(draftOf(testVillage, "2026-09"))
	events, err := s.db.AuditEvents(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"王小成", "13800000001", "鱼塘"} {
		if bytes.Contains(raw, []byte(word)) {
			t.Errorf("the journal holds %q", word)
		}
	}
	if !bytes.Contains(raw, []byte(id)) || len(events) < 15 {
		t.Errorf("%d events", len(events))
	}
	_ = audit.System
}

// Officers of one village may use each other's attachments; those of another
// village may not, and nobody sees them before they are published.
func TestAttachments(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	up := o.director.upload("现场.png", photoOf(t, 640, 480)).want(http.StatusCreated)
	foreign := o.otherClerk.upload("别村.png", photo(t)).want(http.StatusCreated)
	d := draftOf(testVillage, "2026-09")
	d["media"] = []string{foreign.str("id")}
	if r := o.clerk.post("/api/v1/disclosures", d); r.status != http.StatusUnprocessableEntity {
		t.Errorf("another village's picture: %d %s", r.status, r.body)
	}
	d["media"] = []string{up.str("id")}
	id := o.clerk.post("/api/v1/disclosures", d).want(http.StatusCreated).str("id")
	s.anon.get(up.str("url")).problem(http.StatusNotFound, "media.not_found")
	o.walk(id)
	r := s.anon.get(up.str("url")).want(http.StatusOK)
	if !strings.Contains(r.header.Get("Cache-Control"), "immutable") || r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Content-Type") != "image/png" {
		t.Errorf("%v", r.header)
	}
	p := s.anon.get("/api/v1/disclosures/" + id).want(http.StatusOK)
	s.anon.get(p.str("attachments", 0, "thumb_url")).want(http.StatusOK)
}

// photo is a picture of its own: two calls give different ones.
func photo(t *testing.T) []byte { t.Helper(); return photoOf(t, 160, 120) }

// photoOf gives a photo of a size. Making it over takes the server the longer
// the larger it is.
func photoOf(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range m.Pix {
		m.Pix[i] = byte(rand.IntN(256)) //nolint:gosec // a picture, not a secret
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
