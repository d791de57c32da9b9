// Package wechat speaks to the WeChat platform for the rules of the village:
// sign-in codes, phone codes, subscription messages, checks of content, and the
// messages that WeChat pushes to us.
//
// It wraps the silenceper SDK and stands guard over it: codes are checked
// before they reach a query string; requests go to api.weixin.qq.com (or to the
// stand-in that was set) and nowhere else, with a time-out and a bound on the
// answer; no error shows a secret, a token or a code; the access token survives
// an outage of the shared store; pushed messages are taken only with the right
// signature over the ciphertext.
package wechat

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/miniprogram"
	"github.com/silenceper/wechat/v2/miniprogram/config"

	"cunwu/service/account"
	"cunwu/service/calendar"
)

// Options of a Client; only AppID and AppSecret must be given.
type Options struct {
	AppID     string
	AppSecret string
	// Base is the address of a stand-in for the platform, nil for the real one.
	Base *url.URL
	// Transport carries the requests, default the standard one. In the demo it
	// is Fake.Transport(), without a network.
	Transport http.RoundTripper
	// Tokens shares the access token between instances, may be nil.
	Tokens  Tokens
	Timeout time.Duration // of one request, default 3 s
	Clock   calendar.Clock
	Logger  *slog.Logger
}

// Client is an account.WeChat over the platform's API.
type Client struct {
	sdk     *miniprogram.MiniProgram
	tokens  *tokenSource
	wire    *wire
	clock   calendar.Clock
	log     *slog.Logger
	pauses  [4]atomic.Int64 // per API: unix ms until which its quota is used up
	backoff func() time.Duration
}

var _ account.WeChat = (*Client)(nil)

// The APIs in use, as indexes of Client.pauses.
const (
	apiSession = iota
	apiPhone
	apiText
	apiMedia
)

// quotaPause is how long an API rests after "quota used up" (45009), and what a
// user who asks too often is told (45011): both quotas are per minute.
const quotaPause = time.Minute

// New makes a client. It does not reach for the platform.
func New(o Options) (*Client, error) {
	if o.AppID == "" || o.AppSecret == "" {
		return nil, errors.New("wechat: app id and secret are needed")
	}
	if o.Timeout <= 0 {
		o.Timeout = 3 * time.Second
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Clock == nil {
		o.Clock = calendar.System{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{
		wire:    &wire{base: o.Base, next: o.Transport, timeout: o.Timeout},
		clock:   o.Clock,
		log:     o.Logger,
		backoff: func() time.Duration { return time.Duration(50+rand.IntN(150)) * time.Millisecond }, //nolint:gosec // jitter
	}
	c.sdk = miniprogram.NewMiniProgram(&config.Config{
		AppID: o.AppID, AppSecret: o.AppSecret, UseStableAK: true, Cache: cache.NewMemory(),
	})
	c.tokens = newTokenSource(o, c)
	c.sdk.SetAccessTokenContextHandle(c.tokens)
	useGuardedTransport()
	return c, nil
}

// OpenID trades a sign-in code for the user's id. It returns account.ErrCode,
// ErrBlocked, ErrTooMany or ErrBusy.
func (c *Client) OpenID(ctx context.Context, code string) (string, error) {
	if !account.ValidCode(code) {
		return "", account.ErrCode
	}
	var openID string
	err := c.call(ctx, apiSession, "/sns/jscode2session", func(ctx context.Context) error {
		res, err := c.sdk.GetAuth().Code2SessionContext(ctx, code)
		openID = res.OpenID
		return err
	})
	if err == nil && openID == "" {
		err = account.ErrBusy.Because(&Error{API: "/sns/jscode2session", Msg: "no openid in the answer"})
	}
	return openID, err
}

// Phone trades a phone code for the verified number, 11 digits of mainland
// China. It returns account.ErrCode, ErrTooMany or ErrBusy.
func (c *Client) Phone(ctx context.Context, code string) (string, error) {
	if !account.ValidCode(code) {
		return "", account.ErrCode
	}
	var number, country string
	err := c.call(ctx, apiPhone, "/wxa/business/getuserphonenumber", func(ctx context.Context) error {
		res, err := c.sdk.GetAuth().GetPhoneNumberContext(ctx, code)
		if res != nil {
			number, country = res.PhoneInfo.PurePhoneNumber, res.PhoneInfo.CountryCode
		}
		return err
	})
	switch {
	case err != nil:
		return "", err
	case country != "86" || !mainlandNumber(number):
		// A roll has numbers of the mainland only: another can match nobody.
		return "", account.ErrCode
	}
	return number, nil
}

func mainlandNumber(s string) bool {
	if len(s) != 11 || s[0] != '1' {
		return false
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// retries is how often a request is repeated that WeChat refused as busy.
const retries = 2

// call runs one request of the SDK with the reactions that the platform's error
// codes ask for, and turns what is left into a fault.
func (c *Client) call(ctx context.Context, api int, path string, do func(context.Context) error) error {
	if until := c.pauses[api].Load(); until > c.clock.Now().UnixMilli() {
		return account.ErrTooMany.After(time.Duration(until-c.clock.Now().UnixMilli()) * time.Millisecond)
	}
	renewed := false
	for attempt := 0; ; attempt++ {
		e := c.once(ctx, path, do)
		if e == nil {
			return nil
		}
		if e.tokenRefused() && !renewed {
			renewed = true
			c.tokens.drop(ctx, e.token)
			continue
		}
		if e.Code == codeBusy && attempt < retries && sleep(ctx, c.backoff()) {
			continue
		}
		return c.refuse(ctx, api, e)
	}
}

// once runs one attempt and gives what went wrong, without secrets.
func (c *Client) once(ctx context.Context, path string, do func(context.Context) error) *Error {
	t := &trip{wire: c.wire}
	err := do(context.WithValue(ctx, tripKey{}, t))
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return known // the token could not be had
	}
	e := &Error{API: path, Code: t.code, Msg: Redact(t.msg), Rid: rid(t.msg), token: t.token}
	if t.code == 0 {
		e.Msg = Redact(err.Error())
	}
	return e
}

// refuse logs what an operator should know and gives the fault for the user.
func (c *Client) refuse(ctx context.Context, api int, e *Error) error {
	level := slog.LevelWarn
	f := account.ErrBusy
	switch e.Code {
	case 40029, 40163, 41008: // wrong, used, missing
		return account.ErrCode.Because(e)
	case 40226:
		f = account.ErrBlocked
	case 45011:
		return account.ErrTooMany.Because(e).After(quotaPause)
	case 45009:
		c.pauses[api].Store(c.clock.Now().Add(quotaPause).UnixMilli())
		level, f = slog.LevelError, account.ErrTooMany.After(quotaPause)
	case 40013, 40125, 40164, 48001: // our settings at the platform are wrong
		level = slog.LevelError
	}
	if ctx.Err() == nil {
		c.log.LogAttrs(ctx, level, "wechat refused", slog.String("api", e.API),
			slog.Int64("errcode", e.Code), slog.String("errmsg", e.Msg), slog.String("rid", e.Rid))
	}
	return f.Because(e)
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
