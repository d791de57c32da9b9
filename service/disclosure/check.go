package disclosure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"cunwu/service/fault"
	"cunwu/service/screening"
)

// Technical limits of a content: what one screen, one statement and one answer
// carry. They come from no rule.
const (
	maxTitle   = 60
	minSummary = 10
	maxSummary = 300
	maxBody    = 50_000
	maxField   = 2000
	maxLines   = 2000
	maxMedia   = 30
	maxCell    = 200
	maxFen     = 10_000_000_000_000 // a hundred billion yuan: no sum of lines overflows
)

// wrongs collects what is wrong with a content, by location.
type wrongs []fault.Field

func (w *wrongs) add(location, format string, args ...any) {
	*w = append(*w, fault.Field{Location: location, Message: fmt.Sprintf(format, args...)})
}

// text checks the length and the characters of a text.
func (w *wrongs) text(location, name, text string, least, most int, multiline bool) {
	n := utf8.RuneCountInString(text)
	switch {
	case n < least && n == 0:
		w.add(location, "请填写%s。", name)
	case n < least:
		w.add(location, "%s至少要 %d 个字，现在是 %d 个字。", name, least, n)
	case n > most:
		w.add(location, "%s最多 %d 个字，现在是 %d 个字。", name, most, n)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return forbiddenRune(r, multiline) }):
		w.add(location, "%s里有不能显示的字符，请重新输入。", name)
	case least > 0 && strings.TrimSpace(text) == "":
		w.add(location, "请填写%s。", name)
	}
}

// forbiddenRune tells controls and the marks that turn the order of what
// people see, which can make a number read as another.
func forbiddenRune(r rune, multiline bool) bool {
	if r == '\n' || r == '\t' || r == '\r' {
		return !multiline
	}
	return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// err gives what was collected as one refusal, or nil.
func (w wrongs) err() error {
	if len(w) == 0 {
		return nil
	}
	return fault.ErrInvalid.With(w...)
}

// checkShape checks all of a content that can be told without its sums:
// lengths, names of fields, dates and amounts.
func checkShape(item CatalogueItem, c Content) error {
	var w wrongs
	w.text("body.title", "标题", c.Title, 1, maxTitle, false)
	w.text("body.summary", "白话摘要", c.Summary, minSummary, maxSummary, true)
	w.text("body.body", "正文", c.Body, 0, maxBody, true)
	if overmarked(c.Body) {
		w.add("body.body", "正文的格式标记太多或套得太深，请改成普通文字，或者用附件。")
	}
	w.fields(item, c.Fields)
	if len(c.Lines) > maxLines {
		w.add("body.lines", "明细最多 %d 行，请分几期公开。", maxLines)
	} else {
		for i, l := range c.Lines {
			at := fmt.Sprintf("body.lines[%d]", i)
			w.line(at, l)
			if l.Image != "" && !slices.Contains(c.Media, l.Image) {
				w.add(at+".image", "这一行的凭证图片不在附件里，请先把它加到附件。")
			}
		}
	}
	if !item.HasLines && (len(c.Lines) > 0 || c.IncomeFen != nil || c.ExpenseFen != nil || c.OpeningFen != nil || c.ClosingFen != nil) {
		w.add("body.lines", "“%s”没有收支明细，不用填金额。", item.Name)
	}
	w.amount("body.income_fen", "收入合计", c.IncomeFen)
	w.amount("body.expense_fen", "支出合计", c.ExpenseFen)
	w.amount("body.opening_fen", "期初余额", c.OpeningFen)
	w.amount("body.closing_fen", "期末余额", c.ClosingFen)
	if c.WrittenOn != "" {
		if _, ok := readDay(c.WrittenOn); !ok {
			w.add("body.written_on", "落款日期不对，应写成 2026-09-18 这样。")
		}
	}
	if len(c.Media) > maxMedia {
		w.add("body.media", "附件最多 %d 个。", maxMedia)
	}
	for i, id := range c.Media {
		if slices.Contains(c.Media[:i], id) {
			w.add(fmt.Sprintf("body.media[%d]", i), "这个附件重复了。")
		}
	}
	return w.err()
}

func (w *wrongs) fields(item CatalogueItem, fields map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		at := "body.fields." + name
		if !slices.ContainsFunc(item.Fields, func(f FieldDef) bool { return f.Name == name }) {
			w.add(at, "这个事项没有“%s”这一栏。", firstRunes(name, 20))
			continue
		}
		w.text(at, name, fields[name], 0, maxField, true)
	}
}

