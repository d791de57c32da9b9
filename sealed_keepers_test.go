package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
)

// TestSealed_KeeperIsNoAdmin: a keeper does not become an administrator, and where
// one is, by whatever way, the server does not start until that is ended.
func TestSealed_KeeperIsNoAdmin(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t, tempData(t))
	s := start(t, cfg)
	h := s.hall(6)
	keepers := h.keepers()
	path := h.draftSealed(keepers)
	h.giveKeys(t, path, keepers)
	behind := openBehind(t, cfg.DatabaseURL)
	if _, err := behind.ExecContext(t.Context(), "UPDATE appointments SET ended_at = start_at + 1 WHERE role = 'admin'"); err != nil {
		t.Fatal(err)
	}
	code, err := s.accounts.AdminInit(t.Context(), testCity)
	if err != nil {
		t.Fatal(err)
	}
	keepers[1].post("/api/v1/me/appointments", obj{"code": code}).problem(http.StatusConflict, "ballot.keeps_keys")

	var account string
	if err := behind.QueryRowContext(t.Context(), "SELECT account FROM appointments WHERE role = 'representative'").Scan(&account); err != nil || account == "" {
		t.Fatal(account, err)
	}
	now := s.clock.Now().UnixMilli()
	if _, err := behind.ExecContext(t.Context(), "INSERT INTO appointments (id, role, region, resident, account, invite_until, start_at, end_at, ended_at, end_reason, made_by, made_role, created_at, revision) "+
		"VALUES ('byhand', 'admin', ?, '', ?, 0, ?, ?, 0, '', 'system', '', ?, 1)", testCity, account, now-1000, now+int64(time.Hour/time.Millisecond), now); err != nil {
		t.Fatal(err)
	}
	again := func() error {
		app, err := NewApp(t.Context(), withDemoAccount(cfg), quiet(), demoOptions(nil))
		if err != nil {
			t.Fatal(err)
		}
		err = app.Start(t.Context())
		if closed := app.Close(t.Context()); closed != nil {
			t.Error(closed)
		}
		return err
	}
	if err := again(); !errors.Is(err, ballot.ErrKeeperAdmin) || !strings.Contains(err.Error(), account) {
		t.Fatalf("the server starts with a keeper who is administrator: %v", err)
	}
	var said bytes.Buffer
	if n := run(t.Context(), []string{"admin", "end", "--account", account}, cfgEnviron(cfg.Data), &said, &said); n != 0 || !strings.Contains(said.String(), "终止了 1 个") {
		t.Fatalf("%d %s", n, said.String())
	}
	if err := again(); err != nil {
		t.Errorf("and not once that is ended: %v", err)
	}
}

func cfgEnviron(data string) []string {
	return []string{"CUNWU_LISTEN=127.0.0.1:0", "CUNWU_METRICS_LISTEN=127.0.0.1:0", "CUNWU_DATA=" + data, "CUNWU_TEST_CLOCK=1"}
}

// wiretap keeps all that is sent to a server.
type wiretap struct {
	mu   sync.Mutex
	sent [][]byte
}

func (w *wiretap) listen(t *testing.T, base string) string {
	t.Helper()
	to, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		head, _ := httputil.DumpRequest(r, false)
		w.mu.Lock()
		w.sent = append(w.sent, head, body)
		w.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// holds gives the names of the secrets that are in what was sent.
func (w *wiretap) holds(secrets map[string][]byte) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for name, secret := range secrets {
		for _, sent := range w.sent {
			if bytes.Contains(bytes.ToLower(sent), bytes.ToLower(secret)) {
				out = append(out, name)
				break
			}
		}
	}
	return out
}

