package repository

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/covenant"
)

type covenantOpinionRow struct {
	CovenantID string `gorm:"primaryKey"`
	Version    int    `gorm:"primaryKey;autoIncrement:false"`
	Number     int    `gorm:"primaryKey;autoIncrement:false"`
	Origin     string
	Stance     string
	Clause     string
	Body       string
	People     int
	Sheet      string
	Author     string
	MadeAt     int64
	Adopted    int
	Answer     string
	Office     string
	AnsweredAt int64
}

// TableName names the table.
func (covenantOpinionRow) TableName() string { return "covenant_opinions" }

func (r covenantOpinionRow) opinion() covenant.Opinion {
	return covenant.Opinion{
		CovenantID: r.CovenantID, Version: r.Version, Number: r.Number, Origin: covenant.Origin(r.Origin), Stance: covenant.Stance(r.Stance),
		Clause: r.Clause, Text: r.Body, People: r.People, Sheet: r.Sheet, Author: r.Author, At: fromMillis(r.MadeAt),
		Adopted: r.Adopted != 0, Answer: r.Answer, AnsweredBy: r.Office, AnsweredAt: fromMillis(r.AnsweredAt),
	}
}

type covenantMediaRow struct {
	MediaID    string `gorm:"primaryKey"`
	CovenantID string `gorm:"primaryKey"`
}

// TableName names the table.
func (covenantMediaRow) TableName() string { return "covenant_media" }

// CovenantOpinions implements covenant.Store.
func (s *Covenants) CovenantOpinions(ctx context.Context, id string, number int) ([]covenant.Opinion, error) {
	return opinionsOf(s.db.reader(ctx).Where("covenant_id = ? AND version = ?", id, number).Order("number"))
}

// OwnCovenantOpinions implements covenant.Store.
func (s *Covenants) OwnCovenantOpinions(ctx context.Context, resident string) ([]covenant.Opinion, error) {
	return opinionsOf(s.db.reader(ctx).Where("author = ?", resident).Order("made_at, covenant_id, version, number"))
}

func opinionsOf(q *gorm.DB) ([]covenant.Opinion, error) {
	var rows []covenantOpinionRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, wrapped("read opinions on covenants", err)
	}
	return each(rows, covenantOpinionRow.opinion), nil
}

// AddCovenantOpinion implements covenant.Tx.
func (t *tx) AddCovenantOpinion(ctx context.Context, o covenant.Opinion) error {
	row := covenantOpinionRow{
		CovenantID: o.CovenantID, Version: o.Version, Number: o.Number, Origin: string(o.Origin), Stance: string(o.Stance), Clause: o.Clause,
		Body: o.Text, People: o.People, Sheet: o.Sheet, Author: o.Author, MadeAt: toMillis(o.At),
	}
	if err := t.in(ctx).Create(&row).Error; err != nil {
		return wrapped("add opinion on covenant", orTaken(err, covenant.ErrRaced))
	}
	if o.Sheet == "" {
		return nil
	}
	return t.hangOnCovenant(ctx, o.CovenantID, []string{o.Sheet})
}

// CovenantOpinionsMade implements covenant.Tx.
func (t *tx) CovenantOpinionsMade(ctx context.Context, id string, number int, author string, since time.Time) (all, own int, err error) {
	of := func() *gorm.DB {
		return t.in(ctx).Model(&covenantOpinionRow{}).Where("covenant_id = ? AND version = ?", id, number)
	}
	var n int64
	if err := of().Count(&n).Error; err != nil {
		return 0, 0, wrapped("count opinions on covenant", err)
	}
	all = int(n)
	err = of().Where("author = ? AND made_at >= ?", author, toMillis(since)).Count(&n).Error
	return all, int(n), wrapped("count own opinions on covenant", err)
}

// CovenantOpinion implements covenant.Tx.
func (t *tx) CovenantOpinion(ctx context.Context, id string, number, opinion int) (covenant.Opinion, error) {
	var row covenantOpinionRow
	err := t.in(ctx).Where("covenant_id = ? AND version = ? AND number = ?", id, number, opinion).Take(&row).Error
	if err != nil {
		return covenant.Opinion{}, wrapped("read opinion on covenant", orMissing(err, covenant.ErrOpinionNotFound))
	}
	return row.opinion(), nil
}

// AnswerCovenantOpinion implements covenant.Tx.
func (t *tx) AnswerCovenantOpinion(ctx context.Context, o covenant.Opinion) error {
	row := covenantOpinionRow{Adopted: toBit(o.Adopted), Answer: o.Answer, Office: o.AnsweredBy, AnsweredAt: toMillis(o.AnsweredAt)}
	g := t.in(ctx).Model(&covenantOpinionRow{}).
		Where("covenant_id = ? AND version = ? AND number = ? AND answered_at = 0", o.CovenantID, o.Version, o.Number).
		Select("adopted", "answer", "office", "answered_at").Updates(&row)
	return wrapped("answer opinion on covenant", one(g, covenant.ErrAnswered))
}

// UnansweredCovenantOpinions implements covenant.Tx.
func (t *tx) UnansweredCovenantOpinions(ctx context.Context, id string, number int) (int, error) {
	var n int64
	err := t.in(ctx).Model(&covenantOpinionRow{}).Where("covenant_id = ? AND version = ? AND answered_at = 0", id, number).Count(&n).Error
	return int(n), wrapped("count opinions without answer", err)
}

// hangOnCovenant hangs papers on a text; doing so again changes nothing.
func (t *tx) hangOnCovenant(ctx context.Context, id string, papers []string) error {
	if len(papers) == 0 {
		return nil
	}
	rows := make([]covenantMediaRow, len(papers))
	for i, m := range papers {
		rows[i] = covenantMediaRow{MediaID: m, CovenantID: id}
	}
	hung := clause.OnConflict{Columns: []clause.Column{{Name: "media_id"}, {Name: "covenant_id"}}, DoNothing: true}
	return wrapped("hang papers", t.in(ctx).Clauses(hung).Create(&rows).Error)
}

// covenantHangs gives where uploads are papers of a revision, in the terms of
// postings: names stand on them, so they are for the offices of the village.
func (s mediaStore) covenantHangs(ctx context.Context, ids []string) ([]hangRow, error) {
	var rows []hangRow
	err := s.db.reader(ctx).Table("covenant_media").Distinct("c.region").Joins("JOIN covenants c ON c.id = covenant_media.covenant_id").
		Where("covenant_media.media_id IN ?", padded(ids)).Order("c.region").Limit(maxNamesakes).Scan(&rows).Error
	return rows, wrapped("read papers of covenants", err)
}
