package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cunwu/config"
	"cunwu/repository"
	"cunwu/service/media"
)

// checkpointFile is the file in the data folder in which a server leaves the
// last checkpoint that it signed: a restore there does not go back behind it.
const checkpointFile = "checkpoint"

// errDamaged: the backup is whole save for attachments that were damaged before.
var errDamaged = errors.New("有附件缺失或损坏，备份里没有它们，名单见 manifest.json 的 damaged")

type backupCommand struct {
	To       string `arg:"" help:"备份到哪里：一个还不存在的目录，或以 .tar 结尾的文件"`
	WithKeys bool   `help:"把数据目录里的密钥也放进去（谁拿到备份，谁就能解开封存的内容、以本站名义签名）"`
}

// Run backs up while the server may go on.
func (c backupCommand) Run(ctx context.Context, e *environment) error {
	cfg, err := config.Load(e.environ, false)
	if err != nil {
		return err
	}
	folder := c.To
	archive := strings.HasSuffix(c.To, ".tar")
	if archive {
		folder += ".files"
		if _, err := os.Lstat(c.To); !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(fmt.Errorf("%s 已经存在，备份不会覆盖它", c.To), err)
		}
	}
	m, err := c.take(ctx, e, cfg, folder)
	if err != nil {
		return err
	}
	if archive {
		if err := errors.Join(pack(folder, c.To), os.RemoveAll(folder)); err != nil {
			return err
		}
	}
	return c.report(e, m)
}

func (c backupCommand) take(ctx context.Context, e *environment, cfg config.Config, folder string) (m repository.Manifest, err error) {
	log := newLog(cfg, e.stderr)
	blobs, err := openBlobs(ctx, cfg)
	if err != nil {
		return m, err
	}
	o := repository.BackupOptions{Folder: filepath.Clean(folder), Blobs: blobs, Program: version, Now: time.Now()}
	if c.WithKeys {
		if o.Keys, err = keyFiles(cfg.Data); err != nil {
			return m, err
		}
	}
	db, err := openAlone(ctx, cfg, log)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if o.Checkpoint, err = readCheckpoint(filepath.Join(cfg.Data, checkpointFile)); err != nil {
		return m, err
	}
	m, err = db.BackUp(ctx, o)
	return m, inWords(err)
}

func (c backupCommand) report(e *environment, m repository.Manifest) error {
	var bytes int64
	attachments := 0
	for _, f := range m.Files {
		bytes += f.Bytes
		if strings.HasPrefix(f.Name, "objects/") {
			attachments++
		}
	}
	if c.WithKeys {
		_, _ = fmt.Fprintln(e.stderr, "!!! 这份备份里有密钥：和密钥本身一样保管，不要放到别人看得到的地方。")
	}
	_, err := fmt.Fprintf(e.stdout, "已备份到 %s：%d 个文件，%d 字节，附件 %d 个，存证记录 %d 条。\n", c.To, len(m.Files)+1, bytes, attachments, m.Tree.Size)
	if err == nil && !c.WithKeys {
		_, err = fmt.Fprintln(e.stdout, "密钥不在备份里，请另外保存。")
	}
	if len(m.Damaged) > 0 {
		err = errors.Join(err, errDamaged)
	}
	return err
}

type restoreCommand struct {
	From           string `arg:"" help:"备份：目录或 .tar 文件" type:"path"`
	AcceptRollback bool   `help:"备份比已知的检查点旧也恢复：旧备份之后公开过的内容会消失，核验的人会看到"`
	Checkpoint     string `help:"手里留着的检查点文件" type:"existingfile" xor:"known"`
	State          string `help:"cunwu verify --state 用过的目录" type:"existingdir" xor:"known"`
}

