package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"cunwu/service/audit"
	"cunwu/service/region"
)

// SignedIn is the answer to a sign-in. Token is shown this once.
type SignedIn struct {
	Token     string
	ExpiresAt time.Time
	Caller    Caller
}

// tokenBytes is the size of a token: 256 random bits.
const tokenBytes = 32

// SignIn trades a WeChat code for a session, and makes the account on first
// sight. Errors: ErrCode for a malformed, used or unknown code, and what WeChat
// answered. The act needs no actor; a receipt is not kept, as it would keep the
// token.
func (s *Service) SignIn(ctx context.Context, act audit.Act, code string) (SignedIn, error) {
	openID, codeHash, err := s.tradeCode(ctx, "signin", code, s.o.WeChat.OpenID)
	if err != nil {
		return SignedIn{}, err
	}
	mac := s.o.Sealer.MAC(macOpenID, openID)
	act.Receipt = nil
	for {
		out, err := s.signIn(ctx, act, openID, mac, codeHash)
		// Two first sign-ins of one person at once: the second finds the account.
		if !errors.Is(err, errNewcomer) {
			return out, err
		}
	}
}

// errNewcomer: the account came into being between the look-up and the insert.
var errNewcomer = errors.New("account: somebody else made the account")

func (s *Service) signIn(ctx context.Context, act audit.Act, openID string, mac, codeHash []byte) (SignedIn, error) {
	acc, err := s.store.AccountByOpenID(ctx, mac)
	fresh := errors.Is(err, ErrNone)
	if err != nil && !fresh {
		return SignedIn{}, err
	}
	if fresh {
		acc = Account{ID: audit.NewID(), OpenIDMAC: mac}
		if acc.Sealed, err = s.seal(SealedAccount, acc.ID, accountSecret{OpenID: openID}); err != nil {
			return SignedIn{}, err
		}
	}
	act.Actor = audit.Actor{AccountID: acc.ID}
	token, hash := newToken()
	var out SignedIn
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		if err := useCode(ctx, tx, codeHash); err != nil {
			return err
		}
		acc := acc
		if fresh {
			acc.CreatedAt = tx.Now()
			if err := tx.AddAccount(ctx, acc); errors.Is(err, ErrTaken) {
				return errNewcomer
			} else if err != nil {
				return err
			}
		}
		id, err := s.openSession(ctx, tx, acc, hash)
		if err != nil {
			return err
		}
		out = SignedIn{Token: token, ExpiresAt: id.session.ExpiresAt, Caller: s.caller(id, tx.Now())}
		return s.recordSignIn(ctx, tx, out.Caller, fresh)
	})
	if err != nil {
		return SignedIn{}, err
	}
	return out, nil
}

func (s *Service) recordSignIn(ctx context.Context, tx Tx, c Caller, fresh bool) error {
	action := "auth.sign_in"
	if fresh {
		action = "auth.sign_up"
	}
	err := tx.Record(ctx, audit.Event{
		Action: action, Object: "session", ObjectID: c.SessionID, Region: string(c.Village), Result: "ok",
	})
	if err != nil {
		return err
	}
	return tx.Answer(ctx, nil)
}

// openSession adds a session whose length follows from what the account holds.
func (s *Service) openSession(ctx context.Context, tx Tx, acc Account, hash [32]byte) (*identity, error) {
	id := &identity{account: acc, session: Session{
		ID: audit.NewID(), TokenHash: hash[:], AccountID: acc.ID, SignedInAt: tx.Now(),
	}}
	if err := s.fill(ctx, tx, id); err != nil {
		return nil, err
	}
	length := s.o.Policy.Terms.VillagerSession
	if s.o.Policy.officerAmong(grants(id.appointments, tx.Now()), tx.Now()) {
		length = s.o.Policy.Terms.OfficerSession
	}
	id.session.ExpiresAt = id.session.SignedInAt.Add(length)
	return id, tx.AddSession(ctx, id.session)
}

// tradeCode guards a one-time code, and hands it to WeChat outside of any
// transaction. The hash is nil for codes that may be used again; otherwise it
// is to be used up in the transaction that acts on the answer.
func (s *Service) tradeCode(ctx context.Context, kind, code string,
	ask func(context.Context, string) (string, error),
) (answer string, hash []byte, err error) {
	if !ValidCode(code) {
		return "", nil, ErrCode
	}
	if !s.o.ReusableCodes(code) {
		h := sha256.Sum256([]byte(kind + ":" + code))
		hash = h[:]
		used, err := s.store.CodeUsed(ctx, hash)
		if err != nil {
			return "", nil, err
		}
		if used {
			return "", nil, ErrCode
		}
	}
	answer, err = ask(ctx, code)
	if err == nil && answer == "" {
		err = ErrCode
	}
	return answer, hash, err
}

