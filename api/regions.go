package api

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/region"
)

// place is one region as clients see it.
type place struct {
	Code       region.Code `json:"code" example:"510821102200"`
	Parent     region.Code `json:"parent,omitempty" example:"510821102"`
	Level      string      `json:"level" enum:"province,city,county,township,village,group" example:"village"`
	Kind       string      `json:"kind,omitempty" doc:"village 村，community 社区"`
	Name       string      `json:"name" example:"盐井村村民委员会" doc:"统计区划里的全名"`
	ShortName  string      `json:"short_name" example:"盐井村"`
	State      string      `json:"state" enum:"active,merged,gone"`
	MergedInto region.Code `json:"merged_into,omitempty" doc:"已并入的地方"`
	Former     []former    `json:"former,omitempty" doc:"并过来的原村"`
	Path       []pathStep  `json:"path,omitempty" doc:"从省到这里"`
	Children   int         `json:"children"`
}

type former struct {
	Code     region.Code `json:"code"`
	Name     string      `json:"name"`
	MergedOn string      `json:"merged_on,omitempty" format:"date"`
}

type pathStep struct {
	Code region.Code `json:"code"`
	Name string      `json:"name"`
}

func showPlace(r region.Region) place {
	p := place{
		Code: r.Code, Parent: r.Parent, Level: r.Level.String(), Kind: r.Kind, Name: r.Name, ShortName: r.Short,
		State: string(r.State), MergedInto: r.MergedInto, Children: r.Children,
	}
	for _, f := range r.Former {
		m := former{Code: f.Code, Name: f.Name}
		if !f.MergedOn.IsZero() {
			m.MergedOn = f.MergedOn.Format("2006-01-02")
		}
		p.Former = append(p.Former, m)
	}
	return p
}

type regionPath struct {
	Code string `path:"code" pattern:"^[0-9]{2,14}$" patternDescription:"2 到 14 位数字的地区代码" doc:"地区代码" example:"510821102200"`
}

func (a *API) mountRegions() {
	read(a, route{
		id: "get-region", path: "/regions/{code}", tag: "地区", public: true,
		summary: "一个地方，和它的上级", detail: "并过的村带着原村的代码和名称。",
	}, func(ctx context.Context, _ account.Caller, in *regionPath) (place, error) {
		r, err := a.regions.Region(ctx, region.Code(in.Code))
		if err != nil {
			return place{}, err
		}
		path, err := a.regions.Path(ctx, r.Code)
		if err != nil {
			return place{}, err
		}
		p := showPlace(r)
		p.Path = mapped(path, func(x region.Region) pathStep { return pathStep{Code: x.Code, Name: x.Short} })
		return p, nil
	})
	read(a, route{
		id: "list-region-children", path: "/regions/{code}/children", tag: "地区", public: true,
		summary: "下一级的地方",
	}, func(ctx context.Context, _ account.Caller, in *regionPath) (list[place], error) {
		if _, err := a.regions.Region(ctx, region.Code(in.Code)); err != nil {
			return list[place]{}, err
		}
		rs, err := a.regions.Children(ctx, region.Code(in.Code))
		return list[place]{Items: mapped(rs, showPlace)}, err
	})
	type searchInput struct {
		Q      string `query:"q" required:"true" minLength:"1" maxLength:"40" doc:"名称、拼音或拼音首字母" example:"yanjing"`
		Within string `query:"within" pattern:"^[0-9]{2,12}$" patternDescription:"2 到 12 位数字的地区代码" doc:"只在这个地方之内找"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "search-regions", path: "/regions", tag: "地区", public: true,
		summary: "按名称或拼音找地方",
	}, func(ctx context.Context, _ account.Caller, in *searchInput) (list[place], error) {
		rs, err := a.regions.Search(ctx, in.Q, region.Code(in.Within), in.Limit)
		return list[place]{Items: mapped(rs, showPlace)}, err
	})
}

// knownPlace is the "known" of writes at a place. What is no code at all is told
// with everything else that is wrong in the request.
func (a *API) knownPlace(ctx context.Context, _ account.Caller, code string) error {
	if !region.Code(code).Valid() {
		return nil
	}
	_, err := a.regions.Region(ctx, region.Code(code))
	return err
}
