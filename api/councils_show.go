package api

import (
	"cunwu/service/council"
	"cunwu/service/region"
)

// CouncilLine is one body in a list. Types that others embed are exported, for
// the library that describes them.
type CouncilLine struct {
	ID         string      `json:"id"`
	Region     region.Code `json:"region" example:"510821102200"`
	RegionName string      `json:"region_name" example:"盐井村"`
	Kind       string      `json:"kind" example:"wedding_funeral"`
	KindName   string      `json:"kind_name" example:"红白理事会"`
	Name       string      `json:"name" example:"盐井村红白理事会"`
	From       string      `json:"from" format:"date"`
	Until      string      `json:"until" format:"date"`
	Expired    bool        `json:"term_expired" doc:"任期已满，还没有登记新的任期"`
	Charter    int         `json:"charter_version"`
	Size       int         `json:"members_now" doc:"现在有几名成员"`
	URL        string      `json:"url" example:"/o/…"`
}

func showCouncilLine(c council.Council) CouncilLine {
	return CouncilLine{
		ID: c.ID, Region: c.Region, RegionName: c.RegionName, Kind: c.Kind, KindName: c.Rule.Name, Name: c.Name, From: c.From, Until: c.Until,
		Expired: c.Expired, Charter: c.Charter, Size: c.Size, URL: council.Path(c.ID),
	}
}

// councilWritten is what a write answers: it is kept as a receipt, and names
// nobody.
type councilWritten struct {
	CouncilLine
	Revision int `json:"revision"`
}

func showCouncilWritten(c council.Council) councilWritten {
	return councilWritten{CouncilLine: showCouncilLine(c), Revision: c.Revision}
}

// councilShown is a body in full.
type councilShown struct {
	CouncilLine
	Revision     int            `json:"revision"`
	RegisteredAt *string        `json:"registered_at"`
	About        string         `json:"about" doc:"这种组织是做什么的"`
	Text         string         `json:"charter" doc:"章程全文"`
	Charters     []charterLine  `json:"charter_versions"`
	Members      []memberShown  `json:"members" doc:"现任的和将要任职的"`
	Former       []memberShown  `json:"former_members"`
	Voters       *councilVoters `json:"voters" doc:"成员就是被任命为某个职务的人时，列在这里，不另立名单；否则为 null"`
	Manages      bool           `json:"may_manage" doc:"看的人可以登记和修改"`
}

type charterLine struct {
	Version int     `json:"version"`
	By      string  `json:"by" doc:"由哪个职务登记" example:"文书"`
	At      *string `json:"at"`
}

type charterShown struct {
	charterLine
	Text string `json:"charter"`
}

func showCharterLine(c council.Charter) charterLine {
	return charterLine{Version: c.Version, By: c.By, At: stampOrNil(c.At)}
}

func showCharter(c council.Charter) charterShown {
	return charterShown{charterLine: showCharterLine(c), Text: c.Text}
}

// memberShown is a membership: never the resident's id.
type memberShown struct {
	Number     int    `json:"n" doc:"在这个组织里的编号"`
	Name       string `json:"name" example:"王*成"`
	Office     string `json:"office" example:"convenor"`
	OfficeName string `json:"office_name" example:"召集人"`
	From       string `json:"from" format:"date"`
	Until      string `json:"until,omitempty" format:"date"`
}

type councilVoters struct {
	Office string   `json:"office" example:"道德评议会成员"`
	Names  []string `json:"names"`
	Note   string   `json:"note"`
}

func (a *API) showCouncil(c council.Council) councilShown {
	member := func(m council.Member) memberShown {
		return memberShown{Number: m.Number, Name: m.Name, Office: m.Office, OfficeName: a.councils.OfficeName(m.Office), From: m.From, Until: m.Until}
	}
	out := councilShown{
		CouncilLine: showCouncilLine(c), Revision: c.Revision, RegisteredAt: stampOrNil(c.RegisteredAt), About: c.Rule.About, Text: c.Text,
		Charters: mapped(c.Charters, showCharterLine), Members: mapped(c.Members, member), Former: mapped(c.Former, member), Manages: c.Manages,
	}
	if c.Rule.VotersRole != "" {
		out.Voters = &councilVoters{Office: c.VotersBy, Names: append([]string{}, c.Voters...), Note: c.VotersNote()}
	}
	return out
}