// Run restores into the empty place that the settings name.
func (c restoreCommand) Run(ctx context.Context, e *environment) (err error) {
	cfg, err := config.Load(e.environ, false)
	if err != nil {
		return err
	}
	folder := c.From
	if strings.HasSuffix(c.From, ".tar") {
		if err := os.MkdirAll(cfg.Data, 0o750); err != nil {
			return err
		}
		if folder, err = os.MkdirTemp(cfg.Data, ".unpacked-*"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
		if err := unpack(c.From, folder); err != nil {
			return fmt.Errorf("解开 %s：%w", c.From, err)
		}
	}
	b, err := repository.OpenBackup(ctx, folder)
	if err != nil {
		return inWords(err)
	}
	if err := c.checkKnown(ctx, e, cfg, b); err != nil {
		return inWords(err)
	}
	return inWords(c.put(ctx, e, cfg, b))
}

// checkKnown refuses to go back behind what was seen.
func (c restoreCommand) checkKnown(ctx context.Context, e *environment, cfg config.Config, b *repository.Backup) error {
	known, err := c.known(cfg)
	if err != nil {
		return err
	}
	if len(known) == 0 {
		_, _ = fmt.Fprintln(e.stderr, "!!! 没有可对照的检查点（--checkpoint 或 --state），不能判断这份备份之后是否还公开过内容。")
	}
	for name, text := range known {
		err := b.Behind(ctx, text)
		switch {
		case err == nil:
		case c.AcceptRollback && (errors.Is(err, repository.ErrRollback) || errors.Is(err, repository.ErrForked)):
			_, _ = fmt.Fprintf(e.stderr, "!!! 备份与检查点 %s 不接续，按 --accept-rollback 继续：%v\n", name, err)
		default:
			return fmt.Errorf("对照检查点 %s：%w", name, err)
		}
	}
	return nil
}

// known gives the checkpoints to compare with, by where they were found.
func (c restoreCommand) known(cfg config.Config) (map[string]string, error) {
	out := map[string]string{}
	for _, path := range []string{c.Checkpoint, filepath.Join(cfg.Data, checkpointFile)} {
		if path == "" {
			continue
		}
		text, err := readCheckpoint(path)
		if err != nil {
			return nil, err
		}
		if text != "" {
			out[path] = text
		}
	}
	if c.State == "" {
		return out, nil
	}
	found := false
	err := filepath.WalkDir(c.State, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.Contains(d.Name(), "checkpoint") {
			return err
		}
		text, err := readCheckpoint(path)
		if err == nil && text != "" {
			out[path], found = text, true
		}
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("%s 里没有检查点", c.State)
	}
	return out, err
}

// put restores, and puts back keys that the backup has and the place has not.
func (c restoreCommand) put(ctx context.Context, e *environment, cfg config.Config, b *repository.Backup) error {
	keys, err := b.Keys()
	if err != nil {
		return err
	}
	for name, key := range keys {
		have, err := os.ReadFile(filepath.Join(cfg.Data, name)) //nolint:gosec // the name matched the form of backups' keys
		if err == nil && !bytes.Equal(have, key) {
			return fmt.Errorf("数据目录里已有另一把密钥 %s，与备份里的不同；请先弄清哪一把是对的", name)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	o := repository.RestoreOptions{Options: aloneOptions(cfg, newLog(cfg, e.stderr)), Objects: cfg.Objects.Folder}
	if cfg.Objects.Bucket != nil {
		if o.Blobs, err = openBlobs(ctx, cfg); err != nil {
			return err
		}
	}
	// Keys first: a server that starts without them would make others.
	for name, key := range keys {
		if err := writeWhole(filepath.Join(cfg.Data, name), key); err != nil {
			return err
		}
	}
	if err := b.Restore(ctx, o); err != nil {
		return err
	}
	text, err := b.Checkpoint()
	if err != nil {
		return err
	}
	if c.AcceptRollback && text != "" {
		if err := writeWhole(filepath.Join(cfg.Data, checkpointFile), []byte(text)); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(e.stdout, "已恢复：%s 的备份，存证记录 %d 条。\n", b.Taken.Format(time.RFC3339), b.Tree.Size)
	if err == nil && len(b.Damaged) > 0 {
		_, err = fmt.Fprintf(e.stdout, "备份时就缺失或损坏的附件有 %d 个。\n", len(b.Damaged))
	}
	return err
}

// inWords adds what an operator can do to the refusals of the archive.
func inWords(err error) error {
	for _, w := range []struct {
		is   error
		text string
	}{
		{repository.ErrBackupThere, "备份的去处已有东西，备份不会覆盖它"},
		{repository.ErrNoBackup, "这不是一份完整的备份"},
		{repository.ErrBackupChanged, "备份被改过或损坏了，没有恢复"},
		{repository.ErrNotEmpty, "只能恢复到空的地方（没有数据库、没有附件）；上次恢复若中断过，清空后再来"},
		{repository.ErrRollback, "备份比见过的检查点旧，恢复会让公开过的内容消失；确实要这样，加 --accept-rollback"},
		{repository.ErrForked, "备份里的存证记录和见过的检查点不是同一份；确实要这样，加 --accept-rollback"},
	} {
		if errors.Is(err, w.is) {
			return fmt.Errorf("%s：%w", w.text, err)
		}
	}
	return err
}

// readCheckpoint reads a small file; "" where there is none.
func readCheckpoint(path string) (string, error) {
	f, err := os.Open(path) //nolint:gosec // the operator's own path
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(f, 64<<10))
	return string(text), errors.Join(err, f.Close())
}

// keyFiles reads the keys of the data folder. Keys that come from settings are
// not there and not in a backup.
func keyFiles(data string) (map[string][]byte, error) {
	paths, err := filepath.Glob(filepath.Join(data, "*.key"))
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, p := range paths {
		if out[filepath.Base(p)], err = os.ReadFile(p); err != nil { //nolint:gosec // our own folder
			return nil, err
		}
	}
	return out, nil
}

// writeWhole writes a file of ours beside and renames it.
func writeWhole(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil { //nolint:gosec // where whoever runs the command wants it
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path) //nolint:gosec // as above
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name())) //nolint:gosec // as above
	}
	return nil
}

