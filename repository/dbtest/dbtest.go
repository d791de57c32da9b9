// Package dbtest gives tests a real archive: SQLite with production settings
// always, and a server of the MySQL protocol where CUNWU_TEST_MYSQL_URL names
// one (mysql://root@127.0.0.1:3306/). Every test gets a database of its own
// with the whole schema and a clock that stands still until it is moved.
package dbtest

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/repository"
	"cunwu/service/audit"
	"cunwu/service/calendar"
)

// MySQLEnv names the server for tests; a test is run on SQLite only without it.
const MySQLEnv = "CUNWU_TEST_MYSQL_URL"

// DB is an archive of one test. It is closed at the end of the test.
type DB struct {
	*repository.DB
	Clock *Clock
	// Options are those it was opened with, for opening it once more.
	Options repository.Options
}

// Clock stands still until it is moved. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Start is the time of every fresh clock: a Monday morning.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, calendar.China)

// NewClock gives a clock at Start.
func NewClock() *Clock { return &Clock{now: Start} }

// Now gives the time set last.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock to t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Advance moves the clock by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d) // in one go, or two who advance at once could turn it back
}

// Act is the act of some clerk, for tests to which it does not matter whose.
func Act() audit.Act {
	return audit.Act{Actor: audit.Actor{AccountID: "testaccount", Role: "clerk", Region: "510821102200"}, RequestID: "req-test"}
}

// Each runs body on every engine there is, in parallel subtests named by the
// engine.
func Each(t *testing.T, body func(t *testing.T, db *DB)) {
	t.Helper()
	each(t, func(t *testing.T, o repository.Options) {
		t.Helper()
		body(t, open(t, o))
	}, migratedSQLite, MigratedMySQLURL)
}

// EachEmpty runs body with the options of a database without a schema.
func EachEmpty(t *testing.T, body func(t *testing.T, o repository.Options)) {
	t.Helper()
	each(t, body, SQLiteURL, MySQLURL)
}

func each(t *testing.T, body func(t *testing.T, o repository.Options), sqlite, mysql func(testing.TB) string) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		body(t, repository.Options{URL: sqlite(t)})
	})
	t.Run("mysql", func(t *testing.T) {
		t.Parallel()
		body(t, repository.Options{URL: mysql(t), MaxConns: 16, ReadTimeout: 10 * time.Second})
	})
}

// New gives an archive on SQLite.
func New(t *testing.T) *DB {
	t.Helper()
	return With(t, repository.Options{})
}

// With gives an archive opened with o, on SQLite where o names no URL. The
// schema is made where the URL names a database without one.
func With(t *testing.T, o repository.Options) *DB {
	t.Helper()
	if o.URL == "" {
		o.URL = migratedSQLite(t)
		return open(t, o)
	}
	db := open(t, o)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := db.Migrate(ctx); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return db
}

func open(t *testing.T, o repository.Options) *DB {
	t.Helper()
	clock := NewClock()
	if o.Clock == nil {
		o.Clock = clock
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	db, err := repository.Open(ctx, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &DB{DB: db, Clock: clock, Options: o}
}

// SQLiteURL gives the address of a file that does not exist yet.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
}

// MySQLURL makes an empty database, dropped at the end of the test, and gives
// its address. It skips the test where no server is named.
func MySQLURL(t testing.TB) string {
	t.Helper()
	base := os.Getenv(MySQLEnv)
	if base == "" {
		t.Skip(MySQLEnv + " is not set")
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("%s: %v", MySQLEnv, err)
	}
	name := "t_" + audit.NewID()
	exec(t, u, "CREATE DATABASE "+name)
	t.Cleanup(func() { exec(t, u, "DROP DATABASE "+name) })
	u.Path = "/" + name
	return u.String()
}

// exec runs statements on the server itself, outside of any database.
func exec(t testing.TB, u *url.URL, statements string) {
	t.Helper()
	pool, err := server(u)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	// The test's own context is over when clean-up runs.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if _, err := pool.ExecContext(ctx, statements); err != nil {
		t.Fatalf("%s: %v", strings.Fields(statements)[0], err)
	}
}
