package web_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/html"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/concern"
	"cunwu/service/prepared"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/web"
)

// talked is what a village said, fixed for ever. Its methods answer strangers as
// the service would.
type talked struct {
	*board
	rules *concern.Rules
	asked int
}

const raiserName = "王*成"

func (x *talked) all() []concern.Concern {
	base := func(id string, s concern.State, f func(*concern.Concern)) concern.Concern {
		c := concern.Concern{
			ID: id, Region: "510821102200", RegionName: "盐井村", Category: "road", CategoryName: "道路桥梁", Title: "三组堰塘边的<路>垮了半边",
			Text: "三组堰塘边的<路>垮了半边。\n晚上骑车危险。", Place: concern.Place{Text: "堰塘边"}, Visibility: concern.Public, State: s, StateName: s.Name(),
			Solved: s.Solved(), Level: "village", Handler: "村委会主任", RaisedAt: at(9, 1), Review: concern.Passed,
			Photos: []concern.Photo{
				{ID: "p1", Kind: "jpeg", URL: "/media/" + strings.Repeat("a", 64) + ".jpg", ThumbURL: "/media/" + strings.Repeat("b", 64) + ".jpg", Review: concern.Passed},
				{ID: "p2", Kind: "mp3", URL: "/media/" + strings.Repeat("c", 64) + ".mp3", Review: concern.Passed},
			},
			Updates: []concern.Update{
				{Number: 1, Kind: concern.StepTaken, Action: procedure.OpenAction, By: "说事人", At: at(9, 1), State: concern.Raised, Public: true},
				{Number: 2, Kind: concern.StepTaken, Action: "register", By: "文书", At: at(9, 2), State: concern.Registered, Public: true},
			},
		}
		f(&c)
		return c
	}
	result := []concern.Photo{{ID: "p3", Kind: "jpeg", URL: "/media/" + strings.Repeat("d", 64) + ".jpg", ThumbURL: "/media/" + strings.Repeat("e", 64) + ".jpg", After: true, Review: concern.Passed}}
	return []concern.Concern{
		base("settled", concern.Settled, func(c *concern.Concern) {
			c.Result, c.Rating, c.Joined, c.Reopened, c.EndedAt = "路已经修好。", concern.Basic, 3, true, at(10, 1)
			c.Links = []concern.Link{{Kind: "consultation", ID: "road", Title: "便道走哪边"}, {Kind: concern.LinkDisclosure, ID: "lines", Title: "便道"}}
			c.MergedFrom = []string{"merged"}
			c.Updates = append(
				c.Updates,
				concern.Update{Number: 3, Kind: concern.StepTaken, Action: "assign", Text: "由村委会主任办理", By: "文书", At: at(9, 3), Public: true},
				concern.Update{Number: 4, Kind: concern.Result, Action: "finish", Text: "填了土。", By: "主任", At: at(9, 8), Public: true},
				concern.Update{Number: 5, Kind: concern.Rated, By: "说事人", At: at(9, 9), Public: true},
				concern.Update{Number: 6, Kind: concern.StepTaken, Action: "reopen_village", By: "说事人", At: at(9, 9), Public: true},
				concern.Update{Number: 7, Kind: concern.Result, Action: "finish", Text: "路已经修好。", By: "主任", At: at(9, 28), Public: true, Photos: result},
				concern.Update{Number: 8, Kind: concern.Rated, By: "说事人", At: at(10, 1), Public: true},
				concern.Update{Number: 9, Kind: concern.StepTaken, Action: "accept", By: "说事人", At: at(10, 1), Public: true},
			)
		}),
		base("late", concern.InProgress, func(c *concern.Concern) { c.DueAt, c.Overdue, c.Escalated = at(9, 20), true, true }),
		base("unable", concern.Unable, func(c *concern.Concern) {
			c.Result, c.EndedAt, c.Photos = "河道归县里管，村里修不了。", at(9, 9), nil
		}),
	}
}

func (x *talked) Concern(_ context.Context, by account.Caller, id string) (concern.Concern, error) {
	x.asked++
	if x.away != nil {
		return concern.Concern{}, x.away
	}
	for _, c := range x.all() {
		if c.ID == id {
			return c, nil
		}
	}
	if id != "own" || !by.Known() {
		return concern.Concern{}, concern.ErrNotFound
	}
	c := x.all()[0]
	c.ID, c.State, c.StateName, c.Solved, c.Rating, c.Reopened, c.Links, c.MergedFrom, c.Joined = "own", concern.Done, concern.Done.Name(), false, "", false, nil, nil, 0
	c.Mine, c.RaiserName, c.Review, c.Updates, c.AskAgain = true, raiserName, concern.Pending, c.Updates[:4], true
	c.Available = []procedure.Available{{Action: "rate"}, {Action: "again"}, {Action: "withdraw"}}
	return c, nil
}

