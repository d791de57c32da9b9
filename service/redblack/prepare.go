package redblack

import (
	"context"
	"slices"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// prepared is what was looked up before the transaction.
type prepared struct {
	about     string   // the resident known when it was looked up
	stage     string   // for which it was looked up
	kin       []string // near kin of whom it is about
	council   []string // residents who hold the office today, less the person and near kin
	deputies  []string // representatives, the same
	verified  *verified
	adult     bool
	known     bool // the date of birth is
	turns     bool // whoever corrected it may be put up for the red list
	turnedRef ClauseRef
}

// verified is what the keeper verified.
type verified struct {
	resident, name, deed, month string
	group                       region.Code
	clause                      ClauseRef
	minor                       bool
}

// prepare looks up what an action needs, and refuses what is wrong with it as far
// as the procedure cannot. Who may not take the action is told nothing of what
// was found: the procedure refuses then.
func (m *move) prepare(ctx context.Context, r Record, side *aside) error {
	m.prep.about = r.Private.Resident
	if err := m.lookUp(ctx, r); err != nil {
		return err
	}
	if err := m.checkMedia(ctx, r, side); err != nil {
		return err
	}
	if side != nil {
		return m.fill(side)
	}
	switch m.in.Action {
	case "verify":
		return m.prepareVerify(ctx, r)
	case "give_notice", "consent", "consent_paper":
		return m.prepareNotice(ctx, r)
	case "mended", "confirm":
		return m.prepareMended(ctx, r)
	case "reply", "reply_paper":
		return m.prepareReply(ctx, r)
	case "uphold", "revoke":
		return m.prepareApology(ctx, r)
	}
	return nil
}

// lookUp finds who is kin and who is asked.
func (m *move) lookUp(ctx context.Context, r Record) error {
	s, now := m.s, m.s.opt.Clock.Now()
	var err error
	m.prep.stage = r.Stage
	if m.prep.kin, err = s.kinOf(ctx, r); err != nil {
		return err
	}
	if r.Stage == stageEvaluating || r.Stage == stageConsulting {
		if m.prep.council, err = s.askable(ctx, r, account.Council, m.prep.kin, now); err != nil {
			return err
		}
		if m.prep.deputies, err = s.askable(ctx, r, account.Representative, m.prep.kin, now); err != nil {
			return err
		}
	}
	if r.Private.Resident != "" {
		m.prep.adult, m.prep.known, err = s.opt.Rolls.Adult(ctx, r.Private.Resident, now.In(calendar.China))
	}
	return err
}

func (s *Service) kinOf(ctx context.Context, r Record) ([]string, error) {
	if r.Private.Resident == "" {
		return nil, nil
	}
	return s.opt.Rolls.NearKin(ctx, r.Private.Resident)
}

// askable gives the residents who hold an office today, without the person and
// near kin: they leave the denominator.
func (s *Service) askable(ctx context.Context, r Record, role account.Role, kin []string, now time.Time) ([]string, error) {
	all, err := s.opt.Rolls.Holders(ctx, role, r.Region, now)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(id string) bool {
		return id == r.Private.Resident || slices.Contains(kin, id)
	}), nil
}

// checkMedia refuses pictures where none belong, above all on the black list.
func (m *move) checkMedia(ctx context.Context, r Record, side *aside) error {
	ids, most := m.in.Media, 0
	switch {
	case len(ids) == 0:
		return nil
	case side != nil && side.code == "propose_naming":
		most = 1
	case r.Kind == Black:
		return ErrBlackPhoto
	case m.in.Action == "consent":
		most = 1
	case m.in.Action == "consent_paper":
		most = 2
	}
	if most == 0 {
		return ErrMedia.At("body.media", "这一步不用传文件。")
	}
	return m.s.objects(ctx, m.by, ids, most)
}

func (m *move) prepareVerify(ctx context.Context, r Record) error {
	s, f := m.s, m.fields
	if !s.holds(m.by, PowerKeep, r.Region) || r.Stage != "nominated" && r.Stage != "reported" {
		return nil
	}
	v := &verified{resident: f["resident"], deed: f["deed"], month: f["month"], group: region.Code(f["group"])}
	if err := s.checkVerify(ctx, r, v); err != nil {
		return err
	}
	code := f["clause"]
	if code == "" {
		code = r.Clause.Code
	}
	var err error
	if v.clause, err = s.clauseFor(ctx, r.Region, code, r.Kind, s.opt.Clock.Now(), r.Private.Origin != ""); err != nil {
		return err
	}
	if err := m.choose(ctx, r, v); err != nil {
		return err
	}
	m.prep.verified = v
	return nil
}

func (s *Service) checkVerify(ctx context.Context, r Record, v *verified) error {
	var w wrongs
	t := s.opt.Rules.Texts
	w.text("body.deed", "公布的文字", v.deed, t.DeedMin, t.DeedMax)
	at, err := time.ParseInLocation("2006-01", v.month, calendar.China)
	if now := s.opt.Clock.Now(); err != nil || at.After(now) || at.Before(now.AddDate(-1, -1, 0)) {
		w.add("body.month", "请填写一年以内的月份，如 2026-08。")
	}
	if v.group != "" && (v.group.Level() != region.Group || !r.Region.Contains(v.group)) {
		w.add("body.group", "请填写本村村民小组的代码。")
	}
	if len(w) > 0 {
		return procedure.ErrFields.With(w...)
	}
	if v.group == "" {
		return nil
	}
	_, err = s.opt.Places.Active(ctx, v.group, region.Group)
	return err
}

