package concern

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Act takes an action of the concern's case, or one of the noun's own:
// progress, rate, again, hide, show, called_back. What each asks for is in
// available_actions. Refusals: those of procedure.Service.Act, auth.required,
// auth.stale, concern.not_found, concern.private_data, concern.media_invalid,
// concern.original_invalid, concern.not_raiser, concern.not_rating,
// concern.not_asked, concern.reviewed, concern.own_work, concern.not_to_call.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (Concern, error) {
	if !by.Known() {
		return Concern{}, account.ErrRequired
	}
	r, err := s.known(ctx, by, id)
	if err != nil {
		return Concern{}, err
	}
	in.Data = nil
	if take := ownActions[in.Action]; take != nil {
		return take(s, ctx, by, act, r, in)
	}
	if rates(r, in.Action) {
		return Concern{}, procedure.ErrUnknownAction.At("body.action", "评价请用 rate。")
	}
	if err := s.checkAction(ctx, by, r, in); err != nil {
		return Concern{}, err
	}
	m := move{s: s, by: by, act: s.actingAs(by, act, r, in.Action), given: in}
	if in.Action == "merge" {
		m.merging = strings.TrimSpace(in.Fields["original"])
	}
	return m.run(ctx, r, func(tx Tx) error { return m.step(ctx, tx, in) })
}

type ownAction func(s *Service, ctx context.Context, by account.Caller, act audit.Act, r Record, in procedure.Input) (Concern, error)

// ownActions are what the noun does besides the steps of the case.
var ownActions = map[string]ownAction{
	"progress": (*Service).progress, "rate": (*Service).rate, "again": (*Service).again,
	"hide": (*Service).hide, "show": (*Service).reveal, "called_back": (*Service).calledBack,
}

// rates reports whether an action of the case is what rating means: it is taken
// by rating and in no other way, so that no rating is missing.
func rates(r Record, action string) bool {
	if strings.HasPrefix(action, "reopen_") || action == "refuse" {
		return true
	}
	return action == "accept" && (r.Visibility != Sealed || r.State != Raised)
}

// checkAction looks at what is given with a step as far as the procedure cannot.
func (s *Service) checkAction(ctx context.Context, by account.Caller, r Record, in procedure.Input) error {
	for code, text := range in.Fields {
		if !utf8.ValidString(code) || unreadable(text) {
			return procedure.ErrFields
		}
	}
	own := in.Action == "answer" && r.Visibility != Sealed
	if len(in.Media) > 0 && !own && in.Action != "finish" && in.Action != "on_the_spot" {
		return ErrMedia.At("body.media", "这一步不带照片。")
	}
	if _, err := s.checkMedia(ctx, by, "body.media", in.Media, own); err != nil {
		return err
	}
	if !own && r.Visibility != Sealed {
		if err := s.screened(r.Region, in.Fields); err != nil {
			return err
		}
	}
	if id := in.Fields["disclosure"]; id != "" {
		if err := s.checkPosting(ctx, id); err != nil {
			return err
		}
	}
	if in.Action == "merge" {
		return s.checkOriginal(ctx, r, in.Fields["original"])
	}
	return nil
}

// checkPosting demands that a posting which a result names can be read by all.
func (s *Service) checkPosting(ctx context.Context, id string) error {
	missing := procedure.ErrFields.At("body.disclosure", "没有找到这条公开内容，请核对编号；只对本村公开的不能写。")
	if s.opt.Postings == nil {
		return missing
	}
	err := s.opt.Postings.Known(ctx, account.Caller{}, id)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return missing
	}
	return err
}

// mayOn gives the question that a case asks of its actor's powers, and
// remembers the refusal that says more than "no". Nobody handles what is their
// own.
func (s *Service) mayOn(by account.Caller, r Record) (may func(power string) bool, stale *error) {
	stale = new(error)
	return func(power string) bool {
		if power == OwnPower {
			return s.raised(by, r)
		}
		if s.raised(by, r) {
			return false
		}
		_, err := s.opt.Powers.May(by, power, r.Region)
		if errors.Is(err, account.ErrStale) {
			*stale = err
		}
		return err == nil
	}, stale
}

