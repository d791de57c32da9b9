package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ErrMissing says that a source does not have a file.
var ErrMissing = errors.New("verify: not there")

// Source is where a log is read from: a site, or a folder that was saved of
// one. Names are those of tlog-tiles ("checkpoint", "tile/0/000", …) plus "key",
// "digests" and "ballots/<id>.json", the export of a certified ballot.
type Source interface {
	// Open gives a file; ErrMissing where there is none. The reader must be closed.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
}

// mostBytes bounds what is taken into memory of one file: a full bundle of the
// largest leaves is just over 1 MiB.
const mostBytes = 4 << 20

// read takes a small file whole.
func read(ctx context.Context, s Source, name string) ([]byte, error) {
	r, err := s.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(b) > mostBytes {
		return nil, fmt.Errorf("read %s: longer than %d bytes", name, mostBytes)
	}
	return b, nil
}

// Site is a log on the web. It is safe for concurrent use.
type Site struct {
	base   *url.URL
	client *http.Client
}

// patience is how long one answer may take; tries how often a busy site is
// asked again.
const (
	patience = 2 * time.Minute
	tries    = 4
)

// NewSite reads the site at an address such as https://cunwu.example.
func NewSite(address string) (*Site, error) {
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("verify: %q is not the address of a site (https://…)", address)
	}
	transport := http.DefaultTransport
	if t, ok := transport.(*http.Transport); ok {
		t = t.Clone()
		t.MaxIdleConnsPerHost = ahead + 2
		transport = t
	}
	return &Site{base: u, client: &http.Client{Transport: transport, Timeout: patience}}, nil
}

// Open implements Source.
func (s *Site) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if file, ok := strings.CutPrefix(name, ballotFolder); ok {
		return s.get(ctx, "/api/v1/ballots/"+strings.TrimSuffix(file, ".json")+"/export")
	}
	return s.get(ctx, "/log/"+name)
}

// get fetches a path of the site.
func (s *Site) get(ctx context.Context, path string) (io.ReadCloser, error) {
	for try := 1; ; try++ {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base.String()+path, nil)
		if err != nil {
			return nil, err
		}
		res, err := s.client.Do(r)
		if err != nil {
			return nil, fmt.Errorf("无法取得 %s：%w", path, err)
		}
		switch {
		case res.StatusCode == http.StatusOK:
			return res.Body, nil
		case res.StatusCode == http.StatusNotFound, res.StatusCode == http.StatusConflict, res.StatusCode == http.StatusGone:
			return nil, errors.Join(fmt.Errorf("%s: %s: %w", path, res.Status, ErrMissing), res.Body.Close())
		case try < tries && (res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= http.StatusInternalServerError):
			if err := errors.Join(res.Body.Close(), sleep(ctx, retryAfter(res))); err != nil {
				return nil, err
			}
		default:
			return nil, errors.Join(fmt.Errorf("无法取得 %s：%s", path, res.Status), res.Body.Close())
		}
	}
}

func retryAfter(res *http.Response) time.Duration {
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s >= 0 {
		return min(time.Duration(s)*time.Second, 30*time.Second)
	}
	return 200 * time.Millisecond
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Folder is a log saved to a folder.
type Folder string

// Open implements Source.
func (d Folder) Open(_ context.Context, name string) (io.ReadCloser, error) {
	f, err := os.OpenInRoot(string(d), filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, ErrMissing)
	}
	return f, err
}

// put writes a file of a folder so that it is there whole or not at all, and
// stays there when the power goes.
func put(folder, name string, from io.Reader) error {
	to := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(to), ".new-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(filepath.Dir(to))
}

func syncFolder(name string) error {
	d, err := os.Open(name) //nolint:gosec // a folder that the user named
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// keeper is a source that keeps in a folder what it reads of tiles: a mirror.
// What is there already is not written again; where it differs it is told.
type keeper struct {
	Source
	folder string
	differ func(name string)
}

func (k keeper) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if strings.HasPrefix(name, ballotFolder) {
		return k.ballot(ctx, name)
	}
	if !strings.HasPrefix(name, "tile/") {
		return k.Source.Open(ctx, name)
	}
	b, err := read(ctx, k.Source, name)
	if err != nil {
		return nil, err
	}
	old, err := read(ctx, Folder(k.folder), name)
	switch {
	case errors.Is(err, ErrMissing):
		err = put(k.folder, name, bytes.NewReader(b))
	case err == nil && !bytes.Equal(old, b):
		k.differ(name)
	}
	return io.NopCloser(bytes.NewReader(b)), err
}

// ballotFolder holds the exports of a mirror.
const ballotFolder = "ballots/"

// ballot keeps an export, which may be long, and reads what was kept. Another one
// than before takes its place: it is held against the log, not against a copy.
func (k keeper) ballot(ctx context.Context, name string) (io.ReadCloser, error) {
	from, err := k.Source.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	err = put(k.folder, name, io.LimitReader(from, mostExport))
	if err = errors.Join(err, from.Close()); err != nil {
		return nil, err
	}
	return Folder(k.folder).Open(ctx, name)
}
