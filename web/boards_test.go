package web_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"cunwu/service/covenant"
	"cunwu/service/ranking"
	"cunwu/service/redblack"
	"cunwu/web"
)

// judgedPages are the pages by the name of their golden file; those in *own* are
// of who is signed in.
var judgedPages = map[string]string{
	"boards": "/r/510821102200/boards", "boards_group": "/r/510821102200/boards?by=group&period=2026Q3&big=1", "boards_town": "/r/510821102/boards?by=clause&period=all",
	"boards_older": "/r/510821102200/boards?list=red&cursor=3", "boards_rules": "/r/510821102200/boards/rules", "boards_script": "/r/510821102200/boards/rules/script",
	"entry": "/e/corn", "entry_black": "/e/fire", "entry_notice": "/e/road?big=1", "covenant": "/r/510821102200/covenant", "covenant_old": "/r/510821102200/covenant/1",
	"covenant_changes": "/r/510821102200/covenant/3/changes", "covenant_none": "/r/510821102200/charter",
	"boards_own_village": "/r/510821102200/boards", "entry_own_black": "/e/fire", "entry_own_asked": "/e/asked", "entry_own_made": "/e/made", "boards_own": "/me/boards",
	"boards_own_new": "/r/510821102200/boards/new?list=black", "covenant_own_opinion": "/r/510821102200/covenant/opinion?clause=c02",
}

func TestJudgedPages_Golden(t *testing.T) {
	t.Parallel()
	s := judging(t, &judged{mine: "fire"}, nil)
	style := regexp.MustCompile(`/static/(style|paper|icon)\.[0-9a-f]{16}`)
	for name, path := range judgedPages {
		cookie := "big=0"
		if strings.Contains(name, "_own") {
			cookie = "session=good"
		}
		rec := s.get(t, path, "Cookie", cookie)
		if rec.Code != http.StatusOK {
			t.Fatalf("%s: %d", path, rec.Code)
		}
		body := rec.Body.Bytes()
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
		for _, raw := range []string{"<b>邻居", "<倒>", "<现>", "<没有>", "<i>婚事", "<多少>", "<script", "salt-of-corn"} {
			if strings.Contains(string(body), raw) {
				t.Errorf("%s: %q is not escaped, or tells too much", name, raw)
			}
		}
	}
}

// What is private stands on the page of those alone who may read it, even where
// the service gives it to everybody; and such a page is kept by nobody.
func TestJudgedPages_Private(t *testing.T) {
	t.Parallel()
	for _, leaks := range []bool{false, true} {
		s := judging(t, &judged{leaks: leaks}, nil)
		for _, path := range []string{"/r/510821102200/boards", "/r/510821102200/boards?list=black", "/r/510821102/boards", "/r/51/boards", "/e/fire"} {
			for _, session := range []string{"", "next", "nobody", "gone", "good"} {
				rec := s.get(t, path, "Cookie", "session="+session)
				body := rec.Body.String()
				named := strings.Contains(body, blackName) || strings.Contains(body, "看住火")
				may := session == "good" && (strings.Contains(path, "510821102200") || path == "/e/fire")
				if named != may {
					t.Errorf("%s to %q (leaks %v): named %v", path, session, leaks, named)
				}
				if path == "/e/fire" && strings.Contains(body, "/media/") {
					t.Errorf("%s: a picture with a black entry", path)
				}
				if rec.Header().Get("X-Robots-Tag") != "noindex" || !strings.Contains(body, `<meta name="robots" content="noindex">`) {
					t.Errorf("%s may be indexed", path)
				}
				cache, signed := rec.Header().Get("Cache-Control"), session == "next" || session == "nobody" || session == "good"
				if signed && cache != "private, no-store" || !signed && cache != "no-cache" {
					t.Errorf("%s to %q: Cache-Control %q", path, session, cache)
				}
			}
		}
		if after := s.get(t, "/e/fire").Body.String(); strings.Contains(after, blackName) {
			t.Error("what a villager was shown is shown to a stranger")
		}
	}
}

