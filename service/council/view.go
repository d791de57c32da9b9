package council

import (
	"context"
	"slices"

	"cunwu/service/account"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// show gives a body with what lies ready. The caller's own view is completed by
// dress.
func (s *Service) show(r Record, rule KindRule, charters []Charter, members []Member) Council {
	today := s.today()
	out := Council{Record: r, Rule: rule, Expired: r.Until < today, Charters: charters}
	if len(charters) > 0 {
		out.Text = charters[0].Text
	}
	for _, m := range members {
		if m.Until != "" && m.Until < today {
			out.Former = append(out.Former, m)
			continue
		}
		out.Members = append(out.Members, m)
		if m.On(today) {
			out.Size++
		}
	}
	slices.SortStableFunc(out.Members, func(a, b Member) int { return s.rank(a.Office) - s.rank(b.Office) })
	slices.Reverse(out.Former)
	return out
}

// rank puts offices in the order of the rules.
func (s *Service) rank(office string) int {
	return slices.IndexFunc(s.opt.Rules.Offices, func(o OfficeRule) bool { return o.Code == office })
}

// OfficeName gives the word for an office of members, "" for none.
func (s *Service) OfficeName(code string) string { return s.officeName(code) }

// dress completes a body: names of places, those whose office makes it up.
func (s *Service) dress(ctx context.Context, by account.Caller, c *Council, names map[region.Code]string) error {
	c.RegionName, c.Manages = names[c.Region], by.Known() && s.manages(by, c.Region)
	if c.Rule.VotersRole == "" {
		return nil
	}
	role := account.Role(c.Rule.VotersRole)
	var err error
	c.Voters, err = s.voters(ctx, role, c.Region, s.opt.Clock.Now())
	c.VotersBy, c.Size = s.roleName(string(role)), len(c.Voters)
	return err
}

// Council gives one body. council.not_found.
func (s *Service) Council(ctx context.Context, by account.Caller, id string) (Council, error) {
	r, err := s.store.CouncilByID(ctx, id)
	if err != nil {
		return Council{}, err
	}
	charters, err := s.store.CouncilCharters(ctx, id)
	if err != nil {
		return Council{}, err
	}
	members, err := s.store.CouncilMembers(ctx, []string{id})
	if err != nil {
		return Council{}, err
	}
	names, err := s.opt.Places.Names(ctx, []region.Code{r.Region})
	if err != nil {
		return Council{}, err
	}
	rule, _ := s.opt.Rules.Kind(r.Kind)
	out := s.show(r, rule, charters, members)
	return out, s.dress(ctx, by, &out, names)
}

// Page is a part of a list; Next is 0 at the end.
type Page struct {
	Items []Council
	Next  int64
}

// List gives the bodies of a place and all below it, newest first, without their
// charters. Refusals: region.code_invalid, request.invalid, council.kind_unknown.
func (s *Service) List(ctx context.Context, by account.Caller, r Range) (Page, error) {
	switch _, known := s.opt.Rules.Kind(r.Kind); {
	case !r.Region.Valid():
		return Page{}, region.ErrCode
	case r.Limit < 1 || r.Limit > mostPage || r.Before < 0:
		return Page{}, fault.ErrInvalid.At("query.limit", "每页 1 到 %d 个。", mostPage)
	case r.Kind != "" && !known:
		return Page{}, ErrKind.At("query.kind", "没有“%s”这种组织。", cut(r.Kind))
	}
	limit := r.Limit
	r.Limit++
	recs, err := s.store.CouncilsIn(ctx, r)
	if err != nil {
		return Page{}, err
	}
	out := Page{Items: []Council{}}
	if len(recs) > limit {
		recs = recs[:limit]
		out.Next = recs[limit-1].Serial
	}
	ids, places := make([]string, len(recs)), make([]region.Code, len(recs))
	for i, rec := range recs {
		ids[i], places[i] = rec.ID, rec.Region
	}
	members, err := s.store.CouncilMembers(ctx, ids)
	if err != nil {
		return Page{}, err
	}
	names, err := s.opt.Places.Names(ctx, places)
	if err != nil {
		return Page{}, err
	}
	sitting := map[string][]Member{}
	for _, m := range members {
		sitting[m.CouncilID] = append(sitting[m.CouncilID], m)
	}
	for _, rec := range recs {
		rule, _ := s.opt.Rules.Kind(rec.Kind)
		c := s.show(rec, rule, nil, sitting[rec.ID])
		if err := s.dress(ctx, by, &c, names); err != nil {
			return Page{}, err
		}
		out.Items = append(out.Items, c)
	}
	return out, nil
}

// desk is what an activity is shown with, read before a transaction so that none
// waits for it.
type desk struct {
	body   Record
	names  map[region.Code]string
	photos map[string]Photo
}

func (s *Service) desk(ctx context.Context, body Record, photos []string) (desk, error) {
	d := desk{body: body, photos: map[string]Photo{}}
	var err error
	if d.names, err = s.opt.Places.Names(ctx, []region.Code{body.Region}); err != nil || len(photos) == 0 {
		return d, err
	}
	objects, err := s.opt.Media.Objects(ctx, photos)
	for _, o := range objects {
		d.photos[o.ID] = Photo{ID: o.ID, URL: o.Path(), ThumbURL: o.ThumbPath(), Name: o.FileName}
	}
	return d, err
}

// view gives an activity with what lies ready on the desk.
func (s *Service) view(a ActivityRecord, c procedure.Case, by account.Caller, d desk) Activity {
	out := Activity{
		ActivityRecord: a, CouncilName: d.body.Name, RegionName: d.names[a.Region], KindName: s.opt.Rules.ActivityName(a.Kind),
		StateName: a.State.Name(), MoneyName: s.opt.Rules.MoneyName(a.Content.Money), Available: []procedure.Available{},
	}
	for _, id := range a.Content.Photos {
		if p, ok := d.photos[id]; ok && a.State.Happened() {
			out.Pictures = append(out.Pictures, p)
		}
	}
	if by.Known() && c.ID != "" {
		out.Available = s.opt.Procedures.Available(c, func(power string) bool { return power == PowerManage && s.manages(by, a.Region) })
	}
	return out
}

// Activity gives one. council.activity_not_found.
func (s *Service) Activity(ctx context.Context, by account.Caller, id string) (Activity, error) {
	a, err := s.store.CouncilActivity(ctx, id)
	if err != nil {
		return Activity{}, err
	}
	body, err := s.store.CouncilByID(ctx, a.CouncilID)
	if err != nil {
		return Activity{}, err
	}
	d, err := s.desk(ctx, body, a.Content.Photos)
	if err != nil {
		return Activity{}, err
	}
	var c procedure.Case
	if by.Known() {
		if c, err = s.opt.Procedures.Case(ctx, a.CaseID); err != nil {
			return Activity{}, err
		}
	}
	return s.view(a, c, by, d), nil
}

// ActivityPage is a part of a list; Next is 0 at the end.
type ActivityPage struct {
	Items []Activity
	Next  int64
}

// Activities gives those of a body, newest first, without what the caller may do
// with them. council.not_found, request.invalid.
func (s *Service) Activities(ctx context.Context, id string, before int64, limit int) (ActivityPage, error) {
	if limit < 1 || limit > mostPage || before < 0 {
		return ActivityPage{}, fault.ErrInvalid.At("query.limit", "每页 1 到 %d 个。", mostPage)
	}
	body, err := s.store.CouncilByID(ctx, id)
	if err != nil {
		return ActivityPage{}, err
	}
	recs, err := s.store.CouncilActivities(ctx, ActivityRange{CouncilID: id, Before: before, Limit: limit + 1})
	if err != nil {
		return ActivityPage{}, err
	}
	out := ActivityPage{Items: []Activity{}}
	if len(recs) > limit {
		recs = recs[:limit]
		out.Next = recs[limit-1].Serial
	}
	var photos []string
	for _, a := range recs {
		photos = append(photos, a.Content.Photos...)
	}
	d, err := s.desk(ctx, body, photos)
	if err != nil {
		return ActivityPage{}, err
	}
	for _, a := range recs {
		out.Items = append(out.Items, s.view(a, procedure.Case{}, account.Caller{}, d))
	}
	return out, nil
}
