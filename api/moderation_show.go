package api

import (
	"regexp"

	"cunwu/service/moderation"
	"cunwu/service/region"
)

var placeCode = regexp.MustCompile(`^[0-9]{2,14}$`)

// CheckLine is a part of something under check, as moderators see it.
type CheckLine struct {
	ID       string      `json:"id"`
	Kind     string      `json:"kind" doc:"是什么内容：concern 说事，concern_update 说事的进展"`
	Subject  string      `json:"subject_id" doc:"内容的编号"`
	Region   region.Code `json:"region"`
	Part     string      `json:"part" doc:"text 文字，或 media/附件编号"`
	State    string      `json:"state" enum:"pending,passed,manual,rejected" doc:"pending 等微信的结果，manual 等人决定，passed 通过，rejected 不通过"`
	Suggest  string      `json:"suggest" doc:"微信的意见 pass、review、risky，或者为什么没有意见"`
	Label    int64       `json:"label,omitempty" doc:"微信给的标签"`
	ByPerson bool        `json:"by_person" doc:"是人决定的"`
}

func showCheck(c moderation.Check) CheckLine {
	return CheckLine{
		ID: c.ID, Kind: c.Subject.Kind, Subject: c.Subject.ID, Region: c.Subject.Region, Part: string(c.Part), State: string(c.State),
		Suggest: c.Suggest, Label: c.Label, ByPerson: c.ByPerson,
	}
}

// waitingShown is what waits for a person.
type waitingShown struct {
	CheckLine
	KindName   string `json:"kind_name"`
	RegionName string `json:"region_name"`
	Why        string `json:"why" doc:"为什么要人看"`
	Text       string `json:"text,omitempty" doc:"内容的文字，原样"`
	URL        string `json:"url,omitempty" doc:"照片或录音，带令牌取"`
	FileKind   string `json:"file_kind,omitempty" enum:"jpeg,png,mp3,pdf"`
	Since      string `json:"waiting_since"`
	Overdue    bool   `json:"overdue" doc:"等得太久了"`
}

func showWaiting(i moderation.Item) waitingShown {
	out := waitingShown{
		CheckLine: showCheck(i.Check), KindName: i.KindName, RegionName: i.RegionName, Why: i.Why, Text: i.Text,
		Since: stamp(i.WaitsAt), Overdue: i.Overdue,
	}
	if i.File.ID != "" {
		out.URL, out.FileKind = i.File.Path(), string(i.File.Kind)
	}
	return out
}

// moderationShown is a line of the public log.
type moderationShown struct {
	Kind       string      `json:"kind"`
	KindName   string      `json:"kind_name"`
	Subject    string      `json:"subject_id"`
	Region     region.Code `json:"region"`
	RegionName string      `json:"region_name"`
	Part       string      `json:"part" doc:"哪一部分：文字、照片或录音、全部"`
	Action     string      `json:"action" enum:"approve,reject,hide,show"`
	ActionName string      `json:"action_name"`
	Violation  string      `json:"violation,omitempty"`
	Name       string      `json:"violation_name,omitempty"`
	Reason     string      `json:"reason,omitempty"`
	By         string      `json:"by" doc:"哪个职务"`
	At         string      `json:"at"`
}

func showModeration(l moderation.Line) moderationShown {
	return moderationShown{
		Kind: l.Subject.Kind, KindName: l.KindName, Subject: l.Subject.ID, Region: l.Subject.Region, RegionName: l.RegionName,
		Part: l.PartName, Action: l.Act, ActionName: l.ActName, Violation: l.Violation, Name: l.ViolationName,
		Reason: l.Reason, By: l.Office, At: stamp(l.At),
	}
}

type policyShown struct {
	Text       []string         `json:"text"`
	Violations []violationShown `json:"violations" doc:"什么不能公开"`
	Sources    []string         `json:"sources"`
}

type violationShown struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

func showPolicy(p moderation.Policy) policyShown {
	return policyShown{
		Text: p.Text, Sources: p.Sources,
		Violations: mapped(p.Violations, func(v moderation.Violation) violationShown { return violationShown(v) }),
	}
}
