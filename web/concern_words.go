package web

import (
	"strings"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/concern"
	"cunwu/service/procedure"
)

// holder says in plain words who has to do what and by when.
func holder(c concern.Concern) string {
	by := untilWords(c)
	switch c.State {
	case concern.Raised:
		return "等" + c.Handler + "登记" + by
	case concern.Registered, concern.AtTownship, concern.AtCounty:
		return "在" + c.Handler + "，等定下由谁办" + by
	case concern.InProgress:
		return "由" + c.Handler + "办理" + by
	case concern.Waiting:
		return "经办的人要说事人再说清楚一点。说事人补充以后接着办，等的这几天不算经办的人拖延。"
	case concern.Elsewhere:
		return "已经转到别的程序，等那边的结果" + by
	case concern.Done:
		return c.Handler + "说办完了（办结）。办结不等于解决，解决没有，等说事人自己说。"
	case concern.Settled:
		return "说事人自己说：已经解决。"
	case concern.Unrated:
		return "经办的人说办完了，说事人没有评价。所以不算已解决。"
	case concern.Unsatisfied:
		return "重办过一次，说事人还是不满意。所以不算已解决，可以向上一级反映。"
	case concern.Unable:
		return "经办的人说没有办法解决，没有算作已解决。"
	case concern.NotOurs:
		return "不归这一级管，没有算作已解决。该找哪里，看下面的答复。"
	case concern.Merged:
		return "和另一件说的是同一件事，并在一起办。"
	case concern.Withdrawn:
		return "说事人自己撤回了。"
	}
	return ""
}

// untilWords says by when, and what follows where the day is over.
func untilWords(c concern.Concern) string {
	if c.DueAt.IsZero() {
		return "。"
	}
	if c.Overdue {
		if c.Level == "county" || c.Visibility == concern.Sealed {
			return "。最晚应在" + dueDay(c.DueAt) + "，已经过期。"
		}
		return "。最晚应在" + dueDay(c.DueAt) + "，已经过期，会自动交到上一级。"
	}
	return "，最晚" + dueDay(c.DueAt) + "。"
}

// dueDay is the last day on which something is in time; a deadline at midnight
// belongs to the day before.
func dueDay(due time.Time) string { return day(due.In(calendar.China).Add(-time.Second)) }

// way is a step of the way of a concern.
type way struct {
	Name string
	At   time.Time
	Now  bool
	Gone bool // it was taken
}

// wordsOfWays are the steps that every concern goes through, if it ends well.
var wordsOfWays = []string{"说事", "登记", "定下谁来办", "办理", "办结", "说事人评价"}

// wayAt says which step a state waits at; len(wordsOfWays) where all are over.
var wayAt = map[concern.State]int{
	concern.Raised: 1, concern.Registered: 2, concern.AtTownship: 2, concern.AtCounty: 2, concern.InProgress: 3, concern.Waiting: 3,
	concern.Elsewhere: 3, concern.Done: 5, concern.Unrated: 5, concern.Settled: 6, concern.Unsatisfied: 6,
}

// wayActions say which step an action of the case is.
var wayActions = map[string]int{
	procedure.OpenAction: 0, "register": 1, "assign": 2, "on_the_spot": 4, "finish": 4, "accept": 5, "refuse": 5,
}

// wayOf shows the states of a concern as steps. What ended early says so in its
// last step.
func wayOf(c concern.Concern) []way {
	out := make([]way, len(wordsOfWays))
	for i, name := range wordsOfWays {
		out[i].Name = name
	}
	out[0].At = c.RaisedAt
	for _, u := range c.Updates {
		if i, ok := wayActions[u.Action]; ok && u.Action != procedure.OpenAction {
			out[i].At = u.At
		}
	}
	at, ok := wayAt[c.State]
	if !ok { // ended on the way
		reached := 1
		for i := range out {
			if !out[i].At.IsZero() && i < 4 {
				reached = i + 1
			}
		}
		out = append(out[:reached], way{Name: c.StateName, At: c.EndedAt, Now: true})
		at = reached
	}
	for i := range out {
		out[i].Gone = i < at
		if i >= at && ok {
			out[i].At = time.Time{} // a step that is to be taken again has no day yet
		}
		out[i].Now = out[i].Now || i == at && c.State != concern.Unrated
	}
	if c.State == concern.Unrated {
		out[5].Name = "说事人没有评价"
		out[5].Now = true
	}
	return out
}

// event is a line of the timeline as people read it.
type event struct {
	Head   string
	Text   string
	By     string
	At     time.Time
	Photos []picture
	Hidden bool // the raiser and those who handle it alone read it
}

