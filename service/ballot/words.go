package ballot

import (
	"fmt"
	"strings"
)

// words says in one sentence what was counted and why it passed or did not.
func (d Definition) words(r Result) string {
	unit := "人"
	if d.Electorate == Households {
		unit = "户"
	}
	parts := []string{fmt.Sprintf("应到 %d %s，实到 %d %s", r.Roll, unit, r.Cast, unit)}
	if d.Quorum.Den != 0 {
		verb := "不足"
		if r.QuorumMet {
			verb = "满足"
		}
		parts[0] += "，" + verb + d.Quorum.told()
	}
	if r.Mismatch() {
		parts = append(parts, fmt.Sprintf("注意：名册上记为投过的有 %d %s，计到的票有 %d 张，两者不符", r.Marked, unit, r.Cast))
	}
	if !r.QuorumMet {
		return strings.Join(append(parts, "人数不够，表决无效"), "；") + "。"
	}
	parts = append(parts, d.tally(r))
	switch {
	case d.Pass.Den == 0:
		parts = append(parts, "本次只征求意见，不作决定")
	case r.Passed:
		parts = append(parts, d.passed(r, unit))
	default:
		parts = append(parts, d.fell(r, unit))
	}
	return strings.Join(parts, "；") + "。"
}

// tally lists the counts by the words of the options.
func (d Definition) tally(r Result) string {
	var out []string
	for _, o := range d.Options {
		if d.Kind != Score {
			out = append(out, fmt.Sprintf("%s %d", o.Label, r.Counts[o.ID]))
			continue
		}
		sum := 0
		for n := LeastScore; n <= MostScore; n++ {
			sum += n * r.Counts[fmt.Sprintf("%s:%d", o.ID, n)]
		}
		out = append(out, fmt.Sprintf("%s共得 %d 分", o.Label, sum))
	}
	return strings.Join(out, "，")
}

func (d Definition) whole() string {
	if d.Pass.Of == OfRoll {
		return "应到"
	}
	return "到会"
}

func (d Definition) passed(r Result, unit string) string {
	need := d.whole() + unitWord(unit) + d.Pass.part()
	switch d.Kind {
	case YesNo:
		return fmt.Sprintf("赞成%s%s，通过", reach(d.Pass), need)
	case Satisfied:
		return fmt.Sprintf("满意和基本满意%s%s，通过", reach(d.Pass), need)
	case ChooseOne, ChooseFew, Score:
	}
	var names []string
	for _, id := range r.Winners {
		names = append(names, "“"+d.label(id)+"”")
	}
	return fmt.Sprintf("%s%s%s，通过", strings.Join(names, "、"), reach(d.Pass), need)
}

func (d Definition) fell(r Result, unit string) string {
	need := d.whole() + unitWord(unit) + d.Pass.part()
	switch {
	case d.Kind == YesNo && r.Counts[Yes] == r.Counts[No] && d.Pass.Met(r.Counts[Yes], d.basis(r)):
		return "赞成与反对票数相同，不通过"
	case d.Kind == YesNo:
		return fmt.Sprintf("赞成没有%s%s，不通过", reach(d.Pass), need)
	case d.Kind == Satisfied:
		return fmt.Sprintf("满意和基本满意没有%s%s，不通过", reach(d.Pass), need)
	}
	return fmt.Sprintf("没有一项单独%s%s，不通过", reach(d.Pass), need)
}

func unitWord(unit string) string {
	if unit == "户" {
		return "户数"
	}
	return "人员"
}

func reach(s Share) string {
	if s.Strict {
		return "超过"
	}
	return "达到"
}

func (d Definition) label(id string) string {
	for _, o := range d.Options {
		if o.ID == id {
			return o.Label
		}
	}
	return id
}

// part says a share without the words that make it strict or not.
func (s Share) part() string {
	if s.Num == 1 && s.Den == 2 {
		return "半数"
	}
	if s.Num == s.Den {
		return "全部"
	}
	return hanzi(s.Den) + "分之" + hanzi(s.Num)
}

// told says a quorum as people do: 三分之二以上, 过半数.
func (s Share) told() string {
	switch {
	case s.Strict && s.Num == 1 && s.Den == 2:
		return "过半数"
	case s.Strict:
		return "超过" + s.part()
	}
	return s.part() + "以上"
}

// hanzi writes a number up to 99 in Chinese figures; above, in digits.
func hanzi(n int) string {
	const figures = "零一二三四五六七八九"
	one := func(d int) string { return string([]rune(figures)[d]) }
	switch {
	case n < 0 || n > 99:
		return fmt.Sprint(n)
	case n < 10:
		return one(n)
	case n < 20 && n%10 == 0:
		return "十"
	case n < 20:
		return "十" + one(n%10)
	case n%10 == 0:
		return one(n/10) + "十"
	}
	return one(n/10) + "十" + one(n%10)
}
