package demo

import (
	"fmt"
	"slices"
	"strings"

	"cunwu/service/disclosure"
)

// monthly is D02: every line of a month.
func (k *desk) monthly(m month) paper {
	income, expense := k.l.sums(m)
	_, before := k.l.sums(m - 1)
	lines := k.l.lines(m, k.r.clerk, k.r.supervisor)
	biggest := slices.MaxFunc(k.l.months[m], func(a, b entry) int { return int(a.expense - b.expense) })
	summary := fmt.Sprintf("%d月收入%s，支出%s（%s），月底账上还有%s。最大一笔支出是“%s”，%s。共%d笔，每一笔都在下面的表里。%s",
		m.number(), about(income), about(expense), compared("上月", before, expense), about(k.l.closing(m)),
		biggest.text, money(biggest.expense), len(lines), k.ask())
	if income == 0 {
		summary = strings.Replace(summary, "收入0元", "没有收入", 1)
	}
	body := section("这个月的账", list(
		"上月结转："+money(k.l.open[m]), "本月收入："+money(income), "本月支出："+money(expense),
		"月末结余："+money(k.l.closing(m))+"（上月结转＋本月收入－本月支出）"))
	if in := k.l.grouped(incomeSide, nil, m); len(in) > 0 {
		body += section("钱从哪里来", groupList(in))
	}
	body += section("钱花到哪里", groupList(k.l.grouped(expenseSide, nil, m)))
	body += section("谁审的", fmt.Sprintf("票据由文书%s整理，%s召集监委会成员逐张看过，主任%s签字后入账。想看原始票据的，每月15日到20日可以到村便民服务中心查。",
		k.r.clerk, k.r.supervisor, k.r.director))
	p := paper{Content: disclosure.Content{
		Title: m.title() + "财务收支明细", Summary: summary, Body: body, Lines: lines, WrittenOn: iso(m.last()),
	}}
	p.total()
	opening, closing := k.l.open[m], k.l.closing(m)
	p.OpeningFen, p.ClosingFen = &opening, &closing
	return p
}

// voucher is the picture of one voucher of a month's accounts.
func (k *desk) voucher(p paper) file {
	line := lineWith(p.Content, func(l disclosure.Line) bool { return strings.HasPrefix(l.Summary, "路灯电费") })
	f := k.picture("voucher", "路灯电费发票（账号和电话已涂黑）", k.dice("voucher", p.Title))
	f.line = line + 1
	return f
}

func groupList(gs []group) string {
	out := make([]string, 0, len(gs))
	for _, g := range gs {
		seen := slices.Compact(slices.Sorted(slices.Values(g.texts)))
		out = append(out, fmt.Sprintf("%s：%s，%d笔（%s）", g.category, money(g.fen), g.count, strings.Join(first(seen, 3), "；")))
	}
	return list(out...)
}

func first(texts []string, n int) []string {
	if len(texts) > n {
		return append(slices.Clone(texts[:n]), "等")
	}
	return texts
}

func (q quarter) months() []month { m := q.first(); return []month{m, m + 1, m + 2} }

// byCategory makes one line of each category of a quarter; see grouped.
func (k *desk) byCategory(q quarter, s side, keep func(entry) bool) []disclosure.Line {
	gs := k.l.grouped(s, keep, q.months()...)
	lines := make([]disclosure.Line, 0, len(gs))
	for _, g := range gs {
		seen := slices.Compact(slices.Sorted(slices.Values(g.texts)))
		l := disclosure.Line{
			Date: iso(q.months()[2].last()), Voucher: fmt.Sprintf("共%d张", g.count),
			Summary: strings.Join(first(seen, 3), "；"), Category: g.category, Handler: k.r.clerk, Reviewer: k.r.supervisor,
		}
		if s == incomeSide {
			l.IncomeFen = g.fen
		} else {
			l.ExpenseFen = g.fen
		}
		lines = append(lines, l)
	}
	return lines
}

