package web_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cunwu/service/account"
	photos "cunwu/service/board"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/duty"
	"cunwu/service/question"
	"cunwu/service/region"
	"cunwu/service/search"
)

// stopped is a clock that tests move.
type stopped struct{ now time.Time }

func (s *stopped) Now() time.Time { return s.now }

// secretAsker must be on no page.
const secretAsker = "不该出现的提问人"

func (b *board) Of(_ context.Context, by account.Caller, id string, before int64, limit int) (question.Page, error) {
	if by.Known() {
		return question.Page{}, fmt.Errorf("pages are for strangers")
	}
	if b.away != nil || id != "finance" {
		return question.Page{}, b.away
	}
	third, gone := 2, 9
	all := []question.Question{
		{
			Serial: 7, Version: 2, Kind: question.Asked, Line: &third, Text: "材料款<script>alert(1)</script>是哪家的？\n为什么多了？",
			AskedAt: at(10, 13), State: question.Open, DueAt: at(10, 23), Joined: 4,
		},
		{Serial: 6, Version: 2, Kind: question.Asked, Text: "光伏收入怎么少了？", AskedAt: at(9, 30), State: question.Escalated, DueAt: at(10, 17), Overdue: b.clock.now.After(at(10, 17))},
		{
			Serial: 5, Version: 2, Kind: question.Objected, Text: "保洁员报酬没有签字表。", AskedAt: at(10, 12), State: question.Answered,
			Words: []question.Word{{Kind: question.Answer, Text: "签字表已补传。", By: "陈*英（村文书）", Account: secretAsker, At: at(10, 14)}},
		},
		{
			Serial: 4, Version: 1, Kind: question.Asked, Line: &gone, Text: "误工是谁的？", AskedAt: at(10, 9), State: question.Settled,
			Words: []question.Word{
				{Kind: question.Answer, Text: "三组两户。", By: "陈*英（村文书）", At: at(10, 10)},
				{Kind: question.Reply, Text: "没说清楚。", By: "提问人", Account: secretAsker, At: at(10, 11)},
				{Kind: question.Decision, Text: "已责成补充说明。", By: "嘉川镇", At: at(10, 12)},
			},
		},
	}
	var page question.Page
	for _, q := range all {
		q.Asker, q.PostingID, q.Available = secretAsker, id, nil
		if before == 0 || q.Serial < before {
			page.Items = append(page.Items, q)
		}
	}
	if before == 0 {
		page.Next = 4
	}
	return page, nil
}

func (b *board) Photos(_ context.Context, by account.Caller, id string) ([]photos.Photo, error) {
	if by.Known() {
		return nil, fmt.Errorf("pages are for strangers")
	}
	if id != "finance" {
		return nil, b.away
	}
	one := func(name string, s photos.State) photos.Photo {
		return photos.Photo{
			Record:  photos.Record{TakenOn: "2026-10-13", State: s, Uploader: secretAsker, UploadedBy: "陈*英（村文书）", DecidedBy: "李*芳（监委会主任）"},
			Picture: disclosure.Attachment{Name: name, URL: "/media/" + strings.Repeat("8", 64) + ".jpg", ThumbURL: "/media/" + strings.Repeat("9", 64) + ".jpg"},
		}
	}
	return []photos.Photo{one("公开栏.jpg", photos.Confirmed), one("未核对.jpg", photos.Posted)}, b.away
}

func china(month time.Month, d int) time.Time {
	return time.Date(2026, month, d, 0, 0, 0, 0, calendar.China)
}

