package demo

import (
	"fmt"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/disclosure"
)

// persons picks at most n plain villagers for a list of names, no two of whom
// look alike when masked within one group.
func (k *desk) persons(d dice, n int) []person {
	seen := map[string]bool{}
	out := make([]person, 0, n)
	for _, i := range d.Perm(len(k.r.people)) {
		p := k.r.people[i]
		key := masked(p.name) + groupName(p.group)
		if len(out) == n || p.role != account.Villager || seen[key] {
			continue
		}
		seen[key] = true
		out = append(out, p)
	}
	return out
}

const masking = "姓名按规定隐去中间的字，身份证号、银行卡号、住址、病情都不公开。"

// farmland is G01: the subsidy for keeping farmland fertile, a list of households.
func (k *desk) farmland(day time.Time) paper {
	d := k.dice("G01", fmt.Sprint(day.Year()))
	rate := 8420 + d.between(0, 36)*10 // 分 a mu
	rows := [][]string{{"户主", "小组", "面积（亩）", "金额（元）"}}
	var mu10, fen int
	for _, p := range k.persons(d, 16) {
		a := d.between(12, 86) // tenths of a mu
		rows = append(rows, []string{masked(p.name), groupName(p.group), fmt.Sprintf("%.1f", float64(a)/10), fmt.Sprintf("%.2f", float64(a*rate)/1000)})
		mu10 += a
		fen += a * rate / 10
	}
	until := day.AddDate(0, 0, 7)
	return paper{Content: disclosure.Content{
		Title: fmt.Sprintf("%d年耕地地力保护补贴名单（第一批）", day.Year()),
		Summary: fmt.Sprintf("今年种地补贴每亩%.2f元，第一批%d户、%.1f亩，共%s，月底前打到一卡通。和去年比标准每亩多了1元左右。名字、面积不对的，%s前来改。%s",
			float64(rate)/100, len(rows)-1, float64(mu10)/10, about(int64(fen)), spoken(until), k.askClerk()),
		Body: section("第一批名单", table(rows)) + section("哪些地没有补贴", list("已经盖了房、硬化了的", "荒了两年以上没有种的", "退耕还林的")) +
			section("不对怎么办", fmt.Sprintf("%s前到便民服务中心登记，村里和户主一起到田里量。%s", spoken(until), masking)),
		Fields:    map[string]string{"标准": fmt.Sprintf("每亩%.2f元", float64(rate)/100), "面积": fmt.Sprintf("%.1f亩", float64(mu10)/10), "金额": money(int64(fen)), "公示起止": fmt.Sprintf("%s至%s", iso(day), iso(until))},
		WrittenOn: iso(day),
	}}
}

// forest is G03: what is paid for woods that are kept.
func (k *desk) forest(day time.Time) paper {
	d := k.dice("G03", iso(day))
	rows := [][]string{{"户主", "小组", "面积（亩）", "金额（元）"}}
	var area int
	for _, p := range k.persons(d, 14) {
		a := d.between(15, 92) // tenths of a mu
		rows = append(rows, []string{masked(p.name), groupName(p.group), fmt.Sprintf("%.1f", float64(a)/10), fmt.Sprintf("%.2f", float64(a)*1.6)})
		area += a
	}
	sum := int64(area) * 160
	until := day.AddDate(0, 0, 7)
	return paper{Content: disclosure.Content{
		Title: fmt.Sprintf("%d年公益林补偿到户名单", day.Year()),
		Summary: fmt.Sprintf("公益林管护补偿每亩16元，这一批%d户、%.1f亩，共%s，下个月打到一卡通，标准和去年一样。面积不对的，%s前来核对。%s",
			len(rows)-1, float64(area)/10, about(sum), spoken(until), k.askClerk()),
		Body: section("名单", table(rows)) + section("有什么要求", list("不乱砍、不在林里烧火", "看到火情先打村里值班电话，再通知组长", "枯死的树要砍，先到村里登记")) +
			section("不对怎么办", "到便民服务中心查林权证上的面积，错了就改。"+masking),
		Fields:    map[string]string{"面积": fmt.Sprintf("%.1f亩", float64(area)/10), "标准": "每亩16元", "金额": money(sum)},
		WrittenOn: iso(day),
	}}
}

