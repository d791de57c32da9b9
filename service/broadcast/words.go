package broadcast

import (
	"strconv"
	"strings"
)

var digits = [10]string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}

// Number gives a whole number in words: 10010 is 一万零一十, 12 is 十二.
func Number(n int64) string {
	if n < 0 {
		return "负" + number(-uint64(n), true) //nolint:gosec // the absolute value of the least int64 too
	}
	return number(uint64(n), true)
}

// number writes n; at the head of a number 十二 is said, within one 一十二.
func number(n uint64, head bool) string {
	for _, u := range []struct {
		value uint64
		name  string
	}{{1e8, "亿"}, {1e4, "万"}, {1e3, "千"}, {1e2, "百"}, {10, "十"}} {
		if n < u.value {
			continue
		}
		high, rest := n/u.value, n%u.value
		text := number(high, head) + u.name
		if u.value == 10 && high == 1 && head {
			text = u.name
		}
		switch {
		case rest == 0:
			return text
		case rest < u.value/10:
			text += digits[0]
		}
		return text + number(rest, false)
	}
	return digits[n]
}

// Yuan gives an amount of 分 in words, as people say it: 1234560 is
// 一万二千三百四十五元六角.
func Yuan(fen int64) string {
	sign, n := "", uint64(fen) //nolint:gosec // negative amounts are turned just below
	if fen < 0 {
		sign, n = "负", -n
	}
	yuan, jiao, odd := n/100, n/10%10, n%10
	text := ""
	if yuan > 0 || n == 0 {
		text = number(yuan, true) + "元"
	}
	if jiao > 0 {
		text += digits[jiao] + "角"
	}
	if odd > 0 {
		if yuan > 0 && jiao == 0 {
			text += digits[0]
		}
		text += digits[odd] + "分"
	}
	return sign + text
}

// each says the digits of a text one by one, with 〇 or 零 for nought.
func each(s, nought string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '0':
			b.WriteString(nought)
		case r > '0' && r <= '9':
			b.WriteString(digits[r-'0'])
		}
	}
	return b.String()
}

// year says a year: 二〇二六.
func year(s string) string { return each(s, "〇") }

// small says a number of at most four digits, leading noughts left out.
func small(s string) string {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return each(s, digits[0])
	}
	return Number(n)
}

// mostDigits is how long a number may be to be said as one: longer ones are
// the numbers of something, and said digit by digit.
const mostDigits = 12

// decimal says a written number: 1,234.5 is 一千二百三十四点五.
func decimal(s string) string {
	whole, part, dotted := strings.Cut(strings.ReplaceAll(s, ",", ""), ".")
	if len(whole) > mostDigits {
		return each(whole, digits[0]) + tail(part, dotted)
	}
	return small(whole) + tail(part, dotted)
}

func tail(part string, dotted bool) string {
	if !dotted || part == "" {
		return ""
	}
	return "点" + each(part, digits[0])
}
