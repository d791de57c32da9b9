package api

import (
	"context"
	"net/http"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/covenant"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

const covenantTag = "村规民约"

type newRevision struct {
	Region region.Code `json:"region" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" doc:"村（社区）代码"`
	Kind   string      `json:"kind" enum:"charter,covenant" doc:"charter 自治章程；covenant 村规民约"`
	Title  string      `json:"title,omitempty" maxLength:"60" doc:"名称；不填就沿用上一版的，第一版是村名加种类"`
	Notice string      `json:"notice" minLength:"4" maxLength:"1000" doc:"征求意见的说明，公开"`
}

// ClauseBody is one clause as it is written. Types that others embed are
// exported, for the library that describes them.
type ClauseBody struct {
	Code     string        `json:"code,omitempty" maxLength:"12" doc:"条款编号，以前有的条款填原来的；新条款不填，由系统给"`
	Topic    string        `json:"topic" minLength:"1" maxLength:"32" doc:"主题，见 /covenants/topics" example:"tidy"`
	Kind     string        `json:"kind" enum:"encouraged,not_allowed,general" doc:"提倡、禁止、约定"`
	Text     string        `json:"text" minLength:"4" maxLength:"2000" doc:"条款，不超过规则书定的字数"`
	Measures []MeasureBody `json:"measures,omitempty" maxItems:"20" doc:"措施：教育、帮助、表扬"`
	Source   string        `json:"source" minLength:"2" maxLength:"100" doc:"来源：法律、习惯、哪次会议"`
	List     string        `json:"list,omitempty" enum:",red,black" doc:"可以上红榜、黑榜，或者都不上"`
	TurnsRed bool          `json:"turns_red,omitempty" doc:"改正以后可以转红榜"`
}

// MeasureBody is what follows from a clause.
type MeasureBody struct {
	Text   string `json:"text" minLength:"2" maxLength:"200" doc:"措施"`
	Source string `json:"source" minLength:"2" maxLength:"100" doc:"依据"`
}

type draftCovenant struct {
	Revision int          `json:"revision,omitempty" minimum:"0" doc:"读到的 draft.revision；填了，别人改过就不会盖掉"`
	Title    string       `json:"title" minLength:"4" maxLength:"60" doc:"名称"`
	Clauses  []ClauseBody `json:"clauses" minItems:"1" maxItems:"200" doc:"全部条款，按顺序"`
}

func (b draftCovenant) draft() covenant.Draft {
	return covenant.Draft{Title: b.Title, Clauses: mapped(b.Clauses, func(c ClauseBody) covenant.Clause {
		return covenant.Clause{
			Code: c.Code, Topic: c.Topic, Kind: covenant.ClauseKind(c.Kind), Text: c.Text, Source: c.Source, List: covenant.List(c.List),
			TurnsRed: c.TurnsRed, Measures: mapped(c.Measures, func(m MeasureBody) covenant.Measure { return covenant.Measure(m) }),
		}
	})}
}

func (a *API) mountCovenants() {
	a.mountCovenantReads()
	a.mountCovenantTexts()
	a.mountCovenantWrites()
	a.mountCovenantOpinions()
}

func (a *API) knownCovenant(ctx context.Context, _ account.Caller, id string) error {
	return a.covenants.Known(ctx, id)
}

func (a *API) mountCovenantReads() {
	type listQuery struct {
		Region string `query:"region" required:"true" pattern:"^[0-9]{2,14}$" patternDescription:"2 到 14 位数字的地区代码" doc:"地区代码，任何级别" example:"510821102200"`
		Kind   string `query:"kind" enum:",charter,covenant" doc:"只看这一种"`
		Cursor string `query:"cursor" maxLength:"40"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-covenants", path: "/covenants", tag: covenantTag, public: true,
		summary: "一个地方和它下面所有地方的章程、村规民约", detail: "哪一版生效，有没有在修订。",
	}, func(ctx context.Context, _ account.Caller, in *listQuery) (list[CovenantLine], error) {
		name := "covenants/" + in.Region + "/" + in.Kind
		before, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[CovenantLine]{}, err
		}
		p, err := a.covenants.List(ctx, covenant.Query{Region: region.Code(in.Region), Kind: covenant.Kind(in.Kind), Before: before, Limit: in.Limit})
		return list[CovenantLine]{Items: mapped(p.Items, showCovenantLine), Next: makeCursor(name, p.Next)}, err
	})
	read(a, route{
		id: "get-covenant-topics", path: "/covenants/topics", tag: covenantTag, public: true,
		summary: "条款的主题，和不能写进条款的话", detail: "每一类不能写的话都有依据的法律和可以怎么写。",
	}, func(context.Context, account.Caller, *struct{}) (covenantRules, error) {
		return showCovenantRules(a.covenants.Rules()), nil
	})
	read(a, route{
		id: "get-covenant", path: "/covenants/{id}", tag: covenantTag, public: true, known: a.knownCovenant,
		summary: "一份章程或村规民约：生效的一版、正在修订的一版、历次版本、意见的计数和答复",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (covenantShown, error) {
		v, err := a.covenants.Covenant(ctx, caller, in.ID)
		if err != nil {
			return covenantShown{}, err
		}
		return showCovenant(v), nil
	})
}

func (a *API) mountCovenantTexts() {
	type versionPath struct {
		IDPath
		Number int `path:"n" minimum:"1" maximum:"100000" doc:"第几版"`
	}
	read(a, route{
		id: "get-covenant-version", path: "/covenants/{id}/versions/{n}", tag: covenantTag, public: true, known: a.knownCovenant,
		summary: "一版全文，和它是怎样来的", detail: "旧版一直可以看。",
	}, func(ctx context.Context, _ account.Caller, in *versionPath) (covenantVersion, error) {
		v, err := a.covenants.Version(ctx, in.ID, in.Number)
		if err != nil {
			return covenantVersion{}, err
		}
		return showCovenantVersion(v), nil
	})
	type differenceQuery struct {
		IDPath
		From int `query:"from" minimum:"0" maximum:"100000" doc:"从第几版；0 是空白"`
		To   int `query:"to" required:"true" minimum:"1" maximum:"100000" doc:"到第几版"`
	}
	read(a, route{
		id: "get-covenant-difference", path: "/covenants/{id}/difference", tag: covenantTag, public: true, known: a.knownCovenant,
		summary: "两版之间逐条的不同", detail: "新增、删去、修改；修改的一条标出增删的字。",
	}, func(ctx context.Context, _ account.Caller, in *differenceQuery) (covenantDifference, error) {
		d, err := a.covenants.Difference(ctx, in.ID, in.From, in.To)
		if err != nil {
			return covenantDifference{}, err
		}
		return showCovenantDifference(d), nil
	})
}

func (a *API) mountCovenantWrites() {
	write(a, route{
		id: "start-covenant-revision", path: "/covenants", tag: covenantTag, access: signedIn, status: http.StatusCreated,
		summary: "发起一次制定或修订，开始征求意见", detail: "一份文本一次只修订一版。草案从生效的一版（或乡镇责令改正的一版）开始改。",
		example: map[string]any{"region": "510821102200", "kind": "charter", "notice": "请大家说说村民会议、村务公开的规矩怎样写进自治章程。"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct{ Body newRevision }) (covenant.View, error) {
		b := in.Body
		return a.covenants.Start(ctx, caller, act, covenant.NewRevision{Region: b.Region, Kind: covenant.Kind(b.Kind), Title: b.Title, Notice: b.Notice})
	}, showCovenant)
	write(a, route{
		id: "put-covenant-draft", method: http.MethodPut, path: "/covenants/{id}/draft", tag: covenantTag, access: signedIn, known: a.knownCovenant,
		summary: "写草案", detail: "条款里有罚款、剥夺权利、卡证明、停低保、限制上学这类话的，不能保存，会指出依据的法律和可以怎么写。",
		example: map[string]any{"title": "盐井村村规民约", "clauses": []map[string]any{{
			"topic": "tidy", "kind": "not_allowed", "text": "不得乱倒垃圾。", "source": "村民议事会", "list": "black", "turns_red": true,
			"measures": []map[string]any{{"text": "由村民委员会批评教育，限期清理。", "source": "村民会议"}},
		}}},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body draftCovenant
	},
	) (covenant.View, error) {
		return a.covenants.PutDraft(ctx, caller, act, in.ID, in.Body.Revision, in.Body.draft())
	}, showCovenant)
	write(a, route{
		id: "act-on-covenant", path: "/covenants/{id}/actions", tag: covenantTag, access: signedIn, known: a.knownCovenant,
		summary: "办一步：提交、审查、审核、表决、备案、公布、生效、责令改正……",
		detail:  "能办哪一步、要填什么，看 available_actions。登记表决要填投票编号：村民会议的投票，题目照抄 draft.question。",
		example: map[string]any{"action": "draft", "note": "收到意见三十条，逐条答复。"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body actionBody
	},
	) (covenant.View, error) {
		return a.covenants.Act(ctx, caller, act, in.ID, in.Body.Input)
	}, showCovenant)
	write(a, route{
		id: "draft-covenant-report", path: "/covenants/{id}/report", tag: covenantTag, access: signedIn, status: http.StatusCreated, known: a.knownCovenant,
		summary: "由生效的一版起草“村规民约、居民公约”（A02）", detail: "只是起草，还要审查、确认、公布。",
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *IDPath) (disclosure.Posting, error) {
		return a.covenants.Report(ctx, caller, act, in.ID)
	}, showPosting)
}

type opinionBody struct {
	Stance string `json:"stance" enum:"support,change,oppose" doc:"赞成、建议修改、不赞成"`
	Clause string `json:"clause,omitempty" maxLength:"12" doc:"说的是哪一条（条款编号）；不填是整份文本"`
	Text   string `json:"text,omitempty" maxLength:"2000" doc:"意见；赞成的可以不写"`
	People int    `json:"people,omitempty" minimum:"0" maximum:"100000" doc:"纸质意见：多少人签名。由村里登记"`
	Sheet  string `json:"sheet,omitempty" maxLength:"40" doc:"纸质意见：意见表照片的附件编号"`
}

func (a *API) mountCovenantOpinions() {
	read(a, route{
		id: "list-covenant-opinions", path: "/covenants/{id}/opinions", tag: covenantTag, access: signedIn, known: a.knownCovenant,
		summary: "对最新一版的意见", detail: "村里办理的人看全部，村民看自己的。公开的只有计数和答复。",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (list[covenantOpinion], error) {
		all, err := a.covenants.Opinions(ctx, caller, in.ID)
		return list[covenantOpinion]{Items: mapped(all, showCovenantOpinion)}, err
	})
	write(a, route{
		id: "create-covenant-opinion", path: "/covenants/{id}/opinions", tag: covenantTag, access: signedIn, status: http.StatusCreated, known: a.knownCovenant,
		summary: "提一条意见，或登记一张纸质意见表", detail: "征求意见期间，认证过的本村村民可以提；只有自己和办理的人看得到。",
		example: map[string]any{"stance": "change", "text": "垃圾桶离得太远，先添几个再写这一条。"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body opinionBody
	},
	) (covenant.Opinion, error) {
		b := in.Body
		return a.covenants.Speak(ctx, caller, act, in.ID, covenant.NewOpinion{
			Stance: covenant.Stance(b.Stance), Clause: b.Clause, Text: b.Text, People: b.People, Sheet: b.Sheet,
		})
	}, showOpinionTaken)
	type answerPath struct {
		IDPath
		Number int `path:"n" minimum:"1" maximum:"1000000" doc:"意见的编号"`
		Body   struct {
			Adopted bool   `json:"adopted" doc:"采纳还是不采纳"`
			Reason  string `json:"reason" minLength:"4" maxLength:"500" doc:"理由，公开；不要提到是谁说的"`
		}
	}
	write(a, route{
		id: "answer-covenant-opinion", path: "/covenants/{id}/opinions/{n}/answer", tag: covenantTag, access: signedIn, known: a.knownCovenant,
		summary: "答复一条意见", detail: "每条意见都要答复，才能提交草案。答复公开，不显示是谁的意见。",
		example: map[string]any{"adopted": true, "reason": "已在每组增设一个垃圾桶。"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *answerPath) (covenant.Opinion, error) {
		return a.covenants.Reply(ctx, caller, act, in.ID, in.Number, in.Body.Adopted, in.Body.Reason)
	}, showOpinionTaken)
}
