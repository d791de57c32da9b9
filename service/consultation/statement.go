package consultation

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/consultation/opinion"
	"cunwu/service/fault"
)

// Statement is one as a caller may see it: never with a name.
type Statement struct {
	ID             string
	ConsultationID string
	Number         int
	Text           string // "" where the caller may not read it
	State          StatementState
	Kind, Reason   string // why it is hidden
	At             time.Time
	Tally          opinion.Tally
	Mine           bool
	MyVote         opinion.Vote
}

// Statements gives those of a consultation by number: the ones that are shown,
// and of the others those that the caller wrote, with the reason; moderators
// see all. consultation.not_found.
func (s *Service) Statements(ctx context.Context, by account.Caller, id string) ([]Statement, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return nil, err
	}
	all, err := s.store.StatementsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	mine := map[string]opinion.Vote{}
	if by.ResidentID != "" {
		votes, err := s.store.VotesOf(ctx, id, by.ResidentID)
		if err != nil {
			return nil, err
		}
		for _, v := range votes {
			mine[v.StatementID] = v.Vote
		}
	}
	_, refused := s.opt.Powers.May(by, PowerModerate, r.Region)
	out := []Statement{}
	for _, st := range all {
		own := by.ResidentID != "" && by.ResidentID == st.Author
		if st.State == Shown || own || refused == nil && st.State == Hidden {
			out = append(out, statement(st, own, mine[st.ID]))
		}
	}
	return out, nil
}

func statement(st StatementRecord, own bool, vote opinion.Vote) Statement {
	return Statement{
		ID: st.ID, ConsultationID: st.ConsultationID, Number: st.Number, Text: st.Text, State: st.State, Kind: st.Kind,
		Reason: st.Reason, At: st.At, Tally: st.Tally, Mine: own, MyVote: vote,
	}
}

// checkStatement trims a statement and refuses what cannot be one.
func (s *Service) checkStatement(r Record, text string) (string, error) {
	text = strings.TrimSpace(text)
	var w wrongs
	w.text("body.text", "意见", text, 2, s.opt.Directory.Online.StatementChars)
	if !utf8.ValidString(text) || strings.Contains(text, "\n") {
		w.add("body.text", "一条意见只写一行，说一件事。")
	}
	if err := w.err(); err != nil {
		return "", err
	}
	return text, s.screened(r.Region, map[string]string{"body.text": text})
}

// maySpeakNow refuses whoever cannot speak in this consultation now, in the
// order 403, 409.
func maySpeakNow(r Record, by account.Caller) error {
	switch {
	case !by.Known():
		return account.ErrRequired
	case !belongs(by, r.Region, r.Group):
		return ErrVillagersOnly
	case !r.speaking():
		return ErrNotOpen
	}
	return nil
}

// Speak makes a statement. Refusals: auth.required, consultation.not_found,
// request.invalid, consultation.private_data, consultation.villagers_only,
// consultation.not_in_session, consultation.statements_full.
func (s *Service) Speak(ctx context.Context, by account.Caller, act audit.Act, id, text string) (Statement, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return Statement{}, err
	}
	if text, err = s.checkStatement(r, text); err != nil {
		return Statement{}, err
	}
	if err := maySpeakNow(r, by); err != nil {
		return Statement{}, err
	}
	var out Statement
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		r, err := tx.ConsultationForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if err := maySpeakNow(r, by); err != nil {
			return err
		}
		all, own, err := tx.StatementsMade(ctx, id, by.ResidentID)
		if err != nil {
			return err
		}
		if rule := s.opt.Directory.Online; own >= rule.StatementsMost || all >= rule.StatementsTotal {
			return ErrTooManyStatements
		}
		st := StatementRecord{
			ID: audit.NewID(), ConsultationID: id, Number: all + 1, Author: by.ResidentID, Text: text, State: Shown,
			At: tx.Now(), ChangedAt: tx.Now(), Revision: 1,
		}
		if err := tx.AddStatement(ctx, st); err != nil {
			return err
		}
		if err := tx.Record(ctx, spoke("consultation.speak", r, st)); err != nil {
			return err
		}
		if err := tx.RegionChanged(ctx, r.Region); err != nil {
			return err
		}
		out = statement(st, true, opinion.None)
		return tx.Answer(ctx, out)
	})
	return out, err
}

// spoke is the journal's line of a statement: its number, never what it says.
func spoke(action string, r Record, st StatementRecord) audit.Event {
	return audit.Event{
		Action: action, Object: "statement", ObjectID: st.ID, Region: string(r.Region), Result: "ok",
		Detail: map[string]string{"consultation": r.ID, "number": fmt.Sprint(st.Number)},
	}
}

// change moves one statement of a consultation inside a transaction: do changes
// it and may refuse.
func (s *Service) change(ctx context.Context, by account.Caller, act audit.Act, id, action string, do func(tx Tx, r Record, st *StatementRecord) error) (Statement, error) {
	_, st, err := s.statementFor(ctx, by, id)
	if err != nil {
		return Statement{}, err
	}
	var out Statement
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		r, err := tx.ConsultationForUpdate(ctx, st.ConsultationID)
		if err != nil {
			return err
		}
		st, err := tx.StatementForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if err := do(tx, r, &st); err != nil {
			return err
		}
		st.Revision++
		st.ChangedAt = tx.Now()
		if err := tx.SaveStatement(ctx, st); err != nil {
			return err
		}
		if err := tx.Record(ctx, spoke(action, r, st)); err != nil {
			return err
		}
		if err := tx.RegionChanged(ctx, r.Region); err != nil {
			return err
		}
		own := st.Author == by.ResidentID
		vote, err := tx.VoteOn(ctx, id, by.ResidentID)
		if err != nil {
			return err
		}
		out = statement(st, own, vote)
		return tx.Answer(ctx, out)
	})
	return out, err
}

