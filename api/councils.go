package api

import (
	"context"
	"net/http"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/council"
	"cunwu/service/disclosure"
	"cunwu/service/region"
)

// CouncilTexts is what a body says of itself.
type CouncilTexts struct {
	Name    string `json:"name" minLength:"1" maxLength:"40" doc:"组织名称" example:"盐井村红白理事会"`
	Charter string `json:"charter" maxLength:"20000" doc:"章程全文。改了就是新的一版，旧版保留"`
	From    string `json:"from" format:"date" doc:"任期的第一天" example:"2026-01-01"`
	Until   string `json:"until" format:"date" doc:"任期的最后一天" example:"2028-12-31"`
}

// CouncilMemberBody is a person who comes to sit in a body.
type CouncilMemberBody struct {
	Resident string `json:"resident" minLength:"1" maxLength:"64" doc:"名册里的编号，见 /regions/{code}/residents；从不公开"`
	Office   string `json:"office" minLength:"1" maxLength:"24" doc:"职务，见 /councils/rules" example:"member"`
	From     string `json:"from" format:"date" doc:"任职的第一天"`
	Until    string `json:"until,omitempty" format:"date" doc:"任职的最后一天；不知道就不填"`
}

func (b CouncilMemberBody) member() council.NewMember {
	return council.NewMember{Resident: b.Resident, Office: b.Office, From: b.From, Until: b.Until}
}

type newCouncil struct {
	CouncilTexts
	Region  region.Code         `json:"region" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" doc:"村（社区）代码"`
	Kind    string              `json:"kind" minLength:"1" maxLength:"24" doc:"种类，见 /councils/rules" example:"wedding_funeral"`
	Members []CouncilMemberBody `json:"members,omitempty" maxItems:"50" doc:"一并登记的成员"`
}

const exampleCharter = "本会由村民推选产生，倡导婚事新办、丧事简办。酒席不超过二十桌，不收礼金。理事会每季度开会一次。"

func (a *API) mountCouncils() {
	a.mountCouncilReads()
	a.mountCouncilWrites()
	a.mountCouncilMembers()
	a.mountCouncilActivities()
}

func (a *API) knownCouncil(ctx context.Context, caller account.Caller, id string) error {
	return a.councils.Known(ctx, caller, id)
}

func (a *API) knownCouncilActivity(ctx context.Context, caller account.Caller, id string) error {
	return a.councils.KnownActivity(ctx, caller, id)
}