// A stranger's page is made once, until something changes: of the place, or an
// endorsement alone. Once outdated it is never shown again, for somebody may have
// been taken off.
func TestJudgedPages_Prepared(t *testing.T) {
	t.Parallel()
	x := &judged{}
	s := judging(t, x, nil)
	for _, path := range []string{"/r/510821102200/boards", "/e/corn"} {
		first := s.get(t, path)
		asked := x.asked
		if again := s.get(t, path, "If-None-Match", first.Header().Get("ETag")); again.Code != http.StatusNotModified || x.asked != asked || again.Header().Get("X-Robots-Tag") == "" {
			t.Errorf("%s: %d, storage asked %d times more", path, again.Code, x.asked-asked)
		}
		x.on = map[string]bool{"a9": true}
		s.cache.ChangedOf("ranking", saltVillage)
		if body := s.get(t, path).Body.String(); !strings.Contains(body, "24 人赞同") {
			t.Errorf("%s lacks the new endorsement", path)
		}
		x.on = nil
		s.cache.Changed(saltVillage)
		if body := s.get(t, path).Body.String(); !strings.Contains(body, redName) || !strings.Contains(body, "23 人赞同") {
			t.Errorf("%s lacks what it showed before", path)
		}
		x.away = errAway
		s.cache.Changed(saltVillage)
		if rec := s.get(t, path); rec.Code != http.StatusServiceUnavailable || strings.Contains(rec.Body.String(), redName) {
			t.Errorf("%s while storage is away: %d", path, rec.Code)
		}
		x.away = nil
	}
}

func TestJudgedPages_Say(t *testing.T) {
	t.Parallel()
	s := judging(t, &judged{}, nil)
	for path, words := range map[string][]string{
		"/r/510821102200/boards": {
			"先看规则", "李秀英", "公示到2026年10月24日", "展示到2026年12月26日", "本人同意公布姓名", "/r/510821102200/covenant/2#c02", "只写事，不公开姓名", "更正和道歉",
			"第2名<br><span class=\"mark mark_old\">并列</span>", "样本少，仅供参考", "不给人排名，不给干部排名，也不给村排名", "第1名", "23 人赞同", "本季度", "再早：", "★", "■", "cursor=3mv&amp;list=red",
		},
		"/r/510821102200/boards?by=group": {"每百户 6.5 条（62 户，4 条）", "每一百户"},
		"/r/510821102/boards":             {"盐井村三组，2026年8月", "各村"},
		"/r/510821102200/boards/rules":    {"道德评议会，9 人", "第 900 条", "这一条现在不生效", "最多展示 30 天", "sheet.pdf", "2026年8月1日起"},
		"/e/road":                         {"公示中", "公示期满", "还没有到"},
		"/r/510821102200/covenant":        {"不准", "提倡", "可以上红榜", "会上黑榜", "655 票", "报乡镇备案", "正在修订第 3 版", "我要提意见", "看自治章程", `id="c05"`},
		"/r/510821102200/covenant/1":      {"已被新版代替", "红白喜事一切从简"},
		"/r/510821102200/covenant/2/changes": {
			"增加 2 条，删去 1 条。", "<ins>", "原第3条", "<del>", "删去",
		},
		"/r/510821102200/covenant/3/changes": {"农忙<ins>、修房</ins>时", "上不上榜：原来“红榜”，现在“不上榜”。", "增加 1 条，改动 1 条。", "还是草案"},
	} {
		rec := s.get(t, path)
		for _, w := range words {
			if !strings.Contains(rec.Body.String(), w) {
				t.Errorf("%s (%d) lacks %q", path, rec.Code, w)
			}
		}
	}
	unknown := judging(t, &judged{unknown: true}, nil)
	if body := unknown.get(t, "/r/510821102200/boards").Body.String(); !strings.Contains(body, "还没有公布红黑榜的规则") || strings.Contains(body, "/boards/new") {
		t.Error("without rules nobody is to nominate")
	}
	place := s.get(t, "/r/510821102200").Body.String()
	if !strings.Contains(place, `href="/r/510821102200/boards"`) || !strings.Contains(place, `href="/r/510821102200/covenant"`) {
		t.Error("the place does not lead there")
	}
	if town := s.get(t, "/r/510821102").Body.String(); !strings.Contains(town, `href="/r/510821102/boards"`) || strings.Contains(town, "/covenant") {
		t.Error("the township does not lead there")
	}
	sheet := s.get(t, "/r/510821102200/boards/rules/sheet.pdf")
	if sheet.Code != http.StatusOK || !bytes.HasPrefix(sheet.Body.Bytes(), []byte("%PDF-")) {
		t.Errorf("the sheet: %d", sheet.Code)
	}
}