func (x *talked) Concerns(_ context.Context, by account.Caller, q concern.Query) (concern.Page, error) {
	if q.Cursor == "!" {
		return concern.Page{}, concern.ErrQuery
	}
	var p concern.Page
	for _, c := range x.all() {
		if q.Open == nil || *q.Open == c.State.Open() {
			p.Items = append(p.Items, c)
		}
	}
	if q.Mine {
		own, err := x.Concern(context.Background(), by, "own")
		return concern.Page{Items: []concern.Concern{own}}, err
	}
	if q.Cursor == "" {
		p.Next = "bmV4dA"
	}
	return p, x.away
}

func (x *talked) Known(ctx context.Context, by account.Caller, id string) error {
	_, err := x.Concern(ctx, by, id)
	return err
}

func (x *talked) Raise(context.Context, account.Caller, audit.Act, concern.NewConcern) (concern.Concern, error) {
	return concern.Concern{}, concern.ErrTooMany
}

func (x *talked) Act(context.Context, account.Caller, audit.Act, string, procedure.Input) (concern.Concern, error) {
	return concern.Concern{}, concern.ErrNotRating
}

func (x *talked) Join(context.Context, account.Caller, audit.Act, string) (concern.Concern, error) {
	return concern.Concern{}, nil
}

func (x *talked) Leave(context.Context, account.Caller, audit.Act, string) (concern.Concern, error) {
	return concern.Concern{}, nil
}

func (x *talked) Rules() *concern.Rules { return x.rules }

// Similar finds the late one in whatever is about to be said.
func (x *talked) Similar(context.Context, account.Caller, region.Code, region.Code, string, string) ([]concern.Similar, error) {
	return []concern.Similar{{Concern: x.all()[1], Score: 80}}, nil
}

// people knows one villager by one token.
type people struct{ due bool }

func (p people) Authenticate(_ context.Context, token string) (account.Caller, error) {
	if token != "good" {
		return account.Caller{}, account.ErrExpired
	}
	return account.Caller{
		AccountID: "a1", SessionID: "s1", ResidentID: "r1", Village: "510821102200", Standing: account.Reader, DisplayName: raiserName, ConsentDue: p.due,
	}, nil
}

func (people) SignIn(context.Context, audit.Act, string) (account.SignedIn, error) {
	return account.SignedIn{}, account.ErrCode
}
func (people) Logout(context.Context, account.Caller, audit.Act) error { return nil }
func (people) Notice() account.Notice {
	return account.Notice{Code: "privacy", Version: 2, Effective: at(1, 1), Title: "个人信息处理告知书", Text: "# 收集什么\n\n**姓名**和电话。"}
}

func (people) GiveConsent(context.Context, account.Caller, audit.Act, account.ConsentInput) (account.ConsentView, error) {
	return account.ConsentView{}, nil
}

func saying(t testing.TB, x *talked, change func(*web.Talk)) site {
	t.Helper()
	gin.SetMode(gin.TestMode)
	cache := prepared.New(prepared.Options{})
	t.Cleanup(cache.Close)
	x.board = newBoard(t)
	rules := `version: 1
effective: 2018-12-29
categories: [{code: road, name: 道路桥梁, similar: village}, {code: other, name: 其他, similar: village}]
categories_source: I 例
text: {min: 5, max: 2000, source: I 例}
photos: {most: 9, source: I 例}
voice: {seconds: 60, source: I 例}
per_day: {most: 10, source: I 例}
ask_again: {days: 28, unit: calendar_day, source: I 例}
callback: {percent: 10, source: I 例}
talk_days: {days: [10], source: I 例}
small: {count: 3, source: I 例}
review: {text_wait_ms: 2500, watchdog_minutes: 35, remind_hours: 24, source: I 例}
violations: [{code: other, name: 其他}]
violations_source: I 例
`
	var err error
	if x.rules, err = concern.LoadRules(fstest.MapFS{concern.RulesFile: {Data: []byte(rules)}}); err != nil {
		t.Fatal(err)
	}
	talk := web.Talk{
		Concerns: x, Sessions: people{}, Uploads: noUploads{}, Similar: x, Sign: func(kind, value string) []byte { return []byte(kind + value) },
		Demo: &web.DemoDoor{Allows: func(code string) bool { return strings.HasPrefix(code, "demo-") }, People: []web.DemoPlace{
			{Name: "盐井村", People: []web.DemoPerson{{Code: "demo-villager-1", Name: "村民，第 1 位"}}},
		}},
	}
	if change != nil {
		change(&talk)
	}
	w, err := web.New(web.Options{Places: x.board, Disclosures: x.board, Prepared: cache, Clock: x.clock, Talk: talk})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	w.Mount(r)
	return site{Handler: r, cache: cache}
}

