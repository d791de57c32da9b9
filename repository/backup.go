package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cunwu/service/media"
)

// backupFormat is the form of backups that this program writes and reads.
const backupFormat = 1

// Manifest says what a backup holds. It is written last, so that a folder
// without one is no backup.
type Manifest struct {
	Format  int       `json:"format"`
	Program string    `json:"program"` // version of the program that wrote it
	Engine  string    `json:"engine"`  // sqlite or mysql
	Taken   time.Time `json:"taken"`   // when the copy of the rows began
	Schema  int64     `json:"schema"`  // version of the schema of the rows
	Tree    TreeHead  `json:"tree"`    // the public record as it stood in these rows
	Files   []File    `json:"files"`
	// Damaged are attachments that rows name and that could not be copied whole:
	// their bytes were away, or not those of their digest.
	Damaged []string `json:"damaged,omitempty"`
}

// File is one file of a backup; Name has forward slashes, SHA256 is hexadecimal.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// BackupOptions say where a backup goes and what goes with the rows.
type BackupOptions struct {
	Folder  string      // must not exist; it is there when the backup is whole
	Blobs   media.Blobs // where the bytes of attachments are
	Program string      // version, for the manifest
	Now     time.Time
	// Checkpoint is the signed note of the log taken before the backup began, or
	// empty. It must agree with the rows.
	Checkpoint string
	// Keys are the files of keys to put in, by name. Who holds such a backup can
	// read what is sealed and sign for the log.
	Keys map[string][]byte
}

const (
	manifestName   = "manifest.json"
	databaseName   = "database.sqlite"
	checkpointName = "checkpoint"
	objectsFolder  = "objects"
	tablesFolder   = "tables"
	keysFolder     = "keys"
	partialSuffix  = ".partial"
)

// ErrBackupThere: the folder of a backup to be made exists already.
var ErrBackupThere = errors.New("repository: there is something where the backup should go")

// queryer reads rows of one state of the database.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// BackUp copies everything while the archive is in use: the rows as they stood
// at one moment, then every attachment that those rows name. Attachments are
// written before their rows and never changed, so what the rows name is there.
// Writers are not held up. The folder appears under its name when it is whole
// and synced.
func (db *DB) BackUp(ctx context.Context, o BackupOptions) (Manifest, error) {
	if _, err := os.Lstat(o.Folder); !errors.Is(err, os.ErrNotExist) {
		return Manifest{}, errors.Join(ErrBackupThere, err)
	}
	if err := db.CheckSchema(ctx); err != nil {
		return Manifest{}, err
	}
	w, err := newBackupWriter(o.Folder + partialSuffix)
	if err != nil {
		return Manifest{}, err
	}
	m := Manifest{Format: backupFormat, Program: o.Program, Engine: db.Engine(), Taken: o.Now.UTC().Truncate(time.Millisecond)}
	if m.Schema, err = programSchema(db.Engine()); err != nil {
		return m, err
	}
	err = db.snapshot(ctx, w, func(q queryer) error {
		return w.contents(ctx, q, &m, o)
	})
	if err != nil {
		return m, errors.Join(fmt.Errorf("back up: %w", err), os.RemoveAll(w.folder))
	}
	if err := w.finish(&m); err != nil {
		return m, errors.Join(fmt.Errorf("back up: %w", err), os.RemoveAll(w.folder))
	}
	if err := os.Rename(w.folder, o.Folder); err != nil {
		return m, err
	}
	return m, syncFolder(filepath.Dir(o.Folder))
}

// snapshot puts the rows of one moment into the backup and lets f read the very
// same.
func (db *DB) snapshot(ctx context.Context, w *backupWriter, f func(queryer) error) error {
	if s, ok := db.dialect.(*sqliteDialect); ok {
		return s.snapshot(ctx, w, f)
	}
	m, ok := db.dialect.(*mysqlDialect)
	if !ok {
		return fmt.Errorf("no backup of %s", db.Engine())
	}
	return m.snapshot(ctx, w, f)
}

