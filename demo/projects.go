package demo

import (
	"fmt"
	"strings"
	"time"

	"cunwu/service/disclosure"
)

// works is one project with the days and amounts of this village.
type works struct {
	project
	no       string // decision number
	decided  time.Time
	compared time.Time // the day on which offers are opened
	begun    time.Time
	accepted time.Time
	contract int64 // agreed price
	change   int64 // added by agreed changes
	offers   int
	present  int // representatives in the meeting
	yes      int
	total    int
}

// worksOf lays out the projects of a village in time.
func (k *desk) worksOf() []works {
	out := make([]works, 0, len(k.v.projects))
	for i, p := range k.v.projects {
		d := k.dice("works", fmt.Sprint(i))
		q := k.span.start + quarter(p.begin)
		decided := workday(q.first().day(d.between(6, 24)))
		opened := workday(decided.AddDate(0, 0, d.between(30, 36)))
		begun := opened.AddDate(0, 0, d.between(8, 13))
		w := works{
			project: p, no: fmt.Sprintf("四议-%d-%02d", decided.Year(), i+1), decided: decided, compared: opened,
			begun: begun, accepted: workday(begun.AddDate(0, 0, p.work+d.between(6, 20))), offers: d.between(3, 6), total: k.r.meeting(),
		}
		w.present = w.total - d.between(0, 2)
		w.yes = w.present - d.between(0, 2)
		w.contract = yuan(p.budget * d.between(925, 978) / 1000 / 100 * 100)
		w.change = yuan(p.budget * d.between(4, 16) / 1000 / 100 * 100)
		out = append(out, w)
	}
	return out
}

func (w works) final() int64 { return w.contract + w.change }

// resolution is B03: what the meeting decided.
func (k *desk) resolution(w works) paper {
	no := w.present - w.yes
	return paper{Content: disclosure.Content{
		Title: "决议公开：" + w.name,
		Summary: fmt.Sprintf("%s村民代表会议应到%d人，到会%d人，%d人赞成，%s，决定做“%s”，预算%s，不向村民收钱。有意见的15天内可以提。%s",
			spoken(w.decided), w.total, w.present, w.yes, against(no), w.name, about(yuan(w.budget)), k.ask()),
		Body: section("为什么要做", w.why) + section("做什么", w.scope+"。") +
			section("怎么议定的", numbered([]string{
				"党支部提议：" + spoken(w.decided.AddDate(0, 0, -24)),
				"两委会商议：" + spoken(w.decided.AddDate(0, 0, -20)),
				"党员大会审议：" + spoken(w.decided.AddDate(0, 0, -12)),
				fmt.Sprintf("村民代表会议决议：%s，应到%d人，到会%d人，赞成%d人、%s", spoken(w.decided), w.total, w.present, w.yes, against(no)),
			})) +
			section("钱从哪里来", w.source+"，不向村民筹资。") +
			section("有意见怎么提", fmt.Sprintf("公示15天。可以当面找监委会主任%s，也可以写条子投进便民服务中心门口的意见箱，10天内答复。", k.r.supervisor)),
		Fields: map[string]string{
			"事项编号": w.no, "四议各环节日期": fmt.Sprintf("提议%s，商议%s，审议%s，决议%s", spoken(w.decided.AddDate(0, 0, -24)), spoken(w.decided.AddDate(0, 0, -20)), spoken(w.decided.AddDate(0, 0, -12)), spoken(w.decided)),
			"应到/实到": fmt.Sprintf("%d/%d", w.total, w.present), "赞成/反对/弃权": fmt.Sprintf("%d/0/%d", w.yes, no),
			"决议文本": "同意实施" + w.name, "异议渠道": "监委会、意见箱", "公示起止": fmt.Sprintf("%s至%s", iso(w.decided.AddDate(0, 0, 3)), iso(w.decided.AddDate(0, 0, 18))),
		},
		WrittenOn: iso(w.decided),
	}}
}

