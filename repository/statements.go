package repository

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/consultation"
	"cunwu/service/consultation/opinion"
)

type statementRow struct {
	ID             string `gorm:"primaryKey"`
	ConsultationID string
	Number         int
	Author         string
	Body           string
	State          string
	Kind           string
	Reason         string
	MadeAt         int64
	ChangedAt      int64
	Agree          int
	Disagree       int
	Pass           int
	Revision       int
}

// TableName names the table.
func (statementRow) TableName() string { return "statements" }

// statementMoves are the columns that change in a statement's life.
var statementMoves = []string{"body", "state", "kind", "reason", "changed_at", "agree", "disagree", "pass", "revision"}

func toStatementRow(s consultation.StatementRecord) statementRow {
	return statementRow{
		ID: s.ID, ConsultationID: s.ConsultationID, Number: s.Number, Author: s.Author, Body: s.Text, State: string(s.State),
		Kind: s.Kind, Reason: s.Reason, MadeAt: toMillis(s.At), ChangedAt: toMillis(s.ChangedAt),
		Agree: s.Tally.Agree, Disagree: s.Tally.Disagree, Pass: s.Tally.Pass, Revision: s.Revision,
	}
}

func (r statementRow) record() consultation.StatementRecord {
	return consultation.StatementRecord{
		ID: r.ID, ConsultationID: r.ConsultationID, Number: r.Number, Author: r.Author, Text: r.Body,
		State: consultation.StatementState(r.State), Kind: r.Kind, Reason: r.Reason,
		At: fromMillis(r.MadeAt), ChangedAt: fromMillis(r.ChangedAt), Revision: r.Revision,
		Tally: opinion.Tally{Agree: r.Agree, Disagree: r.Disagree, Pass: r.Pass},
	}
}

type statementVoteRow struct {
	ConsultationID string `gorm:"primaryKey"`
	StatementID    string `gorm:"primaryKey"`
	Voter          string `gorm:"primaryKey"`
	Vote           int
}

// TableName names the table.
func (statementVoteRow) TableName() string { return "statement_votes" }

type statementModerationRow struct {
	Serial         int64 `gorm:"primaryKey;autoIncrement"`
	ConsultationID string
	Number         int
	Act            string
	Kind           string
	Reason         string
	Office         string
	At             int64
}

// TableName names the table.
func (statementModerationRow) TableName() string { return "statement_moderations" }

// StatementsOf implements consultation.Store.
func (s *Consultations) StatementsOf(ctx context.Context, id string) ([]consultation.StatementRecord, error) {
	var rows []statementRow
	if err := s.db.reader(ctx).Where("consultation_id = ?", id).Order("number").Find(&rows).Error; err != nil {
		return nil, wrapped("read statements", err)
	}
	out := make([]consultation.StatementRecord, len(rows))
	for i, r := range rows {
		out[i] = r.record()
	}
	return out, nil
}

// StatementByID implements consultation.Store.
func (s *Consultations) StatementByID(ctx context.Context, id string) (consultation.StatementRecord, error) {
	return takeStatement(s.db.reader(ctx).Where("id = ?", id))
}

func takeStatement(q *gorm.DB) (consultation.StatementRecord, error) {
	var row statementRow
	err := q.Take(&row).Error
	return row.record(), wrapped("read statement", orMissing(err, consultation.ErrStatementNotFound))
}

// VotesOf implements consultation.Store.
func (s *Consultations) VotesOf(ctx context.Context, id, voter string) ([]consultation.VoteRecord, error) {
	q := s.db.reader(ctx).Where("consultation_id = ?", id)
	if voter != "" {
		q = q.Where("voter = ?", voter)
	}
	var rows []statementVoteRow
	if err := q.Order("statement_id, voter").Find(&rows).Error; err != nil {
		return nil, wrapped("read votes", err)
	}
	out := make([]consultation.VoteRecord, len(rows))
	for i, r := range rows {
		out[i] = consultation.VoteRecord{StatementID: r.StatementID, Voter: r.Voter, Vote: opinion.Vote(r.Vote)} //nolint:gosec // 1 to 3
	}
	return out, nil
}

// PeopleOf implements consultation.Store.
func (s *Consultations) PeopleOf(ctx context.Context, id string) (int, error) {
	var n int
	const people = `SELECT COUNT(*) FROM (
SELECT voter AS who FROM statement_votes WHERE consultation_id = ?
UNION SELECT author AS who FROM statements WHERE consultation_id = ?) people`
	err := s.db.reader(ctx).Raw(people, id, id).Scan(&n).Error
	return n, wrapped("count people", err)
}

