// Package record is the public record: an append-only Merkle log in which
// everything that becomes public leaves a leaf, in the same commit as what it
// speaks of. It is served in the C2SP tlog-tiles format, so that a stranger
// with standard tools can find any change, backdating or removal.
//
// Invariants: the index of a leaf is its place in the order of commits, without
// a gap; the times of leaves never go back along the log; a leaf is public for
// ever, so it carries public facts and commitments only, never personal data;
// the hash of a leaf is RFC 6962's over its canonical JSON (RFC 8785).
package record

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"cunwu/service/audit"
	"cunwu/service/fault"
)

const (
	// MaxLeaf bounds the canonical form of a leaf, in bytes.
	MaxLeaf = 4096
	// MaxClockBack is how far the clock may be behind the last leaf.
	MaxClockBack = 5 * time.Second
	// leafVersion is the "v" of every leaf.
	leafVersion = 1
)

// Kinds of leaves. docs/design/record.md lists the facts of each.
const (
	KindPublished        = "disclosure.published"
	KindWithdrawn        = "disclosure.withdrawn"
	KindExpired          = "disclosure.expired"
	KindAppointmentMade  = "appointment.made"
	KindAppointmentEnded = "appointment.ended"
	KindRules            = "rules.version"
	KindAudit            = "audit.interval"
	KindKeyRotated       = "key.rotated"
	KindBallotOpened     = "ballot.opened"
	KindBallotClosed     = "ballot.closed"
	KindBallotResult     = "ballot.result"
	KindBallotCancelled  = "ballot.cancelled"

	KindConsultationOutcome  = "consultation.outcome"
	KindConsultationFeedback = "consultation.feedback"

	// Of the red and black list: the rules made known, an entry as it is listed
	// (committed to with a salt), and that it was taken off, which is all that is
	// left of it.
	KindBoardAnnounced    = "board.announced"
	KindBoardListed       = "board.listed"
	KindBoardRemoved      = "board.removed"
	KindCovenantPublished = "covenant.published"
)

var (
	// ErrClockBack: the machine's clock is behind the last leaf; writing now
	// would make the log lie about time.
	ErrClockBack = fault.Define(fault.Unavailable, "record.clock_back", "服务器的时间不对，暂时不能提交，请稍后再试或告知管理员。")
	// ErrNotFound: the log has no such entry or tile, or not yet.
	ErrNotFound = fault.Define(fault.NotFound, "record.not_found", "存证记录里没有这一项。")
	// ErrLeaf: a leaf is over MaxLeaf, not canonicalisable, or not at the place
	// just taken. A programming error.
	ErrLeaf = errors.New("record: not a leaf")
	// ErrKey: a signing key cannot be used, or was retired.
	ErrKey = errors.New("record: signing key cannot be used")
)

// Place is where a leaf stands. Index counts from 0; At never goes back along
// the log and has whole milliseconds.
type Place struct {
	Index int64
	At    time.Time
}

// Leaf is one entry. Its canonical JSON is an object of "at" (unix ms), "kind",
// "v" (1) and the facts, whose names must be others than these three. Facts are
// strings, bools, integers, lists and maps of these.
type Leaf struct {
	Kind  string
	Facts map[string]any
}

// Canonical gives the bytes that are hashed into the log. ErrLeaf if they are
// over MaxLeaf or the facts have no canonical form.
func (l Leaf) Canonical(at time.Time) ([]byte, error) {
	object := make(map[string]any, len(l.Facts)+3)
	for name, v := range l.Facts {
		if name == "at" || name == "kind" || name == "v" {
			return nil, fmt.Errorf("%w: %s: fact named %q", ErrLeaf, l.Kind, name)
		}
		object[name] = v
	}
	if l.Kind == "" {
		return nil, fmt.Errorf("%w: no kind", ErrLeaf)
	}
	object["at"], object["kind"], object["v"] = at.UnixMilli(), l.Kind, leafVersion
	raw, err := Canonical(object)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.Kind, err)
	}
	if len(raw) > MaxLeaf {
		return nil, fmt.Errorf("%w: %s of %d bytes", ErrLeaf, l.Kind, len(raw))
	}
	return raw, nil
}

// Digest is SHA-256 of a leaf's canonical bytes: what paper and pages carry.
// It is not the leaf hash of the tree, which has a prefix.
func Digest(canonical []byte) [32]byte { return sha256.Sum256(canonical) }

// Tx is part of the Tx of every noun that publishes.
type Tx interface {
	audit.Tx
	// NextPlace locks the log's head until the commit and gives the next place.
	// It is taken after every other row lock of the transaction. At is the
	// transaction's time, or the last leaf's if that is later; a clock more
	// than MaxClockBack behind the last leaf is ErrClockBack.
	NextPlace(ctx context.Context) (Place, error)
	// AppendLeaf puts the leaf at the place just taken. A transaction may take
	// several places, one after the other.
	AppendLeaf(ctx context.Context, at Place, l Leaf) error
}

// Append takes the next place and puts the leaf there.
func Append(ctx context.Context, tx Tx, l Leaf) (Place, error) {
	at, err := tx.NextPlace(ctx)
	if err != nil {
		return Place{}, err
	}
	return at, tx.AppendLeaf(ctx, at, l)
}

// Head is the committed state of the log.
type Head struct {
	Size   int64
	Root   tlog.Hash
	LastAt time.Time // of the last leaf; zero for an empty log
}

// KeyTx is what rotating the keys needs besides.
type KeyTx interface {
	Tx
	// Setting reads a value inside of the transaction.
	Setting(ctx context.Context, key string) (value string, ok bool, err error)
	// PutSetting stores a value; the event is the caller's.
	PutSetting(ctx context.Context, key, value string) error
}

// Store keeps the log.
type Store interface {
	// InTx runs fn in one transaction in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(KeyTx) error) error
	// Head reads the committed head.
	Head(ctx context.Context) (Head, error)
	// Hashes reads stored hashes by their tlog storage index, in the order
	// asked. ErrNotFound if one is not there.
	Hashes(ctx context.Context, indexes []int64) ([]tlog.Hash, error)
	// Leaves reads the canonical bytes of at most n leaves from an index on.
	Leaves(ctx context.Context, from int64, n int) ([][]byte, error)
	// Setting reads a value that PutSetting stored.
	Setting(ctx context.Context, key string) (value string, ok bool, err error)
}
