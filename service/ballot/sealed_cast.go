package ballot

import (
	"context"
	"strings"
	"sync"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot/sealed"
	"cunwu/service/region"
)

// sealedPolls remembers what ballots are sealed to: it cannot change once open.
type sealedPolls struct {
	mu sync.RWMutex
	m  map[int64]*sealed.Poll
}

func (s *Service) poll(ctx context.Context, number int64) (*sealed.Poll, error) {
	s.polls.mu.RLock()
	p := s.polls.m[number]
	s.polls.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	k, err := s.store.BallotKeeping(ctx, number)
	if err != nil {
		return nil, err
	}
	if k.Notice == nil {
		return nil, ErrNotOpen
	}
	if p, err = k.Notice.Poll(); err != nil {
		return nil, err
	}
	s.polls.mu.Lock()
	defer s.polls.mu.Unlock()
	if s.polls.m == nil || len(s.polls.m) >= frozenMost {
		s.polls.m = map[int64]*sealed.Poll{}
	}
	s.polls.m[number] = p
	return p, nil
}

// castSealed takes what a phone sealed. The server cannot look inside: what is
// no ballot is counted as bad by the keepers.
func (s *Service) castSealed(ctx context.Context, by account.Caller, receipt *audit.Receipt, r Record, m Mark) (Receipt, error) {
	if len(m.Sealed) != sealed.BallotSize || m.Sealed[0] != 1 || len(m.Choices) > 0 || len(m.Scores) > 0 {
		return Receipt{}, ErrChoice
	}
	return s.putSealed(ctx, r, m.Sealed, ByPhone, CastRequest{Resident: by.ResidentID, Origin: Online, Receipt: receipt, Allowed: mayCast(by)})
}

func (s *Service) putSealed(ctx context.Context, r Record, ballot []byte, label string, q CastRequest) (Receipt, error) {
	if q.Allowed == nil && r.State != Open {
		q.Allowed = r.Takes(s.opt.Clock.Now())
	}
	q.Ballot, q.Sealed, q.SealedBy, q.Tracker = r.Number, ballot, label, sealed.TrackerText(sealed.Tracker(ballot))
	return s.caster.cast(ctx, q)
}

// CastPlain seals a frame in memory for who cannot seal on the phone, and wipes
// it: 服务器代封, with the token of an assisted session 协助投票. The receipt's
// digest must not be made from the frame: its hash is a dictionary away.
func (s *Service) CastPlain(ctx context.Context, by account.Caller, token string, receipt *audit.Receipt, id string, frame []byte) (Receipt, error) {
	defer clear(frame)
	q, label := CastRequest{Resident: by.ResidentID, Origin: Online, Receipt: receipt, Allowed: mayCast(by)}, ByServer
	var r Record
	var err error
	if strings.HasPrefix(token, AssistPrefix) {
		var a Assist
		a, r, err = s.helped(ctx, token, id)
		q, label = CastRequest{Voter: a.Voter, Origin: Assisted, Receipt: receipt, Assist: a.TokenHash}, ByHelper
	} else if r, err = s.frozenBallot(ctx, by, id); err == nil && !by.Known() {
		err = account.ErrRequired
	}
	switch {
	case err != nil:
		return Receipt{}, err
	case !r.Sealed:
		return Receipt{}, ErrNotSealed
	}
	p, err := s.poll(ctx, r.Number)
	if err != nil {
		return Receipt{}, err
	}
	ballot, err := p.Seal(frame)
	clear(frame)
	if err != nil {
		return Receipt{}, ErrChoice
	}
	return s.putSealed(ctx, r, ballot, label, q)
}

// MarkAtTable marks that somebody has put a paper into the box at the table. The
// paper bears no name; an earlier sealed cast is dropped at closing.
func (s *Service) MarkAtTable(ctx context.Context, by account.Caller, act audit.Act, id, voter string) (View, error) {
	r, err := s.sealedKnown(ctx, by, id)
	if err != nil {
		return View{}, err
	}
	if _, err := s.opt.Powers.May(by, PowerEnter, r.Region.At(region.Village)); err != nil {
		return View{}, err
	}
	n, err := s.find(ctx, r, voter)
	if err != nil {
		return View{}, err
	}
	var out View
	err = s.store.InTx(ctx, act, func(tx Tx) error {
		got, err := tx.PutCasts(ctx, []CastRequest{{Ballot: r.Number, Voter: n, Origin: Meeting, SealedBy: ByTable}})
		if err == nil {
			err = got[0].Err
		}
		if err != nil {
			return err
		}
		if err := tx.Record(ctx, event("ballot.table", r, nil)); err != nil {
			return err
		}
		out = s.plainView(by, r)
		return tx.Answer(ctx, out)
	})
	return out, err
}

// FullTracker gives all 32 bytes of what TrackerText shows.
func FullTracker(b []byte) [32]byte { return sealed.Tracker(b) }
