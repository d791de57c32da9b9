package disclosure

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cunwu/service/fault"
	"cunwu/service/workbook"
)

// CellProblem is what is wrong at one place of a file. Sheet is "" where there
// is one sheet; Row is 0 and Column "" for what concerns all of it.
type CellProblem struct {
	Sheet   string
	Row     int
	Column  string // letters
	Message string
}

// place names a problem's cell as people find it.
func (p CellProblem) place() string {
	var b strings.Builder
	if p.Sheet != "" {
		fmt.Fprintf(&b, "工作表“%s”", p.Sheet)
	}
	if p.Row > 0 {
		fmt.Fprintf(&b, "第 %d 行", p.Row)
	}
	if p.Column != "" {
		fmt.Fprintf(&b, " %s 列", p.Column)
	}
	if b.Len() > 0 {
		b.WriteString("：")
	}
	return b.String()
}

// maxProblems bounds how many problems a preview lists.
const maxProblems = 200

// problems collects what is wrong with a file; more counts those not listed.
type problems struct {
	list []CellProblem
	more int
}

func (p *problems) add(sheet string, row, column int, message string) {
	found := CellProblem{Sheet: sheet, Row: row, Column: workbook.ColumnName(column), Message: message}
	switch {
	case slices.Contains(p.list, found):
	case len(p.list) == maxProblems:
		p.more++
	default:
		p.list = append(p.list, found)
	}
}

// refusal turns problems into ErrImport, naming each place, or nil.
func (p *problems) refusal() error {
	var fields []fault.Field
	for _, x := range p.list {
		fields = append(fields, fault.Field{Location: "body.file", Message: x.place() + x.Message})
	}
	if len(fields) == 0 {
		return nil
	}
	return ErrImport.With(fields...)
}

// Skipped is a row that was seen and is no line of account.
type Skipped struct {
	Sheet string
	Row   int
	Why   string
}

// linesReading is a sheet of lines being read for an item and period.
type linesReading struct {
	problems
	layout
	sheet   workbook.Sheet
	name    string // of the sheet, where there are several
	item    CatalogueItem
	period  string
	mapping map[string]string

	lines            []Line
	rows             []int // of each line
	income, expense  int64
	partIn, partOut  int64 // since the last subtotal
	opening, closing *int64
	closingRow       int // where closing stands, 0 for nowhere
	skipped          []Skipped
	unmatched        []string
}

// readLines reads all of a sheet: everything that is wrong is told at once.
func readLines(s workbook.Sheet, name string, item CatalogueItem, period string, mapping map[string]string) *linesReading {
	r := &linesReading{sheet: s, name: name, item: item, period: period, mapping: mapping}
	var ok bool
	if r.layout, ok = findLayout(s, mapping); !ok {
		r.add(name, 0, 0, "没有找到表头。前 20 行里要有一行表头，至少有“摘要”和“收入”“支出”（或“金额”）这几列。")
		return r
	}
	r.unmatched = r.understood(s, mapping)
	r.checkHeader()
	for _, o := range s.Odd {
		r.add(name, o.Row, o.Column, o.Message())
	}
	for row := r.header + 1; row <= len(s.Rows); row++ {
		if !s.Blank(row) {
			r.row(row)
		}
	}
	r.checkLines()
	r.checkBalances()
	return r
}

// checkHeader refuses headings that would be read as something else.
func (r *linesReading) checkHeader() {
	seen := map[lineField]bool{}
	for i, text := range r.sheet.Rows[r.header-1] {
		f := fieldNamed(text, r.mapping)
		if f == "" || f == inNothing {
			continue
		}
		if seen[f] {
			r.add(r.name, r.header, i+1, "这一列和前面一列的意思一样，不知道用哪一列，请改名或删去一列。")
		}
		seen[f] = true
		if _, tens := heading(text); tens {
			r.add(r.name, r.header, i+1, errTenThousand.Error())
		}
	}
	if r.has(inAmount) && (r.has(inIncome) || r.has(inExpense)) {
		r.add(r.name, r.header, r.fields[inAmount], "已经有收入或支出列，不知道“金额”是什么，请把这一列标为不用（ignore）。")
	} else if _, told := incomeOrExpenseItem(r.item); r.has(inAmount) && !r.has(inDirection) && !told {
		r.add(r.name, r.header, r.fields[inAmount], "不知道“金额”是收入还是支出，请改成“收入”“支出”两列，或者加一列“收支”。")
	}
}

func (r *linesReading) cell(row int, f lineField) string {
	if c, ok := r.fields[f]; ok {
		return strings.TrimSpace(r.sheet.Cell(row, c))
	}
	return ""
}

