package account

import (
	"context"
	"errors"
	"slices"

	"cunwu/service/region"
)

// HoldsOffice reports whether an account holds an office of that very place
// now. It answers questions about others than the caller: a caller's own
// offices are in Caller.Grants.
func (s *Service) HoldsOffice(ctx context.Context, accountID string, at region.Code) (bool, error) {
	b, _, err := s.store.BindingOf(ctx, accountID)
	if err != nil && !errors.Is(err, ErrNone) {
		return false, err
	}
	held, err := s.store.AppointmentsOf(ctx, accountID, b.ResidentID)
	if err != nil {
		return false, err
	}
	now := s.o.Clock.Now()
	for _, a := range held {
		if a.Region == at && a.InForce(now) && s.o.Policy.Officer(a.Role) {
			return true, nil
		}
	}
	return false, nil
}

// Administers reports whether an account runs the system now, anywhere.
func (s *Service) Administers(ctx context.Context, accountID string) (bool, error) {
	b, _, err := s.store.BindingOf(ctx, accountID)
	if err != nil && !errors.Is(err, ErrNone) {
		return false, err
	}
	held, err := s.store.AppointmentsOf(ctx, accountID, b.ResidentID)
	if err != nil {
		return false, err
	}
	now := s.o.Clock.Now()
	return slices.ContainsFunc(held, func(a Appointment) bool { return a.Role == Admin && a.InForce(now) }), nil
}
