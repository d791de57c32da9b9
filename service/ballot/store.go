package ballot

import (
	"context"
	"time"

	"cunwu/service/audit"
	"cunwu/service/chronicle"
	"cunwu/service/outbox"
	"cunwu/service/record"
	"cunwu/service/region"
)

// Record is a ballot as it is kept.
type Record struct {
	Definition
	Number      int64    // narrow key of the tables of casts; never shown
	Members     []string // residents named for the roll, while a draft
	State       State
	Revision    int
	Digest      string // of the frozen definition
	RollSize    int
	RollDigest  string
	RollSalt    []byte
	OpenedAt    time.Time
	ClosedAt    time.Time
	CertifiedAt time.Time
	CertifiedBy string // account
	Opinion     string // of the supervisory committee
	Reason      string // of a cancellation
	CreatedAt   time.Time
	CreatedBy   string
	Turnout     Turnout
	Tally       *Tally // once counted
	OpenedIndex *int64 // entries of the public record
	ResultIndex *int64
}

// Turnout is the only figure that is known of an open ballot. Shown is rounded
// down to tens; Next becomes Shown when it is old enough.
type Turnout struct {
	Shown   int
	ShownAt time.Time // zero: nothing is shown yet
	Next    int
	NextAt  time.Time
}

// Tally is a count as it is kept: the result, the digest of the list of casts,
// and how many came in by which way.
type Tally struct {
	Result
	CastsDigest string
	Origins     map[Origin]int
}

// Entered is what the roll says of one voter.
type Entered struct {
	Voter   int64  // number on the roll
	Subject string // the person or household of the entry
	Way     Origin // how the entry has voted, "" not at all
	// Tracker is of the cast that stands, for its own voter's eyes.
	Tracker string
}

// Cast is one counted cast as the export lists it: nothing of the voter.
type Cast struct {
	Tracker string
	Pattern string
	Origin  Origin
}

// CastRequest is one cast on its way into the box. Exactly one of Resident
// and Voter says whose it is.
type CastRequest struct {
	Ballot   int64
	Resident string
	Voter    int64
	// Household, where not "", must be the subject of the resident's entry.
	Household string
	Pattern   string
	Origin    Origin
	Tracker   string
	Sealed    []byte // the 385 bytes of a sealed ballot; Pattern is empty
	SealedBy  string
	Receipt   *audit.Receipt // nil: no Idempotency-Key
	Assist    []byte         // hash of the token of an assisted session, used up by the cast
	// Allowed is the refusal that the caller's standing asks for, nil for none.
	// It comes after a repeat of an earlier request and before all else.
	Allowed error
	// Lapsed is the refusal of who is on the roll and has lost what it is of.
	Lapsed error
}

// CastOutcome is what became of one of them: Err nil means recorded. A repeat
// of an earlier request is *audit.Replay.
type CastOutcome struct {
	Tracker  string
	Origin   Origin
	SealedBy string
	Err      error
}

// Page asks for ballots within a place, newest first.
type Page struct {
	Within region.Code
	Drafts bool
	Before int64 // number, 0 for the first page
	Limit  int
}

