package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// What strangers read can be asked for again at no cost, compressed, and by
// its header alone; what somebody reads signed in is kept by nobody.
func TestPublicReads(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	id := o.publish(draftOf(testVillage, "2026-09"))
	for _, path := range []string{
		"/api/v1/disclosures/" + id, "/api/v1/disclosures/" + id + "/versions", "/api/v1/regions/5108", "/api/v1/regions/5108/children",
		"/api/v1/catalogue?region=" + testVillage, "/api/v1/notices/privacy", "/api/v1/feed?region=5108",
	} {
		plain := s.anon.do(http.MethodGet, path, nil, map[string]string{"Accept-Encoding": "identity"}).want(http.StatusOK)
		tag := plain.header.Get("Etag")
		if tag == "" || !strings.Contains(plain.header.Get("Cache-Control"), "public") || plain.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v", path, plain.header)
		}
		same := s.anon.do(http.MethodGet, path, nil, map[string]string{"Accept-Encoding": "identity", "If-None-Match": `"x", ` + tag}).want(http.StatusNotModified)
		if len(same.body) != 0 || same.header.Get("Etag") != tag {
			t.Errorf("%s: 304 with %d bytes, %v", path, len(same.body), same.header)
		}
		packed := s.anon.do(http.MethodGet, path, nil, map[string]string{"Accept-Encoding": "gzip"}).want(http.StatusOK)
		if len(plain.body) > 1<<10 && (packed.header.Get("Content-Encoding") != "gzip" || len(packed.body) >= len(plain.body)) {
			t.Errorf("%s: %d bytes of %d, %v", path, len(packed.body), len(plain.body), packed.header)
		}
		if own := o.clerk.get(path); own.header.Get("Cache-Control") != "private, no-store" || own.header.Get("Etag") != "" {
			t.Errorf("%s, signed in: %v", path, own.header)
		}
	}
	for _, path := range []string{"/", "/r/" + testVillage, "/livez", "/readyz", "/docs", "/openapi.json", "/api/v1/regions/5108", "/api/v1/feed?region=5108"} {
		r := s.anon.do(http.MethodHead, path, nil, nil)
		if r.status != http.StatusOK || len(r.body) != 0 || r.header.Get("Allow") != "" {
			t.Errorf("HEAD %s: %d with %d bytes", path, r.status, len(r.body))
		}
	}
	for path, status := range map[string]int{"/api/v1/me": 401, "/nowhere": 404, "/api/v1/auth/wechat": 405, "/api/v1/regions/999999": 404} {
		s.anon.do(http.MethodHead, path, nil, nil).want(status)
	}
	for path, code := range map[string]string{"/api/v1/regions/999999": "region.not_found", "/api/v1/feed?region=999999": "region.not_found"} {
		if r := s.anon.get(path).problem(http.StatusNotFound, code); r.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v", path, r.header)
		}
	}
}

// A file sent again under the same key is the same file; another is refused.
func TestIdempotency_Files(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	send := func(path, name string, data []byte) reply {
		body := "--xxBOUNDARYxx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + string(data) + "\r\n--xxBOUNDARYxx--\r\n"
		return o.clerk.do(http.MethodPost, path, strings.NewReader(body), map[string]string{
			"Content-Type": "multipart/form-data; boundary=xxBOUNDARYxx", "Idempotency-Key": "f1",
		})
	}
	picture := photo(t)
	first := send("/api/v1/uploads", "a.png", picture).want(http.StatusCreated)
	again := send("/api/v1/uploads", "a.png", picture).want(http.StatusCreated)
	if !bytes.Equal(bytes.TrimSpace(first.body), bytes.TrimSpace(again.body)) {
		t.Errorf("first %s\nagain %s", first.body, again.body)
	}
	send("/api/v1/uploads", "a.png", photo(t)).problem(http.StatusUnprocessableEntity, "idempotency.mismatch")
	send("/api/v1/uploads", "b.png", picture).problem(http.StatusUnprocessableEntity, "idempotency.mismatch")

	roll := "/api/v1/regions/" + testVillage + "/roll?apply=true"
	send(roll, "r.csv", []byte(rollCSV)).want(http.StatusOK)
	send(roll, "r.csv", []byte(rollCSV)).want(http.StatusOK)
	send(roll, "r.csv", []byte(strings.Replace(rollCSV, "王小成", "王大成", 1))).problem(http.StatusUnprocessableEntity, "idempotency.mismatch")
}

