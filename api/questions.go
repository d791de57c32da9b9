package api

import (
	"context"
	"net/http"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/question"
	"cunwu/service/region"
)

// askedQuestion is one question or objection as the caller may see it. Who asked
// is not part of it, but for those who must answer, by a masked name.
type askedQuestion struct {
	ID           string      `json:"id"`
	DisclosureID string      `json:"disclosure_id"`
	Disclosure   string      `json:"disclosure_title" doc:"所问公开的标题；撤下更正时为空"`
	Version      int         `json:"version" doc:"问的是第几版"`
	Region       region.Code `json:"region"`
	ItemCode     string      `json:"item_code" example:"D02"`
	Kind         string      `json:"kind" enum:"question,objection" doc:"question 村民提问，objection 监委会异议"`
	Author       string      `json:"author" enum:"村民,监委会" doc:"村民提问不显示姓名"`
	Asker        string      `json:"asker,omitempty" example:"王*成" doc:"遮盖后的姓名，只有要答复的人看得到"`
	Line         *int        `json:"line" doc:"问的是第几行明细，从 0 开始；null 是问整条公开"`
	Text         string      `json:"text"`
	AskedAt      string      `json:"asked_at"`
	State        string      `json:"state" enum:"asked,answered,escalated,decided,settled,unsettled"`
	StateName    string      `json:"state_name" example:"等村委会答复"`
	DueAt        *string     `json:"due_at" doc:"最晚什么时候答复；不欠答复时为 null"`
	Overdue      bool        `json:"overdue" doc:"过期还没有答复"`
	Answers      []answer    `json:"answers"`
	Joined       int         `json:"joined" doc:"多少人同问"`
	Mine         bool        `json:"mine"`
	JoinedByMe   bool        `json:"joined_by_me"`
	Available    []available `json:"available_actions"`
}

type answer struct {
	Kind string `json:"kind" enum:"answer,decision,reply" doc:"answer 村委会答复，decision 乡镇答复，reply 提问人说哪里不满意"`
	Text string `json:"text"`
	By   string `json:"by" example:"李*四 文书" doc:"遮盖后的姓名和职务"`
	At   string `json:"at"`
}

func showQuestion(q question.Question) askedQuestion {
	out := askedQuestion{
		ID: q.ID, DisclosureID: q.PostingID, Disclosure: q.PostingTitle, Version: q.Version, Region: q.Region,
		ItemCode: q.ItemCode, Kind: string(q.Kind), Author: "村民", Asker: q.Asker, Line: q.Line, Text: q.Text,
		AskedAt: stamp(q.AskedAt), State: string(q.State), StateName: q.State.Name(), DueAt: stampOrNil(q.DueAt),
		Overdue: q.Overdue, Joined: q.Joined, Mine: q.Mine, JoinedByMe: q.JoinedByMe,
		Answers: mapped(q.Words, func(w question.Word) answer {
			return answer{Kind: string(w.Kind), Text: w.Text, By: w.By, At: stamp(w.At)}
		}),
		Available: mapped(q.Available, showAvailable),
	}
	if q.Kind == question.Objected {
		out.Author = "监委会"
	}
	return out
}

func showQuestions(name string, p question.Page) list[askedQuestion] {
	return list[askedQuestion]{Items: mapped(p.Items, showQuestion), Next: makeCursor(name, p.Next)}
}

type askBody struct {
	Text string `json:"text" minLength:"5" maxLength:"300" doc:"问什么；不要写身份证号、手机号等个人信息"`
	Line *int   `json:"line,omitempty" minimum:"0" maximum:"4999" nullable:"true" doc:"问某一行明细的，填第几行，从 0 开始"`
}

type objectBody struct {
	Text string `json:"text" minLength:"5" maxLength:"300" doc:"异议内容"`
	Line *int   `json:"line,omitempty" minimum:"0" maximum:"4999" nullable:"true" doc:"针对某一行明细的，填第几行，从 0 开始"`
}

func (a *API) mountQuestions() {
	a.mountAsking()
	a.mountAnswering()
	a.mountQuestionLists()
}