// insurance is G05.
func (k *desk) insurance(day time.Time) paper {
	d := k.dice("G05", iso(day))
	rows := [][]string{{"户主", "小组", "受灾面积（亩）", "赔付（元）"}}
	var fen int64
	for _, p := range k.persons(d, 7) {
		a := d.between(6, 42)
		pay := int64(a) * 2800
		fen += pay
		rows = append(rows, []string{masked(p.name), groupName(p.group), fmt.Sprintf("%.1f", float64(a)/10), fmt.Sprintf("%.2f", float64(pay)/100)})
	}
	return paper{Content: disclosure.Content{
		Title: fmt.Sprintf("%d年水稻保险理赔名单", day.Year()),
		Summary: fmt.Sprintf("7月大风吹倒的水稻，保险公司按每亩280元赔，%d户共赔%s，已打到一卡通。保费每亩自己出4.8元，其余由财政补。%s",
			len(rows)-1, money(fen), k.askClerk()),
		Body:      section("理赔名单", table(rows)) + section("怎么定的损", "保险公司、镇农业办和各组组长一起到田里看，户主签字认可。"+masking) + section("明年参保", "3月底前到组长处登记，交自己出的部分，组长开收据。"),
		Fields:    map[string]string{"险种": "水稻种植保险", "面积/数量": fmt.Sprintf("%d户", len(rows)-1), "保费": "每亩自缴4.8元", "补贴": "其余由财政补贴", "赔付": money(fen)},
		WrittenOn: iso(day),
	}}
}

// allowance is H03: who lives on the basic allowance, and what changed.
func (k *desk) allowance(q quarter) paper {
	d := k.dice("H03", q.period())
	who := k.persons(d, d.between(8, 12))
	n := len(who)
	rows := [][]string{{"姓名", "小组", "类别", "人数", "变动"}}
	people := 0
	for i, p := range who {
		c, m := "低保", d.between(1, 3)
		if i%4 == 3 {
			c, m = "特困供养", 1
		}
		change := "不变"
		switch i {
		case 1:
			change = "本季新增"
		case n - 1:
			change = "下季退出"
		}
		people += m
		rows = append(rows, []string{masked(p.name), groupName(p.group), c, fmt.Sprint(m), change})
	}
	return paper{Content: disclosure.Content{
		Title: q.title() + "低保特困人员名单",
		Summary: fmt.Sprintf("这个季度全村低保和特困%d户%d人，比上季度新增1户，下季度退出1户（家里有人找到工作，收入超过标准）。觉得该进没进、该退没退的，7天内可以提。%s",
			n, people, k.askClerk()),
		Body: section("名单", table(rows)) + section("怎么评的", "本人申请、入户查看、民主评议、镇上批准。村干部和亲属吃低保的要单独备案，这个季度没有。") +
			section("有意见找谁", "村监委会或者"+k.v.township+"民政办。提意见的人保密。"+masking),
		Fields:    map[string]string{"类别": "低保、特困供养", "人数": fmt.Sprintf("%d户%d人", n, people), "标准": "按市里公布的标准，补差发放", "增/减/退": "增1户，退1户"},
		WrittenOn: iso(q.months()[2].last()),
	}}
}

// disabled is H06; neither kind nor grade is told.
func (k *desk) disabled(q quarter) paper {
	d := k.dice("H06", q.period())
	who := k.persons(d, d.between(7, 11))
	n := len(who)
	rows := [][]string{{"姓名", "小组", "补贴项目", "三个月金额（元）"}}
	sum := 0
	for i, p := range who {
		kind, month := "生活补贴", 90
		if i%3 == 0 {
			kind, month = "护理补贴", 100
		}
		sum += month * 3
		rows = append(rows, []string{masked(p.name), groupName(p.group), kind, fmt.Sprint(month * 3)})
	}
	return paper{Content: disclosure.Content{
		Title: q.title() + "残疾人两项补贴发放",
		Summary: fmt.Sprintf("这个季度%d人领到生活补贴或护理补贴，共%s，每月打到本人一卡通，和上季度标准一样。没收到的请来查。%s",
			n, money(yuan(sum)), k.askClerk()),
		Body:      section("发放名单", table(rows)) + section("说明", "按规定不公开残疾类别和等级。"+masking) + section("谁可以申请", "有残疾证的本村居民都可以来问，代办员帮着填表、送件，不收钱。"),
		Fields:    map[string]string{"补贴项目": "生活补贴、护理补贴", "金额": money(yuan(sum))},
		WrittenOn: iso(q.months()[2].last()),
	}}
}

