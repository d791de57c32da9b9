package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

const versionTable = "schema_versions"

// Why a schema is refused.
var (
	// ErrSchemaNewer: a newer program has migrated this database.
	ErrSchemaNewer = errors.New("repository: the database schema is newer than this program")
	// ErrSchemaOlder: `migrate` must be run first.
	ErrSchemaOlder = errors.New("repository: the database schema is older than this program: run migrate")
	// ErrSchemaHalf: a step began and did not end, or one in the middle is missing.
	ErrSchemaHalf = errors.New("repository: the database schema is half applied")
)

// Migrate brings the schema up to this program's, one step at a time. It may be
// called by several instances at once: one works, the others wait and find
// nothing to do. It refuses a newer or half-applied schema. On the MySQL
// protocol, where DDL cannot be rolled back, a step that fails leaves its mark
// in schema_steps, and the schema is refused until an operator has put it right
// (docs/operations) and removed the mark.
func (db *DB) Migrate(ctx context.Context) error {
	return db.dialect.migrating(ctx, db.write, func(pool *sql.DB) error {
		return db.migrateOn(ctx, pool)
	})
}

func (db *DB) migrateOn(ctx context.Context, pool *sql.DB) error {
	p, err := db.provider(pool)
	if err != nil {
		return err
	}
	if err := db.beginSteps(ctx, pool); err != nil {
		return err
	}
	if err := schemaState(ctx, p, pool); !errors.Is(err, ErrSchemaOlder) {
		return err
	}
	for {
		state, err := p.Status(ctx)
		if err != nil {
			return fmt.Errorf("migrations: %w", err)
		}
		next := nextPending(state)
		if next == 0 {
			return nil
		}
		if err := step(ctx, p, pool, next); err != nil {
			return err
		}
		db.log.InfoContext(ctx, "migration applied", "version", next)
	}
}

// step applies one version between its mark and the mark's removal.
func step(ctx context.Context, p *goose.Provider, pool *sql.DB, version int64) error {
	if _, err := pool.ExecContext(ctx, "INSERT INTO schema_steps (version) VALUES (?)", version); err != nil {
		return fmt.Errorf("mark migration %d: %w", version, err)
	}
	if _, err := p.ApplyVersion(ctx, version, true); err != nil {
		return fmt.Errorf("migration %d: %w", version, err)
	}
	if _, err := pool.ExecContext(ctx, "DELETE FROM schema_steps WHERE version = ?", version); err != nil {
		return fmt.Errorf("unmark migration %d: %w", version, err)
	}
	return nil
}

// beginSteps makes the table of marks. Where DDL is transactional a mark left
// by a crash means nothing: the step was applied wholly or not at all.
func (db *DB) beginSteps(ctx context.Context, pool *sql.DB) error {
	if _, err := pool.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS schema_steps (version BIGINT NOT NULL PRIMARY KEY)"); err != nil {
		return translate(db.dialect, fmt.Errorf("make schema_steps: %w", err))
	}
	if db.Engine() != "sqlite" {
		return nil
	}
	if _, err := pool.ExecContext(ctx, "DELETE FROM schema_steps"); err != nil {
		return translate(db.dialect, fmt.Errorf("clear schema_steps: %w", err))
	}
	return nil
}

// CheckSchema returns nil where the schema is exactly this program's, else
// ErrSchemaNewer, ErrSchemaOlder or ErrSchemaHalf. It writes nothing.
func (db *DB) CheckSchema(ctx context.Context) error {
	pool, err := db.write.DB()
	if err != nil {
		return err
	}
	known, err := db.hasTable(ctx, "schema_steps")
	if err != nil {
		return err
	}
	if !known {
		return ErrSchemaOlder
	}
	p, err := db.provider(pool)
	if err != nil {
		return err
	}
	return schemaState(ctx, p, pool)
}

func (db *DB) hasTable(ctx context.Context, name string) (bool, error) {
	q := "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
	if db.Engine() == "sqlite" {
		q = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
	}
	var n int
	if err := db.reader(ctx).Raw(q, name).Scan(&n).Error; err != nil {
		return false, fmt.Errorf("look for table %s: %w", name, err)
	}
	return n > 0, nil
}

func (db *DB) provider(pool *sql.DB) (*goose.Provider, error) {
	texts, err := renderMigrations(db.Engine())
	if err != nil {
		return nil, err
	}
	d := database.DialectSQLite3
	if db.Engine() == "mysql" {
		d = database.DialectMySQL
	}
	p, err := goose.NewProvider(d, pool, texts, goose.WithTableName(versionTable),
		goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return p, nil
}

// schemaState compares what was applied with what there is to apply.
func schemaState(ctx context.Context, p *goose.Provider, pool *sql.DB) error {
	var began sql.NullInt64
	if err := pool.QueryRowContext(ctx, "SELECT MIN(version) FROM schema_steps").Scan(&began); err != nil {
		return fmt.Errorf("read schema_steps: %w", err)
	}
	if began.Valid {
		return fmt.Errorf("%w: step %d began and did not end", ErrSchemaHalf, began.Int64)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if current > target {
		return fmt.Errorf("%w: database %d, program %d", ErrSchemaNewer, current, target)
	}
	state, err := p.Status(ctx)
	if err != nil {
		return fmt.Errorf("read migration state: %w", err)
	}
	next := nextPending(state)
	if next != 0 && next < current {
		return fmt.Errorf("%w: step %d is missing below %d", ErrSchemaHalf, next, current)
	}
	if next != 0 {
		return fmt.Errorf("%w: database %d, program %d", ErrSchemaOlder, current, target)
	}
	return nil
}

// nextPending gives the lowest version not applied, or 0.
func nextPending(state []*goose.MigrationStatus) int64 {
	for _, s := range state {
		if s.State == goose.StatePending {
			return s.Source.Version
		}
	}
	return 0
}
