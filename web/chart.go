package web

import (
	"sort"
	"strconv"

	"cunwu/service/disclosure"
)

// bar is one bar of a chart: the figure is beside it as text, so the bar itself
// is for the eye alone. Width is of 100, as SVG writes it.
type bar struct {
	Label   string
	Fen     int64
	Percent string
	Width   string
}

// chart is where money went, or where it came from.
type chart struct {
	Title string
	Total int64
	Bars  []bar
}

const (
	mostBars  = 8
	otherName = "其他"
)

// charts adds up the lines by category: expenses first, then income. A chart
// of a single category says nothing and is left out.
func charts(lines []disclosure.Line) []chart {
	var out []chart
	for _, c := range []struct {
		title  string
		amount func(disclosure.Line) int64
	}{
		{"钱花到哪里了", func(l disclosure.Line) int64 { return l.ExpenseFen }},
		{"钱从哪里来", func(l disclosure.Line) int64 { return l.IncomeFen }},
	} {
		if made := chartOf(c.title, lines, c.amount); len(made.Bars) > 1 {
			out = append(out, made)
		}
	}
	return out
}

func chartOf(title string, lines []disclosure.Line, amount func(disclosure.Line) int64) chart {
	sums := map[string]int64{}
	out := chart{Title: title}
	for _, l := range lines {
		fen := amount(l)
		if fen <= 0 {
			continue
		}
		name := l.Category
		if name == "" {
			name = otherName
		}
		sums[name] += fen
		out.Total += fen
	}
	for name, fen := range sums {
		out.Bars = append(out.Bars, bar{Label: name, Fen: fen})
	}
	sort.Slice(out.Bars, func(i, j int) bool {
		a, b := out.Bars[i], out.Bars[j]
		if a.Fen != b.Fen {
			return a.Fen > b.Fen
		}
		return a.Label < b.Label
	})
	out.Bars = folded(out.Bars)
	for i := range out.Bars {
		b := &out.Bars[i]
		share := float64(b.Fen) / float64(out.Total) * 100
		b.Percent = strconv.FormatFloat(share, 'f', 1, 64) + "%"
		b.Width = strconv.FormatFloat(max(share, 0.5), 'f', 1, 64) // a sliver stays visible
	}
	return out
}

// folded puts what does not fit into one last bar.
func folded(bars []bar) []bar {
	if len(bars) <= mostBars {
		return bars
	}
	rest := bar{Label: "其余 " + strconv.Itoa(len(bars)-mostBars+1) + " 类"}
	for _, b := range bars[mostBars-1:] {
		rest.Fen += b.Fen
	}
	return append(bars[:mostBars-1:mostBars-1], rest)
}

// total is one stated sum.
type total struct {
	Name string
	Fen  int64
}

// totalsOf names the sums worth telling: a bill for a bridge has no income, and
// saying that it is nought would only make people wonder.
func totalsOf(income, expense *int64) []total {
	var in, out int64
	if income != nil {
		in = *income
	}
	if expense != nil {
		out = *expense
	}
	switch {
	case income == nil && expense == nil:
		return nil
	case in == 0 && out == 0:
		return []total{{"收入", 0}, {"支出", 0}}
	case in == 0:
		return []total{{"支出", out}}
	case out == 0:
		return []total{{"收入", in}}
	}
	return []total{{"收入", in}, {"支出", out}}
}

// withRest adds what is left, or what was spent beyond.
func withRest(ts []total) []total {
	if len(ts) != 2 {
		return ts
	}
	rest := ts[0].Fen - ts[1].Fen
	if rest < 0 {
		return append(ts, total{"支出比收入多", -rest})
	}
	return append(ts, total{"收支相抵后结余", rest})
}
