package demo

import (
	"slices"
	"strconv"
	"time"

	"cunwu/service/region"
)

// recorded has the text of a posting made by the service from its records; the
// title is the one that it gives.
func (p *planner) recorded(x *posting, title string) {
	if x == nil {
		return
	}
	x.report = true
	x.paper.Title = title
	for i := range x.steps {
		if x.steps[i].action == actApprove {
			x.steps[i].fields = map[string]string{"opinion": "和系统里的记录一致，同意公布。"}
		}
	}
}

// quarterly4 is the title of the red list of a quarter, quarterly5 that of the
// black one.
func quarterly4(q quarter) string { return titleOf(q) + "红榜" }
func quarterly5(q quarter) string { return titleOf(q) + "黑榜" }

func titleOf(q quarter) string {
	return strconv.Itoa(q.year()) + "年第" + strconv.Itoa(q.number()) + "季度"
}

// redKept is how many days back the red list of the complete village goes, less
// what a long notice takes.
const redKept = 355

// redRecorded reports whether a quarter's red list is made from the records.
func (s span) redRecorded(k *desk, q quarter) bool {
	return k.complete() && !q.first().day(1).Before(s.today.AddDate(0, 0, -redKept))
}

// fromRecords lays out what services made from their records besides what all
// villages post: black lists of quarters, the bodies of a year.
func (p *planner) fromRecords(k *desk) {
	for _, q := range p.span.blackQuarters(k.v.code) {
		on := (q + 1).first().day(11)
		x := p.add(k, "C05", q.period(), on, paper{})
		p.recorded(x, quarterly5(q))
	}
	if k.v.code == liushu {
		on := p.span.today.AddDate(0, 0, -40)
		year := strconv.Itoa(on.Year() - 1)
		p.recorded(p.add(k, "C07", year, on, paper{}), year+"年自治组织情况")
	}
}

// blackQuarters gives the quarters that are over in which something of a village
// was put on the black list, or may have been.
func (s span) blackQuarters(village region.Code) []quarter {
	var out []quarter
	for _, l := range s.lapses() {
		if l.village != village || l.end != "list" {
			continue
		}
		for _, after := range blackTries {
			if q := monthOf(s.on(l.notice-after, 0, 0)).quarter(); q < monthOf(s.today).quarter() {
				out = append(out, q)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// toldQuarter is the newest quarter whose lists are sure to be out: it has been
// over for some weeks.
func (s span) toldQuarter() quarter {
	q := monthOf(s.today).quarter() - 1
	if s.today.Sub((q + 1).first().day(1)) < 20*24*time.Hour {
		q--
	}
	return q
}

// midway is how many days ago the middle of that quarter was.
func (s span) midway() int {
	return int(s.today.Sub(s.toldQuarter().first().day(15)).Hours()/24) - 30
}