// actingAs names the office under which an action is taken. What the raiser
// does is done under none, and where sealed under no name.
func (s *Service) actingAs(by account.Caller, act audit.Act, r Record, action string) audit.Act {
	if s.raised(by, r) {
		if r.Visibility == Sealed {
			act.Actor.AccountID = s.sealedKey(by.AccountID)
		}
		return act
	}
	for _, power := range powersOf(r, action) {
		if g, err := s.opt.Powers.May(by, power, r.Region); err == nil {
			return act.As(string(g.Role), string(g.Region))
		}
	}
	return act
}

// powersOf gives the powers under which an action may be taken, the likeliest
// first: it only decides under which office it is written down.
func powersOf(r Record, action string) []string {
	switch {
	case r.Visibility == Sealed:
		return []string{PowerSealed}
	case action == "register":
		return []string{PowerRegister}
	case action == "hide" || action == "show":
		return []string{PowerModerate}
	case action == "called_back":
		return []string{PowerCallBack}
	}
	return []string{handlingPower(r), PowerHandle, PowerTriage, PowerRegister, PowerTownship, PowerCounty}
}

// handlingPower gives the power of those who hold a concern.
func handlingPower(r Record) string {
	switch {
	case r.Visibility == Sealed:
		return PowerSealed
	case r.Level == levelTownship:
		return PowerTownship
	case r.Level == levelCounty:
		return PowerCounty
	}
	return PowerHandle
}

// move is one concern being moved.
type move struct {
	s       *Service
	by      account.Caller
	act     audit.Act
	given   procedure.Input
	system  bool // a timer moves it
	own     bool // act as the raiser, whose word somebody else carries
	r       Record
	before  Record
	other   *Record // the original of a merger, locked too
	c       procedure.Case
	merging string // id of the original
	stale   error  // the power is there, the sign-in too old
}

// run locks the concern, lets body change it, and gives it as the caller sees
// it then.
func (m *move) run(ctx context.Context, seen Record, body func(tx Tx) error) (Concern, error) {
	s := m.s
	updates, err := s.store.ConcernUpdates(ctx, seen.ID)
	if err != nil {
		return Concern{}, err
	}
	about := seen
	if m.merging != "" {
		about.MergedInto = m.merging
	}
	d, err := s.desk(ctx, m.by, []Record{about}, updates, m.given.Media...)
	if err != nil {
		return Concern{}, err
	}
	var out Concern
	err = s.store.InTx(ctx, m.act, func(tx Tx) error {
		if err := m.lock(ctx, tx, seen); err != nil {
			return err
		}
		if m.given.Revision != 0 && m.given.Revision != m.r.Revision {
			return procedure.ErrRaced
		}
		if err := body(tx); err != nil {
			return err
		}
		timeline, err := tx.ConcernTimeline(ctx, m.r.ID)
		if err != nil {
			return err
		}
		if m.c, err = tx.CaseForUpdate(ctx, m.r.CaseID); err != nil {
			return err
		}
		out = s.view(m.by, m.r, m.c, timeline, d)
		return tx.Answer(ctx, m.answer(out))
	})
	if errors.Is(err, procedure.ErrForbidden) && m.stale != nil {
		return Concern{}, m.stale
	}
	return m.answer(out), err
}

// answer gives what is answered. Answers are kept for repeats, so that of what
// is sealed they hold no text.
func (m *move) answer(c Concern) Concern {
	if c.Visibility != Sealed {
		return c
	}
	c.Text, c.Transcript, c.Place, c.Title, c.RaiserName, c.ForWhom, c.Contact, c.Photos = "", "", Place{}, sealedTitle, "", "", "", nil
	c.Updates = slices.Clone(c.Updates)
	for i := range c.Updates {
		c.Updates[i].Text = ""
	}
	return c
}

