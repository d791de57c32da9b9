package inbox_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"cunwu/repository/dbtest"
	"cunwu/service/inbox"
)

func TestFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ keyword, in, want string }{
		{"thing1", "盐井村公开了", "盐井村公开了"},
		{"thing1", strings.Repeat("村", 25), strings.Repeat("村", 19) + "…"},
		{"thing1", strings.Repeat("村", 20), strings.Repeat("村", 20)},
		{"thing1", "一行\n两行\x00\u200b  三", "一行 两行 三"},
		{"thing1", " \n\t", "点击查看"},
		{"thing1", "\xff\xfe", "点击查看"},
		{"phrase2", "已公开3条了呢啊", "已公开条了"},
		{"phrase2", "123", "新消息"},
		{"number3", "12,300", "12300"},
		{"number3", "", "0"},
		{"character_string4", "记-01 A1", "-01A1"},
		{"name5", strings.Repeat("名", 12), strings.Repeat("名", 10)},
		{"time6", "", "2026年3月2日 09:00"},
		{"date7", "", "2026年3月2日"},
		{"unheard8", "", "点击查看"},
	} {
		if got := inbox.Fit(c.keyword, c.in, dbtest.Start); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.keyword, c.in, got, c.want)
		}
	}
	data := inbox.Fill(inbox.Template{}, inbox.Message{Title: "标题", At: dbtest.Start}, "盐井村")
	if data["thing1"] != "标题" || data["thing2"] != "盐井村" || data["thing4"] != "点击查看" || len(data) != 4 {
		t.Errorf("%v", data)
	}
}

func FuzzFit(f *testing.F) {
	f.Add("thing1", "盐井村")
	f.Add("phrase2", "\u202eabc\x07")
	most := map[string]int{"thing": 20, "phrase": 5, "number": 32, "character_string": 32, "letter": 32, "name": 10, "symbol": 5, "phone_number": 17}
	f.Fuzz(func(t *testing.T, keyword, s string) {
		got := inbox.Fit(keyword, s, dbtest.Start)
		n, ok := most[strings.TrimRight(keyword, "0123456789")]
		if !ok {
			n = 20
		}
		if got == "" || !utf8.ValidString(got) || utf8.RuneCountInString(got) > n && !strings.HasSuffix(got, "日 09:00") && !strings.HasSuffix(got, "日") {
			t.Errorf("%s %q: %q", keyword, s, got)
		}
		if strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("control characters in %q", got)
		}
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 1000).Draw(t, "attempts")
		j := rapid.Float64Range(0, 0.999).Draw(t, "jitter")
		d := inbox.Backoff(n, j)
		if d < 5*time.Second || d > time.Hour {
			t.Fatalf("%v after %d attempts", d, n)
		}
		if more := inbox.Backoff(n+1, j); more < d {
			t.Fatalf("%v, then %v", d, more)
		}
	})
}

// Only what certainly was not sent is ever sent again.
func TestReactions_NeverTwice(t *testing.T) {
	t.Parallel()
	if inbox.Verdicts(inbox.Report{}) {
		t.Error("a report that says nothing leads to a second message")
	}
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.Int64Range(-5, 100_000).Draw(t, "code")
		if inbox.Verdicts(inbox.Report{Reach: inbox.Unclear, Code: code}) {
			t.Fatalf("sent again after a call of which nothing is known (%d)", code)
		}
		if code == 0 && inbox.Verdicts(inbox.Report{Reach: inbox.Answered}) {
			t.Fatal("sent again after success")
		}
	})
}
