package account

import (
	"context"
	"crypto/hmac"
	"errors"
	"time"

	"cunwu/service/audit"
	"cunwu/service/region"
)

// attemptWindow is the time within which attempts are counted.
const attemptWindow = 24 * time.Hour

// States of the answer to a binding request.
const (
	StateBound   = "bound"
	StatePending = "pending"
)

// claim is a checked binding request.
type claim struct {
	village region.Code
	secret  requestSecret
	method  Method
	code    []byte // hash of the phone code to use up, nil if none
}

// asPhoneFault keeps a phone code that is no good from looking like the end of
// the session: the caller is signed in and only has to give the number again.
func asPhoneFault(err error) error {
	if errors.Is(err, ErrCode) {
		return ErrPhoneCode.At("body.phone_code", "这个授权用不了").Because(err)
	}
	return err
}

// BindResidency binds the caller to a person of a village's roll who has that
// name and phone number or last four of the ID. A match reads at once; with the
// phone number it votes as well. Everything else — nobody of that name, another
// number, several people, a person with an account already — gets one and the
// same answer and waits for the clerk. Errors: ErrRequired, ErrConsent,
// ErrResidencyInput, region.ErrNotFound, ErrAlreadyBound, ErrResidencyLimit,
// and ErrPhoneCode and its like for the phone code.
func (s *Service) BindResidency(ctx context.Context, c Caller, act audit.Act, in ResidencyInput) (Residency, error) {
	if !c.Known() {
		return Residency{}, ErrRequired
	}
	cl, err := s.claimOf(ctx, in)
	if err != nil {
		return Residency{}, err
	}
	if err := s.NeedConsent(c); err != nil {
		return Residency{}, err
	}
	if c.Standing != Unbound {
		return Residency{}, ErrAlreadyBound
	}
	// Before WeChat is asked, so that nobody spends our quota; counted again
	// under the lock.
	if err := s.withinLimits(ctx, s.store, c.AccountID, cl.village, s.o.Clock.Now()); err != nil {
		return Residency{}, err
	}
	if in.PhoneCode != "" {
		phone, hash, err := s.tradeCode(ctx, "phone", in.PhoneCode, s.o.WeChat.Phone)
		if err != nil {
			return Residency{}, asPhoneFault(err)
		}
		cl.secret.Phone, cl.code = normalPhone(phone), hash
	}
	var out Residency
	err = s.store.InTx(ctx, act.As("", ""), func(tx Tx) error {
		out, err = s.bind(ctx, tx, c, cl)
		return err
	})
	if err != nil {
		return Residency{}, asPhoneFault(err)
	}
	s.cache.drop(c.AccountID)
	return out, nil
}

func (s *Service) claimOf(ctx context.Context, in ResidencyInput) (claim, error) {
	cl := claim{village: in.Region, method: ByPhone, secret: requestSecret{Name: normalName(in.Name)}}
	if cl.secret.Name == "" {
		return claim{}, ErrResidencyInput.At("body.name", "姓名填写不对。")
	}
	if (in.PhoneCode == "") == (in.Last4 == "") {
		return claim{}, ErrResidencyInput.At("body.last4", "手机号授权和身份证后四位，填一项就可以。")
	}
	if in.Last4 != "" {
		cl.method, cl.secret.Last4 = ByLast4, normalLast4(in.Last4)
		if cl.secret.Last4 == "" {
			return claim{}, ErrResidencyInput.At("body.last4", "身份证后四位填写不对。")
		}
	}
	return cl, s.isVillage(ctx, in.Region, ErrResidencyInput)
}

// isVillage refuses places that are no village in being.
func (s *Service) isVillage(ctx context.Context, at region.Code, bad error) error {
	if at.Level() != region.Village {
		return bad
	}
	r, err := s.o.Places.Region(ctx, at)
	if err != nil {
		return err
	}
	if r.State != region.Active {
		return region.ErrNotFound
	}
	return nil
}

func (s *Service) withinLimits(ctx context.Context, r Reads, accountID string, at region.Code, now time.Time) error {
	mine, here, err := r.RequestsSince(ctx, accountID, at, now.Add(-attemptWindow))
	if err != nil {
		return err
	}
	if mine >= s.o.Limits.AccountAttempts || here >= s.o.Limits.PlaceAttempts {
		return ErrResidencyLimit.After(attemptWindow)
	}
	return nil
}

