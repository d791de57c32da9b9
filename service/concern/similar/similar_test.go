package similar_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"cunwu/service/concern/similar"
)

func words(ts []similar.Term) string {
	var out []string
	for _, t := range ts {
		out = append(out, t.String())
	}
	return strings.Join(out, " ")
}

func TestTerms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"路灯坏了":                   "路灯 灯坏",
		"路的灯，坏了！":                "路灯 坏",
		"路灯路灯":                   "路灯 灯路",
		"ＷｉＦｉ 不通":                "wi if fi 通",
		"电话13800138000打":         "电话 打",
		"没有路灯":                   "路灯",
		"":                       "",
		"，。！":                    "",
		"水":                      "水",
		"\U00020000\U00020001漏水": "\U00020000\U00020001 \U00020001漏 漏水",
	} {
		if got := words(similar.Terms(text, 40)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := similar.Terms("三组堰塘边的路垮了", 3); words(got) != "三组 组堰 堰塘" {
		t.Errorf("%q", words(got))
	}
}

// Nobody can ask for a number bit by bit: no digit is part of a term.
func TestTerms_NoDigits(t *testing.T) {
	t.Parallel()
	a, b := similar.Terms("请打13800138000找我修水管", 40), similar.Terms("请打15912345678找我修水管", 40)
	if !slices.Equal(a, b) {
		t.Errorf("%q and %q", words(a), words(b))
	}
}

// The same matter in other words is above another matter in like words.
func TestScore_TellsMattersApart(t *testing.T) {
	t.Parallel()
	flat := func(similar.Term) float64 { return 2 }
	at := func(a, b string) int { return similar.Score(similar.Terms(a, 40), similar.Terms(b, 40), flat) }
	for _, c := range []struct{ text, same, other string }{
		{"三组堰塘边的路被水冲垮了半边，晚上骑车很危险", "堰塘边那条路垮了一半，骑车过去很危险", "三组的路灯坏了，晚上很黑"},
		{"村口垃圾池满了好几天没人清", "垃圾池已经满了，没人来清运", "村口的桥栏杆断了"},
		{"自来水停了三天，家里没水吃", "停水三天了，没有水吃", "自来水水费收得不对"},
		{"隔壁的狗没有拴，咬了娃娃", "有人的狗不拴，差点咬到人", "隔壁修房子占了路"},
	} {
		same, other := at(c.text, c.same), at(c.text, c.other)
		if same <= other || same < 20 {
			t.Errorf("%q: %d to %q, %d to %q", c.text, same, c.same, other, c.other)
		}
	}
}

func TestRarity(t *testing.T) {
	t.Parallel()
	last := 1000.0
	for n := range 301 {
		w := similar.Rarity(n, 300)
		if w > last || w < 1 || w > 6 {
			t.Fatalf("%d: %f after %f", n, w, last)
		}
		last = w
	}
	if similar.Rarity(-5, 300) != similar.Rarity(0, 300) || similar.Rarity(9000, 300) != similar.Rarity(300, 300) {
		t.Error("counts beyond the bounds weigh otherwise")
	}
}

func TestScore_Laws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("路灯水管垃圾桥狗修坏停满，")), 0, 30, -1)
		a, b := similar.Terms(text.Draw(t, "a"), 40), similar.Terms(text.Draw(t, "b"), 40)
		weigh := func(x similar.Term) float64 { return 1 + float64(x%7) }
		got := similar.Score(a, b, weigh)
		if got != similar.Score(b, a, weigh) {
			t.Fatal("it matters which is named first")
		}
		shared := similar.Shared(a, b)
		switch {
		case got < 0 || got > 100:
			t.Fatalf("score %d", got)
		case shared == 0 && got != 0:
			t.Fatalf("%d of nothing in common", got)
		case shared > 0 && shared == len(a) && shared == len(b) && got != 100:
			t.Fatalf("the same is %d", got)
		}
		if len(a) > 0 && similar.Score(a, a, weigh) != 100 {
			t.Fatal("a text is not like itself")
		}
	})
}

func FuzzTerms(f *testing.F) {
	for _, s := range []string{"三组堰塘边的路垮了", "ＡＢＣ１２３", "\xff路\xfe灯", "", strings.Repeat("水", 3000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ts := similar.Terms(text, 40)
		if len(ts) > 40 {
			t.Fatalf("%d terms", len(ts))
		}
		seen := map[similar.Term]bool{}
		for _, x := range ts {
			if x <= 0 || x >= 1<<42 || seen[x] {
				t.Fatalf("term %d", x)
			}
			seen[x] = true
		}
		if n := similar.Normalise(text); !utf8.ValidString(n) || strings.ContainsAny(n, "0123456789０１２") {
			t.Fatalf("normalised: %q", n)
		}
	})
}
