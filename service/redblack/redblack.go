// Package redblack is the red and black list (红黑榜): what a village says, by its
// own covenant and its own council, of good and bad conduct. 知榜: the rules are
// announced first. 评榜: nominated or reported, verified, heard, evaluated,
// consulted. 管榜: kept by a named keeper, expiring by itself, open to correction
// and appeal.
//
// Invariants: no entry is possible before the announcement; black shows conduct,
// clause, group and month, and a name only where every condition of naming is met
// and recorded, then to verified villagers of that village alone and at most 30
// days; red shows name and photo by recorded consent only; whoever decides is no
// relative of whom it is about; what is appealed is not shown; nothing is listed by
// lapse of time, and everything leaves the list by it; who was taken off leaves no
// trace in database, files, caches, feeds, exports, log.
package redblack

import (
	"time"

	"cunwu/service/account"
	"cunwu/service/region"
)

// The procedures, by list.
const (
	RedProcedure   = "red_entry"
	BlackProcedure = "black_entry"
)

// Powers, as rules/powers.yaml names them.
const (
	PowerAnnounce  = "redblack.announce"  // make the rules known
	PowerKeep      = "redblack.keep"      // the keeper: intake, verify, post, take off
	PowerEvaluate  = "redblack.evaluate"  // vote in the council
	PowerConsult   = "redblack.consult"   // say what representatives think
	PowerSupervise = "redblack.supervise" // decide an appeal, approve naming
	PowerTownship  = "redblack.township"  // decide an appeal in the second instance
)

// Kind is which list.
type Kind string

// Kinds.
const (
	Red   Kind = "red"
	Black Kind = "black"
)

// State is the word that outsiders see of where a matter stands; see
// rules/procedures/red_entry.v1.yaml and black_entry.v1.yaml.
type State string

// States. Those of one list only are marked.
const (
	Nominated State = "nominated" // red
	Reported  State = "reported"  // black
	Verified  State = "verified"
	Heard     State = "heard"     // black: the person was told and may reply
	Education State = "education" // black
	Corrected State = "corrected" // black: mended, before or after listing; an end
	Evaluated State = "evaluated"
	Consulted State = "consulted"
	Asked     State = "asked"     // red: waits for the person's consent
	Notice    State = "notice"    // public notice, objections
	Listed    State = "listed"    //
	Suspended State = "suspended" // black: a correction was claimed and not looked at in time; nothing is shown
	Appealed  State = "appealed"  // black: nothing is shown
	Expired   State = "expired"   // an end
	Rejected  State = "rejected"  // an end: not verified, not agreed, objection upheld
	Declined  State = "declined"  // red, an end: the person wants none of it
	Revoked   State = "revoked"   // an end: it should not have been; black with an apology
)

// Ended reports whether a matter is over.
func (s State) Ended() bool {
	switch s {
	case Corrected, Expired, Rejected, Declined, Revoked:
		return true
	case Nominated, Reported, Verified, Heard, Education, Evaluated, Consulted, Asked, Notice, Listed, Suspended, Appealed:
	}
	return false
}

// OnBoard reports whether an entry in this state may be shown to the public.
func (s State) OnBoard() bool { return s == Notice || s == Listed }

// ClauseRef is the clause an entry was made under, in the words of then.
type ClauseRef struct {
	Code       string `json:"code"`
	Text       string `json:"text"`
	CovenantID string `json:"covenant_id"`
	Version    int    `json:"version"`
	Topic      string `json:"topic"`
}

// Record is an entry as the archive keeps it. Plain fields hold nothing personal;
// all that is stands in Private, which is stored sealed.
type Record struct {
	Serial    int64
	ID        string
	CaseID    string
	Kind      Kind
	Region    region.Code // the village
	Group     region.Code // shown: the group of the conduct, "" where not known
	Clause    ClauseRef
	Deed      string // what is shown; "" until verified, and again once a black entry ended
	Month     string // 2006-01, of the conduct
	State     State
	Stage     string
	Revision  int
	CreatedAt time.Time
	ChangedAt time.Time
	NoticeAt  time.Time // when the notice began, zero before
	NoticeEnd time.Time // when it may be listed
	ListedAt  time.Time
	ExpiresAt time.Time
	EndedAt   time.Time
	EndKind   string // correction, expiry, revocation, refusal, consent_withdrawn, ...
	Council   Figures
	Consulted Figures
	Named     bool // the private part holds a name that may be shown to some
	Log       *Logged
	// SubjectKey is a keyed hash of whom it is about, to find an own matter by;
	// "" before verification and after the end.
	SubjectKey string
	// MakerKey is a keyed hash of the account that nominated or reported; "" after
	// the end.
	MakerKey string
	// Private is opened and closed by the service; the archive knows Sealed alone.
	Private Private
	Sealed  account.Sealed
}

