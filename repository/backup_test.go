package repository_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/media"
	ledger "cunwu/service/record"
)

// place is a running archive with its attachments.
type place struct {
	*dbtest.DB
	blobs *repository.MediaFiles
}

func newPlace(t *testing.T, db *dbtest.DB) place {
	t.Helper()
	blobs, err := repository.OpenMediaFiles(filepath.Join(t.TempDir(), "objects"))
	if err != nil {
		t.Fatal(err)
	}
	return place{DB: db, blobs: blobs}
}

// publish stores a picture and then, in one transaction, its row and a leaf that
// names it, as the services do.
func (p place) publish(t *testing.T, n int) {
	t.Helper()
	ctx := t.Context()
	data, small := fmt.Appendf(nil, "picture %d \x00\xff", n), fmt.Appendf(nil, "small %d", n)
	o := media.Object{
		ID: audit.NewID(), Kind: media.PNG, Digest: hexDigest(data), Thumb: hexDigest(small), Size: int64(len(data)),
		FileName: "现场'照片\\\n.png", Owner: "someone", CreatedAt: dbtest.Start,
	}
	for name, b := range map[string][]byte{o.Digest + ".png": data, o.Thumb + ".jpg": small} {
		if err := p.blobs.Put(ctx, name, bytes.NewReader(b), int64(len(b)), ""); err != nil {
			t.Error(err)
		}
	}
	err := p.Records().InTx(ctx, dbtest.Act(), func(tx ledger.KeyTx) error {
		m, ok := tx.(media.Tx)
		if !ok {
			return errors.New("not one transaction")
		}
		if err := m.AddObject(ctx, o); err != nil {
			return err
		}
		if err := tx.Record(ctx, audit.Event{Action: "test.publish", Object: "media", ObjectID: o.ID}); err != nil {
			return err
		}
		_, err := ledger.Append(ctx, tx, ledger.Leaf{Kind: "test.published", Facts: map[string]any{"id": o.ID, "name": "第\u2028一号"}})
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func hexDigest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (p place) backUp(t *testing.T) (folder string, m repository.Manifest) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "backup")
	m, err := p.BackUp(t.Context(), repository.BackupOptions{Folder: folder, Blobs: p.blobs, Program: "test", Now: p.Clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return folder, m
}

// elsewhere gives an empty place on the same engine.
func (p place) elsewhere(t *testing.T) repository.RestoreOptions {
	t.Helper()
	o := repository.RestoreOptions{Objects: filepath.Join(t.TempDir(), "new", "objects")}
	o.Options = repository.Options{URL: dbtest.SQLiteURL(t), Clock: p.Clock}
	if p.Engine() == "mysql" {
		o.URL = dbtest.MySQLURL(t)
	}
	return o
}

func open(t *testing.T, o repository.Options) *repository.DB {
	t.Helper()
	db, err := repository.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.CheckSchema(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// rows gives everything of the tables that this test fills, as text.
func rows(t *testing.T, db *repository.DB) string {
	t.Helper()
	head, err := db.Records().Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	leaves, err := db.Records().Leaves(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	events, err := db.AuditEvents(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range events {
		ids = append(ids, e.ObjectID)
	}
	objects, err := db.Media().Objects(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal([]any{head, leaves, events, len(objects)})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestBackUp_RoundTrip(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		p := newPlace(t, db)
		for n := range 30 {
			p.publish(t, n)
		}
		folder, m := p.backUp(t)
		if m.Tree.Size != 30 || len(m.Damaged) != 0 {
			t.Errorf("%+v", m)
		}
		p.publish(t, 30) // what comes later is not in it
		b, err := repository.OpenBackup(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		to := p.elsewhere(t)
		if err := b.Restore(t.Context(), to); err != nil {
			t.Fatal(err)
		}
		restored := open(t, to.Options)
		again := filepath.Join(t.TempDir(), "again")
		files, err := repository.OpenMediaFiles(to.Objects)
		if err != nil {
			t.Fatal(err)
		}
		m2, err := restored.BackUp(t.Context(), repository.BackupOptions{Folder: again, Blobs: files, Program: "test", Now: p.Clock.Now()})
		if err != nil || m2.Tree != m.Tree || len(m2.Files) != len(m.Files) {
			t.Errorf("a backup of the restored: %v\n%+v\n%+v", err, m, m2)
		}
		if p.Engine() == "mysql" { // its files are text in a fixed order: all is the same
			for i, f := range m.Files {
				if m2.Files[i] != f {
					t.Errorf("%s is not the same after a restore", f.Name)
				}
			}
		}
		if err := b.Restore(t.Context(), to); !errors.Is(err, repository.ErrNotEmpty) {
			t.Errorf("a second restore: %v", err)
		}
		next := place{DB: &dbtest.DB{DB: restored, Clock: p.Clock}, blobs: files}
		next.publish(t, 31)
		p2 := rows(t, restored)
		if !strings.Contains(p2, "test.publish") {
			t.Error("nothing restored")
		}
	})
}

// While writers publish, a backup is one moment: the log's root is that of its
// leaves, every leaf has its row, every row its bytes.
func TestBackUp_WhileWriting(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		p := newPlace(t, db)
		p.publish(t, -1)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for n := 0; ctx.Err() == nil && n < 200; n++ {
					p.publish(t, w*1000+n)
				}
			})
		}
		var last int64
		for range 2 {
			folder, m := p.backUp(t)
			if m.Tree.Size < last || len(m.Damaged) > 0 {
				t.Errorf("%d entries after %d, damaged %v", m.Tree.Size, last, m.Damaged)
			}
			last = m.Tree.Size
			b, err := repository.OpenBackup(t.Context(), folder)
			if err != nil {
				t.Fatal(err)
			}
			objects := 0
			for _, f := range m.Files {
				if strings.HasPrefix(f.Name, "objects/") {
					objects++
				}
			}
			if want := 2 * int(m.Tree.Size); objects != want {
				t.Errorf("%d files of attachments of %d entries, want %d", objects, m.Tree.Size, want)
			}
			to := p.elsewhere(t)
			if err := b.Restore(t.Context(), to); err != nil {
				t.Fatal(err)
			}
			open(t, to.Options)
		}
		stop()
		wg.Wait()
	})
}

// Whatever is changed in a backup, it is refused before anything is written.
func TestOpenBackup_Tampered(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		p := newPlace(t, db)
		for n := range 5 {
			p.publish(t, n)
		}
		pristine, whole := p.backUp(t)
		for _, f := range append(whole.Files, repository.File{Name: "extra"}, repository.File{Name: "manifest.json"}) {
			folder := filepath.Join(t.TempDir(), "copy")
			if err := os.CopyFS(folder, os.DirFS(pristine)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, filepath.FromSlash(f.Name))
			raw, err := os.ReadFile(path)
			switch {
			case f.Name == "extra":
				err, raw = nil, []byte("more")
			case f.Name == "manifest.json":
				raw = bytes.Replace(raw, []byte(`"size": 5`), []byte(`"size": 6`), 1)
			case len(raw) > 0:
				raw[len(raw)/2] ^= 1
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := repository.OpenBackup(t.Context(), folder); !errors.Is(err, repository.ErrBackupChanged) {
				t.Errorf("%s changed: %v", f.Name, err)
			}
		}
		folder, _ := p.backUp(t)
		if err := os.Remove(filepath.Join(folder, "manifest.json")); err != nil {
			t.Fatal(err)
		}
		if _, err := repository.OpenBackup(t.Context(), folder); !errors.Is(err, repository.ErrNoBackup) {
			t.Errorf("without a manifest: %v", err)
		}
	})
}

func TestRestore_NotEmpty(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		p := newPlace(t, db)
		p.publish(t, 1)
		folder, _ := p.backUp(t)
		b, err := repository.OpenBackup(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		to := p.elsewhere(t)
		if err := os.MkdirAll(filepath.Join(to.Objects, "ab"), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := b.Restore(t.Context(), to); !errors.Is(err, repository.ErrNotEmpty) {
			t.Errorf("objects there: %v", err)
		}
		if to = p.elsewhere(t); p.Engine() == "sqlite" {
			path := strings.TrimPrefix(to.URL, "sqlite:")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		} else {
			to.URL = p.Options.URL
		}
		if err := b.Restore(t.Context(), to); !errors.Is(err, repository.ErrNotEmpty) {
			t.Errorf("a database there: %v", err)
		}
		if _, err := os.Stat(to.Objects); !errors.Is(err, fs.ErrNotExist) {
			t.Error("something was written")
		}
	})
}

// A restore that fails in the middle leaves no place that a server would serve.
func TestRestore_CutShort(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		p := newPlace(t, db)
		p.publish(t, 1)
		folder, _ := p.backUp(t)
		b, err := repository.OpenBackup(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		to := p.elsewhere(t)
		if err := os.RemoveAll(filepath.Join(folder, "objects")); err != nil { // the disk with the backup goes away
			t.Fatal(err)
		}
		if err := b.Restore(t.Context(), to); err == nil {
			t.Fatal("restored without attachments")
		}
		if p.Engine() == "sqlite" {
			if _, err := os.Stat(strings.TrimPrefix(to.URL, "sqlite:")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the database has its name: %v", err)
			}
			return
		}
		half, err := repository.Open(t.Context(), to.Options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = half.Close() })
		if err := half.CheckSchema(t.Context()); !errors.Is(err, repository.ErrSchemaHalf) {
			t.Errorf("schema of a half restore: %v", err)
		}
	})
}

