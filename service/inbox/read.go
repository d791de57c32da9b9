package inbox

import (
	"context"
	"errors"
	"strconv"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
)

// Page is a part of a list of messages, newest first; Next is 0 at the end.
type Page struct {
	Items []Message
	Next  int64
}

// mostUnread bounds the counting of unread messages: beyond it nobody counts.
const mostUnread = 1000

// Messages lists the caller's messages with serials below before (0 for all).
func (s *Service) Messages(ctx context.Context, c account.Caller, unread bool, before int64, limit int) (Page, error) {
	if !c.Known() {
		return Page{}, account.ErrRequired
	}
	ms, err := s.store.Messages(ctx, c.AccountID, unread, before, limit+1)
	if err != nil {
		return Page{}, err
	}
	p := Page{Items: ms}
	if len(ms) > limit {
		p.Items, p.Next = ms[:limit], ms[limit-1].Serial
	}
	return p, nil
}

// Unread counts the caller's unread messages, up to 1000.
func (s *Service) Unread(ctx context.Context, c account.Caller) (int, error) {
	if !c.Known() {
		return 0, account.ErrRequired
	}
	return s.store.UnreadMessages(ctx, c.AccountID, mostUnread)
}

// ReadInput says which messages were read: those of the ids, or all.
type ReadInput struct {
	IDs []string
	All bool
}

// Read marks messages as read and gives how many were not. Ids that are not
// the caller's are passed over. ErrWhich.
func (s *Service) Read(ctx context.Context, c account.Caller, act audit.Act, in ReadInput) (int, error) {
	if !c.Known() {
		return 0, account.ErrRequired
	}
	if in.All == (len(in.IDs) > 0) {
		return 0, ErrWhich
	}
	ids := in.IDs
	if in.All {
		ids = nil
	}
	n := 0
	err := s.store.InTx(ctx, act.As("", ""), func(tx Tx) error {
		var err error
		if n, err = tx.ReadMessages(ctx, c.AccountID, ids); err != nil {
			return err
		}
		err = tx.Record(ctx, audit.Event{
			Action: "inbox.read", Object: "message", ObjectID: c.AccountID, Result: "ok", Detail: map[string]string{"count": strconv.Itoa(n)},
		})
		if err != nil {
			return err
		}
		return tx.Answer(ctx, n)
	})
	return n, err
}

const (
	keepMessages = 400 * 24 * time.Hour
	sweepRows    = 1000
)

// Sweep removes messages older than 400 days with what belongs to them.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	n := 0
	err := s.store.InTx(ctx, audit.BySystem("inbox"), func(tx Tx) error {
		var err error
		old := tx.Now().Add(-keepMessages)
		if n, err = tx.ForgetMessages(ctx, old, old, sweepRows); err != nil {
			return err
		}
		if n == 0 {
			return errNothing
		}
		return tx.Record(ctx, audit.Event{Action: "inbox.sweep", Object: "message", Result: "ok", Detail: map[string]string{"count": strconv.Itoa(n)}})
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	return n, err
}
