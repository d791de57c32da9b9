package api

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	cosignature "github.com/transparency-dev/formats/note"
	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	bundle "github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/prepared"
	"cunwu/service/record"
)

const logOrigin = "cunwu.example.cn/log"

// logServer serves the public log of a database over HTTP.
func logServer(t *testing.T, db *dbtest.DB) *httptest.Server {
	t.Helper()
	keys, err := record.KeysFromSeed([]byte(strings.Repeat("k", record.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := record.New(db.Records(), record.Options{Keys: keys, Clock: db.Clock, Origin: logOrigin})
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	_, err = New(r, Options{
		Prepared: prepared.New(prepared.Options{}), Log: slog.New(slog.DiscardHandler), Metrics: NewMetrics(), Version: "test", Record: s,
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return srv
}

// logLeaves appends n leaves in one transaction.
func logLeaves(t *testing.T, db *dbtest.DB, n int) {
	t.Helper()
	err := db.Records().InTx(t.Context(), dbtest.Act(), func(tx record.KeyTx) error {
		for i := range n {
			if _, err := record.Append(t.Context(), tx, record.Leaf{Kind: "test.leaf", Facts: map[string]any{"村": "燕京", "i": i}}); err != nil {
				return err
			}
		}
		return tx.Record(t.Context(), audit.Event{Action: "test.append"})
	})
	if err != nil {
		t.Fatal(err)
	}
	db.Clock.Advance(record.MaxAge)
}

// logAnswer is what a reader of the log got.
type logAnswer struct {
	status int
	length int64 // as announced
	header http.Header
	body   string
}

func fetch(t *testing.T, srv *httptest.Server, path string) logAnswer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return logAnswer{resp.StatusCode, resp.ContentLength, resp.Header, string(body)}
}

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

// TestLog_IndependentReaders: readers that know nothing of us but the standard
// take the log as it is: the whole of it, inclusion, consistency, and each
// signature that has a standard.
func TestLog_IndependentReaders(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		srv := logServer(t, db)
		lines := strings.Split(fetch(t, srv, "/log/key").body, "\n")
		v, err := note.NewVerifier(lines[0])
		if err != nil {
			t.Fatal(err)
		}
		root, err := url.Parse(srv.URL + "/log/")
		if err != nil {
			t.Fatal(err)
		}
		f, err := client.NewHTTPFetcher(root, srv.Client())
		if err != nil {
			t.Fatal(err)
		}
		tracker := (*client.LogStateTracker)(nil)
		for _, more := range []int{1, 254, 1, 1, 443} { // 700: full and partial tiles on two levels
			logLeaves(t, db, more)
			if err := fsck.New(logOrigin, v, f, hashBundle, fsck.Opts{N: 2}).Check(ctx); err != nil {
				t.Fatalf("fsck: %v", err)
			}
			if tracker == nil {
				tracker, err = client.NewLogStateTracker(ctx, f.ReadTile, nil, v, logOrigin, client.UnilateralConsensus(f.ReadCheckpoint))
			} else {
				_, _, _, err = tracker.Update(ctx) // checks consistency with what it saw
			}
			if err != nil {
				t.Fatalf("tracker: %v", err)
			}
		}
		checkInclusions(ctx, t, f, v)
		checkCosigner(t, srv, lines[1])
	})
}

func checkInclusions(ctx context.Context, t *testing.T, f *client.HTTPFetcher, v note.Verifier) {
	t.Helper()
	cp, _, _, err := client.FetchCheckpoint(ctx, f.ReadCheckpoint, v, logOrigin)
	if err != nil || cp.Size != 700 {
		t.Fatalf("%+v %v", cp, err)
	}
	pb, err := client.NewProofBuilder(ctx, cp.Size, f.ReadTile)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []uint64{0, 255, 256, 511, 512, 699} {
		b, err := client.GetEntryBundle(ctx, f.ReadEntryBundle, i/256, cp.Size)
		if err != nil {
			t.Fatal(err)
		}
		p, err := pb.InclusionProof(ctx, i)
		if err != nil {
			t.Fatal(err)
		}
		h := rfc6962.DefaultHasher
		if err := merkle.VerifyInclusion(h, i, cp.Size, h.HashLeaf(b.Entries[i%256]), p, cp.Hash); err != nil {
			t.Errorf("leaf %d: %v", i, err)
		}
	}
}

func checkCosigner(t *testing.T, srv *httptest.Server, line string) {
	t.Helper()
	v, err := cosignature.NewVerifierForCosignatureV1(line)
	if err != nil {
		t.Fatal(err)
	}
	text := fetch(t, srv, "/log/checkpoint").body
	if n, err := note.Open([]byte(text), note.VerifierList(v)); err != nil || len(n.Sigs) != 1 {
		t.Errorf("cosignature: %v\n%s", err, text)
	}
}

func TestLog_Headers(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	srv := logServer(t, db)
	logLeaves(t, db, 300)
	for path, want := range map[string]string{
		"/log/checkpoint":            "200 public, max-age=2 text/plain; charset=utf-8",
		"/log/key":                   "200 public, max-age=60 text/plain; charset=utf-8",
		"/log/tile/0/000":            "200 public, max-age=31536000, immutable application/octet-stream",
		"/log/tile/0/001.p/44":       "200 public, max-age=86400 application/octet-stream",
		"/log/tile/1/000.p/1":        "200 public, max-age=86400 application/octet-stream",
		"/log/tile/entries/000":      "200 public, max-age=31536000, immutable application/octet-stream",
		"/log/tile/entries/001.p/44": "200 public, max-age=86400 application/octet-stream",
		"/log/tile/0/001":            "404 no-store application/problem+json",
		"/log/tile/0/001.p/45":       "404 no-store application/problem+json",
		"/log/tile/entries/001.p/45": "404 no-store application/problem+json",
		"/log/tile/0/0":              "404 no-store application/problem+json",
		"/log/tile/0/000.p/256":      "404 no-store application/problem+json",
		"/log/tile/0/000.p/0":        "404 no-store application/problem+json",
		"/log/tile/00/000":           "404 no-store application/problem+json",
		"/log/tile/data/000":         "404 no-store application/problem+json",
		"/log/tile/-1/000":           "404 no-store application/problem+json",
		"/log/tile/":                 "404 no-store application/problem+json",
		"/log/tile/0/x999/x999/x999/x999/x999/x999/x999/999": "404 no-store application/problem+json",
	} {
		r := fetch(t, srv, path)
		got := fmt.Sprintf("%d %s %s", r.status, r.header.Get("Cache-Control"), r.header.Get("Content-Type"))
		if got != want || r.header.Get("Access-Control-Allow-Origin") != "*" || r.length != int64(len(r.body)) {
			t.Errorf("%s: %s %v", path, got, r.header)
		}
	}
}

func TestDocument_Log(t *testing.T) {
	t.Parallel()
	doc := fetch(t, logServer(t, dbtest.New(t)), "/openapi.json").body
	for _, path := range []string{"/log/checkpoint", "/log/key", "/log/tile/{level}/{n}", "/log/tile/entries/{n}"} {
		if !strings.Contains(doc, `"`+path+`"`) {
			t.Errorf("the document lacks %s", path)
		}
	}
}

func FuzzReadTilePath(f *testing.F) {
	f.Add("/0/x001/234.p/5")
	f.Add("/entries/000")
	f.Fuzz(func(t *testing.T, path string) {
		tile, ok := readTilePath(path)
		if !ok {
			return
		}
		level := fmt.Sprint(tile.L)
		if tile.L < 0 {
			level = "entries"
		}
		_, rest, _ := strings.Cut(strings.TrimPrefix(tile.Path(), "tile/8/"), "/")
		if again := level + "/" + rest; again != strings.TrimPrefix(path, "/") {
			t.Errorf("%q was taken as %q", path, again)
		}
	})
}
