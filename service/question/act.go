package question

import (
	"context"
	"errors"
	"slices"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/procedure"
)

// Act takes an action of the question's case: answer, decide, settle,
// not_satisfied, unsettled. Refusals: those of procedure.Service.Act, and
// auth.required, auth.stale, question.not_found, question.private_data.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (Question, error) {
	if !by.Known() {
		return Question{}, account.ErrRequired
	}
	q, err := s.known(ctx, by, id)
	if err != nil {
		return Question{}, err
	}
	if len(in.Media) > 0 {
		return Question{}, fault.ErrInvalid.At("body.media", "答复不带附件，请写成文字。")
	}
	if err := s.screened(q.Region, "body.text", in.Fields["text"]); err != nil {
		return Question{}, err
	}
	act, role := s.actingAs(by, act, q, in.Action)
	title, err := s.titles(ctx, []Record{q})
	if err != nil {
		return Question{}, err
	}
	words, err := s.store.QuestionWords(ctx, []string{id})
	if err != nil {
		return Question{}, err
	}
	may, stale := s.mayOn(by, q)
	var out Question
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		m, err := s.lock(ctx, tx, q)
		if err != nil {
			return err
		}
		given := procedure.Input{Action: in.Action, Fields: in.Fields, Revision: in.Revision}
		c, step, err := s.opt.Procedures.Act(ctx, tx, act, m.q.CaseID, given, may, nil)
		if err != nil {
			return err
		}
		said, err := m.said(ctx, step, s.signed(by, m.q, step, role))
		if err != nil {
			return err
		}
		if err := m.save(ctx, c, said); err != nil {
			return err
		}
		if out, err = s.own(ctx, tx, by, m.q, title[q.PostingID], append(slices.Clone(words), said...)); err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	if errors.Is(err, procedure.ErrForbidden) && *stale != nil {
		return Question{}, *stale
	}
	return out, err
}

// FireTimer hands an unanswered question to the township; see
// procedure.Service.Sweep. procedure.ErrTooEarly where somebody was quicker.
func (s *Service) FireTimer(ctx context.Context, c procedure.Case) error {
	q, err := s.store.QuestionRecord(ctx, c.SubjectID)
	if err != nil {
		return err
	}
	act := audit.BySystem("timer").As("timer", string(q.Region))
	return s.store.InTx(ctx, act, func(tx Tx) error {
		m, err := s.lock(ctx, tx, q)
		if err != nil {
			return err
		}
		after, _, err := s.opt.Procedures.Fire(ctx, tx, act, m.q.CaseID, nil)
		if err != nil {
			return err
		}
		return m.save(ctx, after, nil)
	})
}

// actingAs names the office under which an action is taken. What the asker does
// is done under none.
func (s *Service) actingAs(by account.Caller, act audit.Act, q Record, action string) (audit.Act, account.Role) {
	power := map[string]string{"answer": answerPower, "decide": decidePower}[action]
	if power == "" && q.Kind == Objected {
		power = objectPower
	}
	if power == "" {
		return act, ""
	}
	g, err := s.opt.Powers.May(by, power, q.Region)
	if err != nil {
		return act, "" // the case will refuse
	}
	return act.As(string(g.Role), string(g.Region)), g.Role
}

// signed says whose words they are. The asker stays unnamed.
func (s *Service) signed(by account.Caller, q Record, step procedure.Step, role account.Role) string {
	switch {
	case wordOf(step) != Reply:
		return s.signature(by, role)
	case q.Kind == Objected:
		return "监委会"
	}
	return "提问人"
}

// wordOf gives the kind of what is said with a step.
func wordOf(step procedure.Step) WordKind {
	switch State(step.To) {
	case Answered:
		return Answer
	case Decided:
		return Decision
	case Open, Escalated, Settled, Unsettled:
	}
	return Reply
}

// move is one question being moved inside a transaction.
type move struct {
	s                   *Service
	tx                  Tx
	q                   Record
	questions, answered int // on the posting
}

// lock takes the posting, then the question: all movers take them in this
// order, and the case last.
func (s *Service) lock(ctx context.Context, tx Tx, q Record) (*move, error) {
	about, _, err := tx.PostingForUpdate(ctx, q.PostingID)
	if err != nil {
		return nil, err
	}
	if q, err = tx.QuestionForUpdate(ctx, q.ID); err != nil {
		return nil, err
	}
	return &move{s: s, tx: tx, q: q, questions: about.Shown.Questions, answered: about.Answered}, nil
}

// said keeps what was said with a step, if anything.
func (m *move) said(ctx context.Context, step procedure.Step, signature string) ([]Word, error) {
	text := step.Fields["text"]
	if text == "" {
		return nil, nil
	}
	w := Word{
		QuestionID: m.q.ID, Kind: wordOf(step), Text: text, By: signature, Account: step.Actor.AccountID, At: m.tx.Now(),
	}
	var err error
	if w.Number, err = m.tx.AddQuestionWord(ctx, w); err != nil {
		return nil, err
	}
	return []Word{w}, nil
}

// save writes the question after a step, and the counts that it changes.
func (m *move) save(ctx context.Context, c procedure.Case, said []Word) error {
	m.q.State, m.q.DueAt = State(m.s.opt.Procedures.State(c)), c.DueAt
	m.q.Revision++
	for _, w := range said {
		if w.Kind == Reply {
			continue
		}
		m.q.AnsweredAt = w.At
		if m.q.Answers++; m.q.Answers == 1 {
			if err := m.tx.CountQuestions(ctx, m.q.PostingID, m.questions, m.answered+1); err != nil {
				return err
			}
		}
	}
	if err := m.tx.SaveQuestion(ctx, m.q); err != nil {
		return err
	}
	if err := announce(ctx, m.tx, eventOf(m.q.State), m.q); err != nil {
		return err
	}
	return m.tx.RegionChanged(ctx, m.q.Region)
}
