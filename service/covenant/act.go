package covenant

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
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/screening"
)

// Act takes an action of the revision under way, or (order_correction) of the
// version in force; what each asks for is in View.Available. Revision in the
// input is that of the text. Refusals: those of procedure.Service.Act,
// auth.required, auth.stale, covenant.not_found, covenant.private_data,
// covenant.filed_on_invalid, covenant.no_women, covenant.ballot_*,
// covenant.no_draft, covenant.opinions_unanswered, covenant.same_text,
// covenant.not_yet_in_force, covenant.correction_late, covenant.raced.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (View, error) {
	if !by.Known() {
		return View{}, account.ErrRequired
	}
	d, err := s.desk(ctx, id)
	if err != nil {
		return View{}, err
	}
	if err := s.checkTexts(ctx, by, d.text, in); err != nil {
		return View{}, err
	}
	given, err := s.read(ctx, d, in)
	if err != nil {
		return View{}, err
	}
	act = s.actingAs(by, act, d.text, in.Action)
	may, stale := s.mayAt(by, d.text.Region)
	var out View
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		w, err := locked(ctx, tx, d.text.ID)
		if err != nil {
			return err
		}
		if in.Revision != 0 && in.Revision != w.text.Revision {
			return ErrRaced
		}
		if err := s.step(ctx, tx, act, w, given, may); err != nil {
			return err
		}
		if w.cases, err = s.casesOf(ctx, tx, w); err != nil {
			return err
		}
		if err := tx.RegionChanged(ctx, w.text.Region); err != nil {
			return err
		}
		out = s.view(by, w, d)
		return tx.Answer(ctx, out)
	})
	if errors.Is(err, procedure.ErrForbidden) && *stale != nil {
		return View{}, *stale
	}
	return out, err
}

// input is an action with what was read for it outside of the transaction.
type input struct {
	procedure.Input
	vote  *Vote // of record_vote and vote_failed
	state State // in which it was looked at
	late  error // what speaks against it, told after the powers
}

// target gives the version that an action is about. A correction is ordered of
// what was filed last: that may be in force already, with the next under way.
func (w *work) target(action string) *Version {
	if action == "order_correction" && w.current != nil && (w.open == nil || w.open.State != Filed && w.open.State != Published) {
		return w.current
	}
	for _, v := range []*Version{w.open, w.current} {
		if v != nil {
			return v
		}
	}
	return w.last
}

// step moves the case of a version and writes what that brings.
func (s *Service) step(ctx context.Context, tx Tx, act audit.Act, w *work, in input, may func(string) bool) error {
	v := w.target(in.Action)
	if in.vote != nil && v.State != in.state {
		return ErrRaced
	}
	given := in.Input
	given.Revision = 0 // of the text, not of the case
	var err error
	if given.Data, err = s.data(ctx, tx, *v, in); err != nil {
		return err
	}
	c, step, err := s.opt.Procedures.Act(ctx, tx, act, v.CaseID, given, may, nil)
	switch {
	case errors.Is(err, procedure.ErrGuard):
		return whyNot(in, given.Data, err)
	case err != nil:
		return err
	case in.late != nil:
		return in.late
	}
	if w.cases == nil {
		w.cases = map[string]procedure.Case{}
	}
	w.cases[v.ID] = c
	return s.moved(ctx, tx, w, v, c, step, in)
}

// data is what the guards of the procedure go by, as of now.
func (s *Service) data(ctx context.Context, tx Tx, v Version, in input) (map[string]string, error) {
	open, err := tx.UnansweredCovenantOpinions(ctx, v.CovenantID, v.Number)
	if err != nil {
		return nil, err
	}
	changed := true
	if v.Content.Base != 0 {
		base, err := tx.LockedCovenantVersion(ctx, v.CovenantID, v.Content.Base)
		if err != nil {
			return nil, err
		}
		changed = !v.Content.same(base.Content.Draft)
	}
	out := s.guards(v, tx.Now())
	out["unanswered"], out["changed"] = strconv.Itoa(open), strconv.FormatBool(changed)
	if in.vote != nil {
		out["passed"] = strconv.FormatBool(in.vote.Passed)
		// A vote that is entered late gains no time, and can still be entered.
		out["file_by"] = max(in.vote.FileBy, today(tx.Now()))
	}
	return out, nil
}