func TestJudgedPages_Refusals(t *testing.T) {
	t.Parallel()
	s := judging(t, &judged{}, nil)
	for path, status := range map[string]int{
		"/r/xx/boards": 404, "/r/51082110220003/boards": 404, "/r/510821102200/boards?by=person": 400, "/r/510821102200/boards?by=village": 400,
		"/r/510821102/boards?by=group": 400, "/r/510821102200/boards?period=2027": 400, "/r/510821102200/boards?list=white": 400, "/r/510821102200/boards?list=red&cursor=!": 400,
		"/e/nosuch": 404, "/e/asked": 404, "/e/made": 404, "/r/510821102/boards/rules": 404, "/r/510821102202/boards/rules": 404, "/r/510821102/covenant": 404,
		"/r/510821102200/covenant/9": 404, "/r/510821102200/covenant/02": 404, "/r/510821102200/covenant/1/changes": 404, "/r/510821102200/charter/1": 404,
		"/r/510821102200/covenant?kind=charter": 303, "/r/510821102200/covenant?kind=law": 404, "/me/boards": 303, "/r/510821102200/boards/new": 303, "/r/510821102200/covenant/opinion": 303,
	} {
		if rec := s.get(t, path); rec.Code != status {
			t.Errorf("%s: %d, want %d", path, rec.Code, status)
		}
	}
	for _, path := range []string{"/e/asked", "/e/made"} {
		if rec := s.get(t, path, "Cookie", "session=next"); rec.Code != http.StatusNotFound {
			t.Errorf("%s to a stranger to it: %d", path, rec.Code)
		}
	}
	if rec := s.get(t, "/r/510821102200/boards/new", "Cookie", "session=next"); rec.Code != http.StatusForbidden {
		t.Errorf("somebody from elsewhere nominates: %d", rec.Code)
	}
	closed := judging(t, &judged{}, func(o *web.Options) { o.Talk = web.Talk{} })
	for _, path := range []string{"/r/510821102200/boards", "/e/corn", "/r/510821102200/covenant"} {
		if body := closed.get(t, path).Body.String(); strings.Contains(body, "sign-in") || strings.Contains(body, "/me/") || strings.Contains(body, "opinion") {
			t.Errorf("%s leads where nobody can go", path)
		}
	}
	if back := s.get(t, "/set/big?on=1&back=/e/corn"); back.Header().Get("Location") != "/e/corn" {
		t.Errorf("back to %q", back.Header().Get("Location"))
	}
}

// What is done in the browser reaches the service once it is proven whose form it
// is; what officers do is no form here.
func TestEntryForms(t *testing.T) {
	t.Parallel()
	x := &judged{mine: "corn"}
	s := judging(t, x, nil)
	if page := s.get(t, "/e/corn", "Cookie", "session=good").Body.String(); strings.Contains(page, `value="endorse"`) || !strings.Contains(page, "<details") || !strings.Contains(page, "撤回，不显示我的姓名和照片") {
		t.Error("a form to endorse a deed of one's own, or none to withdraw consent by two taps")
	}
	own := x.mine
	x.mine = ""
	if rec := s.send(t, "/e/corn", url.Values{"do": {"endorse"}}); rec.Header().Get("Location") != "/e/corn?done=endorse" || !x.on["a1"] {
		t.Errorf("endorsing: %d to %q", rec.Code, rec.Header().Get("Location"))
	}
	if page := s.get(t, "/e/corn?done=endorse", "Cookie", "session=good").Body.String(); !strings.Contains(page, "您已经赞同") || !strings.Contains(page, `value="unendorse"`) || !strings.Contains(page, "24 人赞同") {
		t.Error("the page does not say that one endorsed")
	}
	if s.send(t, "/e/corn", url.Values{"do": {"unendorse"}}); x.on["a1"] {
		t.Error("not taken back")
	}
	if rec := s.send(t, "/e/corn", url.Values{"do": {"endorse"}, "token": {"forged"}}); rec.Code != http.StatusForbidden || x.on["a1"] {
		t.Errorf("a forged form: %d", rec.Code)
	}
	x.mine = own
	if rec := s.send(t, "/e/corn", url.Values{"do": {"withdraw_consent"}, "key": {"k"}}); rec.Code != http.StatusSeeOther || len(x.did) != 1 || x.did[0].Action != "withdraw_consent" {
		t.Errorf("withdrawing: %d, %v", rec.Code, x.did)
	}
	if s.send(t, "/e/asked", url.Values{"do": {"consent"}, "name": {"masked"}, "resident": {"r9"}, "key": {"k"}}); len(x.did) != 2 || x.did[1].Fields["name"] != "masked" || len(x.did[1].Fields) != 1 {
		t.Errorf("consenting: %v", x.did)
	}
	if rec := s.send(t, "/e/corn", url.Values{"do": {"verify"}, "key": {"k"}}); rec.Code != http.StatusUnprocessableEntity || len(x.did) != 2 {
		t.Errorf("an officer's action: %d", rec.Code)
	}
	x.mine, x.refuse = "fire", redblack.ErrAppealLate
	rec := s.send(t, "/e/fire", url.Values{"do": {"appeal"}, "text": {"那块地是我的，<没>烧着林子。"}, "key": {"k"}})
	if body := rec.Body.String(); rec.Code != http.StatusConflict || !strings.Contains(body, redblack.ErrAppealLate.Message) || !strings.Contains(body, "&lt;没&gt;烧着林子") {
		t.Errorf("a late appeal: %d", rec.Code)
	}
	x.refuse = errors.New("disk")
	if rec := s.send(t, "/e/fire", url.Values{"do": {"appeal"}, "text": {"不是我。真的。"}, "key": {"k"}}); rec.Code != http.StatusInternalServerError {
		t.Errorf("a failure: %d", rec.Code)
	}
}

