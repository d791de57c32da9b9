package repository

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"cunwu/service/disclosure"
	"cunwu/service/inbox"
	"cunwu/service/region"
)

type messageRow struct {
	Serial  int64 `gorm:"primaryKey;autoIncrement"`
	ID      string
	Account string
	Matter  string
	Kind    string
	Region  string
	Subject string
	Title   string
	Body    string
	Link    string
	Count   int
	At      int64
	ReadAt  int64
	Unread  *int64
}

// TableName names the table.
func (messageRow) TableName() string { return "inbox_messages" }

func (r messageRow) toMessage() inbox.Message {
	return inbox.Message{
		Serial: r.Serial, ID: r.ID, Account: r.Account, Matter: r.Matter, Kind: r.Kind, Region: region.Code(r.Region),
		Subject: r.Subject, Title: r.Title, Body: r.Body, Link: r.Link, Count: r.Count, At: fromMillis(r.At), ReadAt: fromMillis(r.ReadAt),
	}
}

func toMessageRow(m inbox.Message) messageRow {
	row := messageRow{
		ID: m.ID, Account: m.Account, Matter: m.Matter, Kind: m.Kind, Region: string(m.Region), Subject: m.Subject,
		Title: m.Title, Body: m.Body, Link: m.Link, Count: m.Count, At: toMillis(m.At), ReadAt: toMillis(m.ReadAt),
	}
	if m.ReadAt.IsZero() {
		unread := int64(1)
		row.Unread = &unread
	}
	return row
}

type toldRow struct {
	What string `gorm:"primaryKey"`
	At   int64
}

// TableName names the table.
func (toldRow) TableName() string { return "inbox_told" }

// Inbox is the archive of package inbox.
type Inbox struct{ store[inbox.Tx] }

var (
	_ inbox.Store = (*Inbox)(nil)
	_ inbox.Tx    = (*tx)(nil)
)

// Inbox gives the archive of messages, follows and deliveries.
func (db *DB) Inbox() *Inbox {
	return &Inbox{store[inbox.Tx]{db: db, as: func(t *tx) inbox.Tx { return t }}}
}

// Messages implements inbox.Store.
func (s *Inbox) Messages(ctx context.Context, account string, unread bool, before int64, limit int) ([]inbox.Message, error) {
	q := s.db.reader(ctx).Where("account = ?", account)
	if unread {
		q = q.Where("unread = 1")
	}
	if before != 0 {
		q = q.Where("serial < ?", before)
	}
	var rows []messageRow
	if err := q.Order("serial DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, wrapped("read messages", err)
	}
	return each(rows, messageRow.toMessage), nil
}

// UnreadMessages implements inbox.Store.
func (s *Inbox) UnreadMessages(ctx context.Context, account string, most int) (int, error) {
	var serials []int64
	err := s.db.reader(ctx).Model(&messageRow{}).Where("account = ? AND unread = 1", account).
		Order("serial").Limit(most).Pluck("serial", &serials).Error
	return len(serials), wrapped("count messages", err)
}

// FirstTold implements inbox.Tx.
func (t *tx) FirstTold(ctx context.Context, what string) (bool, error) {
	return fresh("note what is told", t.in(ctx).Create(&toldRow{What: what, At: toMillis(t.now)}).Error)
}

// fresh tells a first insert from one whose key is there already.
func fresh(what string, err error) (bool, error) {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return false, nil
	}
	return err == nil, wrapped(what, err)
}

// UnreadOf implements inbox.Tx.
func (t *tx) UnreadOf(ctx context.Context, accounts []string, matter string) (map[string]inbox.Message, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	var rows []messageRow
	err := t.in(ctx).Where("account IN ? AND matter = ? AND unread = 1", padded(accounts), matter).Order("serial").Find(&rows).Error
	if err != nil {
		return nil, wrapped("read unread messages", err)
	}
	out := make(map[string]inbox.Message, len(rows))
	for _, r := range rows {
		out[r.Account] = r.toMessage()
	}
	return out, nil
}

// PutMessages implements inbox.Tx.
func (t *tx) PutMessages(ctx context.Context, ms []inbox.Message) error {
	if len(ms) == 0 {
		return nil
	}
	ids, rows := make([]string, len(ms)), make([]messageRow, len(ms))
	for i, m := range ms {
		ids[i], rows[i] = m.ID, toMessageRow(m)
	}
	// A new serial, so that what is new stands first.
	if err := t.in(ctx).Where("id IN ?", padded(ids)).Delete(&messageRow{}).Error; err != nil {
		return wrapped("replace messages", err)
	}
	return wrapped("add messages", t.in(ctx).Create(&rows).Error)
}

