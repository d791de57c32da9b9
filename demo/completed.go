package demo

import (
	"fmt"
	"strings"

	"cunwu/service/disclosure"
)

// lostWorkPaid is D09: who was paid for lost work in a month, for the people of
// the village only.
func (k *desk) lostWorkPaid(m month) paper {
	d := k.dice("D09", m.period())
	var lines []disclosure.Line
	rows := [][]string{{"小组", "姓名", "为什么", "金额（元）"}}
	for _, e := range k.lostDays(m) {
		reason := "会议和值守"
		switch {
		case strings.Contains(e.text, "组长"):
			reason = "组长补贴"
		case strings.Contains(e.text, "汛期"):
			reason = "汛期值守"
		}
		who := k.persons(d, d.between(4, 6))
		left := e.expense
		for i, p := range who {
			part := e.expense / int64(len(who)) / 1000 * 1000
			if i == len(who)-1 {
				part = left
			}
			left -= part
			rows = append(rows, []string{groupName(p.group), masked(p.name), reason, strings.TrimSuffix(money(part), "元")})
			lines = append(lines, disclosure.Line{
				Date: iso(e.day), Voucher: e.voucher, Summary: groupName(p.group) + masked(p.name) + reason, Category: "误工补贴",
				ExpenseFen: part, Handler: k.r.clerk, Reviewer: k.r.supervisor,
			})
		}
	}
	p := paper{Content: disclosure.Content{
		Title: m.title() + "误工补贴发放表", Lines: lines, WrittenOn: iso(m.last()),
		Body:   section("发给了谁", table(rows)) + section("标准", "按村民代表会议定的标准发，签到表和领款表订在一起，可以到村里看。村干部开会、值班不领。"+masking),
		Fields: map[string]string{"标准": "按代表会议定的标准", "事由": "开会、值守、组长补贴"},
	}}
	p.total()
	p.Fields["金额"] = money(*p.ExpenseFen)
	p.Summary = fmt.Sprintf("%d月发误工补贴%s，一共%d人次，都是开会、值守和组长的补贴，从村集体账户和运转经费里出。名单只给本村认证村民看。%s",
		m.number(), money(*p.ExpenseFen), len(lines), k.ask())
	return p
}

// invested is E07: what the village has a share in.
func (k *desk) invested(q quarter) paper {
	day := iso(q.months()[2].last())
	var lines []disclosure.Line
	for _, m := range q.months() {
		for _, e := range k.l.months[m] {
			if e.category == "投资收益" {
				lines = append(lines, disclosure.Line{Date: iso(e.day), Voucher: e.voucher, Summary: e.text, Category: e.category, IncomeFen: e.income, Handler: k.r.clerk, Reviewer: k.r.supervisor})
			}
		}
	}
	p := paper{Content: disclosure.Content{
		Title: q.title() + "对外投资和分红", Lines: lines, WrittenOn: day,
		Fields: map[string]string{"被投资方": k.v.crop + "专业合作社", "比例": "村集体占一成二", "决策编号": "代表会议同意，见会议记录"},
	}}
	p.total()
	p.Fields["收益/亏损"] = money(*p.IncomeFen)
	p.Summary = fmt.Sprintf("村集体在%s专业合作社入了股，占一成二。这个季度分红%s，已经进了村集体账户，没有亏损，也没有再追加投资。%s",
		k.v.crop, money(*p.IncomeFen), k.ask())
	p.Body = section("投了什么", "入股的钱是早年的产业扶持资金，本金还在，每年年初按合作社上一年的账分红。") + section("谁去对的账", "主任"+k.r.director+"和监委会主任"+k.r.supervisor+"每年到合作社看账一次。")
	return p
}

// helped is H04: help in need and visits, a list of persons.
func (k *desk) helped(q quarter) paper {
	d := k.dice("H04", q.period())
	rows := [][]string{{"姓名", "小组", "类别", "金额或东西"}}
	for i, p := range k.persons(d, d.between(3, 6)) {
		kind, what := "走访慰问", "大米1袋、食用油1桶"
		if i%3 == 0 {
			kind, what = "临时救助", money(yuan(d.between(6, 20)*100))
		}
		rows = append(rows, []string{masked(p.name), groupName(p.group), kind, what})
	}
	n := len(rows) - 1
	return paper{Content: disclosure.Content{
		Title:     q.title() + "临时救助和慰问",
		Summary:   fmt.Sprintf("这个季度有%d户遇到急难得到救助或者慰问，临时救助由镇上直接打到一卡通，慰问品由村里买、两个人一起送上门。需要帮助的随时找组长。%s", n, k.askClerk()),
		Body:      section("名单", table(rows)) + section("怎么申请", "遇到急事先找组长或者文书，当天报到镇上。生病的原因、病情都不公开。"+masking),
		Fields:    map[string]string{"类别": "临时救助、走访慰问", "日期": iso(q.months()[2].last())},
		WrittenOn: iso(q.months()[2].last()),
	}}
}

// praised is C04: who is on the red list, by their own leave.
func (k *desk) praised(q quarter) paper {
	d := k.dice("C04", q.period())
	deeds := d.some([]string{"主动清理门前水沟和公共垃圾点", "办酒席不超过15桌，不燃放鞭炮", "邻居住院帮着收割庄稼", "捡到钱包交回失主", "照顾瘫痪在床的老人多年", "义务给独居老人挑水送菜"}, 3)
	return paper{Content: disclosure.Content{
		Title:     q.title() + "红榜",
		Summary:   fmt.Sprintf("评议会这个季度评出%d户上红榜，都是大家推荐、本人同意的。本人没有同意公布姓名的，只写小组和做了什么。觉得还有该表扬的，可以向组长推荐。%s", len(deeds), k.askClerk()),
		Body:      section("做了什么", numbered(deeds)) + section("怎么评的", "各组推荐，评议会当面议，贴出来7天没有意见才算数。"),
		Fields:    map[string]string{"事由": "见正文", "条款": "村规民约第2、4、5条", "评议日期": iso(q.months()[2].day(26)), "激励": "年底发一张奖状"},
		WrittenOn: iso(q.months()[2].day(26)),
	}}
}
