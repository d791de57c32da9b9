package repository

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/concern"
	"cunwu/service/region"
)

type concernCountRow struct {
	Region   string `gorm:"primaryKey"`
	Month    int    `gorm:"primaryKey;autoIncrement:false"`
	Category string `gorm:"primaryKey"`
	Figure   string `gorm:"primaryKey"`
	N        int
}

// TableName names the table.
func (concernCountRow) TableName() string { return "concern_counts" }

type concernCountedRow struct {
	ConcernID string `gorm:"primaryKey"`
	Region    string
	Month     int
	Category  string
	Figures   string
}

// TableName names the table.
func (concernCountedRow) TableName() string { return "concern_counted" }

// closings are the states that close a concern, as far as the handlers go.
var closings = []string{
	string(concern.Done), string(concern.Unable), string(concern.NotOurs), string(concern.Settled), string(concern.Unsatisfied), string(concern.Unrated),
}

// closingActs are the steps by which handlers close.
var closingActs = []string{"finish", "on_the_spot", "unable", "not_ours"}

// ConcernCounts implements concern.CountStore.
func (s *Concerns) ConcernCounts(ctx context.Context, places []region.Code, from, until int) ([]concern.CountMove, error) {
	var out []concern.CountMove
	q := s.db.reader(ctx).Table("concern_counts").Select("region, category, figure, SUM(n) AS n").
		Where("region IN ? AND month >= ? AND month <= ?", padded(places), from, until).
		Group("region, category, figure").Order("region, category, figure")
	err := scanned(q, func(rows *sql.Rows) error {
		var (
			m             concern.CountMove
			place, figure string
		)
		if err := rows.Scan(&place, &m.Category, &figure, &m.By); err != nil {
			return err
		}
		m.Region, m.Figure = region.Code(place), concern.Figure(figure)
		out = append(out, m)
		return nil
	})
	return out, wrapped("sum concerns", err)
}

// ConcernsOverdue implements concern.CountStore. What is sealed is owned by no
// place's code.
func (s *Concerns) ConcernsOverdue(ctx context.Context, at region.Code, from, until, now time.Time) (map[string]int, error) {
	var rows []struct {
		Category string
		N        int
	}
	err := s.db.reader(ctx).Table("concerns").Select("category, COUNT(*) AS n").
		Where("is_open = 1 AND region >= ? AND region < ?", string(at), string(at)+":").
		Where("due_at > 0 AND due_at < ? AND owner > '' AND owner < ':'", toMillis(now)).
		Where("raised_at >= ? AND raised_at < ?", toMillis(from), toMillis(until)).
		Group("category").Order("category").Scan(&rows).Error
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		out[r.Category] = r.N
	}
	return out, wrapped("count overdue concerns", err)
}

// ConcernIDsAfter implements concern.CountStore.
func (s *Concerns) ConcernIDsAfter(ctx context.Context, after int64, limit int) ([]string, int64, error) {
	var rows []struct {
		Serial int64
		ID     string
	}
	err := s.db.reader(ctx).Table("concerns").Select("serial, id").Where("serial > ?", after).Order("serial").Limit(limit).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, 0, wrapped("list concerns", err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, rows[len(rows)-1].Serial, nil
}

// ConcernsClosed implements concern.CountStore.
func (s *Concerns) ConcernsClosed(ctx context.Context, village region.Code, from, until time.Time, limit int) ([]concern.Closed, error) {
	q := s.db.reader(ctx)
	last := "(SELECT MAX(u.at) FROM concern_updates u WHERE u.concern_id = concerns.id AND u.act IN ?)"
	recs, err := findConcerns(q.Where("region = ? AND shown >= 0 AND state IN ?", string(village), closings).
		Where(last+" >= ? AND "+last+" < ?", closingActs, toMillis(from), closingActs, toMillis(until)).
		Order("raised_at, serial").Limit(limit))
	if err != nil {
		return nil, err
	}
	out := make([]concern.Closed, len(recs))
	for i, r := range recs {
		at, err := closedAt(s.db.reader(ctx), r)
		if err != nil {
			return nil, err
		}
		out[i] = concern.Closed{Record: r, At: at}
	}
	return out, nil
}

// closedAt gives when a concern that is closed was last closed.
func closedAt(q *gorm.DB, r concern.Record) (time.Time, error) {
	var at sql.NullInt64
	err := q.Table("concern_updates").Select("MAX(at)").Where("concern_id = ? AND act IN ?", r.ID, closingActs).Scan(&at).Error
	return fromMillis(at.Int64), wrapped("read when a concern was closed", err)
}

// ConcernFacts implements concern.CountTx.
func (t *tx) ConcernFacts(ctx context.Context, id string) (concern.Record, time.Time, bool, error) {
	r, err := takeConcern(t.in(ctx), id)
	if errors.Is(err, concern.ErrNotFound) {
		return r, time.Time{}, false, nil
	}
	if err != nil {
		return r, time.Time{}, false, err
	}
	at, err := closedAt(t.in(ctx), r)
	return r, at, true, err
}

// CountedConcern implements concern.CountTx.
func (t *tx) CountedConcern(ctx context.Context, id string) (concern.Counted, error) {
	var row concernCountedRow
	err := t.in(ctx).Where("concern_id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return concern.Counted{ID: id}, nil
	}
	return concern.Counted{
		ID: id, Region: region.Code(row.Region), Month: row.Month, Category: row.Category, Figures: row.Figures,
	}, wrapped("read what is counted of a concern", err)
}

// SaveCountedConcern implements concern.CountTx.
func (t *tx) SaveCountedConcern(ctx context.Context, c concern.Counted) error {
	row := concernCountedRow{ConcernID: c.ID, Region: string(c.Region), Month: c.Month, Category: c.Category, Figures: c.Figures}
	there := clause.OnConflict{
		Columns:   []clause.Column{{Name: "concern_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"region", "month", "category", "figures"}),
	}
	return wrapped("keep what is counted of a concern", t.in(ctx).Clauses(there).Create(&row).Error)
}

// MoveConcernCounts implements concern.CountTx. The follower's topic is locked,
// so no other transaction adds the row between the two statements.
func (t *tx) MoveConcernCounts(ctx context.Context, moves []concern.CountMove) error {
	for _, m := range moves {
		row := concernCountRow{Region: string(m.Region), Month: m.Month, Category: m.Category, Figure: string(m.Figure), N: m.By}
		g := t.in(ctx).Model(&concernCountRow{}).
			Where("region = ? AND month = ? AND category = ? AND figure = ?", row.Region, row.Month, row.Category, row.Figure).
			UpdateColumn("n", gorm.Expr("n + ?", m.By))
		if g.Error != nil {
			return wrapped("move count of concerns", g.Error)
		}
		if g.RowsAffected == 0 {
			if err := t.in(ctx).Create(&row).Error; err != nil {
				return wrapped("begin count of concerns", err)
			}
		}
	}
	return nil
}
