package ballot

import (
	"context"
	"strings"
	"sync"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot/sealed"
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
	return s.putSealed(ctx, by, r, m.Sealed, ByPhone, CastRequest{Resident: by.ResidentID, Household: r.householdOf(by), Origin: Online, Receipt: receipt, Allowed: mayCast(by)})
}

func (s *Service) putSealed(ctx context.Context, by account.Caller, r Record, ballot []byte, label string, q CastRequest) (Receipt, error) {
	if q.Resident != "" {
		q.Lapsed = r.lapsed(by)
	}
	if q.Allowed == nil && r.State != Open {
		q.Allowed = r.Takes(s.opt.Clock.Now())
	}
	q.Sealed, q.SealedBy, q.Tracker = ballot, label, sealed.TrackerText(sealed.Tracker(ballot))
	return s.take(ctx, r, q)
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
	if q.Resident != "" {
		q.Household = r.householdOf(by)
	}
	return s.putSealed(ctx, by, r, ballot, label, q)
}

// FullTracker gives all 32 bytes of what TrackerText shows.
func FullTracker(b []byte) [32]byte { return sealed.Tracker(b) }
