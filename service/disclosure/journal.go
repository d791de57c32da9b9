package disclosure

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/procedure"
)

// Journal gives every step that a posting has taken, first to last: what was
// done, under which office and when. Whoever may know of the posting may know
// how it came about; what was said inside (reasons of returns, notes) is left
// to those who work on it. disclosure.not_found otherwise.
func (s *Service) Journal(ctx context.Context, by account.Caller, id string) (procedure.Case, []procedure.Step, error) {
	rec, err := s.store.PostingRecord(ctx, id)
	if err != nil {
		return procedure.Case{}, nil, err
	}
	insider := s.knowsDrafts(by, rec.Region)
	if !readable(rec, by) && !insider {
		return procedure.Case{}, nil, ErrNotFound
	}
	c, err := s.opt.Procedures.Case(ctx, rec.CaseID)
	if err != nil {
		return procedure.Case{}, nil, err
	}
	steps, err := s.opt.Procedures.Steps(ctx, rec.CaseID)
	if err != nil {
		return procedure.Case{}, nil, err
	}
	if !insider {
		for i := range steps {
			steps[i].Fields, steps[i].Media, steps[i].Reason = nil, nil, ""
		}
	}
	return c, steps, nil
}
