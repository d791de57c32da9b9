package disclosure

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cunwu/service/account"
	"cunwu/service/fault"
	"cunwu/service/region"
	"cunwu/service/workbook"
)

// Sheets of a batch workbook. All others hold lines.
const (
	postingsSheet = "公开事项"
	helpSheet     = "填写说明"
)

// Columns of postingsSheet; further ones are named as fields of items.
const (
	headItem    = "事项代码"
	headName    = "事项名称" // for the people who fill it in; not read
	headPeriod  = "期间"
	headTitle   = "标题"
	headSummary = "白话摘要"
	headBody    = "正文"
	headWritten = "落款日期"
	headIncome  = "收入合计"
	headExpense = "支出合计"
	headOpening = "期初余额"
	headClosing = "期末余额"
)

var batchHeads = []string{
	headItem, headName, headPeriod, headTitle, headSummary, headBody, headWritten, headIncome, headExpense, headOpening, headClosing,
}

// maxBatch bounds the postings of one workbook.
const maxBatch = 200

// batch is a workbook being read.
type batch struct {
	problems
	s       *Service
	by      account.Caller
	village region.Code
	sheets  map[string]workbook.Sheet // of lines, by name without spaces around
	used    map[string]bool
	heads   map[string]int // column of each heading, from 1
	table   workbook.Sheet
	drafts  []draftable
	skipped []Skipped
}

// readBatch reads all of a workbook; what is wrong is told at once. An error is
// returned only for what is no fault of the file.
func (s *Service) readBatch(ctx context.Context, by account.Caller, village region.Code, book workbook.Book) (*batch, error) {
	b := &batch{s: s, by: by, village: village, sheets: map[string]workbook.Sheet{}, used: map[string]bool{}, heads: map[string]int{}}
	found := false
	for _, sheet := range book.Sheets {
		name := strings.TrimSpace(sheet.Name)
		switch {
		case name == postingsSheet:
			b.table, found = sheet, true
		case name != helpSheet:
			b.sheets[name] = sheet
		}
	}
	if !found {
		b.add("", 0, 0, "没有名为“"+postingsSheet+"”的工作表，请用下载的模板填写。")
		return b, nil
	}
	header, ok := b.header()
	if !ok {
		return b, nil
	}
	for _, o := range b.table.Odd {
		b.add(postingsSheet, o.Row, o.Column, o.Message())
	}
	for row := header + 1; row <= len(b.table.Rows); row++ {
		if b.table.Blank(row) {
			continue
		}
		if len(b.drafts) == maxBatch {
			b.add(postingsSheet, row, 0, fmt.Sprintf("一次最多起草 %d 条，请分几个文件。", maxBatch))
			break
		}
		if err := b.row(ctx, row); err != nil {
			return nil, err
		}
	}
	b.rest(book)
	if len(b.drafts) == 0 && len(b.list) == 0 {
		b.add(postingsSheet, 0, 0, "没有一行填写了内容。")
	}
	return b, nil
}

// header finds the row of headings and demands each once.
func (b *batch) header() (int, bool) {
	for row := 1; row <= min(headerRows, len(b.table.Rows)); row++ {
		cells := b.table.Rows[row-1]
		if !slices.ContainsFunc(cells, func(v string) bool { return strings.TrimSpace(v) == headItem }) {
			continue
		}
		for i, v := range cells {
			name := strings.TrimSpace(v)
			if name == "" {
				continue
			}
			if _, twice := b.heads[name]; twice {
				b.add(postingsSheet, row, i+1, "“"+firstRunes(name, 20)+"”这一列出现了两次。")
			}
			b.heads[name] = i + 1
		}
		for _, need := range []string{headPeriod, headTitle, headSummary} {
			if b.heads[need] == 0 {
				b.add(postingsSheet, row, 0, "表头里没有“"+need+"”这一列。")
			}
		}
		return row, true
	}
	b.add(postingsSheet, 0, 0, "前 20 行里没有找到表头，表头里要有“"+headItem+"”。")
	return 0, false
}

