package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"
)

// Whatever a client sends gets a clear Chinese problem with a stable code,
// never a 5xx, and leaves nothing behind.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	o := s.staff()
	published := o.publish(draftOf(testVillage, "2026-07"))
	drafted := o.clerk.post("/api/v1/disclosures", draftOf(testVillage, "2026-09")).want(http.StatusCreated).str("id")
	// What follows from the publication above must not be taken for a trace of
	// the refused requests below.
	if err := s.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := s.db.LastChange(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	events, err := s.db.AuditEvents(t.Context(), 0, 10000)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("Bodies", func(t *testing.T) { badBodies(t, o.clerk, drafted) })
	t.Run("Drafts", func(t *testing.T) { badDrafts(t, o.clerk) })
	t.Run("Addresses", func(t *testing.T) { badAddresses(t, s.anon, published) })
	t.Run("Tokens", func(t *testing.T) { badTokens(t, s) })
	t.Run("Uploads", func(t *testing.T) { badUploads(t, o.clerk) })
	t.Run("Actions", func(t *testing.T) { badActions(t, o, drafted) })
	nothingChanged(t, s, o, before, len(events))
	t.Run("Submissions", func(t *testing.T) { badSubmissions(t, o.clerk) })
}

// nothingChanged looks at the record, the journal and the drafts.
func nothingChanged(t *testing.T, s *started, o *office, before int64, events int) {
	after, err := s.db.LastChange(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now, err := s.db.AuditEvents(t.Context(), 0, 10000)
	if err != nil {
		t.Fatal(err)
	}
	if after != before {
		t.Errorf("the public record moved from %d to %d", before, after)
	}
	for _, e := range now[events:] {
		// The server seals its journal by the clock, whoever asks for what.
		if e.Result == "ok" && !strings.HasPrefix(e.Action, "auth.") && e.Action != "audit.seal" {
			t.Errorf("a refused request left %+v", e.Event)
		}
	}
	if l, _ := o.clerk.get("/api/v1/disclosures?region=" + testVillage).want(http.StatusOK).at("items").([]any); len(l) != 1 {
		t.Errorf("%d drafts, want the one there was", len(l))
	}
}

func badBodies(t *testing.T, c client, id string) {
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	huge := `{"region":"` + strings.Repeat("9", 2<<20) + `"}`
	digits := `{"region":"510821102200","item_code":"D02","period":"2026-09","title":"x","summary":"一二三四五六七八九十","income_fen":` + strings.Repeat("9", 1_000_000) + `}`
	for _, x := range []struct {
		name, contentType, body string
		status                  int
		code                    string
	}{
		{"Broken", "application/json", `{"region":`, 400, "request.malformed"},
		{"NotJSON", "application/json", `hello`, 400, "request.malformed"},
		{"Empty", "application/json", ``, 400, "request.malformed"},
		{"NotUTF8", "application/json", "{\"region\":\"\xff\xfe\"}", 400, "request.malformed"},
		{"Deep", "application/json", deep, 400, "request.malformed"},
		{"Huge", "application/json", huge, 413, "request.too_large"},
		{"MillionDigits", "application/json", digits, 400, "request.malformed"},
		{"WrongType", "text/plain", `{}`, 415, "request.media_type"},
		{"XML", "application/xml", `<a/>`, 415, "request.media_type"},
		{"Array", "application/json", `[]`, 422, "request.invalid"},
		{"Null", "application/json", `null`, 422, "request.invalid"},
		{"Missing", "application/json", `{}`, 422, "request.invalid"},
		{"Extra", "application/json", `{"region":"510821102200","item_code":"D02","period":"2026-09","title":"x","summary":"y","state":"published"}`, 422, "request.invalid"},
		{"WrongKind", "application/json", `{"region":5108,"item_code":[],"period":{},"title":true,"summary":1.5}`, 422, "request.invalid"},
		{"Overflow", "application/json", `{"region":"510821102200","item_code":"D02","period":"2026-09","title":"x","summary":"y","income_fen":1e30}`, 422, "request.invalid"},
		{"Fraction", "application/json", `{"region":"510821102200","item_code":"D02","period":"2026-09","title":"x","summary":"y","income_fen":0.5}`, 422, "request.invalid"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := client{t: t, base: c.base, token: c.token}
			c.do(http.MethodPost, "/api/v1/disclosures", strings.NewReader(x.body), map[string]string{"Content-Type": x.contentType}).problem(x.status, x.code)
			r := c.do(http.MethodPost, "/api/v1/disclosures/"+id+"/actions", strings.NewReader(x.body), map[string]string{"Content-Type": x.contentType})
			if r.status < 400 || r.status >= 500 {
				t.Errorf("action: %d %s", r.status, clip(r.body))
			}
		})
	}
}

