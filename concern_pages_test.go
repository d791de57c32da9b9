package main

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// browser is a person's browser without scripts: it keeps cookies, follows
// links and sends forms.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func (s *started) browser() *browser {
	t := s.anon.t
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, base: s.anon.base, http: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

// page is what a browser shows.
type page struct {
	t      *testing.T
	status int
	at     string // path and query in the end
	header http.Header
	body   string
}

func (b *browser) send(r *http.Request) page {
	b.t.Helper()
	res, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{t: b.t, status: res.StatusCode, at: res.Request.URL.RequestURI(), header: res.Header, body: string(raw)}
}

func (b *browser) open(path string) page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.send(r)
}

func (b *browser) submit(path string, fields url.Values) page {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, strings.NewReader(fields.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

// file is one chosen file of a form.
type chosenFile struct {
	field, name string
	data        []byte
}

// submitFiles sends a form with files, fields first, as browsers do.
func (b *browser) submitFiles(path string, fields url.Values, files ...chosenFile) page {
	b.t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for name, values := range fields {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	for _, f := range files {
		part, err := w.CreateFormFile(f.field, f.name)
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := part.Write(f.data); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, &buf)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.send(r)
}

// signIn signs in as the n-th of the stand-in's strangers.
func (b *browser) signIn(n int) *browser {
	b.t.Helper()
	b.submit("/sign-in", url.Values{"code": {fmt.Sprintf("demo-stranger-%d", n)}, "back": {"/me/concerns"}}).want(http.StatusOK).says("我说过的事")
	return b
}

func (p page) want(status int) page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s: status %d, want %d: %s", p.at, p.status, status, clip([]byte(p.text())))
	}
	return p
}

var markup = regexp.MustCompile(`(?s)<head>.*</head>|<[^>]*>|\s+`)

func (p page) text() string { return html.UnescapeString(markup.ReplaceAllString(p.body, " ")) }

func (p page) says(words ...string) page {
	p.t.Helper()
	for _, w := range words {
		if !strings.Contains(p.body, w) {
			p.t.Errorf("%s does not say %q: %s", p.at, w, clip([]byte(p.text())))
		}
	}
	return p
}

func (p page) silent(words ...string) page {
	p.t.Helper()
	for _, w := range words {
		if strings.Contains(p.body, w) {
			p.t.Errorf("%s says %q", p.at, w)
		}
	}
	return p
}

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)">`)

// hidden gives what the page's forms carry along.
func (p page) hidden(names ...string) url.Values {
	p.t.Helper()
	all := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(p.body, -1) {
		if m[1] == "media" || !all.Has(m[1]) {
			all.Add(m[1], html.UnescapeString(m[2]))
		}
	}
	out := url.Values{}
	for _, n := range names {
		if !all.Has(n) {
			p.t.Fatalf("%s: no form with %q: %s", p.at, n, clip([]byte(p.text())))
		}
		out[n] = all[n]
	}
	return out
}

