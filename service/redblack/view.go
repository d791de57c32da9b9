package redblack

import (
	"context"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/covenant"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Roles are what callers see an entry as, most first.
const (
	RoleKeeper         = "keeper"
	RoleCouncil        = "council"
	RoleSupervisor     = "supervisor"
	RoleTownship       = "township"
	RoleRepresentative = "representative"
	RolePerson         = "person"
	RoleMaker          = "maker"
)

// roles gives all that a caller is to an entry.
func (s *Service) roles(by account.Caller, r Record) []string {
	if !by.Known() {
		return nil
	}
	var out []string
	add := func(role string, is bool) {
		if is {
			out = append(out, role)
		}
	}
	appealed := r.State == Appealed || r.State == Revoked || len(r.Private.Appeals) > 0
	add(RoleKeeper, s.holds(by, PowerKeep, r.Region))
	add(RoleCouncil, s.holds(by, PowerEvaluate, r.Region))
	add(RoleSupervisor, (appealed || r.Private.Basis != nil) && s.holds(by, PowerSupervise, r.Region))
	add(RoleTownship, appealed && s.holds(by, PowerTownship, r.Region))
	add(RoleRepresentative, r.Stage == stageConsulting && s.holds(by, PowerConsult, r.Region))
	add(RolePerson, s.about(by, r) && told(r))
	add(RoleMaker, s.made(by, r))
	return out
}

// known gives an entry that the caller may know of, opened, or
// redblack.not_found.
func (s *Service) known(ctx context.Context, by account.Caller, id string) (Record, error) {
	r, err := s.read(ctx, id)
	if err != nil {
		return Record{}, err
	}
	now := s.opt.Clock.Now()
	if r.Shown(now) || s.remembered(r, now) || len(s.roles(by, r)) > 0 {
		return r, nil
	}
	return Record{}, ErrNotFound
}

// Known gives redblack.not_found unless the caller may know that the entry exists;
// doors ask it before they look at what was sent.
func (s *Service) Known(ctx context.Context, by account.Caller, id string) error {
	_, err := s.known(ctx, by, id)
	return err
}

// remembered reports whether a red deed is still shown after its time, without
// name: until the year in which it expired is over.
func (s *Service) remembered(r Record, now time.Time) bool {
	return r.Kind == Red && r.State == Expired && r.EndedAt.In(calendar.China).Year() == now.In(calendar.China).Year()
}

// Entry gives an entry that is on the board, or a red one that expired this year,
// without its name. redblack.not_found.
func (s *Service) Entry(ctx context.Context, by account.Caller, id string) (Entry, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return Entry{}, err
	}
	now := s.opt.Clock.Now()
	if !r.Shown(now) && !s.remembered(r, now) {
		return Entry{}, ErrNotFound
	}
	names, err := s.opt.Places.Names(ctx, []region.Code{r.Region, r.Group})
	if err != nil {
		return Entry{}, err
	}
	out, err := s.entries(ctx, by, []Record{r}, names)
	if err != nil {
		return Entry{}, err
	}
	if !by.Known() {
		return out[0], nil
	}
	x, err := s.scene(ctx, r)
	out[0].Available = s.available(by, x)
	return out[0], err
}

// entries gives entries as a caller may see them on the board.
func (s *Service) entries(ctx context.Context, by account.Caller, rs []Record, names map[region.Code]string) ([]Entry, error) {
	now := s.opt.Clock.Now()
	photos, err := s.portraits(ctx, rs, now)
	if err != nil {
		return nil, err
	}
	out := make([]Entry, len(rs))
	for i, r := range rs {
		e := Entry{
			ID: r.ID, Kind: r.Kind, Region: r.Region, RegionName: names[r.Region], Group: r.Group, GroupName: names[r.Group],
			Clause: r.Clause, Deed: r.Deed, Month: r.Month, State: r.State, StateName: r.State.Name(), NoticeAt: r.NoticeAt,
			NoticeEnd: r.NoticeEnd, ListedAt: r.ListedAt, ExpiresAt: r.ExpiresAt, Name: s.nameFor(by, r, now), Log: r.Log,
			Revision: r.Revision, Available: []procedure.Available{},
		}
		e.Endorsable = r.Kind == Red && r.State == Listed && r.Shown(now) && belongs(by, r.Region)
		e.Objectable = r.State == Notice && r.Shown(now) && belongs(by, r.Region)
		if r.Kind == Black && r.Private.Reply != nil && belongs(by, r.Region) && r.Shown(now) {
			e.Reply = r.Private.Reply.Text
		}
		if p, ok := photos[r.ID]; ok {
			e.Photo = &p
		}
		out[i] = e
	}
	return out, nil
}