// lock takes the concerns by id, so that two mergers cannot wait for each other.
func (m *move) lock(ctx context.Context, tx Tx, seen Record) error {
	ids := []string{seen.ID}
	if m.merging != "" {
		ids = append(ids, m.merging)
		slices.Sort(ids)
	}
	m.other = nil
	for _, id := range ids {
		r, err := tx.ConcernForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if id == seen.ID {
			m.r, m.before = r, r
		} else {
			m.other = &r
		}
	}
	return nil
}

// step takes one step of the case and writes what it brings about.
func (m *move) step(ctx context.Context, tx Tx, in procedure.Input) error {
	given := in
	given.Revision = 0 // of the concern, not of the case
	given.Data = m.data(tx.Now(), in)
	if m.r.Visibility == Sealed {
		given.Fields = veiled(in.Fields)
	}
	may, stale := m.s.mayOn(m.by, m.r)
	if m.own {
		may = func(power string) bool { return power == OwnPower }
	}
	c, step, err := m.s.opt.Procedures.Act(ctx, tx, m.act, m.r.CaseID, given, may, nil)
	if err != nil {
		m.stale = *stale
		return err
	}
	if step.Action == procedure.ExtendAction && m.r.Content.Extended {
		return procedure.ErrExtended
	}
	step.Fields = trimmed(in.Fields)
	return m.follow(ctx, tx, c, step)
}

// veiled hides what is written about a sealed matter from the journal of its
// case: what stays has the same length, so that the rule's limits hold.
func veiled(fields map[string]string) map[string]string {
	out := maps.Clone(fields)
	for code, text := range out {
		if code != "days" {
			out[code] = strings.Repeat("密", utf8.RuneCountInString(strings.TrimSpace(text)))
		}
	}
	return out
}

func trimmed(fields map[string]string) map[string]string {
	out := make(map[string]string, len(fields))
	for code, text := range fields {
		out[code] = strings.TrimSpace(text)
	}
	return out
}

// data is what guards and promised days of the procedure go by.
func (m *move) data(now time.Time, in procedure.Input) map[string]string {
	out := map[string]string{"level": m.r.Level, "reopened": strconv.FormatBool(m.r.Reopened)}
	switch in.Action {
	case "assign":
		out["promised_on"] = strings.TrimSpace(in.Fields["promised_on"])
	case "answer", "resume":
		out["promised_on"] = dayOf(now.AddDate(0, 0, m.r.Content.WaitLeft))
	case "link":
		out["promised_on"] = dayOf(m.r.DueAt)
		if now.After(m.r.DueAt) {
			out["promised_on"] = ""
		}
	}
	return out
}

// follow enters a step that was taken into the concern, its timeline and the
// outbox.
func (m *move) follow(ctx context.Context, tx Tx, c procedure.Case, step procedure.Step) error {
	r := &m.r
	was := *r
	m.took(step, c, tx.Now())
	m.s.stands(r, c, tx.Now())
	m.draw()
	if m.handled() && !slices.Contains(r.Content.Handlers, m.act.Actor.AccountID) {
		r.Content.Handlers = append(slices.Clone(r.Content.Handlers), m.act.Actor.AccountID)
	}
	if step.Action == "merge" {
		if err := m.merge(ctx, tx); err != nil {
			return err
		}
	}
	if step.Action != "archive" {
		if err := m.append(ctx, tx, m.lineOf(step)); err != nil {
			return err
		}
	}
	if err := m.s.save(ctx, tx, m.before, r); err != nil {
		return err
	}
	m.before = *r
	return announce(ctx, tx, eventOf(step, was), *r)
}

// handled reports whether a step is work on the concern: whoever took one calls
// no raiser about it.
func (m *move) handled() bool {
	return !m.system && !m.own && !m.s.raised(m.by, m.r)
}

