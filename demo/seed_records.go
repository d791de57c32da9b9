package demo

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/council"
	"cunwu/service/disclosure"
	"cunwu/service/question"
	"cunwu/service/redblack"
)

// reported drafts a posting whose text is made by the service from its records.
// Where there is nothing to report in a quarter there is no posting.
func (x *seeder) reported(ctx context.Context, by account.Caller, e *entered) (got disclosure.Posting, err error) {
	village := e.desk.v.code
	switch e.item {
	case "K06":
		got, err = x.s.Questions.Report(ctx, by, x.act(by), question.NewReport{
			Region: village, On: e.period, Since: iso(happened(e.period).AddDate(0, 0, -reportDays)),
		})
	case "C03":
		got, err = x.s.Concerns.Report(ctx, by, x.act(by), concern.NewReport{Region: village, Month: e.period})
	case "C04", "C05":
		got, err = x.s.RedBlack.Report(ctx, by, x.act(by), redblack.NewReport{Region: village, Item: e.item, Period: e.period})
		if errors.Is(err, redblack.ErrNothing) {
			e.nothing = true
			return got, nil
		}
	case "C07":
		year, _ := strconv.Atoi(e.period) // a year of the plan
		got, err = x.s.Councils.Report(ctx, by, x.act(by), council.NewReport{Region: village, Year: year})
	default:
		err = fmt.Errorf("%w: no report of %s", errPlan, e.item)
	}
	x.sum.Postings++
	return got, err
}
