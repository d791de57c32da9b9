package api

import (
	"cunwu/service/concern"
	"cunwu/service/region"
)

// ConcernLine is one concern in a list. Who raised it is not part of it, but for
// raiser and handlers, and, where the raiser wants that, for verified villagers.
type ConcernLine struct {
	ID           string         `json:"id"`
	Region       region.Code    `json:"region" example:"510821102200"`
	RegionName   string         `json:"region_name" example:"盐井村"`
	Group        region.Code    `json:"group,omitempty"`
	GroupName    string         `json:"group_name,omitempty"`
	Category     string         `json:"category" example:"road"`
	CategoryName string         `json:"category_name" example:"道路桥梁"`
	Title        string         `json:"title" doc:"前几个字"`
	Text         string         `json:"text"`
	Place        concernPlace   `json:"place"`
	Visibility   string         `json:"visibility" enum:"public,named,private,sealed"`
	Channel      string         `json:"channel" enum:"app,in_person,phone,talk_day"`
	State        string         `json:"state" enum:"raised,registered,at_township,at_county,in_progress,waiting,elsewhere,done,settled,unrated,unsatisfied,unable,not_ours,merged,withdrawn"`
	StateName    string         `json:"state_name" example:"办理中"`
	Solved       bool           `json:"solved" doc:"只有说事人说解决了才是 true；办结不等于解决"`
	Review       string         `json:"review,omitempty" enum:"pending,passed,manual,hidden" doc:"审核到哪一步；只有说事人和经办人看得到"`
	WhyHidden    string         `json:"why_hidden,omitempty" doc:"为什么没有公开"`
	Level        string         `json:"level" enum:"village,township,county" doc:"现在由哪一级办"`
	Handler      string         `json:"handler" doc:"现在由谁办"`
	RaisedAt     string         `json:"raised_at"`
	ChangedAt    string         `json:"changed_at"`
	DueAt        *string        `json:"due_at" doc:"最晚什么时候办到下一步；不欠办理时为 null"`
	PromisedOn   string         `json:"promised_on,omitempty" doc:"承诺哪天办结"`
	Overdue      bool           `json:"overdue"`
	Escalated    bool           `json:"escalated" doc:"逾期自动上交过"`
	Reopened     bool           `json:"reopened" doc:"重办过"`
	EndedAt      *string        `json:"ended_at"`
	Rating       string         `json:"rating,omitempty" enum:"satisfied,basic,dissatisfied"`
	Joined       int            `json:"joined" doc:"多少人同问"`
	MergedInto   string         `json:"merged_into,omitempty" doc:"并入了哪一件"`
	MergedFrom   []string       `json:"merged_from" doc:"并入这一件的"`
	Result       string         `json:"result,omitempty" doc:"办理结果"`
	Photos       []concernPhoto `json:"photos"`
	RaiserName   string         `json:"raiser_name,omitempty" example:"王*成" doc:"遮盖后的姓名；只有说事人、经办人，和说事人愿意公开姓名时的本村认证村民看得到"`
	ForWhom      string         `json:"for_whom,omitempty" doc:"替谁说的，遮盖后的姓名；只有说事人和经办人看得到"`
	Contact      string         `json:"contact,omitempty" doc:"联系方式；只有说事人和经办人看得到"`
	Mine         bool           `json:"mine"`
	JoinedByMe   bool           `json:"joined_by_me"`
	AskAgain     bool           `json:"ask_again" doc:"四个星期了，问您解决了没有"`
}

type concernPlace struct {
	Text  string        `json:"text,omitempty" maxLength:"200" doc:"在哪里" example:"三组堰塘边"`
	Point *concernPoint `json:"point,omitempty" doc:"地图上的位置；别人看到的只精确到约一百米"`
}

type concernPoint struct {
	Latitude  float64 `json:"latitude" example:"32.2286"`
	Longitude float64 `json:"longitude" example:"106.2903"`
}

type concernPhoto struct {
	ID       string `json:"id"`
	Kind     string `json:"kind" example:"jpeg"`
	URL      string `json:"url"`
	ThumbURL string `json:"thumb_url,omitempty"`
	After    bool   `json:"after" doc:"办理以后的照片"`
	Review   string `json:"review,omitempty" enum:"pending,passed,manual,hidden"`
}

