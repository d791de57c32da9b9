// Package concern is what villagers say is wrong (村民说事): raised, looked at
// for others who say the same, registered, handed to who must act, done, and
// rated by whoever raised it.
//
// Invariants: only the raiser says whether a matter is settled, and Solved
// follows from that alone; who raised it is shown to nobody but the raiser and
// those who must act; what nobody looked at is shown to nobody else; nothing is
// deleted; what is sealed is read by the county's discipline officer alone, and
// each reading is recorded; the stage is moved by service/procedure alone.
package concern

import (
	"time"

	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Procedures that concerns go by.
const (
	Procedure       = "concern"
	SealedProcedure = "concern_sealed"
)

// OwnPower is the raiser's own right. It stands in no table of powers.
const OwnPower = "concern.own"

// Powers of offices, as the table of powers names them.
const (
	PowerRegister = "concern.register" // also: enter for somebody who came or phoned
	PowerTriage   = "concern.triage"
	PowerHandle   = "concern.handle"
	PowerTownship = "concern.township"
	PowerCounty   = "concern.county"
	PowerModerate = "concern.moderate" // hide and show, with kind and reason
	PowerCallBack = "concern.callback" // ask raisers afterwards, never about one's own work
	PowerSealed   = "concern.sealed"
)

// Visibility is who may read a concern besides its raiser and its handlers.
type Visibility string

// Visibilities.
const (
	Public  Visibility = "public"  // everybody, without the raiser's name
	Named   Visibility = "named"   // as public, and verified villagers see the name
	Private Visibility = "private" // nobody else
	Sealed  Visibility = "sealed"  // the county's discipline officer instead of the handlers
)

// Channel is how it came in.
type Channel string

// Channels.
const (
	ByApp     Channel = "app"
	InPerson  Channel = "in_person"
	ByPhone   Channel = "phone"
	OnTalkDay Channel = "talk_day"
)

// State is the word that outsiders see; it follows from the case's stage.
type State string

// States, in the order of the way; those from Settled on are ends.
const (
	Raised      State = "raised"
	Registered  State = "registered"
	AtTownship  State = "at_township"
	AtCounty    State = "at_county"
	InProgress  State = "in_progress"
	Waiting     State = "waiting"
	Elsewhere   State = "elsewhere"
	Done        State = "done"
	Settled     State = "settled"
	Unrated     State = "unrated"
	Unsatisfied State = "unsatisfied"
	Unable      State = "unable"
	NotOurs     State = "not_ours"
	Merged      State = "merged"
	Withdrawn   State = "withdrawn"
)

// Solved reports whether the raiser said that it is settled. Nothing else is.
func (s State) Solved() bool { return s == Settled }

// Open reports whether somebody still owes something: the handlers, or (Done,
// Waiting) a word of the raiser.
func (s State) Open() bool {
	switch s {
	case Raised, Registered, AtTownship, AtCounty, InProgress, Waiting, Elsewhere, Done:
		return true
	default:
		return false
	}
}

// Rating is what the raiser thinks of what was done.
type Rating string

// Ratings.
const (
	Satisfied    Rating = "satisfied"
	Basic        Rating = "basic"
	Dissatisfied Rating = "dissatisfied"
)

// Again is the raiser's answer four weeks later.
type Again string

// Answers.
const (
	AgainSolved Again = "solved"
	AgainPartly Again = "partly"
	AgainNot    Again = "unsolved"
	AgainUnsure Again = "unsure"
)

// Review is how far others may see it.
type Review string

// Reviews. Only Passed is seen by others than the raiser and the handlers.
const (
	Pending Review = "pending" // WeChat was asked
	Manual  Review = "manual"  // a person has to look
	Passed  Review = "passed"
	Hidden  Review = "hidden"
)

// Point is a place on the map that the villager set; degrees, WGS 84. Shown to
// handlers exactly, to others rounded to three decimals (about 100 m).
type Point struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Place is where it is.
type Place struct {
	Text  string `json:"text,omitempty"`
	Point *Point `json:"point,omitempty"`
}

// Behalf is for whom somebody else typed. Resident where that person is on the
// roll; else Name and Contact, both sealed at rest, or Anonymous.
type Behalf struct {
	Resident  string `json:"resident,omitempty"`
	Name      string `json:"name,omitempty"`
	Contact   string `json:"contact,omitempty"`
	Anonymous bool   `json:"anonymous,omitempty"`
}

// NewConcern is what is raised. Media are ids of the caller's own uploads: at most
// nine pictures and one recording, whose Transcript the villager confirmed.
type NewConcern struct {
	Region     region.Code
	Group      region.Code // "" for the whole village
	Category   string
	Text       string
	Transcript string
	Place      Place
	Media      []string
	Visibility Visibility
	Channel    Channel
	TalkDay    string // 2006-01-02, of a talk day of the village
	OnBehalf   *Behalf
}

// UpdateKind says what a line of the timeline is.
type UpdateKind string

// Kinds of updates.
const (
	StepTaken  UpdateKind = "step"     // a step of the way, in words
	Progress   UpdateKind = "progress" // what was done meanwhile
	Asked      UpdateKind = "asked"    // the handler asks the raiser
	Answered   UpdateKind = "answered" // the raiser's answer
	Result     UpdateKind = "result"   // what came of it
	Rated      UpdateKind = "rated"
	AskedAgain UpdateKind = "again" // the raiser's word four weeks later
	CalledBack UpdateKind = "called_back"
	HiddenNow  UpdateKind = "hidden"
	ShownNow   UpdateKind = "shown"
)

// Update is a line of the timeline. By is the office, "说事人" for the raiser,
// "系统" for timers; never a name of the raiser.
type Update struct {
	Number int // from 1
	Kind   UpdateKind
	Action string // of the procedure, "" where it is no step
	Text   string
	By     string
	At     time.Time
	State  State // after it
	Public bool  // others than raiser and handlers may read it
	Photos []Photo
}

// Photo is a picture or a recording as it may be shown.
type Photo struct {
	ID, Kind, URL, ThumbURL string
	After                   bool   // of the result, not of the raising
	Review                  Review // for raiser and handlers; others see only what passed
}

// LinkDisclosure is the kind of link to the posting whose lines show what a
// result cost.
const LinkDisclosure = "disclosure"

// Link ties a concern to what it went on to.
type Link struct {
	Kind  string // consultation, resolution, mediation, disclosure
	ID    string
	Title string
}

// Path is where that is read on this site, "" where it has no page here.
func (l Link) Path() string {
	switch {
	case l.ID == "":
		return ""
	case l.Kind == linkKinds["to_consultation"]:
		return "/c/" + l.ID
	case l.Kind == LinkDisclosure:
		return "/d/" + l.ID
	}
	return ""
}

// Concern is one as the caller may see it.
type Concern struct {
	ID         string
	Serial     int64
	Region     region.Code
	RegionName string
	Group      region.Code
	GroupName  string
	Category   string
	CategoryName,
	Title string // the first words of the text
	Text       string
	Transcript string
	Place      Place
	Visibility Visibility
	Channel    Channel
	State      State
	StateName  string
	Solved     bool
	Review     Review // for raiser, handlers and moderators
	WhyHidden  string
	Level      string // village, township, county: who holds it
	Handler    string // the office that acts
	RaisedAt   time.Time
	ChangedAt  time.Time
	DueAt      time.Time // zero where nobody owes anything
	PromisedOn string
	Overdue    bool
	Escalated  bool
	Reopened   bool
	EndedAt    time.Time
	Rating     Rating
	Joined     int
	MergedInto string
	MergedFrom []string
	Result     string
	Photos     []Photo
	Updates    []Update
	Links      []Link
	RaiserName string // masked; for raiser and handlers, and (named) verified villagers
	ForWhom    string // masked, for raiser and handlers
	Contact    string // of somebody on no roll, for raiser and handlers
	Mine       bool
	JoinedByMe bool
	AskAgain   bool // the raiser is asked whether it is really settled
	Revision   int
	Available  []procedure.Available
}

// Query asks for concerns of a place and all below it, newest first, or (Work)
// by urgency: overdue first, then by due time. Zero fields do not narrow.
type Query struct {
	Region   region.Code
	Group    region.Code
	Category string
	State    State
	Open     *bool  // still open, or ended
	Linked   string // went on to the consultation, resolution or posting of this id
	Mine     bool   // raised or joined by the caller
	Work     bool   // what waits for the caller's office
	CallBack bool   // whose raisers are to be called, for who may
	Sealed   bool   // what is sealed, for the county's discipline officer
	TalkDay  string
	From     time.Time
	Until    time.Time
	Cursor   string
	Limit    int // 1..50
}

// Page is a part of a list; Next is "" at the end.
type Page struct {
	Items []Concern
	Next  string
}

// Similar is an open concern that may be the same.
type Similar struct {
	Concern
	Score int // 0..100
}

// Figures are counts of a place, by month of raising: of all, of a category, or
// of a place below. Parts that may not be known, and Overdue of places below,
// are -1.
type Figures struct {
	Category     string // "" for all
	RegionCode   region.Code
	RegionName   string
	Raised       int
	Open         int
	Overdue      int // now
	Ends         map[State]int
	Closed       int // handled: done, or an end that the handlers gave
	Due          int // closed, or a deadline passed before
	InTime       int // closed, and no deadline passed before
	Rated        int
	Content      int // satisfied and basically satisfied
	MedianHours  int // within which half of what is closed was closed; -1 where small
	ResponseRate int // rated of what was to be rated, in percent; -1 where small
	SmallSample  bool
}

// TalkDay is a day on which a village listens (说事日). Carried are the
// concerns of the village that were open when the agenda was made.
type TalkDay struct {
	Region   region.Code
	On       string // 2006-01-02
	Place    string
	Host     string // an office
	Agenda   string
	Minutes  string
	Carried  []string // ids
	Revision int
}
