package council

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/screening"
)

// NewActivity is a plan.
type NewActivity struct {
	Kind  string
	Title string
	On    string // 2006-01-02
	Place string
	Plan  string // may be empty
}

// Plan enters an activity of a body. What happened before it was entered is
// planned for the past and held at once. Refusals: auth.required,
// council.not_found, council.kind_unknown, request.invalid,
// council.term_invalid, council.private_data, auth.stale, account.not_allowed.
func (s *Service) Plan(ctx context.Context, by account.Caller, act audit.Act, id string, in NewActivity) (Activity, error) {
	if !by.Known() {
		return Activity{}, account.ErrRequired
	}
	body, err := s.store.CouncilByID(ctx, id)
	if err != nil {
		return Activity{}, err
	}
	trim(&in.Title, &in.Place, &in.Plan)
	if err := s.checkPlan(body, in); err != nil {
		return Activity{}, err
	}
	if act, err = s.office(by, act, body.Region); err != nil {
		return Activity{}, err
	}
	d, err := s.desk(ctx, body, nil)
	if err != nil {
		return Activity{}, err
	}
	var out Activity
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		a := ActivityRecord{
			ID: audit.NewID(), CouncilID: id, Region: body.Region, Kind: in.Kind, Title: in.Title, Revision: 1,
			PlannedAt: tx.Now(), ChangedAt: tx.Now(), Content: Content{PlannedOn: in.On, PlannedPlace: in.Place, Plan: in.Plan},
		}
		c, err := s.opt.Procedures.Open(ctx, tx, act, Procedure, body.Region, a.ID, nil)
		if err != nil {
			return err
		}
		a.CaseID, a.State = c.ID, State(s.opt.Procedures.State(c))
		a.Content.Marks = []Mark{{State: a.State, At: tx.Now()}}
		if err := tx.AddCouncilActivity(ctx, a); err != nil {
			return err
		}
		if err := announce(ctx, tx, a, body.Name, ""); err != nil {
			return err
		}
		out = s.view(a, c, by, d)
		return tx.Answer(ctx, out)
	})
	return out, err
}

func (s *Service) checkPlan(body Record, in NewActivity) error {
	if s.opt.Rules.ActivityName(in.Kind) == "" {
		return ErrKind.At("body.kind", "没有“%s”这种活动。", cut(in.Kind))
	}
	var w wrongs
	w.text("body.title", "活动名称", in.Title, leastTitle, mostTitle)
	w.text("body.place", "在哪里", in.Place, 2, mostTitle)
	w.text("body.plan", "打算怎么办", in.Plan, 0, mostPlan)
	if !s.near(in.On, s.opt.Rules.Limits.AheadDays) {
		w.add("body.on", "请填写前后一年左右的日期，如 2026-01-31。")
	}
	if err := w.err(); err != nil {
		return err
	}
	if in.On < body.From || in.On > body.Until {
		return ErrTerm.At("body.on", "这一天不在%s的任期里（%s）。", body.Name, term(body))
	}
	return s.screened(body.Region, screening.Part{Location: "body.title", Text: in.Title},
		screening.Part{Location: "body.place", Text: in.Place}, screening.Part{Location: "body.plan", Text: in.Plan})
}

// near reports whether a day can be one of an activity: not too long ago, and at
// most so many days ahead.
func (s *Service) near(on string, ahead int) bool {
	t, ok := parseDay(on)
	today := calendar.Day(s.opt.Clock.Now())
	return ok && !t.Before(today.AddDate(0, 0, -s.opt.Rules.Limits.BackDays)) && !t.After(today.AddDate(0, 0, ahead))
}

