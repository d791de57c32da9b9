package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/prepared"
	"cunwu/service/record"
	"cunwu/service/region"
	"cunwu/web"
)

// board is a county with two townships and its postings, fixed for ever.
type board struct {
	catalogue *disclosure.Edition
	away      error // storage is away
	empty     bool
	asked     int
	clock     *stopped
}

var places = []region.Region{
	{Code: "51", Name: "四川省", Short: "四川省"},
	{Code: "5108", Name: "广元市", Short: "广元市"},
	{Code: "510802", Name: "利州区", Short: "利州区"},
	{Code: "510811", Name: "昭化区", Short: "昭化区"},
	{Code: "510812", Name: "朝天区", Short: "朝天区"},
	{Code: "510821", Name: "旺苍县", Short: "旺苍县"},
	{Code: "510822", Name: "青川县", Short: "青川县"},
	{Code: "510823", Name: "剑阁县", Short: "剑阁县"},
	{Code: "510824", Name: "苍溪县", Short: "苍溪县"},
	{Code: "510821102", Name: "嘉川镇", Short: "嘉川镇"},
	{Code: "510821103", Name: "木门镇", Short: "木门镇"},
	{Code: "510821102200", Name: "盐井村村民委员会", Short: "盐井村", Kind: "village", Former: []region.Former{{Code: "510821102201", Name: "石桥村"}}},
	{Code: "510821102202", Name: "柳树村村民委员会", Short: "柳树村", Kind: "village"},
}

func (b *board) Region(_ context.Context, code region.Code) (region.Region, error) {
	for _, r := range places {
		if r.Code == code {
			r.Level, r.Parent, r.State = code.Level(), code.Parent(), region.Active
			return r, b.away
		}
	}
	return region.Region{}, region.ErrNotFound
}

