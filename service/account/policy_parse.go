package account

import (
	"bytes"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"cunwu/service/region"
)

// policyFile is config/rules/powers.yaml as it is written.
type policyFile struct {
	Version   int               `yaml:"version"`
	Effective string            `yaml:"effective"`
	Terms     termsFile         `yaml:"terms"`
	Powers    map[string]string `yaml:"powers"`
	Lay       []string          `yaml:"lay"`
	Roles     []roleFile        `yaml:"roles"`
	Conflicts []conflictFile    `yaml:"conflicts"`
	NearKin   nearKinFile       `yaml:"near_kin"`
}

type termsFile struct {
	VillagerSessionHours  int    `yaml:"villager_session_hours"`
	OfficerSessionHours   int    `yaml:"officer_session_hours"`
	OfficerActHours       int    `yaml:"officer_act_hours"`
	InviteHours           int    `yaml:"invite_hours"`
	FirstAdminInviteHours int    `yaml:"first_admin_invite_hours"`
	FirstAdminDays        int    `yaml:"first_admin_days"`
	Source                string `yaml:"source"`
}

type roleFile struct {
	Code     Role              `yaml:"code"`
	Name     string            `yaml:"name"`
	Levels   []string          `yaml:"levels"`
	Officer  bool              `yaml:"officer"`
	Own      []string          `yaml:"own"`
	Below    []string          `yaml:"below"`
	Appoints map[Role][]string `yaml:"appoints"`
	Source   string            `yaml:"source"`
}

type conflictFile struct {
	Code       string `yaml:"code"`
	SamePerson bool   `yaml:"same_person"`
	NearKin    bool   `yaml:"near_kin"`
	One        []Role `yaml:"one"`
	Other      []Role `yaml:"other"`
	Strict     bool   `yaml:"strict"`
	Says       string `yaml:"says"`
	Source     string `yaml:"source"`
}

type nearKinFile struct {
	Kinds   []Kin `yaml:"kinds"`
	Derived []struct {
		First  Kin `yaml:"first"`
		Second Kin `yaml:"second"`
		Gives  Kin `yaml:"gives"`
	} `yaml:"derived"`
	Source string `yaml:"source"`
}

// maxPowers is the width of the bit set.
const maxPowers = 64

// ParsePolicy reads and lints the table of powers. All problems come at once;
// unknown keys are problems.
func ParsePolicy(data []byte) (*Policy, error) {
	var f policyFile
	if err := decodeStrict(data, &f); err != nil {
		return nil, fmt.Errorf("account: powers: %w", err)
	}
	p := &Policy{
		Version: f.Version, Effective: f.Effective, Terms: f.Terms.compile(),
		names: f.Powers, bits: map[string]uint64{}, roles: map[Role]*compiledRole{},
		kinds: map[Kin]bool{}, derive: map[[2]Kin]Kin{},
	}
	var l lint
	l.head(f)
	p.compilePowers(&l, f.Powers)
	p.compileRoles(&l, f.Roles, p.bitsOf(&l, "lay", f.Lay))
	p.compileConflicts(&l, f.Conflicts)
	p.compileKin(&l, f.NearKin)
	if err := l.err(); err != nil {
		return nil, err
	}
	return p, nil
}

// decodeStrict reads YAML in which every key is known.
func decodeStrict(data []byte, v any) error {
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	return d.Decode(v)
}

// lint collects problems.
type lint []error

func (l *lint) add(format string, args ...any) {
	*l = append(*l, fmt.Errorf("account: powers: "+format, args...))
}

func (l *lint) err() error { return errors.Join(*l...) }

func (l *lint) head(f policyFile) {
	if f.Version < 1 {
		l.add("version must be 1 or more")
	}
	if _, err := time.Parse(time.DateOnly, f.Effective); err != nil {
		l.add("effective %q is no date", f.Effective)
	}
	t := f.Terms
	for _, h := range []int{
		t.VillagerSessionHours, t.OfficerSessionHours, t.OfficerActHours,
		t.InviteHours, t.FirstAdminInviteHours, t.FirstAdminDays,
	} {
		if h < 1 {
			l.add("every term must be 1 or more")
			break
		}
	}
	if t.Source == "" {
		l.add("terms: source is missing")
	}
}

func (t termsFile) compile() Terms {
	h := func(n int) time.Duration { return time.Duration(n) * time.Hour }
	return Terms{
		VillagerSession: h(t.VillagerSessionHours), OfficerSession: h(t.OfficerSessionHours),
		OfficerAct: h(t.OfficerActHours), Invite: h(t.InviteHours),
		FirstAdminInvite: h(t.FirstAdminInviteHours), FirstAdminTerm: h(24 * t.FirstAdminDays),
	}
}