// useCode marks a code as used for good; of two at once, one is refused.
func useCode(ctx context.Context, tx Tx, hash []byte) error {
	if hash == nil {
		return nil
	}
	err := tx.UseCode(ctx, hash)
	if errors.Is(err, ErrTaken) {
		return ErrCode
	}
	return err
}

func newToken() (string, [32]byte) {
	var b [tokenBytes]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails: the runtime aborts instead
	token := base64.RawURLEncoding.EncodeToString(b[:])
	return token, sha256.Sum256([]byte(token))
}

// Authenticate says who holds a token. ErrRequired for none, ErrExpired for one
// that is over, revoked or not ours. It asks the store once, together
// with other requests that come in meanwhile, and not at all if it asked within
// the last moment.
func (s *Service) Authenticate(ctx context.Context, token string) (Caller, error) {
	if token == "" {
		return Caller{}, ErrRequired
	}
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return Caller{}, ErrExpired
	}
	hash := sha256.Sum256([]byte(token))
	id, era := s.cache.get(hash)
	if id == nil {
		began := time.Now()
		var err error
		if id, err = s.load(ctx, hash); err != nil {
			return Caller{}, err
		}
		s.cache.put(hash, id, era, began)
	}
	now := s.o.Clock.Now()
	if !now.Before(id.session.ExpiresAt) {
		return Caller{}, ErrExpired
	}
	return s.caller(id, now), nil
}

// fill adds the person and the offices behind an account.
func (s *Service) fill(ctx context.Context, r Reads, id *identity) error {
	b, resident, err := r.BindingOf(ctx, id.account.ID)
	if err != nil && !errors.Is(err, ErrNone) {
		return err
	}
	if err == nil {
		id.binding, id.resident = b, resident
		if err := s.name(id); err != nil {
			return err
		}
	}
	id.appointments, err = r.AppointmentsOf(ctx, id.account.ID, id.binding.ResidentID)
	return err
}

// caller is an identity as of now.
func (s *Service) caller(id *identity, now time.Time) Caller {
	c := Caller{
		AccountID: id.account.ID, SessionID: id.session.ID, SignedInAt: id.session.SignedInAt,
		Grants:     grants(id.appointments, now),
		ConsentDue: id.account.NoticeVersion < s.o.Notices.InForce(now).Version,
	}
	c.DisplayName = id.name
	// Who withdrew consent altogether is known no further than by account until
	// it is given again; who has only a new version to read stays what he is.
	if id.binding.ID != "" && id.account.NoticeVersion > 0 && id.resident.State == OnRoll {
		c.ResidentID, c.Village, c.Group = id.resident.ID, id.resident.Village, id.resident.Group
		c.HouseholdID, c.Standing = id.resident.HouseholdID, id.binding.Standing
	}
	return c
}

func grants(as []Appointment, now time.Time) []Grant {
	var out []Grant
	for _, a := range as {
		if a.InForce(now) {
			out = append(out, a.grant())
		}
	}
	return out
}

// Logout ends the caller's session at once.
func (s *Service) Logout(ctx context.Context, c Caller, act audit.Act) error {
	if !c.Known() {
		return ErrRequired
	}
	act = act.As("", "")
	err := s.store.InTx(ctx, act, func(tx Tx) error {
		if err := tx.EndSession(ctx, c.SessionID); err != nil {
			return err
		}
		return s.done(ctx, tx, "auth.sign_out", "session", c.SessionID, "", nil)
	})
	s.cache.drop(c.AccountID)
	return err
}

// LogoutEverywhere ends all sessions of the caller's account and says how many.
func (s *Service) LogoutEverywhere(ctx context.Context, c Caller, act audit.Act) (int, error) {
	if !c.Known() {
		return 0, ErrRequired
	}
	var n int
	err := s.store.InTx(ctx, act.As("", ""), func(tx Tx) error {
		var err error
		if n, err = tx.EndSessionsOf(ctx, c.AccountID); err != nil {
			return err
		}
		return s.done(ctx, tx, "auth.sign_out_all", "account", c.AccountID, "", n)
	})
	s.cache.drop(c.AccountID)
	return n, err
}

// done closes a transaction: one event, then the answer for a repeat.
func (s *Service) done(ctx context.Context, tx Tx, action, object, id string, at region.Code, result any) error {
	err := tx.Record(ctx, audit.Event{Action: action, Object: object, ObjectID: id, Region: string(at), Result: "ok"})
	if err != nil {
		return err
	}
	return tx.Answer(ctx, result)
}