func (b *batch) cell(row int, head string) string {
	return strings.TrimSpace(b.table.Cell(row, b.heads[head]))
}

// row reads one posting.
func (b *batch) row(ctx context.Context, row int) error {
	code, period := strings.ToUpper(b.cell(row, headItem)), strings.ToUpper(b.cell(row, headPeriod))
	told := len(b.list) + b.more
	item, ok := b.s.opt.Catalogue.At(b.s.opt.Clock.Now()).Item(code)
	if !ok {
		b.add(postingsSheet, row, b.heads[headItem], "公开目录里没有“"+firstRunes(code, 10)+"”这一项。")
		return nil
	}
	lines, linesName := b.linesOf(code, period)
	if b.unfilled(row, item, lines) {
		b.skipped = append(b.skipped, Skipped{postingsSheet, row, "没有填写，不起草"})
		b.used[linesName] = true
		return nil
	}
	content := b.content(row, item)
	d := draftable{item: item, BatchDraft: BatchDraft{
		Sheet: postingsSheet, Row: row, ItemCode: item.Code, ItemName: item.Name, Period: firstRunes(period, 12),
		Title: firstRunes(content.Title, maxTitle),
	}}
	if linesName != "" {
		content = b.lines(row, item, period, lines, linesName, content)
		d.LinesSheet, d.Lines = linesName, len(content.Lines)
	}
	d.IncomeFen, d.ExpenseFen = content.IncomeFen, content.ExpenseFen
	_, rec, err := b.s.newRecord(ctx, b.by, NewDraft{Region: b.village, ItemCode: item.Code, Period: period, Content: content})
	if f := fault.Of(err); f != nil && f.Kind == fault.Invalid {
		b.shape(row, told, f)
	} else if err != nil {
		return err
	}
	for _, earlier := range b.drafts {
		if earlier.ItemCode == d.ItemCode && earlier.Period == d.Period {
			b.add(postingsSheet, row, b.heads[headItem], fmt.Sprintf("和第 %d 行是同一个事项、同一个期间。", earlier.Row))
		}
	}
	d.rec, d.content = rec, content
	b.drafts = append(b.drafts, d)
	return nil
}

// linesOf finds the sheet of a posting's lines.
func (b *batch) linesOf(code, period string) (workbook.Sheet, string) {
	for _, name := range []string{code + " " + period, code} {
		for have, sheet := range b.sheets {
			if strings.EqualFold(strings.Join(strings.Fields(have), " "), name) {
				return sheet, have
			}
		}
	}
	return workbook.Sheet{}, ""
}

// unfilled reports whether nobody wrote anything into a prefilled row: neither
// in its own cells nor below the headings of its lines.
func (b *batch) unfilled(row int, item CatalogueItem, lines workbook.Sheet) bool {
	given := []string{headSummary, headBody, headWritten, headIncome, headExpense, headOpening, headClosing}
	for _, f := range item.Fields {
		given = append(given, f.Name)
	}
	for _, head := range given {
		if b.cell(row, head) != "" {
			return false
		}
	}
	filled := 0
	for n := range lines.Rows {
		if !lines.Blank(n + 1) {
			filled++
		}
	}
	return filled <= 1
}

