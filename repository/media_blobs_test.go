package repository_test

import (
	"bytes"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"cunwu/repository"
	"cunwu/service/fault"
	"cunwu/service/media"
)

var blob = strings.Repeat("ab", 32) + ".jpg"

// blobStores gives every way to keep bytes.
func blobStores(t *testing.T) map[string]media.Blobs {
	t.Helper()
	files, err := repository.OpenMediaFiles(filepath.Join(t.TempDir(), "objects"))
	if err != nil {
		t.Fatal(err)
	}
	backend := s3mem.New()
	if err := backend.CreateBucket("village"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	bucket, err := repository.OpenMediaBucket(t.Context(), repository.BucketOptions{
		Endpoint: strings.TrimPrefix(server.URL, "http://"), Bucket: "village", Prefix: "media/", Key: "k", Secret: "s", Plain: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]media.Blobs{"Files": files, "Bucket": bucket}
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	for name, b := range blobStores(t) {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if _, _, err := b.Get(ctx, blob); !errors.Is(err, media.ErrNotFound) {
				t.Errorf("missing: %v", err)
			}
			if has, err := b.Has(ctx, blob); has || err != nil {
				t.Error(has, err)
			}
			for _, content := range []string{"first", "other"} { // the second changes nothing
				if err := b.Put(ctx, blob, strings.NewReader(content), 5, "image/jpeg"); err != nil {
					t.Fatal(err)
				}
			}
			r, size, err := b.Get(ctx, blob)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || string(got) != "first" || size != 5 {
				t.Error(string(got), size, err)
			}
			if _, ok := r.(io.Seeker); !ok {
				t.Error("ranges cannot be answered")
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if has, err := b.Has(ctx, blob); !has || err != nil {
				t.Error(has, err)
			}
			for range 2 { // what is gone already is left alone
				if err := b.Delete(ctx, blob); err != nil {
					t.Error(err)
				}
				if has, err := b.Has(ctx, blob); has || err != nil {
					t.Error("still there:", has, err)
				}
			}
			for _, bad := range []string{"", "../../etc/passwd", "x.jpg", strings.ToUpper(blob), blob + "/.."} {
				if err := b.Put(ctx, bad, strings.NewReader("x"), 1, "image/jpeg"); err == nil {
					t.Errorf("%q was taken", bad)
				}
				if err := b.Delete(ctx, bad); err == nil {
					t.Errorf("%q was deleted", bad)
				}
				if _, _, err := b.Get(ctx, bad); !errors.Is(err, media.ErrNotFound) {
					t.Errorf("%q: %v", bad, err)
				}
			}
		})
	}
}

// A writer that breaks off leaves neither the name nor a remainder behind.
func TestMediaFiles_BrokenOff(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	files, err := repository.OpenMediaFiles(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := files.Put(t.Context(), blob, bytes.NewReader([]byte("cut")), 5, ""); err == nil {
		t.Error("fewer bytes than stated were taken")
	}
	err = filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("left behind: %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestMediaBucket_Away(t *testing.T) {
	t.Parallel()
	backend := s3mem.New()
	if err := backend.CreateBucket("village"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	o := repository.BucketOptions{Endpoint: strings.TrimPrefix(server.URL, "http://"), Bucket: "village", Key: "k", Secret: "s", Plain: true}
	b, err := repository.OpenMediaBucket(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	if _, _, err := b.Get(t.Context(), blob); !errors.Is(err, fault.ErrUnavailable) {
		t.Error(err)
	}
	if err := b.Delete(t.Context(), blob); !errors.Is(err, fault.ErrUnavailable) {
		t.Error(err)
	}
	if err := b.Put(t.Context(), blob, strings.NewReader("x"), 1, ""); !errors.Is(err, fault.ErrUnavailable) {
		t.Error(err)
	}
	if _, err := repository.OpenMediaBucket(t.Context(), o); err == nil {
		t.Error("opened a bucket that is away")
	}
}
