package wechat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"cunwu/repository/cache"
	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/fault"
)

const (
	appID     = "wx0123456789abcdef"
	appSecret = "TOPSECRET0123456789"

	pathSession = "/sns/jscode2session"
	pathPhone   = "/wxa/business/getuserphonenumber"
	pathToken   = "/cgi-bin/stable_token"
)

// rig is a client, the platform it speaks to, and what it logged.
type rig struct {
	*Client
	fake  *Fake
	clock *handClock
	log   *lockedBuffer
}

type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }
func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
func (l *lockedBuffer) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

func newRig(t *testing.T, change func(*Options)) *rig {
	t.Helper()
	r := &rig{
		fake:  NewFake(FakeOptions{AppID: appID, AppSecret: appSecret}),
		clock: &handClock{now: time.Unix(1_780_000_000, 0)},
		log:   &lockedBuffer{},
	}
	o := Options{
		AppID: appID, AppSecret: appSecret, Transport: r.fake.Transport(), Clock: r.clock,
		Logger: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.backoff = func() time.Duration { return 0 }
	r.Client = c
	return r
}

func wantFault(t *testing.T, err error, want *fault.Fault) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %s", err, want.Code)
	}
}

func TestClient_OpenID(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	t.Run("OK/OnceOnly", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		code := r.fake.Issue("oABC")
		if id, err := r.OpenID(ctx, code); err != nil || id != "oABC" {
			t.Fatal(id, err)
		}
		_, err := r.OpenID(ctx, code)
		wantFault(t, err, account.ErrCode)
	})

	t.Run("OK/DemoCodes", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		seen := map[string]string{}
		for _, code := range []string{
			"demo-clerk-510821102200", "demo-villager-510821102200-1", "demo-villager-510821102200-2",
			"demo-city-5108", "demo-stranger-1", "demo-stranger-2",
		} {
			first, err := r.OpenID(ctx, code)
			if err != nil {
				t.Fatal(code, err)
			}
			if again, _ := r.OpenID(ctx, code); again != first || first != DemoOpenID(code) {
				t.Errorf("%s: %s, then %s", code, first, again)
			}
			if other, dup := seen[first]; dup {
				t.Errorf("%s and %s are one", code, other)
			}
			seen[first] = code
			if !DemoCode(code) {
				t.Errorf("%s is no demo code", code)
			}
		}
		for _, code := range []string{"demo-", "demo-clerk", "demo-stranger-0", "demo-villager-510821102200-0", "nonsense", "demo-CLERK-51"} {
			_, err := r.OpenID(ctx, code)
			wantFault(t, err, account.ErrCode)
		}
	})

	t.Run("OK/DemoCodesOfTheDemoOnly", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.fake.o.Demo = func(code string) bool { return code == "demo-clerk-510821102200" }
		if _, err := r.OpenID(ctx, "demo-clerk-510821102200"); err != nil {
			t.Error(err)
		}
		_, err := r.OpenID(ctx, "demo-clerk-510821102299")
		wantFault(t, err, account.ErrCode)
	})

	t.Run("ErrCode/NeverSent", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		for _, code := range []string{"", "abc&appid=EVIL&js_code=zzz#frag", "a b", "码", strings.Repeat("a", 129), "a%26b", "a\nb"} {
			_, err := r.OpenID(ctx, code)
			wantFault(t, err, account.ErrCode)
			_, err = r.Phone(ctx, code)
			wantFault(t, err, account.ErrCode)
		}
		if n := r.fake.Calls(pathSession) + r.fake.Calls(pathPhone); n != 0 {
			t.Errorf("%d requests left for codes of no form", n)
		}
	})
}

