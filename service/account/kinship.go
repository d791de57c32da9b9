package account

import (
	"context"
	"errors"

	"cunwu/service/audit"
)

// AddKinship records that resident A is Kind of resident B, both of one
// village. What is true is recorded even where offices in hand are in conflict
// with it: the result then names the rules. Recording the same again changes
// nothing. Errors: ErrKinship, ErrResident, ErrMayNot.
func (s *Service) AddKinship(ctx context.Context, c Caller, act audit.Act, in KinshipInput) (KinshipResult, error) {
	if !c.Known() {
		return KinshipResult{}, ErrRequired
	}
	if in.A == in.B || in.Kind.inverse() == "" || !s.o.Policy.kinds[in.Kind] {
		return KinshipResult{}, ErrKinship
	}
	a, err := s.store.Resident(ctx, in.A)
	if errors.Is(err, ErrNone) {
		return KinshipResult{}, ErrResident
	}
	if err != nil {
		return KinshipResult{}, err
	}
	g, err := s.hidden(c, powerKinship, a.Village, ErrResident)
	if err != nil {
		return KinshipResult{}, err
	}
	var out KinshipResult
	err = s.store.InTx(ctx, act.As(string(g.Role), string(g.Region)), func(tx Tx) error {
		out = KinshipResult{}
		if err := tx.LockPlace(ctx, a.Village); err != nil {
			return err
		}
		b, err := tx.Resident(ctx, in.B)
		if errors.Is(err, ErrNone) || err == nil && b.Village != a.Village {
			return ErrResident
		}
		if err != nil {
			return err
		}
		if err := s.putKinship(ctx, tx, in); err != nil {
			return err
		}
		if out.Conflicts, err = s.conflictsOf(ctx, tx, in.A); err != nil {
			return err
		}
		return s.done(ctx, tx, "kinship.record", "resident", in.A, a.Village, out)
	})
	return out, err
}

// putKinship stores each pair once, the smaller id first.
func (s *Service) putKinship(ctx context.Context, tx Tx, in KinshipInput) error {
	k := Kinship(in)
	if k.A > k.B {
		k = Kinship{A: k.B, B: k.A, Kind: k.Kind.inverse()}
	}
	recorded, err := tx.KinOf(ctx, []string{k.A})
	if err != nil {
		return err
	}
	for _, old := range recorded {
		if old.A == k.A && old.B == k.B {
			if old.Kind == k.Kind {
				return nil
			}
			return ErrKinship.Saying("这两个人已经登记了另一种亲属关系，请先核实。")
		}
	}
	return tx.PutKinship(ctx, k)
}

// conflictsOf gives the rules that the offices of a resident violate now.
func (s *Service) conflictsOf(ctx context.Context, tx Tx, residentID string) ([]string, error) {
	accountID, err := s.accountOf(ctx, tx, residentID)
	if err != nil {
		return nil, err
	}
	mine, err := tx.AppointmentsOf(ctx, accountID, residentID)
	if err != nil || len(mine) == 0 {
		return nil, err
	}
	around, err := s.officesAround(ctx, tx, accountID, residentID)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var out []string
	for _, a := range mine {
		if a.state(tx.Now()) == StateEnded {
			continue
		}
		forbid, _ := s.o.Policy.clashes(a, around)
		for _, rule := range forbid {
			if !seen[rule.Code] {
				seen[rule.Code] = true
				out = append(out, rule.sentence())
			}
		}
	}
	return out, nil
}