// stepWords are what the steps of the case are called in the timeline.
var stepWords = map[string]string{
	procedure.OpenAction: "说了这件事", "register": "登记", "assign": "定下由谁办", "on_the_spot": "当场办结", "finish": "办结",
	"ask": "请说事人补充", "answer": "说事人作了补充", "resume": "没有等到补充，接着办", "escalate": "到期没有办，自动交上一级",
	"to_village": "交回村里办", "to_township": "交乡镇办", "to_county": "交县里办", "to_consultation": "转去协商",
	"to_resolution": "提交村民（代表）会议", "to_mediation": "转人民调解", "link": "补上编号", "back": "没有谈成，回到村里办",
	"unable": "答复：没有办法解决", "not_ours": "答复：不归这一级管", "unrated": "到期没有评价", "merge": "并入另一件",
	"withdraw": "说事人撤回", "reopen_village": "请村里重办", "reopen_township": "请乡镇重办", "reopen_county": "请县里重办",
	procedure.ExtendAction: "延期一次",
}

// events tells a timeline. A rating and the step that it brings about are one
// line. media says where the pictures of a page are.
func events(c concern.Concern, media string) []event {
	var out []event
	for i, u := range c.Updates {
		if follows(c.Updates, i) {
			continue
		}
		e := event{Head: headOf(c, i), Text: u.Text, By: u.By, At: u.At, Hidden: !u.Public}
		if u.Kind != concern.Result { // those stand beside the photos of before
			e.Photos = pictures(u.Photos, media)
		}
		if e.Head == "" { // an action of a later version of the way
			e.Head = c.Updates[i].State.Name()
		}
		out = append(out, e)
	}
	return out
}

// follows reports whether a step is told with the rating before it.
func follows(us []concern.Update, i int) bool {
	return i > 0 && us[i].Kind == concern.StepTaken && us[i-1].Kind == concern.Rated
}

func headOf(c concern.Concern, i int) string {
	u := c.Updates[i]
	switch u.Kind {
	case concern.Progress:
		return "进展"
	case concern.Rated:
		return ratedWords(c, i)
	case concern.AskedAgain:
		return "四个星期后又问了一次，说事人回答了"
	case concern.CalledBack:
		return "回访"
	case concern.HiddenNow:
		return "不再公开显示"
	case concern.ShownNow:
		return "审核通过，公开显示"
	case concern.Result:
		if u.Action == "answer" { // of what is sealed
			return "答复"
		}
	case concern.StepTaken:
		if u.Action == "accept" { // of what is sealed
			return "签收"
		}
	case concern.Asked, concern.Answered:
	}
	return stepWords[u.Action]
}

// ratedWords tells a rating by the step that it brought about: lines of a
// timeline carry no more.
func ratedWords(c concern.Concern, i int) string {
	last := true
	next := ""
	for j := i + 1; j < len(c.Updates); j++ {
		if j == i+1 {
			next = c.Updates[j].Action
		}
		last = last && c.Updates[j].Kind != concern.Rated
	}
	switch {
	case strings.HasPrefix(next, "reopen_"):
		return "说事人不满意，" + stepWords[next]
	case next == "refuse":
		return "说事人评价：不满意"
	case last && c.Rating != "":
		return "说事人评价：" + c.Rating.Name()
	}
	return "说事人评价：满意或者基本满意"
}

// ratingLine says how it was rated, "" where it was not.
func ratingLine(c concern.Concern) string {
	if c.Rating == "" {
		return ""
	}
	text := c.Rating.Name()
	if c.Reopened && c.State.Open() {
		text += "（所以在重办）"
	}
	return text
}

// linkWords are what the places are called where a concern goes on.
var linkWords = map[string]string{
	"consultation": "协商", "resolution": "村民（代表）会议的决议", "mediation": "人民调解", concern.LinkDisclosure: "公开的账目",
}

// onward is where a concern went on; URL is "" where there is no page.
type onward struct{ Word, Title, URL string }

func onwards(links []concern.Link) []onward {
	var out []onward
	for _, l := range links {
		o := onward{Word: linkWords[l.Kind], Title: l.Title}
		if o.Word == "" {
			o.Word = "相关的事"
		}
		o.URL = l.Path()
		if o.Title == "" && l.ID != "" && o.URL == "" {
			o.Title = "编号 " + l.ID
		}
		out = append(out, o)
	}
	return out
}

// picture is a photo or a recording as a page shows it.
type picture struct {
	URL, Thumb string
	Voice      bool
	After      bool
	Waiting    bool // nobody looked at it yet
}

// pictures gives photos with their addresses; under "" they are public.
func pictures(photos []concern.Photo, under string) []picture {
	var out []picture
	for _, p := range photos {
		one := picture{URL: under + p.URL, Voice: p.Kind == "mp3", After: p.After, Waiting: under != "" && p.Review != concern.Passed && p.Review != ""}
		if p.ThumbURL != "" {
			one.Thumb = under + p.ThumbURL
		}
		out = append(out, one)
	}
	return out
}

// afterOf gives the photos of the result.
func afterOf(c concern.Concern) []concern.Photo {
	var out []concern.Photo
	for _, u := range c.Updates {
		if u.Kind == concern.Result {
			out = append(out, u.Photos...)
		}
	}
	return out
}
