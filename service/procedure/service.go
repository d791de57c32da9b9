package procedure

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/region"
)

// Service moves cases. Its writing methods run inside the transaction of the
// noun that owns the case, so that the step, its journal line and everything it
// brings about are one commit.
type Service struct {
	store Store
	defs  *Definitions
	cal   *calendar.Holidays
	clock calendar.Clock
}

// New makes the service. Call CheckVersions before serving.
func New(store Store, defs *Definitions, cal *calendar.Holidays, clock calendar.Clock) *Service {
	return &Service{store: store, defs: defs, cal: cal, clock: clock}
}

// EffectFunc does one effect of a step in the same transaction; c is the case
// after the step. An error undoes the step.
type EffectFunc func(ctx context.Context, e Effect, c Case) error

// CheckVersions reports every definition version that an open case is pinned to
// and that the rule book lacks. The server does not start with one missing.
func (s *Service) CheckVersions(ctx context.Context) error {
	used, err := s.store.VersionsInUse(ctx)
	if err != nil {
		return fmt.Errorf("procedure: versions in use: %w", err)
	}
	var missing []error
	for _, ref := range used {
		if _, err := s.defs.Version(ref.Procedure, ref.Version); err != nil {
			missing = append(missing, fmt.Errorf("procedures/%s.v%d.yaml: 还有未办结的事项按这一版办理，文件不能删除", ref.Procedure, ref.Version))
		}
	}
	return errors.Join(missing...)
}

// Definitions gives the rule book's procedures.
func (s *Service) Definitions() *Definitions { return s.defs }

// Case gives a case. ErrNotFound if there is none.
func (s *Service) Case(ctx context.Context, id string) (Case, error) { return s.store.Case(ctx, id) }

// CaseOf gives the case of a subject. ErrNotFound if there is none.
func (s *Service) CaseOf(ctx context.Context, procedure, subjectID string) (Case, error) {
	return s.store.CaseOf(ctx, procedure, subjectID)
}

// Steps gives the journal of a case, oldest first.
func (s *Service) Steps(ctx context.Context, caseID string) ([]Step, error) {
	return s.store.Steps(ctx, caseID)
}

// State gives the word that outsiders see of where a case stands.
func (s *Service) State(c Case) string {
	d, err := s.defs.Version(c.Procedure, c.Version)
	if err != nil {
		return ""
	}
	return d.State(c.Stage)
}

// MayOpen reports whether a holder of powers may begin a case of a procedure.
func (s *Service) MayOpen(procedure string, may func(power string) bool) bool {
	d, err := s.defs.Current(procedure, s.clock.Now())
	return err == nil && Holder{May: may}.may(d.OpenPower)
}

// Open begins a case under the version now in effect and keeps it there for
// life. Whether the actor may is the owning noun's question (MayOpen).
// ErrUnknownProcedure, ErrExists.
func (s *Service) Open(ctx context.Context, tx Tx, act audit.Act, procedure string, place region.Code, subjectID string, data map[string]string) (Case, error) {
	d, err := s.defs.Current(procedure, tx.Now())
	if err != nil {
		return Case{}, err
	}
	subject := Subject{CaseID: audit.NewID(), SubjectID: subjectID, Region: place, Data: data}
	c, step, err := Begin(d, subject, act.Actor, tx.Now(), s.cal)
	if err != nil {
		return Case{}, err
	}
	if err := tx.AddCase(ctx, c); err != nil {
		return Case{}, err
	}
	return c, s.journal(ctx, tx, c, step)
}

// Act takes one action of a case; see Apply for refusals. may tells the actor's
// powers at the place of the case; effects may be nil where the definition has
// none.
func (s *Service) Act(ctx context.Context, tx Tx, act audit.Act, caseID string, in Input, may func(power string) bool, effects EffectFunc) (Case, Step, error) {
	return s.move(ctx, tx, caseID, effects, func(d *Definition, c Case) (Case, Step, []Effect, error) {
		return Apply(d, c, in, Holder{Actor: act.Actor, May: may}, tx.Now(), s.cal)
	})
}

// Extend moves the deadline of a case once, by a number of units (see
// Extension) and with a reason. It is Act with ExtendAction.
func (s *Service) Extend(ctx context.Context, tx Tx, act audit.Act, caseID string, days int, reason string, may func(power string) bool) (Case, Step, error) {
	in := Input{Action: ExtendAction, Fields: map[string]string{"days": strconv.Itoa(days), "reason": reason}}
	return s.Act(ctx, tx, act, caseID, in, may, nil)
}

// Fire takes the automatic action of a case whose time has come. ErrTooEarly
// where none is due any more: somebody was quicker.
func (s *Service) Fire(ctx context.Context, tx Tx, act audit.Act, caseID string, effects EffectFunc) (Case, Step, error) {
	return s.move(ctx, tx, caseID, effects, func(d *Definition, c Case) (Case, Step, []Effect, error) {
		return Fire(d, c, act.Actor, tx.Now(), s.cal)
	})
}

// FireWith is Fire with entries that replace those of Case.Data first, as
// Input.Data does: what the noun knows of the case and guards or promised days
// go by.
func (s *Service) FireWith(ctx context.Context, tx Tx, act audit.Act, caseID string, data map[string]string, effects EffectFunc) (Case, Step, error) {
	return s.move(ctx, tx, caseID, effects, func(d *Definition, c Case) (Case, Step, []Effect, error) {
		c.Data = merged(c.Data, data)
		return Fire(d, c, act.Actor, tx.Now(), s.cal)
	})
}

type mover func(d *Definition, c Case) (Case, Step, []Effect, error)

// move is the one way in which a stored case changes.
func (s *Service) move(ctx context.Context, tx Tx, caseID string, effects EffectFunc, step mover) (Case, Step, error) {
	c, err := tx.CaseForUpdate(ctx, caseID)
	if err != nil {
		return Case{}, Step{}, err
	}
	d, err := s.defs.Version(c.Procedure, c.Version)
	if err != nil {
		return Case{}, Step{}, err
	}
	after, taken, follow, err := step(d, c)
	if err != nil {
		return c, Step{}, err
	}
	if err := tx.SaveCase(ctx, after); err != nil {
		return c, Step{}, err
	}
	if err := s.journal(ctx, tx, after, taken); err != nil {
		return c, Step{}, err
	}
	for _, e := range follow {
		if effects == nil {
			return c, Step{}, fmt.Errorf("procedure: effect %s of %s has nobody to do it", e.Name, c.Procedure)
		}
		if err := effects(ctx, e, after); err != nil {
			return c, Step{}, err
		}
	}
	return after, taken, nil
}

// journal writes the case's own line and the audit event, which carries codes
// only: what was written in fields stays in the journal.
func (s *Service) journal(ctx context.Context, tx Tx, c Case, step Step) error {
	if err := tx.AddStep(ctx, step); err != nil {
		return err
	}
	return tx.Record(ctx, audit.Event{
		Action: c.Procedure + "." + step.Action, Object: "case", ObjectID: c.ID,
		Region: string(c.Region), Result: "ok",
		Detail: map[string]string{
			"subject": c.SubjectID, "from": step.From, "to": step.To,
			"seq": strconv.Itoa(step.Seq), "version": strconv.Itoa(c.Version),
		},
	})
}

// Available lists what a holder of powers can do with a case now; never nil.
func (s *Service) Available(c Case, may func(power string) bool) []Available {
	d, err := s.defs.Version(c.Procedure, c.Version)
	if err != nil {
		return []Available{}
	}
	return d.Available(c, may, s.clock.Now(), s.cal)
}
