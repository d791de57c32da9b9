package disclosure

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/media"
	"cunwu/service/procedure"
	"cunwu/service/region"
	"cunwu/service/screening"
)

// Procedures is what the package needs of the staged cases.
type Procedures interface {
	// OpenIn begins a case inside the caller's transaction.
	OpenIn(ctx context.Context, tx procedure.Tx, code string, at region.Code, subjectID string, by account.Caller) (procedure.Case, error)
	// ActIn takes an action inside the caller's transaction.
	ActIn(ctx context.Context, tx procedure.Tx, caseID string, by account.Caller, in procedure.Input) (procedure.Case, error)
	// AvailableTo lists what the caller can do with the case now.
	AvailableTo(c procedure.Case, by account.Caller) []procedure.Available
}

// Places is what the package needs to know of the tree of places.
type Places interface {
	// Region gives one place; region.ErrNotFound if there is none.
	Region(ctx context.Context, code region.Code) (region.Region, error)
	// Names gives the names of those of the codes that exist.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
}

// Media is what the package needs of the attachments.
type Media interface {
	// Objects gives those of the ids that exist.
	Objects(ctx context.Context, ids []string) ([]media.Object, error)
}

// Options are what the service works with. All are required but Colleague.
type Options struct {
	Procedures Procedures
	Places     Places
	Media      Media
	Catalogue  *Catalogue
	Screening  *screening.Screen
	Clock      calendar.Clock
	// MayDraft gives the role under which a caller may write for a village.
	MayDraft func(by account.Caller, village region.Code) (account.Role, bool)
	// Colleague reports whether an account holds an office of the village, so
	// that clerks may use each other's attachments. Nil: own ones only.
	Colleague func(ctx context.Context, accountID string, village region.Code) (bool, error)
}

// Service is the disclosure of villages.
type Service struct {
	store Store
	opt   Options
}

// New makes the service.
func New(store Store, opt Options) *Service { return &Service{store: store, opt: opt} }

// NewDraft is what a clerk begins with. An empty Visibility takes the item's
// own; it may be narrower than that, never wider.
type NewDraft struct {
	Region     region.Code
	ItemCode   string
	Period     string
	Visibility Visibility
	Content    Content
}

// Changes is an edit of a draft. Revision is the one that was read.
type Changes struct {
	Revision int
	Content  Content
}

// Page is a part of a list; Next is 0 at the end.
type Page struct {
	Items []Posting
	Next  int64
}
