package repository_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"cunwu/repository"
	"cunwu/repository/dbtest"
	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/media"
	"cunwu/service/region"
)

const boardVillage = region.Code("510821102200")

// drawer is a media service over real files, whose folder can be looked into.
type drawer struct {
	*testing.T
	db     *dbtest.DB
	folder string
	files  media.Blobs
	svc    *media.Service
}

func newDrawer(t *testing.T, db *dbtest.DB) *drawer {
	t.Helper()
	d := &drawer{T: t, db: db, folder: t.TempDir()}
	files, err := repository.OpenMediaFiles(d.folder)
	if err != nil {
		t.Fatal(err)
	}
	d.files = files
	d.svc = media.New(db.Media(), files, media.Options{
		Clock: db.Clock,
		Keeps: func(c account.Caller, v region.Code) bool { return c.AccountID == "keeper" && v == boardVillage },
	})
	return d
}

// picture gives a PNG of one colour, so that equal shades are equal bytes.
func picture(t *testing.T, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	img.SetGray(1, 1, color.Gray{Y: 255 - shade})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (d *drawer) upload(owner string, shade uint8) media.Object {
	d.Helper()
	data := picture(d.T, shade)
	act := audit.Act{Actor: audit.Actor{AccountID: owner}}
	o, err := d.svc.Upload(d.Context(), account.Caller{AccountID: owner}, act, "照片.png", bytes.NewReader(data), int64(len(data)))
	if err != nil {
		d.Fatal(err)
	}
	return o
}

func (d *drawer) write(fn func(tx media.Tx) error) {
	d.Helper()
	err := d.db.Media().InTx(d.Context(), dbtest.Act(), func(tx media.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(d.Context(), audit.Event{Action: "media.test", Object: "media", Result: "ok"})
	})
	if err != nil {
		d.Fatal(err)
	}
}

// stored lists the files of the folder.
func (d *drawer) stored() []string {
	d.Helper()
	var out []string
	err := filepath.WalkDir(d.folder, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			out = append(out, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		d.Fatal(err)
	}
	return out
}

func (d *drawer) opens(who string, o media.Object, want bool) {
	d.Helper()
	for _, path := range []string{o.Path(), o.ThumbPath()} {
		f, err := d.svc.Open(d.Context(), account.Caller{AccountID: who}, strings.TrimPrefix(path, "/media/"))
		if (err == nil) != want || err != nil && !errors.Is(err, media.ErrNotFound) {
			d.Errorf("%q opens %s: %v, want %v", who, path, err, want)
		}
		if err != nil {
			continue
		}
		if f.Public {
			d.Errorf("%s may be kept by caches", path)
		}
		_ = f.Body.Close()
	}
}

// hangs ties an upload to an entry; shown is 1 while everybody may fetch it.
func (d *drawer) hangs(o media.Object, entry, purpose string, shown int) {
	d.Helper()
	err := d.db.Exec(d.Context(), "INSERT INTO board_media (media_id, entry_id, region, purpose, shown) VALUES (?, ?, ?, ?, ?)",
		o.ID, entry, string(boardVillage), purpose, shown)
	if err != nil {
		d.Fatal(err)
	}
}

// drops takes an upload off an entry and erases it.
func (d *drawer) drops(entry string, os ...media.Object) {
	d.Helper()
	for _, o := range os {
		if err := d.db.Exec(d.Context(), "DELETE FROM board_media WHERE media_id = ? AND entry_id = ?", o.ID, entry); err != nil {
			d.Fatal(err)
		}
		d.write(func(tx media.Tx) error { return tx.EraseMedia(d.Context(), o.ID) })
	}
}

// A photo of a red entry is seen while the entry shows it, evidence by those who
// work on the matter, and no cache keeps either.
func TestMedia_BoardShown(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		d := newDrawer(t, db)
		photo, evidence := d.upload("anna", 10), d.upload("bert", 20)
		d.opens("", photo, false)
		d.hangs(photo, "e1", "portrait", 1)
		d.hangs(evidence, "e1", "evidence", 0)
		for who, sees := range map[string][2]bool{"": {true, false}, "anna": {true, false}, "bert": {true, true}, "keeper": {true, true}} {
			d.opens(who, photo, sees[0])
			d.opens(who, evidence, sees[1])
		}
		if err := db.Exec(t.Context(), "UPDATE board_media SET shown = 0"); err != nil {
			t.Fatal(err)
		}
		for who, sees := range map[string][2]bool{"": {false, false}, "anna": {true, false}, "keeper": {true, true}} {
			d.opens(who, photo, sees[0])
			d.opens(who, evidence, sees[1])
		}
	})
}

