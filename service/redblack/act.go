package redblack

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/procedure"
)

// move is one entry being moved, in one transaction.
type move struct {
	s      *Service
	by     account.Caller
	act    audit.Act
	in     procedure.Input
	fields map[string]string // as given, trimmed; private ones too
	prep   prepared
	tx     Tx
	r      Record
	before Record
	c      procedure.Case
	erase  []string // uploads whose bytes go after the commit
}

// Act takes any action of an entry: those of its procedure, and besides those of
// sideActions. Matter and Entry list what is open to the caller. Refusals:
// auth.required, auth.stale, redblack.not_found, redblack.raced, those of
// procedure.Service.Act, and of single actions: redblack.text_refused,
// .names_person, .private_data, .resident_unknown, .self_nomination, .minor,
// .black_photo, .media_invalid, .clause_not_in_force, .relative, .not_council,
// .not_representative, .not_verified, .voted, .not_now, .notice_running,
// .objections_open, .objection_unknown, .objected, .appeal_late, .no_consent,
// .name_*.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (Receipt, error) {
	if !by.Known() {
		return Receipt{}, account.ErrRequired
	}
	seen, err := s.known(ctx, by, id)
	if err != nil {
		return Receipt{}, err
	}
	in.Data = nil
	m := &move{s: s, by: by, act: act, in: in}
	if m.fields, err = trimmed(in.Fields); err != nil {
		return Receipt{}, err
	}
	side := sideAction(in.Action)
	if err := m.prepare(ctx, seen, side); err != nil {
		return Receipt{}, err
	}
	m.actingAs(seen, side)
	var out Receipt
	may, stale := s.mayOn(by, seen)
	err = s.store.InTx(ctx, m.act, func(tx Tx) error {
		if err := m.lock(ctx, tx, id); err != nil {
			return err
		}
		if in.Revision != 0 && in.Revision != m.r.Revision {
			return ErrRaced
		}
		if side != nil {
			err = m.aside(ctx, side, may)
		} else {
			err = m.step(ctx, may)
		}
		if err != nil {
			return err
		}
		x, err := m.after(ctx)
		if err != nil {
			return err
		}
		out = receipt(m.r, s.available(by, x))
		return tx.Answer(ctx, out)
	})
	if errors.Is(err, procedure.ErrForbidden) && *stale != nil {
		return Receipt{}, *stale
	}
	if err == nil {
		m.afterwards(ctx)
	}
	return out, err
}

// afterwards takes away the bytes of pictures that nothing shows any more. Where
// it fails, whoever sweeps such pictures comes by later.
func (m *move) afterwards(ctx context.Context) {
	if m.s.opt.Erase != nil && len(m.erase) > 0 {
		_ = m.s.opt.Erase.Erase(ctx, m.erase) // the rows are gone; the sweep takes the rest
	}
}

func receipt(r Record, available []procedure.Available) Receipt {
	if available == nil {
		available = []procedure.Available{}
	}
	return Receipt{
		ID: r.ID, Kind: r.Kind, Region: r.Region, State: r.State, StateName: r.State.Name(), Revision: r.Revision, Available: available,
	}
}

func trimmed(fields map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(fields))
	for code, text := range fields {
		if !utf8.ValidString(code) || !utf8.ValidString(text) {
			return nil, procedure.ErrFields
		}
		out[code] = strings.TrimSpace(text)
	}
	return out, nil
}

// lock takes the entry for the rest of the transaction. A transaction may run
// again: it starts afresh.
func (m *move) lock(ctx context.Context, tx Tx, id string) error {
	r, err := tx.BoardEntryForUpdate(ctx, id)
	if err != nil {
		return err
	}
	if m.r, err = m.s.opened(r); err != nil {
		return err
	}
	m.tx, m.before, m.erase = tx, m.r, nil
	if m.prep.about != m.r.Private.Resident {
		return ErrRaced // somebody verified it meanwhile: who is kin was asked of another
	}
	return nil
}

