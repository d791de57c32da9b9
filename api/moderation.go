package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/moderation"
	"cunwu/service/region"
)

const moderationTag = "审核"

func (a *API) mountModeration(g *gin.RouterGroup) {
	a.mountModerationQueue()
	a.mountModerationLog()
	g.GET("/media/check/:token", a.serveChecked)
	g.HEAD("/media/check/:token", a.serveChecked)
	g.GET("/open/moderation.csv", a.openModerationLog)
	a.documentOpenModeration()
}

func (a *API) mountModerationQueue() {
	type moderationQuery struct {
		Region string `query:"region" required:"true" pattern:"^[0-9]{2,14}$" patternDescription:"2 到 14 位数字的地区代码" doc:"地区代码，任何级别" example:"510821102200"`
		Cursor string `query:"cursor" maxLength:"40"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-moderation-queue", path: "/moderation/queue", tag: moderationTag, access: signedIn,
		summary: "等人审核的文字、照片和录音，先来的在前", detail: "微信认为有疑问、有风险，没有结果，或者没法检查的，都在这里等人决定。只有审核人员能看。",
	}, func(ctx context.Context, caller account.Caller, in *moderationQuery) (list[waitingShown], error) {
		name := "moderation/" + in.Region
		after, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[waitingShown]{}, err
		}
		q, err := a.moderation.Queue(ctx, caller, region.Code(in.Region), after, in.Limit)
		return list[waitingShown]{Items: mapped(q.Items, showWaiting), Next: makeCursor(name, q.Next)}, err
	})
	type checkDecisionBody struct {
		Action string `json:"action" enum:"approve,reject" doc:"approve 通过，reject 不通过"`
		Kind   string `json:"kind,omitempty" maxLength:"16" doc:"不通过的类别，见 /moderation/policy 的 violations"`
		Reason string `json:"reason,omitempty" maxLength:"200" doc:"理由，公开；不通过必须写，4 到 200 个字"`
	}
	write(a, route{
		id: "decide-check", path: "/moderation/checks/{id}/actions", tag: moderationTag, access: signedIn, known: a.moderation.Known,
		summary: "决定一段文字、一张照片或一段录音能不能公开", detail: "人的决定不会被后来的自动结果改变。不能审自己提交的内容。每次处理记入公开的审核记录。",
		example: map[string]any{"action": "reject", "kind": "privacy", "reason": "照片里拍到了别人的身份证。"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body checkDecisionBody
	},
	) (moderation.Check, error) {
		b := in.Body
		return a.moderation.Decide(ctx, caller, act, in.ID, b.Action == moderation.Approve, b.Kind, b.Reason)
	}, showCheck)
	type checksDecisionBody struct {
		Action string   `json:"action" enum:"approve,reject" doc:"approve 通过，reject 不通过"`
		Kind   string   `json:"kind,omitempty" maxLength:"16" doc:"不通过的类别，见 /moderation/policy 的 violations"`
		Reason string   `json:"reason,omitempty" maxLength:"200" doc:"理由，公开；不通过必须写，4 到 200 个字"`
		IDs    []string `json:"ids" minItems:"1" maxItems:"50" doc:"待审内容的编号，一次最多 50 条；有一条不能处理，就都不处理"`
	}
	write(a, route{
		id: "decide-checks", path: "/moderation/actions", tag: moderationTag, access: signedIn,
		summary: "一次决定多条", detail: "理由和类别对每一条都一样。", example: map[string]any{"action": "approve", "ids": []string{"aaaaaaaaaaaaaaaaaaaaaaaaaa"}},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct{ Body checksDecisionBody }) ([]moderation.Check, error) {
		b := in.Body
		return a.moderation.DecideAll(ctx, caller, act, b.IDs, b.Action == moderation.Approve, b.Kind, b.Reason)
	}, func(cs []moderation.Check) list[CheckLine] { return list[CheckLine]{Items: mapped(cs, showCheck)} })
}

func (a *API) mountModerationLog() {
	type moderationLogQuery struct {
		Region string `query:"region" required:"true" pattern:"^[0-9]{2,14}$" patternDescription:"2 到 14 位数字的地区代码" doc:"地区代码，任何级别" example:"510821102200"`
		Cursor string `query:"cursor" maxLength:"40"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-moderation-log", path: "/moderation/log", tag: moderationTag, public: true,
		summary: "公开的审核记录，早的在前", detail: "什么内容、怎么处理、类别、理由、由哪个职务处理、时间。没有姓名，也没有被处理的文字。CSV 见 /open/moderation.csv。",
	}, func(ctx context.Context, _ account.Caller, in *moderationLogQuery) (list[moderationShown], error) {
		name := "moderation-log/" + in.Region
		after, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[moderationShown]{}, err
		}
		p, err := a.moderation.PublicLog(ctx, region.Code(in.Region), after, in.Limit)
		return list[moderationShown]{Items: mapped(p.Lines, showModeration), Next: makeCursor(name, p.Next)}, err
	})
	read(a, route{
		id: "get-moderation-policy", path: "/moderation/policy", tag: moderationTag, public: true,
		summary: "公开的审核办法：怎么审、什么不能公开", detail: "出处见 sources。",
	}, func(context.Context, account.Caller, *struct{}) (policyShown, error) {
		return showPolicy(a.moderation.Policy()), nil
	})
}