// took enters what was given with a step.
func (m *move) took(step procedure.Step, c procedure.Case, now time.Time) {
	r, f := &m.r, step.Fields
	k := &r.Content
	switch step.Action {
	case "assign":
		k.Handler, k.PromisedOn, k.Extended = f["handler"], dayOf(c.DueAt), false
	case procedure.ExtendAction:
		k.PromisedOn, k.Extended = dayOf(c.DueAt), true
	case "ask":
		k.WaitLeft = daysLeft(r.DueAt, now)
	case "answer", "resume":
		if r.Visibility != Sealed {
			k.PromisedOn = dayOf(c.DueAt)
		}
	case "to_village", "to_township", "to_county", "back":
		k.Handler, k.PromisedOn, k.Extended = "", "", false
	case "escalate":
		k.Handler, k.PromisedOn, k.Extended, r.Escalated = "", "", false, true
	case "to_consultation", "to_resolution", "to_mediation", "link":
		k.Handler, k.PromisedOn, k.Extended = "", "", false
		m.link(step)
	case "reopen_village", "reopen_township", "reopen_county":
		r.Reopened, k.PromisedOn, k.Extended = true, dayOf(c.DueAt), false
	case "merge":
		r.MergedInto, r.AgainAt = m.merging, time.Time{}
	case "withdraw":
		r.AgainAt = time.Time{}
	}
	if id := f["disclosure"]; id != "" {
		k.Links = append(slices.Clone(k.Links), Link{Kind: LinkDisclosure, ID: id})
	}
	if result := resultOf(step); result != "" && r.Visibility != Sealed {
		k.Result = result
	}
}

// daysLeft counts the days that the handler still had, at least one.
func daysLeft(due, now time.Time) int {
	return max(int(calendar.Day(due).Sub(calendar.Day(now))/(24*time.Hour)), 1)
}

// resultOf gives what came of a concern in words, "" where a step ends nothing.
func resultOf(step procedure.Step) string {
	f := step.Fields
	switch step.Action {
	case "finish", "on_the_spot":
		return f["result"]
	case "answer":
		return f["result"] // of a sealed one; the raiser's answer has no such field
	case "unable":
		return f["reason"]
	case "not_ours":
		return f["reason"] + "（应该找：" + f["where"] + "）"
	}
	return ""
}

// linkKinds are where a concern goes on, by the action that leads there.
var linkKinds = map[string]string{"to_consultation": "consultation", "to_resolution": "resolution", "to_mediation": "mediation"}

// link ties the concern to what it goes on as. The number may come later.
func (m *move) link(step procedure.Step) {
	k := &m.r.Content
	links := slices.Clone(k.Links)
	if kind := linkKinds[step.Action]; kind != "" {
		links = append(links, Link{Kind: kind, ID: step.Fields["link"]})
	} else if n := len(links); n > 0 {
		links[n-1].ID = step.Fields["link"]
	}
	k.Links = links
}

// draw decides, when a concern comes to an end, whether its raiser is called. A
// raiser without an account is always called: nobody else can say how it was.
func (m *move) draw() {
	r := &m.r
	if r.Callback != NotCalled || r.Visibility == Sealed || r.State == Merged || r.State == Withdrawn {
		return
	}
	over := !r.State.Open()
	if over && m.s.drawn(r.ID) || (over || r.State == Done) && r.voiceless() {
		r.Callback = ToCall
	}
}

// voiceless reports whether the raiser has no account of their own, and can be
// asked.
func (r Record) voiceless() bool {
	return r.Content.ByOffice && r.Resident == "" && !r.Content.Anonymous
}

// lineOf makes the line of the timeline that tells of a step.
func (m *move) lineOf(step procedure.Step) UpdateRecord {
	return UpdateRecord{
		ConcernID: m.r.ID, Kind: kindOf(m.r, step), Action: step.Action, Text: textOf(step), By: m.signature(),
		Account: m.act.Actor.AccountID, At: step.At, State: m.r.State, Public: true, Media: m.given.Media,
	}
}

