package consultation

import (
	"context"

	"cunwu/service/fault"
	"cunwu/service/region"
)

// LinkKind says what a consultation is tied to.
type LinkKind string

// Kinds of links. Each is kept from both ends: the record names the other side,
// and the other side finds the consultation by its own id.
const (
	LinkConcern    LinkKind = "concern"    // it came from this concern
	LinkResolution LinkKind = "resolution" // it was handed on to this resolution (四议两公开)
	LinkBallot     LinkKind = "ballot"     // it asked for opinions with this ballot
)

// Linked is a consultation as the other end of a link shows it.
type Linked struct {
	ID        string
	Region    region.Code
	Title     string
	State     State
	StateName string
}

// Resolutions is what the package needs to know of resolutions.
type Resolutions interface {
	// ResolutionLink gives what anybody may know of a resolution; a not-found
	// fault for one that is not public.
	ResolutionLink(ctx context.Context, id string) (ResolutionLink, error)
}

// ResolutionLink is what is shown of a resolution.
type ResolutionLink struct {
	ID, Title, State string
}

// mostLinked bounds the consultations that one thing is tied to.
const mostLinked = 50

// ByConcern gives the public consultations that came from a concern, newest
// first.
func (s *Service) ByConcern(ctx context.Context, id string) ([]Linked, error) {
	return s.linked(ctx, LinkConcern, id)
}

// ByResolution gives the public consultations that were handed on to a
// resolution, newest first.
func (s *Service) ByResolution(ctx context.Context, id string) ([]Linked, error) {
	return s.linked(ctx, LinkResolution, id)
}

// ByBallot gives the public consultations that asked with a ballot, newest first.
func (s *Service) ByBallot(ctx context.Context, id string) ([]Linked, error) {
	return s.linked(ctx, LinkBallot, id)
}

func (s *Service) linked(ctx context.Context, kind LinkKind, id string) ([]Linked, error) {
	recs, err := s.store.ConsultationsOf(ctx, Query{LinkKind: kind, Target: id, Limit: mostLinked})
	if err != nil {
		return nil, err
	}
	out := make([]Linked, len(recs))
	for i, r := range recs {
		out[i] = Linked{ID: r.ID, Region: r.Region, Title: r.Title, State: r.State, StateName: r.State.Name()}
	}
	return out, nil
}

// link ties a consultation to what its last step named.
func link(ctx context.Context, tx Tx, r Record, action string) error {
	kind, target := LinkKind(""), ""
	switch action {
	case Proposed:
		kind, target = LinkConcern, r.Content.Topic.ConcernID
	case "to_resolution":
		kind, target = LinkResolution, r.Content.Resolution
	case "link_ballot":
		kind, target = LinkBallot, r.Content.Ballot
	}
	if target == "" {
		return nil
	}
	return tx.LinkConsultation(ctx, kind, target, r.ID)
}

// resolution gives the resolution that a consultation was handed on to: its id
// alone where nobody knows more of it.
func (s *Service) resolution(ctx context.Context, r Record) (*ResolutionLink, error) {
	id := r.Content.Resolution
	if id == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	if s.opt.Resolutions == nil {
		return &ResolutionLink{ID: id}, nil
	}
	l, err := s.opt.Resolutions.ResolutionLink(ctx, id)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return &ResolutionLink{ID: id}, nil
	}
	if err != nil {
		return nil, err
	}
	l.ID = id
	return &l, nil
}
