package api

import (
	"context"
	"errors"
	"net/http"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/procedure"
	"cunwu/service/redblack"
	"cunwu/service/region"
)

const boardTag = "红黑榜"

// BoardPath is a village in a path of the boards.
type BoardPath struct {
	Region region.Code `path:"region" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" example:"510821102200"`
}

// BoardQuery is what a list is asked by. Types that others embed are exported, for
// the library that reads requests.
type BoardQuery struct {
	Region region.Code `path:"region" pattern:"^[0-9]{2,12}$" patternDescription:"2 到 12 位数字的地区代码" example:"510821102200"`
	Cursor string      `query:"cursor" maxLength:"40"`
	Limit  int         `query:"limit" minimum:"1" maximum:"50" default:"20"`
}

// newEntry is what is nominated or reported.
type newEntry struct {
	Name     string   `json:"name" minLength:"1" maxLength:"40" doc:"是谁。只有管榜人和评议会看得到，加密保存，不告诉您名册上有没有这个人"`
	Group    string   `json:"group,omitempty" maxLength:"40" doc:"哪个组的，知道就写"`
	Clause   string   `json:"clause" minLength:"1" maxLength:"16" doc:"村规民约的哪一条，见知榜"`
	Facts    string   `json:"facts" minLength:"1" maxLength:"2000" doc:"做了什么：只说事。评议会看，不公开"`
	Place    string   `json:"place,omitempty" maxLength:"100" doc:"在哪里"`
	On       string   `json:"on" format:"date" doc:"哪一天的事"`
	Evidence []string `json:"evidence,omitempty" maxItems:"10" doc:"照片等，先传到 /uploads；不公开"`
	Behalf   string   `json:"on_behalf_of,omitempty" maxLength:"40" doc:"管榜人替没有手机的村民登记时，写替谁"`
}

func (b newEntry) entry(kind redblack.Kind, at region.Code) redblack.NewEntry {
	return redblack.NewEntry{
		Kind: kind, Region: at, Name: b.Name, Group: b.Group, Clause: b.Clause, Facts: b.Facts, Place: b.Place, On: b.On,
		Evidence: b.Evidence, Behalf: b.Behalf,
	}
}

// mountRedBlack serves the red and black lists of villages.
func (a *API) mountRedBlack() {
	a.mountBoardLists()
	a.mountAnnouncements()
	a.mountEntries()
	a.mountEntryVoices()
	a.mountMatters()
}

func (a *API) knownEntry(ctx context.Context, c account.Caller, id string) error {
	return a.redblack.Known(ctx, c, id)
}

// endorsedOf gives the endorsements of the red ones.
func (a *API) endorsedOf(ctx context.Context, es []redblack.Entry) (map[string]int64, error) {
	if a.rankings == nil {
		return nil, nil
	}
	var ids []string
	for _, e := range es {
		if e.Kind == redblack.Red {
			ids = append(ids, e.ID)
		}
	}
	return a.rankings.Endorsements(ctx, ids)
}

func (a *API) mountBoardLists() {
	for _, b := range []struct {
		kind            redblack.Kind
		summary, detail string
	}{
		{redblack.Red, "一个地方的红榜：公示中的和在榜的，新的在前", "姓名和照片只在本人同意时出现，本人随时可以撤回。"},
		{redblack.Black, "一个地方的黑榜：只写行为、依据的条款、小组和月份", "不写是谁；点名的每一个条件都满足的，只有本村认证村民看得到，最多三十日。申诉期间一律不展示。搜索引擎不收录，任何地方都不缓存。"},
	} {
		read(a, route{
			id: "get-" + string(b.kind) + "-board", path: "/boards/{region}/" + string(b.kind), tag: boardTag, public: true, passing: true,
			summary: b.summary, detail: b.detail,
		}, func(ctx context.Context, c account.Caller, in *BoardQuery) (boardShown, error) {
			name := "boards/" + string(in.Region) + "/" + string(b.kind)
			before, err := readCursor(name, in.Cursor)
			if err != nil {
				return boardShown{}, err
			}
			x, err := a.redblack.Board(ctx, c, redblack.BoardQuery{Region: in.Region, Kind: b.kind, Before: before, Limit: in.Limit})
			if err != nil {
				return boardShown{}, err
			}
			out, err := a.showBoard(ctx, x)
			out.Next = makeCursor(name, x.Next)
			return out, err
		})
	}
}

