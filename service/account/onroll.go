package account

import (
	"context"
	"errors"

	"cunwu/service/region"
)

// RollEntry is what other nouns may know of a person on a roll.
type RollEntry struct {
	ResidentID string
	Village    region.Code
	Group      region.Code
	Household  string // id
	Name       string // masked
	AccountID  string // bound to the person, "" if none
}

// OnRoll gives a person who is on a roll now; false where there is none such.
// It is for the program, never for a door.
func (s *Service) OnRoll(ctx context.Context, residentID string) (RollEntry, bool, error) {
	r, secret, on, err := s.onRoll(ctx, residentID)
	if err != nil || !on {
		return RollEntry{}, false, err
	}
	b, err := s.store.BindingOfResident(ctx, r.ID)
	if err != nil && !errors.Is(err, ErrNone) {
		return RollEntry{}, false, err
	}
	return RollEntry{
		ResidentID: r.ID, Village: r.Village, Group: r.Group, Household: r.HouseholdID, Name: MaskName(secret.Name), AccountID: b.AccountID,
	}, true, nil
}
