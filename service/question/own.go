package question

import (
	"context"
	"io"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
)

// ownQuestion is a question in the export of own data.
type ownQuestion struct {
	ID      string   `json:"id"`
	Posting string   `json:"disclosure_id"`
	Kind    Kind     `json:"kind"`
	Text    string   `json:"text"`
	AskedAt string   `json:"asked_at"`
	State   State    `json:"state"`
	Said    []string `json:"said"` // by the asker, afterwards
}

// ExportOwn adds what is kept here of a person to the export of own data: what
// was asked, what was said afterwards, what was joined. It implements
// account.ExportSource.
func (s *Service) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	asked, err := s.store.QuestionsOfAsker(ctx, c.AccountID)
	if err != nil {
		return err
	}
	joined, err := s.store.QuestionsJoinedBy(ctx, c.AccountID)
	if err != nil {
		return err
	}
	words, err := s.wordsOf(ctx, idsOf(asked))
	if err != nil {
		return err
	}
	own := []ownQuestion{}
	for _, q := range asked {
		o := ownQuestion{
			ID: q.ID, Posting: q.PostingID, Kind: q.Kind, Text: q.Text, State: q.State,
			AskedAt: q.AskedAt.In(calendar.China).Format(time.RFC3339), Said: []string{},
		}
		for _, w := range words[q.ID] {
			if w.Account == c.AccountID {
				o.Said = append(o.Said, w.Text)
			}
		}
		own = append(own, o)
	}
	return account.WriteOwn(file, "questions.json", map[string]any{"asked": own, "joined": joined})
}
