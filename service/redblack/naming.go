package redblack

import (
	"context"
	"slices"
	"strconv"
	"time"

	"cunwu/service/account"
	"cunwu/service/covenant"
	"cunwu/service/fault"
	"cunwu/service/procedure"
)

// consented enters what the person agreed to be shown. The portrait comes last of
// the files; on paper the signed sheet comes first.
func (m *move) consented(ctx context.Context, step procedure.Step, now time.Time) error {
	r, p := &m.r, &m.r.Private
	how, files := "app", m.in.Media
	c := Consent{Name: step.Fields["name"], By: how, At: now}
	if step.Action == "consent_paper" {
		c.By, c.Sheet = "paper", files[0]
		if err := hang(ctx, m.tx, *r, Sheet, files[0]); err != nil {
			return err
		}
		files = files[1:]
	}
	if len(files) > 0 {
		c.Photo, p.Photo = true, files[0]
		if err := hang(ctx, m.tx, *r, Portrait, files[0]); err != nil {
			return err
		}
	}
	p.Consent, r.Named = &c, c.Name != "none"
	return m.noticed(m.c, now)
}

// withdrawn takes name and photo off at once: two taps, no reason. The deed stays.
func (m *move) withdrawn(ctx context.Context, _ func(string) bool) error {
	r, p := &m.r, &m.r.Private
	if p.Consent == nil || p.Consent.Name == "none" && !p.Consent.Photo {
		return ErrConsent
	}
	p.Consent = &Consent{Name: "none", By: p.Consent.By, At: m.tx.Now()}
	p.Photo, r.Named = "", false
	for _, use := range []Use{Portrait, Sheet} {
		if err := m.dropMedia(ctx, use); err != nil {
			return err
		}
	}
	if r.Log == nil {
		return nil
	}
	// The leaf committed to the name with a salt: the salt goes, and the deed
	// without name is committed to anew.
	if err := m.unlog(ctx); err != nil {
		return err
	}
	return m.leave(ctx)
}

// agreed is the person's own, separate consent to be named on the black list.
func (m *move) agreed(_ context.Context, _ func(string) bool) error {
	m.r.Private.Basis = &Basis{By: "consent", At: m.tx.Now()}
	return nil
}

// stopped takes a name off the black list again.
func (m *move) stopped(context.Context, func(string) bool) error {
	m.r.Private.Basis, m.r.Private.Naming, m.r.Named = nil, nil, false
	return nil
}

// proposed is the keeper's request to show the name.
func (m *move) proposed(ctx context.Context, _ func(string) bool) error {
	p, f := &m.r.Private, m.fields
	days, err := strconv.Atoi(f["days"])
	if err != nil || days < 1 {
		return procedure.ErrFields.At("body.days", "请填写展示几天。")
	}
	if days > m.s.opt.Rules.Naming.Days {
		return namingFaults["period"]
	}
	b := Basis{By: f["basis"], Text: f["text"], Days: days, Proposed: m.s.roleName(m.act.Actor.Role), At: m.tx.Now()}
	switch b.By {
	case "consent":
		if p.Basis == nil || p.Basis.By != "consent" {
			return namingFaults["no_basis"]
		}
	case "paper":
		if len(m.in.Media) != 1 {
			return namingFaults["no_basis"]
		}
		b.Sheet = m.in.Media[0]
		if err := hang(ctx, m.tx, m.r, Sheet, b.Sheet); err != nil {
			return err
		}
	case "statute":
		if len([]rune(b.Text)) < 6 {
			return namingFaults["no_basis"]
		}
	}
	p.Basis = &b
	return nil
}