// Act takes an action of an activity's case; what each asks for is in
// available_actions. Refusals: those of procedure.Service.Act, auth.required,
// auth.stale, council.activity_not_found, council.private_data,
// council.photo_unknown, council.cost_invalid, council.corrections_full,
// council.raced.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (Activity, error) {
	if !by.Known() {
		return Activity{}, account.ErrRequired
	}
	before, err := s.store.CouncilActivity(ctx, id)
	if err != nil {
		return Activity{}, err
	}
	in.Data = nil
	if err := s.checkAction(ctx, by, before, in); err != nil {
		return Activity{}, err
	}
	body, err := s.store.CouncilByID(ctx, before.CouncilID)
	if err != nil {
		return Activity{}, err
	}
	d, err := s.desk(ctx, body, slices.Concat(before.Content.Photos, in.Media))
	if err != nil {
		return Activity{}, err
	}
	granted, stale := s.office(by, act, before.Region)
	may := func(power string) bool { return power == PowerManage && stale == nil }
	var out Activity
	err = s.store.InTx(ctx, granted, func(tx Tx) error {
		a, err := tx.CouncilActivityForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if in.Revision != 0 && in.Revision != a.Revision {
			return ErrRaced
		}
		given := in
		given.Revision = 0 // of the activity, not of the case
		c, step, err := s.opt.Procedures.Act(ctx, tx, granted, a.CaseID, given, may, nil)
		if err != nil {
			return err
		}
		if err := s.moved(ctx, tx, &a, c, step, body.Name); err != nil {
			return err
		}
		out = s.view(a, c, by, d)
		return tx.Answer(ctx, out)
	})
	if errors.Is(err, procedure.ErrForbidden) && errors.Is(stale, account.ErrStale) {
		return Activity{}, stale
	}
	return out, err
}

// moved writes what a step brought about, and tells of it.
func (s *Service) moved(ctx context.Context, tx Tx, a *ActivityRecord, c procedure.Case, step procedure.Step, body string) error {
	before := a.State
	a.State = State(s.opt.Procedures.State(c))
	a.Revision++
	a.ChangedAt = tx.Now()
	if a.State != before {
		a.Content.Marks = append(a.Content.Marks, Mark{State: a.State, At: tx.Now()})
	}
	if err := s.took(a, step); err != nil {
		return err
	}
	if err := tx.SaveCouncilActivity(ctx, *a); err != nil {
		return err
	}
	return announce(ctx, tx, *a, body, step.Action)
}

// took enters what was given with a step.
func (s *Service) took(a *ActivityRecord, step procedure.Step) error {
	f := step.Fields
	switch step.Action {
	case "hold":
		a.enter(f)
		a.Content.Photos = step.Media
		return s.costs(a)
	case "summarise":
		a.Content.Summary = f["summary"]
		a.Content.Photos = append(a.Content.Photos, step.Media...)
		slices.Sort(a.Content.Photos)
		a.Content.Photos = slices.Compact(a.Content.Photos)
		if most := s.opt.Rules.Limits.PhotosMost; len(a.Content.Photos) > most {
			return ErrPhoto.At("body.media", "一次活动最多 %d 张照片。", most)
		}
	case "cancel":
		a.Content.Cancelled = f["reason"]
	case "correct":
		return s.correct(a, step)
	}
	return nil
}

// correct enters a new version.
func (s *Service) correct(a *ActivityRecord, step procedure.Step) error {
	if len(a.Content.Changes) >= s.opt.Rules.Limits.CorrectionsMost {
		return ErrCorrections
	}
	change := Change{
		Version: a.Version() + 1, At: step.At, By: s.roleName(step.Actor.Role), Account: step.Actor.AccountID, Reason: step.Fields["reason"],
		Before: Before{
			Title: a.Title, HeldOn: a.HeldOn, Place: a.Content.Place, Heads: a.Heads, CostFen: a.CostFen, Money: a.Content.Money,
			Summary: a.Content.Summary, Photos: a.Content.Photos,
		},
	}
	for _, code := range fieldOrder {
		if step.Fields[code] != "" {
			change.What = append(change.What, code)
		}
	}
	a.enter(step.Fields)
	if step.Fields["cost_fen"] != "" && a.CostFen == 0 && step.Fields["money"] == "" {
		a.Content.Money = "" // nothing was spent after all
	}
	if step.Fields["photos"] != "" {
		a.Content.Photos = step.Media
	}
	a.Content.Changes = append(a.Content.Changes, change)
	return s.costs(a)
}

var fieldOrder = []string{"title", "held_on", "place", "heads", "cost_fen", "money", "summary", "photos"}

// enter takes over the fields that were given.
func (a *ActivityRecord) enter(f map[string]string) {
	for code, to := range map[string]*string{
		"title": &a.Title, "held_on": &a.HeldOn, "place": &a.Content.Place, "money": &a.Content.Money, "summary": &a.Content.Summary,
	} {
		if f[code] != "" {
			*to = f[code]
		}
	}
	if n, err := strconv.Atoi(f["heads"]); err == nil { // read by its kind
		a.Heads = n
	}
	if n, err := strconv.ParseInt(f["cost_fen"], 10, 64); err == nil {
		a.CostFen = n
	}
}

