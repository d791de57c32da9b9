package council

import (
	"context"
	"time"

	"cunwu/service/audit"
	"cunwu/service/chronicle"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Range asks for bodies of a place and all below it, newest first.
type Range struct {
	Region region.Code
	Kind   string // "" for all
	Before int64  // serial, 0 for the first page
	Limit  int
}

// ActivityRange asks for activities, newest first: those of a body, or (CouncilID
// empty) of a place and all below it.
type ActivityRange struct {
	CouncilID string
	Region    region.Code
	// From and Until, 2006-01-02 or both "", narrow to those held from the one
	// day to the other, both included.
	From, Until string
	Before      int64 // serial, 0 for the first page
	Limit       int
}

// Store is what the package needs of the archive.
type Store interface {
	// CouncilByID gives one body. ErrNotFound if there is none.
	CouncilByID(ctx context.Context, id string) (Record, error)
	// CouncilsIn lists bodies.
	CouncilsIn(ctx context.Context, r Range) ([]Record, error)
	// CouncilCharters gives the versions of a body's charter, newest first.
	CouncilCharters(ctx context.Context, id string) ([]Charter, error)
	// CouncilMembers gives the memberships of bodies, by body and number.
	CouncilMembers(ctx context.Context, ids []string) ([]Member, error)
	// CouncilSeats gives the memberships of a resident with their bodies, in the
	// same order.
	CouncilSeats(ctx context.Context, resident string) ([]Member, []Record, error)
	// CouncilActivity gives one activity. ErrActivityNotFound if there is none.
	CouncilActivity(ctx context.Context, id string) (ActivityRecord, error)
	// CouncilActivities lists activities.
	CouncilActivities(ctx context.Context, r ActivityRange) ([]ActivityRecord, error)
	// InTx runs fn in one transaction, in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side. Locks are taken in the order body, activity, case.
type Tx interface {
	procedure.Tx
	outbox.Tx
	chronicle.Tx
	// AddCouncil inserts a body. ErrNameTaken where the village has one of its
	// name.
	AddCouncil(ctx context.Context, r Record) error
	// CouncilForUpdate locks one. ErrNotFound if there is none.
	CouncilForUpdate(ctx context.Context, id string) (Record, error)
	// SaveCouncil writes what can change of r, where the stored revision is
	// r.Revision-1; ErrRaced otherwise, ErrNameTaken as AddCouncil.
	SaveCouncil(ctx context.Context, r Record) error
	// AddCouncilCharter appends a version.
	AddCouncilCharter(ctx context.Context, c Charter) error
	// CouncilMembersNow gives the memberships of a body by number.
	CouncilMembersNow(ctx context.Context, id string) ([]Member, error)
	// AddCouncilMember appends a membership.
	AddCouncilMember(ctx context.Context, m Member) error
	// EndCouncilMember writes the last day of a membership.
	EndCouncilMember(ctx context.Context, id string, number int, until string, at time.Time) error
	// AddCouncilActivity inserts an activity.
	AddCouncilActivity(ctx context.Context, a ActivityRecord) error
	// CouncilActivityForUpdate locks one. ErrActivityNotFound if there is none.
	CouncilActivityForUpdate(ctx context.Context, id string) (ActivityRecord, error)
	// SaveCouncilActivity writes what can change of a, where the stored revision
	// is a.Revision-1, and hangs its photos in place of those that hung on it.
	// ErrRaced.
	SaveCouncilActivity(ctx context.Context, a ActivityRecord) error
	// RegionChanged leaves a mark that every instance reads to drop prepared
	// answers of the place and of its ancestors.
	RegionChanged(ctx context.Context, code region.Code) error
}
