package demo

import (
	"slices"
	"time"

	"cunwu/service/disclosure"
	"cunwu/service/region"
)

// owedFrom is the day from which periods count as owed, as the rules of the
// duty clock have it.
var owedFrom = date(2026, 1, 1)

// complete reports whether this is the village that posts whatever it owes, but
// for a few honest gaps: the one to look at first.
func (k *desk) complete() bool { return k.order == 0 }

// owes reports whether the complete village owes a period that ends on a day:
// it is over, counts, and was due within the year that the list of duties shows.
func (k *desk) owes(end time.Time) bool {
	return k.complete() && !end.Before(owedFrom) && end.Before(k.span.today) && !end.Before(k.span.today.AddDate(-1, 0, 0))
}

// gap reports whether the complete village has left a period undone. ago counts
// the periods that ended after it.
func gap(item string, ago int) bool {
	switch item {
	case "J04":
		return ago == 0 || ago == 3
	case "C03":
		return ago == 4
	case "E07":
		return ago < 2
	case "C04", "E06", "H04", "H11":
		return ago == 0
	}
	return false
}

// ruling is what an officer enters about one duty of a village.
type ruling struct {
	desk   *desk
	at     time.Time
	by     string // a code without its village, or "township"
	kind   rulingKind
	item   string
	period string // the day of an event
	text   string
	until  string // of an extension
}

type rulingKind string

const (
	recordEvent rulingKind = "event"
	extend      rulingKind = "extend"
	exempt      rulingKind = "exempt"
	demand      rulingKind = "demand"
)

// never says why an item does not apply to any village of the sample.
var never = []struct{ item, reason string }{
	{"B10", "本村今年没有向村民筹资筹劳，没有收支可以公开。"},
	{"C06", "本村没有实行积分制，没有积分和兑换。"},
	{"H10", "本村没有被征地农民参加养老保障。"},
	{"J06", "水费电费由供水供电单位直接向农户收取，村里不代收。"},
}

// neverComplete is what else the complete village does not have.
var neverComplete = []struct{ item, reason string }{
	{"C09", "这个季度没有社会组织在村里开展服务项目。"},
}

// rulings lays out events, extensions and what does not apply. posted are the
// postings of the village.
func (k *desk) rulings(posted []posting) []ruling {
	var out []ruling
	out = append(out, k.exemptions()...)
	out = append(out, k.started(posted)...)
	if k.complete() {
		out = append(out, k.undone()...)
		out = append(out, k.delayed()...)
	}
	return slices.DeleteFunc(out, func(r ruling) bool {
		return r.at.Before(owedFrom) || !r.at.Before(k.span.today) || r.at.Before(k.span.begin())
	})
}

// exemptions are found in the week after the period.
func (k *desk) exemptions() []ruling {
	var out []ruling
	find := func(item, period, reason string, end time.Time) {
		if end.Before(owedFrom) || end.Before(k.span.today.AddDate(-1, 0, 0)) {
			return
		}
		d := k.dice("exempt/"+item, period)
		at := workday(end.AddDate(0, 0, d.between(3, 6))).Add(time.Duration(d.between(9*60, 16*60)) * time.Minute)
		out = append(out, ruling{desk: k, at: at, by: "township", kind: exempt, item: item, period: period, text: reason})
	}
	for q := k.span.start; q < k.span.start+quarters; q++ {
		end := q.months()[2].last()
		for _, n := range never {
			find(n.item, q.period(), n.reason, end)
		}
		if q.number() != 4 {
			find("D12", q.period(), "这个季度没有收到社会捐赠款物。", end)
		}
		if !k.invests() {
			find("E07", q.period(), "村集体没有对外投资入股。", end)
		}
		if !k.complete() {
			continue
		}
		for _, n := range neverComplete {
			find(n.item, q.period(), n.reason, end)
		}
		if !slices.Contains(k.span.blackQuarters(k.v.code), q) {
			find("C05", q.period(), "这个季度没有事情上黑榜。", end)
		}
		if !k.building(q) {
			find("F04", q.period(), "这个季度没有在建工程。", end)
		}
		for _, m := range q.months() {
			if len(k.lostDays(m)) == 0 {
				find("D09", m.period(), "这个月没有发放误工补贴。", m.last())
			}
		}
	}
	return out
}