// TestClient_Reactions is the table of what each error code of the platform does.
func TestClient_Reactions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		code  int64
		want  *fault.Fault
		calls int
		alarm bool
		after time.Duration
	}{
		"Busy":          {code: -1, want: account.ErrBusy, calls: 1 + retries},
		"BadCode":       {code: 40029, want: account.ErrCode, calls: 1},
		"UsedCode":      {code: 40163, want: account.ErrCode, calls: 1},
		"Blocked":       {code: 40226, want: account.ErrBlocked, calls: 1},
		"TooOften":      {code: 45011, want: account.ErrTooMany, calls: 1, after: time.Minute},
		"QuotaUsedUp":   {code: 45009, want: account.ErrTooMany, calls: 1, alarm: true, after: time.Minute},
		"BadAppID":      {code: 40013, want: account.ErrBusy, calls: 1, alarm: true},
		"BadSecret":     {code: 40125, want: account.ErrBusy, calls: 1, alarm: true},
		"NotAllowedIP":  {code: 40164, want: account.ErrBusy, calls: 1, alarm: true},
		"NoPermission":  {code: 48001, want: account.ErrBusy, calls: 1, alarm: true},
		"NeverHeardOf":  {code: 99999, want: account.ErrBusy, calls: 1},
		"TokenOfNobody": {code: 40001, want: account.ErrBusy, calls: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.fake.Fail(pathSession, 10, tc.code, "no secret=abc rid: 64f1c2d3-1a2b3c4d-5e6f7a8b")
			_, err := r.OpenID(context.Background(), "abc")
			wantFault(t, err, tc.want)
			if n := r.fake.Calls(pathSession); n != tc.calls {
				t.Errorf("%d requests, want %d", n, tc.calls)
			}
			var e *Error
			if !errors.As(err, &e) || e.Code != tc.code || e.Rid != "64f1c2d3-1a2b3c4d-5e6f7a8b" || strings.Contains(e.Msg, "abc") {
				t.Errorf("%+v", e)
			}
			if got := strings.Contains(r.log.String(), "level=ERROR"); got != tc.alarm {
				t.Errorf("alarm %v, want %v: %s", got, tc.alarm, r.log)
			}
			if f := fault.Of(err); f.RetryAfter != tc.after {
				t.Errorf("retry after %v", f.RetryAfter)
			}
		})
	}
}

func TestClient_BusyOnceIsRepeated(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.fake.Fail(pathSession, 2, -1, "system error")
	if id, err := r.OpenID(context.Background(), "demo-stranger-1"); err != nil || id == "" {
		t.Error(id, err)
	}
}

func TestClient_QuotaPause(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), newRig(t, nil)
	r.fake.Fail(pathSession, 1, 45009, "reach max api daily quota limit")
	_, err := r.OpenID(ctx, "demo-stranger-1")
	wantFault(t, err, account.ErrTooMany)
	_, err = r.OpenID(ctx, "demo-stranger-1")
	wantFault(t, err, account.ErrTooMany)
	if n := r.fake.Calls(pathSession); n != 1 {
		t.Errorf("%d requests while the quota is used up", n)
	}
	if _, err := r.Phone(ctx, "phone-13800000001"); err != nil {
		t.Error("another API rests as well:", err)
	}
	r.clock.advance(time.Minute + time.Second)
	if _, err := r.OpenID(ctx, "demo-stranger-1"); err != nil {
		t.Error(err)
	}
}

func TestClient_Phone(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), newRig(t, nil)
	if n, err := r.Phone(ctx, "phone-13800000001"); err != nil || n != "13800000001" {
		t.Fatal(n, err)
	}
	code := r.fake.IssuePhone("13900000002")
	if n, err := r.Phone(ctx, code); err != nil || n != "13900000002" {
		t.Fatal(n, err)
	}
	for _, code := range []string{code, "phone-1", "phone-23800000001", "unknown", r.fake.IssuePhone("+852 91234567"), r.fake.IssuePhone("1380000000x")} {
		_, err := r.Phone(ctx, code)
		wantFault(t, err, account.ErrCode)
	}
	if n := r.fake.Calls(pathToken); n != 1 {
		t.Errorf("%d tokens fetched", n)
	}
}

