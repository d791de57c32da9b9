package demo

import "time"

// due says on which of the quarters (months, half years) of the span an item is
// posted: every large-th in a large village, every small-th in a small one, 0
// for never. Villages begin at different ones.
type due struct {
	item         string
	large, small int
}

func (u due) on(k *desk, i int) bool {
	every := u.small
	if k.v.large {
		every = u.large
	}
	return every > 0 && (i+k.order)%every == 0
}

var quarterly = []due{
	{"D03", 2, 4},
	{"D04", 2, 4},
	{"D05", 8, 0},
	{"D08", 4, 9},
	{"D11", 5, 0},
	{"E05", 5, 0},
	{"J01", 5, 0},
	{"J02", 6, 0},
	{"G08", 5, 0},
	{"C08", 6, 0},
	{"H03", 5, 9},
	{"H06", 5, 9},
	{"H11", 8, 0},
	{"D12", 1, 0},
	{"C04", 0, 0}, // what follows, only where all is posted
	{"E07", 0, 0},
	{"H04", 0, 0},
}

// always are the accounts that the complete village has posted in every quarter.
var always = map[string]bool{"D03": true, "D04": true, "E05": true}

// posts reports whether an item is posted for the i-th period of the span,
// which ended on a day, ago periods before the newest that is over.
func (k *desk) posts(u due, i, ago int, end time.Time) bool {
	if k.complete() && !end.Before(owedFrom) && gap(u.item, ago) {
		return false
	}
	return u.on(k, i) || k.owes(end) || k.complete() && always[u.item]
}

// late moves one in twenty past its due day, as it happens in life; of what the
// complete village owes, one in six, since people look there.
func (k *desk) late(day, end time.Time, d dice, low, high int) time.Time {
	of := 20
	if k.owes(end) {
		of = 6
	}
	if d.IntN(of) == 0 {
		day = day.AddDate(0, 0, d.between(low, high))
	}
	return day
}

func (p *planner) quarters(k *desk) {
	for i := range quarters + 1 {
		q := p.span.start + quarter(i) - 1
		for _, u := range quarterly {
			end := q.months()[2].last()
			if !k.posts(u, i, quarters-i, end) || !k.has(u.item, q) {
				continue
			}
			d := k.dice("day/"+u.item, q.period())
			day := k.late((q + 1).first().day(d.between(6, 12)), end, d, 9, 24)
			x := p.add(k, u.item, q.period(), day, k.quarterPaper(u.item, q))
			if u.item == "C04" && p.span.redRecorded(k, q) {
				p.recorded(x, quarterly4(q))
				continue
			}
			p.vary(x)
		}
	}
}

// has reports whether there is anything to tell of an item in a quarter.
func (k *desk) has(item string, q quarter) bool {
	switch item {
	case "E05":
		return k.rented(q)
	case "D12":
		return q.number() == 4
	case "E07":
		return k.invests() && q.number() == 1
	}
	return true
}

func (k *desk) quarterPaper(item string, q quarter) paper {
	write := map[string]func(quarter) paper{
		"D03": k.quarterIncome, "D04": k.quarterExpense, "D05": k.debts, "D08": k.pay, "D11": k.running, "D12": k.donations,
		"E05": k.contractsKept, "J01": k.tasks, "J02": k.entrusted, "G08": k.cards, "C08": k.mediation,
		"H03": k.allowance, "H06": k.disabled, "H11": k.aged,
		"C04": k.praised, "E07": k.invested, "H04": k.helped,
	}
	return write[item](q)
}

var monthly = []due{{"D02", 1, 7}, {"J04", 8, 13}, {"C03", 8, 14}, {"D09", 0, 0}}

