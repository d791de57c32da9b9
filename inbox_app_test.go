package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"cunwu/demo"
	"cunwu/repository/wechat"
)

const subscribePath = "/cgi-bin/message/subscribe/send"

// withFake runs a server whose WeChat the test holds in its hand.
func withFake(t *testing.T, extra ...string) (*started, *wechat.Fake) {
	t.Helper()
	cfg := testConfig(t, tempData(t), append([]string{
		"CUNWU_WECHAT_TEMPLATES=" + `[{"purpose":"news","id":"tmpl-news"},{"purpose":"tasks","id":"tmpl-tasks"},{"purpose":"answers","id":"tmpl-answers","long_term":true}]`,
	}, extra...)...)
	fake := wechat.NewFake(wechat.FakeOptions{AppID: demoAppID, AppSecret: demoAppSecret, Demo: demo.Known})
	return start(t, cfg, func(o *appOptions) { o.weChat = fake.Transport() }), fake
}

func (c client) unread() int {
	c.t.Helper()
	n, ok := c.get("/api/v1/me/messages/count").want(http.StatusOK).at("unread").(float64)
	if !ok {
		c.t.Fatal("no count")
	}
	return int(n)
}

// A villager follows the village and agrees to one message: a publication is in
// the inbox and at WeChat within moments, once.
func TestInbox(t *testing.T) {
	t.Parallel()
	s, fake := withFake(t)
	o := s.staff()
	follow := obj{"kind": "place", "key": testVillage}
	if r := o.villager.send(http.MethodPut, "/api/v1/me/follows", follow).want(http.StatusOK); r.str("name") == "" {
		t.Errorf("%s", r.body)
	}
	accept := obj{"results": []obj{{"template": "tmpl-news", "result": "accept"}}}
	first := o.villager.post("/api/v1/me/subscriptions", accept, "Idempotency-Key", "tap-1").want(http.StatusOK)
	again := o.villager.post("/api/v1/me/subscriptions", accept, "Idempotency-Key", "tap-1").want(http.StatusOK)
	if !bytes.Equal(bytes.TrimSpace(first.body), bytes.TrimSpace(again.body)) {
		t.Errorf("a repeat counts again: %s %s", first.body, again.body)
	}
	id := o.publish(draftOf(testVillage, "2026-09"))
	eventually(t, 10*time.Second, "the message is there", func() bool { return o.villager.unread() == 1 })
	m := o.villager.get("/api/v1/me/messages?unread=true").want(http.StatusOK)
	if m.str("items", 0, "link") != "/d/"+id || !strings.Contains(m.str("items", 0, "title"), "公开了") || m.str("items", 0, "body") != "《财务收支明细 2026-09》" {
		t.Errorf("%s", m.body)
	}
	s.anon.get(m.str("items", 0, "link")).want(http.StatusOK)
	eventually(t, 10*time.Second, "WeChat has it", func() bool { return len(fake.Sent()) == 1 })
	var sent struct {
		ToUser     string `json:"touser"`
		TemplateID string `json:"template_id"`
		Data       map[string]struct{ Value string }
	}
	if err := json.Unmarshal(fake.Sent()[0], &sent); err != nil || sent.TemplateID != "tmpl-news" || sent.ToUser != wechat.DemoOpenID("demo-stranger-7") || sent.Data["thing2"].Value == "" {
		t.Errorf("%+v %v", sent, err)
	}
	// Officers were told of their steps, and nobody of their own.
	for who, c := range map[string]client{"clerk": o.clerk, "director": o.director, "supervisor": o.supervisor} {
		r := c.get("/api/v1/me/messages").want(http.StatusOK)
		if l, _ := r.at("items").([]any); len(l) != 1 {
			t.Errorf("%s: %s", who, r.body)
		}
		if c.unread() != 0 {
			t.Errorf("%s is reminded of what is done", who)
		}
	}
	if l, _ := o.stranger.get("/api/v1/me/messages").want(http.StatusOK).at("items").([]any); len(l) != 0 {
		t.Error("who follows nothing is told")
	}
	o.villager.post("/api/v1/me/messages/actions", obj{"action": "read", "ids": []string{m.str("items", 0, "id")}}).want(http.StatusOK)
	if n := o.villager.unread(); n != 0 {
		t.Errorf("%d unread after reading", n)
	}
	o.publish(draftOf(testVillage, "2026-08"))
	eventually(t, 10*time.Second, "the next message", func() bool { return o.villager.unread() == 1 })
	if len(fake.Sent()) != 1 {
		t.Error("a second message for one consent")
	}
}

// WeChat is away and comes back: the message arrives once.
func TestInbox_WeChatAway(t *testing.T) {
	t.Parallel()
	s, fake := withFake(t)
	o := s.staff()
	o.villager.send(http.MethodPut, "/api/v1/me/follows", obj{"kind": "item", "key": testVillage + "/D02"}).want(http.StatusOK)
	o.villager.post("/api/v1/me/subscriptions", obj{"results": []obj{{"template": "tmpl-news", "result": "accept"}}}).want(http.StatusOK)
	fake.FailStatus(subscribePath, 1000, http.StatusBadGateway)
	o.publish(draftOf(testVillage, "2026-09"))
	eventually(t, 10*time.Second, "it was tried", func() bool { return fake.Calls(subscribePath) > 0 })
	if o.villager.unread() != 1 {
		t.Error("the inbox lacks it")
	}
	fake.Clear(subscribePath)
	s.anon.send(http.MethodPut, "/testing/clock", obj{"now": time.Now().Add(2 * time.Hour).Format(time.RFC3339)}).want(http.StatusOK)
	eventually(t, 10*time.Second, "it arrives", func() bool { return len(fake.Sent()) == 1 })
}

