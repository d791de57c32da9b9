package inbox

import (
	"context"
	"strings"

	"cunwu/service/account"
	"cunwu/service/concern"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// Raisers gives the accounts that raised and joined a concern.
type Raisers interface {
	// People gives them, "" and none where nobody is known any more.
	People(ctx context.Context, concernID string) (raiser string, joined []string, err error)
}

// toRaiser are the sentences to whoever said it; what has none is not told.
var toRaiser = map[string][2]string{
	"registered": {"您说的事登记了", "村里会说明由谁办、什么时候办结。"},
	"assigned":   {"您说的事有人办了", "点开看由谁办、什么时候办结。"},
	"progress":   {"您说的事有进展", "点开看办到了哪一步。"},
	"asked":      {"您说的事要请您补充", "补充以后接着办，这段时间不算过期。"},
	"resumed":    {"您说的事接着办了", "没有等到补充，先按现有的情况办。"},
	"extended":   {"您说的事要晚一些办结", "点开看新的日期和理由。"},
	"rerouted":   {"您说的事换了地方办", "点开看现在由谁办、为什么。"},
	"linked":     {"您说的事转到了别的程序", "点开看转到了哪里、到了哪一步。"},
	"escalated":  {"您说的事过期没办，自动交到上一级", "点开看现在由谁办。"},
	"finished":   {"您说的事办结了，请您评价", "满意不满意、算不算解决，由您说了算。"},
	"unable":     {"您说的事没有办法解决", "点开看理由。不同意可以请他们重办一次。"},
	"not_ours":   {"您说的事不归这里管", "点开看应该找哪里。"},
	"merged":     {"您说的事并入了同一件事", "有人说过同样的事，一起办，结果也会告诉您。"},
	"unrated":    {"您说的事按没有评价了结", "还可以补评价。"},
	"shown":      {"您说的事公开了", "大家看得到，看不到是谁说的。"},
	"hidden":     {"您说的事没有公开", "点开看为什么。照样会办。"},
	"ask_again":  {"您说的事解决了没有", "四个星期了，请点一下告诉我们。"},
}

// toJoined are the sentences to those who asked the same: what came of it.
var toJoined = map[string][2]string{
	"finished": {"您同问的事办结了", "点开看结果。"},
	"unable":   {"您同问的事没有办法解决", "点开看理由。"},
	"not_ours": {"您同问的事不归这里管", "点开看应该找哪里。"},
	"merged":   {"您同问的事并入了同一件事", "一起办，结果会告诉您。"},
}

// toHandlers are the sentences to the offices of the level that holds it.
var toHandlers = map[string][2]string{
	"raised":    {"有村民说事", "请在一个工作日内登记。"},
	"escalated": {"有说事过期没办，自动交上来", "请分流办理。"},
	"rerouted":  {"有说事交过来", "请分流办理。"},
	"reopened":  {"有说事要重办", "说事人不满意，请看说的什么，再办一次。"},
	"answered":  {"有说事补充好了", "说事人已经补充，请接着办。"},
}

// concernRoles hold what villagers say, by level.
var concernRoles = map[string]struct {
	level region.Level
	roles []account.Role
}{
	"village":  {region.Village, []account.Role{account.Clerk, account.Director}},
	"township": {region.Township, []account.Role{account.TownshipRole}},
	"county":   {region.County, []account.Role{account.CountyRole}},
}

// concernPurpose gives the template of what is told of a concern to most of
// those who hear of it.
func concernPurpose(kind string) (p Purpose, told bool) {
	what, ok := strings.CutPrefix(kind, concern.EventPrefix)
	switch {
	case !ok:
		return "", false
	case toRaiser[what][0] != "":
		return ForAnswers, true
	case toHandlers[what][0] != "":
		return ForTasks, true
	}
	return "", false
}

// tellOfConcern tells the raiser each step, those who joined what came of it,
// and the offices that hold it what is new for them. No text names anybody, and
// none says what the concern is about: it may be private.
func (s *Service) tellOfConcern(ctx context.Context, tx Tx, e outbox.Event) error {
	what := strings.TrimPrefix(e.Kind, concern.EventPrefix)
	place, err := s.placeName(ctx, e.Region)
	if err != nil {
		return err
	}
	raiser, joined := "", []string(nil)
	if s.o.Raisers != nil {
		if raiser, joined, err = s.o.Raisers.People(ctx, e.Subject); err != nil {
			return err
		}
	}
	if err := s.tellHandlers(ctx, tx, e, what, place, raiser); err != nil {
		return err
	}
	n := notice{Matter: "concern/" + e.Subject, Link: concern.Path(e.Subject), For: ForAnswers}
	if w := toRaiser[what]; w[0] != "" {
		n.Title, n.Body = w[0], place+"："+w[1]
		if err := s.tell(ctx, tx, e, n, []string{raiser}); err != nil {
			return err
		}
	}
	w := toJoined[what]
	if w[0] == "" || e.Facts["public"] != "true" {
		return nil // what is hidden from them is not told to them
	}
	n.Title, n.Body = w[0], place+"："+w[1]
	return s.tell(ctx, tx, e, n, without(joined, raiser))
}

// tellHandlers tells the offices. Whoever raised it works on it in no office.
func (s *Service) tellHandlers(ctx context.Context, tx Tx, e outbox.Event, what, place, raiser string) error {
	w, at := toHandlers[what], concernRoles[e.Facts["level"]]
	if w[0] == "" || len(at.roles) == 0 {
		return nil
	}
	who, err := tx.OfficeAccounts(ctx, e.Region.At(at.level), at.roles)
	if err != nil {
		return err
	}
	n := notice{
		Matter: workOn(e.Subject), Title: place + w[0], Body: w[1] + latest(e.Facts["due"]), Link: concern.Path(e.Subject), For: ForTasks,
	}
	return s.tell(ctx, tx, e, n, without(who, raiser))
}

// without leaves one account out.
func without(accounts []string, one string) []string {
	var out []string
	for _, a := range accounts {
		if a != one {
			out = append(out, a)
		}
	}
	return out
}
