package redblack

import (
	"time"

	"cunwu/service/procedure"
	"cunwu/service/region"
)

// NewAnnouncement is what 知榜 makes known.
type NewAnnouncement struct {
	Region     region.Code // the village
	Council    string      // name of the body, as 道德评议会
	KeeperRole string      // the office of the named keeper: role that holds redblack.keep
	Keeper     string      // name of the keeper, as it hangs on the board
	Clauses    []string    // codes of the covenant in force that lead to a list
	Incentives string      // rewards and help
	Objections string      // how to object and appeal
	From       string      // 2006-01-02, today or later
}

// Announcement is 知榜: the rules that were made known.
type Announcement struct {
	ID         string
	Region     region.Code
	RegionName string
	Council    string
	Members    int // of the council on that day
	KeeperRole string
	Keeper     string
	CovenantID string
	Version    int // of the covenant
	Clauses    []AnnouncedClause
	Incentives string
	Objections string
	From       string // 2006-01-02
	MadeAt     time.Time
	Superseded time.Time // zero where it is the latest
	Revision   int
	Log        *Logged
}

// AnnouncedClause is a clause that leads to a list, in the words of then. Usable
// is false where the covenant in force has it no longer.
type AnnouncedClause struct {
	ClauseRef
	Number int    `json:"number"`
	List   Kind   `json:"list"`
	Usable bool   `json:"-"`
	Title  string `json:"title,omitempty"` // of the covenant
}

// NewEntry nominates somebody for the red list, or reports conduct for the black
// one. Name and Group are free text: nothing tells whether somebody is on a roll.
type NewEntry struct {
	Kind     Kind
	Region   region.Code
	Name     string
	Group    string
	Clause   string
	Facts    string
	Place    string
	On       string   // 2006-01-02
	Evidence []string // upload ids
	Behalf   string   // the keeper alone: for whom it is entered
}

// Receipt answers every write about an entry. It is kept for repeats and says
// nothing of a person.
type Receipt struct {
	ID        string
	Kind      Kind
	Region    region.Code
	State     State
	StateName string
	Revision  int
	Available []procedure.Available
}

// Candidate is one of those on the roll who bear the name that was given.
type Candidate struct {
	ResidentID string
	Name       string // masked
	Group      region.Code
	GroupName  string
	Minor      bool // under 18, or nobody knows
}

// Entry is an entry as a caller may see it on the board.
type Entry struct {
	ID         string
	Kind       Kind
	Region     region.Code
	RegionName string
	Group      region.Code
	GroupName  string
	Clause     ClauseRef
	Deed       string
	Month      string // 2006-01
	State      State
	StateName  string
	NoticeAt   time.Time
	NoticeEnd  time.Time
	ListedAt   time.Time
	ExpiresAt  time.Time
	// Name stands here only where it may be shown to the caller: of red by
	// consent, of black by every condition of naming.
	Name  string
	Photo *Photo
	// Reply of the person to a black entry, for verified villagers.
	Reply      string
	Endorsable bool // the caller can endorse it (package ranking)
	Objectable bool // the caller can object to it
	Log        *Logged
	Revision   int
	Available  []procedure.Available // never nil
}

// Photo is a picture that may be shown.
type Photo struct {
	ID, URL, ThumbURL, Name string
}

// Apology is shown where a black entry was revoked: no name, the same reach.
type Apology struct {
	ID       string
	Region   region.Code
	Clause   ClauseRef
	Month    string
	Text     string
	MadeAt   time.Time
	ShownTil time.Time
}

// Board is the lists of a place: of a village with its announcement, of a place
// above of all below it.
type Board struct {
	Region       region.Code
	RegionName   string
	Kind         Kind
	Announcement *Announcement // nil where there is none, or above a village
	Entries      []Entry
	Apologies    []Apology
	Next         int64 // 0 at the end
}

// BoardQuery asks for a board. Before is a Next, 0 for the first page; Limit 1 to 50.
type BoardQuery struct {
	Region region.Code
	Kind   Kind // "" both
	Before int64
	Limit  int
}

// Matter is an entry as those who work on it, or whom it is about, see it.
type Matter struct {
	Entry
	Stage      string
	StageName  string
	Role       string // as what the caller sees it: keeper, council, representative, supervisor, township, person, maker
	Name       string
	NameGroup  string
	Resident   string // id, for the keeper
	Facts      string
	Place      string
	On         string
	Evidence   []Photo
	Told       *Told
	Replied    *Said
	Education  []Said
	Consent    *Consent
	Claim      *Said
	Basis      *Basis
	Naming     *Naming
	Appeals    []Appeal
	Objections []Objection
	Council    Figures
	Consulted  Figures
	Maker      string // the keeper alone: masked name of who said so
	DueAt      time.Time
	Overdue    bool
	CreatedAt  time.Time
	EndedAt    time.Time
	EndKind    string
	Incentive  string // what was given, for those who work on it and the person
	TurnsRed   bool
	serial     int64
}

// Objection is one objection to a notice, without who made it.
type Objection struct {
	Number   int
	Text     string
	At       time.Time
	Answer   string
	Answered time.Time
	Result   string // dismissed, upheld, "" while open
}

// Matters is a part of what waits for the caller; Next is 0 at the end.
type Matters struct {
	Items []Matter
	Next  int64
}

// MattersQuery asks for what waits: of a place and all below it. Done asks for
// those under way where nothing waits for the caller as well.
type MattersQuery struct {
	Region region.Code
	Before int64
	Limit  int
	All    bool
}

// Own is what there is about the caller, and what the caller nominated or reported.
type Own struct {
	About []Matter
	Made  []Matter
}
