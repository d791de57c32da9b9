package web_test

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"cunwu/web"
)

// The page that checks a posting runs one script of ours, from this site, that
// may ask this site alone; without it the page says what to do.
func TestVerifyPage(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	rec := s.get(t, "/verify?id=finance")
	body := rec.Body.Bytes()
	if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatal(rec.Code, rec.Header())
	}
	policy := rec.Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("policy %q lacks %s", policy, part)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("policy %q", policy)
	}
	scripts := regexp.MustCompile(`<script([^>]*)>([^<]*)</script>`).FindAllSubmatch(body, -1)
	if len(scripts) != 1 || len(scripts[0][2]) != 0 {
		t.Fatalf("%d scripts: %s", len(scripts), scripts)
	}
	src := regexp.MustCompile(`src="(/static/verify\.[0-9a-f]{16}\.js)"`).FindSubmatch(scripts[0][1])
	if src == nil {
		t.Fatalf("script is %s", scripts[0][0])
	}
	js := s.get(t, string(src[1]))
	if js.Code != http.StatusOK || js.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || js.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Fatal(js.Code, js.Header())
	}
	for _, never := range []string{"innerHTML", "eval(", "document.write", "://"} {
		if n := strings.Count(js.Body.String(), never); n > 0 && never != "://" || n > 1 {
			t.Errorf("the script has %q", never)
		}
	}
	if !bytes.Contains(body, []byte("<noscript>")) || !bytes.Contains(body, []byte("cunwu verify http://")) {
		t.Error("nothing is said to those without scripts")
	}
	if _, err := html.Parse(bytes.NewReader(body)); err != nil {
		t.Error(err)
	}
	if policy := s.get(t, "/").Header().Get("Content-Security-Policy"); strings.Contains(policy, "script") {
		t.Errorf("another page may run scripts: %q", policy)
	}
}
