package api

import (
	"context"
	"errors"
	"strconv"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/duty"
	"cunwu/service/region"
)

// dutyShown is one duty of a village.
type dutyShown struct {
	ItemCode     string         `json:"item_code" example:"D02"`
	ItemName     string         `json:"item_name" example:"财务收支逐笔明细"`
	Category     string         `json:"category" example:"FINANCE"`
	Period       string         `json:"period" example:"2026-09" doc:"期间；随事件公开的，是事件的日期"`
	DueOn        string         `json:"due_on" format:"date" doc:"按目录和节假日算出的最后一天"`
	Provisional  bool           `json:"provisional,omitempty" doc:"当年放假安排还没有公布，最后一天是暂算的"`
	State        duty.State     `json:"state" enum:"upcoming,due,overdue,very_overdue,extended,done,done_late,not_applicable"`
	DisclosureID string         `json:"disclosure_id,omitempty" doc:"已公开的，是哪一条"`
	DoneAt       *string        `json:"done_at,omitempty" doc:"首次公开的时间"`
	Extension    *extensionView `json:"extension,omitempty"`
	Exemption    *exemptionView `json:"exemption,omitempty"`
	Event        *dutyEvent     `json:"event,omitempty" doc:"引起公开义务的事件"`
}

type extensionView struct {
	Reason    string `json:"reason" doc:"为什么延期"`
	Until     string `json:"until" format:"date" doc:"延到哪一天"`
	DecidedBy string `json:"decided_by" doc:"谁批准的"`
	DecidedAt string `json:"decided_at" format:"date-time"`
}

type exemptionView struct {
	Reason    string `json:"reason" doc:"为什么不适用"`
	DecidedBy string `json:"decided_by" doc:"谁认定的"`
	DecidedAt string `json:"decided_at" format:"date-time"`
}

type dutyEvent struct {
	On    string         `json:"on" format:"date"`
	Title string         `json:"title"`
	Kind  duty.EventKind `json:"kind" enum:"happened,demanded" doc:"happened 发生的事，demanded 村民联名要求"`
}

func showDuty(d duty.Duty) dutyShown {
	out := dutyShown{
		ItemCode: d.ItemCode, ItemName: d.ItemName, Category: d.Category, Period: d.Period,
		DueOn: d.DueOn.Format(time.DateOnly), Provisional: d.Provisional, State: d.State,
		DisclosureID: d.DisclosureID, DoneAt: stampOrNil(d.DoneAt),
	}
	if x := d.Exception; x != nil {
		switch x.Kind {
		case duty.Extension:
			out.Extension = &extensionView{x.Reason, x.Until, x.DecidedBy, stamp(x.At)}
		case duty.Exemption:
			out.Exemption = &exemptionView{x.Reason, x.DecidedBy, stamp(x.At)}
		}
	}
	if e := d.Event; e != nil {
		out.Event = &dutyEvent{e.On, e.Title, e.Kind}
	}
	return out
}

// DutyNumbers counts duties by state. Types that others embed are exported.
type DutyNumbers struct {
	Upcoming      int `json:"upcoming" doc:"期间还没结束"`
	Due           int `json:"due" doc:"应公开，还没到最后一天"`
	Overdue       int `json:"overdue" doc:"过期未公开"`
	VeryOverdue   int `json:"very_overdue" doc:"严重过期未公开"`
	Extended      int `json:"extended" doc:"依法延期"`
	Done          int `json:"done" doc:"按时公开"`
	DoneLate      int `json:"done_late" doc:"逾期公开"`
	NotApplicable int `json:"not_applicable" doc:"认定不适用"`
}

func showNumbers(n duty.Numbers) DutyNumbers {
	return DutyNumbers{
		Upcoming: n.Of(duty.Upcoming), Due: n.Of(duty.Due), Overdue: n.Of(duty.Overdue), VeryOverdue: n.Of(duty.VeryOverdue),
		Extended: n.Of(duty.Extended), Done: n.Of(duty.Done), DoneLate: n.Of(duty.DoneLate), NotApplicable: n.Of(duty.NotApplicable),
	}
}

type dutyPlace struct {
	Region   region.Code `json:"region" example:"510821102"`
	Name     string      `json:"name"`
	Villages int         `json:"villages" doc:"下辖村（社区）数"`
	DutyNumbers
}

type dutyItem struct {
	ItemCode string `json:"item_code" example:"D02"`
	ItemName string `json:"item_name"`
	Period   string `json:"period" example:"2026-09" doc:"期间；随事件公开的，按到期的月份合计"`
	DueOn    string `json:"due_on,omitempty" format:"date" doc:"最后一天；按月份合计的没有"`
	DutyNumbers
}

// dutyPage is the duties of a village, or their numbers in the places and by
// the items of a higher one. raw is the ready answer, where there is one.
type dutyPage struct {
	Items    []dutyShown  `json:"items" doc:"村（社区）的公开任务，最近到期的在前；其他级别为空"`
	Children []dutyPlace  `json:"children,omitempty" doc:"下一级各地的任务数"`
	ByItem   []dutyItem   `json:"by_item,omitempty" doc:"各事项、各期间的任务数，最近到期的在前"`
	Total    *DutyNumbers `json:"total,omitempty"`
	Next     string       `json:"next_cursor,omitempty"`
	AsOf     string       `json:"as_of" format:"date" doc:"按哪一天算的"`
	raw      []byte
}

