package covenant

import (
	"context"
	"errors"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// work is a locked text with those of its versions that something can happen to.
type work struct {
	text    Text
	open    *Version // under way, nil for none
	current *Version // in force, nil for none
	last    *Version // the newest; one of the two others, mostly
	cases   map[string]procedure.Case
}

// read gets the versions of a locked text.
func (w *work) read(ctx context.Context, tx Tx) error {
	seen := map[int]*Version{}
	get := func(number int) (*Version, error) {
		if v := seen[number]; v != nil || number == 0 {
			return v, nil
		}
		v, err := tx.LockedCovenantVersion(ctx, w.text.ID, number)
		if err != nil {
			return nil, err
		}
		seen[number] = &v
		return &v, nil
	}
	var err error
	if w.open, err = get(w.text.Open); err != nil {
		return err
	}
	if w.current, err = get(w.text.Current); err != nil {
		return err
	}
	w.last, err = get(w.text.Last)
	return err
}

// base gives the version that the next one begins from, nil for none.
func (w *work) base() *Version {
	if w.last != nil && w.last.State == CorrectionOrdered {
		return w.last
	}
	return w.current
}

// versions gives those that were read, each once.
func (w *work) versions() []Version {
	var out []Version
	seen := map[int]bool{}
	for _, v := range []*Version{w.open, w.current, w.last} {
		if v != nil && !seen[v.Number] {
			seen[v.Number] = true
			out = append(out, *v)
		}
	}
	return out
}

// change is the frame of a write on the version under way that is no step of its
// case: lock, change, keep, event, answer.
func (s *Service) change(ctx context.Context, by account.Caller, act audit.Act, id, action string, do func(tx Tx, w *work) error) (View, error) {
	d, err := s.desk(ctx, id)
	if err != nil {
		return View{}, err
	}
	var out View
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		w, err := locked(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := do(tx, w); err != nil {
			return err
		}
		if err := w.keep(ctx, tx, w.open, nil); err != nil {
			return err
		}
		if w.cases, err = s.casesOf(ctx, tx, w); err != nil {
			return err
		}
		if err := tx.Record(ctx, event(action, w.text)); err != nil {
			return err
		}
		if err := tx.RegionChanged(ctx, w.text.Region); err != nil {
			return err
		}
		out = s.view(by, w, d)
		return tx.Answer(ctx, out)
	})
	return out, err
}

func locked(ctx context.Context, tx Tx, id string) (*work, error) {
	t, err := tx.CovenantForUpdate(ctx, id)
	if err != nil {
		return nil, err
	}
	w := &work{text: t}
	return w, w.read(ctx, tx)
}

// keep writes the text and one version of it.
func (w *work) keep(ctx context.Context, tx Tx, v *Version, papers []string) error {
	v.Revision++
	v.ChangedAt = tx.Now()
	if err := tx.SaveCovenantVersion(ctx, *v, papers); err != nil {
		return err
	}
	w.text.Revision++
	w.text.ChangedAt = tx.Now()
	return tx.SaveCovenant(ctx, w.text)
}

// casesOf reads the cases of the versions that something can happen to.
func (s *Service) casesOf(ctx context.Context, tx Tx, w *work) (map[string]procedure.Case, error) {
	out := map[string]procedure.Case{}
	for _, v := range []*Version{w.open, w.current} {
		if v == nil || w.cases[v.ID].ID != "" {
			continue
		}
		c, err := tx.CaseForUpdate(ctx, v.CaseID)
		if err != nil {
			return nil, err
		}
		out[v.ID] = c
	}
	for id, c := range w.cases {
		out[id] = c
	}
	return out, nil
}

// event is the journal's line of a write: numbers, never what was said.
func event(action string, t Text) audit.Event {
	return audit.Event{Action: action, Object: "covenant", ObjectID: t.ID, Region: string(t.Region), Result: "ok"}
}

// mayAt gives the question that a case asks of its actor's powers, and
// remembers the refusal that says more than "no".
func (s *Service) mayAt(by account.Caller, at region.Code) (may func(power string) bool, stale *error) {
	stale = new(error)
	return func(power string) bool {
		_, err := s.opt.Powers.May(by, power, at)
		if errors.Is(err, account.ErrStale) {
			*stale = err
		}
		return err == nil
	}, stale
}

// works reports whether a caller works on the texts of a village: then the
// opinions may be read.
func (s *Service) works(by account.Caller, at region.Code) bool {
	if !by.Known() {
		return false
	}
	for _, power := range []string{PowerManage, PowerCheck, PowerReview} {
		if _, err := s.opt.Powers.May(by, power, at); err == nil {
			return true
		}
	}
	return false
}

func (s *Service) office(by audit.Actor) string {
	if s.opt.RoleName == nil || by.Role == "" {
		return by.Role
	}
	return s.opt.RoleName(account.Role(by.Role))
}