// row takes one row that is not blank.
func (r *linesReading) row(row int) {
	first := ""
	for _, v := range r.sheet.Rows[row-1] {
		if first = strings.TrimSpace(v); first != "" {
			break
		}
	}
	kind := labelOf(r.cell(row, inSummary))
	if kind == noLabel || kind == noteLabel {
		if l := labelOf(first); l != noLabel && (l != noteLabel || !r.hasAmount(row)) {
			kind = l
		}
	}
	switch kind {
	case openingLabel:
		r.balance(row, "期初余额", &r.opening, len(r.lines) == 0)
	case closingLabel:
		r.balance(row, "期末余额", &r.closing, true)
		r.closingRow = row
	case totalLabel, partLabel, yearLabel:
		r.total(row, kind)
	case noteLabel:
		if !r.hasAmount(row) {
			r.skipped = append(r.skipped, Skipped{r.name, row, "没有金额的说明文字"})
			return
		}
		r.line(row)
	case noLabel:
		r.line(row)
	}
}

func (r *linesReading) hasAmount(row int) bool {
	return r.cell(row, inIncome)+r.cell(row, inExpense)+r.cell(row, inAmount) != ""
}

// amount reads a cell of money; what is wrong with it is told, and it counts as
// nothing.
func (r *linesReading) amount(row int, f lineField) (int64, bool) {
	fen, given, err := readAmount(r.cell(row, f))
	if err != nil {
		r.add(r.name, row, r.fields[f], err.Error())
		return 0, false
	}
	return fen, given
}

// balance takes a row that states what was or is in hand: in the balance
// column, or where there is none in the only amount of the row.
func (r *linesReading) balance(row int, name string, to **int64, first bool) {
	for _, f := range []lineField{inBalance, inIncome, inExpense, inAmount} {
		fen, given := r.amount(row, f)
		if !given {
			continue
		}
		if *to == nil && first {
			*to = &fen
			r.skipped = append(r.skipped, Skipped{r.name, row, name})
		} else if first && **to == fen {
			r.skipped = append(r.skipped, Skipped{r.name, row, name})
		} else {
			r.add(r.name, row, r.fields[f], "“"+name+"”出现了不止一次，或不在应当的位置，不知道用哪一个。")
		}
		return
	}
	r.add(r.name, row, 0, "“"+name+"”这一行没有写金额。")
}

// total compares a row of sums with the lines.
func (r *linesReading) total(row int, kind label) {
	why := "合计行，已和明细核对"
	if kind == yearLabel {
		why = "累计行，含以前各期，不核对"
	} else {
		r.compare(row, inIncome, "收入", r.income, r.partIn, kind)
		r.compare(row, inExpense, "支出", r.expense, r.partOut, kind)
		if r.has(inAmount) {
			r.compare(row, inAmount, "金额", r.income+r.expense, r.partIn+r.partOut, kind)
		}
	}
	r.skipped = append(r.skipped, Skipped{r.name, row, why})
	if kind == partLabel {
		r.partIn, r.partOut = 0, 0
	}
}

func (r *linesReading) compare(row int, f lineField, name string, all, part int64, kind label) {
	stated, given := r.amount(row, f)
	sum := all
	if kind == partLabel {
		sum = part
	}
	if given && stated != sum && stated != all {
		r.add(r.name, row, r.fields[f], fmt.Sprintf("%s合计写的是 %s 元，上面的明细加起来是 %s 元，相差 %s 元。",
			name, yuan(stated), yuan(sum), yuan(max(stated-sum, sum-stated))))
	}
}

// line takes one line of account.
func (r *linesReading) line(row int) {
	if len(r.lines) >= maxLines {
		if len(r.lines) == maxLines && len(r.rows) == maxLines {
			r.add(r.name, row, 0, fmt.Sprintf("明细最多 %d 行，请分几期公开。", maxLines))
			r.rows = append(r.rows, row) // told once
		}
		return
	}
	day, err := readLineDay(r.cell(row, inDate), r.period)
	if err != nil {
		r.add(r.name, row, r.fields[inDate], err.Error())
	}
	l := Line{
		Date: day, Voucher: r.text(row, inVoucher), Summary: r.text(row, inSummary), Category: r.text(row, inCategory),
		Handler: r.text(row, inHandler), Reviewer: r.text(row, inReviewer), Project: r.text(row, inProject),
		Contract: r.text(row, inContract), Asset: r.text(row, inAsset), Payee: r.text(row, inPayee),
	}
	told := len(r.list) + r.more
	r.money(row, &l)
	if told == len(r.list)+r.more && l.IncomeFen == 0 && l.ExpenseFen == 0 {
		r.add(r.name, row, 0, "这一行没有金额。如果是说明文字，请移到表格外。")
	}
	if fen, given := r.amount(row, inBalance); given {
		l.BalanceFen = &fen
	}
	for _, s := range r.sheet.Spans {
		if s.Row <= row && row <= s.LastRow {
			r.add(r.name, row, s.Column, "这里是合并的单元格，只有左上角一格算数，请取消合并，把每一格填全。")
		}
	}
	// No overflow: at most maxLines amounts of at most maxFen.
	r.income += l.IncomeFen
	r.expense += l.ExpenseFen
	r.partIn += l.IncomeFen
	r.partOut += l.ExpenseFen
	r.lines, r.rows = append(r.lines, l), append(r.rows, row)
}

