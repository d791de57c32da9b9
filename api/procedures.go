package api

import (
	"context"
	"net/http"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// definition is a procedure as anybody may read it: the rules themselves.
type definition struct {
	Code          string  `json:"code" example:"disclosure"`
	Version       int     `json:"version"`
	Name          string  `json:"name" example:"村务公开"`
	EffectiveFrom string  `json:"effective_from" format:"date"`
	Source        string  `json:"source" doc:"依据"`
	Start         string  `json:"start"`
	Stages        []stage `json:"stages"`
}

type stage struct {
	Code     string        `json:"code"`
	Name     string        `json:"name"`
	State    string        `json:"state" doc:"对外显示的状态"`
	Deadline *period       `json:"deadline,omitempty"`
	Timer    *period       `json:"timer,omitempty" doc:"到期自动办理"`
	Actions  []stageAction `json:"actions"`
}

type period struct {
	AtDue  bool   `json:"at_due,omitempty" doc:"本环节期限届满时执行，没有另外的天数"`
	Days   int    `json:"days,omitempty"`
	Unit   string `json:"unit,omitempty" example:"calendar_day"`
	Source string `json:"source,omitempty"`
	Action string `json:"action,omitempty"`
}

type stageAction struct {
	Code      string   `json:"code"`
	Name      string   `json:"name"`
	To        string   `json:"to"`
	PowerName string   `json:"power_name,omitempty" doc:"谁能办：持有这项权力的职务；空为到期自动办"`
	Roles     []string `json:"roles" doc:"持有这项权力的职务"`
	Fields    []field  `json:"fields"`
	Return    bool     `json:"return" doc:"退回"`
}

func (a *API) showDefinition(d *procedure.Definition) definition {
	return definition{
		Code: d.Code, Version: d.Version, Name: d.Name, EffectiveFrom: day(d.EffectiveFrom), Source: d.Source, Start: d.Start,
		Stages: mapped(d.Stages, func(s *procedure.Stage) stage {
			out := stage{Code: s.Code, Name: s.Name, State: s.State, Actions: mapped(s.Actions, a.showStageAction)}
			if s.Deadline != nil {
				out.Deadline = &period{Days: s.Deadline.Days, Unit: string(s.Deadline.Unit), Source: s.Deadline.Source}
			}
			if s.Timer != nil {
				out.Timer = &period{AtDue: s.Timer.AtDue, Days: s.Timer.Days, Unit: string(s.Timer.Unit), Source: s.Timer.Source, Action: s.Timer.Action}
			}
			return out
		}),
	}
}

// powerName gives the Chinese name of a power; that of whoever asked comes with
// no office.
func (a *API) powerName(power string) string {
	if procedure.Own(power) {
		return "本人"
	}
	return a.accounts.Policy().PowerName(power)
}

func (a *API) showStageAction(x *procedure.Action) stageAction {
	out := stageAction{
		Code: x.Code, Name: x.Name, To: x.To, Return: x.Return, Roles: []string{},
		PowerName: a.powerName(x.Power),
		Fields: mapped(x.Fields, func(f procedure.Field) field {
			return field{Code: f.Code, Name: f.Name, Required: f.Required, Max: f.Max, OneOf: f.OneOf}
		}),
	}
	if x.Power != "" {
		for _, r := range a.accounts.Policy().Roles() {
			if r.Has(x.Power) {
				out.Roles = append(out.Roles, r.Name)
			}
		}
	}
	return out
}

// step is one line of a case's journal.
type step struct {
	Seq        int               `json:"seq"`
	Action     string            `json:"action"`
	ActionName string            `json:"action_name"`
	From       string            `json:"from,omitempty"`
	To         string            `json:"to"`
	Role       string            `json:"role,omitempty"`
	RoleName   string            `json:"role_name,omitempty"`
	At         string            `json:"at"`
	Fields     map[string]string `json:"fields,omitempty" doc:"只有经办的人看得到"`
}

func (a *API) mountProcedures() {
	now := func() ([]*procedure.Definition, error) {
		ds := a.procedures.Definitions()
		var out []*procedure.Definition
		for _, code := range ds.Codes() {
			d, err := ds.Current(code, a.clock.Now())
			if err != nil {
				return nil, err
			}
			out = append(out, d)
		}
		return out, nil
	}
	read(a, route{id: "list-procedures", path: "/procedures", tag: "办事程序", public: true, summary: "现行的办事程序：每一步谁办、几天内、依据什么"},
		func(context.Context, account.Caller, *struct{}) (list[definition], error) {
			ds, err := now()
			return list[definition]{Items: mapped(ds, a.showDefinition)}, err
		})
	type input struct {
		Code string `path:"code" pattern:"^[a-z0-9_-]{1,40}$" patternDescription:"流程代码，如 disclosure" example:"disclosure"`
	}
	read(a, route{id: "get-procedure", path: "/procedures/{code}", tag: "办事程序", public: true, summary: "一种办事程序"},
		func(_ context.Context, _ account.Caller, in *input) (definition, error) {
			d, err := a.procedures.Definitions().Current(in.Code, a.clock.Now())
			if err != nil {
				return definition{}, err
			}
			return a.showDefinition(d), nil
		})
	read(a, route{
		id: "list-disclosure-steps", path: "/disclosures/{id}/journal", tag: "公开", public: true,
		summary: "这条公开是怎么办出来的：每一步、什么职务、什么时间",
	}, func(ctx context.Context, c account.Caller, in *IDPath) (list[step], error) {
		k, steps, err := a.disclosures.Journal(ctx, c, in.ID)
		return list[step]{Items: mapped(steps, func(s procedure.Step) step { return a.showStep(k, s) })}, err
	})
}

func (a *API) showStep(c procedure.Case, s procedure.Step) step {
	out := step{Seq: s.Seq, Action: s.Action, ActionName: s.Action, From: s.From, To: s.To, Role: s.Actor.Role, At: stamp(s.At), Fields: s.Fields}
	rule, _ := a.accounts.Policy().Role(account.Role(s.Actor.Role))
	out.RoleName = rule.Name
	if s.From == "" {
		out.ActionName = "开始办理" // opening a case is no action of its definition
	}
	if d, err := a.procedures.Definitions().Version(c.Procedure, c.Version); err == nil {
		if st := d.Stage(s.From); st != nil {
			if x := st.Action(s.Action); x != nil {
				out.ActionName = x.Name
			}
		}
	}
	return out
}

func (a *API) mountGroups() {
	type input struct {
		Code string `path:"code" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" example:"510821102200"`
		Body struct {
			Number string `json:"number" pattern:"^[0-9]{2}$" patternDescription:"两位数字，如 09" example:"09" doc:"组号，两位数字"`
			Name   string `json:"name" minLength:"1" maxLength:"30" example:"九组"`
		}
	}
	write(a, route{
		id: "add-group", path: "/regions/{code}/groups", tag: "地区", access: signedIn, status: http.StatusCreated,
		summary: "设一个村民小组", example: map[string]any{"number": "09", "name": "九组"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *input) (region.Region, error) {
		g, err := a.accounts.May(c, "region.group", region.Code(in.Code))
		if err != nil {
			return region.Region{}, err
		}
		return a.regions.AddGroup(ctx, act.As(string(g.Role), string(g.Region)), region.Code(in.Code+in.Body.Number), in.Body.Name)
	}, showPlace)
}
