package api

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// task is one thing that waits for the caller.
type task struct {
	Kind       string      `json:"kind" enum:"case,binding" doc:"case 办理中的事项，binding 村民认证"`
	ID         string      `json:"id" doc:"事项或认证申请的编号"`
	SubjectID  string      `json:"subject_id,omitempty" doc:"事项所办的东西，如公开内容或问题的编号"`
	Title      string      `json:"title,omitempty" doc:"问题的内容"`
	Procedure  string      `json:"procedure,omitempty" example:"disclosure"`
	Region     region.Code `json:"region"`
	RegionName string      `json:"region_name"`
	Stage      string      `json:"stage" example:"review"`
	StageName  string      `json:"stage_name" example:"监委会审核"`
	DueAt      *string     `json:"due_at"`
	Overdue    bool        `json:"overdue"`
	Actions    []available `json:"available_actions"`
}

func (a *API) mountTasks() {
	type input struct {
		Region string `query:"region" pattern:"^([0-9]{2,14})?$" patternDescription:"2 到 14 位数字的地区代码" doc:"只看这个地方和它下面的"`
		Cursor string `query:"cursor" maxLength:"120"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-my-tasks", path: "/me/tasks", tag: "我的", access: signedIn,
		summary: "等我办的事，按期限排", detail: "期限由规则算出；过期不靠人填。认证申请没有期限，排在最后。",
	}, func(ctx context.Context, caller account.Caller, in *input) (list[task], error) {
		return a.tasks(ctx, caller, region.Code(in.Region), in.Cursor, in.Limit)
	})
}

func (a *API) tasks(ctx context.Context, caller account.Caller, within region.Code, cursor string, limit int) (list[task], error) {
	after, err := readTaskCursor(cursor)
	if err != nil {
		return list[task]{}, err
	}
	cases, next, err := a.procedures.Tasks(ctx, a.reaches(caller, within), after, limit)
	if err != nil {
		return list[task]{}, err
	}
	out := list[task]{Items: mapped(cases, showTask)}
	if next != nil {
		out.Next = taskCursor(*next)
	} else if room := limit - len(out.Items); room > 0 {
		bindings, err := a.accounts.BindingTasks(ctx, caller, account.BindingQuery{Region: within, Limit: room})
		if err != nil {
			return list[task]{}, err
		}
		out.Items = append(out.Items, mapped(bindings.Items, showBindingTask)...)
	}
	return out, a.nameTasks(ctx, out.Items)
}

// reaches gives where within a place the caller holds office, and with it what
// may be done there. Without a place it is everywhere.
func (a *API) reaches(caller account.Caller, within region.Code) []procedure.Reach {
	now := a.clock.Now()
	var out []procedure.Reach
	for _, g := range caller.Grants {
		at := g.Region
		switch {
		case strings.HasPrefix(string(at), string(within)):
		case strings.HasPrefix(string(within), string(at)):
			at = within
		default:
			continue
		}
		out = append(out, procedure.Reach{Region: at, May: func(power string) bool {
			_, ok := a.accounts.Policy().May(caller, power, at, now)
			return ok
		}})
	}
	return out
}

func (a *API) nameTasks(ctx context.Context, ts []task) error {
	names, err := a.regions.Names(ctx, mapped(ts, func(t task) region.Code { return t.Region }))
	if err != nil {
		return err
	}
	for i := range ts {
		ts[i].RegionName = names[ts[i].Region]
	}
	if err := a.titleQuestions(ctx, ts); err != nil {
		return err
	}
	return a.titleConcerns(ctx, ts)
}

func showTask(t procedure.Task) task {
	return task{
		Kind: "case", ID: t.CaseID, SubjectID: t.SubjectID, Procedure: t.Procedure, Region: t.Region, Stage: t.Stage,
		StageName: t.StageName, DueAt: stampOrNil(t.DueAt), Overdue: t.Overdue, Actions: mapped(t.Actions, showAvailable),
	}
}

func showBindingTask(b account.BindingTask) task {
	name := "待核对的村民认证申请"
	if b.Kind == "countersign" {
		name = "待复核的村民认证"
	}
	return task{Kind: "binding", ID: b.ID, Region: b.Village, Stage: b.Kind, StageName: name, Actions: []available{}}
}

func taskCursor(c procedure.TaskCursor) string {
	due := int64(0)
	if !c.DueAt.IsZero() {
		due = c.DueAt.UnixMilli()
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(due, 36) + "." + c.ID))
}

func readTaskCursor(s string) (procedure.TaskCursor, error) {
	if s == "" {
		return procedure.TaskCursor{}, nil
	}
	bad := errCursor.At("query.cursor", "翻页标记不对")
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return procedure.TaskCursor{}, bad
	}
	due, id, ok := strings.Cut(string(raw), ".")
	ms, err := strconv.ParseInt(due, 36, 64)
	if !ok || err != nil || ms < 0 || len(id) != 26 {
		return procedure.TaskCursor{}, bad
	}
	c := procedure.TaskCursor{ID: id}
	if ms > 0 {
		c.DueAt = time.UnixMilli(ms)
	}
	return c, nil
}