func with(fields url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range fields {
		out[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

// idOf gives the concern whose own page this is.
func (p page) idOf() string {
	p.t.Helper()
	m := regexp.MustCompile(`^/me/concerns/([a-z2-7]{26})`).FindStringSubmatch(p.at)
	if m == nil {
		p.t.Fatalf("at %s: %s", p.at, clip([]byte(p.text())))
	}
	return m[1]
}

// raiseForm gives the fields of the form, filled in.
func (b *browser) raiseForm(pairs ...string) url.Values {
	b.t.Helper()
	form := b.open("/v/new?region=" + testVillage).want(http.StatusOK)
	return with(with(form.hidden("token", "key", "region"),
		"text", "三组堰塘边的路被水冲垮了半边，晚上骑车很危险。", "category", "road", "where", "三组堰塘边", "visibility", "public"), pairs...)
}

// The whole walk of a villager in a browser: sign in, say something with a
// photo, be told what is wrong, tap twice, and rate.
func TestConcernPages_Walk(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)), withoutChecks)
	h := s.hall(3)
	stranger, raiser, other := s.browser(), s.browser(), s.browser()
	stranger.open("/v/new?region="+testVillage).want(http.StatusOK).says("您是谁？", "noindex")
	raiser.signIn(20)
	other.signIn(21)
	picture := photo(t)

	short := raiser.submitFiles("/v/new", raiser.raiseForm("text", "路"), chosenFile{"file_camera", "路.png", picture}, chosenFile{"file_voice", "话.mp3", []byte("not a recording")})
	short.want(http.StatusUnprocessableEntity).says("写的都还在", "三组堰塘边", "话.mp3", "没有收下", "已经传上来的照片", `value="road" selected`)
	again := with(short.hidden("token", "key", "region", "media"), "text", "路", "category", "road", "where", "三组堰塘边", "visibility", "public")
	raiser.submitFiles("/v/new", again).want(http.StatusUnprocessableEntity).says("至少 5 个字", "已经传上来的照片")

	form := with(again, "text", "三组堰塘边的路被水冲垮了半边，\r\n晚上骑车很危险，找我 13800138000。")
	ids := make(chan string, 2)
	var taps sync.WaitGroup
	for range 2 {
		taps.Go(func() {
			ids <- raiser.submitFiles("/v/new", form).want(http.StatusOK).says("收到了", "13800138000").idOf()
		})
	}
	taps.Wait()
	id := <-ids
	if second := <-ids; second != id {
		t.Fatalf("two taps made %s and %s", id, second)
	}
	raiser.submitFiles("/v/new", with(form, "text", "用返回键改过的另外一件事。")).want(http.StatusUnprocessableEntity).says("刚才已经提交过了", "另外一件事")
	mine := raiser.open("/me/concerns").want(http.StatusOK)
	if n := strings.Count(mine.body, `href="/me/concerns/`); n != 1 {
		t.Errorf("%d concerns after two taps", n)
	}
	if mine.header.Get("Cache-Control") != "private, no-store" || mine.header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("headers of a personal page: %v", mine.header)
	}

	own := raiser.open("/v/" + id).want(http.StatusOK)
	if own.idOf() != id {
		t.Errorf("the raiser is at %s", own.at)
	}
	thumb := regexp.MustCompile(`src="(/me/media/[^"]+)"`).FindStringSubmatch(own.body)
	if thumb == nil {
		t.Fatal("the raiser does not see the photo")
	}
	raiser.open(thumb[1]).want(http.StatusOK)
	stranger.open(thumb[1]).want(http.StatusNotFound)
	for _, b := range []*browser{stranger, other} {
		b.open("/v/" + id).want(http.StatusNotFound)
		b.open("/r/"+testVillage+"/concerns").want(http.StatusOK).silent(id, "堰塘")
	}
	other.open("/me/concerns/" + id).want(http.StatusNotFound)

	m := matter{t, id}
	h.shown(id)
	public := stranger.open("/v/"+id).want(http.StatusOK).says("等盐井村村委会登记，最晚", "村民（不显示名字）").silent("13800138000", voterName(0), "赵")
	if tag := public.header.Get("ETag"); tag == "" || strings.Contains(public.header.Get("Cache-Control"), "private") {
		t.Errorf("a public page is not prepared: %v", public.header)
	}
	stranger.open("/r/"+testVillage+"/concerns").want(http.StatusOK).says("/v/"+id, "道路桥梁")
	stranger.open("/r/" + testVillage).want(http.StatusOK).says("/r/" + testVillage + "/concerns")
	stranger.open("/r/" + testVillage + "/concerns?open=0").want(http.StatusOK).silent(id)

	m.step(h.clerk, obj{"action": "register"})
	m.step(h.clerk, obj{"action": "assign", "handler": "村委会主任"})
	m.step(h.director, obj{"action": "finish", "result": "垮塌的路段已经修好，装了护栏。"})
	s.settled()
	stranger.open("/v/"+id).want(http.StatusOK).says("办结不等于解决", "装了护栏").silent("说事人评价：")

	rate := raiser.open("/me/concerns/"+id).want(http.StatusOK).says("您满意吗", "不满意").hidden("token", "key")
	t.Run("RefusedWithoutTheSessionsToken", func(t *testing.T) {
		theirs := other.open("/me/concerns/"+id).want(http.StatusOK).hidden("token", "key")
		for _, bad := range []url.Values{with(rate, "token", ""), with(rate, "token", theirs.Get("token")), {}} {
			raiser.submit("/me/concerns/"+id, with(bad, "do", "rate", "rating", "satisfied")).want(http.StatusForbidden).says("已经失效")
			raiser.submitFiles("/v/new", with(bad, "text", "没有令牌也想说一件事。"), chosenFile{"file_photos", "a.png", picture}).want(http.StatusForbidden)
			raiser.submit("/sign-out", bad).want(http.StatusForbidden)
		}
		other.submit("/me/concerns/"+id, with(theirs, "do", "rate", "rating", "satisfied")).want(http.StatusForbidden).says("只有说事人自己能评价")
	})
	raiser.submit("/me/concerns/"+id, with(rate, "do", "rate", "rating", "basic")).want(http.StatusOK).says("记下了", "说事人自己说：已经解决")
	raiser.submit("/me/concerns/"+id, with(rate, "do", "rate", "rating", "basic")).want(http.StatusOK).says("记下了") // a second tap
	raiser.submit("/me/concerns/"+id, with(rate, "do", "rate", "rating", "satisfied", "key", strings.Repeat("a", 26))).want(http.StatusConflict).says("没有办成", "现在不能评价")
	s.settled()
	stranger.open("/v/" + id).want(http.StatusOK).says("说事人评价：基本满意")
	stranger.open("/r/" + testVillage + "/concerns?open=0").want(http.StatusOK).says("/v/" + id)

	raiser.submit("/sign-out", url.Values{"token": rate["token"]}).want(http.StatusOK).says("您是谁？")
	raiser.open("/me/concerns").want(http.StatusOK).says("您是谁？")
}

