package api

import (
	"context"
	"net/http"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/board"
)

// boardPhoto is a photo of the physical board.
type boardPhoto struct {
	ID           string     `json:"id"`
	DisclosureID string     `json:"disclosure_id"`
	Version      int        `json:"version" doc:"拍的是第几版"`
	Picture      attachment `json:"picture"`
	TakenOn      string     `json:"taken_on" format:"date" doc:"拍摄日期"`
	State        string     `json:"state" enum:"posted,confirmed,refused" doc:"posted 等监委会核对，confirmed 已核对，refused 未通过"`
	UploadedBy   string     `json:"uploaded_by" example:"李*四 文书"`
	UploadedAt   string     `json:"uploaded_at"`
	DecidedBy    string     `json:"decided_by,omitempty"`
	DecidedAt    *string    `json:"decided_at"`
	Reason       string     `json:"reason,omitempty" doc:"未通过的理由"`
	Actions      []string   `json:"available_actions" doc:"confirm 核对无误，refuse 不通过（要写理由）"`
}

func showBoardPhoto(p board.Photo) boardPhoto {
	return boardPhoto{
		ID: p.ID, DisclosureID: p.PostingID, Version: p.Version, Picture: showAttachment(p.Picture), TakenOn: p.TakenOn,
		State: string(p.State), UploadedBy: p.UploadedBy, UploadedAt: stamp(p.UploadedAt), DecidedBy: p.DecidedBy,
		DecidedAt: stampOrNil(p.DecidedAt), Reason: p.Reason, Actions: p.Actions,
	}
}

func (a *API) mountBoards() {
	known := func(ctx context.Context, c account.Caller, id string) error { return a.disclosures.Known(ctx, c, id) }
	type newPhoto struct {
		IDPath
		Body struct {
			Media   string `json:"media" minLength:"1" maxLength:"40" doc:"照片，先传到 /uploads"`
			TakenOn string `json:"taken_on" format:"date" doc:"拍摄日期，不早于公布日，不晚于今天"`
		}
	}
	write(a, route{
		id: "add-board-photo", path: "/disclosures/{id}/board-photos", tag: "公开栏", access: signedIn, status: http.StatusCreated, known: known,
		summary: "上传公开栏照片", detail: "证明这条公开也贴在了村里的公开栏上。监委会核对以后才对外显示。",
		example: map[string]any{"media": "mfzwkzdjmfzwkzdjmfzwkzdjme", "taken_on": "2026-10-09"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *newPhoto) (board.Photo, error) {
		return a.boards.Post(ctx, c, act, board.NewPhoto{PostingID: in.ID, Media: in.Body.Media, TakenOn: in.Body.TakenOn})
	}, showBoardPhoto)
	read(a, route{
		id: "list-board-photos", path: "/disclosures/{id}/board-photos", tag: "公开栏", public: true, known: known,
		summary: "公开栏照片", detail: "对外只有核对过的；村干部还能看到等核对的和未通过的。",
	}, func(ctx context.Context, c account.Caller, in *IDPath) (list[boardPhoto], error) {
		ps, err := a.boards.Photos(ctx, c, in.ID)
		return list[boardPhoto]{Items: mapped(ps, showBoardPhoto)}, err
	})
	type decision struct {
		IDPath
		Body struct {
			Action string `json:"action" enum:"confirm,refuse" doc:"confirm 核对无误，refuse 不通过"`
			Reason string `json:"reason,omitempty" maxLength:"200" doc:"不通过的理由"`
		}
	}
	write(a, route{
		id: "act-on-board-photo", path: "/board-photos/{id}/actions", tag: "公开栏", access: signedIn,
		known:   func(ctx context.Context, c account.Caller, id string) error { return a.boards.Known(ctx, c, id) },
		summary: "监委会核对公开栏照片", detail: "由监委会成员核对，不能核对自己上传的。",
		example: map[string]any{"action": "confirm"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *decision) (board.Photo, error) {
		return a.boards.Act(ctx, c, act, board.Decision{ID: in.ID, Action: in.Body.Action, Reason: in.Body.Reason})
	}, showBoardPhoto)
}
