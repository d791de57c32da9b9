package inbox

import (
	"strings"
	"time"
	"unicode"

	"cunwu/service/calendar"
	"cunwu/service/consultation"
)

// Purpose says what a WeChat template is for.
type Purpose string

// The purposes.
const (
	ForNews    Purpose = "news"    // something was published, corrected or withdrawn
	ForAnswers Purpose = "answers" // a question was answered or handed up
	ForTasks   Purpose = "tasks"   // something waits for an officer
)

// Template is a subscription template of the mini-program's account. Fields
// says which of our values goes into which keyword; nil takes defaultFields.
type Template struct {
	Purpose  Purpose
	ID       string
	LongTerm bool              // one consent holds until it is taken back
	Fields   map[string]string // keyword, e.g. "thing1", to title, place, time or note
	Page     string            // page of the mini-program, may be empty
}

// defaultFields fit a template made of 通知事项 (thing1), 所在地区 (thing2), 时间
// (time3) and 说明 (thing4), chosen in this order at the platform.
var defaultFields = map[string]string{"thing1": "title", "thing2": "place", "time3": "time", "thing4": "note"}

// purposeOf says by kind of event which template its messages go by.
var purposeOf = map[string]Purpose{
	kindPublished: ForNews, kindWithdrawn: ForNews,
	kindAnswered: ForAnswers, kindEscalated: ForAnswers,
	kindSubmitted: ForTasks, kindReviewed: ForTasks, kindConfirmed: ForTasks, kindReturned: ForTasks,
	kindAsked: ForTasks, kindRemind: ForTasks, kindBoard: ForTasks, kindUnseen: ForTasks,
}

// purpose gives by kind of event which template its messages go by, and whether
// anybody is told of it at all.
func purpose(kind string) (Purpose, bool) {
	if action, ok := strings.CutPrefix(kind, consultation.EventPrefix); ok {
		return ForNews, consultation.StepName(action) != ""
	}
	if p, ok := ballotPurposes[kind]; ok {
		return p, true
	}
	if p, ok := concernPurpose(kind); ok {
		return p, true
	}
	if p, ok := redblackPurpose(kind); ok {
		return p, true
	}
	p, ok := purposeOf[kind]
	return p, ok
}

// Outgoing is a message as WeChat gets it.
type Outgoing struct {
	OpenID   string
	Template string
	Page     string
	Data     map[string]string
}

// fill makes the data of a template from a message.
func (t Template) fill(m Message, place string) map[string]string {
	values := map[string]string{
		"title": m.Title, "place": place, "note": m.Body,
		"time": m.At.In(calendar.China).Format("2006年1月2日 15:04"),
	}
	fields := t.Fields
	if len(fields) == 0 {
		fields = defaultFields
	}
	data := make(map[string]string, len(fields))
	for keyword, value := range fields {
		data[keyword] = fit(keyword, values[value], m.At)
	}
	return data
}

// bound is what WeChat takes for a type of keyword: at most so many runes, of
// those that keep lets pass; or is shown where nothing is left, as an empty
// value is refused (47003).
type bound struct {
	most int
	keep func(rune) bool
	or   string
}

// bounds are the limits of WeChat's keyword types (subscribeMessage.send).
var bounds = map[string]bound{
	"thing":            {20, unicode.IsPrint, "点击查看"},
	"name":             {10, unicode.IsPrint, "村务公开"},
	"phrase":           {5, func(r rune) bool { return unicode.Is(unicode.Han, r) }, "新消息"},
	"character_string": {32, func(r rune) bool { return r > ' ' && r <= '~' }, "-"},
	"letter":           {32, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }, "A"},
	"number":           {32, func(r rune) bool { return r >= '0' && r <= '9' }, "0"},
	"symbol":           {5, func(r rune) bool { return r > ' ' && r <= '~' && unicode.IsPunct(r) }, "-"},
	"phone_number":     {17, func(r rune) bool { return r >= '0' && r <= '9' || r == '+' || r == '-' }, "0"},
}

// fit makes a text acceptable for a keyword, by its type.
func fit(keyword, s string, at time.Time) string {
	kind := strings.TrimRight(keyword, "0123456789")
	switch kind {
	case "time":
		return at.In(calendar.China).Format("2006年1月2日 15:04")
	case "date":
		return at.In(calendar.China).Format("2006年1月2日")
	}
	b, ok := bounds[kind]
	if !ok {
		b = bounds["thing"]
	}
	var out []rune
	for _, r := range strings.Join(strings.Fields(s), " ") {
		if r != unicode.ReplacementChar && b.keep(r) {
			out = append(out, r)
		}
	}
	text := strings.TrimSpace(string(out))
	if text == "" {
		return b.or
	}
	if out = []rune(text); len(out) > b.most {
		if kind == "thing" {
			return string(out[:b.most-1]) + "…"
		}
		return string(out[:b.most])
	}
	return text
}
