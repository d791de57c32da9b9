package repository

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"cunwu/service/fault"
	"cunwu/service/ranking"
	"cunwu/service/region"
)

// DeedsRanked implements ranking.Store. What stands behind a row of an order of
// three columns is three ranges of the index, each of them read only where those
// before did not fill the page: neither engine makes one range of it.
func (s *Rankings) DeedsRanked(ctx context.Context, scope, period int64, after *ranking.Place, limit int) ([]ranking.Standing, error) {
	ranges := []func(*gorm.DB) *gorm.DB{func(q *gorm.DB) *gorm.DB { return q }}
	if after != nil {
		ranges = []func(*gorm.DB) *gorm.DB{
			func(q *gorm.DB) *gorm.DB {
				return q.Where("weight = ? AND listed_at = ? AND id > ?", -after.Figure, after.Listed, after.ID)
			},
			func(q *gorm.DB) *gorm.DB { return q.Where("weight = ? AND listed_at > ?", -after.Figure, after.Listed) },
			func(q *gorm.DB) *gorm.DB { return q.Where("weight > ?", -after.Figure) },
		}
	}
	for range maxAttempts {
		var places []rankedPlaceRow
		for _, in := range ranges {
			var more []rankedPlaceRow
			q := in(s.db.reader(ctx).Select("deed", "weight", "listed_at", "id").Where("scope = ? AND period = ?", scope, period))
			if err := q.Order("weight, listed_at, id").Limit(limit - len(places)).Find(&more).Error; err != nil {
				return nil, wrapped("read ranking", err)
			}
			if places = append(places, more...); len(places) == limit {
				break
			}
		}
		out, err := s.standings(ctx, places)
		if err != nil || len(out) == len(places) {
			return out, err
		}
	}
	return nil, fault.ErrUnavailable.After(retryAfter) // deeds are being dropped faster than they can be read
}

// standings adds the deeds to their places. Figures are those of the places,
// which were read in one order. A deed dropped since is missing.
func (s *Rankings) standings(ctx context.Context, places []rankedPlaceRow) ([]ranking.Standing, error) {
	if len(places) == 0 {
		return nil, nil
	}
	var rows []rankedDeedRow
	numbers := padded(each(places, func(p rankedPlaceRow) int64 { return p.Deed }))
	if err := s.db.reader(ctx).Where("number IN ?", numbers).Order("number").Find(&rows).Error; err != nil {
		return nil, wrapped("read ranked deeds", err)
	}
	by := make(map[int64]rankedDeedRow, len(rows))
	for _, r := range rows {
		by[r.Number] = r
	}
	out := make([]ranking.Standing, 0, len(places))
	for _, p := range places {
		if r, ok := by[p.Deed]; ok {
			out = append(out, ranking.Standing{Deed: r.deed(), Endorsements: -p.Weight})
		}
	}
	return out, nil
}

// EntriesCounted implements ranking.Store.
func (s *Rankings) EntriesCounted(ctx context.Context, scope, period int64, kind ranking.Kind) ([]ranking.Count, error) {
	var rows []rankedCountRow
	err := s.db.reader(ctx).Where("scope = ? AND period = ? AND kind = ?", scope, period, string(kind)).Order("code").Find(&rows).Error
	if err != nil {
		return nil, wrapped("read counts of entries", err)
	}
	return each(rows, func(r rankedCountRow) ranking.Count {
		return ranking.Count{Code: r.Code, Title: r.Title, Entries: r.Entries}
	}), nil
}

// EndorsementOf implements ranking.Store.
func (s *Rankings) EndorsementOf(ctx context.Context, deed, resident string) (ranking.State, error) {
	var row rankedDeedRow
	err := s.db.reader(ctx).Where("id = ?", deed).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ranking.State{}, ranking.ErrNotFound
	}
	if err != nil {
		return ranking.State{}, wrapped("read ranked deed", err)
	}
	out := ranking.State{Endorsements: row.Endorsements}
	if resident == "" {
		return out, nil
	}
	var n int64
	err = s.db.reader(ctx).Table("endorsements").Where("deed = ? AND resident = ?", row.Number, resident).Count(&n).Error
	out.Endorsed = n > 0
	return out, wrapped("read endorsement", err)
}

// EndorsementsOf implements ranking.Store.
func (s *Rankings) EndorsementsOf(ctx context.Context, deeds []string) (map[string]int64, error) {
	var rows []rankedDeedRow
	if err := s.db.reader(ctx).Select("id", "endorsements").Where("id IN ?", padded(deeds)).Order("id").Find(&rows).Error; err != nil {
		return nil, wrapped("read endorsements of deeds", err)
	}
	out := make(map[string]int64, len(rows))
	for _, r := range rows {
		out[r.ID] = r.Endorsements
	}
	return out, nil
}

// OwnEndorsements implements ranking.Store.
func (s *Rankings) OwnEndorsements(ctx context.Context, resident string) ([]ranking.Own, error) {
	var rows []struct {
		ID, Region, Title string
		At                int64
	}
	err := s.db.reader(ctx).Table("endorsements e").Select("d.id, d.region, d.title, e.at").
		Joins("JOIN ranked_deeds d ON d.number = e.deed").Where("e.resident = ?", resident).Order("e.deed").Scan(&rows).Error
	if err != nil {
		return nil, wrapped("read own endorsements", err)
	}
	out := make([]ranking.Own, len(rows))
	for i, r := range rows {
		out[i] = ranking.Own{Deed: r.ID, Region: region.Code(r.Region), Title: r.Title, At: fromMillis(r.At)}
	}
	return out, nil
}
