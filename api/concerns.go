package api

import (
	"context"
	"net/http"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/region"
)

// newConcern is what is raised.
type newConcern struct {
	Region     region.Code    `json:"region" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码"`
	Group      region.Code    `json:"group,omitempty" pattern:"^[0-9]{14}$" patternDescription:"14 位数字的村民小组代码" doc:"哪个组的事；全村的事不填"`
	Category   string         `json:"category" maxLength:"16" doc:"类别，见 /concerns/categories；说不清就填 other"`
	Text       string         `json:"text" doc:"什么事，5 到 2000 个字。手机号、住址等别人看到的会遮盖"`
	Transcript string         `json:"transcript,omitempty" doc:"录音转成的文字，本人看过确认"`
	Place      *concernPlace  `json:"place,omitempty" doc:"在哪里"`
	Media      []string       `json:"media,omitempty" maxItems:"10" doc:"先上传，再填上传得到的编号：照片最多九张，录音（mp3，60 秒以内）一段"`
	Visibility string         `json:"visibility,omitempty" enum:"public,named,private,sealed" default:"public" doc:"谁能看：public 公开，别人看不到姓名；named 公开，本村认证村民看得到姓名；private 只有经办的人；sealed 密封给县纪委监委，村和乡镇看不到"`
	Channel    string         `json:"channel,omitempty" enum:"app,in_person,phone,talk_day" default:"app" doc:"来人、来电、说事日由村里登记"`
	TalkDay    string         `json:"talk_day,omitempty" format:"date" doc:"说事日上说的，写哪一天"`
	Behalf     *concernBehalf `json:"on_behalf_of,omitempty" doc:"替谁说的：名册上的人，或者姓名和联系方式，或者匿名，三样写一样"`
}

type concernBehalf struct {
	Resident  string `json:"resident,omitempty" maxLength:"40" doc:"名册上的人的编号；村民只能替自己家的人说"`
	Name      string `json:"name,omitempty" maxLength:"80" doc:"姓名，加密保存"`
	Contact   string `json:"contact,omitempty" maxLength:"80" doc:"联系方式，加密保存，只有经办的人看得到"`
	Anonymous bool   `json:"anonymous,omitempty" doc:"来人来电不愿留名"`
}

func (b newConcern) raised() concern.NewConcern {
	out := concern.NewConcern{
		Region: b.Region, Group: b.Group, Category: b.Category, Text: b.Text, Transcript: b.Transcript, Media: b.Media,
		Visibility: concern.Visibility(b.Visibility), Channel: concern.Channel(b.Channel), TalkDay: b.TalkDay,
	}
	if b.Place != nil {
		out.Place.Text = b.Place.Text
		if p := b.Place.Point; p != nil {
			out.Place.Point = &concern.Point{Latitude: p.Latitude, Longitude: p.Longitude}
		}
	}
	if o := b.Behalf; o != nil {
		out.OnBehalf = &concern.Behalf{Resident: o.Resident, Name: o.Name, Contact: o.Contact, Anonymous: o.Anonymous}
	}
	return out
}

func (a *API) mountConcerns() {
	a.mountConcernLists()
	a.mountConcern()
	a.mountSimilarConcerns()
	a.mountConcernFigures()
	a.mountConcernBatch()
	a.mountTalkDays()
}

func (a *API) knownConcern(ctx context.Context, c account.Caller, id string) error {
	return a.concerns.Known(ctx, c, id)
}

// concernQuery is what a list of concerns is asked by.
type concernQuery struct {
	Region   string `query:"region" pattern:"^[0-9]{2,14}$" patternDescription:"2 到 14 位数字的地区代码" doc:"地区代码，任何级别；mine 和 work 可以不填" example:"510821102200"`
	Group    string `query:"group" pattern:"^[0-9]{14}$" patternDescription:"14 位数字的村民小组代码"`
	Category string `query:"category" maxLength:"16"`
	State    string `query:"state" maxLength:"16" doc:"只看这个状态的"`
	Open     string `query:"open" enum:"true,false" doc:"true 没有了结的，false 已经了结的"`
	Mine     bool   `query:"mine" doc:"我说的、我同问的"`
	Work     bool   `query:"work" doc:"等我的单位办的，急的在前"`
	CallBack bool   `query:"call_back" doc:"抽中要回访的"`
	Sealed   bool   `query:"sealed" doc:"密封反映，只有县纪委监委"`
	TalkDay  string `query:"talk_day" format:"date" doc:"哪个说事日上说的"`
	Linked   string `query:"linked" maxLength:"40" doc:"转到了这个编号的协商或决议、结果写着这条公开内容的"`
	From     string `query:"from" format:"date" doc:"从哪一天起说的"`
	Until    string `query:"until" format:"date" doc:"到哪一天为止，含这一天"`
	Cursor   string `query:"cursor" maxLength:"60"`
	Limit    int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
}

