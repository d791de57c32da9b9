package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/opendata"
	"cunwu/service/prepared"
	"cunwu/service/region"
)

// openStore is a village of so many pages; one of them may not be had.
type openStore struct {
	pages, failAt int
	asked         int
}

func (s *openStore) OpenPage(_ context.Context, r opendata.Range) (opendata.Page, error) {
	s.asked++
	if s.asked == s.failAt {
		return opendata.Page{}, fault.ErrUnavailable
	}
	n := int64(s.pages)
	if r.Before != 0 {
		n = r.Before - 1
	}
	page := opendata.Page{Next: n}
	for i := range 20 {
		page.Items = append(page.Items, opendata.Standing{Content: []byte(`{"title":"t","summary":"s","lines":[{"summary":"路灯电费","expense_fen":5}]}`), Record: disclosure.Record{
			ID: fmt.Sprintf("p-%03d-%02d", n, i), Region: "510821102200", ItemCode: "D02", Edition: "2026-01-01", Period: "2026-09",
			Visibility: disclosure.PublicInternet, State: disclosure.Published, Version: 1,
		}})
	}
	if n == 1 {
		page.Next = 0
	}
	return page, nil
}

type openPlaces struct{}

func (openPlaces) Names(_ context.Context, codes []region.Code) (map[region.Code]string, error) {
	out := map[region.Code]string{}
	for _, c := range codes {
		if strings.HasPrefix("510821102200", string(c)) {
			out[c] = "某地"
		}
	}
	return out, nil
}

type openLimiter struct{ left int }

func (l *openLimiter) Allow(context.Context, string, float64, int) (bool, time.Duration) {
	l.left--
	return l.left >= 0, 3 * time.Second
}

