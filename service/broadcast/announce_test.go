package broadcast_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"cunwu/service/broadcast"
)

// announcements are as a village makes them.
func announcements() map[string]broadcast.Announcement {
	return map[string]broadcast.Announcement{
		"announce_rules": {
			Place: "盐井村", Title: "红黑榜怎样评、怎样用", Source: "依据2026年3月2日村民会议通过的村规民约第2版",
			Paragraphs: []string{
				"好人好事可以上红榜：孝敬老人、帮助邻居、维护环境。上榜要本人同意，公示5至7天。",
				"不守村规的事先谈心教育，至少7天；改了就不上榜。黑榜只写事情，不写姓名，最多30天。",
			},
			Objections: "公示期间有不同意见，3天以内告诉评议会；不服的可以向村监委会申诉，5天以内答复；还不服的向乡镇反映，10天以内答复。",
		},
		"announce_empty": {},
		"announce_long": {
			Place: "盐井村", Title: "召开村民会议", Paragraphs: []string{strings.Repeat("请各家各户安排好农活，按时到会，到会签名。", 60), "最后一句不会播出。"},
			Objections: strings.Repeat("可以向很多地方提出意见，", 30),
		},
	}
}

func TestAnnounce_Golden(t *testing.T) {
	t.Parallel()
	for name, a := range announcements() {
		got := broadcast.Announce(a) + "\n"
		golden := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatalf("%v; write it with: go test ./service/broadcast -run Golden -update", err)
		}
		if got != string(want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Whatever is announced is heard to the end within two minutes, in words, and
// says how to object.
func TestAnnounce_Bounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("村规民约0123456789。，！？；\n\t#*¥%-年月日天\u202e😀甲乙")), 0, 400, -1)
		a := broadcast.Announcement{
			Place: text.Draw(t, "place"), Title: text.Draw(t, "title"), Source: text.Draw(t, "source"), Objections: text.Draw(t, "objections"),
			Paragraphs: rapid.SliceOfN(text, 0, 6).Draw(t, "paragraphs"),
		}
		got := broadcast.Announce(a)
		if n := broadcast.Length(got); n > broadcast.Most || broadcast.Seconds(got) > broadcast.Minutes*60 {
			t.Fatalf("%d characters: %q", n, got)
		}
		lines := strings.Split(got, "\n")
		if len(lines) < 4 || !strings.HasPrefix(got, "各位村民") || !strings.HasSuffix(got, "谢谢大家。") || !utf8.ValidString(got) {
			t.Fatalf("not whole: %q", got)
		}
		for _, r := range got {
			if unicode.IsDigit(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.So, r) {
				t.Fatalf("%q cannot be read aloud: %q", r, got)
			}
		}
	})
}
