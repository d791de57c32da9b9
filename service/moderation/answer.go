package moderation

import (
	"context"
	"encoding/json"
	"errors"

	"cunwu/service/audit"
)

// MediaEvent is the event under which the platform pushes its answers.
const MediaEvent = "wxa_media_check"

// pushed is a pushed answer as WeChat writes it (version 2).
type pushed struct {
	Event   string
	AppID   string `json:"appid"`
	Trace   string `json:"trace_id"`
	Version int    `json:"version"`
	Code    int64  `json:"errcode"`
	Result  struct {
		Suggest string `json:"suggest"`
		Label   int64  `json:"label"`
	} `json:"result"`
	Detail []struct {
		Code int64 `json:"errcode"`
	} `json:"detail"`
}

// version is the one of the platform's answers that is understood.
const version = 2

// verdict gives what the answer says. A strategy that could not be applied makes
// a pass a doubt: it is not known what it would have found.
func (p pushed) verdict() Verdict {
	v := Verdict{Trace: p.Trace, Suggest: p.Result.Suggest, Label: p.Result.Label, Code: p.Code}
	switch v.Suggest {
	case SuggestPass:
		for _, d := range p.Detail {
			if d.Code != 0 {
				v.Suggest = SuggestReview
			}
		}
	case SuggestReview, SuggestRisky:
	default:
		v.Suggest = WhyUnclear
	}
	return v
}

// Answered takes a pushed answer out of a message whose signature, time and
// receiver were verified. It is kept by its trace id, whether that is known yet
// or not; the first of a trace id counts, and repeats change nothing. ErrPush
// where it cannot be read, or is about another mini-program.
func (s *Service) Answered(ctx context.Context, raw []byte) error {
	var p pushed
	if json.Unmarshal(raw, &p) != nil || p.Event != MediaEvent || p.Version != version || !sound(p.Trace) {
		return ErrPush
	}
	if s.o.AppID == "" || p.AppID != s.o.AppID {
		return ErrPush
	}
	err := s.keep(ctx, p.verdict())
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

func (s *Service) keep(ctx context.Context, v Verdict) error {
	return s.store.InTx(ctx, bySystem(), func(tx Tx) error {
		id, first, err := tx.AnswerGiven(ctx, v)
		if err != nil {
			return err
		}
		if !first {
			return errNothing
		}
		if id == "" { // the trace id is not known yet, or never will be
			return tx.Record(ctx, audit.Event{Action: "moderation.answer", Object: "check_answer", ObjectID: v.Trace, Result: "ok"})
		}
		seen, err := s.store.CheckByID(ctx, id)
		if err != nil {
			return err
		}
		m, err := locked(ctx, tx, seen.Subject)
		if err != nil {
			return err
		}
		own := m.of(id)
		if own == nil || own.Trace != v.Trace {
			// It was asked again under another trace id: this answer is late.
			return tx.Record(ctx, audit.Event{Action: "moderation.late", Object: "check", ObjectID: id, Result: "ok"})
		}
		return s.apply(ctx, m, own, v)
	})
}

// apply lets a verdict count for the check that holds its trace id. Only a check
// that waits for it is moved; to whoever decides it is told what it says.
func (s *Service) apply(ctx context.Context, m *change, c *Check, v Verdict) error {
	state, why := judge(v, nil)
	word, label := split(why)
	s.o.Observe("media", word)
	switch {
	case c.State == Pending && v.Code != 0 && c.Tries < mostAsked:
		// It could not be fetched: once more, from a fresh address.
		c.Trace, c.NextAt, c.Suggest, c.Label = "", m.tx.Now(), "", 0
		if err := m.tx.SaveCheck(ctx, *c); err != nil {
			return err
		}
		return record(ctx, m.tx, "again", *c)
	case c.State == Pending:
		c.Suggest, c.Label = word, label
		return m.settle(ctx, c, state, "answered")
	case c.State == Manual && !c.ByPerson:
		c.Suggest, c.Label = word, label
		if err := m.tx.SaveCheck(ctx, *c); err != nil {
			return err
		}
	}
	return record(ctx, m.tx, "late", *c)
}
