package api

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/consultation"
	"cunwu/service/consultation/opinion"
	"cunwu/service/fault"
	"cunwu/service/region"
)

type newTopic struct {
	Region   region.Code `json:"region" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" doc:"村（社区）代码"`
	Group    region.Code `json:"group,omitempty" pattern:"^([0-9]{14})?$" patternDescription:"14 位数字的村民小组代码" doc:"只涉及一个组的，填组代码"`
	Channel  string      `json:"channel,omitempty" enum:"ordinary,come_consult" default:"ordinary" doc:"ordinary 村民协商；come_consult 有事来协商"`
	Source   string      `json:"source" enum:"concern,villager,committee,deputy,cppcc_member" doc:"议题来源：concern 村民反映，villager 村民，committee 村（居）委会，deputy 人大代表，cppcc_member 政协委员"`
	Concern  string      `json:"concern_id,omitempty" maxLength:"40" doc:"来自哪一件反映"`
	Item     string      `json:"item,omitempty" maxLength:"8" doc:"议事协商事项指导目录的代码，见 /consultations/directory；目录里没有就不填"`
	Title    string      `json:"title" minLength:"4" maxLength:"60" doc:"议题"`
	Question string      `json:"question" minLength:"4" maxLength:"300" doc:"想问大家什么"`
	Why      string      `json:"why,omitempty" maxLength:"2000" doc:"情况说明"`
	Liaison  string      `json:"cppcc_liaison,omitempty" maxLength:"60" doc:"有事来协商：政协联络单位"`
}

func (b newTopic) topic() consultation.NewTopic {
	return consultation.NewTopic{
		Region: b.Region, Group: b.Group, Channel: consultation.Channel(b.Channel), Topic: consultation.Topic{
			Title: b.Title, Question: b.Question, Why: b.Why, Source: consultation.Source(b.Source), ConcernID: b.Concern,
			Item: b.Item, Liaison: b.Liaison,
		},
	}
}

func (a *API) mountConsultations(g *gin.RouterGroup) {
	a.mountConsultationReads()
	a.mountConsultationWrites()
	a.mountStatements()
	g.GET("/api/v1/consultations/:id/moderation.csv", a.moderationLog)
	a.documentModerationLog()
}

func (a *API) knownConsultation(ctx context.Context, caller account.Caller, id string) error {
	return a.consultations.Known(ctx, caller, id)
}

func (a *API) knownStatement(ctx context.Context, caller account.Caller, id string) error {
	return a.consultations.KnownStatement(ctx, caller, id)
}

