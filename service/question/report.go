package question

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

// reportItem is 询问质疑与答复 of the catalogue.
const reportItem = "K06"

const (
	reportDays = 31  // how far a report looks back without a first day
	mostRows   = 100 // of one report: more go into several
	mostRunes  = 45_000
)

// NewReport asks for a draft of what was asked and answered in a village, from
// the day Since ("": the 31 days up to On) to the day On, both included.
type NewReport struct {
	Region region.Code
	On     string // 2006-01-02
	Since  string
}

// Report makes a draft of item K06 from the records: what was asked, what was
// answered, when, and what became of it, and nobody's name. It takes what is
// public and was last answered in those days. The clerk publishes it as any
// other. Refusals: auth.required, auth.stale, region.not_found,
// request.invalid, account.not_allowed, question.nothing_to_report, and those
// of disclosure.Service.Draft.
func (s *Service) Report(ctx context.Context, by account.Caller, act audit.Act, in NewReport) (disclosure.Posting, error) {
	if !by.Known() {
		return disclosure.Posting{}, account.ErrRequired
	}
	if _, err := s.opt.Places.Active(ctx, in.Region, region.Village); err != nil {
		return disclosure.Posting{}, err
	}
	first, last, err := s.reportDays(in)
	if err != nil {
		return disclosure.Posting{}, err
	}
	if _, err := s.opt.Powers.May(by, reportPower, in.Region); err != nil {
		return disclosure.Posting{}, err
	}
	recs, err := s.store.QuestionsAnswered(ctx, in.Region, first, last.AddDate(0, 0, 1), mostRows+1)
	if err != nil {
		return disclosure.Posting{}, err
	}
	if len(recs) == 0 {
		return disclosure.Posting{}, ErrNothing
	}
	words, err := s.wordsOf(ctx, idsOf(recs))
	if err != nil {
		return disclosure.Posting{}, err
	}
	body := table(recs, words)
	if len(recs) > mostRows || len([]rune(body)) > mostRunes {
		return disclosure.Posting{}, fault.ErrInvalid.At("body.since", "这段时间的问题太多，请缩短时间，分几次起草。")
	}
	return s.opt.Postings.Draft(ctx, by, act, disclosure.NewDraft{
		Region: in.Region, ItemCode: reportItem, Period: in.On,
		Content: disclosure.Content{
			Title:   "询问质疑与答复（截至" + in.On + "）",
			Summary: summary(first, last, recs),
			Body:    body,
		},
	})
}

func (s *Service) reportDays(in NewReport) (first, last time.Time, err error) {
	last, err = time.ParseInLocation(time.DateOnly, in.On, calendar.China)
	if err != nil || last.After(s.opt.Clock.Now()) {
		return first, last, fault.ErrInvalid.At("body.on", "请填写今天或以前的日期，如 2026-09-30。")
	}
	first = last.AddDate(0, 0, 1-reportDays)
	if in.Since == "" {
		return first, last, nil
	}
	first, err = time.ParseInLocation(time.DateOnly, in.Since, calendar.China)
	if err != nil || first.After(last) {
		return first, last, fault.ErrInvalid.At("body.since", "开始日期不对，应不晚于截止日期。")
	}
	return first, last, nil
}

func summary(first, last time.Time, recs []Record) string {
	settled, objections := 0, 0
	for _, q := range recs {
		if q.State == Settled {
			settled++
		}
		if q.Kind == Objected {
			objections++
		}
	}
	text := fmt.Sprintf("%s至%s，答复了%d个问题，其中提问人认为已解决%d个。",
		first.Format("2006年1月2日"), last.Format("2006年1月2日"), len(recs), settled)
	if objections > 0 {
		text += fmt.Sprintf("监委会异议%d个。", objections)
	}
	return text + "提问人不公开。"
}

// table gives the report as Markdown, a row per question.
func table(recs []Record, words map[string][]Word) string {
	var b strings.Builder
	b.WriteString("| 编号 | 问题 | 答复 | 日期 | 结果 |\n|---|---|---|---|---|\n")
	for i, q := range recs {
		text := q.Text
		if q.Kind == Objected {
			text = "（监委会异议）" + text
		}
		var answers []string
		for _, w := range words[q.ID] {
			switch w.Kind {
			case Answer:
				answers = append(answers, "村："+w.Text)
			case Decision:
				answers = append(answers, "乡镇："+w.Text)
			case Reply:
			}
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s |\n", i+1, disclosure.Cell(text), disclosure.Cell(strings.Join(answers, "；")),
			q.AnsweredAt.In(calendar.China).Format(time.DateOnly), q.State.Name())
	}
	return b.String()
}
