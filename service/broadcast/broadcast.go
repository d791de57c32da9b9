// Package broadcast writes what is read out over the village loudspeaker: a
// posting in plain spoken Chinese, numbers in words, short enough to be heard
// to the end.
//
// Invariants: it is made of what the posting shows and of nothing else, and of
// no name of a person but those that stand in its public words; it is never
// longer than Most characters, whatever the posting; it is whole sentences;
// there is no figure in it.
package broadcast

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"cunwu/service/calendar"
	"cunwu/service/disclosure"
)

// Technical estimate, no legal number: a village announcer reads some 240
// characters a minute, slower than the news (about 300), and people listen
// for two minutes.
const (
	PerMinute = 240
	Minutes   = 2
	Most      = PerMinute * Minutes
)

// Length is how many characters of a script are counted: all but line ends.
func Length(script string) int {
	return utf8.RuneCountInString(script) - strings.Count(script, "\n")
}

// Seconds is how long it takes to read a script, rounded up.
func Seconds(script string) int { return (Length(script)*60 + PerMinute - 1) / PerMinute }

// sentence is a part of a script. Rank 0 is always there; the others come as
// room allows, lowest rank first. place is where it stands.
type sentence struct {
	rank, place int
	text        string
}

// Ranks of what is left out when there is no room, and places in the script.
const (
	always = iota
	marked
	figures
	summed
	largest
	posted
)

const (
	atGreeting = iota
	atWhat
	atMark
	atSummary
	atFigures
	atLargest
	atPosted
	atWhere
	atClosing
)

// Script writes the script of a posting, a paragraph a line. Give it the
// posting as a stranger sees it: what a loudspeaker says, everybody hears.
func Script(p disclosure.Posting) string {
	ss := []sentence{
		{always, atGreeting, "各位村民，大家好！" + "现在播送" + short(p.RegionName, "本村") + "村务公开。"},
		{always, atWhere, where(p)},
		{always, atClosing, "播送完了，没听清的过后还会再播一遍，谢谢大家。"},
	}
	switch p.State {
	case disclosure.Withdrawn:
		ss = append(ss, withdrawn(p)...)
	case disclosure.Expired:
		ss = append(ss, sentence{always, atWhat, subject(p) + "公示期已满，依法不再公布名单内容。"})
	case disclosure.Draft, disclosure.InReview, disclosure.Reviewed, disclosure.Confirmed, disclosure.Published, disclosure.Archived:
		ss = append(ss, standing(p)...)
	}
	return fill(ss)
}

// fill takes sentences by rank while there is room and puts them in order.
func fill(ss []sentence) string {
	sort.SliceStable(ss, func(i, j int) bool { return ss[i].rank < ss[j].rank })
	used, closed := 0, -1
	var taken []sentence
	for _, s := range ss {
		n := Length(s.text)
		if s.text == "" || s.rank == closed {
			continue
		}
		if used+n > Most {
			closed = s.rank // what follows in the same matter would hang in the air
			continue
		}
		used += n
		taken = append(taken, s)
	}
	sort.SliceStable(taken, func(i, j int) bool { return taken[i].place < taken[j].place })
	var b strings.Builder
	for i, s := range taken {
		if i > 0 && s.place != taken[i-1].place {
			b.WriteByte('\n')
		}
		b.WriteString(s.text)
	}
	return b.String()
}

func standing(p disclosure.Posting) []sentence {
	what := subject(p) + "已经公开。"
	if !p.PublishedAt.IsZero() {
		what = subject(p) + "已于" + Day(p.PublishedAt.In(calendar.China)) + "公开。"
	}
	ss := []sentence{
		{always, atWhat, what},
		{figures, atFigures, totals(p.Content.IncomeFen, p.Content.ExpenseFen)},
		{largest, atLargest, spent(p.Content.Lines)},
		{posted, atPosted, hangs(p)},
	}
	if p.Version > 1 {
		ss = append(ss, sentence{marked, atMark, "这是更正后的第" + Number(int64(p.Version)) + "版，以这一版为准。"})
	}
	if p.Late {
		ss = append(ss, sentence{marked, atMark, "这次公开晚于规定时间，属于补录。"})
	}
	for _, s := range sentences(p.Content.Summary) {
		ss = append(ss, sentence{summed, atSummary, s})
	}
	return ss
}

