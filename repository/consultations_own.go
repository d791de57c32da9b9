package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"cunwu/service/consultation"
	"cunwu/service/consultation/opinion"
)

type consultationLinkRow struct {
	Kind           string `gorm:"primaryKey"`
	Target         string `gorm:"primaryKey"`
	ConsultationID string `gorm:"primaryKey"`
}

// TableName names the table.
func (consultationLinkRow) TableName() string { return "consultation_links" }

// LinkConsultation implements consultation.Tx.
func (t *tx) LinkConsultation(ctx context.Context, kind consultation.LinkKind, target, id string) error {
	there := clause.OnConflict{
		Columns: []clause.Column{{Name: "kind"}, {Name: "target"}, {Name: "consultation_id"}}, DoNothing: true,
	}
	row := consultationLinkRow{Kind: string(kind), Target: target, ConsultationID: id}
	return wrapped("link consultation", t.in(ctx).Clauses(there).Create(&row).Error)
}

// OwnConsultations implements consultation.Store.
func (s *Consultations) OwnConsultations(ctx context.Context, account, resident string) (consultation.Own, error) {
	var own consultation.Own
	var rows []consultationRow
	if err := s.db.reader(ctx).Where("created_by = ?", account).Order("serial").Find(&rows).Error; err != nil {
		return own, wrapped("read own topics", err)
	}
	for _, row := range rows {
		r, err := row.record()
		if err != nil {
			return own, err
		}
		own.Topics = append(own.Topics, r)
	}
	if resident == "" {
		return own, nil
	}
	return own, s.ownSaid(ctx, resident, &own)
}

// ownSaid adds what a resident said.
func (s *Consultations) ownSaid(ctx context.Context, resident string, own *consultation.Own) error {
	var said []struct {
		ConsultationID, Title, Body, State string
		Number                             int
		MadeAt                             int64
	}
	err := s.db.reader(ctx).Table("statements s").Select("s.consultation_id, c.title, s.number, s.body, s.state, s.made_at").
		Joins("JOIN consultations c ON c.id = s.consultation_id").Where("s.author = ?", resident).
		Order("c.serial, s.number").Scan(&said).Error
	if err != nil {
		return wrapped("read own statements", err)
	}
	for _, r := range said {
		own.Statements = append(own.Statements, consultation.OwnStatement{
			ConsultationID: r.ConsultationID, Title: r.Title, Number: r.Number, Text: r.Body,
			State: consultation.StatementState(r.State), At: fromMillis(r.MadeAt),
		})
	}
	var votes []struct {
		ConsultationID, Title string
		Number, Vote          int
	}
	err = s.db.reader(ctx).Table("statement_votes v").Select("v.consultation_id, c.title, s.number, v.vote").
		Joins("JOIN statements s ON s.id = v.statement_id").Joins("JOIN consultations c ON c.id = v.consultation_id").
		Where("v.voter = ?", resident).Order("c.serial, s.number").Scan(&votes).Error
	if err != nil {
		return wrapped("read own votes", err)
	}
	for _, r := range votes {
		own.Votes = append(own.Votes, consultation.OwnVote{
			ConsultationID: r.ConsultationID, Title: r.Title, Number: r.Number, Vote: opinion.Vote(r.Vote), //nolint:gosec // -1, 0 or 1, as written
		})
	}
	var ratings []struct{ ConsultationID, Title, Rating string }
	err = s.db.reader(ctx).Table("consultation_ratings r").Select("r.consultation_id, c.title, r.rating").
		Joins("JOIN consultations c ON c.id = r.consultation_id").Where("r.resident = ?", resident).
		Order("c.serial").Scan(&ratings).Error
	for _, r := range ratings {
		own.Ratings = append(own.Ratings, consultation.OwnRating(r))
	}
	return wrapped("read own ratings", err)
}