// quarterIncome is D03.
func (k *desk) quarterIncome(q quarter) paper {
	income, _ := k.l.sums(q.months()...)
	before, _ := k.l.sums((q - 1).months()...)
	p := paper{Content: disclosure.Content{
		Title: q.title() + "村集体各项收入",
		Lines: k.byCategory(q, incomeSide, nil), WrittenOn: iso(q.months()[2].last()),
	}}
	p.total()
	top := p.Lines[0]
	p.Summary = fmt.Sprintf("这个季度村集体收入%s，%s。最多的一项是%s，%s。收入都进了村集体账户，没有收现金不入账的。每月每笔看各月收支明细。%s",
		about(income), compared("上季度", before, income), top.Category, money(top.IncomeFen), k.ask())
	p.Body = section("三个月分开看", k.monthList(q, true)) +
		section("为什么和上季度不一样", "租金按合同约定的月份收，服务收入跟着农时走，所以各季度有多有少。合同收款情况另在“经济合同与履约”里公开。")
	return p
}

// quarterExpense is D04.
func (k *desk) quarterExpense(q quarter) paper {
	_, expense := k.l.sums(q.months()...)
	_, before := k.l.sums((q - 1).months()...)
	p := paper{Content: disclosure.Content{
		Title: q.title() + "村集体各项支出",
		Lines: k.byCategory(q, expenseSide, nil), WrittenOn: iso(q.months()[2].last()),
	}}
	p.total()
	top := p.Lines[0]
	share := top.ExpenseFen * 100 / expense
	p.Summary = fmt.Sprintf("这个季度支出%s，%s。花得最多的是%s，%s，每花100元有%d元用在这上面。%s",
		about(expense), compared("上季度", before, expense), top.Category, money(top.ExpenseFen), share, k.ask())
	p.Body = section("三个月分开看", k.monthList(q, false)) +
		section("怎么批的", fmt.Sprintf("2,000元以下由主任%s审批，2,000元以上由村两委会议定，5,000元以上提交村民代表会议。监委会每张票据都盖章。", k.r.director))
	return p
}

func (k *desk) monthList(q quarter, income bool) string {
	out := make([]string, 0, 3)
	for _, m := range q.months() {
		in, ex := k.l.sums(m)
		if income {
			out = append(out, fmt.Sprintf("%d月收入%s", m.number(), money(in)))
		} else {
			out = append(out, fmt.Sprintf("%d月支出%s", m.number(), money(ex)))
		}
	}
	return list(out...)
}

// running is D11: the money for running the village and what it went into.
func (k *desk) running(q quarter) paper {
	runs := func(e entry) bool { return e.running }
	lines := append(k.byCategory(q, incomeSide, runs), k.byCategory(q, expenseSide, runs)...)
	p := paper{Content: disclosure.Content{Title: q.title() + "运转经费使用情况", Lines: lines, WrittenOn: iso(q.months()[2].last())}}
	p.total()
	left := *p.IncomeFen - *p.ExpenseFen
	state := "剩下" + money(left) + "，转到下季度用"
	if left < 0 {
		state = "不够的" + money(-left) + "从村集体收入里补"
	}
	p.Summary = fmt.Sprintf("镇财政所这个季度拨来运转经费%s，用了%s，%s。这笔钱只能用在水电、办公、开会和组长补贴上，没有用于吃喝。%s",
		money(*p.IncomeFen), money(*p.ExpenseFen), state, k.ask())
	p.Body = section("这笔钱能用在哪里", list("便民服务中心水电网费", "办公用品、打印、订报", "组长和村民代表的误工补贴", "公开栏和宣传栏")) +
		section("不能用在哪里", list("招待费", "发奖金、发福利", "和村务无关的开支"))
	p.Fields = map[string]string{"拨付部门": k.v.township + "财政所", "用途": "村级组织日常运转", "结余": money(left)}
	return p
}

