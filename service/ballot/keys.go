package ballot

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot/sealed"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// Refusals of sealed ballots.
var (
	// ErrKeeper: the caller does not hold the office of the seat.
	ErrKeeper = fault.Define(fault.Forbidden, "ballot.not_keeper", "您不是这次秘密表决这个席位的保管人。")
	// ErrKeeperAdmin: whoever runs the system keeps no key of it.
	ErrKeeperAdmin = fault.Define(fault.Forbidden, "ballot.keeper_is_admin", "系统管理员不能做保管人。")
	// ErrKeys: the statement is wrong, or its keys are another's.
	ErrKeys = fault.Define(fault.Invalid, "ballot.keys_invalid", "钥匙声明不对，请用 cunwu trustee new 重新生成。")
	// ErrKeeperTwice: one person holds one seat.
	ErrKeeperTwice = fault.Define(fault.Conflict, "ballot.keeper_twice", "三个席位要由三个不同的人保管。")
	// ErrSealedWay: not a way of voting in this ballot.
	ErrSealedWay = fault.Define(fault.Conflict, "ballot.sealed_way", "这次表决不用这种方式投票。")
	// ErrNotSealed: the act is for sealed ballots only.
	ErrNotSealed = fault.Define(fault.Conflict, "ballot.not_sealed", "这次不是秘密表决。")
	// ErrStatement: what a keeper handed in does not fit what was committed.
	ErrStatement = fault.Define(fault.Invalid, "ballot.statement_invalid", "保管人交来的文件和封箱记录对不上。")
	// ErrPaperFirst: papers are counted before the box is opened.
	ErrPaperFirst = fault.Define(fault.Conflict, "ballot.paper_first", "请先录入会场纸质票的票数，再开箱。")
	// ErrErased: the ballots are gone.
	ErrErased = fault.Define(fault.Conflict, "ballot.erased", "这次表决的封票已经销毁。")
)

// seatRoles are the offices of the seats: A supervisory committee, B a
// villagers' representative, C the township.
var seatRoles = [sealed.Seats][]account.Role{
	{account.Supervisor, "four_post"}, {account.Representative}, {account.TownshipRole},
}

// keepers' place of a caller for a seat.
func holdsSeat(by account.Caller, seat int, at region.Code) error {
	if !by.Known() {
		return account.ErrRequired
	}
	if isAdmin(by) && !broken("keeper-admin") {
		return ErrKeeperAdmin
	}
	holds := false
	for _, g := range by.Grants {
		holds = holds || slices.Contains(seatRoles[seat], g.Role) && (g.Region.Contains(at.At(region.Village)) || at.At(region.Village).Contains(g.Region))
	}
	if !holds {
		return ErrKeeper
	}
	return nil
}

// sealedKnown gives a sealed ballot that the caller may know of; those who may
// hold a seat know of it from the draft on.
func (s *Service) sealedKnown(ctx context.Context, by account.Caller, id string) (Record, error) {
	r, err := s.store.BallotRecord(ctx, id)
	if err != nil {
		return Record{}, err
	}
	if !r.public() && !s.knowsDrafts(by, r.Region) {
		may := false
		for seat := range sealed.Seats {
			may = may || holdsSeat(by, seat, r.Region) == nil
		}
		if !may {
			return Record{}, ErrNotFound
		}
	}
	if !r.Sealed {
		return Record{}, ErrNotSealed
	}
	return r, nil
}

// KnownSealed is nil for a ballot that the caller may know of, else ErrNotFound.
func (s *Service) KnownSealed(ctx context.Context, by account.Caller, id string) error {
	_, err := s.sealedKnown(ctx, by, id)
	if errors.Is(err, ErrNotSealed) {
		return nil
	}
	return err
}

// Notice gives poll.json: the definition, from opening on with roll and keys.
func (s *Service) Notice(ctx context.Context, by account.Caller, id string) (sealed.Notice, error) {
	r, err := s.sealedKnown(ctx, by, id)
	if err != nil {
		return sealed.Notice{}, err
	}
	k, err := s.store.BallotKeeping(ctx, r.Number)
	if err != nil {
		return sealed.Notice{}, err
	}
	if k.Notice != nil {
		return *k.Notice, nil
	}
	raw, err := r.Encode()
	return sealed.Notice{Definition: raw}, err
}

