package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/region"
	"cunwu/web/paper"
)

const pdfType = "application/pdf"

// sheetPDF is "/d/:id/sheet.pdf": the posting for the board as a file that
// every printer prints the same. What was taken down has a sheet that says so,
// to be hung where the other hung.
func (w *Web) sheetPDF(c *gin.Context) {
	id := c.Param("id")
	site, ok := siteAddress(c.Request)
	if !ok {
		w.message(c, http.StatusBadRequest, pageBad)
		return
	}
	place, err := w.homeOf(c.Request.Context(), id)
	if err != nil {
		w.refuse(c, err)
		return
	}
	w.file(c, string(place), "d/"+id+"/sheet.pdf/"+site, "posting-"+id+".pdf", func(ctx context.Context) ([]byte, error) {
		m, err := w.sheet(ctx, id)
		if err != nil {
			return nil, err
		}
		digest, err := w.leafDigest(ctx, m.Posting)
		if err != nil {
			return nil, err
		}
		return w.press.Sheet(ctx, sheetOf(m, site, digest))
	})
}

// siteAddress is address for what is kept and printed: it refuses a host that
// no browser would send.
func siteAddress(r *http.Request) (string, bool) {
	const most = 100
	for _, c := range r.Host {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(".-:[]_", c) {
			return "", false
		}
	}
	return address(r), r.Host != "" && len(r.Host) <= most
}

// file serves a PDF through what is prepared, as page does. The address of the
// site is in it, so key must name it.
func (w *Web) file(c *gin.Context, place, key, name string, build maker) {
	a, f, err := w.prepared.Get(c.Request.Context(), place, "web/"+key, func(ctx context.Context) ([]byte, string, int64, error) {
		asOf, err := w.lastChange(ctx)
		if err != nil {
			return nil, "", 0, err
		}
		body, err := build(ctx)
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) { // the press is busy
			err = fmt.Errorf("%w: %w", fault.ErrUnavailable, err)
		}
		return body, pdfType, asOf, err
	})
	if err != nil {
		w.refuse(c, err)
		return
	}
	h := c.Writer.Header()
	h["X-Content-Type-Options"], h["Referrer-Policy"] = pageSniff, pageRefer // no policy: it would bind the reader that browsers show PDF with
	h.Set("Content-Disposition", `inline; filename="`+url.PathEscape(name)+`"`)
	w.hand(c, a, f)
}

// sheetOf puts a posting's page into the words of its sheet. site is the
// address of the site, digest that of the posting's leaf or "".
func sheetOf(m postingPage, site, digest string) paper.Sheet {
	s := paper.Sheet{
		Place: placeLine(m.Path), Title: m.Heading, Marks: marksOf(m.Posting),
		Facts: m.CategoryName + " · " + m.ItemName + "　" + period(m.Period) + "　" + day(m.PublishedAt) + "公开",
		Code:  codeText(site, m.Posting, digest), Proof: proofOf(m, site, digest),
		Sign: signOf(m.Path), Foot: m.RegionName + " · " + m.Heading,
	}
	if m.Gone != "" {
		s.Notice = append(s.Notice, m.Gone)
		if m.Reason != "" {
			s.Notice = append(s.Notice, "原因："+m.Reason)
		}
		return s
	}
	s.Posted = postedLine(m.PostedFrom, m.PostedUntil)
	s.Summary = paragraphs(m.Content.Summary)
	for _, t := range m.Totals {
		s.Totals = append(s.Totals, paper.Pair{Name: t.Name, Value: []string{yuan(t.Fen)}})
	}
	s.LinesName = "逐笔明细（" + strconv.Itoa(len(m.Content.Lines)) + " 笔）"
	s.Lines = linesOf(m)
	s.Parts = partsOf(m)
	return s
}

// placeLine names the place as notices are headed, without the province.
func placeLine(path []region.Region) string {
	var names []string
	for _, p := range path {
		if p.Code.Level() > region.Province {
			names = append(names, p.Short)
		}
	}
	return strings.Join(names, " ") + " · 村务公开"
}

// marksOf says what readers must know before they read.
func marksOf(p disclosure.Posting) []string {
	var out []string
	switch p.State {
	case disclosure.Withdrawn:
		out = append(out, "已撤回")
	case disclosure.Expired:
		out = append(out, "公示期满")
	case disclosure.Draft, disclosure.InReview, disclosure.Reviewed, disclosure.Confirmed, disclosure.Published, disclosure.Archived:
	}
	if p.Version > 1 {
		out = append(out, "更正（第"+strconv.Itoa(p.Version)+"版）")
	}
	if p.Late {
		out = append(out, "补录（晚于规定时间公开）")
	}
	return out
}

// postedLine tells how long the sheet must hang, by the posting's own days.
func postedLine(from, until time.Time) string {
	if from.IsZero() || until.IsZero() {
		return ""
	}
	text := "公示期：" + day(from) + "至" + day(until)
	if n := days(from, until); n > 0 {
		text += "，张贴不少于" + strconv.Itoa(n) + "天"
	}
	return text
}

// days counts the days in China from one moment's to another's.
func days(from, until time.Time) int {
	midnight := func(t time.Time) time.Time {
		y, m, d := t.In(calendar.China).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(until).Sub(midnight(from)) / (24 * time.Hour))
}

