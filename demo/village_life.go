package demo

import (
	"fmt"
	"strings"
	"time"

	"cunwu/service/disclosure"
)

// talked is one consultation with its days.
type talked struct {
	talk
	day, done time.Time
	came      int
}

func (k *desk) talksOf() []talked {
	out := make([]talked, 0, len(k.v.talks))
	for i, t := range k.v.talks {
		d := k.dice("talk", fmt.Sprint(i))
		day := workday((k.span.start + quarter(t.begin)).first().day(d.between(30, 58)))
		out = append(out, talked{talk: t, day: day, done: workday(day.AddDate(0, 0, d.between(26, 40))), came: d.between(18, 41)})
	}
	return out
}

// consultation is C01.
func (k *desk) consultation(t talked) paper {
	return paper{
		Content: disclosure.Content{
			Title: "协商：" + t.title,
			Summary: fmt.Sprintf("%s开了一场%s，%d人参加，商量“%s”。各方的话都记下来了，商量出的办法见下文，落实情况一个多月后公布。%s",
				spoken(t.day), t.form, t.came, t.title, k.askClerk()),
			Body: section("大家怎么说", numbered(t.points)) + section("商量的结果", t.result+"。") + section("接下来", t.doer+"负责落实，村监委会盯着办。商量的结果不等于表决，涉及花集体钱的还要开代表会。"),
			Fields: map[string]string{
				"议题": t.title, "来源": t.origin, "预审结论": "属于协商范围，同意列入", "形式": t.form, "参与方": fmt.Sprintf("村民、相关方、村干部共%d人", t.came), "时间": iso(t.day), "要点": strings.Join(t.points, "；"),
			},
			WrittenOn: iso(t.day),
		},
		files: []file{k.picture("meeting", "协商会现场远景", k.dice("C01", iso(t.day)))},
	}
}

// followUp is C02.
func (k *desk) followUp(t talked) paper {
	return paper{Content: disclosure.Content{
		Title: "协商结果落实：" + t.title,
		Summary: fmt.Sprintf("%s商量的“%s”，定的办法已经落实。当时提意见的人都回访了一遍，多数说好，2人还想再改，已经记下来。%s",
			spoken(t.day), t.title, k.askClerk()),
		Body: section("当初定的", t.result+"。") + section("办得怎样", list("定的办法都已落实，"+t.doer+"负责", "村监委会"+spoken(t.done.AddDate(0, 0, -3))+"到现场看过", "回访提意见的人，多数说满意，2人还有新意见，转下次说事日再议")),
		Fields: map[string]string{
			"议题": t.title, "协商意见": t.result, "采纳": "采纳", "责任人": t.doer, "期限": "一个月", "落实情况": "已落实", "反馈日期": iso(t.done),
		},
		WrittenOn: iso(t.done),
	}}
}

// raised is a pool of what villagers raise: what, kind, how it ended.
var raised = [][3]string{
	{"三组路灯有4盏不亮", "公共设施", "换了控制器，2天内亮了"},
	{"渠道过路涵管堵了，田里放不到水", "农田水利", "掏通，疏了40米"},
	{"垃圾桶满了三天没人收", "环境卫生", "清运车改成隔天一趟"},
	{"自来水水压小，二楼上不去", "饮水", "查出漏点，换管18米"},
	{"村道边的树枝遮住弯道镜", "道路安全", "修枝，镜子换新"},
	{"野猪糟蹋苞谷", "农业生产", "报林业部门，装驱赶器6台，保险已受理"},
	{"老人不会手机认证养老金", "代办服务", "代办员上门认证"},
	{"邻居盖房占了公用水沟", "邻里", "调解，留出40厘米水沟"},
	{"班车不到我们组", "交通", "不是村里能定的，已转镇交管办，答复下半年研究"},
	{"手机信号差", "通信", "已报运营商，列入明年基站计划，还没有解决"},
	{"晒坝被长期占用堆柴", "公共设施", "本人已搬走"},
	{"果园打药飘到菜地", "邻里", "约定打药前告知，装挡网"},
	{"狗不拴，吓到上学的娃娃", "环境卫生", "主人答应白天拴养，签了承诺"},
	{"村卫生室药不全", "医疗", "已向镇卫生院反映，每周补药一次"},
	{"机耕道垮了一段，收割机进不去", "道路", "请挖机清了，农忙前能走"},
	{"山坪塘没有护栏", "安全", "装了警示牌和救生圈，护栏列入明年计划"},
	{"化肥店过秤不准", "消费", "不是村里管的，转市场监管所，已处理"},
	{"公厕没水", "公共设施", "水泵坏了，换新"},
}

