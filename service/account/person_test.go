package account

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/service/region"
)

func TestMaskName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "张": "*", "张三": "张*", "张小三": "张*三", "欧阳娜娜": "欧**娜", " 张三 ": "张*", "阿依·古丽": "阿***丽",
	} {
		if got := MaskName(in); got != want {
			t.Errorf("MaskName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNormalName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"张三": "张三", " 张 三 ": "张三", "张\u3000三": "张三", "阿依•古丽": "阿依·古丽", "张": "", "": "", "张3": "",
		"=张三": "", "张三<b>": "", "张三\u200b": "张三",
	} {
		if got := normalName(in); got != want {
			t.Errorf("normalName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNormalPhone(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"13800001234": "13800001234", "138-0000-1234": "13800001234", "+8613800001234": "13800001234",
		"12800001234": "", "1380000123": "", "1380000123x": "", "１３８００００１２３４": "", "": "",
	} {
		if got := normalPhone(in); got != want {
			t.Errorf("normalPhone(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseGroup(t *testing.T) {
	t.Parallel()
	const v = region.Code("510821102200")
	for in, want := range map[string]region.Code{
		"3": v + "03", "3组": v + "03", "三组": v + "03", "第十二组": v + "12", "十组": v + "10", "二十组": v + "20",
		"二十一组": v + "21", "盐井村3组": v + "03", "3小组": v + "03", "51082110220007": v + "07", "": "",
	} {
		if got, ok := parseGroup(in, v); !ok || got != want {
			t.Errorf("parseGroup(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"0", "100", "组", "51082110220107", "村头", "51082110220"} {
		if got, ok := parseGroup(in, v); ok {
			t.Errorf("parseGroup(%q) = %q, want a refusal", in, got)
		}
	}
}

// idOf makes a number with a right check character of 17 digits.
func idOf(body string) string {
	sum := 0
	for i, w := range idWeights {
		sum += w * int(body[i]-'0')
	}
	return body + string(idChecks[sum%11])
}

func TestParseID(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	// The example of the standard itself.
	if _, _, ok := parseID("11010519491231002x", now); !ok {
		t.Error("the standard's own example was refused")
	}
	for _, bad := range []string{
		"", "110105194912310021", idOf("11010519491331002"), idOf("11010520270101002"), "1101051949123100", idOf("01010519491231002"),
	} {
		if _, _, ok := parseID(bad, now); ok {
			t.Errorf("%q was taken", bad)
		}
	}
}

// One wrong digit is always found: that is what the check character is for.
func TestParseID_FindsOneWrongDigit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		born := time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 33000).Draw(t, "born"))
		id := idOf("510821" + born.Format("20060102") + rapid.StringMatching(`[0-9]{3}`).Draw(t, "serial"))
		if _, _, ok := parseID(id, now); !ok {
			t.Fatalf("%s was refused", id)
		}
		i := rapid.IntRange(0, 16).Draw(t, "at")
		wrong := []byte(id)
		wrong[i] = '0' + (wrong[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if _, _, ok := parseID(string(wrong), now); ok {
			t.Fatalf("%s passed for %s", wrong, id)
		}
	})
}
