package api

import (
	"context"
	"net/http"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
)

type sheetBody struct {
	Voter   string         `json:"voter" minLength:"1" maxLength:"40" doc:"村民编号；按户表决的是户编号或户号"`
	Choices []string       `json:"choices,omitempty" maxItems:"30" doc:"纸上选的选项代码"`
	Scores  map[string]int `json:"scores,omitempty" doc:"打分的：选项代码到分数"`
	Media   string         `json:"media,omitempty" maxLength:"40" doc:"纸质票照片，先传到 /uploads"`
}

type sheetStep struct {
	Action string `json:"action" enum:"confirm,refuse" doc:"confirm 与照片一致，计入；refuse 不一致"`
}

// SheetPath is the {id} of a ballot and the number of a sheet.
type SheetPath struct {
	IDPath
	Number int `path:"n" minimum:"1" doc:"第几张"`
}

type sheetShown struct {
	Number  int      `json:"number"`
	Voter   string   `json:"voter"`
	Choices []string `json:"choices" doc:"待核对的才显示；核对过的等结果公布以后才显示"`
	Media   string   `json:"media,omitempty"`
	Image   string   `json:"image,omitempty" doc:"照片的地址，只有录入的人和核对的人打得开"`
	State   string   `json:"state" enum:"pending,confirmed,refused"`
}

func showSheet(s ballot.Sheet) sheetShown {
	return sheetShown{
		Number: s.Number, Voter: s.Subject, Choices: append([]string{}, ballot.KeysOfPattern(s.Pattern)...), Media: s.MediaID, Image: s.Image, State: string(s.State),
	}
}

type assistBody struct {
	Voter   string `json:"voter" minLength:"1" maxLength:"40" doc:"被协助的村民编号；按户表决的是户编号或户号"`
	Consent string `json:"consent" minLength:"1" maxLength:"400" doc:"本人如何同意，如“本人当面口头同意，文书在场”"`
}

type assistShown struct {
	Token     string `json:"token" doc:"只能投这一票，用作 Authorization: Bearer"`
	ExpiresAt string `json:"expires_at"`
}

func (a *API) mountSheets() {
	write(a, route{
		id: "enter-sheet", path: "/ballots/{id}/sheets", tag: "表决", access: signedIn, status: http.StatusCreated, known: a.knownBallot,
		summary: "录入会场的一张纸质票", detail: "由文书录入并附照片，监委会成员核对以后才算投票。秘密表决的纸质票不写姓名，只登记谁投过了，不填选项和照片。会场票替换网上票，之后网上不能再投。",
		example: map[string]any{"voter": "1", "choices": []string{"yes"}, "media": "先上传得到的编号"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body sheetBody
	},
	) (ballot.Sheet, error) {
		b := in.Body
		return a.ballots.EnterSheet(ctx, caller, act, in.ID, b.Voter, ballot.Mark{Choices: b.Choices, Scores: b.Scores}, b.Media)
	}, showSheet)
	write(a, route{
		id: "decide-sheet", path: "/ballots/{id}/sheets/{n}/actions", tag: "表决", access: signedIn, known: a.knownBallot,
		summary: "核对一张纸质票", example: map[string]any{"action": "confirm"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		SheetPath
		Body sheetStep
	},
	) (ballot.Sheet, error) {
		return a.ballots.DecideSheet(ctx, caller, act, in.ID, in.Number, in.Body.Action == "confirm")
	}, showSheet)
	read(a, route{
		id: "list-sheets", path: "/ballots/{id}/sheets", tag: "表决", access: signedIn, known: a.knownBallot,
		summary: "会场纸质票的录入和核对情况",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (list[sheetShown], error) {
		ss, err := a.ballots.Sheets(ctx, caller, in.ID)
		return list[sheetShown]{Items: mapped(ss, showSheet)}, err
	})
	write(a, route{
		id: "assist-voter", path: "/ballots/{id}/assists", tag: "表决", access: signedIn, status: http.StatusCreated, known: a.knownBallot,
		summary: "协助一位村民投票", detail: "得到一个最多 30 分钟、只能投这一票的令牌；谁协助、何时协助都有记录。",
		example: map[string]any{"voter": "1", "consent": "本人当面口头同意，家属在场。"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body assistBody
	},
	) (ballot.AssistPass, error) {
		return a.ballots.Assist(ctx, caller, act, in.ID, in.Body.Voter, in.Body.Consent)
	}, func(p ballot.AssistPass) assistShown {
		return assistShown{Token: p.Token, ExpiresAt: stamp(p.ExpiresAt)}
	})
}
