package wechat

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// riskyWord in a text, or in the address of a picture, is what the stand-in
// objects to; with doubtWord it leaves it to persons.
const (
	riskyWord = "risky"
	doubtWord = "doubtful"
)

// Asked is a file that the stand-in was given to check.
type Asked struct {
	Trace, URL, OpenID string
	Audio              bool
}

// checkBook is what the stand-in keeps of checks.
type checkBook struct {
	held    bool
	asked   []Asked
	idle    map[string]bool // openids that were not here for two hours
	judged  func(content string) (suggest string, label int64)
	trace   func(n int) string
	direct  func(ctx context.Context, message []byte) error
	undealt []map[string]any // for direct
}

// Hold makes the stand-in keep its verdicts on files to itself: a test pushes
// them by PushVerdict, in the order it likes.
func (f *Fake) Hold(held bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.checks.held = held
}

// Judge sets what the stand-in thinks of texts and of addresses of files; nil
// for its own mind.
func (f *Fake) Judge(judged func(content string) (suggest string, label int64)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.checks.judged = judged
}

// Traces sets the trace ids to come, by number from 0; nil for random ones.
func (f *Fake) Traces(trace func(n int) string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.checks.trace = trace
}

// Idle makes a user one who was not here for two hours, for whom nothing is
// checked (61010).
func (f *Fake) Idle(openID string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.checks.idle == nil {
		f.checks.idle = map[string]bool{}
	}
	f.checks.idle[openID] = true
}

// AskedMedia gives the files that were given to check so far.
func (f *Fake) AskedMedia() []Asked {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.checks.asked)
}

func (b *checkBook) verdict(content string) map[string]any {
	suggest, label := "pass", int64(100)
	switch {
	case b.judged != nil:
		suggest, label = b.judged(content)
	case strings.Contains(content, riskyWord):
		suggest, label = "risky", 20012
	case strings.Contains(content, doubtWord):
		suggest, label = "review", 21000
	}
	return map[string]any{"suggest": suggest, "label": label}
}

// user refuses as the platform does for somebody it does not know here.
func (b *checkBook) user(openID string) any {
	switch {
	case openID == "":
		return refusal(40003, "invalid openid")
	case b.idle[openID]:
		return refusal(61010, "code is expired")
	}
	return nil
}

func (f *Fake) checkText(_ *http.Request, in map[string]any) any {
	content := text(in, "content")
	if in["version"] == 2.0 { // the platform refuses these in version 2 alone
		if refused := f.checks.user(text(in, "openid")); refused != nil {
			return refused
		}
		if utf8.RuneCountInString(content) > textPiece {
			return refusal(45002, "content size out of limit")
		}
	}
	return map[string]any{"errcode": 0, "errmsg": "ok", "trace_id": rand.Text(), "result": f.checks.verdict(content)}
}

func (f *Fake) checkMedia(_ *http.Request, in map[string]any) any {
	url := text(in, "media_url")
	if in["version"] == 2.0 {
		if refused := f.checks.user(text(in, "openid")); refused != nil {
			return refused
		}
	}
	trace := rand.Text()
	if f.checks.trace != nil {
		trace = f.checks.trace(len(f.checks.asked))
	}
	f.checks.asked = append(f.checks.asked, Asked{Trace: trace, URL: url, OpenID: text(in, "openid"), Audio: in["media_type"] == 1.0})
	switch {
	case f.checks.held:
	case f.checks.direct != nil:
		f.checks.undealt = append(f.checks.undealt, f.answerOf(trace, f.checks.verdict(url)))
	case f.o.Push != nil:
		// As the platform does, later and from elsewhere.
		event := f.answerOf(trace, f.checks.verdict(url))
		go func() { _ = f.PushEvent(event) }()
	}
	return map[string]any{"errcode": 0, "errmsg": "ok", "trace_id": trace}
}

// answerOf is the event by which a verdict on a file is pushed.
func (f *Fake) answerOf(trace string, result map[string]any) map[string]any {
	var at int64
	if f.o.Now != nil {
		at = f.o.Now()
	}
	return map[string]any{
		"ToUserName": "gh_demo", "FromUserName": "oDEMO", "CreateTime": at, "MsgType": "event",
		"Event": "wxa_media_check", "appid": f.o.AppID, "trace_id": trace, "version": 2,
		"detail":  []any{map[string]any{"strategy": "content_model", "errcode": 0, "suggest": result["suggest"], "label": result["label"], "prob": 90}},
		"errcode": 0, "errmsg": "ok", "result": result,
	}
}

// Answer gives the event by which a verdict would be pushed, for a test to change.
func (f *Fake) Answer(trace, suggest string, label int64) map[string]any {
	return f.answerOf(trace, map[string]any{"suggest": suggest, "label": label})
}

// PushVerdict pushes a verdict on a file, signed and encrypted.
func (f *Fake) PushVerdict(trace, suggest string, label int64) error {
	return f.PushEvent(f.Answer(trace, suggest, label))
}

// Deliver makes verdicts on files arrive at to within the request that asked for
// them, past the signed door: for the demo, which has no door of its own. It is
// a method of the transport, which is what the demo has of the stand-in.
func (t fakeTransport) Deliver(to func(ctx context.Context, message []byte) error) {
	t.fake.mu.Lock()
	defer t.fake.mu.Unlock()
	if t.fake.o.Push == nil {
		t.fake.checks.direct = to
	}
}

// pushDirectly hands over what is to be delivered. It is called without the lock.
func (f *Fake) pushDirectly(ctx context.Context) {
	f.mu.Lock()
	events, to := f.checks.undealt, f.checks.direct
	f.checks.undealt = nil
	f.mu.Unlock()
	for _, e := range events {
		if message, err := json.Marshal(e); err == nil {
			_ = to(ctx, message) // lost, as pushes are
		}
	}
}