// Reads is what is read outside of transactions.
type Reads interface {
	// BallotRecord gives a ballot; ErrNotFound.
	BallotRecord(ctx context.Context, id string) (Record, error)
	// BallotRecords gives one page.
	BallotRecords(ctx context.Context, p Page) ([]Record, error)
	// BallotsToClose gives the ids of ballots that are open beyond their time,
	// or closed, not sealed and not counted; at most limit.
	BallotsToClose(ctx context.Context, now time.Time, limit int) ([]string, error)
	// BallotsOpen gives the ids of ballots that take casts, by number.
	BallotsOpen(ctx context.Context) ([]string, error)
	// BallotEntered gives what the roll says of a resident; ErrNotOnRoll.
	BallotEntered(ctx context.Context, ballot int64, resident string) (Entered, error)
	// BallotVoter finds an entry of the roll by its subject, or the one for
	// which a resident may cast; ErrVoter.
	BallotVoter(ctx context.Context, ballot int64, subject string) (int64, error)
	// BallotMarked counts the entries of the roll that are marked as voted.
	BallotMarked(ctx context.Context, ballot int64, roll int) (int, error)
	// BallotPatterns counts the casts by pattern and origin.
	BallotPatterns(ctx context.Context, ballot int64, roll int) (map[string]int, map[Origin]int, error)
	// BallotCasts hands out the casts in the order of trackers.
	BallotCasts(ctx context.Context, ballot int64, each func(Cast) error) error
	// LoggedBallots gives the numbers of the ballots with an entry of opening, or
	// of a certified result, above an index of the public record, in its order.
	LoggedBallots(ctx context.Context, certified bool, after int64) ([]int64, error)
	// BallotsByNumber gives the ballots of these numbers that are there, in the
	// order asked.
	BallotsByNumber(ctx context.Context, numbers []int64) ([]Record, error)
	// BallotSheets gives the sheets of a ballot, by number.
	BallotSheets(ctx context.Context, ballot int64) ([]Sheet, error)
	// BallotAssist gives an assisted session by the hash of its token; ErrAssist.
	BallotAssist(ctx context.Context, tokenHash []byte) (Assist, error)
	// BallotsClosing gives the ids of open ballots, not sealed, that close after
	// a time and until another, and of which it was not said yet; at most limit.
	BallotsClosing(ctx context.Context, after, until time.Time, what string, limit int) ([]string, error)
	// BallotsOf gives the entries for which a resident may cast, by number of
	// the ballot.
	BallotsOf(ctx context.Context, resident string) ([]OwnEntry, error)
	sealedReads
}

// Store is what the package needs of the archive.
type Store interface {
	Reads
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
	// CastAll takes casts in one transaction and answers after its commit, an
	// outcome for each in their order. What is wrong with one is its own; an
	// error of the whole is every one's, and nothing or an unknown part of
	// nothing was recorded.
	CastAll(ctx context.Context, casts []CastRequest) []CastOutcome
}

// Tx is the writing side.
type Tx interface {
	record.Tx
	outbox.Tx
	chronicle.Tx
	// RegionChanged leaves a mark that every instance reads to drop prepared
	// answers of the place and of its ancestors.
	RegionChanged(ctx context.Context, code region.Code) error
	// FirstNotice notes that something is said of a ballot, and reports whether
	// it was not before.
	FirstNotice(ctx context.Context, ballot int64, what string) (bool, error)
	// AddBallot stores a new draft.
	AddBallot(ctx context.Context, r Record) error
	// BallotForUpdate reads a ballot whose row nobody else changes until the
	// end; casts under way are waited for. ErrNotFound.
	BallotForUpdate(ctx context.Context, id string) (Record, error)
	// SaveBallot writes all that changes, at revision r.Revision-1; ErrRaced.
	SaveBallot(ctx context.Context, r Record) error
	// FreezeRoll stores the entries, numbered from 1 in their order.
	FreezeRoll(ctx context.Context, ballot int64, roll []Entry) error
	// PutCasts takes casts within the transaction, as CastAll does.
	PutCasts(ctx context.Context, casts []CastRequest) ([]CastOutcome, error)
	// AddSheet stores a sheet under the next number of its ballot.
	AddSheet(ctx context.Context, s Sheet) (Sheet, error)
	// SheetForUpdate reads a sheet for deciding on it; ErrNotFound.
	SheetForUpdate(ctx context.Context, ballot int64, number int) (Sheet, error)
	// SaveSheet writes the decision.
	SaveSheet(ctx context.Context, s Sheet) error
	// AddAssist stores an assisted session.
	AddAssist(ctx context.Context, a Assist) error
	sealedTx
}