// concerns is C03: what was raised in a month and what came of it.
func (k *desk) concerns(m month) paper {
	d := k.dice("C03", m.period())
	all := make([]string, 0, len(raised))
	for i := range raised {
		all = append(all, fmt.Sprint(i))
	}
	rows := [][]string{{"编号", "说的什么事", "类别", "结果"}}
	done, moved := 0, 0
	for i, s := range d.some(all, d.between(5, 8)) {
		var n int
		_, _ = fmt.Sscan(s, &n) // the strings were made from numbers just above
		r := raised[n]
		rows = append(rows, []string{fmt.Sprintf("%d-%02d", m.number(), i+1), r[0], r[1], r[2]})
		switch {
		case strings.Contains(r[2], "不是村里"):
			moved++
		case strings.Contains(r[2], "还没有"), strings.Contains(r[2], "明年"):
		default:
			done++
		}
	}
	n := len(rows) - 1
	return paper{Content: disclosure.Content{
		Title: m.title() + "村民说事办理清单",
		Summary: fmt.Sprintf("%d月村民说了%d件事，办好%d件，%s。不公布是谁说的。每月10日、25日是说事日。%s",
			m.number(), n, done, rest(moved, n-done-moved), k.askClerk()),
		Body:      section("清单", table(rows)) + section("不满意怎么办", fmt.Sprintf("觉得没有办好的，可以要求重新办，找监委会主任%s。", k.r.supervisor)),
		Fields:    map[string]string{"类别": "公共设施、环境、用水、邻里等", "办结日期": iso(m.last()), "结果": fmt.Sprintf("办结%d件，转办%d件，在办%d件", done, moved, n-done-moved), "满意度": fmt.Sprintf("回访%d人，满意%d人", n, max(done-1, 0))},
		WrittenOn: iso(m.last()),
	}}
}

// rest tells of what was not done in the village.
func rest(moved, open int) string {
	switch {
	case moved == 0 && open == 0:
		return "没有拖着不办的"
	case moved == 0:
		return fmt.Sprintf("还有%d件没办好，原因写在表里", open)
	case open == 0:
		return fmt.Sprintf("另外%d件不归村里管，已转给上级部门", moved)
	}
	return fmt.Sprintf("转给上级部门%d件，还有%d件没办好，原因写在表里", moved, open)
}

// report is K01: the supervisory committee on its own work.
func (k *desk) report(h half) paper {
	d := k.dice("K01", h.period())
	found := d.some([]string{
		"2张办公用品发票没有写清数量，已退回补写", "保洁员劳务费有1个月发迟了8天，已说明原因", "一份租赁合同没有写押金，已补签", "工地上水泥标号和合同不一样，当天换掉了",
		"有1次公示没有贴满15天，重新贴了15天", "代表会签到表漏了2人签名，已补签并说明", "垃圾清运车油料登记不全，改成一车一登记",
	}, d.between(2, 4))
	tickets := d.between(86, 168)
	day := (h.firstMonth() + 5).last()
	return paper{Content: disclosure.Content{
		Title: h.title() + "监督委员会工作报告",
		Summary: fmt.Sprintf("半年来监委会看了%d张票据、到工地%d次、列席会议%d次，发现%d个问题，都已经改正或者说明。收到村民意见%d条，全部答复。",
			tickets, d.between(9, 26), d.between(6, 11), len(found), d.between(4, 9)),
		Body:      section("发现的问题和改正", numbered(found)) + section("下一步盯什么", list("合同租金有没有按时收", "工程隐蔽部分拍照留底", "补贴名单入户核对")) + section("向监委会反映问题", fmt.Sprintf("找主任%s或者任何一名成员，也可以写条子投意见箱，会保密。", k.r.supervisor)),
		Fields:    map[string]string{"监督事项": "财务、工程、公开、低保", "次数": fmt.Sprintf("查票据%d张", tickets), "问题": fmt.Sprintf("%d个", len(found)), "整改": "全部整改或说明", "意见处理": "全部答复"},
		WrittenOn: iso(day),
	}}
}