func (p *planner) months(k *desk) {
	write := map[string]func(month) paper{"D02": k.monthly, "J04": k.errands, "C03": k.concerns, "D09": k.lostWorkPaid}
	first := p.span.start.first() - 1
	for m := first; m < monthOf(p.span.today); m++ {
		for _, u := range monthly {
			ago := int(monthOf(p.span.today)-m) - 1
			if !k.posts(u, int(m-first), ago, m.last()) || u.item == "D02" && m < k.booksOpen(first) || u.item == "D09" && len(k.lostDays(m)) == 0 {
				continue
			}
			d := k.dice("day/"+u.item, m.period())
			text := write[u.item](m)
			if k.complete() && u.item == "D02" && ago == 1 {
				text.files = append(text.files, k.voucher(text))
			}
			x := p.add(k, u.item, m.period(), k.late((m+1).day(d.between(5, 12)), m.last(), d, 6, 19), text)
			if k.complete() && u.item == "D02" && ago == shownCorrected {
				p.shownCorrection(x)
				continue
			}
			if k.complete() && u.item == "C03" && ago <= 1 {
				p.recorded(x, m.title()+"村民说事清单与办理结果")
				continue
			}
			p.vary(x)
		}
	}
}

// booksOpen gives the first month whose accounts are posted line by line: half
// of the large villages came to it a year later than the others.
func (k *desk) booksOpen(first month) month {
	if k.v.large && k.order%2 == 1 {
		return first + 12
	}
	return first
}

var halfYearly = []due{{"K01", 2, 4}, {"L03", 3, 0}, {"J03", 3, 0}, {"E06", 2, 0}}

func (p *planner) halves(k *desk) {
	write := map[string]func(half) paper{"K01": k.report, "L03": k.dues, "J03": k.facilities, "E06": k.idle}
	first := half(int(p.span.start)/2) - 1
	for h := first; (h + 1).firstMonth() <= monthOf(p.span.today); h++ {
		for _, u := range halfYearly {
			end := (h.firstMonth() + 5).last()
			ago := (int(monthOf(p.span.today)) - int((h + 1).firstMonth())) / 6
			if !k.posts(u, int(h-first), ago, end) {
				continue
			}
			d := k.dice("day/"+u.item, h.period())
			p.add(k, u.item, h.period(), (h + 1).firstMonth().day(d.between(5, 12)), write[u.item](h))
		}
	}
}

// yearly says in which month, from which day, an item of a year is posted;
// after tells that the text is about the year before.
var yearly = []struct {
	due
	month, day int
	after      bool
}{
	{due{"A05", 1, 3}, 1, 12, false},
	{due{"D01", 2, 0}, 1, 14, false},
	{due{"L01", 2, 0}, 1, 16, false},
	{due{"B07", 2, 0}, 1, 15, false},
	{due{"B05", 2, 0}, 1, 16, true},
	{due{"D06", 1, 0}, 1, 4, true},
	{due{"E01", 1, 3}, 1, 10, true},
	{due{"H07", 2, 0}, 1, 11, true},
	{due{"H09", 2, 0}, 3, 14, false},
}

func (p *planner) years(k *desk) {
	write := map[string]func(int) paper{
		"A05": k.workPlan, "D01": k.yearPlan, "L01": k.partyWork, "B07": k.lostWork, "B05": k.yearReport, "D06": k.dividends,
		"E01": k.assets, "H07": k.children, "H09": k.insured,
	}
	for y := p.span.begin().Year(); y <= p.span.today.Year(); y++ {
		for _, u := range yearly {
			about := y
			if u.after {
				about--
			}
			if !u.on(k, y-p.span.begin().Year()) || date(y, u.month, 1).Before(p.span.begin()) {
				continue
			}
			d := k.dice("day/"+u.item, date(y, 1, 1).Format("2006"))
			p.add(k, u.item, date(about, 1, 1).Format("2006"), date(y, u.month, u.day+d.between(0, 4)), write[u.item](about))
		}
	}
}

