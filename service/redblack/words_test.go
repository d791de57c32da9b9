package redblack_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"cunwu/service/redblack"
)

func ruleBook(t testing.TB) *redblack.Rules {
	t.Helper()
	r, err := redblack.LoadRules(rulesDir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// between is what people put between the characters of a word to get it past a
// list of words.
var between = rapid.SampledFrom([]string{"", " ", "　", "·", "*", "-", "\u200b", "。", "\n"})

func spread(rt *rapid.T, word string) string {
	out := ""
	for _, r := range word {
		out += string(r) + between.Draw(rt, "between")
	}
	return out
}

func TestRefusedWords_HoweverTheyAreSpread(t *testing.T) {
	t.Parallel()
	rules := ruleBook(t)
	rapid.Check(t, func(rt *rapid.T) {
		kind := rules.Refused[rapid.IntRange(0, len(rules.Refused)-1).Draw(rt, "kind")]
		word := kind.Match[rapid.IntRange(0, len(kind.Match)-1).Draw(rt, "word")]
		text := "这一户" + spread(rt, word) + "，大家都知道"
		if err := rules.RefuseWords("body.deed", text); !errors.Is(err, redblack.ErrTextRefused) {
			rt.Fatalf("%q passed: %v", text, err)
		}
		name := "欧阳建国"
		if !redblack.HoldsName("昨天"+spread(rt, name)+"来了", []string{"王小二", name}) {
			rt.Fatal("the name passed")
		}
	})
}

func TestRefusedWords_LetOrdinaryDeedsPass(t *testing.T) {
	t.Parallel()
	rules := ruleBook(t)
	for _, text := range []string{
		redDeed, blackDeed, "连续五年参加义务护林", "办酒席超过约定桌数", "配合传染病防治宣传", "及时处理病死畜禽", "参加脱贫攻坚义务劳动", "乱占公路堆放柴草",
	} {
		if err := rules.RefuseWords("body.deed", text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	if redblack.HoldsName("清理水沟", []string{"清", ""}) {
		t.Error("one character is no name")
	}
}

func FuzzRefuseWords(f *testing.F) {
	rules := ruleBook(f)
	f.Add("好 吃 懒 做")
	f.Add("\xff\xfe低保")
	f.Fuzz(func(t *testing.T, text string) {
		alone, within := rules.RefuseWords("a", text), rules.RefuseWords("a", "开头，"+text+"，结尾")
		if alone != nil && within == nil {
			t.Errorf("%q is refused alone and passes within a sentence", text)
		}
	})
}
