package council

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// reportItem is 自治组织 of the catalogue.
const reportItem = "C07"

// reportPower is what drafting any posting asks for.
const reportPower = "disclosure.draft"

const (
	reportPage = 200
	mostBody   = 45_000 // characters of a posting's body
)

// NewReport asks for a draft of what a village's bodies were and did in a year.
type NewReport struct {
	Region region.Code
	Year   int
}

// line is a body in a report.
type line struct {
	body    Record
	rule    KindRule
	charter Charter
	size    int // members on the last day told
	acts    []ActivityRecord
}

// Report makes a draft of item C07 from the records: the bodies, their charters,
// how many sit in them, what they did in the year and what it cost, and nobody's
// name. The clerk publishes it as any other. Refusals: auth.required,
// region faults, request.invalid, auth.stale, account.not_allowed,
// council.nothing_to_report, and those of disclosure.Service.Draft.
func (s *Service) Report(ctx context.Context, by account.Caller, act audit.Act, in NewReport) (disclosure.Posting, error) {
	if !by.Known() {
		return disclosure.Posting{}, account.ErrRequired
	}
	if _, err := s.opt.Places.Active(ctx, in.Region, region.Village); err != nil {
		return disclosure.Posting{}, err
	}
	now := s.opt.Clock.Now().In(calendar.China)
	if in.Year < 2000 || in.Year > now.Year() {
		return disclosure.Posting{}, fault.ErrInvalid.At("body.year", "请填写今年或以前的年份，如 2026。")
	}
	if _, err := s.opt.Powers.May(by, reportPower, in.Region); err != nil {
		return disclosure.Posting{}, err
	}
	lines, err := s.lines(ctx, in)
	if err != nil {
		return disclosure.Posting{}, err
	}
	if len(lines) == 0 {
		return disclosure.Posting{}, ErrNothing
	}
	year := strconv.Itoa(in.Year)
	return s.opt.Postings.Draft(ctx, by, act, disclosure.NewDraft{
		Region: in.Region, ItemCode: reportItem, Period: year,
		Content: disclosure.Content{Title: year + "年自治组织情况", Summary: summary(year, lines), Body: s.body(lines)},
	})
}