func openServer(t *testing.T, s *openStore, state *string, most int) string {
	t.Helper()
	catalogue, err := disclosure.LoadCatalogue(os.DirFS("../config/rules"))
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	_, err = New(r, Options{
		Prepared: prepared.New(prepared.Options{}), Log: slog.New(slog.DiscardHandler), Metrics: NewMetrics(), Version: "test",
		Limiter: &openLimiter{most},
		OpenData: opendata.New(s, opendata.Options{
			Places: openPlaces{}, Catalogue: catalogue, State: func(context.Context) (string, error) { return *state, nil },
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return srv.URL
}

// askOpen sends one request and reads its answer as far as it comes.
func askOpen(t *testing.T, method, url string, header ...string) (answered, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return answered{res.StatusCode, res.Status, res.Header}, body, err
}

// answered is an answer whose body was read.
type answered struct {
	StatusCode int
	Status     string
	Header     http.Header
}

func TestOpenData_Answers(t *testing.T) {
	t.Parallel()
	state := "1"
	base := openServer(t, &openStore{pages: 3}, &state, 100) + "/open/510821102200/"
	for file, contentType := range map[string]string{"lines.csv": "text/csv", "postings.csv": "text/csv", "lines.xlsx": xlsxType, "lines.jsonl": "application/jsonl"} {
		res, body, err := askOpen(t, http.MethodGet, base+file+"?from=2026-01-01")
		if err != nil || res.StatusCode != http.StatusOK || len(body) == 0 {
			t.Fatalf("%s: %v %v %s", file, res.Status, err, body)
		}
		h := res.Header
		if !strings.HasPrefix(h.Get("Content-Type"), contentType) || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Cache-Control") != openCache {
			t.Errorf("%s: %v", file, h)
		}
		if d := h.Get("Content-Disposition"); !strings.Contains(d, `filename="`+strings.Split(file, ".")[0]+`-510821102200-2026-01-01-.`) || !strings.Contains(d, "filename*=UTF-8''%") {
			t.Errorf("%s: %s", file, d)
		}
		if strings.HasSuffix(file, ".jsonl") && bytes.Count(body, []byte("\n")) != 60 {
			t.Errorf("%s: %d rows", file, bytes.Count(body, []byte("\n")))
		}
		tag := h.Get("Etag")
		if res, body, _ = askOpen(t, http.MethodGet, base+file+"?from=2026-01-01", "If-None-Match", tag); res.StatusCode != http.StatusNotModified || len(body) != 0 {
			t.Errorf("%s: asked again: %s", file, res.Status)
		}
		if res, _, _ = askOpen(t, http.MethodGet, base+file, "If-None-Match", tag); res.StatusCode != http.StatusOK {
			t.Errorf("%s: another question has the same tag", file)
		}
		if res, body, _ = askOpen(t, http.MethodHead, base+file); res.StatusCode != http.StatusOK || len(body) != 0 || res.Header.Get("Etag") == "" {
			t.Errorf("%s: HEAD: %s", file, res.Status)
		}
	}
}

func TestOpenData_TagFollowsTheState(t *testing.T) {
	t.Parallel()
	state := "1"
	url := openServer(t, &openStore{pages: 1}, &state, 100) + "/open/510821/lines.csv"
	res, _, _ := askOpen(t, http.MethodGet, url)
	state = "2"
	if res, _, _ = askOpen(t, http.MethodGet, url, "If-None-Match", res.Header.Get("Etag")); res.StatusCode != http.StatusOK {
		t.Errorf("what changed is said to be the same: %s", res.Status)
	}
}

func TestOpenData_Gzip(t *testing.T) {
	t.Parallel()
	state := "1"
	base := openServer(t, &openStore{pages: 3}, &state, 100) + "/open/510821102200/"
	_, plain, _ := askOpen(t, http.MethodGet, base+"lines.csv")
	res, packed, err := askOpen(t, http.MethodGet, base+"lines.csv", "Accept-Encoding", "gzip")
	if err != nil || res.Header.Get("Content-Encoding") != "gzip" || len(packed) >= len(plain) {
		t.Fatalf("%v %v, %d of %d", res.Header, err, len(packed), len(plain))
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("unpacked it differs: %v", err)
	}
	if res, _, _ = askOpen(t, http.MethodGet, base+"lines.xlsx", "Accept-Encoding", "gzip"); res.Header.Get("Content-Encoding") != "" {
		t.Error("a zip was packed again")
	}
}

// A file that breaks off must not look whole: the reader gets an error.
func TestOpenData_BreaksOffVisibly(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"lines.csv", "lines.jsonl", "postings.csv"} {
		for _, coding := range []string{"identity", "gzip"} {
			state := "1"
			base := openServer(t, &openStore{pages: 9, failAt: 4}, &state, 100) + "/open/510821102200/"
			res, body, err := askOpen(t, http.MethodGet, base+file, "Accept-Encoding", coding)
			if err == nil || res.StatusCode != http.StatusOK || len(body) == 0 {
				t.Errorf("%s %s: %s, %d bytes, %v; want a broken transfer", file, coding, res.Status, len(body), err)
			}
		}
	}
	state := "1"
	for failAt, file := range map[int]string{1: "lines.csv", 4: "lines.xlsx"} {
		base := openServer(t, &openStore{pages: 9, failAt: failAt}, &state, 100) + "/open/510821102200/"
		res, body, err := askOpen(t, http.MethodGet, base+file)
		if err != nil || res.StatusCode != http.StatusServiceUnavailable || !bytes.Contains(body, []byte("service.unavailable")) || res.Header.Get("Content-Disposition") != "" {
			t.Errorf("%s: %s %v %s", file, res.Status, res.Header, body)
		}
	}
}

func TestOpenData_Refusals(t *testing.T) {
	t.Parallel()
	state := "1"
	base := openServer(t, &openStore{pages: 1}, &state, 100)
	for path, want := range map[string]int{
		"/open/510821102200/lines.pdf": 404, "/open/510821102200/people.csv": 404, "/open/510821102200/lines": 404, "/open/abc/lines.csv": 404,
		"/open/999999999999/lines.csv": 404, "/open/510821102200/lines.csv?from=x": 422, "/open/510821102200/lines.csv?q=1": 422,
		"/open/510821102200/lines.csv?from=2026-01-01&from=2026-01-02": 422, "/open/510821102200/lines.csv?from=2026-01-02&to=2026-01-01": 422,
		"/open/columns.json": 200, "/open/510821102200": 404,
	} {
		if res, body, _ := askOpen(t, http.MethodGet, base+path); res.StatusCode != want {
			t.Errorf("%s: %s, want %d: %s", path, res.Status, want, body)
		}
	}
	base = openServer(t, &openStore{pages: 1}, &state, 1)
	_, _, _ = askOpen(t, http.MethodGet, base+"/open/5108/lines.csv")
	if res, _, _ := askOpen(t, http.MethodGet, base+"/open/5108/lines.csv"); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "3" {
		t.Errorf("too often: %s %v", res.Status, res.Header)
	}
}
