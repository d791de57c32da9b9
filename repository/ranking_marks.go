package repository

import (
	"context"
	"time"

	"cunwu/service/region"
)

// Why rankings have marks of their own. The marks of package-wide changes
// (RegionChanged) would drop the whole feed of a city at each endorsement, and
// two thousand of them a second would be as many rows for every instance to
// read. Here a village has one row, moved in the transaction of the endorsement:
// no mark is lost in a crash, and however many endorsements there are, a reader
// that looks twice a second sees the village changed twice a second. So the
// looking, which all instances do alike, is also what bounds how often pages are
// made anew.

// markTrail is how far back marks are read again: a mark is dated before its
// commit, by the clock of the machine that left it. Machines whose clocks differ
// by more than this, less the longest transaction, do not hear of each other.
const markTrail = time.Minute

// RankingFollower tells which villages' rankings changed since it was last
// asked. It is used by one goroutine.
type RankingFollower struct {
	db   *DB
	seen map[region.Code]rankingMark
}

type rankingMark struct{ version, at int64 }

// FollowRankings gives a follower. What it tells first is what changed in the
// last minute.
func (db *DB) FollowRankings() *RankingFollower {
	return &RankingFollower{db: db, seen: map[region.Code]rankingMark{}}
}

// Next gives the villages whose rankings changed, each once, possibly none.
// After an error the same are given by the next call.
func (f *RankingFollower) Next(ctx context.Context) ([]region.Code, error) {
	from := time.Now().Add(-markTrail).UnixMilli()
	var rows []struct {
		Region      string
		Version, At int64
	}
	err := f.db.reader(ctx).Table("ranking_marks").Where("at >= ?", from).Order("at, region").Scan(&rows).Error
	if err != nil {
		return nil, wrapped("read marks of rankings", err)
	}
	var out []region.Code
	for _, r := range rows {
		code := region.Code(r.Region)
		if f.seen[code].version != r.Version {
			out = append(out, code)
		}
		f.seen[code] = rankingMark{r.Version, r.At}
	}
	for code, m := range f.seen {
		if m.at < from { // it is not read again unless it changes
			delete(f.seen, code)
		}
	}
	return out, nil
}