// pack puts the files of a backup into a tar file that appears when it is whole.
func pack(folder, to string) error {
	draft := to + ".partial"
	f, err := os.OpenFile(draft, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // the operator's own path
	if err != nil {
		return err
	}
	w := tar.NewWriter(f)
	err = w.AddFS(os.DirFS(folder))
	if err = errors.Join(err, w.Close(), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return os.Rename(draft, to)
}

// unpack takes the plain files out of a tar file. What they are is checked
// against the manifest afterwards.
func unpack(from, folder string) error {
	f, err := os.Open(from) //nolint:gosec // the operator's own path
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // only a handle
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeReg {
			if err := unpackFile(root, h, r); err != nil {
				return err
			}
		}
	}
}

func unpackFile(root *os.Root, h *tar.Header, r io.Reader) error {
	if err := root.MkdirAll(filepath.Dir(h.Name), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(h.Name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, r, h.Size)
	return errors.Join(err, f.Close())
}

// openBlobs opens where attachments are.
func openBlobs(ctx context.Context, cfg config.Config) (media.Blobs, error) {
	if b := cfg.Objects.Bucket; b != nil {
		return repository.OpenMediaBucket(ctx, repository.BucketOptions{
			Endpoint: b.Endpoint, Bucket: b.Bucket, Prefix: b.Prefix, Region: b.Region, Key: b.Key, Secret: b.Secret, Plain: b.Plain,
		})
	}
	return repository.OpenMediaFiles(cfg.Objects.Folder)
}

// aloneOptions open the archive for a command that works alone: it waits longer
// for a statement than a server does.
func aloneOptions(cfg config.Config, log *slog.Logger) repository.Options {
	return repository.Options{URL: cfg.DatabaseURL, Logger: log, CacheMB: 32, ReadTimeout: 5 * time.Minute, WriteTimeout: time.Minute}
}

// openAlone opens the archive where there is one: a SQLite file is not made.
func openAlone(ctx context.Context, cfg config.Config, log *slog.Logger) (*repository.DB, error) {
	if path, ok := strings.CutPrefix(cfg.DatabaseURL, "sqlite:"); ok {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("没有数据库可备份：%w", err)
		}
	}
	return repository.Open(ctx, aloneOptions(cfg, log))
}