// ceremony is the frame of every act of a keeper: the ballot and what is kept of
// it under lock, change, event, answer.
func (s *Service) ceremony(ctx context.Context, by account.Caller, act audit.Act, id, action string, do func(tx Tx, r *Record, k *Keeping) error) (View, error) {
	if _, err := s.sealedKnown(ctx, by, id); err != nil {
		return View{}, err
	}
	var out View
	err := s.store.InTx(ctx, act, func(tx Tx) error {
		r, err := tx.BallotForUpdate(ctx, id)
		if err != nil {
			return err
		}
		k, err := tx.Keeping(ctx, r.Number)
		if err != nil {
			return err
		}
		before := r.State
		if err := do(tx, &r, &k); err != nil {
			return err
		}
		r.Revision++
		if err := tx.SaveBallot(ctx, r); err != nil {
			return err
		}
		if err := tx.SaveKeeping(ctx, r.Number, k); err != nil {
			return err
		}
		if err := announce(ctx, tx, before, r); err != nil {
			return err
		}
		if err := tx.Record(ctx, event(action, r, nil)); err != nil {
			return err
		}
		out = s.plainView(by, r)
		return tx.Answer(ctx, out)
	})
	return out, err
}

// PutKeys takes the statement of a seat from who holds the office. With the
// third the ballot is ready; until then a statement can be replaced. Refusals:
// ballot.keys_invalid, ballot.not_keeper, ballot.keeper_is_admin,
// ballot.keeper_twice, ballot.not_draft.
func (s *Service) PutKeys(ctx context.Context, by account.Caller, act audit.Act, id string, st sealed.Statement) (View, error) {
	seat, err := sealed.ReadSeat(st.Seat)
	if err != nil {
		return View{}, ErrKeys.Because(err)
	}
	return s.ceremony(ctx, by, act, id, "ballot.keys", func(_ Tx, r *Record, k *Keeping) error {
		raw, err := r.Encode()
		if err != nil {
			return err
		}
		digest, err := sealed.Notice{Definition: raw}.Digest()
		if err != nil {
			return err
		}
		if err := st.Check(digest); err != nil {
			return ErrKeys.Because(err)
		}
		if err := holdsSeat(by, seat, r.Region); err != nil {
			return err
		}
		if r.State != Draft && r.State != KeysReady {
			return ErrNotDraft
		}
		// Statements for an earlier wording count no more.
		k.Keepers = slices.DeleteFunc(k.Keepers, func(o Keeper) bool { return o.Statement.Seat == st.Seat || o.Statement.Definition != digest })
		for _, o := range k.Keepers {
			switch {
			case o.Account == by.AccountID, o.Resident != "" && o.Resident == by.ResidentID:
				return ErrKeeperTwice
			case bytes.Equal(o.Statement.Box, st.Box), bytes.Equal(o.Statement.Sign, st.Sign):
				return ErrKeys
			}
		}
		k.Keepers = append(k.Keepers, Keeper{Account: by.AccountID, Resident: by.ResidentID, Statement: st})
		slices.SortFunc(k.Keepers, func(a, b Keeper) int { return bytes.Compare([]byte(a.Statement.Seat), []byte(b.Statement.Seat)) })
		r.State = Draft
		if len(k.Keepers) == sealed.Seats {
			r.State = KeysReady
		}
		return nil
	})
}

// PutHold takes the proof that a keeper still holds the seed.
func (s *Service) PutHold(ctx context.Context, by account.Caller, act audit.Act, id string, h sealed.Hold) (View, error) {
	return s.ceremony(ctx, by, act, id, "ballot.hold", func(_ Tx, r *Record, k *Keeping) error {
		keeper, err := k.seat(by, h.Seat)
		if err != nil {
			return err
		}
		if r.State != Open {
			return ErrState
		}
		if err := k.Notice.CheckHold(sealed.SaysHold, h); err != nil {
			return ErrStatement.Because(err)
		}
		keeper.Held = &h
		return nil
	})
}

// seat gives the keeper of a seat if that is the caller, once the poll is open.
func (k *Keeping) seat(by account.Caller, seat string) (*Keeper, error) {
	if k.Notice == nil {
		return nil, ErrState
	}
	for i := range k.Keepers {
		if k.Keepers[i].Statement.Seat == seat && k.Keepers[i].Account == by.AccountID {
			if isAdmin(by) && !broken("keeper-admin") {
				return nil, ErrKeeperAdmin
			}
			return &k.Keepers[i], nil
		}
	}
	return nil, ErrKeeper
}

// freezeKeys fixes roll and keys for good and gives them for the leaf of opening.
func (s *Service) freezeKeys(ctx context.Context, tx Tx, r Record) (*sealed.Notice, error) {
	k, err := tx.Keeping(ctx, r.Number)
	if err != nil {
		return nil, err
	}
	if err := s.noAdmins(ctx, k); err != nil {
		return nil, err
	}
	raw, err := r.Encode()
	if err != nil {
		return nil, err
	}
	n := sealed.Notice{Definition: raw, Roll: r.RollDigest, RollSize: r.RollSize}
	for _, o := range k.Keepers {
		n.Trustees = append(n.Trustees, sealed.Keys{Box: o.Statement.Box, Seat: o.Statement.Seat, Sign: o.Statement.Sign})
	}
	if _, err := n.Poll(); err != nil {
		return nil, ErrSealedNotReady.Because(err)
	}
	k.Notice = &n
	return &n, tx.SaveKeeping(ctx, r.Number, k)
}
