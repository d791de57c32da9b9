package web

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/board"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/question"
	"cunwu/service/region"
)

// Questions is what the pages need of what people ask.
type Questions interface {
	// Of lists the questions about a posting, newest first.
	Of(ctx context.Context, by account.Caller, postingID string, before int64, limit int) (question.Page, error)
}

// Boards is what the pages need of the photos of the physical board.
type Boards interface {
	// Photos lists the photos of a posting, newest first; to strangers the
	// confirmed ones of what stands.
	Photos(ctx context.Context, by account.Caller, postingID string) ([]board.Photo, error)
}

// questionsOnce is how many questions one page shows.
const questionsOnce = 20

// asked is a question as anybody may read it. It has no field for who asked, so
// that no template can show it.
type asked struct {
	Text   string
	By     string // 监督委员会 for an objection, "" for a villager
	About  string // the line it is about, "" for the whole
	At     time.Time
	Status string
	Late   bool
	Joined int
	Words  []said
}

// said is an answer, or what the asker said to it.
type said struct {
	Name string // 答复 and the like
	Text string
	By   string
	At   time.Time
}

// askedOf lists what people ask about a posting. versions are its texts, from
// which the lines are quoted that a question is about.
func (w *Web) askedOf(ctx context.Context, m postingPage, before int64) ([]asked, int64, error) {
	if w.questions == nil {
		return nil, 0, nil
	}
	page, err := w.questions.Of(ctx, account.Caller{}, m.ID, before, questionsOnce)
	if errors.Is(err, disclosure.ErrNotFound) { // taken down since it was read
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	var out []asked
	for _, q := range page.Items {
		out = append(out, w.askedAs(m, q))
	}
	return out, page.Next, nil
}

func (w *Web) askedAs(m postingPage, q question.Question) asked {
	a := asked{Text: q.Text, At: q.AskedAt, Joined: q.Joined, Late: q.Overdue, Status: statusOf(q, w.clock.Now())}
	if q.Kind == question.Objected {
		a.By = "村务监督委员会"
	}
	if q.Line != nil {
		a.About = lineOf(m, q.Version, *q.Line)
	}
	for _, x := range q.Words {
		s := said{Name: "答复", Text: x.Text, By: x.By, At: x.At}
		switch x.Kind {
		case question.Answer:
		case question.Decision:
			s.Name = "乡镇答复"
		case question.Reply:
			s.Name = "追问"
		}
		a.Words = append(a.Words, s)
	}
	return a
}

// statusOf says where a question stands, and until when it must be answered.
func statusOf(q question.Question, now time.Time) string {
	who := "提问人"
	if q.Kind == question.Objected {
		who = "监督委员会"
	}
	switch q.State {
	case question.Open:
		return "等待村里答复，" + untilOf(q, now)
	case question.Escalated:
		return "已转乡镇，" + untilOf(q, now)
	case question.Answered:
		return "村里已答复，等" + who + "看"
	case question.Decided:
		return "乡镇已答复，等" + who + "看"
	case question.Settled:
		return who + "认可，已办结"
	case question.Unsettled:
		return who + "不认可，已办结"
	}
	return q.State.Name()
}

func untilOf(q question.Question, now time.Time) string {
	if !q.Overdue {
		return "应在" + monthDay(q.DueAt) + "前答复"
	}
	if n := days(q.DueAt, now); n > 0 {
		return "已超过答复期限 " + strconv.Itoa(n) + " 天"
	}
	return "今天超过了答复期限"
}

// monthDay shows a moment as 10月22日: of the year nobody is in doubt.
func monthDay(t time.Time) string {
	t = t.In(calendar.China)
	return strconv.Itoa(int(t.Month())) + "月" + strconv.Itoa(t.Day()) + "日"
}

// lineOf quotes a line of the text that was asked about. What was taken down is
// not quoted; its number remains.
func lineOf(m postingPage, version, line int) string {
	text := "第 " + strconv.Itoa(line+1) + " 笔"
	if version != m.Version {
		text += "（第" + strconv.Itoa(version) + "版）"
	}
	if m.Gone != "" {
		return text
	}
	for _, v := range m.Versions {
		if v.Number == version && v.Content != nil && line >= 0 && line < len(v.Content.Lines) {
			return text + "：" + v.Content.Lines[line].Summary
		}
	}
	if version == m.Version && line >= 0 && line < len(m.Content.Lines) {
		return text + "：" + m.Content.Lines[line].Summary
	}
	return text
}

// photosOf lists the confirmed photos of the board.
func (w *Web) photosOf(ctx context.Context, id string) ([]board.Photo, error) {
	if w.boards == nil {
		return nil, nil
	}
	photos, err := w.boards.Photos(ctx, account.Caller{}, id)
	if errors.Is(err, disclosure.ErrNotFound) {
		return nil, nil
	}
	var out []board.Photo
	for _, p := range photos {
		if p.State == board.Confirmed { // whoever looks after the rules, this page shows no other
			out = append(out, p)
		}
	}
	return out, err
}

// questionsPage is the older questions of a posting.
type questionsPage struct {
	ID, Heading, RegionName string
	Path                    []region.Region
	Asked                   []asked
	First                   bool
	Next                    string
}

// questionList is "/d/:id/questions".
func (w *Web) questionList(c *gin.Context) {
	big := isBig(c.Request)
	if w.fastToday(c, big) {
		return
	}
	id := c.Param("id")
	before, err := cursorOf(c.Request.URL.Query().Get("cursor"))
	if err != nil {
		w.refuse(c, err)
		return
	}
	place, err := w.homeOf(c.Request.Context(), id)
	if err != nil {
		w.refuse(c, err)
		return
	}
	here := questionsURL(id, before)
	w.pageOfDay(c, string(place), here[1:], big, func(ctx context.Context) ([]byte, error) {
		sheet, err := w.sheet(ctx, id)
		if err != nil {
			return nil, err
		}
		m := questionsPage{ID: id, Heading: sheet.Heading, RegionName: sheet.RegionName, Path: sheet.Path, First: before == 0}
		var next int64
		if m.Asked, next, err = w.askedOf(ctx, sheet, before); err != nil {
			return nil, err
		}
		if next != 0 {
			m.Next = questionsURL(id, next)
		}
		return w.render("questions", frame{Title: m.Heading + "的提问", Big: big, Here: here, NoIndex: true, Main: m})
	})
}

func questionsURL(id string, before int64) string {
	u := "/d/" + id + "/questions"
	if before != 0 {
		u += "?cursor=" + strconv.FormatInt(before, 36)
	}
	return u
}

// cursorOf reads a position as addresses carry it, 0 for none.
func cursorOf(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 36, 64)
	if err != nil || n <= 0 {
		return 0, disclosure.ErrFeedQuery
	}
	return n, nil
}
