package screening_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"cunwu/service/screening"
)

// village is where the texts of these tests are to be published.
const village = "510821102200"

func rules(t testing.TB) *screening.Screen {
	t.Helper()
	s, err := screening.Load(os.DirFS("../../config/rules"), "screening.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// id makes an ID number with its check character from the first 17 digits.
func id(first17 string) string {
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(first17[i]-'0') * w
	}
	return first17 + string("10X98765432"[sum%11])
}

// luhn adds the check digit of a card.
func luhn(digits string) string {
	for c := '0'; c <= '9'; c++ {
		sum, whole := 0, digits+string(c)
		for i := range whole {
			d := int(whole[len(whole)-1-i] - '0')
			if i%2 == 1 {
				d *= 2
			}
			sum += d/10 + d%10
		}
		if sum%10 == 0 {
			return whole
		}
	}
	panic("no digit fits")
}

// credit adds the check character of an organisation's code.
func credit(first17 string) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	weights := []int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}
	sum := 0
	for i, w := range weights {
		sum += strings.IndexByte(alphabet, first17[i]) * w
	}
	return first17 + string(alphabet[(31-sum%31)%31])
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune { return r + 0xfee0 }, s)
}

func kinds(s *screening.Screen, text string) []screening.Kind {
	var out []screening.Kind
	for _, f := range s.Check(village, screening.Part{Location: "body.body", Text: text}) {
		out = append(out, f.Kind)
	}
	return out
}

func TestScreen_Check_Finds(t *testing.T) {
	t.Parallel()
	s := rules(t)
	someone := id("51082119900101123")
	withX := ""
	for n := range 100 {
		if w := id("5108211985061200" + string(rune('0'+n%10))); strings.HasSuffix(w, "X") {
			withX = w
			break
		}
	}
	if withX == "" {
		t.Fatal("no number with X among ten")
	}
	card := luhn("622202100112345678")
	tests := map[string]struct {
		text string
		want screening.Kind
	}{
		"ID":                       {"户主" + someone + "领取", screening.IDNumber},
		"ID with X":                {withX, screening.IDNumber},
		"ID with lower x":          {"号码" + strings.ToLower(withX) + "。", screening.IDNumber},
		"ID with space before x":   {withX[:17] + " x", screening.IDNumber},
		"ID in full width":         {fullWidth(someone), screening.IDNumber},
		"ID in full width X":       {fullWidth(withX), screening.IDNumber},
		"ID in 6-8-4":              {someone[:6] + " " + someone[6:14] + " " + someone[14:], screening.IDNumber},
		"ID with dashes":           {someone[:6] + "-" + someone[6:14] + "—" + someone[14:], screening.IDNumber},
		"ID digit by digit":        {strings.Join(strings.Split(someone, ""), " "), screening.IDNumber},
		"ID with zero width":       {someone[:9] + "\u200b" + someone[9:], screening.IDNumber},
		"ID after other digits":    {"第3" + someone, screening.IDNumber},
		"ID after other numbers":   {"1 " + someone, screening.IDNumber},
		"ID after letters":         {"ID" + someone, screening.IDNumber},
		"ID in a file name":        {someone + "_低保.pdf", screening.IDNumber},
		"ID in a table":            {"|张*|" + someone + "|200|", screening.IDNumber},
		"ID of a child":            {id("51082120200229001"), screening.IDNumber},
		"card of 19":               {"卡号" + card, screening.BankCard},
		"card of 16":               {luhn("622588012345678"), screening.BankCard},
		"card in fours":            {card[:4] + " " + card[4:8] + " " + card[8:12] + " " + card[12:16] + " " + card[16:], screening.BankCard},
		"card with dashes":         {"4111-1111-1111-1111", screening.BankCard},
		"card after a bank's name": {"ICBC" + card, screening.BankCard},
		"mobile":                   {"电话13812345678", screening.Mobile},
		"mobile in full width":     {fullWidth("19912345678"), screening.Mobile},
		"mobile 3-4-4":             {"138 1234 5678", screening.Mobile},
		"mobile with dashes":       {"138-1234-5678", screening.Mobile},
		"mobile with +86":          {"+8613812345678", screening.Mobile},
		"mobile with +86 and gap":  {"+86 138 1234 5678", screening.Mobile},
		"mobile with 86-":          {"86-13812345678", screening.Mobile},
		"mobile with 0":            {"013812345678", screening.Mobile},
		"mobile after a landline":  {"0839-5222123 13812345678", screening.Mobile},
		"mobile one by one":        {"1 3 8 1 2 3 4 5 6 7 8", screening.Mobile},
		"group and number":         {"盐井村3组12号张某", screening.Address},
		"group in words":           {"家住三组十二号", screening.Address},
		"group with sub-number":    {"2组5-1号", screening.Address},
		"road":                     {"家住幸福路12号", screening.Address},
		"road in full width":       {"幸福路１２号", screening.Address},
		"lane":                     {"花园巷3号附1号", screening.Address},
		"door plate":               {"门牌号:A102", screening.Address},
		"building and room":        {"幸福小区3栋2单元501室", screening.Address},
		"building and number":      {"5号楼1201室", screening.Address},
		"unit":                     {"2单元501", screening.Address},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := kinds(s, tt.text); len(got) != 1 || got[0] != tt.want {
				t.Errorf("%q: found %v, want one %s", tt.text, got, tt.want)
			}
		})
	}
}