// appraisal is K03.
func (k *desk) appraisal(day time.Time) paper {
	d := k.dice("K03", iso(day))
	due := k.r.meeting() + d.between(6, 12)
	came := due - d.between(1, 3)
	rows := [][]string{{"职务", "称职", "基本称职", "不称职"}}
	for _, post := range []string{"村党支部书记", "村委会主任", "文书", "妇女小组长"} {
		bad := d.between(0, 1)
		mid := d.between(1, 4)
		rows = append(rows, []string{post, fmt.Sprint(came - mid - bad), fmt.Sprint(mid), fmt.Sprint(bad)})
	}
	return paper{Content: disclosure.Content{
		Title: fmt.Sprintf("%d年村干部民主评议结果", day.Year()),
		Summary: fmt.Sprintf("%s评议会应到%d人，实到%d人，无记名投票、当场唱票。4名干部都评为称职，和去年一样。大家提的意见也当场念了，怎么改写在下面。有疑问请找监委会主任%s。",
			spoken(day), due, came, k.r.supervisor),
		Body:      section("得票", table(rows)) + section("大家提的意见", list(d.some([]string{"路灯报修以后来得慢", "收支表字太小，老人看不清，要求打大字", "多到离得远的组走走", "开会通知早一点发", "年轻人在外面，网上多发消息"}, 3)...)) + section("怎么改", "两委会一周内逐条定下办法和时限，贴在公开栏，三个月后由监委会回头看。"),
		Fields:    map[string]string{"对象": "村党支部书记、主任、文书、妇女小组长", "应到": fmt.Sprint(due), "实到": fmt.Sprint(came), "各等次票数": "见正文", "结论": "均为称职"},
		WrittenOn: iso(day),
	}}
}

// answer is K06: a question and its answer.
func (k *desk) answer(day time.Time) paper {
	d := k.dice("K06", iso(day))
	qa := [][2]string{
		{"路灯电费为什么比去年多", fmt.Sprintf("新装了路灯，盏数多了；冬天亮得早。供电所的电费单贴在公开栏，共%d盏，每盏每月大约6元多。", k.v.lamps)},
		{"保洁员的工钱为什么有人多有人少", "每人每月都是650元。有一个月一人请假10天，扣了217元给顶班的人，总数没有变。"},
		{"鱼塘、房子租给谁是怎么定的", "公开比价，价高者得。报名表、报价单和会议记录都在档案柜里，村民可以来看。"},
		{"垃圾清运车的油怎么用这么多", "清运由每周两趟改成隔天一趟。现在一车一登记，里程和油量贴在车上。"},
		{"会议误工补贴发给了谁", "发给到会的村民代表，半天30元，签到表和领款表放在一起，可以到村里看。村干部开会不领。"},
		{"工程完了为什么还要留一笔钱不给施工队", "那是质量保证金，留合同价的百分之三，一年以后没有毛病才付。这一年里坏了由施工队免费修。"},
	}[(k.order+day.Year())%6]
	return paper{Content: disclosure.Content{
		Title:     "村民询问和答复：" + qa[0],
		Summary:   fmt.Sprintf("有村民问“%s”。答复：%s不公布是谁问的。还不清楚的可以继续问。%s", qa[0], qa[1], k.ask()),
		Body:      section("问", qa[0]+"？") + section("答", qa[1]) + section("凭据在哪里看", "便民服务中心，每月15日到20日，文书在场时可以翻看原始票据。"),
		Fields:    map[string]string{"编号": fmt.Sprintf("问-%d-%02d", day.Year(), d.between(1, 9)), "问题": qa[0], "答复": qa[1], "日期": iso(day), "结果": "已答复"},
		WrittenOn: iso(day),
	}}
}

