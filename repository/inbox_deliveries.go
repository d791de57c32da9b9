package repository

import (
	"context"
	"time"

	"cunwu/service/inbox"
)

type creditRow struct {
	Account   string `gorm:"primaryKey"`
	Template  string `gorm:"primaryKey"`
	Remaining int
	Ahead     int
	UpdatedAt int64 `gorm:"autoUpdateTime:false"`
}

// TableName names the table.
func (creditRow) TableName() string { return "inbox_credits" }

func (r creditRow) toCredit() inbox.Credit {
	return inbox.Credit{Account: r.Account, Template: r.Template, Remaining: r.Remaining, Ahead: r.Ahead, UpdatedAt: fromMillis(r.UpdatedAt)}
}

type deliveryRow struct {
	ID        string `gorm:"primaryKey"`
	Message   string
	Account   string
	Template  string
	State     string
	Attempts  int
	NextAt    int64
	Code      int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	UpdatedAt int64 `gorm:"autoUpdateTime:false"`
}

// TableName names the table.
func (deliveryRow) TableName() string { return "inbox_deliveries" }

func (r deliveryRow) toDelivery() inbox.Delivery {
	return inbox.Delivery{
		ID: r.ID, Message: r.Message, Account: r.Account, Template: r.Template, State: inbox.DeliveryState(r.State),
		Attempts: r.Attempts, NextAt: fromMillis(r.NextAt), Code: r.Code, CreatedAt: fromMillis(r.CreatedAt), UpdatedAt: fromMillis(r.UpdatedAt),
	}
}

type pushRow struct {
	Digest []byte `gorm:"primaryKey"`
	At     int64
}

// TableName names the table.
func (pushRow) TableName() string { return "inbox_pushes" }

// CreditsOf implements inbox.Store.
func (s *Inbox) CreditsOf(ctx context.Context, account string) ([]inbox.Credit, error) {
	var rows []creditRow
	err := s.db.reader(ctx).Where("account = ?", account).Order("template").Find(&rows).Error
	return each(rows, creditRow.toCredit), wrapped("read credits", err)
}

// DeliveriesOf implements inbox.Store.
func (s *Inbox) DeliveriesOf(ctx context.Context, account string) ([]inbox.Delivery, error) {
	var rows []deliveryRow
	err := s.db.reader(ctx).Where("account = ?", account).Order("id").Find(&rows).Error
	return each(rows, deliveryRow.toDelivery), wrapped("read deliveries", err)
}

// DeliveryBacklog implements inbox.Store.
func (s *Inbox) DeliveryBacklog(ctx context.Context) (map[inbox.DeliveryState]int, error) {
	out := map[inbox.DeliveryState]int{}
	for _, state := range []inbox.DeliveryState{inbox.Pending, inbox.Sending} {
		var n int64
		if err := s.db.reader(ctx).Model(&deliveryRow{}).Where("state = ?", string(state)).Count(&n).Error; err != nil {
			return nil, wrapped("count deliveries", err)
		}
		out[state] = int(n)
	}
	return out, nil
}

// DeliveryDue implements inbox.Store.
func (s *Inbox) DeliveryDue(ctx context.Context, now time.Time) (bool, error) {
	var ids []string
	err := s.db.reader(ctx).Model(&deliveryRow{}).Where("state = ? AND next_at <= ?", string(inbox.Pending), toMillis(now)).
		Order("next_at, id").Limit(1).Pluck("id", &ids).Error
	return len(ids) > 0, wrapped("look for deliveries", err)
}

// CreditsForUpdate implements inbox.Tx.
func (t *tx) CreditsForUpdate(ctx context.Context, template string, accounts []string) (map[string]inbox.Credit, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	var rows []creditRow
	err := t.locking(ctx).Where("account IN ? AND template = ?", padded(accounts), template).Order("account").Find(&rows).Error
	if err != nil {
		return nil, wrapped("lock credits", err)
	}
	out := make(map[string]inbox.Credit, len(rows))
	for _, r := range rows {
		out[r.Account] = r.toCredit()
	}
	return out, nil
}

