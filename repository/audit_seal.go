package repository

import (
	"context"
	"fmt"
	"iter"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/record"
)

// auditBatch is how many lines of the journal are held at once.
const auditBatch = 500

func (r auditRow) toRecord() record.AuditRow {
	return record.AuditRow{
		Serial: r.Serial, At: r.At, Account: r.Account, Role: r.Role, RoleRegion: r.RoleRegion, Action: r.Action,
		Object: r.Object, ObjectID: r.ObjectID, Region: r.Region, Result: r.Result, RequestID: r.RequestID, Detail: r.Detail,
	}
}

// Journal is the archive of the journal's intervals.
type Journal struct{ store[record.JournalTx] }

var _ record.Journal = (*Journal)(nil)

// Journal gives the journal as its intervals are sealed.
func (db *DB) Journal() *Journal {
	return &Journal{store[record.JournalTx]{db: db, as: func(t *tx) record.JournalTx { return t }}}
}

// LastAuditSerial implements record.Journal.
func (s *Journal) LastAuditSerial(ctx context.Context) (int64, error) {
	var last int64
	err := s.db.reader(ctx).Model(&auditRow{}).Select("COALESCE(MAX(serial), 0)").Scan(&last).Error
	return last, wrapped("read end of journal", err)
}

// Setting implements record.Journal.
func (s *Journal) Setting(ctx context.Context, key string) (value string, ok bool, err error) {
	return s.db.Setting(ctx, key)
}

// AuditRows gives the lines of the journal with serials from to, in order, a
// batch at a time: what an auditor computes an interval's digest from.
func (db *DB) AuditRows(ctx context.Context, from, to int64) iter.Seq2[record.AuditRow, error] {
	return auditRows(func() *gorm.DB { return db.reader(ctx) }, from, to)
}

// AuditRowsSettled implements record.JournalTx. A shared lock waits for whoever
// has inserted a row and has not committed.
func (t *tx) AuditRowsSettled(ctx context.Context, from, to int64) iter.Seq2[record.AuditRow, error] {
	return auditRows(func() *gorm.DB { return t.in(ctx).Clauses(clause.Locking{Strength: "SHARE"}) }, from, to)
}

func auditRows(on func() *gorm.DB, from, to int64) iter.Seq2[record.AuditRow, error] {
	return func(yield func(record.AuditRow, error) bool) {
		for from <= to {
			var rows []auditRow
			err := on().Where("serial >= ? AND serial <= ?", from, to).Order("serial").Limit(auditBatch).Find(&rows).Error
			if err != nil {
				yield(record.AuditRow{}, fmt.Errorf("read journal: %w", err))
				return
			}
			for _, r := range rows {
				if !yield(r.toRecord(), nil) {
					return
				}
			}
			if len(rows) < auditBatch {
				return
			}
			from = rows[len(rows)-1].Serial + 1
		}
	}
}

// SettingForUpdate implements record.JournalTx.
func (t *tx) SettingForUpdate(ctx context.Context, key string) (string, error) {
	var row settingRow
	err := t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("name = ?", key).Take(&row).Error
	return row.Value, wrapped("lock setting", err)
}
