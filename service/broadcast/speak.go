package broadcast

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// written finds what is written with digits, longest meaning first: dates,
// periods, amounts, shares, times, ranges, then any number.
var written = regexp.MustCompile(strings.Join([]string{
	`(?P<day>(?:19|20)\d\d-\d\d-\d\d)`,
	`(?P<period>(?:19|20)\d\d(?:Q[1-4]|H[12]|-(?:0[1-9]|1[0-2])))`,
	`(?P<year>\d{4})年`,
	`(?P<minus>-?)[¥￥] ?(?P<sign>` + plainNumber + `)(?P<unit>[万亿]?)元?`,
	`(?P<yuan>` + plainNumber + `)元`,
	`(?P<share>` + plainNumber + `)[%％]`,
	`(?P<hour>[0-2]?\d)[:：](?P<minute>[0-5]\d)`,
	`(?P<dial>\d+-\d{5,})`,
	`(?P<from>\d{1,4})[-~～](?P<to>\d{1,4})`,
	`(?P<any>` + plainNumber + `)`,
}, "|"))

const plainNumber = `(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?`

var names = written.SubexpNames()

// Speak turns a written text into one that can be read aloud by anybody: every
// number is in words, masked names have 某, and no sign is left that has no
// sound.
func Speak(text string) string {
	text = strings.Map(halfWidth, text)
	text = masks.ReplaceAllString(text, "某")
	var b strings.Builder
	rest := 0
	for _, m := range written.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[rest:m[0]])
		said := map[string]string{}
		for i, name := range names {
			if name != "" && m[2*i] >= 0 {
				said[name] = text[m[2*i]:m[2*i+1]]
			}
		}
		b.WriteString(say(said, text[:m[0]], text[m[1]:]))
		rest = m[1]
	}
	b.WriteString(text[rest:])
	return strings.NewReplacer("¥", "", "￥", "", "℃", "摄氏度", "㎡", "平方米").Replace(b.String())
}

var masks = regexp.MustCompile(`[*＊×]+`)

func halfWidth(r rune) rune {
	if r >= '０' && r <= '９' {
		return r - '０' + '0'
	}
	return r
}

// say words one find, between the texts that stand before and after it.
func say(found map[string]string, before, after string) string {
	has := func(name string) bool { _, ok := found[name]; return ok }
	switch {
	case has("day"):
		return day(found["day"])
	case has("period"):
		return Period(found["period"])
	case has("year"):
		return year(found["year"]) + "年"
	case has("sign"):
		return negative(found["minus"]) + amount(found["sign"], found["unit"])
	case has("yuan"):
		return amount(found["yuan"], "")
	case has("share"):
		return "百分之" + decimal(found["share"])
	case has("hour"):
		return clock(found["hour"], found["minute"])
	case has("dial"):
		return each(found["dial"], digits[0])
	case has("from"):
		return span(found["from"], found["to"])
	}
	return plain(found["any"], before, after)
}

func negative(minus string) string {
	if minus != "" {
		return "负"
	}
	return ""
}

// amount says a number of 元: to the 分 where it is written so.
func amount(s, unit string) string {
	whole, part, _ := strings.Cut(strings.ReplaceAll(s, ",", ""), ".")
	if unit != "" || len(part) > 2 || len(whole) > mostDigits {
		return decimal(s) + unit + "元"
	}
	fen, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	if err != nil {
		return decimal(s) + "元"
	}
	return Yuan(fen)
}

func clock(hour, minute string) string {
	if minute == "00" {
		return small(hour) + "点"
	}
	if minute[0] == '0' {
		return small(hour) + "点" + each(minute, digits[0]) + "分"
	}
	return small(hour) + "点" + small(minute) + "分"
}

// span says from one number to another; two numbers of four digits that are
// years are said as years.
func span(from, to string) string {
	if aYear.MatchString(from) && aYear.MatchString(to) {
		return year(from) + "至" + year(to)
	}
	return small(from) + "至" + small(to)
}

var aYear = regexp.MustCompile(`^(?:19|20)\d\d$`)

// plain says a number of which nothing more is known. Telephone numbers and
// numbers of papers are said digit by digit.
func plain(s, before, after string) string {
	bare := !strings.ContainsAny(s, ".,")
	if next, _ := utf8.DecodeRuneInString(after); s == "2" && !strings.HasSuffix(before, "第") && strings.ContainsRune(counted, next) {
		return "两"
	}
	if bare && (len(s) >= 7 || len(s) > 1 && s[0] == '0' || dialled(before)) {
		return each(s, digits[0])
	}
	return decimal(s)
}

// counted are words of measure before which 两 is said, not 二.
const counted = "户人个名次笔处盏台条套间辆头只棵块座口"

func dialled(before string) bool {
	before = strings.TrimRight(before, " ：:")
	for _, w := range []string{"拨打", "热线", "电话"} {
		if strings.HasSuffix(before, w) {
			return true
		}
	}
	return false
}

// day says 2006-01-02 as 二〇〇六年一月二日, digit by digit where it is no date.
func day(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return each(s, digits[0])
	}
	return Day(t)
}

// Day says the date of a moment in its own zone: 二〇二六年九月三日.
func Day(t time.Time) string {
	return year(strconv.Itoa(t.Year())) + "年" + Number(int64(t.Month())) + "月" + Number(int64(t.Day())) + "日"
}

var parts = map[string]string{"Q1": "第一季度", "Q2": "第二季度", "Q3": "第三季度", "Q4": "第四季度", "H1": "上半年", "H2": "下半年"}

// Period says 2026Q3, 2026H1, 2026-09, 2026 or a date.
func Period(s string) string {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return Day(t)
	}
	if t, err := time.Parse("2006-01", s); err == nil {
		return year(s[:4]) + "年" + Number(int64(t.Month())) + "月"
	}
	if len(s) >= 4 && strings.Trim(s[:4], "0123456789") == "" {
		if part, ok := parts[s[4:]]; ok || len(s) == 4 {
			return year(s[:4]) + "年" + part
		}
	}
	return each(s, digits[0])
}
