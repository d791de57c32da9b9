package paper

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

func testFace(t testing.TB) *face {
	t.Helper()
	f, err := openFace()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// accounts is a sheet with all that a sheet can have.
func accounts(lines int) Sheet {
	s := Sheet{
		Place: "广元市 旺苍县 嘉川镇 盐井村 · 村务公开", Title: "盐井村2026年第三季度财务收支", Marks: []string{"更正（第2版）", "补录（晚于规定时间公开）"},
		Facts: "村级财务 · 财务收支明细　2026年第三季度　2026年10月12日公开", Posted: "公示期：2026年10月12日至2026年10月27日，张贴不少于15天",
		Summary:   []string{"三季度村集体收入18.6万元，支出12.4万元，最大一笔是修复三组被水冲坏的便道。有疑问请找村监委会李*芳。"},
		Totals:    []Pair{{"收入", []string{"¥186,420.50"}}, {"支出", []string{"¥124,316.80"}}, {"收支相抵后结余", []string{"¥62,103.70"}}},
		LinesName: fmt.Sprintf("逐笔明细（%d 笔）", lines),
		Lines: Table{
			Columns: []Column{{Name: "日期"}, {Name: "摘要", Wide: true}, {Name: "类别"}, {Name: "收入（元）", Figure: true}, {Name: "支出（元）", Figure: true}, {Name: "凭证号"}},
			Sum:     []string{"", "合计", "", "186,420.50", "124,316.80", ""},
		},
		Parts: []Part{
			{Name: "具体内容", Facts: []Pair{{"期初余额", []string{"42,310.55元"}}, {"说明", []string{strings.Repeat("按村民代表会议决议执行，", 12)}}}},
			{Name: "监督委员会的意见", Paras: []string{"逐笔核对了凭证，账目属实，同意公开。", "村务监督委员会主任 李*芳，2026年10月11日"}},
		},
		Code: "https://x.example/d/abc#log=1041." + strings.Repeat("1a2b3c4d", 8), Proof: []string{"扫码看网页上的同一条公开。", "https://x.example/d/abc", "存证：第 1041 条"},
		Sign: []string{"经办人", "村委会主任", "监委会主任", "张贴日期", "撤下日期", "村民委员会（盖章）"}, Foot: "盐井村 · 盐井村2026年第三季度财务收支",
	}
	for i := range lines {
		what := "光伏电站发电收入"
		if i%7 == 0 {
			what = strings.Repeat("三组便道水毁修复材料款（水泥、碎石、钢筋）", 3)
		}
		s.Lines.Rows = append(s.Lines.Rows, []string{"2026-07-05", what, "经营收入", "96,420.50", "1,234.00", fmt.Sprintf("记-%04d", i)})
	}
	return s
}

// told writes a document as text, in reading order.
func told(doc *Document) string {
	var b strings.Builder
	for i, p := range doc.Pages {
		fmt.Fprintf(&b, "== %d\n", i+1)
		for _, r := range p.Runs {
			fmt.Fprintf(&b, "%.0f,%.0f %.1f %s\n", r.X, r.Y, r.Size, r.Text)
		}
		for _, s := range p.Squares {
			fmt.Fprintf(&b, "code %.0f,%.0f %.0f %s\n", s.X, s.Y, s.Side, s.Text)
		}
		fmt.Fprintf(&b, "%d strokes\n", len(p.Strokes))
	}
	return b.String()
}

func TestLayout_Golden(t *testing.T) {
	t.Parallel()
	gone := Sheet{
		Place: "广元市 旺苍县 · 村务公开", Title: "2026年耕地地力保护补贴", Marks: []string{"已撤回"},
		Notice: []string{"这条公开已撤回，正在更正。", "原因：两户的面积与确权证不一致，需要核对。"}, Code: "https://x.example/d/abc", Sign: []string{"经办人"},
	}
	codes := CodeSheet{Title: "盐井村村务公开，扫码看", Lead: []string{"用手机扫一扫就能看。"}, First: Code{"盐井村的全部公开", "https://x.example/r/1", "https://x.example/r/1"}, Foot: "盐井村"}
	part := CodePart{Name: "长期公开的事项"}
	for i := range 30 {
		part.Codes = append(part.Codes, Code{"两委、监督委员会、村民小组长、村民代表名单与分工", "2026年 · 10月12日公开", fmt.Sprintf("https://x.example/d/%d", i)})
	}
	codes.Parts = []CodePart{part, {Name: "空"}}
	for name, lay := range map[string]func(*face) (*Document, error){
		"accounts":  func(f *face) (*Document, error) { return laySheet(f, accounts(40)) },
		"withdrawn": func(f *face) (*Document, error) { return laySheet(f, gone) },
		"codes":     func(f *face) (*Document, error) { return layCodes(f, codes) },
	} {
		doc, err := lay(testFace(t))
		if err != nil {
			t.Fatal(err)
		}
		got, golden := told(doc), filepath.Join("testdata", name+".txt")
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
			t.Fatalf("%v; write it with: go test ./web/paper -run Golden -update", err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s; look at the difference, then run with -update", name, golden)
		}
	}
}

// Every page of a long table has its head and its number, and every line of it
// is there once.
func TestTable_OverPages(t *testing.T) {
	t.Parallel()
	doc, err := laySheet(testFace(t), accounts(200))
	if err != nil {
		t.Fatal(err)
	}
	vouchers := map[string]int{}
	for i, p := range doc.Pages {
		head, rows, number := false, false, false
		for _, r := range p.Runs {
			head = head || r.Text == "凭证号"
			rows = rows || strings.HasPrefix(r.Text, "记-")
			number = number || r.Text == fmt.Sprintf("第 %d 页，共 %d 页", i+1, len(doc.Pages))
			if strings.HasPrefix(r.Text, "记-") {
				vouchers[r.Text]++
			}
		}
		if rows && !head || !number {
			t.Errorf("page %d: head %v, number %v", i+1, head, number)
		}
	}
	if len(vouchers) != 200 {
		t.Errorf("%d lines of 200", len(vouchers))
	}
	for v, n := range vouchers {
		if n != 1 {
			t.Errorf("%s is there %d times", v, n)
		}
	}
}

// Figures of a column end at one place, in digits of one width.
func TestTable_Figures(t *testing.T) {
	t.Parallel()
	f := testFace(t)
	for r := '1'; r <= '9'; r++ {
		if f.advance(r) != f.advance('0') {
			t.Errorf("%c is not as wide as 0", r)
		}
	}
	s := Sheet{Title: "账", Lines: Table{
		Columns: []Column{{Name: "摘要", Wide: true}, {Name: "收入", Figure: true}},
		Rows:    [][]string{{"a", "1.00"}, {"b", "1,234,567.89"}, {"c", "-5.10"}},
	}}
	doc, err := laySheet(f, s)
	if err != nil {
		t.Fatal(err)
	}
	ends := map[string]bool{}
	for _, r := range doc.Pages[0].Runs {
		if strings.Contains(r.Text, ".") {
			ends[fmt.Sprintf("%.1f", r.X+f.width(r.Text, r.Size))] = true
		}
	}
	if len(ends) != 1 {
		t.Errorf("figures end at %v", ends)
	}
}

// anyText is nothing, a few characters, or a great many: drawn lengths alone are
// mostly short.
var (
	anyRune = rapid.OneOf(rapid.RuneFrom([]rune("村民修路，。（）“”《》、12,345.60¥-abc XYZ\n\t　🙂𠮷")), rapid.Rune())
	anyText = rapid.OneOf(rapid.StringOfN(anyRune, 0, 30, -1), rapid.StringOfN(anyRune, 60, 200, -1), rapid.StringOfN(anyRune, 400, 600, -1))
)

// Whatever the text: nothing of it is lost, no line is wider than its room, and
// no line begins with a stop where that can be helped.
func TestWrap(t *testing.T) {
	t.Parallel()
	f := testFace(t)
	rapid.Check(t, func(t *rapid.T) {
		text, size := anyText.Draw(t, "text"), rapid.Float64Range(6, 24).Draw(t, "size")
		width := rapid.Float64Range(30, 500).Draw(t, "width")
		lines := f.wrap(text, size, width)
		squeezed := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got, want := squeezed(strings.Join(lines, "")), squeezed(f.clean(text)); got != want {
			t.Fatalf("%q became %q", want, got)
		}
		for _, line := range lines {
			if n := len([]rune(line)); n > 1 && f.width(line, size) > width+0.01 {
				t.Fatalf("%q is %.1f wide of %.1f", line, f.width(line, size), width)
			}
		}
	})
	for text, want := range map[string]string{
		"一二三四五，六":   "一二三四|五，六",
		"一二三四（五）":   "一二三四|（五）",
		"一二三12.50四": "一二三|12.50四",
		"一二 三四 五六":  "一二 三四|五六",
		"":          "",
	} {
		if got := strings.Join(f.wrap(text, 10, 50), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Whatever is given, all stays on the paper and a PDF comes out.
func TestSheet_AnyText(t *testing.T) {
	t.Parallel()
	f := testFace(t)
	rapid.Check(t, func(t *rapid.T) {
		s := accounts(rapid.IntRange(0, 20).Draw(t, "lines"))
		s.Title, s.Foot, s.Facts = anyText.Draw(t, "title"), anyText.Draw(t, "foot"), anyText.Draw(t, "facts")
		s.Marks, s.Notice = []string{anyText.Draw(t, "mark")}, []string{anyText.Draw(t, "notice")}
		s.Parts[0].Facts[0] = Pair{Name: anyText.Draw(t, "name"), Value: []string{anyText.Draw(t, "value")}}
		for i := range s.Lines.Rows {
			s.Lines.Rows[i][rapid.IntRange(0, 2).Draw(t, "column")] = strings.Repeat(anyText.Draw(t, "cell"), rapid.IntRange(1, 3).Draw(t, "times"))
		}
		doc, err := laySheet(f, s)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range doc.Pages {
			for _, r := range p.Runs {
				if r.X < 0 || r.Y > pageHeight-margin+1 || r.X+f.width(r.Text, r.Size) > pageWidth {
					t.Fatalf("page %d: %+v is off the paper", i+1, r)
				}
				if r.Y > bodyEnd+1 && r.Size != 9 {
					t.Fatalf("page %d: %+v is in the foot", i+1, r)
				}
			}
		}
	})
}

// What the font lacks is printed as 〓, and the sheet says so.
func TestSheet_Lacks(t *testing.T) {
	t.Parallel()
	doc, err := laySheet(testFace(t), Sheet{Title: "𠮷🙂村\u200d\ufe0f\x00"})
	if err != nil {
		t.Fatal(err)
	}
	if got := told(doc); !strings.Contains(got, " 〓〓村\n") || !strings.Contains(got, lackNote) {
		t.Error(got)
	}
	doc, err = laySheet(testFace(t), Sheet{Title: "鱻囍㎡①“村”—…·℃±×÷"})
	if err != nil {
		t.Fatal(err)
	}
	if got := told(doc); strings.Contains(got, "〓") {
		t.Error(got)
	}
}

// The same words give the same bytes: a page that is made anew is not sent anew.
func TestPress_SameBytes(t *testing.T) {
	t.Parallel()
	p := NewPress()
	one, err := p.Sheet(t.Context(), accounts(3))
	if err != nil {
		t.Fatal(err)
	}
	two, err := p.Sheet(t.Context(), accounts(3))
	if err != nil || !bytes.Equal(one, two) || !bytes.HasPrefix(one, []byte("%PDF-")) {
		t.Errorf("%v, %d and %d bytes", err, len(one), len(two))
	}
}

// Who has no turn in time is told so; turns are given back.
func TestPress_Turns(t *testing.T) {
	t.Parallel()
	p := NewPress()
	for range atOnce {
		p.turns <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := p.Sheet(ctx, Sheet{Title: "等"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	<-p.turns
	for range 3 {
		if _, err := p.Codes(t.Context(), CodeSheet{Title: "码", First: Code{Name: "村", Text: "https://x.example"}}); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkSheet(b *testing.B) {
	p := NewPress()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Sheet(context.Background(), accounts(40)); err != nil {
			b.Fatal(err)
		}
	}
}
