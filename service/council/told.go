package council

import (
	"context"
	"strconv"

	"cunwu/service/audit"
	"cunwu/service/chronicle"
	"cunwu/service/outbox"
)

// EventPrefix begins the kind of every event that this package announces (see
// package outbox). Region is the village, Subject the body's or the activity's
// id. Facts of activities: council, state, kind, revision; of bodies: kind,
// revision. No text, no person.
const EventPrefix = "council."

// What happens to a body.
const (
	Registered     = "registered"
	Changed        = "changed"
	MembersChanged = "members"
)

var stepNames = map[string]string{
	Registered: "自治组织登记", Changed: "自治组织变更", MembersChanged: "自治组织成员变动",
	"activity_planned": "活动预告", "activity_hold": "活动情况", "activity_summarise": "活动总结", "activity_cancel": "活动取消",
	"activity_correct": "活动更正",
}

// Path is where the page of a body is on this site.
func Path(id string) string { return "/o/" + id }

// Path is where the page of an activity is on this site.
func (a ActivityRecord) Path() string { return Path(a.CouncilID) + "/a/" + a.ID }

func term(r Record) string { return r.From + " 至 " + r.Until }

// told tells what happened to a body: journal, chronicle, followers, prepared
// answers.
func told(ctx context.Context, tx Tx, r Record, what, text string) error {
	if err := tx.AddEntry(ctx, chronicle.Entry{
		Kind: EventPrefix + what, Region: r.Region, Subject: r.ID, Title: stepNames[what] + "：" + r.Name, Text: text, Link: Path(r.ID),
	}); err != nil {
		return err
	}
	if err := tx.Announce(ctx, outbox.Event{Kind: EventPrefix + what, Region: r.Region, Subject: r.ID, Facts: map[string]string{
		"kind": r.Kind, "revision": strconv.Itoa(r.Revision),
	}}); err != nil {
		return err
	}
	if err := tx.Record(ctx, audit.Event{
		Action: EventPrefix + what, Object: "council", ObjectID: r.ID, Region: string(r.Region), Result: "ok",
		Detail: map[string]string{"kind": r.Kind, "charter": strconv.Itoa(r.Charter), "revision": strconv.Itoa(r.Revision)},
	}); err != nil {
		return err
	}
	return tx.RegionChanged(ctx, r.Region)
}

// announce tells what happened to an activity. The engine has journalled the step.
// Entries say the name, day and place alone; where these were corrected, what was
// told before goes, since it may have been corrected because it should not be
// read.
func announce(ctx context.Context, tx Tx, a ActivityRecord, body, action string) error {
	what := "activity_" + action
	if action == "" {
		what = "activity_planned"
	}
	if action == "correct" && a.reworded() {
		if err := tx.DropEntries(ctx, a.ID); err != nil {
			return err
		}
	}
	if err := tx.AddEntry(ctx, chronicle.Entry{
		Kind: EventPrefix + what, Region: a.Region, Subject: a.ID, Title: stepNames[what] + "：" + a.Title, Text: a.told(body, action), Link: a.Path(),
	}); err != nil {
		return err
	}
	if err := tx.Announce(ctx, outbox.Event{Kind: EventPrefix + what, Region: a.Region, Subject: a.ID, Facts: map[string]string{
		"council": a.CouncilID, "state": string(a.State), "kind": a.Kind, "revision": strconv.Itoa(a.Revision),
	}}); err != nil {
		return err
	}
	return tx.RegionChanged(ctx, a.Region)
}

// reworded reports whether the last correction changed what entries say.
func (a ActivityRecord) reworded() bool {
	if len(a.Content.Changes) == 0 {
		return false
	}
	b := a.Content.Changes[len(a.Content.Changes)-1].Before
	return b.Title != a.Title || b.Place != a.Content.Place || b.HeldOn != a.HeldOn
}

// told says in a sentence what an action brought.
func (a ActivityRecord) told(body, action string) string {
	when := body + "，" + a.Day() + "，" + a.Place() + "。"
	switch action {
	case "cancel":
		return when + "没有办，原因见活动页。"
	case "hold", "correct":
		return when + strconv.Itoa(a.Heads) + " 人参加。"
	}
	return when
}