// costs demands that what was spent came from somewhere.
func (s *Service) costs(a *ActivityRecord) error {
	switch {
	case a.CostFen > 0 && a.Content.Money == "":
		return ErrCost.At("body.money", "花了钱，请选择钱从哪里来。")
	case a.CostFen == 0 && a.Content.Money != "":
		return ErrCost.At("body.money", "没有花钱，不用选择钱从哪里来。")
	}
	return nil
}

// checkAction looks at what is given with an action as far as the procedure
// cannot.
func (s *Service) checkAction(ctx context.Context, by account.Caller, a ActivityRecord, in procedure.Input) error {
	if err := s.checkFigures(in.Fields); err != nil {
		return err
	}
	var parts []screening.Part
	for _, code := range []string{"title", "place", "summary", "reason"} {
		if text := in.Fields[code]; text != "" {
			parts = append(parts, screening.Part{Location: "body." + code, Text: text})
		}
	}
	if err := s.screened(a.Region, parts...); err != nil {
		return err
	}
	return s.checkPhotos(ctx, by, a, in)
}

func (s *Service) checkFigures(f map[string]string) error {
	l := s.opt.Rules.Limits
	var w wrongs
	if on := strings.TrimSpace(f["held_on"]); on != "" && !s.near(on, 0) {
		w.add("body.held_on", "请填写今天或以前不太久的日期，如 2026-01-31。")
	}
	if n, err := strconv.ParseInt(strings.TrimSpace(f["heads"]), 10, 64); f["heads"] != "" && (err != nil || n < 1 || n > int64(l.HeadsMost)) {
		w.add("body.heads", "参加人数应是 1 到 %d 的整数。", l.HeadsMost)
	}
	if n, err := strconv.ParseInt(strings.TrimSpace(f["cost_fen"]), 10, 64); f["cost_fen"] != "" && (err != nil || n < 0 || n > l.CostMostFen) {
		w.add("body.cost_fen", "经费应是 0 到 %d 的整数，单位是分。", l.CostMostFen)
	}
	return w.err()
}

// checkPhotos demands that photos exist and are the caller's own, since they
// become readable by everybody, or hang on the activity already.
func (s *Service) checkPhotos(ctx context.Context, by account.Caller, a ActivityRecord, in procedure.Input) error {
	if len(in.Media) == 0 {
		return nil
	}
	most := s.opt.Rules.Limits.PhotosMost
	switch {
	case in.Action != "hold" && in.Action != "summarise" && (in.Action != "correct" || in.Fields["photos"] == ""):
		return ErrPhoto.At("body.media", "这一步不附照片；更正时要换照片，请在 photos 填 replace。")
	case len(in.Media) > most:
		return ErrPhoto.At("body.media", "一次活动最多 %d 张照片。", most)
	}
	objects, err := s.opt.Media.Objects(ctx, in.Media)
	if err != nil {
		return err
	}
	for _, id := range in.Media {
		ok := slices.ContainsFunc(objects, func(o media.Object) bool {
			picture := o.Kind == media.JPEG || o.Kind == media.PNG
			return o.ID == id && picture && (o.Owner == by.AccountID || slices.Contains(a.Content.Photos, id))
		})
		if !ok {
			return ErrPhoto.At("body.media", "没有找到照片 %q，请重新上传。", cut(id))
		}
	}
	return nil
}

// FireTimer takes the due timer of an activity's case: what was summarised long
// ago is archived. procedure.ErrTooEarly where none is due any more.
func (s *Service) FireTimer(ctx context.Context, c procedure.Case) error {
	act := audit.BySystem("council.timer")
	return s.store.InTx(ctx, act, func(tx Tx) error {
		a, err := tx.CouncilActivityForUpdate(ctx, c.SubjectID)
		if err != nil {
			return err
		}
		now, _, err := s.opt.Procedures.Fire(ctx, tx, act, a.CaseID, nil)
		if err != nil {
			return err
		}
		a.State = State(s.opt.Procedures.State(now))
		a.Content.Marks = append(a.Content.Marks, Mark{State: a.State, At: tx.Now()})
		a.Revision++
		a.ChangedAt = tx.Now()
		if err := tx.SaveCouncilActivity(ctx, a); err != nil {
			return err
		}
		return tx.RegionChanged(ctx, a.Region)
	})
}

// spent gives what a list of activities cost.
func spent(as []ActivityRecord) (fen int64) {
	for _, a := range as {
		if a.State.Happened() {
			fen += a.CostFen
		}
	}
	return fen
}

// yearOf gives the first and the last day of a year.
func yearOf(year int) (first, last string) {
	return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}
