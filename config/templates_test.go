package config

import (
	"strings"
	"testing"
)

func TestLoad_Templates(t *testing.T) {
	t.Parallel()
	const good = `[{"purpose":"news","id":"abc_-1","page":"pages/a/a?x=1"},{"purpose":"tasks","id":"def","long_term":true,"fields":{"thing1":"title","time12":"time"}}]`
	for _, value := range []string{good, write(t, good)} {
		c := mustLoad(t, []string{"CUNWU_WECHAT_TEMPLATES=" + value}, false)
		ts := c.WeChat.Templates
		if len(ts) != 2 || ts[0].Purpose != "news" || ts[0].Page != "pages/a/a?x=1" || !ts[1].LongTerm || ts[1].Fields["time12"] != "time" {
			t.Errorf("%+v", ts)
		}
	}
	for value, want := range map[string]string{
		"/no/such/file":                          "文件不存在",
		"[":                                      "JSON 数组",
		`[] []`:                                  "JSON 数组",
		`[{"purpose":"news","id":"a","more":1}]`: "JSON 数组",
		`[{"purpose":"gossip","id":"a"}]`:        "purpose",
		`[{"purpose":"news","id":"模板"}]`:         "不是模板编号",
		`[{"purpose":"news","id":"a","page":"/x"}]`:                  "page",
		`[{"purpose":"news","id":"a"},{"purpose":"news","id":"b"}]`:  "第 2 个的 purpose",
		`[{"purpose":"news","id":"a"},{"purpose":"tasks","id":"a"}]`: "第 2 个的 id",
		`[{"purpose":"news","id":"a","fields":{"things":"title"}}]`:  "fields",
		`[{"purpose":"news","id":"a","fields":{"thing1":"secret"}}]`: "fields",
	} {
		if _, err := Load([]string{"CUNWU_WECHAT_TEMPLATES=" + value}, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", value, err)
		}
	}
}
