package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/region"
)

// BallotBody is what a clerk writes of a ballot.
type BallotBody struct {
	Question   string       `json:"question" minLength:"2" maxLength:"200" doc:"表决什么，一句话"`
	Kind       string       `json:"kind" enum:"yes_no,choose_one,choose_up_to,score,satisfied" doc:"yes_no 赞成反对弃权；choose_one 选一项；choose_up_to 最多选几项；score 每项打 1 到 5 分；satisfied 满意度"`
	Options    []BallotItem `json:"options,omitempty" maxItems:"100" doc:"2 到 30 个选项；yes_no 和 satisfied 的选项是固定的，不用填"`
	MaxChoices int          `json:"max_choices,omitempty" minimum:"0" maximum:"30" doc:"choose_up_to 最多选几项"`
	Rule       string       `json:"rule" minLength:"2" maxLength:"60" doc:"按哪条规则表决，见 /ballots/rules；名册由规则决定"`
	Quorum     *BallotShare `json:"quorum,omitempty" doc:"到会要求；不填按规则，填了只能更严"`
	Pass       *BallotShare `json:"pass,omitempty" doc:"通过要求；不填按规则，填了只能更严"`
	Sealed     bool         `json:"sealed,omitempty" doc:"秘密表决"`
	AllPairs   bool         `json:"all_pairs,omitempty" doc:"秘密表决：三对保管人都开箱，票数一致才算；不填只由一对开，每一步由副手重做"`
	Revote     bool         `json:"revote,omitempty" doc:"截止前可以改票，以最后一次为准"`
	Advisory   bool         `json:"advisory,omitempty" doc:"只征求意见，不作决定"`
	OpensAt    time.Time    `json:"opens_at" doc:"开始时间"`
	ClosesAt   time.Time    `json:"closes_at" doc:"截止时间，以服务器时间为准"`
	Members    []string     `json:"members,omitempty" maxItems:"20000" doc:"名册是指定的人时，这些村民的编号"`
}

// BallotItem is one option.
type BallotItem struct {
	ID    string `json:"id,omitempty" maxLength:"20" doc:"选项代码：小写字母、数字、下划线；不填自动编。abstain 表示弃权" example:"o1"`
	Label string `json:"label" minLength:"1" maxLength:"60" doc:"选项文字" example:"修村道"`
}

// BallotShare is a quorum or a majority.
type BallotShare struct {
	Num    int    `json:"num" minimum:"1" maximum:"1000" doc:"分子" example:"2"`
	Den    int    `json:"den" minimum:"1" maximum:"1000" doc:"分母" example:"3"`
	Of     string `json:"of" enum:"roll,present" doc:"roll 名册人数；present 到会人数，弃权也算到会"`
	Strict bool   `json:"strict" doc:"true 是“超过”，false 是“以上”"`
}

func takeShare(s *BallotShare) ballot.Share {
	if s == nil {
		return ballot.Share{}
	}
	return ballot.Share{Num: s.Num, Den: s.Den, Of: ballot.Basis(s.Of), Strict: s.Strict}
}

func (b BallotBody) input() ballot.Input {
	return ballot.Input{
		Question: b.Question, Kind: ballot.Kind(b.Kind), MaxChoices: b.MaxChoices, Rule: b.Rule,
		Options: mapped(b.Options, func(o BallotItem) ballot.Option { return ballot.Option{ID: o.ID, Label: o.Label} }),
		Quorum:  takeShare(b.Quorum), Pass: takeShare(b.Pass), Sealed: b.Sealed, AllPairs: b.AllPairs, Revote: b.Revote, Advisory: b.Advisory,
		OpensAt: b.OpensAt, ClosesAt: b.ClosesAt, Members: b.Members,
	}
}

type newBallot struct {
	Region region.Code `json:"region" pattern:"^[0-9]{12}([0-9]{2})?$" patternDescription:"12 位数字的村代码，或 14 位的组代码" doc:"村（社区）或组代码"`
	BallotBody
}

type editedBallot struct {
	Revision int `json:"revision" minimum:"0" doc:"读到的 revision，防止覆盖别人的修改"`
	BallotBody
}

type ballotStep struct {
	Action  string `json:"action" minLength:"1" maxLength:"20" doc:"open 开始（冻结内容和名册）、cancel 取消、certify 确认计票、void 秘密表决开不了箱时作废（由监委会）"`
	Reason  string `json:"reason,omitempty" maxLength:"1000" doc:"取消或作废的理由"`
	Opinion string `json:"opinion,omitempty" maxLength:"1000" doc:"监委会的意见"`
}

