package record_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/record"
)

const origin = "cunwu.example.cn/log"

func seeded(t *testing.T, b byte) record.Keys {
	t.Helper()
	keys, err := record.KeysFromSeed(bytes.Repeat([]byte{b}, record.SeedSize))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func serving(t *testing.T, db *dbtest.DB) *record.Service {
	t.Helper()
	s, err := record.New(db.Records(), record.Options{Keys: seeded(t, 1), Clock: db.Clock, Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// appendLeaves appends n leaves, several to a transaction.
func appendLeaves(t *testing.T, db *dbtest.DB, n int) {
	t.Helper()
	for n > 0 {
		some := min(n, 100)
		n -= some
		err := db.Records().InTx(t.Context(), dbtest.Act(), func(tx record.KeyTx) error {
			for i := range some {
				if _, err := record.Append(t.Context(), tx, record.Leaf{Kind: "test.leaf", Facts: map[string]any{"i": i}}); err != nil {
					return err
				}
			}
			return tx.Record(t.Context(), audit.Event{Action: "test.append"})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func checkpointOf(t *testing.T, s *record.Service) string {
	t.Helper()
	text, err := s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestCheckpoint_Signatures checks each line as its standard says, without the
// code that made it.
func TestCheckpoint_Signatures(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	appendLeaves(t, db, 3)
	s := serving(t, db)
	text := checkpointOf(t, s)
	lines := s.VerifierKeys()
	v, err := note.NewVerifier(lines[0])
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open([]byte(text), note.VerifierList(v))
	if err != nil || len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 2 {
		t.Fatalf("%v %+v\n%s", err, n, text)
	}
	head, err := db.Records().Head(t.Context())
	if err != nil || n.Text != fmt.Sprintf("%s\n3\n%s\n", origin, head.Root) {
		t.Errorf("%q %v", n.Text, err)
	}
	if !strings.HasPrefix(strings.SplitN(text, "\n\n", 2)[1], "— "+origin+" ") {
		t.Error("the Ed25519 line is not the first")
	}
	checkSM2(t, lines[2], n.Text, n.UnverifiedSigs[0])
	checkCosignature(t, lines[1], n.Text, n.UnverifiedSigs[1], db.Clock.Now())
}

func signatureOf(t *testing.T, line string, sig note.Signature) (public []byte, alg byte, raw []byte) {
	t.Helper()
	parts := strings.SplitN(line, "+", 3)
	key, err1 := base64.StdEncoding.DecodeString(parts[2])
	data, err2 := base64.StdEncoding.DecodeString(sig.Base64)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	id := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if fmt.Sprintf("%x", id[:4]) != parts[1] || !bytes.Equal(data[:4], id[:4]) || sig.Name != parts[0] {
		t.Errorf("key id of %s", line)
	}
	return key[1:], key[0], data[4:]
}

func checkSM2(t *testing.T, line, text string, sig note.Signature) {
	t.Helper()
	public, alg, raw := signatureOf(t, line, sig)
	point, ok := bytes.CutPrefix(public, []byte(record.SM2Type[1:]))
	if !ok || alg != 0xff {
		t.Fatalf("%x", public)
	}
	key, err := sm2.NewPublicKey(point)
	if err != nil || !sm2.VerifyASN1WithSM2(key, nil, []byte(text), raw) {
		t.Errorf("SM2 does not verify: %v", err)
	}
	if sm2.VerifyASN1WithSM2(key, nil, []byte(text+"x"), raw) {
		t.Error("SM2 verifies anything")
	}
}

func checkCosignature(t *testing.T, line, text string, sig note.Signature, now time.Time) {
	t.Helper()
	public, alg, raw := signatureOf(t, line, sig)
	at := binary.BigEndian.Uint64(raw)
	if alg != 4 || at != uint64(now.Unix()) { //nolint:gosec // after 1970
		t.Errorf("type %d, time %d", alg, at)
	}
	if !ed25519.Verify(public, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text), raw[8:]) {
		t.Error("the cosignature does not verify")
	}
}

func TestCheckpoint_Age(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serving(t, db)
	first := checkpointOf(t, s)
	if !strings.HasPrefix(first, origin+"\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n") {
		t.Errorf("empty log: %s", first)
	}
	appendLeaves(t, db, 1)
	if checkpointOf(t, s) != first {
		t.Error("looked at the log each time")
	}
	db.Clock.Advance(record.LookEvery)
	second := checkpointOf(t, s)
	if !strings.HasPrefix(second, origin+"\n1\n") {
		t.Errorf("a grown log does not show: %s", second)
	}
	db.Clock.Advance(record.SignEvery - time.Second)
	if checkpointOf(t, s) != second {
		t.Error("signed again too early")
	}
	db.Clock.Advance(record.LookEvery)
	third := checkpointOf(t, s)
	if third == second || !strings.HasPrefix(third, origin+"\n1\n") {
		t.Error("not signed again")
	}
	db.Clock.Advance(-time.Hour)
	if checkpointOf(t, s) == third {
		t.Error("a checkpoint of the future was handed out")
	}
}

// away is a store that does not answer.
type away struct{ record.Store }

var errAway = errors.New("away")

func (away) Head(context.Context) (record.Head, error) { return record.Head{}, errAway }

type breaking struct {
	record.Store
	broken bool
}

func (b *breaking) Head(ctx context.Context) (record.Head, error) {
	if b.broken {
		return away{}.Head(ctx)
	}
	return b.Store.Head(ctx)
}

func TestCheckpoint_StorageAway(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	store := &breaking{Store: db.Records()}
	s, err := record.New(store, record.Options{Keys: seeded(t, 1), Clock: db.Clock, Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	first := checkpointOf(t, s)
	store.broken = true
	db.Clock.Advance(record.MaxAge - time.Second)
	if checkpointOf(t, s) != first {
		t.Error("not the last one")
	}
	db.Clock.Advance(time.Second)
	if _, err := s.Checkpoint(t.Context()); !errors.Is(err, errAway) {
		t.Errorf("a checkpoint of %s was handed out: %v", record.MaxAge, err)
	}
}

func TestProof(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serving(t, db)
	appendLeaves(t, db, 300)
	checkpointOf(t, s)
	appendLeaves(t, db, 5) // the proof does not wait for the next look
	for _, index := range []int64{0, 1, 255, 256, 299, 300, 304} {
		p, err := s.Proof(t.Context(), index)
		if err != nil || p.TreeSize < index+1 || !strings.HasPrefix(p.Checkpoint, fmt.Sprintf("%s\n%d\n", origin, p.TreeSize)) {
			t.Fatalf("%d: %+v %v", index, p, err)
		}
		path := make(tlog.RecordProof, len(p.Hashes))
		for i, h := range p.Hashes {
			path[i] = h
		}
		root, err := tlog.ParseHash(strings.Split(p.Checkpoint, "\n")[2])
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(path, p.TreeSize, root, index, tlog.RecordHash(p.Leaf)); err != nil {
			t.Errorf("%d: %v", index, err)
		}
	}
	for _, index := range []int64{-1, 305, 1 << 62} {
		if _, err := s.Proof(t.Context(), index); !errors.Is(err, record.ErrNotFound) {
			t.Errorf("%d: %v", index, err)
		}
	}
}

func TestTiles_OnlyWhatIs(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	s := serving(t, db)
	appendLeaves(t, db, 600)
	ctx := t.Context()
	for _, c := range []struct {
		level int
		n     int64
		width int
		ok    bool
	}{
		{0, 0, 256, true},
		{0, 1, 256, true},
		{0, 2, 88, true},
		{0, 2, 1, true},
		{1, 0, 2, true},
		{1, 0, 1, true},
		{0, 0, 255, true},
		{0, 2, 89, false},
		{0, 2, 256, false},
		{0, 3, 1, false},
		{1, 0, 3, false},
		{2, 0, 1, false},
		{0, 0, 0, false},
		{0, 0, 257, false},
		{-1, 0, 1, false},
		{63, 0, 1, false},
		{7, 1 << 55, 1, false},
		{0, -1, 1, false},
		{0, 1 << 62, 256, false},
		{5, 1 << 47, 256, false},
	} {
		got, err := s.Tile(ctx, c.level, c.n, c.width)
		if c.ok && (err != nil || len(got) != c.width*32) || !c.ok && !errors.Is(err, record.ErrNotFound) {
			t.Errorf("tile %+v: %d bytes, %v", c, len(got), err)
		}
		if c.level != 0 {
			continue
		}
		bundle, err := s.Entries(ctx, c.n, c.width)
		if c.ok && err != nil || !c.ok && !errors.Is(err, record.ErrNotFound) {
			t.Errorf("entries %+v: %d bytes, %v", c, len(bundle), err)
		}
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		s, other := serving(t, db), serving(t, db)
		appendLeaves(t, db, 2)
		before := s.VerifierKeys()
		if _, err := s.Rotate(ctx, dbtest.Act(), seeded(t, 1)); !errors.Is(err, record.ErrKey) {
			t.Errorf("the same keys: %v", err)
		}
		at, err := s.Rotate(ctx, dbtest.Act(), seeded(t, 2))
		if err != nil || at.Index != 2 {
			t.Fatalf("%+v %v", at, err)
		}
		after := s.VerifierKeys()
		checkRotation(t, s, before, after)
		text, err := s.KeyText(ctx)
		want := strings.Join(after, "\n") + "\n" + strings.Join(before, " ended 2\n") + " ended 2\n"
		if err != nil || text != want {
			t.Errorf("got %s%v\nwant %s", text, err, want)
		}
		v, err := note.NewVerifier(after[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := note.Open([]byte(checkpointOf(t, s)), note.VerifierList(v)); err != nil {
			t.Error(err)
		}
		if _, err := other.Checkpoint(ctx); !errors.Is(err, record.ErrKey) {
			t.Errorf("an instance with the retired key signs: %v", err)
		}
		if _, err := s.Rotate(ctx, dbtest.Act(), seeded(t, 1)); !errors.Is(err, record.ErrKey) {
			t.Errorf("back to a retired key: %v", err)
		}
		if at, err := s.Rotate(ctx, dbtest.Act(), seeded(t, 3)); err != nil || at.Index != 3 {
			t.Errorf("once more: %+v %v", at, err)
		}
		if text, err := s.KeyText(ctx); err != nil || strings.Count(text, " ended 2\n") != 3 || strings.Count(text, " ended 3\n") != 3 {
			t.Errorf("%s %v", text, err)
		}
	})
}

// checkRotation reads the leaf as somebody who knows the old key only.
func checkRotation(t *testing.T, s *record.Service, before, after []string) {
	t.Helper()
	p, err := s.Proof(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	l, _, err := record.ReadLeaf(p.Leaf)
	if err != nil || l.Kind != record.KindKeyRotated {
		t.Fatalf("%+v %v", l, err)
	}
	old, err := record.ReadVerifierKey(before[0])
	if err != nil {
		t.Fatal(err)
	}
	text, _ := l.Facts["signature"].(string)
	sig, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !ed25519.Verify(old.Public, record.RotationText(before, after), sig) {
		t.Errorf("the old key did not sign: %v", err)
	}
}

func TestReadVerifierKey(t *testing.T) {
	t.Parallel()
	s := serving(t, dbtest.New(t))
	for i, want := range []string{"ed25519", "cosignature/v1", record.SM2Algorithm} {
		line := s.VerifierKeys()[i]
		k, err := record.ReadVerifierKey(line)
		if err != nil || k.Algorithm != want {
			t.Errorf("%s: %+v %v", line, k, err)
		}
		for _, bad := range []string{"", "x" + line, line[:len(line)-4], line + "=", strings.Replace(line, "+", " ", 1)} {
			if _, err := record.ReadVerifierKey(bad); !errors.Is(err, record.ErrKey) {
				t.Errorf("%q was taken", bad)
			}
		}
	}
	for name, o := range map[string]record.Options{
		"NoKeys": {Origin: origin}, "Space": {Keys: seeded(t, 1), Origin: "a b"}, "Plus": {Keys: seeded(t, 1), Origin: "a+b"}, "Empty": {Keys: seeded(t, 1)},
		"WrongKind": {Origin: origin, Keys: record.Keys{Log: seeded(t, 1).SM2, Cosigner: seeded(t, 1).Cosigner, SM2: seeded(t, 1).SM2}},
	} {
		if _, err := record.New(nil, o); !errors.Is(err, record.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := record.KeysFromSeed([]byte("short")); !errors.Is(err, record.ErrKey) {
		t.Error(err)
	}
}
