package objects

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"

	"cunwu/service/fault"
	"cunwu/service/media"
)

// stores gives every kind of store, empty.
func stores(t *testing.T) map[string]media.Blobs {
	t.Helper()
	dir, err := Open("file:" + filepath.Join(t.TempDir(), "objects"))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]media.Blobs{"dir": dir, "s3": openFakeS3(t, true)}
}

func openFakeS3(t *testing.T, makeBucket bool) *S3 {
	t.Helper()
	fake := gofakes3.New(s3mem.New(), gofakes3.WithLogger(gofakes3.StdLog(log.New(io.Discard, "", 0))))
	server := httptest.NewServer(fake.Server())
	t.Cleanup(server.Close)
	blobs, err := Open("s3://key:secret@" + strings.TrimPrefix(server.URL, "http://") + "/attachments?tls=0")
	if err != nil {
		t.Fatal(err)
	}
	s, ok := blobs.(*S3)
	if !ok {
		t.Fatalf("%T", blobs)
	}
	if makeBucket {
		if err := s.client.MakeBucket(context.Background(), s.bucket, minio.MakeBucketOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func content(size int) (name string, body []byte) {
	body = make([]byte, size)
	_, _ = rand.Read(body)
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]) + ".jpg", body
}

func read(t *testing.T, b media.Blobs, name string) []byte {
	t.Helper()
	r, size, err := b.Get(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	got, err := io.ReadAll(r)
	if err != nil || int64(len(got)) != size {
		t.Fatalf("%d bytes, told %d: %v", len(got), size, err)
	}
	return got
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for kind, b := range stores(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for _, size := range []int{1, 300 << 10} {
				name, body := content(size)
				if has, err := b.Has(ctx, name); err != nil || has {
					t.Fatal(has, err)
				}
				if _, _, err := b.Get(ctx, name); !errors.Is(err, media.ErrNotFound) {
					t.Fatal(err)
				}
				if err := b.Put(ctx, name, bytes.NewReader(body), int64(size), "image/jpeg"); err != nil {
					t.Fatal(err)
				}
				if has, err := b.Has(ctx, name); err != nil || !has {
					t.Fatal(has, err)
				}
				if !bytes.Equal(read(t, b, name), body) {
					t.Errorf("%d bytes came back changed", size)
				}
			}

			t.Log("a name that is there is left alone")
			name, body := content(100)
			if err := b.Put(ctx, name, bytes.NewReader(body), 100, "image/jpeg"); err != nil {
				t.Fatal(err)
			}
			if err := b.Put(ctx, name, strings.NewReader("other"), 5, "image/jpeg"); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(read(t, b, name), body) {
				t.Error("content was replaced")
			}

			t.Log("an upload that breaks off leaves nothing")
			name, body = content(1000)
			if err := b.Put(ctx, name, bytes.NewReader(body[:500]), 1000, "image/jpeg"); err == nil {
				t.Error("half an object was taken")
			}
			if has, err := b.Has(ctx, name); err != nil || has {
				t.Error("half an object is there:", has, err)
			}

			t.Log("names lead nowhere else")
			for _, bad := range []string{
				"", "..", "../../etc/passwd", strings.Repeat("a", 64), strings.Repeat("a", 64) + ".", strings.Repeat("A", 64) + ".jpg",
				strings.Repeat("a", 64) + ".jpg/..", strings.Repeat("a", 63) + "/.jpg", strings.Repeat("a", 64) + ".jpg\n", strings.Repeat("a", 64) + ".html5",
			} {
				if err := b.Put(ctx, bad, strings.NewReader("x"), 1, "image/jpeg"); !errors.Is(err, ErrName) {
					t.Errorf("put %q: %v", bad, err)
				}
				if _, _, err := b.Get(ctx, bad); !errors.Is(err, media.ErrNotFound) {
					t.Errorf("get %q: %v", bad, err)
				}
				if has, err := b.Has(ctx, bad); has || err != nil {
					t.Errorf("has %q: %v %v", bad, has, err)
				}
			}

			t.Log("many at once store one object")
			name, body = content(50 << 10)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if err := b.Put(ctx, name, bytes.NewReader(body), int64(len(body)), "image/jpeg"); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if !bytes.Equal(read(t, b, name), body) {
				t.Error("changed")
			}
		})
	}
}

func TestDir_LeavesNoLitter(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	d, err := OpenDir(root)
	if err != nil {
		t.Fatal(err)
	}
	name, body := content(1000)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := d.Put(gone, name, bytes.NewReader(body), 1000, ""); !errors.Is(err, context.Canceled) {
		t.Error("put of one who left:", err)
	}
	_ = d.Put(context.Background(), name, bytes.NewReader(body), 999, "")
	_ = d.Put(context.Background(), name, bytes.NewReader(body), 1001, "")
	if err := d.Put(context.Background(), name, bytes.NewReader(body), 1000, ""); err != nil {
		t.Fatal(err)
	}
	var files []string
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) != 1 || filepath.Base(files[0]) != name {
		t.Errorf("%v %v", files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read it: %v %v", info.Mode(), err)
	}
}

func TestS3_Away(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(nil)
	host := strings.TrimPrefix(server.URL, "http://")
	server.Close()
	away, err := OpenS3(S3Options{Endpoint: host, Bucket: "attachments", Key: "k", Secret: "TOPSECRET", Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for kind, s := range map[string]*S3{"server": away, "bucket": openFakeS3(t, false)} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			name, body := content(10)
			err := s.Put(context.Background(), name, bytes.NewReader(body), 10, "image/jpeg")
			if !errors.Is(err, fault.ErrUnavailable) || fault.Of(err).RetryAfter == 0 || strings.Contains(err.Error(), "TOPSECRET") {
				t.Errorf("put: %v", err)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	o, err := ParseS3("s3://key:s%2Fecret@minio:9000/attachments?tls=0&region=cn-west")
	if err != nil || o != (S3Options{Endpoint: "minio:9000", Bucket: "attachments", Region: "cn-west", Key: "key", Secret: "s/ecret"}) {
		t.Errorf("%+v %v", o, err)
	}
	if o, err := ParseS3("s3://k:s@cos.example.cn/files"); err != nil || !o.TLS {
		t.Errorf("%+v %v", o, err)
	}
	for _, bad := range []string{
		"", "/data", "http://x/y", "file:", "s3://host/bucket", "s3://k:hush@host", "s3://k:hush@/bucket", "s3://k:hush@host/B_",
		"s3://k:hush@host/bucket?tls=maybe", "s3://k:hush@host/bucket?x=1", "s3://k:hush@ho st/bucket",
	} {
		if _, err := Open(bad); err == nil {
			t.Errorf("%q was taken", bad)
		} else if strings.Contains(err.Error(), "hush") {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
}