// settled does what follows of itself, as the loops would.
func (s *started) settled() {
	s.anon.t.Helper()
	if err := s.App.settle(s.anon.t.Context()); err != nil {
		s.anon.t.Fatal(err)
	}
}

// shown lets everybody see a concern: the checks may have passed it by then.
func (h *hall) shown(id string) {
	h.clerk.t.Helper()
	path := "/api/v1/concerns/" + id
	eventually(h.clerk.t, 20*soon, "shown", func() bool {
		if h.clerk.get(path).want(http.StatusOK).str("review") != "passed" {
			h.clerk.post(path+"/actions", obj{"action": "show"})
		}
		return h.clerk.get(path).str("review") == "passed"
	})
	h.settled()
}

// noChecks is WeChat without an answer about contents: a person decides.
type noChecks struct{ next http.RoundTripper }

func (n noChecks) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, "check") {
		return nil, errors.New("no answer")
	}
	return n.next.RoundTrip(r)
}

func withoutChecks(o *appOptions) { o.weChat = noChecks{o.weChat} }

// What not everybody may see is on no public page.
func TestConcernPages_Unseen(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)), withoutChecks)
	h := s.hall(3)
	raiser, other, stranger := s.browser().signIn(20), s.browser().signIn(21), s.browser()
	ids := map[string]string{}
	for _, who := range []string{"private", "sealed", "public", "named"} {
		words := map[string]string{"private": "邻居的墙快倒了，不想让人知道。", "sealed": "低保名单里有村干部的亲戚。", "public": "二组水管漏水已经三天。", "named": "村口的路灯坏了一盏。"}[who]
		form := raiser.raiseForm("visibility", who, "text", words, "category", "other", "checked", "1")
		done := raiser.submitFiles("/v/new", form, chosenFile{"file_photos", "a.png", photo(t)}).want(http.StatusOK)
		ids[who] = done.idOf()
		done.says("收到了", words)
	}
	h.shown(ids["public"])
	matter{t, ids["public"]}.step(h.clerk, obj{"action": "hide", "kind": "privacy", "reason": "照片里有别人的脸。"})
	s.settled()
	for who, id := range ids {
		for _, b := range []*browser{stranger, other} {
			b.open("/v/" + id).want(http.StatusNotFound)
			b.open("/r/" + testVillage + "/concerns").want(http.StatusOK).silent(id)
			b.open("/r/" + testCounty + "/concerns").want(http.StatusOK).silent(id)
		}
		other.open("/me/concerns/" + id).want(http.StatusNotFound)
		token := other.open("/me/concerns").hidden("token")
		other.submit("/me/concerns/"+id, with(token, "do", "join")).want(http.StatusNotFound)
		raiser.open("/me/concerns").want(http.StatusOK).says(id)
		if who == "public" {
			raiser.open("/me/concerns/"+id).want(http.StatusOK).says("没有公开显示", "照片里有别人的脸")
		}
	}
	h.clerk.get("/api/v1/concerns/"+ids["sealed"]).problem(http.StatusNotFound, "concern.not_found")
}

