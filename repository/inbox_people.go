package repository

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"cunwu/service/account"
	"cunwu/service/inbox"
	"cunwu/service/region"
)

type followRow struct {
	Account  string `gorm:"primaryKey"`
	Followed string `gorm:"primaryKey"`
	At       int64
}

// TableName names the table.
func (followRow) TableName() string { return "inbox_follows" }

type spreadRow struct {
	Serial int64 `gorm:"primaryKey;autoIncrement"`
	Event  string
	After  string
}

// TableName names the table.
func (spreadRow) TableName() string { return "inbox_spreads" }

// FollowsOf implements inbox.Store.
func (s *Inbox) FollowsOf(ctx context.Context, account string) ([]inbox.Follow, error) {
	var rows []followRow
	if err := s.db.reader(ctx).Where("account = ?", account).Order("followed").Find(&rows).Error; err != nil {
		return nil, wrapped("read follows", err)
	}
	return each(rows, func(r followRow) inbox.Follow {
		kind, key, _ := strings.Cut(r.Followed, "/")
		return inbox.Follow{Kind: inbox.FollowKind(kind), Key: key, At: fromMillis(r.At)}
	}), nil
}

// PutFollow implements inbox.Tx.
func (t *tx) PutFollow(ctx context.Context, account, followed string) error {
	there := clause.OnConflict{Columns: []clause.Column{{Name: "account"}, {Name: "followed"}}, DoNothing: true}
	row := followRow{Account: account, Followed: followed, At: toMillis(t.now)}
	return wrapped("follow", t.in(ctx).Clauses(there).Create(&row).Error)
}

// DropFollow implements inbox.Tx.
func (t *tx) DropFollow(ctx context.Context, account, followed string) (bool, error) {
	g := t.in(ctx).Where("account = ? AND followed = ?", account, followed).Delete(&followRow{})
	return g.RowsAffected > 0, wrapped("unfollow", g.Error)
}

// CountFollows implements inbox.Tx.
func (t *tx) CountFollows(ctx context.Context, account string) (int, error) {
	var n int64
	err := t.in(ctx).Model(&followRow{}).Where("account = ?", account).Count(&n).Error
	return int(n), wrapped("count follows", err)
}

// Followers implements inbox.Tx.
func (t *tx) Followers(ctx context.Context, followed []string, after string, limit int) ([]inbox.Following, error) {
	var rows []followRow
	err := t.in(ctx).Where("followed IN ? AND account > ?", padded(followed), after).
		Order("account, followed").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, wrapped("read followers", err)
	}
	return each(rows, func(r followRow) inbox.Following { return inbox.Following{Account: r.Account, Followed: r.Followed} }), nil
}

// OfficeAccounts implements inbox.Tx.
func (t *tx) OfficeAccounts(ctx context.Context, at region.Code, roles []account.Role) ([]string, error) {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	now := toMillis(t.now)
	var rows []appointmentRow
	err := t.in(ctx).Select("account", "resident").Where("region = ? AND role IN ?", string(at), padded(names)).
		Where("start_at <= ? AND end_at > ? AND ended_at = 0", now, now).Order("id").Find(&rows).Error
	if err != nil {
		return nil, wrapped("read office holders", err)
	}
	var out, residents []string
	for _, r := range rows {
		if r.Account != "" {
			out = append(out, r.Account)
		} else if r.Resident != "" {
			residents = append(residents, r.Resident)
		}
	}
	if len(residents) > 0 {
		var bound []string
		err := t.in(ctx).Model(&bindingRow{}).Where("resident IN ?", padded(residents)).Order("id").Pluck("account", &bound).Error
		if err != nil {
			return nil, wrapped("read office holders", err)
		}
		out = append(out, bound...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// VillageReaders implements inbox.Tx: residents bound to the village, and
// holders of an office there or above.
func (t *tx) VillageReaders(ctx context.Context, village region.Code, accounts []string) (map[string]bool, error) {
	out := map[string]bool{}
	for part := range slices.Chunk(accounts, 256) {
		var bound []bindingRow
		if err := t.in(ctx).Select("account", "resident", "village").Where("account IN ?", padded(part)).Order("id").Find(&bound).Error; err != nil {
			return nil, wrapped("read bindings", err)
		}
		byResident := map[string]string{}
		for _, b := range bound {
			out[b.Account] = out[b.Account] || b.Village == string(village)
			byResident[b.Resident] = b.Account
		}
		if err := t.officesCovering(ctx, village, part, byResident, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t *tx) officesCovering(ctx context.Context, village region.Code, accounts []string, byResident map[string]string, out map[string]bool) error {
	places := each(village.Path(), func(c region.Code) string { return string(c) })
	residents := []string{"-"} // an id that is none: the list must not be empty
	for r := range byResident {
		residents = append(residents, r)
	}
	slices.Sort(residents)
	now := toMillis(t.now)
	var rows []appointmentRow
	err := t.in(ctx).Select("account", "resident").Where("account IN ? OR resident IN ?", padded(accounts), padded(residents)).
		Where("region IN ? AND start_at <= ? AND end_at > ? AND ended_at = 0", padded(places), now, now).Order("id").Find(&rows).Error
	if err != nil {
		return wrapped("read offices", err)
	}
	for _, r := range rows {
		if r.Account != "" {
			out[r.Account] = true
		}
		if a := byResident[r.Resident]; r.Resident != "" && a != "" {
			out[a] = true
		}
	}
	return nil
}

// SpreadWaiting implements inbox.Store.
func (s *Inbox) SpreadWaiting(ctx context.Context) (bool, error) {
	var serials []int64
	err := s.db.reader(ctx).Model(&spreadRow{}).Order("serial").Limit(1).Pluck("serial", &serials).Error
	return len(serials) > 0, wrapped("look for followers to tell", err)
}

// AddSpread implements inbox.Tx.
func (t *tx) AddSpread(ctx context.Context, s inbox.Spread) error {
	return wrapped("add spread", t.in(ctx).Create(&spreadRow{Event: string(s.Event), After: s.After}).Error)
}

// OldestSpread implements inbox.Tx.
func (t *tx) OldestSpread(ctx context.Context) (inbox.Spread, bool, error) {
	var rows []spreadRow
	err := t.locking(ctx).Order("serial").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return inbox.Spread{}, false, wrapped("read spread", err)
	}
	return inbox.Spread{Serial: rows[0].Serial, Event: []byte(rows[0].Event), After: rows[0].After}, true, nil
}

// SaveSpread implements inbox.Tx.
func (t *tx) SaveSpread(ctx context.Context, s inbox.Spread) error {
	return wrapped("save spread", t.in(ctx).Model(&spreadRow{}).Where("serial = ?", s.Serial).Update("after", s.After).Error)
}

// DropSpread implements inbox.Tx.
func (t *tx) DropSpread(ctx context.Context, serial int64) error {
	return wrapped("drop spread", t.in(ctx).Where("serial = ?", serial).Delete(&spreadRow{}).Error)
}

// eraseInbox removes everything kept here of an account that is being closed.
func (t *tx) eraseInbox(ctx context.Context, account string) error {
	for _, rows := range []any{&deliveryRow{}, &messageRow{}, &followRow{}, &creditRow{}} {
		if err := t.in(ctx).Where("account = ?", account).Delete(rows).Error; err != nil {
			return wrapped("erase messages", err)
		}
	}
	return nil
}