// content reads what a row says itself.
func (b *batch) content(row int, item CatalogueItem) Content {
	c := Content{
		Title: oneLine(b.cell(row, headTitle)), Summary: b.cell(row, headSummary), Body: b.cell(row, headBody), Fields: map[string]string{},
		IncomeFen: b.amount(row, headIncome), ExpenseFen: b.amount(row, headExpense),
		OpeningFen: b.amount(row, headOpening), ClosingFen: b.amount(row, headClosing),
	}
	var err error
	if c.WrittenOn, err = readLineDay(b.cell(row, headWritten), b.cell(row, headPeriod)); err != nil {
		b.add(postingsSheet, row, b.heads[headWritten], err.Error())
	}
	for _, name := range slices.Sorted(maps.Keys(b.heads)) {
		column := b.heads[name]
		v := strings.TrimSpace(b.table.Cell(row, column))
		if v == "" || slices.Contains(batchHeads, name) {
			continue
		}
		if slices.ContainsFunc(item.Fields, func(f FieldDef) bool { return f.Name == name }) {
			c.Fields[name] = v
		} else {
			b.add(postingsSheet, row, column, "“"+item.Name+"”没有“"+firstRunes(name, 20)+"”这一栏，请清空这一格。")
		}
	}
	for _, span := range b.table.Spans {
		if span.Row <= row && row <= span.LastRow {
			b.add(postingsSheet, row, span.Column, "这里是合并的单元格，请取消合并，把每一格填全。")
		}
	}
	if len(c.Fields) == 0 {
		c.Fields = nil
	}
	return c
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func (b *batch) amount(row int, head string) *int64 {
	fen, given, err := readAmount(b.cell(row, head))
	if err != nil {
		b.add(postingsSheet, row, b.heads[head], err.Error())
	}
	if err != nil || !given {
		return nil
	}
	return &fen
}

// lines reads a sheet of lines into a content and compares it with what the row
// states.
func (b *batch) lines(row int, item CatalogueItem, period string, sheet workbook.Sheet, name string, c Content) Content {
	b.used[name] = true
	if !item.HasLines {
		b.add(name, 0, 0, "“"+item.Name+"”没有收支明细，请删去这张工作表。")
		return c
	}
	r := readLines(sheet, name, item, period, nil)
	for _, p := range r.list {
		if len(b.list) == maxProblems {
			b.more++
		} else {
			b.list = append(b.list, p)
		}
	}
	b.more += r.more
	b.skipped = append(b.skipped, r.skipped...)
	for _, x := range []struct {
		head   string
		stated *int64
		read   *int64
	}{
		{headIncome, c.IncomeFen, &r.income},
		{headExpense, c.ExpenseFen, &r.expense},
		{headOpening, c.OpeningFen, r.opening},
		{headClosing, c.ClosingFen, r.closing},
	} {
		if x.stated != nil && x.read != nil && *x.stated != *x.read && len(r.list) == 0 {
			b.add(postingsSheet, row, b.heads[x.head], fmt.Sprintf("%s写的是 %s 元，工作表“%s”里是 %s 元。", x.head, yuan(*x.stated), name, yuan(*x.read)))
		}
	}
	return r.into(c)
}

// shape gives the refusal of a draft its places in the file. Lines were told by
// their own sheet.
func (b *batch) shape(row, told int, f *fault.Fault) {
	heads := map[string]string{
		"body.item_code": headItem, "body.period": headPeriod, "body.title": headTitle, "body.summary": headSummary, "body.body": headBody,
		"body.written_on": headWritten, "body.income_fen": headIncome, "body.expense_fen": headExpense,
		"body.opening_fen": headOpening, "body.closing_fen": headClosing, "body.lines": headIncome,
	}
	for _, wrong := range f.Fields {
		head, ok := heads[wrong.Location]
		if !ok {
			head, ok = strings.CutPrefix(wrong.Location, "body.fields.")
		}
		if ok {
			b.add(postingsSheet, row, b.heads[head], wrong.Message)
		}
	}
	if len(b.list)+b.more == told {
		b.add(postingsSheet, row, 0, f.Message)
	}
}

// rest names sheets that belong to no row: nothing is passed over in silence.
func (b *batch) rest(book workbook.Book) {
	for _, sheet := range book.Sheets {
		name := strings.TrimSpace(sheet.Name)
		if name == postingsSheet || name == helpSheet || b.used[name] {
			continue
		}
		blank := true
		for n := range sheet.Rows {
			blank = blank && sheet.Blank(n+1)
		}
		if blank {
			b.skipped = append(b.skipped, Skipped{name, 0, "空白的工作表"})
			continue
		}
		b.add(name, 0, 0, "“"+postingsSheet+"”里没有一行是这张表的：表名应是“事项代码 期间”，例如“D02 2026-09”。")
	}
}
