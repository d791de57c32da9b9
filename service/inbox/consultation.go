package inbox

import (
	"context"
	"slices"
	"strings"

	"cunwu/service/account"
	"cunwu/service/consultation"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// toAll are the steps of which every verified villager of the place hears: when
// a session is held, and when it is put off.
var toAll = map[string]bool{"notify": true, "postpone": true}

// stepWork says what an office is to do after a step.
type stepWork struct {
	village  []account.Role
	township []account.Role
	title    string
	body     string
}

var (
	organisers = []account.Role{account.Clerk, account.Director}
	worksOn    = map[string]stepWork{
		consultation.Proposed: {organisers, nil, "有新的协商议题", "请核对材料，送乡镇预审。"},
		"supplement":          {organisers, nil, "协商议题要补充材料", "请补充以后再送预审。"},
		"forward":             preReviews,
		"take_up":             preReviews,
		"accept":              {organisers, nil, "协商议题预审通过", "请确定参与主体，发布预告。"},
		"finish":              {organisers, nil, "协商的事落实完毕", "请向参与的村民反馈。"},
		"no_follow_up":        {organisers, nil, "协商的事不需要落实", "请向参与的村民反馈。"},
	}
	preReviews = stepWork{
		[]account.Role{account.Secretary}, []account.Role{account.TownshipRole}, "有协商议题等待预审", "请在期限内写明结果和理由，不属于协商的转到该去的地方。",
	}
)

// tellOfConsultation tells the offices that must act, and who brought it up.
func (s *Service) tellOfConsultation(ctx context.Context, tx Tx, e outbox.Event) error {
	r, ok, err := tx.ConsultationBrief(ctx, e.Subject)
	if err != nil || !ok {
		return err
	}
	action := strings.TrimPrefix(e.Kind, consultation.EventPrefix)
	if err := s.tellOffices(ctx, tx, e, r, worksOn[action]); err != nil {
		return err
	}
	if action == consultation.Proposed {
		return nil
	}
	return s.tell(ctx, tx, e, ofStep(r, action, true), []string{r.CreatedBy})
}

func (s *Service) tellOffices(ctx context.Context, tx Tx, e outbox.Event, r consultation.Record, w stepWork) error {
	if w.title == "" {
		return nil
	}
	place, err := s.placeName(ctx, r.Region)
	if err != nil {
		return err
	}
	var who []string
	for _, at := range []struct {
		place region.Code
		roles []account.Role
	}{{r.Region, w.village}, {r.Region.At(region.Township), w.township}} {
		if len(at.roles) == 0 {
			continue
		}
		accounts, err := tx.OfficeAccounts(ctx, at.place, at.roles)
		if err != nil {
			return err
		}
		who = append(who, accounts...)
	}
	n := notice{
		Matter: workOn(r.ID), Title: place + w.title, Body: "“" + r.Title + "”：" + w.body, Link: consultation.Path(r.ID), For: ForTasks,
	}
	return s.tell(ctx, tx, e, n, who)
}

// ofStep is what is said of a step to those whom the consultation concerns. own
// is for who brought it up.
func ofStep(r consultation.Record, action string, own bool) notice {
	n := notice{
		Matter: "consultation/" + r.ID, Title: consultation.StepName(action) + "：“" + r.Title + "”", Body: r.Told(action),
		Link: consultation.Path(r.ID),
	}
	if n.Body == "" {
		n.Body = "点开看这次协商到了哪一步。"
	}
	if !own {
		return n
	}
	switch action {
	case "forward", "take_up", "accept", "redirect", "reject", "supplement":
		n.Title, n.For = "您提的"+n.Title, ForAnswers
	}
	return n
}

// tellVillagers tells the villagers of the place, or those who took part, with
// accounts above after. Who brought it up hears of it directly.
func (s *Service) tellVillagers(ctx context.Context, tx Tx, e outbox.Event, after string) (string, error) {
	action := strings.TrimPrefix(e.Kind, consultation.EventPrefix)
	r, ok, err := tx.ConsultationBrief(ctx, e.Subject)
	if err != nil || !ok || !r.Public || action == consultation.Proposed {
		return "", err
	}
	var who []string
	if toAll[action] {
		at := r.Region
		if r.Group != "" {
			at = r.Group
		}
		who, err = tx.VillagerAccounts(ctx, at, after, spreadRows)
	} else {
		who, err = tx.PartakerAccounts(ctx, r.ID, after, spreadRows)
	}
	if err != nil {
		return "", err
	}
	next := lastOf(who)
	who = slices.DeleteFunc(who, func(a string) bool { return a == r.CreatedBy })
	return next, s.tell(ctx, tx, e, ofStep(r, action, false), who)
}

// lastOf gives where the next part begins, "" where a part was not full.
func lastOf(who []string) string {
	if len(who) < spreadRows {
		return ""
	}
	return who[len(who)-1]
}
