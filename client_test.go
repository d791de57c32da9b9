package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

// client speaks to a running server as one person's phone does.
type client struct {
	t     *testing.T
	base  string
	token string
}

// reply is an answer: status, headers and body.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

var httpClient = &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (c client) do(method, path string, body io.Reader, header map[string]string) reply {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	res, err := httpClient.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return reply{t: c.t, status: res.StatusCode, header: res.Header, body: raw}
}

func (c client) get(path string) reply { c.t.Helper(); return c.do(http.MethodGet, path, nil, nil) }

// send posts (or puts) JSON; extra header lines come in pairs.
func (c client) send(method, path string, body any, header ...string) reply {
	c.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	h := map[string]string{"Content-Type": "application/json"}
	for i := 0; i+1 < len(header); i += 2 {
		h[header[i]] = header[i+1]
	}
	return c.do(method, path, bytes.NewReader(raw), h)
}

func (c client) post(path string, body any, header ...string) reply {
	c.t.Helper()
	return c.send(http.MethodPost, path, body, header...)
}

func (c client) upload(name string, data []byte) reply {
	c.t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := part.Write(data); err != nil {
		c.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		c.t.Fatal(err)
	}
	return c.do(http.MethodPost, "/api/v1/uploads", &buf, map[string]string{"Content-Type": w.FormDataContentType()})
}

// signIn gives a client with a token for a sign-in code.
func (c client) signIn(code string) client {
	c.t.Helper()
	var out struct {
		Token string `json:"token"`
	}
	c.post("/api/v1/auth/wechat", obj{"code": code}).want(http.StatusOK).into(&out)
	c.token = out.Token
	return c
}

// obj is a JSON object.
type obj = map[string]any

// want fails the test unless the status is as said.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d: %s", r.status, status, clip(r.body))
	}
	return r
}

// problem fails the test unless the answer is a problem document with that
// status and code, with a Chinese sentence and a request id.
func (r reply) problem(status int, code string) reply {
	r.t.Helper()
	var p struct {
		Status    int    `json:"status"`
		Code      string `json:"code"`
		Detail    string `json:"detail"`
		RequestID string `json:"request_id"`
	}
	if ct := r.header.Get("Content-Type"); ct != "application/problem+json" {
		r.t.Fatalf("content type %q of status %d, want a problem: %s", ct, r.status, clip(r.body))
	}
	if err := json.Unmarshal(r.body, &p); err != nil {
		r.t.Fatalf("not JSON: %v", err)
	}
	if r.status != status || p.Status != status || p.Code != code {
		r.t.Fatalf("got %d %s, want %d %s: %s", r.status, p.Code, status, code, clip(r.body))
	}
	if !strings.ContainsFunc(p.Detail, func(c rune) bool { return c >= 0x4e00 && c <= 0x9fff }) || p.RequestID == "" {
		r.t.Fatalf("a problem needs a Chinese sentence and a request id: %s", clip(r.body))
	}
	return r
}

func (r reply) into(v any) {
	r.t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		r.t.Fatalf("not JSON: %v: %s", err, clip(r.body))
	}
}

// at walks a JSON answer: at("items", 0, "id").
func (r reply) at(path ...any) any {
	r.t.Helper()
	var v any
	r.into(&v)
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				r.t.Fatalf("no object at %v in %s", p, clip(r.body))
			}
			v = m[p]
		case int:
			l, ok := v.([]any)
			if !ok || p >= len(l) {
				r.t.Fatalf("no item %d in %s", p, clip(r.body))
			}
			v = l[p]
		}
	}
	return v
}

func (r reply) str(path ...any) string {
	r.t.Helper()
	s, ok := r.at(path...).(string)
	if !ok {
		r.t.Fatalf("no text at %v in %s", path, clip(r.body))
	}
	return s
}

func clip(b []byte) string {
	if len(b) > 1500 {
		return string(b[:1500]) + "..."
	}
	return string(b)
}

// eventually polls until ok, for what other instances learn a little later.
func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); ; {
		if ok() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
