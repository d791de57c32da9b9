package covenant

import (
	"context"
	"io"
	"time"

	"cunwu/service/account"
	"cunwu/service/audit"
	"cunwu/service/disclosure"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// Rules is covenants.yaml.
type Rules struct{}

// NewRevision begins a revision.
type NewRevision struct {
	Region region.Code // the village
	Kind   Kind
	Title  string // of the text; "" takes that of the version before
	Notice string // what opinions are asked on
}

// Start begins a revision of a text, or of the first version of one.
func (s *Service) Start(ctx context.Context, by account.Caller, act audit.Act, in NewRevision) (View, error) {
	return View{}, fault.ErrInternal
}

// PutDraft writes the text of the revision under way.
func (s *Service) PutDraft(ctx context.Context, by account.Caller, act audit.Act, id string, revision int, in Draft) (View, error) {
	return View{}, fault.ErrInternal
}

// NewOpinion is what somebody says.
type NewOpinion struct {
	Stance Stance
	Clause string
	Text   string
	// People and Sheet are of paper, entered by the clerk.
	People int
	Sheet  string
}

// Speak says an opinion on the revision under way.
func (s *Service) Speak(ctx context.Context, by account.Caller, act audit.Act, id string, in NewOpinion) (Opinion, error) {
	return Opinion{}, fault.ErrInternal
}

// Opinions gives those of the version under way or in force that the caller may
// read: all for those who work on the text, else the own.
func (s *Service) Opinions(ctx context.Context, by account.Caller, id string) ([]Opinion, error) {
	return nil, fault.ErrInternal
}

// Reply answers an opinion of the revision under way.
func (s *Service) Reply(ctx context.Context, by account.Caller, act audit.Act, id string, number int, adopted bool, reason string) (Opinion, error) {
	return Opinion{}, fault.ErrInternal
}

// Act takes an action of the revision under way.
func (s *Service) Act(ctx context.Context, by account.Caller, act audit.Act, id string, in procedure.Input) (View, error) {
	return View{}, fault.ErrInternal
}

// Page is a part of a list; Next is 0 at the end.
type Page struct {
	Items []View
	Next  int64
}

// List gives the texts of a place and all below it, newest first.
func (s *Service) List(ctx context.Context, q Query) (Page, error) {
	return Page{}, fault.ErrInternal
}

// Covenant gives a text as the caller may see it. The zero Caller is a stranger.
func (s *Service) Covenant(ctx context.Context, by account.Caller, id string) (View, error) {
	return View{}, fault.ErrInternal
}

// Version gives a version of a text.
func (s *Service) Version(ctx context.Context, covenantID string, number int) (Version, error) {
	return Version{}, fault.ErrInternal
}

// ClauseAt gives a clause in the words of a version.
func (s *Service) ClauseAt(ctx context.Context, covenantID string, version int, code string) (Clause, error) {
	return Clause{}, fault.ErrInternal
}

// InForce gives the text that is in force at a village at a time.
// covenant.none_in_force.
func (s *Service) InForce(ctx context.Context, place region.Code, kind Kind, at time.Time) (InForce, error) {
	return InForce{}, fault.ErrInternal
}

// NewReport asks for a draft of catalogue item A02.
type NewReport struct {
	Version int    // 0: the one in force
	Period  string // as the catalogue asks
}

// Report makes a draft of item A02 from the record.
func (s *Service) Report(ctx context.Context, by account.Caller, act audit.Act, id string, in NewReport) (disclosure.Posting, error) {
	return disclosure.Posting{}, fault.ErrInternal
}

// ExportOwn adds own opinions to the export of own data.
func (s *Service) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	return fault.ErrInternal
}
