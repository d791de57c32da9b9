package repository

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"cunwu/service/audit"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// never is the due_at and timer_at of cases without one: it sorts last and is
// never reached.
const never = math.MaxInt64

type caseRow struct {
	ID          string `gorm:"primaryKey"`
	Proc        string
	Version     int
	Region      string
	SubjectID   string
	Stage       string
	EnteredAt   int64
	DueAt       int64
	Provisional int
	Extended    int
	Returned    int
	TimerAt     int64
	TimerCode   string
	OpenedAt    int64
	ClosedAt    int64
	OpenedBy    string
	Revision    int
	Data        string
}

// TableName names the table.
func (caseRow) TableName() string { return "cases" }

// caseMoves are the columns that a step may change. All others are for life.
var caseMoves = []string{
	"stage", "entered_at", "due_at", "provisional", "extended", "returned",
	"timer_at", "timer_code", "closed_at", "revision", "data",
}

type caseStepRow struct {
	CaseID     string `gorm:"primaryKey"`
	Seq        int    `gorm:"primaryKey;autoIncrement:false"`
	Action     string
	FromStage  string
	ToStage    string
	Account    string
	Role       string
	RoleRegion string
	At         int64
	Fields     string
	Media      string
	Reason     string
}

// TableName names the table.
func (caseStepRow) TableName() string { return "case_steps" }

// Cases keeps the staged matters and their journals.
type Cases struct{ store[procedure.Tx] }

// Cases gives the store of package procedure.
func (db *DB) Cases() *Cases {
	return &Cases{store[procedure.Tx]{db: db, as: func(t *tx) procedure.Tx { return t }}}
}

// Case implements procedure.Store.
func (s *Cases) Case(ctx context.Context, id string) (procedure.Case, error) {
	return takeCase(s.db.reader(ctx).Where("id = ?", id))
}

// CaseOf implements procedure.Store.
func (s *Cases) CaseOf(ctx context.Context, code, subjectID string) (procedure.Case, error) {
	return takeCase(s.db.reader(ctx).Where("proc = ? AND subject_id = ?", code, subjectID))
}

func takeCase(q *gorm.DB) (procedure.Case, error) {
	var row caseRow
	if err := q.Take(&row).Error; err != nil {
		return procedure.Case{}, wrapped("read case", orMissing(err, procedure.ErrNotFound))
	}
	return row.toCase()
}

// Steps implements procedure.Store.
func (s *Cases) Steps(ctx context.Context, caseID string) ([]procedure.Step, error) {
	var rows []caseStepRow
	if err := s.db.reader(ctx).Where("case_id = ?", caseID).Order("seq").Find(&rows).Error; err != nil {
		return nil, wrapped("read case steps", err)
	}
	out := make([]procedure.Step, len(rows))
	for i, row := range rows {
		step, err := row.toStep()
		if err != nil {
			return nil, err
		}
		out[i] = step
	}
	return out, nil
}

// Waiting implements procedure.Store. Each spot is one range of cases_by_stage.
func (s *Cases) Waiting(ctx context.Context, spots []procedure.Spot, after procedure.TaskCursor, limit int) ([]procedure.Case, error) {
	if len(spots) == 0 {
		return nil, nil
	}
	where := s.db.reader(ctx)
	for i, spot := range spots {
		const one = "proc = ? AND stage = ? AND region >= ? AND region < ?"
		args := []any{spot.Procedure, spot.Stage, string(spot.Region), string(spot.Region) + ":"}
		if i == 0 {
			where = where.Where(one, args...)
			continue
		}
		where = where.Or(one, args...)
	}
	// "+ 0" keeps SQLite from reading every open case by cases_by_version.
	q := s.db.reader(ctx).Where(where).Where("closed_at + 0 = 0")
	if after.ID != "" {
		due := orNever(after.DueAt)
		q = q.Where("due_at > ? OR (due_at = ? AND id > ?)", due, due, after.ID)
	}
	return findCases(q.Order("due_at, id").Limit(limit))
}

// TimersDue implements procedure.Store.
func (s *Cases) TimersDue(ctx context.Context, now time.Time, after procedure.TaskCursor, limit int) ([]procedure.Case, error) {
	q := s.db.reader(ctx).Where("timer_at <= ?", toMillis(now))
	if after.ID != "" {
		at := toMillis(after.DueAt)
		q = q.Where("timer_at > ? OR (timer_at = ? AND id > ?)", at, at, after.ID)
	}
	return findCases(q.Order("timer_at, id").Limit(limit))
}

func findCases(q *gorm.DB) ([]procedure.Case, error) {
	var rows []caseRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, wrapped("read cases", err)
	}
	out := make([]procedure.Case, len(rows))
	for i, row := range rows {
		c, err := row.toCase()
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	return out, nil
}

// VersionsInUse implements procedure.Store. It hops from version to version
// along cases_by_version: there may be millions of cases, and few versions.
func (s *Cases) VersionsInUse(ctx context.Context) ([]procedure.StageRef, error) {
	var out []procedure.StageRef
	var last caseRow
	for {
		rows, err := s.nextVersion(ctx, last)
		if err != nil || len(rows) == 0 {
			return out, err
		}
		last = rows[0]
		out = append(out, procedure.StageRef{Procedure: last.Proc, Version: last.Version})
	}
}