func against(n int) string {
	if n == 0 {
		return "没有人反对"
	}
	return fmt.Sprintf("%d人弃权，没有人反对", n)
}

// approval is F01.
func (k *desk) approval(w works) paper {
	rows := [][]string{{"内容", "预算"}}
	rest := w.budget
	for i, p := range w.parts {
		n := w.budget * p.share / 100
		if i == len(w.parts)-1 {
			n = rest
		}
		rest -= n
		rows = append(rows, []string{p.what, money(yuan(n))})
	}
	rows = append(rows, []string{"合计", money(yuan(w.budget))})
	return paper{
		Content: disclosure.Content{
			Title:   "立项公开：" + w.name,
			Summary: fmt.Sprintf("“%s”已经批下来了，最多花%s，钱是%s，不向村民收钱。准备%s开工。%s", w.name, about(yuan(w.budget)), w.source, spokenMonth(w.begun), k.ask()),
			Body: section("为什么要做", w.why) + section("做什么", w.scope+"。") + section("预算", table(rows)) +
				section("下一步", "贴出比选公告，最少3家施工队报价，从合格的里面选报价低的。村干部和近亲属的施工队不能参加。"),
			Fields:    map[string]string{"项目": w.name, "资金来源": w.source, "预算": money(yuan(w.budget)), "决策编号": w.no, "批复": k.v.township + "人民政府同意立项"},
			WrittenOn: iso(w.decided.AddDate(0, 0, 8)),
		},
		files: []file{{name: "项目预算表.pdf", title: w.name + "预算", table: rows, seed: 2}, k.picture(w.scene, "施工前", k.dice("before", w.no))},
	}
}

func spokenMonth(t time.Time) string {
	switch {
	case t.Day() <= 10:
		return fmt.Sprintf("%d月上旬", int(t.Month()))
	case t.Day() <= 20:
		return fmt.Sprintf("%d月中旬", int(t.Month()))
	}
	return fmt.Sprintf("%d月下旬", int(t.Month()))
}

// tender is F02; offer days are told beforehand.
func (k *desk) tender(w works) paper {
	return paper{Content: disclosure.Content{
		Title: "比选公告：" + w.name,
		Summary: fmt.Sprintf("“%s”要选施工队，最高价%s。愿意干的在%s前把报价密封交到便民服务中心，%s上午9点当众拆封。懂行的村民欢迎到场看。%s",
			w.name, money(yuan(w.budget)), spoken(w.compared.AddDate(0, 0, -1)), spoken(w.compared), k.ask()),
		Body: section("工程内容", w.scope+"。") +
			section("谁能报名", list("有营业执照和相应资质", "没有拖欠过农民工工资", "不是本村村干部或者村干部的近亲属")) +
			section("怎么选", numbered([]string{"先看资质，不合格的退回", "合格的当众拆报价", "报价最低的中选；低于最高价八成的，要说清楚怎么干得下来"})),
		Fields:    map[string]string{"项目": w.name, "范围": w.scope, "控制价": money(yuan(w.budget)), "方式": "公开比选", "截止日": iso(w.compared.AddDate(0, 0, -1))},
		WrittenOn: iso(w.compared.AddDate(0, 0, -9)),
	}}
}

// award is F03.
func (k *desk) award(w works) paper {
	saved := yuan(w.budget) - w.contract
	return paper{Content: disclosure.Content{
		Title: "比选结果：" + w.name,
		Summary: fmt.Sprintf("%d家施工队报价，%s报价最低，%s中选，比预算少花%s。%s开工，工期%d天。施工方和村干部没有亲戚关系。%s",
			w.offers, w.builder, money(w.contract), about(saved), spoken(w.begun), w.work, k.ask()),
		Body: section("报价情况", fmt.Sprintf("收到报价%d份，全部有效，最高的没有超过控制价%s。", w.offers, money(yuan(w.budget)))) +
			section("合同主要内容", list("合同价："+money(w.contract), fmt.Sprintf("工期：%d天", w.work), "付款：开工付三成，过半付四成，验收后付二成七，留三分作质量保证金，一年后没有问题再付", "晚一天完工扣200元")) +
			section("谁来看质量", "监委会推选3名懂施工的村民代表每天轮流到工地，隐蔽工程要拍照签字才能盖土。"),
		Fields:    map[string]string{"中标方": w.builder, "金额": money(w.contract), "工期": fmt.Sprintf("%d天", w.work), "合同编号": w.contractNo(), "近亲属回避声明": "中选方负责人和村两委、监委会成员没有近亲属关系"},
		WrittenOn: iso(w.compared),
	}}
}

