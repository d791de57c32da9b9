package ballot

import (
	"context"
	"time"

	"cunwu/service/ballot/sealed"
)

// Where a sealed ballot was sealed: the three honest labels.
const (
	ByPhone  = "phone"  // 本机封票
	ByServer = "server" // 服务器代封
	ByHelper = "helper" // 协助投票: sealed here, and the helper saw it
	ByTable  = "table"  // a paper in the box without a name: only the roll is marked
)

// SealedLabel gives the words for where a ballot was sealed, "" for none.
func SealedLabel(by string) string {
	return map[string]string{ByPhone: "本机封票", ByServer: "服务器代封", ByHelper: "协助投票"}[by]
}

// Keeping is what is kept of a sealed ballot beside its casts. Nothing in it is
// secret but Master, and nothing in it says what anybody chose.
type Keeping struct {
	Keepers        []Keeper       // whose statements are in
	Notice         *sealed.Notice // from opening on
	Master         []byte         // salts of pseudonyms come from it; gone with the rows
	Commitment     *sealed.Commitment
	CommittedIndex int64
	SealedBy       map[string]int      // of the batch, by label; nil where one label has too few
	Paper          map[string]int      // counts of the papers in the box
	Openings       map[string]*Opening // by pair
	Counted        string              // the pair whose counts count
	Destroyed      []sealed.Hold
	ErasedAt       time.Time
}

// Keeper is who holds a seat.
type Keeper struct {
	Account   string
	Resident  string
	Statement sealed.Statement
	Held      *sealed.Hold // that the seed was still there, lately
}

// SealedCast is one sealed cast as it is kept: by voter, no time, no choice.
type SealedCast struct {
	Voter    int64
	Way      Origin // how the entry of the roll is marked
	N        int    // number among this voter's casts
	Tracker  []byte
	Ballot   []byte // nil of a replaced cast
	SealedBy string
}

type sealedReads interface {
	// BallotKeeping gives what is kept of a sealed ballot, empty at first.
	BallotKeeping(ctx context.Context, ballot int64) (Keeping, error)
	// BallotSealed gives the casts that stand, then those that were replaced.
	BallotSealed(ctx context.Context, ballot int64) ([]SealedCast, error)
	// BallotsKept gives the sealed ballots in one of KeeperStates, by number.
	BallotsKept(ctx context.Context) ([]Kept, error)
	// ScrubSealed makes the engine forget what was erased, as far as it can.
	ScrubSealed(ctx context.Context) error
}

type sealedTx interface {
	// Keeping reads what is kept; the ballot's row is locked before.
	Keeping(ctx context.Context, ballot int64) (Keeping, error)
	// SaveKeeping writes it.
	SaveKeeping(ctx context.Context, ballot int64, k Keeping) error
	// SealedCasts is BallotSealed within the transaction.
	SealedCasts(ctx context.Context, ballot int64) ([]SealedCast, error)
	// DropOverridden keeps only the trackers of those who voted at the table.
	DropOverridden(ctx context.Context, ballot int64) error
	// EraseSealed deletes the ballots; the trackers stay.
	EraseSealed(ctx context.Context, ballot int64) error
	// TableMarks counts the entries that are marked as voted, and those of them
	// that did so at the table.
	TableMarks(ctx context.Context, ballot int64) (marked, table int, err error)
}
