package web

import (
	"context"
	"errors"
	"sort"
	"strconv"

	"cunwu/service/account"
	"cunwu/service/disclosure"
)

// measure is one amount in each of the periods that are compared, this one
// first. Fen of a period of which nothing stands is nil.
type measure struct {
	Name string
	Fen  [3]*int64
}

// compareChart is a measure as bars one below the other, with the figures and
// the differences in words beside them.
type compareChart struct {
	Name string
	Bars []compareBar
}

// compareBar is one bar; Width is of 100, as SVG writes it. Change says in
// words how this period differs from the bar's, "" at the bar of this period.
type compareBar struct {
	Label  string
	Fen    int64
	Width  string
	Change string
	Now    bool
}

// compareCharts draws measures. labels name the periods. A measure that is
// nought in all periods says nothing and is left out, and so is everything
// where there is nothing to compare with.
func compareCharts(labels [3]string, measures []measure) []compareChart {
	var out []compareChart
	for _, m := range measures {
		if chart, ok := compareOf(labels, m); ok {
			out = append(out, chart)
		}
	}
	return out
}

func compareOf(labels [3]string, m measure) (compareChart, bool) {
	if m.Fen[0] == nil || m.Fen[1] == nil && m.Fen[2] == nil {
		return compareChart{}, false
	}
	most := int64(0)
	for _, f := range m.Fen {
		if f != nil {
			most = max(most, *f)
		}
	}
	chart := compareChart{Name: m.Name}
	for i, f := range m.Fen {
		if f == nil {
			continue
		}
		b := compareBar{Label: labels[i], Fen: *f, Width: widthOf(*f, most), Now: i == 0}
		if i > 0 {
			b.Change = change(*m.Fen[0], *f)
		}
		chart.Bars = append(chart.Bars, b)
	}
	return chart, most > 0
}

// widthOf gives the part of 100 that an amount is of the largest; a sliver of
// what is not nought stays visible.
func widthOf(fen, most int64) string {
	if fen <= 0 || most <= 0 {
		return "0"
	}
	return strconv.FormatFloat(max(float64(fen)/float64(most)*100, 0.5), 'f', 1, 64)
}

// change says how an amount differs from an earlier one, with the share where
// there is something to measure it by.
func change(now, then int64) string {
	if now == then {
		return "一样多"
	}
	word, by := "本期多 ", now-then
	if by < 0 {
		word, by = "本期少 ", -by
	}
	text := word + yuan(by)
	if then > 0 {
		text += "（" + strconv.FormatFloat(float64(by)/float64(then)*100, 'f', 1, 64) + "%）"
	}
	return text
}

// mostCompared is how many categories are compared besides the totals: those
// that changed most.
const mostCompared = 3

// comparedMeasures takes from a comparison what is worth a chart.
func comparedMeasures(c disclosure.Comparison) []measure {
	in, out := measure{Name: "收入"}, measure{Name: "支出"}
	for i, a := range []*disclosure.Accounts{&c.Current, c.Before, c.YearBefore} {
		if a != nil {
			in.Fen[i], out.Fen[i] = &a.IncomeFen, &a.ExpenseFen
		}
	}
	var byCategory []measure
	for _, s := range c.Categories {
		if s.Category == "" {
			continue
		}
		byCategory = append(byCategory, categoryMeasure(s))
	}
	sort.SliceStable(byCategory, func(i, j int) bool { return byCategory[i].moved() > byCategory[j].moved() })
	measures := []measure{in, out}
	for _, m := range byCategory[:min(len(byCategory), mostCompared)] {
		if m.moved() > 0 {
			measures = append(measures, m)
		}
	}
	return measures
}

// categoryMeasure is the expense of a category, or its income where it has no
// expense in any period.
func categoryMeasure(s disclosure.CategorySums) measure {
	all := []*disclosure.Sums{&s.Sums, s.Before, s.YearBefore}
	name, amount := "其中收入：", func(s *disclosure.Sums) *int64 { return &s.IncomeFen }
	for _, x := range all {
		if x != nil && x.ExpenseFen > 0 {
			name, amount = "其中支出：", func(s *disclosure.Sums) *int64 { return &s.ExpenseFen }
		}
	}
	m := measure{Name: name + s.Category}
	for i, x := range all {
		if x != nil {
			m.Fen[i] = amount(x)
		}
	}
	return m
}

// moved is how far the amount is from that of the period before, or of the year
// before where that is all there is.
func (m measure) moved() int64 {
	for _, then := range m.Fen[1:] {
		if then != nil && m.Fen[0] != nil {
			return max(*m.Fen[0]-*then, *then-*m.Fen[0])
		}
	}
	return 0
}

// comparison gives the charts of a posting against the periods before it; none
// where it has no accounts.
func (w *Web) comparison(ctx context.Context, p disclosure.Posting) ([]compareChart, error) {
	c := p.Content
	if c.IncomeFen == nil && c.ExpenseFen == nil && len(c.Lines) == 0 {
		return nil, nil
	}
	found, err := w.disclosures.Compare(ctx, account.Caller{}, p.ID)
	if errors.Is(err, disclosure.ErrNotFound) { // taken down since it was read
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	labels := [3]string{"本期（" + period(found.Period) + "）"}
	if found.Before != nil {
		labels[1] = "上期（" + period(found.Before.Period) + "）"
	}
	if found.YearBefore != nil {
		labels[2] = "去年同期（" + period(found.YearBefore.Period) + "）"
	}
	return compareCharts(labels, comparedMeasures(found)), nil
}