func TestScreen_Check_LetsPass(t *testing.T) {
	t.Parallel()
	s := rules(t)
	someone := id("51082119900101123")
	tests := map[string]string{
		"nothing":                  "",
		"plain text":               "本季度共收入三笔，合计12,345.67元，结余8000元。",
		"office landline":          "监督电话0839-5222123，办公电话(0839) 5222 123",
		"short landline":           "5222123",
		"service number":           "12345、400-800-1234、95588",
		"amounts":                  "1380.00 1234567.89 98765432101.00",
		"amount of eleven digits":  "合计13800000000元，¥15900000000，13900000000.00元",
		"amount in 分":              "13800000000 分",
		"voucher":                  "凭证号202609010012、记-2026-09-0012",
		"voucher of 16 digits":     "2026090112340018",
		"mobile inside voucher":    "编号202613812345678",
		"mobile with a digit more": "138123456789",
		"masked mobile":            "138****5678",
		"masked ID":                "510821********1234",
		"wrong check character":    someone[:17] + string("0123456789"[(int(someone[17]-'0')+1)%10]),
		"no such birthday":         id("51082119900230123"),
		"no such province":         id("09082119900101123"),
		"company":                  "统一社会信用代码" + credit("91510821MA6234567"),
		"village cooperative":      credit("N2510821MF1234567"),
		"village committee":        credit("54510821MF1234567"),
		"company, digits only":     credit("91510821735890123"),
		"village code":             "行政区划代码510821102200",
		"plot code":                luhn("510821102200010003"),
		"household code":           "510821102200010012",
		"dates":                    "2026-07-01 2026-09-30 2026年10月15日",
		"period":                   "2026Q3、2026-09、2026H1",
		"card with wrong digit":    "4111111111111112",
		"group only":               "盐井村3组村民",
		"group and notice":         "3组2号公告",
		"group's well":             "3组2号机井维修",
		"road works":               "村道公路12号桥加固、3号路灯",
		"office address":           "办公地点：幸福路12号村委会",
		"company address":          "广元某某建筑公司，幸福路12号",
		"door plates bought":       "制作门牌120块，单价15元",
		"pens":                     "3栋大棚、2栋圈舍、5座桥",
		"document number":          "广府发〔2021〕12号、川办发2号文件",
		"contract":                 "合同编号HT-2026-003",
		"list number":              "3号议题、2号提案",
		"votes":                    "应到45人，实到38人，赞成36票",
		"area":                     "35.5亩、120平方米、1300公里",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := s.Check(village, screening.Part{Text: text}); len(got) != 0 {
				t.Errorf("%q: found %+v, want nothing", text, got)
			}
		})
	}
}

func TestScreen_Check_TellsWhereWithoutTelling(t *testing.T) {
	t.Parallel()
	someone := id("51082119900101123")
	got := rules(t).Check(village,
		screening.Part{Location: "body.title", Text: "三季度收支"},
		screening.Part{Location: "body.lines[2].summary", Text: "付" + someone + "，电话13812345678"},
	)
	if len(got) != 2 {
		t.Fatalf("found %+v, want two", got)
	}
	for _, f := range got {
		if f.Location != "body.lines[2].summary" {
			t.Errorf("location %q", f.Location)
		}
		if strings.Contains(f.Message(), someone) || strings.Contains(f.Message(), "13812345678") {
			t.Errorf("the message repeats what must go: %s", f.Message())
		}
	}
	if want := "138****5678"; got[1].Excerpt != want {
		t.Errorf("excerpt %q, want %q", got[1].Excerpt, want)
	}
}

// han draws Chinese text with the digits, marks and spaces that villages use.
func han() *rapid.Generator[string] {
	word := rapid.SampledFrom([]string{
		"村", "组", "收入", "支出", "户主", "身份证", "3", "12", "2026", "年", "月", "元", "，", "。", " ", "-", "（", "）",
		"：", "|", "\n", "号", "x", "X", "HT", "*", "５", "凭证号0012", "电话0839-5222123", "91510821MA6234567", "省",
	})
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(word, 0, 12).Draw(t, "words"), "") })
}