// What is erased leaves no row and no byte, unless somebody else has the same
// bytes or it hangs elsewhere.
func TestMedia_Erase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		d := newDrawer(t, db)
		ctx := t.Context()
		photo, elsewhere, shared, twin := d.upload("anna", 10), d.upload("anna", 20), d.upload("anna", 30), d.upload("bert", 30)
		hang(t, db, elsewhere.ID, string(boardVillage), "PUBLIC_INTERNET", "published", 1)
		d.hangs(photo, "e1", "portrait", 1)
		d.hangs(elsewhere, "e1", "evidence", 0)
		d.hangs(shared, "e1", "evidence", 0)
		d.hangs(photo, "e2", "evidence", 0)
		if err := d.svc.Erase(ctx, []string{photo.ID, "nobody"}); err != nil {
			t.Fatal(err)
		}
		d.opens("keeper", photo, true) // it hangs on two entries
		before := d.stored()
		d.drops("e1", photo, elsewhere, shared)
		d.opens("keeper", photo, true)
		d.drops("e2", photo)
		// The commit is done, and the bytes are there as after a crash.
		if now := d.stored(); len(now) != len(before) {
			t.Errorf("bytes went before the commit was sure: %v", now)
		}
		for _, who := range []string{"", "anna", "keeper"} {
			d.opens(who, photo, false)
		}
		for range 2 {
			if _, err := d.svc.SweepErased(ctx); err != nil {
				t.Fatal(err)
			}
		}
		left := d.stored()
		gone := []string{strings.TrimPrefix(photo.Path(), "/media/"), strings.TrimPrefix(photo.ThumbPath(), "/media/")}
		for _, name := range gone {
			if slices.Contains(left, name) {
				t.Errorf("%s is still there", name)
			}
		}
		if len(left) != len(before)-len(slices.Compact(gone)) {
			t.Errorf("left %v of %v", left, before)
		}
		got, err := db.Media().Objects(ctx, []string{photo.ID, elsewhere.ID, shared.ID, twin.ID})
		if err != nil || len(got) != 2 {
			t.Errorf("rows left: %v %v", got, err)
		}
		d.opens("bert", twin, true)
		d.opens("anna", d.upload("anna", 10), true) // the same again is a new upload
	})
}

// Uploads of bytes that are being taken away meanwhile are whole.
func TestMedia_EraseAgainstUpload(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		d := newDrawer(t, db)
		ctx, stop := context.WithCancel(t.Context())
		var sweeps sync.WaitGroup
		for range 2 {
			sweeps.Go(func() {
				for ctx.Err() == nil {
					_, _ = d.svc.SweepErased(t.Context())
				}
			})
		}
		for range 40 {
			o := d.upload("anna", 40)
			d.opens("anna", o, true)
			if err := d.svc.Erase(t.Context(), []string{o.ID}); err != nil {
				t.Error(err)
			}
		}
		stop()
		sweeps.Wait()
		if _, err := d.svc.SweepErased(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := d.stored(); len(left) != 0 {
			t.Errorf("left %v", left)
		}
	})
}

// TestMedia_EraseAsksEveryTable: wherever an attachment can hang, it is spared
// while it hangs there.
func TestMedia_EraseAsksEveryTable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		tables, err := db.TablesWith(t.Context(), "media_id")
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(repository.MediaHangs)
		slices.Sort(want)
		slices.Sort(tables)
		if !slices.Equal(tables, want) {
			t.Errorf("attachments hang in %v, asked are %v", tables, want)
		}
	})
}
