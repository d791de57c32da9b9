package concern

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/fault"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// maxCarried bounds the agenda of one talk day.
const maxCarried = 50

// talkDaysAhead is how far ahead the days of the rules are shown.
const talkDaysAhead = 62

// checkTalkDay refuses a day that is not one of the village's, or not there yet.
func (s *Service) checkTalkDay(ctx context.Context, in NewConcern) error {
	if in.Channel != OnTalkDay && in.TalkDay == "" {
		return nil
	}
	if in.Channel != OnTalkDay {
		return fault.ErrInvalid.At("body.talk_day", "只有说事日上说的事要写哪一天。")
	}
	day, ok := parseDay(in.TalkDay)
	if !ok || day.After(s.opt.Clock.Now()) {
		return ErrTalkDay.At("body.talk_day", "请填写今天或以前的说事日，如 2026-03-10。")
	}
	if slices.Contains(s.opt.Rules.TalkDays.Days, day.Day()) {
		return nil
	}
	days, err := s.store.TalkDays(ctx, in.Region, in.TalkDay, in.TalkDay)
	if err != nil {
		return err
	}
	if len(days) == 0 {
		return ErrTalkDay.At("body.talk_day", "这一天不是本村的说事日。")
	}
	return nil
}

// TalkDayShown is a talk day with the concerns on its agenda that the caller
// may see. Planned: by the rules, nobody has written anything about it.
type TalkDayShown struct {
	TalkDay
	Planned  bool
	Concerns []Concern
	Raised   int // how many of those that the caller may see were said on that day
}

// TalkDays lists the talk days of a village around today: what was held and
// what is to come, by the rules where the village set none. region.not_found.
func (s *Service) TalkDays(ctx context.Context, by account.Caller, village region.Code) ([]TalkDayShown, error) {
	if _, err := s.opt.Places.Active(ctx, village, region.Village); err != nil {
		return nil, err
	}
	today := calendar.Day(s.opt.Clock.Now())
	from, until := today.AddDate(-1, 0, 0), today.AddDate(0, 0, talkDaysAhead)
	days, err := s.store.TalkDays(ctx, village, dayOf(from), dayOf(until))
	if err != nil {
		return nil, err
	}
	out := make([]TalkDayShown, 0, len(days)+4)
	for _, d := range days {
		shown, err := s.showTalkDay(ctx, by, d)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	for d := today; !d.After(until); d = d.AddDate(0, 0, 1) {
		on := dayOf(d)
		set := slices.ContainsFunc(days, func(t TalkDay) bool { return t.On == on })
		if !set && slices.Contains(s.opt.Rules.TalkDays.Days, d.Day()) {
			out = append(out, TalkDayShown{TalkDay: TalkDay{Region: village, On: on}, Planned: true})
		}
	}
	slices.SortFunc(out, func(a, b TalkDayShown) int { return strings.Compare(a.On, b.On) })
	return out, nil
}

func (s *Service) showTalkDay(ctx context.Context, by account.Caller, d TalkDay) (TalkDayShown, error) {
	out := TalkDayShown{TalkDay: d}
	recs, err := s.store.ConcernRecords(ctx, d.Carried)
	if err != nil {
		return out, err
	}
	said, err := s.store.ConcernsIn(ctx, Range{Region: d.Region, TalkDay: d.On, Least: 0, Limit: maxPage})
	if err != nil {
		return out, err
	}
	hidden := func(r Record) bool { return !s.readable(by, r) }
	out.Raised = len(slices.DeleteFunc(said, hidden))
	recs = slices.DeleteFunc(recs, hidden)
	out.Carried = nil
	out.Concerns, err = s.views(ctx, by, recs)
	return out, err
}

// NewTalkDay is what an office writes about a talk day: what is planned, and
// afterwards the minutes.
type NewTalkDay struct {
	Region  region.Code
	On      string
	Place   string
	Host    string
	Agenda  string
	Minutes string
}

// SetTalkDay writes a talk day; the first time, what is open and public of the
// village is put on its agenda. Refusals: auth.required, region faults,
// request.invalid, concern.private_data, account.not_allowed.
func (s *Service) SetTalkDay(ctx context.Context, by account.Caller, act audit.Act, in NewTalkDay) (TalkDayShown, error) {
	if !by.Known() {
		return TalkDayShown{}, account.ErrRequired
	}
	if err := s.checkNewTalkDay(ctx, in); err != nil {
		return TalkDayShown{}, err
	}
	g, err := s.opt.Powers.May(by, PowerRegister, in.Region)
	if err != nil {
		return TalkDayShown{}, err
	}
	open := true
	carried, err := s.store.ConcernsIn(ctx, Range{Region: in.Region, Open: &open, Least: 1, Limit: maxCarried})
	if err != nil {
		return TalkDayShown{}, err
	}
	items, err := s.views(ctx, by, carried)
	if err != nil {
		return TalkDayShown{}, err
	}
	var out TalkDayShown
	err = s.store.InTx(ctx, act.As(string(g.Role), string(g.Region)), func(tx Tx) error {
		d, there, err := tx.TalkDayForUpdate(ctx, in.Region, in.On)
		if err != nil {
			return err
		}
		if !there {
			d = TalkDay{Region: in.Region, On: in.On}
			for _, r := range carried {
				d.Carried = append(d.Carried, r.ID)
			}
		}
		d.Place, d.Host, d.Agenda, d.Minutes = in.Place, in.Host, in.Agenda, in.Minutes
		d.Revision++
		if err := tx.SaveTalkDay(ctx, d); err != nil {
			return err
		}
		if err := tx.RegionChanged(ctx, in.Region); err != nil {
			return err
		}
		if err := tx.Record(ctx, audit.Event{
			Action: "talk_day.set", Object: "talk_day", ObjectID: string(in.Region) + "/" + in.On, Region: string(in.Region), Result: "ok",
		}); err != nil {
			return err
		}
		out = TalkDayShown{TalkDay: d}
		for _, c := range items {
			if slices.Contains(d.Carried, c.ID) {
				out.Concerns = append(out.Concerns, c)
			}
		}
		return tx.Answer(ctx, out)
	})
	return out, err
}

func (s *Service) checkNewTalkDay(ctx context.Context, in NewTalkDay) error {
	day, ok := parseDay(in.On)
	today := calendar.Day(s.opt.Clock.Now())
	if !ok || day.Before(today.AddDate(-1, 0, 0)) || day.After(today.AddDate(1, 0, 0)) {
		return fault.ErrInvalid.At("body.on", "请填写前后一年以内的日期，如 2026-03-10。")
	}
	bad := fault.ErrInvalid
	for code, field := range map[string]struct {
		text string
		most int
	}{"place": {in.Place, 60}, "host": {in.Host, 60}, "agenda": {in.Agenda, 2000}, "minutes": {in.Minutes, 5000}} {
		if utf8.RuneCountInString(field.text) > field.most || screening.Unreadable(field.text) {
			bad = bad.At("body."+code, "最多 %d 个字，不能有无法识别的字符。", field.most)
		}
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	if in.Minutes != "" && day.After(s.opt.Clock.Now()) {
		return fault.ErrInvalid.At("body.minutes", "还没有到这一天，不能写记录。")
	}
	if err := s.screened(in.Region, map[string]string{"place": in.Place, "host": in.Host, "agenda": in.Agenda, "minutes": in.Minutes}); err != nil {
		return err
	}
	_, err := s.opt.Places.Active(ctx, in.Region, region.Village)
	return err
}
