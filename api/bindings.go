package api

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// binding is a person's confirmed tie to the roll, as officers see it.
type binding struct {
	ID            string      `json:"id"`
	Region        region.Code `json:"region"`
	Name          string      `json:"name"`
	Standing      string      `json:"standing" enum:",reader,voter"`
	Method        string      `json:"method" enum:",phone,last4,clerk"`
	Confirmed     bool        `json:"confirmed"`
	Countersigned bool        `json:"countersigned"`
}

func showBinding(b account.BindingView) binding {
	return binding{ID: b.ID, Region: b.Village, Name: b.Name, Standing: string(b.Standing), Method: string(b.Method), Confirmed: b.Confirmed, Countersigned: b.Countersigned}
}

// BindingTask is a binding that waits for a word.
type BindingTask struct {
	Kind      string      `json:"kind" enum:"request,confirm,countersign" doc:"request 对不上名册的申请；confirm 后四位对上的；countersign 等监委会复核的"`
	ID        string      `json:"id"`
	Region    region.Code `json:"region"`
	Name      string      `json:"name"`
	Method    string      `json:"method"`
	CreatedAt string      `json:"created_at"`
}

func showBindingLine(t account.BindingTask) BindingTask {
	return BindingTask{Kind: t.Kind, ID: t.ID, Region: t.Village, Name: t.Name, Method: string(t.Method), CreatedAt: stamp(t.CreatedAt)}
}

// requestDetail is a request in clear; that it was read is in the journal.
type requestDetail struct {
	BindingTask
	FullName   string     `json:"full_name"`
	Phone      string     `json:"phone,omitempty"`
	Last4      string     `json:"last4,omitempty"`
	Candidates []resident `json:"candidates" doc:"名册上同名的人"`
}

// bindingAction is a decision: which one is needed depends on the kind.
type bindingAction struct {
	IDPath
	Body struct {
		Action     string `json:"action" enum:"accept,refuse,confirm,countersign,end"`
		ResidentID string `json:"resident_id,omitempty" maxLength:"40" doc:"accept：是名册上的哪个人"`
		Reason     string `json:"reason,omitempty" maxLength:"200" doc:"refuse、end：为什么"`
	}
}

func (a *API) mountBindings() {
	type query struct {
		Region string `query:"region" pattern:"^([0-9]{2,14})?$" patternDescription:"2 到 14 位数字的地区代码"`
		Cursor string `query:"cursor" maxLength:"200"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{id: "list-bindings", path: "/bindings", tag: "名册", access: signedIn, summary: "等我核对或复核的村民认证"},
		func(ctx context.Context, c account.Caller, in *query) (list[BindingTask], error) {
			p, err := a.accounts.BindingTasks(ctx, c, account.BindingQuery{Region: region.Code(in.Region), After: in.Cursor, Limit: in.Limit})
			return list[BindingTask]{Items: mapped(p.Items, showBindingLine), Next: p.Next}, err
		})
	write(a, route{
		id: "open-binding-request", path: "/bindings/{id}/open", tag: "名册", access: signedIn,
		summary: "打开一条对不上的申请，看本人填了什么", detail: "会看到没有隐去的内容，所以每次打开都记录在案。",
	},
		func(ctx context.Context, c account.Caller, act audit.Act, in *IDPath) (account.RequestDetail, error) {
			act.Receipt = nil // a receipt would keep what was shown
			return a.accounts.OpenRequest(ctx, c, act, in.ID)
		}, func(d account.RequestDetail) requestDetail {
			return requestDetail{BindingTask: showBindingLine(d.Task), FullName: d.Name, Phone: d.Phone, Last4: d.Last4, Candidates: mapped(d.Candidates, showResident)}
		})
	write(a, route{
		id: "act-on-binding", path: "/bindings/{id}/actions", tag: "名册", access: signedIn,
		summary: "核对、复核、拒绝或解除认证", detail: "后四位对上的要由文书和监委会两个人分别确认，才能参加表决。",
		example: map[string]any{"action": "confirm"},
	}, a.actOnBinding, showBinding)
}

func (a *API) actOnBinding(ctx context.Context, c account.Caller, act audit.Act, in *bindingAction) (account.BindingView, error) {
	switch b := in.Body; b.Action {
	case "accept":
		return a.accounts.ConfirmRequest(ctx, c, act, account.ConfirmInput{RequestID: in.ID, ResidentID: b.ResidentID})
	case "confirm":
		return a.accounts.ConfirmBinding(ctx, c, act, in.ID)
	case "countersign":
		return a.accounts.CountersignBinding(ctx, c, act, in.ID)
	case "refuse":
		act.Receipt = refusedReceipt(ctx, act.Receipt)
		t, err := a.accounts.RefuseRequest(ctx, c, act, account.DecisionInput{ID: in.ID, Reason: b.Reason})
		return refused(t), err
	case "end":
		act.Receipt = nil // nothing to show: a repeat is told that it is over
		return account.BindingView{ID: in.ID}, a.accounts.EndBinding(ctx, c, act, account.DecisionInput{ID: in.ID, Reason: b.Reason})
	}
	return account.BindingView{}, fault.ErrInvalid.At("body.action", "没有这一步")
}

// refused shows a refused request in the one shape of this endpoint.
func refused(t account.BindingTask) account.BindingView {
	return account.BindingView{ID: t.ID, Village: t.Village, Name: t.Name, Method: t.Method}
}

func refusedReceipt(ctx context.Context, r *audit.Receipt) *audit.Receipt {
	if r == nil {
		return nil
	}
	return receipt(requestFrom(ctx), 200, func(t account.BindingTask) binding { return showBinding(refused(t)) })
}