func validID() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		area := rapid.SampledFrom([]string{"510821", "510802", "110101", "650102", "820000"}).Draw(t, "area")
		year := rapid.StringMatching(`(19[0-9]{2}|20[0-2][0-9])`).Draw(t, "year")
		day := rapid.StringMatching(`(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])`).Draw(t, "day")
		return id(area + year + day + rapid.StringMatching(`[0-9]{3}`).Draw(t, "serial"))
	})
}

// respell writes a number as people do: with gaps, full width, a lower x.
func respell(t *rapid.T, number string) string {
	gap := rapid.SampledFrom([]string{"", "", "", " ", "-", "  ", "—", "\u3000", "\u200b", "·", " - "})
	var b strings.Builder
	for i, r := range number {
		if i > 0 {
			b.WriteString(gap.Draw(t, "gap"))
		}
		switch {
		case rapid.Bool().Draw(t, "wide"):
			b.WriteString(fullWidth(string(r)))
		case rapid.Bool().Draw(t, "lower"):
			b.WriteString(strings.ToLower(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestScreen_AnyValidIDIsFoundAnywhere(t *testing.T) {
	t.Parallel()
	s := rules(t)
	rapid.Check(t, func(t *rapid.T) {
		text := han().Draw(t, "before") + respell(t, validID().Draw(t, "id")) + han().Draw(t, "after")
		for _, k := range kinds(s, text) {
			if k == screening.IDNumber {
				return
			}
		}
		t.Fatalf("no ID number found in %q", text)
	})
}

func TestScreen_AnyMobileInTextIsFound(t *testing.T) {
	t.Parallel()
	s := rules(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(t, "mobile")
		n = rapid.SampledFrom([]string{n, n[:3] + " " + n[3:7] + " " + n[7:], n[:3] + "-" + n[3:7] + "-" + n[7:], "+86" + n, fullWidth(n)}).Draw(t, "form")
		text := "联系人" + n + rapid.SampledFrom([]string{"", "。", "（微信同号）", "，请拨打"}).Draw(t, "after")
		if got := kinds(s, text); len(got) != 1 || got[0] != screening.Mobile {
			t.Fatalf("%q: found %v", text, got)
		}
	})
}

func TestScreen_CreditCodesAreNeverFound(t *testing.T) {
	t.Parallel()
	s := rules(t)
	rapid.Check(t, func(t *rapid.T) {
		head := rapid.SampledFrom([]string{"91510821", "92510802", "52510800", "54510821", "N2510821", "11510800"}).Draw(t, "head")
		code := credit(head + rapid.StringMatching(`[0-9A-HJ-NPQRTUWXY]{9}`).Draw(t, "body"))
		if isID := len(code) == 18 && code == maybeID(code); isID {
			t.Skip("also an ID number")
		}
		if got := kinds(s, "代码："+code+"。"); len(got) != 0 {
			t.Fatalf("%s: found %v", code, got)
		}
	})
}

// maybeID gives code where its first 17 are digits and its last is their check.
func maybeID(code string) string {
	if strings.Trim(code[:17], "0123456789") != "" {
		return ""
	}
	return id(code[:17])
}

func FuzzScreen_Check(f *testing.F) {
	s := rules(f)
	for _, seed := range []string{"", "盐井村3组12号", id("51082119900101123"), "138 1234 5678", "\xff１２３", "||--|"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, finding := range s.Check(village, screening.Part{Text: text}) {
			if strings.Count(finding.Excerpt, "*") == 0 {
				t.Errorf("%q: the excerpt %q hides nothing", text, finding.Excerpt)
			}
		}
		if again := s.MaskTables(s.MaskTables(text)); again != s.MaskTables(text) {
			t.Errorf("%q: masking twice differs from masking once", text)
		}
	})
}

func TestLoad_RefusesAllAtOnce(t *testing.T) {
	t.Parallel()
	bad := fstest.MapFS{"s.yaml": {Data: []byte(`
card_prefixes: ["6x"]
address: {patterns: [{name: a, match: '('}, {match: 'x*'}]}
names: {categories: [""]}
`)}}
	_, err := screening.Load(bad, "s.yaml")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"source", "6x", `pattern "a"`, "no name", "nothing at all", "columns", "empty word"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not speak of %q:\n%v", want, err)
		}
	}
	if _, err := screening.Load(fstest.MapFS{"s.yaml": {Data: []byte("colour: red")}}, "s.yaml"); err == nil {
		t.Error("an unknown key passed")
	}
	if _, err := screening.Load(fstest.MapFS{}, "s.yaml"); err == nil {
		t.Error("a missing file passed")
	}
}