func (in concernQuery) query() concern.Query {
	q := concern.Query{
		Region: region.Code(in.Region), Group: region.Code(in.Group), Category: in.Category, State: concern.State(in.State), Mine: in.Mine,
		Work: in.Work, CallBack: in.CallBack, Sealed: in.Sealed, TalkDay: in.TalkDay, Linked: in.Linked, Cursor: in.Cursor, Limit: in.Limit,
	}
	if in.Open != "" {
		q.Open = ptr(in.Open == "true")
	}
	// The shape was checked by the door; a day that is none narrows nothing.
	if t, err := time.ParseInLocation(time.DateOnly, in.From, calendar.China); err == nil {
		q.From = t
	}
	if t, err := time.ParseInLocation(time.DateOnly, in.Until, calendar.China); err == nil {
		q.Until = t.AddDate(0, 0, 1)
	}
	return q
}

type concernCategory struct {
	Code string `json:"code" example:"road"`
	Name string `json:"name" example:"道路桥梁"`
}

func (a *API) mountConcernLists() {
	read(a, route{
		id: "list-concerns", path: "/concerns", tag: "说事", public: true,
		summary: "一个地方和它下面所有地方的说事，新的在前", detail: "没有登录的人只看到审核过的公开说事，看不到是谁说的。经办的人看到本地的全部；密封反映除外。",
	}, func(ctx context.Context, c account.Caller, in *concernQuery) (list[ConcernLine], error) {
		p, err := a.concerns.Concerns(ctx, c, in.query())
		return list[ConcernLine]{Items: mapped(p.Items, showConcernLine), Next: p.Next}, err
	})
	read(a, route{
		id: "list-concern-categories", path: "/concerns/categories", tag: "说事", public: true,
		summary: "说事的类别", detail: "用村民自己的话，最多二十类。",
	}, func(context.Context, account.Caller, *struct{}) (list[concernCategory], error) {
		return list[concernCategory]{Items: mapped(a.concerns.Rules().Categories, func(c concern.Category) concernCategory {
			return concernCategory{Code: c.Code, Name: c.Name}
		})}, nil
	})
}

