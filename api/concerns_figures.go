package api

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/region"
)

// concernFigures are counts of a place, a category or a place below.
type concernFigures struct {
	Category     string         `json:"category,omitempty" example:"road"`
	Region       region.Code    `json:"region,omitempty" example:"510821102200"`
	RegionName   string         `json:"region_name,omitempty" example:"盐井村"`
	Raised       int            `json:"raised" doc:"这些月份说的事"`
	Open         int            `json:"open" doc:"还没有了结的"`
	Overdue      *int           `json:"overdue" doc:"现在过期的；下级地方为 null"`
	Ends         map[string]int `json:"ends" doc:"怎么了结的，按状态；办结不等于解决，只有 settled 是说事人认为已解决"`
	Closed       int            `json:"closed" doc:"办理的一方办结的（办结、无法解决、非本级职责）"`
	Due          int            `json:"due" doc:"办结的，和到期没有办结的"`
	InTime       int            `json:"in_time" doc:"没有过期就办结的"`
	Rated        *int           `json:"rated" doc:"说事人评价了的；太少时为 null"`
	Content      *int           `json:"content" doc:"满意和基本满意的；太少时为 null"`
	ResponseRate *int           `json:"response_rate" doc:"请评价的里面评价了的，百分之几；太少时为 null。看满意度先看它"`
	MedianHours  *int           `json:"median_hours" doc:"一半的事在多少小时以内办结；太少时为 null"`
	SmallSample  bool           `json:"small_sample" doc:"太少，说明不了什么"`
}

type concernFiguresReport struct {
	Region     region.Code      `json:"region" example:"510821102200"`
	RegionName string           `json:"region_name" example:"盐井村"`
	From       string           `json:"from" example:"2026-01"`
	Until      string           `json:"until" example:"2026-09"`
	Small      int              `json:"small" doc:"少于这么多件的不分项、不算比率"`
	Total      concernFigures   `json:"total"`
	Categories []concernFigures `json:"categories"`
	Places     []concernFigures `json:"places" doc:"直接下级的地方，按代码排列，不排名"`
}

type concernFiguresQuery struct {
	Region string `query:"region" required:"true" pattern:"^[0-9]{2,12}$" patternDescription:"2 到 12 位数字的地区代码" doc:"省到村的地区代码" example:"510821102200"`
	From   string `query:"from" pattern:"^[0-9]{4}-[0-9]{2}$" patternDescription:"月份，如 2026-01" doc:"从哪个月起说的；不填就是最近十二个月"`
	Until  string `query:"until" pattern:"^[0-9]{4}-[0-9]{2}$" patternDescription:"月份，如 2026-09" doc:"到哪个月为止"`
}

// knownFigure gives a figure, nil where it is not to be known.
func knownFigure(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

func showConcernFigures(f concern.Figures) concernFigures {
	ends := map[string]int{}
	for state, n := range f.Ends {
		if n > 0 {
			ends[string(state)] = n
		}
	}
	return concernFigures{
		Category: f.Category, Region: f.RegionCode, RegionName: f.RegionName, Raised: f.Raised, Open: f.Open, Overdue: knownFigure(f.Overdue),
		Ends: ends, Closed: f.Closed, Due: f.Due, InTime: f.InTime, Rated: knownFigure(f.Rated), Content: knownFigure(f.Content),
		ResponseRate: knownFigure(f.ResponseRate), MedianHours: knownFigure(f.MedianHours), SmallSample: f.SmallSample,
	}
}

func (a *API) mountConcernFigures() {
	read(a, route{
		id: "get-concern-figures", path: "/concerns/figures", tag: "说事", public: true,
		summary: "说事的数字：按类别、按地方，多少件、怎么了结、办了多久、满意不满意",
		detail:  "按说的月份计，都由记录数出来。满意度旁边总有评价率；件数太少的标出来，不算比率；不给个人和村排名。密封反映不在里面。",
	}, func(ctx context.Context, c account.Caller, in *concernFiguresQuery) (concernFiguresReport, error) {
		r, err := a.concerns.Figures(ctx, c, region.Code(in.Region), in.From, in.Until)
		if err != nil {
			return concernFiguresReport{}, err
		}
		return concernFiguresReport{
			Region: r.Region.Code, RegionName: r.Region.Short, From: r.From, Until: r.Until, Small: r.Small,
			Total: showConcernFigures(r.Total), Categories: mapped(r.Categories, showConcernFigures), Places: mapped(r.Places, showConcernFigures),
		}, nil
	})
}