// step takes one step of the case and writes what it brings about. Whoever decides
// is no relative of whom it is about, whatever the office.
func (m *move) step(ctx context.Context, may func(string) bool) error {
	v, err := m.voices(ctx)
	if err != nil {
		return err
	}
	given := m.in
	given.Revision = 0 // of the entry, not of the case
	given.Data = m.s.data(m.r, v, m.tx.Now())
	c, step, err := m.s.opt.Procedures.Act(ctx, m.tx, m.act, m.r.CaseID, given, may, nil)
	if err != nil {
		return m.s.said(m.r, m.in.Action, v, err)
	}
	if !m.own() && isKin(m.by, m.r, m.prep.kin) {
		return ErrRelative
	}
	return m.follow(ctx, c, step, v)
}

// said gives refusals of the engine the codes by which this noun knows them.
func (s *Service) said(r Record, action string, v voices, err error) error {
	if action != "list" || r.Stage != "notice" {
		return err
	}
	switch {
	case errors.Is(err, procedure.ErrTooEarly):
		return ErrNoticeRunning.Saying("公示到 %s 期满以后才能上榜。", today(r.NoticeEnd))
	case errors.Is(err, procedure.ErrGuard) && v.open > 0:
		return ErrObjectionsOpen
	}
	return err
}

// own reports whether the action is the right of the person.
func (m *move) own() bool {
	return m.power(m.r) == OwnPower
}

// power gives the power that an action of the procedure asks for where the entry
// stands, or else anywhere; "" for none.
func (m *move) power(r Record) string {
	d, err := m.s.opt.Procedures.Definitions().Current(procedureOf(r.Kind), m.s.opt.Clock.Now())
	if err != nil {
		return ""
	}
	power := ""
	for _, s := range d.Stages {
		if a := s.Action(m.in.Action); a != nil && (power == "" || s.Code == r.Stage) {
			power = a.Power
		}
	}
	return power
}

func procedureOf(k Kind) string {
	if k == Black {
		return BlackProcedure
	}
	return RedProcedure
}

// follow enters a step that was taken into the entry, and all that goes with it.
func (m *move) follow(ctx context.Context, c procedure.Case, step procedure.Step, v voices) error {
	r, now := &m.r, m.tx.Now()
	m.c = c
	r.Stage, r.State, r.ChangedAt = c.Stage, State(m.s.opt.Procedures.State(c)), now
	if err := m.took(ctx, step, c, v, now); err != nil {
		return err
	}
	if r.State == Appealed || r.State == Suspended || r.Stage == "correcting" {
		r.Private.Basis, r.Private.Naming, r.Named = nil, nil, r.Named && r.Kind == Red
	}
	if r.State == Listed && m.before.ListedAt.IsZero() {
		if err := m.listed(ctx, c, now); err != nil {
			return err
		}
	}
	if r.State.Ended() {
		if err := m.end(ctx, step.Action, now); err != nil {
			return err
		}
	}
	return m.save(ctx, step.Action)
}

// save writes the entry and tells of it.
func (m *move) save(ctx context.Context, action string) error {
	r := &m.r
	r.Revision++
	kept, err := m.s.closed(*r)
	if err != nil {
		return err
	}
	if err := m.tx.SaveBoardEntry(ctx, kept); err != nil {
		return err
	}
	if err := m.tx.ShowBoardPortrait(ctx, r.ID, r.State.OnBoard()); err != nil {
		return err
	}
	if err := m.chronicled(ctx, action); err != nil {
		return err
	}
	if err := m.s.tell(ctx, m.tx, *r, action); err != nil {
		return err
	}
	if m.before.State.OnBoard() || r.State.OnBoard() {
		return m.tx.RegionChanged(ctx, r.Region)
	}
	return nil
}