// ModerationsOf implements consultation.Store.
func (s *Consultations) ModerationsOf(ctx context.Context, id string) ([]consultation.ModerationRecord, error) {
	var rows []statementModerationRow
	if err := s.db.reader(ctx).Where("consultation_id = ?", id).Order("serial").Find(&rows).Error; err != nil {
		return nil, wrapped("read moderations", err)
	}
	out := make([]consultation.ModerationRecord, len(rows))
	for i, r := range rows {
		out[i] = consultation.ModerationRecord{
			ConsultationID: r.ConsultationID, Number: r.Number, Action: r.Act, Kind: r.Kind, Reason: r.Reason,
			By: r.Office, At: fromMillis(r.At),
		}
	}
	return out, nil
}

// StatementsMade implements consultation.Tx.
func (t *tx) StatementsMade(ctx context.Context, id, author string) (all, own int, err error) {
	var authors []string
	err = t.in(ctx).Model(&statementRow{}).Where("consultation_id = ?", id).Order("number").Pluck("author", &authors).Error
	for _, a := range authors {
		if a == author {
			own++
		}
	}
	return len(authors), own, wrapped("count statements", err)
}

// AddStatement implements consultation.Tx.
func (t *tx) AddStatement(ctx context.Context, s consultation.StatementRecord) error {
	row := toStatementRow(s)
	return wrapped("add statement", orTaken(t.in(ctx).Create(&row).Error, consultation.ErrRaced))
}

// StatementForUpdate implements consultation.Tx.
func (t *tx) StatementForUpdate(ctx context.Context, id string) (consultation.StatementRecord, error) {
	return takeStatement(t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id))
}

// SaveStatement implements consultation.Tx.
func (t *tx) SaveStatement(ctx context.Context, s consultation.StatementRecord) error {
	row := toStatementRow(s)
	g := t.in(ctx).Model(&statementRow{}).Where("id = ? AND revision = ?", s.ID, s.Revision-1).
		Select(statementMoves).Updates(&row)
	return wrapped("save statement", one(g, consultation.ErrRaced))
}

// VoteOn implements consultation.Tx.
func (t *tx) VoteOn(ctx context.Context, statement, voter string) (opinion.Vote, error) {
	var votes []int
	err := t.in(ctx).Model(&statementVoteRow{}).Where("statement_id = ? AND voter = ?", statement, voter).Pluck("vote", &votes).Error
	if len(votes) == 0 {
		return opinion.None, wrapped("read vote", err)
	}
	return opinion.Vote(votes[0]), wrapped("read vote", err) //nolint:gosec // 1 to 3
}

// VotedByOthers implements consultation.Tx.
func (t *tx) VotedByOthers(ctx context.Context, statement, resident string) (bool, error) {
	var voters []string
	err := t.in(ctx).Model(&statementVoteRow{}).Where("statement_id = ? AND voter <> ?", statement, resident).
		Order("voter").Limit(1).Pluck("voter", &voters).Error
	return len(voters) > 0, wrapped("read voters", err)
}

// PutVote implements consultation.Tx.
func (t *tx) PutVote(ctx context.Context, id string, v consultation.VoteRecord, had bool) error {
	if had {
		g := t.in(ctx).Model(&statementVoteRow{}).
			Where("consultation_id = ? AND statement_id = ? AND voter = ?", id, v.StatementID, v.Voter).Update("vote", int(v.Vote))
		return wrapped("change vote", one(g, consultation.ErrRaced))
	}
	row := statementVoteRow{ConsultationID: id, StatementID: v.StatementID, Voter: v.Voter, Vote: int(v.Vote)}
	return wrapped("add vote", orTaken(t.in(ctx).Create(&row).Error, consultation.ErrRaced))
}

// AddModeration implements consultation.Tx.
func (t *tx) AddModeration(ctx context.Context, m consultation.ModerationRecord) error {
	row := statementModerationRow{
		ConsultationID: m.ConsultationID, Number: m.Number, Act: m.Action, Kind: m.Kind, Reason: m.Reason,
		Office: m.By, At: toMillis(m.At),
	}
	return wrapped("add moderation", t.in(ctx).Create(&row).Error)
}