// MarshalJSON gives the ready answer.
func (p dutyPage) MarshalJSON() ([]byte, error) {
	if p.raw != nil {
		return p.raw, nil
	}
	type plain dutyPage
	return encode(plain(p))
}

type dutiesInput struct {
	Code   string `path:"code" pattern:"^[0-9]{2,12}$" patternDescription:"2 到 12 位数字的地区代码" doc:"地区代码" example:"510821102200"`
	State  string `query:"state" enum:"upcoming,due,overdue,very_overdue,extended,done,done_late,not_applicable" doc:"只要这种状态的"`
	Item   string `query:"item" maxLength:"8" doc:"只要这个事项的；村（社区）可用" example:"D02"`
	Period string `query:"period" maxLength:"10" doc:"只要这一期的；村（社区）可用"`
	Cursor string `query:"cursor" maxLength:"40" doc:"上一页的 next_cursor"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"500"`
}

func (a *API) mountDuties() {
	read(a, route{
		id: "list-duties", path: "/regions/{code}/duties", tag: "公开", public: true,
		summary: "该公开什么、公开了没有",
		detail:  "村（社区）列出最近一年到期的和将要到期的每一项：应公开、逾期、依法延期、按时公开、逾期公开、不适用。乡镇以上给出下一级各地和各事项的数目。",
	}, func(ctx context.Context, _ account.Caller, in *dutiesInput) (dutyPage, error) {
		return a.dutiesOf(ctx, in)
	})
	a.mountDutyActs()
}

// dutiesOf answers from ready bytes where the same was asked on the same day.
func (a *API) dutiesOf(ctx context.Context, in *dutiesInput) (dutyPage, error) {
	list := "duties/" + in.Code + "/" + in.State + "/" + in.Item + "/" + in.Period
	before, err := readCursor(list, in.Cursor)
	if err != nil {
		return dutyPage{}, err
	}
	today := a.clock.Now().In(calendar.China).Format(time.DateOnly)
	key := list + "/" + today + "/" + strconv.FormatInt(before, 36) + "/" + strconv.Itoa(in.Limit)
	ans, _, err := a.prepared.Get(ctx, in.Code, key, func(ctx context.Context) ([]byte, string, int64, error) {
		asOf, err := a.lastChange(ctx)
		if err != nil {
			return nil, "", 0, err
		}
		page, err := a.dutyPage(ctx, in, list, before)
		if err != nil {
			return nil, "", 0, err
		}
		page.AsOf = today
		body, err := encode(page)
		return body, "application/json", asOf, err
	})
	if err != nil {
		return dutyPage{}, err
	}
	return dutyPage{raw: ans.Body}, nil
}

func (a *API) dutyPage(ctx context.Context, in *dutiesInput, list string, before int64) (dutyPage, error) {
	at, page := region.Code(in.Code), dutyPage{Items: []dutyShown{}}
	if at.Level() == region.Village {
		p, err := a.duties.Duties(ctx, duty.Query{
			Region: at, State: duty.State(in.State), Item: in.Item, Period: in.Period, Before: before, Limit: in.Limit,
		})
		if errors.Is(err, region.ErrGone) {
			return page, nil // it owes nothing any more
		}
		if err != nil {
			return dutyPage{}, err
		}
		page.Items, page.Next = mapped(p.Items, showDuty), makeCursor(list, p.Next)
		return page, nil
	}
	c, err := a.duties.Counts(ctx, at, duty.State(in.State))
	if errors.Is(err, region.ErrGone) {
		return page, nil
	}
	if err != nil {
		return dutyPage{}, err
	}
	total := showNumbers(c.Total)
	page.Total = &total
	page.Children = mapped(c.Children, func(p duty.PlaceCount) dutyPlace {
		return dutyPlace{Region: p.Place, Name: p.Name, Villages: p.Villages, DutyNumbers: showNumbers(p.Numbers)}
	})
	page.ByItem = mapped(c.Items, func(i duty.ItemCount) dutyItem {
		out := dutyItem{ItemCode: i.ItemCode, ItemName: i.ItemName, Period: i.Period, DutyNumbers: showNumbers(i.Numbers)}
		if !i.DueOn.IsZero() {
			out.DueOn = i.DueOn.Format(time.DateOnly)
		}
		return out
	})
	return page, nil
}

// VillagePath is the {code} of a village's path.
type VillagePath struct {
	Code string `path:"code" pattern:"^[0-9]{12}$" patternDescription:"12 位数字的村（社区）代码" doc:"村（社区）代码" example:"510821102200"`
}

type eventInput struct {
	VillagePath
	Body struct {
		ItemCode string `json:"item_code" minLength:"3" maxLength:"8" doc:"目录事项代码；按周期公开的事项不用登记"`
		EventOn  string `json:"event_on" format:"date" doc:"事情发生的日期；会议通知一类的，是开会的日期"`
		Title    string `json:"title" minLength:"2" maxLength:"60" doc:"什么事，会公开显示"`
	}
}

