package disclosure

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cunwu/service/workbook"
)

func TestReadAmount(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1,234.50": 123450, "￥1,234.5": 123450, "¥ 12": 1200, "12.00": 1200, "12.5000": 1250, "1234元": 123400, "０．５": 50,
		"１，２３４": 123400, "0": 0, "0.00": 0, "007": 700, "12.": 1200, "100000000000": maxFen, "1 234.5": 123450,
	} {
		if got, given, err := readAmount(text); err != nil || !given || got != want {
			t.Errorf("%q = %d, %v, %v, want %d", text, got, given, err, want)
		}
	}
	for _, text := range []string{"", " ", "-", "—", "——", "/", "无"} {
		if got, given, err := readAmount(text); err != nil || given || got != 0 {
			t.Errorf("%q = %d, %v, %v, want nothing", text, got, given, err)
		}
	}
	for text, want := range map[string]error{
		"-5": errNegative, "(12.00)": errNegative, "（12.00）": errNegative, "－5": errNegative, "5-": errNegative, "−5": errNegative, "￥-5": errNegative,
		"1.234": errTooExact, "0.001": errTooExact, "1,23": errNotMoney, "1,2345": errNotMoney, "一百": errNotMoney, "1万": errNotMoney,
		"1e5": errNotMoney, "=1": errNotMoney, "1.2.3": errNotMoney, ".5": errNotMoney, "NaN": errNotMoney, "100000000000.01": errTooMuch,
		"99999999999999999999999999": errTooMuch, "9223372036854775808": errTooMuch,
	} {
		if got, _, err := readAmount(text); !errors.Is(err, want) || got != 0 {
			t.Errorf("%q = %d, %v, want %v", text, got, err, want)
		}
	}
}

// Every amount in every form that is written is read as itself.
func TestReadAmount_RoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		fen := rapid.Int64Range(0, maxFen).Draw(r, "fen")
		for _, text := range []string{yuan(fen), strings.ReplaceAll(yuan(fen), ",", ""), "￥" + yuan(fen), yuan(fen) + "元", fmt.Sprintf("%d.%02d0", fen/100, fen%100)} {
			if got, given, err := readAmount(text); err != nil || !given || got != fen {
				r.Fatalf("%q = %d, %v", text, got, err)
			}
		}
	})
}