var concernPages = map[string]string{
	"concern": "/v/settled", "concern_late": "/v/late?big=1", "concern_unable": "/v/unable", "concerns": "/r/510821102200/concerns?open=0&category=road",
	"concerns_county": "/r/510821/concerns", "concern_own": "/me/concerns/own", "concern_mine": "/me/concerns", "concern_new": "/v/new?region=510821102200",
	"signin": "/sign-in?back=/v/new", "consent": "/me/consent?back=/v/new",
}

var formKey = regexp.MustCompile(`name="key" value="[a-z2-7]{26}"`)

func TestConcernPages_Golden(t *testing.T) {
	t.Parallel()
	s := saying(t, &talked{}, nil)
	style := regexp.MustCompile(`/static/(style|paper|icon)\.[0-9a-f]{16}`)
	for name, path := range concernPages {
		cookie := "big=0"
		if strings.Contains(path, "/me/") || strings.Contains(path, "/v/new") {
			cookie = "session=good"
		}
		body := s.get(t, path, "Cookie", cookie).Body.Bytes()
		got := formKey.ReplaceAll(style.ReplaceAll(body, []byte("/static/$1.HASH")), []byte(`name="key" value="KEY"`))
		golden := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(golden, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatalf("%v; write it with: go test ./web -run Golden -update", err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s; look at the difference, then run with -update", path, golden)
		}
		doc, err := html.Parse(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		c := checker{t: t, page: name, ids: map[string]bool{}}
		c.walk(doc)
		c.finish()
		if strings.Contains(string(body), "<路>") {
			t.Errorf("%s: what people wrote is not escaped", name)
		}
	}
}

// What is not solved is never called so, and who said it stands on no page for
// strangers.
func TestConcernPages_Honest(t *testing.T) {
	t.Parallel()
	s := saying(t, &talked{}, nil)
	for path, words := range map[string][]string{
		"/v/settled": {"说事人自己说：已经解决", "说事人评价：基本满意", "说事人不满意，请村里重办", "办理前", "办理后", `href="/c/road"`, "还有 3 人说也有这件事"},
		"/v/late":    {"由村委会主任办理", "已经过期，会自动交到上一级", "过期上交过"},
		"/v/unable":  {"没有办法解决，没有算作已解决", "经办单位说的", "河道归县里管"},
	} {
		rec := s.get(t, path)
		body := rec.Body.String()
		for _, w := range words {
			if !strings.Contains(body, w) {
				t.Errorf("%s lacks %q", path, w)
			}
		}
		if strings.Contains(body, raiserName) || strings.Contains(body, "evil.example") {
			t.Errorf("%s tells too much", path)
		}
		if path != "/v/settled" && strings.Contains(body, "mark_done") {
			t.Errorf("%s: not solved, and marked as solved", path)
		}
	}
}

// Every state has its words, and no state but one says that it is solved.
func TestConcernWords_AllStates(t *testing.T) {
	t.Parallel()
	states := []concern.State{
		concern.Raised, concern.Registered, concern.AtTownship, concern.AtCounty, concern.InProgress, concern.Waiting, concern.Elsewhere, concern.Done,
		concern.Settled, concern.Unrated, concern.Unsatisfied, concern.Unable, concern.NotOurs, concern.Merged, concern.Withdrawn,
	}
	for _, s := range states {
		c := concern.Concern{State: s, StateName: s.Name(), Handler: "盐井村村委会", DueAt: at(10, 1), RaisedAt: at(9, 1), EndedAt: at(9, 9)}
		text := web.Holder(c)
		if text == "" || strings.Contains(text, "说：已经解决") != s.Solved() {
			t.Errorf("%s: %q", s, text)
		}
		now := 0
		for _, step := range web.WayOf(c) {
			if step.Now {
				now++
			}
		}
		if over := s == concern.Settled || s == concern.Unsatisfied; now != 1 && !over || now > 1 {
			t.Errorf("%s stands at %d steps: %v", s, now, web.WayOf(c))
		}
	}
}

func TestConcernPages_Prepared(t *testing.T) {
	t.Parallel()
	x := &talked{}
	s := saying(t, x, nil)
	first := s.get(t, "/v/settled")
	asked := x.asked
	again := s.get(t, "/v/settled", "If-None-Match", first.Header().Get("ETag"), "Cookie", "session=good")
	if again.Code != http.StatusNotModified || x.asked != asked {
		t.Errorf("%d, storage asked %d times more", again.Code, x.asked-asked)
	}
	if body := first.Body.String(); strings.Contains(body, raiserName) || strings.Contains(body, "name=\"token\"") {
		t.Error("a public page holds what is one person's own")
	}
	x.away = errAway
	s.cache.Changed("510821102200")
	if stale := s.get(t, "/v/settled"); stale.Code != http.StatusOK || stale.Header().Get("Warning") == "" {
		t.Errorf("while storage is away: %d", stale.Code)
	}
}

func TestConcernPages_Refusals(t *testing.T) {
	t.Parallel()
	s := saying(t, &talked{}, nil)
	for path, status := range map[string]int{
		"/v/nosuch": http.StatusNotFound, "/v/own": http.StatusNotFound, "/r/xx/concerns": http.StatusNotFound, "/r/510821102200/concerns?group=51082110220201": http.StatusNotFound,
		"/r/510821/concerns?cursor=!": http.StatusBadRequest, "/me/concerns": http.StatusSeeOther, "/me/concerns/own": http.StatusSeeOther, "/v/new": http.StatusSeeOther,
	} {
		if rec := s.get(t, path); rec.Code != status {
			t.Errorf("%s: %d, want %d", path, rec.Code, status)
		}
	}
	if to := s.get(t, "/v/own", "Cookie", "session=good").Header().Get("Location"); to != "/me/concerns/own" {
		t.Errorf("the raiser is sent to %q", to)
	}
	due := saying(t, &talked{}, func(t *web.Talk) { t.Sessions = people{due: true} })
	if to := due.get(t, "/v/new", "Cookie", "session=good").Header().Get("Location"); !strings.HasPrefix(to, "/me/consent?") {
		t.Errorf("before consent: %q", to)
	}
	closed := saying(t, &talked{}, func(t *web.Talk) { t.Sessions = nil })
	if rec := closed.get(t, "/v/new"); rec.Code != http.StatusNotFound {
		t.Errorf("nobody signs in here: %d", rec.Code)
	}
	if body := closed.get(t, "/v/settled").Body.String(); strings.Contains(body, "/me/") {
		t.Error("a page leads where nobody can go")
	}
}

// The form is shown again with everything that was typed, whatever was wrong.
func TestRaise_KeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	token := regexp.MustCompile(`name="token" value="([^"]+)"`)
	s := saying(t, &talked{}, nil)
	given := token.FindStringSubmatch(s.get(t, "/v/new", "Cookie", "session=good").Body.String())
	post := func(s site, fields ...string) *httptest.ResponseRecorder {
		v := url.Values{"token": {given[1]}, "region": {"510821102200"}, "text": {"路灯坏了三天，看不见路。"}, "where": {"村口"}, "category": {"other"}, "visibility": {"named"}}
		for i := 0; i < len(fields); i += 2 {
			v.Set(fields[i], fields[i+1])
		}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v/new", strings.NewReader(v.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Cookie", "session=good")
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, req)
		return rec
	}
	if rec := post(s); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "不是，继续提交") {
		t.Errorf("similar ones are not shown: %d", rec.Code)
	}
	rec := post(s, "checked", "1")
	body := rec.Body.String()
	for _, w := range []string{"今天说的事已经很多了", "路灯坏了三天", `value="村口"`, `value="other" selected`, `value="named" checked`} {
		if !strings.Contains(body, w) {
			t.Errorf("the form lacks %q", w)
		}
	}
	if rec.Code != http.StatusTooManyRequests {
		t.Errorf("status %d", rec.Code)
	}
	if rec := post(s, "token", "x"); rec.Code != http.StatusForbidden {
		t.Errorf("another token: %d", rec.Code)
	}
	broken := saying(t, &talked{}, func(t *web.Talk) { t.Similar = failing{} })
	if rec := post(broken); rec.Code != http.StatusTooManyRequests { // it went on to be raised
		t.Errorf("similar ones could not be looked up: %d", rec.Code)
	}
}

type failing struct{}

func (failing) Similar(context.Context, account.Caller, region.Code, region.Code, string, string) ([]concern.Similar, error) {
	return nil, errors.New("secret cause")
}
