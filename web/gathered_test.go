package web_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"cunwu/service/disclosure"
	"cunwu/web"
)

// gathered are the pages that show what people wrote besides postings.
var gathered = []string{
	"/d/finance", "/d/finance?big=1", "/d/finance/questions", "/d/finance/versions", "/d/subsidy", "/d/subsidy/versions",
	"/r/510821102200/duties", "/r/510821/duties", "/r/510821102200?q=%E4%BE%BF%E9%81%93", "/r/510821102200?q=%3Cscript%3Ealert(1)%3C/script%3E",
	"/r/510821102200?q=%E4%BE%BF%E9%81%93&period=%22%3E%3Cscript%3E", "/r/510821102200/open",
}

func TestGathered_Escaped(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	for _, path := range gathered {
		body := s.get(t, path).Body.String()
		for _, bad := range []string{"<script", "<b>。", "<急>", "<停工>", "<4人>", "<宏达>", secretAsker, "未核对"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s shows %s", path, bad)
			}
		}
	}
}

func TestPosting_Questions(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	s := open(t, b, web.Site{})
	wantIn(t, s.get(t, "/d/finance"),
		"应在10月23日前答复", "已转乡镇，已超过答复期限 3 天", "监委会异议", "村里已答复，等监督委员会看", "提问人认可，已办结",
		"问的是第 3 笔：", "4 人同问", "答复：", "乡镇答复：", "追问：", "签字表已补传。", "陈*英（村文书）",
		"/d/finance/questions?cursor=4", "看更早的提问", "第 10 笔（第1版）")
	wantIn(t, s.get(t, "/d/finance/questions?cursor=5"), "误工是谁的？", "回到最新", `content="noindex"`)
	wantIn(t, s.get(t, "/d/project/questions"), "还没有人提问")
	b.clock.now = at(10, 21) // the same address, the next day
	wantIn(t, s.get(t, "/d/finance"), "已转乡镇，已超过答复期限 4 天")
	b.away, b.clock.now = errAway, at(10, 22)
	wantIn(t, s.get(t, "/d/finance"), "已超过答复期限 4 天") // yesterday's, while storage is away
	b.clock.now = at(10, 24)
	if rec := s.get(t, "/d/finance"); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("what is days old is shown: %d", rec.Code)
	}
}

func TestPosting_Whole(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	rec := s.get(t, "/d/finance")
	wantIn(t, rec, "已逐个查看 3 个附件", "已上墙", "2026年10月13日拍摄", "李*芳（监委会主任）核对", "更正，第2版", "补录，晚于规定时间",
		"期初余额", "¥42,310.55", "期末余额", "看凭证图片", `href="/d/finance/versions"`, `href="/d/finance/script"`, `href="/d/finance/sheet.pdf"`,
		"旺苍县&lt;宏达&gt;建材有限公司</a>", "对方：赵*全</span>")
	if n := strings.Count(rec.Body.String(), `href="/t/`); n != 2 {
		t.Errorf("%d links to things, want the project and the firm, not the person", n)
	}
	wantIn(t, s.get(t, "/d/subsidy"), "原因：两户的面积", `href="/d/subsidy/versions"`)
}

func TestVersions(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	wantIn(t, s.get(t, "/d/finance/versions"), "<del>¥94,316.80</del> 改为 <ins>¥124,316.80</ins>", "<del>9.4</del><ins>12.4</ins>",
		"删去原第 2 笔", "增加第 2 笔", "增加 2 个附件。", "第一次公开", "陈*英（村文书）")
	wantIn(t, s.get(t, "/d/subsidy/versions"), "撤回期间不显示内容", "2026年9月9日撤回", "原因：两户")
}

func TestVersionTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("甲乙丙丁戊己庚辛", 40)
	one, two := &disclosure.Content{Body: "头" + long + "旧" + long}, &disclosure.Content{Body: "头" + long + "新" + long}
	for name, c := range map[string]struct {
		state   disclosure.State
		newest  *disclosure.Content
		before  *disclosure.Content
		silent  string
		changed bool
	}{
		"changed":   {disclosure.Published, two, one, "", true},
		"same":      {disclosure.Published, one, one, "内容和前一版一样。", false},
		"erased":    {disclosure.Expired, nil, nil, "这一版的内容已经依法撤下，只留下时间、原因和校验码。", false},
		"old gone":  {disclosure.Published, two, nil, "前一版的内容已经依法撤下，不能对照。", false},
		"withdrawn": {disclosure.Withdrawn, two, one, "撤回期间不显示内容，更正公布以后可以对照。", false},
	} {
		got := web.VersionTexts(disclosure.Posting{State: c.state}, []disclosure.Version{{Number: 2, Content: c.newest}, {Number: 1, Content: c.before}})
		if got[0].Silent != c.silent || (got[0].Changed != nil) != c.changed {
			t.Errorf("%s: %q, changed %v", name, got[0].Silent, got[0].Changed)
		}
		if !c.changed {
			continue
		}
		size := 0
		for _, p := range got[0].Changed.Texts[0].Pieces {
			size += len([]rune(p.Text))
		}
		if size > 70 {
			t.Errorf("%d characters are shown of a change of one", size)
		}
	}
}

func TestDuties(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	s := open(t, b, web.Site{})
	rec := s.get(t, "/r/510821102200/duties")
	wantIn(t, rec, "已逾期 102 天", "严重逾期", "已逾期 5 天", "原定2026年9月10日前，延到2026年10月25日前公开", "迟了 3 天", `href="/d/meeting"`,
		"2026年8月2日村民联名要求公开", "这一期不用公开", "决定：赵*（嘉川镇）", "日期是暂算的")
	inOrder(t, rec.Body.String(), "逾期没有公开（", "还没到最后一天（", "经批准延期（", "逾期后公开了（", "按时公开了（", "认定不适用（", "<b>以后要公开</b>")
	late := s.get(t, "/r/510821102200/duties?state=overdue")
	wantIn(t, late, "已逾期 5 天", `content="noindex"`)
	if strings.Contains(late.Body.String(), "征地补偿") {
		t.Error("the filter lets others through")
	}
	county := s.get(t, "/r/510821/duties")
	wantIn(t, county, "下辖 3 个村（社区）", "逾期没有公开 7 项", "不是名次", `href="/r/510821102/duties"`)
	inOrder(t, county.Body.String(), "嘉川镇</a>", "木门镇</a>") // by code, however late
	inOrder(t, county.Body.String(), "<b>财务收支明细</b>", "<b>工程进度</b>")
	if strings.Count(county.Body.String(), "<b>财务收支明细</b>") != 1 {
		t.Error("an item stands there for each of its periods")
	}
	only := s.get(t, "/r/510821/duties?state=extended").Body.String()
	if strings.Contains(only, "木门镇</a>") || !strings.Contains(only, `href="/r/510821102/duties?state=extended"`) {
		t.Error("the filter of numbers")
	}
	wantIn(t, s.get(t, "/r/510821102202/duties"), "已没有这个地方")
	b.clock.now = at(10, 21)
	wantIn(t, s.get(t, "/r/510821102200/duties"), "已逾期 103 天")
}

