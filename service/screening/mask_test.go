package screening_test

import (
	"testing"

	"cunwu/service/screening"
)

func TestMaskName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"": "", "张": "*", "张三": "张*", "张小三": "张*三", "欧阳小娜": "欧**娜", "张*三": "张*三", "张*": "张*",
	} {
		if got := screening.MaskName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestMaskNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"张三":            "张*",
		"张三、李小四，王五":     "张*、李*四，王*",
		"张三 李四":         "张* 李*",
		"张三（2人）、李四(低保)": "张*（2人）、李*(低*)",
		"张*三、李四":        "张*三、李*",
		"阿依古丽·买买提":      "阿******提",
		"共十二户，详见附件名单":   "共**户，详见附件名单",
		"A102":          "A102",
		"":              "",
	} {
		if got := screening.MaskNames(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestScreen_MaskTables(t *testing.T) {
	t.Parallel()
	const in = `张三村长说：

| 户主姓名 | 小组 | 金额 |
|:---|---|---:|
| 张三 | 一组 | 200 |
|李小四|二组|300|

| 项目 | 负责 |
|---|---|
| 张家湾 | 赵六 |

姓名 | 数
--- | ---
王五 | 3
`
	const want = `张三村长说：

| 户主姓名 | 小组 | 金额 |
|:---|---|---:|
| 张* | 一组 | 200 |
|李*四|二组|300|

| 项目 | 负责 |
|---|---|
| 张家湾 | 赵六 |

姓名 | 数
--- | ---
王* | 3
`
	s := rules(t)
	if got := s.MaskTables(in); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !s.MasksCategory("SUBSIDY") || s.MasksCategory("FINANCE") {
		t.Error("which categories are masked differs from the rules")
	}
}