func badDrafts(t *testing.T, c client) {
	for name, x := range map[string]struct {
		change obj
		code   string
	}{
		"UnknownItem":     {obj{"item_code": "Z99"}, "disclosure.item_unknown"},
		"UnknownRegion":   {obj{"region": "510821102999"}, ""},
		"CountyRegion":    {obj{"region": "510821"}, "request.invalid"},
		"WrongPeriod":     {obj{"period": "2026Q3"}, ""},
		"ImpossibleMonth": {obj{"period": "2026-13"}, ""},
		"LongTitle":       {obj{"title": strings.Repeat("长", 61)}, "request.invalid"},
		"NegativeAmount":  {obj{"lines": []obj{{"date": "2026-09-01", "summary": "x", "income_fen": -1}}}, "request.invalid"},
		"ImpossibleDate":  {obj{"lines": []obj{{"date": "2026-02-30", "summary": "路灯电费", "income_fen": 1}}}, ""},
		"UnknownMedia":    {obj{"media": []string{"nope"}}, ""},
		"UnknownField":    {obj{"fields": obj{"没有这一项": "x"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := client{t: t, base: c.base, token: c.token}
			d := draftOf(testVillage, "2026-09")
			for k, v := range x.change {
				d[k] = v
			}
			r := c.post("/api/v1/disclosures", d)
			if r.status < 400 || r.status >= 500 || r.status == 409 {
				t.Fatalf("%d %s", r.status, clip(r.body))
			}
			if x.code != "" {
				r.problem(r.status, x.code)
			}
		})
	}
}

// badSubmissions are drafts that may be kept while they are unfinished, and
// cannot be submitted.
func badSubmissions(t *testing.T, c client) {
	idNumber := "51082119900101" + "001" // 17 digits; the check character is computed
	idNumber += string("10X98765432"[checkSum(idNumber)])
	for name, x := range map[string]struct {
		change obj
		code   string
	}{
		"TotalsDiffer": {obj{"income_fen": 200001}, "disclosure.totals_differ"},
		"NoLines":      {obj{"lines": []obj{}, "income_fen": 0, "expense_fen": 0}, ""},
		"IDNumber":     {obj{"body": "联系人身份证号" + idNumber + "。"}, "disclosure.private_data"},
		"IDNumberWide": {obj{"summary": "本月收支如下，联系人证号" + wide(idNumber) + "，请查看。"}, "disclosure.private_data"},
		"Mobile":       {obj{"body": "电话 138 0013 8000"}, "disclosure.private_data"},
		"Card":         {obj{"body": "账号 6222020200112230009"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := client{t: t, base: c.base, token: c.token}
			d := draftOf(testVillage, "2026-09")
			for k, v := range x.change {
				d[k] = v
			}
			r := c.post("/api/v1/disclosures", d)
			if r.status == http.StatusCreated { // a draft may be unfinished; it cannot be submitted
				id := r.str("id")
				r = c.post("/api/v1/disclosures/"+id+"/actions", obj{"action": "submit"})
			}
			if r.status != http.StatusUnprocessableEntity {
				t.Fatalf("%d %s", r.status, clip(r.body))
			}
			if x.code != "" {
				r.problem(r.status, x.code)
			}
			if bytes.Contains(r.body, []byte(idNumber)) {
				t.Error("the refusal repeats the number")
			}
		})
	}
}

// checkSum gives the index of the check character of an ID number (GB 11643).
func checkSum(digits string) int {
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(digits[i]-'0') * w
	}
	return sum % 11
}

