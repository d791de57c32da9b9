package opendata

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/region"
	"cunwu/service/workbook"
)

// Column documents one column. ID is its name in JSON Lines, Title its heading
// in csv and xlsx; neither ever changes its meaning.
type Column struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Type    string `json:"type"` // text, date, time, yuan, count, bool
	Meaning string `json:"meaning"`
}

// column is a Column and how it is filled.
type column struct {
	Column
	of func(r row) cell
}

// row is what one row is made of.
type row struct {
	rec   disclosure.Record
	item  disclosure.CatalogueItem
	names map[region.Code]string
	line  disclosure.Line
	n     int64 // of the line, from 1
}

// cell is a value in a form that every format can write.
type cell struct {
	text string
	fen  *int64
	n    *int64
	yes  *bool
}

func text(s string) cell { return cell{text: s} }

func count(n int64) cell { return cell{n: &n} }

func stamp(t time.Time) cell {
	if t.IsZero() {
		return cell{}
	}
	return cell{text: t.In(calendar.China).Format(time.RFC3339)}
}

// value gives the cell as tables write it.
func (c cell) value() workbook.Value {
	switch {
	case c.fen != nil:
		return workbook.Yuan(*c.fen)
	case c.n != nil:
		return workbook.Count(*c.n)
	case c.yes != nil && *c.yes:
		return workbook.Text("是")
	case c.yes != nil:
		return workbook.Text("否")
	}
	return workbook.Text(c.text)
}

// json gives the cell as JSON: amounts as numbers of 元 with two decimals.
func (c cell) json() ([]byte, error) {
	switch {
	case c.fen != nil:
		return []byte(strconv.FormatInt(*c.fen/100, 10) + "." + strconv.FormatInt(100+*c.fen%100, 10)[1:]), nil
	case c.n != nil:
		return strconv.AppendInt(nil, *c.n, 10), nil
	case c.yes != nil:
		return strconv.AppendBool(nil, *c.yes), nil
	case c.text == "":
		return []byte("null"), nil
	}
	return json.Marshal(c.text)
}

var placeColumns = []column{
	{Column{"posting_id", "公开编号", "text", "这条公开的编号，永远不变；网页在 /d/编号"}, func(r row) cell { return text(r.rec.ID) }},
	{Column{"region", "地区代码", "text", "发布的村（社区），统计用区划代码 12 位"}, func(r row) cell { return text(string(r.rec.Region)) }},
	{Column{"region_name", "村（社区）", "text", "发布的村（社区）的名称"}, func(r row) cell { return text(r.names[r.rec.Region]) }},
	{Column{"path", "所属", "text", "从市到乡镇的名称，用 / 隔开"}, func(r row) cell { return text(path(r)) }},
	{Column{"item_code", "事项代码", "text", "公开目录的事项代码，见 /api/v1/catalogue"}, func(r row) cell { return text(r.rec.ItemCode) }},
	{Column{"item_name", "事项", "text", "公开目录的事项名称"}, func(r row) cell { return text(r.item.Name) }},
	{Column{"period", "期间", "text", "2026-09、2026Q3、2026H1、2026 或日期"}, func(r row) cell { return text(r.rec.Period) }},
	{Column{"published_at", "公布时间", "time", "现在这一版公布的时间，北京时间"}, func(r row) cell { return stamp(r.rec.PublishedAt) }},
}

