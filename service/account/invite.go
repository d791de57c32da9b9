package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"

	"cunwu/service/audit"
	"cunwu/service/region"
)

var inviteEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// newInvite gives a code of 160 random bits as 32 letters and digits.
func newInvite() (code string, hash []byte) {
	var b [20]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails: the runtime aborts instead
	code = inviteEncoding.EncodeToString(b[:])
	return code, inviteHash(code)
}

func inviteHash(code string) []byte {
	h := sha256.Sum256([]byte("invite:" + strings.ToUpper(strings.TrimSpace(code))))
	return h[:]
}

// ReissueInvite gives another code for an invite that was not redeemed; the
// one before is void.
func (s *Service) ReissueInvite(ctx context.Context, c Caller, act audit.Act, id string) (Appointed, error) {
	a, g, err := s.appointmentFor(ctx, c, id, powerAppoint)
	if err != nil {
		return Appointed{}, err
	}
	if a.AccountID != "" || a.ResidentID != "" || !a.EndedAt.IsZero() {
		return Appointed{}, ErrEnded.Saying("这项任职已有人担任或已结束，不能再发邀请码。")
	}
	var out Appointed
	out.InviteCode, a.InviteHash = newInvite()
	a.Revision++
	err = s.store.InTx(ctx, act.As(string(g.Role), string(g.Region)), func(tx Tx) error {
		a.InviteUntil = tx.Now().Add(s.o.Policy.Terms.Invite)
		if err := tx.SaveAppointment(ctx, a); err != nil {
			return err
		}
		if out.Appointment, err = s.appointmentView(ctx, tx, c, a, tx.Now()); err != nil {
			return err
		}
		return s.done(ctx, tx, "appointment.invite", "appointment", a.ID, a.Region, Appointed{Appointment: out.Appointment})
	})
	if err != nil {
		return Appointed{}, err
	}
	return out, nil
}

// RedeemInvite gives the caller the office that an invite code offers. Errors:
// ErrInvite, ErrHeld, ErrClash.
func (s *Service) RedeemInvite(ctx context.Context, c Caller, act audit.Act, code string) (AppointmentView, error) {
	if !c.Known() {
		return AppointmentView{}, ErrRequired
	}
	hash := inviteHash(code)
	var out AppointmentView
	err := s.store.InTx(ctx, act.As("", ""), func(tx Tx) error {
		a, err := tx.AppointmentByInvite(ctx, hash)
		if errors.Is(err, ErrNone) || err == nil && (!tx.Now().Before(a.InviteUntil) || !tx.Now().Before(a.End) || !a.EndedAt.IsZero()) {
			return ErrInvite
		}
		if err != nil {
			return err
		}
		acc, err := tx.LockAccount(ctx, c.AccountID)
		if err != nil {
			return err
		}
		if !acc.ClosedAt.IsZero() {
			return ErrExpired
		}
		if _, err := s.settle(ctx, tx, a, c.AccountID); err != nil {
			return err
		}
		a.AccountID, a.InviteHash = c.AccountID, nil
		a.Revision++
		if err := tx.SaveAppointment(ctx, a); err != nil {
			return err
		}
		if out, err = s.appointmentView(ctx, tx, c, a, tx.Now()); err != nil {
			return err
		}
		if err := s.recordOffice(ctx, tx, "appointment.accept", a); err != nil {
			return err
		}
		if err := s.recordMade(ctx, tx, a); err != nil {
			return err
		}
		return tx.Answer(ctx, out)
	})
	s.cache.drop(c.AccountID)
	return out, err
}

// AdminInit makes the invite of the first administrator, at a province, city or
// county. It refuses with ErrAdminExists while anybody is administrator; an
// earlier invite that nobody redeemed is void.
func (s *Service) AdminInit(ctx context.Context, at region.Code) (string, error) {
	if !s.o.Policy.ExistsAt(Admin, at) {
		return "", ErrRole
	}
	if _, err := s.o.Places.Region(ctx, at); err != nil {
		return "", err
	}
	code, hash := newInvite()
	err := s.store.InTx(ctx, audit.BySystem("admin init"), func(tx Tx) error {
		if err := tx.LockPlace(ctx, at.At(region.Province)); err != nil {
			return err
		}
		holders, err := tx.HoldersOf(ctx, Admin, "", tx.Now())
		if err != nil {
			return err
		}
		for _, h := range holders {
			if h.AccountID != "" || h.ResidentID != "" {
				return ErrAdminExists
			}
			h.EndedAt, h.EndReason, h.InviteHash = tx.Now(), "重新生成首个管理员邀请码", nil
			h.Revision++
			if err := tx.SaveAppointment(ctx, h); err != nil {
				return err
			}
		}
		a := Appointment{
			ID: audit.NewID(), Role: Admin, Region: at, InviteHash: hash,
			InviteUntil: tx.Now().Add(s.o.Policy.Terms.FirstAdminInvite),
			Start:       tx.Now(), End: tx.Now().Add(s.o.Policy.Terms.FirstAdminTerm),
			MadeBy: audit.System, CreatedAt: tx.Now(), Revision: 1,
		}
		if err := tx.AddAppointment(ctx, a); err != nil {
			return err
		}
		return s.recordOffice(ctx, tx, "admin.init", a)
	})
	if err != nil {
		return "", err
	}
	return code, nil
}

// AdminEnd ends whatever makes an account administrator, for who runs the machine:
// the way out where the program does not start because the account keeps a key of
// a sealed ballot. It gives how many offices ended.
func (s *Service) AdminEnd(ctx context.Context, accountID string) (int, error) {
	ended := 0
	err := s.store.InTx(ctx, audit.BySystem("admin end"), func(tx Tx) error {
		ended = 0
		b, _, err := tx.BindingOf(ctx, accountID)
		if err != nil && !errors.Is(err, ErrNone) {
			return err
		}
		held, err := tx.AppointmentsOf(ctx, accountID, b.ResidentID)
		if err != nil {
			return err
		}
		for _, a := range held {
			if a.Role != Admin || !a.InForce(tx.Now()) {
				continue
			}
			a.EndedAt, a.EndReason = tx.Now(), "由运行单位在服务器上终止"
			a.Revision++
			if err := tx.SaveAppointment(ctx, a); err != nil {
				return err
			}
			if err := s.recordEnded(ctx, tx, a, false); err != nil {
				return err
			}
			if err := s.recordOffice(ctx, tx, "admin.end", a); err != nil {
				return err
			}
			ended++
		}
		return nil
	})
	s.cache.drop()
	return ended, err
}
