package repository_test

import (
	"context"
	"slices"
	"testing"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/outbox"
	"cunwu/service/search"
)

func onSearch(t *testing.T, db *dbtest.DB, fn func(ctx context.Context, tx search.Tx) error) {
	t.Helper()
	err := db.Search().InTx(t.Context(), audit.BySystem("test"), func(tx search.Tx) error {
		if err := fn(t.Context(), tx); err != nil {
			return err
		}
		return noteEvent(t.Context(), tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func countRows(t *testing.T, db *dbtest.DB, table string) (n int) {
	t.Helper()
	pool, err := db.Pool()
	if err != nil {
		t.Fatal(err)
	}
	if err := pool.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Every number of rows is written, in statements of few sizes, and taken out
// again; those of other places stay.
func TestSearch_EntriesGoInAndOut(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		for _, n := range []int{0, 1, 5, 64, 341, 1000} {
			var entries []search.Entry
			var terms []search.Term
			for i := range n {
				terms = append(terms, search.Term(i-3)) // below zero are items and periods
				entries = append(entries, search.Entry{Term: search.Term(i - 3), Pos: 7}, search.Entry{Term: search.Term(i - 3), Pos: 8})
			}
			docs := []search.Doc{{PostingID: "a", Pos: 7, Terms: []byte{0, 1, 0xff}}, {PostingID: "b", Pos: 8, Terms: []byte{}}}
			onSearch(t, db, func(ctx context.Context, tx search.Tx) error {
				if err := tx.PutSearchDocs(ctx, docs); err != nil {
					return err
				}
				return tx.PutSearchEntries(ctx, entries)
			})
			if got := countRows(t, db, "search_terms"); got != 2*n {
				t.Errorf("%d rows of %d", got, 2*n)
			}
			onSearch(t, db, func(ctx context.Context, tx search.Tx) error {
				got, err := tx.SearchDocs(ctx, []string{"a", "b", "c"})
				if err != nil || len(got) != 2 || got[0].PostingID != "a" || got[0].Pos != 7 || !slices.Equal(got[0].Terms, docs[0].Terms) {
					t.Errorf("%+v %v", got, err)
				}
				if err := tx.DropSearchEntries(ctx, 7, terms); err != nil {
					return err
				}
				return tx.DropSearchDocs(ctx, []string{"a"})
			})
			if got := countRows(t, db, "search_terms"); got != n || countRows(t, db, "search_docs") != 1 {
				t.Errorf("%d rows are left of %d", got, n)
			}
			onSearch(t, db, func(ctx context.Context, tx search.Tx) error {
				if err := tx.DropSearchEntries(ctx, 8, terms); err != nil {
					return err
				}
				return tx.DropSearchDocs(ctx, []string{"b"})
			})
		}
	})
}

func TestSearch_Lists(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		onSearch(t, db, func(ctx context.Context, tx search.Tx) error {
			return tx.PutSearchEntries(ctx, []search.Entry{{Term: 5, Pos: 1}, {Term: 5, Pos: 4}, {Term: 5, Pos: 9}, {Term: 6, Pos: 4}})
		})
		mustOnPostings(t, db, func(tx disclosure.Tx) error { return tx.PutFeed(t.Context(), []int64{5}, 4) })
		s := db.Search()
		for _, c := range []struct {
			list  search.List
			below int64
			limit int
			want  []int64
		}{
			{search.List{Number: 5}, 1 << 62, 9, []int64{9, 4, 1}},
			{search.List{Number: 5}, 9, 1, []int64{4}},
			{search.List{Number: 5}, 1, 9, nil},
			{search.List{Number: 7}, 9, 9, nil},
			{search.List{Feed: true, Number: 5}, 9, 9, []int64{4}},
		} {
			if got, err := s.SearchPlaces(t.Context(), c.list, c.below, c.limit); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%+v: %v %v", c, got, err)
			}
		}
		for _, c := range []struct {
			list search.List
			in   []int64
			want []int64
		}{
			{search.List{Number: 5}, []int64{9, 8, 4, 2, 1}, []int64{9, 4, 1}},
			{search.List{Number: 6}, []int64{9, 4}, []int64{4}},
			{search.List{Feed: true, Number: 5}, []int64{9, 4}, []int64{4}},
			{search.List{Number: 5}, nil, nil},
		} {
			if got, err := s.SearchAmong(t.Context(), c.list, c.in); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%+v: %v %v", c, got, err)
			}
		}
	})
}

// LastContents gives the text of the version that stands, and none that had to
// go.
func TestSearch_LastContents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		var ids []string
		for i := range 3 {
			r := fullRecord()
			r.Version, r.Pos = 2, int64(i+1)
			r = addPosting(t, db, r, nil)
			ids = append(ids, r.ID)
			mustOnPostings(t, db, func(tx disclosure.Tx) error {
				for n, text := range []string{"一", "二"} {
					v := disclosure.VersionRecord{PostingID: r.ID, Number: n + 1, PublishedAt: dbtest.Start, Content: []byte(text), Digest: "d"}
					if err := tx.AddPostingVersion(t.Context(), v); err != nil {
						return err
					}
				}
				if i == 1 {
					return tx.EraseVersions(t.Context(), r.ID)
				}
				return nil
			})
		}
		got, err := db.Search().LastContents(t.Context(), append(ids, "nobody"))
		if err != nil || string(got[ids[0]]) != "二" || len(got[ids[1]]) != 0 || string(got[ids[2]]) != "二" {
			t.Errorf("%q %v", got, err)
		}
		recs, err := db.Search().PostingsAt(t.Context(), []int64{3, 2, 77})
		if err != nil || len(recs) != 2 || recs[0].ID != ids[2] || recs[1].ID != ids[1] {
			t.Errorf("%+v %v", recs, err)
		}
	})
}

// What was published before there was an index is followed when the schema gets
// one.
func TestSearch_MigrationAnnouncesWhatIsThere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		r := fullRecord()
		addPosting(t, db, r, nil)
		draft := fullRecord()
		draft.Version, draft.Pos = 0, 0
		addPosting(t, db, draft, nil)
		if err := db.DownTo(t.Context(), 11); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := take(t.Context(), db.DB, outbox.Search, 9, func(es []outbox.Event) error {
			if len(es) == 1 && (es[0].Kind != disclosure.EventPublished || es[0].Region != r.Region || es[0].Actor != audit.System) {
				t.Errorf("%+v", es)
			}
			return nil
		})
		if err != nil || !slices.Equal(got, []string{r.ID}) {
			t.Errorf("%v %v", got, err)
		}
	})
}
