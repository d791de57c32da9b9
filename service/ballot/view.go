package ballot

import (
	"context"
	"errors"
	"slices"
	"time"

	"cunwu/service/account"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// View is a ballot as one caller sees it. There is no count in it.
type View struct {
	Definition
	State       State
	Revision    int
	RollSize    int // 0 before opening
	RollDigest  string
	Digest      string
	OpenedAt    time.Time
	ClosedAt    time.Time
	CertifiedAt time.Time
	Reason      string
	Turnout     *int      // rounded down to tens; nil: nothing is told yet
	TurnoutAt   time.Time // of when it is
	Asked       bool      // whether the caller can vote was looked up: CanVote says
	CanVote     error     // nil: yes; else why not, a *fault.Fault
	OnRoll      bool      // the caller is on the roll, or would be as of now
	Voted       bool      // the caller's own entry
	Tracker     string    // of the caller's cast
	Way         Origin
	Actions     []string // what the caller can do now
	Now         time.Time
	OpenedIndex *int64
	ResultIndex *int64
}

// plainView is what is the same for everybody, and the caller's actions.
func (s *Service) plainView(by account.Caller, r Record) View {
	now := s.opt.Clock.Now()
	v := View{
		Definition: r.Definition, State: r.State, Revision: r.Revision, RollSize: r.RollSize, RollDigest: r.RollDigest,
		Digest: r.Digest, OpenedAt: r.OpenedAt, ClosedAt: r.ClosedAt, CertifiedAt: r.CertifiedAt, Reason: r.Reason,
		Actions: s.actions(by, r, now), Now: now, OpenedIndex: r.OpenedIndex, ResultIndex: r.ResultIndex,
		CanVote: r.Takes(now),
	}
	if t := r.Turnout; r.public() && !t.ShownAt.IsZero() {
		v.Turnout, v.TurnoutAt = &t.Shown, t.ShownAt
	}
	return v
}

func (s *Service) actions(by account.Caller, r Record, now time.Time) []string {
	out := []string{}
	if s.may(by, PowerManage, r.Region) {
		switch {
		case r.State == Draft:
			out = append(out, "edit", ActOpen, ActCancel)
		case r.State == Open && now.Before(r.ClosesAt):
			out = append(out, ActCancel)
		}
	}
	if r.State == Counted && s.may(by, PowerCertify, r.Region) {
		out = append(out, ActCertify)
	}
	if !r.Sealed && r.Takes(now) == nil {
		for power, action := range map[string]string{PowerEnter: "enter_sheet", PowerWitness: "confirm_sheet", PowerAssist: "assist"} {
			if s.may(by, power, r.Region) {
				out = append(out, action)
			}
		}
		slices.Sort(out)
	}
	return out
}

// Takes says why the ballot takes no casts at a time, nil if it does.
func (r Record) Takes(now time.Time) error {
	switch {
	case r.State == Cancelled:
		return ErrCancelled
	case r.State == Draft, r.State == KeysReady, r.State == Open && now.Before(r.OpensAt):
		return ErrNotOpen
	case r.State != Open, !now.Before(r.ClosesAt):
		return ErrClosed
	}
	return nil
}

// Ballot gives one ballot with what the caller may do and has done.
func (s *Service) Ballot(ctx context.Context, by account.Caller, id string) (View, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return View{}, err
	}
	return s.viewOf(ctx, by, r)
}

func (s *Service) viewOf(ctx context.Context, by account.Caller, r Record) (View, error) {
	v := s.plainView(by, r)
	v.Asked = true
	who, err := s.entered(ctx, by, r)
	if err != nil && fault.Of(err) == nil || isAway(err) {
		return View{}, err
	}
	v.OnRoll = err == nil
	if err == nil && who.Way != "" {
		v.Voted, v.Tracker, v.Way = true, who.Tracker, who.Way
		err = Admit(who.Way, Online, r.Revote)
	}
	if err != nil && !isOver(v.CanVote) {
		v.CanVote = err // who may never is not told to wait
	}
	return v, nil
}

func isAway(err error) bool {
	f := fault.Of(err)
	return f != nil && (f.Kind == fault.Unavailable || f.Kind == fault.Internal)
}

func isOver(err error) bool { return errors.Is(err, ErrClosed) || errors.Is(err, ErrCancelled) }

// entered gives what the frozen roll says of the caller, or why the caller has
// no vote. Before opening, the roll as it would be now is asked.
func (s *Service) entered(ctx context.Context, by account.Caller, r Record) (Entered, error) {
	if err := mayCast(by); err != nil && by.ResidentID == "" {
		return Entered{}, err
	}
	if !r.OpenedAt.IsZero() {
		e, err := s.store.BallotEntered(ctx, r.Number, by.ResidentID)
		if h := r.householdOf(by); err == nil && h != "" && h != e.Subject {
			return Entered{}, ErrNotOnRoll
		}
		if err == nil && e.Way == "" {
			if err = mayCast(by); err == nil {
				err = r.lapsed(by)
			}
		}
		return e, err
	}
	roll, err := s.roll(ctx, r)
	if err != nil {
		return Entered{}, err
	}
	if !slices.ContainsFunc(roll, func(e Entry) bool { return slices.Contains(e.Voters, by.ResidentID) }) {
		return Entered{}, ErrNotOnRoll
	}
	return Entered{}, mayCast(by)
}

// mayCast says why the caller's standing does not allow to vote.
func mayCast(by account.Caller) error {
	switch {
	case !by.Known():
		return account.ErrRequired
	case by.Standing == account.Unbound || by.ResidentID == "":
		return ErrNotOnRoll
	case by.Standing != account.Voter:
		return ErrStanding
	}
	return nil
}

// List is one page of ballots; Next is 0 at the end.
type List struct {
	Items []View
	Next  int64
}

// List gives the ballots of a place and all below it, newest first, drafts only
// to the officers of a village.
func (s *Service) List(ctx context.Context, by account.Caller, within region.Code, before int64, limit int) (List, error) {
	if !within.Valid() {
		return List{}, region.ErrNotFound
	}
	drafts := within.Level() >= region.Village && s.knowsDrafts(by, within)
	rs, err := s.store.BallotRecords(ctx, Page{Within: within, Drafts: drafts, Before: before, Limit: limit + 1})
	if err != nil {
		return List{}, err
	}
	var out List
	if len(rs) > limit {
		rs = rs[:limit]
		out.Next = rs[limit-1].Number
	}
	for _, r := range rs {
		v := s.plainView(by, r)
		if !r.OpenedAt.IsZero() { // the roll as it would be is asked for one ballot only
			if v, err = s.viewOf(ctx, by, r); err != nil {
				return List{}, err
			}
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}
