package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"cunwu/service/audit"
)

// leg is one delivery under way: claimed, with the message to send.
type leg struct {
	Delivery
	message Message
}

// Deliver sends what is due, one after another, until nothing is due or WeChat
// cannot take more now, and gives how many were handed over. It may run in
// several goroutines and on several instances at once.
//
// Each transaction settles the delivery before and claims the next, so that the
// claim is committed before the call: a crash in between leaves a delivery that
// is marked as being sent and is never sent again (see Recover).
func (s *Service) Deliver(ctx context.Context) (int, error) {
	if s.o.Sender == nil || s.rest.paused(s.o.Clock.Now()) {
		return 0, nil
	}
	if due, err := s.store.DeliveryDue(ctx, s.o.Clock.Now()); err != nil || !due {
		return 0, err
	}
	handed := 0
	next, err := s.claim(ctx)
	for err == nil && next != nil {
		report := s.send(ctx, *next)
		// What came of a call must be kept, also where the server is ending.
		keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		r := react(report)
		if r.verdict == sent {
			handed++
		}
		more := r.verdict != again && ctx.Err() == nil
		next, err = s.settle(keep, *next, report, more)
		cancel()
	}
	return handed, err
}

// Recover makes unknown what is being sent for longer than a call can take: it
// was cut off by a crash, and may have been sent.
func (s *Service) Recover(ctx context.Context) (int, error) {
	backlog, err := s.store.DeliveryBacklog(ctx)
	if err != nil || backlog[Sending] == 0 {
		return 0, err
	}
	n := 0
	err = s.store.InTx(ctx, audit.BySystem("inbox"), func(tx Tx) error {
		n, err = tx.AbandonDeliveries(ctx, tx.Now().Add(-mayStillRun))
		if err != nil {
			return err
		}
		if n == 0 {
			return errNothing
		}
		return tx.Record(ctx, audit.Event{
			Action: "inbox.abandon", Object: "delivery", Result: "ok", Detail: map[string]string{"count": strconv.Itoa(n)},
		})
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	return n, err
}

// claim marks the next delivery that is due as being sent; nil where none is.
func (s *Service) claim(ctx context.Context) (*leg, error) {
	var next *leg
	err := s.store.InTx(ctx, audit.BySystem("inbox"), func(tx Tx) error {
		var dropped int
		var err error
		if next, dropped, err = s.claimIn(ctx, tx); err != nil {
			return err
		}
		e := audit.Event{Action: "inbox.send", Object: "delivery", Result: "ok", Detail: map[string]string{"dropped": strconv.Itoa(dropped)}}
		switch {
		case next != nil:
			e.ObjectID = next.ID
		case dropped == 0:
			return errNothing
		}
		return tx.Record(ctx, e)
	})
	if errors.Is(err, errNothing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return next, nil
}

// claimIn claims the next delivery that can be sent, and drops those before it
// that cannot.
func (s *Service) claimIn(ctx context.Context, tx Tx) (next *leg, dropped int, err error) {
	for {
		d, ok, err := tx.ClaimDelivery(ctx)
		if err != nil || !ok {
			return nil, dropped, err
		}
		m, ok, err := tx.MessageByID(ctx, d.Message)
		if err != nil {
			return nil, dropped, err
		}
		_, known := s.templateByID(d.Template)
		if ok && known && !s.rest.disabled(d.Template) && tx.Now().Before(d.CreatedAt.Add(giveUp)) {
			return &leg{Delivery: d, message: m}, dropped, nil
		}
		// Nothing to say any more, no template to say it by, or too late.
		if err := s.drop(ctx, tx, d); err != nil {
			return nil, dropped, err
		}
		dropped++
	}
}

// drop ends a delivery that was not sent and gives the consent back.
func (s *Service) drop(ctx context.Context, tx Tx, d Delivery) error {
	d.State = Dropped
	if _, err := tx.SettleDelivery(ctx, d); err != nil {
		return err
	}
	return s.changeCredit(ctx, tx, d, reaction{refund: true})
}

// send makes the call. It touches no storage that the outcome depends on.
func (s *Service) send(ctx context.Context, l leg) Report {
	t, _ := s.templateByID(l.Template)
	openID, err := s.o.Addresses.OpenIDOf(ctx, l.Account)
	if err != nil {
		return Report{Reach: NotReached, Note: err.Error()}
	}
	if openID == "" {
		return Report{Reach: Answered, Code: 40003, Note: "the account is closed"}
	}
	place, err := s.placeName(ctx, l.message.Region)
	if err != nil {
		return Report{Reach: NotReached, Note: err.Error()}
	}
	return s.o.Sender.Send(ctx, Outgoing{OpenID: openID, Template: t.ID, Page: t.Page, Data: t.fill(l.message, place)})
}

// settle writes what came of a call, and claims the next where more are wanted.
func (s *Service) settle(ctx context.Context, l leg, report Report, more bool) (*leg, error) {
	r := react(report)
	s.note(ctx, l.Delivery, report, r)
	var next *leg
	err := s.store.InTx(ctx, audit.BySystem("inbox"), func(tx Tx) error {
		next = nil
		d := l.Delivery
		d.Code = report.Code
		switch r.verdict {
		case sent:
			d.State = Sent
		case uncertain:
			d.State = Unknown
		case refused:
			d.State = Dropped
		case again:
			d.State, d.NextAt = Pending, tx.Now().Add(backoff(d.Attempts, s.o.Jitter()))
		}
		ok, err := tx.SettleDelivery(ctx, d)
		if err != nil {
			return err
		}
		if ok {
			if err := s.changeCredit(ctx, tx, d, r); err != nil {
				return err
			}
		}
		if more {
			if next, _, err = s.claimIn(ctx, tx); err != nil {
				return err
			}
		}
		detail := map[string]string{"state": string(d.State), "code": strconv.FormatInt(d.Code, 10)}
		if next != nil {
			detail["next"] = next.ID
		}
		return tx.Record(ctx, audit.Event{Action: "inbox.sent", Object: "delivery", ObjectID: d.ID, Result: "ok", Detail: detail})
	})
	if err != nil {
		return nil, fmt.Errorf("inbox: settle a delivery: %w", err)
	}
	return next, nil
}

// changeCredit puts the balance right after a delivery that was not sent.
func (s *Service) changeCredit(ctx context.Context, tx Tx, d Delivery, r reaction) error {
	templates := []string{d.Template}
	if r.flag {
		templates = nil
		for _, t := range s.o.Templates {
			templates = append(templates, t.ID)
		}
	}
	for _, id := range templates {
		t, known := s.templateByID(id)
		refund := r.refund && known && !t.LongTerm
		if !refund && !r.empty && !r.flag {
			continue
		}
		credits, err := tx.CreditsForUpdate(ctx, id, []string{d.Account})
		if err != nil {
			return err
		}
		c, ok := credits[d.Account]
		if !ok {
			continue
		}
		switch {
		case refund:
			c.Remaining = min(c.Remaining+1, mostCredit)
		default:
			c.Remaining, c.Ahead = 0, 0
		}
		if err := tx.PutCredit(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// note counts, remembers and reports what came of a call.
func (s *Service) note(ctx context.Context, d Delivery, report Report, r reaction) {
	outcome := map[verdict]string{sent: "sent", again: "again", uncertain: "unknown", refused: "dropped"}[r.verdict]
	s.o.Observe(outcome, report.Code)
	if r.disable {
		s.rest.disable(d.Template)
	}
	if r.rest > 0 {
		s.rest.pause(s.o.Clock.Now().Add(r.rest))
	}
	level := slog.LevelDebug
	switch {
	case r.alarm:
		level = slog.LevelError
	case r.verdict == uncertain, r.verdict == again:
		level = slog.LevelWarn
	}
	s.o.Log.LogAttrs(ctx, level, "wechat delivery", slog.String("outcome", outcome), slog.Int64("errcode", report.Code),
		slog.String("delivery", d.ID), slog.String("template", d.Template), slog.Int("attempts", d.Attempts), slog.String("note", report.Note))
}
