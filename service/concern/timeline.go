package concern

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

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
