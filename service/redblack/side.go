package redblack

import (
	"context"
	"slices"
	"unicode/utf8"

	"cunwu/service/audit"
	"cunwu/service/procedure"
)

// villagerPower stands in no table: verified villagers of the place have it.
const villagerPower = "redblack.villager.own"

// aside is an action that leaves the case where it stands: its clocks go on.
type aside struct {
	code, name, power string
	stages            []string // where it can be taken
	kind              Kind     // "" both
	fields            []procedure.Field
	media             int
	do                func(m *move, ctx context.Context, may func(string) bool) error
}

var yesNo = []string{string(Yes), string(No)}

// sideActions are all of them.
func sideActions() []*aside {
	said := func(code, name string, least, most int) procedure.Field {
		return procedure.Field{Code: code, Name: name, Required: true, Min: least, Max: most, Private: true}
	}
	onList := []string{"notice", "listed"}
	return []*aside{
		{code: "vote", name: "评议", power: PowerEvaluate, stages: []string{stageEvaluating}, do: func(m *move, ctx context.Context, _ func(string) bool) error {
			return m.vote(ctx, CouncilBody)
		}, fields: []procedure.Field{{Code: "vote", Name: "同意、不同意还是弃权", Required: true, OneOf: append(slices.Clone(yesNo), string(Abstain))}}},
		{code: "consult", name: "代表表态", power: PowerConsult, stages: []string{stageConsulting}, do: func(m *move, ctx context.Context, _ func(string) bool) error {
			return m.vote(ctx, RepresentativesBody)
		}, fields: []procedure.Field{{Code: "answer", Name: "同意还是不同意", Required: true, OneOf: yesNo}}},
		{code: "object", name: "提异议", power: villagerPower, stages: []string{"notice"}, do: func(m *move, ctx context.Context, _ func(string) bool) error {
			return m.object(ctx)
		}, fields: []procedure.Field{said("text", "异议和理由", 4, 500)}},
		{code: "resolve", name: "处理异议", power: PowerKeep, stages: []string{"notice"}, do: (*move).resolved, fields: []procedure.Field{
			{Code: "number", Name: "第几条异议", Kind: procedure.NumberField, Required: true, Max: 4},
			{Code: "result", Name: "结果：不成立还是成立", Required: true, OneOf: []string{"dismissed", "upheld"}},
			said("reason", "理由", 4, 500),
		}},
		{code: "note", name: "记教育帮助", power: PowerKeep, kind: Black, stages: []string{"education", "evaluating", "consulting"}, do: (*move).noted, fields: []procedure.Field{said("text", "做了什么教育帮助", 4, 500)}},
		{code: "withdraw_consent", name: "撤回同意，去掉姓名和照片", power: OwnPower, kind: Red, stages: onList, do: (*move).withdrawn},
		{code: "take_name_off", name: "按本人意思去掉姓名和照片", power: PowerKeep, kind: Red, stages: onList, do: (*move).withdrawn},
		{code: "reward", name: "登记给了什么激励", power: PowerKeep, kind: Red, stages: []string{"listed"}, do: (*move).rewarded, fields: []procedure.Field{
			said("text", "给了什么激励", 2, 200),
		}},
		{code: "agree_naming", name: "单独同意公布姓名", power: OwnPower, kind: Black, stages: []string{"listed"}, do: (*move).agreed},
		{code: "propose_naming", name: "提出点名", power: PowerKeep, kind: Black, stages: []string{"listed"}, do: (*move).proposed, fields: []procedure.Field{
			{Code: "basis", Name: "依据：本人在手机上同意、本人书面同意、法律规定", Required: true, OneOf: []string{"consent", "paper", "statute"}},
			{Code: "text", Name: "法律依据（哪部法律第几条）", Max: 300, Private: true},
			{Code: "days", Name: "展示几天", Kind: procedure.NumberField, Required: true, Max: 3},
		}},
		{code: "approve_naming", name: "复核点名", power: PowerSupervise, kind: Black, stages: []string{"listed"}, do: (*move).approved},
		{code: "withdraw_naming", name: "撤回公布姓名的同意", power: OwnPower, kind: Black, stages: []string{"listed"}, do: (*move).stopped},
		{code: "stop_naming", name: "停止点名", power: PowerKeep, kind: Black, stages: []string{"listed"}, do: (*move).stopped},
	}
}

