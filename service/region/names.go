package region

import (
	"strings"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
)

// Kinds of places at village level.
const (
	KindVillage   = "village"
	KindCommunity = "community"
)

// ending is a committee's name at the end of a place's name: what to cut, what
// must stand before it once it is cut, and what kind of place it governs.
type ending struct{ cut, keep, kind string }

// endings, longest first. The official list writes the committee, people say
// the place: 盐井村村民委员会 is 盐井村, 柏林村委会 is 柏林村.
var endings = []ending{
	{"社区居民委员会", "社区", KindCommunity},
	{"社区居委会", "社区", KindCommunity},
	{"社区村民委员会", "社区", KindVillage},
	{"社区村委会", "社区", KindVillage},
	{"嘎查村民委员会", "嘎查", KindVillage},
	{"嘎查委员会", "嘎查", KindVillage},
	{"嘎查村委会", "嘎查", KindVillage},
	{"嘎查委会", "嘎查", KindVillage},
	{"村民委员会", "村", KindVillage},
	{"牧民委员会", "", KindVillage},
	{"居民委员会", "", KindCommunity},
	{"村委会", "村", KindVillage},
	{"牧委会", "", KindVillage},
	{"居委会", "", KindCommunity},
}

// Short gives the name people use for a place at village level, and its kind.
func Short(name string) (short, kind string) {
	for _, e := range endings {
		base, ok := strings.CutSuffix(name, e.cut)
		if !ok || base == "" {
			continue
		}
		if !strings.HasSuffix(base, e.keep) {
			base += e.keep
		}
		return base, e.kind
	}
	for _, mark := range []string{"社区", "居委", "居民", "生活区", "小区"} {
		if strings.Contains(name, mark) {
			return name, KindCommunity
		}
	}
	return name, KindVillage
}

// placeReadings are readings that place names have against the dictionary's
// first one, longest match first: names of cities and counties, and at the end
// a character that is read so in nearly every place name.
var placeReadings = map[string]string{
	"重庆": "chong qing", "重阳": "chong yang", "六安": "lu an", "六合": "lu he", "厦门": "xia men",
	"乐亭": "lao ting", "乐陵": "lao ling", "乐清": "yue qing", "番禺": "pan yu", "浚县": "xun xian",
	"尉犁": "yu li", "单县": "shan xian", "单城": "shan cheng", "洪洞": "hong tong", "蔚县": "yu xian",
	"涡阳": "guo yang", "铅山": "yan shan", "泌阳": "bi yang", "中牟": "zhong mu", "黄陂": "huang pi",
	"会稽": "kuai ji", "大埔": "da bu", "繁峙": "fan shi", "西藏": "xi zang", "大城县": "dai cheng xian",
	"东阿": "dong e", "犍为": "qian wei", "什邡": "shi fang", "曾家": "zeng jia", "牟平": "mu ping",
	"解州": "xie zhou", "万俟": "mo qi", "长子县": "zhang zi xian", "长": "chang", "都": "du",
	"咀": "zui",
}

// longestReading is the greatest number of characters among placeReadings.
const longestReading = 3

var pinyinArgs = pinyin.NewArgs()

// Pinyin gives the reading of a place name without tones and the initials:
// 盐井村 is "yanjingcun" and "yjc". Latin letters and digits stay, lower case;
// anything else is left out.
func Pinyin(name string) (full, initials string) {
	var f, in strings.Builder
	for len(name) > 0 {
		syllables, n := reading(name)
		for _, s := range syllables {
			f.WriteString(s)
			in.WriteByte(s[0])
		}
		name = name[n:]
	}
	return f.String(), in.String()
}

// reading gives the syllables of the longest known beginning of name, and how
// many bytes of it they read.
func reading(name string) ([]string, int) {
	end := [longestReading + 1]int{}
	for i := 1; i <= longestReading; i++ {
		_, w := utf8.DecodeRuneInString(name[end[i-1]:])
		end[i] = end[i-1] + w
	}
	for i := longestReading; i >= 1; i-- {
		if s, ok := placeReadings[name[:end[i]]]; ok {
			return strings.Fields(s), end[i]
		}
	}
	r, w := utf8.DecodeRuneInString(name)
	switch {
	case r >= '0' && r <= '9', r >= 'a' && r <= 'z':
		return []string{string(r)}, w
	case r >= 'A' && r <= 'Z':
		return []string{string(r - 'A' + 'a')}, w
	}
	if s := pinyin.SinglePinyin(r, pinyinArgs); len(s) > 0 && s[0] != "" {
		return s[:1], w
	}
	return nil, w
}

// named fills in what follows from a place's code and name.
func named(code Code, name string) Region {
	r := Region{Code: code, Parent: code.Parent(), Level: code.Level(), Name: name, Short: name, State: Active}
	if r.Level == Village {
		r.Short, r.Kind = Short(name)
	}
	r.Pinyin, r.Initials = Pinyin(r.Short)
	return r
}
