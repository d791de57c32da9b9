// Package repository is the archive: the only package that knows SQL, gorm and
// the database engines. It keeps what the nouns of package service hand it and
// gives it back; it decides nothing.
//
// Invariants: rows are written only inside inTx, in the name of an act, with an
// audit event in the same commit; every row of one act carries the same time;
// nobody learns of a change before it is committed; keys and codes compare
// bytewise and times are unix milliseconds on both engines, so that SQLite and
// the MySQL protocol answer alike.
package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"cunwu/service/calendar"
	"cunwu/service/region"
)

// Options say where the archive is and how it is spoken to. Only URL is needed.
type Options struct {
	// URL is "sqlite:PATH" or "mysql://user:password@host:port/database".
	// The MySQL form takes ?tls=true|skip-verify|preferred and nothing else.
	URL string
	// Clock gives the time of transactions; nil is the machine's clock.
	Clock calendar.Clock
	// Logger hears of retries and of statements slower than a second; nil is silence.
	Logger *slog.Logger
	// ConnectTimeout, ReadTimeout and WriteTimeout bound the network of the
	// MySQL protocol; zero means 1 s, 2 s and 2 s. SQLite ignores them.
	ConnectTimeout time.Duration
	ReadTimeout    time.Duration
	WriteTimeout   time.Duration
	// MaxConns bounds the connections to MySQL (0 = 32) or the readers of
	// SQLite (0 = 4); SQLite always has one writer.
	MaxConns int
	// CacheMB is the page cache of SQLite's writer (0 = 8). Bulk imports want 32.
	CacheMB int
	// SQLitePragmas are set on every connection, in place of our own of the
	// same name, e.g. "max_page_count(200)". Unsafe ones make Open fail.
	SQLitePragmas []string
}

// DB is an open archive. It is safe for concurrent use.
type DB struct {
	dialect dialect
	write   *gorm.DB
	read    *gorm.DB
	clock   calendar.Clock
	log     *slog.Logger

	listenersMu sync.RWMutex
	listeners   []func([]region.Code)
	followers   []func()

	wiped atomic.Bool // see Scrub
}

// Open connects and checks that the engine is set to keep what it acknowledges.
// It neither makes nor checks the schema: see Migrate and CheckSchema. An
// engine that may lose acknowledged writes is refused with ErrUnsafe.
func Open(ctx context.Context, o Options) (*DB, error) {
	o = o.withDefaults()
	d, err := dialectFor(o)
	if err != nil {
		return nil, err
	}
	write, read, err := d.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the archive: %w", err)
	}
	db := &DB{dialect: d, write: write, read: read, clock: o.Clock, log: o.Logger}
	db.wiped.Store(true) // a crash may have fallen between a removal and its scrub
	if err := db.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (db *DB) prepare(ctx context.Context) error {
	for _, g := range []*gorm.DB{db.write, db.read} {
		if err := watchWrites(g); err != nil {
			return err
		}
	}
	return db.dialect.check(ctx, db.write)
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = calendar.System{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		to *time.Duration
		or time.Duration
	}{{&o.ConnectTimeout, time.Second}, {&o.ReadTimeout, 2 * time.Second}, {&o.WriteTimeout, 2 * time.Second}} {
		if *d.to <= 0 {
			*d.to = d.or
		}
	}
	return o
}

// Engine names the engine: "sqlite" or "mysql".
func (db *DB) Engine() string { return db.dialect.name() }

// Close ends all connections.
func (db *DB) Close() error {
	var errs []error
	for _, p := range db.pools() {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// Ping asks whether the engine answers; fault.ErrUnavailable if it does not.
func (db *DB) Ping(ctx context.Context) error {
	for _, p := range db.pools() {
		if err := p.PingContext(ctx); err != nil {
			return translate(db.dialect, err)
		}
	}
	return nil
}

// Stats gives the state of the connection pools by name, for metrics.
func (db *DB) Stats() map[string]sql.DBStats {
	out := map[string]sql.DBStats{}
	for i, p := range db.pools() {
		out[[]string{"writer", "reader"}[i]] = p.Stats()
	}
	return out
}

// pools gives the writer's pool, then the readers' where it is another one.
func (db *DB) pools() []*sql.DB {
	var out []*sql.DB
	for _, g := range []*gorm.DB{db.write, db.read} {
		p, err := g.DB()
		if err != nil || (len(out) > 0 && out[0] == p) {
			continue
		}
		out = append(out, p)
	}
	return out
}

// reader gives a handle for reading outside of transactions. Writing on it
// fails.
func (db *DB) reader(ctx context.Context) *gorm.DB { return db.read.WithContext(ctx) }
