package repository

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/disclosure"
	"cunwu/service/procedure"
	"cunwu/service/question"
	"cunwu/service/region"
)

type questionRow struct {
	Serial     int64 `gorm:"primaryKey;autoIncrement"`
	ID         string
	PostingID  string
	Version    int
	Region     string
	ItemCode   string
	Public     int
	Kind       string
	Line       *int
	Body       string
	Asker      string
	AskedAt    int64
	State      string
	DueAt      int64
	Answers    int
	AnsweredAt int64
	Joined     int
	CaseID     string
	Revision   int
}

// TableName names the table.
func (questionRow) TableName() string { return "questions" }

// questionMoves are the columns that change in a question's life.
var questionMoves = []string{"state", "due_at", "answers", "answered_at", "joined", "revision"}

func toQuestionRow(r question.Record) questionRow {
	return questionRow{
		ID: r.ID, PostingID: r.PostingID, Version: r.Version, Region: string(r.Region), ItemCode: r.ItemCode,
		Public: toBit(r.Public), Kind: string(r.Kind), Line: r.Line, Body: r.Text, Asker: r.Asker,
		AskedAt: toMillis(r.AskedAt), State: string(r.State), DueAt: toMillis(r.DueAt), Answers: r.Answers,
		AnsweredAt: toMillis(r.AnsweredAt), Joined: r.Joined, CaseID: r.CaseID, Revision: r.Revision,
	}
}

func (r questionRow) record() question.Record {
	return question.Record{
		ID: r.ID, Serial: r.Serial, PostingID: r.PostingID, Version: r.Version, Region: region.Code(r.Region),
		ItemCode: r.ItemCode, Public: r.Public != 0, Kind: question.Kind(r.Kind), Line: r.Line, Text: r.Body,
		Asker: r.Asker, AskedAt: fromMillis(r.AskedAt), State: question.State(r.State), DueAt: fromMillis(r.DueAt),
		Answers: r.Answers, AnsweredAt: fromMillis(r.AnsweredAt), Joined: r.Joined, CaseID: r.CaseID, Revision: r.Revision,
	}
}

type questionWordRow struct {
	QuestionID string `gorm:"primaryKey"`
	Number     int    `gorm:"primaryKey;autoIncrement:false"`
	Kind       string
	Body       string
	Signature  string
	Account    string
	At         int64
}

// TableName names the table.
func (questionWordRow) TableName() string { return "question_words" }

type questionJoinRow struct {
	QuestionID string `gorm:"primaryKey"`
	Account    string `gorm:"primaryKey"`
	At         int64
}

// TableName names the table.
func (questionJoinRow) TableName() string { return "question_joins" }

// Questions is the archive of package question.
type Questions struct{ store[question.Tx] }

var (
	_ question.Store = (*Questions)(nil)
	_ question.Tx    = (*tx)(nil)
)

// Questions gives the archive of questions and objections.
func (db *DB) Questions() *Questions {
	return &Questions{store[question.Tx]{db: db, as: func(t *tx) question.Tx { return t }}}
}

// QuestionRecord implements question.Store.
func (s *Questions) QuestionRecord(ctx context.Context, id string) (question.Record, error) {
	return takeQuestion(s.db.reader(ctx), id)
}

func takeQuestion(q *gorm.DB, id string) (question.Record, error) {
	var row questionRow
	if err := q.Where("id = ?", id).Take(&row).Error; err != nil {
		return question.Record{}, wrapped("read question", orMissing(err, question.ErrNotFound))
	}
	return row.record(), nil
}

func findQuestions(q *gorm.DB) ([]question.Record, error) {
	var rows []questionRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, wrapped("read questions", err)
	}
	out := make([]question.Record, len(rows))
	for i, r := range rows {
		out[i] = r.record()
	}
	return out, nil
}

// QuestionRecords implements question.Store.
func (s *Questions) QuestionRecords(ctx context.Context, ids []string) ([]question.Record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return findQuestions(s.db.reader(ctx).Where("id IN ?", padded(ids)).Order("id"))
}

// QuestionsIn implements question.Store.
func (s *Questions) QuestionsIn(ctx context.Context, r question.Range) ([]question.Record, error) {
	q := s.db.reader(ctx)
	switch {
	case r.PostingID != "":
		q = q.Where("posting_id = ?", r.PostingID)
	case r.Region.Level() == region.Village:
		q = q.Where("region = ?", string(r.Region))
	default: // the greatest digit is below ":"
		q = q.Where("region >= ? AND region < ?", string(r.Region), string(r.Region)+":")
	}
	if r.State != "" {
		q = q.Where("state = ?", string(r.State))
	}
	if r.PublicOnly {
		q = q.Where("public = 1")
	}
	if r.Before != 0 {
		q = q.Where("serial < ?", r.Before)
	}
	return findQuestions(q.Order("serial DESC").Limit(r.Limit))
}

// QuestionsAnswered implements question.Store.
func (s *Questions) QuestionsAnswered(ctx context.Context, village region.Code, from, until time.Time, limit int) ([]question.Record, error) {
	return findQuestions(s.db.reader(ctx).
		Where("region = ? AND answered_at >= ? AND answered_at < ?", string(village), toMillis(from), toMillis(until)).
		Where("public = 1").Order("answered_at, serial").Limit(limit))
}

