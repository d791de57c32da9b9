package account

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"cunwu/service/region"
)

// What the noun of the red and black list needs of persons. All of it is for the
// program and none of it for a door: an answer that holds what these give says
// who somebody is.

// Named gives those on a village's roll who bear exactly this name, by id: the
// spelling without spaces counts, several may bear the same. A text that is no
// name gives none.
func (s *Service) Named(ctx context.Context, village region.Code, name string) ([]RollEntry, error) {
	if name = normalName(name); name == "" {
		return nil, nil
	}
	found, err := s.store.ResidentsNamed(ctx, village, s.macOf(macName, village, name))
	if err != nil {
		return nil, err
	}
	var out []RollEntry
	for _, r := range found {
		entry, on, err := s.OnRoll(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		if on {
			out = append(out, entry)
		}
	}
	slices.SortFunc(out, func(a, b RollEntry) int { return strings.Compare(a.ResidentID, b.ResidentID) })
	return out, nil
}

// FullName gives the name of a person on a roll as the roll writes it; false
// where there is none such.
func (s *Service) FullName(ctx context.Context, residentID string) (string, bool, error) {
	_, secret, on, err := s.onRoll(ctx, residentID)
	return secret.Name, on, err
}

// Adult reports whether a person on a roll has completed the eighteenth year on
// a day (Civil Code art. 17), in the zone that on is in: callers give a
// time of calendar.China. known is false
// where the roll has no date of birth, or no such person: adult is false then
// too, so that whoever forgets to ask protects rather than shows.
func (s *Service) Adult(ctx context.Context, residentID string, on time.Time) (adult, known bool, err error) {
	_, secret, found, err := s.onRoll(ctx, residentID)
	if err != nil || !found || secret.Birth == "" {
		return false, false, err
	}
	return secret.Birth <= bornBy(on), true, nil
}

// NearKin gives the near relatives of a person within one village's roll, by id:
// those recorded, and those that follow of two recorded steps by the policy.
// Whom nobody recorded is not known here.
func (s *Service) NearKin(ctx context.Context, residentID string) ([]string, error) {
	if residentID == "" {
		return nil, nil
	}
	kin, err := s.kinOf(ctx, s.store, residentID)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(kin))
	for id := range kin {
		out = append(out, id)
	}
	slices.Sort(out)
	return out, nil
}

// HouseholdNames gives the names of all who are on the roll in the household of
// a person, the person included, so that they can be kept out of what is shown;
// none where the person is on no roll.
func (s *Service) HouseholdNames(ctx context.Context, residentID string) ([]string, error) {
	r, secret, on, err := s.onRoll(ctx, residentID)
	if err != nil || !on {
		return nil, err
	}
	if r.HouseholdID == "" {
		return []string{secret.Name}, nil
	}
	roll, err := s.store.Roll(ctx, r.Village, false, "", 0)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, other := range roll {
		if other.HouseholdID != r.HouseholdID {
			continue
		}
		var theirs residentSecret
		if err := s.open(SealedResident, other.ID, other.Sealed, &theirs); err != nil {
			return nil, err
		}
		out = append(out, theirs.Name)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// HouseholdsByGroup counts the households of a village's roll by group; those
// of which the roll says no group stand under "".
func (s *Service) HouseholdsByGroup(ctx context.Context, village region.Code) (map[region.Code]int, error) {
	households, err := s.store.Households(ctx, village)
	if err != nil {
		return nil, err
	}
	out := map[region.Code]int{}
	for _, h := range households {
		out[h.Group]++
	}
	return out, nil
}

// onRoll opens the row of a person who is on a roll now.
func (s *Service) onRoll(ctx context.Context, residentID string) (Resident, residentSecret, bool, error) {
	var secret residentSecret
	if residentID == "" {
		return Resident{}, secret, false, nil
	}
	r, err := s.store.Resident(ctx, residentID)
	if errors.Is(err, ErrNone) || err == nil && r.State != OnRoll {
		return Resident{}, secret, false, nil
	}
	if err != nil {
		return Resident{}, secret, false, err
	}
	if err := s.open(SealedResident, r.ID, r.Sealed, &secret); err != nil {
		return Resident{}, residentSecret{}, false, err
	}
	return r, secret, true, nil
}