func kindOf(r Record, step procedure.Step) UpdateKind {
	switch step.Action {
	case "ask":
		return Asked
	case "answer":
		if r.Visibility == Sealed {
			return Result
		}
		return Answered
	case "finish", "on_the_spot", "unable", "not_ours":
		return Result
	}
	return StepTaken
}

// textOf gives in words what was given with a step.
func textOf(step procedure.Step) string {
	f := step.Fields
	if result := resultOf(step); result != "" {
		return result
	}
	if step.Action == "assign" {
		text := "由" + f["handler"] + "办理"
		if f["promised_on"] != "" {
			text += "，承诺" + f["promised_on"] + "前办结"
		}
		if f["note"] != "" {
			text += "。" + f["note"]
		}
		return text
	}
	for _, code := range []string{"text", "reason"} {
		if f[code] != "" {
			return f[code]
		}
	}
	return ""
}

// signature is the office that acts, or the words for the raiser and timers.
func (m *move) signature() string {
	switch {
	case m.system:
		return systemWord
	case m.own || m.s.raised(m.by, m.r):
		return raiserWord
	}
	role := account.Role(m.act.Actor.Role)
	if m.s.opt.RoleName != nil {
		return m.s.opt.RoleName(role)
	}
	return string(role)
}

// append writes a line of the timeline. Its photos wait for their check; its
// text is sealed where the concern is.
func (m *move) append(ctx context.Context, tx Tx, u UpdateRecord) error {
	if m.r.Visibility == Sealed && u.Text != "" {
		var err error
		if u.Secret, err = m.s.seal(updateBinding(u), u.Text); err != nil {
			return err
		}
		u.Text = ""
	}
	if len(u.Media) > 0 {
		u.Review = Manual
		if m.s.opt.Checks != nil {
			u.Review = Pending
		}
	}
	n, err := tx.AddConcernUpdate(ctx, u)
	if err != nil || len(u.Media) == 0 {
		return err
	}
	return m.s.hangUpdate(ctx, tx, m.by, m.r, n, u.Media)
}

// events are what is announced of a step; what is not named is a re-routing.
var events = map[string]string{
	"register": "registered", "assign": "assigned", "ask": "asked", "answer": "answered", "finish": "finished", "on_the_spot": "finished",
	"escalate": "escalated", "merge": "merged", "withdraw": "withdrawn", "accept": "rated", "refuse": "rated", "unrated": "unrated",
	"unable": "unable", "not_ours": "not_ours", "link": "linked", "resume": "resumed", "archive": "archived",
	"reopen_village": "reopened", "reopen_township": "reopened", "reopen_county": "reopened", procedure.ExtendAction: "extended",
}

func eventOf(step procedure.Step, was Record) string {
	switch {
	case was.Visibility == Sealed && step.Action == "answer":
		return "finished"
	case was.Visibility == Sealed && was.State == Raised && step.Action == "accept":
		return "registered"
	case events[step.Action] != "":
		return events[step.Action]
	}
	return "rerouted"
}

// FireTimer takes what follows of itself: a concern that nobody moved goes a
// level up, a question to the raiser ends, what was not rated stays so, what is
// over is archived. See procedure.Service.Sweep; procedure.ErrTooEarly where
// somebody was quicker.
func (s *Service) FireTimer(ctx context.Context, c procedure.Case) error {
	r, err := s.store.ConcernRecord(ctx, c.SubjectID)
	if err != nil {
		return err
	}
	act := audit.BySystem("timer").As("timer", string(r.Region.At(region.Village)))
	return s.store.InTx(ctx, act, func(tx Tx) error {
		m := move{s: s, act: act, system: true}
		if err := m.lock(ctx, tx, r); err != nil {
			return err
		}
		data := m.data(tx.Now(), procedure.Input{Action: c.TimerCode})
		after, step, err := s.opt.Procedures.FireWith(ctx, tx, act, m.r.CaseID, data, nil)
		if err != nil {
			return err
		}
		return m.follow(ctx, tx, after, step)
	})
}
