package web_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cunwu/service/disclosure"
	"cunwu/web"
)

func TestSheetPDF(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	s := open(t, b, web.Site{})
	for _, path := range []string{"/d/finance/sheet.pdf", "/d/subsidy/sheet.pdf", "/r/510821102200/codes.pdf"} {
		rec := s.get(t, path)
		h := rec.Header()
		if rec.Code != http.StatusOK || h.Get("Content-Type") != "application/pdf" || !bytes.HasPrefix(rec.Body.Bytes(), []byte("%PDF-")) {
			t.Fatalf("%s: %d %v", path, rec.Code, h)
		}
		if h.Get("Cache-Control") != "no-cache" || !strings.HasPrefix(h.Get("Content-Disposition"), "inline; filename=") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
		if again := s.get(t, path, "If-None-Match", h.Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s again: %d", path, again.Code)
		}
		if size := rec.Body.Len(); size > 300<<10 {
			t.Errorf("%s: %d bytes are too many for a village's line", path, size)
		}
	}
	for path, want := range map[string]int{
		"/d/nosuch/sheet.pdf": http.StatusNotFound, "/r/510821/codes.pdf": http.StatusNotFound, "/r/510821102299/codes.pdf": http.StatusNotFound, "/r/x/codes.pdf": http.StatusNotFound,
	} {
		if rec := s.get(t, path); rec.Code != want {
			t.Errorf("%s: %d, want %d", path, rec.Code, want)
		}
	}
}

// The address that was asked is printed: sheets of one host are not given to
// readers of another, and a host that no browser sends is refused.
func TestSheetPDF_Host(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	ask := func(host string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/d/finance/sheet.pdf", nil)
		req.Host = host
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, req)
		return rec
	}
	one, other := ask("a.example"), ask("b.example")
	if one.Code != http.StatusOK || one.Header().Get("ETag") == other.Header().Get("ETag") {
		t.Error("two hosts have one sheet")
	}
	for _, host := range []string{"", "a/b", "a b", "(x)", strings.Repeat("a", 101)} {
		if rec := ask(host); rec.Code != http.StatusBadRequest {
			t.Errorf("host %q: %d", host, rec.Code)
		}
	}
}

// While storage is away a sheet that was made is still given.
func TestSheetPDF_StorageAway(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	s := open(t, b, web.Site{})
	s.get(t, "/d/finance/sheet.pdf")
	b.away = errAway
	s.cache.Changed("510821102200")
	if rec := s.get(t, "/d/finance/sheet.pdf"); rec.Code != http.StatusOK || rec.Header().Get("Warning") == "" {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
	if rec := s.get(t, "/d/project/sheet.pdf"); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("%d", rec.Code)
	}
}

func TestScript(t *testing.T) {
	t.Parallel()
	s := open(t, newBoard(t), web.Site{})
	body := s.get(t, "/d/finance/script").Body.String()
	for _, want := range []string{"各位村民，大家好！", "十八万六千四百二十元五角", "六万八千二百元", `class="aloud"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in the script", want)
		}
	}
	if strings.Contains(body, "张*明") || strings.Contains(body, "张某明") {
		t.Error("a handler is read out")
	}
	if rec := s.get(t, "/d/nosuch/script"); rec.Code != http.StatusNotFound {
		t.Errorf("%d", rec.Code)
	}
}

// The newest posting of an item that stands has the code; what was withdrawn
// has none.
func TestCodes_OnlyWhatStands(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	sheet, err := web.CodeSheet(t.Context(), b, b, "510821102200", "https://x.example")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, p := range sheet.Parts {
		for _, c := range p.Codes {
			texts = append(texts, c.Text)
		}
	}
	got := strings.Join(texts, " ")
	for _, want := range []string{"https://x.example/d/finance", "https://x.example/d/project", "https://x.example/r/510821102200?category=FINANCE"} {
		if !strings.Contains(got, want) {
			t.Errorf("no code for %s", want)
		}
	}
	if strings.Contains(got, "subsidy") {
		t.Error("a code leads to what was withdrawn")
	}
	if sheet.First.Text != "https://x.example/r/510821102200" {
		t.Error(sheet.First)
	}
}

func TestSheetOf(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	digest := strings.Repeat("1a2b3c4d", 8)
	s, err := web.SheetOf(t.Context(), b, b, "finance", "https://x.example", digest)
	if err != nil {
		t.Fatal(err)
	}
	if s.Posted != "公示期：2026年10月12日至2026年10月27日，张贴不少于15天" {
		t.Error(s.Posted)
	}
	if got := strings.Join(s.Marks, " "); got != "更正（第2版） 补录（晚于规定时间公开）" {
		t.Error(got)
	}
	if s.Code != "https://x.example/d/finance#log=1041."+digest {
		t.Error(s.Code)
	}
	if len(s.Lines.Rows) != 6 || len(s.Lines.Columns) != len(s.Lines.Rows[0]) || len(s.Lines.Sum) != len(s.Lines.Columns) {
		t.Error(s.Lines)
	}
	var names []string
	for _, p := range s.Parts {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); got != "具体内容 详细说明 附件（3 个，扫码在网页上看） 监督委员会的意见" {
		t.Error(got)
	}
	if got := strings.Join(s.Parts[1].Paras, "|"); got != "便道修复由村民代表会议8月1日通过，参加投工的27户名单贴在村务公开栏。|· 材料：水泥、碎石、钢筋|· 人工：投工投劳，不付工钱" {
		t.Error(got)
	}
	gone, err := web.SheetOf(t.Context(), b, b, "subsidy", "https://x.example", digest)
	if err != nil {
		t.Fatal(err)
	}
	if len(gone.Notice) != 2 || gone.Summary != nil || gone.Lines.Rows != nil || gone.Parts != nil || gone.Posted != "" || gone.Marks[0] != "已撤回" {
		t.Errorf("what was withdrawn shows %+v", gone)
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	if n := web.Days(at(10, 12), at(10, 27)); n != 15 {
		t.Error(n)
	}
	if n := web.Days(at(10, 12), at(10, 13).Add(20*3600e9)); n != 2 {
		t.Error(n)
	}
}

func TestPrinted(t *testing.T) {
	t.Parallel()
	for md, want := range map[string]string{
		"一段\n\n二段":                           "一段|二段",
		"1. 甲\n2. 乙\n   - 丙\n\n末":            "1. 甲|2. 乙|· 丙|末",
		"| 姓名 | 分数 |\n|---|---|\n| 张* | 5 |": "姓名　分数|张*　5",
		"# 标题\n> 引用\n\n**重** *点*":            "标题|引用|重 点",
		"- 甲\n\n  乙":                         "· 甲|乙",
		"":                                   "",
	} {
		body, err := disclosure.Render(md)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(web.Printed(body), "|"); got != want {
			t.Errorf("%q: %q, want %q", md, got, want)
		}
	}
	web.Printed(strings.Repeat("<blockquote>", 5000) + "深")
}
