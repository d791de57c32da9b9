package web

import (
	"fmt"
	"strconv"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/ranking"
	"cunwu/service/region"
)

// rankedWords say what a ranking is of, and by what.
func rankedWords(q listsQuery) (heading, lead string) {
	switch q.by {
	case ranking.ByClause:
		if q.place.Level() == region.Village {
			return "哪些村规做得好", "按上红榜的次数排，一条村规上一次榜算一次。"
		}
		return "哪些方面做得好", "各村的村规按主题合在一起，按上红榜的次数排。"
	case ranking.ByGroup:
		return "哪些小组好事多", "按每一百户上红榜的条数排，大组小组一样比。"
	case ranking.ByDeed:
	}
	return "大家最赞同的好事", "按赞同的人数排，本村认证村民一人一次，随时可以收回。"
}

var rankedNames = []struct {
	by   ranking.By
	name string
}{{ranking.ByDeed, "好事"}, {ranking.ByClause, "村规"}, {ranking.ByGroup, "小组"}}

// byTabs are the kinds of rankings, as links. Groups are compared within one
// village alone.
func (q listsQuery) byTabs() []tab {
	var out []tab
	for _, k := range rankedNames {
		if k.by == ranking.ByGroup && q.place.Level() != region.Village {
			continue
		}
		to := q
		to.by = k.by
		out = append(out, tab{Name: k.name, URL: to.url() + "#ranking", Here: k.by == q.by})
	}
	return out
}

// periodTabs are month, quarter, year and all time, and the period that is shown
// where it is none of these, and the one before it.
func (q listsQuery) periodTabs(now time.Time) []tab {
	now = now.In(calendar.China)
	labels := []struct{ label, name string }{
		{now.Format("2006-01"), "本月"},
		{fmt.Sprintf("%dQ%d", now.Year(), (int(now.Month())+2)/3), "本季度"},
		{strconv.Itoa(now.Year()), "今年"},
		{ranking.AllTime, "全部时间"},
	}
	var out []tab
	shown := false
	add := func(label, name string) {
		p, err := ranking.ParsePeriod(label, now)
		if err != nil { // before the years that are read
			return
		}
		to := q
		to.period = p
		out = append(out, tab{Name: name, URL: to.url() + "#ranking", Here: p == q.period})
		shown = shown || p == q.period
	}
	for _, l := range labels {
		add(l.label, l.name)
	}
	if !shown {
		add(q.period.Label, period(q.period.Label))
	}
	if label := periodBefore(q.period.Label); label != "" {
		add(label, "再早："+period(label))
	}
	return out
}

// periodBefore gives the period of the same length before, "" before all time.
func periodBefore(label string) string {
	if t, err := time.Parse("2006-01", label); err == nil {
		return t.AddDate(0, -1, 0).Format("2006-01")
	}
	var year, quarter int
	if n, _ := fmt.Sscanf(label, "%dQ%d", &year, &quarter); n == 2 {
		if quarter == 1 {
			return fmt.Sprintf("%dQ4", year-1)
		}
		return fmt.Sprintf("%dQ%d", year, quarter-1)
	}
	if year, err := strconv.Atoi(label); err == nil {
		return strconv.Itoa(year - 1)
	}
	return ""
}

func periodName(p ranking.Period) string {
	if p.Label == ranking.AllTime {
		return "全部时间"
	}
	return period(p.Label)
}

// rankedRowOf puts a row into words.
func rankedRowOf(r ranking.Row, q listsQuery) rankedRow {
	out := rankedRow{Rank: "第" + strconv.FormatInt(r.Rank, 10) + "名", Tied: r.Tied, Title: r.Title, Small: r.SmallSample}
	switch q.by {
	case ranking.ByDeed:
		out.URL, out.Figure = "/e/"+r.ID, strconv.FormatInt(r.Endorsements, 10)+" 人赞同"
		if r.Deed != nil && r.Deed.Region != q.place {
			out.Where = r.RegionName
		}
		out.Where += r.GroupName
	case ranking.ByClause:
		out.Figure = "上红榜 " + strconv.FormatInt(r.Entries, 10) + " 次"
	case ranking.ByGroup:
		out.Figure = fmt.Sprintf("每百户 %d.%d 条（%d 户，%d 条）", r.PerMille/10, r.PerMille%10, r.Households, r.Entries)
	}
	return out
}
