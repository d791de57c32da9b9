package verify_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"cunwu/service/record"
)

// bigMirror writes a mirror of n publications to a folder, tile by tile, and
// gives the key.
func bigMirror(tb testing.TB, folder string, n int) string {
	tb.Helper()
	must := func(err error) {
		if err != nil {
			tb.Fatal(err)
		}
	}
	write := func(name string, b []byte) {
		must(os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o750))
		must(os.WriteFile(filepath.Join(folder, name), b, 0o600))
	}
	f, err := os.Create(filepath.Join(folder, "digests"))
	must(err)
	lines := bufio.NewWriter(f)
	levels := [][]tlog.Hash{nil, nil, nil, nil}
	starts := make([]int64, 4)
	flush := func(level int) {
		var b []byte
		for _, h := range levels[level] {
			b = append(b, h[:]...)
		}
		write(path(fmt.Sprint(level), starts[level], len(levels[level])), b)
	}
	var leaves [][]byte
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for i := range n {
		id := fmt.Sprintf("p%025d", i)
		raw, err := record.Leaf{Kind: record.KindPublished, Facts: map[string]any{
			"id": id, "region": "510821102200", "item": "D02", "period": "2026-09", "version": 1,
			"visibility": "PUBLIC_INTERNET", "digest": strings.Repeat("0123456789abcdef", 4), "committed": false,
			"attachments": []string{strings.Repeat("0123456789abcdef", 4)}, "late": false,
		}}.Canonical(at.Add(time.Duration(i) * time.Second))
		must(err)
		fmt.Fprintf(lines, "%s 1 %s %d\n", id, hexOf(raw), i)
		leaves = append(leaves, raw)
		h := tlog.RecordHash(raw)
		for level := 0; ; level++ {
			levels[level] = append(levels[level], h)
			if len(levels[level]) < 256 {
				break
			}
			flush(level)
			h = rootOf(levels[level])
			levels[level] = levels[level][:0]
			starts[level]++
		}
		if len(leaves) == 256 {
			write(path("entries", int64(i/256), 256), bundleOf(leaves))
			leaves = leaves[:0]
		}
	}
	if len(leaves) > 0 {
		write(path("entries", int64(n/256), len(leaves)), bundleOf(leaves))
	}
	// The root: the unfinished tiles from the top down.
	var parts []tlog.Hash
	for level := len(levels) - 1; level >= 0; level-- {
		if len(levels[level]) > 0 {
			flush(level)
			parts = append(parts, subtrees(levels[level])...)
		}
	}
	root := parts[len(parts)-1]
	for i := len(parts) - 2; i >= 0; i-- {
		root = tlog.NodeHash(parts[i], root)
	}
	must(lines.Flush())
	must(f.Close())
	raw, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", origin, n, base64.StdEncoding.EncodeToString(root[:]))}, signerOf(1))
	must(err)
	write("checkpoint", raw)
	write("key", []byte(lineOf(1)+"\n"))
	return lineOf(1)
}

// rootOf is the root of a full tile.
func rootOf(hashes []tlog.Hash) tlog.Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	return tlog.NodeHash(rootOf(hashes[:len(hashes)/2]), rootOf(hashes[len(hashes)/2:]))
}

// subtrees gives the roots of the full subtrees of an unfinished tile.
func subtrees(hashes []tlog.Hash) []tlog.Hash {
	var out []tlog.Hash
	for size := 256; size > 0; size /= 2 {
		if len(hashes)&size != 0 {
			out = append(out, rootOf(hashes[:size]))
			hashes = hashes[size:]
		}
	}
	return out
}
