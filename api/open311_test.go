package api

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/config/rules"
	"cunwu/service/concern"
	"cunwu/service/fault"
)

func TestOpen311_Golden(t *testing.T) {
	t.Parallel()
	s := open311Site(t, 1000)
	for name, path := range map[string]string{
		"discovery": "discovery", "services": "services", "definition": "services/road", "requests": "requests", "request": "requests/going",
		"updates": "updates", "error": "requests/nobody",
	} {
		for _, f := range []format311{json311, xml311} {
			w := s.do(http.MethodGet, base311+path+"."+string(f))
			if got := w.Header().Get("Content-Type"); got != f.contentType() {
				t.Errorf("%s: %s", path, got)
			}
			got := w.Body.Bytes()
			if f == json311 {
				var pretty bytes.Buffer
				if err := json.Indent(&pretty, got, "", " "); err != nil {
					t.Fatal(err)
				}
				got = pretty.Bytes()
			}
			golden := filepath.Join("testdata", "open311", name+"."+string(f))
			if *updateFeeds {
				if err := os.MkdirAll(filepath.Dir(golden), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; write it with -update-feeds", err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs:\n%s", golden, got)
			}
		}
	}
}

func TestOpen311_Filters(t *testing.T) {
	t.Parallel()
	s := open311Site(t, 1000)
	all := []string{"going", "raised", "settled", "unrated", "unable", "not_ours", "merged", "unsatisfied", "done"}
	for query, want := range map[string][]string{
		"":                                   all,
		"jurisdiction_id=":                   all,
		"jurisdiction_id=51":                 all,
		"jurisdiction_id=44":                 {},
		"jurisdiction_id=510821102200":       all,
		"jurisdiction_id=51082110220003":     {"going"},
		"status=open":                        {"going", "raised", "done"},
		"status=closed":                      {"settled", "unrated", "unable", "not_ours", "merged", "unsatisfied"},
		"status=closed,open":                 all,
		"service_code=water":                 {"raised"},
		"service_code=signal,water":          {"raised", "unable"},
		"service_code=water&status=closed":   {},
		"service_request_id=raised":          {"raised"},
		"service_request_id=raised,x,going":  {"going", "raised"},
		"service_request_id=old&status=open": {"old"}, // it overrides the others
		"service_request_id=going&jurisdiction_id=51082110220003":    {"going"},
		"start_date=2026-09-17":                                      {"going", "raised", "settled"},
		"start_date=2026-09-17T15:00:00%2B08:00":                     {"going", "raised", "settled"},
		"start_date=2026-09-17T15:00:00+08:00":                       {"going", "raised", "settled"}, // + not escaped
		"start_date=2026-09-17T07:00:01Z":                            {"going", "raised"},
		"start_date=2026-09-17T07:00Z&end_date=2026-09-18T07:00Z":    {"raised", "settled"},
		"end_date=2026-06-12":                                        {"old"},
		"start_date=2026-09-15&end_date=2026-09-15":                  {"unable"},
		"start_date=2026-06-01&end_date=2026-08-29":                  {"old"},
		"start_date=2026-06-01":                                      {"old"}, // 90 days from there
		"page=1&page_size=2":                                         {"going", "raised"},
		"page=2&page_size=2":                                         {"settled", "unrated"},
		"page=5&page_size=2":                                         {"done"},
		"page=6&page_size=2":                                         {},
		"page_size=1":                                                {"going"},
		"page=2":                                                     {},
		"page=2&page_size=1&service_code=signal,water&api_key=x":     {"unable"},
		"extensions=true&service_code=papers":                        {},
		"service_code=" + strings.Join(codes311(t), ",") + "&page=1": all,
	} {
		if got := s.ids("requests", query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	if got := s.ids("requests/settled", "jurisdiction_id=5108"); !slices.Equal(got, []string{"settled"}) {
		t.Error(got)
	}
	if got := s.ids("requests/settled,raised", ""); !slices.Equal(got, []string{"raised", "settled"}) {
		t.Error(got)
	}
}

func codes311(t *testing.T) []string {
	t.Helper()
	book, err := concern.LoadRules(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	return mapped(book.Categories, func(c concern.Category) string { return c.Code })
}

// refused checks that an answer is the standard's array of errors.
func refused311(t *testing.T, w *httptest.ResponseRecorder, status int, isXML bool, about string) {
	t.Helper()
	var got []Error311
	if isXML {
		var l struct {
			XMLName xml.Name   `xml:"errors"`
			Items   []Error311 `xml:"error"`
		}
		if err := xml.Unmarshal(w.Body.Bytes(), &l); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
		got = l.Items
	} else if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if w.Code != status || len(got) == 0 || got[0].Code != status || got[0].Description == "" || !strings.Contains(got[0].Description, about) {
		t.Errorf("%d %s, want %d about %q", w.Code, w.Body, status, about)
	}
	if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v", w.Header())
	}
}

func TestOpen311_BadInput(t *testing.T) {
	t.Parallel()
	s := open311Site(t, 1000)
	for query, want := range map[string]struct {
		status int
		about  string
	}{
		"jurisdiction_id=5109":                                          {404, ""},
		"jurisdiction_id=city.gov":                                      {404, "jurisdiction_id"},
		"service_request_id=nobody":                                     {404, ""},
		"service_request_id=private,sealed":                             {404, ""},
		"service_request_id=going&jurisdiction_id=44":                   {404, ""},
		"service_request_id=" + manyIDs(51):                             {400, "service_request_id"},
		"service_code=magic":                                            {400, "service_code"},
		"status=solved":                                                 {400, "status"},
		"status=open,solved":                                            {400, "status"},
		"start_date=yesterday":                                          {400, "start_date"},
		"start_date=2026-09-01T00:00:00":                                {400, "start_date"}, // no zone
		"end_date=2026-13-01":                                           {400, "end_date"},
		"start_date=2026-09-02&end_date=2026-09-01":                     {400, "end_date"},
		"start_date=2026-06-01&end_date=2026-08-30":                     {400, "end_date"}, // 91 days
		"start_date=2026-06-01T00:00:00Z&end_date=2026-08-30T00:00:01Z": {400, "end_date"},
		"page=0":                  {400, "page"},
		"page=-1":                 {400, "page"},
		"page=1e3":                {400, "page"},
		"page_size=1001":          {400, "page_size"},
		"page=21&page_size=50":    {400, "page"},
		"status=open&status=open": {400, "status"},
		"lat=32&long=106":         {400, "lat"},
		"q=%zz":                   {400, "query"},
	} {
		refused311(t, s.do(http.MethodGet, base311+"requests.json?"+query), want.status, false, want.about)
		refused311(t, s.do(http.MethodGet, base311+"requests.xml?"+query), want.status, true, want.about)
	}
	refused311(t, s.do(http.MethodGet, base311+"updates.json?page_size=51"), 400, false, "page_size")
	refused311(t, s.do(http.MethodGet, base311+"services.xml?status=open"), 400, true, "status")
	refused311(t, s.do(http.MethodGet, base311+"services.json?jurisdiction_id=5109"), 404, false, "")
	refused311(t, s.do(http.MethodGet, base311+"services/magic.xml"), 404, true, "service_code")
	refused311(t, s.do(http.MethodGet, base311+"requests/going.json?status=open"), 400, false, "status")
}

func manyIDs(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("c%d", i)
	}
	return strings.Join(ids, ",")
}

func TestOpen311_Routes(t *testing.T) {
	t.Parallel()
	s := open311Site(t, 1000)
	for path, isXML := range map[string]bool{
		"/open311": false, "/open311/": false, "/open311/v2": false, "/open311/v1/requests.xml": true, "/open311/v2/requests": false, "/open311/v2/.xml": true,
		"/open311/v2/requests.html": false, "/open311/v2/requests/.json": false, "/open311/v2/requests/,.json": false, "/open311/v2/tokens/1.xml": true,
		"/open311/v2/requests/a/b.json": false, "/open311/v2/discovery/x.json": false, "/open311/v2/magic.xml": true, "/open311/requests.json": false,
	} {
		refused311(t, s.do(http.MethodGet, path), 404, isXML, "")
	}
	refused311(t, s.do(http.MethodPost, base311+"requests.json"), 403, false, "api_key")
	refused311(t, s.do(http.MethodPost, base311+"requests.xml?api_key=x"), 403, true, "api_key")
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, "PROPFIND"} {
		w := s.do(method, base311+"services.xml")
		refused311(t, w, 405, true, "")
		if !strings.Contains(w.Header().Get("Allow"), "GET") {
			t.Errorf("%s: Allow %q", method, w.Header().Get("Allow"))
		}
	}
	if w := s.do(http.MethodOptions, base311+"requests.json"); w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Methods") != "GET, HEAD" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := s.do(http.MethodGet, "/elsewhere"); w.Code != 404 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("elsewhere: %d %v", w.Code, w.Header())
	}
}

