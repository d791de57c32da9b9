package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"cunwu/service/fault"
	"cunwu/service/media"
)

// MediaFiles keeps attachments as files in a folder, under the first two
// characters of their digest. It satisfies media.Blobs.
type MediaFiles struct{ root string }

var (
	_ media.Blobs = (*MediaFiles)(nil)

	blobName = regexp.MustCompile(`^[0-9a-f]{64}\.[a-z0-9]{1,5}$`)

	errBlobName = errors.New("repository: not a name of stored bytes")
	errBlobSize = errors.New("repository: stored bytes are not as many as stated")
)

// OpenMediaFiles opens a folder, and makes it where there is none.
func OpenMediaFiles(folder string) (*MediaFiles, error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, fmt.Errorf("folder of attachments: %w", err)
	}
	return &MediaFiles{root: folder}, nil
}

func (f *MediaFiles) path(name string) (string, error) {
	if !blobName.MatchString(name) {
		return "", errBlobName
	}
	return filepath.Join(f.root, name[:2], name), nil
}

// Put writes beside, syncs and renames, so that a name is there whole or not
// at all, also after a power cut. A full disk is fault.ErrStorageFull.
func (f *MediaFiles) Put(_ context.Context, name string, r io.Reader, size int64, _ string) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	if _, err = os.Stat(path); err == nil {
		return nil
	}
	if err = f.write(path, r, size); errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fault.ErrStorageFull.Because(err)
	}
	return err
}

func (f *MediaFiles) write(path string, r io.Reader, size int64) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return err
	}
	err = fill(tmp, r, size)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return errors.Join(syncFolder(folder), syncFolder(f.root))
}

func fill(to *os.File, r io.Reader, size int64) error {
	n, err := io.Copy(to, r)
	if err != nil {
		return err
	}
	if n != size {
		return errBlobSize
	}
	return to.Sync()
}

// syncFolder makes a rename survive a power cut.
func syncFolder(folder string) error {
	d, err := os.Open(folder) //nolint:gosec // a folder of ours, named by a digest
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Get opens stored bytes; what it gives is also an io.Seeker.
func (f *MediaFiles) Get(_ context.Context, name string) (io.ReadCloser, int64, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, 0, media.ErrNotFound
	}
	file, err := os.Open(path) //nolint:gosec // the name is a digest, checked above
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, media.ErrNotFound
	}
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}

// Has reports whether the bytes are there.
func (f *MediaFiles) Has(_ context.Context, name string) (bool, error) {
	path, err := f.path(name)
	if err != nil {
		return false, nil //nolint:nilerr // what cannot be a name is not there
	}
	_, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Delete removes the bytes, also from what a power cut would leave.
func (f *MediaFiles) Delete(_ context.Context, name string) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	err = os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, syncFolder(filepath.Dir(path)))
}