func withdrawn(p disclosure.Posting) []sentence {
	ss := []sentence{{always, atWhat, subject(p) + "已经撤回，正在更正，更正以后会重新公开。"}}
	for i, s := range sentences(p.Reason) {
		if i == 0 {
			s = "撤回的原因是：" + s
		}
		ss = append(ss, sentence{summed, atSummary, s})
	}
	return ss
}

// where says where to see it and whom to ask.
func where(p disclosure.Posting) string {
	see := "详细内容贴在村务公开栏，也可以用手机扫栏上的二维码看。"
	if p.State == disclosure.Withdrawn || p.State == disclosure.Expired {
		see = "情况说明贴在村务公开栏。"
	}
	return see + "有疑问先问村务监督委员会，也可以向乡镇反映。"
}

// subject names the matter: 二〇二六年第三季度财务收支明细.
func subject(p disclosure.Posting) string {
	return short(Period(p.Period), "") + short(Speak(plainText(p.ItemName)), "本期村务")
}

// longest is the longest name that is said; only what is broken is longer.
const longest = 40

// short gives a name, or something else where it is empty or absurdly long.
func short(name, otherwise string) string {
	name = Speak(plainText(name))
	if name == "" || utf8.RuneCountInString(name) > longest {
		return otherwise
	}
	return name
}

func totals(income, expense *int64) string {
	var in, out int64
	if income != nil {
		in = *income
	}
	if expense != nil {
		out = *expense
	}
	switch {
	case income == nil && expense == nil:
		return ""
	case in == 0 && out == 0:
		return "这一期没有收入，也没有支出。"
	case in == 0:
		return "支出合计" + Yuan(out) + "。"
	case out == 0:
		return "收入合计" + Yuan(in) + "。"
	case in >= out:
		return "收入合计" + Yuan(in) + "，支出合计" + Yuan(out) + "，收支相抵后结余" + Yuan(in-out) + "。"
	}
	return "收入合计" + Yuan(in) + "，支出合计" + Yuan(out) + "，支出比收入多" + Yuan(out-in) + "。"
}

// mostNamed is how many expenses are named, and longestLine the longest text of
// one: the largest are told so that nobody has to ask.
const (
	mostNamed   = 3
	longestLine = 40
)

func spent(lines []disclosure.Line) string {
	var out []disclosure.Line
	for _, l := range lines {
		if l.ExpenseFen > 0 {
			out = append(out, l)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].ExpenseFen > out[j].ExpenseFen })
	out = out[:min(len(out), mostNamed)]
	if len(out) == 0 {
		return ""
	}
	told := make([]string, len(out))
	for i, l := range out {
		told[i] = called(l) + "，" + Yuan(l.ExpenseFen)
	}
	if len(told) == 1 {
		return "最大的一笔支出是" + told[0] + "。"
	}
	count := digits[len(told)]
	if len(told) == 2 {
		count = "两"
	}
	for i := range told {
		told[i] = "第" + digits[i+1] + "笔，" + told[i]
	}
	return "最大的" + count + "笔支出是：" + strings.Join(told, "；") + "。"
}

// called names a line in a few words: its own, else its category.
func called(l disclosure.Line) string {
	for _, s := range []string{l.Summary, l.Category} {
		s = strings.Trim(Speak(plainText(s)), "。！？!?；;，, ")
		if s != "" && utf8.RuneCountInString(s) <= longestLine {
			return s
		}
	}
	return "一项支出"
}

func hangs(p disclosure.Posting) string {
	if p.PostedFrom.IsZero() || p.PostedUntil.IsZero() {
		return ""
	}
	return "公示期从" + Day(p.PostedFrom.In(calendar.China)) + "到" + Day(p.PostedUntil.In(calendar.China)) + "。"
}

// sentences splits a text at its stops, each sentence spoken and closed.
func sentences(text string) []string {
	var out []string
	var b strings.Builder
	end := func(stop string) {
		if s := strings.Trim(Speak(plainText(b.String())), "，,、；; "); s != "" {
			out = append(out, s+stop)
		}
		b.Reset()
	}
	for _, r := range text {
		switch r {
		case '。', '；', ';', '\n':
			end("。")
		case '！', '!':
			end("！")
		case '？', '?':
			end("？")
		default:
			b.WriteRune(r)
		}
	}
	end("。")
	return out
}

// plainText drops what is not said: line ends, marks of layout, pictures.
func plainText(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.So, r), strings.ContainsRune("#_`<>|^", r), r == utf8.RuneError:
			return -1
		}
		return r
	}, s))
}
