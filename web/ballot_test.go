package web_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/html"

	"cunwu/service/account"
	"cunwu/service/ballot"
	"cunwu/service/ballot/sealed"
	"cunwu/service/prepared"
	"cunwu/service/region"
	"cunwu/web"
)

// polls are the ballots of a village, fixed for ever. now is the server's clock.
type polls struct{ now time.Time }

var (
	pollOpens  = at(8, 1)
	pollCloses = at(8, 3)
)

func (x polls) record(id string) (ballot.Record, bool) {
	opened, result := int64(41), int64(57)
	r := ballot.Record{
		Definition: ballot.Definition{
			ID: id, Region: "510821102200", Question: "是否同意用集体收入修缮<三组>便道", Kind: ballot.YesNo, Electorate: ballot.Residents,
			Options: []ballot.Option{{ID: "yes", Label: "赞成"}, {ID: "no", Label: "反对"}, {ID: "abstain", Label: "弃权"}},
			Rule:    "villagers_meeting", Quorum: ballot.Share{Num: 1, Den: 2, Of: ballot.OfRoll, Strict: true},
			Pass: ballot.Share{Num: 1, Den: 2, Of: ballot.OfPresent, Strict: true}, Revote: true, OpensAt: pollOpens, ClosesAt: pollCloses,
		},
		State: ballot.Open, RollSize: 312, RollDigest: strings.Repeat("1", 64), Digest: strings.Repeat("2", 64), OpenedAt: pollOpens, OpenedIndex: &opened,
		Turnout: ballot.Turnout{Shown: 120, ShownAt: at(8, 2)},
	}
	certify := func(roll, marked int, counts map[string]int, origins map[ballot.Origin]int) {
		cast := 0
		for key, n := range counts {
			if r.Kind != ballot.Score || strings.HasPrefix(key, r.Options[0].ID+":") {
				cast += n
			}
		}
		r.State, r.ClosedAt, r.CertifiedAt, r.ResultIndex, r.Opinion, r.RollSize = ballot.Certified, pollCloses, at(8, 4), &result, "与名册核对一致，同意公布。", roll
		r.Tally = &ballot.Tally{Result: ballot.Decide(r.Definition, roll, marked, cast, counts), CastsDigest: strings.Repeat("3", 64), Origins: origins}
	}
	switch id {
	case "open":
	case "passed":
		certify(312, 203, map[string]int{"yes": 150, "no": 41, "abstain": 12}, map[ballot.Origin]int{ballot.Online: 160, ballot.Meeting: 35, ballot.Assisted: 8})
	case "mismatch":
		certify(312, 204, map[string]int{"yes": 90, "no": 101, "abstain": 12}, map[ballot.Origin]int{ballot.Online: 200, ballot.Meeting: 3})
	case "score":
		r.Kind, r.Pass, r.Advisory, r.Rule = ballot.Score, ballot.Share{}, true, "opinion_households"
		r.Electorate, r.Options = ballot.Households, []ballot.Option{{ID: "road", Label: "修路"}, {ID: "lamp", Label: "装路灯"}}
		certify(80, 60, map[string]int{"road:5": 40, "road:3": 20, "lamp:2": 60}, map[ballot.Origin]int{ballot.Online: 60})
	case "cancelled":
		r.State, r.Reason, r.ClosedAt = ballot.Cancelled, "选项写错，改正以后重新表决。", at(8, 2)
	case "secret":
		r.Sealed, r.Question = true, "是否同意撤换村民小组长"
	case "secretdone":
		r.Sealed, r.Question = true, "是否同意撤换村民小组长"
		certify(312, 203, map[string]int{"yes": 150, "no": 41, "abstain": 12}, nil)
	default:
		return r, false
	}
	return r, true
}

func (x polls) Ballot(_ context.Context, _ account.Caller, id string) (ballot.View, error) {
	r, ok := x.record(id)
	if !ok {
		return ballot.View{}, ballot.ErrNotFound
	}
	v := ballot.View{
		Definition: r.Definition, State: r.State, RollSize: r.RollSize, RollDigest: r.RollDigest, Digest: r.Digest, OpenedAt: r.OpenedAt,
		ClosedAt: r.ClosedAt, CertifiedAt: r.CertifiedAt, Reason: r.Reason, Now: x.now, OpenedIndex: r.OpenedIndex, ResultIndex: r.ResultIndex,
	}
	v.Turnout, v.TurnoutAt = &r.Turnout.Shown, r.Turnout.ShownAt
	return v, nil
}

func (x polls) Result(_ context.Context, _ account.Caller, id string) (ballot.Outcome, error) {
	r, _ := x.record(id)
	if r.Tally == nil {
		return ballot.Outcome{}, ballot.ErrNotCertified
	}
	return ballot.Outcome{Record: r, Definition: r.Facts(), Result: r.Tally.Facts(), Origins: id == "passed"}, nil
}

func (x polls) Notice(context.Context, account.Caller, string) (sealed.Notice, error) {
	return sealed.Notice{}, nil
}

func (x polls) SealedExport(ctx context.Context, by account.Caller, id string) (ballot.Outcome, ballot.SealedFacts, error) {
	o, err := x.Result(ctx, by, id)
	f := ballot.SealedFacts{SealedBy: map[string]int{ballot.ByPhone: 171, ballot.ByServer: 22, ballot.ByHelper: 6}, Paper: 4, Destroyed: make([]sealed.Hold, 2)}
	f.Outcome.Pair = "AC"
	return o, f, err
}

