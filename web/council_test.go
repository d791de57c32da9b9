package web_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/html"

	"cunwu/service/account"
	"cunwu/service/council"
	"cunwu/service/prepared"
	"cunwu/web"
)

// bodies is what a village governs itself by, fixed for ever.
type bodies struct{}

func (bodies) OfficeName(code string) string {
	return map[string]string{"convenor": "召集人", "member": "成员"}[code]
}

func (bodies) Council(_ context.Context, _ account.Caller, id string) (council.Council, error) {
	c := council.Council{
		Record:     council.Record{ID: id, Region: "510821102200", Kind: "wedding_funeral", Name: "盐井村红白理事会", From: "2026-01-01", Until: "2028-12-31", Charter: 2},
		RegionName: "盐井村", Rule: council.KindRule{Code: "wedding_funeral", Name: "红白理事会", About: "办理和倡导婚丧事宜从简"}, Size: 2,
	}
	switch id {
	case "moral":
		c.Name, c.Expired, c.Until = "道德评议会", true, "2026-06-30"
		c.Rule = council.KindRule{Code: "moral_council", Name: "道德评议会", About: "依村规民约评议", VotersRole: "council"}
		c.Voters, c.VotersBy = []string{"王*成", "李*"}, "道德评议会成员"
		return c, nil
	case "feast":
		c.Charters = []council.Charter{
			{Version: 2, Text: "酒席不超过<二十>桌。\n不收礼金。", By: "文书", Account: "acc-secret", At: at(6, 1)},
			{Version: 1, Text: "酒席不超过三十桌。", By: "文书", Account: "acc-secret", At: at(1, 2)},
		}
		c.Text = c.Charters[0].Text
		c.Members = []council.Member{
			{Number: 2, Resident: "res-secret", Name: "赵*明", Office: "convenor", From: "2026-03-01"},
			{Number: 3, Resident: "res-secret", Name: "钱*", Office: "member", From: "2026-03-01", Until: "2027-12-31"},
		}
		c.Former = []council.Member{{Number: 1, Resident: "res-secret", Name: "孙*军", Office: "convenor", From: "2026-01-01", Until: "2026-02-28"}}
		return c, nil
	}
	return council.Council{}, council.ErrNotFound
}

func (b bodies) List(ctx context.Context, by account.Caller, r council.Range) (council.Page, error) {
	if r.Before != 0 || !r.Region.Contains("510821102200") {
		return council.Page{}, nil
	}
	moral, err := b.Council(ctx, by, "moral")
	if err != nil {
		return council.Page{}, err
	}
	feast, err := b.Council(ctx, by, "feast")
	return council.Page{Items: []council.Council{moral, feast}, Next: 77}, err
}

func (bodies) Activity(_ context.Context, _ account.Caller, id string) (council.Activity, error) {
	a := council.Activity{
		ActivityRecord: council.ActivityRecord{
			ID: id, CouncilID: "feast", Region: "510821102200", Kind: "mutual_aid", Title: "帮人家<收麦>", State: council.Planned,
			Content: council.Content{PlannedOn: "2026-09-20", PlannedPlace: "二组坝子", Plan: "自带镰刀。"},
		},
		CouncilName: "盐井村红白理事会", RegionName: "盐井村", KindName: "互助", StateName: "计划中",
	}
	switch id {
	case "plan":
		return a, nil
	case "off":
		a.State, a.StateName, a.Content.Cancelled = council.Cancelled, "已取消", "连续下雨。"
		return a, nil
	case "done":
		a.State, a.StateName, a.HeldOn, a.Heads, a.CostFen, a.MoneyName = council.Summarised, "已总结", "2026-09-21", 24, 12050, "村集体资金"
		a.Content.Place, a.Content.Summary = "三组坝子", "帮三户收完了。"
		a.Content.Changes = []council.Change{{
			Version: 2, At: at(9, 25), By: "文书", Account: "acc-secret", Reason: "人数写错了", What: []string{"title", "heads", "cost_fen", "held_on"},
			Before: council.Before{Title: "张某家收麦", HeldOn: "2026-09-20", Heads: 23, CostFen: 9900},
		}}
		a.Pictures = []council.Photo{{ID: "p1", Name: "现场.jpg", URL: "/media/" + strings.Repeat("a", 64) + ".jpg", ThumbURL: "/media/" + strings.Repeat("b", 64) + ".jpg"}}
		return a, nil
	}
	return council.Activity{}, council.ErrActivityNotFound
}