// Shown reports whether strangers may see an entry at a time. Whatever the case
// says, nothing stays on the board beyond its day.
func (r Record) Shown(now time.Time) bool {
	return r.State.OnBoard() && (r.ExpiresAt.IsZero() || !now.After(r.ExpiresAt) || broken("redblack.expiry"))
}

// Logged is where an entry stands in the public record, and the salt with which it
// is committed to there. The salt goes with the removal.
type Logged struct {
	Index int64  `json:"index"`
	Salt  []byte `json:"salt"`
}

// Figures are what is left of a vote: counts, never who.
type Figures struct {
	Roll    int    `json:"roll"`    // who could, relatives taken off
	Present int    `json:"present"` // who did
	Yes     int    `json:"yes"`
	No      int    `json:"no"`
	Abstain int    `json:"abstain"`
	On      string `json:"on,omitempty"` // 2006-01-02
	Words   string `json:"words,omitempty"`
}

// Private is all that is personal of an entry. It is sealed at rest, bound to the
// entry's id, and emptied when the entry ends.
type Private struct {
	// Origin is the black entry whose correction led to this red one.
	Origin    string   `json:"origin,omitempty"`
	Name      string   `json:"name,omitempty"`     // as nominated, then as on the roll
	NameGroup string   `json:"group,omitempty"`    // as nominated
	Resident  string   `json:"resident,omitempty"` // id, once verified
	Minor     bool     `json:"minor,omitempty"`    // under 18, or nobody knows
	Maker     string   `json:"maker,omitempty"`    // account id of who nominated or reported
	Behalf    string   `json:"behalf,omitempty"`   // for whom the keeper entered it
	Facts     string   `json:"facts,omitempty"`
	Place     string   `json:"place,omitempty"`
	At        string   `json:"at,omitempty"` // 2006-01-02
	Evidence  []string `json:"evidence,omitempty"`
	Told      *Told    `json:"told,omitempty"`
	Reply     *Said    `json:"reply,omitempty"`
	Education []Said   `json:"education,omitempty"`
	Consent   *Consent `json:"consent,omitempty"`
	Photo     string   `json:"photo,omitempty"`  // red: upload id
	Basis     *Basis   `json:"basis,omitempty"`  // black: on what a name might be shown
	Naming    *Naming  `json:"naming,omitempty"` // black: it may
	Claim     *Said    `json:"claim,omitempty"`  // black: said to be mended
	Appeals   []Appeal `json:"appeals,omitempty"`
	// Round of evaluation: 2 after representatives disagreed and the matter went
	// back to the council.
	Round     int    `json:"round,omitempty"`
	Incentive string `json:"incentive,omitempty"` // what was given, a record and nothing more
}

// Told is how the person was told.
type Told struct {
	By string    `json:"by"` // app, visit, letter
	At time.Time `json:"at"`
}

// Said is a text with its time and, where an office said it, the office.
type Said struct {
	Text string    `json:"text"`
	By   string    `json:"by,omitempty"`
	At   time.Time `json:"at"`
}

// Consent is what the person agreed to, and how that was recorded.
type Consent struct {
	Name  string    `json:"name"` // full, masked, none
	Photo bool      `json:"photo"`
	By    string    `json:"by"` // app, paper
	Sheet string    `json:"sheet,omitempty"`
	At    time.Time `json:"at"`
}

// Basis is what a keeper, or the person, put forward for showing a name.
type Basis struct {
	By       string    `json:"by"` // consent (of the person, by app), paper, statute
	Text     string    `json:"text,omitempty"`
	Sheet    string    `json:"sheet,omitempty"`
	Proposed string    `json:"proposed,omitempty"` // the keeper's office
	Days     int       `json:"days,omitempty"`
	At       time.Time `json:"at"`
}

// Naming is every condition under which a black entry shows a name, as recorded
// when it was decided (domain reference 7.5).
type Naming struct {
	Basis     string    `json:"basis"` // consent, or the statutory basis in words
	Keeper    string    `json:"keeper"`
	Approved  string    `json:"approved"` // the supervisor's office
	Until     time.Time `json:"until"`
	At        time.Time `json:"at"`
	Satisfied []string  `json:"satisfied"` // codes of the conditions, all of them
}

// Appeal is one appeal in both instances.
type Appeal struct {
	Text       string    `json:"text"`
	At         time.Time `json:"at"`
	Supervisor string    `json:"supervisor,omitempty"` // upheld, refused, overdue
	Township   string    `json:"township,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	DecidedAt  time.Time `json:"decided_at,omitzero"`
}