type extensionInput struct {
	VillagePath
	Body struct {
		ItemCode string `json:"item_code" minLength:"3" maxLength:"8" doc:"目录事项代码"`
		Period   string `json:"period" minLength:"4" maxLength:"10" doc:"哪一期，见公开任务一览的 period"`
		Reason   string `json:"reason" minLength:"2" maxLength:"200" doc:"为什么延期，会公开显示"`
		Until    string `json:"until" format:"date" doc:"延到哪一天"`
	}
}

type exemptionInput struct {
	VillagePath
	Body struct {
		ItemCode string `json:"item_code" minLength:"3" maxLength:"8" doc:"目录事项代码"`
		Period   string `json:"period" minLength:"4" maxLength:"10" doc:"哪一期，见公开任务一览的 period"`
		Reason   string `json:"reason" minLength:"2" maxLength:"200" doc:"为什么不适用，会公开显示"`
	}
}

type demandInput struct {
	VillagePath
	Body struct {
		ItemCode string `json:"item_code" minLength:"3" maxLength:"8" doc:"目录事项代码"`
	}
}

// demandShown is how far a demand has come; who demands is shown to nobody.
type demandShown struct {
	ItemCode              string     `json:"item_code"`
	Villagers             int        `json:"villagers" doc:"已有多少村民要求公开"`
	VillagersNeeded       int        `json:"villagers_needed" doc:"多少村民要求就必须公开；0 为没有名册"`
	Representatives       int        `json:"representatives" doc:"其中的村民代表"`
	RepresentativesNeeded int        `json:"representatives_needed" doc:"多少村民代表要求就必须公开；0 为没有登记代表"`
	Duty                  *dutyShown `json:"duty,omitempty" doc:"够数以后的公开任务"`
}

func showDemand(d duty.Demanding) demandShown {
	out := demandShown{
		ItemCode: d.ItemCode, Villagers: d.Villagers, VillagersNeeded: d.VillagersNeeded,
		Representatives: d.Representatives, RepresentativesNeeded: d.RepresentativesNeeded,
	}
	if d.Duty != nil {
		shown := showDuty(*d.Duty)
		out.Duty = &shown
	}
	return out
}

func (a *API) mountDutyActs() {
	write(a, route{
		id: "record-duty-event", path: "/regions/{code}/duties/events", tag: "公开", access: signedIn, known: a.knownPlace,
		summary: "登记引起公开义务的事件", detail: "会议、付款、变更等发生以后登记，公开的期限从那天起算；同一事项同一天只登记一次。",
		example: map[string]any{"item_code": "B03", "event_on": "2026-09-10", "title": "村民代表会议通过路灯维修方案"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *eventInput) (duty.Duty, error) {
		b := in.Body
		return a.duties.RecordEvent(ctx, c, act, duty.EventInput{Region: region.Code(in.Code), ItemCode: b.ItemCode, On: b.EventOn, Title: b.Title})
	}, showDuty)
	write(a, route{
		id: "extend-duty", path: "/regions/{code}/duties/extensions", tag: "公开", access: signedIn, known: a.knownPlace,
		summary: "批准一项公开依法延期", detail: "由乡镇批准，理由和新的日期公开显示；延期内不再提醒。",
		example: map[string]any{"item_code": "E06", "period": "2026H2", "reason": "撤并村资产移交尚未完成，等待清点结果。", "until": "2027-03-31"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *extensionInput) (duty.Duty, error) {
		b := in.Body
		return a.duties.Extend(ctx, c, act, duty.ExceptionInput{
			Region: region.Code(in.Code), ItemCode: b.ItemCode, Period: b.Period, Reason: b.Reason, Until: b.Until,
		})
	}, showDuty)
	write(a, route{
		id: "exempt-duty", path: "/regions/{code}/duties/exemptions", tag: "公开", access: signedIn, known: a.knownPlace,
		summary: "认定一项公开不适用", detail: "由乡镇认定，理由和认定人公开显示。以后公开了的，按已公开算。",
		example: map[string]any{"item_code": "D12", "period": "2026Q3", "reason": "本季度没有收到社会捐赠款物。"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *exemptionInput) (duty.Duty, error) {
		b := in.Body
		return a.duties.Exempt(ctx, c, act, duty.ExceptionInput{Region: region.Code(in.Code), ItemCode: b.ItemCode, Period: b.Period, Reason: b.Reason})
	}, showDuty)
	write(a, route{
		id: "demand-duty", path: "/regions/{code}/duties/demands", tag: "公开", access: signedIn, known: a.knownPlace,
		summary: "联名要求公开一个事项", detail: "本村认证村民每人一次；够十分之一村民或五分之一村民代表，就必须在十日内公开。谁联名不向任何人显示。",
		example: map[string]any{"item_code": "D05"},
	}, func(ctx context.Context, c account.Caller, act audit.Act, in *demandInput) (duty.Demanding, error) {
		return a.duties.Demand(ctx, c, act, region.Code(in.Code), in.Body.ItemCode)
	}, showDemand)
}
