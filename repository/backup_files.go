package repository

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"cunwu/service/media"
)

// What is wrong with a backup.
var (
	// ErrNoBackup: there is no manifest, so it is none, or one cut short.
	ErrNoBackup = errors.New("repository: not a whole backup")
	// ErrBackupChanged: a file is not as the manifest says.
	ErrBackupChanged = errors.New("repository: the backup was changed or damaged")

	errDigest = errors.New("repository: bytes are not those of their digest")

	// backupPath is what a file of a backup may be called.
	backupPath = regexp.MustCompile(`^(database\.sqlite|checkpoint|tables/[a-z0-9_]{1,64}\.jsonl\.gz|keys/[A-Za-z0-9][A-Za-z0-9._-]{0,63}|objects/[0-9a-f]{2}/[0-9a-f]{64}\.[a-z0-9]{1,5})$`)
)

// maxManifest bounds what is read of a manifest, in bytes: half a million files.
const maxManifest = 128 << 20

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// backupWriter fills the folder of a backup and notes what is in it.
type backupWriter struct {
	folder string
	files  map[string]File
}

// newBackupWriter makes the folder, readable by its owner only; what an
// interrupted backup left there goes.
func newBackupWriter(folder string) (*backupWriter, error) {
	if err := os.RemoveAll(folder); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	return &backupWriter{folder: folder, files: map[string]File{}}, nil
}

func (w *backupWriter) path(name string) string {
	return filepath.Join(w.folder, filepath.FromSlash(name))
}

