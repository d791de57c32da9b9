package region

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestShort(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]string{
		"盐井村村民委员会":   {"盐井村", KindVillage},
		"柏林村委会":      {"柏林村", KindVillage},
		"柏林村民委员会":    {"柏林村", KindVillage},
		"新村村委会":      {"新村", KindVillage},
		"大石板社区居民委员会": {"大石板社区", KindCommunity},
		"东街社区居委会":    {"东街社区", KindCommunity},
		"东街居委会":      {"东街", KindCommunity},
		"查干嘎查委员会":    {"查干嘎查", KindVillage},
		"八连生活区":      {"八连生活区", KindCommunity},
		"村委会":        {"村委会", KindVillage},
	} {
		if short, kind := Short(name); short != want[0] || kind != want[1] {
			t.Errorf("%s: got %s %s, want %v", name, short, kind, want)
		}
	}
}

func TestPinyin(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]string{
		"盐井村":   {"yanjingcun", "yjc"},
		"重庆市":   {"chongqingshi", "cqs"},
		"长沙市":   {"changshashi", "css"},
		"长子县":   {"zhangzixian", "zzx"},
		"六安市":   {"luanshi", "las"},
		"厦门市":   {"xiamenshi", "xms"},
		"朝天区":   {"chaotianqu", "ctq"},
		"A区第1社": {"aqudi1she", "aqd1s"},
		"〇·（":   {"ling", "l"},
	} {
		if full, initials := Pinyin(name); full != want[0] || initials != want[1] {
			t.Errorf("%s: got %s %s, want %v", name, full, initials, want)
		}
	}
}

// What is looked up by bytes must be letters and digits, whatever the name.
func TestPinyin_LettersOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		full, initials := Pinyin(name)
		for _, r := range full + initials {
			if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789", r) {
				t.Fatalf("%q reads %q %q", name, full, initials)
			}
		}
	})
}

func TestPlaceReadings(t *testing.T) {
	t.Parallel()
	for name, reading := range placeReadings {
		n := len([]rune(name))
		if n > longestReading || n != len(strings.Fields(reading)) {
			t.Errorf("%s: %q", name, reading)
		}
	}
}

func drawCode(t *rapid.T, label string) Code {
	l := rapid.SampledFrom(Levels).Draw(t, label+" level")
	return Code(rapid.StringMatching(`[1-9][0-9]{13}`).Draw(t, label)[:l])
}

// Ancestors are prefixes: Path, Parent, At, Level and Contains agree.
func TestCode_Prefixes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCode(t, "code")
		path := c.Path()
		if path[len(path)-1] != c || !c.Valid() {
			t.Fatalf("%s: path %v", c, path)
		}
		for i, p := range path {
			if i > 0 && p.Parent() != path[i-1] {
				t.Fatalf("%s: parent of %s is %s, not %s", c, p, p.Parent(), path[i-1])
			}
			if !p.Contains(c) || c.At(p.Level()) != p || (p != c && c.Contains(p)) {
				t.Fatalf("%s against its ancestor %s", c, p)
			}
		}
		if path[0].Parent() != "" {
			t.Fatalf("a province has the parent %q", path[0].Parent())
		}
		other := drawCode(t, "other")
		onPath := false
		for _, p := range other.Path() {
			onPath = onPath || p == c
		}
		if c.Contains(other) != onPath {
			t.Fatalf("%s contains %s: %v, on its path: %v", c, other, c.Contains(other), onPath)
		}
	})
}

func TestCode_Invalid(t *testing.T) {
	t.Parallel()
	for _, c := range []Code{"", "5", "510", "012345", "51082a", "５１", "510821102200123", "51 ", Code(strings.Repeat("1", 1000000))} {
		if c.Valid() || c.Level() != 0 {
			t.Errorf("%.20q is taken for a code", c)
		}
	}
}
