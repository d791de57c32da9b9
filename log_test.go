package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"
	bundle "github.com/transparency-dev/tessera/api"
	tiles "github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	signed "golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"cunwu/service/record"
)

func hashBundle(raw []byte) ([][]byte, error) {
	var b bundle.EntryBundle
	if err := b.UnmarshalText(raw); err != nil {
		return nil, err
	}
	out := make([][]byte, len(b.Entries))
	for i, e := range b.Entries {
		out[i] = rfc6962.DefaultHasher.HashLeaf(e)
	}
	return out, nil
}

// TestLog: the whole server keeps a log that an independent reader takes, and
// the proof of a posting leads to its checkpoint. A restart goes on with the
// same key and name.
func TestLog(t *testing.T) {
	t.Parallel()
	dir := tempData(t)
	s := start(t, testConfig(t, dir))
	id := s.staff().publish(draftOf(testVillage, "2026-09"))
	keys := s.anon.get("/log/key").want(http.StatusOK).body
	line, _, _ := strings.Cut(string(keys), "\n")
	v, err := signed.NewVerifier(line)
	if err != nil {
		t.Fatal(err)
	}
	checkProof(t, s, v, id)
	root, err := url.Parse(s.anon.base + "/log/")
	if err != nil {
		t.Fatal(err)
	}
	f, err := tiles.NewHTTPFetcher(root, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	if err := fsck.New(v.Name(), v, f, hashBundle, fsck.Opts{N: 2}).Check(t.Context()); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "log.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if again := start(t, testConfig(t, dir)); again.record.VerifierKeys()[0] != line {
		t.Error("a restart changes the key")
	}
}

// checkProof follows the proof of a posting as the public would.
func checkProof(t *testing.T, s *started, v signed.Verifier, id string) {
	t.Helper()
	var p struct {
		Leaf       []byte   `json:"leaf"`
		Index      int64    `json:"index"`
		TreeSize   int64    `json:"tree_size"`
		Hashes     [][]byte `json:"hashes"`
		Checkpoint string   `json:"checkpoint"`
	}
	s.anon.get("/api/v1/disclosures/" + id + "/proof").want(http.StatusOK).into(&p)
	n, err := signed.Open([]byte(p.Checkpoint), signed.VerifierList(v))
	if err != nil {
		t.Fatal(err)
	}
	root, err := tlog.ParseHash(strings.Split(n.Text, "\n")[2])
	if err != nil || !strings.HasPrefix(n.Text, fmt.Sprintf("%s\n%d\n", v.Name(), p.TreeSize)) {
		t.Fatalf("%v: %s", err, n.Text)
	}
	path := make(tlog.RecordProof, len(p.Hashes))
	for i, h := range p.Hashes {
		path[i] = tlog.Hash(h)
	}
	if err := tlog.CheckRecord(path, p.TreeSize, root, p.Index, tlog.RecordHash(p.Leaf)); err != nil {
		t.Error(err)
	}
	l, _, err := record.ReadLeaf(p.Leaf)
	if err != nil || l.Kind != record.KindPublished || l.Facts["id"] != id {
		t.Errorf("%+v %v", l, err)
	}
}

// TestRotateLogKey: the command retires the key in the data folder; a server
// started afterwards signs with the new one and still names the old.
func TestRotateLogKey(t *testing.T) {
	dir := tempData(t)
	before := start(t, testConfig(t, dir)).record.VerifierKeys()
	fresh := filepath.Join(t.TempDir(), "new.key")
	command(t, dir, 0, "admin", "rotate-log-key", fresh)
	s := start(t, testConfig(t, dir))
	text := string(s.anon.get("/log/key").want(http.StatusOK).body)
	line, _, _ := strings.Cut(text, "\n")
	if line == before[0] || !strings.Contains(text, before[0]+" ended ") {
		t.Errorf("%s", text)
	}
	v, err := signed.NewVerifier(line)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signed.Open(s.anon.get("/log/checkpoint").want(http.StatusOK).body, signed.VerifierList(v)); err != nil {
		t.Error(err)
	}
	// The same key again is refused, and nothing is written.
	if out := command(t, dir, 1, "admin", "rotate-log-key", fresh); !strings.Contains(out, "new") {
		t.Error(out)
	}
}