// bind does the same steps whether somebody matches or not.
func (s *Service) bind(ctx context.Context, tx Tx, c Caller, cl claim) (Residency, error) {
	if err := s.freeToBind(ctx, tx, c.AccountID); err != nil {
		return Residency{}, err
	}
	if err := s.withinLimits(ctx, tx, c.AccountID, cl.village, tx.Now()); err != nil {
		return Residency{}, err
	}
	if err := useCode(ctx, tx, cl.code); err != nil {
		return Residency{}, err
	}
	if err := s.supersede(ctx, tx, c.AccountID); err != nil {
		return Residency{}, err
	}
	req := Request{
		ID: audit.NewID(), AccountID: c.AccountID, Village: cl.village, State: Pending,
		Method: cl.method, CreatedAt: tx.Now(),
	}
	var err error
	if req.Sealed, err = s.seal(SealedRequest, req.ID, cl.secret); err != nil {
		return Residency{}, err
	}
	out := Residency{State: StatePending, Village: cl.village}
	person, err := s.match(ctx, tx, c.AccountID, cl)
	if err != nil {
		return Residency{}, err
	}
	if person != "" {
		req.State, req.ResidentID, req.DecidedAt, req.Sealed = Matched, person, tx.Now(), Sealed{}
		out.State, out.Standing = StateBound, Reader
		if cl.method == ByPhone {
			out.Standing = Voter
		}
		err = s.addBinding(ctx, tx, Binding{
			AccountID: c.AccountID, ResidentID: person, Village: cl.village, Standing: out.Standing, Method: cl.method,
		})
		if err != nil {
			return Residency{}, err
		}
	}
	if err := tx.AddRequest(ctx, req); err != nil {
		return Residency{}, err
	}
	err = s.record(ctx, tx, "residency.claim", "binding_request", req.ID, cl.village, map[string]string{
		"state": string(req.State), "method": string(req.Method),
	})
	if err != nil {
		return Residency{}, err
	}
	return out, tx.Answer(ctx, out)
}

// record appends an event with its detail.
func (s *Service) record(ctx context.Context, tx Tx, action, object, id string, at region.Code, detail map[string]string) error {
	return tx.Record(ctx, audit.Event{
		Action: action, Object: object, ObjectID: id, Region: string(at), Result: "ok", Detail: detail,
	})
}

// freeToBind locks an open account that is bound to nobody.
func (s *Service) freeToBind(ctx context.Context, tx Tx, accountID string) error {
	acc, err := tx.LockAccount(ctx, accountID)
	if err != nil {
		return err
	}
	if !acc.ClosedAt.IsZero() {
		return ErrExpired
	}
	_, _, err = tx.BindingOf(ctx, accountID)
	if err == nil {
		return ErrAlreadyBound
	}
	if !errors.Is(err, ErrNone) {
		return err
	}
	return nil
}

func (s *Service) addBinding(ctx context.Context, tx Tx, b Binding) error {
	b.ID, b.CreatedAt, b.Revision = audit.NewID(), tx.Now(), 1
	err := tx.AddBinding(ctx, b)
	if errors.Is(err, ErrTaken) {
		return ErrRaced
	}
	return err
}

// supersede closes the account's pending request and erases what it held.
func (s *Service) supersede(ctx context.Context, tx Tx, accountID string) error {
	rs, err := tx.RequestsOf(ctx, accountID)
	if err != nil {
		return err
	}
	for _, r := range rs {
		if r.State != Pending {
			continue
		}
		r.State, r.DecidedAt, r.Sealed = Superseded, tx.Now(), Sealed{}
		if err := tx.SaveRequest(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// match finds the one person of the roll whom the claim names and who is free
// to be bound to the account, "" if there is none.
func (s *Service) match(ctx context.Context, tx Tx, accountID string, cl claim) (string, error) {
	named, err := tx.ResidentsNamed(ctx, cl.village, s.macOf(macName, cl.village, cl.secret.Name))
	if err != nil {
		return "", err
	}
	phone := s.macOf(macPhone, cl.village, cl.secret.Phone)
	last4 := s.macOf(macLast4, cl.village, cl.secret.Name, cl.secret.Last4)
	var found []string
	for _, r := range named {
		have, want := r.PhoneMAC, phone
		if cl.method == ByLast4 {
			have, want = r.Last4MAC, last4
		}
		if len(have) > 0 && hmac.Equal(have, want) {
			found = append(found, r.ID)
		}
	}
	if len(found) != 1 {
		return "", nil
	}
	err = s.freePerson(ctx, tx, accountID, found[0])
	if errors.Is(err, ErrPersonBound) || errors.Is(err, ErrClash) || errors.Is(err, ErrResident) {
		return "", nil
	}
	return found[0], err
}

// freePerson locks a person and refuses one who has an account, or whose
// offices the account's own offices are in conflict with.
func (s *Service) freePerson(ctx context.Context, tx Tx, accountID, residentID string) error {
	r, err := tx.LockResident(ctx, residentID)
	if errors.Is(err, ErrNone) || err == nil && r.State != OnRoll {
		return ErrResident
	}
	if err != nil {
		return err
	}
	_, err = tx.BindingOfResident(ctx, residentID)
	if err == nil {
		return ErrPersonBound
	}
	if !errors.Is(err, ErrNone) {
		return err
	}
	return s.offersFit(ctx, tx, accountID, residentID)
}

// macOf hashes values of a person within a village: the same name elsewhere
// has another hash, so that rolls cannot be joined by them.
func (s *Service) macOf(kind string, village region.Code, values ...string) []byte {
	joined := string(village)
	for _, v := range values {
		joined += "\x1f" + v
	}
	return s.o.Sealer.MAC(kind, joined)
}
