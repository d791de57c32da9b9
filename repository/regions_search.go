package repository

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"cunwu/service/region"
)

// last sorts after every character of a name.
const last = "\U0010FFFF"

// Search gives active places within a prefix whose name, pinyin or initials
// begin with q, higher levels first, then those whose name contains it. Each
// level is one range of an index in its own order, so the whole nation costs
// what a village costs. A part of a name has no index: it is looked for in the
// range of a city or below, and among the few places from county up.
func (s *Regions) Search(ctx context.Context, q string, within region.Code, limit int) ([]region.Region, error) {
	f := finder{within: within, limit: limit, seen: map[string]bool{}}
	columns := []string{"short"}
	if ascii(q) {
		columns = []string{"pinyin", "initials", "short"}
	}
	for _, level := range region.Levels {
		if int(level) < len(within) {
			continue
		}
		for _, column := range columns {
			end := q + "~" // after every letter and digit
			if column == "short" {
				end = q + last
			}
			g := s.db.reader(ctx).Where("level = ? AND "+column+" >= ? AND "+column+" < ?", int(level), q, end)
			if err := f.take(g.Order(column + ", code")); err != nil {
				return nil, err
			}
		}
	}
	g := s.db.reader(ctx).Where("INSTR(short, ?) > 0", q)
	if len(within) < int(region.City) {
		g = g.Where("level IN ?", []int{int(region.Province), int(region.City), int(region.County)})
	}
	if err := f.take(g.Order("level, code")); err != nil {
		return nil, err
	}
	return f.found, nil
}

// finder collects results of several queries up to a limit, each place once.
type finder struct {
	within region.Code
	limit  int
	seen   map[string]bool
	found  []region.Region
}

func (f *finder) take(g *gorm.DB) error {
	if len(f.found) >= f.limit {
		return nil
	}
	var rows []regionRow
	g = inside(g.Where("state = ?", string(region.Active)), f.within)
	if err := g.Limit(f.limit).Find(&rows).Error; err != nil {
		return fmt.Errorf("search regions: %w", err)
	}
	for _, r := range rows {
		if len(f.found) < f.limit && !f.seen[r.Code] {
			f.seen[r.Code] = true
			f.found = append(f.found, r.region())
		}
	}
	return nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
