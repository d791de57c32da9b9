package demo

import (
	"fmt"
	"strings"
	"time"

	"cunwu/service/disclosure"
)

// assets is E01: what the village owns.
func (k *desk) assets(year int) paper {
	rows := [][]string{{"编号", "名称", "类别", "原值", "净值", "现在怎么用"}}
	add := func(name, kind string, worth, rest int, use string) {
		rows = append(rows, []string{fmt.Sprintf("资-%02d", len(rows)), name, kind, money(yuan(worth)), money(yuan(rest)), use})
	}
	add("便民服务中心", "房屋", 680000, 521000, "办公、办事")
	add("文化院坝", "构筑物", 126000, 88000, "村民活动")
	add(fmt.Sprintf("路灯%d盏", k.v.lamps), "设备", k.v.lamps*2400, k.v.lamps*1500, "在用")
	add("垃圾清运车1辆", "设备", 86000, 41000, "在用")
	add("烘干机2台", "设备", 118000, 74000, "对外服务收费")
	for i, c := range k.v.contracts {
		add(c.what+"（"+c.amount+"）", "出租资产", 150000+i*42000, 96000+i*31000, "租给"+shortTenant(c.tenant)+"，"+c.use)
	}
	income := 0
	for _, c := range k.v.contracts {
		income += c.yearly
	}
	return paper{
		Content: disclosure.Content{
			Title:     fmt.Sprintf("%d年村集体资产清单", year),
			Summary:   fmt.Sprintf("村集体现有资产%d项，比去年没有少。其中%d项租出去了，一年能收租金%s。清单由监委会带着村民代表一件一件对过。%s", len(rows)-1, len(k.v.contracts), about(yuan(income)), k.ask()),
			Body:      section("清单", table(rows)) + section("怎么盘点的", fmt.Sprintf("%d年12月，监委会主任%s带5名村民代表实地清点，账和物对得上。电脑、桌椅等单价1,000元以下的另有登记本，可以到村里查。", year, k.r.supervisor)),
			Fields:    map[string]string{"权属": "村集体经济组织成员集体所有", "使用状态": "在用或出租；合并过来的闲置房屋另列清单", "类别": "房屋、构筑物、设备、出租资产"},
			WrittenOn: iso(date(year, 12, 28)),
		},
		files: []file{{name: "集体资产清单.pdf", title: k.v.name + "集体资产清单", table: rows, seed: 1}},
	}
}

func shortTenant(t string) string {
	if strings.HasPrefix(t, "本村村民") {
		return "本村村民"
	}
	return t
}

// relet is E03 and E04: something to let, and who got it.
func (k *desk) relet() (c contract, ok bool) {
	for _, c := range k.v.contracts {
		if c.relet {
			return c, true
		}
	}
	return contract{}, false
}

func (k *desk) offer(c contract, closing time.Time) paper {
	d := k.dice("E03", iso(closing))
	floor := yuan(c.before * 11 / 10 / 100 * 100)
	return paper{
		Content: disclosure.Content{
			Title: c.what + "对外出租公告",
			Summary: fmt.Sprintf("%s（%s）合同到期，现在公开出租，租期5年，每年底价%s，比上一轮高一成。想租的在%s前到便民服务中心报名，价高者得，同等价格本村村民优先。%s",
				c.what, c.amount, money(floor), spoken(closing), k.ask()),
			Body: section("租什么", list("标的："+c.what+"，"+c.amount, "用途："+c.use+"，不得转租", "租期：5年，租金先交后用")) +
				section("怎么报名", numbered([]string{"带本人身份证件到便民服务中心登记（只看不留存）", "交保证金1,000元，没租到的当场退", fmt.Sprintf("%s上午9点在村会议室当众开价", fullDay(closing))})) +
				section("谁不能参加", "村干部本人和近亲属参加的，要先报监委会，并在会上说明。"),
			Fields: map[string]string{
				"标的": c.what, "面积/数量": c.amount, "底价": "每年" + money(floor), "期限": "5年", "方式": "公开报价，价高者得",
				"报名条件": "有经营能力，没有拖欠过村集体租金", "截止日": iso(closing),
			},
			WrittenOn: iso(closing.AddDate(0, 0, -14)),
		},
		files: []file{k.picture("pond", c.what+"现状", d)},
	}
}

