package main

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"cunwu/demo"
	"cunwu/repository/wechat"
)

const checkedSite = "https://cunwu.example.cn"

// watched is a server whose WeChat the test holds in its hand, and which takes
// pushes through its door alone.
type watched struct {
	*hall
	fake   *wechat.Fake
	conf   wechat.PushConf
	status int // of the last push
}

func withChecks(t *testing.T) *watched {
	t.Helper()
	w := &watched{conf: wechat.PushConf{AppID: demoAppID, Token: "tok", AESKey: strings.Repeat("A", 43)}}
	cfg := testConfig(t, tempData(t), "CUNWU_WECHAT_TOKEN="+w.conf.Token, "CUNWU_WECHAT_AES_KEY="+w.conf.AESKey, "CUNWU_SITE_URL="+checkedSite)
	w.fake = wechat.NewFake(wechat.FakeOptions{
		AppID: demoAppID, AppSecret: demoAppSecret, Demo: demo.Known, Conf: w.conf, Now: func() int64 { return time.Now().Unix() },
		Push: func(q url.Values, body []byte) error {
			w.status = w.anon.do(http.MethodPost, "/wechat/push?"+q.Encode(), bytes.NewReader(body), nil).status
			return nil
		},
	})
	w.fake.Hold(true)
	w.hall = &hall{started: start(t, cfg, func(o *appOptions) { o.weChat = w.fake.Transport() })}
	w.hall = w.started.hall(1)
	return w
}

// raise says something with a photo, and gives its id.
func (w *watched) raise(c client, text string, files ...string) string {
	c.t.Helper()
	return c.post("/api/v1/concerns", obj{"region": testVillage, "category": "road", "text": text, "media": files}).want(http.StatusCreated).str("id")
}

// asked waits until WeChat was given n files, and gives the last.
func (w *watched) asked(n int) wechat.Asked {
	t := w.anon.t
	t.Helper()
	eventually(t, 10*time.Second, "the file is given to WeChat", func() bool { return len(w.fake.AskedMedia()) >= n })
	return w.fake.AskedMedia()[n-1]
}

func (w *watched) hidden(id string) {
	w.anon.t.Helper()
	w.anon.get("/api/v1/concerns/"+id).problem(http.StatusNotFound, "concern.not_found")
}

func (w *watched) shown(id string) {
	t := w.anon.t
	t.Helper()
	eventually(t, 10*time.Second, "it is shown", func() bool { return w.anon.get("/api/v1/concerns/"+id).status == http.StatusOK })
}

func (w *watched) push(event map[string]any, want int) {
	t := w.anon.t
	t.Helper()
	if err := w.fake.PushEvent(event); err != nil || w.status != want {
		t.Fatalf("push: %v, status %d", err, w.status)
	}
}

// Nothing is shown before WeChat's answer came through the signed door; forged,
// foreign and stale ones change nothing.
func TestModeration_Push(t *testing.T) {
	w := withChecks(t)
	s := w.started
	h := w.voters[0]
	file := h.upload("路.png", photo(t)).want(http.StatusCreated)
	id := w.raise(h, "三组堰塘边的路垮了半边，请来看看。", file.str("id"))
	a := w.asked(1)
	if a.OpenID == "" || a.Audio {
		t.Errorf("%+v", a)
	}
	w.hidden(id)
	s.anon.get(file.str("url")).problem(http.StatusNotFound, "media.not_found")

	t.Run("TheAddressOpensTheFileAndNothingElse", func(t *testing.T) {
		path, ok := strings.CutPrefix(a.URL, checkedSite)
		if !ok {
			t.Fatal(a.URL)
		}
		got := s.anon.get(path).want(http.StatusOK)
		if got.header.Get("Content-Type") != "image/png" || !strings.Contains(got.header.Get("Cache-Control"), "no-store") || len(got.body) == 0 {
			t.Errorf("%v", got.header)
		}
		s.anon.get(path[:len(path)-5]).problem(http.StatusNotFound, "moderation.link_unknown")
		s.anon.get("/media/check/x").problem(http.StatusNotFound, "moderation.link_unknown")
		s.anon.get(strings.Replace(path, "/media/check/", "/media/", 1)).problem(http.StatusNotFound, "media.not_found")
	})
	t.Run("ForgedForeignStale", func(t *testing.T) {
		forger, now := w.conf, time.Now().Unix()
		forger.Token = "guess"
		for name, try := range map[string]func() error{
			"forged": func() error { return w.fake.PushEventAs(forger, now, w.fake.Answer(a.Trace, "pass", 100)) },
			"stale":  func() error { return w.fake.PushEventAs(w.conf, now-3600, w.fake.Answer(a.Trace, "pass", 100)) },
		} {
			if err := try(); err != nil || w.status != http.StatusForbidden {
				t.Errorf("%s: %v %d", name, err, w.status)
			}
		}
		foreign := w.fake.Answer(a.Trace, "pass", 100)
		foreign["appid"] = "wx1111111111111111"
		w.push(foreign, http.StatusOK) // read, noted, of no use
		w.push(w.fake.Answer("unknown", "pass", 100), http.StatusOK)
		if err := s.drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.hidden(id)
	})
	for range 2 {
		w.push(w.fake.Answer(a.Trace, "pass", 100), http.StatusOK)
	}
	w.shown(id)
	w.push(w.fake.Answer(a.Trace, "risky", 20002), http.StatusOK) // the first counts
	if err := s.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.shown(id)
	s.anon.get(file.str("url")).want(http.StatusOK)
}

