package repository_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/fault"
	"cunwu/service/region"
)

func opened(t *testing.T, o repository.Options) *repository.DB {
	t.Helper()
	db, err := repository.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, o repository.Options) {
		ctx, db := t.Context(), opened(t, o)
		if err := db.CheckSchema(ctx); !errors.Is(err, repository.ErrSchemaOlder) {
			t.Errorf("an empty database: %v", err)
		}
		for range 2 {
			if err := db.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			if err := db.CheckSchema(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Down(ctx); err != nil {
			t.Fatal(err)
		}
		if err := db.CheckSchema(ctx); !errors.Is(err, repository.ErrSchemaOlder) {
			t.Errorf("taken back: %v", err)
		}
		if err := db.Migrate(ctx); err != nil {
			t.Errorf("up again: %v", err)
		}
	})
}

func TestCheckSchema_RefusesNewer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		if err := db.Exec(ctx, "INSERT INTO schema_versions (version_id, is_applied) VALUES (99999, 1)"); err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]func(context.Context) error{"check": db.CheckSchema, "migrate": db.Migrate} {
			if err := f(ctx); !errors.Is(err, repository.ErrSchemaNewer) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestCheckSchema_RefusesGap(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		if err := db.Exec(ctx, "DELETE FROM schema_versions WHERE version_id = 1"); err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]func(context.Context) error{"check": db.CheckSchema, "migrate": db.Migrate} {
			if err := f(ctx); !errors.Is(err, repository.ErrSchemaHalf) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// A step fails half-way: where DDL cannot be rolled back, the schema stays
// refused until an operator has put it right; where it can, migrating again
// after the cause is gone is enough.
func TestMigrate_HalfApplied(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, o repository.Options) {
		ctx, db := t.Context(), opened(t, o)
		if err := db.Exec(ctx, "CREATE TABLE audit_events (x INT)"); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(ctx); err == nil {
			t.Fatal("migrated over a table that was there")
		}
		if err := db.CheckSchema(ctx); !errors.Is(err, repository.ErrSchemaHalf) {
			t.Errorf("after the failure: %v", err)
		}
		if err := db.Exec(ctx, "DROP TABLE audit_events"); err != nil {
			t.Fatal(err)
		}
		err := db.Migrate(ctx)
		if db.Engine() == "mysql" {
			if !errors.Is(err, repository.ErrSchemaHalf) {
				t.Errorf("migrated on: %v", err)
			}
			return
		}
		if err != nil {
			t.Errorf("again: %v", err)
		}
	})
}

func TestMigrate_ManyInstances(t *testing.T) {
	t.Parallel()
	dbtest.EachEmpty(t, func(t *testing.T, o repository.Options) {
		if strings.HasPrefix(o.URL, "sqlite:") {
			t.Skip("a file belongs to one server")
		}
		var wg sync.WaitGroup
		for range 4 {
			db := opened(t, o)
			wg.Go(func() {
				if err := db.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if err := opened(t, o).CheckSchema(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestOpen_RefusesUnsafe(t *testing.T) {
	t.Parallel()
	for _, pragma := range []string{"synchronous(NORMAL)", "synchronous(OFF)", "journal_mode(DELETE)"} {
		_, err := repository.Open(t.Context(), repository.Options{URL: dbtest.SQLiteURL(t), SQLitePragmas: []string{pragma}})
		if !errors.Is(err, repository.ErrUnsafe) {
			t.Errorf("%s: %v", pragma, err)
		}
	}
	for name, have := range map[string]map[string]string{
		"flush":  {"innodb_flush_log_at_trx_commit": "2"},
		"binlog": {"innodb_flush_log_at_trx_commit": "1", "log_bin": "ON", "sync_binlog": "0"},
		"galera": {"innodb_flush_log_at_trx_commit": "1", "wsrep_on": "ON"},
		"silent": {},
	} {
		if err := repository.SafeMySQL(have); !errors.Is(err, repository.ErrUnsafe) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ok := map[string]string{"innodb_flush_log_at_trx_commit": "1", "log_bin": "ON", "sync_binlog": "1", "wsrep_on": "OFF"}
	if err := repository.SafeMySQL(ok); err != nil {
		t.Error(err)
	}
}

func TestOpen_Addresses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "postgres://u:geheim@h/db", "sqlite:", "sqlite::memory:", "sqlite:x.db?_pragma=synchronous(OFF)",
		"mysql://h/db", "mysql://u:geheim@h", "mysql://u:geheim@h/db?sql_mode=x", "mysql://u:geheim@h:port/db",
		"mysql://u:geheim@127.0.0.1:1/db?tls=nonsense",
	} {
		_, err := repository.Open(t.Context(), repository.Options{URL: url})
		if err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: %v", url, err)
		}
	}
	_, err := repository.Open(t.Context(), repository.Options{URL: "mysql://u:geheim@127.0.0.1:1/db"})
	if !errors.Is(err, fault.ErrUnavailable) || strings.Contains(err.Error(), "geheim") {
		t.Errorf("nobody listens: %v", err)
	}
}

// No room: the write is refused as such, nothing of it is kept, nothing that
// was acknowledged is lost, reading goes on, and writing does when there is
// room again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	db := dbtest.With(t, repository.Options{SQLitePragmas: []string{"max_page_count(400)"}})
	ctx, rs := t.Context(), db.Regions()
	const each = 25
	acked := 0
	var refused error
	write := func(to *repository.Regions) error {
		batch := make([]region.Region, each)
		for i := range batch {
			batch[i] = yanjing()
			batch[i].Code = region.Code(fmt.Sprintf("51082%09d", acked+i))
			batch[i].Name = strings.Repeat("长", 120)
		}
		return to.InTx(ctx, dbtest.Act(), func(tx region.Tx) error { return put(ctx, tx, batch...) })
	}
	for refused == nil && acked < 5000 {
		if refused = write(rs); refused == nil {
			acked += each
		}
	}
	f := fault.Of(refused)
	if !errors.Is(refused, fault.ErrStorageFull) || f.Kind != fault.Unavailable || f.RetryAfter <= 0 || acked < 10 {
		t.Fatalf("after %d writes: %v", acked, refused)
	}
	wantCount := func(of *repository.Regions) {
		t.Helper()
		if all, err := of.Within(ctx, "", "", 10000); err != nil || len(all) != acked {
			t.Errorf("%d of %d places, %v", len(all), acked, err)
		}
	}
	wantCount(rs)
	pool, err := db.Pool()
	if err != nil {
		t.Fatal(err)
	}
	var verdict string
	if err := pool.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %s, %v", verdict, err)
	}
	roomy := opened(t, repository.Options{URL: db.Options.URL})
	if err := write(roomy.Regions()); err != nil {
		t.Errorf("with room again: %v", err)
	}
	acked += each
	wantCount(roomy.Regions())
}
