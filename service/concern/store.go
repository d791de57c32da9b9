package concern

import (
	"context"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/chronicle"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Record is a concern as the archive keeps it. State, Stage, Level, Owner and
// DueAt follow the case and are written with it.
type Record struct {
	Serial     int64 // given by the archive when it is added
	ID         string
	CaseID     string
	Region     region.Code
	Group      region.Code
	Category   string
	Visibility Visibility
	Channel    Channel
	State      State
	Stage      string // of the case
	Level      string // village, township, county
	Review     Review
	Owner      string // see ownerOf; "" where no office owes anything
	DueAt      time.Time
	RaisedAt   time.Time
	ChangedAt  time.Time
	EndedAt    time.Time
	AgainAt    time.Time // when to ask again; zero: not any more
	Raiser     string    // account that typed, or its keyed hash where sealed
	Resident   string    // whose concern it is, where on the roll; "" where sealed
	Rating     Rating
	Joined     int
	MergedInto string
	Escalated  bool
	Reopened   bool
	Callback   Callback
	TalkDay    string
	Revision   int
	Title      string // "" where sealed
	Content    Content
	Secret     account.Sealed
}

// Callback says whether the raiser is called afterwards.
type Callback int

// Call-backs.
const (
	NotCalled  Callback = 0
	ToCall     Callback = 1 // drawn: somebody who did not handle it asks
	CalledDone Callback = 2
)

// Content is what lists do not need. Of what is sealed it holds no text.
type Content struct {
	Text       string   `json:"text,omitempty"`
	Transcript string   `json:"transcript,omitempty"`
	Place      Place    `json:"place"`
	Media      []string `json:"media,omitempty"`
	Handler    string   `json:"handler,omitempty"`
	PromisedOn string   `json:"promised_on,omitempty"`
	// WaitLeft is how many days the handler had left when the raiser was asked.
	WaitLeft int `json:"wait_left,omitempty"`
	// Extended: the promise was moved once. The engine forgets it with each
	// stage, and waiting for the raiser goes through another stage.
	Extended   bool     `json:"extended,omitempty"`
	ByPerson   bool     `json:"by_person,omitempty"` // a person decided on the review
	HiddenKind string   `json:"hidden_kind,omitempty"`
	WhyHidden  string   `json:"why_hidden,omitempty"`
	Result     string   `json:"result,omitempty"`
	Links      []Link   `json:"links,omitempty"`
	MergedFrom []string `json:"merged_from,omitempty"`
	Again      Again    `json:"again,omitempty"`
	// ForOther: typed for somebody else. ByOffice: by an office, so that whoever
	// typed has no right of the raiser. Anonymous: nobody knows for whom.
	ForOther  bool     `json:"for_other,omitempty"`
	ByOffice  bool     `json:"by_office,omitempty"`
	Anonymous bool     `json:"anonymous,omitempty"`
	Handlers  []string `json:"handlers,omitempty"` // accounts that took a handling step
	Photos    int      `json:"photos,omitempty"`
}

// secret is what is sealed: all of a sealed concern, and of others the name and
// the contact of somebody who is on no roll.
type secret struct {
	Text       string   `json:"text,omitempty"`
	Transcript string   `json:"transcript,omitempty"`
	Place      Place    `json:"place"`
	Media      []string `json:"media,omitempty"`
	Raiser     string   `json:"raiser,omitempty"` // account
	Name       string   `json:"name,omitempty"`
	Contact    string   `json:"contact,omitempty"`
}

// UpdateRecord is a line of the timeline as the archive keeps it.
type UpdateRecord struct {
	ConcernID string
	Number    int // given by the archive
	Kind      UpdateKind
	Action    string
	Text      string
	By        string
	Account   string // never shown
	At        time.Time
	State     State
	Public    bool
	Media     []string
	Review    Review // of the media
	Secret    account.Sealed
}

// MediaRecord hangs an upload on a concern.
type MediaRecord struct {
	MediaID   string
	ConcernID string
	Number    int
	Region    region.Code
	Public    bool
}

// CallbackRecord is who called a raiser and what was said.
type CallbackRecord struct {
	ConcernID string
	Account   string
	By        string
	Rating    Rating
	Text      string
	At        time.Time
}

// Range asks for records. Zero fields do not narrow. The order is newest first;
// with Owners by due time, then serial.
type Range struct {
	Region   region.Code // this place and all below it
	Group    region.Code
	Category string
	State    State
	Open     *bool
	From     time.Time
	Until    time.Time
	// Least is the least `shown` that is given: 1 for what is public, 0 with
	// what handlers see, -1 (with Region a county) with what is sealed.
	Least int
	// OwnKeys and OwnResident, where set, give what is one's own besides.
	OwnKeys     []string
	OwnResident string
	// MineOnly: nothing but one's own and what JoinedBy joined.
	MineOnly bool
	JoinedBy string
	Owners   []string // what these places owe
	Callback bool     // drawn for a call-back and not called yet
	TalkDay  string
	Linked   string // letters and digits
	// Before: serials below. AfterDue and AfterSerial: the last of the page
	// before, with Owners.
	Before      int64
	AfterDue    time.Time
	AfterSerial int64
	Limit       int
}

// Store is what the package needs of the archive.
type Store interface {
	TermStore
	CountStore
	// ConcernRecord gives one concern. ErrNotFound if there is none.
	ConcernRecord(ctx context.Context, id string) (Record, error)
	// ConcernRecords gives those of the ids that exist, in any order.
	ConcernRecords(ctx context.Context, ids []string) ([]Record, error)
	// ConcernsIn gives a page of a range.
	ConcernsIn(ctx context.Context, r Range) ([]Record, error)
	// ConcernsToAskAgain gives those whose time to be asked again lies in
	// [from, until), oldest first, after a serial at the same time.
	ConcernsToAskAgain(ctx context.Context, from, until time.Time, limit int) ([]Record, error)
	// ConcernUpdates gives the timeline of a concern, in order.
	ConcernUpdates(ctx context.Context, id string) ([]UpdateRecord, error)
	// ConcernsJoined gives those of the ids that the person joined.
	ConcernsJoined(ctx context.Context, resident string, ids []string) ([]string, error)
	// ConcernJoiners gives the accounts that joined, by account.
	ConcernJoiners(ctx context.Context, id string) ([]string, error)
	// ConcernsRaisedBy gives what was raised under any of the keys or for the
	// person ("" for none), oldest first.
	ConcernsRaisedBy(ctx context.Context, keys []string, resident string) ([]Record, error)
	// ConcernsJoinedBy gives the ids of what an account joined, never nil.
	ConcernsJoinedBy(ctx context.Context, account string) ([]string, error)
	// TalkDays gives the days of a village in [from, until], in order.
	TalkDays(ctx context.Context, village region.Code, from, until string) ([]TalkDay, error)
	// InTx runs fn in one transaction, in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side. Locks are taken in the order concerns by id, case.
type Tx interface {
	procedure.Tx
	outbox.Tx
	chronicle.Tx
	TermTx
	CountTx
	// ConcernsRaisedSince counts what was raised under any of the keys.
	ConcernsRaisedSince(ctx context.Context, keys []string, since time.Time) (int, error)
	// AddConcern inserts a concern and gives its serial.
	AddConcern(ctx context.Context, r Record) (int64, error)
	// ConcernForUpdate locks the concern until the transaction ends. ErrNotFound
	// if there is none.
	ConcernForUpdate(ctx context.Context, id string) (Record, error)
	// SaveConcern writes what can change of r, where the stored revision is
	// r.Revision-1, and fails with procedure.ErrRaced otherwise.
	SaveConcern(ctx context.Context, r Record) error
	// AddConcernUpdate appends to the timeline and gives the number.
	AddConcernUpdate(ctx context.Context, u UpdateRecord) (int, error)
	// ConcernTimeline gives the timeline as it stands in the transaction.
	ConcernTimeline(ctx context.Context, id string) ([]UpdateRecord, error)
	// ReviewConcernUpdate writes what was decided about the media of an update.
	ReviewConcernUpdate(ctx context.Context, id string, number int, r Review) error
	// ConcernJoined reports whether a person asks the same.
	ConcernJoined(ctx context.Context, id, resident string) (bool, error)
	// ConcernJoins gives who asks the same: resident to account.
	ConcernJoins(ctx context.Context, id string) (map[string]string, error)
	// AddConcernJoin and DropConcernJoin make a person ask the same, or not.
	AddConcernJoin(ctx context.Context, id, resident, account string) error
	DropConcernJoin(ctx context.Context, id, resident string) error
	// AddConcernMedia hangs uploads; ShowConcernMedia says who may fetch those of
	// an update (0: of the raising).
	AddConcernMedia(ctx context.Context, ms []MediaRecord) error
	ShowConcernMedia(ctx context.Context, id string, number int, public bool) error
	// AddConcernCallback keeps who called. ErrCalled where somebody did before.
	AddConcernCallback(ctx context.Context, c CallbackRecord) error
	// TalkDayForUpdate gives a day of a village; false where there is none.
	TalkDayForUpdate(ctx context.Context, village region.Code, on string) (TalkDay, bool, error)
	// SaveTalkDay writes a day: a new one at revision 1, else where the stored
	// revision is d.Revision-1. procedure.ErrRaced otherwise.
	SaveTalkDay(ctx context.Context, d TalkDay) error
	// RegionChanged leaves a mark that every instance reads to drop prepared
	// answers of the place and of its ancestors.
	RegionChanged(ctx context.Context, code region.Code) error
}
