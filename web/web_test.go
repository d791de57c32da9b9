package web_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"cunwu/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

// pages are those that people see, by the name of their golden file.
var pages = map[string]string{
	"home":           "/",
	"search":         "/?q=%E7%9B%90%E4%BA%95",
	"search_nothing": "/?q=%3Cb%3E",
	"county":         "/r/510821",
	"village":        "/r/510821102200",
	"category":       "/r/510821102200?category=FINANCE&from=groupmessage",
	"older":          "/r/510821102200?cursor=21i3v9",
	"posting":        "/d/finance",
	"print":          "/d/finance/print",
	"script":         "/d/finance/script",
	"tombstone":      "/d/subsidy",
	"big":            "/d/finance?big=1",
	"missing":        "/d/nosuch",
	"questions":      "/d/finance/questions?cursor=a",
	"versions":       "/d/finance/versions",
	"versions_gone":  "/d/subsidy/versions",
	"duties":         "/r/510821102200/duties",
	"duties_late":    "/r/510821102200/duties?state=overdue&big=1",
	"duties_county":  "/r/510821/duties",
	"find":           "/r/510821102200?q=%E4%BE%BF%E9%81%93&category=FINANCE&period=2026Q3",
	"find_nothing":   "/r/510821102200?q=%3Cb%3E%3Cb%3E",
	"find_short":     "/r/510821102200?q=%E4%BE%BF",
	"open":           "/r/510821102200/open",
}

func TestPages_Golden(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{Operator: "旺苍县农业农村局", ComplaintURL: "/complaints"})
	style := regexp.MustCompile(`/static/(style|paper|icon)\.[0-9a-f]{16}`)
	for name, path := range pages {
		body := s.get(t, path).Body.Bytes()
		got := style.ReplaceAll(body, []byte("/static/$1.HASH"))
		golden := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.MkdirAll("testdata", 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatalf("%v; write it with: go test ./web -run Golden -update", err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s; look at the difference, then run with -update", path, golden)
		}
	}
}

// Every page keeps the promises that the package makes.
func TestPages_Promises(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	for name, path := range pages {
		rec := s.get(t, path)
		doc, err := html.Parse(bytes.NewReader(rec.Body.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		c := checker{t: t, page: name, ids: map[string]bool{}}
		c.walk(doc)
		c.finish()
		if policy := rec.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'self'; img-src 'self' data:;") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", name, policy)
		}
		if rec.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: may be sniffed", name)
		}
	}
}

// checker looks at one page.
type checker struct {
	t       *testing.T
	page    string
	lang    string
	heading int
	firsts  int
	skips   bool
	title   bool
	labels  []string
	inputs  []string
	ids     map[string]bool
}

func (c *checker) walk(n *html.Node) {
	if n.Type == html.ElementNode {
		c.element(n)
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		c.walk(k)
	}
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func (c *checker) element(n *html.Node) {
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			c.t.Errorf("%s: <%s %s> is inline", c.page, n.Data, a.Key)
		}
		if a.Key == "href" || a.Key == "src" || a.Key == "action" {
			c.address(n, a.Val)
		}
		if a.Key == "id" && c.ids[a.Val] {
			c.t.Errorf("%s: id %s twice", c.page, a.Val)
		}
		if a.Key == "id" {
			c.ids[a.Val] = true
		}
	}
	switch n.Data {
	case "script", "style", "iframe", "object", "embed", "base":
		c.t.Errorf("%s: has <%s>", c.page, n.Data)
	case "html":
		c.lang, _ = attr(n, "lang")
	case "title":
		c.title = n.FirstChild != nil
	case "img":
		if alt, _ := attr(n, "alt"); strings.TrimSpace(alt) == "" {
			c.t.Errorf("%s: a picture without words", c.page)
		}
	case "h1", "h2", "h3", "h4", "h5", "h6":
		c.headingAt(int(n.Data[1] - '0'))
	case "label":
		f, _ := attr(n, "for")
		c.labels = append(c.labels, f)
	case "input", "select", "textarea":
		if kind, _ := attr(n, "type"); kind == "hidden" {
			break
		}
		id, _ := attr(n, "id")
		c.inputs = append(c.inputs, id)
	}
	if class, _ := attr(n, "class"); class == "skip" {
		c.skips = true
	}
}