// Only what was looked at is shown, blacked out, roughly placed, and nobody
// learns whose it is.
func TestOpen311_ShowsNoMoreThanThePublicPages(t *testing.T) {
	t.Parallel()
	s := open311Site(t, 1000)
	all := ""
	for _, path := range []string{"requests", "updates", "requests/going", "requests/settled", "updates"} {
		all += s.do(http.MethodGet, base311+path+".json", "Authorization", "Bearer whatever").Body.String() + s.do(http.MethodGet, base311+path+".xml").Body.String()
	}
	for _, secret := range []string{"wang", "13800138000", "32.22861", "106.29034", "从我家门口", "从哪里垮的", "private", "sealed", "pending", "hidden", "withdrawn", "\x01"} {
		if strings.Contains(all, secret) {
			t.Errorf("shows %q", secret)
		}
	}
	for _, shown := range []string{"32.229", "明天挖机进场", "d-photo-1.jpg", "d-photo-3.jpg", "就是堰塘边"} {
		if !strings.Contains(all, shown) {
			t.Errorf("does not show %q", shown)
		}
	}
	for _, id := range []string{"private", "sealed", "pending", "hidden", "withdrawn"} {
		refused311(t, s.do(http.MethodGet, base311+"requests/"+id+".json"), 404, false, "")
		refused311(t, s.do(http.MethodGet, base311+"updates.json?service_request_id="+id), 404, false, "")
	}
}

