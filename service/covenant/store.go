package covenant

import (
	"context"
	"time"

	"cunwu/service/audit"
	"cunwu/service/chronicle"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/record"
	"cunwu/service/region"
)

// Query asks for a list: the texts of a place and all below it, newest first.
type Query struct {
	Region region.Code
	Kind   Kind  // "" for both
	Before int64 // serial, 0 for the first page
	Limit  int   // 1 to 50
}

// Store is what the package needs of the archive.
type Store interface {
	// CovenantByID gives a text by its id or by that of one of its versions.
	// ErrNotFound if there is none.
	CovenantByID(ctx context.Context, id string) (Text, error)
	// CovenantsOf lists by query.
	CovenantsOf(ctx context.Context, q Query) ([]Text, error)
	// CovenantVersions gives all versions of texts, by text and number.
	CovenantVersions(ctx context.Context, ids []string) ([]Version, error)
	// CovenantVersion gives one. ErrVersionNotFound if there is none.
	CovenantVersion(ctx context.Context, id string, number int) (Version, error)
	// CovenantAt gives the version that is in force at a time.
	// ErrNoneInForce if none is.
	CovenantAt(ctx context.Context, place region.Code, kind Kind, at time.Time) (Version, error)
	// CovenantOpinions gives what was said of a version, by number.
	CovenantOpinions(ctx context.Context, id string, number int) ([]Opinion, error)
	// OwnCovenantOpinions gives what a resident said of any text, oldest first.
	OwnCovenantOpinions(ctx context.Context, resident string) ([]Opinion, error)
	// InTx runs fn in one transaction, in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side.
type Tx interface {
	procedure.Tx
	outbox.Tx
	chronicle.Tx
	record.Tx
	// AddCovenant inserts a text. ErrUnderWay where the place has one of the kind:
	// somebody else has just begun it.
	AddCovenant(ctx context.Context, t Text) error
	// CovenantOfPlace locks the text of a kind of a village. ErrNotFound if there
	// is none.
	CovenantOfPlace(ctx context.Context, place region.Code, kind Kind) (Text, error)
	// CovenantForUpdate locks one. ErrNotFound if there is none.
	CovenantForUpdate(ctx context.Context, id string) (Text, error)
	// SaveCovenant writes what can change where the stored revision is
	// t.Revision-1; ErrRaced otherwise.
	SaveCovenant(ctx context.Context, t Text) error
	// AddCovenantVersion inserts a version of a locked text.
	AddCovenantVersion(ctx context.Context, v Version) error
	// LockedCovenantVersion gives a version of a locked text. ErrVersionNotFound.
	LockedCovenantVersion(ctx context.Context, id string, number int) (Version, error)
	// SaveCovenantVersion writes what can change where the stored revision is
	// v.Revision-1; ErrRaced otherwise. papers hang on the text from now on, for
	// the offices of the village.
	SaveCovenantVersion(ctx context.Context, v Version, papers []string) error
	// AddCovenantOpinion inserts an opinion on a version of a locked text, and
	// hangs its sheet.
	AddCovenantOpinion(ctx context.Context, o Opinion) error
	// CovenantOpinionsMade counts the opinions on a version, and of them those
	// of an author since a time.
	CovenantOpinionsMade(ctx context.Context, id string, number int, author string, since time.Time) (all, own int, err error)
	// CovenantOpinion gives an opinion of a locked text. ErrOpinionNotFound.
	CovenantOpinion(ctx context.Context, id string, number, opinion int) (Opinion, error)
	// AnswerCovenantOpinion writes the answer of an opinion of a locked text.
	AnswerCovenantOpinion(ctx context.Context, o Opinion) error
	// UnansweredCovenantOpinions counts those of a version without an answer.
	UnansweredCovenantOpinions(ctx context.Context, id string, number int) (int, error)
	// RegionChanged leaves a mark that every instance reads to drop prepared
	// answers of the place and of its ancestors.
	RegionChanged(ctx context.Context, code region.Code) error
}
