package repository

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/moderation"
	"cunwu/service/region"
)

type checkRow struct {
	Serial    int64 `gorm:"primaryKey;autoIncrement"`
	ID        string
	Kind      string
	Subject   string
	Region    string
	Part      string
	State     string
	Trace     string
	Suggest   string
	Label     int64
	Account   string
	Tries     int
	NextAt    int64
	WatchAt   int64
	WaitsAt   int64
	AskedAt   int64
	DecidedAt int64
	BegunAt   int64
	ByPerson  int
}

// TableName names the table.
func (checkRow) TableName() string { return "checks" }

// checkMoves are the columns that change in a check's life.
var checkMoves = []string{
	"state", "trace", "suggest", "label", "tries", "next_at", "watch_at", "waits_at", "asked_at", "decided_at", "by_person",
}

func toCheckRow(c moderation.Check) checkRow {
	return checkRow{
		Serial: c.Serial, ID: c.ID, Kind: c.Subject.Kind, Subject: c.Subject.ID, Region: string(c.Subject.Region), Part: string(c.Part),
		State: string(c.State), Trace: c.Trace, Suggest: c.Suggest, Label: c.Label, Account: c.Account, Tries: c.Tries,
		NextAt: toMillis(c.NextAt), WatchAt: toMillis(c.WatchAt), WaitsAt: toMillis(c.WaitsAt), AskedAt: toMillis(c.AskedAt),
		DecidedAt: toMillis(c.DecidedAt), BegunAt: toMillis(c.BegunAt), ByPerson: toBit(c.ByPerson),
	}
}

func (r checkRow) record() moderation.Check {
	return moderation.Check{
		Serial: r.Serial, ID: r.ID, Subject: moderation.Subject{Kind: r.Kind, ID: r.Subject, Region: region.Code(r.Region)},
		Part: moderation.Part(r.Part), State: moderation.State(r.State), Trace: r.Trace, Suggest: r.Suggest, Label: r.Label,
		Account: r.Account, Tries: r.Tries, NextAt: fromMillis(r.NextAt), WatchAt: fromMillis(r.WatchAt),
		WaitsAt: fromMillis(r.WaitsAt), AskedAt: fromMillis(r.AskedAt), DecidedAt: fromMillis(r.DecidedAt),
		BegunAt: fromMillis(r.BegunAt), ByPerson: r.ByPerson != 0,
	}
}

// Moderation is the archive of package moderation.
type Moderation struct{ store[moderation.Tx] }

var (
	_ moderation.Store = (*Moderation)(nil)
	_ moderation.Tx    = (*tx)(nil)
)

// Moderation gives the archive of checks, answers and the public log.
func (db *DB) Moderation() *Moderation {
	return &Moderation{store[moderation.Tx]{db: db, as: func(t *tx) moderation.Tx { return t }}}
}

// CheckByID implements moderation.Store.
func (s *Moderation) CheckByID(ctx context.Context, id string) (moderation.Check, error) {
	var row checkRow
	err := s.db.reader(ctx).Where("id = ?", id).Take(&row).Error
	return row.record(), wrapped("read check", orMissing(err, moderation.ErrNotFound))
}

// ChecksDue implements moderation.Store.
func (s *Moderation) ChecksDue(ctx context.Context, now time.Time, limit int) ([]string, error) {
	return checkIDs(s.db.reader(ctx), "next_at", now, limit)
}

// ChecksUnwatched implements moderation.Store.
func (s *Moderation) ChecksUnwatched(ctx context.Context, now time.Time, limit int) ([]string, error) {
	return checkIDs(s.db.reader(ctx), "watch_at", now, limit)
}

// checkIDs gives pending checks whose time in a column has come.
func checkIDs(g *gorm.DB, column string, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := g.Model(&checkRow{}).Where("state = ? AND "+column+" > 0 AND "+column+" <= ?", string(moderation.Pending), toMillis(now)).
		Order(column+", serial").Limit(limit).Pluck("id", &ids).Error
	return ids, wrapped("list checks", err)
}

// ChecksWaiting implements moderation.Store.
func (s *Moderation) ChecksWaiting(ctx context.Context, at region.Code, kinds []string, after int64, limit int) ([]moderation.Check, error) {
	if len(kinds) == 0 {
		return nil, nil
	}
	var rows []checkRow
	err := s.db.reader(ctx).
		Where("state = ? AND region >= ? AND region < ?", string(moderation.Manual), string(at), string(at)+":").
		Where("kind IN ? AND serial > ?", padded(kinds), after).
		Order("serial").Limit(limit).Find(&rows).Error
	return each(rows, checkRow.record), wrapped("list what waits", err)
}

// VillagesWaiting implements moderation.Store.
func (s *Moderation) VillagesWaiting(ctx context.Context, since time.Time, after region.Code, limit int) ([]moderation.Village, error) {
	var rows []struct {
		Region string
		N      int
		Since  int64
	}
	err := s.db.reader(ctx).Model(&checkRow{}).Select("region, COUNT(*) AS n, MIN(waits_at) AS since").
		Where("state = ? AND region > ? AND waits_at > 0 AND waits_at <= ?", string(moderation.Manual), string(after), toMillis(since)).
		Group("region").Order("region").Limit(limit).Scan(&rows).Error
	out := make([]moderation.Village, len(rows))
	for i, r := range rows {
		out[i] = moderation.Village{Region: region.Code(r.Region), Count: r.N, Since: fromMillis(r.Since)}
	}
	return out, wrapped("list villages that wait", err)
}

// AddChecks implements moderation.Tx.
func (t *tx) AddChecks(ctx context.Context, cs []moderation.Check) error {
	if len(cs) == 0 {
		return nil
	}
	rows := each(cs, toCheckRow)
	return wrapped("add checks", t.in(ctx).Create(&rows).Error)
}

// ChecksForUpdate implements moderation.Tx.
func (t *tx) ChecksForUpdate(ctx context.Context, kind, id string) ([]moderation.Check, error) {
	var rows []checkRow
	err := t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("kind = ? AND subject = ?", kind, id).
		Order("serial").Find(&rows).Error
	return each(rows, checkRow.record), wrapped("read checks", err)
}

// LeaseChecks implements moderation.Tx.
func (t *tx) LeaseChecks(ctx context.Context, ids []string, until time.Time) ([]moderation.Check, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []checkRow
	err := t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).
		Where("id IN ? AND state = ? AND next_at > 0 AND next_at <= ?", padded(ids), string(moderation.Pending), toMillis(t.now)).
		Order("serial").Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, wrapped("read checks", err)
	}
	serials := each(rows, func(r checkRow) int64 { return r.Serial })
	err = t.in(ctx).Model(&checkRow{}).Where("serial IN ?", padded(serials)).
		Updates(map[string]any{"next_at": toMillis(until), "tries": gorm.Expr("tries + 1")}).Error
	out := each(rows, checkRow.record)
	for i := range out {
		out[i].NextAt, out[i].Tries = until, out[i].Tries+1
	}
	return out, wrapped("lease checks", err)
}

// SaveCheck implements moderation.Tx.
func (t *tx) SaveCheck(ctx context.Context, c moderation.Check) error {
	row := toCheckRow(c)
	g := t.in(ctx).Model(&checkRow{}).Where("id = ?", c.ID).Select(checkMoves).Updates(&row)
	return wrapped("save check", one(g, moderation.ErrNotFound))
}