var postingColumns = append(append([]column{}, placeColumns...), []column{
	{Column{"category", "类别代码", "text", "公开目录的类别"}, func(r row) cell { return text(r.rec.Category) }},
	{Column{"category_name", "类别", "text", "公开目录的类别名称"}, func(r row) cell { return text(r.item.CategoryName) }},
	{Column{"title", "标题", "text", "标题"}, func(r row) cell { return text(r.rec.Shown.Title) }},
	{Column{"summary", "白话摘要", "text", "给村民看的几句大白话"}, func(r row) cell { return text(r.rec.Shown.Summary) }},
	{Column{"income_yuan", "收入合计（元）", "yuan", "收入合计；没有金额的事项为空"}, func(r row) cell { return cell{fen: r.rec.Shown.IncomeFen} }},
	{Column{"expense_yuan", "支出合计（元）", "yuan", "支出合计；没有金额的事项为空"}, func(r row) cell { return cell{fen: r.rec.Shown.ExpenseFen} }},
	{Column{"attachments", "附件数", "count", "附件有几个"}, func(r row) cell { return count(int64(r.rec.Shown.Attachments)) }},
	{Column{"version", "版本", "count", "第几版；大于 1 是更正过的"}, func(r row) cell { return count(int64(r.rec.Version)) }},
	{Column{"late", "补录", "bool", "第一次公布时已过了应公开的日子"}, func(r row) cell { return cell{yes: &r.rec.Late} }},
	{Column{"first_published_at", "首次公布时间", "time", "第一版公布的时间，北京时间"}, func(r row) cell { return stamp(r.rec.FirstAt) }},
	{Column{"posted_until", "公示截止", "time", "公示期到什么时候；长期公开的为空"}, func(r row) cell { return stamp(r.rec.PostedUntil) }},
	{Column{"log_index", "存证序号", "count", "在公开存证记录里是第几条，从 0 开始；早于存证的为空"}, func(r row) cell { return cell{n: r.rec.LogIndex} }},
}...)

var lineColumns = append(append([]column{}, placeColumns...), []column{
	{Column{"line", "行号", "count", "这条公开里的第几笔，从 1 开始"}, func(r row) cell { return count(r.n) }},
	{Column{"date", "日期", "date", "这一笔的日期"}, func(r row) cell { return text(r.line.Date) }},
	{Column{"voucher", "凭证号", "text", "凭证号"}, func(r row) cell { return text(r.line.Voucher) }},
	{Column{"summary", "摘要", "text", "这一笔是什么"}, func(r row) cell { return text(r.line.Summary) }},
	{Column{"category", "科目", "text", "科目或类别"}, func(r row) cell { return text(r.line.Category) }},
	{Column{"income_yuan", "收入（元）", "yuan", "收入；没有为 0"}, func(r row) cell { return cell{fen: &r.line.IncomeFen} }},
	{Column{"expense_yuan", "支出（元）", "yuan", "支出；没有为 0"}, func(r row) cell { return cell{fen: &r.line.ExpenseFen} }},
	{Column{"balance_yuan", "余额（元）", "yuan", "这一笔之后的余额；没有写明为空"}, func(r row) cell { return cell{fen: r.line.BalanceFen} }},
	{Column{"handler", "经办人", "text", "经办人，已按规定隐去部分姓名"}, func(r row) cell { return text(r.line.Handler) }},
	{Column{"reviewer", "审核人", "text", "审核人，已按规定隐去部分姓名"}, func(r row) cell { return text(r.line.Reviewer) }},
	{Column{"project", "项目", "text", "属于哪个项目"}, func(r row) cell { return text(r.line.Project) }},
	{Column{"contract", "合同", "text", "属于哪份合同"}, func(r row) cell { return text(r.line.Contract) }},
	{Column{"asset", "资产", "text", "属于哪项集体资产"}, func(r row) cell { return text(r.line.Asset) }},
	{Column{"payee", "收款方", "text", "收款单位；个人已按规定隐去部分姓名"}, func(r row) cell { return text(r.line.Payee) }},
}...)

func columnsOf(k Kind) []column {
	if k == Lines {
		return lineColumns
	}
	return postingColumns
}

// Columns documents the columns of a kind, in order.
func Columns(k Kind) []Column {
	var out []Column
	for _, c := range columnsOf(k) {
		out = append(out, c.Column)
	}
	return out
}

func path(r row) string {
	var names []string
	for _, c := range r.rec.Region.Parent().Path() {
		if c.Level() >= region.City && r.names[c] != "" {
			names = append(names, r.names[c])
		}
	}
	return strings.Join(names, "/")
}