func TestReadLineDay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-09-03": "2026-09-03", "2026/9/3": "2026-09-03", "2026年9月3日": "2026-09-03", "2026.9.3": "2026-09-03", "20260903": "2026-09-03",
		"9月3日": "2026-09-03", "9月3号": "2026-09-03", "46268": "2026-09-03", "2026-09-03 00:00": "2026-09-03", "２０２６－０９－０３": "2026-09-03", "": "",
	} {
		if got, err := readLineDay(text, "2026Q3"); err != nil || got != want {
			t.Errorf("%q = %q, %v, want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]error{
		"2026-02-30": errNoSuchDay, "2026-13-01": errNoSuchDay, "13月1日": errNoSuchDay, "2月29日": errNoSuchDay, "0000-01-01": errNoSuchDay,
		"9999-01-01": errNoSuchDay, "九月三日": errNotDay, "12": errNotDay, "2026-9": errNotDay, "1e9": errNotDay,
	} {
		if got, err := readLineDay(text, "2026Q3"); !errors.Is(err, want) || got != "" {
			t.Errorf("%q = %q, %v, want %v", text, got, err, want)
		}
	}
	if _, err := readLineDay("9月3日", ""); !errors.Is(err, errWhichYear) {
		t.Error(err)
	}
}

var ledgerItem = CatalogueItem{Code: "D02", Name: "财务收支逐笔明细", HasLines: true, Frequency: Monthly}

func readText(t testing.TB, text string, item CatalogueItem, mapping map[string]string) *linesReading {
	t.Helper()
	b, err := workbook.Read("a.csv", []byte(text), workbook.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return readLines(b.Sheets[0], "", item, "2026-09", mapping)
}

const ledger = `盐井村2026年9月收支明细,,,,,,,,
单位：元,,,,,,,,
日期,凭证号,摘 要,科目,收入（元）,支出(元),余额,经办人,工程名称,怪列
,,上月结余,,,,"1,000.00",,,
2026-09-03,记-1,收鱼塘发包款,经营收入,"2,000.00",,"3,000.00",李小四,,a
9月12日,记-2,支付路灯电费,公益支出,-,￥260.50,2739.50,李小四,村道亮化,b
,,小计,,2000,260.5,,,,
2026/9/20,记-3,修水渠,公益支出,,39.5,2700,王小五,三组水渠,
合计,,,,2000.00,300.00,,,,
,,本月结余,,,,2700,,,
制表人：张小三,,,,,,,,,
`

func TestReadLines(t *testing.T) {
	t.Parallel()
	r := readText(t, ledger, ledgerItem, nil)
	if len(r.list) != 0 {
		t.Fatalf("%+v", r.list)
	}
	if len(r.lines) != 3 || r.income != 200000 || r.expense != 30000 || *r.opening != 100000 || *r.closing != 270000 {
		t.Errorf("%+v", r)
	}
	want := Line{Date: "2026-09-12", Voucher: "记-2", Summary: "支付路灯电费", Category: "公益支出", ExpenseFen: 26050, Handler: "李小四", Project: "村道亮化"}
	got := r.lines[1]
	if *got.BalanceFen != 273950 {
		t.Errorf("balance %d", *got.BalanceFen)
	}
	got.BalanceFen = nil
	if got != want {
		t.Errorf("%+v", got)
	}
	if len(r.skipped) != 5 || len(r.unmatched) != 1 || r.unmatched[0] != "怪列" || r.columns[2].Field != "summary" || r.columns[2].Column != "C" || r.columns[2].Samples[0] != "上月结余" {
		t.Errorf("%+v %+v %+v", r.skipped, r.unmatched, r.columns)
	}
}

func TestReadLines_Problems(t *testing.T) {
	t.Parallel()
	head := "日期,摘要,收入,支出,余额\n"
	for name, c := range map[string]struct {
		text   string
		row    int
		column string
		says   string
	}{
		"no header":      {"a,b\n1,2\n", 0, "", "没有找到表头"},
		"no lines":       {head, 0, "", "没有一行明细"},
		"negative":       {head + "2026-09-03,电费,,-5,\n", 2, "D", "负数"},
		"brackets":       {head + "2026-09-03,电费,,(5.00),\n", 2, "D", "负数"},
		"fraction":       {head + "2026-09-03,电费,,5.001,\n", 2, "D", "两位小数"},
		"overflow":       {head + "2026-09-03,电费,99999999999999999999,,\n", 2, "C", "太大"},
		"word":           {head + "2026-09-03,电费,五块,,\n", 2, "C", "不是金额"},
		"no such day":    {head + "\n2026-02-30,电费,,5,\n", 3, "A", "没有这一天"},
		"both":           {head + "2026-09-03,电费,5,5,\n", 2, "D", "分成两行"},
		"nothing":        {head + "2026-09-03,电费,,,\n", 2, "", "没有金额"},
		"bad balance":    {head + "2026-09-03,电费,,5,-1\n", 2, "E", "负数"},
		"balance":        {head + "2026-09-03,电费,,5,95\n\n2026-09-04,电费,,5,91\n2026-09-05,电费,,5,86\n", 4, "E", "余额写的是 91.00 元，按前面的余额和收支算应当是 90.00 元"},
		"closing":        {head + ",期初余额,,,100\n2026-09-03,电费,,5,\n,期末余额,,,96\n", 4, "E", "应当是 95.00 元"},
		"no summary":     {head + "2026-09-03,,,5,\n", 2, "B", "请填写摘要"},
		"long":           {head + "2026-09-03," + strings.Repeat("长", 300) + ",,5,\n", 2, "B", "最多 200"},
		"total":          {head + "2026-09-03,电费,,5,\n合计,,,6,\n", 3, "D", "相差 1.00 元"},
		"subtotal":       {head + "2026-09-03,电费,,5,\n,小计,,5,\n2026-09-04,电费,,7,\n,小计,,8,\n", 5, "D", "加起来是 7.00 元"},
		"opening later":  {head + "2026-09-03,电费,,5,\n,期初余额,,,9\n", 3, "E", "不止一次"},
		"opening twice":  {head + ",期初余额,,,9\n,期初余额,,,8\n2026-09-03,电费,,5,\n", 3, "E", "不止一次"},
		"opening empty":  {head + ",期初余额,,,\n2026-09-03,电费,,5,\n", 2, "", "没有写金额"},
		"ten thousand":   {"日期,摘要,收入（万元）,支出\n2026-09-03,电费,,5\n", 1, "C", "万元"},
		"twice":          {"日期,摘要,收入,收入金额\n2026-09-03,电费,5,\n", 1, "D", "意思一样"},
		"which amount":   {"日期,摘要,金额\n2026-09-03,电费,5\n", 1, "C", "收入还是支出"},
		"amount besides": {"日期,摘要,收入,金额\n2026-09-03,电费,5,5\n", 1, "D", "不知道"},
		"direction":      {"日期,摘要,收支,金额\n2026-09-03,电费,借贷,5\n", 2, "C", "收入"},
		"control":        {head + "2026-09-03,电\x01费,,5,\n", 2, "B", "不能显示"},
		"turned":         {head + "2026-09-03,电\u202e费,,5,\n", 2, "B", "不能显示"},
	} {
		r := readText(t, c.text, ledgerItem, nil)
		found := false
		for _, p := range r.list {
			found = found || p.Row == c.row && p.Column == c.column && strings.Contains(p.Message, c.says)
		}
		if !found || r.refusal() == nil {
			t.Errorf("%s: %+v, want row %d column %q saying %q", name, r.list, c.row, c.column, c.says)
		}
		if len(r.list) > 2 {
			t.Errorf("%s: one fault is told as %+v", name, r.list)
		}
	}
}

func TestReadLines_Directions(t *testing.T) {
	t.Parallel()
	r := readText(t, "日期,用途,收支,金额\n2026-09-03,电费,支出,5\n2026-09-04,房租,收,7\n", ledgerItem, nil)
	if len(r.list) != 0 || r.income != 700 || r.expense != 500 {
		t.Errorf("%+v", r)
	}
	for name, want := range map[string][2]int64{"各项收入": {500, 0}, "各项支出": {0, 500}} {
		r := readText(t, "摘要,金额\n电费,5\n合计,5\n", CatalogueItem{Name: name, HasLines: true}, nil)
		if len(r.list) != 0 || r.income != want[0] || r.expense != want[1] {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestReadLines_Mapping(t *testing.T) {
	t.Parallel()
	text := "哪天,干啥用了,花了,备注\n2026-09-03,电费,5,x\n"
	if r := readText(t, text, ledgerItem, nil); len(r.list) == 0 {
		t.Error("headings of nobody's were understood")
	}
	r := readText(t, text, ledgerItem, map[string]string{"哪天": "date", "干啥用了": "summary", "花了": "expense"})
	if len(r.list) != 0 || r.expense != 500 || r.lines[0].Date != "2026-09-03" {
		t.Errorf("%+v", r.list)
	}
	if err := checkMapping(map[string]string{"a": "image"}); err == nil {
		t.Error("a field that is none passed")
	}
}

func TestReadLines_BoundsProblemsAndLines(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("摘要,支出\n")
	for range 3000 {
		b.WriteString("电费,x\n")
	}
	r := readText(t, b.String(), ledgerItem, nil)
	if len(r.list) != maxProblems || r.more < 1000 || len(r.lines) != maxLines {
		t.Errorf("%d problems, %d more, %d lines", len(r.list), r.more, len(r.lines))
	}
}

// Whatever is in the cells: what passes without a problem adds up, is within
// bounds and may be stored.
func FuzzReadLines(f *testing.F) {
	f.Add(ledger)
	f.Add("日期,摘要,收入,支出\n46268,a,1,\n,合计,1,\n")
	f.Add("摘要\t金额\t收支\n电费\t5\t支\n")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := workbook.Read("a.csv", []byte(text), workbook.Limits{Rows: 200, Columns: 30})
		if err != nil {
			return
		}
		r := readLines(b.Sheets[0], "", ledgerItem, "2026-09", nil)
		if len(r.list) > maxProblems || len(r.lines) > maxLines {
			t.Fatalf("%d problems, %d lines", len(r.list), len(r.lines))
		}
		if len(r.list) > 0 {
			return
		}
		c := r.into(Content{Title: "明细", Summary: "一二三四五六七八九十"})
		if err := checkShape(ledgerItem, c); err != nil {
			t.Fatalf("passed, and is refused: %v", err)
		}
		if err := checkTotals(ledgerItem, c); err != nil {
			t.Fatalf("passed, and does not add up: %v", err)
		}
	})
}
