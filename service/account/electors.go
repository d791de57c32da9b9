package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"cunwu/service/region"
)

// fullAge is 18 years: Organic Law of Villagers' Committees, Civil Code art. 17.
const fullAge = 18

// Elector is a person of a roll as a ballot's roll needs it: nothing personal.
type Elector struct {
	ResidentID      string
	HouseholdID     string
	HouseholdNumber string
	Group           region.Code
}

// bornBy gives the latest date of birth, 2006-01-02, of whom has completed the
// eighteenth year on a day.
func bornBy(on time.Time) string { return on.AddDate(-fullAge, 0, 0).Format(time.DateOnly) }

// FullAge gives the residents on the roll of a village or of a group who have
// completed their eighteenth year on a day. Of whom the roll knows no date of
// birth is taken to be of age: the roll is of adults unless it says otherwise.
func (s *Service) FullAge(ctx context.Context, at region.Code, on time.Time) ([]Elector, error) {
	village := at.At(region.Village)
	roll, err := s.store.Roll(ctx, village, false, "", 0)
	if err != nil {
		return nil, err
	}
	households, err := s.store.Households(ctx, village)
	if err != nil {
		return nil, err
	}
	numbers := make(map[string]string, len(households))
	for _, h := range households {
		numbers[h.ID] = h.Number
	}
	latest := bornBy(on)
	var out []Elector
	for _, r := range roll {
		if at.Level() == region.Group && r.Group != at {
			continue
		}
		var secret residentSecret
		if err := s.open(SealedResident, r.ID, r.Sealed, &secret); err != nil {
			return nil, err
		}
		if secret.Birth > latest { // dates compare as text; none is the least
			continue
		}
		out = append(out, Elector{ResidentID: r.ID, HouseholdID: r.HouseholdID, HouseholdNumber: numbers[r.HouseholdID], Group: r.Group})
	}
	return out, nil
}

// Holders gives the residents who hold a role within a place at a time, those
// who hold it by account and are on a roll included, each once, by id.
func (s *Service) Holders(ctx context.Context, role Role, within region.Code, on time.Time) ([]string, error) {
	held, err := s.store.HoldersOf(ctx, role, within, on)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, a := range held {
		if !a.InForce(on) {
			continue
		}
		id, err := s.holderOnRoll(ctx, a)
		if err != nil {
			return nil, err
		}
		if id != "" {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (s *Service) holderOnRoll(ctx context.Context, a Appointment) (string, error) {
	if a.ResidentID != "" {
		return a.ResidentID, nil
	}
	b, _, err := s.store.BindingOf(ctx, a.AccountID)
	if errors.Is(err, ErrNone) {
		return "", nil
	}
	return b.ResidentID, err
}