func TestClient_Token(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const code = "phone-13800000001"

	t.Run("RefusedOnce/RenewedAndRepeated", func(t *testing.T) {
		t.Parallel()
		shared := cache.NewMemory(calendar.System{}, 1<<10)
		r := newRig(t, func(o *Options) { o.Tokens = shared })
		if _, err := r.Phone(ctx, code); err != nil {
			t.Fatal(err)
		}
		r.fake.ExpireTokens()
		if _, err := r.Phone(ctx, code); err != nil {
			t.Fatal(err)
		}
		if n := r.fake.Calls(pathToken); n != 2 {
			t.Errorf("%d tokens fetched", n)
		}
	})

	t.Run("RefusedAlways/GivesUp", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.fake.Fail(pathPhone, 9, 42001, "access_token expired")
		_, err := r.Phone(ctx, code)
		wantFault(t, err, account.ErrBusy)
		if n := r.fake.Calls(pathPhone); n != 2 {
			t.Errorf("%d attempts", n)
		}
	})

	t.Run("AnothersTokenIsLeft", func(t *testing.T) {
		t.Parallel()
		shared := cache.NewMemory(calendar.System{}, 1<<10)
		r := newRig(t, func(o *Options) { o.Tokens = shared })
		if err := shared.Set(ctx, r.tokens.key, "renewed by another", time.Hour); err != nil {
			t.Fatal(err)
		}
		r.tokens.keep("renewed here", time.Hour)
		r.tokens.drop(ctx, "an older one")
		if token, ok, _ := shared.Get(ctx, r.tokens.key); !ok || token != "renewed by another" {
			t.Error("the shared token was removed")
		}
		if token, ok, _ := r.tokens.local(); !ok || token != "renewed here" {
			t.Error("the own token was removed")
		}
	})

	t.Run("SharedByInstances", func(t *testing.T) {
		t.Parallel()
		shared := cache.NewMemory(calendar.System{}, 1<<10)
		one := newRig(t, func(o *Options) { o.Tokens = shared })
		two := newRig(t, func(o *Options) { o.Tokens, o.Transport = shared, one.fake.Transport() })
		for _, r := range []*rig{one, two} {
			if _, err := r.Phone(ctx, code); err != nil {
				t.Fatal(err)
			}
		}
		if n := one.fake.Calls(pathToken); n != 1 {
			t.Errorf("%d tokens fetched", n)
		}
	})

	t.Run("SharedStoreAway/OneFetch", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, func(o *Options) { o.Tokens = awayTokens{} })
		for range 20 {
			if _, err := r.Phone(ctx, code); err != nil {
				t.Fatal(err)
			}
		}
		if n := r.fake.Calls(pathToken); n != 1 {
			t.Errorf("%d tokens fetched", n)
		}
	})

	t.Run("NearItsEnd/NotShared", func(t *testing.T) {
		t.Parallel()
		shared := cache.NewMemory(calendar.System{}, 1<<10)
		r := newRig(t, func(o *Options) { o.Tokens = shared })
		r.fake.TokenLife(300)
		if _, err := r.Phone(ctx, code); err != nil {
			t.Fatal(err)
		}
		if _, ok, _ := shared.Get(ctx, r.tokens.key); ok {
			t.Error("shared without a time to live")
		}
		r.clock.advance(shortCopy)
		if _, err := r.Phone(ctx, code); err != nil {
			t.Fatal(err)
		}
		if n := r.fake.Calls(pathToken); n != 2 {
			t.Errorf("%d tokens fetched", n)
		}
	})

	t.Run("CannotBeHad/RestsASecond", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.fake.Fail(pathToken, 1, 40125, "invalid appsecret")
		for range 5 {
			_, err := r.Phone(ctx, code)
			wantFault(t, err, account.ErrBusy)
		}
		if n := r.fake.Calls(pathToken); n != 1 {
			t.Errorf("%d requests for a token", n)
		}
		r.clock.advance(tokenRest)
		if _, err := r.Phone(ctx, code); err != nil {
			t.Error(err)
		}
	})

	t.Run("ManyAtOnce/OneFetch", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, err := r.Phone(ctx, code); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := r.fake.Calls(pathToken); n != 1 {
			t.Errorf("%d tokens fetched", n)
		}
	})
}

type awayTokens struct{}

func (awayTokens) Get(context.Context, string) (string, bool, error) {
	return "", false, cache.ErrAway
}
func (awayTokens) Set(context.Context, string, string, time.Duration) error { return cache.ErrAway }
func (awayTokens) DeleteIf(context.Context, string, string) error           { return cache.ErrAway }

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answerWith(status int, header http.Header, body io.Reader) http.RoundTripper {
	return transportFunc(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(body), Request: r}, nil
	})
}

