// Package consultation is deliberation before a decision (协商): a topic, its
// pre-review, who takes part, sessions on the spot and online, statements with
// what people think of them, an outcome with reasons, and what became of it.
//
// Invariants: a consultation decides nothing, and every answer that links a
// ballot says so; it cannot be closed without an outcome and reasons; a
// statement shows no name, is not changed once somebody else voted on it, and
// is hidden with a reason, never deleted; a person has one voice on a
// statement, whatever the accounts; how opinions group is shown only from a
// number of people on, and never for few.
package consultation

import (
	"time"

	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Procedure is the code of the definition that every consultation goes by.
const Procedure = "consultation"

// Channel is by which way a consultation runs.
type Channel string

// Channels. ComeConsult (有事来协商) is run with the CPPCC: it names a liaison,
// and is not archived before the adopter has replied (domain reference M15).
const (
	Ordinary    Channel = "ordinary"
	ComeConsult Channel = "come_consult"
)

// Source is who brought a topic up.
type Source string

// Sources.
const (
	FromConcern   Source = "concern"
	FromVillager  Source = "villager"
	FromCommittee Source = "committee"
	FromDeputy    Source = "deputy"
	FromCPPCC     Source = "cppcc_member"
)

// State is the word that outsiders see of where a consultation stands; see
// rules/procedures/consultation.v1.yaml.
type State string

// States, in the order of the way.
const (
	Submitted     State = "submitted"
	PreReview     State = "prereview"
	Redirected    State = "redirected"
	Rejected      State = "rejected"
	Accepted      State = "accepted"
	SubjectsFixed State = "subjects_fixed"
	Notified      State = "notified"
	InSession     State = "in_session"
	Concluded     State = "outcome"
	Deciding      State = "deciding"
	Implementing  State = "implementing"
	FeedBack      State = "feedback"
	Rated         State = "rated"
	Archived      State = "archived"
)

// Form is how a session is held.
type Form string

// Forms.
const (
	Online  Form = "online"
	Offline Form = "offline"
	Both    Form = "both"
)

// Topic is what a consultation is about, as it was brought up.
type Topic struct {
	Title     string `json:"title"`
	Question  string `json:"question"`
	Why       string `json:"why,omitempty"`
	Source    Source `json:"source"`
	ConcernID string `json:"concern_id,omitempty"`
	Item      string `json:"item,omitempty"`    // code of the directory, "" where it is not there
	Liaison   string `json:"liaison,omitempty"` // of the CPPCC, an office or a body
}

// Review is the result of the pre-review.
type Review struct {
	Result   string    `json:"result"` // accept, redirect, reject
	Reason   string    `json:"reason"`
	To       string    `json:"to,omitempty"`
	Level    string    `json:"level,omitempty"`
	Concerns string    `json:"concerns,omitempty"`
	HowMany  int       `json:"how_many,omitempty"`
	At       time.Time `json:"at"`
	By       string    `json:"by"` // the office
}

// Participant is a side that takes part: a group of people, a body or an
// office. Experts advise and do not vote.
type Participant struct {
	Kind     string `json:"kind"`
	Who      string `json:"who"`
	Interest string `json:"interest,omitempty"`
	Advises  bool   `json:"advises,omitempty"`
}

// Session is one round of deliberation.
type Session struct {
	On         string    `json:"on"` // 2006-01-02
	Form       Form      `json:"form"`
	Place      string    `json:"place"`
	Agenda     string    `json:"agenda"`
	NotifiedAt time.Time `json:"notified_at"`
	StartedAt  time.Time `json:"started_at,omitzero"`
	EndedAt    time.Time `json:"ended_at,omitzero"`
	Cancelled  string    `json:"cancelled,omitempty"` // why it was put off
	Minutes    string    `json:"minutes,omitempty"`
	Matters    string    `json:"matters,omitempty"`
	Attended   int       `json:"attended,omitempty"`
	Photos     []string  `json:"photos,omitempty"`
}

// Outcome is what came of the deliberation. It binds nobody by itself.
type Outcome struct {
	Result  string    `json:"result"` // consensus, partial, none
	Text    string    `json:"text"`
	Reasons string    `json:"reasons"`
	At      time.Time `json:"at"`
	Log     *Logged   `json:"log,omitempty"`
}

// Plan is how an outcome is put into effect.
type Plan struct {
	Responsible string      `json:"responsible"`
	Due         string      `json:"due"` // 2006-01-02
	Text        string      `json:"text"`
	Percent     int         `json:"percent"`
	Milestones  []Milestone `json:"milestones,omitempty"`
}

// Milestone is one report of progress.
type Milestone struct {
	Percent int       `json:"percent"`
	What    string    `json:"what"`
	At      time.Time `json:"at"`
	Photos  []string  `json:"photos,omitempty"`
}

// Adoption is what the body that takes up a 有事来协商 outcome replied.
type Adoption struct {
	By    string    `json:"by"`
	Reply string    `json:"reply"`
	At    time.Time `json:"at"`
}

// Said is a text with its time.
type Said struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
	Log  *Logged   `json:"log,omitempty"`
}