// aged is H11.
func (k *desk) aged(q quarter) paper {
	d := k.dice("H11", q.period())
	bands := []struct {
		name  string
		month int
	}{{"80至89岁", 30}, {"80至89岁", 30}, {"80至89岁", 30}, {"90至99岁", 100}}
	rows := [][]string{{"姓名", "小组", "年龄段", "三个月金额（元）"}}
	sum := 0
	for i, p := range k.persons(d, 9) {
		b := bands[i%len(bands)]
		sum += b.month * 3
		rows = append(rows, []string{masked(p.name), groupName(p.group), b.name, fmt.Sprint(b.month * 3)})
	}
	return paper{Content: disclosure.Content{
		Title: q.title() + "高龄津贴发放",
		Summary: fmt.Sprintf("这个季度给%d位80岁以上老人发高龄津贴%s，打到本人一卡通，和上季度标准一样。家里老人满80岁的当月就可以来申请。%s",
			len(rows)-1, money(yuan(sum)), k.askClerk()),
		Body:      section("发放名单", table(rows)) + section("怎么申请", "带老人身份证件到便民服务中心，代办员当面填表。行动不便的打个招呼，我们上门办。"+masking),
		Fields:    map[string]string{"年龄段": "80岁以上", "金额": money(yuan(sum))},
		WrittenOn: iso(q.months()[2].last()),
	}}
}

// relief is H05: goods and money after the July storm.
func (k *desk) relief(day time.Time) paper {
	d := k.dice("H05", iso(day))
	rows := [][]string{{"户主", "小组", "物资", "金额（元）"}}
	var lines []disclosure.Line
	sum := 0
	for i, p := range k.persons(d, 6) {
		n := d.between(4, 12) * 100
		sum += n
		rows = append(rows, []string{masked(p.name), groupName(p.group), "棉被1床、大米1袋", fmt.Sprint(n)})
		lines = append(lines, disclosure.Line{Date: iso(day), Voucher: fmt.Sprintf("救-%02d", i+1), Summary: groupName(p.group) + masked(p.name) + "房屋进水救助", Category: "救灾款", ExpenseFen: yuan(n), Handler: k.r.clerk, Reviewer: k.r.supervisor})
	}
	lines = append(lines, disclosure.Line{Date: iso(day), Voucher: "镇拨", Summary: "镇政府拨暴雨救灾款", Category: "财政补助", IncomeFen: yuan(sum), Handler: k.r.clerk, Reviewer: k.r.supervisor})
	p := paper{
		Content: disclosure.Content{
			Title: spoken(day.AddDate(0, 0, -8)) + "暴雨救灾款物发放", Lines: lines, WrittenOn: iso(day),
			Body: section("发给了谁", table(rows)) + section("怎么定的", "按房屋进水深浅分四档，组长和村民代表入户看，评议时每户都念了一遍。") +
				section("还有没有遗漏", "受灾没有登记的，请在5天内找组长补报。"+masking),
			Fields: map[string]string{"批次": "第一批", "来源": k.v.township + "人民政府", "分配标准": "按房屋进水深浅分四档", "金额/数量": fmt.Sprintf("6户%s，棉被6床、大米6袋", money(yuan(sum)))},
		},
		files: []file{k.picture("bank", k.v.stream+"涨水后", d)},
	}
	p.total()
	p.Summary = fmt.Sprintf("%s暴雨，%s涨水，6户房子进水。镇上拨来%s和棉被、大米各6份，全部发到户，没有截留，没有人受伤。%s",
		spoken(day.AddDate(0, 0, -8)), k.v.stream, money(yuan(sum)), k.askClerk())
	return p
}

