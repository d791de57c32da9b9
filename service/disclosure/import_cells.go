package disclosure

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/workbook"
)

// What is wrong with a cell, as people are told.
var (
	errNotMoney    = errors.New("不是金额，应写成 1234.50 这样。")
	errNegative    = errors.New("金额不能是负数；冲销或退款请记到另一栏，并在摘要里写明。")
	errTooExact    = errors.New("金额最多两位小数（精确到分）。")
	errTooMuch     = errors.New("金额太大了，请核对。")
	errNotDay      = errors.New("日期读不出来，应写成 2026-09-03 这样。")
	errNoSuchDay   = errors.New("没有这一天，请核对日期。")
	errWhichYear   = errors.New("日期没有写年份，期间里也看不出来，请写成 2026-09-03 这样。")
	errTenThousand = errors.New("金额以万元为单位，请换算成元。")
)

var (
	money    = regexp.MustCompile(`^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d*))?$`)
	isoDay   = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$`)
	packed   = regexp.MustCompile(`^(20\d{2})(\d{2})(\d{2})$`)
	monthDay = regexp.MustCompile(`^(\d{1,2})月(\d{1,2})[日号]$`)
)

// readAmount reads an amount of 元 as ledgers write it into 分. A dash alone is
// nothing, as in a ledger. given is false where there is nothing.
func readAmount(text string) (fen int64, given bool, err error) {
	text = strings.ReplaceAll(narrow(text), " ", "")
	text = strings.TrimSuffix(strings.TrimLeft(text, "¥￥"), "元")
	switch text {
	case "", "-", "--", "—", "——", "/", "无":
		return 0, false, nil
	}
	bare := strings.Trim(text, "()-−－")
	if bare != text && money.MatchString(strings.TrimLeft(bare, "¥￥")) {
		return 0, true, errNegative
	}
	m := money.FindStringSubmatch(text)
	if m == nil {
		return 0, true, errNotMoney
	}
	part := strings.TrimRight(m[2], "0")
	if len(part) > 2 {
		return 0, true, errTooExact
	}
	digits := strings.TrimLeft(strings.ReplaceAll(m[1], ",", ""), "0") + part + "00"[len(part):]
	if len(digits) > 15 {
		return 0, true, errTooMuch
	}
	fen, err = strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, true, errNotMoney
	}
	if fen > maxFen {
		return 0, true, errTooMuch
	}
	return fen, true, nil
}

// readLineDay reads a day as 2006-01-02. Where no year is written it is that of
// the period.
func readLineDay(text, period string) (string, error) {
	text, _, _ = strings.Cut(strings.TrimSpace(narrow(text)), " ")
	if text == "" {
		return "", nil
	}
	if t, ok := workbook.Day(text); ok {
		return t.Format(time.DateOnly), nil
	}
	year, month, day, err := dayParts(text, period)
	if err != nil {
		return "", err
	}
	d, err := time.ParseInLocation("2006-1-2", year+"-"+month+"-"+day, calendar.China)
	if err != nil {
		return "", errNoSuchDay
	}
	out := d.Format(time.DateOnly)
	if _, ok := readDay(out); !ok {
		return "", errNoSuchDay
	}
	return out, nil
}

// dayParts takes a written day apart.
func dayParts(text, period string) (year, month, day string, err error) {
	for _, form := range []*regexp.Regexp{isoDay, packed} {
		if m := form.FindStringSubmatch(text); m != nil {
			return m[1], m[2], m[3], nil
		}
	}
	m := monthDay.FindStringSubmatch(text)
	switch {
	case m == nil:
		return "", "", "", errNotDay
	case len(period) < 4:
		return "", "", "", errWhichYear
	}
	return period[:4], m[1], m[2], nil
}

// incomeOrExpense reads the direction of an amount.
func incomeOrExpense(text string) (income, ok bool) {
	switch strings.Join(strings.Fields(text), "") {
	case "收", "收入", "借", "借方", "进":
		return true, true
	case "支", "支出", "贷", "贷方", "付", "出":
		return false, true
	}
	return false, false
}

// incomeOrExpenseItem tells the direction of all amounts of an item by its name.
func incomeOrExpenseItem(item CatalogueItem) (income, ok bool) {
	in, out := strings.Contains(item.Name, "收入"), strings.Contains(item.Name, "支出")
	return in, in != out
}
