package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"cunwu/service/fault"
	"cunwu/service/media"
)

// Dir is a store in a directory, spread over 256 folders by the first two
// digits of the names.
type Dir struct{ root string }

// OpenDir makes the directory if need be.
func OpenDir(root string) (*Dir, error) {
	if root == "" {
		return nil, errors.New("objects: the directory has no name")
	}
	if err := os.MkdirAll(root, 0o750); err != nil {
		return nil, fmt.Errorf("objects: make directory: %w", err)
	}
	return &Dir{root}, nil
}

func (d *Dir) path(name string) string { return filepath.Join(d.root, name[:2], name) }

// Put stores size bytes of r under a name; it does nothing if the name is
// there. A full disk is service.storage_full. The content type is told by the
// name's ending and not kept.
func (d *Dir) Put(ctx context.Context, name string, r io.Reader, size int64, _ string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if has, err := d.Has(ctx, name); err != nil || has {
		return err
	}
	folder := filepath.Dir(d.path(name))
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return storeError("make folder", err)
	}
	// The same folder, so that the rename is one step of one file system.
	tmp, err := os.CreateTemp(folder, ".put-*")
	if err != nil {
		return storeError("make file", err)
	}
	if err := fill(ctx, tmp, r, size); err != nil {
		_ = os.Remove(tmp.Name())
		return storeError("write file", err)
	}
	if err := os.Rename(tmp.Name(), d.path(name)); err != nil {
		_ = os.Remove(tmp.Name())
		return storeError("name file", err)
	}
	// The names must outlive a power cut as well as the bytes: that of the
	// file, and that of its folder, which may be new.
	for _, dir := range []string{folder, d.root} {
		if err := syncDir(dir); err != nil {
			return storeError("keep name", err)
		}
	}
	return nil
}

// fill writes exactly size bytes, forces them to disk and closes.
func fill(ctx context.Context, f *os.File, r io.Reader, size int64) error {
	n, err := io.Copy(f, io.LimitReader(r, size+1))
	if err == nil && n != size {
		err = fmt.Errorf("%d bytes came instead of %d: %w", n, size, io.ErrUnexpectedEOF)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncDir(path string) error {
	d, err := os.Open(path) //nolint:gosec // a folder of the store
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Get opens the content of a name and gives its size.
func (d *Dir) Get(_ context.Context, name string) (io.ReadCloser, int64, error) {
	if err := checkName(name); err != nil {
		return nil, 0, media.ErrNotFound.Because(err)
	}
	f, err := os.Open(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, media.ErrNotFound
	}
	if err != nil {
		return nil, 0, storeError("open file", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(storeError("look at file", err), f.Close())
	}
	return f, info.Size(), nil
}

// Has reports whether a name is there.
func (d *Dir) Has(_ context.Context, name string) (bool, error) {
	if !ValidName(name) {
		return false, nil
	}
	_, err := os.Stat(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, storeError("look for file", err)
	}
	return true, nil
}

// storeError tells a full disk from other failures.
func storeError(what string, err error) error {
	err = fmt.Errorf("objects: %s: %w", what, err)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fault.ErrStorageFull.Because(err)
	}
	return err
}
