package wechat

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// FakeOptions set up a stand-in for the platform.
type FakeOptions struct {
	AppID     string
	AppSecret string
	// Demo says which demo sign-in codes there are; nil takes all of the form.
	Demo func(code string) bool
	// Push carries the encrypted result of a media check back, nil for none;
	// Conf are its secrets and Now its time in unix seconds.
	Push func(query url.Values, body []byte) error
	Conf PushConf
	Now  func() int64
}

// Fake stands in for the WeChat platform in the demo and in tests: the eight
// paths in use, with the platform's way of refusing. It never reaches a network.
type Fake struct {
	o     FakeOptions
	paths map[string]func(*http.Request, map[string]any) any

	mu      sync.Mutex
	signIns map[string]string // one-time sign-in codes to openids
	phones  map[string]string // one-time phone codes to numbers
	used    map[string]bool
	tokens  map[string]bool
	current string
	life    int64
	faults  map[string][]fakeFault
	calls   map[string]int
	sent    []json.RawMessage
	losses  map[string]int // answers to lose, by path
	delays  map[string]time.Duration
	down    bool
	checks  checkBook
}

type fakeFault struct {
	status int
	body   any
}

var (
	demoForm  = regexp.MustCompile(`^demo-(stranger-[1-9][0-9]{0,5}|[a-z]+-[0-9]{2,14}(-[1-9][0-9]{0,5})?)$`)
	phoneForm = regexp.MustCompile(`^phone-(1[0-9]{10})$`)
)

// DemoCode reports whether a sign-in or phone code is of the reusable demo kind.
func DemoCode(code string) bool { return demoForm.MatchString(code) || phoneForm.MatchString(code) }

// DemoOpenID gives the openid that a demo sign-in code always stands for.
func DemoOpenID(code string) string {
	sum := sha256.Sum256([]byte("demo openid\n" + code))
	return "oDEMO" + base64.RawURLEncoding.EncodeToString(sum[:])[:23]
}

// NewFake makes a stand-in with no one-time codes issued.
func NewFake(o FakeOptions) *Fake {
	f := &Fake{
		o: o, signIns: map[string]string{}, phones: map[string]string{}, used: map[string]bool{},
		tokens: map[string]bool{}, life: 7200, faults: map[string][]fakeFault{}, calls: map[string]int{}, losses: map[string]int{},
		delays: map[string]time.Duration{},
	}
	f.paths = map[string]func(*http.Request, map[string]any) any{
		"/cgi-bin/stable_token":            f.stableToken,
		"/sns/jscode2session":              f.session,
		"/wxa/business/getuserphonenumber": f.phone,
		"/cgi-bin/message/subscribe/send":  f.send,
		"/wxa/msg_sec_check":               f.checkText,
		"/wxa/media_check_async":           f.checkMedia,
		"/wxa/getwxacodeunlimit":           f.codeImage,
		"/wxa/generate_urllink":            f.link,
	}
	return f
}

// Issue gives a sign-in code for one use.
func (f *Fake) Issue(openID string) string { return f.issue(f.signIns, openID) }

// IssuePhone gives a phone code for one use.
func (f *Fake) IssuePhone(number string) string { return f.issue(f.phones, number) }

func (f *Fake) issue(into map[string]string, what string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	code := rand.Text()
	into[code] = what
	return code
}

// Fail makes the next n requests of a path answer with an errcode.
func (f *Fake) Fail(path string, n int, code int64, msg string) {
	f.fail(path, n, fakeFault{http.StatusOK, refusal(code, msg)})
}

// FailStatus makes the next n requests of a path answer with an HTTP status.
func (f *Fake) FailStatus(path string, n, status int) {
	f.fail(path, n, fakeFault{status, map[string]any{}})
}

// Clear forgets the failures that were set for a path.
func (f *Fake) Clear(path string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.faults, path)
	delete(f.losses, path)
	delete(f.delays, path)
}

// Lose makes the next n requests of a path be served as always, and their
// answers get lost on the way back: the caller sees a time-out. In-process only.
func (f *Fake) Lose(path string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.losses[path] += n
}

