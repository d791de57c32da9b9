package account

import (
	"context"
	"errors"
	"slices"
	"strings"

	"cunwu/service/audit"
	"cunwu/service/region"
)

// Powers that this package itself asks for.
const (
	powerImport      = "roll.import"
	powerConfirm     = "binding.confirm"
	powerCountersign = "binding.countersign"
	powerKinship     = "kinship.record"
	powerAppoint     = "appointment.make"
	powerDismiss     = "appointment.end"
)

// Kinds of binding tasks.
const (
	TaskRequest     = "request"
	TaskConfirm     = "confirm"
	TaskCountersign = "countersign"
)

// OpenRequest shows a clerk what a person gave and who of the roll has that
// name. The look is journalled. ErrBinding where there is none or no power.
func (s *Service) OpenRequest(ctx context.Context, c Caller, act audit.Act, id string) (RequestDetail, error) {
	req, g, err := s.requestFor(ctx, c, id)
	if err != nil {
		return RequestDetail{}, err
	}
	var secret requestSecret
	if err := s.open(SealedRequest, req.ID, req.Sealed, &secret); err != nil {
		return RequestDetail{}, err
	}
	named, err := s.store.ResidentsNamed(ctx, req.Village, s.macOf(macName, req.Village, secret.Name))
	if err != nil {
		return RequestDetail{}, err
	}
	out := RequestDetail{Task: taskOf(req, secret), Name: secret.Name, Phone: secret.Phone, Last4: secret.Last4}
	if out.Candidates, err = s.residentViews(ctx, req.Village, named); err != nil {
		return RequestDetail{}, err
	}
	act.Receipt = nil // a receipt would keep the name in clear
	err = s.store.InTx(ctx, act.As(string(g.Role), string(g.Region)), func(tx Tx) error {
		return s.record(ctx, tx, "binding.unmask", "binding_request", req.ID, req.Village, nil)
	})
	if err != nil {
		return RequestDetail{}, err
	}
	return out, nil
}

func taskOf(r Request, secret requestSecret) BindingTask {
	return BindingTask{
		Kind: TaskRequest, ID: r.ID, Village: r.Village, Name: MaskName(secret.Name), Method: r.Method, CreatedAt: r.CreatedAt,
	}
}

// requestFor gives a request of a village where the caller confirms bindings.
func (s *Service) requestFor(ctx context.Context, c Caller, id string) (Request, Grant, error) {
	if !c.Known() {
		return Request{}, Grant{}, ErrRequired
	}
	req, err := s.store.Request(ctx, id)
	if errors.Is(err, ErrNone) {
		return Request{}, Grant{}, ErrBinding
	}
	if err != nil {
		return Request{}, Grant{}, err
	}
	g, err := s.hidden(c, powerConfirm, req.Village, ErrBinding)
	if err != nil {
		return Request{}, Grant{}, err
	}
	if req.State != Pending {
		return Request{}, Grant{}, ErrBindingState
	}
	return req, g, nil
}

// hidden is May for things whose existence the powerless are not told.
func (s *Service) hidden(c Caller, power string, at region.Code, unknown error) (Grant, error) {
	g, err := s.May(c, power, at)
	if errors.Is(err, ErrMayNot) {
		return Grant{}, unknown
	}
	return g, err
}

// ConfirmRequest ties a request's account to the person the clerk knows it to
// be. It reads from then on, and votes after the countersignature. Errors:
// ErrBinding, ErrBindingState, ErrSamePerson, ErrResident, ErrPersonBound, ErrClash.
func (s *Service) ConfirmRequest(ctx context.Context, c Caller, act audit.Act, in ConfirmInput) (BindingView, error) {
	req, g, err := s.requestFor(ctx, c, in.RequestID)
	if err != nil {
		return BindingView{}, err
	}
	if req.AccountID == c.AccountID {
		return BindingView{}, ErrSamePerson
	}
	var out BindingView
	err = s.store.InTx(ctx, act.As(string(g.Role), string(g.Region)), func(tx Tx) error {
		if err := s.freeToBind(ctx, tx, req.AccountID); err != nil {
			return err
		}
		if err := s.freePerson(ctx, tx, req.AccountID, in.ResidentID); err != nil {
			return err
		}
		r, err := tx.Resident(ctx, in.ResidentID)
		if err != nil {
			return err
		}
		if r.Village != req.Village {
			return ErrResident
		}
		b := Binding{
			AccountID: req.AccountID, ResidentID: r.ID, Village: r.Village,
			Standing: Reader, Method: ByClerk, ConfirmedBy: c.AccountID,
		}
		if err := s.addBinding(ctx, tx, b); err != nil {
			return err
		}
		done := req
		done.State, done.ResidentID, done.DecidedBy, done.DecidedAt, done.Sealed = Confirmed, r.ID, c.AccountID, tx.Now(), Sealed{}
		if err := tx.SaveRequest(ctx, done); err != nil {
			return err
		}
		if b, err = tx.BindingOfResident(ctx, r.ID); err != nil {
			return err
		}
		if out, err = s.bindingView(b, r); err != nil {
			return err
		}
		return s.done(ctx, tx, "binding.confirm", "binding", b.ID, b.Village, out)
	})
	s.cache.drop(req.AccountID)
	return out, err
}

