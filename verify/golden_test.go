package verify_test

import (
	"encoding/base64"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"cunwu/service/record"
	"cunwu/verify"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestWorkedExample keeps the example of docs/verify.md true: three leaves, their
// bundle, tile, checkpoint, digest lines, and a proof.
func TestWorkedExample(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.publish("aaaaaaaaaaaaaaaaaaaaaaaaaa", 1)
	l.publish("bbbbbbbbbbbbbbbbbbbbbbbbbb", 1)
	l.end(record.KindWithdrawn, record.Withdrawn, "aaaaaaaaaaaaaaaaaaaaaaaaaa", 1)
	m := l.site()
	var b strings.Builder
	for i, raw := range l.leaves {
		h := tlog.RecordHash(raw)
		fmt.Fprintf(&b, "leaf %d\n%s\nSHA-256(leaf)            %s\nSHA-256(0x00 || leaf)    %s\n\n", i, raw, hexOf(raw), hex.EncodeToString(h[:]))
	}
	proof, err := tlog.ProveRecord(3, 1, hashesOf(l.leaves))
	if err != nil {
		t.Fatal(err)
	}
	bundle := m[path("entries", 0, 3)]
	fmt.Fprintf(&b, "/log/tile/entries/000.p/3  %d bytes, beginning %s\n", len(bundle), hex.EncodeToString(bundle[:8]))
	fmt.Fprintf(&b, "/log/tile/0/000.p/3        %s\n\n", base64.StdEncoding.EncodeToString(m[path("0", 0, 3)]))
	fmt.Fprintf(&b, "/log/key\n%s\n/log/checkpoint\n%s\n/log/digests\n%s\nproof of leaf 1 in 3\n", m["key"], m["checkpoint"], m["digests"])
	for _, h := range proof {
		fmt.Fprintln(&b, base64.StdEncoding.EncodeToString(h[:]))
	}
	golden := filepath.Join("testdata", "example.txt")
	if *update {
		mustWrite(t, golden, []byte(b.String()))
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != b.String() {
		t.Fatalf("%v: the example differs from %s:\n%s", err, golden, b.String())
	}
	doc, err := os.ReadFile(filepath.Join("..", "docs", "verify.md"))
	if err != nil || !strings.Contains(string(doc), b.String()) {
		t.Errorf("docs/verify.md does not show %s as it is (%v)", golden, err)
	}
	if r := check(t, l, m, ""); !r.OK() {
		t.Error(r.Findings)
	}
}

// A million entries would not fit into memory as they are: what is kept of each
// is bounded. Run with CUNWU_VERIFY_LEAVES=1000000 -benchtime 1x.
func BenchmarkVerify(b *testing.B) {
	n := 20_000
	if text := os.Getenv("CUNWU_VERIFY_LEAVES"); text != "" {
		if _, err := fmt.Sscan(text, &n); err != nil {
			b.Fatal(err)
		}
	}
	folder := b.TempDir()
	key := bigMirror(b, folder, n)
	for b.Loop() {
		r, err := verify.Verify(b.Context(), verify.Options{Source: verify.Folder(folder), Key: key})
		if err != nil || !r.OK() || r.Entries != int64(n) {
			b.Fatal(r.Findings, err)
		}
	}
	b.ReportMetric(float64(n), "leaves")
}
