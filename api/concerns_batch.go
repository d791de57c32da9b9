package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/concern"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// batchBody is one step for several concerns: as actionBody, with "ids".
type batchBody struct {
	actionBody
	IDs []string
}

// UnmarshalJSON takes the fields apart.
func (b *batchBody) UnmarshalJSON(raw []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	if err := json.Unmarshal(all["ids"], &b.IDs); err != nil {
		return err
	}
	delete(all, "ids")
	rest, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return b.actionBody.UnmarshalJSON(rest)
}

// Schema describes the body for the document and for the check of its shape.
func (b batchBody) Schema(r huma.Registry) *huma.Schema {
	s := b.actionBody.Schema(r)
	delete(s.Properties, "media")
	s.Properties["ids"] = &huma.Schema{
		Type: "array", MinItems: ptr(1), MaxItems: ptr(50), Items: &huma.Schema{Type: "string", MaxLength: ptr(40)}, Description: "说事的编号，不重复",
	}
	s.Required = []string{"ids", "action"}
	s.PrecomputeMessages()
	s.Properties["ids"].PrecomputeMessages()
	s.Properties["ids"].Items.PrecomputeMessages()
	return s
}

// batchResult is what came of one concern.
type batchResult struct {
	ID     string         `json:"id"`
	OK     bool           `json:"ok"`
	State  string         `json:"state,omitempty" doc:"办了以后的状态"`
	Code   string         `json:"code,omitempty" example:"procedure.stage" doc:"没有办成：错误代码"`
	Detail string         `json:"detail,omitempty" doc:"没有办成：一句话"`
	Errors []ProblemField `json:"errors,omitempty"`
}

func showBatchResult(r concern.BatchResult) batchResult {
	f := fault.Of(r.Err)
	if f == nil {
		return batchResult{ID: r.ID, OK: true, State: string(r.State)}
	}
	return batchResult{ID: r.ID, Code: f.Code, Detail: f.Message, Errors: mapped(f.Fields, func(x fault.Field) ProblemField { return ProblemField(x) })}
}

func (a *API) mountConcernBatch() {
	write(a, route{
		id: "act-on-concerns", path: "/concerns/batch", tag: "说事", access: signedIn,
		summary: "几件说事一起办同一步", detail: "最多 50 件。每件各办各的，有的不能办不影响别的；逐件说明结果。",
		example: map[string]any{"ids": []string{"01hzy6w9m3n4p5q6r7s8t9v0wx"}, "action": "register"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *struct{ Body batchBody }) ([]concern.BatchResult, error) {
		return a.concerns.Batch(ctx, c, act, in.Body.IDs, in.Body.Input)
	}, func(rs []concern.BatchResult) list[batchResult] {
		return list[batchResult]{Items: mapped(rs, showBatchResult)}
	})
	type reportInput struct {
		Code string `path:"code" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" example:"510821102200"`
		Body struct {
			Month string `json:"month" pattern:"^[0-9]{4}-[0-9]{2}$" patternDescription:"月份，如 2026-08" doc:"哪个月" example:"2026-08"`
		}
	}
	write(a, route{
		id: "draft-concern-report", path: "/regions/{code}/concerns/report", tag: "说事", access: signedIn, status: http.StatusCreated, known: a.knownPlace,
		summary: "由记录起草一个月的“村民说事清单与办理结果”（C03）", detail: "只列公开的说事，不写说事人，也不写说了什么。起草以后按一般公开走审查、发布。",
		example: map[string]any{"month": "2026-08"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *reportInput) (disclosure.Posting, error) {
		return a.concerns.Report(ctx, c, act, concern.NewReport{Region: region.Code(in.Code), Month: in.Body.Month})
	}, showPosting)
}
