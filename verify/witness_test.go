package verify_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"cunwu/verify"
)

func newWitness(t *testing.T, folder string) (*verify.Witness, *verify.Cosigner) {
	t.Helper()
	c, err := verify.NewCosigner("witness.example/township", bytes.Repeat([]byte{5}, 32))
	if err != nil {
		t.Fatal(err)
	}
	w, err := verify.NewWitness(t.Context(), lineOf(1), folder, c, func() time.Time { return time.Unix(1772413200, 0) })
	if err != nil {
		t.Fatal(err)
	}
	return w, c
}

// request is a body of add-checkpoint that asks for n leaves on top of old.
func (l *testLog) request(old, n int64) string {
	l.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "old %d\n", old)
	if 0 < old && old < n {
		proof, err := tlog.ProveTree(n, old, hashesOf(l.leaves[:n]))
		if err != nil {
			l.t.Fatal(err)
		}
		for _, h := range proof {
			b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
		}
	}
	return b.String() + "\n" + string(l.checkpoint(l.leaves[:n]))
}

func send(w *verify.Witness, body string) *httptest.ResponseRecorder {
	res := httptest.NewRecorder()
	w.ServeHTTP(res, httptest.NewRequest(http.MethodPost, "/add-checkpoint", strings.NewReader(body)))
	return res
}

// Each answer that the protocol names (c2sp.org/tlog-witness).
func TestWitness_Answers(t *testing.T) {
	t.Parallel()
	l, other, stranger := newLog(t), newLog(t), newLog(t)
	l.grow(40)
	other.at = other.at.Add(time.Millisecond)
	other.grow(40)
	stranger.grow(40)
	stranger.signSeed = 9
	w, c := newWitness(t, t.TempDir())
	verifier, err := verify.NewCosignatureVerifier(c.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name, body string
		status     int
		size       string // of a 409
	}{
		{"garbage", "hello", 400, ""},
		{"no old line", "size 3\n\n" + string(l.checkpoint(l.leaves)), 400, ""},
		{"leading zero", "old 00\n\n" + string(l.checkpoint(l.leaves)), 400, ""},
		{"old beyond", "old 41\n\n" + string(l.checkpoint(l.leaves)), 400, ""},
		{"another log", strings.ReplaceAll(l.request(0, 10), origin, "other.example/log"), 404, ""},
		{"another key", stranger.request(0, 10), 403, ""},
		{"proof from nothing", strings.Replace(l.request(0, 10), "old 0\n", "old 0\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n", 1), 422, ""},
		{"first", l.request(0, 10), 200, ""},
		{"from nothing again", l.request(0, 20), 409, "10\n"},
		{"same again", l.request(10, 10), 200, ""},
		{"same size, other root", other.request(10, 10), 409, "10\n"},
		{"other history", other.request(10, 20), 422, ""},
		{"no proof", "old 10\n\n" + string(l.checkpoint(l.leaves[:20])), 422, ""},
		{"grown", l.request(10, 20), 200, ""},
		{"back", l.request(10, 15), 409, "20\n"},
		{"too many lines", "old 20\n" + strings.Repeat("PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n", 64) + "\n" + string(l.checkpoint(l.leaves)), 400, ""},
	} {
		res := send(w, step.body)
		if res.Code != step.status {
			t.Fatalf("%s: %d %q, not %d", step.name, res.Code, res.Body, step.status)
		}
		if step.status == http.StatusConflict && (res.Body.String() != step.size || res.Header().Get("Content-Type") != "text/x.tlog.size") {
			t.Errorf("%s: %q %q", step.name, res.Body, res.Header())
		}
		if step.status == http.StatusOK {
			_, checkpoint, _ := strings.Cut(step.body, "\n\n")
			if n, err := note.Open([]byte(checkpoint+res.Body.String()), note.VerifierList(verifier)); err != nil || len(n.Sigs) != 1 {
				t.Errorf("%s: cosignature: %v", step.name, err)
			}
		}
	}
	if res := httptest.NewRecorder(); true {
		w.ServeHTTP(res, httptest.NewRequest(http.MethodGet, "/add-checkpoint", http.NoBody))
		if res.Code != http.StatusNotFound {
			t.Error("GET:", res.Code)
		}
	}
}

// What was cosigned is remembered before the answer, and where it cannot be,
// there is no answer.
func TestWitness_Persists(t *testing.T) {
	t.Parallel()
	l, folder := newLog(t), t.TempDir()
	l.grow(40)
	w, _ := newWitness(t, folder)
	if res := send(w, l.request(0, 10)); res.Code != http.StatusOK {
		t.Fatal(res.Code)
	}
	again, _ := newWitness(t, folder)
	if again.Size() != 10 || send(again, l.request(0, 20)).Code != http.StatusConflict {
		t.Fatal("a witness forgot what it cosigned")
	}
	// A folder with the name of the file: nothing can be written there.
	blocked := filepath.Join(t.TempDir(), "state")
	b, _ := newWitness(t, blocked)
	if err := os.MkdirAll(filepath.Join(blocked, "checkpoint", "x"), 0o750); err != nil {
		t.Fatal(err)
	}
	if res := send(b, l.request(0, 10)); res.Code != http.StatusInternalServerError || strings.Contains(res.Body.String(), "—") || b.Size() != 0 {
		t.Fatal("cosigned what it could not remember:", res.Code, res.Body)
	}
}

// Of two histories sent at once, one is cosigned.
func TestWitness_OneHistory(t *testing.T) {
	t.Parallel()
	l, other := newLog(t), newLog(t)
	l.grow(40)
	other.at = other.at.Add(time.Millisecond)
	other.grow(40)
	w, _ := newWitness(t, t.TempDir())
	bodies := []string{l.request(0, 20), other.request(0, 20)}
	var won sync.Map
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if send(w, bodies[i%2]).Code == http.StatusOK {
				won.Store(i%2, true)
			}
		})
	}
	all.Wait()
	n := 0
	won.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Fatalf("%d histories were cosigned", n)
	}
}

// A witness that looks itself follows an honest log and refuses another.
func TestWitness_Poll(t *testing.T) {
	t.Parallel()
	l, folder := newLog(t), t.TempDir()
	w, c := newWitness(t, folder)
	for _, n := range []int{30, 300, 0, 400} {
		l.grow(n)
		if err := w.Poll(t.Context(), l.site()); err != nil || w.Size() != int64(len(l.leaves)) {
			t.Fatal(err, w.Size())
		}
	}
	raw, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	verifier, _ := verify.NewCosignatureVerifier(c.VerifierKey())
	if _, err := note.Open(raw, note.VerifierList(verifier)); err != nil {
		t.Fatal("the kept checkpoint bears no cosignature:", err)
	}
	other := newLog(t)
	other.at = other.at.Add(time.Millisecond)
	other.grow(800)
	if err := w.Poll(t.Context(), other.site()); err == nil {
		t.Fatal("cosigned another history")
	}
	l.leaves = l.leaves[:100]
	if err := w.Poll(t.Context(), l.site()); err == nil || w.Size() != 730 {
		t.Fatal("cosigned a shorter log", w.Size())
	}
}