// money reads the income or the expense of a line.
func (r *linesReading) money(row int, l *Line) {
	l.IncomeFen, _ = r.amount(row, inIncome)
	l.ExpenseFen, _ = r.amount(row, inExpense)
	if l.IncomeFen > 0 && l.ExpenseFen > 0 {
		r.add(r.name, row, r.fields[inExpense], "同一行既有收入又有支出，请分成两行。")
	}
	fen, given := r.amount(row, inAmount)
	if !given || l.IncomeFen > 0 || l.ExpenseFen > 0 {
		return
	}
	income, known := incomeOrExpenseItem(r.item)
	if r.has(inDirection) {
		if income, known = incomeOrExpense(r.cell(row, inDirection)); !known {
			r.add(r.name, row, r.fields[inDirection], "请写“收入”或“支出”。")
			return
		}
	}
	switch {
	case income:
		l.IncomeFen = fen
	case known:
		l.ExpenseFen = fen
	}
}

// text gives a cell's text, one line of it: line breaks within cells are layout.
// What is too long stays too long and is told by checkLines.
func (r *linesReading) text(row int, f lineField) string {
	return firstRunes(strings.Join(strings.Fields(r.cell(row, f)), " "), maxCell+1)
}

var lineAt = regexp.MustCompile(`^body\.lines\[(\d+)\](?:\.(\w+))?$`)

// checkLines holds the lines against the rules of all lines, and gives what is
// wrong its place in the file.
func (r *linesReading) checkLines() {
	if len(r.lines) == 0 {
		r.add(r.name, 0, 0, "表头下面没有一行明细。")
	}
	f := fault.Of(checkShape(r.item, Content{Title: "明细", Summary: strings.Repeat("明", minSummary), Lines: r.lines}))
	if f == nil {
		return
	}
	flawed := map[int]bool{} // rows whose amounts were told already
	for _, p := range r.list {
		flawed[p.Row] = true
	}
	for _, wrong := range f.Fields {
		m := lineAt.FindStringSubmatch(wrong.Location)
		if m == nil {
			if wrong.Location == "body.lines" {
				r.add(r.name, 0, 0, wrong.Message)
			}
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n >= len(r.lines) || m[2] == "" && flawed[r.rows[n]] {
			continue
		}
		field := lineField(strings.TrimSuffix(m[2], "_fen"))
		r.add(r.name, r.rows[n], r.fields[field], wrong.Message)
	}
}

// checkBalances demands that the balances of a file follow from each other. An
// amount that could not be read throws off all after it, so that nothing is said
// of balances before amounts are right.
func (r *linesReading) checkBalances() {
	if len(r.list) > 0 {
		return
	}
	var w wrongs
	w.runs(Content{Lines: r.lines, OpeningFen: r.opening, ClosingFen: r.closing})
	for _, wrong := range w {
		row, message := r.closingRow, wrong.Message
		if m := lineAt.FindStringSubmatch(wrong.Location); m != nil {
			n, err := strconv.Atoi(m[1])
			if err != nil || n >= len(r.lines) {
				continue
			}
			// Rows of the file are counted otherwise than lines.
			row, message = r.rows[n], strings.TrimPrefix(message, fmt.Sprintf("第 %d 行的", n+1))
		}
		r.add(r.name, row, r.fields[inBalance], message)
	}
}

// into puts what was read in place of the lines of a content.
func (r *linesReading) into(c Content) Content {
	c.Fields = maps.Clone(c.Fields)
	c.Lines = r.lines
	c.IncomeFen, c.ExpenseFen = &r.income, &r.expense
	if r.opening != nil {
		c.OpeningFen = r.opening
	}
	if r.closing != nil {
		c.ClosingFen = r.closing
	}
	return c
}
