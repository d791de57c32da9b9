package moderation

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/region"
)

// Line is a line of the public log as it is shown: words beside the codes.
type Line struct {
	Entry
	KindName, PartName, ActName, ViolationName, RegionName string
}

// Page is a part of the public log; Next is 0 at the end.
type Page struct {
	Lines []Line
	Next  int64
}

var (
	parts = map[string]string{string(TextPart): "文字", "media": "照片或录音", "": "全部"}
	acts  = map[string]string{Approve: "通过", Reject: "不通过", Hide: "隐藏", Show: "恢复显示"}
)

// PublicLog gives what moderators decided in a place and all below it, oldest
// first: no names, no texts. after is the Next of the page before. Refusal:
// moderation.query_invalid.
func (s *Service) PublicLog(ctx context.Context, at region.Code, after int64, limit int) (Page, error) {
	if limit < 1 || limit > mostPage {
		return Page{}, ErrQuery.At("query.limit", "一页 1 到 %d 条。", mostPage)
	}
	return s.logPage(ctx, at, after, limit)
}

func (s *Service) logPage(ctx context.Context, at region.Code, after int64, limit int) (Page, error) {
	if at == "" {
		return Page{}, ErrQuery.At("query.region", "请填写地区代码。")
	}
	es, err := s.store.ModerationEntries(ctx, at, after, limit+1)
	if err != nil {
		return Page{}, err
	}
	var p Page
	if len(es) > limit {
		es = es[:limit]
		p.Next = es[limit-1].Serial
	}
	codes := make([]region.Code, len(es))
	for i, e := range es {
		codes[i] = e.Subject.Region
	}
	names, err := s.o.Places.Names(ctx, codes)
	if err != nil {
		return Page{}, err
	}
	for _, e := range es {
		p.Lines = append(p.Lines, Line{
			Entry: e, KindName: s.o.Kinds[e.Subject.Kind].Name, PartName: parts[e.Part], ActName: acts[e.Act],
			ViolationName: s.o.Rules.Violation(e.Violation), RegionName: names[e.Subject.Region],
		})
	}
	return p, nil
}

// csvPage is how much of the log is read at once.
const csvPage = 500

// WriteLog writes the whole log of a place as CSV with a mark for spreadsheets.
// begin is called when nothing can be refused any more.
func (s *Service) WriteLog(ctx context.Context, at region.Code, begin func() io.Writer) error {
	p, err := s.logPage(ctx, at, 0, csvPage)
	if err != nil {
		return err
	}
	out := begin()
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	w := csv.NewWriter(out)
	w.UseCRLF = true
	rows := [][]string{{"时间", "地区代码", "地方", "内容", "编号", "部分", "处理", "类别", "理由", "由谁处理"}}
	for {
		for _, l := range p.Lines {
			rows = append(rows, l.cells())
		}
		if err := w.WriteAll(rows); err != nil {
			return fmt.Errorf("write log: %w", err)
		}
		if p.Next == 0 {
			return nil
		}
		if p, err = s.logPage(ctx, at, p.Next, csvPage); err != nil {
			return err
		}
		rows = rows[:0]
	}
}

func (l Line) cells() []string {
	return []string{
		l.At.In(calendar.China).Format(time.DateTime), string(l.Subject.Region), l.RegionName, l.KindName, l.Subject.ID,
		l.PartName, l.ActName, l.ViolationName, inert(l.Reason), inert(l.Office),
	}
}

// reckoned are the characters with which a cell begins that spreadsheets reckon.
const reckoned = "=+-@\t\r"

// inert keeps a spreadsheet from taking a text for a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune(reckoned, rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// Policy is what everybody may read of how content is looked at.
type Policy struct {
	Text       []string // sentences
	Violations []Violation
	Sources    []string
}

// Policy gives the public policy.
func (s *Service) Policy() Policy {
	r := s.o.Rules
	return Policy{
		Text: []string{
			"要公开的文字、照片和录音，都要先经过检查，没有检查过的别人看不到。",
			"文字提交时由微信内容安全检查，照片和录音提交后由微信检查；检查通过的自动公开。",
			fmt.Sprintf("微信认为有疑问、有风险，或者 %d 分钟内没有结果的，由本村审核人员看过再决定。", r.Review.WatchdogMinutes),
			"不能公开的要选明类别、写明理由，提交的人看得到；内容不删除，承办的人照样办理。",
			"审核人员不能审自己提交的内容。每次处理都记入公开的审核记录，记录里没有姓名和内容。",
			fmt.Sprintf("等审核超过 %d 小时的，系统每天提醒审核人员。", r.Review.RemindHours),
		},
		Violations: r.Violations,
		Sources:    []string{r.Review.Source, r.ViolationsSource},
	}
}
