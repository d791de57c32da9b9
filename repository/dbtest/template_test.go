package dbtest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cunwu/repository"
)

// A copy of the template is what the migrations make of an empty database: the
// same tables, columns, indexes, counters and rows, and nothing left to apply.
func TestTemplate_IsTheSchema(t *testing.T) {
	t.Parallel()
	for engine, address := range map[string][2]func(testing.TB) string{
		"sqlite": {SQLiteURL, migratedSQLite},
		"mysql":  {MySQLURL, MigratedMySQLURL},
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			empty, ready := address[0](t), address[1](t)
			if got := described(t, empty); len(got) != 0 {
				t.Errorf("an empty database has %q", got)
			}
			With(t, repository.Options{URL: empty, ReadTimeout: time.Minute})
			want, got := described(t, empty), described(t, ready)
			if len(want) < 50 || !slices.Equal(want, got) {
				t.Errorf("migrated:\n%s\ncopied:\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
			}
			db := open(t, repository.Options{URL: ready})
			if err := db.CheckSchema(t.Context()); err != nil {
				t.Errorf("the copy is refused: %v", err)
			}
			if err := db.Migrate(t.Context()); err != nil {
				t.Errorf("migrating the copy: %v", err)
			}
			if again := described(t, ready); !slices.Equal(again, got) {
				t.Error("migrating the copy changed it")
			}
		})
	}
}

// What one test writes is not seen by another.
func TestTemplate_CopiesAreApart(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"one", "other"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Each(t, func(t *testing.T, db *DB) {
				if _, ok, err := db.Setting(t.Context(), "mine"); ok || err != nil {
					t.Errorf("somebody else's setting: %v, %v", ok, err)
				}
				if err := db.PutSetting(t.Context(), Act(), "mine", "1"); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// described tells all tables and their rows, but for the times of migration.
func described(t *testing.T, address string) []string {
	t.Helper()
	list, show, pool := "SHOW TABLES", "SHOW CREATE TABLE %s", (*sql.DB)(nil)
	path, file := strings.CutPrefix(address, "sqlite:")
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case file:
		if _, err := os.Stat(path); err != nil {
			return nil
		}
		list = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
		show = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = '%s' ORDER BY name"
		pool, err = sql.Open("sqlite", path)
	default:
		pool, err = server(u)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	pool.SetMaxOpenConns(1)
	if !file {
		rowsOf(t, pool, "USE "+strings.Trim(u.Path, "/"))
	}
	var out []string
	for _, table := range rowsOf(t, pool, list) {
		out = append(out, rowsOf(t, pool, fmt.Sprintf(show, table))...)
		for _, row := range rowsOf(t, pool, "SELECT * FROM "+table) {
			out = append(out, table+": "+row)
		}
	}
	return out
}

// rowsOf gives the rows of a query as texts.
func rowsOf(t *testing.T, pool *sql.DB, query string) []string {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		cells, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var shown []string
		for i, c := range cells {
			if names[i] != "tstamp" {
				shown = append(shown, c.String)
			}
		}
		out = append(out, strings.Join(shown, " | "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