func TestInbox_Refusals(t *testing.T) {
	t.Parallel()
	s, _ := withFake(t)
	o := s.staff()
	for _, path := range []string{"/api/v1/me/messages", "/api/v1/me/messages/count", "/api/v1/me/follows", "/api/v1/me/subscriptions"} {
		s.anon.get(path).problem(http.StatusUnauthorized, "auth.required")
	}
	o.stranger.get("/api/v1/me/messages?cursor=made-up").problem(http.StatusUnprocessableEntity, "request.cursor_invalid")
	o.stranger.post("/api/v1/me/messages/actions", obj{"action": "read"}).problem(http.StatusUnprocessableEntity, "inbox.ids_invalid")
	o.stranger.post("/api/v1/me/subscriptions", obj{"results": []obj{{"template": "none", "result": "accept"}}}).problem(http.StatusUnprocessableEntity, "inbox.template_unknown")
	draft := o.clerk.post("/api/v1/disclosures", draftOf(testVillage, "2026-09")).want(http.StatusCreated).str("id")
	put := func(c client, kind, key string) reply {
		return c.send(http.MethodPut, "/api/v1/me/follows", obj{"kind": kind, "key": key})
	}
	put(o.stranger, "posting", draft).problem(http.StatusNotFound, "disclosure.not_found")
	put(o.clerk, "posting", draft).want(http.StatusOK)
	put(o.stranger, "place", "519999").problem(http.StatusNotFound, "region.not_found")
	put(o.stranger, "place", "here").problem(http.StatusUnprocessableEntity, "inbox.follow_invalid")
	put(o.stranger, "item", testVillage+"/Z99").problem(http.StatusNotFound, "inbox.follow_unknown")
	del := "/api/v1/me/follows?" + url.Values{"kind": {"posting"}, "key": {draft}}.Encode()
	for range 2 {
		o.clerk.do(http.MethodDelete, del, nil, nil).want(http.StatusOK)
	}
	if l, _ := o.clerk.get("/api/v1/me/follows").want(http.StatusOK).at("items").([]any); len(l) != 0 {
		t.Errorf("%v", l)
	}
}

// What WeChat pushes of consents reaches the balance, through the signed door alone.
func TestInbox_Push(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("A", 43)
	s, _ := withFake(t, "CUNWU_WECHAT_TOKEN=tok", "CUNWU_WECHAT_AES_KEY="+key)
	c := s.person(7)
	var last []byte
	status := 0
	pusher := wechat.NewFake(wechat.FakeOptions{
		AppID: demoAppID, AppSecret: demoAppSecret, Conf: wechat.PushConf{AppID: demoAppID, Token: "tok", AESKey: key},
		Now: func() int64 { return time.Now().Unix() },
		Push: func(q url.Values, body []byte) error {
			r := s.anon.do(http.MethodPost, "/wechat/push?"+q.Encode(), bytes.NewReader(body), nil)
			last, status = r.body, r.status
			return nil
		},
	})
	event := map[string]any{
		"ToUserName": "gh_1", "FromUserName": wechat.DemoOpenID("demo-stranger-7"), "CreateTime": 1, "MsgType": "event",
		"Event": "subscribe_msg_popup_event", "List": map[string]any{"TemplateId": "tmpl-news", "SubscribeStatusString": "accept", "PopupScene": "0"},
	}
	for range 2 {
		if err := pusher.PushEvent(event); err != nil || status != http.StatusOK || string(last) != "success" {
			t.Fatalf("%v %d %s", err, status, last)
		}
	}
	r := c.get("/api/v1/me/subscriptions").want(http.StatusOK)
	if n, _ := r.at("items", 0, "remaining").(float64); n != 1 {
		t.Errorf("%s", r.body)
	}
	if err := pusher.PushEvent(map[string]any{"List": 7}); err != nil || status != http.StatusOK {
		t.Errorf("what cannot be read is asked for again: %d", status)
	}
	s.anon.post("/wechat/push?timestamp=1&nonce=1&signature=x&encrypt_type=aes&msg_signature=x", event).want(http.StatusForbidden)
}

// The export of own data holds the messages, and closing the account erases them.
func TestInbox_OwnData(t *testing.T) {
	t.Parallel()
	s, _ := withFake(t)
	o := s.staff()
	o.villager.send(http.MethodPut, "/api/v1/me/follows", obj{"kind": "place", "key": testVillage}).want(http.StatusOK)
	o.publish(draftOf(testVillage, "2026-09"))
	eventually(t, 10*time.Second, "the message is there", func() bool { return o.villager.unread() == 1 })
	raw := o.villager.get("/api/v1/me/export").want(http.StatusOK).body
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("inbox.json")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil || !strings.Contains(string(text), "公开了") || !strings.Contains(string(text), testVillage) {
		t.Errorf("%s %v", text, err)
	}
	me := o.villager.get("/api/v1/me").want(http.StatusOK)
	_ = me
	o.villager.post("/api/v1/me/close", obj{"confirm": true}).want(http.StatusOK)
	back := s.person(7)
	if l, _ := back.get("/api/v1/me/messages").want(http.StatusOK).at("items").([]any); len(l) != 0 {
		t.Errorf("%v", l)
	}
}
