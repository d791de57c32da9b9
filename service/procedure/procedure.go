// Package procedure moves staged matters from state to state. A definition is
// data (rules/procedures/*.yaml): stages, the actions out of each, who may take
// them, what must be given, deadlines, what follows of itself, what is done
// besides (effects). The engine is pure; this package's service does the I/O.
//
// Invariants: there is no other way to change a case's stage; a case keeps the
// version of the definition it began under; every step is journalled with
// actor and time in the transaction that takes it; overdue is computed from
// due dates, never stored as a word; nothing is deleted.
package procedure

import (
	"context"
	"time"

	"cunwu/service/audit"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// Case is one matter under way.
type Case struct {
	ID        string
	Procedure string // definition code
	Version   int    // definition version, for life
	Region    region.Code
	SubjectID string // the id of the thing it is about, in its own noun
	Stage     string
	EnteredAt time.Time // when the stage was entered
	DueAt     time.Time // last moment of the stage's deadline, zero if none
	// Provisional: DueAt or TimerAt depends on a year whose holidays are not
	// published yet.
	Provisional bool
	Extended    bool      // the deadline was lawfully moved once
	Returned    bool      // the last step sent it back
	TimerAt     time.Time // when the automatic action fires, zero if none
	TimerCode   string    // its code
	OpenedAt    time.Time
	ClosedAt    time.Time // zero while open
	OpenedBy    string    // account id
	Revision    int       // optimistic lock: steps taken so far, opening included
	// Data is what guards of the definition may look at, by the codes that the
	// definition declares. It holds codes and figures, no text about people.
	Data map[string]string
}

// Overdue reports whether the deadline has passed with the case still open. It
// is computed at every look and never stored.
func (c Case) Overdue(now time.Time) bool {
	return c.ClosedAt.IsZero() && !c.DueAt.IsZero() && now.After(c.DueAt)
}

// Step is one line of a case's journal.
type Step struct {
	CaseID string
	Seq    int // from 1 (the opening), without gaps
	Action string
	From   string
	To     string
	Actor  audit.Actor
	At     time.Time
	Fields map[string]string // what was given, by field code, private ones left out
	Media  []string          // attachment ids
	Reason string            // of extensions and returns
}

// Actions that no definition declares: every case begins with OpenAction, and
// ExtendAction moves a deadline where the stage's rule allows it. The latter is
// taken like any other, with the fields "days" and "reason".
const (
	OpenAction   = "open"
	ExtendAction = "extend"
)

// Input is what an actor gives with an action.
type Input struct {
	Action string
	Fields map[string]string
	Media  []string
	// Revision is the case as the actor saw it; 0 means whatever it is now.
	Revision int
	// Data is set by the noun that owns the case, never by a client: entries
	// replace those of Case.Data before guards are asked.
	Data map[string]string
}

// Effect is something the owning noun does in the transaction of a step, by a
// name that the definition lists and code registers.
type Effect struct {
	Name string
	Step Step // the step that causes it, as journalled
}

// Available is an action that the caller can take now; every answer that shows
// a case carries the list, so that no client repeats the rules.
type Available struct {
	Action string
	Name   string // Chinese label
	Fields []Field
	AnyOf  []string // at least one of these fields must be given, if not empty
	Media  int      // least number of attachments
	Return bool     // it sends the case back
}

// Field is one thing that an action asks for.
type Field struct {
	Code     string    `yaml:"code"`
	Name     string    `yaml:"name"`
	Kind     FieldKind `yaml:"kind"` // empty = text
	Required bool      `yaml:"required"`
	Min      int       `yaml:"min"` // least number of characters
	Max      int       `yaml:"max"` // most characters, 0 = 2000
	OneOf    []string  `yaml:"one_of"`
	// Private: what is written here is checked as any other, and never journalled:
	// it is about a person. The owning noun reads it from the Input and keeps it
	// where it can be taken out again.
	Private bool `yaml:"private"`
}

// FieldKind says how a field's text is read.
type FieldKind string

// Kinds of fields.
const (
	TextField   FieldKind = "text"
	DateField   FieldKind = "date"   // 2006-01-02
	NumberField FieldKind = "number" // a whole number, 0 or more
)

// Task is one case that waits for somebody.
type Task struct {
	CaseID    string
	Procedure string
	SubjectID string
	Region    region.Code
	Stage     string
	StageName string
	Returned  bool      // it was sent back
	DueAt     time.Time // zero if none
	Overdue   bool
	Actions   []Available
}

// Store is what the package needs of the archive.
type Store interface {
	Case(ctx context.Context, id string) (Case, error)
	CaseOf(ctx context.Context, procedure, subjectID string) (Case, error)
	Steps(ctx context.Context, caseID string) ([]Step, error)
	// Waiting gives open cases at any of the spots, by DueAt (none last) then
	// ID, after the cursor, at most limit.
	Waiting(ctx context.Context, spots []Spot, after TaskCursor, limit int) ([]Case, error)
	// TimersDue gives open cases whose TimerAt is at or before now, by TimerAt
	// then ID, after the cursor (its DueAt being a TimerAt), at most limit.
	TimersDue(ctx context.Context, now time.Time, after TaskCursor, limit int) ([]Case, error)
	// VersionsInUse gives the definition versions that open cases are pinned to.
	VersionsInUse(ctx context.Context) ([]StageRef, error)
	InTx(ctx context.Context, act audit.Act, fn func(Tx) error) error
}

// StageRef names a stage of a procedure; Version is used by VersionsInUse only.
type StageRef struct {
	Procedure string
	Version   int
	Stage     string
}

// Spot is a stage of a procedure, any version, at a place and all below it.
type Spot struct {
	Procedure string
	Stage     string
	Region    region.Code
}

// TaskCursor is the place in a task list after which to go on: due time (zero
// where the case has none) and id of the last case seen. No id = the start.
type TaskCursor struct {
	DueAt time.Time
	ID    string
}

// Tx is the writing side.
type Tx interface {
	audit.Tx
	// CaseForUpdate locks the case until the transaction ends.
	CaseForUpdate(ctx context.Context, id string) (Case, error)
	AddCase(ctx context.Context, c Case) error
	// SaveCase writes c where the stored revision is c.Revision-1, and fails
	// with ErrRaced otherwise.
	SaveCase(ctx context.Context, c Case) error
	AddStep(ctx context.Context, s Step) error
}

var (
	// ErrNotFound: no such case.
	ErrNotFound = fault.Define(fault.NotFound, "procedure.not_found", "没有找到这个事项。")
	// ErrUnknownProcedure: no definition of that code is in force.
	ErrUnknownProcedure = fault.Define(fault.NotFound, "procedure.unknown", "没有这种办事程序。")
	// ErrUnknownAction: the procedure has no action of that code at all.
	ErrUnknownAction = fault.Define(fault.Invalid, "procedure.action_unknown", "没有这项操作，请刷新页面后再试。")
	// ErrFields: what the action asks for is missing or wrong; fields say where.
	ErrFields = fault.Define(fault.Invalid, "procedure.fields_invalid", "填写的内容有误，请按提示修改后再提交。")
	// ErrForbidden: the caller has no power to do this here.
	ErrForbidden = fault.Define(fault.Forbidden, "procedure.forbidden", "您没有办理这一步的权限。")
	// ErrStage: the action exists, but not at this stage.
	ErrStage = fault.Define(fault.Conflict, "procedure.not_now", "这件事现在不在这一步，请刷新后查看最新进展。")
	// ErrTooEarly: the time that the rule asks for has not passed.
	ErrTooEarly = fault.Define(fault.Conflict, "procedure.too_early", "还没有到可以办理这一步的时间。")
	// ErrTooLate: the deadline within which this could be done has passed.
	ErrTooLate = fault.Define(fault.Conflict, "procedure.too_late", "办理期限已过，不能再办理这一步。")
	// ErrGuard: a condition of the rule does not hold.
	ErrGuard = fault.Define(fault.Conflict, "procedure.condition_unmet", "还不符合办理这一步的条件。")
	// ErrExtended: the deadline was moved before, or may not be moved here.
	ErrExtended = fault.Define(fault.Conflict, "procedure.extension_refused", "这一步不能延期，或者已经延期过一次。")
	// ErrClosed: the case is over.
	ErrClosed = fault.Define(fault.Conflict, "procedure.closed", "这件事已经办结，不能再操作。")
	// ErrRaced: somebody else took a step first.
	ErrRaced = fault.Define(fault.Conflict, "procedure.raced", "刚刚有人办理了这件事，请刷新后再试。")
	// ErrExists: the subject has an open case of this procedure.
	ErrExists = fault.Define(fault.Conflict, "procedure.exists", "这件事已经在办理中，不能重复发起。")
)
