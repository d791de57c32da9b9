package repository

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/chronicle"
	"cunwu/service/ranking"
	"cunwu/service/region"
)

type rankedDeedRow struct {
	Number       int64 `gorm:"primaryKey;autoIncrement"`
	ID           string
	Region       string
	VillageGroup string
	Title        string
	Clause       string
	ClauseText   string
	Topic        string
	ListedAt     int64
	IsOpen       int
	Endorsements int64
}

// TableName names the table.
func (rankedDeedRow) TableName() string { return "ranked_deeds" }

func (r rankedDeedRow) deed() ranking.Deed {
	return ranking.Deed{
		ID: r.ID, Region: region.Code(r.Region), Group: region.Code(r.VillageGroup), Title: r.Title, Clause: r.Clause,
		ClauseText: r.ClauseText, Topic: r.Topic, ListedAt: fromMillis(r.ListedAt), Open: r.IsOpen != 0,
	}
}

type rankedPlaceRow struct {
	Scope    int64  `gorm:"primaryKey;autoIncrement:false"`
	Period   int64  `gorm:"primaryKey;autoIncrement:false"`
	Weight   int64  `gorm:"primaryKey;autoIncrement:false"`
	ListedAt int64  `gorm:"primaryKey;autoIncrement:false"`
	ID       string `gorm:"primaryKey"`
	Deed     int64
}

// TableName names the table.
func (rankedPlaceRow) TableName() string { return "ranked_places" }

type rankedCountRow struct {
	Scope   int64  `gorm:"primaryKey;autoIncrement:false"`
	Period  int64  `gorm:"primaryKey;autoIncrement:false"`
	Kind    string `gorm:"primaryKey"`
	Code    string `gorm:"primaryKey"`
	Entries int64
	Title   string
}

// TableName names the table.
func (rankedCountRow) TableName() string { return "ranked_counts" }

// Rankings is the archive of package ranking.
type Rankings struct{ db *DB }

var (
	_ ranking.Store = (*Rankings)(nil)
	_ ranking.Tx    = (*tx)(nil)
)

// Rankings gives the archive of endorsements and rankings.
func (db *DB) Rankings() *Rankings { return &Rankings{db} }

// RankDeed implements ranking.Tx.
func (t *tx) RankDeed(ctx context.Context, d ranking.Deed) error {
	row, err := t.lockDeed(ctx, d.ID)
	if err != nil || row.Number != 0 {
		return err
	}
	row = rankedDeedRow{
		ID: d.ID, Region: string(d.Region), VillageGroup: string(d.Group), Title: d.Title, Clause: d.Clause, ClauseText: d.ClauseText,
		Topic: d.Topic, ListedAt: toMillis(d.ListedAt), IsOpen: toInt(d.Open),
	}
	if err := t.in(ctx).Create(&row).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
		return fmt.Errorf("%w: %w", errRetry, err) // ranked by another since it was looked for
	} else if err != nil {
		return wrapped("rank deed", err)
	}
	var places []rankedPlaceRow
	for _, scope := range chronicle.Scopes(d.Region) {
		for _, period := range ranking.Periods(d.ListedAt) {
			places = append(places, rankedPlaceRow{Deed: row.Number, Scope: scope, Period: period, ListedAt: row.ListedAt, ID: d.ID})
		}
	}
	if err := t.in(ctx).Create(&places).Error; err != nil {
		return wrapped("rank deed in its places", err)
	}
	if err := t.moveCounts(ctx, d, 1); err != nil {
		return wrapped("count entry", err)
	}
	return t.markRankings(ctx, string(d.Region))
}

// CloseDeed implements ranking.Tx. No page shows whether a deed is open.
func (t *tx) CloseDeed(ctx context.Context, id string) error {
	return wrapped("close deed", t.in(ctx).Model(&rankedDeedRow{}).Where("id = ? AND is_open = 1", id).UpdateColumn("is_open", 0).Error)
}