// contractNo names the contract with the builder.
func (w works) contractNo() string { return "工-" + strings.TrimPrefix(w.no, "四议-") }

// payment is one instalment to the builder.
type payment struct {
	day  time.Time
	text string
	fen  int64
}

// payments gives all but what is held back as a deposit.
func (w works) payments() []payment {
	part := func(percent int64) int64 { return w.contract / 100 * percent }
	return []payment{
		{workday(w.begun.AddDate(0, 0, 3)), "开工预付三成", part(30)},
		{workday(w.begun.AddDate(0, 0, w.work*6/10)), "进度过半付四成", part(40)},
		{w.accepted, "验收后付二成七和变更增加的部分", part(27) + w.change},
	}
}

// paid gives the lines of what was paid in a quarter, and the sum of all that
// was paid up to its end.
func (k *desk) paid(w works, q quarter) (lines []disclosure.Line, sum int64) {
	first, end := q.first().day(1), q.months()[2].last()
	for i, x := range w.payments() {
		if x.day.After(end) {
			break
		}
		sum += x.fen
		if x.day.Before(first) {
			continue
		}
		lines = append(lines, disclosure.Line{
			Date: iso(x.day), Voucher: fmt.Sprintf("工付-%02d", i+1), Summary: x.text + "，" + w.builder, Category: "工程款",
			ExpenseFen: x.fen, Handler: k.r.clerk, Reviewer: k.r.supervisor,
			Project: w.name, Contract: w.contractNo(), Payee: w.builder,
		})
	}
	return lines, sum
}

// progress is F04: how far it is, what was paid in a quarter and up to its end.
func (k *desk) progress(w works, q quarter) paper {
	end := q.months()[2].last()
	done := min(100, int(end.Sub(w.begun).Hours()/24)*100/w.work)
	if !end.Before(w.accepted) {
		done = 100
	}
	lines, sum := k.paid(w, q)
	p := paper{
		Content: disclosure.Content{Title: fmt.Sprintf("工程进度（%s）：%s", q.title(), w.name), Lines: lines, WrittenOn: iso(end), Fields: map[string]string{"进度%": fmt.Sprint(done), "变更金额": "0元"}},
		files:   []file{k.picture(w.scene, "施工现场", k.dice("progress", w.no+q.period()))},
	}
	if done >= 60 {
		p.Fields["变更金额"] = money(w.change)
	}
	p.total()
	p.Fields["已付款"] = money(sum)
	p.Summary = fmt.Sprintf("“%s”%s开工，到%s完成了%d%%，这个季度付工程款%s，前后共付%s，占合同价和变更的%d%%，没有超付。%s",
		w.name, spoken(w.begun), spoken(end), done, about(*p.ExpenseFen), about(sum), sum*100/w.final(), k.ask())
	p.Body = section("干到哪里了", progressText(done)) + section("有没有变更", changeText(done, w)) +
		section("质量", "村民代表每天到工地看，发现的问题记在工地本子上，整改完了才能干下一步。")
	return p
}