// A backup is compared with a checkpoint that was seen.
func TestBackup_Behind(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		p, other := newPlace(t, db), newPlace(t, dbtest.New(t))
		note := func(q place) string {
			_, m := q.backUp(t)
			return fmt.Sprintf("village.example/log\n%d\n%s\n\n— x y\n", m.Tree.Size, m.Tree.Root)
		}
		empty := note(p)
		for n := range 7 {
			p.publish(t, n)
			other.publish(t, n)
		}
		then := note(p)
		p.publish(t, 8)
		folder, _ := p.backUp(t)
		now := note(p)
		p.publish(t, 9)
		later := note(p)
		b, err := repository.OpenBackup(t.Context(), folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name, known string
			want        error
		}{
			{"empty", empty, nil},
			{"older", then, nil},
			{"same", now, nil},
			{"newer", later, repository.ErrRollback},
			{"other", note(other), repository.ErrForked},
		} {
			if err := b.Behind(t.Context(), c.known); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		for _, bad := range []string{"", "x", "o\n-1\n" + "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" + "\n\n", "o\n1\nAA==\n\n"} {
			if err := b.Behind(t.Context(), bad); err == nil {
				t.Errorf("%q is a checkpoint", bad)
			}
		}
	})
}

// An attachment that was lost before is named, and the rest is kept.
func TestBackUp_Damaged(t *testing.T) {
	t.Parallel()
	p := newPlace(t, dbtest.New(t))
	p.publish(t, 1)
	p.publish(t, 2)
	lost, spoilt := hexDigest(fmt.Appendf(nil, "picture %d \x00\xff", 1))+".png", hexDigest([]byte("small 2"))+".jpg"
	root := filepath.Join(t.TempDir(), "spoilt")
	blobs, err := repository.OpenMediaFiles(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		hexDigest([]byte("small 1")) + ".jpg": "small 1", spoilt: "other", hexDigest([]byte("picture 2 \x00\xff")) + ".png": "picture 2 \x00\xff",
	} {
		if err := blobs.Put(t.Context(), name, strings.NewReader(data), int64(len(data)), ""); err != nil {
			t.Fatal(err)
		}
	}
	p.blobs = blobs
	folder, m := p.backUp(t)
	want := []string{lost, spoilt}
	if lost > spoilt {
		want = []string{spoilt, lost}
	}
	if fmt.Sprint(m.Damaged) != fmt.Sprint(want) {
		t.Errorf("damaged %v, want %v", m.Damaged, want)
	}
	if _, err := repository.OpenBackup(t.Context(), folder); err != nil {
		t.Error(err)
	}
}
