package covenant

import (
	"context"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/calendar"
	"cunwu/service/disclosure"
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Places is what the package needs of the tree of places.
type Places interface {
	// Active gives a place of one of the levels that is in the current edition.
	Active(ctx context.Context, code region.Code, levels ...region.Level) (region.Region, error)
	// Names gives the names of those of the codes that exist.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
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

// Ballots is what the package needs of the ballots.
type Ballots interface {
	// CovenantBallot gives what anybody may know of a ballot; a not-found fault
	// for one that is not public.
	CovenantBallot(ctx context.Context, id string) (Ballot, error)
}

// Ballot is what decides whether a ballot adopted a text. Figures are zero until
// it is certified.
type Ballot struct {
	ID        string
	Region    region.Code
	Rule      string // code in thresholds.yaml
	YesNo     bool   // the options are yes, no, abstain
	Advisory  bool
	Question  string
	OpenedAt  time.Time
	ClosedAt  time.Time
	Certified time.Time // zero: not yet
	Passed    bool      // quorum and majority
	QuorumMet bool
	Roll      int
	Present   int
	Yes       int
	No        int
	Abstain   int
}

// Postings is what the package needs of the disclosures.
type Postings interface {
	// Draft begins a posting.
	Draft(ctx context.Context, by account.Caller, act audit.Act, in disclosure.NewDraft) (disclosure.Posting, error)
}

// Options are what the service works with. All but the last three are required.
type Options struct {
	Procedures *procedure.Service
	Places     Places
	Powers     PowerTable
	Media      Media
	Rules      *Rules
	Screening  *screening.Screen
	Holidays   *calendar.Holidays
	Clock      calendar.Clock
	// Ballots gives the ballots of the villagers' meeting. Nil: no text can be
	// adopted.
	Ballots Ballots
	// Postings takes drafts of catalogue item A02. Nil: none can be made.
	Postings Postings
	// RoleName gives the Chinese name of a role. Nil: its identifier.
	RoleName func(account.Role) string
}

// Service is the charters and covenants of villages. It is safe for concurrent
// use.
type Service struct {
	store Store
	opt   Options
}

// New makes the service.
func New(store Store, opt Options) *Service { return &Service{store: store, opt: opt} }

// Rules gives the directory of topics and the lint.
func (s *Service) Rules() *Rules { return s.opt.Rules }