// PutCredit implements inbox.Tx.
func (t *tx) PutCredit(ctx context.Context, c inbox.Credit) error {
	now := toMillis(t.now)
	g := t.in(ctx).Model(&creditRow{}).Where("account = ? AND template = ?", c.Account, c.Template).
		Updates(map[string]any{"remaining": c.Remaining, "ahead": c.Ahead, "updated_at": now})
	if g.Error != nil || g.RowsAffected > 0 {
		return wrapped("save credit", g.Error)
	}
	row := creditRow{Account: c.Account, Template: c.Template, Remaining: c.Remaining, Ahead: c.Ahead, UpdatedAt: now}
	return wrapped("add credit", t.in(ctx).Create(&row).Error)
}

// FirstPush implements inbox.Tx.
func (t *tx) FirstPush(ctx context.Context, digest [32]byte) (bool, error) {
	return fresh("note a push", t.in(ctx).Create(&pushRow{Digest: digest[:], At: toMillis(t.now)}).Error)
}

// AddDeliveries implements inbox.Tx.
func (t *tx) AddDeliveries(ctx context.Context, ds []inbox.Delivery) error {
	if len(ds) == 0 {
		return nil
	}
	rows := each(ds, func(d inbox.Delivery) deliveryRow {
		return deliveryRow{
			ID: d.ID, Message: d.Message, Account: d.Account, Template: d.Template, State: string(d.State), Attempts: d.Attempts,
			NextAt: toMillis(d.NextAt), Code: d.Code, CreatedAt: toMillis(d.CreatedAt), UpdatedAt: toMillis(d.UpdatedAt),
		}
	})
	return wrapped("add deliveries", t.in(ctx).Create(&rows).Error)
}

// Undelivered implements inbox.Tx.
func (t *tx) Undelivered(ctx context.Context, messages []string) (map[string]bool, error) {
	out := make(map[string]bool, len(messages))
	if len(messages) == 0 {
		return out, nil
	}
	for _, m := range messages {
		out[m] = true
	}
	var made []string
	err := t.in(ctx).Model(&deliveryRow{}).Where("message IN ?", padded(messages)).Order("message").Pluck("message", &made).Error
	for _, m := range made {
		delete(out, m)
	}
	return out, wrapped("read deliveries", err)
}

// ClaimDelivery implements inbox.Tx.
func (t *tx) ClaimDelivery(ctx context.Context) (inbox.Delivery, bool, error) {
	now := toMillis(t.now)
	for {
		var rows []deliveryRow
		err := t.in(ctx).Where("state = ? AND next_at <= ?", string(inbox.Pending), now).Order("next_at, id").Limit(1).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return inbox.Delivery{}, false, wrapped("look for deliveries", err)
		}
		r := rows[0]
		// The condition is what makes it ours: of two who claim, one finds it taken.
		g := t.in(ctx).Model(&deliveryRow{}).Where("id = ? AND state = ? AND attempts = ?", r.ID, string(inbox.Pending), r.Attempts).
			Updates(map[string]any{"state": string(inbox.Sending), "attempts": r.Attempts + 1, "updated_at": now})
		if g.Error != nil {
			return inbox.Delivery{}, false, wrapped("claim delivery", g.Error)
		}
		if g.RowsAffected == 0 {
			continue
		}
		d := r.toDelivery()
		d.State, d.Attempts, d.UpdatedAt = inbox.Sending, r.Attempts+1, t.now
		return d, true, nil
	}
}

// SettleDelivery implements inbox.Tx.
func (t *tx) SettleDelivery(ctx context.Context, d inbox.Delivery) (bool, error) {
	g := t.in(ctx).Model(&deliveryRow{}).Where("id = ? AND state = ? AND attempts = ?", d.ID, string(inbox.Sending), d.Attempts).
		Updates(map[string]any{"state": string(d.State), "code": d.Code, "next_at": toMillis(d.NextAt), "updated_at": toMillis(t.now)})
	return g.RowsAffected > 0, wrapped("settle delivery", g.Error)
}

// AbandonDeliveries implements inbox.Tx.
func (t *tx) AbandonDeliveries(ctx context.Context, before time.Time) (int, error) {
	g := t.in(ctx).Model(&deliveryRow{}).Where("state = ? AND updated_at < ?", string(inbox.Sending), toMillis(before)).
		Updates(map[string]any{"state": string(inbox.Unknown), "updated_at": toMillis(t.now)})
	return int(g.RowsAffected), wrapped("abandon deliveries", g.Error)
}
