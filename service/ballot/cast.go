package ballot

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/region"
)

// Receipt is what a voter gets for a recorded cast: nothing of the choice.
type Receipt struct {
	Tracker  string
	Origin   Origin
	SealedBy string // of a sealed ballot: where it was sealed
}

// Admit decides whether a cast of one way is taken where the entry of the roll
// has voted by another already: a vote at the table replaces what came in
// online or with help, and shuts those ways; they replace each other where
// votes may be changed.
func Admit(had, comes Origin, revote bool) error {
	switch {
	case had == "":
		return nil
	case had == Meeting && comes == Meeting:
		return ErrAlreadyCast
	case had == Meeting:
		return ErrMeeting
	case comes == Meeting, revote:
		return nil
	}
	return ErrAlreadyCast
}

// Cast takes the caller's vote. Refusals in their order: auth.required,
// ballot.not_found, ballot.choice_invalid, ballot.not_on_roll and
// ballot.standing_needed, then ballot.not_open, ballot.closed,
// ballot.cancelled, ballot.already_cast, ballot.cast_at_meeting. The answer
// comes after the commit; without one the outcome is unknown (503), and a
// repeat with the same Idempotency-Key tells it.
func (s *Service) Cast(ctx context.Context, by account.Caller, receipt *audit.Receipt, id string, m Mark) (Receipt, error) {
	if !by.Known() {
		return Receipt{}, account.ErrRequired
	}
	f, err := s.frozenBallot(ctx, by, id)
	if err != nil {
		return Receipt{}, err
	}
	if f.Sealed {
		return s.castSealed(ctx, by, receipt, f, m)
	}
	if !f.Valid(m) {
		return Receipt{}, ErrChoice
	}
	allowed := mayCast(by)
	if allowed == nil && f.State != Open {
		allowed = f.Takes(s.opt.Clock.Now())
	}
	return s.take(ctx, f, CastRequest{
		Resident: by.ResidentID, Household: f.householdOf(by), Pattern: m.Pattern(), Origin: Online, Tracker: NewTracker(),
		Receipt: receipt, Allowed: allowed, Lapsed: f.lapsed(by),
	})
}

// householdOf is what the caller's household must be for the cast to count:
// who moved out of a household since the roll was frozen does not speak for it.
func (r Record) householdOf(by account.Caller) string {
	switch {
	case r.Electorate != Households:
		return ""
	case by.HouseholdID == "":
		return "-" // no household's id
	}
	return by.HouseholdID
}

// take hands a cast to the caster. Where the clock has closed a ballot that no
// sweep has, the ballot is shut before anybody is told so: a clock that goes
// back does not open it again.
func (s *Service) take(ctx context.Context, f Record, q CastRequest) (Receipt, error) {
	q.Ballot = f.Number
	got, err := s.caster.cast(ctx, q)
	if !errors.Is(err, ErrClosed) || f.State != Open {
		return got, err
	}
	if _, shut := s.shut(ctx, f.ID); shut != nil && !errors.Is(shut, errElsewhere) {
		return Receipt{}, shut
	}
	s.frozen.mu.Lock()
	delete(s.frozen.m, f.ID)
	s.frozen.mu.Unlock()
	return got, err
}

// Castable is nil where the caller may know of a ballot, else ErrNotFound. It is
// what a door asks before it looks at a cast, and costs nothing for a ballot
// that was seen open.
func (s *Service) Castable(ctx context.Context, by account.Caller, id string) error {
	_, err := s.frozenBallot(ctx, by, id)
	return err
}

// Helped is nil where a token is of an assisted session for the ballot.
func (s *Service) Helped(ctx context.Context, token, id string) error {
	_, _, err := s.helped(ctx, token, id)
	return err
}

func (s *Service) helped(ctx context.Context, token, id string) (Assist, Record, error) {
	hash := sha256.Sum256([]byte(token))
	a, err := s.store.BallotAssist(ctx, hash[:])
	if err != nil {
		return Assist{}, Record{}, err
	}
	r, err := s.frozenBallot(ctx, account.Caller{}, id)
	if err == nil && a.Ballot != r.Number { // a token for another ballot is no token here
		err = ErrAssist
	}
	return a, r, err
}

// AssistPrefix begins the token of an assisted session, so that the door can
// tell it from a session's.
const AssistPrefix = "assist-"

// CastAssisted takes the vote of whoever is helped in the session of the token,
// which is used up by it.
func (s *Service) CastAssisted(ctx context.Context, token string, receipt *audit.Receipt, id string, m Mark) (Receipt, error) {
	a, f, err := s.helped(ctx, token, id)
	if err != nil {
		return Receipt{}, err
	}
	if f.Sealed || !f.Valid(m) { // sealed ones with help come by CastPlain
		return Receipt{}, ErrChoice
	}
	return s.take(ctx, f, CastRequest{
		Voter: a.Voter, Pattern: m.Pattern(), Origin: Assisted, Tracker: NewTracker(),
		Receipt: receipt, Assist: a.TokenHash,
	})
}

// frozenBallots remembers ballots that were seen open: nothing of what is asked
// of them here can change after that. What can, their state, is asked again in
// the transaction of the cast.
type frozenBallots struct {
	mu sync.RWMutex
	m  map[string]Record
}

const frozenMost = 1024

func (s *Service) frozenBallot(ctx context.Context, by account.Caller, id string) (Record, error) {
	s.frozen.mu.RLock()
	r, ok := s.frozen.m[id]
	s.frozen.mu.RUnlock()
	if ok {
		return r, nil
	}
	r, err := s.known(ctx, by, id)
	if err != nil || r.State != Open {
		return r, err
	}
	s.frozen.mu.Lock()
	defer s.frozen.mu.Unlock()
	if s.frozen.m == nil || len(s.frozen.m) >= frozenMost {
		s.frozen.m = map[string]Record{}
	}
	s.frozen.m[id] = r
	return r, nil
}

// find gives the number of the entry that an officer names at the table: a
// person, or a household by id, number or member. Who has left the village or
// the office since the roll was frozen is not found.
func (s *Service) find(ctx context.Context, r Record, voter string) (int64, error) {
	people, err := s.opt.Rolls.FullAge(ctx, r.Region.At(region.Village), r.OpensAt)
	if err != nil {
		return 0, err
	}
	missing := ErrVoter.At("body.voter", "名册里没有")
	at := slices.IndexFunc(people, func(p account.Elector) bool {
		return p.ResidentID == voter || r.Electorate == Households && p.HouseholdID != "" && (p.HouseholdID == voter || p.HouseholdNumber == voter)
	})
	if at < 0 {
		return 0, missing
	}
	if r.Electorate == Households {
		if people[at].HouseholdID == "" {
			return 0, missing
		}
		return s.store.BallotVoter(ctx, r.Number, people[at].HouseholdID)
	}
	if role := r.role(); role != "" {
		holders, err := s.opt.Rolls.Holders(ctx, role, r.Region, s.opt.Clock.Now())
		if err != nil {
			return 0, err
		}
		if !slices.Contains(holders, voter) {
			return 0, ErrRoleEnded
		}
	}
	return s.store.BallotVoter(ctx, r.Number, voter)
}
