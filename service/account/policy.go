package account

import (
	"slices"
	"time"

	"cunwu/service/region"
)

// RoleRule is one role of the table of powers.
type RoleRule struct {
	Code     Role
	Name     string // Chinese
	Levels   []region.Level
	Officer  bool
	Own      []string
	Below    []string
	Appoints map[Role][]region.Level
	Source   string
}

// Has reports whether the role gives a power, wherever it reaches.
func (r RoleRule) Has(power string) bool {
	return slices.Contains(r.Own, power) || slices.Contains(r.Below, power)
}

// ConflictRule forbids (or, not strict, advises against) two offices of one
// village in one hand or in the hands of near relatives.
type ConflictRule struct {
	Code       string
	SamePerson bool
	NearKin    bool
	One, Other []Role
	Strict     bool
	Says       string // one Chinese sentence
	Source     string
}

// Terms are the times of sessions and invites.
type Terms struct {
	VillagerSession  time.Duration
	OfficerSession   time.Duration
	OfficerAct       time.Duration // an officer's act needs a sign-in not older
	Invite           time.Duration
	FirstAdminInvite time.Duration
	FirstAdminTerm   time.Duration
}

// Policy is the compiled table of powers. It is made by ParsePolicy, never
// changes, and is safe to share.
type Policy struct {
	Version   int
	Effective string // 2006-01-02
	Terms     Terms
	Conflicts []ConflictRule

	names  map[string]string // power -> Chinese
	bits   map[string]uint64
	roles  map[Role]*compiledRole
	order  []Role
	kinds  map[Kin]bool
	derive map[[2]Kin]Kin
}

// compiledRole is a role with its powers as bits.
type compiledRole struct {
	rule       RoleRule
	own, below uint64
	levels     levelSet
}

// levelSet has bit n set for a level of n digits.
type levelSet uint32

func (l levelSet) has(v region.Level) bool { return v > 0 && l&(1<<uint(v)) != 0 }

// May says whether the caller holds an appointment in force that gives a power
// at a place, and which. It asks neither who is signed in nor since when. The
// first such grant in the order of c.Grants is given.
func (p *Policy) May(c Caller, power string, at region.Code, now time.Time) (Grant, bool) {
	bit := p.bits[power]
	if bit == 0 || at == "" {
		return Grant{}, false
	}
	for i := range c.Grants {
		g := &c.Grants[i]
		if p.gives(g, bit, now) && p.reaches(g, bit, at) {
			return *g, true
		}
	}
	return Grant{}, false
}

// gives says whether a grant in force carries the power somewhere.
func (p *Policy) gives(g *Grant, bit uint64, now time.Time) bool {
	r := p.roles[g.Role]
	return r != nil && (r.own|r.below)&bit != 0 &&
		!now.Before(g.Start) && now.Before(g.End) && r.levels.has(region.Level(len(g.Region)))
}

func (p *Policy) reaches(g *Grant, bit uint64, at region.Code) bool {
	if g.Region == at {
		return true
	}
	return p.roles[g.Role].below&bit != 0 && g.Region.Contains(at) && at.Valid()
}

// Holds gives the caller's grants in force that carry a power anywhere: the
// places of a list of tasks.
func (p *Policy) Holds(c Caller, power string, now time.Time) []Grant {
	var out []Grant
	bit := p.bits[power]
	for i := range c.Grants {
		if bit != 0 && p.gives(&c.Grants[i], bit, now) {
			out = append(out, c.Grants[i])
		}
	}
	return out
}

// MayAppoint says whether the caller may appoint to a role at a place, and
// under which grant; power is appointment.make or appointment.end.
func (p *Policy) MayAppoint(c Caller, power string, role Role, at region.Code, now time.Time) (Grant, bool) {
	bit := p.bits[power]
	for i := range c.Grants {
		g := &c.Grants[i]
		// What the list of appoints names decides the reach, not own or below: a
		// director registers group heads although his powers are his village's.
		if bit != 0 && p.gives(g, bit, now) && g.Region.Contains(at) && p.appoints(g.Role, role, at.Level()) {
			return *g, true
		}
	}
	return Grant{}, false
}

func (p *Policy) appoints(by, role Role, at region.Level) bool {
	for _, l := range p.roles[by].rule.Appoints[role] {
		if l == at {
			return true
		}
	}
	return false
}

// Stale says whether the caller signed in too long ago to act under a grant.
// Acts of those who hold no public power are not limited.
func (p *Policy) Stale(c Caller, g Grant, now time.Time) bool {
	r := p.roles[g.Role]
	return r != nil && r.rule.Officer && now.Sub(c.SignedInAt) > p.Terms.OfficerAct
}

// Officer says whether a role is public office.
func (p *Policy) Officer(r Role) bool {
	c := p.roles[r]
	return c != nil && c.rule.Officer
}

// Role gives the rule of a role.
func (p *Policy) Role(r Role) (RoleRule, bool) {
	c := p.roles[r]
	if c == nil {
		return RoleRule{}, false
	}
	return c.rule, true
}

// Roles gives all roles in the order of the table.
func (p *Policy) Roles() []RoleRule {
	out := make([]RoleRule, 0, len(p.order))
	for _, r := range p.order {
		out = append(out, p.roles[r].rule)
	}
	return out
}

// PowerName gives the Chinese name of a power, "" if there is none such.
func (p *Policy) PowerName(power string) string { return p.names[power] }

// ExistsAt says whether a role can exist at a place's level.
func (p *Policy) ExistsAt(r Role, at region.Code) bool {
	c := p.roles[r]
	return c != nil && at.Valid() && c.levels.has(at.Level())
}

// officerAmong says whether any grant is of public office and in force.
func (p *Policy) officerAmong(gs []Grant, now time.Time) bool {
	for _, g := range gs {
		if p.Officer(g.Role) && !now.Before(g.Start) && now.Before(g.End) {
			return true
		}
	}
	return false
}