// portraits gives the pictures that may be shown: of red entries on the board,
// by consent, never of somebody under 18.
func (s *Service) portraits(ctx context.Context, rs []Record, now time.Time) (map[string]Photo, error) {
	want := map[string]string{}
	var ids []string
	for _, r := range rs {
		p := r.Private
		if r.Kind == Red && r.Shown(now) && p.Consent != nil && p.Consent.Photo && !p.Minor && p.Photo != "" {
			want[p.Photo] = r.ID
			ids = append(ids, p.Photo)
		}
	}
	found, err := s.photos(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := map[string]Photo{}
	for _, p := range found {
		out[want[p.ID]] = p
	}
	return out, nil
}

func (s *Service) photos(ctx context.Context, ids []string) ([]Photo, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	objects, err := s.opt.Media.Objects(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Photo, len(objects))
	for i, o := range objects {
		out[i] = Photo{ID: o.ID, URL: o.Path(), ThumbURL: o.ThumbPath(), Name: o.FileName}
	}
	return out, nil
}

// Matter gives an entry to those who work on it, whom it is about, or who said
// so. redblack.not_found for all others.
func (s *Service) Matter(ctx context.Context, by account.Caller, id string) (Matter, error) {
	if !by.Known() {
		return Matter{}, account.ErrRequired
	}
	r, err := s.read(ctx, id)
	if err != nil {
		return Matter{}, err
	}
	roles := s.roles(by, r)
	if len(roles) == 0 {
		return Matter{}, ErrNotFound
	}
	return s.matter(ctx, by, r, roles)
}

// matter gives an entry as the most that the caller is to it.
func (s *Service) matter(ctx context.Context, by account.Caller, r Record, roles []string) (Matter, error) {
	names, err := s.opt.Places.Names(ctx, []region.Code{r.Region, r.Group})
	if err != nil {
		return Matter{}, err
	}
	es, err := s.entries(ctx, by, []Record{r}, names)
	if err != nil {
		return Matter{}, err
	}
	m := Matter{Entry: es[0], Role: roles[0], Council: r.Council, Consulted: r.Consulted, CreatedAt: r.CreatedAt, EndedAt: r.EndedAt, EndKind: r.EndKind}
	x, err := s.scene(ctx, r)
	if err != nil {
		return Matter{}, err
	}
	c := x.c
	m.Available = s.available(by, x)
	m.Stage, m.DueAt, m.Overdue = r.Stage, c.DueAt, c.Overdue(x.now)
	if d, err := s.opt.Procedures.Definitions().Version(c.Procedure, c.Version); err == nil && d.Stage(c.Stage) != nil {
		m.StageName = d.Stage(c.Stage).Name
	}
	for _, role := range roles {
		if err := s.reveal(ctx, &m, r, role); err != nil {
			return Matter{}, err
		}
	}
	return m, nil
}

// reveal adds what a role may see.
func (s *Service) reveal(ctx context.Context, m *Matter, r Record, role string) error {
	p := r.Private
	switch role {
	case RoleKeeper, RoleCouncil:
		return s.revealWork(ctx, m, r, role)
	case RoleSupervisor, RoleTownship:
		m.Name, m.Facts, m.Place, m.On = p.Name, p.Facts, p.Place, p.At
		s.revealCourse(m, p)
	case RolePerson:
		m.Name = p.Name
		s.revealCourse(m, p)
	case RoleMaker:
		if p.Behalf == "" {
			m.Name, m.NameGroup, m.Facts, m.Place, m.On = orElse(m.Name, p.Name), p.NameGroup, p.Facts, p.Place, p.At
		}
	case RoleRepresentative: // the deed alone
	}
	return nil
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// revealCourse adds what was said and done.
func (s *Service) revealCourse(m *Matter, p Private) {
	m.Incentive, m.Told, m.Replied, m.Education, m.Consent, m.Claim, m.Basis, m.Naming, m.Appeals = p.Incentive, p.Told, p.Reply, p.Education, p.Consent, p.Claim, p.Basis, p.Naming, p.Appeals
}

// revealWork adds what keeper and council see: all, but that the keeper alone
// sees who said so.
func (s *Service) revealWork(ctx context.Context, m *Matter, r Record, role string) error {
	p := r.Private
	m.Name, m.NameGroup, m.Facts, m.Place, m.On = p.Name, p.NameGroup, p.Facts, p.Place, p.At
	s.revealCourse(m, p)
	var err error
	if m.Evidence, err = s.photos(ctx, p.Evidence); err != nil {
		return err
	}
	if m.Objections, err = s.objections(ctx, r); err != nil {
		return err
	}
	if r.Kind == Black {
		if m.TurnsRed, err = s.turnsRed(ctx, r); err != nil {
			return err
		}
	}
	if role != RoleKeeper {
		return nil
	}
	m.Resident = p.Resident
	if p.Behalf != "" {
		m.Maker = account.MaskName(p.Behalf) + "（代为登记）"
		return nil
	}
	if s.opt.MaskedNames != nil && p.Maker != "" {
		names, err := s.opt.MaskedNames(ctx, []string{p.Maker})
		if err != nil {
			return err
		}
		m.Maker = names[p.Maker]
	}
	return nil
}

func (s *Service) turnsRed(ctx context.Context, r Record) (bool, error) {
	text, err := s.opt.Covenants.InForce(ctx, r.Region, covenant.Covenant, s.opt.Clock.Now())
	if f := fault.Of(err); f != nil && f.Kind != fault.Internal && f.Kind != fault.Unavailable {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c, _ := text.Clause(r.Clause.Code)
	return c.TurnsRed, nil
}

func (s *Service) objections(ctx context.Context, r Record) ([]Objection, error) {
	if r.State != Notice {
		return nil, nil
	}
	made, err := s.store.BoardObjections(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	out := make([]Objection, len(made))
	for i, o := range made {
		if err := s.unseal(objectionBinding(o.Entry, o.Number), o.Sealed, &o.Secret); err != nil {
			return nil, err
		}
		out[i] = Objection{Number: o.Number, Text: o.Secret.Text, At: o.At, Answer: o.Secret.Answer, Answered: o.Answered, Result: o.Result}
	}
	return out, nil
}