func (a *API) mountConcern() {
	write(a, route{
		id: "raise-concern", path: "/concerns", tag: "说事", access: signedIn, status: http.StatusCreated,
		summary: "说一件事", detail: "本村认证村民可以说；来人来电、说事日上说的由村里登记。一个工作日内登记，过期自动交乡镇。审核通过以前别人看不到。密封反映的回答不带内容。",
		example: map[string]any{
			"region": "510821102200", "category": "road", "text": "三组堰塘边的路被水冲垮了半边，晚上骑车很危险。",
			"place": map[string]any{"text": "三组堰塘边"}, "visibility": "public",
		},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *struct{ Body newConcern }) (concern.Concern, error) {
		return a.concerns.Raise(ctx, c, act, in.Body.raised())
	}, showConcern)
	read(a, route{
		id: "get-concern", path: "/concerns/{id}", tag: "说事", public: true, known: a.knownConcern,
		summary: "一件说事：说了什么、到了哪一步、由谁办、什么时候办结、结果", detail: "办结不等于解决：solved 只看说事人怎么说。",
	}, func(ctx context.Context, c account.Caller, in *IDPath) (concernShown, error) {
		one, err := a.concerns.Concern(ctx, c, in.ID)
		if err != nil {
			return concernShown{}, err
		}
		return showConcern(one), nil
	})
	write(a, route{
		id: "act-on-concern", path: "/concerns/{id}/actions", tag: "说事", access: signedIn, known: a.knownConcern,
		summary: "办一步：登记、分流、办理、请补充、补充、办结、评价……",
		detail:  "能办哪一步、要填什么，看 available_actions。评价：{\"action\":\"rate\",\"rating\":\"satisfied|basic|dissatisfied\",\"comment\":\"\"}，只有说事人自己能评，不满意的重办一次。四个星期后的回答：{\"action\":\"again\",\"answer\":\"solved|partly|unsolved|unsure\"}。",
		example: map[string]any{"action": "register"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *struct {
		IDPath
		Body actionBody
	},
	) (concern.Concern, error) {
		return a.concerns.Act(ctx, c, act, in.ID, in.Body.Input)
	}, showConcern)
	write(a, route{
		id: "join-concern", method: http.MethodPut, path: "/concerns/{id}/joined", tag: "说事", access: signedIn, known: a.knownConcern,
		summary: "同问", detail: "我家也有这件事。重复提交不会多算。",
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *IDPath) (concern.Concern, error) {
		return a.concerns.Join(ctx, c, act, in.ID)
	}, showConcern)
	write(a, route{
		id: "leave-concern", method: http.MethodDelete, path: "/concerns/{id}/joined", tag: "说事", access: signedIn, known: a.knownConcern,
		summary: "取消同问",
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *IDPath) (concern.Concern, error) {
		return a.concerns.Leave(ctx, c, act, in.ID)
	}, showConcern)
}

func (a *API) mountTalkDays() {
	type place struct {
		Code string `path:"code" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" example:"510821102200"`
	}
	read(a, route{
		id: "list-talk-days", path: "/regions/{code}/talk-days", tag: "说事", public: true, known: a.knownPlace,
		summary: "一个村的说事日：安排、议程、记录", detail: "没有写安排的，按规则列出日子。",
	}, func(ctx context.Context, c account.Caller, in *place) (list[talkDayShown], error) {
		days, err := a.concerns.TalkDays(ctx, c, region.Code(in.Code))
		return list[talkDayShown]{Items: mapped(days, showTalkDay)}, err
	})
	type talkDayInput struct {
		Code string `path:"code" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" example:"510821102200"`
		Body struct {
			On      string `json:"on" format:"date" doc:"哪一天" example:"2026-09-25"`
			Place   string `json:"place,omitempty" maxLength:"60" doc:"地点"`
			Host    string `json:"host,omitempty" maxLength:"60" doc:"由谁主持（写职务）"`
			Agenda  string `json:"agenda,omitempty" maxLength:"2000" doc:"议程；还没有了结的公开说事自动列入"`
			Minutes string `json:"minutes,omitempty" maxLength:"5000" doc:"会后的记录"`
		}
	}
	write(a, route{
		id: "set-talk-day", path: "/regions/{code}/talk-days", tag: "说事", access: signedIn, status: http.StatusCreated, known: a.knownPlace,
		summary: "写一个说事日的安排，会后写记录", detail: "同一天再写一次就是修改。议程和记录公开，不要写个人信息。",
		example: map[string]any{"on": "2026-09-25", "place": "村委会院坝", "host": "村委会主任", "agenda": "听大家说事，通报上次说的事办得怎样。"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *talkDayInput) (concern.TalkDayShown, error) {
		b := in.Body
		return a.concerns.SetTalkDay(ctx, c, act, concern.NewTalkDay{
			Region: region.Code(in.Code), On: b.On, Place: b.Place, Host: b.Host, Agenda: b.Agenda, Minutes: b.Minutes,
		})
	}, showTalkDay)
}

// titleConcerns writes above the caller's tasks what was said.
func (a *API) titleConcerns(ctx context.Context, ts []task) error {
	var ids []string
	for _, t := range ts {
		if t.Procedure == concern.Procedure || t.Procedure == concern.SealedProcedure {
			ids = append(ids, t.SubjectID)
		}
	}
	if len(ids) == 0 || a.concerns == nil {
		return nil
	}
	titles, err := a.concerns.Titles(ctx, ids)
	if err != nil {
		return err
	}
	for i := range ts {
		if title, ok := titles[ts[i].SubjectID]; ok {
			ts[i].Title = title
		}
	}
	return nil
}