// Who is about to say the same is shown it, and can join it or go on.
func TestConcernPages_Similar(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)), withoutChecks)
	h := s.hall(3)
	first, second := s.browser().signIn(20), s.browser().signIn(21)
	id := first.submitFiles("/v/new", first.raiseForm()).want(http.StatusOK).idOf()
	h.shown(id)

	form := second.raiseForm("text", "三组堰塘边的路被水冲垮了，晚上骑车危险得很。")
	asked := second.submitFiles("/v/new", form, chosenFile{"file_photos", "a.png", photo(t)}).want(http.StatusOK).says("有人说过差不多的事", "这就是我要说的（同问）", "不是，继续提交", "还没有交上去")
	if n := strings.Count(second.open("/me/concerns").body, `href="/me/concerns/`); n != 0 {
		t.Errorf("%d were raised before the question was answered", n)
	}
	kept := asked.hidden("token", "key", "region", "category", "visibility", "where", "text", "media")
	second.submit("/v/new", with(kept, "edit", "1")).want(http.StatusOK).says("骑车危险得很", "已经传上来的照片").silent("还没有交上去，")
	joined := second.submit("/me/concerns/"+id, with(asked.hidden("token"), "do", "join")).want(http.StatusOK).says("您也有这件事", "1 人同问")
	if joined.idOf() != id {
		t.Errorf("at %s", joined.at)
	}
	own := second.submit("/v/new", with(kept, "checked", "1")).want(http.StatusOK).says("收到了").idOf()
	if own == id {
		t.Error("going on made nothing new")
	}
	leave := second.open("/me/concerns/"+id).want(http.StatusOK).hidden("token", "key")
	second.submit("/me/concerns/"+id, with(leave, "do", "leave")).want(http.StatusOK).says("已经取消同问").silent("1 人同问")
}

// Signing in is a cookie that scripts cannot read; strangers' sites cannot sign
// anybody in; where there is no demo one is sent to the mini-program.
func TestConcernPages_SignIn(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	code := url.Values{"code": {"demo-stranger-30"}, "back": {"https://evil.example/"}}
	post := func(s *started, header ...string) (status int, h http.Header) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.anon.base+"/sign-in", strings.NewReader(code.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		res, err := httpClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode, res.Header
	}
	status, h := post(s)
	cookie := h.Get("Set-Cookie")
	if status != http.StatusSeeOther || h.Get("Location") != "/" || !strings.Contains(cookie, "HttpOnly; SameSite=Lax") || strings.Contains(cookie, "Secure") {
		t.Errorf("%d to %q with %q", status, h.Get("Location"), cookie)
	}
	if _, h = post(s, "X-Forwarded-Proto", "https"); !strings.Contains(h.Get("Set-Cookie"), "Secure") {
		t.Errorf("behind TLS: %q", h.Get("Set-Cookie"))
	}
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		if status, h = post(s, header...); status != http.StatusForbidden || h.Get("Set-Cookie") != "" {
			t.Errorf("%v: %d", header, status)
		}
	}
	code.Set("code", "wechat-code-of-somebody")
	if status, h = post(s); status != http.StatusForbidden || h.Get("Set-Cookie") != "" {
		t.Errorf("a code of WeChat: %d", status)
	}
	r := s.anon.do(http.MethodGet, "/me/concerns", nil, map[string]string{"Cookie": "session=" + strings.Repeat("x", 43)})
	if r.status != http.StatusSeeOther || !strings.HasPrefix(r.header.Get("Location"), "/sign-in?") {
		t.Errorf("a made-up session: %d", r.status)
	}

	closed := start(t, testConfig(t, tempData(t)), func(o *appOptions) { o.reusable = nil })
	code.Set("code", "demo-stranger-30")
	closed.browser().open("/v/new").want(http.StatusOK).says("请在微信里打开村务小程序").silent("<select")
	if status, h = post(closed); status != http.StatusForbidden || h.Get("Set-Cookie") != "" {
		t.Errorf("signed in without the demo: %d", status)
	}
}

// Somebody of another village, and somebody on no roll, are told so before they
// type, and cannot say anything here by a made-up form either.
func TestConcernPages_Foreign(t *testing.T) {
	t.Parallel()
	s := start(t, testConfig(t, tempData(t)))
	s.hall(1)
	raiser := s.browser().signIn(20)
	form := raiser.raiseForm()
	raiser.open("/v/new?region=" + otherVillage).want(http.StatusForbidden).says("只有本村认证村民")
	raiser.submit("/v/new", with(form, "region", otherVillage)).want(http.StatusForbidden)
	s.browser().signIn(40).open("/v/new").want(http.StatusOK).says("我看过了，同意") // consent comes first
	for name, change := range map[string][]string{
		"category": {"category", "nosuch"}, "visibility": {"visibility", "all"}, "group": {"group", "51082110220299"},
		"where": {"where", strings.Repeat("塘", 61)}, "long": {"text", strings.Repeat("路", 10_000)}, "control": {"text", "路\x00垮了半边，危险。"},
	} {
		if p := raiser.submit("/v/new", with(form, change...)); p.status != http.StatusUnprocessableEntity && p.status != http.StatusNotFound || !strings.Contains(p.body, "form") {
			t.Errorf("%s: %d %s", name, p.status, clip([]byte(p.text())))
		}
	}
	if n := strings.Count(raiser.open("/me/concerns").body, `href="/me/concerns/`); n != 0 {
		t.Errorf("%d came of forms that were refused", n)
	}
}
