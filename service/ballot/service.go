package ballot

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot/sealed"
	"cunwu/service/calendar"
	"cunwu/service/media"
	"cunwu/service/record"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Powers over ballots, as rules/powers.yaml names them.
const (
	PowerManage  = "ballot.manage"  // draft, open, cancel
	PowerCertify = "ballot.certify" // confirm the count
	PowerEnter   = "ballot.enter"   // enter sheets at the table
	PowerWitness = "ballot.witness" // compare a sheet with its entry
	PowerAssist  = "ballot.assist"  // help somebody to vote
)

// Places is what the package needs of the tree of places.
type Places interface {
	// Active gives a place of one of the levels that is in the current edition.
	Active(ctx context.Context, code region.Code, levels ...region.Level) (region.Region, error)
}

// PowerTable says what a caller may do where.
type PowerTable interface {
	// May gives the grant under which a power is held, or auth.required,
	// auth.stale, account.not_allowed.
	May(c account.Caller, power string, at region.Code) (account.Grant, error)
}

// Media is what the package needs of the attachments.
type Media interface {
	// Objects gives those of the ids that exist, in any order.
	Objects(ctx context.Context, ids []string) ([]media.Object, error)
}

// Rolls says who lives where and holds what, as of now.
type Rolls interface {
	// FullAge gives the residents of a village or group who are eighteen or
	// older on a day, those of unknown birth included.
	FullAge(ctx context.Context, at region.Code, on time.Time) ([]account.Elector, error)
	// Holders gives the residents who hold a role of a village or of one of its
	// groups at a time.
	Holders(ctx context.Context, role account.Role, at region.Code, on time.Time) ([]string, error)
}

// Options are what the service works with; all but Administers are required.
type Options struct {
	Powers     PowerTable
	Places     Places
	Media      Media
	Rolls      Rolls
	Thresholds *Thresholds
	Screening  *screening.Screen
	Clock      calendar.Clock
	// Administers reports whether an account runs the system now; nil: none does.
	Administers func(ctx context.Context, accountID string) (bool, error)
}

// Service is ballots. It is safe for concurrent use.
type Service struct {
	store  Store
	opt    Options
	caster *caster
	frozen frozenBallots
	polls  sealedPolls
}

// New makes the service.
func New(store Store, opt Options) *Service {
	return &Service{store: store, opt: opt, caster: &caster{store: store}}
}

// Rules gives the rules a ballot may go by.
func (s *Service) Rules() []Rule { return slices.Clone(s.opt.Thresholds.Rules) }

// Create drafts a ballot. Refusals: region faults, ballot.definition_invalid,
// ballot.rule_looser, ballot.personal_data, account.not_allowed.
func (s *Service) Create(ctx context.Context, by account.Caller, act audit.Act, in Input) (View, error) {
	d, err := s.define(in, s.opt.Clock.Now())
	if err != nil {
		return View{}, err
	}
	if _, err := s.opt.Places.Active(ctx, in.Region, region.Village, region.Group); err != nil {
		return View{}, err
	}
	grant, err := s.opt.Powers.May(by, PowerManage, in.Region.At(region.Village))
	if err != nil {
		return View{}, err
	}
	d.ID = audit.NewID()
	var out View
	err = s.store.InTx(ctx, act.As(string(grant.Role), string(grant.Region)), func(tx Tx) error {
		r := Record{
			Definition: d, Members: in.Members, State: Draft, Revision: 1, CreatedAt: tx.Now(), CreatedBy: by.AccountID,
		}
		if err := tx.AddBallot(ctx, r); err != nil {
			return err
		}
		if err := tx.Record(ctx, event("ballot.create", r, nil)); err != nil {
			return err
		}
		out = s.plainView(by, r)
		return tx.Answer(ctx, out)
	})
	return out, err
}

func event(action string, r Record, detail map[string]string) audit.Event {
	return audit.Event{Action: action, Object: "ballot", ObjectID: r.ID, Region: string(r.Region), Detail: detail}
}

// Edit replaces a draft's definition. revision is the one that was read.
func (s *Service) Edit(ctx context.Context, by account.Caller, act audit.Act, id string, revision int, in Input) (View, error) {
	old, err := s.known(ctx, by, id)
	if err != nil {
		return View{}, err
	}
	in.Region = old.Region // a ballot does not move
	d, err := s.define(in, s.opt.Clock.Now())
	if err != nil {
		return View{}, err
	}
	return s.change(ctx, by, act, id, PowerManage, "ballot.edit", func(_ Tx, r *Record) error {
		if r.State != Draft {
			return ErrNotDraft
		}
		if r.Revision != revision {
			return ErrRaced
		}
		d.ID = r.ID
		r.Definition, r.Members = d, in.Members
		return nil
	})
}

// Step is an action on a ballot: open, cancel (with Reason), certify (with
// Opinion).
type Step struct {
	Action  string
	Reason  string
	Opinion string
}

// Actions.
const (
	ActOpen    = "open"
	ActCancel  = "cancel"
	ActCertify = "certify"
	ActVoid    = "void" // a sealed one that cannot be opened: two seeds are lost
)

// Act takes a step.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, id string, step Step) (View, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return View{}, err
	}
	switch step.Action {
	case ActOpen:
		return s.open(ctx, by, act, r)
	case ActCancel:
		return s.cancel(ctx, by, act, r, step.Reason)
	case ActCertify:
		return s.certify(ctx, by, act, r, step.Opinion)
	case ActVoid:
		return s.giveUp(ctx, by, act, r, step.Reason)
	}
	return View{}, ErrAction.At("body.action", "可用 open、cancel、certify、void")
}

