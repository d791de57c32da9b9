package repository

import (
	"context"

	"cunwu/service/chronicle"
	"cunwu/service/region"
)

type chronicleRow struct {
	Serial  int64 `gorm:"primaryKey;autoIncrement"`
	Kind    string
	Region  string
	Subject string
	Title   string
	Body    string
	Link    string
	At      int64
}

// TableName names the table.
func (chronicleRow) TableName() string { return "chronicle" }

func (r chronicleRow) pos() int64 { return chronicle.Position(fromMillis(r.At), r.Serial) }

type chronicleEntryRow struct {
	Scope  int64 `gorm:"primaryKey;autoIncrement:false"`
	Pos    int64 `gorm:"primaryKey;autoIncrement:false"`
	Serial int64
}

// TableName names the table.
func (chronicleEntryRow) TableName() string { return "chronicle_entries" }

// Chronicle is the archive of package chronicle.
type Chronicle struct{ db *DB }

var (
	_ chronicle.Store = (*Chronicle)(nil)
	_ chronicle.Tx    = (*tx)(nil)
)

// Chronicle gives the archive of what went on beside the postings.
func (db *DB) Chronicle() *Chronicle { return &Chronicle{db} }

// EntriesOf implements chronicle.Store: one range of the index, and one look-up
// of the entries it names. An entry dropped between the two is missing.
func (s *Chronicle) EntriesOf(ctx context.Context, scope, before int64, limit int) ([]chronicle.Entry, error) {
	q := s.db.reader(ctx).Where("scope = ?", scope)
	if before != 0 {
		q = q.Where("pos < ?", before)
	}
	var places []chronicleEntryRow
	if err := q.Order("pos DESC").Limit(limit).Find(&places).Error; err != nil || len(places) == 0 {
		return nil, wrapped("read chronicle", err)
	}
	serials := each(places, func(r chronicleEntryRow) int64 { return r.Serial })
	var rows []chronicleRow
	if err := s.db.reader(ctx).Where("serial IN ?", padded(serials)).Order("serial").Find(&rows).Error; err != nil {
		return nil, wrapped("read entries of chronicle", err)
	}
	by := make(map[int64]chronicleRow, len(rows))
	for _, r := range rows {
		by[r.Serial] = r
	}
	out := make([]chronicle.Entry, 0, len(places))
	for _, p := range places {
		if r, ok := by[p.Serial]; ok {
			out = append(out, chronicle.Entry{
				Pos: p.Pos, Kind: r.Kind, Region: region.Code(r.Region), Subject: r.Subject, Title: r.Title, Text: r.Body,
				Link: r.Link, At: fromMillis(r.At),
			})
		}
	}
	return out, nil
}

// AddEntry implements chronicle.Tx.
func (t *tx) AddEntry(ctx context.Context, e chronicle.Entry) error {
	row := chronicleRow{
		Kind: e.Kind, Region: string(e.Region), Subject: e.Subject, Title: clip(e.Title, chronicle.MostTitle),
		Body: clip(e.Text, chronicle.MostText), Link: e.Link, At: toMillis(t.now),
	}
	if err := t.in(ctx).Create(&row).Error; err != nil {
		return wrapped("add to chronicle", err)
	}
	var rows []chronicleEntryRow
	for _, scope := range chronicle.Scopes(e.Region) {
		rows = append(rows, chronicleEntryRow{Scope: scope, Pos: row.pos(), Serial: row.Serial})
	}
	return wrapped("add entries of chronicle", t.in(ctx).Create(&rows).Error)
}

// DropEntries implements chronicle.Tx.
func (t *tx) DropEntries(ctx context.Context, subject string) error {
	var rows []chronicleRow
	if err := t.in(ctx).Where("subject = ?", subject).Order("serial").Find(&rows).Error; err != nil {
		return wrapped("find entries of chronicle", err)
	}
	for _, r := range rows {
		err := t.in(ctx).Where("scope IN ? AND pos = ?", padded(chronicle.Scopes(region.Code(r.Region))), r.pos()).Delete(&chronicleEntryRow{}).Error
		if err != nil {
			return wrapped("drop entries of chronicle", err)
		}
	}
	return wrapped("drop from chronicle", t.in(ctx).Where("subject = ?", subject).Delete(&chronicleRow{}).Error)
}
