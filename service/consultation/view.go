package consultation

import (
	"context"
	"slices"

	"cunwu/service/account"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// mostListed bounds a page of a list.
const mostListed = 50

// Page is a part of a list; Next is 0 at the end.
type Page struct {
	Items []Consultation
	Next  int64
}

// List gives the consultations of a place and all below it, newest first, as
// far as the caller may know of them: title, state, channel and times, without
// counts. Refusals: request.invalid.
func (s *Service) List(ctx context.Context, by account.Caller, q Query) (Page, error) {
	if !q.Region.Valid() && (q.Region != "" || q.Target == "") {
		return Page{}, region.ErrNotFound
	}
	if q.Limit < 1 || q.Limit > mostListed || q.Before < 0 || q.State != "" && stateNames[q.State] == "" {
		return Page{}, fault.ErrInvalid.At("query.state", "查询条件不对。")
	}
	q.All, q.Own = by.Known() && q.Region != "" && s.insider(by, q.Region), by.AccountID
	q.Limit++
	recs, err := s.store.ConsultationsOf(ctx, q)
	if err != nil {
		return Page{}, err
	}
	var page Page
	if len(recs) == q.Limit {
		recs = recs[:q.Limit-1]
		page.Next = recs[len(recs)-1].Serial
	}
	places := make([]region.Code, 0, len(recs))
	for _, r := range recs {
		places = append(places, r.Region)
	}
	names, err := s.opt.Places.Names(ctx, places)
	if err != nil {
		return Page{}, err
	}
	for _, r := range recs {
		c := s.plain(r, procedure.Case{}, account.Caller{})
		c.RegionName = names[r.Region]
		page.Items = append(page.Items, c)
	}
	return page, nil
}

// Consultation gives one as the caller may see it. The zero Caller is a
// stranger. consultation.not_found where there is nothing to know of.
func (s *Service) Consultation(ctx context.Context, by account.Caller, id string) (Consultation, error) {
	r, err := s.known(ctx, by, id)
	if err != nil {
		return Consultation{}, err
	}
	var c procedure.Case
	if by.Known() {
		if c, err = s.opt.Procedures.Case(ctx, r.CaseID); err != nil {
			return Consultation{}, err
		}
	}
	d, err := s.desk(ctx, by, r, nil)
	if err != nil {
		return Consultation{}, err
	}
	return s.view(r, c, by, d), nil
}

// desk is what is read, outside of the transaction, to show a consultation.
type desk struct {
	names   map[region.Code]string
	counts  Counts
	ratings Ratings
	ballot  *BallotLink
	decided *ResolutionLink
	photos  map[string]Photo
}

// desk reads what is shown of a consultation besides itself, with further
// photos that are about to be hung on it.
func (s *Service) desk(ctx context.Context, by account.Caller, r Record, more []string) (d desk, err error) {
	if d.names, err = s.opt.Places.Names(ctx, []region.Code{r.Region, r.Group}); err != nil {
		return d, err
	}
	if d.counts, err = s.counts(ctx, r.ID); err != nil {
		return d, err
	}
	if d.ratings, err = s.ratings(ctx, r.ID, by.ResidentID); err != nil {
		return d, err
	}
	if d.ballot, err = s.ballot(ctx, r); err != nil {
		return d, err
	}
	if d.decided, err = s.resolution(ctx, r); err != nil {
		return d, err
	}
	d.photos, err = s.photos(ctx, r, more)
	return d, err
}

// view gives a consultation with what lies ready on the desk.
func (s *Service) view(r Record, c procedure.Case, by account.Caller, d desk) Consultation {
	out := s.plain(r, c, by)
	out.RegionName, out.GroupName = d.names[r.Region], d.names[r.Group]
	out.Counts, out.Ratings, out.Photos = d.counts, d.ratings, d.photos
	if d.ballot != nil && d.ballot.ID == r.Content.Ballot {
		out.Ballot = d.ballot
	}
	if r.Content.Resolution != "" {
		out.Resolution = &ResolutionLink{ID: r.Content.Resolution}
	}
	if d.decided != nil && d.decided.ID == r.Content.Resolution {
		out.Resolution = d.decided
	}
	return out
}

// plain gives what needs no further reading.
func (s *Service) plain(r Record, c procedure.Case, by account.Caller) Consultation {
	out := Consultation{
		Record: r, StateName: r.State.Name(), Way: r.steps(), Speaking: r.speaking(),
		Mine: by.Known() && by.AccountID == r.CreatedBy, Available: []procedure.Available{},
	}
	if i, ok := s.opt.Directory.Item(r.Content.Topic.Item); ok {
		out.Item = &i
	}
	out.MaySpeak, out.WhyNot = maySpeak(r, by)
	if p := r.Content.Plan; p != nil {
		out.Late = p.Percent < 100 && r.State == Implementing && today(s.opt.Clock.Now()) > p.Due
	}
	if by.Known() && c.ID != "" {
		may, _ := s.mayAt(by, r)
		out.Available = s.opt.Procedures.Available(c, may)
	}
	return out
}

// maySpeak says whether a caller can make statements now, and if not, why.
func maySpeak(r Record, by account.Caller) (ok bool, why string) {
	switch {
	case !by.Known():
		return false, "登录并认证为本村村民后可以发表意见和表态。"
	case !belongs(by, r.Region, r.Group):
		return false, ErrVillagersOnly.Message
	case !r.speaking():
		return false, ErrNotOpen.Message
	}
	return true, ""
}

func (s *Service) counts(ctx context.Context, id string) (Counts, error) {
	all, err := s.store.StatementsOf(ctx, id)
	if err != nil {
		return Counts{}, err
	}
	var out Counts
	for _, st := range all {
		switch st.State {
		case Shown:
			out.Statements++
			out.Votes += st.Tally.Voted()
		case Hidden:
			out.Hidden++
		case Withdrawn:
		}
	}
	out.People, err = s.store.PeopleOf(ctx, id)
	return out, err
}

// ballot gives the linked ballot. One that is gone or not public yet is shown
// by its id alone.
func (s *Service) ballot(ctx context.Context, r Record) (*BallotLink, error) {
	if r.Content.Ballot == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	if s.opt.Ballots == nil {
		return &BallotLink{ID: r.Content.Ballot}, nil
	}
	b, err := s.opt.Ballots.BallotLink(ctx, r.Content.Ballot)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return &BallotLink{ID: r.Content.Ballot}, nil
	}
	if err != nil {
		return nil, err
	}
	b.ID = r.Content.Ballot
	return &b, nil
}

func (s *Service) photos(ctx context.Context, r Record, more []string) (map[string]Photo, error) {
	ids := slices.Clone(more)
	for _, x := range r.Content.Sessions {
		ids = append(ids, x.Photos...)
	}
	if p := r.Content.Plan; p != nil {
		for _, m := range p.Milestones {
			ids = append(ids, m.Photos...)
		}
	}
	if len(ids) == 0 {
		return map[string]Photo{}, nil
	}
	objects, err := s.opt.Media.Objects(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := map[string]Photo{}
	for _, o := range objects {
		out[o.ID] = Photo{ID: o.ID, URL: o.Path(), ThumbURL: o.ThumbPath(), Name: o.FileName}
	}
	return out, nil
}