// create opens a new file of the backup; close syncs it and notes it.
func (w *backupWriter) create(name string) (*noted, error) {
	if !backupPath.MatchString(name) && name != manifestName {
		return nil, fmt.Errorf("%w: name %q", errBlobName, name)
	}
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(w.path(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &noted{w: w, f: f, file: File{Name: name}, sum: sha256.New()}, nil
}

func (w *backupWriter) put(name string, data []byte) error {
	n, err := w.create(name)
	if err != nil {
		return err
	}
	_, err = n.Write(data)
	return errors.Join(err, n.close())
}

// noted counts and hashes what is written to a file.
type noted struct {
	w    *backupWriter
	f    *os.File
	file File
	sum  hash.Hash
}

// Write writes and hashes.
func (n *noted) Write(p []byte) (int, error) {
	k, err := n.f.Write(p)
	n.file.Bytes += int64(k)
	_, _ = n.sum.Write(p[:k]) // a hash never fails
	return k, err
}

func (n *noted) close() error {
	if err := errors.Join(n.f.Sync(), n.f.Close()); err != nil {
		return err
	}
	n.file.SHA256 = hex.EncodeToString(n.sum.Sum(nil))
	n.w.files[n.file.Name] = n.file
	return nil
}

// adopt notes a file that somebody else wrote into the folder.
func (w *backupWriter) adopt(name string) error {
	if err := os.Chmod(w.path(name), 0o600); err != nil {
		return err
	}
	file, err := describe(w.folder, name)
	if err != nil {
		return err
	}
	w.files[name] = file
	return syncFile(w.path(name))
}

// object copies one attachment; errDigest where the bytes are not its own.
func (w *backupWriter) object(ctx context.Context, from media.Blobs, name string) (err error) {
	r, _, err := from.Get(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	n, err := w.create(objectsFolder + "/" + name[:2] + "/" + name)
	if err != nil {
		return err
	}
	_, err = io.Copy(n, r)
	if err := errors.Join(err, n.close()); err != nil {
		return err
	}
	if n.w.files[n.file.Name].SHA256 != name[:64] {
		delete(w.files, n.file.Name)
		return errors.Join(errDigest, os.Remove(w.path(n.file.Name)))
	}
	return nil
}

// finish writes the manifest and makes all of it survive a power cut.
func (w *backupWriter) finish(m *Manifest) error {
	for _, name := range sortedKeys(w.files) {
		m.Files = append(m.Files, w.files[name])
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := w.put(manifestName, append(text, '\n')); err != nil {
		return err
	}
	return filepath.WalkDir(w.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return syncFolder(path)
	})
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // a file of a backup, named by us
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// describe measures a file.
func describe(folder, name string) (File, error) {
	f, err := os.Open(filepath.Join(folder, filepath.FromSlash(name))) //nolint:gosec // the name matched backupPath
	if err != nil {
		return File{}, err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return File{Name: name, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, errors.Join(err, f.Close())
}

// Backup is a backup that was read and found whole.
type Backup struct {
	Manifest
	folder string
}

// OpenBackup reads a backup and verifies every file against the manifest, the
// rows' public record against the tree that it states, and the checkpoint that
// lies with it: ErrNoBackup, ErrBackupChanged, or ErrSchemaNewer and
// ErrSchemaOlder where another version of the program made it.
func OpenBackup(ctx context.Context, folder string) (*Backup, error) {
	b := &Backup{folder: folder}
	if err := b.readManifest(); err != nil {
		return nil, err
	}
	if err := b.verifyFiles(); err != nil {
		return nil, err
	}
	return b, b.verifyTree(ctx)
}

func (b *Backup) readManifest() error {
	f, err := os.Open(filepath.Join(b.folder, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoBackup
	}
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := json.Unmarshal(text, &b.Manifest); err != nil {
		return fmt.Errorf("%w: manifest: %w", ErrBackupChanged, err)
	}
	if b.Format != backupFormat {
		return fmt.Errorf("%w: format %d", ErrNoBackup, b.Format)
	}
	if b.Engine != "sqlite" && b.Engine != "mysql" {
		return fmt.Errorf("%w: engine %q", ErrBackupChanged, b.Engine)
	}
	schema, err := programSchema(b.Engine)
	switch {
	case err != nil:
		return err
	case b.Schema > schema:
		return fmt.Errorf("%w: backup %d, program %d", ErrSchemaNewer, b.Schema, schema)
	case b.Schema < schema:
		return fmt.Errorf("%w: backup %d, program %d; restore it with the version that made it (%s)", ErrSchemaOlder, b.Schema, schema, b.Program)
	}
	return nil
}

// verifyFiles demands exactly the files of the manifest, each as it says.
func (b *Backup) verifyFiles() error {
	stated := map[string]bool{manifestName: true}
	for _, want := range b.Files {
		if !backupPath.MatchString(want.Name) || stated[want.Name] {
			return fmt.Errorf("%w: name %q", ErrBackupChanged, want.Name)
		}
		stated[want.Name] = true
		got, err := describe(b.folder, want.Name)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBackupChanged, err)
		}
		if got != want {
			return fmt.Errorf("%w: %s is not as the manifest says", ErrBackupChanged, want.Name)
		}
	}
	return filepath.WalkDir(b.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(b.folder, path)
		if err == nil && (!stated[filepath.ToSlash(name)] || !d.Type().IsRegular()) {
			return fmt.Errorf("%w: %s is not in the manifest", ErrBackupChanged, name)
		}
		return err
	})
}

func (b *Backup) path(name string) string { return filepath.Join(b.folder, filepath.FromSlash(name)) }

// names gives the files of a folder of the backup.
func (b *Backup) names(folder string) []string {
	var out []string
	for _, f := range b.Files {
		if rest, ok := strings.CutPrefix(f.Name, folder+"/"); ok {
			out = append(out, rest)
		}
	}
	return out
}

// Checkpoint gives the signed note that lies with the backup, or "".
func (b *Backup) Checkpoint() (string, error) {
	text, err := os.ReadFile(b.path(checkpointName))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}

// Keys gives the files of keys in the backup, by name.
func (b *Backup) Keys() (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, name := range b.names(keysFolder) {
		key, err := os.ReadFile(b.path(keysFolder + "/" + name))
		if err != nil {
			return nil, err
		}
		out[name] = key
	}
	return out, nil
}
