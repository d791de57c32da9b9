package repository

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"cunwu/service/concern"
	"cunwu/service/concern/similar"
	"cunwu/service/region"
)

type concernTermRow struct {
	Place  int64 `gorm:"primaryKey;autoIncrement:false"`
	Term   int64 `gorm:"primaryKey;autoIncrement:false"`
	Serial int64 `gorm:"primaryKey;autoIncrement:false"`
}

// TableName names the table.
func (concernTermRow) TableName() string { return "concern_terms" }

// placeNumber is a place as the terms keep it. Codes never begin with 0.
func placeNumber(code region.Code) int64 {
	n, err := strconv.ParseInt(string(code), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// unionOfTerms gives one statement that looks each term up by itself, so that
// none is read further than it should.
func unionOfTerms(each string, place region.Code, terms []similar.Term, most int) (query string, args []any) {
	parts := make([]string, len(terms))
	for i, t := range terms {
		parts[i] = strings.ReplaceAll(each, "#", strconv.Itoa(i))
		args = append(args, i, placeNumber(place), int64(t), most)
	}
	return strings.Join(parts, " UNION ALL "), args
}

// ConcernTermCounts implements concern.TermStore.
func (s *Concerns) ConcernTermCounts(ctx context.Context, place region.Code, terms []similar.Term, most int) ([]int, error) {
	out := make([]int, len(terms))
	if len(terms) == 0 {
		return out, nil
	}
	query, args := unionOfTerms(
		"SELECT ? AS i, COUNT(*) AS n FROM (SELECT 1 FROM concern_terms WHERE place = ? AND term = ? LIMIT ?) AS t#", place, terms, most)
	err := scanned(s.db.reader(ctx).Raw(query, args...), func(rows *sql.Rows) error {
		var i, n int
		if err := rows.Scan(&i, &n); err != nil {
			return err
		}
		out[i] = n
		return nil
	})
	return out, wrapped("count terms of concerns", err)
}

// ConcernsWithTerms implements concern.TermStore.
func (s *Concerns) ConcernsWithTerms(ctx context.Context, place region.Code, terms []similar.Term, most int) ([][]int64, error) {
	out := make([][]int64, len(terms))
	if len(terms) == 0 {
		return out, nil
	}
	query, args := unionOfTerms(
		"SELECT i, serial FROM (SELECT ? AS i, serial FROM concern_terms WHERE place = ? AND term = ? ORDER BY serial DESC LIMIT ?) AS t#",
		place, terms, most)
	err := scanned(s.db.reader(ctx).Raw(query, args...), func(rows *sql.Rows) error {
		var (
			i      int
			serial int64
		)
		if err := rows.Scan(&i, &serial); err != nil {
			return err
		}
		out[i] = append(out[i], serial)
		return nil
	})
	return out, wrapped("read terms of concerns", err)
}

// ConcernsBySerial implements concern.TermStore.
func (s *Concerns) ConcernsBySerial(ctx context.Context, serials []int64) ([]concern.Record, error) {
	if len(serials) == 0 {
		return nil, nil
	}
	return findConcerns(s.db.reader(ctx).Where("serial IN ?", padded(serials)).Order("serial DESC"))
}

// PutConcernTerms implements concern.TermTx. Rows of an older wording of the
// rules may be there: they are written over.
func (t *tx) PutConcernTerms(ctx context.Context, serial int64, places []region.Code, terms []similar.Term) error {
	if err := t.DropConcernTerms(ctx, serial, places, terms); err != nil || len(terms) == 0 {
		return err
	}
	var rows []concernTermRow
	for _, place := range places {
		for _, term := range terms {
			rows = append(rows, concernTermRow{Place: placeNumber(place), Term: int64(term), Serial: serial})
		}
	}
	return wrapped("add terms of a concern", t.in(ctx).CreateInBatches(rows, insertBatch).Error)
}

// DropConcernTerms implements concern.TermTx.
func (t *tx) DropConcernTerms(ctx context.Context, serial int64, places []region.Code, terms []similar.Term) error {
	if len(terms) == 0 {
		return nil
	}
	numbers := each(places, placeNumber)
	err := t.in(ctx).Where("place IN ? AND term IN ? AND serial = ?", padded(numbers), padded(terms), serial).Delete(&concernTermRow{}).Error
	return wrapped("drop terms of a concern", err)
}
