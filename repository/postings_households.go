package repository

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

type postingHouseholdRow struct {
	PostingID string `gorm:"primaryKey"`
	Household string `gorm:"primaryKey"`
	SealKey   string
	Sealed    []byte
}

// TableName names the table.
func (postingHouseholdRow) TableName() string { return "posting_households" }

// upStates are the states of what is up now.
var upStates = []string{string(disclosure.Published), string(disclosure.Archived)}

// PostingsStanding implements disclosure.Store.
func (s *Disclosures) PostingsStanding(ctx context.Context, village region.Code, item string, periods []string) ([]disclosure.Record, error) {
	if len(periods) == 0 {
		return nil, nil
	}
	var rows []postingRow
	err := s.db.reader(ctx).Select(recordColumns).
		Where("region = ? AND item_code = ? AND period IN ? AND state IN ?", string(village), item, padded(periods), upStates).
		Order("pos DESC").Find(&rows).Error
	if err != nil {
		return nil, wrapped("read standing postings of an item", err)
	}
	return toRecords(rows)
}

// ConcernsOf implements disclosure.Store.
func (s *Disclosures) ConcernsOf(ctx context.Context, household string, before int64, limit int) ([]disclosure.ConcernRecord, error) {
	q := s.db.reader(ctx).Table("postings").Select(append(qualified("postings.", feedColumns), "h.seal_key", "h.sealed")).
		Joins("JOIN posting_households h ON h.posting_id = postings.id").
		Where("h.household = ? AND postings.state IN ?", household, upStates)
	if before != 0 {
		q = q.Where("postings.pos < ?", before)
	}
	var rows []struct {
		Posting postingRow `gorm:"embedded"`
		SealKey string
		Sealed  []byte
	}
	if err := q.Order("postings.pos DESC").Limit(limit).Scan(&rows).Error; err != nil {
		return nil, wrapped("read what concerns a household", err)
	}
	out := make([]disclosure.ConcernRecord, len(rows))
	for i, r := range rows {
		rec, err := r.Posting.record()
		if err != nil {
			return nil, err
		}
		out[i] = disclosure.ConcernRecord{
			Record: rec, Household: household, Sealed: account.Sealed{Key: r.SealKey, Blob: r.Sealed},
		}
	}
	return out, nil
}

func qualified(prefix string, columns []string) []string {
	return each(columns, func(c string) string { return prefix + c })
}

// ConcernedHouseholds implements disclosure.Store.
func (s *Disclosures) ConcernedHouseholds(ctx context.Context, id string) (int, error) {
	var n int64
	err := s.db.reader(ctx).Model(&postingHouseholdRow{}).Where("posting_id = ?", id).Count(&n).Error
	return int(n), wrapped("count households of a posting", err)
}

// HouseholdOf implements disclosure.Households.
func (s *Disclosures) HouseholdOf(ctx context.Context, resident string) (string, error) {
	var rows []residentRow
	err := s.db.reader(ctx).Select("household").Where("id = ? AND state = ?", resident, string(account.OnRoll)).
		Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return "", wrapped("read household of a resident", err)
	}
	return rows[0].Household, nil
}

// HouseholdsNumbered implements disclosure.Households.
func (s *Disclosures) HouseholdsNumbered(ctx context.Context, village region.Code, numbers []string) (map[string]string, error) {
	out := make(map[string]string, len(numbers))
	for len(numbers) > 0 {
		n := min(len(numbers), insertBatch)
		var rows []householdRow
		err := s.db.reader(ctx).Where("village = ? AND number IN ?", string(village), padded(numbers[:n])).
			Order("id").Find(&rows).Error
		if err != nil {
			return nil, wrapped("read households by number", err)
		}
		for _, r := range rows {
			out[r.Number] = r.ID
		}
		numbers = numbers[n:]
	}
	return out, nil
}

// PutConcerns implements disclosure.Tx.
func (t *tx) PutConcerns(ctx context.Context, id string, concerns []disclosure.ConcernRecord) error {
	if err := t.in(ctx).Where("posting_id = ?", id).Delete(&postingHouseholdRow{}).Error; err != nil {
		return wrapped("remove what concerned households", err)
	}
	if len(concerns) == 0 {
		return nil
	}
	rows := each(concerns, func(c disclosure.ConcernRecord) postingHouseholdRow {
		return postingHouseholdRow{PostingID: id, Household: c.Household, SealKey: c.Sealed.Key, Sealed: c.Sealed.Blob}
	})
	return wrapped("store what concerns households", t.in(ctx).CreateInBatches(rows, insertBatch).Error)
}