func (x polls) List(ctx context.Context, by account.Caller, within region.Code, before int64, _ int) (ballot.List, error) {
	if before != 0 || !within.Contains("510821102200") {
		return ballot.List{}, nil
	}
	out := ballot.List{Next: 77}
	for _, id := range []string{"open", "passed", "cancelled", "secret"} {
		v, err := x.Ballot(ctx, by, id)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}

func (x polls) Rules() []ballot.Rule {
	return []ballot.Rule{{Code: "villagers_meeting", Name: "村民会议（十八周岁以上村民）", Source: "L 村民委员会组织法（2025）第二十五条、第二十六条"}}
}

func polling(t testing.TB, now time.Time) site {
	t.Helper()
	gin.SetMode(gin.TestMode)
	cache := prepared.New(prepared.Options{})
	t.Cleanup(cache.Close)
	w, err := web.New(web.Options{Places: newBoard(t), Disclosures: newBoard(t), Prepared: cache, Ballots: polls{now}})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	w.Mount(r)
	return site{Handler: r, cache: cache}
}

func TestBallotPages_Golden(t *testing.T) {
	t.Parallel()
	s := polling(t, at(8, 2))
	style := regexp.MustCompile(`/static/(style|paper|icon)\.[0-9a-f]{16}`)
	for name, path := range map[string]string{
		"ballot_open": "/b/open", "ballot_passed": "/b/passed", "ballot_mismatch": "/b/mismatch", "ballot_score": "/b/score", "ballot_cancelled": "/b/cancelled",
		"ballot_sealed": "/b/secret", "ballot_sealed_done": "/b/secretdone?big=1", "ballots": "/r/510821/ballots", "ballots_none": "/r/510802/ballots?cursor=3",
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
		if bytes.Contains(body, []byte("<script")) {
			t.Errorf("%s has a script", name)
		}
	}
}

// A page says in words what a villager asks, and nothing that has to wait.
func TestBallotPage_Says(t *testing.T) {
	t.Parallel()
	opens, during, after := at(7, 31), at(8, 2), at(8, 3)
	for _, c := range []struct {
		id    string
		now   time.Time
		says  []string
		never []string
	}{
		{"open", opens, []string{"还没开始", "开始投票。"}, []string{"本村认证村民在小程序里投"}},
		{"open", during, []string{"正在投票", "谁也看不到票数", "十八周岁以上的村民", "一共 312 人", "赞成的超过投票人数的半数", "120 人以上", "修缮&lt;三组&gt;便道", "村民委员会组织法（2025）第二十五条"}, []string{"150", `block__name">通过`, "下载"}},
		{"open", after, []string{"正在计票"}, []string{"正在投票", "下载"}},
		{"passed", after, []string{`block__name">通过</p>`, "赞成 150，反对 41，弃权 12", "150 票（73.9%）", "203 人（65.1%）", "35 票", "与名册核对一致", "/api/v1/ballots/passed/export.csv", "第 57 条"}, []string{"不足 5 票", "两者不符。请"}},
		{"mismatch", after, []string{"没有通过", "204 人", "203 张", "两者不符", "不足 5 票"}, []string{"3 票（"}},
		{"score", after, []string{"平均 4.3 分", "平均 2.0 分", "只征求意见", "每户一票"}, nil},
		{"cancelled", after, []string{"已取消：选项写错"}, []string{"下载"}},
		{"secret", during, []string{"秘密表决", "三位保管人", "如果串通", "不能核对开箱"}, []string{"本机封票"}},
		{"secretdone", after, []string{"171 票", "本机封票", "服务器看得到", "会场纸质票", "（已完成）", "两位以上保管人销毁钥匙"}, nil},
	} {
		page := polling(t, c.now).get(t, "/b/"+c.id).Body.String()
		for _, words := range c.says {
			if !strings.Contains(page, words) {
				t.Errorf("%s at %s lacks %q", c.id, c.now, words)
			}
		}
		for _, words := range c.never {
			if strings.Contains(page, words) {
				t.Errorf("%s at %s says %q", c.id, c.now, words)
			}
		}
	}
	s := polling(t, during)
	if rec := s.get(t, "/b/nosuch"); rec.Code != http.StatusNotFound {
		t.Errorf("a page of nothing: %d", rec.Code)
	}
	if village := s.get(t, "/r/510821102200").Body.String(); !strings.Contains(village, `href="/r/510821102200/ballots"`) {
		t.Error("the village's page does not lead to its ballots")
	}
}

// What changes with the clock is asked for again each time, and answered with
// 304 while it is the same.
func TestBallotPage_Conditional(t *testing.T) {
	t.Parallel()
	s := polling(t, at(8, 2))
	for _, path := range []string{"/b/open", "/b/passed", "/r/510821/ballots"} {
		first := s.get(t, path)
		tag := first.Header().Get("Etag")
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("If-None-Match", tag)
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r)
		if tag == "" || first.Header().Get("Cache-Control") != "no-cache" || rec.Code != http.StatusNotModified || rec.Body.Len() != 0 {
			t.Errorf("%s: tag %q, %q, then %d with %d bytes", path, tag, first.Header().Get("Cache-Control"), rec.Code, rec.Body.Len())
		}
	}
}
