package disclosure

import (
	"context"
	"errors"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Procedure is the code of the definition that every posting goes by.
const Procedure = "disclosure"

// Effects are what the steps of that definition bring about here; loading the
// definitions needs their names.
func Effects() []string {
	return []string{effSubmitted, effReviewed, effConfirmed, effPublished, effWithdrawn, effArchived}
}

const (
	effSubmitted = "disclosure.submitted"
	effReviewed  = "disclosure.reviewed"
	effConfirmed = "disclosure.confirmed"
	effPublished = "disclosure.published"
	effWithdrawn = "disclosure.withdrawn"
	effArchived  = "disclosure.archived"
)

// Places is what the package needs to know of the tree of places.
type Places interface {
	// Active gives a place of a level that is in the current edition, or
	// region.not_found, region.code_invalid or the refusal of places gone.
	Active(ctx context.Context, code region.Code, levels ...region.Level) (region.Region, error)
	// Names gives the names of those of the codes that exist, in any state.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
}

// Media is what the package needs of the attachments.
type Media interface {
	// Objects gives those of the ids that exist, in any order.
	Objects(ctx context.Context, ids []string) ([]media.Object, error)
}

// Powers says what a caller may do where.
type Powers interface {
	// May gives the grant under which a power is held, or auth.required,
	// auth.stale, account.not_allowed.
	May(c account.Caller, power string, at region.Code) (account.Grant, error)
}

// Options are what the service works with. All but the last five are required.
type Options struct {
	Procedures *procedure.Service
	Places     Places
	Media      Media
	Powers     Powers
	Catalogue  *Catalogue
	Screening  *screening.Screen
	Holidays   *calendar.Holidays
	Clock      calendar.Clock
	// Colleague reports whether an account holds an office of the village, so
	// that clerks may use each other's attachments. Nil: own ones only.
	Colleague func(ctx context.Context, accountID string, village region.Code) (bool, error)
	// RoleName gives the Chinese name of a role. Nil: its identifier.
	RoleName func(account.Role) string
	// Accounts are the rules of accounts besides arithmetic. Nil: none.
	Accounts *AccountRules
	// Households are the rolls, and Sealer hides what concerns one household.
	// Both or neither: without them no posting concerns a household.
	Households Households
	Sealer     account.Sealer
}

// Service is the disclosure of villages. It is safe for concurrent use.
type Service struct {
	store Store
	opt   Options
}

// New makes the service.
func New(store Store, opt Options) *Service { return &Service{store: store, opt: opt} }

// exists demands that a place is or was: what hangs on a merged place stays.
func (s *Service) exists(ctx context.Context, place region.Code) error {
	names, err := s.opt.Places.Names(ctx, []region.Code{place})
	if err != nil {
		return err
	}
	if _, ok := names[place]; !ok {
		return region.ErrNotFound
	}
	return nil
}

// powersOf are those that make somebody know of a posting before it is public.
func powersOf() []string {
	return []string{
		"disclosure.draft", "disclosure.submit", "disclosure.review", "disclosure.proceed",
		"disclosure.confirm", "disclosure.return", "disclosure.publish", "disclosure.withdraw",
	}
}

// knowsDrafts reports whether a caller may know what is not published of a
// village: its own officers by their powers, and officers of the places above.
func (s *Service) knowsDrafts(by account.Caller, village region.Code) bool {
	for _, g := range by.Grants {
		if g.Region != village && g.Region.Contains(village) {
			return true
		}
	}
	for _, p := range powersOf() {
		// Whoever must sign in anew has the power, and may know.
		if _, err := s.opt.Powers.May(by, p, village); err == nil || errors.Is(err, account.ErrStale) {
			return true
		}
	}
	return false
}

// mayAt gives the question that a case asks of its actor's powers, and
// remembers the refusal that says more than "no".
func (s *Service) mayAt(by account.Caller, at region.Code) (may func(power string) bool, stale *error) {
	stale = new(error)
	return func(power string) bool {
		_, err := s.opt.Powers.May(by, power, at)
		if errors.Is(err, account.ErrStale) {
			*stale = err
		}
		return err == nil
	}, stale
}

// readable reports whether a caller may read what was published of a record.
func readable(r Record, by account.Caller) bool {
	return r.Version > 0 && (r.Visibility == PublicInternet || by.ReadsVillage(r.Region))
}

// standing reports whether the published text is up now.
func (r Record) standing() bool { return r.State == Published || r.State == Archived }

// public gives the state that readers see: what was published and is being
// corrected shows as withdrawn until the corrected text is up.
func (r Record) public() State {
	if r.Version > 0 && !r.standing() && r.State != Expired {
		return Withdrawn
	}
	return r.State
}