// codeText is what a posting's code says: its address, and after # its place in
// the record and the digest of its leaf, which a browser keeps to itself.
func codeText(site string, p disclosure.Posting, digest string) string {
	text := site + "/d/" + p.ID
	if digest != "" {
		text += fmt.Sprintf("#log=%d.%s", p.Log.Index, digest)
	}
	return text
}

func proofOf(m postingPage, site, digest string) []string {
	out := []string{
		"扫码看网页上的同一条公开，核对这张纸有没有改过。有疑问先问村务监督委员会，也可以向乡镇反映。",
		site + "/d/" + m.ID,
	}
	if digest == "" {
		return append(out, "这条公开早于存证记录，没有校验码。")
	}
	return append(out, "存证：第 "+strconv.FormatInt(m.Log.Index, 10)+" 条　校验码 "+strings.Join(eights(digest), " "))
}

// eights splits a digest so that it can be compared by eye.
func eights(digest string) []string {
	var out []string
	for i := 0; i < len(digest); i += 8 {
		out = append(out, digest[i:min(i+8, len(digest))])
	}
	return out
}

// signOf names what is filled in by hand; nobody's name is printed there.
func signOf(path []region.Region) []string {
	short, full := "村委会", "村民委员会"
	if len(path) > 0 && path[len(path)-1].Kind == region.KindCommunity {
		short, full = "居委会", "居民委员会"
	}
	return []string{"经办人", short + "主任", "监委会主任", "张贴日期", "撤下日期", full + "（盖章）"}
}

// linesOf is the table, with the columns that hold anything.
func linesOf(m postingPage) paper.Table {
	if len(m.Content.Lines) == 0 {
		return paper.Table{}
	}
	type column struct {
		paper.Column
		shown bool
		of    func(disclosure.Line) string
		sum   string
	}
	var income, expense int64
	for _, l := range m.Content.Lines {
		income, expense = income+l.IncomeFen, expense+l.ExpenseFen
	}
	c := m.Columns
	var t paper.Table
	all := []column{
		{paper.Column{Name: "日期"}, true, func(l disclosure.Line) string { return l.Date }, ""},
		{paper.Column{Name: "摘要", Wide: true}, true, func(l disclosure.Line) string { return l.Summary }, "合计"},
		{paper.Column{Name: "类别"}, c.Category, func(l disclosure.Line) string { return l.Category }, ""},
		{paper.Column{Name: "收入（元）", Figure: true}, c.Income, func(l disclosure.Line) string { return figure(l.IncomeFen) }, bare(income)},
		{paper.Column{Name: "支出（元）", Figure: true}, c.Expense, func(l disclosure.Line) string { return figure(l.ExpenseFen) }, bare(expense)},
		{paper.Column{Name: "余额（元）", Figure: true}, c.Balance, balance, ""},
		{paper.Column{Name: "凭证号"}, c.Voucher, func(l disclosure.Line) string { return l.Voucher }, ""},
		{paper.Column{Name: "经手人"}, c.Handler, func(l disclosure.Line) string { return l.Handler }, ""},
		{paper.Column{Name: "审核人"}, c.Reviewer, func(l disclosure.Line) string { return l.Reviewer }, ""},
	}
	t.Rows = make([][]string, len(m.Content.Lines))
	for _, col := range all {
		if !col.shown {
			continue
		}
		t.Columns = append(t.Columns, col.Column)
		t.Sum = append(t.Sum, col.sum)
		for i, l := range m.Content.Lines {
			t.Rows[i] = append(t.Rows[i], col.of(l))
		}
	}
	if !c.Income && !c.Expense {
		t.Sum = nil
	}
	return t
}

// bare is an amount in a column whose head says 元.
func bare(fen int64) string { return strings.Replace(yuan(fen), "¥", "", 1) }

// figure leaves nought out, as account books do.
func figure(fen int64) string {
	if fen == 0 {
		return ""
	}
	return bare(fen)
}

func balance(l disclosure.Line) string {
	if l.BalanceFen == nil {
		return ""
	}
	return bare(*l.BalanceFen)
}

func partsOf(m postingPage) []paper.Part {
	var out []paper.Part
	if len(m.Fields) > 0 {
		p := paper.Part{Name: "具体内容"}
		for _, f := range m.Fields {
			var value []string
			for _, text := range paragraphs(f.Value) {
				value = append(value, date(text))
			}
			p.Facts = append(p.Facts, paper.Pair{Name: f.Name, Value: value})
		}
		out = append(out, p)
	}
	if paras := printed(m.BodyHTML); len(paras) > 0 {
		out = append(out, paper.Part{Name: "详细说明", Paras: paras})
	}
	if len(m.Attachments) > 0 {
		p := paper.Part{Name: "附件（" + strconv.Itoa(len(m.Attachments)) + " 个，扫码在网页上看）"}
		for _, a := range m.Attachments {
			p.Paras = append(p.Paras, "· "+a.Name)
		}
		out = append(out, p)
	}
	if r := m.Review; r != nil {
		p := paper.Part{Name: "监督委员会的意见", Paras: paragraphs(r.Opinion)}
		if r.Objection != "" {
			p.Paras = append(p.Paras, paragraphs("提出过异议："+r.Objection)...)
		}
		by := r.By
		if d := day(r.At); d != "" {
			by += "，" + d
		}
		out = append(out, paper.Part{Name: p.Name, Paras: append(p.Paras, by)})
	}
	return out
}
