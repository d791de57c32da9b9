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
	"cunwu/service/consultation"
	"cunwu/service/consultation/opinion"
	"cunwu/service/prepared"
	"cunwu/web"
)

// talks is what a village talked about, fixed for ever.
type talks struct{ speaking bool }

func (x talks) Consultation(_ context.Context, _ account.Caller, id string) (consultation.Consultation, error) {
	if id != "road" {
		return consultation.Consultation{}, consultation.ErrNotFound
	}
	return consultation.Consultation{
		Record: consultation.Record{
			ID: "road", Region: "510821102200", Channel: consultation.Ordinary, State: consultation.Implementing, Title: "三组便道从<哪家>地边过",
			CreatedAt: at(8, 1), Content: roadContent(),
		},
		RegionName: "盐井村", StateName: "落实中", Speaking: x.speaking, Late: true,
		Way: []consultation.Step{
			{State: consultation.Submitted, Name: "已提出", At: at(8, 1)},
			{State: consultation.Implementing, Name: "落实中", At: at(9, 2), Now: true},
			{State: consultation.Archived, Name: "已归档"},
		},
		Item:    &consultation.Item{Code: "B01", Category: "公益事业", Name: "村内道路", Route: "resolution", Limits: "占地须经承包方同意", Source: "I 例"},
		Ballot:  &consultation.BallotLink{ID: "b1", Title: "便道走哪边", State: "certified", Advisory: true},
		Ratings: consultation.Ratings{Satisfied: 12, Basic: 3, Dissatisfied: 1},
		Photos:  map[string]consultation.Photo{"p1": {ID: "p1", Name: "会场.jpg", URL: "/media/" + strings.Repeat("a", 64) + ".jpg", ThumbURL: "/media/" + strings.Repeat("b", 64) + ".jpg"}},
	}, nil
}

func roadContent() consultation.Content {
	return consultation.Content{
		Topic:  consultation.Topic{Title: "三组便道从哪家地边过", Question: "便道硬化走沟边老路，还是取直从坡地过？", Why: "老路绕。\n取直占三户坡地。", Source: consultation.FromVillager},
		Review: &consultation.Review{Result: "accept", Reason: "属于村内公益事业。", Concerns: "沿线农户", HowMany: 120, By: "乡镇工作人员", At: at(8, 3)},
		Participants: []consultation.Participant{
			{Kind: "利益相关方", Who: "沿线12户", Interest: "出行和占地"}, {Kind: "专家", Who: "公路站技术员", Advises: true},
		},
		Sessions: []consultation.Session{{
			On: "2026-08-20", Form: consultation.Both, Place: "村委会会议室", Agenda: "路线走法", StartedAt: at(8, 20), EndedAt: at(8, 20),
			Minutes: "多数主张走老路。", Attended: 26, Photos: []string{"p1", "gone"},
		}},
		Outcome: &consultation.Outcome{Result: "consensus", Text: "走沟边老路。", Reasons: "不占地，花费少。", At: at(8, 25)},
		Plan: &consultation.Plan{Responsible: "村委会主任", Due: "2026-09-30", Text: "清淤、浇路。", Percent: 60, Milestones: []consultation.Milestone{
			{Percent: 60, What: "路基已经垫好。", At: at(9, 20)},
		}},
		Feedback: &consultation.Said{Text: "谢谢参与。", At: at(9, 25)},
	}
}

func (x talks) Groups(context.Context, account.Caller, string) (consultation.Opinions, error) {
	tallies := []opinion.Tally{{Agree: 30, Disagree: 12, Pass: 2}, {Agree: 40, Disagree: 1}, {}}
	o := consultation.Opinions{Counts: consultation.Counts{People: 45, Statements: 3, Hidden: 1, Votes: 85}, GroupsFrom: 40, Enough: true, Words: []string{"45 人参与，3 条意见，85 次表态。"}}
	for i, text := range []string{"走老路，不占地。", "先请技术员来看。", "<b>还没人表态</b>"} {
		o.Statements = append(o.Statements, consultation.Statement{ID: "s", Number: i + 1, Text: text, Tally: tallies[i], State: consultation.Shown})
	}
	o.Groups = []opinion.Group{
		{Size: 28, Tallies: []opinion.Tally{{Agree: 27, Disagree: 1}, {Agree: 26}, {}}, Typical: []int{0}},
		{Size: 14, Tallies: []opinion.Tally{{Agree: 3, Disagree: 11}, {Agree: 14}, {}}},
	}
	o.Common, o.Apart = []int{1}, []int{0}
	return o, nil
}

func (x talks) List(ctx context.Context, by account.Caller, q consultation.Query) (consultation.Page, error) {
	c, err := x.Consultation(ctx, by, "road")
	if q.Before != 0 || !q.Region.Contains(c.Region) {
		return consultation.Page{}, err
	}
	return consultation.Page{Items: []consultation.Consultation{c}, Next: 77}, err
}

func talking(t testing.TB, x talks) site {
	t.Helper()
	gin.SetMode(gin.TestMode)
	cache := prepared.New(prepared.Options{})
	t.Cleanup(cache.Close)
	w, err := web.New(web.Options{Places: newBoard(t), Disclosures: newBoard(t), Prepared: cache, Consultations: x})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	w.Mount(r)
	return site{Handler: r, cache: cache}
}

func TestConsultationPages_Golden(t *testing.T) {
	t.Parallel()
	s := talking(t, talks{})
	style := regexp.MustCompile(`/static/(style|paper|icon)\.[0-9a-f]{16}`)
	for name, path := range map[string]string{
		"consultation": "/c/road", "consultations": "/r/510821/consultations", "consultations_none": "/r/510802/consultations?cursor=3",
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
		doc, err := html.Parse(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		c := checker{t: t, page: name, ids: map[string]bool{}}
		c.walk(doc)
		c.finish()
	}
}

// A page tells all that the question needs, escapes what people wrote, and says
// that a ballot decides nothing.
func TestConsultationPage_Says(t *testing.T) {
	t.Parallel()
	page := talking(t, talks{}).get(t, "/c/road").Body.String()
	for _, words := range []string{
		"便道硬化走沟边老路", "（现在）", "大家都赞成的", "第一类（28 人）", "21% 赞成", "96% 赞成", "征求意见", "不是决议", "结果：形成一致意见",
		"为什么这样定", "60%", "落实已过期", "12 人", "&lt;b&gt;还没人表态", "/media/",
	} {
		if !strings.Contains(page, words) {
			t.Errorf("the page lacks %q", words)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "<b>还没人") {
		t.Error("a script, or what people wrote is not escaped")
	}
}

// While a session is on, a page is made for each reader and kept by nobody.
func TestConsultationPage_Live(t *testing.T) {
	t.Parallel()
	rec := talking(t, talks{speaking: true}).get(t, "/c/road")
	if rec.Code != http.StatusOK || rec.Header().Get("Cache-Control") != "no-store" || rec.Header().Get("Content-Security-Policy") == "" {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
	for _, path := range []string{"/c/nosuch", "/r/xx/consultations"} {
		if rec := talking(t, talks{}).get(t, path); rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	if rec := talking(t, talks{}).get(t, "/r/510821/consultations?cursor=!"); rec.Code != http.StatusBadRequest {
		t.Errorf("a bad cursor: %d", rec.Code)
	}
	if back := talking(t, talks{}).get(t, "/set/big?on=1&back=/c/road"); back.Header().Get("Location") != "/c/road" {
		t.Errorf("back to %q", back.Header().Get("Location"))
	}
}
