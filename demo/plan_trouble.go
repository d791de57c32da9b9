package demo

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cunwu/service/disclosure"
)

// vary makes some postings go the less straight way: one in fourteen is
// objected to and rewritten, one in twenty-five is taken down and corrected.
// The first text has the mistake, the last one does not.
func (p *planner) vary(x *posting) {
	if x == nil || x.last().action != actPublish {
		return
	}
	d := x.desk.dice("vary/"+x.item, x.period)
	switch n := d.IntN(100); {
	case n < 7:
		x.objected(d)
	case n < 12:
		p.corrected(x, d)
	}
}

// objected puts an objection and a rewriting before the approval.
func (x *posting) objected(d dice) {
	wrong, said, _ := spoilt(x.paper, d)
	x.first = wrong
	submit, approve := x.steps[1].at, x.steps[2].at
	gap := min(approve.Sub(submit), time.Hour) // settled the same day, on the telephone
	extra := []step{
		{at: submit.Add(gap / 4), action: actObject, by: "supervisor", fields: map[string]string{"objection": said}},
		{at: submit.Add(gap / 2), action: actEdit, by: "clerk"},
		{at: submit.Add(gap * 3 / 4), action: actSubmit, by: "clerk"},
	}
	x.steps = slices.Insert(x.steps, 2, extra...)
}

// shownCorrected says of which month of the complete village the accounts were
// corrected in the text and in a line: so many months before the newest.
const shownCorrected = 3

// shownCorrection corrects one posting for sure, for people to compare.
func (p *planner) shownCorrection(x *posting) {
	if x == nil || x.last().action != actPublish {
		return
	}
	wrong := x.paper
	wrong.Lines = slices.Clone(wrong.Lines)
	i := lineWith(wrong.Content, func(l disclosure.Line) bool { return strings.HasPrefix(l.Summary, "路灯电费") })
	l := &wrong.Lines[i]
	l.Category, l.Summary = "办公费", "电费"
	wrong.Body = strings.Replace(wrong.Body, "水电网费：", "水电网费（不含路灯）：", 1)
	p.takeDown(x, wrong, fmt.Sprintf("第%d笔没有写清是路灯电费，类别填成了办公费，金额没有变。", i+1), x.desk.dice("shown", x.period))
}

// corrected lets a mistake out, takes the posting down and publishes it anew.
func (p *planner) corrected(x *posting, d dice) {
	wrong, _, reason := spoilt(x.paper, d)
	p.takeDown(x, wrong, reason, d)
}

// takeDown has x published with what is wrong first, and corrected for a reason.
func (p *planner) takeDown(x *posting, wrong paper, reason string, d dice) {
	down := workday(x.last().at.AddDate(0, 0, d.between(2, 9)))
	at := func(hours int) time.Time {
		t := date(down.Year(), int(down.Month()), down.Day()).AddDate(0, 0, hours/24)
		return workday(t).Add(9*time.Hour + time.Duration(hours%24)*30*time.Minute)
	}
	extra := []step{
		{at: at(0), action: actWithdraw, by: "clerk", fields: map[string]string{"reason": reason, "kind": "error"}},
		{at: at(1), action: actEdit, by: "clerk"},
		{at: at(2), action: actSubmit, by: "clerk"},
		{at: at(26), action: actApprove, by: "supervisor", fields: map[string]string{"opinion": "更正稿核对过，和票据、记录一致，同意。"}},
		{at: at(28), action: actConfirm, by: "director", fields: map[string]string{"note": "同意更正后重新公布。"}},
		{at: at(30), action: actPublish, by: "clerk"},
	}
	x.first = wrong
	for _, s := range extra {
		if s.at.Before(p.span.today) {
			x.steps = append(x.steps, s)
		}
	}
}

