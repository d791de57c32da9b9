package repository

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"cunwu/service/disclosure"
	"cunwu/service/search"
)

type searchTermRow struct {
	Term int64 `gorm:"primaryKey;autoIncrement:false"`
	Pos  int64 `gorm:"primaryKey;autoIncrement:false"`
}

// TableName names the table.
func (searchTermRow) TableName() string { return "search_terms" }

type searchDocRow struct {
	PostingID string `gorm:"primaryKey"`
	Pos       int64
	Terms     []byte
}

// TableName names the table.
func (searchDocRow) TableName() string { return "search_docs" }

// Search is the archive of package search.
type Search struct {
	store[search.Tx]
}

var (
	_ search.Store = (*Search)(nil)
	_ search.Tx    = (*tx)(nil)
)

// Search gives the archive of the index of texts.
func (db *DB) Search() *Search {
	return &Search{store[search.Tx]{db, func(t *tx) search.Tx { return t }}}
}

// listOf gives the statement's table and condition for a list. Both tables are
// stored in the order of (list, place), so each read is one range or a number
// of look-ups by key.
func (s *Search) listOf(ctx context.Context, l search.List) *gorm.DB {
	if l.Feed {
		return s.db.reader(ctx).Model(&feedRow{}).Where("scope = ?", l.Number)
	}
	return s.db.reader(ctx).Model(&searchTermRow{}).Where("term = ?", l.Number)
}

// SearchPlaces implements search.Store.
func (s *Search) SearchPlaces(ctx context.Context, l search.List, below int64, limit int) ([]int64, error) {
	var out []int64
	err := s.listOf(ctx, l).Where("pos < ?", below).Order("pos DESC").Limit(limit).Pluck("pos", &out).Error
	return out, wrapped("read search list", err)
}

// SearchAmong implements search.Store.
func (s *Search) SearchAmong(ctx context.Context, l search.List, places []int64) ([]int64, error) {
	if len(places) == 0 {
		return nil, nil
	}
	var out []int64
	err := s.listOf(ctx, l).Where("pos IN ?", padded(places)).Order("pos DESC").Pluck("pos", &out).Error
	return out, wrapped("look up search list", err)
}

// PostingsAt implements search.Store.
func (s *Search) PostingsAt(ctx context.Context, places []int64) ([]disclosure.Record, error) {
	if len(places) == 0 {
		return nil, nil
	}
	var rows []postingRow
	err := s.db.reader(ctx).Select(feedColumns).Where("pos IN ?", padded(places)).Order("pos DESC").Find(&rows).Error
	if err != nil {
		return nil, wrapped("read postings found", err)
	}
	return toRecords(rows)
}

// LastContents implements search.Store.
func (s *Search) LastContents(ctx context.Context, postings []string) (map[string][]byte, error) {
	return lastContents(s.db.reader(ctx), postings)
}

// lastContents reads the text of each posting's last version: one look-up of
// the versions' key for each.
func lastContents(g *gorm.DB, postings []string) (map[string][]byte, error) {
	out := map[string][]byte{}
	if len(postings) == 0 {
		return out, nil
	}
	var rows []postingVersionRow
	err := g.Select("posting_id", "content").
		Where("posting_id IN ? AND number = (SELECT version FROM postings WHERE postings.id = posting_versions.posting_id)", padded(postings)).
		Order("posting_id, number").Find(&rows).Error
	for _, r := range rows {
		out[r.PostingID] = r.Content
	}
	return out, wrapped("read texts", err)
}

// PostingsToIndex implements search.Tx.
func (t *tx) PostingsToIndex(ctx context.Context, ids []string) ([]disclosure.Record, error) {
	var rows []postingRow
	if err := t.in(ctx).Select(feedColumns).Where("id IN ?", padded(ids)).Order("serial").Find(&rows).Error; err != nil {
		return nil, wrapped("read postings to index", err)
	}
	return toRecords(rows)
}

// ContentsToIndex implements search.Tx.
func (t *tx) ContentsToIndex(ctx context.Context, ids []string) (map[string][]byte, error) {
	return lastContents(t.in(ctx), ids)
}

// SearchDocs implements search.Tx.
func (t *tx) SearchDocs(ctx context.Context, ids []string) ([]search.Doc, error) {
	var rows []searchDocRow
	if err := t.in(ctx).Where("posting_id IN ?", padded(ids)).Order("posting_id").Find(&rows).Error; err != nil {
		return nil, wrapped("read what is indexed", err)
	}
	out := make([]search.Doc, len(rows))
	for i, r := range rows {
		out[i] = search.Doc(r)
	}
	return out, nil
}

// PutSearchDocs implements search.Tx.
func (t *tx) PutSearchDocs(ctx context.Context, docs []search.Doc) error {
	for _, d := range docs { // one statement, whatever their number
		row := searchDocRow(d)
		if err := t.in(ctx).Create(&row).Error; err != nil {
			return wrapped("note what is indexed", err)
		}
	}
	return nil
}

// DropSearchDocs implements search.Tx.
func (t *tx) DropSearchDocs(ctx context.Context, ids []string) error {
	return wrapped("forget what was indexed", t.in(ctx).Where("posting_id IN ?", padded(ids)).Delete(&searchDocRow{}).Error)
}

// PutSearchEntries implements search.Tx. Statements of few shapes are written:
// each is compiled once.
func (t *tx) PutSearchEntries(ctx context.Context, entries []search.Entry) error {
	rows := make([]searchTermRow, len(entries))
	for i, e := range entries {
		rows[i] = searchTermRow{Term: int64(e.Term), Pos: e.Pos}
	}
	for _, size := range []int{256, 64, 16, 4, 1} {
		for len(rows) >= size {
			part := rows[:size]
			if err := t.in(ctx).Create(&part).Error; err != nil {
				return wrapped("index terms", err)
			}
			rows = rows[size:]
		}
	}
	return nil
}

// DropSearchEntries implements search.Tx.
func (t *tx) DropSearchEntries(ctx context.Context, pos int64, terms []search.Term) error {
	for part := range slices.Chunk(terms, 256) {
		if err := t.in(ctx).Where("pos = ? AND term IN ?", pos, padded(part)).Delete(&searchTermRow{}).Error; err != nil {
			return wrapped("take terms out", err)
		}
	}
	return nil
}
