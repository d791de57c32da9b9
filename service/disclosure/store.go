package disclosure

import (
	"context"
	"time"

	"cunwu/service/audit"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/record"
	"cunwu/service/region"
)

// Record is a posting as the archive keeps it: what it is, where it stands and
// what of its standing version is read in feeds. The texts themselves are in
// its versions and, while it is being written, in its draft.
type Record struct {
	ID         string
	Serial     int64 // given by the archive when the posting is added
	CaseID     string
	Region     region.Code
	ItemCode   string
	Category   string // catalogue category code
	Edition    string // date of the catalogue edition it was begun under, 2006-01-02
	Period     string
	Visibility Visibility
	State      State
	Revision   int    // changes so far; the optimistic lock
	Version    int    // last published version, 0 while never published
	Personal   bool   // a list of persons: its content goes when its posting time is over
	Late       bool   // the standing version was first published after it was due
	Reason     string // of a withdrawal
	Pos        int64  // place in the feeds, 0 while never published
	Shown      Shown
	Answered   int // of Shown.Questions, how many had an answer; changed by CountQuestions alone
	Review     *Review
	CreatedAt  time.Time
	CreatedBy  string // account id
	// PublishedAt is of the standing version; FirstAt of the first.
	PublishedAt time.Time
	FirstAt     time.Time
	PostedFrom  time.Time
	PostedUntil time.Time
	LogIndex    *int64 // of the entry that speaks of what is shown now, nil for none
}

// Shown is what a feed shows of the standing version, kept ready beside the
// record so that a page of a feed reads no text.
type Shown struct {
	Title       string
	Summary     string
	Attachments int
	Questions   int
	IncomeFen   *int64
	ExpenseFen  *int64
}

// VersionRecord is one published text. Content is its canonical JSON, nil where
// it had to go; the digest stays.
type VersionRecord struct {
	PostingID   string
	Number      int
	PublishedAt time.Time
	WithdrawnAt time.Time
	Reason      string // why it was withdrawn
	Author      string // masked name and office of whoever published it; "" for what is older
	Content     []byte
	Digest      string // hex SHA-256 of the canonical JSON, or the commitment where there is a salt
	Salt        []byte // of the commitment; nil where the text is public, and where it had to go
	LogIndex    *int64 // of the entry of its publication, nil for what is older than the record
	EndedIndex  *int64 // of the entry of its withdrawal or expiry, nil while there is none
}

// Store is what the package needs of the archive.
type Store interface {
	// PostingRecord gives one posting of any state. ErrNotFound if there is none.
	PostingRecord(ctx context.Context, id string) (Record, error)
	// PostingDraft gives the text being written, nil where there is none.
	PostingDraft(ctx context.Context, id string) ([]byte, error)
	// PostingVersions gives the published texts, first to last.
	PostingVersions(ctx context.Context, id string) ([]VersionRecord, error)
	// PostingVersion gives one published text. ErrNotFound if there is none.
	PostingVersion(ctx context.Context, id string, number int) (VersionRecord, error)
	// PostingsUnfinished gives what is not published of a village, newest
	// first by serial, with serials below before (0 for all), at most limit.
	PostingsUnfinished(ctx context.Context, village region.Code, before int64, limit int) ([]Record, error)
	// FeedPage gives the postings of a scope with positions below before (0
	// for all), highest first, at most limit.
	FeedPage(ctx context.Context, scope, before int64, limit int) ([]Record, error)
	// LoggedVersions gives published texts with their postings in the order of
	// the entries of their publication (ended: of their withdrawal or expiry),
	// with indexes above after, at most limit.
	LoggedVersions(ctx context.Context, ended bool, after int64, limit int) ([]Logged, error)
	// PostingsStanding gives what is up now of a village, item and any of the
	// periods, newest publication first.
	PostingsStanding(ctx context.Context, village region.Code, item string, periods []string) ([]Record, error)
	// ConcernsOf gives the sealed entries of a household at postings that are up
	// now, with positions below before (0 for all), highest first, at most limit.
	ConcernsOf(ctx context.Context, household string, before int64, limit int) ([]ConcernRecord, error)
	// ConcernedHouseholds counts the households that have an entry at a posting.
	ConcernedHouseholds(ctx context.Context, id string) (int, error)
	// InTx runs fn in one transaction, in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side.
type Tx interface {
	procedure.Tx
	record.Tx
	outbox.Tx
	// AddPosting inserts a posting with its draft and gives its serial.
	AddPosting(ctx context.Context, r Record, draft []byte) (int64, error)
	// PostingForUpdate locks the posting until the transaction ends and gives
	// it with its draft. ErrNotFound if there is none.
	PostingForUpdate(ctx context.Context, id string) (Record, []byte, error)
	// SavePosting writes what can change of r, and the draft, where the stored
	// revision is r.Revision-1, and fails with ErrRaced otherwise.
	SavePosting(ctx context.Context, r Record, draft []byte) error
	// AddPostingVersion appends a published text.
	AddPostingVersion(ctx context.Context, v VersionRecord) error
	// PostingVersionForUpdate gives one published text.
	PostingVersionForUpdate(ctx context.Context, id string, number int) (VersionRecord, error)
	// EndPostingVersion marks a text as ended by the entry at place: as
	// withdrawn, where there is a reason, else as expired.
	EndPostingVersion(ctx context.Context, id string, number int, place record.Place, reason string) error
	// EraseVersions removes the texts of all versions of a posting, their salts,
	// its ties to attachments, what concerns households, and what is kept of
	// answers about it; numbers, times, reasons, authors and digests stay.
	EraseVersions(ctx context.Context, id string) error
	// HangMedia ties attachments to a posting: those of its draft, in place of
	// the ones its draft had before, or (published) those that its readers may
	// fetch, which stay.
	HangMedia(ctx context.Context, id string, media []string, published bool) error
	// PutConcerns writes the sealed entries of households of a posting, in place
	// of those it had.
	PutConcerns(ctx context.Context, id string, concerns []ConcernRecord) error
	// PutFeed makes the posting stand at pos in each of the scopes.
	PutFeed(ctx context.Context, scopes []int64, pos int64) error
	// DropFeed takes what stands at pos out of the scopes.
	DropFeed(ctx context.Context, scopes []int64, pos int64) error
	// RegionChanged leaves a mark that every instance reads to drop prepared
	// answers of the place and of its ancestors.
	RegionChanged(ctx context.Context, code region.Code) error
}