func (s *Cases) nextVersion(ctx context.Context, last caseRow) ([]caseRow, error) {
	var rows []caseRow
	open := s.db.reader(ctx).Select("proc", "version").Where("closed_at = 0").Session(&gorm.Session{})
	err := open.Where("proc = ? AND version > ?", last.Proc, last.Version).Order("version").Limit(1).Find(&rows).Error
	if err == nil && len(rows) == 0 {
		err = open.Where("proc > ?", last.Proc).Order("proc, version").Limit(1).Find(&rows).Error
	}
	return rows, wrapped("read versions in use", err)
}

// CaseForUpdate implements procedure.Tx.
func (t *tx) CaseForUpdate(ctx context.Context, id string) (procedure.Case, error) {
	return takeCase(t.in(ctx).Clauses(clause.Locking{Strength: "UPDATE"}).Where("id = ?", id))
}

// AddCase implements procedure.Tx: procedure.ErrExists where the subject has a
// case of the procedure already.
func (t *tx) AddCase(ctx context.Context, c procedure.Case) error {
	row, err := toCaseRow(c)
	if err != nil {
		return err
	}
	return wrapped("add case", orTaken(t.in(ctx).Create(&row).Error, procedure.ErrExists))
}

// SaveCase implements procedure.Tx.
func (t *tx) SaveCase(ctx context.Context, c procedure.Case) error {
	row, err := toCaseRow(c)
	if err != nil {
		return err
	}
	g := t.in(ctx).Model(&caseRow{}).Where("id = ? AND revision = ?", c.ID, c.Revision-1).Select(caseMoves).Updates(&row)
	return wrapped("save case", one(g, procedure.ErrRaced))
}

// AddStep implements procedure.Tx.
func (t *tx) AddStep(ctx context.Context, s procedure.Step) error {
	row, err := toCaseStepRow(s)
	if err != nil {
		return err
	}
	return wrapped("add case step", orTaken(t.in(ctx).Create(&row).Error, procedure.ErrRaced))
}

func toCaseRow(c procedure.Case) (caseRow, error) {
	data, err := toJSON(c.Data)
	return caseRow{
		ID: c.ID, Proc: c.Procedure, Version: c.Version, Region: string(c.Region), SubjectID: c.SubjectID,
		Stage: c.Stage, EnteredAt: toMillis(c.EnteredAt), DueAt: orNever(c.DueAt), Provisional: toBit(c.Provisional),
		Extended: toBit(c.Extended), Returned: toBit(c.Returned), TimerAt: orNever(c.TimerAt), TimerCode: c.TimerCode,
		OpenedAt: toMillis(c.OpenedAt), ClosedAt: toMillis(c.ClosedAt), OpenedBy: c.OpenedBy,
		Revision: c.Revision, Data: data,
	}, err
}

func (r caseRow) toCase() (procedure.Case, error) {
	c := procedure.Case{
		ID: r.ID, Procedure: r.Proc, Version: r.Version, Region: region.Code(r.Region), SubjectID: r.SubjectID,
		Stage: r.Stage, EnteredAt: fromMillis(r.EnteredAt), DueAt: unlessNever(r.DueAt), Provisional: r.Provisional != 0,
		Extended: r.Extended != 0, Returned: r.Returned != 0, TimerAt: unlessNever(r.TimerAt), TimerCode: r.TimerCode,
		OpenedAt: fromMillis(r.OpenedAt), ClosedAt: fromMillis(r.ClosedAt), OpenedBy: r.OpenedBy, Revision: r.Revision,
	}
	return c, fromJSON(r.Data, &c.Data)
}

func toCaseStepRow(s procedure.Step) (caseStepRow, error) {
	fields, err := toJSON(s.Fields)
	if err != nil {
		return caseStepRow{}, err
	}
	media, err := toJSON(s.Media)
	return caseStepRow{
		CaseID: s.CaseID, Seq: s.Seq, Action: s.Action, FromStage: s.From, ToStage: s.To,
		Account: s.Actor.AccountID, Role: s.Actor.Role, RoleRegion: s.Actor.Region,
		At: toMillis(s.At), Fields: fields, Media: media, Reason: s.Reason,
	}, err
}

func (r caseStepRow) toStep() (procedure.Step, error) {
	s := procedure.Step{
		CaseID: r.CaseID, Seq: r.Seq, Action: r.Action, From: r.FromStage, To: r.ToStage,
		Actor: audit.Actor{AccountID: r.Account, Role: r.Role, Region: r.RoleRegion},
		At:    fromMillis(r.At), Reason: r.Reason,
	}
	if err := fromJSON(r.Fields, &s.Fields); err != nil {
		return s, err
	}
	return s, fromJSON(r.Media, &s.Media)
}

// toJSON writes a small map or list; empty ones are "null" and come back nil.
func toJSON[V map[string]string | []string](v V) (string, error) {
	if len(v) == 0 {
		return "null", nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write json column: %w", err)
	}
	return string(text), nil
}

func fromJSON(text string, to any) error {
	if err := json.Unmarshal([]byte(text), to); err != nil {
		return fmt.Errorf("read json column: %w", err)
	}
	return nil
}

func orNever(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return t.UnixMilli()
}

func unlessNever(ms int64) time.Time {
	if ms == never {
		return time.Time{}
	}
	return fromMillis(ms)
}

func toBit(b bool) int {
	if b {
		return 1
	}
	return 0
}