func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '０'
		}
		return r
	}, s)
}

func badAddresses(t *testing.T, c client, published string) {
	for path, want := range map[string]string{
		"/api/v1/disclosures/nope":                         "404 disclosure.not_found",
		"/api/v1/disclosures/" + strings.Repeat("a", 26):   "404 disclosure.not_found",
		"/api/v1/disclosures/" + strings.Repeat("a", 3000): "",
		"/api/v1/disclosures/%00":                          "",
		"/api/v1/disclosures/%ff%fe":                       "",
		"/api/v1/disclosures/..%2f..%2fetc":                "",
		"/api/v1/disclosures/" + published + "?x=1":        "422 request.invalid",
		"/api/v1/regions/999999":                           "404 region.not_found",
		"/api/v1/regions/abc":                              "",
		"/api/v1/regions/" + strings.Repeat("5", 5000):     "",
		"/api/v1/regions?q=%27%20OR%201=1--&limit=50":      "",
		"/api/v1/regions?q=%25%25%25":                      "",
		"/api/v1/feed":                                     "422 region.code_invalid",
		"/api/v1/feed?region=999999":                       "404 region.not_found",
		"/api/v1/feed?region=5108&category=NOPE":           "422 feed.category_unknown",
		"/api/v1/feed?region=5108&cursor=AAAA":             "422 request.cursor_invalid",
		"/api/v1/feed?region=5108&cursor=" + base64.RawURLEncoding.EncodeToString(make([]byte, 12)): "422 request.cursor_invalid",
		"/api/v1/feed?region=%ff":                    "422 region.code_invalid",
		"/api/v1/feed?region=5108&limit=-1":          "422 request.invalid",
		"/api/v1/catalogue":                          "422 request.invalid",
		"/media/nope":                                "404 media.not_found",
		"/media/..%2f..%2fcunwu.db":                  "",
		"/media/" + strings.Repeat("a", 64) + ".jpg": "404 media.not_found",
		"/api/v1/me":                                 "401 auth.required",
		"/api/v1/me/tasks?cursor=zzz":                "401 auth.required",
	} {
		t.Run(path[:min(len(path), 60)], func(t *testing.T) {
			c := client{t: t, base: c.base}
			r := c.get(path)
			if path == "/api/v1/regions?q=%27%20OR%201=1--&limit=50" || path == "/api/v1/regions?q=%25%25%25" {
				if r.status != 200 && (r.status < 400 || r.status >= 500) {
					t.Errorf("%d %s", r.status, clip(r.body))
				}
				return
			}
			if want == "" {
				if r.status < 400 || r.status >= 500 {
					t.Errorf("%d %s", r.status, clip(r.body))
				}
				return
			}
			var status int
			var code string
			if _, err := fmt.Sscan(want, &status, &code); err != nil {
				t.Fatal(err)
			}
			r.problem(status, code)
		})
	}
	for _, path := range []string{"/r/999999", "/r/abc", "/d/nope", "/nowhere", "/r/" + strings.Repeat("5", 4000)} {
		if r := c.get(path); r.status < 400 || r.status >= 500 {
			t.Errorf("page %s: %d", path, r.status)
		}
	}
}