// Down makes the platform unreachable, or reachable again. In-process only.
func (f *Fake) Down(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

// Delay makes all answers of a path to come take a time. In-process only.
func (f *Fake) Delay(path string, d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.delays[path] = d
}

// mishap says what happens to a request on its way.
func (f *Fake) mishap(path string) (down, lost bool, delay time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return true, false, 0
	}
	if f.losses[path] > 0 {
		f.losses[path]--
		lost = true
	}
	return false, lost, f.delays[path]
}

func (f *Fake) fail(path string, n int, fault fakeFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range n {
		f.faults[path] = append(f.faults[path], fault)
	}
}

// ExpireTokens makes every access token given so far invalid.
func (f *Fake) ExpireTokens() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.tokens)
	f.current = ""
}

// TokenLife sets expires_in of the tokens to come, in seconds.
func (f *Fake) TokenLife(seconds int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.life = seconds
}

// Calls gives how often a path was asked for.
func (f *Fake) Calls(path string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[path]
}

// Sent gives the subscribe messages sent so far.
func (f *Fake) Sent() []json.RawMessage {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]json.RawMessage(nil), f.sent...)
}

// Transport gives a way to the stand-in without a network.
func (f *Fake) Transport() http.RoundTripper { return fakeTransport{f} }

type fakeTransport struct{ fake *Fake }

// RoundTrip serves the request in this process.
func (t fakeTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	down, lost, delay := t.fake.mishap(r.URL.Path)
	if down {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	if delay > 0 && !sleep(r.Context(), delay) {
		return nil, r.Context().Err()
	}
	status, contentType, body := t.fake.answer(r)
	t.fake.pushDirectly(r.Context())
	if lost {
		return nil, context.DeadlineExceeded
	}
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)), Request: r,
	}, nil
}

// ServeHTTP serves the stand-in on a socket.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, contentType, body := f.answer(r)
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // JSON or an image, of a stand-in
}

func (f *Fake) answer(r *http.Request) (status int, contentType string, body []byte) {
	input := map[string]any{}
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
		if raw, err := io.ReadAll(io.LimitReader(r.Body, maxPush)); err == nil && len(raw) > 0 {
			if json.Unmarshal(raw, &input) != nil {
				return encode(http.StatusOK, refusal(47001, "data format error"))
			}
		}
	}
	handle, ok := f.paths[r.URL.Path]
	if !ok {
		return encode(http.StatusNotFound, refusal(404, "no such path"))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[r.URL.Path]++
	if queue := f.faults[r.URL.Path]; len(queue) > 0 {
		f.faults[r.URL.Path] = queue[1:]
		return encode(queue[0].status, queue[0].body)
	}
	if strings.HasPrefix(r.URL.Path, "/wxa/") || strings.HasPrefix(r.URL.Path, "/cgi-bin/message/") {
		if !f.tokens[r.URL.Query().Get("access_token")] {
			return encode(http.StatusOK, refusal(40001, "invalid credential, access_token is invalid or not latest rid: 5f9f5e4d-00000001-1a2b3c4d"))
		}
	}
	return encode(http.StatusOK, handle(r, input))
}

func encode(status int, answer any) (int, string, []byte) {
	if image, ok := answer.([]byte); ok {
		return status, "image/jpeg", image
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return http.StatusInternalServerError, "text/plain", []byte(err.Error())
	}
	return status, "application/json; encoding=utf-8", body
}

func refusal(code int64, msg string) map[string]any {
	return map[string]any{"errcode": code, "errmsg": msg}
}

func text(input map[string]any, key string) string {
	s, _ := input[key].(string)
	return s
}

func (f *Fake) known(appID, secret string) (refused any) {
	switch {
	case appID != f.o.AppID:
		return refusal(40013, "invalid appid")
	case secret != f.o.AppSecret:
		return refusal(40125, "invalid appsecret")
	}
	return nil
}

func (f *Fake) stableToken(_ *http.Request, in map[string]any) any {
	if refused := f.known(text(in, "appid"), text(in, "secret")); refused != nil {
		return refused
	}
	if f.current == "" {
		f.current = "token-" + rand.Text()
		f.tokens[f.current] = true
	}
	return map[string]any{"access_token": f.current, "expires_in": f.life}
}

