package wechat

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"cunwu/service/moderation"
)

// answering gives a client whose platform answers checks as it is told.
func answering(t *testing.T, status int, body string) *rig {
	t.Helper()
	return newRig(t, func(o *Options) {
		o.Transport = asTokens(func(r *http.Request) (*http.Response, error) {
			return answerWith(status, nil, strings.NewReader(body)).RoundTrip(r)
		})
	})
}

// TestCheckText_OnlyPassPasses: whatever the platform answers, only a whole
// answer with suggest pass is one.
func TestCheckText_OnlyPassPasses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   string // "" for an error
	}{
		{"Pass", 200, `{"errcode":0,"errmsg":"ok","result":{"suggest":"pass","label":100},"detail":[{"strategy":"keyword","errcode":0}],"trace_id":"t"}`, "pass"},
		{"Risky", 200, `{"errcode":0,"errmsg":"ok","result":{"suggest":"risky","label":20001}}`, "risky"},
		{"Review", 200, `{"errcode":0,"result":{"suggest":"review","label":20003}}`, "review"},
		{"PassWithAStrategyThatFailed", 200, `{"errcode":0,"result":{"suggest":"pass"},"detail":[{"strategy":"content_model","errcode":-1}]}`, "review"},
		{"Code0AndNothing", 200, `{"errcode":0,"errmsg":"ok"}`, ""},
		{"Empty", 200, `{}`, ""},
		{"Nothing", 200, ``, ""},
		{"HTML", 200, `<html>ok</html>`, ""},
		{"Cut", 200, `{"errcode":0,"result":{"suggest":"pa`, ""},
		{"Other", 200, `{"errcode":0,"result":{"suggest":"ok"}}`, ""},
		{"CodeAndPass", 200, `{"errcode":45009,"result":{"suggest":"pass"}}`, ""},
		{"Idle", 200, `{"errcode":61010,"errmsg":"code is expired"}`, ""},
		{"Status500AndPass", 500, `{"errcode":0,"result":{"suggest":"pass"}}`, ""},
		{"Redirect", 302, `{"errcode":0,"result":{"suggest":"pass"}}`, ""},
		{"TooLarge", 200, strings.Repeat(" ", maxAnswer+1), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := answering(t, c.status, c.body)
			v, err := r.CheckText(t.Context(), "o1", "路灯不亮")
			if (err != nil) != (c.want == "") || err == nil && v.Suggest != c.want || err != nil && v != (moderation.Verdict{}) {
				t.Errorf("%+v %v", v, err)
			}
			if strings.Contains(r.log.String(), "access_token=tok") {
				t.Error("the token is told")
			}
		})
	}
}

func TestCheckMedia(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body, trace string
		unaskable         bool
	}{
		{"Asked", `{"errcode":0,"errmsg":"ok","trace_id":"t-1"}`, "t-1", false},
		{"NoTrace", `{"errcode":0,"errmsg":"ok"}`, "", false},
		{"Quota", `{"errcode":45009,"trace_id":"t-1"}`, "", false},
		{"Idle", `{"errcode":61010}`, "", true},
		{"NotOurs", `{"errcode":40003}`, "", true},
		{"HTML", `<html>`, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			trace, err := answering(t, 200, c.body).CheckMedia(t.Context(), "o1", "https://x/y.jpg", false)
			if trace != c.trace || (err != nil) != (c.trace == "") || errors.Is(err, moderation.ErrUnaskable) != c.unaskable {
				t.Errorf("%q %v", trace, err)
			}
		})
	}
	r := newRig(t, nil)
	if _, err := r.CheckMedia(t.Context(), "", "https://x/y.jpg", false); !errors.Is(err, moderation.ErrUnaskable) {
		t.Error(err)
	}
	if _, err := r.CheckText(t.Context(), "", "x"); !errors.Is(err, moderation.ErrUnaskable) {
		t.Error(err)
	}
}

