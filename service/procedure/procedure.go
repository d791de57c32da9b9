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
	DueAt     time.Time // deadline of the stage, zero if none
	Extended  bool      // the deadline was lawfully moved once
	TimerAt   time.Time // when the automatic action fires, zero if none
	TimerCode string    // its code
	OpenedAt  time.Time
	ClosedAt  time.Time // zero while open
	OpenedBy  string    // account id
	Revision  int       // optimistic lock: steps taken so far
	Data      map[string]string
}

// Step is one line of a case's journal.
type Step struct {
	CaseID string
	Seq    int // from 1
	Action string
	From   string
	To     string
	Actor  audit.Actor
	At     time.Time
	Fields map[string]string // what was given, by field code
	Media  []string          // attachment ids
	Reason string            // of extensions and returns
}

// Input is what an actor gives with an action.
type Input struct {
	Action string
	Fields map[string]string
	Media  []string
}

// Available is an action that the caller can take now; every answer that shows
// a case carries the list, so that no client repeats the rules.
type Available struct {
	Action string
	Name   string // Chinese label
	Fields []Field
	Media  int // least number of attachments
}

// Field is one thing that an action asks for.
type Field struct {
	Code     string   `yaml:"code"`
	Name     string   `yaml:"name"`
	Required bool     `yaml:"required"`
	Min      int      `yaml:"min"` // least number of characters
	Max      int      `yaml:"max"` // most characters, 0 = 2000
	OneOf    []string `yaml:"one_of"`
}

// Task is one case that waits for somebody.
type Task struct {
	CaseID    string
	Procedure string
	SubjectID string
	Region    region.Code
	Stage     string
	StageName string
	DueAt     time.Time // zero if none
	Overdue   bool
	Actions   []Available
}

// Store is what the package needs of the archive.
type Store interface {
	Case(ctx context.Context, id string) (Case, error)
	CaseOf(ctx context.Context, procedure, subjectID string) (Case, error)
	Steps(ctx context.Context, caseID string) ([]Step, error)
	// Waiting gives open cases within any of the regions that stand in one of
	// the (procedure, stage) pairs, by DueAt (none last) then ID, after the
	// cursor, at most limit.
	Waiting(ctx context.Context, regions []region.Code, stages []StageRef, after TaskCursor, limit int) ([]Case, error)
	// TimersDue gives open cases whose TimerAt is at or before now, oldest first.
	TimersDue(ctx context.Context, now time.Time, limit int) ([]Case, error)
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

// TaskCursor is the place in a task list after which to go on; zero = start.
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
