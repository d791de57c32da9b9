package disclosure

import (
	"strings"
	"unicode/utf8"

	"cunwu/service/workbook"
)

// lineField names what a column of a file of lines holds.
type lineField string

// Fields of lines, by the names that a mapping uses.
const (
	inDate      lineField = "date"
	inVoucher   lineField = "voucher"
	inSummary   lineField = "summary"
	inCategory  lineField = "category"
	inIncome    lineField = "income"
	inExpense   lineField = "expense"
	inAmount    lineField = "amount"    // income or expense, as direction or the item says
	inDirection lineField = "direction" // 收入 or 支出
	inBalance   lineField = "balance"
	inHandler   lineField = "handler"
	inReviewer  lineField = "reviewer"
	inProject   lineField = "project"
	inContract  lineField = "contract"
	inAsset     lineField = "asset"
	inPayee     lineField = "payee"
	inNothing   lineField = "ignore"
)

// synonyms are the headings that village ledgers use, without spaces and units.
var synonyms = map[lineField][]string{
	inDate:      {"日期", "时间", "记账日期", "凭证日期", "发生日期", "业务日期", "收支日期", "发生时间", "年月日"},
	inVoucher:   {"凭证号", "凭证", "凭证字号", "凭证编号", "单据号", "票据号", "字号", "记账凭证号"},
	inSummary:   {"摘要", "用途", "事由", "内容", "项目内容", "收支内容", "说明", "收支摘要", "明细", "业务内容"},
	inCategory:  {"科目", "类别", "会计科目", "科目名称", "收支类别", "分类", "收支科目"},
	inIncome:    {"收入", "借方", "收入金额", "借方金额", "借方发生额", "收方", "收", "收款金额"},
	inExpense:   {"支出", "贷方", "支出金额", "贷方金额", "贷方发生额", "付方", "付", "支", "付款金额"},
	inAmount:    {"金额", "发生额", "收支金额", "发生金额"},
	inDirection: {"收支", "方向", "收/支", "收支方向", "借贷", "收支类型"},
	inBalance:   {"余额", "结余", "结存", "账面余额", "结余金额"},
	inHandler:   {"经办人", "经手人", "经办", "报账人"},
	inReviewer:  {"审核人", "审批人", "审核", "监委会审核人", "审批"},
	inProject:   {"项目", "项目名称", "工程", "工程名称"},
	inContract:  {"合同", "合同编号", "合同号", "合同名称"},
	inAsset:     {"资产", "资产名称", "资产编号", "资产资源"},
	inPayee:     {"收款单位", "收款方", "收款人", "受款方", "受款人", "付款单位", "付款方", "往来单位", "对方", "对方单位", "单位名称"},
	inNothing:   {"序号", "编号", "行号", "备注", "附件", "附件张数", "单据张数"},
}

var fieldOfHeading = func() map[string]lineField {
	out := map[string]lineField{}
	for field, names := range synonyms {
		for _, n := range names {
			out[n] = field
		}
	}
	return out
}()

// LineFields lists the names that a mapping of columns may use.
func LineFields() []string {
	return []string{
		string(inDate), string(inVoucher), string(inSummary), string(inCategory), string(inIncome), string(inExpense),
		string(inAmount), string(inDirection), string(inBalance), string(inHandler), string(inReviewer), string(inProject),
		string(inContract), string(inAsset), string(inPayee), string(inNothing),
	}
}

func knownField(name string) bool {
	_, ok := synonyms[lineField(name)]
	return ok
}

// heading reduces a heading to its words: without spaces, wide forms, and units
// or notes in brackets. inTens is set where the unit is 万元, which nothing here
// multiplies.
func heading(text string) (name string, inTens bool) {
	text = narrow(text)
	name, note, _ := strings.Cut(strings.Join(strings.Fields(text), ""), "(")
	name, unit, _ := strings.Cut(name, ":")
	return strings.TrimSuffix(name, "元"), strings.Contains(note+unit+name, "万元")
}

// narrow turns wide digits, signs and spaces, which Chinese keyboards make,
// into plain ones.
func narrow(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '　' || r == '\u00a0':
			return ' '
		}
		return r
	}, text)
}

// LinesColumn is one column of a file as it was understood. Field is "" where
// it was not.
type LinesColumn struct {
	Column  string // letters: D
	Header  string
	Field   string
	Samples []string
}

// layout is where a sheet has what.
type layout struct {
	header  int // row of the headings, from 1
	fields  map[lineField]int
	columns []LinesColumn
}