// A refusal points at the very field, in words for people, and names no more
// fields than anybody reads; a field in other letters is another field.
func TestRefusals_PointAtTheField(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	first := func(r reply) (location, message string) {
		t.Helper()
		r.problem(http.StatusUnprocessableEntity, "request.invalid")
		return r.str("errors", 0, "location"), r.str("errors", 0, "message")
	}
	if l, _ := first(s.anon.post("/api/v1/auth/wechat", obj{})); l != "body.code" {
		t.Errorf("missing: %s", l)
	}
	if _, m := first(o.stranger.post("/api/v1/me/residency", obj{"region": testVillage, "name": "王小成", "last4": "12"})); strings.ContainsAny(m, "^$[]") {
		t.Errorf("a pattern is no sentence: %s", m)
	}
	first(s.anon.post("/api/v1/auth/wechat", obj{"CODE": "x"}))
	d := draftOf(testVillage, "2026-09")
	lines := make([]obj, 4000)
	for i := range lines {
		lines[i] = obj{}
	}
	d["lines"] = lines
	r := o.clerk.post("/api/v1/disclosures", d).problem(http.StatusUnprocessableEntity, "request.invalid")
	if named, _ := r.at("errors").([]any); len(named) != 50 {
		t.Errorf("%d errors named", len(named))
	}
}

// Lists keep to the place that was asked for, and refuse a place in the list
// that they never gave out.
func TestLists(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	id := o.clerk.post("/api/v1/disclosures", draftOf(testVillage, "2026-09")).want(http.StatusCreated).str("id")
	o.clerk.post("/api/v1/disclosures/"+id+"/actions", obj{"action": "submit"}).want(http.StatusOK)
	mine := o.clerk.get("/api/v1/disclosures?region=" + testVillage).want(http.StatusOK)
	if mine.str("items", 0, "region_name") != "盐井村" || mine.str("items", 0, "path_names", 0) != "广元市" {
		t.Errorf("%s", mine.body)
	}
	if a := o.supervisor.get("/api/v1/disclosures?region="+testVillage).str("items", 0, "available_actions", 0, "action"); a != "approve" {
		t.Errorf("the supervisor may %s", a)
	}
	for region, want := range map[string]int{"": 1, testVillage: 1, testTownship: 1, testCity: 1, otherVillage: 0, "510802": 0, testVillage + "01": 0} {
		items, _ := o.supervisor.get("/api/v1/me/tasks?region=" + region).want(http.StatusOK).at("items").([]any)
		if len(items) != want {
			t.Errorf("tasks of %q: %d, want %d", region, len(items), want)
		}
	}
	for _, path := range []string{
		"/api/v1/me/tasks?x=1", "/api/v1/me/tasks?region=5", "/api/v1/me/tasks?cursor=zz", "/api/v1/disclosures?cursor=zz&region=" + testVillage,
		"/api/v1/appointments?cursor=zz&region=" + testVillage, "/api/v1/regions/" + testVillage + "/residents?cursor=zz", "/api/v1/bindings?cursor=zz",
	} {
		r := o.clerk.get(path)
		if r.status != http.StatusUnprocessableEntity || strings.Contains(string(r.body), "unknown query") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}

// The test clock goes forward only, and not so far that it turns over.
func TestClock_Bounds(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	for _, now := range []string{"2020-01-01T00:00:00+08:00", "9999-12-31T23:59:59+08:00", "soon"} {
		s.anon.send(http.MethodPut, "/testing/clock", obj{"now": now}).problem(http.StatusUnprocessableEntity, "testing.clock_invalid")
	}
	s.anon.send(http.MethodPut, "/testing/clock", obj{"now": "2100-01-01T00:00:00+08:00"}).want(http.StatusOK)
}
