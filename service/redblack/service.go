package redblack

import (
	"context"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/ballot"
	"cunwu/service/calendar"
	"cunwu/service/covenant"
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
	// Region gives a place, or region.not_found.
	Region(ctx context.Context, code region.Code) (region.Region, error)
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

// Eraser takes the bytes of attachments away for good.
type Eraser interface {
	// Erase removes attachments that nothing shows any more, bytes and all. One
	// that is gone already is left alone.
	Erase(ctx context.Context, ids []string) error
}

// Rolls is what the package needs to know of people on rolls.
type Rolls interface {
	// Named gives those on a village's roll who bear exactly this name.
	Named(ctx context.Context, village region.Code, name string) ([]account.RollEntry, error)
	// FullName gives the name of a person as the roll writes it.
	FullName(ctx context.Context, residentID string) (name string, on bool, err error)
	// HouseholdNames gives the names of all in the person's household.
	HouseholdNames(ctx context.Context, residentID string) ([]string, error)
	// Adult reports whether a person is of age on a day, and whether anybody knows.
	Adult(ctx context.Context, residentID string, on time.Time) (adult, known bool, err error)
	// NearKin gives the near relatives of a person by id.
	NearKin(ctx context.Context, residentID string) ([]string, error)
	// Holders gives the residents who hold a role within a place, each once.
	Holders(ctx context.Context, role account.Role, within region.Code, on time.Time) ([]string, error)
}

// Covenants gives what is in force.
type Covenants interface {
	// InForce gives the text in force at a village at a time, or a not-found fault.
	InForce(ctx context.Context, place region.Code, kind covenant.Kind, at time.Time) (covenant.InForce, error)
}

// Postings takes drafts of the catalogue items C04 to C06.
type Postings interface {
	// Draft makes a posting that nobody outside sees yet.
	Draft(ctx context.Context, by account.Caller, act audit.Act, in disclosure.NewDraft) (disclosure.Posting, error)
}

// Options are what the service works with. All but the last four are required.
type Options struct {
	Procedures *procedure.Service
	Places     Places
	Powers     PowerTable
	Media      Media
	Rolls      Rolls
	Covenants  Covenants
	Rules      *Rules
	Thresholds *ballot.Thresholds
	Screening  *screening.Screen
	Sealer     account.Sealer
	Holidays   *calendar.Holidays
	Clock      calendar.Clock
	// Erase takes away photos after an entry ended. Nil: they are left to whoever
	// sweeps what nothing shows.
	Erase Eraser
	// Postings takes drafts. Nil: none can be made.
	Postings Postings
	// MaskedNames gives the masked names of accounts. Nil: none.
	MaskedNames func(ctx context.Context, accounts []string) (map[string]string, error)
	// RoleName gives the Chinese name of a role. Nil: its identifier.
	RoleName func(account.Role) string
}

// Service is the red and black lists of villages. It is safe for concurrent use.
type Service struct {
	store Store
	opt   Options
}

// New makes the service.
func New(store Store, opt Options) *Service { return &Service{store: store, opt: opt} }

// Rules gives the rule data.
func (s *Service) Rules() *Rules { return s.opt.Rules }