func (k *desk) let(c contract, closing time.Time) paper {
	d := k.dice("E04", iso(closing))
	n := d.between(3, 6)
	return paper{Content: disclosure.Content{
		Title: c.what + "出租结果",
		Summary: fmt.Sprintf("%d家报名，%s以每年%s租下，租期5年，比上一轮合同每年多收%s。合同已签，租金按合同约定的月份先交后用。%s",
			n, c.tenant, money(yuan(c.yearly)), money(yuan(c.yearly-c.before)), k.ask()),
		Body: section("经过", list(fmt.Sprintf("报名%d家，到场%d家", n, n), "当众报价3轮，最高价"+money(yuan(c.yearly)), "监委会全程在场，没有人提出异议")) +
			section("租金怎么用", "全部进村集体账户，每月在财务收支明细里公开。"),
		Fields: map[string]string{
			"标的": c.what, "承租方": c.tenant, "价格": "每年" + money(yuan(c.yearly)), "期限": "5年", "合同编号": c.title(), "监委会意见": "程序合规，同意",
		},
		WrittenOn: iso(closing),
	}}
}

// contractsKept is E05: who owes what under which contract, and what came in.
func (k *desk) contractsKept(q quarter) paper {
	date := iso(q.months()[2].last())
	var lines []disclosure.Line
	var got, due []string
	for _, m := range q.months() {
		for _, e := range k.l.months[m] {
			if e.contract == 0 {
				continue
			}
			c := k.v.contracts[e.contract-1]
			lines = append(lines, disclosure.Line{Date: iso(e.day), Voucher: e.voucher, Summary: c.what + "租金，" + c.tenant, Category: "租金收入", IncomeFen: e.income, Handler: k.r.clerk, Reviewer: k.r.supervisor, Contract: c.title()})
			got = append(got, c.what)
		}
	}
	for _, c := range k.v.contracts {
		due = append(due, fmt.Sprintf("%s：%s（%s），租给%s，每年%s，分%d次付", c.no, c.what, c.amount, c.tenant, money(c.yearAt(k.span, q)), len(c.months)))
	}
	p := paper{Content: disclosure.Content{
		Title: q.title() + "经济合同和收款情况", Lines: lines, WrittenOn: date,
		Fields: map[string]string{"合同编号": strings.Join(k.contractTitles(), "\n"), "欠缴": "没有"},
	}}
	p.total()
	p.Fields["实收"], p.Fields["应收"] = money(*p.IncomeFen), money(*p.IncomeFen)
	p.Summary = fmt.Sprintf("村里现有出租合同%d份。这个季度应收租金%s，已经全部收到（%s），没有人拖欠。%s", len(k.v.contracts), money(*p.IncomeFen), joined(got), k.ask())
	p.Body = section("合同一览", list(due...)) + section("下次收款", "按合同约定的月份收，到期前10天由文书提醒，逾期一个月报监委会。")
	return p
}

func (c contract) yearAt(s span, q quarter) int64 {
	if c.relet && q < s.start+reletQuarter {
		return yuan(c.before)
	}
	return yuan(c.yearly)
}

// title is what a contract is called wherever it is named.
func (c contract) title() string { return c.what + "租赁合同（" + c.no + "）" }

func (k *desk) contractTitles() []string {
	out := make([]string, 0, len(k.v.contracts))
	for _, c := range k.v.contracts {
		out = append(out, c.title())
	}
	return out
}

// rented reports whether any rent came in during a quarter.
func (k *desk) rented(q quarter) bool {
	for _, m := range q.months() {
		for _, e := range k.l.months[m] {
			if e.contract > 0 {
				return true
			}
		}
	}
	return false
}

// idle is E06: what a village that was merged into this one left behind.
func (k *desk) idle(h half) paper {
	d := k.dice("E06", h.period())
	day := iso((h.firstMonth() + 5).last())
	income := yuan(d.between(12, 30) * 100)
	p := paper{
		Content: disclosure.Content{
			Title:     h.title() + k.v.former + "闲置资产清单和盘活情况",
			Lines:     []disclosure.Line{{Date: day, Voucher: "单独记账", Summary: k.v.former + "晒坝临时出租，堆放农产品", Category: "租金收入", IncomeFen: income, Handler: k.r.clerk, Reviewer: k.r.supervisor}},
			Fields:    map[string]string{"原村": k.v.former, "权属": "并入后的村集体", "状态": "2处已用，1处待修", "盘活方式": "出租、改作储藏室", "收益归属": "村集体账户，按全体成员分配"},
			WrittenOn: day,
		},
		files: []file{k.picture("house", "闲置房屋现状", d)},
	}
	p.total()
	p.Summary = fmt.Sprintf("%s并过来的房屋和场地还有3处：晒坝租出去收了%s，保管室改成农具储藏室，卫生室屋顶漏雨还空着，正在找人租。%s", k.v.former, money(income), k.ask())
	p.Body = section("三处资产", list("晒坝，约600平方米：已出租，收入"+money(income), "保管室，90平方米：改作农具储藏室，村民免费借用", "原卫生室，70平方米：屋顶漏雨，要修了才能租，预算8,600元，还没有定")) +
		section("想租的", "随时可以到便民服务中心登记，3家以上就公开比价。")
	return p
}
