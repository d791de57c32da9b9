package consultation

import (
	"context"
	"time"

	"cunwu/service/audit"
	"cunwu/service/chronicle"
	"cunwu/service/consultation/opinion"
	"cunwu/service/outbox"
	"cunwu/service/procedure"
	"cunwu/service/record"
	"cunwu/service/region"
)

// StatementState says whether a statement is shown.
type StatementState string

// States of statements. Nothing is deleted.
const (
	Shown     StatementState = "shown"
	Withdrawn StatementState = "withdrawn" // by its author
	Hidden    StatementState = "hidden"    // by a moderator
)

// StatementRecord is a statement as the archive keeps it. Author is the
// resident, never shown.
type StatementRecord struct {
	ID             string
	ConsultationID string
	Number         int // from 1, in the order in which they were made
	Author         string
	Text           string
	State          StatementState
	Kind, Reason   string // of hiding
	At, ChangedAt  time.Time
	Tally          opinion.Tally
	Revision       int // changes of text, state and votes so far
}

// VoteRecord is what one resident said of one statement.
type VoteRecord struct {
	StatementID string
	Voter       string
	Vote        opinion.Vote
}

// ModerationRecord is one act of moderation. By is the office, not the person.
type ModerationRecord struct {
	ConsultationID string
	Number         int // of the statement
	Action         string
	Kind, Reason   string
	By             string
	At             time.Time
}

// Query asks for a list: those of a place and all below it, newest first.
type Query struct {
	Region region.Code
	State  State  // "" for all
	Before int64  // serial, 0 for the first page
	Limit  int    // 1 to 50
	All    bool   // those not public as well
	Own    string // and those of this account
	// LinkKind and Target ask for those tied to a thing; Region may be empty
	// then.
	LinkKind LinkKind
	Target   string
}

// Store is what the package needs of the archive.
type Store interface {
	// ConsultationByID gives one. ErrNotFound if there is none.
	ConsultationByID(ctx context.Context, id string) (Record, error)
	// ConsultationsOf lists by query.
	ConsultationsOf(ctx context.Context, q Query) ([]Record, error)
	// StatementsOf gives all statements of a consultation by number.
	StatementsOf(ctx context.Context, id string) ([]StatementRecord, error)
	// StatementByID gives one. ErrStatementNotFound if there is none.
	StatementByID(ctx context.Context, id string) (StatementRecord, error)
	// VotesOf gives the votes on all statements of a consultation, or (voter
	// not empty) those of one resident.
	VotesOf(ctx context.Context, id, voter string) ([]VoteRecord, error)
	// PeopleOf counts the residents who made a statement or voted on one.
	PeopleOf(ctx context.Context, id string) (int, error)
	// ModerationsOf gives the log, oldest first.
	ModerationsOf(ctx context.Context, id string) ([]ModerationRecord, error)
	// RatingsOf counts ratings by their word, and gives that of one resident.
	RatingsOf(ctx context.Context, id, resident string) (map[string]int, string, error)
	// OwnConsultations gives what is kept of an account and (not empty) of the
	// resident it is bound to.
	OwnConsultations(ctx context.Context, account, resident string) (Own, error)
	// InTx runs fn in one transaction, in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side.
type Tx interface {
	procedure.Tx
	outbox.Tx
	chronicle.Tx
	record.Tx
	// AddConsultation inserts one.
	AddConsultation(ctx context.Context, r Record) error
	// ConsultationForUpdate locks one. ErrNotFound if there is none.
	ConsultationForUpdate(ctx context.Context, id string) (Record, error)
	// SaveConsultation writes what can change where the stored revision is
	// r.Revision-1; ErrRaced otherwise. photos are readable by all from now on.
	SaveConsultation(ctx context.Context, r Record, photos []string) error
	// LinkConsultation ties a consultation to a thing; doing so again changes
	// nothing.
	LinkConsultation(ctx context.Context, kind LinkKind, target, id string) error
	// StatementsMade counts the statements of a consultation, and of them those
	// of an author.
	StatementsMade(ctx context.Context, id, author string) (all, own int, err error)
	// AddStatement inserts one.
	AddStatement(ctx context.Context, s StatementRecord) error
	// StatementForUpdate locks one. ErrStatementNotFound if there is none.
	StatementForUpdate(ctx context.Context, id string) (StatementRecord, error)
	// SaveStatement writes text, state, tally and revision of a locked one.
	SaveStatement(ctx context.Context, s StatementRecord) error
	// VoteOn gives the vote of a resident on a locked statement, None for none.
	VoteOn(ctx context.Context, statement, voter string) (opinion.Vote, error)
	// VotedByOthers reports whether anybody but the resident voted on it.
	VotedByOthers(ctx context.Context, statement, resident string) (bool, error)
	// PutVote writes the vote of a resident on a locked statement; had says
	// whether there is one to be replaced.
	PutVote(ctx context.Context, consultation string, v VoteRecord, had bool) error
	// AddModeration appends to the log.
	AddModeration(ctx context.Context, m ModerationRecord) error
	// PutRating writes the rating of a resident in place of the one before.
	PutRating(ctx context.Context, consultation, resident, rating string) error
	// RegionChanged leaves a mark that every instance reads to drop prepared
	// answers of the place and of its ancestors.
	RegionChanged(ctx context.Context, code region.Code) error
}