func badTokens(t *testing.T, s *started) {
	for _, token := range []string{"x", strings.Repeat("A", 43), strings.Repeat("é", 20), strings.Repeat("A", 4000)} {
		c := client{t: t, base: s.anon.base, token: token}
		c.get("/api/v1/me").problem(http.StatusUnauthorized, "auth.expired")
		c.get("/api/v1/feed?region=5108").problem(http.StatusUnauthorized, "auth.expired")
	}
	r := s.anon.do(http.MethodGet, "/api/v1/me", nil, map[string]string{"Authorization": "Basic Zm9vOmJhcg=="})
	if r.status != http.StatusUnauthorized {
		t.Errorf("basic: %d", r.status)
	}
	for _, code := range []string{"nope", "demo-clerk-999999999999", "demo-clerk-510821102200-1", "demo-villager-510821102200-99999", strings.Repeat("a", 128), "a&appid=evil", "../x"} {
		s.anon.post("/api/v1/auth/wechat", obj{"code": code}).problem(http.StatusUnauthorized, "auth.code_invalid")
	}
	once := s.person(40)
	once.post("/api/v1/auth/logout", obj{}).want(http.StatusOK)
	once.get("/api/v1/me").problem(http.StatusUnauthorized, "auth.expired")
}

func badUploads(t *testing.T, c client) {
	var small bytes.Buffer
	if err := png.Encode(&small, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	bomb := bytes.Clone(small.Bytes())
	copy(bomb[16:24], []byte{0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20}) // 20,000 x 20,000 in the header
	for name, x := range map[string]struct {
		file string
		data []byte
	}{
		"PixelBomb": {"a.png", bomb},
		"Empty":     {"a.png", nil},
		"HTML":      {"a.jpg", []byte("<html><script>alert(1)</script></html>")},
		"SVG":       {"a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)},
		"Truncated": {"a.png", small.Bytes()[:40]},
		"ZipAsPDF":  {"a.pdf", []byte("PK\x03\x04aaaaaaaa")},
		"ScriptPDF": {"a.pdf", []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF")},
		"GIF":       {"a.gif", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")},
		"TooLarge":  {"a.png", bytes.Repeat([]byte{0x89}, 9<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			c := client{t: t, base: c.base, token: c.token}
			r := c.upload(x.file, x.data)
			if r.status < 400 || r.status >= 500 {
				t.Fatalf("%d %s", r.status, clip(r.body))
			}
			var p struct{ Code string }
			if err := json.Unmarshal(r.body, &p); err != nil || !strings.HasPrefix(p.Code, "media.") && !strings.HasPrefix(p.Code, "request.") {
				t.Errorf("%s", r.body)
			}
		})
	}
	r := c.do(http.MethodPost, "/api/v1/uploads", strings.NewReader("x"), map[string]string{"Content-Type": "application/json"})
	if r.status != http.StatusUnsupportedMediaType {
		t.Errorf("JSON as upload: %d %s", r.status, r.body)
	}
	r = c.do(http.MethodPost, "/api/v1/uploads", strings.NewReader("--b\r\n"), map[string]string{"Content-Type": "multipart/form-data; boundary=b"})
	if r.status < 400 || r.status >= 500 {
		t.Errorf("broken multipart: %d %s", r.status, r.body)
	}
}

func badActions(t *testing.T, o *office, id string) {
	path := "/api/v1/disclosures/" + id + "/actions"
	o.clerk.post(path, obj{"action": "fly"}).problem(http.StatusUnprocessableEntity, "procedure.action_unknown")
	o.clerk.post(path, obj{"action": "submit", "state": "published"}).problem(http.StatusUnprocessableEntity, "procedure.fields_invalid")
	o.clerk.post(path, obj{"action": "archive"})
	r := o.supervisor.post(path, obj{"action": "approve", "opinion": "同意公开"})
	if r.status != http.StatusConflict {
		t.Errorf("review before submission: %d %s", r.status, r.body)
	}
	o.township.post(path, obj{"action": "submit"}).problem(http.StatusForbidden, "procedure.forbidden")
	o.clerk.send(http.MethodPut, "/api/v1/disclosures/"+id, obj{"revision": 99, "title": "x", "summary": "一二三四五六七八九十"}).problem(http.StatusConflict, "disclosure.raced")
}