func (a *API) mountConsultationReads() {
	type listQuery struct {
		Region     string `query:"region" pattern:"^[0-9]{2,14}$" patternDescription:"2 到 14 位数字的地区代码" doc:"地区代码，任何级别；查 resolution 或 concern 时可以不填" example:"510821102200"`
		Resolution string `query:"resolution" maxLength:"40" doc:"只看提交了这个决议事项的"`
		Concern    string `query:"concern" maxLength:"40" doc:"只看来自这一件反映的"`
		State      string `query:"state" maxLength:"20" doc:"只看这个状态的"`
		Cursor     string `query:"cursor" maxLength:"40"`
		Limit      int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-consultations", path: "/consultations", tag: "协商", public: true,
		summary: "一个地方和它下面所有地方的协商，新的在前", detail: "预审开始以后公开。转到调解、信访、公安的涉及个人，不公开。",
	}, func(ctx context.Context, caller account.Caller, in *listQuery) (list[ConsultationLine], error) {
		q := consultation.Query{Region: region.Code(in.Region), State: consultation.State(in.State), Limit: in.Limit}
		switch {
		case in.Resolution != "":
			q.LinkKind, q.Target = consultation.LinkResolution, in.Resolution
		case in.Concern != "":
			q.LinkKind, q.Target = consultation.LinkConcern, in.Concern
		case in.Region == "":
			return list[ConsultationLine]{}, fault.ErrInvalid.At("query.region", "请给出地区代码")
		}
		if in.Resolution != "" && in.Concern != "" {
			return list[ConsultationLine]{}, fault.ErrInvalid.At("query.concern", "resolution 和 concern 只能给一个")
		}
		name := "consultations/" + in.Region + "/" + in.State + "/" + string(q.LinkKind) + "/" + q.Target
		before, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[ConsultationLine]{}, err
		}
		q.Before = before
		p, err := a.consultations.List(ctx, caller, q)
		return list[ConsultationLine]{Items: mapped(p.Items, showConsultationLine), Next: makeCursor(name, p.Next)}, err
	})
	read(a, route{
		id: "get-consultation-directory", path: "/consultations/directory", tag: "协商", public: true,
		summary: "议事协商事项指导目录和网上协商的规则", detail: "事项、例子、建议形式、应请谁、怎么定、法律界线，各有出处。",
	}, func(context.Context, account.Caller, *struct{}) (directoryShown, error) {
		return showDirectory(a.consultations.Directory()), nil
	})
	read(a, route{
		id: "get-consultation", path: "/consultations/{id}", tag: "协商", public: true, known: a.knownConsultation,
		summary: "一次协商：问题、到了哪一步、说了什么、结果、落实",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (consultationShown, error) {
		c, err := a.consultations.Consultation(ctx, caller, in.ID)
		if err != nil {
			return consultationShown{}, err
		}
		return showConsultation(c), nil
	})
	read(a, route{
		id: "get-consultation-groups", path: "/consultations/{id}/groups", tag: "协商", public: true, known: a.knownConsultation,
		summary: "大家的看法怎样分布：计数、分组、共识、分歧", detail: "计数一直公开；表态的人满规定人数才显示分组，一组太少不单独显示，从不指出某个人。",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (opinionsShown, error) {
		o, err := a.consultations.Groups(ctx, caller, in.ID)
		if err != nil {
			return opinionsShown{}, err
		}
		return showOpinions(o), nil
	})
	read(a, route{
		id: "get-consultation-result", path: "/consultations/{id}/result", tag: "协商", public: true, known: a.knownConsultation,
		summary: "协商的结果：意见、理由、去向、落实、反馈、评价",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (ConsultationResult, error) {
		c, err := a.consultations.Consultation(ctx, caller, in.ID)
		if err != nil {
			return ConsultationResult{}, err
		}
		return showConsultation(c).ConsultationResult, nil
	})
}

func (a *API) mountConsultationWrites() {
	write(a, route{
		id: "create-consultation", path: "/consultations", tag: "协商", access: signedIn, status: http.StatusCreated,
		summary: "提出一个议题", detail: "认证过的本村村民可以提（来源填 villager 或 concern）；村干部可以代表村委会、人大代表、政协委员登记。",
		example: map[string]any{
			"region": "510821102200", "source": "villager", "item": "B01", "title": "三组便道从哪家地边过",
			"question": "便道硬化走沟边老路，还是取直从坡地过？", "why": "老路绕，取直要占三户的坡地，几户意见不同。",
		},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct{ Body newTopic }) (consultation.Consultation, error) {
		return a.consultations.Propose(ctx, caller, act, in.Body.topic())
	}, showConsultation)
	write(a, route{
		id: "act-on-consultation", path: "/consultations/{id}/actions", tag: "协商", access: signedIn, known: a.knownConsultation,
		summary: "办一步：送预审、预审、定主体、预告、开始、结束、形成意见、落实、反馈……", detail: "能办哪一步、要填什么，看 available_actions。没有意见和理由不能结束。",
		example: map[string]any{"action": "forward", "note": "材料已核对。"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body actionBody
	},
	) (consultation.Consultation, error) {
		return a.consultations.Act(ctx, caller, act, in.ID, in.Body.Input)
	}, showConsultation)
	type ratingBody struct {
		Rating string `json:"rating" enum:"satisfied,basic,dissatisfied" doc:"满意、基本满意、不满意"`
	}
	write(a, route{
		id: "rate-consultation", method: http.MethodPut, path: "/consultations/{id}/rating", tag: "协商", access: signedIn, known: a.knownConsultation,
		summary: "评价这次协商办得怎样", detail: "反馈以后，认证过的本村村民可以评，可以改，只有自己能改。", example: map[string]any{"rating": "satisfied"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body ratingBody
	},
	) (consultation.Ratings, error) {
		return a.consultations.Rate(ctx, caller, act, in.ID, in.Body.Rating)
	}, showRatings)
}

// StatementBody is what a villager says.
type StatementBody struct {
	Text string `json:"text" minLength:"2" maxLength:"140" doc:"一条意见，一行，说一件事，不超过 140 个字"`
}

func (a *API) mountStatements() {
	read(a, route{
		id: "list-statements", path: "/consultations/{id}/statements", tag: "协商", public: true, known: a.knownConsultation,
		summary: "村民发表的意见和表态计数", detail: "不显示姓名。被隐藏的只有作者和审核的人看得到，附理由。",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (list[statementShown], error) {
		all, err := a.consultations.Statements(ctx, caller, in.ID)
		return list[statementShown]{Items: mapped(all, showStatement)}, err
	})
	write(a, route{
		id: "create-statement", path: "/consultations/{id}/statements", tag: "协商", access: signedIn, status: http.StatusCreated, known: a.knownConsultation,
		summary: "发表一条意见", detail: "网上协商进行中，认证过的本村村民可以发表，显示为“村民发表”。",
		example: map[string]any{"text": "走老路，不占地，多绕几十米也行。"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body StatementBody
	},
	) (consultation.Statement, error) {
		return a.consultations.Speak(ctx, caller, act, in.ID, in.Body.Text)
	}, showStatement)
	write(a, route{
		id: "edit-statement", method: http.MethodPut, path: "/statements/{id}", tag: "协商", access: signedIn, known: a.knownStatement,
		summary: "修改自己的意见", detail: "别人表态以后就不能改了。", example: map[string]any{"text": "走老路，不占地。"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body StatementBody
	},
	) (consultation.Statement, error) {
		return a.consultations.Reword(ctx, caller, act, in.ID, in.Body.Text)
	}, showStatement)
	write(a, route{
		id: "withdraw-statement", method: http.MethodDelete, path: "/statements/{id}", tag: "协商", access: signedIn, known: a.knownStatement,
		summary: "收回自己的意见", detail: "收回以后不再显示，档案里保留。",
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *IDPath) (consultation.Statement, error) {
		return a.consultations.Withdraw(ctx, caller, act, in.ID)
	}, showStatement)
	type voteBody struct {
		Vote string `json:"vote" enum:"agree,disagree,pass" doc:"赞成、不赞成、说不好"`
	}
	write(a, route{
		id: "vote-on-statement", method: http.MethodPut, path: "/statements/{id}/vote", tag: "协商", access: signedIn, known: a.knownStatement,
		summary: "对一条意见表态", detail: "一人一次，可以改。", example: map[string]any{"vote": "agree"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body voteBody
	},
	) (consultation.Statement, error) {
		return a.consultations.Vote(ctx, caller, act, in.ID, voteCodes[in.Body.Vote])
	}, showStatement)
	type moderationBody struct {
		Action string `json:"action" enum:"hide,restore" doc:"隐藏、恢复显示"`
		Kind   string `json:"kind,omitempty" maxLength:"32" doc:"隐藏的类别，见 /consultations/directory 的 moderation"`
		Reason string `json:"reason" minLength:"4" maxLength:"200" doc:"理由，公开"`
	}
	write(a, route{
		id: "moderate-statement", path: "/statements/{id}/moderation", tag: "协商", access: signedIn, known: a.knownStatement,
		summary: "隐藏一条意见或恢复显示", detail: "由监委会或文书办理，写明类别和理由，作者看得到；只隐藏，不删除。",
		example: map[string]any{"action": "hide", "kind": "off_topic", "reason": "说的是另一件事，请到村民说事反映。"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body moderationBody
	},
	) (consultation.Statement, error) {
		b := in.Body
		return a.consultations.Moderate(ctx, caller, act, in.ID, consultation.Moderation{Action: b.Action, Kind: b.Kind, Reason: b.Reason})
	}, showStatement)
}

var voteCodes = map[string]opinion.Vote{"agree": opinion.Agree, "disagree": opinion.Disagree, "pass": opinion.Pass}

// moderationLog serves the log as a file that spreadsheets open. It is public
// where the consultation is, and asks for no token.
func (a *API) moderationLog(c *gin.Context) {
	a.serveLog(c, "moderation.csv", func(begin func() io.Writer) error {
		return a.consultations.ModerationLog(c.Request.Context(), account.Caller{}, c.Param("id"), begin)
	})
}

// serveLog serves a public log as a file; write begins it once nothing more can
// be refused.
func (a *API) serveLog(c *gin.Context, name string, write func(begin func() io.Writer) error) {
	err := write(func() io.Writer {
		h := c.Writer.Header()
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
		h.Set("Cache-Control", "public, max-age=10")
		h.Set("Access-Control-Allow-Origin", "*")
		c.Status(http.StatusOK)
		return c.Writer
	})
	switch {
	case err == nil:
	case c.Writer.Written():
		// A file that ends early must not look whole.
		a.log.WarnContext(c.Request.Context(), "log cut short", "cause", err)
		panic(http.ErrAbortHandler)
	default:
		a.refuse(c, err)
	}
}

func (a *API) documentModerationLog() {
	oapi := a.huma.OpenAPI()
	problem := &huma.Response{Description: "没有这次协商", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: oapi.Components.Schemas.Schema(typeOf[Problem](), true, "Problem")},
	}}
	oapi.AddOperation(&huma.Operation{
		OperationID: "get-moderation-log", Method: http.MethodGet, Path: "/api/v1/consultations/{id}/moderation.csv", Tags: []string{"协商"},
		Summary: "意见审核记录，CSV", Description: "意见编号、处理、类别、理由、由哪个职务处理、时间。没有姓名，也没有被隐藏的文字。",
		Security:   openToAll(),
		Parameters: []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: "string", MinLength: ptr(1), MaxLength: ptr(40)}}},
		Responses: map[string]*huma.Response{
			"200": {Description: "记录", Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: "string"}}}}, "404": problem,
		},
	})
}
