// Package council is the bodies by which villagers govern themselves (自治组织):
// 红白理事会, 理事会, 议事会, 道德评议会; their charters, who sits in them, and
// what they do.
//
// Invariants: a charter is never overwritten, a change is a new version; who sat
// in a body stays on record, nobody sits in one twice at the same time, and only
// people of the village's roll do; residents are shown by masked name, never by
// id; an activity's photos are everybody's from when it was held, not before; what
// was held is corrected in versions that say who, when and why; the sum of costs
// that a report tells is that of the activities it counts.
package council

import (
	"time"

	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Procedure is the code of the definition that every activity goes by.
const Procedure = "activity"

// PowerManage registers bodies, members and activities, as rules/powers.yaml
// names it.
const PowerManage = "council.manage"

// Convenor is the office of who calls a body together.
const Convenor = "convenor"

// Record is a body as the archive keeps it. From and Until are its term,
// 2006-01-02, both included.
type Record struct {
	Serial       int64 // given by the archive
	ID           string
	Region       region.Code // the village
	Kind         string      // of rules/councils.yaml
	Name         string
	From, Until  string
	Charter      int // version in force
	Revision     int // changes so far; the optimistic lock
	RegisteredAt time.Time
	ChangedAt    time.Time
}

// Charter is one version of a body's charter. By is the office, never a person.
type Charter struct {
	CouncilID string
	Version   int // from 1
	Text      string
	By        string
	Account   string // never shown
	At        time.Time
}

// Member is one membership. From and Until are its first and last day; Until is
// "" as long as no end is known.
type Member struct {
	CouncilID   string
	Number      int    // from 1 within the body, in the order of entry
	Resident    string // never shown
	Name        string // masked, as it was when entered
	Office      string // of rules/councils.yaml
	From, Until string
	EnteredAt   time.Time
	EndedAt     time.Time // when its end was written down, zero if it was not
}

// On reports whether the membership runs on a day, 2006-01-02.
func (m Member) On(day string) bool { return m.From <= day && (m.Until == "" || day <= m.Until) }

// meets reports whether two memberships have a day in common.
func (m Member) meets(o Member) bool {
	return (o.Until == "" || m.From <= o.Until) && (m.Until == "" || o.From <= m.Until)
}

// State is the word that outsiders see of where an activity stands; see
// rules/procedures/activity.v1.yaml.
type State string

// States.
const (
	Planned    State = "planned"
	Held       State = "held"
	Summarised State = "summarised"
	Archived   State = "archived"
	Cancelled  State = "cancelled"
)

var stateNames = map[State]string{
	Planned: "计划中", Held: "已办", Summarised: "已总结", Archived: "已归档", Cancelled: "已取消",
}

// Name gives the word for a state.
func (s State) Name() string { return stateNames[s] }

// Happened reports whether an activity in this state took place.
func (s State) Happened() bool { return s == Held || s == Summarised || s == Archived }

// ActivityRecord is an activity as the archive keeps it. Costs are in 分.
type ActivityRecord struct {
	Serial    int64 // given by the archive
	ID        string
	CaseID    string
	CouncilID string
	Region    region.Code
	Kind      string // of rules/councils.yaml
	State     State
	Title     string
	HeldOn    string // 2006-01-02, "" until it was held
	Heads     int
	CostFen   int64
	Revision  int
	PlannedAt time.Time // when the plan was written down
	ChangedAt time.Time
	Content   Content
}

// Content is what was said of an activity.
type Content struct {
	PlannedOn    string   `json:"planned_on"`
	PlannedPlace string   `json:"planned_place"`
	Plan         string   `json:"plan"`
	Place        string   `json:"place,omitempty"`
	Money        string   `json:"money,omitempty"` // where it came from, "" for no cost
	Summary      string   `json:"summary,omitempty"`
	Cancelled    string   `json:"cancelled,omitempty"` // why
	Photos       []string `json:"photos,omitempty"`
	Marks        []Mark   `json:"marks,omitempty"`
	Changes      []Change `json:"changes,omitempty"`
}

// Mark says when a state was reached.
type Mark struct {
	State State     `json:"state"`
	At    time.Time `json:"at"`
}

// Change is one correction: what was changed, and what stood before. Figures and
// days that stood before are shown; texts are kept and not shown, since a text
// may be corrected because it should not be read.
type Change struct {
	Version int       `json:"version"` // that it made, from 2
	At      time.Time `json:"at"`
	By      string    `json:"by"`      // the office
	Account string    `json:"account"` // never shown
	Reason  string    `json:"reason"`
	What    []string  `json:"what"` // codes of the fields
	Before  Before    `json:"before"`
}

// Before is what an activity said before a correction.
type Before struct {
	Title   string   `json:"title"`
	HeldOn  string   `json:"held_on"`
	Place   string   `json:"place"`
	Heads   int      `json:"heads"`
	CostFen int64    `json:"cost_fen"`
	Money   string   `json:"money,omitempty"`
	Summary string   `json:"summary,omitempty"`
	Photos  []string `json:"photos,omitempty"`
}

// Version is how often an activity was told: 1 as first told.
func (a ActivityRecord) Version() int { return 1 + len(a.Content.Changes) }

// Day is when it was held, or is to be.
func (a ActivityRecord) Day() string {
	if a.HeldOn != "" {
		return a.HeldOn
	}
	return a.Content.PlannedOn
}

// Place is where it was held, or is to be.
func (a ActivityRecord) Place() string {
	if a.Content.Place != "" {
		return a.Content.Place
	}
	return a.Content.PlannedPlace
}

// Council is a body as anybody may see it.
type Council struct {
	Record
	RegionName string
	Rule       KindRule
	Expired    bool // its term is over
	Text       string
	Charters   []Charter // newest first
	Members    []Member  // who sit in it today, and who will
	Former     []Member
	// Voters are the masked names of those who hold the office that makes the
	// body up, where the rules say so: then there are no members besides.
	Voters   []string
	VotersBy string // the office in words
	// Size is how many sit in it today.
	Size    int
	Manages bool // the caller may change it
}

// Activity is one as anybody may see it.
type Activity struct {
	ActivityRecord
	CouncilName string
	RegionName  string
	KindName    string
	StateName   string
	MoneyName   string
	Pictures    []Photo
	Available   []procedure.Available
}

// Photo is a picture of an activity.
type Photo struct{ ID, URL, ThumbURL, Name string }

// changed are the words for what a correction changes.
var changed = map[string]string{
	"title": "名称", "held_on": "日期", "place": "地点", "heads": "人数", "cost_fen": "经费", "money": "经费来源",
	"summary": "总结", "photos": "照片",
}

// FieldName gives the word for a field that a correction changes, "" for none.
func FieldName(code string) string { return changed[code] }

// VotersNote says why a body has no members of its own, "" for one that has.
func (c Council) VotersNote() string {
	if c.Rule.VotersRole == "" {
		return ""
	}
	return "成员就是经任命的" + c.VotersBy + "，评议时由他们表决，不另立名单。"
}
