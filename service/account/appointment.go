package account

import (
	"context"
	"errors"
	"time"

	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// Appoint gives an office for a term to a person of a roll, or to whoever
// redeems the invite code that is answered. Errors: ErrRole, ErrTerm,
// ErrAppointee, ErrMayNot, ErrStale, ErrResident, ErrHeld, and ErrClash whose
// fields name the rules.
func (s *Service) Appoint(ctx context.Context, c Caller, act audit.Act, in AppointInput) (Appointed, error) {
	if !c.Known() {
		return Appointed{}, ErrRequired
	}
	now := s.o.Clock.Now()
	if err := s.checkOffice(ctx, in, now); err != nil {
		return Appointed{}, err
	}
	g, err := s.mayAppoint(c, powerAppoint, in.Role, in.Region, ErrMayNot)
	if err != nil {
		return Appointed{}, err
	}
	a := Appointment{
		ID: audit.NewID(), Role: in.Role, Region: in.Region, ResidentID: in.ResidentID,
		Start: in.Start, End: in.End, MadeBy: c.AccountID, MadeRole: g.Role, Revision: 1,
	}
	var out Appointed
	if in.Invite {
		out.InviteCode, a.InviteHash = newInvite()
	}
	var holder string
	err = s.store.InTx(ctx, act.As(string(g.Role), string(g.Region)), func(tx Tx) error {
		a.CreatedAt = tx.Now()
		if in.Invite {
			a.InviteUntil = tx.Now().Add(s.o.Policy.Terms.Invite)
		}
		advice, err := s.settle(ctx, tx, a, "")
		if err != nil {
			return err
		}
		if holder, err = s.accountOf(ctx, tx, a.ResidentID); err != nil {
			return err
		}
		if err := tx.AddAppointment(ctx, a); err != nil {
			return err
		}
		if out.Appointment, err = s.appointmentView(ctx, tx, c, a, tx.Now()); err != nil {
			return err
		}
		out.Advice = advice
		if err := s.recordOffice(ctx, tx, "appointment.make", a); err != nil {
			return err
		}
		if err := s.recordMade(ctx, tx, a); err != nil {
			return err
		}
		// The code is not kept for a repeat: ReissueInvite gives another.
		return tx.Answer(ctx, Appointed{Appointment: out.Appointment, Advice: advice})
	})
	if err != nil {
		return Appointed{}, err
	}
	s.cache.drop(holder)
	return out, nil
}

func (s *Service) checkOffice(ctx context.Context, in AppointInput, now time.Time) error {
	if !s.o.Policy.ExistsAt(in.Role, in.Region) {
		return ErrRole
	}
	if in.Start.IsZero() || !in.End.After(in.Start) || !in.End.After(now) {
		return ErrTerm
	}
	if in.Invite == (in.ResidentID != "") {
		return ErrAppointee
	}
	r, err := s.o.Places.Region(ctx, in.Region)
	if err != nil {
		return err
	}
	if r.State != region.Active {
		return region.ErrNotFound
	}
	return nil
}

func (s *Service) mayAppoint(c Caller, power string, role Role, at region.Code, powerless error) (Grant, error) {
	now := s.o.Clock.Now()
	g, ok := s.o.Policy.MayAppoint(c, power, role, at, now)
	if !ok {
		return Grant{}, powerless
	}
	if s.o.Policy.Stale(c, g, now) {
		return Grant{}, ErrStale
	}
	return g, nil
}

// settle locks what a new holder's offices depend on and applies the rules of
// conflict. The holder is a.ResidentID or accountID; with neither, an invite,
// the rules wait for its redemption.
func (s *Service) settle(ctx context.Context, tx Tx, a Appointment, accountID string) ([]string, error) {
	place := a.Region.At(region.Village)
	if place == "" {
		place = a.Region
	}
	if err := tx.LockPlace(ctx, place); err != nil {
		return nil, err
	}
	if a.ResidentID == "" {
		b, _, err := tx.BindingOf(ctx, accountID)
		if err != nil && !errors.Is(err, ErrNone) {
			return nil, err
		}
		return s.rulesAllow(ctx, tx, a, accountID, b.ResidentID)
	}
	r, err := tx.LockResident(ctx, a.ResidentID)
	if errors.Is(err, ErrNone) || err == nil && (r.State != OnRoll || !place.Contains(r.Village)) {
		return nil, ErrResident
	}
	if err != nil {
		return nil, err
	}
	if accountID, err = s.accountOf(ctx, tx, r.ID); err != nil {
		return nil, err
	}
	return s.rulesAllow(ctx, tx, a, accountID, r.ID)
}

// rulesAllow refuses an office held twice and one in conflict with others, and
// gives the sentences of the rules that only advise.
func (s *Service) rulesAllow(ctx context.Context, r Reads, a Appointment, accountID, residentID string) ([]string, error) {
	if s.o.Bars != nil {
		if err := s.o.Bars(ctx, a.Role, accountID, residentID); err != nil {
			return nil, err
		}
	}
	held, err := s.officesAround(ctx, r, accountID, residentID)
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		if !h.kin && h.ID != a.ID && h.Role == a.Role && h.Region == a.Region && overlap(a, h.Appointment) {
			return nil, ErrHeld
		}
	}
	forbid, advise := s.o.Policy.clashes(a, held)
	if len(forbid) > 0 {
		f := ErrClash
		for _, rule := range forbid {
			f = f.With(fault.Field{Location: "rule." + rule.Code, Message: rule.sentence()})
		}
		return nil, f
	}
	var out []string
	for _, rule := range advise {
		out = append(out, rule.sentence())
	}
	return out, nil
}