// Every end has its own honest words, and one alone speaks of solving.
func TestOpen311_ClosedIsNotSolved(t *testing.T) {
	t.Parallel()
	said := map[string]concern.State{}
	for _, st := range []concern.State{
		concern.Raised, concern.Registered, concern.AtTownship, concern.AtCounty, concern.InProgress, concern.Waiting, concern.Elsewhere, concern.Done,
		concern.Settled, concern.Unrated, concern.Unsatisfied, concern.Unable, concern.NotOurs, concern.Merged,
	} {
		r := show311("", concern.Concern{State: st, StateName: st.Name(), Solved: st.Solved()})
		if other, ok := said[string(r.Notes)]; ok || r.Notes == "" {
			t.Errorf("%s and %s: %q", st, other, r.Notes)
		}
		said[string(r.Notes)] = st
		if (r.Status == "open") != st.Open() || strings.Contains(string(r.Notes), "已解决") != st.Solved() {
			t.Errorf("%s: %s, %s", st, r.Status, r.Notes)
		}
	}
}

func TestOpen311_Cached(t *testing.T) {
	t.Parallel()
	s := open311Site(t, 3)
	path := base311 + "requests.json?jurisdiction_id=510821102200"
	first := s.do(http.MethodGet, path, "Accept-Encoding", "gzip")
	h := first.Header()
	if first.Code != http.StatusOK || h.Get("Etag") == "" || h.Get("Cache-Control") != "public, max-age=5" || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%d %v", first.Code, h)
	}
	if w := s.do(http.MethodGet, path, "If-None-Match", h.Get("Etag"), "Accept-Encoding", "gzip"); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("%d", w.Code)
	}
	if w := s.do(http.MethodHead, path); w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Etag") == "" {
		t.Errorf("HEAD: %d %v", w.Code, w.Header())
	}
	if s.do(http.MethodGet, path+"&status=&api_key=abc"); s.store.asked != 1 {
		t.Errorf("asked the archive %d times for one question", s.store.asked)
	}
	s.store.recs[0].Review = concern.Hidden
	s.cache.Changed(village)
	if w := s.do(http.MethodGet, path); strings.Contains(w.Body.String(), `"going"`) {
		t.Error("shown after it was hidden")
	}
	for _, name := range []string{"services.xml", "discovery.json"} {
		w := s.do(http.MethodGet, base311+name)
		if again := s.do(http.MethodGet, base311+name, "If-None-Match", w.Header().Get("Etag")); w.Code != 200 || again.Code != http.StatusNotModified {
			t.Errorf("%s: %d, %d", name, w.Code, again.Code)
		}
	}
	s.do(http.MethodGet, base311+"requests.xml")
	w := s.do(http.MethodGet, base311+"requests.xml?status=open") // the fourth that is not in memory
	refused311(t, w, http.StatusTooManyRequests, true, "")
	if w.Header().Get("Retry-After") != "3" {
		t.Errorf("%v", w.Header())
	}
}