// choose takes the person among those who bear the name, and looks at the text
// and the age.
func (m *move) choose(ctx context.Context, r Record, v *verified) error {
	s := m.s
	named, err := s.opt.Rolls.Named(ctx, r.Region, r.Private.Name)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(named, func(e account.RollEntry) bool { return e.ResidentID == v.resident }) {
		return ErrResident.At("body.resident", "名册上没有这位同名的人。")
	}
	if v.name, _, err = s.opt.Rolls.FullName(ctx, v.resident); err != nil {
		return err
	}
	if err := s.notOneself(ctx, r, v.resident); err != nil {
		return err
	}
	names, err := s.opt.Rolls.HouseholdNames(ctx, v.resident)
	if err != nil {
		return err
	}
	if err := s.shownText(r.Region, "body.deed", v.deed, append(names, v.name, r.Private.Name)); err != nil {
		return err
	}
	adult, known, err := s.opt.Rolls.Adult(ctx, v.resident, s.opt.Clock.Now().In(calendar.China))
	if err != nil {
		return err
	}
	v.minor = known && !adult
	if v.minor && r.Kind == Black {
		return ErrMinor
	}
	if m.prep.kin, err = s.opt.Rolls.NearKin(ctx, v.resident); err != nil {
		return err
	}
	if m.by.ResidentID != "" && (m.by.ResidentID == v.resident || slices.Contains(m.prep.kin, m.by.ResidentID)) {
		return ErrRelative
	}
	return nil
}

// notOneself refuses a red nomination whose maker turns out to be the person.
func (s *Service) notOneself(ctx context.Context, r Record, resident string) error {
	if r.Kind != Red || s.opt.Rules.SelfNomination.Allowed || r.Private.Behalf != "" || r.Private.Origin != "" {
		return nil
	}
	e, on, err := s.opt.Rolls.OnRoll(ctx, resident)
	if err != nil {
		return err
	}
	if on && e.AccountID != "" && e.AccountID == r.Private.Maker {
		return ErrSelf
	}
	return nil
}

// verified enters what the keeper verified.
func (m *move) verified() {
	r, v := &m.r, m.prep.verified
	if v == nil {
		return
	}
	r.Deed, r.Month, r.Group, r.Clause = v.deed, v.month, v.group, v.clause
	r.SubjectKey = m.s.subjectKey(v.resident)
	r.Private.Resident, r.Private.Name, r.Private.Minor = v.resident, v.name, v.minor
}

// prepareNotice looks, before something becomes public, whether the rules are
// still those under which it was evaluated, and the text still fit.
func (m *move) prepareNotice(ctx context.Context, r Record) error {
	s := m.s
	if !s.about(m.by, r) && !s.holds(m.by, PowerKeep, r.Region) {
		return nil
	}
	if r.Stage != "asked" && r.Stage != "consulted" {
		return nil
	}
	if _, err := s.clauseFor(ctx, r.Region, r.Clause.Code, r.Kind, s.opt.Clock.Now(), r.Private.Origin != ""); err != nil {
		return err
	}
	if r.Kind == Red {
		minor := m.prep.known && !m.prep.adult || r.Private.Minor
		if name := m.fields["name"]; minor && (name == "full" || name == "masked" || len(m.in.Media) > m.sheets()) {
			return ErrMinor
		}
		return nil
	}
	if m.prep.known && !m.prep.adult {
		return ErrMinor
	}
	return nil
}

// sheets is how many of the files of an action are signed sheets.
func (m *move) sheets() int {
	if m.in.Action == "consent_paper" {
		return 1
	}
	return 0
}

// prepareMended looks whether the matter turns red, and at the text it would have.
func (m *move) prepareMended(ctx context.Context, r Record) error {
	s := m.s
	if r.Kind != Black || !s.holds(m.by, PowerKeep, r.Region) {
		return nil
	}
	text, c, err := s.inForce(ctx, r.Region, r.Clause.Code, s.opt.Clock.Now())
	if f := fault.Of(err); f != nil && f.Code == ErrClauseNotInForce.Code {
		return nil
	}
	if err != nil {
		return err
	}
	m.prep.turns, m.prep.turnedRef = c.TurnsRed, refOf(text, c)
	if deed := m.fields["red_deed"]; deed != "" {
		return m.publicText(ctx, r, "body.red_deed", deed)
	}
	return nil
}

// prepareReply looks at what villagers will read beside the entry: whose reply it
// is must not be told by it. What it says of the own life is the person's affair.
func (m *move) prepareReply(ctx context.Context, r Record) error {
	if !m.s.about(m.by, r) && !m.s.holds(m.by, PowerKeep, r.Region) {
		return nil
	}
	text := m.fields["text"]
	if err := m.s.opt.Screening.Refuse(r.Region, ErrPrivate, screening.Part{Location: "body.text", Text: text}); err != nil {
		return err
	}
	names, err := m.s.opt.Rolls.HouseholdNames(ctx, r.Private.Resident)
	if err != nil {
		return err
	}
	if holdsName(text, append(names, r.Private.Name)) {
		return ErrNamesPerson.At("body.text", "说明会给本村村民看，请不要写自己和家里人的姓名。")
	}
	return nil
}

func (m *move) prepareApology(ctx context.Context, r Record) error {
	power := PowerKeep
	if m.in.Action == "uphold" {
		power = PowerSupervise
		if r.Stage == "notice_township" || r.Stage == "listed_township" {
			power = PowerTownship
		}
	}
	if r.Kind != Black || !m.s.holds(m.by, power, r.Region) {
		return nil
	}
	return m.publicText(ctx, r, "body.apology", m.fields["apology"])
}

// publicText refuses a text that would become public, with the names of the
// person's household.
func (m *move) publicText(ctx context.Context, r Record, at, text string) error {
	names, err := m.s.opt.Rolls.HouseholdNames(ctx, r.Private.Resident)
	if err != nil {
		return err
	}
	return m.s.shownText(r.Region, at, text, append(names, r.Private.Name))
}
