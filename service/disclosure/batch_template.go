package disclosure

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"cunwu/service/account"
	"cunwu/service/fault"
	"cunwu/service/region"
	"cunwu/service/workbook"
)

// dueIn is an item with one of the periods of it that a longer period holds.
type dueIn struct {
	CatalogueItem
	period string
}

// itemsOf lists what a village discloses for a period: of a month what is
// monthly, of a quarter what is quarterly and what is monthly of its three
// months, of half a year or a year what is half-yearly or yearly. What has no
// period of its own (standing, at once, before an event) is in none.
func itemsOf(e *Edition, period string) []dueIn {
	var out []dueIn
	for _, item := range e.Items {
		switch item.Frequency {
		case Monthly:
			if quarterForm.MatchString(period) {
				first := 3*int(period[5]-'1') + 1
				for m := first; m < first+3; m++ {
					out = append(out, dueIn{item, fmt.Sprintf("%s-%02d", period[:4], m)})
				}
				continue
			}
		case Quarterly, HalfYearly, Yearly:
		case Standing, AtOnce, Before:
			continue
		}
		if _, ok := PeriodEnd(item.Frequency, period); ok {
			out = append(out, dueIn{item, period})
		}
	}
	return out
}

// Template writes an empty workbook for ImportBatch with a row for each item
// that a village discloses for a period (2026-09, 2026Q3, 2026H1, 2026), and a
// sheet for the lines of each that has them. Refusals: those of ImportBatch for
// the caller and the place, and request.invalid for the period.
func (s *Service) Template(ctx context.Context, by account.Caller, village region.Code, period string, to io.Writer) error {
	if _, err := s.mayDraft(ctx, by, village); err != nil {
		return err
	}
	items := itemsOf(s.opt.Catalogue.At(s.opt.Clock.Now()), period)
	if len(items) == 0 {
		return fault.ErrInvalid.At("query.period", "期间应写成 2026-09、2026Q3、2026H1 或 2026。")
	}
	names, err := s.opt.Places.Names(ctx, []region.Code{village})
	if err != nil {
		return err
	}
	x, err := workbook.NewXLSX()
	if err != nil {
		return err
	}
	defer func() { _ = x.Discard() }() // the file is written or refused by then
	if err := fillTemplate(x, names[village], items); err != nil {
		return err
	}
	_, err = x.WriteTo(to)
	return err
}

var lineHeads = []string{"日期", "凭证号", "摘要", "科目", "收入", "支出", "余额", "经办人", "审核人", "项目", "合同", "资产", "收款单位"}

func fillTemplate(x *workbook.XLSX, village string, items []dueIn) error {
	heads := slices.Clone(batchHeads)
	for _, d := range items {
		for _, f := range d.Fields {
			// A field named like a column of every posting is that column.
			if !slices.Contains(heads, f.Name) {
				heads = append(heads, f.Name)
			}
		}
	}
	if err := x.Sheet(postingsSheet, 10, 24, 10, 36, 48, 40, 12, 12, 12, 12, 12); err != nil {
		return err
	}
	if err := x.Row(texts(heads...)...); err != nil {
		return err
	}
	for _, d := range items {
		if err := x.Row(texts(d.Code, d.Name, d.period, firstRunes(village+spoken(d.period)+d.Name, maxTitle))...); err != nil {
			return err
		}
	}
	for _, d := range items {
		if !d.HasLines {
			continue
		}
		if err := x.Sheet(d.Code+" "+d.period, 12, 10, 36, 14, 12, 12, 12, 10, 10, 16, 16, 16, 20); err != nil {
			return err
		}
		if err := x.Row(texts(lineHeads...)...); err != nil {
			return err
		}
	}
	if err := x.Sheet(helpSheet, 100); err != nil {
		return err
	}
	for _, line := range []string{
		"“" + postingsSheet + "”每行一条公开。没有填的行不会起草。白话摘要：几句大白话，是什么事、多少钱、找谁问，至少 " + strconv.Itoa(minSummary) + " 个字。",
		"有收支明细的事项，把明细填在名为“事项代码 期间”的工作表里，合计会自动算出并核对。",
		"金额以元为单位，最多两位小数，不能是负数。不要用公式，不要合并单元格。",
		"“事项名称”只供查看，不会读取。每个事项只填自己的内容要素，其他列留空。",
	} {
		if err := x.Row(texts(line)...); err != nil {
			return err
		}
	}
	return x.Close()
}

func texts(in ...string) []workbook.Value {
	out := make([]workbook.Value, len(in))
	for i, t := range in {
		out[i] = workbook.Text(t)
	}
	return out
}

// spoken gives a period as it stands in a title.
func spoken(period string) string {
	year := period[:4] + "年"
	switch {
	case quarterForm.MatchString(period):
		return year + "第" + []string{"一", "二", "三", "四"}[period[5]-'1'] + "季度"
	case halfForm.MatchString(period):
		return year + map[byte]string{'1': "上半年", '2': "下半年"}[period[5]]
	case monthForm.MatchString(period):
		month, err := strconv.Atoi(period[5:])
		if err != nil {
			return period
		}
		return year + strconv.Itoa(month) + "月"
	}
	return year
}