func (c *checker) address(n *html.Node, to string) {
	u, err := url.Parse(to)
	if err != nil || u.Host != "" || u.Scheme != "" || (!strings.HasPrefix(to, "/") && to != "#main") || strings.HasPrefix(to, "//") {
		c.t.Errorf("%s: <%s> leads away to %s", c.page, n.Data, to)
	}
}

func (c *checker) headingAt(level int) {
	if level == 1 {
		c.firsts++
	}
	if level > c.heading+1 {
		c.t.Errorf("%s: h%d follows h%d", c.page, level, c.heading)
	}
	c.heading = level
}

func (c *checker) finish() {
	if c.lang != "zh-CN" || c.firsts != 1 || !c.skips || !c.title || !c.ids["main"] {
		c.t.Errorf("%s: lang %q, %d main headings, skip link %v, title %v", c.page, c.lang, c.firsts, c.skips, c.title)
	}
	if strings.Join(c.labels, ",") != strings.Join(c.inputs, ",") {
		c.t.Errorf("%s: labels %v, inputs %v", c.page, c.labels, c.inputs)
	}
}

// The first page with all it refers to stays under 60 KB on the wire.
func TestPages_Weight(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	refs := regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)
	for name, path := range pages {
		rec := s.get(t, path, "Accept-Encoding", "gzip")
		total := rec.Body.Len()
		body := rec.Body.Bytes()
		if rec.Header().Get("Content-Encoding") == "gzip" {
			body = unpacked(t, rec)
		}
		for _, m := range refs.FindAllSubmatch(body, -1) {
			part := s.get(t, string(m[1]), "Accept-Encoding", "gzip")
			if part.Code != http.StatusOK || !strings.Contains(part.Header().Get("Cache-Control"), "immutable") {
				t.Errorf("%s: %s is %d", name, m[1], part.Code)
			}
			total += part.Body.Len()
		}
		t.Logf("%s: %d bytes", name, total)
		if total >= 60<<10 {
			t.Errorf("%s weighs %d bytes", name, total)
		}
	}
}