// Mark says when a state was reached.
type Mark struct {
	State State     `json:"state"`
	At    time.Time `json:"at"`
}

// Content is all that was said in the course of a consultation.
type Content struct {
	Topic        Topic         `json:"topic"`
	Review       *Review       `json:"review,omitempty"`
	Participants []Participant `json:"participants,omitempty"`
	Sessions     []Session     `json:"sessions,omitempty"`
	Ballot       string        `json:"ballot,omitempty"`
	Outcome      *Outcome      `json:"outcome,omitempty"`
	Resolution   string        `json:"resolution,omitempty"`
	NoFollowUp   string        `json:"no_follow_up,omitempty"`
	Plan         *Plan         `json:"plan,omitempty"`
	Feedback     *Said         `json:"feedback,omitempty"`
	Adoption     *Adoption     `json:"adoption,omitempty"`
	Marks        []Mark        `json:"marks,omitempty"`
}

// Record is a consultation as the archive keeps it.
type Record struct {
	Serial    int64 // given by the archive
	ID        string
	CaseID    string
	Region    region.Code // the village
	Group     region.Code // where it concerns one group only, else ""
	Channel   Channel
	State     State
	Public    bool // strangers may see it
	Revision  int
	Title     string
	CreatedAt time.Time
	ChangedAt time.Time
	CreatedBy string // account id, never shown
	Content   Content
}

// last gives the session under way or the last one held, nil for none.
func (c *Content) last() *Session {
	if len(c.Sessions) == 0 {
		return nil
	}
	return &c.Sessions[len(c.Sessions)-1]
}

// speaking reports whether statements can be made now.
func (r Record) speaking() bool {
	s := r.Content.last()
	return r.State == InSession && s != nil && !s.StartedAt.IsZero() && s.EndedAt.IsZero() && s.Form != Offline
}

// Consultation is one as a caller may see it.
type Consultation struct {
	Record
	RegionName string
	GroupName  string
	StateName  string
	StageName  string // "" for those who do not work on it
	Item       *Item
	Way        []Step
	Speaking   bool   // statements can be made now
	MaySpeak   bool   // and by the caller
	WhyNot     string // else why not, in words
	Mine       bool   // the caller brought it up
	Counts     Counts
	Ballot     *BallotLink
	Resolution *ResolutionLink
	Ratings    Ratings
	Late       bool // the plan is past its date and not done
	Photos     map[string]Photo
	Available  []procedure.Available
}

// Step is one step of the way, in words.
type Step struct {
	State State
	Name  string
	At    time.Time // when it was reached, zero if not
	Now   bool
}

// Counts are the plain figures, shown always.
type Counts struct {
	People     int // who made a statement or voted on one
	Statements int // shown now
	Hidden     int
	Votes      int
}

// Ratings are what villagers think of how it was done.
type Ratings struct {
	Satisfied    int
	Basic        int
	Dissatisfied int
	Mine         string // the caller's own
}

// BallotLink is what is shown of a linked ballot. Ballots of a consultation
// are advisory.
type BallotLink struct {
	ID     string
	Region region.Code
	Title  string
	State  string
	// Advisory ballots ask for opinions; others cannot be linked.
	Advisory bool
}

// Photo is a picture of a session or of the work done.
type Photo struct {
	ID, URL, ThumbURL, Name string
}
