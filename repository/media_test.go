package repository_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/media"
	"cunwu/service/region"
)

func object(owner, digest string) media.Object {
	return media.Object{
		ID: audit.NewID(), Kind: media.JPEG, Digest: strings.Repeat(digest, 64), Thumb: strings.Repeat("f", 64), Size: 1 << 40,
		Width: 2560, Height: 1, FileName: "便道 🚜.jpg", Owner: owner, CreatedAt: dbtest.Start,
	}
}

func addObjects(t *testing.T, db *dbtest.DB, objects ...media.Object) {
	t.Helper()
	err := db.Media().InTx(t.Context(), dbtest.Act(), func(tx media.Tx) error {
		for _, o := range objects {
			if err := tx.AddObject(t.Context(), o); err != nil {
				return err
			}
		}
		return tx.Record(t.Context(), audit.Event{Action: "media.upload", Object: "media", Result: "ok"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// hang puts an attachment on a posting that stands as told.
func hang(t *testing.T, db *dbtest.DB, mediaID, place, visibility, state string, published int) {
	t.Helper()
	id := audit.NewID()
	err := db.Exec(t.Context(), `INSERT INTO postings (id, region, item_code, category, edition, period, visibility, state, version, late,
		published_at, title, summary, attachments, questions, case_id, revision, personal, first_at, posted_from, posted_until, created_at, created_by, reason, review)
		VALUES (?, ?, 'D01', 'FINANCE', '2026-01-01', '2026Q1', ?, ?, 1, 0, 0, '', '', 1, 0, 'c', 1, 0, 0, 0, 0, 0, 'a', '', '')`,
		id, place, visibility, state)
	if err != nil {
		t.Fatal(err)
	}
	if err = db.Exec(t.Context(), "INSERT INTO posting_media (media_id, posting_id, published) VALUES (?, ?, ?)", mediaID, id, published); err != nil {
		t.Fatal(err)
	}
}

func TestMedia_Objects(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		one, two := object("anna", "a"), object("bert", "b")
		addObjects(t, db, one, two)
		got, err := db.Media().Objects(t.Context(), []string{two.ID, "nobody", one.ID})
		if err != nil || len(got) != 2 {
			t.Fatal(got, err)
		}
		for _, want := range []media.Object{one, two} {
			if !slices.ContainsFunc(got, func(o media.Object) bool {
				same := o.CreatedAt.Equal(want.CreatedAt)
				o.CreatedAt = want.CreatedAt
				return same && o == want
			}) {
				t.Errorf("%+v is not among %+v", want, got)
			}
		}
		if got, err = db.Media().Objects(t.Context(), nil); err != nil || len(got) != 0 {
			t.Error(got, err)
		}
	})
}

func TestMedia_Shown(t *testing.T) {
	t.Parallel()
	const here, there = "510821102200", "510821102202"
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		mine, same, lone := object("anna", "a"), object("bert", "a"), object("anna", "c")
		lone.Thumb = ""
		addObjects(t, db, mine, same, lone)
		shown := func(digest, viewer string) media.Showing {
			t.Helper()
			s, err := db.Media().Shown(t.Context(), strings.Repeat(digest, 64), viewer)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		if s := shown("a", "anna"); !s.Mine || s.Public || len(s.Villages)+len(s.Offices) != 0 {
			t.Errorf("on nothing: %+v", s)
		}
		if s := shown("a", ""); s.Mine {
			t.Error("a stranger owns something")
		}
		hang(t, db, mine.ID, here, "PUBLIC_INTERNET", "expired", 1)
		hang(t, db, mine.ID, here, "PUBLIC_INTERNET", "draft", 0)
		hang(t, db, same.ID, there, "VERIFIED_VILLAGER", "published", 1)
		for _, digest := range []string{"a", "f"} { // the picture and its small form
			s := shown(digest, "bert")
			if !s.Mine || s.Public || !slices.Equal(s.Villages, []region.Code{there}) || !slices.Equal(s.Offices, []region.Code{here}) {
				t.Errorf("%s: %+v", digest, s)
			}
		}
		hang(t, db, same.ID, there, "PUBLIC_INTERNET", "withdrawn", 1)
		if !shown("f", "").Public || shown("c", "").Public {
			t.Error("what hangs on a public posting is public, and nothing else")
		}
		if _, err := db.Media().Shown(t.Context(), strings.Repeat("9", 64), "anna"); !errors.Is(err, media.ErrNotFound) {
			t.Error(err)
		}
		if _, err := db.Media().Shown(t.Context(), "", "anna"); !errors.Is(err, media.ErrNotFound) {
			t.Error("objects without a small picture are found by none:", err)
		}
	})
}
