package paper

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func rules() Announcement {
	return Announcement{
		Place: "广元市 旺苍县 嘉川镇 盐井村", Title: "红黑榜怎样评、怎样用", Facts: "道德评议会公布　2026年3月10日",
		Paragraphs: []string{"好人好事可以上红榜，上榜要本人同意。", "不守村规的事先谈心教育，改了就不上榜。"},
		Parts:      []Part{{Name: "哪些事会上榜", Facts: []Pair{{"第三条", []string{"孝敬老人（红榜）"}}, {"第七条", []string{"乱倒垃圾（黑榜，只写事情，不写姓名）"}}}}},
		Objections: []string{"公示期间告诉评议会；不服的向村监委会申诉，5天以内答复。"}, Source: []string{"2026年3月2日村民会议通过的村规民约第2版。"},
		Site: "https://x.example", Path: "/r/510821102200/boards", Sign: []string{"张贴人", "张贴日期"},
	}
}

func TestAnnouncement_Golden(t *testing.T) {
	t.Parallel()
	doc, err := laySheet(testFace(t), rules().Sheet())
	if err != nil {
		t.Fatal(err)
	}
	got, golden := told(doc), filepath.Join("testdata", "announcement.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./web/paper -run Golden -update", err)
	}
	if got != string(want) {
		t.Errorf("differs from %s; look at the difference, then run with -update", golden)
	}
	if !strings.Contains(got, "code ") || !strings.Contains(got, "https://x.example/r/510821102200/boards") {
		t.Errorf("no code of its page:\n%s", got)
	}
	pdf, err := NewPress().Announcement(t.Context(), rules())
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Errorf("%v, %d bytes", err, len(pdf))
	}
	again, err := NewPress().Announcement(t.Context(), rules())
	if err != nil || !bytes.Equal(pdf, again) {
		t.Errorf("the same words give other bytes: %v", err)
	}
}

// However long an announcement is, all of it is on the paper, within the margins.
func TestAnnouncement_Whole(t *testing.T) {
	t.Parallel()
	f := testFace(t)
	rapid.Check(t, func(t *rapid.T) {
		a := rules()
		n := rapid.IntRange(0, 400).Draw(t, "n")
		a.Paragraphs = append(a.Paragraphs, strings.Repeat("村", n))
		a.Objections = append(a.Objections, strings.Repeat("民", n))
		doc, err := laySheet(f, a.Sheet())
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Builder{}
		for _, p := range doc.Pages {
			for _, r := range p.Runs {
				all.WriteString(r.Text)
				if r.Y > pageHeight || r.X < 0 || r.X > pageWidth {
					t.Fatalf("%q is off the paper", r.Text)
				}
			}
		}
		if have := strings.Count(all.String(), "村"); have < n {
			t.Fatalf("%d of %d characters", have, n)
		}
		if have := strings.Count(all.String(), "民"); have < n {
			t.Fatalf("%d of %d characters", have, n)
		}
	})
}
