package moderation

import (
	"context"
	"time"

	"cunwu/service/audit"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

// Entry is a line of the public log: what a person decided. Part is "text",
// "media" or, where it was the whole, "". Act is one of the acts.
type Entry struct {
	Serial    int64 // given by the archive
	Subject   Subject
	Part      string
	Act       string
	Violation string // a code of the rules, "" where it was let through
	Reason    string
	Office    string
	At        time.Time
}

// Acts of persons.
const (
	Approve = "approve"
	Reject  = "reject"
	Hide    = "hide"
	Show    = "show"
)

// Village is a village where something waits for a person.
type Village struct {
	Region region.Code
	Count  int
	Since  time.Time // of what waits longest
}

// Store is what the package needs of the archive.
type Store interface {
	// CheckByID gives one check. ErrNotFound if there is none.
	CheckByID(ctx context.Context, id string) (Check, error)
	// ChecksDue gives the ids of pending checks to be asked by now, in the order
	// of their time, and ChecksUnwatched those whose time for an answer is over.
	ChecksDue(ctx context.Context, now time.Time, limit int) ([]string, error)
	ChecksUnwatched(ctx context.Context, now time.Time, limit int) ([]string, error)
	// ChecksWaiting gives what waits for a person in a place and all below it,
	// oldest first, after a serial.
	ChecksWaiting(ctx context.Context, at region.Code, kinds []string, after int64, limit int) ([]Check, error)
	// VillagesWaiting gives the villages where something has waited for a person
	// since a time or longer, by code, after a code.
	VillagesWaiting(ctx context.Context, since time.Time, after region.Code, limit int) ([]Village, error)
	// ModerationEntries gives the log of a place and all below it, oldest first,
	// after a serial.
	ModerationEntries(ctx context.Context, at region.Code, after int64, limit int) ([]Entry, error)
	// InTx runs fn in one transaction, in the name of act.
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// Tx is the writing side. Locks are taken in the order answers by trace, checks
// of a subject by serial.
type Tx interface {
	outbox.Tx
	// AddChecks inserts checks.
	AddChecks(ctx context.Context, cs []Check) error
	// ChecksForUpdate locks all checks of a subject and gives them by serial.
	ChecksForUpdate(ctx context.Context, kind, id string) ([]Check, error)
	// LeaseChecks puts off those of the ids that are still pending and due, and
	// gives them: nobody else asks for them until then.
	LeaseChecks(ctx context.Context, ids []string, until time.Time) ([]Check, error)
	// SaveCheck writes what can change of a check that is locked.
	SaveCheck(ctx context.Context, c Check) error
	// TraceGiven keeps that a trace id is a check's, and gives the answer where
	// it came before. false where the trace id is another check's.
	TraceGiven(ctx context.Context, trace, checkID string) (v Verdict, answered, ours bool, err error)
	// AnswerGiven keeps an answer, unless there is one of the same trace id, and
	// gives the check whose trace id it is, "" where that is not known yet. first
	// is false where there was an answer before.
	AnswerGiven(ctx context.Context, v Verdict) (checkID string, first bool, err error)
	// DropAnswers removes answers that came before a time, at most limit.
	DropAnswers(ctx context.Context, before time.Time, limit int) (int, error)
	// LogModeration appends to the public log.
	LogModeration(ctx context.Context, e Entry) error
	// FirstReminder keeps that the moderators of a village are reminded on a day
	// (2006-01-02); false where they were.
	FirstReminder(ctx context.Context, at region.Code, day string) (bool, error)
}
