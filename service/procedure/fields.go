package procedure

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cunwu/service/fault"
)

// maxMedia bounds the attachments of one step.
const maxMedia = 50

// most gives the greatest number of characters of a field.
func (f Field) most() int {
	if f.Max == 0 {
		return maxFieldChars
	}
	return f.Max
}

// readFields checks what was given against what an action asks for and gives it
// trimmed, empty entries left out. All problems are told at once (ErrFields).
func readFields(a *Action, in Input) (map[string]string, error) {
	given := make(map[string]string, len(in.Fields))
	var wrong []fault.Field
	bad := func(code, message string) {
		wrong = append(wrong, fault.Field{Location: "body." + code, Message: message})
	}
	for _, code := range sortedKeys(in.Fields) {
		if !slices.ContainsFunc(a.Fields, func(f Field) bool { return f.Code == code }) {
			wrong = append(wrong, fault.Field{Location: "body." + cut(code), Message: "这项操作不需要填写“" + cut(code) + "”。"})
		}
	}
	for _, f := range a.Fields {
		text := strings.TrimSpace(in.Fields[f.Code])
		if message := f.check(text); message != "" {
			bad(f.Code, message)
		}
		if text != "" {
			given[f.Code] = text
		}
	}
	if len(a.AnyOf) > 0 && !slices.ContainsFunc(a.AnyOf, func(c string) bool { return given[c] != "" }) {
		bad(a.AnyOf[0], "“"+strings.Join(fieldNames(a), "”和“")+"”至少要填一项。")
	}
	if message := checkMedia(a, in.Media); message != "" {
		wrong = append(wrong, fault.Field{Location: "body.media", Message: message})
	}
	if len(wrong) > 0 {
		return nil, ErrFields.With(wrong...)
	}
	return given, nil
}

// journalled leaves out what a definition marks as private.
func (a *Action) journalled(fields map[string]string) map[string]string {
	for _, f := range a.Fields {
		if f.Private {
			delete(fields, f.Code)
		}
	}
	return fields
}

// check gives what is wrong with a trimmed text, "" if nothing.
func (f Field) check(text string) string {
	switch n := utf8.RuneCountInString(text); {
	case text == "" && f.Required:
		return "请填写“" + f.Name + "”。"
	case text == "":
		return ""
	case !utf8.ValidString(text) || strings.ContainsFunc(text, isControl):
		return "“" + f.Name + "”中有无法识别的字符。"
	case n < f.Min:
		return "“" + f.Name + "”写得太少，至少 " + itoa(f.Min) + " 个字。"
	case n > f.most():
		return "“" + f.Name + "”写得太多，最多 " + itoa(f.most()) + " 个字。"
	case len(f.OneOf) > 0 && !slices.Contains(f.OneOf, text):
		return "“" + f.Name + "”应是其中之一：" + strings.Join(f.OneOf, "、") + "。"
	}
	return f.checkKind(text)
}

func (f Field) checkKind(text string) string {
	switch f.Kind {
	case DateField:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return "“" + f.Name + "”应是日期，如 2026-01-31。"
		}
	case NumberField:
		if _, ok := wholeNumber(text); !ok {
			return "“" + f.Name + "”应是整数。"
		}
	case TextField:
	}
	return ""
}

func checkMedia(a *Action, ids []string) string {
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if id == "" || len(id) > 64 || !utf8.ValidString(id) {
			return "附件编号不对。"
		}
		if seen[id] {
			return "同一个附件不能用两次。"
		}
		seen[id] = true
	}
	switch {
	case len(ids) < a.Media:
		return "至少要有 " + itoa(a.Media) + " 个附件。"
	case len(ids) > maxMedia:
		return "附件最多 " + itoa(maxMedia) + " 个。"
	}
	return ""
}

// reasonField gives the code of the field that is the reason of a return: the
// first required one that is journalled, "" if there is none.
func reasonField(a *Action) string {
	for _, f := range a.Fields {
		if f.Required && !f.Private {
			return f.Code
		}
	}
	return ""
}

func fieldNames(a *Action) []string {
	var names []string
	for _, f := range a.Fields {
		if slices.Contains(a.AnyOf, f.Code) {
			names = append(names, f.Name)
		}
	}
	return names
}

func isControl(r rune) bool {
	return (r < ' ' && r != '\n' && r != '\t' && r != '\r') || r == 0x7f
}

// cut shortens what a client sent before it is shown back.
func cut(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if r := []rune(s); len(r) > 32 {
		return string(r[:32]) + "…"
	}
	return s
}
