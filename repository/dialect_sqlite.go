package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	engine "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

const (
	sqliteReaders = 4
	sqliteCacheMB = 8
)

// sqliteDialect is the embedded engine: one writer connection, so that writers
// queue in Go where a context can end the wait, and a pool of readers that WAL
// lets read meanwhile.
type sqliteDialect struct {
	path    string
	readers int
	cacheMB int
	pragmas []string
}

func newSQLite(o Options) (dialect, error) {
	path := strings.TrimPrefix(o.URL, "sqlite:")
	if path == "" || strings.ContainsAny(path, "?#") || strings.HasPrefix(path, ":memory:") {
		return nil, errors.New("database address: sqlite: must be followed by the path of a file, without ? or #")
	}
	readers := o.MaxConns
	if readers <= 0 {
		readers = sqliteReaders
	}
	cache := o.CacheMB
	if cache <= 0 {
		cache = sqliteCacheMB
	}
	return &sqliteDialect{path: path, readers: readers, cacheMB: cache, pragmas: o.SQLitePragmas}, nil
}

func (*sqliteDialect) name() string { return "sqlite" }

func (s *sqliteDialect) open(_ context.Context) (write, read *gorm.DB, err error) {
	if err := touch(s.path); err != nil {
		return nil, nil, err
	}
	write, err = s.handle(1, "_txlock=immediate", "journal_mode(WAL)", fmt.Sprintf("cache_size(-%d)", s.cacheMB*1000))
	if err != nil {
		return nil, nil, err
	}
	read, err = s.handle(s.readers, "", "query_only(1)", "cache_size(-2000)")
	if err != nil {
		return nil, nil, errors.Join(err, closeGorm(write))
	}
	return write, read, nil
}

// touch makes the file, readable by its owner only; SQLite gives its side files
// the same mode.
func touch(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("folder of the database: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator's own path
	if err != nil {
		return fmt.Errorf("file of the database: %w", err)
	}
	return f.Close()
}

func (s *sqliteDialect) handle(conns int, extra string, pragmas ...string) (*gorm.DB, error) {
	connector, err := engine.NewConnector(s.dsn(extra, pragmas...))
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(statementKeeper{connector})
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return gorm.Open(embedded{Dialector: &sqlite.Dialector{Conn: pool}, d: s}, gormConfig(true))
}

func (s *sqliteDialect) dsn(extra string, pragmas ...string) string {
	all := append([]string{
		"busy_timeout(5000)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)",
	}, pragmas...)
	q := url.Values{"_pragma": slices.Clone(s.pragmas)}
	for _, p := range all {
		// The driver sets them in alphabetical order, so ours must go where
		// the operator's stands.
		name, _, _ := strings.Cut(p, "(")
		if !slices.ContainsFunc(s.pragmas, func(o string) bool { return strings.HasPrefix(o, name+"(") }) {
			q.Add("_pragma", p)
		}
	}
	path := (&url.URL{Path: filepath.ToSlash(s.path)}).EscapedPath()
	return "file:" + path + "?" + q.Encode() + "&" + extra
}

// check reads back what the connection really has: a file system without
// shared memory, for one, silently refuses WAL.
func (*sqliteDialect) check(ctx context.Context, g *gorm.DB) error {
	var sync int
	var mode string
	if err := g.WithContext(ctx).Raw("PRAGMA synchronous").Row().Scan(&sync); err != nil {
		return fmt.Errorf("read synchronous: %w", err)
	}
	if err := g.WithContext(ctx).Raw("PRAGMA journal_mode").Row().Scan(&mode); err != nil {
		return fmt.Errorf("read journal_mode: %w", err)
	}
	if sync < 2 {
		return fmt.Errorf("%w: synchronous is %d, must be FULL (2)", ErrUnsafe, sync)
	}
	if mode != "wal" {
		return fmt.Errorf("%w: journal_mode is %s, must be wal", ErrUnsafe, mode)
	}
	return nil
}

func (*sqliteDialect) classify(err error) failure {
	var e *engine.Error
	if !errors.As(err, &e) {
		return otherwise
	}
	switch e.Code() {
	case codes.SQLITE_CONSTRAINT_PRIMARYKEY, codes.SQLITE_CONSTRAINT_UNIQUE, codes.SQLITE_CONSTRAINT_ROWID:
		return duplicate
	}
	switch e.Code() & 0xff {
	case codes.SQLITE_FULL:
		return full
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED, codes.SQLITE_INTERRUPT, codes.SQLITE_IOERR,
		codes.SQLITE_CANTOPEN, codes.SQLITE_READONLY:
		return away
	}
	return otherwise
}

// migrating needs no lock of its own: DDL is transactional here, and the file
// belongs to one server.
func (*sqliteDialect) migrating(_ context.Context, g *gorm.DB, f func(*sql.DB) error) error {
	pool, err := g.DB()
	if err != nil {
		return err
	}
	return f(pool)
}

// embedded is gorm's SQLite dialector over the engine without cgo, whose errors
// the official one cannot read.
type embedded struct {
	*sqlite.Dialector
	d dialect
}

// Translate makes gorm hand out our errors.
func (e embedded) Translate(err error) error { return translate(e.d, err) }

func closeGorm(g *gorm.DB) error {
	pool, err := g.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}