func (p *planner) standing(k *desk) {
	items := []string{"A01", "A02", "A03", "A04", "A09", "A10", "A11", "A12", "A13", "A14"}
	n := 2
	if k.v.large {
		n = 6
	}
	d := k.dice("standing", "")
	chosen := d.some(items, n)
	if k.order == 0 {
		chosen = items
	}
	for i, item := range chosen {
		in := p.span.begin().AddDate(0, 0, 6+i*4+d.between(0, 3))
		if i%4 == 0 {
			in = in.AddDate(0, 13, 0) // renewed in the second year
		}
		day := workday(in)
		period := day.Format("2006")
		if item == "A09" { // falls due with each decision, not with the year
			period = iso(day)
		}
		p.add(k, item, period, day.AddDate(0, 0, d.between(3, 4)), k.standing(item, day))
	}
}

// events posts what happens once: works, talks, leases, subsidies, questions.
func (p *planner) events(k *desk) {
	for i, w := range k.worksOf() {
		p.works(k, w, i == 0 && k.v.large)
	}
	for _, t := range k.talksOf() {
		p.add(k, "C01", iso(t.day), t.day.AddDate(0, 0, 4), k.consultation(t))
		p.add(k, "C02", iso(t.done), t.done.AddDate(0, 0, 5), k.followUp(t))
	}
	if c, ok := k.relet(); ok {
		closing := workday((p.span.start + reletQuarter).first().day(12 + k.order))
		p.add(k, "E03", iso(closing), closing.AddDate(0, 0, -12), k.offer(c, closing))
		p.add(k, "E04", iso(closing), closing.AddDate(0, 0, 2), k.let(c, closing))
	}
	for y := p.span.begin().Year(); y <= p.span.today.Year(); y++ {
		p.seasonal(k, y)
	}
}

// seasonal posts what comes with the time of the year.
func (p *planner) seasonal(k *desk, y int) {
	if k.v.large || (y+k.order)%2 == 0 {
		day := workday(date(y, 6, 11+k.order))
		p.add(k, "G01", iso(day), day.AddDate(0, 0, 3), k.farmland(day))
	}
	if k.order%2 == 0 && y%2 == p.span.begin().Year()%2 {
		day := workday(date(y, 7, 20+k.order))
		p.add(k, "H05", iso(day), day.AddDate(0, 0, 4), k.relief(day))
	}
	if !k.v.large {
		return
	}
	if (y+k.order)%2 == 0 {
		day := workday(date(y, 9, 14+k.order))
		p.add(k, "G05", iso(day), day.AddDate(0, 0, 6), k.insurance(day))
	}
	day := workday(date(y, 12, 17+k.order))
	p.add(k, "K03", iso(day), day, k.appraisal(day))
	asked := workday(date(y, 4+k.order, 18))
	p.add(k, "K06", iso(asked), asked.AddDate(0, 0, 6), k.answer(asked))
}

func (p *planner) works(k *desk, w works, crops bool) {
	day := func(t time.Time, n int) time.Time { return t.AddDate(0, 0, n) }
	p.add(k, "B03", iso(w.decided), day(w.decided, 3), k.resolution(w))
	p.add(k, "F01", iso(day(w.decided, 8)), day(w.decided, 10), k.approval(w))
	p.add(k, "F02", iso(w.compared), day(w.compared, -9), k.tender(w))
	p.add(k, "F03", iso(w.compared), day(w.compared, 1), k.award(w))
	if crops {
		p.add(k, "I05", iso(day(w.begun, 6)), day(w.begun, 9), k.crops(w))
	}
	for q := monthOf(w.begun).quarter(); q <= monthOf(w.accepted).quarter(); q++ {
		if lines, _ := k.paid(w, q); len(lines) > 0 {
			p.add(k, "F04", q.period(), (q + 1).first().day(9+k.order%5), k.progress(w, q))
		}
	}
	p.add(k, "F05", iso(w.accepted), day(w.accepted, 6), k.acceptance(w))
	p.add(k, "B04", iso(day(w.accepted, 5)), day(w.accepted, 12), k.outcome(w))
}
