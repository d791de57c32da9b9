package disclosure

import "fmt"

// previous is the posting that stands for the period before, as far as accounts
// must follow from it. The zero value: there is none.
type previous struct {
	period  string
	closing *int64
}

// checkAccounts demands what can be told of accounts by their figures: lines
// add up to the totals, balances follow from each other, and little stands
// under "other". It comes after checkShape, which bounds amounts and lines, so
// that no sum overflows.
func checkAccounts(rules *AccountRules, item CatalogueItem, c Content, before previous) error {
	if err := checkTotals(item, c); err != nil {
		return err
	}
	if !item.HasLines {
		return nil
	}
	if err := checkBalance(rules, item, c, before); err != nil {
		return err
	}
	return checkOther(rules, c)
}

// checkBalance demands that opening, lines and closing run on from each other,
// and from the period before.
func checkBalance(rules *AccountRules, item CatalogueItem, c Content, before previous) error {
	var w wrongs
	running := rules.running(item.Code)
	w.bothEnds(running, item, c)
	w.followsFrom(running, c, before)
	w.runs(c)
	if len(w) > 0 {
		return ErrBalanceDiffers.With(w...)
	}
	return nil
}

// bothEnds demands opening and closing where the item carries a balance, and
// both or neither elsewhere.
func (w *wrongs) bothEnds(running bool, item CatalogueItem, c Content) {
	for _, end := range []struct {
		at, name string
		fen      *int64
	}{{"body.opening_fen", "期初余额", c.OpeningFen}, {"body.closing_fen", "期末余额", c.ClosingFen}} {
		switch {
		case end.fen != nil:
		case running:
			w.add(end.at, "“%s”逐期结转，请填写%s。", item.Name, end.name)
		case c.OpeningFen != nil || c.ClosingFen != nil:
			w.add(end.at, "期初余额和期末余额要一起填写，还没有填%s。", end.name)
		}
	}
}

// followsFrom demands that the opening is what the period before closed with.
func (w *wrongs) followsFrom(running bool, c Content, before previous) {
	if running && before.closing != nil && c.OpeningFen != nil && *c.OpeningFen != *before.closing {
		w.add("body.opening_fen", "上一期（%s）公布的期末余额是 %s 元，这里的期初余额是 %s 元，两个数应当一样。",
			before.period, yuan(*before.closing), yuan(*c.OpeningFen))
	}
}

// runs demands that every stated balance follows from the one stated before it:
// the opening, the balances of lines, the closing. One wrong figure is told
// once: what follows may be counted from it or past it.
func (w *wrongs) runs(c Content) {
	var reckoned, stated int64 // from the first balance on; from the last one stated on
	known := c.OpeningFen != nil
	if known {
		reckoned, stated = *c.OpeningFen, *c.OpeningFen
	}
	step := func(location, name string, fen *int64) {
		switch {
		case fen == nil:
			return
		case !known:
			reckoned, known = *fen, true
		case *fen != reckoned && *fen != stated:
			w.add(location, "%s写的是 %s 元，按前面的余额和收支算应当是 %s 元。", name, yuan(*fen), signedYuan(stated))
		}
		stated = *fen
	}
	for i, l := range c.Lines {
		reckoned += l.IncomeFen - l.ExpenseFen
		stated += l.IncomeFen - l.ExpenseFen
		step(fmt.Sprintf("body.lines[%d].balance_fen", i), fmt.Sprintf("第 %d 行的余额", i+1), l.BalanceFen)
	}
	step("body.closing_fen", "期末余额", c.ClosingFen)
}

// signedYuan is yuan for amounts that may be below zero.
func signedYuan(fen int64) string {
	if fen < 0 {
		return "-" + yuan(-fen)
	}
	return yuan(fen)
}

// checkOther bounds what stands under headings that say nothing, of income and
// of expense.
func checkOther(rules *AccountRules, c Content) error {
	if rules == nil {
		return nil
	}
	var income, expense, otherIn, otherOut int64
	for _, l := range c.Lines {
		income += l.IncomeFen
		expense += l.ExpenseFen
		if rules.vague(l) {
			otherIn += l.IncomeFen
			otherOut += l.ExpenseFen
		}
	}
	// Sums stay below 2·10^16 分, so a hundredfold does not overflow.
	muchIn, muchOut := otherIn*100 > income*rules.Other.Percent, otherOut*100 > expense*rules.Other.Percent
	var w wrongs
	for i, l := range c.Lines {
		if !rules.vague(l) {
			continue
		}
		at := fmt.Sprintf("body.lines[%d]", i)
		if muchIn && l.IncomeFen > 0 {
			w.other(at, i, "收入", otherIn, income, rules.Other.Percent)
		}
		if muchOut && l.ExpenseFen > 0 {
			w.other(at, i, "支出", otherOut, expense, rules.Other.Percent)
		}
	}
	if len(w) > 0 {
		return ErrTooMuchOther.With(w...)
	}
	return nil
}

func (w *wrongs) other(at string, i int, side string, other, all, percent int64) {
	w.add(at, "第 %d 行只写了“其他”。%s里的“其他”合计 %s 元，全部%s %s 元，“其他”不能超过 %d%%，请写清楚这一笔是什么钱。",
		i+1, side, yuan(other), side, yuan(all), percent)
}
