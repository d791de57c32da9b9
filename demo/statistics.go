package demo

import (
	"fmt"

	"cunwu/service/disclosure"
)

// insured is H09: how many are in the medical and pension schemes.
func (k *desk) insured(year int) paper {
	d := k.dice("H09", fmt.Sprint(year))
	due := k.v.people - d.between(60, 110)
	in := due * d.between(963, 988) / 1000
	out := due - in
	return paper{Content: disclosure.Content{
		Title: fmt.Sprintf("%d年医保养老参保情况", year),
		Summary: fmt.Sprintf("今年全村应参加医保%d人，已参加%d人，还有%d人没有参加，多数是在外务工已在外地参保。低保、特困人员的钱由政府代缴。%s",
			due, in, out, k.askClerk()),
		Body: section("数字", table([][]string{{"项目", "应参保", "已参保", "参保率"}, {"居民医保", fmt.Sprint(due), fmt.Sprint(in), rate(in, due)}, {"居民养老（16岁以上）", fmt.Sprint(due * 7 / 10), fmt.Sprint(due * 65 / 100), rate(due*65/100, due*7/10)}})) +
			section("还没有参保的", "代办员可以帮着在手机上交，自己的钱自己付，村里不收现金。生了病再参保有等待期，请早办。"),
		Fields:    map[string]string{"应参保": fmt.Sprint(due), "已参保": fmt.Sprint(in), "参保率": rate(in, due), "代缴政策": "低保、特困、重度残疾由政府代缴"},
		WrittenOn: iso(date(year, 3, 10)),
	}}
}

func rate(part, whole int) string {
	return fmt.Sprintf("%.1f%%", float64(part)*100/float64(whole))
}

// children is H07, numbers only.
func (k *desk) children(year int) paper {
	d := k.dice("H07", fmt.Sprint(year))
	n := d.between(14, 26)
	sum := d.between(28, 52) * 100
	return paper{Content: disclosure.Content{
		Title: fmt.Sprintf("%d年留守儿童和困境儿童关爱情况（统计）", year),
		Summary: fmt.Sprintf("%d年全村登记关爱的孩子%d名，儿童主任每月走访一次，办暑期课堂4周，用去%s，比上一年多办了1周。为保护孩子，只公布数字。%s",
			year, n, money(yuan(sum)), k.askClerk()),
		Body:      section("做了什么", list("每月走访或打视频，和在外的父母通话", "暑期课堂4周，大学生志愿者辅导作业", "开学前给每个孩子一个书包", "防溺水巡塘，在山坪塘装了救生圈和警示牌")) + section("为什么不公布名单", "孩子的姓名、照片、学校都不公开，这是法律的要求。"),
		Fields:    map[string]string{"人数": fmt.Sprint(n), "项目": "走访、暑期课堂、防溺水", "资金总额": money(yuan(sum))},
		WrittenOn: iso(date(year, 12, 30)),
	}}
}

// mediation is C08, numbers only.
func (k *desk) mediation(q quarter) paper {
	d := k.dice("C08", q.period())
	kinds := []struct {
		name string
		n    int
	}{{"地界和通行", d.between(2, 5)}, {"家务和赡养", d.between(1, 3)}, {"用水", d.between(1, 3)}, {"务工工钱", d.between(0, 2)}}
	rows := [][]string{{"种类", "件数"}}
	sum := 0
	most := kinds[0]
	for _, c := range kinds {
		sum += c.n
		if c.n > most.n {
			most = c
		}
		rows = append(rows, []string{c.name, fmt.Sprint(c.n)})
	}
	failed := d.between(0, 1)
	result := "全部说和了"
	if failed > 0 {
		result = fmt.Sprintf("说和%d件，1件没有说成，已告诉双方可以到镇司法所或者法院", sum-1)
	}
	return paper{Content: disclosure.Content{
		Title:     q.title() + "人民调解统计",
		Summary:   fmt.Sprintf("这个季度村调解员接了%d件纠纷，%s。最多的是%s，%d件。调解不收钱，内容保密，这里只有件数。%s", sum, result, most.name, most.n, k.askClerk()),
		Body:      section("件数", table(rows)) + section("有矛盾怎么办", "先找组长，再找村调解室；每周三上午镇司法所的人在村里坐班。"),
		Fields:    map[string]string{"受理数": fmt.Sprint(sum), "成功数": fmt.Sprint(sum - failed), "类别": "地界通行、家务赡养、用水、务工"},
		WrittenOn: iso(q.months()[2].last()),
	}}
}

