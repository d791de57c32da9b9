package repository

import (
	"context"

	"cunwu/service/disclosure"
)

// LoggedVersions implements disclosure.Store: one range of an index of the
// versions, and one look-up of their postings. A version whose posting is gone
// is left out: the site does not show it.
func (s *Disclosures) LoggedVersions(ctx context.Context, ended bool, after int64, limit int) ([]disclosure.Logged, error) {
	column := "log_index"
	if ended {
		column = "ended_index"
	}
	for {
		var rows []postingVersionRow
		err := s.db.reader(ctx).Where(column+" > ?", after).Order(column + ", posting_id, number").Limit(limit).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return nil, wrapped("read versions by entry", err)
		}
		out, err := s.withPostings(ctx, rows)
		if err != nil || len(out) > 0 {
			return out, err
		}
		if last := rows[len(rows)-1]; ended {
			after = *last.EndedIndex
		} else {
			after = *last.LogIndex
		}
	}
}

func (s *Disclosures) withPostings(ctx context.Context, rows []postingVersionRow) ([]disclosure.Logged, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.PostingID
	}
	var found []postingRow
	if err := s.db.reader(ctx).Select(recordColumns).Where("id IN ?", padded(ids)).Find(&found).Error; err != nil {
		return nil, wrapped("read postings of entries", err)
	}
	recs, err := toRecords(found)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]disclosure.Record, len(recs))
	for _, r := range recs {
		byID[r.ID] = r
	}
	var out []disclosure.Logged
	for _, r := range rows {
		if rec, ok := byID[r.PostingID]; ok {
			out = append(out, disclosure.Logged{Record: rec, Version: r.version()})
		}
	}
	return out, nil
}