func sideAction(code string) *aside {
	for _, a := range sideActions() {
		if a.code == code {
			return a
		}
	}
	return nil
}

// fill looks at what is given with a side action.
func (m *move) fill(a *aside) error {
	var w wrongs
	for _, f := range a.fields {
		text := m.fields[f.Code]
		switch n := utf8.RuneCountInString(text); {
		case text == "" && f.Required:
			w.add("body."+f.Code, "请填写“%s”。", f.Name)
		case text == "":
		case len(f.OneOf) > 0 && !slices.Contains(f.OneOf, text):
			w.add("body."+f.Code, "“%s”只能从给出的里面选。", f.Name)
		case n < f.Min || f.Max > 0 && n > f.Max:
			w.add("body."+f.Code, "“%s”应是 %d 到 %d 个字。", f.Name, f.Min, f.Max)
		}
	}
	for code := range m.fields {
		if !slices.ContainsFunc(a.fields, func(f procedure.Field) bool { return f.Code == code }) {
			w.add("body."+cut(code), "这一步没有“%s”这一项。", cut(code))
		}
	}
	if len(w) > 0 {
		return procedure.ErrFields.With(w...)
	}
	return nil
}

// aside takes a side action and writes it down.
func (m *move) aside(ctx context.Context, a *aside, may func(string) bool) error {
	switch {
	case a.power == villagerPower, a.code == "vote", a.code == "consult": // they say who may themselves
	case !may(a.power):
		return procedure.ErrForbidden
	}
	if a.kind != "" && a.kind != m.r.Kind {
		return procedure.ErrUnknownAction
	}
	if m.r.State.Ended() {
		return procedure.ErrClosed
	}
	here := slices.Contains(a.stages, m.r.Stage)
	if !here && a.power != PowerEvaluate && a.power != PowerConsult && a.power != PowerSupervise {
		return ErrNotNow
	}
	if a.power == PowerKeep || a.power == PowerSupervise {
		if isKin(m.by, m.r, m.prep.kin) {
			return ErrRelative
		}
	}
	if err := a.do(m, ctx, may); err != nil {
		return err
	}
	if err := m.tx.Record(ctx, audit.Event{
		Action: "redblack." + a.code, Object: "board_entry", ObjectID: m.r.ID, Region: string(m.r.Region), Result: "ok",
	}); err != nil {
		return err
	}
	m.r.ChangedAt = m.tx.Now()
	if m.r.Revision == m.before.Revision {
		return m.save(ctx, a.code)
	}
	return nil // a step was taken, which wrote it
}

// noted keeps what was done to help.
func (m *move) noted(context.Context, func(string) bool) error {
	p := &m.r.Private
	p.Education = append(p.Education, Said{Text: m.fields["text"], By: m.s.roleName(m.act.Actor.Role), At: m.tx.Now()})
	return nil
}

// rewarded keeps what incentive was given: a record and nothing more.
func (m *move) rewarded(context.Context, func(string) bool) error {
	m.r.Private.Incentive = m.fields["text"]
	return nil
}

// resolved answers an objection, and ends the matter where it is upheld.
func (m *move) resolved(ctx context.Context, may func(string) bool) error {
	upheld, err := m.resolve(ctx)
	if err != nil || !upheld {
		return err
	}
	c, step, err := m.s.opt.Procedures.Act(ctx, m.tx, m.act, m.r.CaseID, procedure.Input{
		Action: "reject", Fields: map[string]string{"reason": m.fields["reason"]},
	}, may, nil)
	if err != nil {
		return err
	}
	return m.follow(ctx, c, step, voices{})
}
