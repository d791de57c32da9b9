package broadcast_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cunwu/service/broadcast"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
)

var update = flag.Bool("update", false, "write the golden files anew")

func at(month time.Month, d int) time.Time {
	return time.Date(2026, month, d, 9, 30, 0, 0, calendar.China)
}

func fen(v int64) *int64 { return &v }

// postings are five as a village makes them.
func postings() map[string]disclosure.Posting {
	base := func(item, period string, published time.Time) disclosure.Posting {
		return disclosure.Posting{
			RegionName: "盐井村", ItemName: item, Period: period, State: disclosure.Published, Version: 1,
			PublishedAt: published, PostedFrom: published, PostedUntil: published.AddDate(0, 0, 15),
		}
	}
	finance := base("财务收支逐笔明细", "2026Q3", at(10, 12))
	finance.Version, finance.Late = 2, true
	finance.Content = disclosure.Content{
		Summary:   "三季度村集体收入18.6万元，主要是光伏发电和门面租金；支出12.4万元，最大一笔是修复三组被水冲坏的便道。比二季度多花了3.2万元，因为7月20日的洪水。有疑问请找村监委会李*芳。",
		IncomeFen: fen(18642050), ExpenseFen: fen(12431680),
		Lines: []disclosure.Line{
			{Date: "2026-07-05", Summary: "光伏电站二季度发电收入", IncomeFen: 9642050, Handler: "张*明"},
			{Date: "2026-08-03", Summary: "三组便道水毁修复材料款（水泥32吨）", ExpenseFen: 6820000, Handler: "王*国"},
			{Date: "2026-08-15", Summary: "保洁员7月、8月报酬（4人）", ExpenseFen: 2880000, Handler: "张*明"},
			{Date: "2026-09-02", Summary: "重阳节看望80岁以上老人", ExpenseFen: 1560000},
			{Date: "2026-09-18", Summary: "办公用水电费", ExpenseFen: 1171680},
		},
	}
	bridge := base("工程进度", "2026-09", at(9, 30))
	bridge.Content = disclosure.Content{Summary: "路基已经垫好，路面浇了一半。预计10月15日完工，比计划晚5天，因为9月下旬连续下雨。", ExpenseFen: fen(4500000), Lines: []disclosure.Line{{Summary: "第二次进度款", ExpenseFen: 4500000}}}
	vote := base("四议两公开：决议公开", "2026-08-20", at(8, 24))
	vote.Content = disclosure.Content{Summary: "应到42人，实到37人，35人赞成。老办公房改成老年活动室，费用从集体收入里出，不向各家收钱。同意吗？有不同意见9月8日前告诉村委会！"}
	gone := base("耕地地力保护补贴", "2026", at(9, 8))
	gone.State, gone.Reason = disclosure.Withdrawn, "2户的面积与确权证不一致，需要核对。"
	expired := base("最低生活保障名单", "2026H1", at(6, 8))
	expired.State = disclosure.Expired
	return map[string]disclosure.Posting{"finance": finance, "bridge": bridge, "vote": vote, "withdrawn": gone, "expired": expired}
}

func TestScript_Golden(t *testing.T) {
	t.Parallel()
	for name, p := range postings() {
		got := broadcast.Script(p)
		golden := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.MkdirAll("testdata", 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatalf("%v; write it with: go test ./service/broadcast -run Golden -update", err)
		}
		if got != string(want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

// Whatever is in a posting, what is read out is short, whole and without
// figures, and names nobody by the columns of the table.
func TestScript_Promises(t *testing.T) {
	t.Parallel()
	r := rapid.OneOf(rapid.RuneFrom([]rune("村民修路补贴，、；。！？\n（）*¥￥0123456789.,:%-元万年月日Q")), rapid.Rune())
	words := rapid.OneOf(rapid.StringOfN(r, 0, 30, -1), rapid.StringOfN(r, 60, 200, -1), rapid.StringOfN(r, 400, 600, -1))
	amount := rapid.Int64Range(0, 1e13)
	rapid.Check(t, func(t *rapid.T) {
		p := disclosure.Posting{
			RegionName: words.Draw(t, "region"), ItemName: words.Draw(t, "item"), Period: words.Draw(t, "period"), Reason: words.Draw(t, "reason"),
			State:   rapid.SampledFrom([]disclosure.State{disclosure.Published, disclosure.Archived, disclosure.Withdrawn, disclosure.Expired}).Draw(t, "state"),
			Version: rapid.IntRange(1, 1<<30).Draw(t, "version"), Late: rapid.Bool().Draw(t, "late"),
			PublishedAt: at(10, 12), PostedFrom: at(10, 12), PostedUntil: at(10, 27),
			Review: &disclosure.Review{By: "赵甲乙", Opinion: "赵甲乙"},
		}
		p.Content.Summary = words.Draw(t, "summary")
		p.Content.IncomeFen, p.Content.ExpenseFen = fen(amount.Draw(t, "income")), fen(amount.Draw(t, "expense"))
		p.Content.Fields = map[string]string{"户主": "钱丙丁"}
		for range rapid.IntRange(0, 5).Draw(t, "lines") {
			p.Content.Lines = append(p.Content.Lines, disclosure.Line{
				Summary: words.Draw(t, "line"), Category: words.Draw(t, "category"), ExpenseFen: amount.Draw(t, "spent"), Handler: "孙戊己", Reviewer: "李庚辛", Payee: "周壬癸",
			})
		}
		script := broadcast.Script(p)
		if n := broadcast.Length(script); n > broadcast.Most || broadcast.Seconds(script) > broadcast.Minutes*60 {
			t.Fatalf("%d characters, %d seconds", n, broadcast.Seconds(script))
		}
		for line := range strings.SplitSeq(script, "\n") {
			if !strings.HasSuffix(line, "。") && !strings.HasSuffix(line, "！") && !strings.HasSuffix(line, "？") {
				t.Fatalf("not a whole sentence: %q", line)
			}
		}
		if strings.ContainsAny(script, "0123456789¥￥*") {
			t.Fatalf("figures in %q", script)
		}
		for _, secret := range []string{"赵甲乙", "钱丙丁", "孙戊己", "李庚辛", "周壬癸"} {
			if strings.Contains(script, secret) {
				t.Fatalf("%s is named: %q", secret, script)
			}
		}
		if !strings.HasPrefix(script, "各位村民，大家好！") || !strings.HasSuffix(script, "谢谢大家。") || !strings.Contains(script, "村务监督委员会") {
			t.Fatalf("no beginning, end or way to ask: %q", script)
		}
	})
}

// The sums come before what is said about them where there is no room for all.
func TestScript_Room(t *testing.T) {
	t.Parallel()
	p := postings()["finance"]
	p.Content.Summary = strings.Repeat("这是一句很长的话，说来说去都是同一件事。", 60)
	script := broadcast.Script(p)
	for _, want := range []string{"收入合计十八万六千四百二十元五角", "更正后的第二版", "属于补录"} {
		if !strings.Contains(script, want) {
			t.Errorf("no %s in %s", want, script)
		}
	}
	if n := broadcast.Length(script); n < broadcast.Most*3/4 {
		t.Errorf("only %d characters where much could be said", n)
	}
}
