package ballot

import (
	"context"
	"slices"
	"strings"

	"cunwu/service/account"
	"cunwu/service/region"
)

// roll gives the entries for a ballot as of now, in the order of subjects.
func (s *Service) roll(ctx context.Context, r Record) ([]Entry, error) {
	switch r.Electorate {
	case Residents, Households:
		people, err := s.opt.Rolls.FullAge(ctx, r.Region, r.OpensAt)
		if err != nil {
			return nil, err
		}
		if r.Electorate == Households {
			return byHousehold(people), nil
		}
		ids := make([]string, len(people))
		for i, p := range people {
			ids[i] = p.ResidentID
		}
		return single(ids), nil
	case Representatives:
		return s.holders(ctx, r, account.Representative)
	case PartyMembers:
		return s.holders(ctx, r, account.Party)
	case Body:
		if len(r.Members) == 0 { // the body that the rules know by name
			return s.holders(ctx, r, account.Council)
		}
	case Collective, Interested:
	}
	return s.named(ctx, r)
}

// holders gives those who hold a role and are on the village's roll.
func (s *Service) holders(ctx context.Context, r Record, role account.Role) ([]Entry, error) {
	ids, err := s.opt.Rolls.Holders(ctx, role, r.Region, r.OpensAt)
	if err != nil {
		return nil, err
	}
	r.Members = ids
	return s.named(ctx, r)
}

// byRole is what Members of an opened ballot say where the body was taken from
// the register of offices and not from a list.
const byRole = "role:"

// role gives the office by which an opened ballot's voters are on its roll, ""
// where they are on it as residents or by a list.
func (r Record) role() account.Role {
	switch r.Electorate {
	case Representatives:
		return account.Representative
	case PartyMembers:
		return account.Party
	case Body:
		if len(r.Members) == 1 && strings.HasPrefix(r.Members[0], byRole) {
			return account.Role(r.Members[0][len(byRole):])
		}
	case Residents, Households, Collective, Interested:
	}
	return ""
}

// frozenMembers is what stays of the members of a draft once the roll is frozen.
func (r Record) frozenMembers() []string {
	if r.Electorate == Body && len(r.Members) == 0 {
		return []string{byRole + string(account.Council)}
	}
	return nil
}

// lapsed says that the office that put the caller on the roll has ended.
func (r Record) lapsed(by account.Caller) error {
	role := r.role()
	if role == "" || slices.ContainsFunc(by.Grants, func(g account.Grant) bool { return g.Role == role && r.Region.Contains(g.Region) }) {
		return nil
	}
	return ErrRoleEnded
}

// named gives those of the list who are of full age and on the village's roll:
// nobody gets a vote by being written on a list.
func (s *Service) named(ctx context.Context, r Record) ([]Entry, error) {
	people, err := s.opt.Rolls.FullAge(ctx, r.Region.At(region.Village), r.OpensAt)
	if err != nil {
		return nil, err
	}
	listed := make(map[string]bool, len(r.Members))
	for _, id := range r.Members {
		listed[id] = true
	}
	var ids []string
	for _, p := range people {
		if listed[p.ResidentID] {
			ids = append(ids, p.ResidentID)
		}
	}
	return single(ids), nil
}

// single makes an entry of each person, once.
func single(ids []string) []Entry {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	out := make([]Entry, len(ids))
	for i, id := range ids {
		out[i] = Entry{Subject: id, Voters: []string{id}}
	}
	return out
}

// byHousehold makes an entry of each household; any member of full age may cast
// for it.
func byHousehold(people []account.Elector) []Entry {
	members := map[string][]string{}
	for _, p := range people {
		if p.HouseholdID != "" {
			members[p.HouseholdID] = append(members[p.HouseholdID], p.ResidentID)
		}
	}
	out := make([]Entry, 0, len(members))
	for id, voters := range members {
		slices.Sort(voters)
		out = append(out, Entry{Subject: id, Voters: voters})
	}
	slices.SortFunc(out, func(a, b Entry) int {
		if a.Subject < b.Subject {
			return -1
		}
		return 1
	})
	return out
}
