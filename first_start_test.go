package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/config"
)

// regionsFile is the database file of a server that was started once and has
// imported the real region tree: migrating and importing for every test took
// most of the time of the tests. It holds no key and nothing made with one:
// every test's server makes its own keys.
var regionsFile = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "cunwu-first-start")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg, err := config.Load(testEnvironment(dir), true)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	app, err := NewApp(ctx, withDemoAccount(cfg), slog.New(slog.DiscardHandler), demoOptions(nil))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(importEmbeddedRegions(ctx, app.regions), app.release()); err != nil {
		return nil, err
	}
	path := strings.TrimPrefix(cfg.DatabaseURL, "sqlite:")
	// The last connection to close writes the journal back and removes it.
	if left, err := os.Stat(path + "-wal"); err == nil && left.Size() > 0 {
		return nil, errors.New("the journal was not written back")
	}
	return os.ReadFile(path) //nolint:gosec // made here
})

// firstStart puts that file where the settings want a database and there is
// none, and reports whether it did. A server with a clock or settings of its
// own gets nothing: what it imports must be written by them.
func firstStart(t *testing.T, cfg config.Config, o appOptions) bool {
	t.Helper()
	path, embedded := strings.CutPrefix(cfg.DatabaseURL, "sqlite:")
	if !embedded || o.clock != nil || len(o.pragmas) > 0 {
		return false
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	file, err := regionsFile()
	if err != nil {
		t.Fatalf("the first start that is copied: %v", err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, file, 0o600)); err != nil {
		t.Fatal(err)
	}
	return true
}