// TestSealed_NoSeedReachesTheServer: the whole ceremony with the keepers' program
// against a running server; no spelling of a seed or of a private key is in any
// request or in any file of the server.
func TestSealed_NoSeedReachesTheServer(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t, tempData(t))
	s := start(t, cfg)
	tap := &wiretap{}
	s.anon.base = tap.listen(t, s.anon.base)
	h := s.hall(8)
	c := &ceremony{t: t, dir: t.TempDir(), papers: map[string]string{}}
	keepers := h.keepers()
	site := h.draftSealed(keepers)
	if err := os.MkdirAll(c.path("server"), 0o700); err != nil {
		t.Fatal(err)
	}
	save := func(name string, r reply) {
		var object map[string]json.RawMessage
		r.want(http.StatusOK).into(&object)
		delete(object, "$schema")
		raw, _ := json.Marshal(object)
		if err := os.WriteFile(c.path("server/"+name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tool := func(seat, step string, args ...string) string {
		t.Helper()
		var said bytes.Buffer
		args = append([]string{"trustee", step, "--seat", seat, "--dir", c.path(seat), "--poll", c.path("server/poll.json")}, args...)
		if code := run(t.Context(), args, nil, &said, &said); code != 0 {
			t.Fatalf("%s %s: %d %s", seat, step, code, said.String())
		}
		return said.String()
	}
	give := func(seat int, name, to string) {
		t.Helper()
		raw := json.RawMessage(readAll(t, c.path(sealed.SeatName(seat)+"/for-server/"+name)))
		var body any = raw
		if to == "keys" {
			body = obj{"seat": sealed.SeatName(seat), "statement": raw}
		}
		keepers[seat].post(site+"/"+to, body).want(http.StatusOK)
	}
	save("poll.json", keepers[0].get(site+"/notice"))
	for seat := range sealed.Seats {
		said := tool(sealed.SeatName(seat), "new")
		_, rest, _ := strings.Cut(said, "：\n\n")
		c.papers[sealed.SeatName(seat)], _, _ = strings.Cut(rest, "\n\n")
		give(seat, "statement.json", "keys")
	}
	h.clerk.post(site+"/actions", obj{"action": "open"}).want(http.StatusOK)
	save("poll.json", h.anon.get(site+"/notice"))
	for seat := range sealed.Seats {
		tool(sealed.SeatName(seat), "check")
		give(seat, "hold.json", "holds")
	}
	n, err := sealed.ReadNotice(readAll(t, c.path("server/poll.json")))
	if err != nil {
		t.Fatal(err)
	}
	poll, err := n.Poll()
	if err != nil {
		t.Fatal(err)
	}
	for voter := range 8 {
		values := []byte{0, 0, 0}
		values[voter%3] = 1
		f, err := poll.Frame(values)
		if err != nil {
			t.Fatal(err)
		}
		b, err := poll.Seal(f)
		if err != nil {
			t.Fatal(err)
		}
		h.voters[voter].post(site+"/casts", obj{"ballot": b}).want(http.StatusOK)
	}
	h.moveTo(h.clock.Now().Add(121 * time.Minute))
	save("commitment.json", h.anon.get(site+"/commitment"))
	save("rows.json", keepers[0].get(site+"/rows"))
	var logged sealed.Logged
	if err := sealed.ReadFile(readAll(t, c.path("server/commitment.json")), &logged); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.path("server/checkpoint"), []byte(logged.Checkpoint), 0o600); err != nil {
		t.Fatal(err)
	}
	key, _, _ := strings.Cut(string(h.anon.get("/log/key").want(http.StatusOK).body), "\n")
	record := []string{"--commitment", c.path("server/commitment.json"), "--checkpoint", c.path("server/checkpoint"), "--log-key", key}
	tool("A", "peel", append([]string{"--rows", c.path("server/rows.json")}, record...)...)
	give(0, "peeled.json", "peeled")
	tool("C", "open", append([]string{"--peeled", c.path("A/for-second/peeled-list.json")}, record...)...)
	give(2, "result.json", "opened")
	h.supervisor.post(site+"/actions", obj{"action": "certify", "opinion": "签字齐全，同意公布。"}).want(http.StatusOK)
	secrets := c.secrets()
	for _, seat := range []int{0, 2} {
		tool(sealed.SeatName(seat), "destroy", "--yes")
		give(seat, "destroyed.json", "destroyed")
	}
	if got := tap.holds(secrets); len(got) > 0 || len(tap.sent) < 60 {
		t.Errorf("of %d parts of requests some hold %v", len(tap.sent), got)
	}
	files := 0
	err = filepath.WalkDir(cfg.Data, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		raw := bytes.ToLower(readAll(t, name))
		for what, secret := range secrets {
			if bytes.Contains(raw, bytes.ToLower(secret)) {
				t.Errorf("%s holds %s", name, what)
			}
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Error(files, err)
	}
	// The search finds what it should: a seed that somebody hands in.
	h.anon.post("/api/v1/nothing", obj{"seed": hex.EncodeToString(secrets["B seed"])})
	if got := tap.holds(secrets); len(got) != 1 || got[0] != "B seed hex" {
		t.Errorf("a seed that was sent is not found: %v", got)
	}
}
