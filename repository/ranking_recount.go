package repository

import (
	"context"
	"fmt"
	"slices"

	"cunwu/service/chronicle"
	"cunwu/service/ranking"
)

// Recount derives everything that rankings keep ready from the deeds and the
// endorsements alone, reads all of it, and says where the two differ. It is slow
// and for small archives: tests and doubts.
func (s *Rankings) Recount(ctx context.Context) ([]string, error) {
	var deeds []rankedDeedRow
	var places []rankedPlaceRow
	var counts []rankedCountRow
	var given []struct{ Deed, N int64 }
	r := s.db.reader(ctx)
	for _, err := range []error{
		r.Order("number").Find(&deeds).Error, r.Order("scope, period, weight, listed_at, id").Find(&places).Error,
		r.Order("scope, period, kind, code").Find(&counts).Error,
		r.Table("endorsements").Select("deed, COUNT(*) AS n").Group("deed").Order("deed").Scan(&given).Error,
	} {
		if err != nil {
			return nil, wrapped("read rankings", err)
		}
	}
	has, should := map[string]int64{}, map[string]int64{}
	for _, g := range given {
		has[fmt.Sprintf("endorsements of %d", g.Deed)] = g.N
	}
	for _, p := range places {
		has[placeText(p)] = -p.Weight
	}
	for _, c := range counts {
		has[countText(c)] = c.Entries
	}
	for _, d := range deeds {
		if d.Endorsements > 0 {
			should[fmt.Sprintf("endorsements of %d", d.Number)] = d.Endorsements
		}
		for _, scope := range chronicle.Scopes(d.deed().Region) {
			for _, period := range ranking.Periods(fromMillis(d.ListedAt)) {
				p := rankedPlaceRow{Deed: d.Number, Scope: scope, Period: period, ListedAt: d.ListedAt, ID: d.ID}
				should[placeText(p)] = d.Endorsements
			}
		}
		for _, c := range countsOf(d.deed()) {
			should[countText(c)]++
		}
	}
	return differences(has, should), nil
}

func placeText(p rankedPlaceRow) string {
	return fmt.Sprintf("deed %d %s listed %d in %d of %d", p.Deed, p.ID, p.ListedAt, p.Scope, p.Period)
}

func countText(c rankedCountRow) string {
	return fmt.Sprintf("%s %s in %d of %d", c.Kind, c.Code, c.Scope, c.Period)
}

// differences compares what is kept with what should be. A row with nothing in
// it is another thing than none.
func differences(has, should map[string]int64) []string {
	var out []string
	for what, n := range should {
		if h, ok := has[what]; !ok || h != n {
			out = append(out, fmt.Sprintf("%s: %d kept (%t), should be %d", what, h, ok, n))
		}
	}
	for what, n := range has {
		if _, ok := should[what]; !ok {
			out = append(out, fmt.Sprintf("%s: %d kept, should not be there", what, n))
		}
	}
	slices.Sort(out)
	return out
}
