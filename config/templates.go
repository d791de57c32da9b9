package config

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

var (
	templateForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	pageForm     = regexp.MustCompile(`^[A-Za-z0-9_/-]{0,100}(\?[A-Za-z0-9_=&-]{0,100})?$`)
	// keywordForm are the types of keywords that can be filled, each with its number.
	keywordForm = regexp.MustCompile(`^(thing|name|phrase|character_string|letter|number|symbol|phone_number|time|date)[0-9]{1,3}$`)
	purposes    = []string{"news", "answers", "tasks"}
	fillings    = []string{"title", "place", "time", "note"}
)

// templates reads the templates: JSON where it begins with a bracket, else the
// name of a file with JSON.
func (p *Problems) templates(value string) []Template {
	const name = "CUNWU_WECHAT_TEMPLATES"
	if value == "" {
		return nil
	}
	if !strings.HasPrefix(value, "[") {
		text, err := readSmall(value)
		if err != nil {
			p.add("%s 指的文件读不出来（%s）：%s。", name, value, why(err))
			return nil
		}
		value = text
	}
	var out []Template
	d := json.NewDecoder(bytes.NewReader([]byte(value)))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil || d.More() {
		p.add(`%s 应是 JSON 数组，例如 [{"purpose":"news","id":"模板编号","long_term":false}]。`, name)
		return nil
	}
	seen := map[string]bool{}
	for i, t := range out {
		switch {
		case !slices.Contains(purposes, t.Purpose) || seen[t.Purpose]:
			p.add("%s 第 %d 个的 purpose 应是 news、answers 或 tasks，每种一个。", name, i+1)
		case !templateForm.MatchString(t.ID) || seen["id "+t.ID]:
			p.add("%s 第 %d 个的 id 不是模板编号，或与前面的重复。", name, i+1)
		case !pageForm.MatchString(t.Page) || strings.HasPrefix(t.Page, "/"):
			p.add("%s 第 %d 个的 page 应是小程序的页面路径，不以 / 开头。", name, i+1)
		}
		seen[t.Purpose], seen["id "+t.ID] = true, true
		for keyword, filling := range t.Fields {
			if !keywordForm.MatchString(keyword) || !slices.Contains(fillings, filling) {
				p.add("%s 第 %d 个的 fields 里，“%s”应是 thing1 这样的关键词，值是 title、place、time 或 note。", name, i+1, keyword)
			}
		}
	}
	return out
}