// guards is that part of the data that needs no reading.
func (s *Service) guards(v Version, now time.Time) map[string]string {
	return map[string]string{
		"clauses":     strconv.Itoa(len(v.Content.Clauses)),
		"day_come":    strconv.FormatBool(v.Content.InForceOn != "" && today(now) >= v.Content.InForceOn),
		"correctable": strconv.FormatBool(!v.CorrectTo.IsZero() && !now.After(v.CorrectTo) && v.Content.Correction == nil),
	}
}

// whyNot gives the precise refusal for a condition that does not hold.
func whyNot(in input, data map[string]string, err error) error {
	if in.late != nil {
		return in.late
	}
	switch in.Action {
	case "submit":
		switch {
		case data["clauses"] == "0":
			return ErrNoDraft
		case data["changed"] == "false":
			return ErrSame
		}
		return ErrUnanswered
	case "enter_force":
		return ErrNotYet
	case "order_correction":
		return ErrCorrectionLate
	}
	return err
}

// moved writes what a step brought about, and tells of it.
func (s *Service) moved(ctx context.Context, tx Tx, w *work, v *Version, c procedure.Case, step procedure.Step, in input) error {
	before := v.State
	v.State = State(s.opt.Procedures.State(c))
	if v.State != before {
		v.Content.Marks = append(v.Content.Marks, Mark{State: v.State, At: tx.Now()})
	}
	s.took(v, step, in)
	if step.Action == "publish" {
		if err := leave(ctx, tx, v); err != nil {
			return err
		}
	}
	if step.Action == "enter_force" {
		if err := w.enterForce(ctx, tx, v); err != nil {
			return err
		}
	}
	if w.open == v && !v.State.UnderWay() {
		w.text.Open, w.open, w.last = 0, nil, v
	}
	if err := w.keep(ctx, tx, v, step.Media); err != nil {
		return err
	}
	told := steps[step.Action]
	if told == "" {
		return nil
	}
	return announce(ctx, tx, w.text, *v, told)
}

// took enters what was given with a step.
func (s *Service) took(v *Version, step procedure.Step, in input) {
	c, f := &v.Content, step.Fields
	for _, code := range []string{"reason", "opinion", "note"} {
		if f[code] != "" {
			c.Said = append(c.Said, Said{Action: step.Action, Text: f[code], By: s.office(step.Actor), At: step.At})
			break
		}
	}
	switch step.Action {
	case "submit":
		c.Submitted = true
	case "return_check", "return_review", "redraft":
		c.Submitted, v.ReviewedAt = false, time.Time{}
	case "pass_review":
		v.ReviewedAt = step.At
	case "record_vote":
		c.Vote = in.vote
	case "vote_failed":
		c.Failed = append(c.Failed, *in.vote)
	case "file":
		c.Filing = &Filing{On: f["filed_on"], Receipt: f["receipt"], Late: c.Vote != nil && f["filed_on"] > c.Vote.FileBy}
		on, _ := time.ParseInLocation(time.DateOnly, f["filed_on"], calendar.China) // read by its kind
		v.FiledAt = step.At
		v.CorrectTo, _ = s.opt.Holidays.Deadline(on, s.opt.Rules.Correction.Days, s.opt.Rules.Correction.Unit)
	case "publish":
		c.InForceOn = f["in_force_on"]
	case "order_correction":
		c.Correction = &Correction{Text: f["reason"], Until: f["until"], At: step.At, Clauses: v.named(f["clauses"])}
	}
}

