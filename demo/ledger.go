package demo

import (
	"fmt"
	"sort"
	"time"

	"cunwu/service/disclosure"
)

// entry is one line of the village's cash book.
type entry struct {
	day             time.Time
	text, category  string
	income, expense int64 // 分, one of them zero
	running         bool  // paid for by the money for running the village (运转经费)
	contract        int   // 1-based number of the contract that paid, 0 for none
	asset, payee    string
	voucher         string
	balance         int64 // after this line
}

// ledger is the cash book of a village: what every money posting is made from,
// so that months, quarters and contracts agree with each other.
type ledger struct {
	first  month
	months map[month][]entry
	open   map[month]int64 // balance on the first day
}

// keepLedger writes the cash book from the beginning of the year before the
// span, so that yearly accounts are whole, to the end of the span.
func keepLedger(seed uint64, v profile, s span) ledger {
	l := ledger{first: monthOf(date(s.begin().Year()-1, 1, 1)), months: map[month][]entry{}, open: map[month]int64{}}
	balance := v.opening
	for m := l.first; m <= monthOf(s.today); m++ {
		d := newDice(seed, "ledger", string(v.code), m.period())
		lines := append(incomes(d, v, s, m), expenses(d, v, m)...)
		sort.SliceStable(lines, func(i, j int) bool { return lines[i].day.Before(lines[j].day) })
		l.open[m] = balance
		for i := range lines {
			balance += lines[i].income - lines[i].expense
			lines[i].balance = balance
			lines[i].voucher = fmt.Sprintf("记-%d-%02d", m.number(), i+1)
		}
		l.months[m] = lines
	}
	return l
}

func incomes(d dice, v profile, s span, m month) []entry {
	var out []entry
	add := func(day int, text, category string, fen int64) {
		out = append(out, entry{day: m.day(day), text: text, category: category, income: fen})
	}
	if m.number()%3 == 1 {
		add(d.between(8, 16), "镇财政所拨"+m.quarter().title()+"运转经费", "财政补助", yuan(runningMoney(v)))
		out[0].running = true
	}
	for i, c := range v.contracts {
		if has(c.months, m.number()) {
			add(d.between(5, 24), fmt.Sprintf("收%s租金（合同%s）", c.what, c.no), "租金收入", c.payment(s, m))
			last := &out[len(out)-1]
			last.contract, last.asset, last.payee = i+1, c.what, c.tenant
		}
	}
	for _, e := range v.seasons {
		if has(e.months, m.number()) {
			add(d.between(10, 26), e.text, e.category, yuan(d.between(e.low, e.high)/10*10))
		}
	}
	if m.number()%3 == 0 {
		add(21, "银行账户结息", "利息收入", int64(d.between(2600, 6900)))
	}
	if m.number() == 10 || m.number() == 1 && d.IntN(2) == 0 {
		add(d.between(2, 9), "在外乡友捐款，用于老年人活动", "捐赠收入", yuan(d.between(8, 32)*100))
	}
	return out
}

// runningMoney is the money for running the village in one quarter, 元.
func runningMoney(v profile) int {
	if v.people > 1500 {
		return 9000
	}
	return 7500
}

// payment is one instalment of the rent. A contract that is let anew pays the
// new rent from the fourth quarter of the span on.
func (c contract) payment(s span, m month) int64 {
	yearly := c.yearly
	if c.relet && m.quarter() < s.start+reletQuarter {
		yearly = c.before
	}
	return yuan(yearly / len(c.months))
}

// reletQuarter is the quarter of the span in which old leases end.
const reletQuarter = 3

// cost is an expense that comes back in certain months (none: every month).
type cost struct {
	months         []int
	text, category string
	low, high      int // 元
	chance         int // of ten
	running        bool
	payee          string // after the name of the township; "" where people are paid
}

var costs = []cost{
	{nil, "便民服务中心水电网费", "水电网费", 420, 760, 10, true, "便民水电代缴点"},
	{nil, "办公用品、打印复印费", "办公费", 180, 640, 7, true, "文汇办公用品店"},
	{[]int{1, 4, 7, 10}, "党报党刊和农家书屋订阅费", "办公费", 560, 980, 8, true, "邮政所"},
	{[]int{3, 6, 9, 12}, "村民代表会议误工补贴", "误工补贴", 900, 1800, 9, true, ""},
	{[]int{2, 4, 8, 11}, "垃圾清运车油料和维修", "环境卫生", 680, 1560, 8, false, "顺达汽修厂"},
	{[]int{3, 4}, "春灌前渠道清淤人工", "设施维修", 2400, 5200, 8, false, ""},
	{[]int{2, 3, 4}, "森林防火巡护人员补贴", "防汛防火", 1200, 2600, 9, false, ""},
	{[]int{5}, "购买防汛沙袋、雨衣、手电", "防汛防火", 1600, 3400, 10, false, "安宁劳保用品店"},
	{[]int{6, 7, 8}, "汛期值守人员误工补贴", "误工补贴", 1500, 3000, 9, false, ""},
	{[]int{7, 8, 9}, "清理道路塌方，租挖机", "设施维修", 1800, 6200, 6, false, "恒力机械租赁部"},
	{[]int{8}, "抗旱抽水电费和柴油", "设施维修", 900, 2800, 7, false, ""},
	{[]int{6}, "六一儿童活动文具", "公益活动", 800, 1600, 7, false, "文汇办公用品店"},
	{[]int{10}, "重阳节老年人活动", "公益活动", 3200, 5800, 10, false, ""},
	{[]int{1}, "春节慰问困难户和老党员", "节日慰问", 4200, 7800, 10, false, ""},
	{[]int{5, 9, 12}, "饮水管道维修材料和人工", "设施维修", 620, 2100, 7, false, "清泉水暖材料店"},
	{[]int{1, 5, 10}, "更换路灯灯头、控制器", "设施维修", 540, 1700, 6, false, "明亮灯具经营部"},
	{[]int{9, 10}, "秸秆禁烧宣传和巡查补贴", "防汛防火", 700, 1500, 7, false, ""},
	{[]int{11, 12}, "人居环境整治用工和运费", "环境卫生", 1900, 4600, 8, false, ""},
	{[]int{4, 11}, "公开栏换新和宣传栏喷绘", "办公费", 360, 900, 6, true, "彩虹广告制作部"},
}

