package redblack

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// Items of the catalogue that are made from the records.
const (
	redItem      = "C04"
	blackItem    = "C05"
	covenantItem = "C06"
)

const (
	mostReported = 300
	reportRunes  = 45_000
)

// NewReport asks for a draft of a catalogue item for a quarter.
type NewReport struct {
	Region region.Code
	Item   string // C04, C05, C06
	Period string // 2026Q3
}

var quarterForm = regexp.MustCompile(`^(20[0-9]{2})Q([1-4])$`)

// Report makes a draft of item C04 (red list), C05 (black list) or C06 (how the
// covenant was applied) from what was listed in a quarter. It holds no names: who
// is on the board by consent can take that back, and a posting stays. Refusals:
// auth.required, auth.stale, region.not_found, request.invalid,
// account.not_allowed, redblack.nothing_to_report, and those of
// disclosure.Service.Draft.
func (s *Service) Report(ctx context.Context, by account.Caller, act audit.Act, in NewReport) (disclosure.Posting, error) {
	if !by.Known() {
		return disclosure.Posting{}, account.ErrRequired
	}
	if _, err := s.opt.Places.Active(ctx, in.Region, region.Village); err != nil {
		return disclosure.Posting{}, err
	}
	from, until, err := s.quarter(in)
	if err != nil {
		return disclosure.Posting{}, err
	}
	if _, err := s.opt.Powers.May(by, PowerKeep, in.Region); err != nil {
		return disclosure.Posting{}, err
	}
	if s.opt.Postings == nil {
		return disclosure.Posting{}, fault.ErrUnavailable
	}
	rs, err := s.store.BoardEntriesListed(ctx, in.Region, from, until, mostReported+1)
	if err != nil {
		return disclosure.Posting{}, err
	}
	content := s.reported(in, from, rs)
	if content.Body == "" {
		return disclosure.Posting{}, ErrNothing
	}
	if len(rs) > mostReported || len([]rune(content.Body)) > reportRunes {
		return disclosure.Posting{}, fault.ErrInvalid.At("body.period", "这个季度的内容太多，请用表格另外起草。")
	}
	return s.opt.Postings.Draft(ctx, by, act, disclosure.NewDraft{Region: in.Region, ItemCode: in.Item, Period: in.Period, Content: content})
}

func (s *Service) quarter(in NewReport) (from, until time.Time, err error) {
	if in.Item != redItem && in.Item != blackItem && in.Item != covenantItem {
		return from, until, fault.ErrInvalid.At("body.item", "只能是 C04、C05 或 C06。")
	}
	m := quarterForm.FindStringSubmatch(in.Period)
	if m == nil {
		return from, until, fault.ErrInvalid.At("body.period", "请填写季度，如 2026Q3。")
	}
	from, err = time.ParseInLocation("2006-01", fmt.Sprintf("%s-%02d", m[1], 3*int(m[2][0]-'1')+1), calendar.China)
	if err != nil || from.After(s.opt.Clock.Now()) {
		return from, until, fault.ErrInvalid.At("body.period", "请填写本季度或以前的季度，如 2026Q3。")
	}
	return from, from.AddDate(0, 3, 0), nil
}

func (s *Service) reported(in NewReport, from time.Time, rs []Record) disclosure.Content {
	name := from.Format("2006年") + "第" + in.Period[5:] + "季度"
	switch in.Item {
	case redItem:
		return disclosure.Content{Title: name + "红榜", Summary: "姓名和照片只在红黑榜页面按本人意愿展示，这里不列。", Body: redTable(rs)}
	case blackItem:
		return disclosure.Content{Title: name + "黑榜", Summary: "只写哪一类行为，不写是谁，也不写经过。", Body: blackTable(rs)}
	}
	return disclosure.Content{Title: name + "村规民约执行情况", Summary: "按条款统计上榜的事，不涉及个人。", Body: clauseTable(rs)}
}

func redTable(rs []Record) string {
	var b strings.Builder
	for _, r := range rs {
		if r.Kind == Red && r.Deed != "" {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", disclosure.Cell(r.Deed), disclosure.Cell(r.Clause.Text), orDash(r.Council.On), shownFrom(r))
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "| 事由 | 条款 | 评议日期 | 公示起止 |\n|---|---|---|---|\n" + b.String()
}

// blackTable tells kind of conduct, month and state: what was done stands on the
// board as long as it may, and a posting would outlive it.
func blackTable(rs []Record) string {
	var b strings.Builder
	for _, r := range rs {
		if r.Kind == Black {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", disclosure.Cell(r.Clause.Text), r.Month, r.State.Name())
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "| 行为类型（条款） | 发生月份 | 状态 |\n|---|---|---|\n" + b.String()
}

func clauseTable(rs []Record) string {
	type line struct {
		text       string
		red, black int
	}
	var order []string
	lines := map[string]*line{}
	for _, r := range rs {
		l := lines[r.Clause.Code]
		if l == nil {
			l = &line{text: r.Clause.Text}
			lines[r.Clause.Code] = l
			order = append(order, r.Clause.Code)
		}
		switch {
		case r.State == Revoked:
		case r.Kind == Red:
			l.red++
		default:
			l.black++
		}
	}
	if len(order) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| 条款 | 红榜（件） | 黑榜（件） |\n|---|---|---|\n")
	for _, code := range order {
		l := lines[code]
		fmt.Fprintf(&b, "| %s | %d | %d |\n", disclosure.Cell(l.text), l.red, l.black)
	}
	return b.String()
}

func shownFrom(r Record) string {
	end := r.ExpiresAt
	if !r.EndedAt.IsZero() {
		end = r.EndedAt
	}
	return today(r.NoticeAt) + "至" + today(end)
}

func orDash(text string) string {
	if text == "" {
		return "—"
	}
	return text
}