func (b *board) dutyList() []duty.Duty {
	base := func(name, period string, s duty.State, due time.Time) duty.Duty {
		return duty.Duty{ItemCode: "D01", ItemName: name, Period: period, State: s, DueOn: due}
	}
	with := func(d duty.Duty, f func(*duty.Duty)) duty.Duty {
		f(&d)
		return d
	}
	return []duty.Duty{
		with(base("财务收支明细", "2026Q4", duty.Upcoming, china(1, 10).AddDate(1, 0, 0)), func(d *duty.Duty) { d.Provisional = true }),
		base("工程进度<急>", "2026-09", duty.Due, china(10, 31)),
		base("财务收支明细", "2026Q3", duty.Overdue, china(10, 15)),
		base("耕地地力保护补贴", "2026-06", duty.VeryOverdue, china(7, 10)),
		with(base("工程进度", "2026-08", duty.Extended, china(9, 10)), func(d *duty.Duty) {
			d.Exception = &duty.Exception{Kind: duty.Extension, Reason: "连续下雨，<停工>。", Until: "2026-10-25", DecidedBy: "赵*（嘉川镇）", At: at(9, 9)}
		}),
		with(base("村民代表会议决定", "2026-08-20", duty.DoneLate, china(8, 23)), func(d *duty.Duty) {
			d.DisclosureID, d.DoneAt = "meeting", at(8, 26)
			d.Event = &duty.Event{On: "2026-08-20", Title: "开村民代表会议", Kind: duty.Happened}
		}),
		with(base("债务情况", "2026-08-02", duty.Done, china(8, 12)), func(d *duty.Duty) {
			d.DisclosureID, d.DoneAt = "finance", at(8, 11)
			d.Event = &duty.Event{On: "2026-08-02", Title: "联名", Kind: duty.Demanded}
		}),
		with(base("征地补偿", "2026", duty.NotApplicable, china(8, 1)), func(d *duty.Duty) {
			d.Exception = &duty.Exception{Kind: duty.Exemption, Reason: "今年没有征地。", DecidedBy: "赵*（嘉川镇）", At: at(7, 1)}
		}),
	}
}

func (b *board) Duties(_ context.Context, q duty.Query) (duty.Page, error) {
	if q.Region == "510821102202" {
		return duty.Page{}, region.ErrGone
	}
	all := b.dutyList()
	if q.Before == 0 { // pages are put together
		return duty.Page{Items: all[:3], Next: 3}, b.away
	}
	return duty.Page{Items: all[3:]}, b.away
}

func (b *board) Counts(_ context.Context, _ region.Code, only duty.State) (duty.Counts, error) {
	if only != "" {
		return duty.Counts{}, fmt.Errorf("the page sets the states apart by itself")
	}
	return duty.Counts{
		Villages: 3,
		Children: []duty.PlaceCount{ // as lateness would have them
			{Place: "510821103", Name: "木门镇", Villages: 1, Numbers: duty.Numbers{1, 0, 5, 2, 0, 0, 0, 0}},
			{Place: "510821102", Name: "嘉川镇", Villages: 2, Numbers: duty.Numbers{2, 1, 0, 0, 1, 7, 1, 1}},
		},
		Items: []duty.ItemCount{
			{ItemCode: "F02", ItemName: "工程进度", Period: "2026-09", Numbers: duty.Numbers{0, 1, 0, 0, 1, 3, 1, 1}},
			{ItemCode: "D01", ItemName: "财务收支明细", Period: "2026Q3", Numbers: duty.Numbers{3, 0, 5, 2, 0, 2, 0, 0}},
			{ItemCode: "D01", ItemName: "财务收支明细", Period: "2026Q2", Numbers: duty.Numbers{0, 0, 0, 0, 0, 2, 0, 0}},
		},
		Total: duty.Numbers{3, 1, 5, 2, 1, 7, 1, 1},
	}, b.away
}

func (b *board) Find(_ context.Context, q search.Query) (disclosure.FeedPage, error) {
	switch {
	case b.away != nil:
		return disclosure.FeedPage{}, b.away
	case q.Period == "x":
		return disclosure.FeedPage{}, search.ErrPeriod
	case len([]rune(q.Text)) > search.MaxCharacters:
		return disclosure.FeedPage{}, search.ErrTooLong
	case len([]rune(q.Text)) < search.MinLetters:
		return disclosure.FeedPage{}, search.ErrTooShort
	case q.Text != "便道" && q.Text != "水泥":
		return disclosure.FeedPage{}, nil
	case q.Before == 99: // walked far
		return disclosure.FeedPage{Next: 55}, nil
	}
	return disclosure.FeedPage{Items: b.items()[:3], Next: 99}, nil
}
