package api

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

// catalogue is the disclosure catalogue in force for a place.
type catalogue struct {
	EffectiveFrom string           `json:"effective_from" format:"date" doc:"这一版目录的施行日期"`
	Categories    []catalogueClass `json:"categories"`
	Items         []catalogueItem  `json:"items"`
}

type catalogueClass struct {
	Code string `json:"code" example:"FINANCE"`
	Name string `json:"name" example:"村级财务"`
}

type catalogueItem struct {
	Code         string           `json:"code" example:"D02"`
	Category     string           `json:"category" example:"FINANCE"`
	Name         string           `json:"name" example:"财务收支逐笔明细"`
	Frequency    string           `json:"frequency" example:"每月"`
	DeadlineDays int              `json:"deadline_days" doc:"应在期末或事发后几天内公开；负数为事前几天"`
	DeadlineUnit string           `json:"deadline_unit" enum:"calendar_day,working_day"`
	Responsible  string           `json:"responsible"`
	Visibility   string           `json:"visibility" enum:"PUBLIC_INTERNET,VERIFIED_VILLAGER"`
	HasLines     bool             `json:"has_lines" doc:"是否要逐笔列出金额"`
	Fields       []catalogueField `json:"fields" doc:"要写明的内容要素"`
	Source       string           `json:"source" doc:"依据"`
}

type catalogueField struct {
	Name   string `json:"name"`
	Note   string `json:"note,omitempty"`
	Masked bool   `json:"masked" doc:"涉及个人，公开时隐去"`
}

func showCatalogueItem(i disclosure.CatalogueItem) catalogueItem {
	unit := "calendar_day"
	if i.WorkingDays {
		unit = "working_day"
	}
	return catalogueItem{
		Code: i.Code, Category: i.Category, Name: i.Name, Frequency: string(i.Frequency), DeadlineDays: i.DeadlineDays,
		DeadlineUnit: unit, Responsible: i.Responsible, Visibility: string(i.Visibility), HasLines: i.HasLines,
		Source: i.Source, Fields: mapped(i.Fields, func(f disclosure.FieldDef) catalogueField {
			return catalogueField{Name: f.Name, Note: f.Note, Masked: f.Masked}
		}),
	}
}

func (a *API) mountCatalogue() {
	type input struct {
		Region string `query:"region" required:"true" pattern:"^[0-9]{2,14}$" patternDescription:"2 到 14 位数字的地区代码" doc:"地区代码" example:"510821102200"`
	}
	read(a, route{
		id: "get-catalogue", path: "/catalogue", tag: "公开", public: true,
		summary: "一个地方现行的公开目录", detail: "公开什么、多久一次、最迟哪天、谁负责、给谁看，每项都注明依据。",
	}, func(ctx context.Context, _ account.Caller, in *input) (catalogue, error) {
		e, err := a.disclosures.Catalogue(ctx, region.Code(in.Region))
		if err != nil {
			return catalogue{}, err
		}
		return catalogue{
			EffectiveFrom: e.From, Items: mapped(e.Items, showCatalogueItem),
			Categories: mapped(e.Categories, func(c disclosure.Category) catalogueClass { return catalogueClass{c.Code, c.Name} }),
		}, nil
	})
}