// activityShown is an activity in full.
type activityShown struct {
	ID          string       `json:"id"`
	Council     string       `json:"council_id"`
	CouncilName string       `json:"council_name"`
	Region      region.Code  `json:"region"`
	Kind        string       `json:"kind" example:"mutual_aid"`
	KindName    string       `json:"kind_name" example:"互助"`
	Title       string       `json:"title"`
	State       string       `json:"state" enum:"planned,held,summarised,archived,cancelled"`
	StateName   string       `json:"state_name" example:"已办"`
	On          string       `json:"on" format:"date" doc:"哪一天办的，或者计划哪一天办"`
	Place       string       `json:"place"`
	Plan        string       `json:"plan,omitempty"`
	Heads       int          `json:"heads" doc:"多少人参加"`
	CostFen     int64        `json:"cost_fen" doc:"花了多少，单位是分"`
	Money       string       `json:"money,omitempty" doc:"钱从哪里来"`
	MoneyName   string       `json:"money_name,omitempty" example:"村集体资金"`
	Summary     string       `json:"summary,omitempty"`
	Cancelled   string       `json:"cancelled_because,omitempty"`
	Photos      []photoShown `json:"photos" doc:"办了以后才有"`
	Version     int          `json:"version" doc:"第几版；1 是没有更正过"`
	Changes     []correction `json:"corrections"`
	Revision    int          `json:"revision"`
	PlannedAt   *string      `json:"planned_at"`
	ChangedAt   *string      `json:"changed_at"`
	URL         string       `json:"url"`
	Available   []available  `json:"available_actions"`
}

// correction is one change of what was told: figures that stood before are shown,
// texts are not.
type correction struct {
	Version int      `json:"version"`
	At      *string  `json:"at"`
	By      string   `json:"by" doc:"由哪个职务更正"`
	Reason  string   `json:"reason"`
	What    []string `json:"what" doc:"更正了哪几项"`
	Before  struct {
		On      string `json:"on" format:"date"`
		Heads   int    `json:"heads"`
		CostFen int64  `json:"cost_fen"`
		Money   string `json:"money,omitempty"`
	} `json:"before" doc:"更正以前的日期和数字"`
}

func showCorrection(c council.Change) correction {
	out := correction{Version: c.Version, At: stampOrNil(c.At), By: c.By, Reason: c.Reason, What: c.What}
	out.Before.On, out.Before.Heads, out.Before.CostFen, out.Before.Money = c.Before.HeldOn, c.Before.Heads, c.Before.CostFen, c.Before.Money
	return out
}

func showActivity(x council.Activity) activityShown {
	c := x.Content
	return activityShown{
		ID: x.ID, Council: x.CouncilID, CouncilName: x.CouncilName, Region: x.Region, Kind: x.Kind, KindName: x.KindName, Title: x.Title,
		State: string(x.State), StateName: x.StateName, On: x.Day(), Place: x.Place(), Plan: c.Plan, Heads: x.Heads, CostFen: x.CostFen,
		Money: c.Money, MoneyName: x.MoneyName, Summary: c.Summary, Cancelled: c.Cancelled, Version: x.Version(),
		Photos: mapped(x.Pictures, func(p council.Photo) photoShown {
			return photoShown{ID: p.ID, URL: p.URL, ThumbURL: p.ThumbURL, Name: p.Name}
		}),
		Changes: mapped(c.Changes, showCorrection), Revision: x.Revision, PlannedAt: stampOrNil(x.PlannedAt), ChangedAt: stampOrNil(x.ChangedAt),
		URL: x.Path(), Available: mapped(x.Available, showAvailable),
	}
}

type councilRules struct {
	Version    int             `json:"version"`
	Kinds      []councilKind   `json:"kinds"`
	Offices    []councilOffice `json:"offices"`
	Activities []councilWord   `json:"activities"`
	Money      []councilWord   `json:"money"`
	Limits     councilLimits   `json:"limits"`
}

type councilKind struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	About    string `json:"about"`
	ByOffice bool   `json:"members_by_office" doc:"成员就是被任命的人，不另立名单"`
	Source   string `json:"source"`
}

type councilOffice struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Most   int    `json:"most" doc:"同时最多几人，0 为不限"`
	Source string `json:"source"`
}

type councilWord struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Source string `json:"source"`
}

type councilLimits struct {
	TermYears    int    `json:"term_years"`
	CharterLeast int    `json:"charter_least" doc:"章程最少几个字"`
	CharterMost  int    `json:"charter_most"`
	PhotosMost   int    `json:"photos_most"`
	CostMostFen  int64  `json:"cost_most_fen"`
	Source       string `json:"source"`
}

func showCouncilRules(r *council.Rules) councilRules {
	word := func(n council.NameRule) councilWord { return councilWord(n) }
	return councilRules{
		Version: r.Version, Activities: mapped(r.Activities, word), Money: mapped(r.Money, word),
		Kinds: mapped(r.Kinds, func(k council.KindRule) councilKind {
			return councilKind{Code: k.Code, Name: k.Name, About: k.About, ByOffice: k.VotersRole != "", Source: k.Source}
		}),
		Offices: mapped(r.Offices, func(o council.OfficeRule) councilOffice { return councilOffice(o) }),
		Limits: councilLimits{
			TermYears: r.Limits.TermYears, CharterLeast: r.Limits.CharterLeast, CharterMost: r.Limits.CharterMost, PhotosMost: r.Limits.PhotosMost,
			CostMostFen: r.Limits.CostMostFen, Source: r.Limits.Source,
		},
	}
}