func (a *API) mountCouncilReads() {
	type listQuery struct {
		Region string `query:"region" required:"true" pattern:"^[0-9]{2,14}$" patternDescription:"2 到 14 位数字的地区代码" doc:"地区代码，任何级别" example:"510821102200"`
		Kind   string `query:"kind" maxLength:"24" doc:"只看这个种类的"`
		Cursor string `query:"cursor" maxLength:"40"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-councils", path: "/councils", tag: "自治组织", public: true,
		summary: "一个地方和它下面所有地方的自治组织，新登记的在前", detail: "红白理事会、理事会、议事会、道德评议会。成员只显示遮盖过的姓名。",
	}, func(ctx context.Context, caller account.Caller, in *listQuery) (list[CouncilLine], error) {
		name := "councils/" + in.Region + "/" + in.Kind
		before, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[CouncilLine]{}, err
		}
		p, err := a.councils.List(ctx, caller, council.Range{Region: region.Code(in.Region), Kind: in.Kind, Before: before, Limit: in.Limit})
		return list[CouncilLine]{Items: mapped(p.Items, showCouncilLine), Next: makeCursor(name, p.Next)}, err
	})
	read(a, route{
		id: "get-council-rules", path: "/councils/rules", tag: "自治组织", public: true,
		summary: "组织的种类、职务、活动种类、经费来源和限度", detail: "各有出处。",
	}, func(context.Context, account.Caller, *struct{}) (councilRules, error) {
		return showCouncilRules(a.councils.Rules()), nil
	})
	read(a, route{
		id: "get-council", path: "/councils/{id}", tag: "自治组织", public: true, known: a.knownCouncil,
		summary: "一个自治组织：章程、任期、成员和历任成员", detail: "道德评议会的成员就是被任命的评议会成员，列在 voters，不另立名单。",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (councilShown, error) {
		c, err := a.councils.Council(ctx, caller, in.ID)
		return a.showCouncil(c), err
	})
	read(a, route{
		id: "list-council-charters", path: "/councils/{id}/charters", tag: "自治组织", public: true, known: a.knownCouncil,
		summary: "章程的各个版本，新的在前",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (list[charterShown], error) {
		c, err := a.councils.Council(ctx, caller, in.ID)
		return list[charterShown]{Items: mapped(c.Charters, showCharter)}, err
	})
}

func (a *API) mountCouncilWrites() {
	write(a, route{
		id: "register-council", path: "/councils", tag: "自治组织", access: signedIn, status: http.StatusCreated,
		summary: "登记一个自治组织", detail: "由主任或文书登记。道德评议会不填成员：成员就是被任命的评议会成员。",
		example: map[string]any{
			"region": "510821102200", "kind": "board", "name": "盐井村环境卫生理事会", "charter": exampleCharter, "from": "2026-01-01", "until": "2028-12-31",
		},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct{ Body newCouncil }) (council.Council, error) {
		b := in.Body
		return a.councils.Register(ctx, caller, act, council.NewCouncil{
			Region: b.Region, Kind: b.Kind, Name: b.Name, Charter: b.Charter, From: b.From, Until: b.Until, Members: mapped(b.Members, CouncilMemberBody.member),
		})
	}, showCouncilWritten)
	type changes struct {
		CouncilTexts
		Revision int `json:"revision,omitempty" minimum:"0" doc:"读到的 revision；不填就以现在的为准"`
	}
	write(a, route{
		id: "change-council", method: http.MethodPut, path: "/councils/{id}", tag: "自治组织", access: signedIn, known: a.knownCouncil,
		summary: "修改名称、章程或任期", detail: "章程改了就是新的一版，旧版一直可以看。",
		example: map[string]any{"name": "盐井村红白理事会", "charter": exampleCharter, "from": "2026-01-01", "until": "2028-12-31"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body changes
	},
	) (council.Council, error) {
		b := in.Body
		return a.councils.Change(ctx, caller, act, in.ID, council.Changes{Revision: b.Revision, Name: b.Name, Charter: b.Charter, From: b.From, Until: b.Until})
	}, showCouncilWritten)
	type reportBody struct {
		Region region.Code `json:"region" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" doc:"村（社区）代码"`
		Year   int         `json:"year" minimum:"2000" maximum:"2199" doc:"哪一年" example:"2026"`
	}
	write(a, route{
		id: "draft-council-report", path: "/councils/report", tag: "自治组织", access: signedIn, status: http.StatusCreated,
		summary: "由记录起草“自治组织章程、成员、活动”（C07）", detail: "组织、章程、成员人数、活动次数和经费，不含姓名。只是起草，还要审查、确认、公布。",
		example: map[string]any{"region": "510821102200", "year": 2026},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct{ Body reportBody }) (disclosure.Posting, error) {
		return a.councils.Report(ctx, caller, act, council.NewReport{Region: in.Body.Region, Year: in.Body.Year})
	}, showPosting)
}

