// Package covenant keeps a village's charter (自治章程) and covenant (村规民约): texts
// made of numbered clauses, in versions, and the way by which a version comes
// about.
//
// Invariants: a version is never changed once it was put to the vote; what was in
// force stays readable for ever, and so does every clause under its version; a
// clause cannot fine, take away statutory rights, or tie certificates, welfare or
// education to conduct; nothing is in force that a certified, passed ballot of the
// villagers' meeting did not adopt.
package covenant

import (
	"strconv"
	"strings"
	"time"

	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Procedure is the code of the definition that every revision goes by.
const Procedure = "covenant_revision"

// Kind is which text it is.
type Kind string

// Powers over covenants, as rules/powers.yaml names them.
const (
	PowerManage = "covenant.manage" // collect, draft, submit, vote, publish
	PowerCheck  = "covenant.check"  // is it lawful
	PowerReview = "covenant.review" // the township: review, file, order correction
)

// Kinds.
const (
	Charter  Kind = "charter"  // 自治章程
	Covenant Kind = "covenant" // 村规民约
)

// ClauseKind says what a clause does.
type ClauseKind string

// Kinds of clauses.
const (
	Encouraged ClauseKind = "encouraged"  // 提倡
	NotAllowed ClauseKind = "not_allowed" // 禁止、不准
	General    ClauseKind = "general"     // 其他约定
)

// List is the list that conduct under a clause may lead to.
type List string

// Lists. A clause that leads to neither has "".
const (
	Red   List = "red"
	Black List = "black"
)

// Measure is what follows from a clause: education, help, praise. It never is a
// fine and never touches certificates, welfare, education or a statutory right.
type Measure struct {
	Text   string `json:"text"`
	Source string `json:"source"` // the law, or whose decision it is
}

// Clause is one numbered clause of a version. Code is stable over versions of one
// village's text ("c07"); Topic is of the directory in rules/covenants.yaml and the
// same in all villages, so that clauses of several can be counted together.
type Clause struct {
	Code     string     `json:"code"`
	Number   int        `json:"number"` // from 1, in the order of the text
	Topic    string     `json:"topic"`
	Kind     ClauseKind `json:"kind"`
	Text     string     `json:"text"`
	Measures []Measure  `json:"measures,omitempty"`
	Source   string     `json:"source"` // where it comes from: law, custom, decision
	List     List       `json:"list,omitempty"`
	// TurnsRed: whoever corrected what this clause does not allow may be put up for
	// the red list.
	TurnsRed bool `json:"turns_red,omitempty"`
}

// InForce is a text as it is in force at a place on a day.
type InForce struct {
	CovenantID string
	Region     region.Code
	Kind       Kind
	Version    int
	Title      string
	Clauses    []Clause
	AdoptedOn  string // 2006-01-02, of the vote
	FiledOn    string // 2006-01-02, "" where it was not filed yet
	Since      time.Time
	Digest     string // lower-case hex SHA-256 of the canonical text
}

// Clause gives a clause by code.
func (f InForce) Clause(code string) (Clause, bool) {
	for _, c := range f.Clauses {
		if c.Code == code {
			return c, true
		}
	}
	return Clause{}, false
}

// State is the word that everybody sees of where a version stands; see
// rules/procedures/covenant_revision.v1.yaml.
type State string

// States, in the order of the way; the last four are ends.
const (
	Collecting        State = "collecting"
	Drafted           State = "drafted"
	LegalChecked      State = "legal_checked"
	TownshipReviewed  State = "township_reviewed"
	Voting            State = "voting"
	VoteFailed        State = "vote_failed"
	Voted             State = "voted"
	Filed             State = "filed"
	Published         State = "published"
	Force             State = "in_force"
	CorrectionOrdered State = "correction_ordered" // before it was in force: it never will be
	Superseded        State = "superseded"         // a later version is in force
	Rejected          State = "rejected"           // the meeting did not adopt it
	Withdrawn         State = "withdrawn"
)

// UnderWay reports whether a version in this state may still come into force.
func (s State) UnderWay() bool {
	switch s {
	case Collecting, Drafted, LegalChecked, TownshipReviewed, Voting, VoteFailed, Voted, Filed, Published:
		return true
	case Force, CorrectionOrdered, Superseded, Rejected, Withdrawn:
	}
	return false
}

// Frozen reports whether the text of a version in this state can never change.
func (s State) Frozen() bool {
	switch s {
	case Voting, Voted, Filed, Published, Force, CorrectionOrdered, Superseded, Rejected, Withdrawn:
		return true
	case Collecting, Drafted, LegalChecked, TownshipReviewed, VoteFailed:
	}
	return false
}

// Text is a record of one village's charter or covenant over all its versions.
type Text struct {
	Serial    int64 // given by the archive
	ID        string
	Region    region.Code // the village
	Kind      Kind
	Current   int // number of the version in force, 0 for none
	Open      int // number of the version under way, 0 for none
	Last      int // number of the newest version
	Codes     int // clause codes given so far: none is given twice
	Revision  int
	CreatedAt time.Time
	ChangedAt time.Time
}

// Draft is what can be written of a version until it is submitted.
type Draft struct {
	Title   string   `json:"title"`
	Clauses []Clause `json:"clauses"`
}

// Vote is how a version was adopted or not, from the certified ballot and the
// sign-in sheet.
type Vote struct {
	Ballot    string    `json:"ballot"`
	Rule      string    `json:"rule"`
	Passed    bool      `json:"passed"`
	On        string    `json:"on"`   // 2006-01-02, when the ballot closed
	Roll      int       `json:"roll"` // who could vote
	Present   int       `json:"present"`
	Yes       int       `json:"yes"`
	No        int       `json:"no"`
	Abstain   int       `json:"abstain"`
	Women     int       `json:"women"` // who attended
	Certified time.Time `json:"certified"`
	FileBy    string    `json:"file_by"` // 2006-01-02, the last day of the filing
}

// Said is what an office said in the course of a revision, with the office.
type Said struct {
	Action string    `json:"action"`
	Text   string    `json:"text,omitempty"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Filing is the receipt of the township.
type Filing struct {
	On      string `json:"on"`      // 2006-01-02, when it was handed in
	Receipt string `json:"receipt"` // number of the receipt
	Late    bool   `json:"late"`    // after the days that the rule gives
}

// Correction is what the township ordered after the filing.
type Correction struct {
	Text    string    `json:"text"`
	Clauses []string  `json:"clauses,omitempty"` // codes
	Until   string    `json:"until"`             // 2006-01-02
	At      time.Time `json:"at"`
}

// Content is all that was said and decided of one version.
type Content struct {
	Draft
	Notice     string      `json:"notice"`              // what opinions are asked on
	Base       int         `json:"base"`                // the version it began from, 0 for none
	Submitted  bool        `json:"submitted,omitempty"` // the text cannot be changed now
	Corrects   bool        `json:"corrects,omitempty"`  // what the township ordered of the base
	Marks      []Mark      `json:"marks,omitempty"`
	Said       []Said      `json:"said,omitempty"`
	Vote       *Vote       `json:"vote,omitempty"`
	Failed     []Vote      `json:"failed,omitempty"` // votes that did not adopt it
	Filing     *Filing     `json:"filing,omitempty"`
	InForceOn  string      `json:"in_force_on,omitempty"` // as published
	Correction *Correction `json:"correction,omitempty"`
	LogIndex   *int64      `json:"log_index,omitempty"` // of the publication
}

// Mark says when a state was reached.
type Mark struct {
	State State     `json:"state"`
	At    time.Time `json:"at"`
}

// Version is one version of a text, under way or of the past. Nothing in it is
// personal.
type Version struct {
	ID         string // the subject of its case
	CovenantID string
	Number     int // from 1; versions that were not adopted have one too
	CaseID     string
	Region     region.Code
	Kind       Kind
	State      State
	Revision   int
	Digest     string    // of the text, "" before there is one
	ReviewedAt time.Time // when the township agreed, zero if not
	FiledAt    time.Time // zero if not; the township's days count from here
	CorrectTo  time.Time // until when the township may order a correction
	Since      time.Time // in force, zero if never
	Until      time.Time // no longer in force, zero if it is
	CreatedAt  time.Time
	ChangedAt  time.Time
	Content    Content
}

// Clause gives a clause by code.
func (v Version) Clause(code string) (Clause, bool) {
	for _, c := range v.Content.Clauses {
		if c.Code == code {
			return c, true
		}
	}
	return Clause{}, false
}

// inForce gives what others know of a version.
func (v Version) inForce() InForce {
	f := InForce{
		CovenantID: v.CovenantID, Region: v.Region, Kind: v.Kind, Version: v.Number, Title: v.Content.Title,
		Clauses: v.Content.Clauses, Since: v.Since, Digest: v.Digest,
	}
	if v.Content.Vote != nil {
		f.AdoptedOn = v.Content.Vote.On
	}
	if v.Content.Filing != nil {
		f.FiledOn = v.Content.Filing.On
	}
	return f
}

// shortDigest is how many hex digits of the digest a question carries.
const shortDigest = 16

// Short is the part of the digest that a ballot's question carries.
func (v Version) Short() string { return v.Digest[:min(shortDigest, len(v.Digest))] }

// checkMark is what must stand in the question of the ballot.
func (v Version) checkMark() string { return "文本校验码 " + v.Short() }

// Question is the text that the ballot on a version asks, to be copied as it is;
// "" before there is a text.
func (v Version) Question() string {
	if v.Digest == "" {
		return ""
	}
	return "是否同意《" + strings.TrimSpace(v.Content.Title) + "》第" + strconv.Itoa(v.Number) + "版（" + v.checkMark() + "）？"
}

// View is a text as a caller may see it.
type View struct {
	Text
	RegionName  string
	InForce     *Version  // nil: none
	UnderWay    *Version  // nil: none
	Versions    []Version // all, newest first
	Opinions    Counts    // on the newest version
	StageName   string    // "" for those who do not work on it
	DueAt       time.Time // of the stage, zero for none
	Provisional bool
	Overdue     bool
	MaySpeak    bool
	WhyNot      string // why not, in words
	Worker      bool   // the caller works on it, and reads the opinions
	Available   []procedure.Available
}