func (a *API) showBoard(ctx context.Context, x redblack.Board) (boardShown, error) {
	endorsed, err := a.endorsedOf(ctx, x.Entries)
	if err != nil {
		return boardShown{}, err
	}
	out := boardShown{
		Region: x.Region, RegionName: x.RegionName, Apologies: mapped(x.Apologies, showApology),
		Items: mapped(x.Entries, func(e redblack.Entry) BoardEntry { return a.showBoardEntry(e, endorsed) }),
	}
	if x.Announcement != nil {
		n := showAnnouncement(*x.Announcement)
		out.Announcement = &n
	}
	return out, nil
}

func (a *API) mountAnnouncements() {
	read(a, route{
		id: "get-announcement", path: "/boards/{region}/announcement", tag: boardTag, public: true,
		summary: "知榜：哪些条款会上榜、谁评议、谁管榜、怎样提异议和申诉",
	}, func(ctx context.Context, _ account.Caller, in *BoardPath) (announcement, error) {
		x, err := a.redblack.Announcement(ctx, in.Region)
		if err != nil {
			return announcement{}, err
		}
		return showAnnouncement(x), nil
	})
	type announcementBody struct {
		Council    string   `json:"council" minLength:"2" maxLength:"40" doc:"评议的组织，如 道德评议会"`
		KeeperRole string   `json:"keeper_role" minLength:"2" maxLength:"40" doc:"管榜人的职务代码，如 clerk"`
		Keeper     string   `json:"keeper" minLength:"2" maxLength:"40" doc:"管榜人的姓名，挂在榜上"`
		Clauses    []string `json:"clauses" minItems:"1" maxItems:"60" doc:"现行村规民约中会上红榜或黑榜的条款代码"`
		Incentives string   `json:"incentives,omitempty" maxLength:"2000" doc:"上红榜有什么鼓励、上黑榜怎样帮助"`
		Objections string   `json:"objections" minLength:"1" maxLength:"2000" doc:"怎样提异议、怎样申诉"`
		From       string   `json:"from" format:"date" doc:"从哪一天起，今天或以后"`
	}
	write(a, route{
		id: "announce-board", path: "/boards/{region}/announcement", tag: boardTag, access: signedIn, status: http.StatusCreated,
		summary: "公布红黑榜的规则（知榜）", detail: "公布以前不能提名、反映。同时进入公开动态，可以打印、广播。",
		example: map[string]any{
			"council": "道德评议会", "keeper_role": "clerk", "keeper": "陈晓兰", "clauses": []string{"c07"}, "incentives": "上红榜的，年底发一张奖状。",
			"objections": "公示期间可以在小程序里或到村委会提异议；不服的五日内由监委会处理，再不服的由镇政府处理。", "from": "2026-10-01",
		},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *struct {
		BoardPath
		Body announcementBody
	},
	) (redblack.Announcement, error) {
		b := in.Body
		return a.redblack.Announce(ctx, c, act, redblack.NewAnnouncement{
			Region: in.Region, Council: b.Council, KeeperRole: b.KeeperRole, Keeper: b.Keeper, Clauses: b.Clauses,
			Incentives: b.Incentives, Objections: b.Objections, From: b.From,
		})
	}, showAnnouncement)
}

