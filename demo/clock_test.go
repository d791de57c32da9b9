package demo

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	t.Parallel()
	c := NewClock()
	if d := time.Since(c.Now()); d < 0 || d > time.Minute {
		t.Errorf("a new clock is %s off", d)
	}
	then := date(2024, 9, 1)
	c.Set(then)
	if !c.Now().Equal(then) {
		t.Errorf("it is %s, was set to %s", c.Now(), then)
	}
	c.Follow()
	if d := time.Since(c.Now()); d < 0 || d > time.Minute {
		t.Errorf("a following clock is %s off", d)
	}
}

func TestMoney(t *testing.T) {
	t.Parallel()
	for fen, want := range map[int64][2]string{
		0:           {"0元", "0元"},
		5:           {"0.05元", "0元"},
		12850:       {"128.50元", "128元"},
		2360000:     {"23,600元", "2.36万元"},
		-320000:     {"负3,200元", "负3,200元"},
		100000000:   {"1,000,000元", "100万元"},
		123456789:   {"1,234,567.89元", "123.46万元"},
		10000000000: {"100,000,000元", "10000万元"},
	} {
		if got := [2]string{money(fen), about(fen)}; got != want {
			t.Errorf("%d: %v, want %v", fen, got, want)
		}
	}
	for _, c := range []struct {
		before, now int64
		want        string
	}{{0, 0, "和上月一样没有"}, {yuan(5), yuan(5), "和上月一样"}, {yuan(5), yuan(8), "比上月多3元"}, {yuan(20000), 0, "比上月少2万元"}} {
		if got := compared("上月", c.before, c.now); got != c.want {
			t.Errorf("%d to %d: %s, want %s", c.before, c.now, got, c.want)
		}
	}
	for name, want := range map[string]string{"张三": "张*", "李秀英": "李*英", "欧阳秀英": "欧**英"} {
		if got := masked(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestFiles: every scene and table becomes a file that its kind's decoder reads.
func TestFiles(t *testing.T) {
	t.Parallel()
	for name := range scenes {
		a, err := drawPicture(file{name: name, scene: name, seed: 1})
		if err != nil || len(a) < 5_000 || len(a) > 120_000 || a[0] != 0xff || a[1] != 0xd8 {
			t.Errorf("%s: %d bytes, %v", name, len(a), err)
		}
		b, err := drawPicture(file{name: name, scene: name, seed: 1})
		if err != nil || string(a) != string(b) {
			t.Errorf("%s is drawn differently the second time (%v)", name, err)
		}
	}
	if _, err := drawPicture(file{scene: "moon"}); err == nil {
		t.Error("a scene that does not exist was drawn")
	}
	pdf := string(writePDF(file{title: "资产清单", table: [][]string{{"名称", "金额"}, {"路灯（一个很长很长很长很长很长很长很长很长的名称）", "1"}}}))
	for _, part := range []string{"%PDF-1.5\n", "xref\n0 8\n", "/STSong-Light", utf16Hex("资产清单"), "%%EOF\n"} {
		if !strings.Contains(pdf, part) {
			t.Errorf("the PDF lacks %q", part)
		}
	}
	at := strings.LastIndex(pdf, "startxref\n")
	var start int
	if _, err := fmt.Sscanf(pdf[at:], "startxref\n%d", &start); err != nil || !strings.HasPrefix(pdf[start:], "xref\n") {
		t.Errorf("startxref points to %d (%v)", start, err)
	}
}
