package ranking

import (
	"context"
	"io"
	"time"

	"cunwu/service/account"
	"cunwu/service/calendar"
	"cunwu/service/region"
)

// Places is what the package needs of the tree of places.
type Places interface {
	// Region gives a place, or region.not_found.
	Region(ctx context.Context, code region.Code) (region.Region, error)
	// Names gives the names of those of the codes that exist.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
}

// Households says how many households each group of a village has.
type Households interface {
	HouseholdsByGroup(ctx context.Context, village region.Code) (map[region.Code]int, error)
}

// Topics gives the name of a topic of the directory, "" for one that it lacks.
type Topics interface{ TopicName(code string) string }

// Options are what the service needs. Store, Places, Households and Rules are
// needed.
type Options struct {
	Places     Places
	Households Households
	Rules      *Rules
	Clock      calendar.Clock // default the machine's
	Topics     Topics         // nil: topics are named by their codes
	// About reports whether a deed is a resident's own. A ranking does not know;
	// nil: no deed is anybody's.
	About func(ctx context.Context, deedID, residentID string) (bool, error)
}

// Service endorses and ranks. It is safe for concurrent use.
type Service struct {
	store    Store
	opt      Options
	endorser endorser
}

// New makes the service.
func New(store Store, o Options) *Service {
	if o.Clock == nil {
		o.Clock = calendar.System{}
	}
	return &Service{store: store, opt: o, endorser: endorser{store: store}}
}

// PageLimits gives how many rows a page has where nothing is said, and at most.
func (s *Service) PageLimits() (usual, most int) {
	return s.opt.Rules.Page.Default, s.opt.Rules.Page.Most
}

// Endorse lets the caller stand behind a deed, or no longer. To ask for what is
// so already changes nothing and answers the same. The answer comes after the
// commit. Refusals in their order: auth.required, ranking.deed_not_found,
// ranking.not_villager, ranking.standing_needed, ranking.own_deed,
// ranking.closed.
func (s *Service) Endorse(ctx context.Context, by account.Caller, deed string, on bool) (State, error) {
	if !by.Known() {
		return State{}, account.ErrRequired
	}
	e := Endorsement{Deed: deed, Resident: by.ResidentID, Village: by.Village.At(region.Village), On: on}
	switch {
	case by.Standing == account.Unbound || by.ResidentID == "":
		e.Refused = ErrNotVillager
	case by.Standing != account.Voter:
		e.Refused = ErrStanding
	case on && s.opt.About != nil:
		own, err := s.opt.About(ctx, deed, by.ResidentID)
		if err != nil {
			return State{}, err
		}
		if own {
			e.Refused = ErrOwn
		}
	}
	return s.endorser.take(ctx, e)
}

// Endorsement tells the caller whether they stand behind a deed, and how many
// do. Refusals: auth.required, ranking.deed_not_found.
func (s *Service) Endorsement(ctx context.Context, by account.Caller, deed string) (State, error) {
	if !by.Known() {
		return State{}, account.ErrRequired
	}
	return s.store.EndorsementOf(ctx, deed, by.ResidentID)
}

// Endorsements gives how many stand behind each of the deeds that are ranked, by id.
func (s *Service) Endorsements(ctx context.Context, deeds []string) (map[string]int64, error) {
	if len(deeds) == 0 {
		return nil, nil
	}
	return s.store.EndorsementsOf(ctx, deeds)
}

// Known is nil for a deed that is in the rankings, else ErrNotFound.
func (s *Service) Known(ctx context.Context, _ account.Caller, deed string) error {
	_, err := s.store.EndorsementOf(ctx, deed, "")
	return err
}

// ExportOwn adds what a person stands behind to the export of own data. It
// implements account.ExportSource.
func (s *Service) ExportOwn(ctx context.Context, c account.Caller, file func(name string) (io.Writer, error)) error {
	type line = map[string]any
	out := []line{}
	if c.ResidentID != "" {
		own, err := s.store.OwnEndorsements(ctx, c.ResidentID)
		if err != nil {
			return err
		}
		for _, e := range own {
			out = append(out, line{
				"deed_id": e.Deed, "region": e.Region, "title": e.Title, "at": e.At.In(calendar.China).Format(time.RFC3339),
			})
		}
	}
	return account.WriteOwn(file, "endorsements.json", line{"endorsements": out})
}
