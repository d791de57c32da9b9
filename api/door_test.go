package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCursor_RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.String().Draw(t, "list")
		pos := rapid.Int64Range(1, 1<<62).Draw(t, "pos")
		got, err := readCursor(list, makeCursor(list, pos))
		if err != nil || got != pos {
			t.Fatalf("got %d, %v, want %d", got, err, pos)
		}
		if _, err := readCursor(list+"x", makeCursor(list, pos)); err == nil {
			t.Fatal("a cursor of another list was taken")
		}
	})
}

func FuzzReadCursor(f *testing.F) {
	f.Add("5108/", makeCursor("5108/", 42))
	f.Add("", "AAAA")
	f.Fuzz(func(t *testing.T, list, cursor string) {
		pos, err := readCursor(list, cursor)
		if err == nil && cursor != "" && (pos <= 0 || makeCursor(list, pos) != strings.TrimRight(cursor, "=")) {
			t.Errorf("took %q as %d", cursor, pos)
		}
	})
}

func TestCheckJSONText(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		ok   bool
	}{
		"OK":               {`{"a":"[[[[[[[["}`, true},
		"OKEscapedQuote":   {`{"a":"\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}`, true},
		"ErrNotUTF8":       {"{\"a\":\"\xff\"}", false},
		"ErrTooDeep":       {strings.Repeat("[", 100), false},
		"ErrTooDeepObject": {strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := checkJSONText([]byte(c.body)); (err == nil) != c.ok {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestTakesGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.000": false, "deflate": false,
	} {
		if got := takesGzip([]string{header}); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}

func TestParseFeed(t *testing.T) {
	for query, location := range map[string]string{
		"region=510821102200":                            "",
		"region=5108&category=FINANCE&limit=50":          "",
		"region=":                                        "query.region",
		"region=abc":                                     "query.region",
		"region=51082":                                   "query.region",
		"region=5108&limit=0":                            "query.limit",
		"region=5108&limit=51":                           "query.limit",
		"region=5108&limit=1e9":                          "query.limit",
		"region=5108&cursor=!!":                          "query.cursor",
		"region=5108&region=5108":                        "query.region",
		"region=5108&utm=1":                              "query.utm",
		"region=5108&q=x":                                "",
		"region=5108&q=x&item=D02&period=2026":           "",
		"region=5108&q=%ff":                              "query.q",
		"region=5108&item=%ed%a0%80":                     "query.item",
		"region=5108&q=x&q=x":                            "query.q",
		"region=5108&limit=" + strings.Repeat("9", 1000): "query.limit",
	} {
		_, err := parseFeed(query)
		switch {
		case location == "" && err != nil:
			t.Errorf("%s: %v", query, err)
		case location != "" && err == nil:
			t.Errorf("%s was taken", query)
		case location != "":
			_, a := mounted(t)
			p := a.problem(t.Context(), err)
			if p.Status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Location != location {
				t.Errorf("%s: %+v", query, p)
			}
		}
	}
}

// Nothing of an unknown failure's cause reaches the client.
func TestProblem_HidesCause(t *testing.T) {
	_, a := mounted(t)
	p := a.problem(t.Context(), errSecret{})
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if p.Status != http.StatusInternalServerError || bytes.Contains(raw, []byte("hunter2")) {
		t.Errorf("%s", raw)
	}
}

type errSecret struct{}

func (errSecret) Error() string { return "dial tcp: password hunter2 refused" }

func TestRefusals_AreProblems(t *testing.T) {
	r, _ := mounted(t)
	for _, c := range []struct {
		method, path, body, contentType string
		status                          int
		code                            string
	}{
		{"GET", "/nowhere", "", "", 404, "request.no_route"},
		{"GET", "/api/v1/nowhere", "", "", 404, "request.no_route"},
		{"DELETE", "/api/v1/feed", "", "", 405, "request.no_method"},
		{"PATCH", "/api/v1/me", "", "", 405, "request.no_method"},
		{"GET", "/api/v1/me", "", "", 401, "auth.required"},
		{"POST", "/api/v1/disclosures", "{", "application/json", 401, "auth.required"},
		{"GET", "/api/v1/feed?region=x", "", "", 422, "region.code_invalid"},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			req := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
			if c.contentType != "" {
				req.Header.Set("Content-Type", c.contentType)
			}
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			var p Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatalf("%v: %s", err, w.Body)
			}
			if w.Code != c.status || p.Code != c.code || p.RequestID == "" || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
		})
	}
}
