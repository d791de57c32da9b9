package account

import (
	"slices"
	"time"

	"cunwu/service/region"
)

// inverse turns "A is k of B" into what B is of A; "" for no kinship.
func (k Kin) inverse() Kin {
	switch k {
	case Spouse, Sibling:
		return k
	case Parent:
		return Child
	case Child:
		return Parent
	case Grandparent:
		return Grandchild
	case Grandchild:
		return Grandparent
	}
	return ""
}

// nearKin gives the near relatives of a resident: those recorded, and those
// that follow of two recorded steps by the rules. Values say what the resident
// is of the relative.
func (p *Policy) nearKin(of string, recorded []Kinship) map[string]Kin {
	step := map[string]map[string]Kin{}
	add := func(a, b string, k Kin) {
		if step[a] == nil {
			step[a] = map[string]Kin{}
		}
		step[a][b] = k
	}
	for _, k := range recorded {
		add(k.A, k.B, k.Kind)
		add(k.B, k.A, k.Kind.inverse())
	}
	out := map[string]Kin{}
	for mid, first := range step[of] {
		if p.kinds[first] {
			out[mid] = first
		}
		for end, second := range step[mid] {
			kin, ok := p.derive[[2]Kin{first, second}]
			if _, direct := step[of][end]; ok && !direct && end != of {
				out[end] = kin
			}
		}
	}
	return out
}

// office is an appointment as the conflict rules see it.
type office struct {
	Appointment
	kin bool // held by a near relative, not by the person itself
}

// clashes gives the rules that forbid, and those that advise against, a new
// office beside those that the person and its near relatives hold.
func (p *Policy) clashes(fresh Appointment, held []office) (forbid, advise []ConflictRule) {
	for _, rule := range p.Conflicts {
		if !slices.ContainsFunc(held, func(h office) bool { return rule.hits(fresh, h) }) {
			continue
		}
		if rule.Strict {
			forbid = append(forbid, rule)
		} else {
			advise = append(advise, rule)
		}
	}
	return forbid, advise
}

// hits reports whether the rule is about these two offices.
func (r ConflictRule) hits(a Appointment, h office) bool {
	if h.kin && !r.NearKin || !h.kin && !r.SamePerson {
		return false
	}
	village := a.Region.At(region.Village)
	if village == "" || village != h.Region.At(region.Village) || !overlap(a, h.Appointment) {
		return false
	}
	return slices.Contains(r.One, a.Role) && slices.Contains(r.Other, h.Role) ||
		slices.Contains(r.Other, a.Role) && slices.Contains(r.One, h.Role)
}

// overlap reports whether two terms share a moment.
func overlap(a, b Appointment) bool {
	return a.Start.Before(b.until()) && b.Start.Before(a.until())
}

// until is the end of the term, or the earlier end of the office.
func (a Appointment) until() time.Time {
	if !a.EndedAt.IsZero() && a.EndedAt.Before(a.End) {
		return a.EndedAt
	}
	return a.End
}
