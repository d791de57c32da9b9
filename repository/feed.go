package repository

import (
	"context"

	"cunwu/service/disclosure"
)

type feedRow struct {
	Scope int64 `gorm:"primaryKey;autoIncrement:false"`
	Pos   int64 `gorm:"primaryKey;autoIncrement:false"`
}

// TableName names the table.
func (feedRow) TableName() string { return "feed_entries" }

// FeedPage implements disclosure.Store: one range of the feed index, and one
// look-up of the postings it names. The two are not one statement, because an
// engine that joins the other way round reads a million rows. A posting that
// moves between the two reads is missing from this page and stands at the top.
func (s *Disclosures) FeedPage(ctx context.Context, scope, before int64, limit int) ([]disclosure.Record, error) {
	q := s.db.reader(ctx).Model(&feedRow{}).Where("scope = ?", scope)
	if before != 0 {
		q = q.Where("pos < ?", before)
	}
	var places []int64
	if err := q.Order("pos DESC").Limit(limit).Pluck("pos", &places).Error; err != nil {
		return nil, wrapped("read feed", err)
	}
	if len(places) == 0 {
		return nil, nil
	}
	var rows []postingRow
	err := s.db.reader(ctx).Select(feedColumns).Where("pos IN ?", padded(places)).Order("pos DESC").Find(&rows).Error
	if err != nil {
		return nil, wrapped("read postings of feed", err)
	}
	return toRecords(rows)
}

// PutFeed implements disclosure.Tx.
func (t *tx) PutFeed(ctx context.Context, scopes []int64, pos int64) error {
	rows := make([]feedRow, len(scopes))
	for i, s := range scopes {
		rows[i] = feedRow{Scope: s, Pos: pos}
	}
	return wrapped("put feed entries", t.in(ctx).Create(&rows).Error)
}

// DropFeed implements disclosure.Tx.
func (t *tx) DropFeed(ctx context.Context, scopes []int64, pos int64) error {
	err := t.in(ctx).Where("scope IN ? AND pos = ?", padded(scopes), pos).Delete(&feedRow{}).Error
	return wrapped("drop feed entries", err)
}