type concernUpdate struct {
	Number int            `json:"number"`
	Kind   string         `json:"kind" enum:"step,progress,asked,answered,result,rated,again,called_back,hidden,shown"`
	Action string         `json:"action,omitempty"`
	Text   string         `json:"text,omitempty"`
	By     string         `json:"by" example:"文书" doc:"职务；说事人不显示姓名"`
	At     string         `json:"at"`
	State  string         `json:"state"`
	Public bool           `json:"public"`
	Photos []concernPhoto `json:"photos"`
}

type concernLink struct {
	Kind  string `json:"kind" example:"consultation"`
	ID    string `json:"id,omitempty"`
	Title string `json:"title,omitempty"`
	URL   string `json:"url,omitempty"`
}

// concernShown is one concern with its timeline.
type concernShown struct {
	ConcernLine
	Transcript string          `json:"transcript,omitempty" doc:"录音的文字，说事人确认过"`
	Updates    []concernUpdate `json:"updates"`
	Links      []concernLink   `json:"links" doc:"转到了哪里"`
	Revision   int             `json:"revision"`
	Available  []available     `json:"available_actions"`
}

func showConcernLine(c concern.Concern) ConcernLine {
	out := ConcernLine{
		ID: c.ID, Region: c.Region, RegionName: c.RegionName, Group: c.Group, GroupName: c.GroupName, Category: c.Category,
		CategoryName: c.CategoryName, Title: c.Title, Text: c.Text, Visibility: string(c.Visibility), Channel: string(c.Channel),
		State: string(c.State), StateName: c.StateName, Solved: c.Solved, Review: string(c.Review), WhyHidden: c.WhyHidden,
		Level: c.Level, Handler: c.Handler, RaisedAt: stamp(c.RaisedAt), ChangedAt: stamp(c.ChangedAt), DueAt: stampOrNil(c.DueAt),
		PromisedOn: c.PromisedOn, Overdue: c.Overdue, Escalated: c.Escalated, Reopened: c.Reopened, EndedAt: stampOrNil(c.EndedAt),
		Rating: string(c.Rating), Joined: c.Joined, MergedInto: c.MergedInto, MergedFrom: append([]string{}, c.MergedFrom...),
		Result: c.Result, Photos: mapped(c.Photos, showConcernPhoto), RaiserName: c.RaiserName, ForWhom: c.ForWhom, Contact: c.Contact,
		Mine: c.Mine, JoinedByMe: c.JoinedByMe, AskAgain: c.AskAgain, Place: concernPlace{Text: c.Place.Text},
	}
	if p := c.Place.Point; p != nil {
		out.Place.Point = &concernPoint{Latitude: p.Latitude, Longitude: p.Longitude}
	}
	return out
}

func showConcernPhoto(p concern.Photo) concernPhoto {
	return concernPhoto{ID: p.ID, Kind: p.Kind, URL: p.URL, ThumbURL: p.ThumbURL, After: p.After, Review: string(p.Review)}
}

func showConcern(c concern.Concern) concernShown {
	return concernShown{
		ConcernLine: showConcernLine(c), Transcript: c.Transcript, Revision: c.Revision,
		Updates: mapped(c.Updates, func(u concern.Update) concernUpdate {
			return concernUpdate{
				Number: u.Number, Kind: string(u.Kind), Action: u.Action, Text: u.Text, By: u.By, At: stamp(u.At), State: string(u.State),
				Public: u.Public, Photos: mapped(u.Photos, showConcernPhoto),
			}
		}),
		Links: mapped(c.Links, func(l concern.Link) concernLink {
			return concernLink{Kind: l.Kind, ID: l.ID, Title: l.Title, URL: l.Path()}
		}),
		Available: mapped(c.Available, showAvailable),
	}
}

type talkDayShown struct {
	Region   region.Code   `json:"region"`
	On       string        `json:"on" format:"date"`
	Place    string        `json:"place,omitempty"`
	Host     string        `json:"host,omitempty"`
	Agenda   string        `json:"agenda,omitempty"`
	Minutes  string        `json:"minutes,omitempty"`
	Planned  bool          `json:"planned" doc:"按规则是说事日，村里还没有写安排"`
	Raised   int           `json:"raised" doc:"当天说了多少件（能看到的）"`
	Concerns []ConcernLine `json:"concerns" doc:"议程上还没有了结的事"`
}

func showTalkDay(d concern.TalkDayShown) talkDayShown {
	return talkDayShown{
		Region: d.Region, On: d.On, Place: d.Place, Host: d.Host, Agenda: d.Agenda, Minutes: d.Minutes, Planned: d.Planned, Raised: d.Raised,
		Concerns: mapped(d.Concerns, showConcernLine),
	}
}