// change is the frame of every act on a ballot: power, lock, change, event,
// answer. The revision is raised here.
func (s *Service) change(ctx context.Context, by account.Caller, act audit.Act, id, power, action string, do func(tx Tx, r *Record) error) (View, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return View{}, err
	}
	grant, err := s.opt.Powers.May(by, power, r.Region.At(region.Village))
	if err != nil {
		return View{}, err
	}
	var out View
	err = s.store.InTx(ctx, act.As(string(grant.Role), string(grant.Region)), func(tx Tx) error {
		r, err := tx.BallotForUpdate(ctx, id)
		if err != nil {
			return err
		}
		before := r.State
		if err := do(tx, &r); err != nil {
			return err
		}
		r.Revision++
		if err := tx.SaveBallot(ctx, r); err != nil {
			return err
		}
		if err := announce(ctx, tx, before, r); err != nil {
			return err
		}
		if err := tx.Record(ctx, event(action, r, map[string]string{"from": string(before), "to": string(r.State)})); err != nil {
			return err
		}
		out = s.plainView(by, r)
		return tx.Answer(ctx, out)
	})
	return out, err
}

// open freezes definition and roll, and leaves their digests in the public
// record. The roll is read before: it cannot change the definition, and who
// moves in while the clerk presses the button is on the next one.
func (s *Service) open(ctx context.Context, by account.Caller, act audit.Act, r Record) (View, error) {
	if _, err := s.opt.Powers.May(by, PowerManage, r.Region.At(region.Village)); err != nil {
		return View{}, err
	}
	switch {
	case r.State != Draft && r.State != KeysReady:
		return View{}, ErrNotDraft
	case r.Sealed && r.State != KeysReady:
		return View{}, ErrSealedNotReady
	}
	roll, err := s.roll(ctx, r)
	if err != nil {
		return View{}, err
	}
	if len(roll) == 0 {
		return View{}, ErrEmptyRoll
	}
	salt := make([]byte, 32)
	_, _ = rand.Read(salt) // crypto/rand never fails: the runtime aborts instead
	read := r.Revision
	return s.change(ctx, by, act, r.ID, PowerManage, "ballot.open", func(tx Tx, r *Record) error {
		switch {
		case r.State != Draft && r.State != KeysReady:
			return ErrNotDraft
		case r.Revision != read:
			return ErrRaced // the roll was made for another definition
		case !r.ClosesAt.After(tx.Now()):
			return ErrTooLate
		}
		raw, err := r.Encode()
		if err != nil {
			return err
		}
		r.State, r.OpenedAt, r.Digest, r.Members = Open, tx.Now(), Digest(raw), r.frozenMembers()
		r.RollSize, r.RollSalt, r.RollDigest = len(roll), salt, RollDigest(salt, roll)
		if err := tx.FreezeRoll(ctx, r.Number, roll); err != nil {
			return err
		}
		var notice *sealed.Notice
		if r.Sealed {
			if notice, err = s.freezeKeys(ctx, tx, *r); err != nil {
				return err
			}
		}
		leaf, err := openedLeaf(*r, r.Digest, notice)
		if err != nil {
			return ErrSealedNotReady.Because(err)
		}
		place, err := record.Append(ctx, tx, leaf)
		r.OpenedAt, r.OpenedIndex = place.At, &place.Index
		return err
	})
}

func (s *Service) cancel(ctx context.Context, by account.Caller, act audit.Act, r Record, reason string) (View, error) {
	reason, err := s.reasoned(r.Region, "reason", reason)
	if err != nil {
		return View{}, err
	}
	return s.change(ctx, by, act, r.ID, PowerManage, "ballot.cancel", func(tx Tx, r *Record) error {
		// What was counted is not called off because of how it came out.
		if !slices.Contains([]State{Draft, KeysReady, Open}, r.State) || r.State == Open && !tx.Now().Before(r.ClosesAt) {
			return ErrState
		}
		wasOpen := r.State == Open
		r.State, r.Reason, r.ClosedAt, r.Members = Cancelled, reason, tx.Now(), nil
		if !wasOpen {
			return nil
		}
		_, err := record.Append(ctx, tx, record.Leaf{Kind: record.KindBallotCancelled, Facts: map[string]any{
			"id": r.ID, "region": string(r.Region), "definition": r.Digest, "reason_digest": Digest([]byte(reason)),
		}})
		return err
	})
}

// known gives a ballot that the caller may know of: drafts are for the officers
// of the place and of those above.
func (s *Service) known(ctx context.Context, by account.Caller, id string) (Record, error) {
	r, err := s.store.BallotRecord(ctx, id)
	if err != nil {
		return Record{}, err
	}
	if !r.public() && !s.knowsDrafts(by, r.Region) {
		return Record{}, ErrNotFound
	}
	return r, nil
}

// public reports whether everybody may know of the ballot. A cancelled draft
// never was anybody's matter but the officers'.
func (r Record) public() bool {
	return r.State != Draft && r.State != KeysReady && (r.State != Cancelled || !r.OpenedAt.IsZero())
}

// Known is nil for what the caller may know of, else ErrNotFound.
func (s *Service) Known(ctx context.Context, by account.Caller, id string) error {
	_, err := s.known(ctx, by, id)
	return err
}

func (s *Service) knowsDrafts(by account.Caller, at region.Code) bool {
	village := at.At(region.Village)
	for _, g := range by.Grants {
		if g.Region != village && g.Region.Contains(village) {
			return true
		}
	}
	return s.may(by, PowerManage, village) || s.may(by, PowerCertify, village) || s.may(by, PowerEnter, village)
}

// may reports whether the caller holds a power; who must sign in anew does.
func (s *Service) may(by account.Caller, power string, at region.Code) bool {
	if !by.Known() {
		return false
	}
	_, err := s.opt.Powers.May(by, power, at.At(region.Village))
	return err == nil || errors.Is(err, account.ErrStale)
}
