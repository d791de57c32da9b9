package consultation

import (
	"context"
	"strconv"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/chronicle"
	"cunwu/service/outbox"
)

// EventPrefix begins the kind of every event that this package announces (see
// package outbox): then comes the action of the procedure, or Proposed. Region
// is the village, Subject the consultation's id. Facts of all: state, channel,
// public, group, revision.
const EventPrefix = "consultation."

// Proposed is what a new topic is announced as.
const Proposed = "proposed"

// stepNames are the words for what was done.
var stepNames = map[string]string{
	Proposed: "提出协商议题", "forward": "议题送预审", "take_up": "议题进入预审", "accept": "议题预审通过", "redirect": "议题转到别的渠道",
	"reject": "议题不予受理", "supplement": "议题退回补充材料", "fix_subjects": "确定协商参与主体", "notify": "协商预告", "start": "协商开始",
	"postpone": "协商改期", "end": "一次协商结束", "again": "再协商一次", "link_ballot": "征求意见投票", "conclude": "形成协商意见",
	"to_resolution": "提交村民（代表）会议", "implement": "开始落实", "no_follow_up": "不需要落实", "report": "落实进度", "finish": "落实完毕",
	"feed_back": "协商结果反馈", "close_rating": "评价结束", "adopt": "采纳单位回复", "archive": "协商归档",
}

// StepName gives the words for an action, "" for what is none.
func StepName(action string) string { return stepNames[action] }

// Path is where the page of a consultation is on this site.
func Path(id string) string { return "/c/" + id }

// When says when, how and where the session announced last is held, "" where
// none is.
func (c *Content) When() string {
	s := c.last()
	if s == nil {
		return ""
	}
	day := s.On
	if on, err := time.ParseInLocation(time.DateOnly, s.On, calendar.China); err == nil {
		day = on.Format("2006年1月2日")
	}
	return day + "，" + s.Form.Name() + "，" + s.Place
}

// Told says in a sentence what an action brought, as far as the record holds it;
// "" where its name says all.
func (r Record) Told(action string) string {
	c := &r.Content
	switch action {
	case "accept", "reject", "redirect":
		return c.Review.told()
	case "fix_subjects":
		return "共 " + strconv.Itoa(len(c.Participants)) + " 方参加。"
	case "notify", "start", "postpone", "end":
		return c.sessionTold(action)
	case "link_ballot":
		return Advisory
	case "no_follow_up":
		return c.NoFollowUp
	}
	return c.afterwards(action)
}

// afterwards says what came of the deliberation.
func (c *Content) afterwards(action string) string {
	switch o, p, d := c.Outcome, c.Plan, c.Adoption; {
	case action == "conclude" && o != nil:
		return o.Name() + "：" + o.Text
	case action == "to_resolution" && c.Resolution != "":
		return "决议事项编号：" + c.Resolution
	case action == "implement" && p != nil:
		return p.Responsible + "负责，" + p.Due + " 以前办完。"
	case action == "report" && p != nil && len(p.Milestones) > 0:
		m := p.Milestones[len(p.Milestones)-1]
		return strconv.Itoa(m.Percent) + "%：" + m.What
	case action == "feed_back" && c.Feedback != nil:
		return c.Feedback.Text
	case action == "adopt" && d != nil:
		return d.By + "：" + d.Reply
	}
	return ""
}

func (v *Review) told() string {
	switch {
	case v == nil:
		return ""
	case v.To != "":
		return "转到" + v.ToName() + "：" + v.Reason
	}
	return v.Reason
}

func (c *Content) sessionTold(action string) string {
	s := c.last()
	switch {
	case s == nil:
		return ""
	case action == "postpone":
		return s.Cancelled
	case action == "end":
		return "到场 " + strconv.Itoa(s.Attended) + " 人。"
	}
	return c.When() + "。谈什么：" + s.Agenda
}

// announce tells what happened, for those who follow, and puts it into the
// chronicle of the place where everybody may know of it. Facts hold no texts.
func announce(ctx context.Context, tx Tx, r Record, action string) error {
	if err := enter(ctx, tx, r, action); err != nil {
		return err
	}
	return tx.Announce(ctx, outbox.Event{Kind: EventPrefix + action, Region: r.Region, Subject: r.ID, Facts: map[string]string{
		"state": string(r.State), "channel": string(r.Channel), "public": strconv.FormatBool(r.Public), "group": string(r.Group),
		"revision": strconv.Itoa(r.Revision),
	}})
}

// enter keeps the chronicle: what is no longer public leaves it altogether.
func enter(ctx context.Context, tx Tx, r Record, action string) error {
	if !r.Public {
		if action == Proposed {
			return nil
		}
		return tx.DropEntries(ctx, r.ID)
	}
	place := r.Region
	if r.Group != "" {
		place = r.Group
	}
	return tx.AddEntry(ctx, chronicle.Entry{
		Kind: EventPrefix + action, Region: place, Subject: r.ID, Title: StepName(action) + "：" + r.Title, Text: r.Told(action), Link: Path(r.ID),
	})
}
