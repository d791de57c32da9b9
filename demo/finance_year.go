package demo

import (
	"fmt"

	"cunwu/service/disclosure"
)

// yearMonths gives the months of a year that the cash book holds.
func (k *desk) yearMonths(year int) []month {
	var out []month
	for n := 1; n <= 12; n++ {
		m := monthOf(date(year, n, 1))
		if _, ok := k.l.months[m]; ok {
			out = append(out, m)
		}
	}
	return out
}

// yearPlan is D01: what the village means to take in and to spend this year.
func (k *desk) yearPlan(year int) paper {
	d := k.dice("D01", fmt.Sprint(year))
	day := iso(date(year, 1, 8))
	line := func(category, text string, in, out int) disclosure.Line {
		return disclosure.Line{Date: day, Voucher: "计划", Category: category, Summary: text, IncomeFen: yuan(in), ExpenseFen: yuan(out)}
	}
	rent, seasonal := 0, 0
	for _, c := range k.v.contracts {
		rent += c.yearly
	}
	for _, e := range k.v.seasons {
		seasonal += len(e.months) * e.low
	}
	lines := []disclosure.Line{
		line("租金收入", "房屋、鱼塘、土地租金", rent, 0),
		line("服务收入", "服务、光伏、分红等收入", seasonal, 0),
		line("财政补助", "运转经费", runningMoney(k.v)*4, 0),
		line("环境卫生", fmt.Sprintf("%d名保洁员劳务费和垃圾清运", k.v.cleaners), 0, k.v.cleaners*650*12+6000),
		line("水电网费", "路灯和便民服务中心", 0, k.v.lamps*78+7200),
		line("设施维修", "水渠、道路、水管、路灯维修", 0, d.between(16, 24)*1000),
		line("防汛防火", "值守、物资、巡护", 0, d.between(8, 12)*1000),
		line("公益活动", "老人、儿童活动和春节慰问", 0, d.between(11, 15)*1000),
		line("办公费", "办公用品、订报、公开栏", 0, d.between(7, 9)*1000),
		line("收益分配", fmt.Sprintf("每户%d元分红", k.v.share), 0, int(k.v.dividend()/100)),
	}
	p := paper{Content: disclosure.Content{
		Title: fmt.Sprintf("%d年财务收支计划", year), Lines: lines, WrittenOn: day,
		Fields: map[string]string{"公益建设": "以项目资金为主，村集体只出配套", "收益分配计划": fmt.Sprintf("每户%d元", k.v.share)},
	}}
	p.total()
	p.Summary = fmt.Sprintf("今年计划收入%s，支出%s。钱主要花在环境卫生、路灯水电和设施维修上，年底给每户分%d元。超出计划的开支要先开代表会。%s",
		about(*p.IncomeFen), about(*p.ExpenseFen), k.v.share, k.ask())
	p.Body = section("怎么定的", "1月由两委会提出，村民代表会议逐项讨论通过。") +
		section("今年想办的事", numbered([]string{k.v.contracts[0].what + "租金按时收齐", "路灯坏了3天内修好", "水渠春灌前清淤一遍", "老人活动不少于4次"}))
	return p
}

// dividends is D06: what the village paid out of last year's income.
func (k *desk) dividends(year int) paper {
	in, out := k.l.sums(k.yearMonths(year)...)
	paid := k.v.dividend()
	left := in - (out - paid) // what was paid out that year came from the year before
	kept := left - paid
	day := iso(date(year+1, 1, 3))
	p := paper{Content: disclosure.Content{
		Title: fmt.Sprintf("%d年集体收益分配方案", year), WrittenOn: day,
		Lines: []disclosure.Line{{Date: day, Voucher: "分配表", Category: "收益分配", Summary: fmt.Sprintf("%d户，每户%d元，打入一卡通", k.v.households, k.v.share), ExpenseFen: paid, Handler: k.r.clerk, Reviewer: k.r.supervisor}},
		Fields: map[string]string{
			"可分配收益": money(left), "公积公益金比例": fmt.Sprintf("%d%%", kept*100/left), "份额": fmt.Sprintf("每户1份，共%d份", k.v.households), "每份金额": fmt.Sprintf("%d元", k.v.share),
		},
	}}
	p.total()
	p.Summary = fmt.Sprintf("%d年全年收支相抵，结余%s。拿出%s分红，%d户每户%d元，和上一年一样，1月20日前打到一卡通；其余%s留着修路修渠。%s",
		year, about(left), about(paid), k.v.households, k.v.share, about(kept), k.ask())
	p.Body = section("怎么算的", list("全年收入："+money(in), "全年支出（不算发上一年的分红）："+money(out-paid), "结余："+money(left), "分红："+money(paid), "留作公积金、公益金："+money(kept))) +
		section("怎么定的", "理事会提出方案，成员大会表决通过，方案在公开栏贴了15天，没有人提出异议。") +
		section("没有收到怎么办", fmt.Sprintf("1月底还没有收到的，带一卡通到便民服务中心找文书%s核对。", k.r.clerk))
	return p
}
