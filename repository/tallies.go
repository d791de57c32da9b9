package repository

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/disclosure"
	"cunwu/service/indicator"
	"cunwu/service/region"
)

type tallyRow struct {
	Region string `gorm:"primaryKey"`
	Figure string `gorm:"primaryKey"`
	Month  int    `gorm:"primaryKey;autoIncrement:false"`
	N      int
}

// TableName names the table.
func (tallyRow) TableName() string { return "tallies" }

type talliedRow struct {
	Subject string `gorm:"primaryKey"`
	Region  string
	Month   int
	Figures string
}

// TableName names the table.
func (talliedRow) TableName() string { return "tallied" }

// Tallies is the archive of package indicator.
type Tallies struct{ db *DB }

var (
	_ indicator.Store = (*Tallies)(nil)
	_ indicator.Tx    = (*tx)(nil)
)

// Tallies gives the archive of the figures of indicators.
func (db *DB) Tallies() *Tallies { return &Tallies{db} }

// Figures implements indicator.Store.
func (s *Tallies) Figures(ctx context.Context, place region.Code, from, to indicator.Month) (map[indicator.Figure]int, error) {
	var rows []tallyRow
	err := s.db.reader(ctx).Model(&tallyRow{}).Select("figure", "SUM(n) AS n").
		Where("region = ? AND month BETWEEN ? AND ?", string(place), int(from), int(to)).
		Group("figure").Order("figure").Find(&rows).Error
	if err != nil {
		return nil, wrapped("sum tallies", err)
	}
	out := make(map[indicator.Figure]int, len(rows))
	for _, r := range rows {
		out[indicator.Figure(r.Figure)] = r.N
	}
	return out, nil
}

// PostingFacts implements indicator.Tx.
func (t *tx) PostingFacts(ctx context.Context, id string) (indicator.PostingFacts, bool, error) {
	var row postingRow
	err := t.in(ctx).Select("id", "region", "state", "version", "first_at", "posted_until", "case_id").Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return indicator.PostingFacts{}, false, nil
	}
	if err != nil {
		return indicator.PostingFacts{}, false, wrapped("read posting for its figures", err)
	}
	state := disclosure.State(row.State)
	out := indicator.PostingFacts{
		Region: region.Code(row.Region), FirstAt: fromMillis(row.FirstAt), Version: row.Version,
		Standing: state == disclosure.Published || state == disclosure.Archived,
		Over:     state == disclosure.Archived || state == disclosure.Expired, Open: row.PostedUntil == 0,
	}
	var versions []postingVersionRow
	err = t.in(ctx).Select("number", "published_at", "withdrawn_at").Where("posting_id = ?", id).Order("number").Find(&versions).Error
	if err != nil {
		return out, false, wrapped("read times of versions", err)
	}
	for _, v := range versions {
		out.Versions = append(out.Versions, indicator.Span{From: fromMillis(v.PublishedAt), Until: fromMillis(v.WithdrawnAt)})
	}
	err = t.in(ctx).Model(&caseStepRow{}).Where("case_id = ?", row.CaseID).Order("seq").Pluck("action", &out.Steps).Error
	if err != nil {
		return out, false, wrapped("read steps of posting", err)
	}
	var photos int64
	err = t.in(ctx).Table("board_photos").Where("posting_id = ? AND state = ?", id, "confirmed").Count(&photos).Error
	out.OnBoard = photos > 0
	return out, true, wrapped("count photos of the board", err)
}

// QuestionFacts implements indicator.Tx.
func (t *tx) QuestionFacts(ctx context.Context, id string) (indicator.QuestionFacts, bool, error) {
	var row struct {
		Region  string
		AskedAt int64
		CaseID  string
	}
	err := t.in(ctx).Table("questions").Select("region", "asked_at", "case_id").Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return indicator.QuestionFacts{}, false, nil
	}
	if err != nil {
		return indicator.QuestionFacts{}, false, wrapped("read question for its figures", err)
	}
	out := indicator.QuestionFacts{Region: region.Code(row.Region), AskedAt: fromMillis(row.AskedAt)}
	var steps []caseStepRow
	err = t.in(ctx).Select("action", "to_stage", "at").Where("case_id = ?", row.CaseID).Order("seq").Find(&steps).Error
	if err != nil {
		return out, false, wrapped("read steps of question", err)
	}
	for _, s := range steps {
		if s.Action == "answer" && out.AnsweredAt.IsZero() {
			out.AnsweredAt = fromMillis(s.At)
		}
		out.Escalated = out.Escalated || s.ToStage == "escalated"
	}
	return out, true, nil
}

// CountedOf implements indicator.Tx.
func (t *tx) CountedOf(ctx context.Context, subject string) (indicator.Counted, error) {
	var row talliedRow
	err := t.in(ctx).Where("subject = ?", subject).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return indicator.Counted{Subject: subject}, nil
	}
	return indicator.Counted{
		Subject: subject, Region: region.Code(row.Region), Month: indicator.Month(row.Month), Figures: indicator.Split(row.Figures),
	}, wrapped("read what is counted", err)
}

// SaveCounted implements indicator.Tx.
func (t *tx) SaveCounted(ctx context.Context, c indicator.Counted) error {
	row := talliedRow{Subject: c.Subject, Region: string(c.Region), Month: int(c.Month), Figures: indicator.Join(c.Figures)}
	there := clause.OnConflict{Columns: []clause.Column{{Name: "subject"}}, DoUpdates: clause.AssignmentColumns([]string{"region", "month", "figures"})}
	return wrapped("keep what is counted", t.in(ctx).Clauses(there).Create(&row).Error)
}

// MoveFigures implements indicator.Tx. The follower's topic is locked, so no
// other transaction adds the row between the two statements.
func (t *tx) MoveFigures(ctx context.Context, moves []indicator.Move) error {
	for _, m := range moves {
		key := tallyRow{Region: string(m.Region), Figure: string(m.Figure), Month: int(m.Month)}
		g := t.in(ctx).Model(&tallyRow{}).Where("region = ? AND figure = ? AND month = ?", key.Region, key.Figure, key.Month).
			UpdateColumn("n", gorm.Expr("n + ?", m.By))
		if g.Error != nil {
			return wrapped("move tally", g.Error)
		}
		if g.RowsAffected == 0 {
			key.N = m.By
			if err := t.in(ctx).Create(&key).Error; err != nil {
				return wrapped("begin tally", err)
			}
		}
	}
	return nil
}
