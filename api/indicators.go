package api

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/indicator"
	"cunwu/service/region"
)

// indicators is the figures of a place and period.
type indicators struct {
	Region  region.Code      `json:"region" example:"510821102200"`
	Name    string           `json:"region_name" example:"盐井村"`
	Period  string           `json:"period" example:"2026Q3"`
	Items   []indicatorValue `json:"items"`
	Minimum int              `json:"min_denominator" doc:"分母小于它的不显示比率"`
}

// indicatorValue is one indicator: both its parts, so that anybody can divide.
type indicatorValue struct {
	Code        string   `json:"code" example:"I01"`
	Name        string   `json:"name" example:"公开及时率"`
	Formula     string   `json:"formula" doc:"大白话的算法：分子 ÷ 分母"`
	Numerator   int      `json:"numerator"`
	Denominator int      `json:"denominator"`
	Value       *float64 `json:"value" doc:"0 到 1；样本不足时为 null"`
	Period      string   `json:"period" example:"2026Q3"`
	SmallSample bool     `json:"small_sample" doc:"样本不足"`
	Response    *float64 `json:"response_rate,omitempty" doc:"满意率旁边：请评价的里面评价了的，0 到 1；太少时不写"`
	Target      *int     `json:"target_percent" doc:"目标，百分之几；没有目标的为 null"`
}

func showIndicators(r indicator.Report) indicators {
	return indicators{
		Region: r.Place.Code, Name: r.Place.Short, Period: r.Period.Name, Minimum: r.Least,
		Items: mapped(r.Items, func(v indicator.Value) indicatorValue {
			return indicatorValue{
				Code: v.Code, Name: v.Name, Formula: v.Formula(), Numerator: v.Numerator, Denominator: v.Denominator,
				Value: v.Ratio, Period: r.Period.Name, SmallSample: v.SmallSample, Target: v.Target.Percent,
				Response: v.Response,
			}
		}),
	}
}

type indicatorsQuery struct {
	Region string `query:"region" required:"true" pattern:"^[0-9]{2,14}$" patternDescription:"2 到 14 位数字的地区代码" doc:"省到村的地区代码" example:"510821102200"`
	Period string `query:"period" maxLength:"10" doc:"2026-09、2026Q3、2026H1 或 2026；不给就是上一个完整的季度" example:"2026Q3"`
}

// mountIndicators adds the figures of disclosure.
func (a *API) mountIndicators() {
	read(a, route{
		id: "get-indicators", path: "/indicators", tag: "公开", public: true,
		summary: "一个地方的公开情况指标",
		detail:  "都由记录数出来，没有手工填报，也不给个人和村排名。公开、询问各按第一次发布、提出的月份计。",
	}, func(ctx context.Context, _ account.Caller, in *indicatorsQuery) (indicators, error) {
		r, err := a.indicators.Report(ctx, region.Code(in.Region), in.Period)
		if err != nil {
			return indicators{}, err
		}
		return showIndicators(r), nil
	})
}
