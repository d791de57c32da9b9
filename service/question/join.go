package question

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/region"
)

// Join makes the caller ask the same (同问). Doing it again changes nothing.
// Refusals: auth.required, question.not_found, consent.required,
// question.not_verified, question.own_question, question.over.
func (s *Service) Join(ctx context.Context, by account.Caller, act audit.Act, id string) (Question, error) {
	return s.join(ctx, by, act, id, true)
}

// Leave takes a Join back, at any time. Doing it again changes nothing.
// Refusals: auth.required, question.not_found.
func (s *Service) Leave(ctx context.Context, by account.Caller, act audit.Act, id string) (Question, error) {
	return s.join(ctx, by, act, id, false)
}

func (s *Service) join(ctx context.Context, by account.Caller, act audit.Act, id string, want bool) (Question, error) {
	if !by.Known() {
		return Question{}, account.ErrRequired
	}
	q, err := s.known(ctx, by, id)
	if err != nil {
		return Question{}, err
	}
	if err := mayJoin(by, q); want && err != nil {
		return Question{}, err
	}
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		q, err := tx.QuestionForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if want && q.State.Over() {
			return ErrOver
		}
		there, err := tx.QuestionJoined(ctx, id, by.AccountID)
		if err != nil || there == want {
			return err
		}
		action := "question.join"
		if want {
			q.Joined++
			err = tx.AddQuestionJoin(ctx, id, by.AccountID)
		} else {
			q.Joined--
			action = "question.leave"
			err = tx.DropQuestionJoin(ctx, id, by.AccountID)
		}
		if err != nil {
			return err
		}
		q.Revision++
		if err := tx.SaveQuestion(ctx, q); err != nil {
			return err
		}
		return tx.Record(ctx, audit.Event{Action: action, Object: "question", ObjectID: id, Region: string(q.Region), Result: "ok"})
	})
	if err != nil {
		return Question{}, err
	}
	return s.Question(ctx, by, id)
}

func mayJoin(by account.Caller, q Record) error {
	switch {
	case by.Standing == account.Unbound || by.Village != q.Region.At(region.Village):
		return ErrNotVerified
	case by.ConsentDue:
		return account.ErrConsent
	case by.AccountID == q.Asker:
		return ErrOwn
	}
	return nil
}

// Asker gives the account that raised a question and those that joined it, for
// telling them what became of it. It is for the program, never for a door.
func (s *Service) Asker(ctx context.Context, id string) (asker string, joined []string, err error) {
	q, err := s.store.QuestionRecord(ctx, id)
	if err != nil {
		return "", nil, err
	}
	joined, err = s.store.QuestionJoiners(ctx, id)
	return q.Asker, joined, err
}