var exampleBallot = map[string]any{
	"region": "510821102200", "question": "是否同意用集体收入修缮村道", "kind": "yes_no", "rule": "villagers_meeting", "revote": true,
	"opens_at": "2099-03-01T08:00:00+08:00", "closes_at": "2099-03-03T18:00:00+08:00",
}

func (a *API) mountBallots(r *gin.Engine, g *gin.RouterGroup) {
	a.mountBallotDrafts()
	a.mountBallotReads()
	a.mountSheets()
	a.mountSealed(r)
	r.POST("/api/v1/ballots/:id/casts", a.cast)
	a.mountBallotExports(g)
	a.documentCasts()
}

func (a *API) knownBallot(ctx context.Context, caller account.Caller, id string) error {
	return a.ballots.Known(ctx, caller, id)
}

func (a *API) mountBallotDrafts() {
	write(a, route{
		id: "create-ballot", path: "/ballots", tag: "表决", access: signedIn, status: http.StatusCreated,
		summary: "起草一次表决", detail: "由村文书或主任起草。到会和通过的要求可以比规则更严，不能更松。", example: exampleBallot,
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct{ Body newBallot }) (ballot.View, error) {
		i := in.Body.input()
		i.Region = in.Body.Region
		return a.ballots.Create(ctx, caller, act, i)
	}, showBallot)
	edit := map[string]any{"revision": 1}
	for k, v := range exampleBallot {
		if k != "region" {
			edit[k] = v
		}
	}
	write(a, route{
		id: "edit-ballot", method: http.MethodPut, path: "/ballots/{id}", tag: "表决", access: signedIn, known: a.knownBallot,
		summary: "修改还没开始的表决", example: edit,
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body editedBallot
	},
	) (ballot.View, error) {
		return a.ballots.Edit(ctx, caller, act, in.ID, in.Body.Revision, in.Body.input())
	}, showBallot)
	write(a, route{
		id: "act-on-ballot", path: "/ballots/{id}/actions", tag: "表决", access: signedIn, known: a.knownBallot,
		summary: "开始、取消或确认计票", detail: "开始以后内容和名册不能再改，只能说明理由取消。截止后由监委会确认计票，结果才公布。",
		example: map[string]any{"action": "open"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body ballotStep
	},
	) (ballot.View, error) {
		b := in.Body
		return a.ballots.Act(ctx, caller, act, in.ID, ballot.Step{Action: b.Action, Reason: b.Reason, Opinion: b.Opinion})
	}, showBallot)
}

func (a *API) mountBallotReads() {
	type listQuery struct {
		Region string `query:"region" required:"true" maxLength:"14" doc:"地区代码" example:"510821102200"`
		Cursor string `query:"cursor" maxLength:"40"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-ballots", path: "/ballots", tag: "表决", public: true, summary: "一个地方和它下面所有地方的表决，新的在前",
	}, func(ctx context.Context, caller account.Caller, in *listQuery) (list[ballotShown], error) {
		at := region.Code(in.Region)
		if !at.Valid() {
			return list[ballotShown]{}, region.ErrCode.At("query.region", "请给出 2 到 14 位的地区代码")
		}
		name := "ballots/" + in.Region
		before, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[ballotShown]{}, err
		}
		p, err := a.ballots.List(ctx, caller, at, before, in.Limit)
		return list[ballotShown]{Items: mapped(p.Items, showBallot), Next: makeCursor(name, p.Next)}, err
	})
	read(a, route{
		id: "list-ballot-rules", path: "/ballots/rules", tag: "表决", public: true, summary: "可以按哪些规则表决：名册、到会和通过的要求、出处",
	}, func(context.Context, account.Caller, *struct{}) (list[ballotRule], error) {
		return list[ballotRule]{Items: mapped(a.ballots.Rules(), showRule)}, nil
	})
	read(a, route{
		id: "get-ballot", path: "/ballots/{id}", tag: "表决", public: true, known: a.knownBallot,
		summary: "一次表决：内容、状态、我能不能投、投了没有", detail: "截止并确认以前没有任何计票数字；到会人数取整到十。",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (ballotShown, error) {
		v, err := a.ballots.Ballot(ctx, caller, in.ID)
		if err != nil {
			return ballotShown{}, err
		}
		return showBallot(v), nil
	})
	read(a, route{
		id: "get-ballot-result", path: "/ballots/{id}/result", tag: "表决", public: true, known: a.knownBallot,
		summary: "结果和理由", detail: "监委会确认以后公布。",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (ballotResult, error) {
		o, err := a.ballots.Result(ctx, caller, in.ID)
		if err != nil {
			return ballotResult{}, err
		}
		return showResult(o), nil
	})
}