func (a *API) mountEntries() {
	for _, r := range []struct {
		id, path, summary, detail string
		kind                      redblack.Kind
		clause, facts             string
	}{
		{"nominate", "nominations", "提名红榜", "本村认证村民可以提，不能提自己。核实、评议、征求本人意见、公示以后才上榜。", redblack.Red, "c07", "八月十二日夜里下大雨，主动帮隔壁没有劳力的一户抢收了三亩玉米，忙到天亮。"},
		{"report-conduct", "reports", "反映不遵守村规民约的行为", "本村认证村民可以反映。只有评议会看得到，谁反映的只有管榜人看得到。先告知本人、听取说明、教育帮助，改了就不上榜。", redblack.Black, "c03", "八月以来多次把建筑垃圾倒在三组的排水沟里，劝过两次。"},
	} {
		write(a, route{
			id: r.id, path: "/boards/{region}/" + r.path, tag: boardTag, access: signedIn, status: http.StatusCreated, summary: r.summary, detail: r.detail,
			example: map[string]any{"name": "王小五", "group": "3组", "clause": r.clause, "facts": r.facts, "place": "三组", "on": "2026-08-12"},
		}, func(ctx context.Context, c account.Caller, act audit.Act, in *struct {
			BoardPath
			Body newEntry
		},
		) (redblack.Receipt, error) {
			return a.redblack.Nominate(ctx, c, act, in.Body.entry(r.kind, in.Region))
		}, showEntryReceipt)
	}
	read(a, route{
		id: "get-board-entry", path: "/boards/entries/{id}", tag: boardTag, public: true, passing: true, known: a.knownEntry,
		summary: "红黑榜的一条", detail: "经办的人、本人和提的人还看得到各自该看的部分（matter）。",
	}, func(ctx context.Context, c account.Caller, in *IDPath) (entryShown, error) {
		return a.showEntry(ctx, c, in.ID)
	})
	write(a, route{
		id: "act-on-board-entry", path: "/boards/entries/{id}/actions", tag: boardTag, access: signedIn, known: a.knownEntry,
		summary: "办一步：核实、告知、说明、评议、征求意见、同意、公示、上榜、改正、申诉、撤下……",
		detail:  "能办哪一步、要填什么，看 available_actions。回答里没有姓名和内容。",
		example: map[string]any{"action": "reject", "reason": "核实过，不是这一户倒的。"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *struct {
		IDPath
		Body actionBody
	},
	) (redblack.Receipt, error) {
		return a.redblack.Act(ctx, c, act, in.ID, in.Body.Input)
	}, showEntryReceipt)
}

// entryShown is an entry as the public sees it and, for those who have to do
// with it, the matter behind it. One of them may be missing.
type entryShown struct {
	BoardEntry
	Matter *matterShown `json:"matter,omitempty"`
}

func (a *API) showEntry(ctx context.Context, c account.Caller, id string) (entryShown, error) {
	var out entryShown
	e, err := a.redblack.Entry(ctx, c, id)
	onBoard := err == nil
	if err != nil && !errors.Is(err, redblack.ErrNotFound) {
		return out, err
	}
	m, err := a.redblack.Matter(ctx, c, id)
	switch {
	case err == nil:
		shown := showMatter(m)
		out.Matter = &shown
		if !onBoard {
			e = m.Entry
		}
	case !errors.Is(err, redblack.ErrNotFound):
		return out, err
	case !onBoard:
		return out, redblack.ErrNotFound
	}
	endorsed, err := a.endorsedOf(ctx, []redblack.Entry{e})
	if err != nil {
		return out, err
	}
	out.BoardEntry = a.showBoardEntry(e, endorsed)
	if out.Matter != nil {
		out.Available = out.Matter.Available
	}
	return out, nil
}

func (a *API) mountEntryVoices() {
	type entryVoteBody struct {
		Vote string `json:"vote" enum:"yes,no,abstain" doc:"赞成、反对、弃权；村民代表没有弃权"`
		As   string `json:"as,omitempty" enum:"council,representative" default:"council" doc:"以什么身份：道德评议会成员，或者村民代表"`
	}
	write(a, route{
		id: "vote-on-board-entry", path: "/boards/entries/{id}/votes", tag: boardTag, access: signedIn, known: a.knownEntry,
		summary: "道德评议会成员评议，村民代表发表意见", detail: "一人一次。本人和近亲属回避。只公布人数，不公布是谁。",
		example: map[string]any{"vote": "yes"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *struct {
		IDPath
		Body entryVoteBody
	},
	) (redblack.Receipt, error) {
		step := procedure.Input{Action: "vote", Fields: map[string]string{"vote": in.Body.Vote}}
		if in.Body.As == "representative" {
			step = procedure.Input{Action: "consult", Fields: map[string]string{"answer": in.Body.Vote}}
		}
		return a.redblack.Act(ctx, c, act, in.ID, step)
	}, showEntryReceipt)
	type entryObjectionBody struct {
		Text string `json:"text" minLength:"1" maxLength:"1000" doc:"有什么不同意见"`
	}
	write(a, route{
		id: "object-to-board-entry", path: "/boards/entries/{id}/objections", tag: boardTag, access: signedIn, status: http.StatusCreated, known: a.knownEntry,
		summary: "公示期间提异议", detail: "本村认证村民一人一次，只有管榜人和评议会看得到内容，谁提的不公开。没有处理完不能上榜。",
		example: map[string]any{"text": "这件事是两家一起做的，只写一家不合适。"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *struct {
		IDPath
		Body entryObjectionBody
	},
	) (redblack.Receipt, error) {
		return a.redblack.Act(ctx, c, act, in.ID, procedure.Input{Action: "object", Fields: map[string]string{"text": in.Body.Text}})
	}, showEntryReceipt)
	read(a, route{
		id: "list-board-candidates", path: "/boards/entries/{id}/candidates", tag: boardTag, access: signedIn, known: a.knownEntry,
		summary: "名册上同名的人，供管榜人核实", detail: "姓名隐去一部分。",
	}, func(ctx context.Context, c account.Caller, in *IDPath) (list[candidate], error) {
		all, err := a.redblack.Candidates(ctx, c, in.ID)
		return list[candidate]{Items: mapped(all, showCandidate)}, err
	})
}

func (a *API) mountMatters() {
	type mattersQuery struct {
		BoardQuery
		All bool `query:"all" doc:"连同现在不等我办的"`
	}
	read(a, route{
		id: "list-board-matters", path: "/boards/{region}/matters", tag: boardTag, access: signedIn,
		summary: "等我办的红黑榜事项", detail: "管榜人、评议会成员、村民代表、监委会、乡镇各看到自己该办的。",
	}, func(ctx context.Context, c account.Caller, in *mattersQuery) (list[matterShown], error) {
		name := "matters/" + string(in.Region)
		before, err := readCursor(name, in.Cursor)
		if err != nil {
			return list[matterShown]{}, err
		}
		x, err := a.redblack.Matters(ctx, c, redblack.MattersQuery{Region: in.Region, Before: before, Limit: in.Limit, All: in.All})
		return list[matterShown]{Items: mapped(x.Items, showMatter), Next: makeCursor(name, x.Next)}, err
	})
	read(a, route{
		id: "list-own-boards", path: "/me/boards", tag: boardTag, access: signedIn,
		summary: "和我有关的红黑榜事项，以及我提名、反映过的",
	}, func(ctx context.Context, c account.Caller, _ *struct{}) (ownBoards, error) {
		x, err := a.redblack.Own(ctx, c)
		return ownBoards{About: mapped(x.About, showMatter), Made: mapped(x.Made, showMatter)}, err
	})
	type boardReportBody struct {
		Item   string `json:"item" enum:"C04,C05,C06" doc:"公开目录的事项"`
		Period string `json:"period" pattern:"^20[0-9]{2}Q[1-4]$" patternDescription:"季度，如 2026Q3" doc:"哪个季度"`
	}
	write(a, route{
		id: "report-board", path: "/boards/{region}/report", tag: boardTag, access: signedIn, status: http.StatusCreated,
		summary: "由红黑榜的记录生成公开草稿（C04、C05、C06）", detail: "没有姓名。草稿按公开的程序审查、确认、发布。",
		example: map[string]any{"item": "C04", "period": "2026Q3"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *struct {
		BoardPath
		Body boardReportBody
	},
	) (disclosure.Posting, error) {
		return a.redblack.Report(ctx, c, act, redblack.NewReport{Region: in.Region, Item: in.Body.Item, Period: in.Body.Period})
	}, showPosting)
}