// QuestionWords implements question.Store.
func (s *Questions) QuestionWords(ctx context.Context, ids []string) ([]question.Word, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []questionWordRow
	err := s.db.reader(ctx).Where("question_id IN ?", padded(ids)).Order("question_id, number").Find(&rows).Error
	if err != nil {
		return nil, wrapped("read words of questions", err)
	}
	out := make([]question.Word, len(rows))
	for i, r := range rows {
		out[i] = question.Word{
			QuestionID: r.QuestionID, Number: r.Number, Kind: question.WordKind(r.Kind), Text: r.Body,
			By: r.Signature, Account: r.Account, At: fromMillis(r.At),
		}
	}
	return out, nil
}

// QuestionsJoined implements question.Store.
func (s *Questions) QuestionsJoined(ctx context.Context, account string, ids []string) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var out []string
	err := s.db.reader(ctx).Model(&questionJoinRow{}).Where("question_id IN ? AND account = ?", padded(ids), account).
		Order("question_id").Pluck("question_id", &out).Error
	return out, wrapped("read joined questions", err)
}

// QuestionsOfAsker implements question.Store.
func (s *Questions) QuestionsOfAsker(ctx context.Context, account string) ([]question.Record, error) {
	return findQuestions(s.db.reader(ctx).Where("asker = ?", account).Order("asked_at, serial"))
}

// QuestionsJoinedBy implements question.Store.
func (s *Questions) QuestionsJoinedBy(ctx context.Context, account string) ([]string, error) {
	out := []string{}
	err := s.db.reader(ctx).Model(&questionJoinRow{}).Where("account = ?", account).Order("question_id").Pluck("question_id", &out).Error
	return out, wrapped("read what an account joined", err)
}

// QuestionJoiners implements question.Store.
func (s *Questions) QuestionJoiners(ctx context.Context, id string) ([]string, error) {
	var out []string
	err := s.db.reader(ctx).Model(&questionJoinRow{}).Where("question_id = ?", id).Order("account").Pluck("account", &out).Error
	return out, wrapped("read who joined", err)
}

// QuestionPostings implements question.Store.
func (s *Questions) QuestionPostings(ctx context.Context, ids []string) ([]disclosure.Record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []postingRow
	err := s.db.reader(ctx).Select(recordColumns).Where("id IN ?", padded(ids)).Order("id").Find(&rows).Error
	if err != nil {
		return nil, wrapped("read postings of questions", err)
	}
	return toRecords(rows)
}

// CountQuestions implements question.Tx. The revision stays: what the clerk is
// writing meanwhile is not touched.
func (t *tx) CountQuestions(ctx context.Context, postingID string, questions, answered int) error {
	g := t.in(ctx).Model(&postingRow{}).Where("id = ?", postingID).
		Updates(map[string]any{"questions": questions, "answered": answered})
	return wrapped("count questions", one(g, disclosure.ErrNotFound))
}

// QuestionsAskedSince implements question.Tx.
func (t *tx) QuestionsAskedSince(ctx context.Context, account string, since time.Time) (int, error) {
	var n int64
	err := t.in(ctx).Model(&questionRow{}).Where("asker = ? AND asked_at >= ?", account, toMillis(since)).Count(&n).Error
	return int(n), wrapped("count questions of an account", err)
}

// AddQuestion implements question.Tx.
func (t *tx) AddQuestion(ctx context.Context, r question.Record) (int64, error) {
	row := toQuestionRow(r)
	if err := t.in(ctx).Create(&row).Error; err != nil {
		return 0, wrapped("add question", err)
	}
	return row.Serial, nil
}

// QuestionForUpdate implements question.Tx.
func (t *tx) QuestionForUpdate(ctx context.Context, id string) (question.Record, error) {
	return takeQuestion(t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}), id)
}

// SaveQuestion implements question.Tx.
func (t *tx) SaveQuestion(ctx context.Context, r question.Record) error {
	row := toQuestionRow(r)
	g := t.in(ctx).Model(&questionRow{}).Where("id = ? AND revision = ?", r.ID, r.Revision-1).Select(questionMoves).Updates(&row)
	return wrapped("save question", one(g, procedure.ErrRaced))
}

// AddQuestionWord implements question.Tx. The question's lock keeps numbers apart.
func (t *tx) AddQuestionWord(ctx context.Context, w question.Word) (int, error) {
	var n int64
	if err := t.in(ctx).Model(&questionWordRow{}).Where("question_id = ?", w.QuestionID).Count(&n).Error; err != nil {
		return 0, wrapped("number words", err)
	}
	row := questionWordRow{
		QuestionID: w.QuestionID, Number: int(n) + 1, Kind: string(w.Kind), Body: w.Text, Signature: w.By,
		Account: w.Account, At: toMillis(w.At),
	}
	return row.Number, wrapped("add word", orTaken(t.in(ctx).Create(&row).Error, procedure.ErrRaced))
}

// QuestionJoined implements question.Tx.
func (t *tx) QuestionJoined(ctx context.Context, id, account string) (bool, error) {
	var rows []questionJoinRow
	err := t.in(ctx).Where("question_id = ? AND account = ?", id, account).Limit(1).Find(&rows).Error
	return len(rows) > 0, wrapped("read whether joined", err)
}

// AddQuestionJoin implements question.Tx.
func (t *tx) AddQuestionJoin(ctx context.Context, id, account string) error {
	row := questionJoinRow{QuestionID: id, Account: account, At: toMillis(t.now)}
	return wrapped("join question", orTaken(t.in(ctx).Create(&row).Error, procedure.ErrRaced))
}

// DropQuestionJoin implements question.Tx.
func (t *tx) DropQuestionJoin(ctx context.Context, id, account string) error {
	g := t.in(ctx).Where("question_id = ? AND account = ?", id, account).Delete(&questionJoinRow{})
	return wrapped("leave question", one(g, procedure.ErrRaced))
}
