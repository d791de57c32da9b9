package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
	"cunwu/service/calendar"
	"cunwu/service/prepared"
	"cunwu/service/region"
)

// Ballots is what the pages need of the ballots.
type Ballots interface {
	Ballot(ctx context.Context, by account.Caller, id string) (ballot.View, error)
	Result(ctx context.Context, by account.Caller, id string) (ballot.Outcome, error)
	// Notice gives what is published of a sealed ballot from opening on.
	Notice(ctx context.Context, by account.Caller, id string) (sealed.Notice, error)
	SealedExport(ctx context.Context, by account.Caller, id string) (ballot.Outcome, ballot.SealedFacts, error)
	List(ctx context.Context, by account.Caller, within region.Code, before int64, limit int) (ballot.List, error)
	Rules() []ballot.Rule
}

// pollPage is "/b/:id": the question, who may vote, by which rule, from when to
// when, where it stands, and after certification all that a stranger needs.
type pollPage struct {
	ballot.View
	Path    []region.Region
	Place   region.Region
	Status  pollStatus
	Who     string
	Unit    string
	Rule    ballot.Rule
	Source  string // of the rule
	From    string
	Until   string
	Asks    []pollLine // what has to be reached
	HowMany string     // may be chosen
	Turnout string
	Result  *pollResult
	Seal    *pollSeal
	Address string // of this site's API, for the links
}

// pollLine is one line of facts.
type pollLine struct{ Name, Text string }

// pollStatus is where a ballot stands, for people.
type pollStatus struct {
	Name string
	Mark string // of its style
	Next string // what comes, and when
	Done bool   // the page changes no more, but by events
}

// pollResult is a certified result.
type pollResult struct {
	Passed    string // 通过, 没有通过, or that it was an opinion
	Words     string
	Bars      []share
	Turnout   []pollLine
	Ways      []pollLine
	Mismatch  string
	Opinion   string
	Certified string
	Digests   []pollLine
	Casts     int
	Place     int64 // in the public record
}

// poll is "/b/:id".
func (w *Web) poll(c *gin.Context) {
	big := isBig(c.Request)
	if w.fast(c, big) {
		return
	}
	id := c.Param("id")
	v, err := w.ballots.Ballot(c.Request.Context(), account.Caller{}, id)
	if err != nil {
		w.refuse(c, err)
		return
	}
	build := func(ctx context.Context) ([]byte, error) {
		m, err := w.pollOf(ctx, id)
		if err != nil {
			return nil, err
		}
		return w.render("ballot", frame{
			Title: m.Question, Description: m.Place.Name + "的表决：" + m.Question, Big: big, Here: "/b/" + m.ID, Main: m,
		})
	}
	if pollStatusOf(v).Done {
		w.page(c, string(v.Region), "b/"+id, big, build)
		return
	}
	w.moving(c, build)
}