// pay is D08: what the village officers were paid, by post.
func (k *desk) pay(q quarter) paper {
	d := k.dice("D08", q.period())
	posts := []struct {
		post string
		base int
	}{{"村党支部书记", 2760}, {"村委会主任", 2540}, {"监委会主任", 2280}, {"文书", 2280}, {"妇女小组长", 2080}}
	date := iso(q.months()[2].last())
	var lines []disclosure.Line
	score := d.between(88, 97)
	for _, p := range posts {
		lines = append(lines,
			disclosure.Line{Date: date, Voucher: "财政直发", Summary: p.post + "基本报酬，3个月", Category: "基本报酬", ExpenseFen: yuan(p.base * 3), Reviewer: k.r.supervisor},
			disclosure.Line{Date: date, Voucher: "财政直发", Summary: p.post + "季度考核绩效", Category: "考核绩效", ExpenseFen: yuan(p.base * score / 100 / 4), Reviewer: k.r.supervisor})
	}
	out := paper{Content: disclosure.Content{
		Title: q.title() + "村干部报酬和补贴", Lines: lines, WrittenOn: date,
		Fields: map[string]string{"岗位": "书记、主任、监委会主任、文书、妇女小组长", "核定依据": k.v.township + "村干部报酬核定表"},
	}}
	out.total()
	out.Summary = fmt.Sprintf("这个季度5名村干部共领报酬%s，由县财政直接发到本人，不从村集体账上出。考核得分%d分，绩效按得分发。没有发别的补贴。%s",
		about(*out.ExpenseFen), score, k.ask())
	out.Body = section("怎么算的", list("基本报酬：按岗位标准，每月发", fmt.Sprintf("考核绩效：镇上按季度打分，这个季度%d分", score), "集体经济创收奖励：年底由村民代表会议定，这个季度没有发")) +
		section("说明", "村民小组长、保洁员、护林员不在这张表里，他们的补贴在各月收支明细里能看到。")
	return out
}

// debts is D05.
func (k *desk) debts(q quarter) paper {
	d := k.dice("D05", q.period())
	owed := yuan(d.between(18, 46) * 100)
	line := disclosure.Line{
		Date: iso(q.months()[2].last()), Voucher: "往来-01", Category: "应收款",
		Summary: fmt.Sprintf("应收%s租金，约定下季度付清", k.v.contracts[0].what), IncomeFen: owed, Handler: k.r.clerk, Reviewer: k.r.supervisor,
	}
	p := paper{Content: disclosure.Content{
		Title: q.title() + "债权债务情况", Lines: []disclosure.Line{line}, WrittenOn: line.Date,
		Fields: map[string]string{"类型": "应收租金", "余额": money(owed)},
	}}
	p.total()
	p.Summary = fmt.Sprintf("村集体不欠任何人的钱，没有贷款。别人欠村里%s，是%s的租金，已经催过，对方答应下季度付清。%s",
		money(owed), k.v.contracts[0].what, k.ask())
	p.Body = section("别人欠村里的", list(fmt.Sprintf("%s，租用%s，欠%s，催收人：主任%s", k.v.contracts[0].tenant, k.v.contracts[0].what, money(owed), k.r.director))) +
		section("村里欠别人的", "没有。工程款由项目资金支付，不从村集体账户出。")
	return p
}

// donations is D12.
func (k *desk) donations(q quarter) paper {
	lines := k.byCategory(q, incomeSide, func(e entry) bool { return e.category == "捐赠收入" })
	var spent int64
	for _, l := range lines {
		spent += l.IncomeFen
	}
	lines = append(lines, disclosure.Line{Date: iso(q.months()[2].last()), Voucher: "已并入公益活动", Summary: "用于老年人活动：饭菜、热水壶、演出音响", Category: "公益活动", ExpenseFen: spent, Handler: k.r.clerk, Reviewer: k.r.supervisor})
	p := paper{Content: disclosure.Content{
		Title: q.title() + "社会捐赠收支", Lines: lines, WrittenOn: iso(q.months()[2].last()),
		Fields: map[string]string{"捐赠方": "在外乡友（要求不公布姓名）", "用途": "老年人活动", "结余": "0元"},
	}}
	p.total()
	p.Summary = fmt.Sprintf("在外乡友捐来%s，指定用在老人身上。重阳节请老人们吃了饭、看了演出，捐款全部用完，不够的部分由村集体出。捐款人要求不公布姓名。%s", money(spent), k.ask())
	p.Body = section("怎么用的", list("给到场老人每人一个热水壶", "办坝坝宴，饭菜由妇女小组做，没有付工钱", "租演出音响一天")) +
		section("谁监督", "老年协会推了3位老人看采购单，监委会核对票据。")
	return p
}