// workPlan is A05.
func (k *desk) workPlan(year int) paper {
	d := k.dice("A05", fmt.Sprint(year))
	aims := d.some([]string{
		"把" + k.v.crop + "基地管护好，" + fmt.Sprint(k.v.cropMu) + "亩都有人管", "村集体收入比去年多一成", "路灯报修3天内修好", "春灌前渠道清淤一遍",
		"60岁以上老人全部体检", "垃圾分类收集点增加4个", "每月10日、25日说事日雷打不动", "闲置房屋至少盘活一处", "山坪塘全部装上警示牌和救生圈",
	}, 6)
	return paper{Content: disclosure.Content{
		Title:     fmt.Sprintf("%d年村里要办的实事", year),
		Summary:   fmt.Sprintf("今年定了%d件实事，每件都有人管、有时限，半年公布一次进度。去年定的6件办成5件，没办成的1件今年接着办。%s", len(aims), k.askClerk()),
		Body:      section("今年要办的", numbered(aims)) + section("去年没办成的", "手机信号差的问题，已报运营商，还在排队。") + section("谁负责", fmt.Sprintf("主任%s总负责，每件事的责任人贴在公开栏。", k.r.director)),
		Fields:    map[string]string{"年度": fmt.Sprint(year), "目标": joined(aims[:3]), "责任人": k.r.director, "完成时限": iso(date(year, 12, 20))},
		WrittenOn: iso(date(year, 1, 6)),
	}}
}

// yearReport is B05.
func (k *desk) yearReport(year int) paper {
	d := k.dice("B05", fmt.Sprint(year))
	in, out := k.l.sums(k.yearMonths(year)...)
	due := k.r.meeting()
	came := due - d.between(0, 2)
	said := d.pick([]string{"公开栏字太小，老人看不清", "院坝会开得少，要多到远的组去", "路灯报修后来得慢"})
	var done []string
	for _, w := range k.worksOf() {
		if w.accepted.Year() == year {
			done = append(done, "完成“"+w.name+"”，花了"+about(w.final()))
		}
	}
	done = append(done, "春灌前清了渠道淤泥，没有误农时", "代办员上门办事，没有收一分钱", "汛期和防火期没有人员伤亡")
	return paper{Content: disclosure.Content{
		Title: fmt.Sprintf("%d年村委会工作报告", year),
		Summary: fmt.Sprintf("%d年村集体收入%s、支出%s。办成的主要是：%s。代表会到会%d人，%d人同意这份报告，1人提了意见。%s",
			year, about(in), about(out), done[0], came, came-1, k.ask()),
		Body:      section("办成了什么", numbered(done)) + section("没办好的", list("有的路灯修得慢，最长的等了9天", "年轻人外出多，院坝会来的多是老人")) + section("审议结果", fmt.Sprintf("应到%d人，实到%d人，同意%d人，1人提出：%s。村委会答应改。", due, came, came-1, said)),
		Fields:    map[string]string{"年度": fmt.Sprint(year), "报告全文": "见正文", "会议": "村民代表会议", "表决数": fmt.Sprintf("%d/%d/%d", due, came, came-1), "意见": said},
		WrittenOn: iso(date(year+1, 1, 12)),
	}}
}