func (b bodies) Activities(ctx context.Context, id string, before int64, _ int) (council.ActivityPage, error) {
	if id != "feast" || before != 0 {
		return council.ActivityPage{}, nil
	}
	out := council.ActivityPage{Next: 5}
	for _, x := range []string{"plan", "done", "off"} {
		a, err := b.Activity(ctx, account.Caller{}, x)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, a)
	}
	return out, nil
}

func governed(t *testing.T) site {
	t.Helper()
	gin.SetMode(gin.TestMode)
	cache := prepared.New(prepared.Options{})
	t.Cleanup(cache.Close)
	w, err := web.New(web.Options{Places: newBoard(t), Disclosures: newBoard(t), Prepared: cache, Councils: bodies{}})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	w.Mount(r)
	return site{Handler: r, cache: cache}
}

func TestCouncilPages_Golden(t *testing.T) {
	t.Parallel()
	s := governed(t)
	style := regexp.MustCompile(`/static/(style|paper|icon)\.[0-9a-f]{16}`)
	for name, path := range map[string]string{
		"councils": "/r/510821102200/councils", "councils_none": "/r/510802/councils?cursor=3", "council": "/o/feast", "council_moral": "/o/moral",
		"council_activity": "/o/feast/a/done", "council_activity_plan": "/o/feast/a/plan", "council_activity_off": "/o/feast/a/off",
	} {
		body := s.get(t, path).Body.Bytes()
		got := style.ReplaceAll(body, []byte("/static/$1.HASH"))
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
		if bytes.Contains(body, []byte("secret")) || bytes.Contains(body, []byte("张某家")) {
			t.Errorf("%s shows who is behind it, or what was corrected", path)
		}
		doc, err := html.Parse(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		c := checker{t: t, page: name, ids: map[string]bool{}}
		c.walk(doc)
		c.finish()
	}
}

// The pages tell all that the questions need, and escape what people wrote.
func TestCouncilPages_Say(t *testing.T) {
	t.Parallel()
	s := governed(t)
	for path, words := range map[string][]string{
		"/r/510821102200":          {"看盐井村的自治组织", "/r/510821102200/councils"},
		"/r/510821102200/councils": {"任期已满", "成员 2 人", "/o/feast", "看更多的自治组织"},
		"/o/feast":                 {"赵*明", "召集人", "以前的成员", "孙*军", "酒席不超过&lt;二十&gt;桌", "第 1 版章程", "三十桌", "¥120.50", "更正（第 2 版）", "看更早的活动"},
		"/o/moral":                 {"不另立名单", "王*成", "任期已满"},
		"/o/feast/a/done":          {"24 人", "¥120.50，村集体资金", "原来的人数", "23 人", "¥99.00", "文书更正", "人数写错了", "/media/", "帮人家&lt;收麦&gt;"},
		"/o/feast/a/off":           {"为什么没有办", "连续下雨", "已取消"},
	} {
		page := s.get(t, path).Body.String()
		for _, w := range words {
			if !strings.Contains(page, w) {
				t.Errorf("%s lacks %q", path, w)
			}
		}
		if strings.Contains(page, "<script") {
			t.Errorf("%s has a script", path)
		}
	}
	for _, path := range []string{"/o/nosuch", "/o/moral/a/done", "/o/feast/a/nosuch", "/r/xx/councils"} {
		if rec := s.get(t, path); rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	if rec := s.get(t, "/o/feast?cursor=!"); rec.Code < 400 || rec.Code >= 500 {
		t.Errorf("a bad cursor: %d", rec.Code)
	}
	if back := s.get(t, "/set/big?on=1&back=/o/feast"); back.Header().Get("Location") != "/o/feast" {
		t.Errorf("back to %q", back.Header().Get("Location"))
	}
}
