package covenant

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
)

// reportItem is 村规民约、居民公约 of the catalogue.
const reportItem = "A02"

// Report makes a draft of item A02 from the version in force: text, number, vote,
// filing, measures. The clerk publishes it as any other. Refusals: auth.required,
// covenant.not_found, covenant.none_in_force, and those of
// disclosure.Service.Draft.
func (s *Service) Report(ctx context.Context, by account.Caller, act audit.Act, id string) (disclosure.Posting, error) {
	if !by.Known() {
		return disclosure.Posting{}, account.ErrRequired
	}
	t, err := s.store.CovenantByID(ctx, id)
	if err != nil {
		return disclosure.Posting{}, err
	}
	if t.Current == 0 || s.opt.Postings == nil {
		return disclosure.Posting{}, ErrNoneInForce
	}
	v, err := s.store.CovenantVersion(ctx, t.ID, t.Current)
	if err != nil {
		return disclosure.Posting{}, err
	}
	return s.opt.Postings.Draft(ctx, by, act, disclosure.NewDraft{
		Region: t.Region, ItemCode: reportItem, Period: today(s.opt.Clock.Now())[:len("2006")],
		Content: disclosure.Content{
			Title:   v.Content.Title + "（第" + strconv.Itoa(v.Number) + "版）",
			Summary: v.summary(),
			Body:    v.markdown(),
			Fields:  v.fields(),
		},
	})
}

func (v Version) summary() string {
	text := fmt.Sprintf("%s第%d版共%d条", v.Content.Title, v.Number, len(v.Content.Clauses))
	if vote := v.Content.Vote; vote != nil {
		text += fmt.Sprintf("，%s由村民会议表决通过，赞成%d", day(vote.On), vote.Yes)
	}
	if f := v.Content.Filing; f != nil {
		text += "，" + day(f.On) + "备案"
	}
	return text + "，" + day(today(v.Since)) + "起执行。村规民约没有罚款，违反的只教育、劝导。"
}

// fields are those of the catalogue item.
func (v Version) fields() map[string]string {
	f := map[string]string{"文本": v.Content.Title, "版本号": "第" + strconv.Itoa(v.Number) + "版", "奖惩条款": v.measures()}
	if vote := v.Content.Vote; vote != nil {
		f["表决日期"], f["赞成数"] = vote.On, strconv.Itoa(vote.Yes)
	}
	if v.Content.Filing != nil {
		f["备案日期"] = v.Content.Filing.On
	}
	return f
}

// measures names the clauses that something follows from.
func (v Version) measures() string {
	var out []string
	for _, c := range v.Content.Clauses {
		if len(c.Measures) > 0 {
			out = append(out, "第"+strconv.Itoa(c.Number)+"条")
		}
	}
	if len(out) == 0 {
		return "没有奖惩条款"
	}
	return "见" + strings.Join(out, "、")
}

// markdown gives the text as an ordered list with what follows from a clause.
func (v Version) markdown() string {
	var b strings.Builder
	for _, c := range v.Content.Clauses {
		fmt.Fprintf(&b, "%d. %s", c.Number, disclosure.Cell(c.Text))
		for _, m := range c.Measures {
			fmt.Fprintf(&b, "（%s）", disclosure.Cell(m.Text))
		}
		b.WriteString("\n")
	}
	return b.String()
}
