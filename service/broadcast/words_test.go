package broadcast_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cunwu/service/broadcast"
)

// read turns words back into a number, by another way than they were made: it
// adds up from the left, and knows nothing of where 零 must stand.
func read(words string) (n uint64, negative bool) {
	var section, digit uint64
	values := map[rune]uint64{'零': 0, '一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}
	units := map[rune]uint64{'十': 10, '百': 100, '千': 1000}
	var wan uint64
	for _, r := range words {
		if v, ok := values[r]; ok {
			digit = v
			continue
		}
		if u, ok := units[r]; ok {
			section += max(digit, 1) * u
			digit = 0
			continue
		}
		switch r {
		case '负':
			negative = true
		case '万':
			wan += (section + digit) * 1e4
			section, digit = 0, 0
		case '亿':
			n = (n + wan + section + digit) * 1e8
			wan, section, digit = 0, 0, 0
		default:
			panic("not a numeral: " + words)
		}
	}
	return n + wan + section + digit, negative
}

func TestNumber_ReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Int64(), rapid.Int64Range(0, 200_000), rapid.Just(int64(math.MinInt64))).Draw(t, "n")
		words := broadcast.Number(n)
		got, negative := read(words)
		if want := uint64(n); negative && -got != want || !negative && got != want { //nolint:gosec // compared as bits
			t.Fatalf("%d is said %s, which is %d", n, words, got)
		}
		if strings.Contains(words, "零零") || words != "零" && strings.HasSuffix(words, "零") {
			t.Fatalf("%d is said %s", n, words)
		}
	})
}

func TestYuan_ReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fen := rapid.OneOf(rapid.Int64Range(0, 1_000_000), rapid.Int64Range(0, 1e15), rapid.Int64Range(-1e15, 0)).Draw(t, "fen")
		words, negative := strings.CutPrefix(broadcast.Yuan(fen), "负")
		var sum uint64
		if yuan, rest, ok := strings.Cut(words, "元"); ok {
			n, _ := read(yuan)
			sum, words = n*100, rest
		}
		if jiao, rest, ok := strings.Cut(words, "角"); ok {
			n, _ := read(jiao)
			sum, words = sum+n*10, rest
		}
		if odd, rest, ok := strings.Cut(words, "分"); ok {
			n, _ := read(odd)
			sum, words = sum+n, rest
		}
		got := int64(sum) //nolint:gosec // bounded by what was drawn
		if negative {
			got = -got
		}
		if got != fen || words != "" {
			t.Fatalf("%d 分 is said %s, which is %d with %q left", fen, broadcast.Yuan(fen), got, words)
		}
	})
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "零", 10: "十", 12: "十二", 110: "一百一十", 1001: "一千零一", 1010: "一千零一十", 10010: "一万零一十",
		100010: "十万零一十", 120345: "十二万零三百四十五", 1e8: "一亿", -7: "负七",
	} {
		if got := broadcast.Number(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for fen, want := range map[int64]string{
		0: "零元", 5: "五分", 50: "五角", 105: "一元零五分", 1234560: "一万二千三百四十五元六角", -12345: "负一百二十三元四角五分",
	} {
		if got := broadcast.Yuan(fen); got != want {
			t.Errorf("%d 分: %s, want %s", fen, got, want)
		}
	}
}

func TestSpeak(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"收入18.6万元，支出12,345.60元，¥1,234.50，¥18.6万": "收入十八点六万元，支出一万二千三百四十五元六角，一千二百三十四元五角，十八点六万元",
		"2026年9月3日、2026-09-03、2026Q3、2026-09":    "二〇二六年九月三日、二〇二六年九月三日、二〇二六年第三季度、二〇二六年九月",
		"电话0839-4201234，拨打12345":                 "电话零八三九四二零一二三四，拨打一二三四五",
		"每亩108元，涨了12.5%，２７户":                     "每亩一百零八元，涨了百分之十二点五，二十七户",
		"9:30到11:05，3-5天，2025-2026年":             "九点三十分到十一点零五分，三至五天，二〇二五至二〇二六年",
		"李*芳、王**":                                "李某芳、王某",
		"记-0712号，-¥5.00":                         "记-零七一二号，负五元",
		"2户、第2条、12户、2组":                          "两户、第二条、十二户、二组",
		"2026-02-31":                             "二零二六零二三一",
		"没有数字":                                   "没有数字",
	} {
		if got := broadcast.Speak(text); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestPeriod(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026": "二〇二六年", "2026H2": "二〇二六年下半年", "2026-09": "二〇二六年九月", "2026-09-30": "二〇二六年九月三十日", "2026Q9": "二零二六九", "": "",
	} {
		if got := broadcast.Period(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func FuzzSpeak(f *testing.F) {
	for _, s := range []string{"¥1,234.50元", "9:30-10:00", "2026-13-99", "0839-4201234", "1,2,3.4.5%", "99999999999999999999元", "１２３"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		said := broadcast.Speak(text)
		if strings.ContainsAny(said, "0123456789*¥￥") {
			t.Errorf("%q is said %q", text, said)
		}
	})
}

// A hostile text takes no longer than its length asks.
func BenchmarkSpeak(b *testing.B) {
	text := strings.Repeat("¥1,234.5 2026-09-3-", 2000)
	for b.Loop() {
		broadcast.Speak(text)
	}
}