func (p *Policy) compilePowers(l *lint, powers map[string]string) {
	names := make([]string, 0, len(powers))
	for name, chinese := range powers {
		if chinese == "" || !strings.Contains(name, ".") {
			l.add("power %q needs a dot and a Chinese name", name)
		}
		names = append(names, name)
	}
	if len(names) > maxPowers {
		l.add("more than %d powers", maxPowers)
		return
	}
	sort.Strings(names)
	for i, name := range names {
		p.bits[name] = 1 << i
	}
}

// compileRoles reads the roles. lay are the powers that those may hold who are no
// officers: they say what they think, and decide nothing alone.
func (p *Policy) compileRoles(l *lint, roles []roleFile, lay uint64) {
	for _, f := range roles {
		if f.Code == "" || f.Name == "" || f.Source == "" || len(f.Levels) == 0 {
			l.add("role %q needs code, name, levels and source", f.Code)
		}
		if p.roles[f.Code] != nil {
			l.add("role %q stands twice", f.Code)
		}
		c := &compiledRole{rule: RoleRule{
			Code: f.Code, Name: f.Name, Officer: f.Officer, Own: f.Own, Below: f.Below, Source: f.Source,
			Levels: l.levels(f.Code, f.Levels), Appoints: map[Role][]region.Level{},
		}}
		for _, v := range c.rule.Levels {
			c.levels |= 1 << uint(v)
		}
		c.own, c.below = p.bitsOf(l, f.Code, f.Own), p.bitsOf(l, f.Code, f.Below)
		if c.own&c.below != 0 {
			l.add("role %q names a power both under own and below", f.Code)
		}
		if (c.own&^lay|c.below) != 0 && !f.Officer {
			l.add("role %q has powers of officers and is none", f.Code)
		}
		for role, levels := range f.Appoints {
			c.rule.Appoints[role] = l.levels(f.Code, levels)
		}
		p.roles[f.Code], p.order = c, append(p.order, f.Code)
	}
	for _, r := range p.order {
		p.lintAppoints(l, p.roles[r])
	}
}

func (p *Policy) bitsOf(l *lint, role Role, powers []string) uint64 {
	var set uint64
	for _, name := range powers {
		bit := p.bits[name]
		if bit == 0 {
			l.add("role %q: power %q is not declared", role, name)
		}
		if set&bit != 0 {
			l.add("role %q names %q twice", role, name)
		}
		set |= bit
	}
	return set
}

func (l *lint) levels(role Role, names []string) []region.Level {
	var out []region.Level
	for _, name := range names {
		found := false
		for _, v := range region.Levels {
			if v.String() == name {
				out, found = append(out, v), true
			}
		}
		if !found {
			l.add("role %q: %q is no level", role, name)
		}
	}
	return out
}

// lintAppoints checks that who appoints may, that what is appointed exists at
// that level, and that nobody appoints above himself.
func (p *Policy) lintAppoints(l *lint, c *compiledRole) {
	makes := (c.own|c.below)&p.bits["appointment.make"] != 0
	if makes != (len(c.rule.Appoints) > 0) {
		l.add("role %q: appointment.make and appoints go together", c.rule.Code)
	}
	for role, levels := range c.rule.Appoints {
		target := p.roles[role]
		if target == nil {
			l.add("role %q appoints %q, which is no role", c.rule.Code, role)
			continue
		}
		for _, v := range levels {
			if !target.levels.has(v) {
				l.add("role %q appoints %q at %s, where it cannot exist", c.rule.Code, role, v)
			}
			if len(c.rule.Levels) > 0 && v < c.rule.Levels[0] {
				l.add("role %q appoints %q above itself", c.rule.Code, role)
			}
		}
	}
}

func (p *Policy) compileConflicts(l *lint, rules []conflictFile) {
	seen := map[string]bool{}
	for _, f := range rules {
		if f.Code == "" || seen[f.Code] || f.Says == "" || f.Source == "" {
			l.add("conflict %q needs a code of its own, says and source", f.Code)
		}
		seen[f.Code] = true
		if !f.SamePerson && !f.NearKin {
			l.add("conflict %q forbids nothing", f.Code)
		}
		for _, r := range append(append([]Role(nil), f.One...), f.Other...) {
			if p.roles[r] == nil {
				l.add("conflict %q: %q is no role", f.Code, r)
			}
		}
		p.Conflicts = append(p.Conflicts, ConflictRule(f))
	}
}

func (p *Policy) compileKin(l *lint, f nearKinFile) {
	if f.Source == "" || len(f.Kinds) == 0 {
		l.add("near_kin needs kinds and source")
	}
	for _, k := range f.Kinds {
		if k.inverse() == "" {
			l.add("near_kin: %q is no kinship", k)
		}
		p.kinds[k] = true
	}
	for _, d := range f.Derived {
		if !p.kinds[d.First] || !p.kinds[d.Second] || !p.kinds[d.Gives] {
			l.add("near_kin: derived %v names no kinship", d)
		}
		p.derive[[2]Kin{d.First, d.Second}] = d.Gives
	}
}