// TestClient_ErrorsShowNoSecret: whatever goes wrong, neither the error nor the
// log shows the secret, a token or a code.
func TestClient_ErrorsShowNoSecret(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, transport := range map[string]http.RoundTripper{
		"NetworkDown": transportFunc(func(r *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: r.URL.String(), Err: errors.New("connection refused")}
		}),
		"Status500":   answerWith(500, nil, strings.NewReader("oops")),
		"Redirect":    answerWith(302, http.Header{"Location": {"https://evil.example/?secret=" + appSecret}}, strings.NewReader("")),
		"NotJSON":     answerWith(200, nil, strings.NewReader("<html>secret="+appSecret)),
		"TooLarge":    answerWith(200, nil, io.LimitReader(endless{}, maxAnswer*4)),
		"EmptyObject": answerWith(200, nil, strings.NewReader("{}")),
		"EchoesAll":   answerWith(200, nil, strings.NewReader(`{"errcode":1,"errmsg":"secret=`+appSecret+`&js_code=THECODE"}`)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *Options) { o.Transport = transport })
			_, err1 := r.OpenID(ctx, "THECODE")
			_, err2 := r.Phone(ctx, "THECODE")
			for _, err := range []error{err1, err2} {
				wantFault(t, err, account.ErrBusy)
				for _, secret := range []string{appSecret, "THECODE"} {
					if all := fmt.Sprintf("%v %+v %s", err, err, r.log); strings.Contains(all, secret) {
						t.Errorf("%s shows in %s", secret, all)
					}
				}
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestClient_Timeout(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) {
		o.Timeout = 10 * time.Millisecond
		o.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
	})
	_, err := r.OpenID(context.Background(), "abc")
	wantFault(t, err, account.ErrBusy)
}

func TestTransport_RefusesForeignHosts(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	reached := false
	w := &wire{timeout: time.Second, next: transportFunc(func(*http.Request) (*http.Response, error) {
		reached = true
		return nil, errors.New("reached")
	})}
	for _, target := range []string{
		"https://evil.example/x", "http://api.weixin.qq.com/x", "https://api.weixin.qq.com.evil.example/x",
		"https://api.weixin.qq.com:8443/x", "https://user@api.weixin.qq.com/x",
	} {
		ctx := context.WithValue(context.Background(), tripKey{}, &trip{wire: w})
		if _, err := util.HTTPGetContext(ctx, target); !errors.Is(err, errForeignHost) {
			t.Errorf("%s: %v", target, err)
		}
	}
	if _, err := util.HTTPGetContext(context.Background(), "https://api.weixin.qq.com/x"); !errors.Is(err, errNoTrip) {
		t.Errorf("outside a guarded call: %v", err)
	}
	if reached {
		t.Error("a foreign host was reached")
	}
	_ = r
}

func TestClient_StandIn(t *testing.T) {
	t.Parallel()
	fake := NewFake(FakeOptions{AppID: appID, AppSecret: appSecret})
	server := httptest.NewServer(fake)
	defer server.Close()
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *Options) { o.Base, o.Transport = base, nil })
	if id, err := r.OpenID(context.Background(), "demo-stranger-7"); err != nil || id != DemoOpenID("demo-stranger-7") {
		t.Error(id, err)
	}
	if n, err := r.Phone(context.Background(), "phone-13800000001"); err != nil || n != "13800000001" {
		t.Error(n, err)
	}
}

func TestNew_NeedsSecrets(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{AppID: appID}); err == nil {
		t.Error("made without a secret")
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`Get "https://api.weixin.qq.com/sns/jscode2session?appid=wx1&secret=S3&js_code=abc&grant_type=x": dial`: `Get "https://api.weixin.qq.com/sns/jscode2session?appid=wx1&secret=***&js_code=***&grant_type=x": dial`,
		`uri=https://a/b?access_token=T1 , statusCode=500`:                                                      `uri=https://a/b?access_token=*** , statusCode=500`,
		`errcode=40029 , errmsg=invalid code`:                                                                   `errcode=40029 , errmsg=invalid code`,
		`{"secret":"S3","code": "C"}`:                                                                           `{"secret":"***","code": "***"}`,
		`appsecret=S3`:                                                                                          `appsecret=***`,
	} {
		if got := Redact(in); got != want {
			t.Errorf("%s\n got %s", in, got)
		}
	}
}