// snapshot copies the file on a connection of its own: the readers of the
// archive may not write, not even into another file. It is a read transaction,
// which in WAL holds nobody up.
func (s *sqliteDialect) snapshot(ctx context.Context, w *backupWriter, f func(queryer) error) (err error) {
	path := w.path(databaseName)
	pool, err := sql.Open("sqlite", s.dsn("", "cache_size(-4000)"))
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, "VACUUM INTO ?", path)
	if err := errors.Join(err, pool.Close()); err != nil {
		return translate(s, err)
	}
	if err := w.adopt(databaseName); err != nil {
		return err
	}
	return readCopy(ctx, path, f)
}

// readCopy opens a SQLite file that nobody writes, and checks that it is sound.
func readCopy(ctx context.Context, path string, f func(queryer) error) (err error) {
	quiet := &sqliteDialect{path: path}
	pool, err := sql.Open("sqlite", quiet.dsn("mode=ro&immutable=1", "query_only(1)"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	var sound string
	if err := pool.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&sound); err != nil {
		return fmt.Errorf("check the copy: %w", err)
	}
	if sound != "ok" {
		return fmt.Errorf("the copy is damaged: %s", sound)
	}
	return f(pool)
}

// contents adds what goes with the rows.
func (w *backupWriter) contents(ctx context.Context, q queryer, m *Manifest, o BackupOptions) error {
	var err error
	if m.Tree, err = checkLog(ctx, q); err != nil {
		return err
	}
	if o.Checkpoint != "" {
		if err := agrees(ctx, q, o.Checkpoint); err != nil {
			return err
		}
		if err := w.put(checkpointName, []byte(o.Checkpoint)); err != nil {
			return err
		}
	}
	for name, key := range o.Keys {
		if err := w.put(keysFolder+"/"+filepath.Base(name), key); err != nil {
			return err
		}
	}
	m.Damaged, err = w.objects(ctx, q, o.Blobs)
	return err
}

// objects copies the attachments that the rows name. What is damaged is left
// out and reported: a backup without one picture is better than none.
func (w *backupWriter) objects(ctx context.Context, q queryer, from media.Blobs) (damaged []string, err error) {
	names, err := blobNames(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		err := w.object(ctx, from, name)
		switch {
		case errors.Is(err, media.ErrNotFound) || errors.Is(err, errDigest):
			damaged = append(damaged, name)
		case err != nil:
			return nil, fmt.Errorf("attachment %s: %w", name, err)
		}
	}
	return damaged, nil
}

// blobNames gives the stored names of all attachments and small pictures, once
// each and in order.
func blobNames(ctx context.Context, q queryer) (names []string, err error) {
	rows, err := q.QueryContext(ctx, "SELECT kind, digest, thumb FROM media_objects")
	if err != nil {
		return nil, fmt.Errorf("read attachments: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	seen := map[string]bool{}
	for rows.Next() {
		var o media.Object
		if err := rows.Scan((*string)(&o.Kind), &o.Digest, &o.Thumb); err != nil {
			return nil, fmt.Errorf("read attachments: %w", err)
		}
		for _, p := range []string{o.Path(), o.ThumbPath()} {
			if p != "" {
				seen[strings.TrimPrefix(p, "/media/")] = true
			}
		}
	}
	return sortedKeys(seen), rows.Err()
}

// programSchema is the version of the schema that this program has.
func programSchema(engine string) (int64, error) {
	steps, err := renderMigrations(engine)
	if err != nil {
		return 0, err
	}
	var last int64
	for name := range steps {
		var n int64
		if _, err := fmt.Sscanf(name, "%d_", &n); err != nil {
			return 0, fmt.Errorf("migration %s: %w", name, err)
		}
		last = max(last, n)
	}
	return last, nil
}