// statementFor gives a statement that the caller may know of, with its
// consultation.
func (s *Service) statementFor(ctx context.Context, by account.Caller, id string) (Record, StatementRecord, error) {
	st, err := s.store.StatementByID(ctx, id)
	if err != nil {
		return Record{}, StatementRecord{}, err
	}
	r, err := s.store.ConsultationByID(ctx, st.ConsultationID)
	if err != nil {
		return Record{}, StatementRecord{}, err
	}
	own := by.ResidentID != "" && st.Author == by.ResidentID
	_, refused := s.opt.Powers.May(by, PowerModerate, r.Region)
	if !s.visible(r, by) || st.State != Shown && !own && refused != nil {
		return Record{}, StatementRecord{}, ErrStatementNotFound
	}
	return r, st, nil
}

// KnownStatement gives nil where a caller may know of a statement, else
// statement.not_found.
func (s *Service) KnownStatement(ctx context.Context, by account.Caller, id string) error {
	_, _, err := s.statementFor(ctx, by, id)
	return err
}

// Reword changes the text of one's own statement, as long as nobody else has
// voted on it: nobody's vote is put under other words. Refusals: auth.required,
// statement.not_found, request.invalid, consultation.private_data,
// statement.not_author, consultation.not_in_session, statement.voted.
func (s *Service) Reword(ctx context.Context, by account.Caller, act audit.Act, id, text string) (Statement, error) {
	if !by.Known() {
		return Statement{}, account.ErrRequired
	}
	r, _, err := s.statementFor(ctx, by, id)
	if err != nil {
		return Statement{}, err
	}
	if text, err = s.checkStatement(r, text); err != nil {
		return Statement{}, err
	}
	return s.change(ctx, by, act, id, "consultation.reword", func(tx Tx, r Record, st *StatementRecord) error {
		switch {
		case by.ResidentID == "" || st.Author != by.ResidentID:
			return ErrNotAuthor
		case st.State != Shown:
			return ErrModerated
		}
		if err := maySpeakNow(r, by); err != nil {
			return err
		}
		others, err := tx.VotedByOthers(ctx, id, by.ResidentID)
		if err != nil {
			return err
		}
		if others {
			return ErrVoted
		}
		st.Text = text
		return nil
	})
}

// Withdraw takes one's own statement back, votes or not. It is no longer shown
// and stays in the archive. Refusals: auth.required, statement.not_found,
// statement.not_author, statement.moderated.
func (s *Service) Withdraw(ctx context.Context, by account.Caller, act audit.Act, id string) (Statement, error) {
	if !by.Known() {
		return Statement{}, account.ErrRequired
	}
	return s.change(ctx, by, act, id, "consultation.take_back", func(_ Tx, _ Record, st *StatementRecord) error {
		switch {
		case by.ResidentID == "" || st.Author != by.ResidentID:
			return ErrNotAuthor
		case st.State != Shown:
			return ErrModerated
		}
		st.State = Withdrawn
		return nil
	})
}

// Vote says what the caller thinks of a statement, in place of what they said
// before: one voice per person. Refusals: auth.required, statement.not_found,
// request.invalid, consultation.villagers_only, consultation.not_in_session.
func (s *Service) Vote(ctx context.Context, by account.Caller, act audit.Act, id string, vote opinion.Vote) (Statement, error) {
	r, st, err := s.statementFor(ctx, by, id)
	if err != nil {
		return Statement{}, err
	}
	if vote != opinion.Agree && vote != opinion.Disagree && vote != opinion.Pass {
		return Statement{}, fault.ErrInvalid.At("body.vote", "应是 agree、disagree 或 pass。")
	}
	if err := maySpeakNow(r, by); err != nil {
		return Statement{}, err
	}
	var out Statement
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		r, err := tx.ConsultationForUpdate(ctx, st.ConsultationID)
		if err != nil {
			return err
		}
		if err := maySpeakNow(r, by); err != nil {
			return err
		}
		st, err := tx.StatementForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if st.State != Shown {
			return ErrStatementNotFound
		}
		had, err := tx.VoteOn(ctx, id, by.ResidentID)
		if err != nil {
			return err
		}
		if had != vote {
			if err := tx.PutVote(ctx, r.ID, VoteRecord{StatementID: id, Voter: by.ResidentID, Vote: vote}, had != opinion.None); err != nil {
				return err
			}
			st.Tally = st.Tally.Moved(had, vote)
			st.Revision++
			if err := tx.SaveStatement(ctx, st); err != nil {
				return err
			}
		}
		if err := tx.Record(ctx, spoke("consultation.vote", r, st)); err != nil {
			return err
		}
		out = statement(st, st.Author == by.ResidentID, vote)
		return tx.Answer(ctx, out)
	})
	return out, err
}