// lines gathers the bodies whose term touches a year, oldest first.
func (s *Service) lines(ctx context.Context, in NewReport) ([]line, error) {
	first, last := yearOf(in.Year)
	told := min(last, s.today())
	recs, err := s.allOf(ctx, in.Region)
	if err != nil {
		return nil, err
	}
	acts, err := s.heldIn(ctx, in.Region, first, last)
	if err != nil {
		return nil, err
	}
	var out []line
	for _, r := range slices.Backward(recs) {
		l := line{body: r, acts: acts[r.ID]}
		l.rule, _ = s.opt.Rules.Kind(r.Kind)
		// A body that renewed its term since has held its activities all the same.
		if (r.From > last || r.Until < first) && len(l.acts) == 0 {
			continue
		}
		if l.size, err = s.sizeOn(ctx, r, l.rule, told); err != nil {
			return nil, err
		}
		charters, err := s.store.CouncilCharters(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		if len(charters) > 0 {
			l.charter = charters[0]
		}
		out = append(out, l)
	}
	return out, nil
}

// allOf gives all bodies of a village, newest first.
func (s *Service) allOf(ctx context.Context, village region.Code) ([]Record, error) {
	var out []Record
	for before := int64(0); ; {
		page, err := s.store.CouncilsIn(ctx, Range{Region: village, Before: before, Limit: reportPage})
		if err != nil {
			return nil, err
		}
		out = append(out, page...)
		if len(page) < reportPage {
			return out, nil
		}
		before = page[len(page)-1].Serial
	}
}

// heldIn gives what was held from the one day to the other, by body, earliest
// first.
func (s *Service) heldIn(ctx context.Context, village region.Code, first, last string) (map[string][]ActivityRecord, error) {
	out := map[string][]ActivityRecord{}
	for before := int64(0); ; {
		page, err := s.store.CouncilActivities(ctx, ActivityRange{Region: village, From: first, Until: last, Before: before, Limit: reportPage})
		if err != nil {
			return nil, err
		}
		for _, a := range page {
			before = a.Serial
			if a.State.Happened() {
				out[a.CouncilID] = append(out[a.CouncilID], a)
			}
		}
		if len(page) < reportPage {
			break
		}
	}
	for _, acts := range out {
		slices.SortFunc(acts, func(a, b ActivityRecord) int {
			if a.HeldOn != b.HeldOn {
				return strings.Compare(a.HeldOn, b.HeldOn)
			}
			return int(a.Serial - b.Serial)
		})
	}
	return out, nil
}

// sizeOn counts who sat in a body on a day.
func (s *Service) sizeOn(ctx context.Context, r Record, rule KindRule, on string) (int, error) {
	if rule.VotersRole != "" {
		t, _ := parseDay(on) // a day of ours
		names, err := s.voters(ctx, account.Role(rule.VotersRole), r.Region, t.AddDate(0, 0, 1).Add(-1))
		return len(names), err
	}
	members, err := s.store.CouncilMembers(ctx, []string{r.ID})
	n := 0
	for _, m := range members {
		if m.On(on) {
			n++
		}
	}
	return n, err
}

func summary(year string, lines []line) string {
	held, fen := 0, int64(0)
	for _, l := range lines {
		held += len(l.acts)
		fen += spent(l.acts)
	}
	return fmt.Sprintf("%s年本村有自治组织%d个，办了活动%d次，经费合计%s元。", year, len(lines), held, yuan(fen))
}

// body gives the report as Markdown: a table of the bodies, their activities, and
// their charters as far as there is room.
func (s *Service) body(lines []line) string {
	var b strings.Builder
	b.WriteString("| 组织 | 种类 | 任期 | 章程 | 成员 | 活动次数 | 经费（元） |\n|---|---|---|---|---|---|---|\n")
	held, fen := 0, int64(0)
	for _, l := range lines {
		fmt.Fprintf(&b, "| %s | %s | %s | 第%d版 | %d人 | %d | %s |\n", disclosure.Cell(l.body.Name), disclosure.Cell(l.rule.Name), term(l.body), l.charter.Version, l.size, len(l.acts), yuan(spent(l.acts)))
		held += len(l.acts)
		fen += spent(l.acts)
	}
	fmt.Fprintf(&b, "| 合计 | | | | | %d | %s |\n", held, yuan(fen))
	room := mostBody - len([]rune(b.String()))
	add := func(text, otherwise string) {
		if len([]rune(text)) > room {
			text = otherwise
		}
		room -= len([]rune(text))
		b.WriteString(text)
	}
	if held > 0 {
		add(s.told(lines), "\n活动明细见各组织的网页。\n")
	}
	for _, l := range lines {
		text := "\n## " + disclosure.Cell(l.body.Name) + "章程（第" + strconv.Itoa(l.charter.Version) + "版）\n\n" + paragraphs(l.charter.Text)
		add(text, "\n"+disclosure.Cell(l.body.Name)+"章程全文见[组织页]("+Path(l.body.ID)+")。\n")
	}
	return b.String()
}

// told lists the activities.
func (s *Service) told(lines []line) string {
	var b strings.Builder
	b.WriteString("\n## 活动\n\n| 日期 | 组织 | 活动 | 人数 | 经费（元） | 钱从哪里来 |\n|---|---|---|---|---|---|\n")
	for _, l := range lines {
		for _, a := range l.acts {
			fmt.Fprintf(&b, "| %s | %s | %s（%s） | %d | %s | %s |\n", a.HeldOn, disclosure.Cell(l.body.Name), disclosure.Cell(a.Title), s.opt.Rules.ActivityName(a.Kind),
				a.Heads, yuan(a.CostFen), s.opt.Rules.MoneyName(a.Content.Money))
		}
	}
	return b.String()
}

func paragraphs(text string) string {
	var b strings.Builder
	for p := range strings.Lines(text) {
		if p = strings.TrimSpace(p); p != "" {
			b.WriteString(disclosure.Cell(p) + "\n\n")
		}
	}
	return b.String()
}

// yuan writes an amount of 分 as people do: 12,345.60.
func yuan(fen int64) string {
	whole := strconv.FormatInt(fen/100, 10)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s.%02d", whole, fen%100)
}