func (r ConflictRule) sentence() string { return r.Says + "（" + r.Source + "）" }

// officesAround gives the offices of a person, whether held by account or by
// roll, and of the person's near relatives.
func (s *Service) officesAround(ctx context.Context, r Reads, accountID, residentID string) ([]office, error) {
	var out []office
	add := func(kin bool, accountID, residentID string) error {
		as, err := r.AppointmentsOf(ctx, accountID, residentID)
		for _, a := range as {
			out = append(out, office{Appointment: a, kin: kin})
		}
		return err
	}
	if err := add(false, accountID, residentID); err != nil || residentID == "" {
		return out, err
	}
	kin, err := s.kinOf(ctx, r, residentID)
	if err != nil {
		return nil, err
	}
	for relative := range kin {
		acc, err := s.accountOf(ctx, r, relative)
		if err != nil {
			return nil, err
		}
		if err := add(true, acc, relative); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// kinOf gives the near relatives of a resident within two recorded steps.
func (s *Service) kinOf(ctx context.Context, r Reads, residentID string) (map[string]Kin, error) {
	first, err := r.KinOf(ctx, []string{residentID})
	if err != nil || len(first) == 0 {
		return nil, err
	}
	ids := []string{residentID}
	for _, k := range first {
		ids = append(ids, k.A, k.B)
	}
	all, err := r.KinOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	return s.o.Policy.nearKin(residentID, all), nil
}

// accountOf gives the account bound to a resident, "" if none.
func (s *Service) accountOf(ctx context.Context, r Reads, residentID string) (string, error) {
	if residentID == "" {
		return "", nil
	}
	b, err := r.BindingOfResident(ctx, residentID)
	if errors.Is(err, ErrNone) {
		return "", nil
	}
	return b.AccountID, err
}

// offersFit refuses to bind an account to a person where the offices of the
// one are in conflict with those of the other.
func (s *Service) offersFit(ctx context.Context, tx Tx, accountID, residentID string) error {
	mine, err := tx.AppointmentsOf(ctx, accountID, "")
	if err != nil || len(mine) == 0 {
		return err
	}
	around, err := s.officesAround(ctx, tx, "", residentID)
	if err != nil {
		return err
	}
	for _, a := range mine {
		if forbid, _ := s.o.Policy.clashes(a, around); len(forbid) > 0 {
			return ErrClash
		}
	}
	return nil
}

func (s *Service) recordOffice(ctx context.Context, tx Tx, action string, a Appointment) error {
	return s.record(ctx, tx, action, "appointment", a.ID, a.Region, map[string]string{
		"role": string(a.Role), "resident": a.ResidentID, "account": a.AccountID,
		"start": a.Start.Format(time.RFC3339), "end": a.End.Format(time.RFC3339),
	})
}

// appointmentFor gives an appointment that the caller may make or end.
func (s *Service) appointmentFor(ctx context.Context, c Caller, id, power string) (Appointment, Grant, error) {
	if !c.Known() {
		return Appointment{}, Grant{}, ErrRequired
	}
	a, err := s.store.Appointment(ctx, id)
	if errors.Is(err, ErrNone) {
		return Appointment{}, Grant{}, ErrAppointment
	}
	if err != nil {
		return Appointment{}, Grant{}, err
	}
	g, err := s.mayAppoint(c, power, a.Role, a.Region, ErrAppointment)
	return a, g, err
}

// EndAppointment ends an office before its term, with a reason. The power is
// gone with the commit. Errors: ErrAppointment, ErrReason, ErrEnded, ErrStale.
func (s *Service) EndAppointment(ctx context.Context, c Caller, act audit.Act, in DecisionInput) (AppointmentView, error) {
	a, g, err := s.appointmentFor(ctx, c, in.ID, powerDismiss)
	if err != nil {
		return AppointmentView{}, err
	}
	reason, err := reasonOf(in.Reason)
	if err != nil {
		return AppointmentView{}, err
	}
	var out AppointmentView
	err = s.store.InTx(ctx, act.As(string(g.Role), string(g.Region)), func(tx Tx) error {
		a := a
		if !a.EndedAt.IsZero() || !tx.Now().Before(a.End) {
			return ErrEnded
		}
		a.EndedAt, a.EndReason, a.InviteHash = tx.Now(), reason, nil
		a.Revision++
		if err := tx.SaveAppointment(ctx, a); err != nil {
			return err
		}
		if out, err = s.appointmentView(ctx, tx, c, a, tx.Now()); err != nil {
			return err
		}
		if err := s.recordEnded(ctx, tx, a, false); err != nil {
			return err
		}
		return s.done(ctx, tx, "appointment.end", "appointment", a.ID, a.Region, out)
	})
	// Whoever holds it, by account or by roll, is asked for anew.
	s.cache.drop()
	return out, err
}

// Appointments lists who holds which office within a place, for officers whose
// office covers it and for verified villagers of it; others get ErrAppointment.
func (s *Service) Appointments(ctx context.Context, c Caller, q AppointmentQuery) (AppointmentPage, error) {
	if !c.Known() {
		return AppointmentPage{}, ErrRequired
	}
	if !q.Region.Valid() {
		return AppointmentPage{}, region.ErrCode
	}
	if !c.ReadsVillage(q.Region) {
		return AppointmentPage{}, ErrAppointment
	}
	limit, now := pageSize(q.Limit), s.o.Clock.Now()
	as, err := s.store.AppointmentsAt(ctx, q.Region, now, q.After, limit+1)
	if err != nil {
		return AppointmentPage{}, err
	}
	var out AppointmentPage
	for i, a := range as {
		if i == limit {
			out.Next = as[i-1].ID
			break
		}
		v, err := s.appointmentView(ctx, s.store, c, a, now)
		if err != nil {
			return AppointmentPage{}, err
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}

// States of an appointment as it is shown.
const (
	StateOffered  = "offered"
	StateUpcoming = "upcoming"
	StateActive   = "active"
	StateEnded    = "ended"
)

func (a Appointment) state(now time.Time) string {
	switch {
	case !a.EndedAt.IsZero() || !now.Before(a.End):
		return StateEnded
	case a.AccountID == "" && a.ResidentID == "":
		return StateOffered
	case now.Before(a.Start):
		return StateUpcoming
	}
	return StateActive
}

func (s *Service) appointmentView(ctx context.Context, r Reads, c Caller, a Appointment, now time.Time) (AppointmentView, error) {
	v := AppointmentView{
		ID: a.ID, Role: a.Role, Region: a.Region, State: a.state(now), Start: a.Start, End: a.End, EndReason: a.EndReason,
	}
	if rule, ok := s.o.Policy.Role(a.Role); ok {
		v.RoleName = rule.Name
	}
	if _, ok := s.o.Policy.MayAppoint(c, powerDismiss, a.Role, a.Region, now); ok {
		v.MayEnd = v.State != StateEnded
	}
	var err error
	v.Name, err = s.holderName(ctx, r, a)
	return v, err
}

// holderName gives the masked name of who holds an office, "" if unknown.
func (s *Service) holderName(ctx context.Context, r Reads, a Appointment) (string, error) {
	resident, err := Resident{}, ErrNone
	switch {
	case a.ResidentID != "":
		resident, err = r.Resident(ctx, a.ResidentID)
	case a.AccountID != "":
		_, resident, err = r.BindingOf(ctx, a.AccountID)
	}
	if errors.Is(err, ErrNone) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var secret residentSecret
	if err := s.open(SealedResident, resident.ID, resident.Sealed, &secret); err != nil {
		return "", err
	}
	return MaskName(secret.Name), nil
}
