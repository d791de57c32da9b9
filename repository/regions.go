package repository

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/region"
)

// regionBatch bounds how many rows one statement carries, for the engines limit
// the number of parameters.
const regionBatch = 500

type regionRow struct {
	Code       string `gorm:"primaryKey"`
	Parent     string
	Level      int
	Name       string
	Short      string
	Kind       string
	Pinyin     string
	Initials   string
	State      string
	MergedInto string
	MergedOn   int64
}

// TableName names the table.
func (regionRow) TableName() string { return "regions" }

func (r regionRow) region() region.Region {
	return region.Region{
		Code: region.Code(r.Code), Parent: region.Code(r.Parent), Level: region.Level(r.Level),
		Name: r.Name, Short: r.Short, Kind: r.Kind, Pinyin: r.Pinyin, Initials: r.Initials,
		State: region.State(r.State), MergedInto: region.Code(r.MergedInto),
	}
}

func toRegionRow(r region.Region) regionRow {
	return regionRow{
		Code: string(r.Code), Parent: string(r.Parent), Level: int(r.Level),
		Name: r.Name, Short: r.Short, Kind: r.Kind, Pinyin: r.Pinyin, Initials: r.Initials,
		State: string(r.State), MergedInto: string(r.MergedInto),
	}
}

func toRegions(rows []regionRow) []region.Region {
	out := make([]region.Region, len(rows))
	for i, r := range rows {
		out[i] = r.region()
	}
	return out
}

// Regions is the archive of package region.
type Regions struct{ store[region.Tx] }

var _ region.Store = (*Regions)(nil)

// Regions gives the archive of places.
func (db *DB) Regions() *Regions {
	return &Regions{store[region.Tx]{db: db, as: func(t *tx) region.Tx { return t }}}
}

// Region gives one place of any state; region.ErrNotFound if there is none.
func (s *Regions) Region(ctx context.Context, code region.Code) (region.Region, error) {
	var row regionRow
	err := s.db.reader(ctx).Where("code = ?", string(code)).Take(&row).Error
	if err != nil {
		return region.Region{}, wrapped("read region", orMissing(err, region.ErrNotFound))
	}
	return row.region(), nil
}

// Regions gives those that exist of the codes, in no order.
func (s *Regions) Regions(ctx context.Context, codes []region.Code) ([]region.Region, error) {
	var out []region.Region
	for len(codes) > 0 {
		n := min(len(codes), 256)
		var rows []regionRow
		err := s.db.reader(ctx).Where("code IN ?", padded(codes[:n])).Order("code").Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read regions: %w", err)
		}
		out = append(out, toRegions(rows)...)
		codes = codes[n:]
	}
	return out, nil
}

// Children gives the active places directly under parent, by code.
func (s *Regions) Children(ctx context.Context, parent region.Code) ([]region.Region, error) {
	var rows []regionRow
	err := s.db.reader(ctx).Where("parent = ? AND state = ?", string(parent), string(region.Active)).Order("code").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read children: %w", err)
	}
	return toRegions(rows), nil
}

// ChildCounts gives the number of active children of each of the places that
// has any.
func (s *Regions) ChildCounts(ctx context.Context, parents []region.Code) (map[region.Code]int, error) {
	out := make(map[region.Code]int, len(parents))
	for len(parents) > 0 {
		n := min(len(parents), 256)
		var rows []struct {
			Parent string
			N      int
		}
		err := s.db.reader(ctx).Model(&regionRow{}).Select("parent, COUNT(*) AS n").
			Where("parent IN ? AND state = ?", padded(parents[:n]), string(region.Active)).
			Group("parent").Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("count children: %w", err)
		}
		for _, r := range rows {
			out[region.Code(r.Parent)] = r.N
		}
		parents = parents[n:]
	}
	return out, nil
}

// Within gives the places of any state within a place (itself included), by
// code, after a code, at most limit: the whole tree page by page.
func (s *Regions) Within(ctx context.Context, within, after region.Code, limit int) ([]region.Region, error) {
	var rows []regionRow
	q := s.db.reader(ctx).Where("code > ?", string(after)).Order("code").Limit(limit)
	if err := inside(q, within).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read regions: %w", err)
	}
	return toRegions(rows), nil
}

// inside limits q to a place and all below it. Codes are digits, so ':' (which
// follows '9') ends the range.
func inside(q *gorm.DB, within region.Code) *gorm.DB {
	if within == "" {
		return q
	}
	return q.Where("code >= ? AND code < ?", string(within), string(within)+":")
}

// Formers gives the places merged into code, by code.
func (s *Regions) Formers(ctx context.Context, code region.Code) ([]region.Former, error) {
	var rows []regionRow
	err := s.db.reader(ctx).Where("merged_into = ? AND state = ?", string(code), string(region.Merged)).Order("code").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read former places: %w", err)
	}
	out := make([]region.Former, len(rows))
	for i, r := range rows {
		out[i] = region.Former{Code: region.Code(r.Code), Name: r.Name, MergedOn: fromMillis(r.MergedOn)}
	}
	return out, nil
}

// PutRegions inserts or replaces places by code.
func (t *tx) PutRegions(ctx context.Context, rs []region.Region) error {
	replace := clause.OnConflict{
		Columns: []clause.Column{{Name: "code"}},
		DoUpdates: clause.AssignmentColumns([]string{
			"parent", "level", "name", "short", "kind", "pinyin", "initials", "state", "merged_into", "merged_on",
		}),
	}
	for batch := range slices.Chunk(rs, regionBatch) {
		rows := make([]regionRow, len(batch))
		for i, r := range batch {
			rows[i] = toRegionRow(r)
		}
		if err := t.in(ctx).Clauses(replace).Create(&rows).Error; err != nil {
			return fmt.Errorf("put regions: %w", err)
		}
	}
	return nil
}

// MarkRegions sets the state of places.
func (t *tx) MarkRegions(ctx context.Context, codes []region.Code, st region.State, mergedInto region.Code, on time.Time) error {
	for len(codes) > 0 {
		n := min(len(codes), 256)
		err := t.in(ctx).Model(&regionRow{}).Where("code IN ?", padded(codes[:n])).Updates(map[string]any{
			"state": string(st), "merged_into": string(mergedInto), "merged_on": toMillis(on),
		}).Error
		if err != nil {
			return fmt.Errorf("mark regions: %w", err)
		}
		codes = codes[n:]
	}
	return nil
}

// AddRegion inserts a place; region.ErrTaken where its code is taken.
func (t *tx) AddRegion(ctx context.Context, r region.Region) error {
	row := toRegionRow(r)
	return wrapped("add region", orTaken(t.in(ctx).Create(&row).Error, region.ErrTaken))
}

type editionRow struct {
	Serial    int64 `gorm:"primaryKey;autoIncrement"`
	Edition   string
	Scope     string
	Places    int
	AppliedAt int64
}

// TableName names the table.
func (editionRow) TableName() string { return "region_editions" }

// PutEdition notes that an edition of the codes was applied.
func (t *tx) PutEdition(ctx context.Context, edition string, scope region.Code, places int) error {
	row := editionRow{Edition: edition, Scope: string(scope), Places: places, AppliedAt: toMillis(t.now)}
	return wrapped("note edition", t.in(ctx).Create(&row).Error)
}
