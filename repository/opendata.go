package repository

import (
	"context"

	"cunwu/service/disclosure"
	"cunwu/service/opendata"
)

// OpenData is the archive of package opendata.
type OpenData struct{ db *DB }

var _ opendata.Store = (*OpenData)(nil)

// OpenData gives the published postings as open data reads them.
func (db *DB) OpenData() *OpenData { return &OpenData{db} }

// OpenPage implements opendata.Store: one range of the feed index, and one
// look-up each of the postings and of the texts that stand, as FeedPage does it.
// What changes between the reads is left out: it stands no longer, or higher up.
func (s *OpenData) OpenPage(ctx context.Context, r opendata.Range) (opendata.Page, error) {
	q := s.db.reader(ctx).Model(&feedRow{}).Where("scope = ?", r.Scope)
	if r.From != 0 {
		q = q.Where("pos >= ?", r.From)
	}
	if r.Before != 0 {
		q = q.Where("pos < ?", r.Before)
	}
	var places []int64
	if err := q.Order("pos DESC").Limit(r.Limit).Pluck("pos", &places).Error; err != nil {
		return opendata.Page{}, wrapped("read feed", err)
	}
	if len(places) == 0 {
		return opendata.Page{}, nil
	}
	var page opendata.Page
	if len(places) == r.Limit {
		page.Next = places[len(places)-1]
	}
	var rows []postingRow
	err := s.db.reader(ctx).Select(recordColumns).Where("pos IN ?", padded(places)).Order("pos DESC").Find(&rows).Error
	if err != nil {
		return opendata.Page{}, wrapped("read postings of feed", err)
	}
	recs, err := toRecords(rows)
	if err != nil {
		return opendata.Page{}, err
	}
	var open []disclosure.Record
	for _, rec := range recs {
		if rec.Visibility == disclosure.PublicInternet && rec.Standing() {
			open = append(open, rec)
		}
	}
	page.Items, err = s.withTexts(ctx, open, r.Texts)
	return page, err
}

// withTexts joins the texts that stand to their postings.
func (s *OpenData) withTexts(ctx context.Context, recs []disclosure.Record, texts bool) ([]opendata.Standing, error) {
	out := make([]opendata.Standing, 0, len(recs))
	if !texts || len(recs) == 0 {
		for _, r := range recs {
			out = append(out, opendata.Standing{Record: r})
		}
		return out, nil
	}
	ids := make([]string, len(recs))
	for i, r := range recs {
		ids[i] = r.ID
	}
	var rows []postingVersionRow
	err := s.db.reader(ctx).Where("posting_id IN ? AND ended_index IS NULL AND withdrawn_at = 0", padded(ids)).
		Order("posting_id, number").Find(&rows).Error
	if err != nil {
		return nil, wrapped("read texts of feed", err)
	}
	byID := make(map[string]postingVersionRow, len(rows))
	for _, v := range rows {
		byID[v.PostingID] = v
	}
	for _, r := range recs {
		if v, ok := byID[r.ID]; ok && v.Number == r.Version && v.Content != nil {
			out = append(out, opendata.Standing{Record: r, Content: v.Content})
		}
	}
	return out, nil
}
