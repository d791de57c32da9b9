package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cunwu/repository"
)

// Running every migration for every test took most of the time of the tests, so
// it is done once and copied: on SQLite once in a process, on the MySQL protocol
// once on a server. TestTemplate_IsTheSchema shows that a copy is what the
// migrations make.

// templateTime bounds the making of a template: on a slow disk a server takes
// a tenth of a second for each table.
const templateTime = 2 * time.Minute

// migratedSQLite gives the address of a fresh file with the whole schema.
func migratedSQLite(t testing.TB) string {
	t.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("template of the schema: %v", err)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, template, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// sqliteTemplate is a database file as the migrations leave it, its journal
// written back.
var sqliteTemplate = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "dbtest")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "template.db")
	ctx, cancel := context.WithTimeout(context.Background(), templateTime)
	defer cancel()
	if err := migrated(ctx, repository.Options{URL: "sqlite:" + path}); err != nil {
		return nil, err
	}
	// The last connection to close writes the journal back and removes it.
	if left, err := os.Stat(path + "-wal"); err == nil && left.Size() > 0 {
		return nil, fmt.Errorf("%d bytes are left in the journal", left.Size())
	}
	return os.ReadFile(path)
})

func migrated(ctx context.Context, o repository.Options) error {
	db, err := repository.Open(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
}

// MigratedMySQLURL gives the address of a database of its own with the whole
// schema, dropped at the end of the test. It skips the test where no server is
// named.
func MigratedMySQLURL(t testing.TB) string {
	t.Helper()
	address := MySQLURL(t)
	template, err := mysqlTemplate()
	if err != nil {
		t.Fatalf("template of the schema: %v", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	// All in one round trip: the tables, then the few rows that migrations make.
	exec(t, u, template.copyTo(strings.Trim(u.Path, "/")))
	return address
}

// schema is a database on the server that the migrations have made.
type schema struct {
	name   string
	tables []string
	filled []string // the tables that migrations put rows into
}

// mysqlTemplate makes the template, or finds it made by another process. Its
// name tells the texts of the migrations, so that another schema has another
// one. It stays on the server; a lock keeps processes from making it together.
var mysqlTemplate = sync.OnceValues(func() (s schema, err error) {
	u, err := url.Parse(os.Getenv(MySQLEnv))
	if err != nil {
		return s, err
	}
	digest, err := repository.SchemaDigest("mysql")
	if err != nil {
		return s, err
	}
	s.name = "dbtest_" + digest[:16]
	ctx, cancel := context.WithTimeout(context.Background(), templateTime)
	defer cancel()
	pool, err := server(u)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	pool.SetMaxOpenConns(1) // the lock belongs to one connection
	var got sql.NullInt64
	if err := pool.QueryRowContext(ctx, "SELECT GET_LOCK(?, ?)", s.name, int(templateTime.Seconds())).Scan(&got); err != nil || got.Int64 != 1 {
		return s, fmt.Errorf("wait for the lock: got %v, %w", got, err)
	}
	if err := s.prepare(ctx, pool, u); err != nil {
		return s, err
	}
	return s, s.look(ctx, pool)
})

// prepare makes the database where it is not there or was left half made.
func (s *schema) prepare(ctx context.Context, pool *sql.DB, u *url.URL) error {
	if _, err := pool.ExecContext(ctx, "CREATE DATABASE IF NOT EXISTS "+s.name); err != nil {
		return err
	}
	own := *u
	own.Path = "/" + s.name
	o := repository.Options{URL: own.String(), MaxConns: 2, ReadTimeout: templateTime}
	db, err := repository.Open(ctx, o)
	if err != nil {
		return err
	}
	if err := errors.Join(db.CheckSchema(ctx), db.Close()); err == nil {
		return nil
	}
	if _, err := pool.ExecContext(ctx, "DROP DATABASE "+s.name+"; CREATE DATABASE "+s.name); err != nil {
		return err
	}
	return migrated(ctx, o)
}

// look reads which tables there are and which of them have rows.
func (s *schema) look(ctx context.Context, pool *sql.DB) error {
	rows, err := pool.QueryContext(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY table_name", s.name)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return err
		}
		s.tables = append(s.tables, table)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, table := range s.tables {
		var has bool
		if err := pool.QueryRowContext(ctx, fmt.Sprintf("SELECT EXISTS (SELECT 1 FROM %s.%s)", s.name, table)).Scan(&has); err != nil {
			return err
		}
		if has {
			s.filled = append(s.filled, table)
		}
	}
	return nil
}

// copyTo gives the statements that make the schema in an empty database.
func (s *schema) copyTo(database string) string {
	var b strings.Builder
	for _, table := range s.tables {
		fmt.Fprintf(&b, "CREATE TABLE %s.%s LIKE %s.%s;", database, table, s.name, table)
	}
	for _, table := range s.filled {
		fmt.Fprintf(&b, "INSERT INTO %s.%s SELECT * FROM %s.%s;", database, table, s.name, table)
	}
	return b.String()
}

// server connects to the server itself, outside of any database.
func server(u *url.URL) (*sql.DB, error) {
	pass, _ := u.User.Password()
	pool, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(%s)/?multiStatements=true", u.User.Username(), pass, u.Host))
	if err != nil {
		return nil, fmt.Errorf("mysql: %w", err)
	}
	return pool, nil
}