// took enters what was given with a step.
func (m *move) took(ctx context.Context, step procedure.Step, c procedure.Case, v voices, now time.Time) error {
	r, p, f := &m.r, &m.r.Private, m.fields
	switch step.Action {
	case "verify":
		m.verified()
	case "tell", "ask":
		p.Told = &Told{By: step.Fields["by"], At: now}
	case "give_notice":
		p.Told = &Told{By: step.Fields["by"], At: now}
	case "reply", "reply_paper":
		p.Reply = &Said{Text: f["text"], By: m.s.roleName(step.Actor.Role), At: now}
	case "adopt":
		r.Council = v.council
		r.Council.On, r.Council.Words = today(now), v.words
	case "back":
		p.Round = 2
	case "agreed":
		r.Consulted = v.heard
		r.Consulted.On = today(now)
	case "not_adopted", "not_agreed":
		r.Council, r.Consulted = v.council, v.heard
		r.Council.Words = v.words
	case "consent", "consent_paper":
		return m.consented(ctx, step, now)
	case "claim", "claim_kept":
		p.Claim = &Said{Text: f["text"], By: m.s.roleName(step.Actor.Role), At: now}
	case "not_mended":
		p.Claim = nil
	case "appeal", "appeal_paper", "appeal_on", "uphold", "refuse", "escalate":
		return m.appealed(step, now)
	}
	return m.noticed(c, now)
}

// noticed starts the clock of a public notice that an action began.
func (m *move) noticed(c procedure.Case, now time.Time) error {
	r := &m.r
	if c.Stage != "notice" {
		return nil
	}
	r.NoticeAt = now
	d, err := m.s.opt.Procedures.Definitions().Version(c.Procedure, c.Version)
	if err != nil {
		return err
	}
	if a := d.Stage("notice").Action("list"); a != nil && a.NotBefore != nil {
		r.NoticeEnd, _ = m.s.opt.Holidays.Deadline(now, a.NotBefore.Days, a.NotBefore.Unit)
	}
	r.ExpiresAt = c.TimerAt
	return nil
}

// listed enters the first listing.
func (m *move) listed(ctx context.Context, c procedure.Case, now time.Time) error {
	r := &m.r
	r.ListedAt, r.ExpiresAt = now, c.DueAt
	if err := m.leave(ctx); err != nil {
		return err
	}
	if r.Kind == Red {
		return m.rank(ctx)
	}
	return nil
}

// data is what guards and promised days of the procedure go by.
func (s *Service) data(r Record, v voices, now time.Time) map[string]string {
	last := today(r.ExpiresAt)
	if r.ListedAt.IsZero() {
		days := s.opt.Rules.Display.Red.Days
		if r.Kind == Black {
			days = s.opt.Rules.Display.Black.Days
		}
		last = today(now.AddDate(0, 0, days-1))
	}
	// Back on the list after its last day, it goes at the end of this one, and
	// Record.Shown keeps it from being seen meanwhile.
	last = max(last, today(now))
	flag := strconv.FormatBool
	return map[string]string{
		"quorate": flag(v.quorate), "carried": flag(v.carried), "complete": flag(v.complete), "heard": flag(v.enough),
		"agreed": flag(v.agreed), "reconsidered": flag(r.Private.Round == 2), "objections": strconv.Itoa(v.open), "expires_on": last,
		"appeals": strconv.Itoa(len(r.Private.Appeals)),
	}
}

// actingAs names the office under which an action is taken; of villagers the
// journal knows a keyed hash alone.
func (m *move) actingAs(r Record, side *aside) {
	power := m.power(r)
	if side != nil {
		power = side.power
	}
	switch power {
	case "", OwnPower, villagerPower, PowerEvaluate, PowerConsult:
		m.act = m.s.veiled(m.act, r.ID)
		return
	}
	if g, err := m.s.opt.Powers.May(m.by, power, r.Region); err == nil {
		m.act = m.act.As(string(g.Role), string(g.Region))
	}
}

// FireTimer takes the automatic action of an entry's case whose time has come.
func (s *Service) FireTimer(ctx context.Context, c procedure.Case) error {
	seen, err := s.read(ctx, c.SubjectID)
	if err != nil {
		return err
	}
	act := audit.BySystem("timer").As("timer", string(seen.Region))
	m := &move{s: s, act: act, in: procedure.Input{Action: c.TimerCode}, fields: map[string]string{}, prep: prepared{about: seen.Private.Resident}}
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		if err := m.lock(ctx, tx, c.SubjectID); err != nil {
			return err
		}
		after, step, err := s.opt.Procedures.FireWith(ctx, tx, act, m.r.CaseID, s.data(m.r, voices{}, tx.Now()), nil)
		if err != nil {
			return err
		}
		return m.follow(ctx, after, step, voices{})
	})
	if err == nil {
		m.afterwards(ctx)
	}
	return err
}