// ReadMessages implements inbox.Tx.
func (t *tx) ReadMessages(ctx context.Context, account string, ids []string) (int, error) {
	q := t.in(ctx).Model(&messageRow{}).Where("account = ? AND unread = 1", account)
	if ids != nil {
		q = q.Where("id IN ?", padded(ids))
	}
	g := q.Updates(map[string]any{"unread": nil, "read_at": toMillis(t.now)})
	return int(g.RowsAffected), wrapped("read messages", g.Error)
}

// CloseMatter implements inbox.Tx.
func (t *tx) CloseMatter(ctx context.Context, subject, matter string) error {
	err := t.in(ctx).Model(&messageRow{}).Where("subject = ? AND matter = ? AND unread = 1", subject, matter).
		Updates(map[string]any{"unread": nil, "read_at": toMillis(t.now)}).Error
	return wrapped("close a matter", err)
}

// HideBodies implements inbox.Tx.
func (t *tx) HideBodies(ctx context.Context, kind, subject, body string) error {
	err := t.in(ctx).Model(&messageRow{}).Where("subject = ? AND kind = ?", subject, kind).Update("body", body).Error
	return wrapped("hide messages", err)
}

// AccountsTold implements inbox.Tx.
func (t *tx) AccountsTold(ctx context.Context, subject, matter string) ([]string, error) {
	var out []string
	err := t.in(ctx).Model(&messageRow{}).Distinct("account").Where("subject = ? AND matter = ?", subject, matter).Order("account").Pluck("account", &out).Error
	return out, wrapped("find who was told", err)
}

// ForgetSubject implements inbox.Tx.
func (t *tx) ForgetSubject(ctx context.Context, subject string) error {
	for subject != "" {
		var ids []string
		err := t.in(ctx).Model(&messageRow{}).Where("subject = ?", subject).Order("serial").Limit(forgetBatch).Pluck("id", &ids).Error
		if err != nil || len(ids) == 0 {
			return wrapped("find messages to forget", err)
		}
		if err := t.in(ctx).Where("message IN ?", padded(ids)).Delete(&deliveryRow{}).Error; err != nil {
			return wrapped("forget deliveries", err)
		}
		if err := t.in(ctx).Where("id IN ?", padded(ids)).Delete(&messageRow{}).Error; err != nil {
			return wrapped("forget messages", err)
		}
	}
	return nil
}

// forgetBatch is how many messages one statement removes.
const forgetBatch = 256

// MessageByID implements inbox.Tx.
func (t *tx) MessageByID(ctx context.Context, id string) (inbox.Message, bool, error) {
	var rows []messageRow
	if err := t.in(ctx).Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return inbox.Message{}, false, wrapped("read message", err)
	}
	return rows[0].toMessage(), true, nil
}

// ForgetMessages implements inbox.Tx.
func (t *tx) ForgetMessages(ctx context.Context, messages, told time.Time, limit int) (int, error) {
	var old []messageRow
	err := t.in(ctx).Select("serial", "id").Where("at < ?", toMillis(messages)).Order("at, serial").Limit(limit).Find(&old).Error
	if err != nil {
		return 0, wrapped("find old messages", err)
	}
	gone := len(old)
	if len(old) > 0 {
		ids := each(old, func(r messageRow) string { return r.ID })
		if err := t.in(ctx).Where("message IN ?", padded(ids)).Delete(&deliveryRow{}).Error; err != nil {
			return 0, wrapped("forget deliveries", err)
		}
		if err := t.in(ctx).Where("id IN ?", padded(ids)).Delete(&messageRow{}).Error; err != nil {
			return 0, wrapped("forget messages", err)
		}
	}
	for _, gate := range []any{&toldRow{}, &pushRow{}} {
		g := t.in(ctx).Where("at < ?", toMillis(told)).Delete(gate)
		if g.Error != nil {
			return 0, wrapped("forget what was told", g.Error)
		}
		gone += int(g.RowsAffected)
	}
	return gone, nil
}

// PostingBrief implements inbox.Tx.
func (t *tx) PostingBrief(ctx context.Context, id string) (inbox.Brief, bool, error) {
	var rows []postingRow
	err := t.in(ctx).Select("title", "state", "version", "visibility").Where("id = ?", id).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return inbox.Brief{}, false, wrapped("read posting", err)
	}
	r := rows[0]
	return inbox.Brief{
		Title: strings.TrimSpace(r.Title), State: r.State, Version: r.Version,
		Personal: r.Visibility != string(disclosure.PublicInternet),
	}, true, nil
}
