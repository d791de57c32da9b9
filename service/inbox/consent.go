package inbox

import (
	"context"
	"slices"

	"cunwu/service/account"
	"cunwu/service/audit"
)

// mostCredit bounds what clients can claim: consents are advisory, as only
// WeChat knows them.
const mostCredit = 20

// Subscription is a template that a client may ask consent for.
type Subscription struct {
	Purpose   Purpose
	Template  string
	LongTerm  bool
	Remaining int // messages that the reader still takes; 1 for a long-term consent
}

// Answer is what the reader said when asked for a template.
type Answer struct {
	Template string
	Result   string // accept, reject, ban or filter (wx.requestSubscribeMessage)
}

// Subscriptions gives the templates in use and what the caller still takes.
func (s *Service) Subscriptions(ctx context.Context, c account.Caller) ([]Subscription, error) {
	if !c.Known() {
		return nil, account.ErrRequired
	}
	credits, err := s.store.CreditsOf(ctx, c.AccountID)
	if err != nil {
		return nil, err
	}
	out := []Subscription{}
	for _, t := range s.o.Templates {
		if s.rest.disabled(t.ID) {
			continue
		}
		sub := Subscription{Purpose: t.Purpose, Template: t.ID, LongTerm: t.LongTerm}
		for _, cr := range credits {
			if cr.Template == t.ID {
				sub.Remaining = cr.Remaining
			}
		}
		out = append(out, sub)
	}
	return out, nil
}

// Subscribe takes down what the caller said when asked for templates, and gives
// them all. ErrTemplate.
func (s *Service) Subscribe(ctx context.Context, c account.Caller, act audit.Act, answers []Answer) ([]Subscription, error) {
	if !c.Known() {
		return nil, account.ErrRequired
	}
	for _, a := range answers {
		if _, ok := s.templateByID(a.Template); !ok {
			return nil, ErrTemplate
		}
	}
	out, err := s.Subscriptions(ctx, c)
	if err != nil {
		return nil, err
	}
	err = s.store.InTx(ctx, act.As("", ""), func(tx Tx) error {
		for _, a := range inOrder(answers) {
			credit, err := s.answered(ctx, tx, c.AccountID, a, byClient)
			if err != nil {
				return err
			}
			for i := range out {
				if out[i].Template == a.Template {
					out[i].Remaining = credit.Remaining
				}
			}
		}
		err := tx.Record(ctx, audit.Event{Action: "inbox.subscribe", Object: "account", ObjectID: c.AccountID, Result: "ok"})
		if err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	return out, err
}

// inOrder keeps two transactions from waiting for each other's rows.
func inOrder(answers []Answer) []Answer {
	out := slices.Clone(answers)
	slices.SortStableFunc(out, func(a, b Answer) int {
		switch {
		case a.Template < b.Template:
			return -1
		case a.Template > b.Template:
			return 1
		}
		return 0
	})
	return out
}

// teller says who told of an answer: the client says so at once, WeChat pushes
// the same a little earlier or later, and it must count once.
type teller int

const (
	byClient teller = iota
	byWeChat
)

// answered changes the balance of an account by one answer.
func (s *Service) answered(ctx context.Context, tx Tx, accountID string, a Answer, by teller) (Credit, error) {
	t, ok := s.templateByID(a.Template)
	if !ok {
		return Credit{}, nil // a template of old
	}
	credits, err := tx.CreditsForUpdate(ctx, t.ID, []string{accountID})
	if err != nil {
		return Credit{}, err
	}
	c, ok := credits[accountID]
	if !ok {
		c = Credit{Account: accountID, Template: t.ID}
	}
	c = c.after(t, a.Result, by)
	if !ok && c.Remaining == 0 && c.Ahead == 0 {
		return c, nil
	}
	return c, tx.PutCredit(ctx, c)
}

// after gives the balance after an answer.
func (c Credit) after(t Template, result string, by teller) Credit {
	switch {
	case result == "accept" && t.LongTerm:
		c.Remaining = 1
	case result == "accept" && by == byClient:
		if c.Ahead >= 0 {
			c.Remaining++
		}
		c.Ahead++
	case result == "accept":
		if c.Ahead <= 0 {
			c.Remaining++
		}
		c.Ahead--
	case result == "ban", result == "reject" && t.LongTerm:
		c.Remaining, c.Ahead = 0, 0
	}
	// A one-time "reject" is of this one asking: what was agreed before stands.
	c.Remaining = min(c.Remaining, mostCredit)
	c.Ahead = max(min(c.Ahead, mostCredit), -mostCredit)
	return c
}
