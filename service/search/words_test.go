package search

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestSearched(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                   "",
		"路灯电费":               "路灯电费",
		"支付路灯，电费 1260.50元。":  "支付路灯 电费 1260 50元",
		"ＡＢｃ－１２":             "abc 12",
		"面积12㎡":              "面积12m2",
		"第①条":                "第1条",
		"e\u0301x":           "éx",
		"路\u200b灯\ufeff":     "路灯",
		"路😀灯":                "路 灯",
		"坏\xff的\xed\xa0\x80": "坏 的",
		"%_'--":              "",
		"İSTANBUL":           "istanbul",
	} {
		if got := Searched(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, question, want string
	}{
		{"支付路灯电费", "路灯", "支付[路灯]电费"},
		{"路灯路灯", "路灯", "[路灯路灯]"},
		{"路灯电费", "路灯 灯电", "[路灯电]费"},
		{"修ＡＢ路", "ab", "修[ＡＢ]路"},
		{"共12㎡地", "2m", "共1[2㎡]地"},
		{"cafe\u0301店", "é店", "caf[e\u0301店]"},
		{"路，灯", "路灯", "路，灯"},
		{"路\u200b灯", "路灯", "[路\u200b灯]"},
		{"", "路灯", ""},
		{"路灯", "", "路灯"},
	} {
		got, at := "", 0
		for _, m := range Marks(c.text, c.question) {
			got += c.text[at:m[0]] + "[" + c.text[m[0]:m[1]] + "]"
			at = m[1]
		}
		if got += c.text[at:]; got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.question, c.text, got, c.want)
		}
	}
}

// FuzzMarks: ranges are in order, on characters, and hold a word of the question.
func FuzzMarks(f *testing.F) {
	f.Add("支付路灯电费", "路灯 费")
	f.Add("共12㎡地e\u0301", "2m é")
	f.Add("\xff路灯", "路灯\xed\xa0\x80")
	f.Fuzz(func(t *testing.T, text, question string) {
		end := -1
		for _, m := range Marks(text, question) {
			if m[0] <= end || m[1] <= m[0] || m[1] > len(text) {
				t.Fatalf("%q %q: %v", text, question, m)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[m[0]:m[1]]) {
				t.Fatalf("%q %q: %v cuts a character", text, question, m)
			}
			end = m[1]
		}
		if in := Searched(text); utf8.RuneCountInString(question) <= MaxCharacters && in != "" && strings.Contains(" "+strings.Join(words(question), " ")+" ", " "+words(text)[0]+" ") && end < 0 {
			t.Fatalf("%q has the word of %q, and nothing is marked", text, question)
		}
	})
}

// TestRuns_KeepEveryByte: what letters say of where they come from covers the
// text in order, and the letters are those of the normalised text.
func TestRuns_KeepEveryByte(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("路灯㎡①Ａe\u0301가\u1100\u1161ﷺ，")))).Draw(rt, "text")
		before := 0
		var letters []rune
		for _, run := range runs(text) {
			for _, l := range run {
				if l.from < before || l.to <= l.from || l.to > len(text) {
					rt.Fatalf("%q: %+v", text, l)
				}
				before, letters = l.from, append(letters, l.r)
			}
		}
		whole := strings.ReplaceAll(Searched(norm.NFKC.String(text)), " ", "")
		if !strings.EqualFold(string(letters), whole) {
			rt.Fatalf("%q: %q, want %q", text, string(letters), whole)
		}
	})
}

func TestCover(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("路灯电费a1")), 2, 12, -1).Draw(rt, "word")
		n := utf8.RuneCountInString(word)
		if got := len(cover(word)); got != (n+1)/2 {
			rt.Fatalf("%q is covered by %d terms", word, got)
		}
	})
}

func TestPack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		set := rapid.MapOf(rapid.Map(rapid.Int64Range(-1<<61, 1<<42), func(n int64) Term { return Term(n) }), rapid.Just(true)).Draw(rt, "terms")
		terms := slices.Sorted(maps.Keys(set))
		got, err := unpack(pack(terms))
		if err != nil || !slices.Equal(got, terms) {
			rt.Fatalf("%v became %v, %v", terms, got, err)
		}
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add(pack([]Term{-5, 0, 1, 1 << 41}))
	f.Add([]byte{0x80})
	f.Add([]byte{2, 0})
	f.Fuzz(func(t *testing.T, packed []byte) {
		if terms, err := unpack(packed); err == nil && !slices.IsSorted(terms) {
			t.Errorf("%v", terms)
		}
	})
}

func TestFilter_IsUnique(t *testing.T) {
	t.Parallel()
	seen := map[Term]string{}
	note := func(kind filterKind, code string) {
		name := fmt.Sprint(kind, code)
		f := filter(kind, code)
		if other := seen[f]; other != "" && other != name || f >= 0 {
			t.Errorf("%s and %s are both %d", name, other, f)
		}
		seen[f] = name
	}
	for letter := 'A'; letter <= 'Z'; letter++ {
		for n := range 100 {
			note(kindItem, fmt.Sprintf("%c%02d", letter, n))
		}
	}
	for year := 2020; year < 2030; year++ {
		for month := 1; month <= 12; month++ {
			for _, p := range around(fmt.Sprintf("%d-%02d-28", year, month)) {
				note(kindPeriod, p)
			}
		}
	}
}

func TestAround(t *testing.T) {
	t.Parallel()
	for period, want := range map[string][]string{
		"2026":       {"2026"},
		"2026H2":     {"2026H2", "2026"},
		"2026Q1":     {"2026Q1", "2026H1", "2026"},
		"2026Q4":     {"2026Q4", "2026H2", "2026"},
		"2026-06":    {"2026-06", "2026Q2", "2026H1", "2026"},
		"2026-07":    {"2026-07", "2026Q3", "2026H2", "2026"},
		"2026-12-31": {"2026-12-31", "2026-12", "2026Q4", "2026H2", "2026"},
		"other":      {"other"},
	} {
		if got := around(period); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", period, got, want)
		}
	}
}

// TestTermsOf_IsBounded: a monstrous text keeps its title's terms.
func TestTermsOf_IsBounded(t *testing.T) {
	t.Parallel()
	var long strings.Builder
	dice := rand.New(rand.NewPCG(1, 2))
	for range 70_000 {
		long.WriteRune(rune(0x4e00 + dice.IntN(20_000)))
	}
	terms := TermsOf("D02", "2026-02", []string{"路灯", long.String(), "电费"})
	if len(terms) != maxTerms || !slices.Contains(terms, bigram('路', '灯')) || slices.Contains(terms, bigram('电', '费')) {
		t.Errorf("%d terms", len(terms))
	}
}
