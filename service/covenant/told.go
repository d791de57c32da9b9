package covenant

import (
	"context"
	"strconv"
	"time"

	"cunwu/service/calendar"
	"cunwu/service/chronicle"
	"cunwu/service/outbox"
)

// EventPrefix begins the kind of every event that this package announces (see
// package outbox): then comes one of the steps. Region is the village, Subject
// the id of the text. Facts of all: text (the kind), version, state.
const EventPrefix = "covenant."

// Steps that are announced.
const (
	StepCollecting = "collecting"
	StepDrafted    = "drafted"
	StepChecked    = "checked"
	StepReturned   = "returned"
	StepReviewed   = "reviewed"
	StepVoting     = "voting"
	StepVoted      = "voted"
	StepFailed     = "vote_failed"
	StepFiled      = "filed"
	StepPublished  = "published"
	StepForce      = "in_force"
	StepCorrection = "correction_ordered"
	StepRejected   = "rejected"
	StepWithdrawn  = "withdrawn"
)

// steps are the actions of the procedure that are announced, and as what. The
// others change nothing that a reader would want to be told of.
var steps = map[string]string{
	"submit": StepDrafted, "pass_check": StepChecked, "return_check": StepReturned, "pass_review": StepReviewed,
	"return_review": StepReturned, "begin_vote": StepVoting, "record_vote": StepVoted, "vote_failed": StepFailed, "file": StepFiled,
	"publish": StepPublished, "enter_force": StepForce, "order_correction": StepCorrection, "give_up": StepRejected, "withdraw": StepWithdrawn,
}

// Path is where the page of a text is on this site.
func Path(t Text) string { return "/r/" + string(t.Region) + "/" + string(t.Kind) }

// Told says in a sentence what a step brought, "" where its name says all.
func (v Version) Told(step string) string {
	c := &v.Content
	switch step {
	case StepCollecting:
		return c.Notice
	case StepDrafted:
		return "草案共 " + strconv.Itoa(len(c.Clauses)) + " 条。"
	case StepReturned, StepRejected, StepWithdrawn:
		if len(c.Said) > 0 {
			return c.Said[len(c.Said)-1].Text
		}
	case StepVoting:
		return "表决的文本校验码是 " + v.Short() + "，投票时请核对。"
	case StepVoted:
		return c.Vote.told()
	case StepFailed:
		if len(c.Failed) > 0 {
			return c.Failed[len(c.Failed)-1].told()
		}
	case StepPublished:
		return "共 " + strconv.Itoa(len(c.Clauses)) + " 条，" + day(c.InForceOn) + "起生效。"
	case StepForce:
		return "从现在起按这一版执行，以前的各版仍可查看。"
	case StepCorrection:
		if c.Correction != nil {
			return day(c.Correction.Until) + "以前改正：" + c.Correction.Text
		}
	}
	return ""
}

func (v *Vote) told() string {
	if v == nil {
		return ""
	}
	return day(v.On) + "表决：应到 " + strconv.Itoa(v.Roll) + "，参加 " + strconv.Itoa(v.Present) + "，赞成 " + strconv.Itoa(v.Yes) +
		"，反对 " + strconv.Itoa(v.No) + "，弃权 " + strconv.Itoa(v.Abstain) + "，其中妇女 " + strconv.Itoa(v.Women) + " 人参加。"
}

// day gives a date in words, as it is where it cannot be read.
func day(text string) string {
	t, err := time.ParseInLocation(time.DateOnly, text, calendar.China)
	if err != nil {
		return text
	}
	return t.Format("2006年1月2日")
}

// announce tells of a step those who follow, and puts it into the chronicle of
// the village.
func announce(ctx context.Context, tx Tx, t Text, v Version, step string) error {
	err := tx.AddEntry(ctx, chronicle.Entry{
		Kind: EventPrefix + step, Region: t.Region, Subject: t.ID, Text: v.Told(step), Link: Path(t),
		Title: StepName(step) + "：" + v.Content.Title + "（第" + strconv.Itoa(v.Number) + "版）",
	})
	if err != nil {
		return err
	}
	return tx.Announce(ctx, outbox.Event{Kind: EventPrefix + step, Region: t.Region, Subject: t.ID, Facts: map[string]string{
		"text": string(t.Kind), "version": strconv.Itoa(v.Number), "state": string(v.State),
	}})
}