func (a *API) mountCouncilMembers() {
	write(a, route{
		id: "add-council-member", path: "/councils/{id}/members", tag: "自治组织", access: signedIn, status: http.StatusCreated, known: a.knownCouncil,
		summary: "登记一名成员", detail: "只能是本村名册里的人；同一个人同一时间只有一个职务。",
		example: map[string]any{"resident": "在名册里选", "office": "member", "from": "2026-01-01"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body CouncilMemberBody
	},
	) (council.Council, error) {
		return a.councils.AddMember(ctx, caller, act, in.ID, in.Body.member())
	}, showCouncilWritten)
	type endInput struct {
		IDPath
		Number int `path:"n" minimum:"1" doc:"成员在这个组织里的编号"`
		Body   struct {
			Until string `json:"until" format:"date" doc:"任职的最后一天"`
		}
	}
	write(a, route{
		id: "end-council-member", path: "/councils/{id}/members/{n}/end", tag: "自治组织", access: signedIn, known: a.knownCouncil,
		summary: "登记一名成员离任", detail: "记录保留，列在历任成员里。", example: map[string]any{"until": "2026-06-30"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *endInput) (council.Council, error) {
		return a.councils.EndMember(ctx, caller, act, in.ID, in.Number, in.Body.Until)
	}, showCouncilWritten)
}

func (a *API) mountCouncilActivities() {
	type activityBody struct {
		Kind  string `json:"kind" minLength:"1" maxLength:"24" doc:"种类，见 /councils/rules" example:"mutual_aid"`
		Title string `json:"title" minLength:"1" maxLength:"60" doc:"活动名称"`
		On    string `json:"on" format:"date" doc:"哪一天；补记的填过去的日期"`
		Place string `json:"place" minLength:"1" maxLength:"60" doc:"在哪里"`
		Plan  string `json:"plan,omitempty" maxLength:"1000" doc:"打算怎么办"`
	}
	type pageInput struct {
		IDPath
		Cursor string `query:"cursor" maxLength:"40"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	read(a, route{
		id: "list-council-activities", path: "/councils/{id}/activities", tag: "自治组织", public: true, known: a.knownCouncil,
		summary: "一个组织的会议和活动，新登记的在前",
	}, func(ctx context.Context, _ account.Caller, in *pageInput) (list[activityShown], error) {
		name := "councils/" + in.ID + "/activities"
		before, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[activityShown]{}, err
		}
		p, err := a.councils.Activities(ctx, in.ID, before, in.Limit)
		return list[activityShown]{Items: mapped(p.Items, showActivity), Next: makeCursor(name, p.Next)}, err
	})
	write(a, route{
		id: "plan-council-activity", path: "/councils/{id}/activities", tag: "自治组织", access: signedIn, status: http.StatusCreated, known: a.knownCouncil,
		summary: "登记一次活动的计划", detail: "登记后即公开。办完后用 hold 登记情况，用 summarise 总结；没有办成的用 cancel 写明原因。",
		example: map[string]any{"kind": "mutual_aid", "title": "帮缺劳力的人家收麦", "on": "2026-05-20", "place": "二组坝子", "plan": "自带镰刀。"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body activityBody
	},
	) (council.Activity, error) {
		return a.councils.Plan(ctx, caller, act, in.ID, council.NewActivity(in.Body))
	}, showActivity)
	read(a, route{
		id: "get-council-activity", path: "/councils/activities/{id}", tag: "自治组织", public: true, known: a.knownCouncilActivity,
		summary: "一次活动：时间、地点、人数、经费、照片、总结、更正",
	}, func(ctx context.Context, caller account.Caller, in *IDPath) (activityShown, error) {
		x, err := a.councils.Activity(ctx, caller, in.ID)
		return showActivity(x), err
	})
	write(a, route{
		id: "act-on-council-activity", path: "/councils/activities/{id}/actions", tag: "自治组织", access: signedIn, known: a.knownCouncilActivity,
		summary: "登记情况、总结、取消、更正", detail: "能办哪一步、要填什么，看 available_actions。经费单位是分。照片在登记情况以后公开；更正时 photos 填 replace，照片换成这次附上的。",
		example: map[string]any{"action": "hold", "held_on": "2026-05-20", "place": "二组坝子", "heads": "23", "cost_fen": "12050", "money": "collective"},
	}, func(ctx context.Context, caller account.Caller, act audit.Act, in *struct {
		IDPath
		Body actionBody
	},
	) (council.Activity, error) {
		return a.councils.Act(ctx, caller, act, in.ID, in.Body.Input)
	}, showActivity)
}