func (b *board) Path(ctx context.Context, code region.Code) ([]region.Region, error) {
	var out []region.Region
	for _, c := range code.Path() {
		r, err := b.Region(ctx, c)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (b *board) Children(_ context.Context, parent region.Code) ([]region.Region, error) {
	var out []region.Region
	for _, r := range places {
		if r.Code.Parent() == parent {
			r.Level, r.State = r.Code.Level(), region.Active
			for _, below := range places {
				if below.Code.Parent() == r.Code {
					r.Children++
				}
			}
			out = append(out, r)
		}
	}
	return out, b.away
}

func (b *board) Search(ctx context.Context, q string, _ region.Code, _ int) ([]region.Region, error) {
	if q != "盐井" && q != "yanjing" {
		return nil, b.away
	}
	r, err := b.Region(ctx, "510821102200")
	return []region.Region{r}, err
}

func (b *board) Catalogue(context.Context, region.Code) (*disclosure.Edition, error) {
	return b.catalogue, b.away
}

func at(month time.Month, d int) time.Time {
	return time.Date(2026, month, d, 9, 30, 0, 0, calendar.China)
}

func fen(v int64) *int64 { return &v }

func (b *board) items() []disclosure.Item {
	path := []string{"广元市", "旺苍县", "嘉川镇", "盐井村"}
	base := disclosure.Item{Region: "510821102200", RegionName: "盐井村", PathNames: path, Version: 1, State: disclosure.Published}
	with := func(f func(*disclosure.Item)) disclosure.Item {
		i := base
		f(&i)
		return i
	}
	return []disclosure.Item{
		with(func(i *disclosure.Item) {
			i.ID, i.Category, i.CategoryName, i.ItemCode, i.ItemName = "finance", "FINANCE", "村级财务", "D01", "财务收支明细"
			i.Period, i.Title, i.PublishedAt, i.Attachments = "2026Q3", "盐井村2026年第三季度财务收支", at(10, 12), 3
			i.Summary = "三季度村集体收入18.6万元，主要是光伏发电和门面租金；支出12.4万元，最大一笔是修复三组被水冲坏的便道。"
			i.IncomeFen, i.ExpenseFen, i.Version, i.Late = fen(18642050), fen(12431680), 2, true
		}),
		with(func(i *disclosure.Item) {
			i.ID, i.Category, i.CategoryName, i.ItemCode, i.ItemName = "project", "PROJECT", "工程项目", "F02", "工程进度"
			i.Period, i.Title, i.PublishedAt = "2026-09", "三组便道修复工程进度", at(9, 30)
			i.Summary, i.Questions = "路基已经垫好，路面浇了一半。预计10月15日完工，比计划晚5天，因为9月下旬连续下雨。", 2
		}),
		with(func(i *disclosure.Item) {
			i.ID, i.Category, i.CategoryName, i.ItemCode, i.ItemName = "subsidy", "SUBSIDY", "惠农补贴", "G01", "耕地地力保护补贴"
			i.Period, i.Title, i.PublishedAt, i.State = "2026", "2026年耕地地力保护补贴发放<名单>", at(9, 8), disclosure.Withdrawn
			i.Summary = "全村412户，按确权面积每亩108元。名单里有两户面积写错，已撤回更正。"
		}),
		with(func(i *disclosure.Item) {
			i.ID, i.Region, i.RegionName, i.PathNames = "meeting", "510821102202", "柳树村", []string{"广元市", "旺苍县", "嘉川镇", "柳树村"}
			i.Category, i.CategoryName, i.ItemCode, i.ItemName = "DECISION", "民主决策", "B01", "村民代表会议决定"
			i.Period, i.Title, i.PublishedAt = "2026-08-20", "村民代表会议同意改建老办公房", at(8, 24)
			i.Summary = "应到42人，实到37人，35人赞成。老办公房改成老年活动室，费用从集体收入里出，不向各家收钱。"
		}),
	}
}

func (b *board) Feed(_ context.Context, caller account.Caller, q disclosure.FeedQuery) (disclosure.FeedPage, error) {
	b.asked++
	if caller.Known() || q.Verified {
		return disclosure.FeedPage{}, fmt.Errorf("pages are for strangers")
	}
	if b.away != nil || b.empty {
		return disclosure.FeedPage{}, b.away
	}
	var page disclosure.FeedPage
	for _, i := range b.items() {
		if q.Region.Contains(i.Region) && (q.Category == "" || q.Category == i.Category) {
			page.Items = append(page.Items, i)
		}
	}
	if q.Before == 0 {
		page.Next = 123456789
	}
	return page, nil
}

func (b *board) Posting(_ context.Context, _ account.Caller, id string) (disclosure.Posting, error) {
	if b.away != nil {
		return disclosure.Posting{}, b.away
	}
	for _, i := range b.items() {
		if i.ID != id {
			continue
		}
		p := disclosure.Posting{
			ID: i.ID, Region: i.Region, RegionName: i.RegionName, PathNames: i.PathNames, Category: i.Category, CategoryName: i.CategoryName,
			ItemCode: i.ItemCode, ItemName: i.ItemName, Period: i.Period, State: i.State, Version: i.Version, Late: i.Late,
			PublishedAt: i.PublishedAt, PostedFrom: i.PublishedAt, PostedUntil: i.PublishedAt.AddDate(0, 0, 15),
		}
		if i.State == disclosure.Withdrawn {
			p.Reason, p.Log = "两户的面积与确权证不一致，需要核对。", &disclosure.LogEntry{Index: 987}
			return p, nil
		}
		b.fill(&p, i)
		return p, nil
	}
	return disclosure.Posting{}, disclosure.ErrNotFound
}

func (b *board) fill(p *disclosure.Posting, i disclosure.Item) {
	p.Content = disclosure.Content{Title: i.Title, Summary: i.Summary, IncomeFen: i.IncomeFen, ExpenseFen: i.ExpenseFen}
	if i.ID != "finance" {
		return
	}
	p.Log = &disclosure.LogEntry{Index: 1041}
	p.Content.WrittenOn = "2026-10-10"
	p.Content.Fields = map[string]string{"期初余额": "42,310.55元", "期末余额": "104,414.25元", "自填项": "<script>alert(1)</script>"}
	p.Content.Lines = []disclosure.Line{
		{Date: "2026-07-05", Voucher: "记-0712", Summary: "光伏电站二季度发电收入", Category: "经营收入", IncomeFen: 9642050, Handler: "张*明", Reviewer: "李*芳"},
		{Date: "2026-07-20", Voucher: "记-0718", Summary: "场镇门面下半年租金（6间）", Category: "租赁收入", IncomeFen: 9000000, BalanceFen: fen(22873105), Handler: "张*明", Reviewer: "李*芳"},
		{Date: "2026-08-03", Voucher: "记-0802", Summary: "三组便道水毁修复材料款", Category: "公益设施", ExpenseFen: 6820000, Handler: "王*国", Reviewer: "李*芳"},
		{Date: "2026-08-15", Voucher: "记-0811", Summary: "保洁员7月、8月报酬（4人）", Category: "人员报酬", ExpenseFen: 2880000, Handler: "张*明", Reviewer: "李*芳"},
		{Date: "2026-09-02", Voucher: "记-0903", Summary: "重阳节看望80岁以上老人", Category: "老人慰问", ExpenseFen: 1560000, Handler: "王*国", Reviewer: "李*芳"},
		{Date: "2026-09-18", Voucher: "记-0915", Summary: "办公用水电费、报刊费", Category: "办公费用", ExpenseFen: 1171680, BalanceFen: fen(10441425), Handler: "张*明", Reviewer: "李*芳"},
	}
	p.Content.Lines[2].Project, p.Content.Lines[2].Payee, p.Content.Lines[2].Image = "三组便道修复", "旺苍县<宏达>建材有限公司", "a1"
	p.Content.Lines[3].Payee = "赵*全"
	p.Content.OpeningFen, p.Content.ClosingFen = fen(4231055), fen(10441425)
	p.BodyHTML = "<p>便道修复由村民代表会议8月1日通过，参加投工的<strong>27户</strong>名单贴在村务公开栏。</p><ul><li>材料：水泥、碎石、钢筋</li><li>人工：投工投劳，不付工钱</li></ul>"
	p.Attachments = []disclosure.Attachment{
		{ID: "a1", Kind: "jpeg", Name: "便道修复前.jpg", URL: "/media/" + strings.Repeat("a", 64) + ".jpg", ThumbURL: "/media/" + strings.Repeat("b", 64) + ".jpg", Width: 1200, Height: 900},
		{ID: "a2", Kind: "jpeg", Name: `便道"修复"后.jpg`, URL: "/media/" + strings.Repeat("c", 64) + ".jpg", ThumbURL: "/media/" + strings.Repeat("d", 64) + ".jpg", Width: 1200, Height: 900},
		{ID: "a3", Kind: "pdf", Name: "三季度收支表（盖章）.pdf", URL: "/media/" + strings.Repeat("e", 64) + ".pdf", Size: 483000},
	}
	p.Review = &disclosure.Review{Opinion: "逐笔核对了凭证，账目属实，同意公开。", LookedAt: 3, By: "村务监督委员会主任 李*芳", At: at(10, 11)}
}

func (b *board) Versions(_ context.Context, _ account.Caller, id string) ([]disclosure.Version, error) {
	if id != "finance" {
		return []disclosure.Version{{Number: 1, PublishedAt: at(9, 8), WithdrawnAt: at(9, 9), Digest: strings.Repeat("0f", 32)}}, b.away
	}
	return []disclosure.Version{
		{Number: 2, PublishedAt: at(10, 12), Digest: strings.Repeat("1a", 32), Author: "陈*英（村文书）", Reason: "便道材料款少写了一笔<b>。", Content: &disclosure.Content{
			Title: "盐井村2026年第三季度财务收支", Summary: "三季度支出12.4万元，最大一笔是修复三组被水冲坏的便道。", ExpenseFen: fen(12431680), Media: []string{"a1", "a2", "a3"},
			Lines: []disclosure.Line{
				{Date: "2026-08-03", Voucher: "记-0802", Summary: "三组便道水毁修复材料款", ExpenseFen: 6820000, Image: "a1"},
				{Date: "2026-08-15", Voucher: "记-0811", Summary: "保洁员报酬<4人>", ExpenseFen: 2880000},
			},
		}},
		{Number: 1, PublishedAt: at(10, 8), WithdrawnAt: at(10, 9), Digest: strings.Repeat("2b", 32), Content: &disclosure.Content{
			Title: "盐井村2026年第三季度财务收支", Summary: "三季度支出9.4万元，最大一笔是修复三组被水冲坏的便道。", ExpenseFen: fen(9431680), Media: []string{"a3"},
			Lines: []disclosure.Line{
				{Date: "2026-08-03", Voucher: "记-0802", Summary: "三组便道水毁修复材料款", ExpenseFen: 3820000},
				{Date: "2026-08-09", Voucher: "记-0805", Summary: "误工补贴", ExpenseFen: 100000},
			},
		}},
	}, b.away
}

func (b *board) Compare(_ context.Context, caller account.Caller, id string) (disclosure.Comparison, error) {
	if caller.Known() {
		return disclosure.Comparison{}, fmt.Errorf("pages are for strangers")
	}
	sums := func(in, out int64) disclosure.Sums { return disclosure.Sums{IncomeFen: in, ExpenseFen: out} }
	c := disclosure.Comparison{Period: "2026Q3", Current: disclosure.Accounts{Period: "2026Q3", IncomeFen: 18642050, ExpenseFen: 12431680}}
	if id != "finance" {
		return c, b.away
	}
	c.Before = &disclosure.Accounts{Period: "2026Q2", IncomeFen: 18642050, ExpenseFen: 9200000}
	c.YearBefore = &disclosure.Accounts{Period: "2025Q3", IncomeFen: 20000000, ExpenseFen: 15000000}
	before, year := sums(0, 1000000), sums(0, 8000000)
	pay, payYear := sums(0, 2880000), sums(0, 2700000)
	c.Categories = []disclosure.CategorySums{
		{Category: "公益设施", Sums: sums(0, 6820000), Before: &before, YearBefore: &year},
		{Category: "人员报酬", Sums: sums(0, 2880000), Before: &pay, YearBefore: &payYear},
	}
	return c, b.away
}

func (b *board) Proof(_ context.Context, index int64) (record.Proof, error) {
	return record.Proof{Leaf: fmt.Appendf(nil, "leaf %d", index), Index: index}, b.away
}

const catalogueText = `code,category_code,category,item,frequency,deadline_days,unit,responsible,visibility,has_lines,fields,source
B01,DECISION,民主决策,村民代表会议决定,随时,3,calendar_day,村民委员会,PUBLIC_INTERNET,false,应到人数;实到人数,例
D01,FINANCE,村级财务,财务收支明细,每季度,10,calendar_day,村民委员会,PUBLIC_INTERNET,true,期初余额;期末余额,例
F02,PROJECT,工程项目,工程进度,每月,10,calendar_day,村民委员会,PUBLIC_INTERNET,false,进度,例
G01,SUBSIDY,惠农补贴,耕地地力保护补贴,每年,10,calendar_day,村民委员会,PUBLIC_INTERNET,false,面积,例
`

func newBoard(t testing.TB) *board {
	t.Helper()
	c, err := disclosure.LoadCatalogue(fstest.MapFS{"catalogue.2026-01-01.csv": {Data: []byte(catalogueText)}})
	if err != nil {
		t.Fatal(err)
	}
	return &board{catalogue: c.Edition("2026-10-12"), clock: &stopped{now: at(10, 20)}}
}

// site is the pages over a board, as a handler.
type site struct {
	http.Handler
	cache *prepared.Cache
}

func open(t testing.TB, b *board, s web.Site) site {
	t.Helper()
	gin.SetMode(gin.TestMode)
	cache := prepared.New(prepared.Options{})
	t.Cleanup(cache.Close)
	w, err := web.New(web.Options{
		Places: b, Disclosures: b, Prepared: cache, Site: s, Leaves: b, Things: catalogueOfThings{b},
		Questions: b, Boards: b, Duties: b, Finder: b, OpenData: true, Clock: b.clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	w.Mount(r)
	return site{Handler: r, cache: cache}
}

// get asks for a page; headers come in pairs.
func (s site) get(t testing.TB, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, req)
	return rec
}

var errAway = fault.ErrUnavailable
