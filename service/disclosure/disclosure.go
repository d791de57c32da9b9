// Package disclosure is 村务公开: what a village must tell its people, drafted
// by the clerk, reviewed by the supervisory committee, published, posted at
// least as long as the law asks, corrected in the open and never deleted.
//
// Invariants: a posting belongs to one catalogue item and period; what is
// published passed screening and adds up; every published text is a version
// that stays readable; published_at is the server's time inside the publishing
// transaction; the stage is moved by service/procedure alone.
package disclosure

import (
	"time"

	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Visibility says who may read a posting.
type Visibility string

// Visibilities, widest first (domain reference 7.4).
const (
	PublicInternet   Visibility = "PUBLIC_INTERNET"
	VerifiedVillager Visibility = "VERIFIED_VILLAGER"
)

// State is what a posting shows of itself; it follows from its case's stage.
type State string

// States of a posting.
const (
	Draft     State = "draft"
	InReview  State = "in_review"
	Reviewed  State = "reviewed"  // the supervisory committee has no objection; awaits confirmation
	Confirmed State = "confirmed" // awaits publication
	Published State = "published"
	Withdrawn State = "withdrawn" // taken down for correction, a tombstone with its reason remains
	Archived  State = "archived"  // posted as long as it must be; still readable
	Expired   State = "expired"   // a list of persons whose lawful posting time is over: content gone
)

// Line is one line of account. Amounts are 分 and never negative.
type Line struct {
	Date       string // 2006-01-02
	Voucher    string
	Summary    string
	Category   string
	IncomeFen  int64
	ExpenseFen int64
	BalanceFen *int64
	Handler    string // masked by rule before it is shown
	Reviewer   string
	// What the line belongs to, by the names people use: pages collect every
	// line that names the same project, contract, asset or paid organisation.
	Project  string
	Contract string
	Asset    string
	Payee    string // an organisation in full; a person masked
	Image    string // upload id of the voucher, private parts blacked out; one of Content.Media
}

// Content is what a clerk writes: everything of a posting that can be corrected.
// IncomeFen and ExpenseFen are the stated totals; where the item has lines they
// must equal the sums of the lines.
type Content struct {
	Title      string
	Summary    string            // plain words, at most 300 characters
	Body       string            // Markdown
	Fields     map[string]string // by the field names of the catalogue item
	Lines      []Line
	IncomeFen  *int64
	ExpenseFen *int64
	// OpeningFen is what was in hand before the first line, ClosingFen after the
	// last; given where the item keeps a running balance.
	OpeningFen *int64
	ClosingFen *int64
	Media      []string // upload ids, in order
	WrittenOn  string   // the date on the paper, 2006-01-02, may be empty
}

// Review is the supervisory committee's word on a posting.
type Review struct {
	Opinion   string
	Objection string
	LookedAt  int    // attachments that the reviewer marked as looked at, one by one
	By        string // masked name and office
	At        time.Time
}

// Attachment is a file as a posting shows it.
type Attachment struct {
	ID       string
	Kind     string
	Name     string
	URL      string
	ThumbURL string
	Width    int
	Height   int
	Digest   string
	Size     int64
}

// Posting is one disclosure as the caller may see it.
type Posting struct {
	ID           string
	Region       region.Code
	RegionName   string
	PathNames    []string // city to village
	Category     string   // catalogue category code, e.g. "FINANCE"
	CategoryName string
	ItemCode     string
	ItemName     string
	Period       string // 2026Q3, 2026-09, 2026H1, 2026 or a date
	Visibility   Visibility
	State        State
	Version      int    // of the content shown; 0 while never published
	Revision     int    // optimistic lock of the draft; sent back with an edit
	Late         bool   // 补录: first published after it was due
	Corrected    bool   // 更正: Version > 1
	Reason       string // of a withdrawal
	Content      Content
	BodyHTML     string // Content.Body rendered and sanitised
	Attachments  []Attachment
	Review       *Review
	PublishedAt  time.Time // zero while never published
	PostedFrom   time.Time
	PostedUntil  time.Time
	Questions    int
	Answered     int // of the questions, how many had an answer
	Available    []procedure.Available
	Log          *LogEntry // nil while never published, and for what is older than the record
}

// Item is one line of a feed: small, public and complete.
type Item struct {
	Pos          int64 // place in time: what a page of the feed is cut by
	ID           string
	Region       region.Code
	RegionName   string
	PathNames    []string
	Category     string
	CategoryName string
	ItemCode     string
	ItemName     string
	Period       string
	Title        string
	Summary      string
	PublishedAt  time.Time
	Version      int
	State        State
	Late         bool // 补录: first published after it was due
	Corrected    bool // 更正: Version > 1
	Attachments  int
	Questions    int
	Answered     int // of the questions, how many had an answer
	IncomeFen    *int64
	ExpenseFen   *int64
}

// Version is one published text of a posting.
type Version struct {
	Number      int
	PublishedAt time.Time
	WithdrawnAt time.Time // zero while it stands
	Reason      string    // why it was corrected, empty for the first
	Author      string    // masked name and office of whoever published it
	Content     *Content  // nil where it was withdrawn for privacy
	Digest      string    // hex SHA-256 of its canonical JSON
}

// FeedQuery asks for a page of a feed. Before is the position of the last item
// of the page before, 0 for the first page.
type FeedQuery struct {
	Region   region.Code
	Category string // "" for all
	Before   int64
	Limit    int // 1..50
	// Verified asks for what verified villagers of the (village-level) region
	// may read as well.
	Verified bool
}

// FeedPage is a page of a feed; Next is 0 at the end.
type FeedPage struct {
	Items []Item
	Next  int64
}
