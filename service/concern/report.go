package concern

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// reportItem is 村民说事清单与办理结果 of the catalogue.
const reportItem = "C03"

const (
	mostReported = 200 // rows of one list
	reportRunes  = 45_000
)

// Postings is what the package needs of the disclosures.
type Postings interface {
	// Known gives disclosure.not_found unless the caller may know of a posting.
	Known(ctx context.Context, by account.Caller, id string) error
	// Draft makes a posting that nobody outside sees yet.
	Draft(ctx context.Context, by account.Caller, act audit.Act, in disclosure.NewDraft) (disclosure.Posting, error)
}

// NewReport asks for the list of a month, 2006-01.
type NewReport struct {
	Region region.Code
	Month  string
}

// Report makes a draft of item C03 from the records: what was closed in a month
// and what was raised in it and is still open, as far as it is public, without
// anybody's name and without what was said. The clerk publishes it as any
// other. Refusals: auth.required, auth.stale, region.not_found,
// request.invalid, account.not_allowed, and those of disclosure.Service.Draft.
func (s *Service) Report(ctx context.Context, by account.Caller, act audit.Act, in NewReport) (disclosure.Posting, error) {
	if !by.Known() {
		return disclosure.Posting{}, account.ErrRequired
	}
	if _, err := s.opt.Places.Active(ctx, in.Region, region.Village); err != nil {
		return disclosure.Posting{}, err
	}
	month, err := time.ParseInLocation(monthForm, in.Month, calendar.China)
	if err != nil || month.After(s.opt.Clock.Now()) {
		return disclosure.Posting{}, fault.ErrInvalid.At("body.month", "请填写本月或以前的月份，如 2026-08。")
	}
	if _, err := s.opt.Powers.May(by, PowerRegister, in.Region); err != nil {
		return disclosure.Posting{}, err
	}
	if s.opt.Postings == nil {
		return disclosure.Posting{}, fault.ErrUnavailable
	}
	list, err := s.monthly(ctx, in.Region, month)
	if err != nil {
		return disclosure.Posting{}, err
	}
	body := list.table()
	if len(list.rows) > mostReported || len([]rune(body)) > reportRunes {
		return disclosure.Posting{}, fault.ErrInvalid.At("body.month", "这个月的说事太多，请用表格另外起草。")
	}
	return s.opt.Postings.Draft(ctx, by, act, disclosure.NewDraft{
		Region: in.Region, ItemCode: reportItem, Period: in.Month,
		Content: disclosure.Content{
			Title:   month.Format("2006年1月") + "村民说事清单与办理结果",
			Summary: list.summary(month),
			Body:    body,
		},
	})
}

// monthly is what the list of a month is made from.
type monthly struct {
	rows            []reportRow
	closed, settled int
	hidden          bool // there is more that is not public
}

type reportRow struct {
	Concern
	closedAt time.Time
}

func (s *Service) monthly(ctx context.Context, village region.Code, month time.Time) (monthly, error) {
	var (
		out  monthly
		recs []Record
		at   []time.Time
	)
	until := month.AddDate(0, 1, 0)
	closed, err := s.store.ConcernsClosed(ctx, village, month, until, mostReported+1)
	if err != nil {
		return out, err
	}
	open := true
	fresh, err := s.store.ConcernsIn(ctx, Range{Region: village, From: month, Until: until, Open: &open, Limit: mostReported + 1})
	if err != nil {
		return out, err
	}
	for _, c := range closed {
		recs, at = append(recs, c.Record), append(at, c.At)
	}
	for _, r := range fresh {
		if r.State != Done { // what waits for its rating is among those closed
			recs, at = append(recs, r), append(at, time.Time{})
		}
	}
	// As a stranger reads them: what is listed is what everybody may know.
	views, err := s.views(ctx, account.Caller{}, recs)
	if err != nil {
		return out, err
	}
	for i, v := range views {
		switch {
		case recs[i].Visibility == Sealed:
		case !recs[i].Shown():
			out.hidden = true
		default:
			if who := recs[i].Content.Handler; who != "" {
				v.Handler = who // an ended one is nobody's any more, but somebody did it
			}
			out.rows = append(out.rows, reportRow{v, at[i]})
			if !at[i].IsZero() {
				out.closed++
			}
			if v.Solved {
				out.settled++
			}
		}
	}
	return out, nil
}

func (m monthly) summary(month time.Time) string {
	text := fmt.Sprintf("%s，公开的说事办结%d件，其中说事人认为已解决%d件；还在办理%d件。",
		month.Format("2006年1月"), m.closed, m.settled, len(m.rows)-m.closed)
	if m.hidden {
		text += "说事人不愿公开的，不在这里列出。"
	}
	return text + "说事人不公开。"
}

// table gives the list as Markdown, a row per concern.
func (m monthly) table() string {
	if len(m.rows) == 0 {
		return "这个月没有公开的说事。"
	}
	var b strings.Builder
	b.WriteString("| 编号 | 类别 | 办理单位 | 承诺期限 | 办结日期 | 结果 | 满意度 |\n|---|---|---|---|---|---|---|\n")
	for i, r := range m.rows {
		result := r.StateName
		if r.Result != "" {
			result += "：" + r.Result
		}
		rating := r.Rating.Name()
		if rating == "" {
			rating = "没有评价"
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s | %s |\n",
			i+1, disclosure.Cell(r.CategoryName), disclosure.Cell(r.Handler), orDash(r.PromisedOn), orDash(dayOf(r.closedAt)), disclosure.Cell(result), rating)
	}
	return b.String()
}

func orDash(text string) string {
	if text == "" {
		return "—"
	}
	return text
}