// lampText is the line of the electricity that street lamps use.
const lampText = "路灯电费（%d盏）"

func expenses(d dice, v profile, m month) []entry {
	var out []entry
	add := func(day int, text, category string, fen int64, running bool) *entry {
		out = append(out, entry{day: m.day(day), text: text, category: category, expense: fen, running: running})
		return &out[len(out)-1]
	}
	last := m.last().Day()
	add(last-d.IntN(3), fmt.Sprintf("%d名保洁员%d月劳务费", v.cleaners, m.number()), "环境卫生", yuan(v.cleaners*650), false)
	lamps := add(d.between(18, 25), fmt.Sprintf(lampText, v.lamps), "水电网费", int64(v.lamps*d.between(520, 760)), false)
	lamps.asset, lamps.payee = fmt.Sprintf("村道路灯%d盏", v.lamps), v.township+"供电服务站"
	for _, c := range costs {
		if (c.months == nil || has(c.months, m.number())) && d.IntN(10) < c.chance {
			paid := add(d.between(3, 27), c.text, c.category, yuan(d.between(c.low, c.high)*v.costs/1000*10), c.running)
			if c.payee != "" {
				paid.payee = v.township + c.payee
			}
		}
	}
	if m.number()%3 == 0 {
		add(d.between(20, 26), fmt.Sprintf("%d名组长三个月误工补贴", v.groups), "误工补贴", yuan(v.groups*600), true)
	}
	if m.number() == 1 {
		add(d.between(15, 20), fmt.Sprintf("%d年度集体收益分红，%d户", m.year()-1, v.households), "收益分配", v.dividend(), false)
	}
	return out
}

// dividend is what the village pays out of its income each January: the same
// for every household.
func (v profile) dividend() int64 { return yuan(v.households * v.share) }

func (l ledger) sums(ms ...month) (income, expense int64) {
	for _, m := range ms {
		for _, e := range l.months[m] {
			income += e.income
			expense += e.expense
		}
	}
	return income, expense
}

func (l ledger) closing(m month) int64 { return l.open[m+1] }

// lines renders a month as the lines of a posting.
func (l ledger) lines(m month, handler, reviewer string) []disclosure.Line {
	out := make([]disclosure.Line, 0, len(l.months[m]))
	for _, e := range l.months[m] {
		balance := e.balance
		out = append(out, disclosure.Line{
			Date: iso(e.day), Voucher: e.voucher, Summary: e.text, Category: e.category,
			IncomeFen: e.income, ExpenseFen: e.expense, BalanceFen: &balance, Handler: handler, Reviewer: reviewer,
			Asset: e.asset, Payee: e.payee,
		})
	}
	return out
}

// group is the sum of all entries of one category.
type group struct {
	category string
	texts    []string
	count    int
	fen      int64
}

// side is one side of the cash book.
type side int

const (
	incomeSide side = iota
	expenseSide
)

// on gives the amount of an entry on a side, 0 if it stands on the other.
func (e entry) on(s side) int64 {
	if s == incomeSide {
		return e.income
	}
	return e.expense
}

// grouped sums the entries of a side by category, the largest first; keep
// leaves out entries and may be nil.
func (l ledger) grouped(s side, keep func(entry) bool, ms ...month) []group {
	at := map[string]int{}
	var out []group
	for _, m := range ms {
		for _, e := range l.months[m] {
			if e.on(s) == 0 || keep != nil && !keep(e) {
				continue
			}
			i, ok := at[e.category]
			if !ok {
				i = len(out)
				at[e.category] = i
				out = append(out, group{category: e.category})
			}
			g := &out[i]
			g.count++
			g.fen += e.on(s)
			g.texts = append(g.texts, e.text)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].fen > out[j].fen })
	return out
}

func has(list []int, n int) bool {
	for _, v := range list {
		if v == n {
			return true
		}
	}
	return false
}
