package verify_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"cunwu/service/record"
	"cunwu/verify"
)

const origin = "cunwu.example/log"

// testLog is a log in memory and what its site shows. It knows nothing of the
// server's code but the form of leaves.
type testLog struct {
	t      *testing.T
	seed   byte
	leaves [][]byte
	lines  []record.DigestLine
	at     time.Time
	// Another key than the site's signs, for tests of it.
	signSeed byte
}

func newLog(t *testing.T) *testLog {
	t.Helper()
	return &testLog{t: t, seed: 1, at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
}

func keyOf(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func lineOf(seed byte) string {
	line, err := note.NewEd25519VerifierKey(origin, ed25519.PublicKey(keyOf(seed)[32:]))
	if err != nil {
		panic(err)
	}
	return line
}

func (l *testLog) key() string { return lineOf(l.seed) }

// signerOf makes a note signer of a seed.
type signerOf byte

func (signerOf) Name() string { return origin }
func (s signerOf) KeyHash() uint32 {
	v, _ := note.NewVerifier(lineOf(byte(s)))
	return v.KeyHash()
}
func (s signerOf) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(keyOf(byte(s)), msg), nil }

// append adds a leaf a second after the last and gives its index.
func (l *testLog) append(kind string, facts map[string]any) int64 {
	l.t.Helper()
	l.at = l.at.Add(time.Second)
	raw, err := record.Leaf{Kind: kind, Facts: facts}.Canonical(l.at)
	if err != nil {
		l.t.Fatal(err)
	}
	l.leaves = append(l.leaves, raw)
	return int64(len(l.leaves) - 1)
}

func hexOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func (l *testLog) publish(id string, version int) int64 {
	i := l.append(record.KindPublished, map[string]any{
		"id": id, "region": "510821102200", "item": "D02", "period": "2026-09", "version": version,
		"visibility": "PUBLIC_INTERNET", "digest": hexOf(fmt.Append(nil, id, version)), "committed": false,
		"attachments": []string{}, "late": false,
	})
	l.lines = append(l.lines, record.DigestLine{ID: id, Version: version, Digest: hexOf(l.leaves[i]), Index: i})
	return i
}

func (l *testLog) end(kind, word, id string, version int) {
	i := l.append(kind, map[string]any{"id": id, "region": "510821102200", "version": version})
	l.lines = append(l.lines, record.DigestLine{ID: id, Version: version, Digest: word, Index: i})
}

// erase is what the site does with a text that has to go.
func (l *testLog) erase(id string) {
	for i := range l.lines {
		if l.lines[i].ID == id && len(l.lines[i].Digest) == 64 {
			l.lines[i].Digest = record.Erased
		}
	}
}

// hashes gives the tree's stored hashes.
func hashesOf(leaves [][]byte) tlog.HashReaderFunc {
	var all []tlog.Hash
	reader := tlog.HashReaderFunc(func(ix []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(ix))
		for i, x := range ix {
			out[i] = all[x]
		}
		return out, nil
	})
	for i, raw := range leaves {
		more, err := tlog.StoredHashes(int64(i), raw, reader)
		if err != nil {
			panic(err)
		}
		all = append(all, more...)
	}
	return reader
}

// memory is a source in memory.
type memory map[string][]byte

func (m memory) Open(_ context.Context, name string) (io.ReadCloser, error) {
	b, ok := m[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, verify.ErrMissing)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// checkpoint signs the tree of some leaves.
func (l *testLog) checkpoint(leaves [][]byte) []byte {
	l.t.Helper()
	root, err := tlog.TreeHash(int64(len(leaves)), hashesOf(leaves))
	if err != nil {
		l.t.Fatal(err)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, len(leaves), base64.StdEncoding.EncodeToString(root[:]))
	seed := l.signSeed
	if seed == 0 {
		seed = l.seed
	}
	raw, err := note.Sign(&note.Note{Text: text}, signerOf(seed))
	if err != nil {
		l.t.Fatal(err)
	}
	return raw
}

// path names a tile as the format asks; written anew, to check the verifier's.
func path(level string, n int64, width int) string {
	s := fmt.Sprintf("%03d", n%1000)
	if n >= 1000 {
		s = fmt.Sprintf("x%03d/", n/1000) + s
	}
	if width < 256 {
		s += fmt.Sprintf(".p/%d", width)
	}
	return "tile/" + level + "/" + s
}

// site is what a server would answer.
func (l *testLog) site() memory {
	l.t.Helper()
	m := memory{"key": []byte(l.key() + "\n"), "checkpoint": l.checkpoint(l.leaves)}
	r := hashesOf(l.leaves)
	size := int64(len(l.leaves))
	for level, span := 0, int64(1); span <= size; level, span = level+1, span*256 {
		for n := int64(0); n*256 < size/span; n++ {
			width := int(min(size/span-n*256, 256))
			b, err := tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: n, W: width}, r)
			if err != nil {
				l.t.Fatal(err)
			}
			m[path(fmt.Sprint(level), n, width)] = b
		}
	}
	for n := int64(0); n*256 < size; n++ {
		to := min(size, (n+1)*256)
		m[path("entries", n, int(to-n*256))] = bundleOf(l.leaves[n*256 : to])
	}
	m["digests"] = l.digests()
	return m
}

func bundleOf(leaves [][]byte) []byte {
	var b []byte
	for _, raw := range leaves {
		b = binary.BigEndian.AppendUint16(b, uint16(len(raw))) //nolint:gosec // short
		b = append(b, raw...)
	}
	return b
}

func (l *testLog) digests() []byte {
	var b strings.Builder
	for _, line := range l.lines {
		b.WriteString(line.String() + "\n")
	}
	return []byte(b.String())
}

// grow does n honest operations.
func (l *testLog) grow(n int) {
	for range n {
		i := len(l.leaves)
		id := fmt.Sprintf("posting%05d", i)
		switch i % 10 {
		case 3:
			l.append(record.KindAudit, map[string]any{"from": i, "to": i, "count": 1, "digest": strings.Repeat("0", 64)})
		case 5:
			l.end(record.KindWithdrawn, record.Withdrawn, fmt.Sprintf("posting%05d", i-5), 1)
		case 6:
			l.end(record.KindExpired, record.Expired, fmt.Sprintf("posting%05d", i-5), 1)
			l.erase(fmt.Sprintf("posting%05d", i-5))
		case 7:
			l.publish(fmt.Sprintf("posting%05d", i-5), 2)
		default:
			l.publish(id, 1)
		}
	}
}

// check verifies with the log's key and a state folder.
func check(t *testing.T, l *testLog, m memory, folder string) *verify.Report {
	t.Helper()
	r, err := verify.Verify(t.Context(), verify.Options{Source: m, Key: l.key(), State: folder})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// codes gives the codes of a report, each once.
func codes(r *verify.Report) string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, string(f.Code))
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

func mustWrite(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// movingSource gives one checkpoint after the other; the last stays.
type movingSource struct {
	memory
	checkpoints [][]byte
}

func (s *movingSource) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if name != "checkpoint" {
		return s.memory.Open(ctx, name)
	}
	raw := s.checkpoints[0]
	if len(s.checkpoints) > 1 {
		s.checkpoints = s.checkpoints[1:]
	}
	return io.NopCloser(bytes.NewReader(raw)), nil
}