// errands is J04.
func (k *desk) errands(m month) paper {
	d := k.dice("J04", m.period())
	kinds := []string{"医保缴费和报销", "养老待遇认证", "老年证、残疾证", "宅基地申请送件", "水电费代缴", "取快递、代购药品"}
	rows := [][]string{{"办什么", "件数"}}
	sum := 0
	for _, c := range kinds {
		n := d.between(2, 14)
		sum += n
		rows = append(rows, []string{c, fmt.Sprint(n)})
	}
	open, late := d.between(0, 3), d.between(0, 2)
	tail := "全部办完。"
	if open > 0 {
		tail = fmt.Sprintf("还有%d件在上级部门审批。", open)
	}
	slow := "都在答应的时间内办的。"
	if late > 0 {
		slow = fmt.Sprintf("有%d件超了答应的时间，已经向本人说明。", late)
	}
	return paper{Content: disclosure.Content{
		Title: m.title() + "民事代办统计",
		Summary: fmt.Sprintf("%d月代办员帮大家办了%d件事，%s%s代办不收钱，行动不便的可以上门。%s",
			m.number(), sum, tail, slow, k.askClerk()),
		Body:      section("办了哪些事", table(rows)) + section("怎么找代办员", "工作日上午9点到下午5点在便民服务中心，也可以让组长捎话。代办员不保管银行卡和密码。"),
		Fields:    map[string]string{"受理数": fmt.Sprint(sum), "办结数": fmt.Sprint(sum - open), "按时率": rate(sum-late, sum), "满意率": rate(sum-late-1, sum)},
		WrittenOn: iso(m.last()),
	}}
}

// tasks is J01: what the village did for the government.
func (k *desk) tasks(q quarter) paper {
	d := k.dice("J01", q.period())
	all := [][][]string{
		{{"森林防火宣传和巡查", "林业部门", "完成，没有发生火情"}, {"居民医保缴费提醒", "医保部门", "完成九成多，其余在外地参保"}, {"春季动物防疫", "农业部门", "完成"}},
		{{"防汛排查和值守", "应急部门", "完成，排查隐患点6处"}, {"夏粮面积核实", "农业部门", "完成"}, {"防溺水宣传", "教育、民政部门", "完成，入户发提醒单"}},
		{{"秋季秸秆禁烧", "生态环境部门", "完成，劝阻12起"}, {"养老待遇认证提醒", "人社部门", "完成，上门帮认证43人"}, {"老年人体检组织", "卫生部门", "完成，体检318人"}},
		{{"冬季森林防火", "林业部门", "进行中"}, {"反诈宣传", "公安部门", "完成，开院坝会4场"}, {"农村房屋安全排查", "住建部门", "完成，发现隐患2户已通知"}},
	}[q.number()-1]
	rows := [][]string{{"事项", "哪个部门要求", "办得怎样"}}
	rows = append(rows, all...)
	refused := d.between(1, 3)
	return paper{Content: disclosure.Content{
		Title: q.title() + "协助政府工作情况",
		Summary: fmt.Sprintf("这个季度村里协助政府办了%d件事：%s、%s、%s。另有%d张没有列入清单的报表，按规定退回，没有填。%s",
			len(all), all[0][0], all[1][0], all[2][0], refused, k.askClerk()),
		Body:      section("办了什么", table(rows)) + section("退回了什么", fmt.Sprintf("%d张不在年度报表清单里的表，已向镇里说明。需要村里办的事，部门应当同时给钱、给人。", refused)),
		Fields:    map[string]string{"事项": joined([]string{all[0][0], all[1][0], all[2][0]}), "委托部门": joined([]string{all[0][1], all[1][1], all[2][1]}), "依据": "村（社区）协助办理事项清单", "完成情况": "见正文"},
		WrittenOn: iso(q.months()[2].last()),
	}}
}