// RefuseRequest closes a request with a reason that the person reads.
func (s *Service) RefuseRequest(ctx context.Context, c Caller, act audit.Act, in DecisionInput) (BindingTask, error) {
	req, g, err := s.requestFor(ctx, c, in.ID)
	if err != nil {
		return BindingTask{}, err
	}
	reason, err := reasonOf(in.Reason)
	if err != nil {
		return BindingTask{}, err
	}
	out := taskOf(req, requestSecret{})
	err = s.store.InTx(ctx, act.As(string(g.Role), string(g.Region)), func(tx Tx) error {
		done := req
		done.State, done.Reason, done.DecidedBy, done.DecidedAt, done.Sealed = Refused, reason, c.AccountID, tx.Now(), Sealed{}
		if err := tx.SaveRequest(ctx, done); err != nil {
			return err
		}
		return s.done(ctx, tx, "binding.refuse", "binding_request", req.ID, req.Village, out)
	})
	return out, err
}

// ConfirmBinding is the clerk's word on a binding that the last four of the ID
// number made. The countersignature follows.
func (s *Service) ConfirmBinding(ctx context.Context, c Caller, act audit.Act, id string) (BindingView, error) {
	return s.sign(ctx, c, act, id, powerConfirm, "binding.confirm", func(b *Binding) error {
		if b.ConfirmedBy != "" || b.Standing != Reader {
			return ErrBindingState
		}
		b.ConfirmedBy = c.AccountID
		return nil
	})
}

// CountersignBinding is the supervisor's word after the clerk's: from then on
// the person votes. The two are different people, and neither is the bound one.
func (s *Service) CountersignBinding(ctx context.Context, c Caller, act audit.Act, id string) (BindingView, error) {
	return s.sign(ctx, c, act, id, powerCountersign, "binding.countersign", func(b *Binding) error {
		if b.Standing != Reader || b.ConfirmedBy == "" {
			return ErrBindingState
		}
		if b.ConfirmedBy == c.AccountID {
			return ErrSamePerson
		}
		b.CountersignedBy, b.Standing = c.AccountID, Voter
		return nil
	})
}

func (s *Service) sign(ctx context.Context, c Caller, act audit.Act, id, power, action string,
	change func(*Binding) error,
) (BindingView, error) {
	b, g, err := s.bindingFor(ctx, c, id, power)
	if err != nil {
		return BindingView{}, err
	}
	if b.AccountID == c.AccountID {
		return BindingView{}, ErrSamePerson
	}
	var out BindingView
	err = s.store.InTx(ctx, act.As(string(g.Role), string(g.Region)), func(tx Tx) error {
		b := b
		if err := change(&b); err != nil {
			return err
		}
		b.Revision++
		if err := tx.SaveBinding(ctx, b); err != nil {
			return err
		}
		r, err := tx.Resident(ctx, b.ResidentID)
		if err != nil {
			return err
		}
		if out, err = s.bindingView(b, r); err != nil {
			return err
		}
		return s.done(ctx, tx, action, "binding", b.ID, b.Village, out)
	})
	s.cache.drop(b.AccountID)
	return out, err
}

func (s *Service) bindingFor(ctx context.Context, c Caller, id, power string) (Binding, Grant, error) {
	if !c.Known() {
		return Binding{}, Grant{}, ErrRequired
	}
	b, err := s.store.Binding(ctx, id)
	if errors.Is(err, ErrNone) {
		return Binding{}, Grant{}, ErrBinding
	}
	if err != nil {
		return Binding{}, Grant{}, err
	}
	g, err := s.hidden(c, power, b.Village, ErrBinding)
	return b, g, err
}

func (s *Service) bindingView(b Binding, r Resident) (BindingView, error) {
	var secret residentSecret
	if err := s.open(SealedResident, r.ID, r.Sealed, &secret); err != nil {
		return BindingView{}, err
	}
	return BindingView{
		ID: b.ID, Village: b.Village, Name: MaskName(secret.Name), Standing: b.Standing, Method: b.Method,
		Confirmed: b.ConfirmedBy != "", Countersigned: b.CountersignedBy != "",
	}, nil
}

