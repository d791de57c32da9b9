package moderation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/media"
	"cunwu/service/screening"
)

// Bounds of what moderators write and do at once.
const (
	leastReason = 4
	mostReason  = 200
	mostAtOnce  = 50
)

// Known gives moderation.not_found unless the caller decides about the check:
// what waits for a person is told to moderators alone.
func (s *Service) Known(ctx context.Context, by account.Caller, id string) error {
	_, _, err := s.known(ctx, by, id)
	if errors.Is(err, account.ErrStale) {
		return nil // the power is there; the act will ask for a fresh sign-in
	}
	return err
}

func (s *Service) known(ctx context.Context, by account.Caller, id string) (Check, account.Grant, error) {
	c, err := s.store.CheckByID(ctx, id)
	if err != nil {
		return c, account.Grant{}, err
	}
	kind, ok := s.o.Kinds[c.Subject.Kind]
	if !ok {
		return c, account.Grant{}, ErrNotFound
	}
	g, err := s.o.Powers.May(by, kind.Power, c.Subject.Region)
	if err != nil && !errors.Is(err, account.ErrStale) && !errors.Is(err, account.ErrRequired) {
		return c, g, ErrNotFound
	}
	return c, g, err
}

// Decide lets a part through or keeps it from the public, with a kind of the
// rules and a reason, which its author and the public log get. It stands above
// verdicts that come later; another decision may take its place. Refusals:
// auth.required, moderation.not_found, auth.stale, moderation.decision_invalid,
// moderation.private_data, moderation.own_content, moderation.decided.
func (s *Service) Decide(ctx context.Context, by account.Caller, act audit.Act, checkID string, approve bool, kind, reason string) (Check, error) {
	d := decision{by: by, approve: approve, kind: kind, reason: reason}
	cs, err := s.decideAll(ctx, act, d, []string{checkID}, func(cs []Check) any { return cs[0] })
	if err != nil {
		return Check{}, err
	}
	return cs[0], nil
}

// DecideAll does the same to several parts, all or none, at most 50.
func (s *Service) DecideAll(ctx context.Context, by account.Caller, act audit.Act, ids []string, approve bool, kind, reason string) ([]Check, error) {
	d := decision{by: by, approve: approve, kind: kind, reason: reason}
	return s.decideAll(ctx, act, d, ids, func(cs []Check) any { return cs })
}

func (s *Service) decideAll(ctx context.Context, act audit.Act, d decision, ids []string, answer func([]Check) any) ([]Check, error) {
	if !d.by.Known() {
		return nil, account.ErrRequired
	}
	d.reason = strings.TrimSpace(d.reason)
	ids = slices.Clone(ids)
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) == 0 || len(ids) > mostAtOnce {
		return nil, ErrDecision.At("body.ids", "一次最多处理 %d 条。", mostAtOnce)
	}
	var seen []Check
	var last account.Grant
	for _, id := range ids {
		c, g, err := s.known(ctx, d.by, id)
		if err != nil {
			return nil, err
		}
		seen, last = append(seen, c), g
	}
	if err := s.checkDecision(d, seen); err != nil {
		return nil, err
	}
	d.office = s.o.RoleName(last.Role)
	// By subject, so that two who decide about the same wait for each other in
	// one order.
	slices.SortFunc(seen, func(a, b Check) int {
		return strings.Compare(a.Subject.Kind+"/"+a.Subject.ID+"/"+a.ID, b.Subject.Kind+"/"+b.Subject.ID+"/"+b.ID)
	})
	var out []Check
	err := s.store.InTx(ctx, act.As(string(last.Role), string(last.Region)), func(tx Tx) error {
		out = nil
		for _, c := range seen {
			after, err := s.decide(ctx, tx, d, c)
			if err != nil {
				return err
			}
			out = append(out, after)
		}
		return tx.Answer(ctx, answer(out))
	})
	return out, err
}

// decision is what a moderator says.
type decision struct {
	by           account.Caller
	approve      bool
	kind, reason string
	office       string
}

func (s *Service) checkDecision(d decision, seen []Check) error {
	switch n := utf8.RuneCountInString(d.reason); {
	case d.approve && d.kind != "":
		return ErrDecision.At("body.kind", "通过不用选类别。")
	case !d.approve && s.o.Rules.Violation(d.kind) == "":
		return ErrDecision.At("body.kind", "不通过要选一个类别，见 /api/v1/moderation/policy。")
	case !d.approve && n < leastReason, n > mostReason:
		return ErrDecision.At("body.reason", "理由要写 %d 到 %d 个字。", leastReason, mostReason)
	}
	if s.o.Screening == nil || d.reason == "" {
		return nil
	}
	return s.o.Screening.Refuse(seen[0].Subject.Region, ErrPrivate, screening.Part{Location: "body.reason", Text: d.reason})
}

func (s *Service) decide(ctx context.Context, tx Tx, d decision, seen Check) (Check, error) {
	m, err := locked(ctx, tx, seen.Subject)
	if err != nil {
		return Check{}, err
	}
	to, what := Rejected, Reject
	if d.approve {
		to, what = Passed, Approve
	}
	c := m.of(seen.ID)
	switch {
	case c == nil:
		return Check{}, ErrNotFound
	case c.Account == d.by.AccountID:
		return Check{}, ErrOwn
	case c.State == to:
		return Check{}, ErrDecided
	}
	m.violation, m.reason = d.kind, d.reason
	if err := m.become(ctx, c, to, true); err != nil {
		return Check{}, err
	}
	err = tx.LogModeration(ctx, Entry{
		Subject: c.Subject, Part: c.Part.sort(), Act: what, Violation: d.kind, Reason: d.reason, Office: d.office, At: tx.Now(),
	})
	if err != nil {
		return Check{}, err
	}
	if err := record(ctx, tx, what, *c); err != nil {
		return Check{}, err
	}
	return *c, m.end(ctx)
}

// sort gives what kind of part it is, for the log, which has no ids of files.
func (p Part) sort() string {
	if p.Media() != "" {
		return "media"
	}
	return string(p)
}

// Log keeps in the public log what a noun's own moderators did to the whole of a
// subject, in the transaction in which they did it: Act is Hide or Show, At is
// set here. What of the subject still waited is decided by it: it leaves the
// queue, and no later verdict moves it. Nothing is announced, since the noun
// knows.
func (s *Service) Log(ctx context.Context, tx Tx, e Entry) error {
	if e.Act != Hide && e.Act != Show {
		return fmt.Errorf("moderation: no act of a noun: %q", e.Act)
	}
	e.At = tx.Now()
	m, err := locked(ctx, tx, e.Subject)
	if err != nil {
		return err
	}
	to := Passed
	if e.Act == Hide {
		to = Rejected
	}
	for i := range m.all {
		if m.all[i].State == to {
			continue
		}
		if err := m.become(ctx, &m.all[i], to, true); err != nil {
			return err
		}
	}
	return tx.LogModeration(ctx, e)
}

// missing gives the refusal for a file that is not there.
func missing(err error) error {
	if errors.Is(err, media.ErrNotFound) {
		return ErrLink
	}
	return err
}