// TestCheck_Guards: the token is renewed once, a quota that is used up rests,
// and the caller's time is kept.
func TestCheck_Guards(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	check := func() error { _, err := r.CheckText(t.Context(), "o1", "路灯"); return err }
	if err := check(); err != nil {
		t.Fatal(err)
	}
	r.fake.ExpireTokens()
	if err := check(); err != nil {
		t.Errorf("with a token that is over: %v", err)
	}
	r.fake.Fail(textPath, 1, 45009, "reach max api minute quota limit")
	calls := r.fake.Calls(textPath)
	for range 2 {
		if check() == nil || r.fake.Calls(textPath) != calls+1 {
			t.Error("asked on while the quota is used up")
		}
	}
	if _, err := r.CheckMedia(t.Context(), "o1", "https://x/y.mp3", true); err != nil {
		t.Errorf("another quota: %v", err)
	}
	r.clock.advance(time.Minute + time.Second)
	r.fake.Delay(textPath, time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.CheckText(ctx, "o1", "路灯"); err == nil {
		t.Error("passed without an answer")
	}
}

// TestCheckText_Long: a long text is asked whole, in pieces that overlap.
func TestCheckText_Long(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 1, 1: 1, 2500: 1, 2501: 2, 4960: 2, 4961: 3, 10_000: 5} {
		got := pieces(strings.Repeat("路", n))
		if len(got) != want {
			t.Errorf("%d characters in %d pieces, want %d", n, len(got), want)
		}
		for _, p := range got {
			if len([]rune(p)) > textPiece {
				t.Errorf("a piece of %d characters", len([]rune(p)))
			}
		}
	}
	r := newRig(t, nil)
	for _, at := range []int{0, 2490, 2497, 2499, 4950, 9990} {
		text := []rune(strings.Repeat("路", 10_000))
		copy(text[at:], []rune("risky"))
		if v, err := r.CheckText(t.Context(), "o1", string(text)); err != nil || v.Suggest != "risky" {
			t.Errorf("at %d: %+v %v", at, v, err)
		}
	}
}

// TestFake_Forger: what the stand-in pushes with other secrets or at another
// time is refused at the door.
func TestFake_Forger(t *testing.T) {
	t.Parallel()
	now := time.Unix(1714112445, 0)
	conf := PushConf{AppID: appID, Token: "tok", AESKey: strings.Repeat("B", 43)}
	var last error
	f := NewFake(FakeOptions{
		AppID: appID, AppSecret: appSecret, Conf: conf, Now: now.Unix,
		Push: func(q url.Values, body []byte) error {
			_, last = OpenPush(conf, now, q.Get("timestamp"), q.Get("nonce"), q.Get("encrypt_type"), q.Get("msg_signature"), body)
			return nil
		},
	})
	if err := f.PushVerdict("t", "pass", 100); err != nil || last != nil {
		t.Fatal(err, last)
	}
	otherToken, otherKey, otherApp := conf, conf, conf
	otherToken.Token, otherKey.AESKey, otherApp.AppID = "x", strings.Repeat("C", 43), "wx1"
	for name, c := range map[string]struct {
		conf PushConf
		at   int64
	}{
		"Token": {otherToken, now.Unix()}, "Key": {otherKey, now.Unix()}, "App": {otherApp, now.Unix()},
		"Stale": {conf, now.Add(-time.Hour).Unix()}, "Future": {conf, now.Add(time.Hour).Unix()},
	} {
		if err := f.PushEventAs(c.conf, c.at, f.Answer("t", "pass", 100)); err != nil || !errors.Is(last, ErrPush) {
			t.Errorf("%s was taken: %v %v", name, err, last)
		}
	}
	// The transport's own delivery, for the demo: what the platform thinks.
	var got []string
	d := NewFake(FakeOptions{AppID: appID, AppSecret: appSecret})
	transport, ok := d.Transport().(fakeTransport)
	if !ok {
		t.Fatal("another transport")
	}
	transport.Deliver(func(_ context.Context, m []byte) error { got = append(got, string(m)); return nil })
	r := newRig(t, func(o *Options) { o.Transport = transport })
	if trace, err := r.CheckMedia(t.Context(), "o1", "https://x/doubtful.jpg", false); err != nil || len(got) != 1 ||
		!strings.Contains(got[0], trace) || !strings.Contains(got[0], `"suggest":"review"`) {
		t.Error(err, got)
	}
}
