package moderation

import (
	"context"
	"slices"

	"cunwu/service/account"
	"cunwu/service/audit"
)

// Begin enters the checks of a subject in the transaction that makes it: one of
// its texts, in the state that Text gave, and one of each upload, which is asked
// about after the commit. Anything but Passed for the texts is Manual. The
// subject as a whole stands at Overall of them from then on, which is not
// announced: whoever begins knows it.
func (s *Service) Begin(ctx context.Context, tx Tx, by account.Caller, sub Subject, text State, mediaIDs []string) error {
	now := tx.Now()
	c := Check{ID: audit.NewID(), Subject: sub, Part: TextPart, State: text, Account: by.AccountID, BegunAt: now}
	c.Suggest, c.Label = split(sub.Why)
	switch {
	case text != Passed:
		c.State, c.WaitsAt = Manual, now
	default:
		c.DecidedAt = now
		if c.Suggest == "" {
			c.Suggest = SuggestPass
		}
	}
	cs := []Check{c}
	ids := slices.Clone(mediaIDs)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		cs = append(cs, Check{
			ID: audit.NewID(), Subject: sub, Part: MediaPart(id), State: Pending, Account: by.AccountID,
			NextAt: now, WatchAt: now.Add(s.o.Rules.Watchdog()), BegunAt: now,
		})
	}
	return tx.AddChecks(ctx, cs)
}

// change is one change of a subject's checks.
type change struct {
	tx        Tx
	all       []Check // of the subject, locked
	before    State
	violation string
	reason    string
}

// locked locks the checks of a subject.
func locked(ctx context.Context, tx Tx, sub Subject) (*change, error) {
	all, err := tx.ChecksForUpdate(ctx, sub.Kind, sub.ID)
	if err != nil {
		return nil, err
	}
	return &change{tx: tx, all: all, before: overall(all)}, nil
}

func overall(cs []Check) State {
	states := make([]State, len(cs))
	for i, c := range cs {
		states[i] = c.State
	}
	return Overall(states)
}

// of gives the check of an id, nil for none.
func (m *change) of(id string) *Check {
	for i := range m.all {
		if m.all[i].ID == id {
			return &m.all[i]
		}
	}
	return nil
}

// become moves a check, by a person or not.
func (m *change) become(ctx context.Context, c *Check, to State, person bool) error {
	now := m.tx.Now()
	c.State, c.ByPerson = to, person
	c.NextAt, c.WaitsAt, c.DecidedAt = zeroTime, zeroTime, zeroTime
	if to != Pending {
		c.WatchAt = zeroTime
	}
	switch to {
	case Manual:
		c.WaitsAt = now
	case Passed, Rejected:
		c.DecidedAt = now
	case Pending:
	}
	return m.tx.SaveCheck(ctx, *c)
}

// end announces what the subject as a whole came to, where that changed.
func (m *change) end(ctx context.Context) error {
	after := overall(m.all)
	if len(m.all) == 0 || after == m.before {
		return nil
	}
	return announce(ctx, m.tx, m.all, after, m.violation, m.reason)
}