// spoilt gives a copy with one honest mistake, what the supervisors say of it,
// and what villagers are told when it is corrected.
func spoilt(c paper, d dice) (wrong paper, said, reason string) {
	wrong = c
	wrong.Lines = slices.Clone(c.Lines)
	wrong.Fields = maps.Clone(c.Fields)
	if len(c.Lines) == 0 || c.Lines[0].BalanceFen != nil && d.IntN(2) == 0 {
		wrong.Body += section("备注", "以上数字以村里登记为准，最终结果以后再公布。")
		return wrong, "“以后再公布”说不清楚，要么写明时间，要么删掉。", "正文最后一段写得含糊，已经删去；数字没有变。"
	}
	i := d.IntN(len(c.Lines))
	if c.Lines[0].BalanceFen == nil {
		return overstated(wrong, i)
	}
	right := c.Lines[i].Category
	wrong.Lines[i].Category = "办公费"
	if right == "办公费" {
		wrong.Lines[i].Category = "环境卫生"
	}
	said = fmt.Sprintf("第%d笔“%s”的类别填成了%s，应当是%s，请改。", i+1, c.Lines[i].Summary, wrong.Lines[i].Category, right)
	return wrong, said, fmt.Sprintf("第%d笔的类别填错了，应当是%s，金额没有变。", i+1, right)
}

// overstated writes one line a hundred yuan too high, totals included.
func overstated(wrong paper, i int) (paper, string, string) {
	l := &wrong.Lines[i]
	if l.IncomeFen > 0 {
		l.IncomeFen += yuan(100)
	} else {
		l.ExpenseFen += yuan(100)
	}
	wrong.total()
	said := fmt.Sprintf("第%d笔“%s”和票据对不上，多写了100元，请改正并重算合计。", i+1, l.Category)
	return wrong, said, fmt.Sprintf("第%d笔“%s”多写了100元，已按票据改正，合计跟着改了，实际没有多付钱。", i+1, l.Category)
}

// pending leaves some postings under way on the day of the first start, so that
// clerks and supervisors find work waiting.
func (p *planner) pending(k *desk) {
	at := func(workdaysAgo, hour int) time.Time {
		t := p.span.today
		for range workdaysAgo {
			t = t.AddDate(0, 0, -1)
			for workday(t) != t {
				t = t.AddDate(0, 0, -1)
			}
		}
		return t.Add(time.Duration(hour) * time.Hour)
	}
	meeting := workday(p.span.today.AddDate(0, 0, 9+k.order%3))
	notice := k.meeting(meeting)
	draft := step{at: at(4, 9), action: actDraft, by: "clerk"}
	submit := step{at: at(4, 10), action: actSubmit, by: "clerk"}
	approve := step{at: at(2, 10), action: actApprove, by: "supervisor", fields: map[string]string{"opinion": "议题和党支部提议一致，同意。"}}
	confirm := step{at: at(1, 11), action: actConfirm, by: "director", fields: map[string]string{"note": "同意公布。"}}
	put := func(item, period string, c paper, steps ...step) {
		p.put(posting{desk: k, item: item, period: period, paper: p.trimmed(k, c), steps: steps})
	}
	switch k.order % 5 {
	case 0:
		put("B02", iso(meeting), notice, draft, submit)
		asked := workday(p.span.today.AddDate(0, 0, -9))
		put("K06", iso(asked), k.answer(asked), step{at: at(7, 9), action: actDraft, by: "clerk"}, step{at: at(7, 11), action: actSubmit, by: "clerk"}) // overdue with the supervisors
	case 1:
		put("B02", iso(meeting), notice, draft)
	case 2:
		put("B02", iso(meeting), notice, draft, submit, approve)
	case 3:
		put("B02", iso(meeting), notice, draft, submit, approve, confirm)
	case 4:
		p.add(k, "B02", iso(meeting), p.span.today.AddDate(0, 0, -2), notice)
		asked := workday(p.span.today.AddDate(0, 0, -10))
		put("K06", iso(asked), k.answer(asked), draft, submit, step{at: at(3, 15), action: actObject, by: "supervisor", fields: map[string]string{"objection": "没有写清凭据在哪里看，请补上再交。"}})
	}
	if k.v.large {
		// Lists of persons go when their posting time is over; a fresh one stays.
		day := workday(p.span.today.AddDate(0, 0, -9))
		p.add(k, "G03", iso(day), p.span.today.AddDate(0, 0, -5), k.forest(day))
	}
	if k.order == 0 || k.order == 1 || k.order == 3 {
		day := workday(p.span.today.AddDate(0, 0, -13))
		x := p.add(k, "D10", iso(day), p.span.today.AddDate(0, 0, -11), k.major(day))
		if x != nil && x.last().action == actPublish {
			x.steps = append(x.steps, step{at: at(5, 15), action: actWithdraw, by: "clerk", fields: map[string]string{"reason": "对方单位的名称写得不完整，正在核对合同，核对后重新公布。", "kind": "error"}})
		}
	}
}