// serveChecked hands a file that is under check to whoever has its signed
// address: the platform, which signs in nowhere.
func (a *API) serveChecked(c *gin.Context) {
	f, err := a.moderation.OpenLink(c.Request.Context(), c.Param("token"))
	if err != nil {
		a.refuse(c, err)
		return
	}
	defer func() { _ = f.Body.Close() }() // read side: nothing is lost
	h := c.Writer.Header()
	h.Set("Content-Type", f.ContentType)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Robots-Tag", "noindex")
	if rs, ok := f.Body.(io.ReadSeeker); ok {
		http.ServeContent(c.Writer, c.Request, "", time.Time{}, rs)
		return
	}
	c.DataFromReader(http.StatusOK, f.Size, f.ContentType, f.Body, nil)
}

// openModerationLog serves the log as a file that spreadsheets open.
func (a *API) openModerationLog(c *gin.Context) {
	at := c.Query("region")
	if !placeCode.MatchString(at) {
		a.refuse(c, moderation.ErrQuery.At("query.region", "请填写 2 到 14 位数字的地区代码。"))
		return
	}
	a.serveLog(c, "moderation-"+at+".csv", func(begin func() io.Writer) error {
		return a.moderation.WriteLog(c.Request.Context(), region.Code(at), begin)
	})
}

func (a *API) documentOpenModeration() {
	oapi := a.huma.OpenAPI()
	problem := &huma.Response{Description: "拒绝", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: oapi.Components.Schemas.Schema(typeOf[Problem](), true, "Problem")},
	}}
	oapi.AddOperation(&huma.Operation{
		OperationID: "export-moderation-log", Method: http.MethodGet, Path: "/open/moderation.csv", Tags: []string{moderationTag},
		Summary: "公开的审核记录，CSV", Description: "一个地方和它下面所有地方的全部记录。没有姓名，也没有被处理的文字。",
		Security: openToAll(),
		Parameters: []*huma.Param{{
			Name: "region", In: "query", Required: true, Description: "地区代码", Example: "510821102200",
			Schema: &huma.Schema{Type: "string", Pattern: "^[0-9]{2,14}$"},
		}},
		Responses: map[string]*huma.Response{
			"200": {Description: "记录", Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: "string"}}}}, "422": problem,
		},
	})
	file := &huma.Schema{Type: "string", Format: "binary"}
	oapi.AddOperation(&huma.Operation{
		OperationID: "get-checked-file", Method: http.MethodGet, Path: "/media/check/{token}", Tags: []string{moderationTag},
		Summary: "微信来取待审的照片和录音", Description: "地址由系统签发，两小时内有效，只打开那一个文件。",
		Security:   openToAll(),
		Parameters: []*huma.Param{{Name: "token", In: "path", Required: true, Schema: &huma.Schema{Type: "string", MinLength: ptr(1), MaxLength: ptr(200)}}},
		Responses: map[string]*huma.Response{
			"200": {Description: "文件", Content: map[string]*huma.MediaType{"image/jpeg": {Schema: file}, "image/png": {Schema: file}, "audio/mpeg": {Schema: file}}},
			"404": problem,
		},
	})
}
