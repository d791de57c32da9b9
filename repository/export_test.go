package repository

import (
	"context"
	"database/sql"

	"cunwu/service/audit"
	"cunwu/service/region"
)

// What tests in package repository_test need to see of the inside.

// ErrNested is what a nested InTx gets.
var ErrNested = errNested

// SafeMySQL judges a server's settings.
var SafeMySQL = safeMySQL

// Padded is the padding of IN lists.
func Padded(vs []int) []int { return padded(vs) }

// WriteOutside writes without a transaction.
func (db *DB) WriteOutside(ctx context.Context) error {
	return db.reader(ctx).Create(&settingRow{Key: "outside", Value: "x"}).Error
}

// ReadWrites writes past gorm's callbacks on the readers' connections.
func (db *DB) ReadWrites(ctx context.Context) error {
	p, err := db.read.DB()
	if err != nil {
		return err
	}
	_, err = p.ExecContext(ctx, "INSERT INTO settings (name, value, at) VALUES ('outside', 'x', 0)")
	return err
}

// Exec runs a statement on the writer's pool, past everything.
func (db *DB) Exec(ctx context.Context, statement string, args ...any) error {
	p, err := db.write.DB()
	if err != nil {
		return err
	}
	_, err = p.ExecContext(ctx, statement, args...)
	return err
}

// Pool gives the writer's pool.
func (db *DB) Pool() (*sql.DB, error) { return db.write.DB() }

// ExecIn runs a statement inside a transaction.
func ExecIn(ctx context.Context, t region.Tx, statement string) error {
	return t.(*tx).in(ctx).Exec(statement).Error
}

// PutSettingIn stores a setting inside a transaction.
func PutSettingIn(ctx context.Context, t audit.Tx, key, value string) error {
	return t.(*tx).PutSetting(ctx, key, value)
}

// Down takes every migration back.
func (db *DB) Down(ctx context.Context) error { return db.DownTo(ctx, 0) }

// DownTo takes the migrations after a version back.
func (db *DB) DownTo(ctx context.Context, version int64) error {
	return db.dialect.migrating(ctx, db.write, func(pool *sql.DB) error {
		p, err := db.provider(pool)
		if err != nil {
			return err
		}
		_, err = p.DownTo(ctx, version)
		return err
	})
}

// EdgeIndexes are the hashes that an append reads.
var EdgeIndexes = edgeIndexes

// MediaHangs are the tables that an erasure of an attachment asks.
var MediaHangs = mediaHangs

// TablesWith gives the tables that have a column.
func (db *DB) TablesWith(ctx context.Context, column string) ([]string, error) {
	g := db.reader(ctx)
	all, err := g.Migrator().GetTables()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range all {
		if g.Table(name).Migrator().HasColumn(name, column) {
			out = append(out, name)
		}
	}
	return out, nil
}