func inOrder(t *testing.T, body string, texts ...string) {
	t.Helper()
	var at []int
	for _, want := range texts {
		at = append(at, strings.Index(body, want))
	}
	if at[0] < 0 || !slices.IsSorted(at) {
		t.Errorf("%v stand at %v", texts, at)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	s := open(t, b, web.Site{})
	rec := s.get(t, "/r/510821102200?q=%E4%BE%BF%E9%81%93&category=FINANCE&period=2026Q3")
	wantIn(t, rec, "三组<mark>便道</mark>修复", `value="便道"`, `<option value="FINANCE" selected>`, `<option value="2026Q3" selected>`,
		"category=FINANCE&amp;cursor=2r&amp;period=2026Q3&amp;q=", "要找的词在明细或正文里", `content="noindex"`)
	if rec.Header().Get("Cache-Control") != "private, no-store" {
		t.Error("an answer may be kept")
	}
	wantIn(t, s.get(t, "/r/510821102200?q=%E4%BE%BF%E9%81%93&cursor=2r"), "这一段里没有", "接着往前找", "cursor=1j", "回到最新")
	wantIn(t, s.get(t, "/r/510821102200?q=%E4%B8%8D%E5%9C%A8"), "没有找到“不在”", "换个说法")
	wantIn(t, s.get(t, "/r/510821102200?q=%E6%B0%B4%E6%B3%A5"), `<p class="excerpt">· 材料：<mark>水泥</mark>、碎石、钢筋</p>`)
	wantIn(t, s.get(t, "/r/510821102200?q="), "请至少输入两个字")
	wantIn(t, s.get(t, "/r/510821102200?q="+strings.Repeat("%E4%BE%BF", 41)), "太长了")
	wantIn(t, s.get(t, "/r/510821102200?q=%E4%BE%BF%E9%81%93&period=x"), "期间写得不对")
	wantIn(t, s.get(t, "/r/510821102200"), `action="/r/510821102200"`)
	if body := s.get(t, "/r/510821102200?cursor=9").Body.String(); strings.Contains(body, "find_bar") {
		t.Error("older pages ask again what to look for")
	}
	b.away = errAway
	if rec := s.get(t, "/r/510821102200?q=%E4%BE%BF%E9%81%93"); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("with storage away: %d", rec.Code)
	}
}

func TestGathered_Refusals(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	for path, want := range map[string]int{
		"/d/nosuch/versions": 404, "/d/nosuch/questions": 404, "/d/finance/questions?cursor=!": 400,
		"/r/x/duties": 404, "/r/5199/duties": 404, "/r/510821/duties?state=lazy": 400, "/r/x/open": 404, "/r/5199/open": 404,
		"/r/x?q=ab": 404, "/r/5199?q=%E4%BE%BF%E9%81%93": 404, "/r/510821?q=ab&cursor=-1": 400, "/r/510821?q=%FF%FE": 404,
	} {
		if rec := s.get(t, path); rec.Code != want || !strings.Contains(rec.Body.String(), `<html lang="zh-CN"`) {
			t.Errorf("%s: %d, want %d", path, rec.Code, want)
		}
	}
}

func TestGathered_Conditional(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	for _, path := range gathered {
		head := httptest.NewRecorder()
		s.ServeHTTP(head, httptest.NewRequestWithContext(t.Context(), http.MethodHead, path, nil))
		if head.Code != http.StatusOK || head.Body.Len() != 0 {
			t.Errorf("HEAD %s: %d with %d bytes", path, head.Code, head.Body.Len())
		}
		first := s.get(t, path)
		if strings.Contains(path, "q=") {
			continue // answered anew each time
		}
		again := s.get(t, path, "If-None-Match", first.Header().Get("ETag"))
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s again: %d with %d bytes", path, again.Code, again.Body.Len())
		}
		if big := s.get(t, path, "Cookie", "big=1"); !strings.Contains(path, "big=") && !strings.Contains(big.Body.String(), `class="big"`) {
			t.Errorf("%s has no large type", path)
		}
	}
}

func TestOpenFiles(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	wantIn(t, s.get(t, "/r/510821102200/open"), "/open/510821102200/postings.csv", "/open/510821102200/lines.xlsx", "/open/510821102200/lines.jsonl",
		"/feeds/510821102200.atom", "/feeds/510821102200.json", "支出（元）", "posting_id")
	wantIn(t, s.get(t, "/r/510821"), `href="/r/510821/duties"`, `href="/r/510821/open"`)
}