// moving serves a page that changes with the clock alone: it is made anew each
// time, and who has it already is told so. Its tag is of its bytes, so that it
// says no more than they do.
func (w *Web) moving(c *gin.Context, build maker) {
	body, err := build(c.Request.Context())
	if err != nil {
		w.refuse(c, err)
		return
	}
	sum := sha256.Sum256(body)
	v := prepared.Variant{ETag: `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`}
	h := c.Writer.Header()
	w.guard(h)
	h["Cache-Control"], h["Vary"] = pageCache, pageVary
	h.Set("Etag", v.ETag)
	if match := c.GetHeader("If-None-Match"); match != "" && v.Matches(match) {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	_, _ = c.Writer.Write(body) // the client went away: nothing to do about it
}

// pollOf gathers the page of a ballot.
func (w *Web) pollOf(ctx context.Context, id string) (pollPage, error) {
	v, err := w.ballots.Ballot(ctx, account.Caller{}, id)
	if err != nil {
		return pollPage{}, err
	}
	m := pollPage{
		View: v, Status: pollStatusOf(v), Who: v.Electorate.Name(), Unit: v.Electorate.Unit(), From: minute(v.OpensAt), Until: minute(v.ClosesAt),
		Address: "/api/v1/ballots/" + v.ID,
	}
	if m.Place, err = w.places.Region(ctx, v.Region); err != nil {
		return m, err
	}
	if m.Path, err = w.places.Path(ctx, v.Region); err != nil {
		return m, err
	}
	for _, r := range w.ballots.Rules() {
		if r.Code == v.Rule {
			m.Rule, m.Source = r, sourceOf(r.Source)
		}
	}
	m.asks()
	if v.Turnout != nil && !m.Status.Done && v.State == ballot.Open {
		m.Turnout = strconv.Itoa(*v.Turnout) + " " + m.Unit + "以上（只报整十的数，" + minute(v.TurnoutAt) + "）"
	}
	if v.State == ballot.Certified {
		if m.Result, err = w.pollResult(ctx, v); err != nil {
			return m, err
		}
	}
	if v.Sealed {
		m.Seal, err = w.pollSeal(ctx, v)
	}
	return m, err
}

// asks says in words what has to be reached.
func (m *pollPage) asks() {
	if s := m.Quorum.Said(m.Unit); s != "" {
		m.Asks = append(m.Asks, pollLine{"怎样算有效", "投票的" + s})
	}
	switch s := m.Pass.Said(m.Unit); {
	case s == "":
		m.Asks = append(m.Asks, pollLine{"怎样算通过", "只征求意见，不作决定"})
	case m.Kind == ballot.YesNo:
		m.Asks = append(m.Asks, pollLine{"怎样算通过", "赞成的" + s})
	case m.Kind == ballot.Satisfied:
		m.Asks = append(m.Asks, pollLine{"怎样算通过", "满意和基本满意的" + s})
	default:
		m.Asks = append(m.Asks, pollLine{"怎样算选中", "得票" + s})
	}
	switch m.Kind {
	case ballot.ChooseFew:
		m.HowMany = "最多选 " + strconv.Itoa(m.MaxChoices) + " 项"
	case ballot.Score:
		m.HowMany = "每一项打 1 到 5 分"
	case ballot.YesNo, ballot.ChooseOne, ballot.Satisfied:
		m.HowMany = "只选一项"
	}
}

// pollStatusOf says where a ballot stands, by the server's clock.
func pollStatusOf(v ballot.View) pollStatus {
	waits := pollStatus{Name: "正在计票", Mark: "late", Next: "投票已经截止，正在计票。监委会确认以后，结果在这里公布。"}
	switch v.State {
	case ballot.Open:
		switch {
		case v.Now.Before(v.OpensAt):
			return pollStatus{Name: "还没开始", Mark: "old", Next: minute(v.OpensAt) + "开始投票。"}
		case v.Now.Before(v.ClosesAt):
			return pollStatus{Name: "正在投票", Mark: "new", Next: minute(v.ClosesAt) + "截止。截止以前谁也看不到票数，村干部也看不到；截止以后计票，监委会确认以后，结果在这里公布。"}
		}
		return waits
	case ballot.Closed:
		if v.Sealed {
			waits.Name, waits.Next = "等待开箱", "投票已经截止，票已封箱。两位保管人依次开箱，监委会确认以后，结果在这里公布。"
		}
		return waits
	case ballot.Counted:
		return pollStatus{Name: "等待确认", Mark: "late", Next: "已经计票。监委会确认以后，结果在这里公布。"}
	case ballot.Certified:
		return pollStatus{Name: "结果已公布", Mark: "done", Done: true}
	case ballot.Cancelled:
		return pollStatus{Name: "已取消", Mark: "gone", Done: true}
	case ballot.Void:
		return pollStatus{Name: "作废", Mark: "gone", Done: true}
	case ballot.Draft, ballot.KeysReady: // not public
	}
	return pollStatus{Name: "还没开始", Mark: "old"}
}

// sourceOf gives a source without the letter that says what kind it is.
func sourceOf(s string) string {
	if kind, rest, ok := strings.Cut(s, " "); ok && len(kind) <= 2 {
		return rest
	}
	return s
}

// minute shows a moment as people say it: 2026年9月30日 8:05.
func minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return day(t) + t.In(calendar.China).Format(" 15:04")
}