func (a *API) mountAsking() {
	known := func(ctx context.Context, c account.Caller, id string) error { return a.disclosures.Known(ctx, c, id) }
	write(a, route{
		id: "ask-about-disclosure", path: "/disclosures/{id}/questions", tag: "询问", access: signedIn, status: http.StatusCreated, known: known,
		summary: "对一条公开提问", detail: "本村认证村民可以提。其他村民看不到是谁提的。十日内村委会答复，过期自动交乡镇。",
		example: map[string]any{"text": "路灯电费比上个月多了一倍，是多装了灯吗？", "line": 1},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *struct {
		IDPath
		Body askBody
	},
	) (question.Question, error) {
		return a.questions.Ask(ctx, c, act, question.NewQuestion{PostingID: in.ID, Text: in.Body.Text, Line: in.Body.Line})
	}, showQuestion)
	write(a, route{
		id: "object-to-disclosure", path: "/disclosures/{id}/objections", tag: "询问", access: signedIn, status: http.StatusCreated, known: known,
		summary: "监委会对已公布的内容提出异议", detail: "以监委会的名义，答复期限和村民提问一样。",
		example: map[string]any{"text": "鱼塘发包收入与合同约定的数额不一致，请说明。"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *struct {
		IDPath
		Body objectBody
	},
	) (question.Question, error) {
		return a.questions.Object(ctx, c, act, question.NewQuestion{PostingID: in.ID, Text: in.Body.Text, Line: in.Body.Line})
	}, showQuestion)
	type reportInput struct {
		Code string `path:"code" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" example:"510821102200"`
		Body struct {
			On    string `json:"on" format:"date" doc:"截至哪一天，也是公开的日期" example:"2026-09-30"`
			Since string `json:"since,omitempty" format:"date" doc:"从哪一天起；不填是截止日前 31 天"`
		}
	}
	write(a, route{
		id: "draft-question-report", path: "/regions/{code}/questions/report", tag: "询问", access: signedIn, status: http.StatusCreated, known: a.knownPlace,
		summary: "由记录起草“询问质疑与答复”（K06）", detail: "把这段时间答复过的公开提问列成一张表，不含提问人。只是起草，还要审查、确认、公布。",
		example: map[string]any{"on": "2026-09-30"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *reportInput) (disclosure.Posting, error) {
		return a.questions.Report(ctx, c, act, question.NewReport{Region: region.Code(in.Code), On: in.Body.On, Since: in.Body.Since})
	}, showPosting)
}

func (a *API) mountAnswering() {
	known := func(ctx context.Context, c account.Caller, id string) error { return a.questions.Known(ctx, c, id) }
	write(a, route{
		id: "act-on-question", path: "/questions/{id}/actions", tag: "询问", access: signedIn, known: known,
		summary: "答复、表态：answer、decide、settle、not_satisfied、unsettled",
		detail:  "能办哪一步，看 available_actions。只有提问人能说已解决；不满意的交乡镇，只交一次。",
		example: map[string]any{"action": "answer", "text": "上月多装了六盏路灯，电费单在村务公开栏旁可查。"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *struct {
		IDPath
		Body actionBody
	},
	) (question.Question, error) {
		return a.questions.Act(ctx, c, act, in.ID, in.Body.Input)
	}, showQuestion)
	write(a, route{
		id: "join-question", method: http.MethodPut, path: "/questions/{id}/joined", tag: "询问", access: signedIn, known: known,
		summary: "同问", detail: "我也想问这个。重复提交不会多算。",
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *IDPath) (question.Question, error) {
		return a.questions.Join(ctx, c, act, in.ID)
	}, showQuestion)
	write(a, route{
		id: "leave-question", method: http.MethodDelete, path: "/questions/{id}/joined", tag: "询问", access: signedIn, known: known,
		summary: "取消同问",
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *IDPath) (question.Question, error) {
		return a.questions.Leave(ctx, c, act, in.ID)
	}, showQuestion)
	read(a, route{
		id: "get-question", path: "/questions/{id}", tag: "询问", public: true, known: known, summary: "一个问题和它的答复",
	}, func(ctx context.Context, c account.Caller, in *IDPath) (askedQuestion, error) {
		q, err := a.questions.Question(ctx, c, in.ID)
		if err != nil {
			return askedQuestion{}, err
		}
		return showQuestion(q), nil
	})
}

func (a *API) mountQuestionLists() {
	known := func(ctx context.Context, c account.Caller, id string) error { return a.disclosures.Known(ctx, c, id) }
	type ofDisclosure struct {
		IDPath
		Cursor string `query:"cursor" maxLength:"40"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-disclosure-questions", path: "/disclosures/{id}/questions", tag: "询问", public: true, known: known,
		summary: "一条公开收到的问题和答复，新的在前",
	}, func(ctx context.Context, c account.Caller, in *ofDisclosure) (list[askedQuestion], error) {
		name := "questions/" + in.ID
		before, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[askedQuestion]{}, err
		}
		p, err := a.questions.Of(ctx, c, in.ID, before, in.Limit)
		return showQuestions(name, p), err
	})
	type inRegion struct {
		Code   string `path:"code" pattern:"^([0-9]{9}|[0-9]{12})$" patternDescription:"乡镇或村（社区）的代码" example:"510821102200"`
		State  string `query:"state" enum:"asked,answered,escalated,decided,settled,unsettled" doc:"只看这个状态的"`
		Cursor string `query:"cursor" maxLength:"40"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-region-questions", path: "/regions/{code}/questions", tag: "询问", public: true,
		summary: "一个村或一个乡镇收到的问题，新的在前",
	}, func(ctx context.Context, c account.Caller, in *inRegion) (list[askedQuestion], error) {
		name := "questions/" + in.Code + "/" + in.State
		before, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[askedQuestion]{}, err
		}
		p, err := a.questions.In(ctx, c, question.Query{
			Region: region.Code(in.Code), State: question.State(in.State), Before: before, Limit: in.Limit,
		})
		return showQuestions(name, p), err
	})
}

// titleQuestions writes above the caller's tasks what was asked.
func (a *API) titleQuestions(ctx context.Context, ts []task) error {
	var ids []string
	for _, t := range ts {
		if t.Procedure == question.Procedure {
			ids = append(ids, t.SubjectID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	titles, err := a.questions.Titles(ctx, ids)
	if err != nil {
		return err
	}
	for i := range ts {
		if ts[i].Procedure == question.Procedure {
			ts[i].Title = titles[ts[i].SubjectID]
		}
	}
	return nil
}