// approved is the supervisor's word on naming. Every condition is looked at anew
// and recorded; the first that does not hold refuses, with its own code, and the
// rest are told as fields.
func (m *move) approved(ctx context.Context, _ func(string) bool) error {
	r, p, now := &m.r, &m.r.Private, m.tx.Now()
	days := m.s.opt.Rules.Naming.Days
	if p.Basis != nil && p.Basis.Days > 0 {
		days = p.Basis.Days
	}
	until := earlier(r.ExpiresAt, now.AddDate(0, 0, days))
	missing, err := m.missing(ctx, until)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		f := namingFaults[missing[0]]
		fields := make([]fault.Field, len(missing))
		for i, code := range missing {
			fields[i] = fault.Field{Location: "naming." + code, Message: namingFaults[code].Message}
		}
		return f.With(fields...)
	}
	n := &Naming{
		Basis: p.Basis.By, Keeper: p.Basis.Proposed, Approved: m.s.roleName(m.act.Actor.Role), Until: until, At: now,
	}
	if p.Basis.Text != "" {
		n.Basis += "：" + p.Basis.Text
	}
	for _, c := range m.s.opt.Rules.Naming.Conditions {
		n.Satisfied = append(n.Satisfied, c.Code)
	}
	p.Naming, r.Named = n, true
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// missing gives the conditions of naming that do not hold, in the order of the
// rule data (domain reference 7.5).
func (m *move) missing(ctx context.Context, until time.Time) ([]string, error) {
	r, p, now := m.r, m.r.Private, m.tx.Now()
	voted, err := m.votedAndFiled(ctx)
	if err != nil {
		return nil, err
	}
	_, on, err := m.s.opt.Rolls.OnRoll(ctx, p.Resident)
	if err != nil {
		return nil, err
	}
	holds := map[string]bool{
		"unvoted":    voted,
		"unverified": p.Resident != "" && on && r.Deed != "",
		"unheard":    p.Told != nil,
		"no_basis":   p.Basis != nil && (p.Basis.By == "consent" || p.Basis.By == "paper" && p.Basis.Sheet != "" || p.Basis.By == "statute" && p.Basis.Text != ""),
		"minor":      m.prep.known && m.prep.adult,
		"appeal":     r.State != Appealed,
		"period": !until.IsZero() && until.After(now) && !until.After(r.ExpiresAt) &&
			!until.After(now.AddDate(0, 0, m.s.opt.Rules.Naming.Days)),
		"not_listed":   r.State == Listed && r.Stage == "listed" && r.Shown(now),
		"not_approved": p.Basis != nil && p.Basis.Proposed != "",
	}
	var out []string
	for _, c := range m.s.opt.Rules.Naming.Conditions {
		if !holds[c.Code] {
			out = append(out, c.Code)
		}
	}
	return out, nil
}

// votedAndFiled reports whether the covenant in force, with the clause in it, was
// adopted by the meeting and filed.
func (m *move) votedAndFiled(ctx context.Context) (bool, error) {
	text, err := m.s.opt.Covenants.InForce(ctx, m.r.Region, covenant.Covenant, m.tx.Now())
	if f := fault.Of(err); f != nil && f.Kind != fault.Internal && f.Kind != fault.Unavailable {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, ok := text.Clause(m.r.Clause.Code)
	return ok && text.AdoptedOn != "" && text.FiledOn != "", nil
}

// nameFor gives the name of an entry that a caller may see, "" for none. It is
// the one place where names come from.
func (s *Service) nameFor(by account.Caller, r Record, now time.Time) string {
	p := r.Private
	if broken("redblack.names") && r.State.OnBoard() {
		return p.Name
	}
	if !r.Shown(now) || !r.Named {
		return ""
	}
	if r.Kind == Red {
		switch {
		case p.Consent == nil || p.Minor:
			return ""
		case p.Consent.Name == "full":
			return p.Name
		case p.Consent.Name == "masked":
			return account.MaskName(p.Name)
		}
		return ""
	}
	if p.Naming == nil || r.State != Listed || r.Stage != "listed" || !now.Before(p.Naming.Until) || !s.villagerOrOffice(by, r) {
		return ""
	}
	return p.Name
}

// villagerOrOffice reports whether a caller is a verified villager of the village
// itself, or holds an office there or above.
func (s *Service) villagerOrOffice(by account.Caller, r Record) bool {
	if belongs(by, r.Region) {
		return true
	}
	return slices.ContainsFunc(by.Grants, func(g account.Grant) bool { return g.Region == r.Region })
}