// lostWork is B07.
func (k *desk) lostWork(year int) paper {
	return paper{Content: disclosure.Content{
		Title:     fmt.Sprintf("%d年误工补贴的人员和标准", year),
		Summary:   "村民代表开会半天补30元、一天补60元；汛期值守每夜80元；组长每月200元。标准和去年一样，领补贴的岗位由代表会议定，每月发放看收支明细。" + k.ask(),
		Body:      section("标准", table([][]string{{"谁", "补多少"}, {"村民代表开会", "半天30元，一天60元"}, {"汛期值守", "每夜80元"}, {"村民小组长", "每月200元"}, {"护林巡查", "每天70元"}})) + section("不补的", "村干部开会、值班不领误工补贴。"),
		Fields:    map[string]string{"岗位": "村民代表、值守人员、组长、护林员", "标准": "见正文", "会议": "村民代表会议"},
		WrittenOn: iso(date(year, 1, 10)),
	}}
}

// partyWork is L01.
func (k *desk) partyWork(year int) paper {
	d := k.dice("L01", fmt.Sprint(year))
	return paper{Content: disclosure.Content{
		Title:     fmt.Sprintf("%d年党支部分工和工作安排", year),
		Summary:   fmt.Sprintf("村党支部有党员%d名、3个党小组。书记%s抓全面。今年要做三件事：每月主题党日、党员联系农户、带头认领公益岗。%s", d.between(46, 72), k.r.secretary, k.askClerk()),
		Body:      section("分工", list("书记"+k.r.secretary+"：全面工作", "副书记：纪检和监督", "组织委员：党员教育、发展党员")) + section("今年的安排", numbered([]string{"每月第一个星期五主题党日", "每名党员联系3至5户", "无职党员认领路灯、水渠、卫生片区"})),
		Fields:    map[string]string{"组织": "村党支部和3个党小组", "分工": "见正文", "计划": "见正文"},
		WrittenOn: iso(date(year, 1, 7)),
	}}
}

// dues is L03.
func (k *desk) dues(h half) paper {
	d := k.dice("L03", h.period())
	day := iso((h.firstMonth() + 5).last())
	got := int64(d.between(62, 118)) * 1200
	spent := yuan(d.between(2, 5) * 100)
	p := paper{Content: disclosure.Content{
		Title: h.title() + "党费收缴和使用",
		Lines: []disclosure.Line{
			{Date: day, Voucher: "党-01", Summary: "收党费", Category: "党费", IncomeFen: got, Handler: k.r.secretary, Reviewer: k.r.supervisor},
			{Date: day, Voucher: "党-02", Summary: "上缴镇党委", Category: "上缴", ExpenseFen: got, Handler: k.r.secretary, Reviewer: k.r.supervisor},
			{Date: day, Voucher: "党-03", Summary: "镇党委返还活动经费", Category: "返还", IncomeFen: spent, Handler: k.r.secretary, Reviewer: k.r.supervisor},
			{Date: day, Voucher: "党-04", Summary: "慰问老党员、购学习资料", Category: "活动", ExpenseFen: spent, Handler: k.r.secretary, Reviewer: k.r.supervisor},
		},
		Fields:    map[string]string{"应收": money(got), "实收": money(got), "上缴": money(got), "使用": "慰问老党员、购学习资料"},
		WrittenOn: day,
	}}
	p.total()
	p.Summary = fmt.Sprintf("半年收党费%s，全部上缴镇党委，没有人拖欠。镇党委返还活动经费%s，用来看望老党员、买学习资料，已用完。有疑问请找书记%s。", money(got), money(spent), k.r.secretary)
	p.Body = section("收了多少", "党员按月交，支部登记，"+money(got)+"已全部上缴。") + section("用在哪里", list("看望80岁以上老党员，每人一袋米、一桶油", "买学习资料，放在农家书屋，谁都可以看")+"\n党费只能用在党的活动上，不能用来办村里别的事，也没有用来吃饭。")
	return p
}