// invests reports whether the village has a share in anything.
func (k *desk) invests() bool {
	return slices.ContainsFunc(k.v.seasons, func(s season) bool { return s.category == "投资收益" })
}

// building reports whether a builder was paid in a quarter.
func (k *desk) building(q quarter) bool {
	return slices.ContainsFunc(k.worksOf(), func(w works) bool {
		lines, _ := k.paid(w, q)
		return len(lines) > 0
	})
}

// ahead are the items that are disclosed before what they tell of.
var ahead = map[string]bool{"B02": true, "E03": true, "F02": true}

// started records, on its day, what a posting tells of: a meeting, a payment, a
// change. The complete village records all of it, others most.
func (k *desk) started(posted []posting) []ruling {
	var out []ruling
	for _, x := range posted {
		day := happened(x.period)
		if day.IsZero() || x.report || day.Before(owedFrom) || day.Before(k.span.today.AddDate(0, -11, 0)) {
			continue
		}
		if d := k.dice("event/"+x.item, x.period); !k.complete() && d.IntN(3) == 0 {
			continue
		}
		at := day
		if ahead[x.item] {
			at = x.steps[0].at.Add(-20 * time.Minute)
		}
		out = append(out, ruling{desk: k, at: at, by: "clerk", kind: recordEvent, item: x.item, period: x.period, text: x.paper.Title})
	}
	return out
}

// undone are events that nothing was posted of yet: one whose time runs, one
// that is late, one that is very late, one with more time, one demanded.
func (k *desk) undone() []ruling {
	ago := func(days, hour int) time.Time {
		return workday(k.span.today.AddDate(0, 0, -days-2)).Add(time.Duration(hour) * time.Hour)
	}
	event := func(at time.Time, item, text string) ruling {
		return ruling{desk: k, at: at, by: "clerk", kind: recordEvent, item: item, period: iso(at), text: text}
	}
	assessed := ago(19, 11)
	out := []ruling{
		event(ago(3, 10), "B08", "村民代表会议讨论村庄规划修改"),
		event(ago(18, 15), "I03", "四组18亩坡地流转给木门镇青峰林果家庭农场"),
		event(ago(57, 9), "A03", "三组组长更换，名单和分工要更新"),
		event(assessed, "E08", "请评估公司评估原卫生室，准备出租"),
		{
			desk: k, at: assessed.AddDate(0, 0, 3), by: "township", kind: extend, item: "E08", period: iso(assessed),
			text: "评估公司还没有出正式报告，等报告出来再公开。", until: iso(k.span.today.AddDate(0, 0, 16)),
		},
	}
	for i, by := range []string{"representative-2", "representative-5", "representative-9"} {
		out = append(out, ruling{desk: k, at: ago(4, 12+2*i), by: by, kind: demand, item: "C07"})
	}
	return out
}

// delayed gives the newest quarter of an item more time, before it was due.
func (k *desk) delayed() []ruling {
	q := k.span.start + quarters - 1
	if q.months()[2].last().Before(owedFrom) {
		return nil
	}
	at := (q + 1).first().day(9).Add(10 * time.Hour)
	return []ruling{{
		desk: k, at: workday(at), by: "township", kind: extend, item: "E07", period: q.period(),
		text: "核桃合作社的账还没有结完，分红数要等对账后才能公开。", until: iso((q + 1).first().day(15).AddDate(0, 0, 75)),
	}}
}

// codeOf gives the sign-in code of whoever is named short.
func (k *desk) codeOf(by string) string {
	if by == "township" {
		return "demo-township-" + string(k.v.code.At(region.Township))
	}
	for i := range by {
		if by[i] == '-' { // numbered: representative-2
			return "demo-" + by[:i] + "-" + string(k.v.code) + by[i:]
		}
	}
	return "demo-" + by + "-" + string(k.v.code)
}

// lostDays gives what was paid for lost work in a month.
func (k *desk) lostDays(m month) []entry {
	var out []entry
	for _, e := range k.l.months[m] {
		if e.category == "误工补贴" {
			out = append(out, e)
		}
	}
	return out
}

// lines that a content has, for those who ask about one.
func lineWith(c disclosure.Content, about func(disclosure.Line) bool) int {
	return slices.IndexFunc(c.Lines, about)
}
