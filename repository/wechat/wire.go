package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// platformHost is the only host that the SDK may ask for.
const platformHost = "api.weixin.qq.com"

// maxAnswer bounds what is read of an answer; a mini-program code image is the
// largest, at some 200 KB.
const maxAnswer = 1 << 20

var (
	errForeignHost = errors.New("wechat: a request to a foreign host was refused")
	errNoTrip      = errors.New("wechat: a request outside a guarded call was refused")
	errAnswerSize  = errors.New("wechat: the answer is too large")
)

// wire is where one client's requests go.
type wire struct {
	base    *url.URL
	next    http.RoundTripper
	timeout time.Duration
}

// trip notes what happened to one request of the SDK, whose own errors lose the
// code or show the secret.
type trip struct {
	wire   *wire
	status int // HTTP status, 0 where there was no whole answer
	code   int64
	msg    string
	token  string
}

type tripKey struct{}

// guarded is the transport that the SDK uses for all clients: its HTTP client
// is one variable of the process. Which wire a request belongs to travels in
// its context; a request without one is refused.
type guarded struct{}

var guardOnce sync.Once

func useGuardedTransport() {
	guardOnce.Do(func() {
		util.DefaultHTTPClient = &http.Client{
			Transport: guarded{},
			// A redirect is never followed: it would carry the secret elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	})
}

// RoundTrip checks, redirects to the stand-in, bounds and notes.
func (guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	t, ok := r.Context().Value(tripKey{}).(*trip)
	if !ok {
		return nil, errNoTrip
	}
	if r.URL.Scheme != "https" || r.URL.Host != platformHost || r.URL.User != nil {
		return nil, errForeignHost
	}
	t.token = r.URL.Query().Get("access_token")
	ctx, cancel := context.WithTimeout(r.Context(), t.wire.timeout)
	defer cancel() // the answer is read whole below
	out := r.Clone(ctx)
	if base := t.wire.base; base != nil {
		out.URL.Scheme, out.URL.Host, out.Host = base.Scheme, base.Host, base.Host
	}
	resp, err := t.wire.next.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if cerr := resp.Body.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, err
	}
	if len(body) > maxAnswer {
		return nil, errAnswerSize
	}
	t.status = resp.StatusCode
	t.note(body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// note reads the error code out of an answer, where it is JSON.
func (t *trip) note(body []byte) {
	var answer struct {
		Code int64  `json:"errcode"`
		Msg  string `json:"errmsg"`
	}
	if json.Unmarshal(body, &answer) == nil {
		t.code, t.msg = answer.Code, answer.Msg
	}
}