// crops is I05: what was paid for standing crops where the road took land.
func (k *desk) crops(w works) paper {
	day := w.begun.AddDate(0, 0, 6)
	d := k.dice("I05", w.no)
	rows := [][]string{{"户主", "小组", "占用（分地）", "金额（元）"}}
	var lines []disclosure.Line
	sum := 0
	for i, p := range k.persons(d, 8) {
		n := d.between(3, 14)
		sum += n * 120
		rows = append(rows, []string{masked(p.name), groupName(p.group), fmt.Sprint(n), fmt.Sprint(n * 120)})
		lines = append(lines, disclosure.Line{Date: iso(day), Voucher: fmt.Sprintf("补-%02d", i+1), Summary: groupName(p.group) + masked(p.name) + "青苗补偿", Category: "青苗补偿", ExpenseFen: yuan(n * 120), Handler: k.r.clerk, Reviewer: k.r.supervisor})
	}
	lines = append(lines, disclosure.Line{Date: iso(day), Voucher: "项-01", Summary: "项目资金拨入青苗补偿", Category: "项目资金", IncomeFen: yuan(sum), Handler: k.r.clerk, Reviewer: k.r.supervisor})
	p := paper{Content: disclosure.Content{
		Title: w.name + "青苗补偿", Lines: lines, WrittenOn: iso(day),
		Body: section("补偿到户", table(rows)) + section("怎么量的", "8户一起到地头，组长拉尺，户主和村民代表都签了字。地只是施工时占用，完工后还给农户耕种。") +
			section("还有意见", "觉得量少了的，7天内可以要求重新量。"+masking),
		Fields: map[string]string{"收入": money(yuan(sum)), "分配方案": "按占用面积，每分地120元", "表决": "涉及农户会议一致同意", "到户金额": "见名单（遮盖）", "结余": "0元"},
	}}
	p.total()
	p.Summary = fmt.Sprintf("做“%s”要占8户的庄稼地，按每分地120元补青苗费，一共%s，全部打到一卡通，没有结余。和三年前修路的补偿比，每分地多20元。%s",
		w.name, money(yuan(sum)), k.askClerk())
	return p
}

// cards is G08: what went through the subsidy card, as sums only.
func (k *desk) cards(q quarter) paper {
	d := k.dice("G08", q.period())
	day := q.months()[2].day(d.between(20, 27))
	kinds := []struct {
		name     string
		people   int
		low, top int
	}{
		{"耕地地力保护补贴", k.v.households * 8 / 10, 210, 260}, {"公益林补偿", k.v.households / 2, 60, 95}, {"农机购置补贴", d.between(2, 5), 1200, 2600}, {"低保特困救助", d.between(28, 46), 930, 1180},
	}
	var lines []disclosure.Line
	var names []string
	for i, c := range kinds {
		if i == 0 && q.number() != 2 {
			continue
		}
		sum := c.people * d.between(c.low, c.top)
		lines = append(lines, disclosure.Line{Date: iso(day), Voucher: "财政直发", Summary: fmt.Sprintf("%s，%d户", c.name, c.people), Category: c.name, IncomeFen: yuan(sum)})
		names = append(names, c.name)
	}
	p := paper{Content: disclosure.Content{Title: q.title() + "一卡通补贴发放汇总", Lines: lines, WrittenOn: iso(q.months()[2].last()), Fields: map[string]string{"补贴项目": joined(names), "发放日期": iso(day)}}}
	p.total()
	p.Fields["总额"] = money(*p.IncomeFen)
	p.Summary = fmt.Sprintf("这个季度国家通过一卡通发给本村的补贴共%s，包括%s。钱由财政直接打到各家卡上，村里不经手。没收到的带卡来查。%s",
		about(*p.IncomeFen), joined(names), k.askClerk())
	p.Body = section("说明", "这里只列总数，各户的金额只有本人和本村认证村民能看。卡丢了、换了号的，请尽快到银行和便民服务中心登记。") +
		section("防骗提醒", strings.Join([]string{"村里不会打电话要卡号和密码。", "发补贴不需要先交钱。"}, ""))
	return p
}
