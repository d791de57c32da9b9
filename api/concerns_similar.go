package api

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/region"
)

// similarConcern is a concern that may be the same.
type similarConcern struct {
	ConcernLine
	Score int `json:"score" minimum:"0" maximum:"100" doc:"有多像"`
}

type similarQuery struct {
	Region   string `query:"region" required:"true" pattern:"^[0-9]{6,12}$" patternDescription:"6 到 12 位数字的地区代码" doc:"村、乡镇或县的代码" example:"510821102200"`
	Text     string `query:"text" required:"true" minLength:"2" maxLength:"500" doc:"正要说的事；密封反映不要查" example:"堰塘边的路垮了"`
	Category string `query:"category" maxLength:"16" doc:"类别；不填就是所有类别" example:"road"`
	Group    string `query:"group" pattern:"^[0-9]{14}$" patternDescription:"14 位数字的村民小组代码" doc:"哪个组；有的类别只在本组找"`
}

func (a *API) mountSimilarConcerns() {
	read(a, route{
		id: "find-similar-concerns", path: "/concerns/similar", tag: "说事", access: signedIn,
		summary: "有没有人说过同样的事", detail: "提交以前先查：同一个地方、同一类、还没有了结的公开说事，最多五件，最像的在前。是同一件就点“同问”，不用再说一遍。",
	}, func(ctx context.Context, c account.Caller, in *similarQuery) (list[similarConcern], error) {
		found, err := a.concerns.Similar(ctx, c, region.Code(in.Region), region.Code(in.Group), in.Category, in.Text)
		return list[similarConcern]{Items: mapped(found, func(s concern.Similar) similarConcern {
			return similarConcern{ConcernLine: showConcernLine(s.Concern), Score: s.Score}
		})}, err
	})
}