// Pages of any size over several categories make the whole list, once each.
func TestOpen311_PagesJoin(t *testing.T) {
	t.Parallel()
	s := open311Site(t, 10000)
	base := s.store.recs[1]
	s.store.recs = nil
	for i := range 130 {
		r := base
		r.ID, r.Serial, r.Category = fmt.Sprintf("c%03d", i), int64(1000-i), []string{"road", "water", "power"}[i*i%3]
		if i%7 == 0 {
			r.Review = concern.Hidden
		}
		s.store.recs = append(s.store.recs, r)
	}
	want := s.ids("requests", "service_code=road,water,power")
	if len(want) != 111 || !slices.Equal(want, s.ids("requests", "")) {
		t.Fatalf("%d: %v", len(want), want)
	}
	for _, size := range []int{1, 7, 50, 64} {
		var got []string
		for page := 1; page <= 111/size+1; page++ {
			got = append(got, s.ids("requests", fmt.Sprintf("service_code=water,road,power&page=%d&page_size=%d", page, size))...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("size %d: %d of %d", size, len(got), len(want))
		}
	}
}

func FuzzParse311(f *testing.F) {
	book, err := concern.LoadRules(rules.FS)
	if err != nil {
		f.Fatal(err)
	}
	for _, q := range []string{
		"", "status=open,closed", "start_date=2026-09-01&end_date=2026-09-30", "page=3&page_size=20", "service_code=road,water&jurisdiction_id=5108",
		"service_request_id=a,b,,a", "start_date=2026-09-01T00:00:00+08:00", "end_date=0000-01-01", "%zz", "page=99999999999999999999",
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := parse311(raw, now311, book, requestsKind)
		if err != nil {
			if f := fault.Of(err); f == nil || f.Kind != fault.Invalid && f.Kind != fault.NotFound {
				t.Errorf("%q: %v", raw, err)
			}
			return
		}
		if q.page < 1 || q.size < 1 || q.page*q.size > most311 || len(q.ids) > ids311 {
			t.Errorf("%q: %+v", raw, q)
		}
		end := q.until
		if end.IsZero() {
			end = now311
		}
		if span := end.Sub(q.from); span <= 0 || span > 91*24*time.Hour {
			t.Errorf("%q: from %s until %s", raw, q.from, q.until)
		}
		if again, err := parse311(raw, now311, book, requestsKind); err != nil || again.key() != q.key() {
			t.Errorf("%q: %v", raw, err)
		}
	})
}

// docs/open311.md names every field, in order.
func TestOpen311_Documented(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../docs/open311.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, of := range map[string]reflect.Type{"request": typeOf[Request311](), "update": typeOf[Update311]()} {
		_, table, _ := strings.Cut(string(raw), "<!-- "+name+" -->")
		table, _, _ = strings.Cut(table, "<!-- end -->")
		var said, are []string
		for line := range strings.Lines(table) {
			if field, ok := strings.CutPrefix(line, "| `"); ok {
				field, _, _ = strings.Cut(field, "`")
				said = append(said, field)
			}
		}
		for i := range of.NumField() {
			f := of.Field(i)
			are = append(are, f.Tag.Get("json"))
			if f.Tag.Get("json") != f.Tag.Get("xml") {
				t.Errorf("%s is %s in JSON and %s in XML", f.Name, f.Tag.Get("json"), f.Tag.Get("xml"))
			}
		}
		if !slices.Equal(said, are) {
			t.Errorf("documented %v, are %v", said, are)
		}
	}
}
