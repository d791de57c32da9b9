package api

import (
	"context"
	"net/http"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

// householdEntry is what of a posting concerns one household.
type householdEntry struct {
	Household string `json:"household" minLength:"1" maxLength:"40" doc:"名册上的户号" example:"001"`
	Summary   string `json:"summary" minLength:"1" maxLength:"200" doc:"与这一户有什么关系，只有这一户看得到" example:"耕地地力保护补贴，3.2亩"`
	AmountFen int64  `json:"amount_fen" minimum:"0" maximum:"10000000000000" doc:"金额，分" example:"38400"`
}

type householdEntries struct {
	Entries []householdEntry `json:"entries" maxItems:"5000" doc:"全部各户；代替以前写的"`
}

type householdCount struct {
	Count int `json:"count" doc:"写给了多少户。各户的内容只有本户的认证村民看得到"`
}

// ownEntry is an entry as a member of the household reads it.
type ownEntry struct {
	ID         string      `json:"id" doc:"公开的编号"`
	Region     region.Code `json:"region"`
	RegionName string      `json:"region_name"`
	ItemCode   string      `json:"item_code"`
	ItemName   string      `json:"item_name"`
	Period     string      `json:"period"`
	Title      string      `json:"title"`
	Summary    string      `json:"summary" doc:"与本户有什么关系"`
	AmountFen  int64       `json:"amount_fen" doc:"金额，分"`
}

// mountHouseholds mounts what concerns single households.
func (a *API) mountHouseholds() {
	write(a, route{
		id: "set-disclosure-households", method: http.MethodPut, path: "/disclosures/{id}/households", tag: "公开",
		access: signedIn, known: a.knownDisclosure,
		summary: "告知各户与本户有关的内容", detail: "例如每户补贴多少、分红多少。加密保存，只有该户的认证村民看得到，不进公开页面、检索和导出。名册里没有的户号会逐个指出。",
		example: map[string]any{"entries": []any{map[string]any{"household": "001", "summary": "耕地地力保护补贴，3.2亩", "amount_fen": 38400}}},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body householdEntries
	},
	) (int, error) {
		entries := mapped(in.Body.Entries, func(e householdEntry) disclosure.HouseholdEntry {
			return disclosure.HouseholdEntry{Number: e.Household, Summary: e.Summary, AmountFen: e.AmountFen}
		})
		return a.disclosures.SetHouseholds(ctx, caller, act, in.ID, entries)
	}, func(n int) householdCount { return householdCount{n} })
	read(a, route{
		id: "count-disclosure-households", path: "/disclosures/{id}/households", tag: "公开", access: signedIn, known: a.knownDisclosure,
		summary: "告知了多少户", detail: "在这个村有职务的人可看，只有户数。",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (householdCount, error) {
		n, err := a.disclosures.ConcernedHouseholds(ctx, caller, in.ID)
		return householdCount{n}, err
	})
	type page struct {
		Cursor string `query:"cursor" maxLength:"40"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-household-disclosures", path: "/me/household/disclosures", tag: "我的", access: signedIn,
		summary: "与我家有关的公开", detail: "认证村民可看本户的，新的在前。",
	}, func(ctx context.Context, caller account.Caller, in *page) (list[ownEntry], error) {
		name := "household/" + caller.AccountID
		before, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[ownEntry]{}, err
		}
		p, err := a.disclosures.MyHousehold(ctx, caller, before, in.Limit)
		return list[ownEntry]{Items: mapped(p.Items, func(c disclosure.Concern) ownEntry {
			return ownEntry{
				ID: c.PostingID, Region: c.Region, RegionName: c.RegionName, ItemCode: c.ItemCode, ItemName: c.ItemName,
				Period: c.Period, Title: c.Title, Summary: c.Summary, AmountFen: c.AmountFen,
			}
		}), Next: makeCursor(name, p.Next)}, err
	})
}
