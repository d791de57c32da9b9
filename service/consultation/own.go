package consultation

import (
	"context"
	"io"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/consultation/opinion"
)

// Own is what is kept of one person. Titles are those of the consultations.
type Own struct {
	Topics     []Record // brought up by the account
	Statements []OwnStatement
	Votes      []OwnVote
	Ratings    []OwnRating
}

// OwnStatement is a statement that the person made.
type OwnStatement struct {
	ConsultationID, Title string
	Number                int
	Text                  string
	State                 StatementState
	At                    time.Time
}

// OwnVote is what the person said of a statement.
type OwnVote struct {
	ConsultationID, Title string
	Number                int // of the statement
	Vote                  opinion.Vote
}

// OwnRating is how the person rated a consultation.
type OwnRating struct {
	ConsultationID, Title, Rating string
}

var voteNames = map[opinion.Vote]string{opinion.Agree: "agree", opinion.Disagree: "disagree", opinion.Pass: "pass"}

// ExportOwn adds what is kept here of a person to the export of own data: topics
// brought up, statements, votes on statements, ratings. It implements
// account.ExportSource.
func (s *Service) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	own, err := s.store.OwnConsultations(ctx, c.AccountID, c.ResidentID)
	if err != nil {
		return err
	}
	type line = map[string]any
	out := map[string][]line{"topics": {}, "statements": {}, "votes": {}, "ratings": {}}
	add := func(name string, l line) { out[name] = append(out[name], l) }
	stamp := func(t time.Time) string { return t.In(calendar.China).Format(time.RFC3339) }
	for _, r := range own.Topics {
		t := r.Content.Topic
		add("topics", line{
			"consultation_id": r.ID, "region": r.Region, "title": t.Title, "question": t.Question, "why": t.Why, "source": t.Source,
			"state": r.State, "created_at": stamp(r.CreatedAt),
		})
	}
	for _, x := range own.Statements {
		add("statements", line{
			"consultation_id": x.ConsultationID, "consultation": x.Title, "number": x.Number, "text": x.Text, "state": x.State, "at": stamp(x.At),
		})
	}
	for _, x := range own.Votes {
		add("votes", line{"consultation_id": x.ConsultationID, "consultation": x.Title, "statement_number": x.Number, "vote": voteNames[x.Vote]})
	}
	for _, x := range own.Ratings {
		add("ratings", line{"consultation_id": x.ConsultationID, "consultation": x.Title, "rating": x.Rating})
	}
	return account.WriteOwn(file, "consultations.json", out)
}