func (f *Fake) session(r *http.Request, _ map[string]any) any {
	q := r.URL.Query()
	if refused := f.known(q.Get("appid"), q.Get("secret")); refused != nil {
		return refused
	}
	code := q.Get("js_code")
	if demoForm.MatchString(code) && (f.o.Demo == nil || f.o.Demo(code)) {
		return openSession(DemoOpenID(code))
	}
	openID, refused := f.redeem(f.signIns, code)
	if refused != nil {
		return refused
	}
	return openSession(openID)
}

func openSession(openID string) any {
	return map[string]any{"openid": openID, "session_key": base64.StdEncoding.EncodeToString([]byte("sixteen byte key"))}
}

// redeem uses up a one-time code.
func (f *Fake) redeem(from map[string]string, code string) (what string, refused any) {
	if f.used[code] {
		return "", refusal(40163, "code been used")
	}
	what, ok := from[code]
	if !ok {
		return "", refusal(40029, "invalid code")
	}
	delete(from, code)
	f.used[code] = true
	return what, nil
}

func (f *Fake) phone(_ *http.Request, in map[string]any) any {
	code := text(in, "code")
	number := ""
	if m := phoneForm.FindStringSubmatch(code); m != nil {
		number = m[1]
	} else {
		var refused any
		if number, refused = f.redeem(f.phones, code); refused != nil {
			return refused
		}
	}
	country, pure := "86", number
	if strings.HasPrefix(number, "+") { // "+852 12345678"
		country, pure, _ = strings.Cut(number[1:], " ")
	}
	return map[string]any{"errcode": 0, "errmsg": "ok", "phone_info": map[string]any{
		"phoneNumber": number, "purePhoneNumber": pure, "countryCode": country,
		"watermark": map[string]any{"timestamp": 0, "appid": f.o.AppID},
	}}
}

func (f *Fake) send(_ *http.Request, in map[string]any) any {
	for _, key := range []string{"touser", "template_id"} {
		if text(in, key) == "" {
			return refusal(47003, "argument invalid! "+key)
		}
	}
	data, _ := in["data"].(map[string]any)
	for keyword, v := range data {
		item, _ := v.(map[string]any)
		value := text(item, "value")
		if value == "" || strings.HasPrefix(keyword, "thing") && len([]rune(value)) > 20 {
			return refusal(47003, "argument invalid! data."+keyword+".value is invalid")
		}
	}
	message, err := json.Marshal(in)
	if err != nil {
		return refusal(47001, "data format error")
	}
	f.sent = append(f.sent, message)
	return refusal(0, "ok")
}

// PushEvent encrypts and signs an event as the platform does and hands it to
// FakeOptions.Push.
func (f *Fake) PushEvent(event map[string]any) error {
	return f.PushEventAs(f.o.Conf, f.o.Now(), event)
}

// PushEventAs does so with other secrets or another time, as a forger would.
func (f *Fake) PushEventAs(conf PushConf, now int64, event map[string]any) error {
	message, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("wechat: encode push: %w", err)
	}
	timestamp, nonce := fmt.Sprint(now), rand.Text()
	encrypted, signature, err := sealPush(conf, []byte(rand.Text()[:16]), message, timestamp, nonce)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"ToUserName": "gh_demo", "Encrypt": encrypted})
	if err != nil {
		return fmt.Errorf("wechat: encode push: %w", err)
	}
	return f.o.Push(url.Values{
		"timestamp": {timestamp}, "nonce": {nonce}, "encrypt_type": {"aes"}, "msg_signature": {signature},
		"signature": {sign(conf.Token, timestamp, nonce)},
	}, body)
}

func (f *Fake) codeImage(_ *http.Request, in map[string]any) any {
	if scene := text(in, "scene"); scene == "" || len(scene) > 32 {
		return refusal(40169, "invalid length for scene, or the data is not json string")
	}
	return []byte{0xff, 0xd8, 0xff, 0xd9} // the shortest thing that begins and ends like a JPEG
}

func (f *Fake) link(_ *http.Request, _ map[string]any) any {
	return map[string]any{"errcode": 0, "errmsg": "ok", "url_link": "https://wxaurl.cn/" + rand.Text()[:11]}
}