func (w *wrongs) line(at string, l Line) {
	if l.Date != "" {
		if _, ok := readDay(l.Date); !ok {
			w.add(at+".date", "日期不对，应写成 2026-09-18 这样。")
		}
	}
	w.text(at+".summary", "摘要", l.Summary, 1, maxCell, false)
	w.text(at+".voucher", "凭证号", l.Voucher, 0, maxCell, false)
	w.text(at+".category", "科目", l.Category, 0, maxCell, false)
	w.text(at+".handler", "经办人", l.Handler, 0, maxCell, false)
	w.text(at+".reviewer", "审核人", l.Reviewer, 0, maxCell, false)
	w.text(at+".project", "项目", l.Project, 0, maxCell, false)
	w.text(at+".contract", "合同", l.Contract, 0, maxCell, false)
	w.text(at+".asset", "资产", l.Asset, 0, maxCell, false)
	w.text(at+".payee", "收款方", l.Payee, 0, maxCell, false)
	w.amount(at+".income_fen", "收入", &l.IncomeFen)
	w.amount(at+".expense_fen", "支出", &l.ExpenseFen)
	w.amount(at+".balance_fen", "余额", l.BalanceFen)
	switch {
	case l.IncomeFen == 0 && l.ExpenseFen == 0:
		w.add(at, "这一行的收入和支出都是 0，请填写金额。")
	case l.IncomeFen > 0 && l.ExpenseFen > 0:
		w.add(at, "一行只记一笔收入或者一笔支出，不能两样都填，请分成两行。")
	}
}

func (w *wrongs) amount(at, name string, fen *int64) {
	switch {
	case fen == nil:
	case *fen < 0:
		w.add(at, "%s不能是负数。", name)
	case *fen > maxFen:
		w.add(at, "%s太大了，请核对。", name)
	}
}

// checkTotals demands that the lines add up to the stated totals. It stands
// after checkShape, which bounds the amounts and their number.
func checkTotals(item CatalogueItem, c Content) error {
	if !item.HasLines {
		return nil
	}
	if len(c.Lines) == 0 {
		return fault.ErrInvalid.At("body.lines", "“%s”要逐笔公开，请至少填写一行明细。", item.Name)
	}
	var income, expense int64
	for _, l := range c.Lines {
		income += l.IncomeFen
		expense += l.ExpenseFen
	}
	var w wrongs
	w.total("body.income_fen", "收入", income, c.IncomeFen)
	w.total("body.expense_fen", "支出", expense, c.ExpenseFen)
	if len(w) > 0 {
		return ErrTotalsDiffer.With(w...)
	}
	return nil
}

func (w *wrongs) total(at, name string, sum int64, stated *int64) {
	switch {
	case stated == nil && sum != 0:
		w.add(at, "%s明细合计 %s 元，还没有填写%s总额。", name, yuan(sum), name)
	case stated != nil && *stated != sum:
		w.add(at, "%s明细合计 %s 元，填写的总额是 %s 元，相差 %s 元。", name, yuan(sum), yuan(*stated), yuan(max(sum-*stated, *stated-sum)))
	}
}

// yuan writes an amount of 分 as people do: 12,345.60.
func yuan(fen int64) string {
	whole := fmt.Sprint(fen / 100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s.%02d", whole, fen%100)
}

// parts lists every text of a content for screening: the body as it is written
// and as it reads, and the names of its attachments, in order.
func (c Content) parts(readable string, fileNames []string) []screening.Part {
	out := []screening.Part{
		{Location: "body.title", Text: c.Title},
		{Location: "body.summary", Text: c.Summary},
		{Location: "body.body", Text: c.Body},
		{Location: "body.body", Text: readable},
	}
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		out = append(out, screening.Part{Location: "body.fields." + name, Text: c.Fields[name]})
	}
	for i, l := range c.Lines {
		at := fmt.Sprintf("body.lines[%d].", i)
		out = append(out,
			screening.Part{Location: at + "summary", Text: l.Summary},
			screening.Part{Location: at + "voucher", Text: l.Voucher},
			screening.Part{Location: at + "category", Text: l.Category},
			screening.Part{Location: at + "handler", Text: l.Handler},
			screening.Part{Location: at + "reviewer", Text: l.Reviewer},
			screening.Part{Location: at + "project", Text: l.Project},
			screening.Part{Location: at + "contract", Text: l.Contract},
			screening.Part{Location: at + "asset", Text: l.Asset},
			screening.Part{Location: at + "payee", Text: l.Payee},
		)
	}
	for i, name := range fileNames {
		out = append(out, screening.Part{Location: fmt.Sprintf("body.media[%d]", i), Text: name})
	}
	return out
}

// masked gives a content with the names hidden that the rules want hidden:
// fields that the catalogue marks, tables and name fields of the categories
// that the rules list, whoever handled a payment, and persons who were paid.
func masked(s *screening.Screen, rules *AccountRules, item CatalogueItem, c Content) Content {
	whole := s.MasksCategory(item.Category)
	c.Fields = maps.Clone(c.Fields)
	for _, f := range item.Fields {
		value, given := c.Fields[f.Name]
		if given && (f.Masked || whole && s.NamesColumn(f.Name)) {
			c.Fields[f.Name] = screening.MaskNames(value)
		} else if given && whole {
			c.Fields[f.Name] = s.MaskTables(value)
		}
	}
	if whole {
		c.Body = s.MaskTables(c.Body)
	}
	c.Lines = slices.Clone(c.Lines)
	for i := range c.Lines {
		c.Lines[i].Handler = screening.MaskNames(c.Lines[i].Handler)
		c.Lines[i].Reviewer = screening.MaskNames(c.Lines[i].Reviewer)
		c.Lines[i].Payee = rules.maskPayee(c.Lines[i].Payee)
	}
	return c
}

func firstRunes(text string, n int) string {
	r := []rune(text)
	return string(r[:min(n, len(r))])
}
