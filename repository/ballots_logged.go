package repository

import (
	"context"

	"cunwu/service/ballot"
)

// LoggedBallots implements ballot.Store. Two integers a ballot are read, so a
// walk over the table is less than an index that every ballot would pay for.
func (s *Ballots) LoggedBallots(ctx context.Context, certified bool, after int64) ([]int64, error) {
	column := "opened_index"
	if certified {
		column = "result_index"
	}
	var numbers []int64
	err := s.db.reader(ctx).Model(&ballotRow{}).Where(column+" > ?", after).Order(column+", number").Pluck("number", &numbers).Error
	return numbers, wrapped("find ballots of the record", err)
}

// BallotsByNumber implements ballot.Store.
func (s *Ballots) BallotsByNumber(ctx context.Context, numbers []int64) ([]ballot.Record, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	var rows []ballotRow
	if err := s.db.reader(ctx).Where("number IN ?", padded(numbers)).Order("number").Find(&rows).Error; err != nil {
		return nil, wrapped("read ballots", err)
	}
	byNumber := make(map[int64]ballotRow, len(rows))
	for _, r := range rows {
		byNumber[r.Number] = r
	}
	out := make([]ballot.Record, 0, len(rows))
	for _, n := range numbers {
		row, ok := byNumber[n]
		if !ok {
			continue
		}
		r, err := row.record()
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}
