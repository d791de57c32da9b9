package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"cunwu/web"
)

// The sheet carries the digest of the leaf, so that paper can be compared with
// the record by eye as well.
func TestPrint(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	s := open(t, b, web.Site{})
	rec := s.get(t, "/d/finance/print")
	sum := sha256.Sum256([]byte("leaf 1041"))
	digest := hex.EncodeToString(sum[:])
	body := rec.Body.String()
	for i := 0; i < len(digest); i += 8 {
		if !strings.Contains(body, digest[i:i+8]) {
			t.Fatalf("no %s in the sheet", digest[i:i+8])
		}
	}
	for _, want := range []string{"第 1041 条", "http://example.com/d/finance", "/d/finance/qr.png", "张贴人", "2026年10月12日至2026年10月27日"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in the sheet", want)
		}
	}
	if got := rec.Header().Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("it names the host that was asked, and may be kept: %s", got)
	}
	if rec := s.get(t, "/d/finance"); !strings.Contains(rec.Body.String(), `href="/d/finance/print"`) {
		t.Error("the page does not lead to its sheet")
	}
	for _, path := range []string{"/d/subsidy/print", "/d/nosuch/print", "/d/nosuch/qr.png"} {
		if rec := s.get(t, path); rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	b.away = errAway
	for _, path := range []string{"/d/finance/print", "/d/finance/qr.png"} {
		if rec := s.get(t, path); rec.Code != http.StatusServiceUnavailable {
			t.Errorf("%s with storage away: %d", path, rec.Code)
		}
	}
}

func TestQR(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	pictures := map[string][]byte{}
	for _, path := range []string{"/d/finance/qr.png", "/d/project/qr.png"} {
		rec := s.get(t, path, "X-Forwarded-Proto", "https")
		m, err := png.Decode(bytes.NewReader(rec.Body.Bytes()))
		if err != nil || m.Bounds().Dx() < 300 || rec.Header().Get("Content-Type") != "image/png" {
			t.Errorf("%s: %v %v", path, err, rec.Header())
		}
		pictures[path] = rec.Body.Bytes()
	}
	if bytes.Equal(pictures["/d/finance/qr.png"], pictures["/d/project/qr.png"]) {
		t.Error("two postings have one code")
	}
}
