package repository_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	public "cunwu/service/record"
)

const postingVillage = "510821102200"

// fullRecord is a posting with every column set to something of its own.
func fullRecord() disclosure.Record {
	one, two, three := int64(1), int64(2), int64(3)
	return disclosure.Record{
		ID: audit.NewID(), CaseID: audit.NewID(), Region: postingVillage, ItemCode: "D02", Category: "FINANCE",
		Edition: "2026-01-01", Period: "2026-02", Visibility: disclosure.PublicInternet, State: disclosure.Published,
		Revision: 1, Version: 3, Personal: true, Late: true, Reason: "原因", Pos: 12345,
		Shown: disclosure.Shown{
			Title: "标题😀", Summary: "摘要", Attachments: 4, Questions: 5, IncomeFen: &one, ExpenseFen: &two,
		},
		Answered:  6,
		Review:    &disclosure.Review{Opinion: "同意", Objection: "无", By: "张* 监委会主任", At: dbtest.Start},
		CreatedAt: dbtest.Start, CreatedBy: "someone", PublishedAt: dbtest.Start.Add(time.Hour),
		FirstAt: dbtest.Start.Add(time.Minute), PostedFrom: dbtest.Start.Add(2 * time.Hour), PostedUntil: dbtest.Start.Add(3 * time.Hour),
		LogIndex: &three,
	}
}

// onPostings runs fn in a transaction that is journalled.
func onPostings(t *testing.T, db *dbtest.DB, fn func(tx disclosure.Tx) error) error {
	t.Helper()
	return db.Disclosures().InTx(t.Context(), dbtest.Act(), func(tx disclosure.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return tx.Record(t.Context(), audit.Event{Action: "test.posting", Object: "disclosure", Result: "ok"})
	})
}

func mustOnPostings(t *testing.T, db *dbtest.DB, fn func(tx disclosure.Tx) error) {
	t.Helper()
	if err := onPostings(t, db, fn); err != nil {
		t.Fatal(err)
	}
}

func addPosting(t *testing.T, db *dbtest.DB, r disclosure.Record, draft []byte) disclosure.Record {
	t.Helper()
	mustOnPostings(t, db, func(tx disclosure.Tx) error {
		serial, err := tx.AddPosting(t.Context(), r, draft)
		r.Serial = serial
		return err
	})
	return r
}

func TestPostings_EveryColumnComesBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		for _, v := range reflect.VisibleFields(reflect.TypeFor[disclosure.Record]()) {
			if v.Name != "Serial" && reflect.ValueOf(fullRecord()).FieldByIndex(v.Index).IsZero() {
				t.Errorf("the test's record leaves %s unset", v.Name)
			}
		}
		want := addPosting(t, db, fullRecord(), []byte(`{"title":"稿"}`))
		got, err := db.Disclosures().PostingRecord(t.Context(), want.ID)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("added:\n got %+v\nwant %+v (%v)", got, want, err)
		}
		bare := addPosting(t, db, disclosure.Record{ID: audit.NewID(), Region: postingVillage, State: disclosure.Draft, Revision: 1}, nil)
		if got, err := db.Disclosures().PostingRecord(t.Context(), bare.ID); err != nil || !reflect.DeepEqual(got, bare) {
			t.Errorf("bare:\n got %+v\nwant %+v (%v)", got, bare, err)
		}
		// All that may change is written over with nothing, and comes back so.
		cleared := want
		cleared.Revision, cleared.Version, cleared.Late, cleared.Reason, cleared.Pos = 2, 0, false, "", 0
		cleared.State, cleared.Shown, cleared.Review, cleared.LogIndex = disclosure.Draft, disclosure.Shown{}, nil, nil
		cleared.PublishedAt, cleared.FirstAt, cleared.PostedFrom, cleared.PostedUntil = time.Time{}, time.Time{}, time.Time{}, time.Time{}
		mustOnPostings(t, db, func(tx disclosure.Tx) error { return tx.SavePosting(t.Context(), cleared, nil) })
		if got, err = db.Disclosures().PostingRecord(t.Context(), want.ID); err != nil || !reflect.DeepEqual(got, cleared) {
			t.Errorf("cleared:\n got %+v\nwant %+v (%v)", got, cleared, err)
		}
		if draft, err := db.Disclosures().PostingDraft(t.Context(), want.ID); err != nil || len(draft) != 0 {
			t.Errorf("draft %q %v", draft, err)
		}
	})
}