// A person decides where there is doubt: the queue, the decision, what its
// author and the public read of it.
func TestModeration_Queue(t *testing.T) {
	w := withChecks(t)
	s := w.started
	h := w.voters[0]
	id := w.raise(h, "说得不清不楚的一件事，risky，请人看。")
	queue := "/api/v1/moderation/queue?region=" + testVillage
	s.anon.get(queue).problem(http.StatusUnauthorized, "auth.required")
	w.stranger.get(queue).problem(http.StatusForbidden, "account.not_allowed")
	w.otherClerk.get(queue).problem(http.StatusForbidden, "account.not_allowed")
	got := w.clerk.get(queue).want(http.StatusOK)
	check := got.str("items", 0, "id")
	if got.str("items", 0, "subject_id") != id || !strings.Contains(got.str("items", 0, "text"), "不清不楚") || !strings.Contains(got.str("items", 0, "why"), "低俗") {
		t.Errorf("%s", got.body)
	}
	path := "/api/v1/moderation/checks/" + check + "/actions"
	reject := obj{"action": "reject", "kind": "irrelevant", "reason": "说的事和村里没有关系。"}
	s.anon.post(path, reject).problem(http.StatusUnauthorized, "auth.required")
	h.post(path, reject).problem(http.StatusNotFound, "moderation.not_found")
	w.otherClerk.post(path, reject).problem(http.StatusNotFound, "moderation.not_found")
	w.clerk.post("/api/v1/moderation/checks/none/actions", reject).problem(http.StatusNotFound, "moderation.not_found")
	w.clerk.post(path, obj{"action": "reject"}).problem(http.StatusUnprocessableEntity, "moderation.decision_invalid")
	w.clerk.post(path, obj{"action": "erase"}).problem(http.StatusUnprocessableEntity, "request.invalid")
	first := w.clerk.post(path, reject, "Idempotency-Key", "no-1").want(http.StatusOK)
	again := w.clerk.post(path, reject, "Idempotency-Key", "no-1").want(http.StatusOK)
	if !bytes.Equal(bytes.TrimSpace(first.body), bytes.TrimSpace(again.body)) || first.str("state") != "rejected" {
		t.Errorf("%s %s", first.body, again.body)
	}
	w.clerk.post(path, reject).problem(http.StatusConflict, "moderation.decided")
	if err := s.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.hidden(id)
	if own := h.get("/api/v1/concerns/" + id).want(http.StatusOK); own.str("review") != "hidden" || !strings.Contains(string(own.body), "与村里的事无关") {
		t.Errorf("the author is not told: %s", own.body)
	}
	w.supervisor.post("/api/v1/moderation/actions", obj{"action": "approve", "ids": []string{check}}).want(http.StatusOK)
	w.shown(id)
	log := s.anon.get("/api/v1/moderation/log?region=" + testCity).want(http.StatusOK)
	if log.str("items", 0, "action") != "reject" || log.str("items", 1, "action") != "approve" || log.str("items", 0, "by") == "" {
		t.Errorf("%s", log.body)
	}
	csv := s.anon.get("/open/moderation.csv?region=" + testVillage).want(http.StatusOK)
	for _, secret := range []string{"不清不楚", "王小成"} {
		if strings.Contains(string(csv.body)+string(log.body), secret) {
			t.Errorf("the log tells %s", secret)
		}
	}
	if !strings.Contains(string(csv.body), "说的事和村里没有关系。") || !strings.HasPrefix(csv.header.Get("Content-Type"), "text/csv") {
		t.Errorf("%s", csv.body)
	}
	s.anon.get("/open/moderation.csv?region=x").problem(http.StatusUnprocessableEntity, "moderation.query_invalid")
	if p := s.anon.get("/api/v1/moderation/policy").want(http.StatusOK); !strings.Contains(string(p.body), "泄露他人隐私") {
		t.Errorf("%s", p.body)
	}
}

// WeChat says nothing for 35 minutes: a person is asked, and reminded a day later.
func TestModeration_Silence(t *testing.T) {
	w := withChecks(t)
	s := w.started
	h := w.voters[0]
	file := h.upload("路.png", photo(t)).want(http.StatusCreated)
	id := w.raise(h, "三组堰塘边的路垮了半边，请来看看。", file.str("id"))
	a := w.asked(1)
	queue := "/api/v1/moderation/queue?region=" + testVillage
	waiting := func() int {
		l, _ := w.clerk.get(queue).want(http.StatusOK).at("items").([]any)
		return len(l)
	}
	if n := waiting(); n != 0 {
		t.Errorf("%d wait already", n)
	}
	later := func(d time.Duration) {
		s.anon.send(http.MethodPut, "/testing/clock", obj{"now": time.Now().Add(d).Format(time.RFC3339)}).want(http.StatusOK)
	}
	later(36 * time.Minute)
	if n := waiting(); n != 1 {
		t.Fatalf("%d wait after 36 minutes", n)
	}
	w.push(w.fake.Answer(a.Trace, "pass", 100), http.StatusOK)
	if err := s.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.hidden(id)
	later(26 * time.Hour)
	if err := s.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m := w.supervisor.get("/api/v1/me/messages").want(http.StatusOK); !strings.Contains(string(m.body), "等您审核") {
		t.Errorf("nobody was reminded: %s", m.body)
	}
}
