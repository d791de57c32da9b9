package repository

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"cunwu/service/media"
)

// RestoreOptions say into what a backup is put.
type RestoreOptions struct {
	Options
	// Objects is the folder of attachments, which must be empty or not exist;
	// where it is "", attachments go to Blobs, under names that never mean
	// anything else.
	Objects string
	Blobs   media.Blobs
}

const (
	restoringSuffix = ".restoring"
	// restoringStep is the mark in schema_steps of a restore that has not ended.
	restoringStep = -1
)

// ErrNotEmpty: a backup is only put where there is nothing.
var ErrNotEmpty = errors.New("repository: there is something where the backup should go")

// Restore puts a backup into an empty place. The database gets its name last
// (on the MySQL protocol: loses its mark last), so that a restore cut short is
// refused by every start of the server and by CheckSchema. Nothing is written
// where the place is not empty: ErrNotEmpty. What it gives is checked: schema,
// every attachment, the public record.
func (b *Backup) Restore(ctx context.Context, o RestoreOptions) error {
	o.Options = o.withDefaults()
	d, err := dialectFor(o.Options)
	if err != nil {
		return err
	}
	if d.name() != b.Engine {
		return fmt.Errorf("the backup is of %s and the database is %s", b.Engine, d.name())
	}
	if err := emptyFolder(o.Objects); err != nil {
		return err
	}
	if s, ok := d.(*sqliteDialect); ok {
		return b.restoreFile(ctx, s, o)
	}
	return b.restoreRows(ctx, o)
}

func emptyFolder(folder string) error {
	if folder == "" {
		return nil
	}
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%w: %s", ErrNotEmpty, folder)
	}
	return err
}

// restoreFile puts a SQLite file beside its place, checks it there, and gives
// it its name when the attachments have theirs.
func (b *Backup) restoreFile(ctx context.Context, s *sqliteDialect, o RestoreOptions) error {
	for _, side := range []string{"", "-wal", "-journal"} {
		if _, err := os.Lstat(s.path + side); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(fmt.Errorf("%w: %s", ErrNotEmpty, s.path+side), err)
		}
	}
	draft := s.path + restoringSuffix
	if err := os.MkdirAll(filepath.Dir(draft), 0o750); err != nil {
		return fmt.Errorf("folder of the database: %w", err)
	}
	if err := copyFile(b.path(databaseName), draft); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	opened := o.Options
	opened.URL = "sqlite:" + draft
	if err := b.checkRestored(ctx, opened); err != nil {
		return err
	}
	if err := b.restoreObjects(ctx, o); err != nil {
		return err
	}
	for _, side := range []string{"-wal", "-shm"} { // the check closed it: they are empty or gone
		if err := os.Remove(draft + side); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(draft, s.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(s.path))
}

// copyFile writes a synced copy, over what an earlier attempt left.
func copyFile(from, to string) error {
	src, err := os.Open(from) //nolint:gosec // a file of a verified backup
	if err != nil {
		return err
	}
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // the operator's own path
	if err != nil {
		return errors.Join(err, src.Close())
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Sync(), dst.Close(), src.Close())
}

// restoreRows fills a database that has no tables. The mark keeps servers off
// until all is there.
func (b *Backup) restoreRows(ctx context.Context, o RestoreOptions) (err error) {
	db, err := Open(ctx, o.Options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.wantNoTables(ctx); err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	err = db.dialect.migrating(ctx, db.write, func(pool *sql.DB) error {
		if _, err := pool.ExecContext(ctx, "INSERT INTO schema_steps (version) VALUES (?)", restoringStep); err != nil {
			return fmt.Errorf("mark the restore: %w", err)
		}
		if err := b.loadTables(ctx, pool); err != nil {
			return err
		}
		tree, err := checkLog(ctx, pool)
		if err == nil && tree != b.Tree {
			err = fmt.Errorf("%w: the public record is not the same after loading", ErrBackupChanged)
		}
		if err == nil {
			err = b.restoreObjects(ctx, o)
		}
		if err != nil {
			return err
		}
		_, err = pool.ExecContext(ctx, "DELETE FROM schema_steps WHERE version = ?", restoringStep)
		return err
	})
	if err != nil {
		return translate(db.dialect, err)
	}
	return db.CheckSchema(ctx)
}

func (b *Backup) loadTables(ctx context.Context, pool *sql.DB) error {
	names, err := tables(b.Engine)
	if err != nil {
		return err
	}
	for _, name := range names {
		// A step may have put rows of its own; the backup's are all there are.
		if _, err := pool.ExecContext(ctx, "DELETE FROM "+name); err != nil { //nolint:gosec // a name of our own schema
			return fmt.Errorf("table %s: %w", name, err)
		}
		if err := b.loadTable(ctx, pool, name); err != nil {
			return fmt.Errorf("table %s: %w", name, err)
		}
	}
	return nil
}

func (db *DB) wantNoTables(ctx context.Context) error {
	var n int
	if err := db.reader(ctx).Raw("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&n).Error; err != nil {
		return fmt.Errorf("look for tables: %w", err)
	}
	if n > 0 {
		return fmt.Errorf("%w: the database has %d tables", ErrNotEmpty, n)
	}
	return nil
}

// checkRestored opens what was put and looks whether this program would serve it.
func (b *Backup) checkRestored(ctx context.Context, o Options) (err error) {
	db, err := Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.CheckSchema(ctx); err != nil {
		return err
	}
	pool, err := db.read.DB()
	if err != nil {
		return err
	}
	tree, err := checkLog(ctx, pool)
	if err == nil && tree != b.Tree {
		err = fmt.Errorf("%w: the public record is not the manifest's", ErrBackupChanged)
	}
	return err
}

// restoreObjects puts the attachments and reads them back.
func (b *Backup) restoreObjects(ctx context.Context, o RestoreOptions) error {
	if o.Objects == "" {
		return b.putObjects(ctx, o.Blobs)
	}
	draft := strings.TrimRight(o.Objects, string(filepath.Separator)) + restoringSuffix
	if err := os.RemoveAll(draft); err != nil { // of an earlier attempt
		return err
	}
	files, err := OpenMediaFiles(draft)
	if err != nil {
		return err
	}
	if err := b.putObjects(ctx, files); err != nil {
		return err
	}
	if err := os.Remove(o.Objects); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(draft, o.Objects); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(o.Objects))
}

func (b *Backup) putObjects(ctx context.Context, to media.Blobs) error {
	for _, file := range b.names(objectsFolder) {
		if err := b.putObject(ctx, to, file); err != nil {
			return fmt.Errorf("attachment %s: %w", file, err)
		}
	}
	return nil
}

func (b *Backup) putObject(ctx context.Context, to media.Blobs, file string) error {
	f, err := os.Open(b.path(objectsFolder + "/" + file))
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	name := filepath.Base(file)
	err = to.Put(ctx, name, f, info.Size(), contentTypes[filepath.Ext(name)])
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return wholeBlob(ctx, to, name)
}

// contentTypes are those under which the kinds of attachments are stored.
var contentTypes = map[string]string{".jpg": "image/jpeg", ".png": "image/png", ".pdf": "application/pdf", ".mp3": "audio/mpeg"}

// wholeBlob reads an attachment back and compares it with its name.
func wholeBlob(ctx context.Context, from media.Blobs, name string) error {
	r, _, err := from.Get(ctx, name)
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, r)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != name[:64] {
		return errDigest
	}
	return nil
}