func TestPostings_SaveIsRefusedOnAnOldRevision(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		r := addPosting(t, db, fullRecord(), nil)
		r.Revision = 3 // the stored one is 1
		err := onPostings(t, db, func(tx disclosure.Tx) error { return tx.SavePosting(t.Context(), r, nil) })
		if !errors.Is(err, disclosure.ErrRaced) {
			t.Errorf("error %v", err)
		}
		r.ID = audit.NewID()
		err = onPostings(t, db, func(tx disclosure.Tx) error { _, _, err := tx.PostingForUpdate(t.Context(), r.ID); return err })
		if !errors.Is(err, disclosure.ErrNotFound) {
			t.Errorf("error %v", err)
		}
	})
}

func TestPostings_Versions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		id, st := audit.NewID(), db.Disclosures()
		one, two, seven := int64(1), int64(2), int64(7)
		first := disclosure.VersionRecord{PostingID: id, Number: 1, PublishedAt: dbtest.Start, Content: []byte("一"), Digest: "d1", LogIndex: &one}
		second := disclosure.VersionRecord{
			PostingID: id, Number: 2, PublishedAt: dbtest.Start, Content: []byte("二"), Digest: "d2", Salt: []byte("salt"), LogIndex: &two,
		}
		mustOnPostings(t, db, func(tx disclosure.Tx) error {
			return errors.Join(tx.AddPostingVersion(t.Context(), first), tx.AddPostingVersion(t.Context(), second),
				tx.EndPostingVersion(t.Context(), id, 1, public.Place{Index: 7, At: dbtest.Start}, "更正"))
		})
		err := onPostings(t, db, func(tx disclosure.Tx) error { return tx.AddPostingVersion(t.Context(), second) })
		if !errors.Is(err, disclosure.ErrRaced) {
			t.Errorf("the same number twice: %v", err)
		}
		first.WithdrawnAt, first.Reason, first.EndedIndex = dbtest.Start, "更正", &seven
		if got, err := st.PostingVersions(t.Context(), id); err != nil || !reflect.DeepEqual(got, []disclosure.VersionRecord{first, second}) {
			t.Errorf("versions %+v %v", got, err)
		}
		mustOnPostings(t, db, func(tx disclosure.Tx) error { return tx.EraseVersions(t.Context(), id) })
		if got, err := st.PostingVersion(t.Context(), id, 2); err != nil || len(got.Content) != 0 || len(got.Salt) != 0 || got.Digest != "d2" {
			t.Errorf("erased: %+v %v", got, err)
		}
		if _, err := st.PostingVersion(t.Context(), id, 3); !errors.Is(err, disclosure.ErrNotFound) {
			t.Errorf("no such version: %v", err)
		}
		err = onPostings(t, db, func(tx disclosure.Tx) error {
			return tx.EndPostingVersion(t.Context(), id, 9, public.Place{At: dbtest.Start}, "")
		})
		if err == nil {
			t.Error("a version that is none was ended")
		}
	})
}

func TestPostings_Unfinished(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		var want []string
		for i, state := range []disclosure.State{
			disclosure.Draft, disclosure.Published, disclosure.Withdrawn, disclosure.Archived, disclosure.InReview, disclosure.Expired,
		} {
			r := fullRecord()
			r.State, r.Pos = state, int64(i+1)
			r = addPosting(t, db, r, nil)
			if i%2 == 0 {
				want = append([]string{r.ID}, want...)
			}
		}
		var got []string
		for before := int64(0); ; {
			page, err := db.Disclosures().PostingsUnfinished(t.Context(), postingVillage, before, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page {
				got, before = append(got, r.ID), r.Serial
			}
			if len(page) < 2 {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestFeed_PutDropPage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		scopes := []int64{510800, 510804, -51082110220000}
		for pos := int64(1); pos <= 5; pos++ {
			r := fullRecord()
			r.Pos = pos
			addPosting(t, db, r, []byte("never read by a feed"))
			mustOnPostings(t, db, func(tx disclosure.Tx) error { return tx.PutFeed(t.Context(), scopes, pos) })
		}
		mustOnPostings(t, db, func(tx disclosure.Tx) error { return tx.DropFeed(t.Context(), scopes[:1], 3) })
		at := func(scope, before int64, limit int) []int64 {
			recs, err := db.Disclosures().FeedPage(t.Context(), scope, before, limit)
			if err != nil {
				t.Fatal(err)
			}
			var out []int64
			for _, r := range recs {
				out = append(out, r.Pos)
			}
			return out
		}
		for _, tt := range []struct {
			scope, before int64
			limit         int
			want          []int64
		}{
			{510800, 0, 3, []int64{5, 4, 2}},
			{510800, 2, 3, []int64{1}},
			{510804, 0, 9, []int64{5, 4, 3, 2, 1}},
			{-51082110220000, 4, 2, []int64{3, 2}},
			{510800, 1, 3, nil},
			{77, 0, 3, nil},
		} {
			if got := at(tt.scope, tt.before, tt.limit); !slices.Equal(got, tt.want) {
				t.Errorf("%+v: %v", tt, got)
			}
		}
	})
}