// entrusted is J02: money that came with those tasks.
func (k *desk) entrusted(q quarter) paper {
	d := k.dice("J02", q.period())
	day := iso(q.months()[1].day(18))
	end := iso(q.months()[2].last())
	got := yuan(d.between(18, 36) * 100)
	watch := got * 6 / 10 / 100 * 100
	lines := []disclosure.Line{
		{Date: day, Voucher: "委-01", Summary: "林业部门拨森林防火巡查经费", Category: "委托经费", IncomeFen: got, Handler: k.r.clerk, Reviewer: k.r.supervisor},
		{Date: end, Voucher: "委-02", Summary: "巡查人员补贴", Category: "人员补贴", ExpenseFen: watch, Handler: k.r.clerk, Reviewer: k.r.supervisor},
		{Date: end, Voucher: "委-03", Summary: "宣传横幅、喇叭、灭火拖把", Category: "物资", ExpenseFen: got * 3 / 10 / 100 * 100, Handler: k.r.clerk, Reviewer: k.r.supervisor},
	}
	p := paper{Content: disclosure.Content{Title: q.title() + "委托事项经费收支", Lines: lines, WrittenOn: end}}
	p.total()
	left := *p.IncomeFen - *p.ExpenseFen
	p.Summary = fmt.Sprintf("部门委托村里办事拨来经费%s，用了%s，剩%s转下季度。用在巡查人员补贴和灭火物资上，没有和村集体的钱混用。%s",
		money(*p.IncomeFen), money(*p.ExpenseFen), money(left), k.ask())
	p.Body = section("为什么有这笔钱", "部门把工作交给村里，就要按规定把经费一起拨来，专款专用。") + section("怎么用的", list("巡查人员补贴"+money(watch)+"，按天计", "其余买了横幅、小喇叭和灭火拖把"))
	p.Fields = map[string]string{"部门": "林业部门", "事项": "森林防火巡查", "拨付": money(*p.IncomeFen), "结余": money(left)}
	return p
}

// facilities is J03.
func (k *desk) facilities(h half) paper {
	d := k.dice("J03", h.period())
	day := iso((h.firstMonth() + 5).last())
	got := yuan(d.between(6, 18) * 100)
	p := paper{
		Content: disclosure.Content{
			Title:     h.title() + "便民服务中心使用情况",
			Lines:     []disclosure.Line{{Date: day, Voucher: "单独记账", Summary: "会议室、桌椅借给村民办酒席的水电清洁费", Category: "服务收入", IncomeFen: got, Handler: k.r.clerk, Reviewer: k.r.supervisor}},
			Fields:    map[string]string{"设施": "便民服务中心、农家书屋、文化院坝", "面积": "620平方米", "功能": "办事、议事、读书、活动", "开放时间": "每天8点半到晚上8点", "使用次数": fmt.Sprint(d.between(86, 142)), "租借收入": money(got)},
			WrittenOn: day,
		},
		files: []file{k.picture("square", "便民服务中心院坝", d)},
	}
	p.total()
	p.Summary = fmt.Sprintf("半年来便民服务中心办事、开会、活动一共用了%s次，农家书屋借书%d本次。村民借用桌椅办酒席收水电清洁费%s，单独记账。%s",
		p.Fields["使用次数"], d.between(180, 420), money(got), k.askClerk())
	p.Body = section("开放时间", "每天早上8点半到晚上8点，节假日有人值班。") + section("收不收钱", list("办事、看书、锻炼：不收", "办酒席借桌椅：每次收水电清洁费100元，困难家庭免收"))
	return p
}