func TestNominateForm(t *testing.T) {
	t.Parallel()
	x := &judged{}
	s := judging(t, x, nil)
	fields := func() url.Values {
		return url.Values{
			"key": {"k"}, "list": {"black"}, "name": {"刘长贵"}, "clause": {"c05"}, "facts": {"在河边<烧>秸秆，风很大。"}, "on": {"2026-10-02"}, "where": {"河边"}, "group": {"二组"},
		}
	}
	if rec := s.send(t, "/r/510821102200/boards/new", fields()); rec.Header().Get("Location") != "/me/boards?done=black" || x.sent.Name != "刘长贵" || x.sent.Kind != redblack.Black || x.sent.Behalf != "" {
		t.Errorf("%d %v", rec.Code, x.sent)
	}
	x.refuse = redblack.ErrTextRefused.At("body.facts", "不评价人品。请去掉“懒汉”。")
	rec := s.send(t, "/r/510821102200/boards/new", fields())
	body := rec.Body.String()
	for _, w := range []string{"请去掉“懒汉”", "&lt;烧&gt;", `value="刘长贵"`, `value="c05" selected`, `value="2026-10-02"`, `value="河边"`} {
		if !strings.Contains(body, w) {
			t.Errorf("the form (%d) lacks %q", rec.Code, w)
		}
	}
	if strings.Contains(body, `value="c06"`) || strings.Contains(body, `value="c02"`) {
		t.Error("a clause of another list, or one that is not in force, can be chosen")
	}
	x.unknown = true
	if rec := s.get(t, "/r/510821102200/boards/new", "Cookie", "session=good"); rec.Code != http.StatusConflict {
		t.Errorf("without rules: %d", rec.Code)
	}
}

func TestOpinionForm(t *testing.T) {
	t.Parallel()
	x := &judged{}
	s := judging(t, x, nil)
	page := s.get(t, "/r/510821102200/covenant/opinion", "Cookie", "session=good").Body.String()
	if !strings.Contains(page, "照改") || strings.Contains(page, "别人的意见") {
		t.Error("own opinions are missing, or others' are there")
	}
	in := url.Values{"key": {"k"}, "stance": {"change"}, "clause": {"c02"}, "text": {"写明<几天>。"}}
	if rec := s.send(t, "/r/510821102200/covenant/opinion", in); rec.Header().Get("Location") != "/r/510821102200/covenant/opinion?done=1" || x.said.Clause != "c02" || x.said.People != 0 {
		t.Errorf("%d %v", rec.Code, x.said)
	}
	x.refuse = covenant.ErrTooMany
	rec := s.send(t, "/r/510821102200/covenant/opinion", in)
	for _, w := range []string{covenant.ErrTooMany.Message, "写明&lt;几天&gt;。", `value="c02" selected`} {
		if !strings.Contains(rec.Body.String(), w) {
			t.Errorf("the form (%d) lacks %q", rec.Code, w)
		}
	}
	if rec := s.get(t, "/r/510821102200/covenant/opinion", "Cookie", "session=next"); strings.Contains(rec.Body.String(), "<textarea") || !strings.Contains(rec.Body.String(), covenant.ErrNotVillager.Message) {
		t.Errorf("somebody from elsewhere: %d", rec.Code)
	}
}

func TestPeriodBefore(t *testing.T) {
	t.Parallel()
	for label, before := range map[string]string{"2026-01": "2025-12", "2026-11": "2026-10", "2026Q1": "2025Q4", "2026Q3": "2026Q2", "2026": "2025", ranking.AllTime: ""} {
		if got := web.PeriodBefore(label); got != before {
			t.Errorf("before %s: %q, want %q", label, got, before)
		}
	}
}