// enterForce puts a version in the place of the one before.
func (w *work) enterForce(ctx context.Context, tx Tx, v *Version) error {
	v.Since = tx.Now()
	w.text.Current = v.Number
	old := w.current
	w.current = v
	if old == nil {
		return nil
	}
	old.State, old.Until = Superseded, tx.Now()
	old.Content.Marks = append(old.Content.Marks, Mark{State: Superseded, At: tx.Now()})
	old.Revision++
	old.ChangedAt = tx.Now()
	return tx.SaveCovenantVersion(ctx, *old, nil)
}

// named gives the codes that a list names, as far as the version has them.
func (v Version) named(list string) []string {
	var out []string
	for _, code := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune("、，,；; \n", r) }) {
		if _, ok := v.Clause(code); ok && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return out
}

// checkTexts looks at what is given with an action as far as the procedure
// cannot: texts for what must not be published, papers for whose they are.
func (s *Service) checkTexts(ctx context.Context, by account.Caller, t Text, in procedure.Input) error {
	var parts []screening.Part
	for _, code := range slices.Sorted(maps.Keys(in.Fields)) {
		if !utf8.ValidString(code) {
			return procedure.ErrFields
		}
		parts = append(parts, screening.Part{Location: "body." + code, Text: in.Fields[code]})
	}
	if err := s.screened(t.Region, parts...); err != nil {
		return err
	}
	return s.ownPapers(ctx, by, "body.media", in.Media)
}

// ownPapers demands that attachments exist and are the caller's own.
func (s *Service) ownPapers(ctx context.Context, by account.Caller, at string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	objects, err := s.opt.Media.Objects(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(objects, func(o media.Object) bool { return o.ID == id && o.Owner == by.AccountID }) {
			return procedure.ErrFields.At(at, "没有找到附件 %q，请重新上传。", cut(id))
		}
	}
	return nil
}

// read looks at days and ballots that an action names.
func (s *Service) read(ctx context.Context, d desk, in procedure.Input) (input, error) {
	out := input{Input: in}
	out.Data = nil
	v := d.work().target(in.Action)
	if v == nil {
		return out, nil
	}
	now := s.opt.Clock.Now()
	switch f := in.Fields; {
	case in.Action == "file" && v.State == Voted && v.Content.Vote != nil:
		if on := strings.TrimSpace(f["filed_on"]); isDay(on) && (on < v.Content.Vote.On || on > today(now)) {
			return out, ErrFiledOn.At("body.filed_on", "应在 %s 到今天之间。", v.Content.Vote.On)
		}
	case in.Action == "publish":
		if on := strings.TrimSpace(f["in_force_on"]); isDay(on) && (on < today(now) || on > today(now.AddDate(1, 0, 0))) {
			return out, procedure.ErrFields.At("body.in_force_on", "生效日期应在今天以后一年以内。")
		}
	case in.Action == "order_correction":
		if on := strings.TrimSpace(f["until"]); isDay(on) && on <= today(now) {
			return out, procedure.ErrFields.At("body.until", "限期应在今天以后。")
		}
	case (in.Action == "record_vote" || in.Action == "vote_failed") && v.State == Voting:
		out.state = v.State
		return out, s.readVote(ctx, *v, &out)
	}
	return out, nil
}

// actingAs names the office under which an action is taken.
func (s *Service) actingAs(by account.Caller, act audit.Act, t Text, action string) audit.Act {
	power := PowerManage
	switch action {
	case "pass_check", "return_check":
		power = PowerCheck
	case "pass_review", "return_review", "file", "order_correction":
		power = PowerReview
	}
	if g, err := s.opt.Powers.May(by, power, t.Region); err == nil {
		return act.As(string(g.Role), string(g.Region))
	}
	return act
}

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// today is the day in China, 2006-01-02.
func today(now time.Time) string { return now.In(calendar.China).Format(time.DateOnly) }
