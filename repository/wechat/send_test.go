package wechat

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"cunwu/service/inbox"
)

func outgoing() inbox.Outgoing {
	return inbox.Outgoing{OpenID: "o1", Template: "t1", Page: "pages/a", Data: map[string]string{"thing1": "盐井村公开了"}}
}

// asTokens answers the request for a token, and hands others on.
func asTokens(next transportFunc) transportFunc {
	return func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == pathToken {
			return answerWith(200, nil, strings.NewReader(`{"access_token":"tok","expires_in":7200}`)).RoundTrip(r)
		}
		return next(r)
	}
}

func TestSend_Reach(t *testing.T) {
	t.Parallel()
	body := func(status int, text string) transportFunc {
		return func(r *http.Request) (*http.Response, error) {
			return answerWith(status, nil, strings.NewReader(text)).RoundTrip(r)
		}
	}
	failing := func(err error) transportFunc {
		return func(*http.Request) (*http.Response, error) { return nil, err }
	}
	for _, c := range []struct {
		name string
		via  transportFunc
		want inbox.Report
	}{
		{"Sent", body(200, `{"errcode":0,"errmsg":"ok"}`), inbox.Report{Reach: inbox.Answered}},
		{"Refused", body(200, `{"errcode":43101,"errmsg":"user refuse"}`), inbox.Report{Reach: inbox.Answered, Code: 43101}},
		{"Busy", body(200, `{"errcode":-1}`), inbox.Report{Reach: inbox.Answered, Code: -1}},
		{"NoCode", body(200, `{}`), inbox.Report{Reach: inbox.Unclear}},
		{"NotJSON", body(200, `<html>`), inbox.Report{Reach: inbox.Unclear}},
		{"Cut", body(200, `{"errcode":`), inbox.Report{Reach: inbox.Unclear}},
		{"Empty", body(200, ``), inbox.Report{Reach: inbox.Unclear}},
		{"BadGateway", body(502, `x`), inbox.Report{Reach: inbox.NotReached}},
		{"Unavailable", body(503, `{}`), inbox.Report{Reach: inbox.NotReached}},
		{"GatewayTimeout", body(504, ``), inbox.Report{Reach: inbox.Unclear}},
		{"Redirect", body(302, ``), inbox.Report{Reach: inbox.NotReached}},
		{"NoConnection", failing(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), inbox.Report{Reach: inbox.NotReached}},
		{"NoName", failing(&net.OpError{Op: "dial", Err: &net.DNSError{}}), inbox.Report{Reach: inbox.NotReached}},
		{"Reset", failing(&net.OpError{Op: "read", Err: syscall.ECONNRESET}), inbox.Report{Reach: inbox.Unclear}},
		{"TimedOut", failing(context.DeadlineExceeded), inbox.Report{Reach: inbox.Unclear}},
		{"Unheard", failing(io.ErrUnexpectedEOF), inbox.Report{Reach: inbox.Unclear}},
		{"TooLarge", body(200, strings.Repeat(" ", maxAnswer+1)), inbox.Report{Reach: inbox.Unclear}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			r := newRig(t, func(o *Options) {
				o.Transport = asTokens(func(req *http.Request) (*http.Response, error) { calls++; return c.via(req) })
			})
			got := r.Send(t.Context(), outgoing())
			if got.Reach != c.want.Reach || got.Code != c.want.Code || calls != 1 {
				t.Errorf("%+v after %d calls, want %+v after one", got, calls, c.want)
			}
			if strings.Contains(got.Note+r.log.String(), "access_token=tok") {
				t.Errorf("the token is told: %s", got.Note)
			}
		})
	}
}

// A hung platform is given up after the client's time-out, as unclear.
func TestSend_Hangs(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) {
		o.Timeout = 20 * time.Millisecond
		o.Transport = asTokens(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
	})
	if got := r.Send(t.Context(), outgoing()); got.Reach != inbox.Unclear {
		t.Errorf("%+v", got)
	}
}

func TestSend_Token(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	if got := r.Send(t.Context(), outgoing()); got.Reach != inbox.Answered || got.Code != 0 {
		t.Fatalf("%+v", got)
	}
	r.fake.ExpireTokens()
	if got := r.Send(t.Context(), outgoing()); got.Reach != inbox.Answered || got.Code != 0 || len(r.fake.Sent()) != 2 {
		t.Errorf("%+v", got)
	}
	r.fake.Fail(sendPath, 5, 40001, "invalid credential")
	before := r.fake.Calls(sendPath)
	if got := r.Send(t.Context(), outgoing()); got.Code != 40001 || r.fake.Calls(sendPath) != before+2 {
		t.Errorf("%+v after %d calls, want one repetition", got, r.fake.Calls(sendPath)-before)
	}
	away := newRig(t, nil)
	away.fake.Fail(pathToken, 1, 40164, "invalid ip")
	if got := away.Send(t.Context(), outgoing()); got.Reach != inbox.Answered || got.Code != 40164 || away.fake.Calls(sendPath) != 0 {
		t.Errorf("%+v", got)
	}
	dead := newRig(t, nil)
	dead.fake.Down(true)
	if got := dead.Send(t.Context(), outgoing()); got.Reach != inbox.NotReached {
		t.Errorf("%+v", got)
	}
}

func TestFake_Subscribe(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	m := outgoing()
	m.Data["thing1"] = strings.Repeat("长", 21)
	if got := r.Send(t.Context(), m); got.Code != 47003 {
		t.Errorf("%+v", got)
	}
	m.Data["thing1"] = ""
	if got := r.Send(t.Context(), m); got.Code != 47003 {
		t.Errorf("%+v", got)
	}
	r.fake.Lose(sendPath, 1)
	if got := r.Send(t.Context(), outgoing()); got.Reach != inbox.Unclear || len(r.fake.Sent()) != 1 {
		t.Errorf("%+v", got)
	}
	raw := string(r.fake.Sent()[0])
	if !strings.Contains(raw, `"thing1":{"value":"盐井村公开了"}`) || !strings.Contains(raw, `"page":"pages/a"`) {
		t.Errorf("%s", raw)
	}
}

// An event that the stand-in pushes passes the door for pushes.
func TestFake_PushEvent(t *testing.T) {
	t.Parallel()
	conf := PushConf{AppID: appID, Token: "tok", AESKey: strings.Repeat("A", 43)}
	clock := &handClock{now: time.Unix(1_780_000_000, 0)}
	var got []byte
	f := NewFake(FakeOptions{
		AppID: appID, AppSecret: appSecret, Conf: conf, Now: func() int64 { return clock.Now().Unix() },
		Push: func(q url.Values, body []byte) error {
			var err error
			got, err = OpenPush(conf, clock.Now(), q.Get("timestamp"), q.Get("nonce"), q.Get("encrypt_type"), q.Get("msg_signature"), body)
			return err
		},
	})
	if err := f.PushEvent(map[string]any{"Event": "subscribe_msg_popup_event"}); err != nil || !strings.Contains(string(got), "popup") {
		t.Errorf("%s %v", got, err)
	}
	if errors.Is(f.PushEvent(map[string]any{"x": make(chan int)}), nil) {
		t.Error("what cannot be written is pushed")
	}
}