// DropDeed implements ranking.Tx. The deed is locked first, so that an
// endorsement under way is dropped, too, or finds nothing.
func (t *tx) DropDeed(ctx context.Context, id string) error {
	row, err := t.lockDeed(ctx, id)
	if err != nil || row.Number == 0 {
		return err
	}
	where, keys := placesOf(region.Code(row.Region), row.ListedAt, row.Endorsements, row.ID)
	if err := t.exec(ctx, "DELETE FROM ranked_places WHERE "+where, keys...); err != nil {
		return wrapped("drop deed", err)
	}
	for _, q := range []string{"DELETE FROM endorsements WHERE deed = ?", "DELETE FROM ranked_deeds WHERE number = ?"} {
		if err := t.exec(ctx, q, row.Number); err != nil {
			return wrapped("drop deed", err)
		}
	}
	if err := t.moveCounts(ctx, row.deed(), -1); err != nil {
		return wrapped("count entry no longer", err)
	}
	return t.markRankings(ctx, row.Region)
}

// placesOf is where a deed stands in the rankings of its places and periods. Each
// list of scopes has the same length, as has that of periods: villages are five
// levels down.
func placesOf(village region.Code, listedAt, endorsements int64, id string) (where string, args []any) {
	scopes, periods := chronicle.Scopes(village), ranking.Periods(fromMillis(listedAt))
	args = append(append(anys(scopes), anys(periods)...), -endorsements, listedAt, id)
	return "scope IN (" + strings.Repeat("?,", len(scopes)-1) + "?) AND period IN (" + strings.Repeat("?,", len(periods)-1) +
		"?) AND weight = ? AND listed_at = ? AND id = ?", args
}

// lockDeed gives a deed, with the number 0 where there is none.
func (t *tx) lockDeed(ctx context.Context, id string) (rankedDeedRow, error) {
	var row rankedDeedRow
	err := t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return rankedDeedRow{}, nil
	}
	return row, wrapped("find ranked deed", err)
}

// moveCounts adds an entry to, or takes it from, its clause, topic and group in
// all its places and periods. A count of nothing has no row.
func (t *tx) moveCounts(ctx context.Context, d ranking.Deed, by int64) error {
	for _, key := range countsOf(d) {
		where := t.in(ctx).Model(&rankedCountRow{}).Where("scope = ? AND period = ? AND kind = ? AND code = ?", key.Scope, key.Period, key.Kind, key.Code)
		to := map[string]any{"entries": gorm.Expr("entries + ?", by)}
		if by > 0 {
			to["title"] = key.Title
		}
		g := where.Session(&gorm.Session{}).UpdateColumns(to)
		if g.Error != nil {
			return g.Error
		}
		switch {
		case by < 0:
			if err := where.Session(&gorm.Session{}).Where("entries <= 0").Delete(&rankedCountRow{}).Error; err != nil {
				return err
			}
		case g.RowsAffected == 0:
			key.Entries = by
			if err := t.in(ctx).Create(&key).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
				return fmt.Errorf("%w: %w", errRetry, err) // begun by another since it was looked for
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// countsOf gives the keys of the counts that a deed belongs to, in their order.
func countsOf(d ranking.Deed) []rankedCountRow {
	var out []rankedCountRow
	add := func(scope int64, kind ranking.Kind, code, title string) {
		if code == "" {
			return
		}
		for _, period := range ranking.Periods(d.ListedAt) {
			out = append(out, rankedCountRow{Scope: scope, Period: period, Kind: string(kind), Code: code, Title: title})
		}
	}
	village := chronicle.Scope(d.Region)
	for _, scope := range chronicle.Scopes(d.Region) {
		if scope != village {
			add(scope, ranking.OfTopic, d.Topic, "")
		}
	}
	add(village, ranking.OfClause, d.Clause, d.ClauseText)
	add(village, ranking.OfGroup, string(d.Group), "")
	return out
}

// markRankings notes that the rankings of a village have changed, in the same
// commit. The mark is the machine's time, which is the same for all instances;
// the program's own may have been moved by a test.
func (t *tx) markRankings(ctx context.Context, village string) error {
	now := time.Now().UnixMilli()
	n, err := t.affected(ctx, "UPDATE ranking_marks SET version = version + 1, at = ? WHERE region = ?", now, village)
	if err != nil || n > 0 {
		return wrapped("mark rankings", err)
	}
	err = t.exec(ctx, "INSERT INTO ranking_marks (region, version, at) VALUES (?, 1, ?)", village, now)
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fmt.Errorf("%w: %w", errRetry, err)
	}
	return wrapped("mark rankings", err)
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