// fresh posts what has just happened, so that the newest of a feed are a few
// days old on whatever day the demo is started.
func (p *planner) fresh(k *desk) {
	ago := func(days int) time.Time { return workday(p.span.today.AddDate(0, 0, -days)) }
	switch k.order {
	case 0, 2, 5, 6, 7:
		t := talked{talk: freshTalks[k.order%len(freshTalks)], day: ago(8), came: 17 + 3*k.order}
		t.done = t.day.AddDate(0, 1, 0)
		p.add(k, "C01", iso(t.day), ago(3+k.order%3), k.consultation(t))
	case 1, 3, 8:
		day := ago(9)
		p.add(k, "K06", iso(day), ago(3+k.order%4), k.answer(day))
	}
}

var freshTalks = []talk{
	{title: "公共晒坝怎么排队用", origin: "村民说事", form: "院坝会", points: []string{"收获季节晒坝不够，先占的几天不收", "住得远的农户来了没位置", "老人建议按组分时段"}, result: "晒坝划成12格，按组轮流，每户每次不超过两天，文书登记，下雨顺延", doer: "各组组长"},
	{title: "快递放在哪里方便大家取", origin: "网格员提出", form: "协商会", points: []string{"现在都放在场镇，老人取一次来回两小时", "小卖部愿意代收，怕丢了说不清", "年轻人希望能查到"}, result: "放在便民服务中心旁的房间，小卖部代收不收钱，签字取件，贵重的当面拆", doer: "村委会和小卖部"},
	{title: "办酒席借用院坝怎么收水电费", origin: "村民代表提出", form: "村民议事会", points: []string{"有人用了不打扫", "水电费从集体出不公平", "困难家庭希望免收"}, result: "每次收水电清洁费100元，先交后用，用完打扫干净；困难家庭免收", doer: "红白理事会"},
}

// meeting is B02: what the representatives will talk about.
func (k *desk) meeting(day time.Time) paper {
	topics := []string{"听取今年财务收支情况", "讨论明年要办的实事", k.v.contracts[0].what + "合同续签", "村道冬季养护安排"}
	return paper{Content: disclosure.Content{
		Title: "村民代表会议通知：" + spoken(day) + "开会",
		Summary: fmt.Sprintf("%s上午9点在便民服务中心会议室开村民代表会议，议%d件事。材料已经放在文书%s处，代表可以先来看；其他村民可以旁听。",
			spoken(day), len(topics), k.r.clerk),
		Body:   section("议什么", numbered(topics)) + section("材料在哪里看", "便民服务中心柜台，上班时间都可以看。") + section("不能来的代表", "请提前一天向组长说，并听一听本片区农户的意见带上来。"),
		Fields: map[string]string{"时间": iso(day) + " 09:00", "地点": "便民服务中心会议室", "议题": joined(topics), "材料": "文书处查看"},
	}}
}

// major is D10: one large payment.
func (k *desk) major(day time.Time) paper {
	sum := yuan(26800 + k.order*1200)
	p := paper{Content: disclosure.Content{
		Title: "重大财务事项：购置道路除雪和清障设备", WrittenOn: iso(day),
		Lines:  []disclosure.Line{{Date: iso(day), Voucher: "大-01", Summary: "购除雪铲、撒盐机和油锯", Category: "设备购置", ExpenseFen: sum, Handler: k.r.clerk, Reviewer: k.r.supervisor}},
		Fields: map[string]string{"事项": "购置设备", "金额": money(sum), "决策编号": fmt.Sprintf("代表会-%d-04", day.Year()), "对方": "广元市通顺农机经营部", "日期": iso(day)},
	}}
	p.total()
	p.Summary = fmt.Sprintf("村里花%s买了除雪铲、撒盐机和油锯，三家比价后选了最低的一家。去年请外面清障花了9,200元，以后自己干。%s", money(sum), k.ask())
	p.Body = section("为什么买", "冬天二组、三组坡上结冰，去年封了6天路。") + section("怎么定的", "村民代表会议同意，三家报价，最高"+money(sum+yuan(3100))+"，最低"+money(sum)+"，选了最低的。发票和三家的报价单可以到村里看。") +
		section("谁来管", "放在便民服务中心仓库，由护路队登记使用，借给村民用要签字、用完还回。")
	return p
}
