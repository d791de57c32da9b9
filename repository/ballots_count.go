package repository

import (
	"context"

	"cunwu/service/ballot"
)

// countStep is how many entries of a roll one statement looks at, so that none
// runs longer than the engine's time-outs allow.
const countStep = 100_000

// overRoll calls do for ranges of voters that together are the roll.
func overRoll(roll int, do func(from, to int64) error) error {
	for from := int64(0); from <= int64(roll); from += countStep {
		if err := do(from, from+countStep); err != nil {
			return err
		}
	}
	return nil
}

// BallotMarked implements ballot.Store.
func (s *Ballots) BallotMarked(ctx context.Context, number int64, roll int) (int, error) {
	total := 0
	err := overRoll(roll, func(from, to int64) error {
		var n int
		err := s.db.reader(ctx).Raw("SELECT COUNT(*) FROM ballot_roll WHERE ballot = ? AND voter >= ? AND voter < ? AND way <> ''",
			number, from, to).Scan(&n).Error
		total += n
		return err
	})
	return total, wrapped("count marked voters", err)
}

// BallotPatterns implements ballot.Store.
func (s *Ballots) BallotPatterns(ctx context.Context, number int64, roll int) (map[string]int, map[ballot.Origin]int, error) {
	patterns, origins := map[string]int{}, map[ballot.Origin]int{}
	err := overRoll(roll, func(from, to int64) error {
		var rows []struct {
			Pattern string
			Origin  string
			N       int
		}
		err := s.db.reader(ctx).Raw("SELECT pattern, origin, COUNT(*) AS n FROM ballot_casts WHERE ballot = ? AND voter >= ? AND voter < ? GROUP BY pattern, origin",
			number, from, to).Scan(&rows).Error
		for _, r := range rows {
			patterns[r.Pattern] += r.N
			origins[ballot.Origin(r.Origin)] += r.N
		}
		return err
	})
	return patterns, origins, wrapped("count casts", err)
}

// BallotCasts implements ballot.Store.
func (s *Ballots) BallotCasts(ctx context.Context, number int64, each func(ballot.Cast) error) error {
	rows, err := s.db.reader(ctx).Raw("SELECT tracker, pattern, origin FROM ballot_casts WHERE ballot = ? ORDER BY tracker, voter", number).Rows()
	if err != nil {
		return wrapped("read casts", translate(s.db.dialect, err))
	}
	defer func() { _ = rows.Close() }() // what it would say, Err says
	for rows.Next() {
		var c ballot.Cast
		if err := rows.Scan(&c.Tracker, &c.Pattern, &c.Origin); err != nil {
			return wrapped("read casts", translate(s.db.dialect, err))
		}
		if err := each(c); err != nil {
			return err
		}
	}
	return wrapped("read casts", translate(s.db.dialect, rows.Err()))
}
