package question

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// Ask asks about a posting, or about one of its lines, as a verified villager
// of its village. Refusals: auth.required, disclosure.not_found,
// request.invalid, question.private_data, consent.required,
// question.not_verified, question.not_standing, disclosure.raced,
// question.too_many.
func (s *Service) Ask(ctx context.Context, by account.Caller, act audit.Act, in NewQuestion) (Question, error) {
	return s.raise(ctx, by, Asked, in, func(at region.Code) (audit.Act, error) {
		switch {
		case by.Standing == account.Unbound || by.Village != at.At(region.Village):
			return act, ErrNotVerified
		case by.ConsentDue:
			return act, account.ErrConsent
		}
		return act, nil
	})
}

// Object raises an objection of the supervisory committee to what is published
// (power question.object). It is shown as the committee's. Refusals: those of
// Ask, and auth.stale, account.not_allowed in place of question.not_verified.
func (s *Service) Object(ctx context.Context, by account.Caller, act audit.Act, in NewQuestion) (Question, error) {
	return s.raise(ctx, by, Objected, in, func(at region.Code) (audit.Act, error) {
		g, err := s.opt.Powers.May(by, objectPower, at)
		return act.As(string(g.Role), string(g.Region)), err
	})
}

func (s *Service) raise(ctx context.Context, by account.Caller, kind Kind, in NewQuestion, allowed func(at region.Code) (audit.Act, error)) (Question, error) {
	if !by.Known() {
		return Question{}, account.ErrRequired
	}
	about, err := s.opt.Postings.Posting(ctx, by, in.PostingID)
	if err != nil {
		return Question{}, err
	}
	text, err := checkText(in.Text)
	if err != nil {
		return Question{}, err
	}
	if in.Line != nil && (*in.Line < 0 || *in.Line >= len(about.Content.Lines)) {
		return Question{}, fault.ErrInvalid.At("body.line", "这条公开没有第 %d 行明细。", *in.Line+1)
	}
	if err := s.screened(about.Region, "body.text", text); err != nil {
		return Question{}, err
	}
	act, err := allowed(about.Region)
	if err != nil {
		return Question{}, err
	}
	if !standing(about.State) {
		return Question{}, ErrNotStanding
	}
	fresh := Record{
		ID: audit.NewID(), PostingID: about.ID, Version: about.Version, Region: about.Region, ItemCode: about.ItemCode,
		Public: about.Visibility == disclosure.PublicInternet, Kind: kind, Line: in.Line, Text: text,
		Asker: by.AccountID, Revision: 1,
	}
	var out Question
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		q := fresh // the closure may run again
		if err := s.add(ctx, tx, act, &q); err != nil {
			return err
		}
		out, err = s.own(ctx, tx, by, q, about.Content.Title, nil)
		if err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	return out, err
}

// standing reports whether a posting is up now.
func standing(s disclosure.State) bool { return s == disclosure.Published || s == disclosure.Archived }

// add opens the case of a question and counts it on its posting.
func (s *Service) add(ctx context.Context, tx Tx, act audit.Act, q *Record) error {
	about, _, err := tx.PostingForUpdate(ctx, q.PostingID)
	if err != nil {
		return err
	}
	if !standing(about.State) {
		return ErrNotStanding
	}
	if about.Version != q.Version {
		return disclosure.ErrRaced // the lines are others now
	}
	asked, err := tx.QuestionsAskedSince(ctx, q.Asker, calendar.Day(tx.Now()))
	if err != nil {
		return err
	}
	if asked >= mostPerDay {
		return ErrTooMany.After(calendar.EndOfDay(tx.Now()).Sub(tx.Now()))
	}
	c, err := s.opt.Procedures.Open(ctx, tx, act, Procedure, q.Region, q.ID, nil)
	if err != nil {
		return err
	}
	q.CaseID, q.AskedAt, q.State, q.DueAt = c.ID, tx.Now(), State(s.opt.Procedures.State(c)), c.DueAt
	if q.Serial, err = tx.AddQuestion(ctx, *q); err != nil {
		return err
	}
	if err := tx.CountQuestions(ctx, about.ID, about.Shown.Questions+1, about.Answered); err != nil {
		return err
	}
	if err := announce(ctx, tx, EventAsked, *q); err != nil {
		return err
	}
	return tx.RegionChanged(ctx, q.Region)
}
