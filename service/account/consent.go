package account

import (
	"context"

	"cunwu/service/audit"
)

// Notice gives the privacy notice in force.
func (s *Service) Notice() Notice { return s.o.Notices.InForce(s.o.Clock.Now()) }

// NeedConsent refuses with ErrConsent while the caller has not agreed to the
// notice in force. Writes that keep personal data ask it first.
func (s *Service) NeedConsent(c Caller) error {
	if c.ConsentDue {
		return ErrConsent
	}
	return nil
}

// GiveConsent notes that the caller agrees to the version in force; ErrNotice
// for any other.
func (s *Service) GiveConsent(ctx context.Context, c Caller, act audit.Act, in ConsentInput) (ConsentView, error) {
	n := s.Notice()
	if in.Notice != n.Code || in.Version != n.Version {
		return ConsentView{}, ErrNotice
	}
	return s.consent(ctx, c, act, "consent.give", Consent{Notice: n.Code, Version: n.Version, Given: true, Channel: in.Channel})
}

// WithdrawConsent takes all consent to a notice back: what rests on it stops
// with the commit, and the person counts as on no roll until it is given again.
func (s *Service) WithdrawConsent(ctx context.Context, c Caller, act audit.Act, in ConsentInput) (ConsentView, error) {
	n := s.Notice()
	if in.Notice != n.Code {
		return ConsentView{}, ErrNotice
	}
	return s.consent(ctx, c, act, "consent.withdraw", Consent{Notice: n.Code, Version: n.Version, Channel: in.Channel})
}

// maxChannel bounds the channel's name, machine text.
const maxChannel = 40

func (s *Service) consent(ctx context.Context, c Caller, act audit.Act, action string, line Consent) (ConsentView, error) {
	if !c.Known() {
		return ConsentView{}, ErrRequired
	}
	if len(line.Channel) > maxChannel {
		return ConsentView{}, ErrNotice.At("body.channel", "渠道名称太长。")
	}
	var out ConsentView
	err := s.store.InTx(ctx, act.As("", ""), func(tx Tx) error {
		acc, err := tx.LockAccount(ctx, c.AccountID)
		if err != nil {
			return err
		}
		if !acc.ClosedAt.IsZero() {
			return ErrExpired
		}
		line.ID, line.AccountID, line.At = audit.NewID(), c.AccountID, tx.Now()
		if err := tx.AddConsent(ctx, line); err != nil {
			return err
		}
		version := 0
		if line.Given {
			version = line.Version
		}
		if err := tx.SetNotice(ctx, c.AccountID, version); err != nil {
			return err
		}
		out = line.view()
		return s.done(ctx, tx, action, "consent", line.ID, "", out)
	})
	s.cache.drop(c.AccountID)
	return out, err
}

func (c Consent) view() ConsentView {
	return ConsentView{Notice: c.Notice, Version: c.Version, Given: c.Given, Channel: c.Channel, At: c.At}
}

// Consents gives the caller's ledger, oldest first.
func (s *Service) Consents(ctx context.Context, c Caller) ([]ConsentView, error) {
	if !c.Known() {
		return nil, ErrRequired
	}
	lines, err := s.store.ConsentsOf(ctx, c.AccountID)
	if err != nil {
		return nil, err
	}
	out := make([]ConsentView, len(lines))
	for i, l := range lines {
		out[i] = l.view()
	}
	return out, nil
}