// headerRows is how far down the headings may stand: titles and units are above.
const headerRows = 20

// findLayout looks for the row of headings: the one among the first that names
// the most fields. At least the summary and some amount must be named.
func findLayout(s workbook.Sheet, mapping map[string]string) (layout, bool) {
	best := layout{}
	for row := 1; row <= min(headerRows, len(s.Rows)); row++ {
		l := layout{header: row, fields: map[lineField]int{}}
		for i, text := range s.Rows[row-1] {
			if f := fieldNamed(text, mapping); f != "" && f != inNothing {
				if _, taken := l.fields[f]; !taken {
					l.fields[f] = i + 1
				}
			}
		}
		if len(l.fields) > len(best.fields) {
			best = l
		}
	}
	_, summary := best.fields[inSummary]
	return best, summary && (best.has(inIncome) || best.has(inExpense) || best.has(inAmount))
}

func (l layout) has(f lineField) bool {
	_, ok := l.fields[f]
	return ok
}

// fieldNamed gives what a heading means: first by the mapping, which has the
// headings as the file writes them.
func fieldNamed(text string, mapping map[string]string) lineField {
	if f, ok := mapping[strings.TrimSpace(text)]; ok {
		return lineField(f)
	}
	name, _ := heading(text)
	return fieldOfHeading[name]
}

const (
	maxSamples  = 3
	sampleRunes = 30
)

// understood fills the columns of the preview.
func (l *layout) understood(s workbook.Sheet, mapping map[string]string) (unmatched []string) {
	for i, text := range s.Rows[l.header-1] {
		text = strings.TrimSpace(text)
		c := LinesColumn{Column: workbook.ColumnName(i + 1), Header: firstRunes(text, maxCell)}
		for row := l.header + 1; row <= len(s.Rows) && len(c.Samples) < maxSamples; row++ {
			if v := strings.TrimSpace(s.Cell(row, i+1)); v != "" {
				c.Samples = append(c.Samples, firstRunes(v, sampleRunes))
			}
		}
		if text == "" && len(c.Samples) == 0 {
			continue
		}
		f := fieldNamed(text, mapping)
		if f != "" && (f == inNothing || l.fields[f] == i+1) {
			c.Field = string(f)
		}
		if c.Field == "" && text != "" {
			unmatched = append(unmatched, c.Header)
		}
		l.columns = append(l.columns, c)
	}
	return unmatched
}

// label tells what kind of row a text introduces.
type label int

const (
	noLabel label = iota
	totalLabel
	partLabel // a subtotal: of what came since the last one
	yearLabel // sums of earlier periods, too: not comparable
	openingLabel
	closingLabel
	noteLabel
)

var labels = map[string]label{
	"合计": totalLabel, "总计": totalLabel, "共计": totalLabel, "本期合计": totalLabel, "本季合计": totalLabel, "本季度合计": totalLabel,
	"收支合计": totalLabel, "本年合计": totalLabel, "小计": partLabel, "本月合计": partLabel, "本月小计": partLabel, "本日合计": partLabel,
	"本页合计": partLabel, "累计": yearLabel, "本年累计": yearLabel, "累计发生额": yearLabel,
	"上期结余": openingLabel, "期初余额": openingLabel, "期初结余": openingLabel, "上月结余": openingLabel, "上年结余": openingLabel,
	"上季结余": openingLabel, "上季度结余": openingLabel, "上期结转": openingLabel, "上月结转": openingLabel, "上年结转": openingLabel,
	"年初余额": openingLabel, "承前页": openingLabel, "期末余额": closingLabel, "期末结余": closingLabel, "本期结余": closingLabel,
	"本月结余": closingLabel, "本季结余": closingLabel, "本季度结余": closingLabel, "结转下期": closingLabel, "结转下月": closingLabel,
	"结转下年": closingLabel,
}

var notePrefixes = []string{"制表", "填表", "审核", "复核", "负责人", "会计", "出纳", "备注", "说明", "注:", "单位", "村主任", "监委会", "监督"}

// labelOf reads the texts of a row from the left: the first says what the row is.
func labelOf(texts ...string) label {
	for _, text := range texts {
		text = strings.TrimSuffix(strings.Join(strings.Fields(narrow(text)), ""), ":")
		if text == "" {
			continue
		}
		if l, ok := labels[text]; ok {
			return l
		}
		for _, p := range notePrefixes {
			if strings.HasPrefix(text, p) && utf8.RuneCountInString(text) <= maxCell {
				return noteLabel
			}
		}
		return noLabel
	}
	return noLabel
}