func progressText(done int) string {
	switch {
	case done < 40:
		return "材料已经进场，基础部分正在做。下雨耽误了4天，施工方增加了一个班组，工期不变。"
	case done < 90:
		return fmt.Sprintf("主要部分做了%d%%，剩下的按计划做。占用的地边已经和农户说好，完工后恢复。", done)
	}
	if done < 100 {
		return "主体已经做完，正在清理现场，准备验收。请大家这几天绕开工地，不要动刚做好的地方。"
	}
	return "已经做完。做得毛糙的2处由施工方返工，返工不另外付钱。"
}

func changeText(done int, w works) string {
	if done < 60 {
		return "没有变更。"
	}
	return fmt.Sprintf("根据村民代表的建议增加了一点工程量，多花%s，两委会和监委会都签了字，没有超过预算。", money(w.change))
}

// acceptance is F05: the final account.
func (k *desk) acceptance(w works) paper {
	final := w.final()
	lines := make([]disclosure.Line, 0, len(w.parts))
	rest := final
	for i, part := range w.parts {
		n := final / 100 * int64(part.share)
		if i == len(w.parts)-1 {
			n = rest
		}
		rest -= n
		lines = append(lines, disclosure.Line{Date: iso(w.accepted), Voucher: fmt.Sprintf("决-%02d", i+1), Summary: part.what, Category: part.what, ExpenseFen: n, Handler: k.r.clerk, Reviewer: k.r.supervisor})
	}
	p := paper{
		Content: disclosure.Content{
			Title: "验收和决算：" + w.name, Lines: lines, WrittenOn: iso(w.accepted),
			Fields: map[string]string{"验收日期": iso(w.accepted), "验收组": "镇农业农村办、村两委、监委会和5名村民代表", "决算金额": money(final), "审计意见": "镇上委托的造价公司审核，核减后定案", "管护责任": w.upkeep},
		},
		files: []file{k.picture(w.scene, "完工后", k.dice("after", w.no)), {name: "决算表.pdf", title: w.name + "决算", table: lineRows(lines), seed: 3}},
	}
	p.total()
	p.Summary = fmt.Sprintf("“%s”%s验收合格，最后花了%s，比预算少%s。质量保证金留了一年，坏了由施工方免费修。以后的管护：%s。%s",
		w.name, spoken(w.accepted), money(final), about(yuan(w.budget)-final), w.upkeep, k.askClerk())
	p.Body = section("验收情况", list("按设计做完："+w.scope, "抽查6处，都合格", "2处做得毛糙，施工方已经返工")) +
		section("钱的对比", table([][]string{{"项目", "金额"}, {"预算", money(yuan(w.budget))}, {"合同价", money(w.contract)}, {"变更增加", money(w.change)}, {"决算", money(final)}})) +
		section("以后谁管", w.upkeep+"。")
	return p
}

func lineRows(lines []disclosure.Line) [][]string {
	rows := [][]string{{"项目", "金额（元）"}}
	for _, l := range lines {
		rows = append(rows, []string{l.Summary, strings.TrimSuffix(money(l.ExpenseFen+l.IncomeFen), "元")})
	}
	return rows
}

// outcome is B04: the decision carried out.
func (k *desk) outcome(w works) paper {
	return paper{Content: disclosure.Content{
		Title: "决议落实结果：" + w.name,
		Summary: fmt.Sprintf("%d年%s代表会议定的“%s”已经办完：%s验收，花了%s，没有超预算，没有向村民收钱。使用中发现问题可以随时报修。%s",
			w.decided.Year(), spoken(w.decided), w.name, spoken(w.accepted), about(w.final()), k.askClerk()),
		Body: section("当初定的", w.scope+"，预算"+money(yuan(w.budget))+"。") + section("实际做的", "全部完成，按代表建议增加的一点工程量，另有签字。") +
			section("还有什么没做完", "质量保证金一年后再付；"+w.upkeep+"。"),
		Fields:    map[string]string{"事项编号": w.no, "实施单位": w.builder, "进度": "100%", "资金": money(w.final()), "完成日期": iso(w.accepted), "验收": "合格", "未完成原因": "无"},
		WrittenOn: iso(w.accepted.AddDate(0, 0, 5)),
	}}
}