// EndBinding unties an account from its person, by a clerk, with a reason; the
// person can be bound again afterwards.
func (s *Service) EndBinding(ctx context.Context, c Caller, act audit.Act, in DecisionInput) error {
	b, g, err := s.bindingFor(ctx, c, in.ID, powerConfirm)
	if err != nil {
		return err
	}
	if _, err := reasonOf(in.Reason); err != nil {
		return err
	}
	if b.AccountID == c.AccountID {
		return ErrSamePerson
	}
	err = s.store.InTx(ctx, act.As(string(g.Role), string(g.Region)), func(tx Tx) error {
		if err := tx.RemoveBinding(ctx, b.ID); err != nil {
			return err
		}
		err := s.record(ctx, tx, "binding.end", "binding", b.ID, b.Village, map[string]string{
			"account": b.AccountID, "resident": b.ResidentID,
		})
		if err != nil {
			return err
		}
		return tx.Answer(ctx, nil)
	})
	s.cache.drop(b.AccountID)
	return err
}

// BindingTasks lists what waits for the caller as clerk or as supervisor:
// requests first, then bindings.
func (s *Service) BindingTasks(ctx context.Context, c Caller, q BindingQuery) (BindingPage, error) {
	if !c.Known() {
		return BindingPage{}, ErrRequired
	}
	limit := pageSize(q.Limit)
	kind, after, ok := strings.Cut(q.After, "-")
	if q.After != "" && (!ok || kind != "r" && kind != "b") {
		return BindingPage{}, ErrCursor
	}
	var out BindingPage
	if kind != "b" {
		rs, err := s.store.RequestsPending(ctx, s.villages(c, powerConfirm, q.Region), after, limit+1)
		if err != nil {
			return BindingPage{}, err
		}
		if err := s.requestTasks(&out, rs, limit); err != nil || out.Next != "" {
			return out, err
		}
		after = ""
	}
	err := s.bindingTasks(ctx, c, q.Region, after, limit, &out)
	return out, err
}

func (s *Service) requestTasks(out *BindingPage, rs []Request, limit int) error {
	for i, r := range rs {
		if i == limit {
			out.Next = "r-" + rs[i-1].ID
			return nil
		}
		var secret requestSecret
		if err := s.open(SealedRequest, r.ID, r.Sealed, &secret); err != nil {
			return err
		}
		out.Items = append(out.Items, taskOf(r, secret))
	}
	return nil
}

// bindingTasks fills a page with bindings that the caller can sign.
func (s *Service) bindingTasks(ctx context.Context, c Caller, within region.Code, after string, limit int, out *BindingPage) error {
	confirms := s.villages(c, powerConfirm, within)
	signs := s.villages(c, powerCountersign, within)
	both := append(append([]region.Code(nil), confirms...), signs...)
	const batch = 100
	for {
		bs, err := s.store.BindingsToCountersign(ctx, both, after, batch)
		if err != nil {
			return err
		}
		for _, b := range bs {
			if len(out.Items) == limit {
				out.Next = "b-" + after
				return nil
			}
			after = b.ID
			kind := taskKind(c, b, confirms, signs)
			if kind == "" {
				continue
			}
			r, err := s.store.Resident(ctx, b.ResidentID)
			if err != nil {
				return err
			}
			v, err := s.bindingView(b, r)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, BindingTask{
				Kind: kind, ID: b.ID, Village: b.Village, Name: v.Name, Method: b.Method, CreatedAt: b.CreatedAt,
			})
		}
		if len(bs) < batch {
			return nil
		}
	}
}

// taskKind says what the caller can do with a binding that does not vote yet.
func taskKind(c Caller, b Binding, confirms, signs []region.Code) string {
	switch {
	case b.AccountID == c.AccountID:
	case b.ConfirmedBy == "" && slices.Contains(confirms, b.Village):
		return TaskConfirm
	case b.ConfirmedBy != "" && b.ConfirmedBy != c.AccountID && slices.Contains(signs, b.Village):
		return TaskCountersign
	}
	return ""
}

// villages gives the places of the caller's grants with a power, within a place.
func (s *Service) villages(c Caller, power string, within region.Code) []region.Code {
	var out []region.Code
	for _, g := range s.o.Policy.Holds(c, power, s.o.Clock.Now()) {
		if within == "" || within.Contains(g.Region) {
			out = append(out, g.Region)
		}
	}
	return out
}

// pageSize gives the number of items of a page: 1..50, 20 unless told.
func pageSize(limit int) int {
	switch {
	case limit <= 0:
		return 20
	case limit > 50:
		return 50
	}
	return limit
}