func unpacked(t *testing.T, rec *httptest.ResponseRecorder) []byte {
	t.Helper()
	zr, err := gzip.NewReader(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(zr); err != nil { //nolint:gosec // our own page
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPages_Escaped(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	for _, path := range []string{"/d/finance", "/r/510821102200", "/?q=%3Cscript%3Ealert(1)%3C/script%3E"} {
		if body := s.get(t, path).Body.String(); strings.Contains(body, "<script") || strings.Contains(body, "<名单>") {
			t.Errorf("%s: what people wrote is not escaped", path)
		}
	}
}

func TestPages_Prepared(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	s := open(t, b, web.Site{})
	first := s.get(t, "/r/510821102200")
	for range 3 {
		s.get(t, "/r/510821102200")
	}
	s.get(t, "/r/510821102200?utm_source=x") // the same page by other words
	if b.asked != 1 {
		t.Errorf("storage was asked %d times", b.asked)
	}
	again := s.get(t, "/r/510821102200", "If-None-Match", first.Header().Get("ETag"))
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("%d with %d bytes", again.Code, again.Body.Len())
	}
	if big := s.get(t, "/r/510821102200", "Cookie", "big=1", "If-None-Match", first.Header().Get("ETag")); big.Code != http.StatusOK || !strings.Contains(big.Body.String(), `class="big"`) {
		t.Error("large type got the small page")
	}
	b.empty = true
	s.cache.Changed("510821102200")
	if body := s.get(t, "/r/510821102200").Body.String(); !strings.Contains(body, "还没有公开") {
		t.Error("a change does not show")
	}
	s.get(t, "/d/finance")
	b.away = errAway
	s.cache.Changed("510821102200")
	for _, path := range []string{"/r/510821102200", "/d/finance"} {
		stale := s.get(t, path)
		if stale.Code != http.StatusOK || stale.Header().Get("Warning") == "" || stale.Header().Get("Age") == "" {
			t.Errorf("%s while storage is away: %d %v", path, stale.Code, stale.Header())
		}
	}
}

func TestPages_Refusals(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	s := open(t, b, web.Site{})
	for path, status := range map[string]int{
		"/d/nosuch":                        http.StatusNotFound,
		"/r/999999":                        http.StatusNotFound,
		"/r/abc":                           http.StatusNotFound,
		"/r/510821?cursor=!":               http.StatusBadRequest,
		"/r/510821?cursor=-5":              http.StatusBadRequest,
		"/r/510821?cursor=zzzzzzzzzzzzzzz": http.StatusBadRequest,
		"/static/none.css":                 http.StatusNotFound,
	} {
		if rec := s.get(t, path); rec.Code != status || !strings.Contains(rec.Body.String(), `<html lang="zh-CN"`) {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	b.away = errAway
	if rec := s.get(t, "/r/510824"); rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" {
		t.Errorf("storage away: %d", rec.Code)
	}
	b.away = errors.New("secret cause")
	for _, path := range []string{"/r/510824", "/d/finance", "/?q=x"} {
		if rec := s.get(t, path); rec.Code != http.StatusInternalServerError || strings.Contains(rec.Body.String(), "secret") {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
}

func TestSetBig(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	for back, want := range map[string]string{
		"/d/finance":                             "/d/finance",
		"/r/510821?category=FINANCE&cursor=1":    "/r/510821?category=FINANCE&cursor=1",
		"/r/510821?big=1":                        "/r/510821",
		"/?q=盐井":                                 "/?q=%E7%9B%90%E4%BA%95",
		"":                                       "/",
		"https://evil.example/":                  "/",
		"//evil.example/d/x":                     "/",
		`/\evil.example`:                         "/",
		`\\evil.example`:                         "/",
		"javascript:alert(1)":                    "/",
		"/api/v1/auth/logout":                    "/",
		"/d/x\r\nSet-Cookie: a=b":                "/",
		"/r/../\\evil.example":                   "/",
		"http:evil.example":                      "/",
		"/d/x#//evil.example":                    "/d/x",
		"/d/%2e%2e%2f%2e%2e%2f%2fevil.example/x": "/",
	} {
		rec := s.get(t, "/set/big?on=1&back="+url.QueryEscape(back))
		if got := rec.Header().Get("Location"); rec.Code != http.StatusSeeOther || got != want {
			t.Errorf("%q: %d to %q, want %q", back, rec.Code, got, want)
		}
	}
	on := s.get(t, "/set/big?on=1&back=/").Header().Get("Set-Cookie")
	if !strings.HasPrefix(on, "big=1; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax") {
		t.Error(on)
	}
	if off := s.get(t, "/set/big?on=0&back=/").Header().Get("Set-Cookie"); !strings.Contains(off, "Max-Age=0") {
		t.Error(off)
	}
	if body := s.get(t, "/?big=0", "Cookie", "big=1").Body.String(); strings.Contains(body, `class="big"`) {
		t.Error("?big=0 is not heard")
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	for _, path := range []string{"/", "/r/510821", "/d/finance", "/d/nosuch"} {
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodHead, path, nil))
		if rec.Body.Len() != 0 || rec.Header().Get("Content-Type") == "" {
			t.Errorf("%s: %d bytes", path, rec.Body.Len())
		}
	}
}

// Large type is 18 px and more with targets of 60 px; the sizes hang on
// variables, so that it is enough to look at these.
func TestStyle_LargeType(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	m := regexp.MustCompile(`href="(/static/style[^"]+)"`).FindStringSubmatch(s.get(t, "/").Body.String())
	sheet := s.get(t, m[1]).Body.String()
	big := regexp.MustCompile(`html\.big\{([^}]*)\}`).FindStringSubmatch(sheet)
	if big == nil || !strings.Contains(big[1], "--s:18px") || !strings.Contains(big[1], "--touch:60px") {
		t.Errorf("large type is %v", big)
	}
	if strings.Contains(sheet, "@import") || regexp.MustCompile(`url\((?:"|')?(?:https?:)?//`).MatchString(sheet) {
		t.Error("the style sheet fetches from elsewhere")
	}
	if !strings.Contains(sheet, "Copyright 2026 Tencent") || s.get(t, "/static/WEUI-LICENSE.txt").Code != http.StatusOK {
		t.Error("the licence of WeUI is not told")
	}
}
