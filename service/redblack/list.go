package redblack

import (
	"context"
	"slices"

	"cunwu/service/account"
	"cunwu/service/fault"
	"cunwu/service/procedure"
	"cunwu/service/region"
)

// MostListed bounds a page.
const MostListed = 50

// mostApologies bounds the apologies shown with a board.
const mostApologies = 50

// Board gives the lists of a place, newest first: of a village with its
// announcement and apologies, of places above of all villages below. The zero
// Caller is a stranger. Refusals: region faults, redblack.query_invalid.
func (s *Service) Board(ctx context.Context, by account.Caller, q BoardQuery) (Board, error) {
	switch {
	case q.Kind != "" && q.Kind != Red && q.Kind != Black:
		return Board{}, ErrQuery.At("query.kind", "只能是 %s 或 %s。", Red, Black)
	case q.Limit < 1 || q.Limit > MostListed || q.Before < 0:
		return Board{}, ErrQuery.At("query.limit", "每页 1 到 %d 条。", MostListed)
	}
	place, err := s.opt.Places.Region(ctx, q.Region)
	if err != nil {
		return Board{}, err
	}
	out := Board{Region: q.Region, RegionName: place.Short, Kind: q.Kind, Entries: []Entry{}, Apologies: []Apology{}}
	now := s.opt.Clock.Now()
	rs, err := s.store.BoardEntries(ctx, Query{
		Region: q.Region, Kind: q.Kind, States: []State{Notice, Listed}, ShownAt: now, Before: q.Before, Limit: q.Limit + 1,
	})
	if err != nil {
		return Board{}, err
	}
	if len(rs) > q.Limit {
		rs = rs[:q.Limit]
		out.Next = rs[q.Limit-1].Serial
	}
	if out.Entries, err = s.shown(ctx, by, rs); err != nil {
		return Board{}, err
	}
	if q.Region.Level() == region.Village {
		if err := s.announcedAt(ctx, &out); err != nil {
			return Board{}, err
		}
	} else {
		for i := range out.Entries {
			if out.Entries[i].Kind == Black {
				out.Entries[i].Name = "" // names are for the village's own board
			}
		}
	}
	if q.Kind != Red && q.Before == 0 {
		return out, s.apologies(ctx, &out)
	}
	return out, nil
}

// shown opens entries and gives them as the caller may see them.
func (s *Service) shown(ctx context.Context, by account.Caller, rs []Record) ([]Entry, error) {
	var codes []region.Code
	for i, r := range rs {
		var err error
		if rs[i], err = s.opened(r); err != nil {
			return nil, err
		}
		codes = append(codes, r.Region, r.Group)
	}
	if len(rs) == 0 {
		return []Entry{}, nil
	}
	names, err := s.opt.Places.Names(ctx, codes)
	if err != nil {
		return nil, err
	}
	return s.entries(ctx, by, rs, names)
}

func (s *Service) announcedAt(ctx context.Context, out *Board) error {
	a, err := s.store.BoardAnnouncement(ctx, out.Region)
	if f := fault.Of(err); f != nil && f.Code == ErrNotAnnounced.Code {
		return nil
	}
	if err != nil {
		return err
	}
	a.RegionName = out.RegionName
	out.Announcement = &a
	return s.usable(ctx, &a)
}

func (s *Service) apologies(ctx context.Context, out *Board) error {
	rs, err := s.store.BoardApologies(ctx, out.Region, s.opt.Clock.Now(), mostApologies)
	if err != nil {
		return err
	}
	for _, r := range rs {
		out.Apologies = append(out.Apologies, Apology{
			ID: r.ID, Region: r.Region, Clause: r.Clause, Month: r.Month, Text: r.Text, MadeAt: r.MadeAt, ShownTil: r.ShownTo,
		})
	}
	return nil
}

// Matters lists what waits for the caller in a place and all below it: where
// something can be done now, or with All every matter under way that the caller
// may know of. Refusals: auth.required, redblack.query_invalid.
func (s *Service) Matters(ctx context.Context, by account.Caller, q MattersQuery) (Matters, error) {
	switch {
	case !by.Known():
		return Matters{}, account.ErrRequired
	case !q.Region.Valid():
		return Matters{}, region.ErrCode
	case q.Limit < 1 || q.Limit > MostListed || q.Before < 0:
		return Matters{}, ErrQuery.At("query.limit", "每页 1 到 %d 条。", MostListed)
	}
	out := Matters{Items: []Matter{}}
	if !s.works(by, q.Region) {
		return out, nil
	}
	for before := q.Before; ; {
		rs, err := s.store.BoardEntries(ctx, Query{Region: q.Region, States: underWay, Before: before, Limit: MostListed})
		if err != nil {
			return Matters{}, err
		}
		for _, r := range rs {
			before = r.Serial
			m, waits, err := s.waiting(ctx, by, r, q.All)
			if err != nil {
				return Matters{}, err
			}
			if !waits {
				continue
			}
			if len(out.Items) == q.Limit {
				out.Next = out.Items[q.Limit-1].serial
				return out, nil
			}
			m.serial = r.Serial
			out.Items = append(out.Items, m)
		}
		if len(rs) < MostListed {
			return out, nil
		}
	}
}

var underWay = []State{
	Nominated, Reported, Verified, Heard, Education, Evaluated, Consulted, Asked, Notice, Listed, Suspended, Appealed,
}

// works reports whether a caller has any part in the lists at a place or below.
func (s *Service) works(by account.Caller, at region.Code) bool {
	for _, g := range by.Grants {
		for _, place := range []region.Code{at, g.Region} {
			if !g.Region.Contains(place) && !place.Contains(g.Region) {
				continue
			}
			for _, p := range []string{PowerKeep, PowerEvaluate, PowerConsult, PowerSupervise, PowerTownship} {
				if s.holds(by, p, place) {
					return true
				}
			}
		}
	}
	return false
}

// waiting gives a matter, and whether something can be done with it by the office
// that the caller holds.
func (s *Service) waiting(ctx context.Context, by account.Caller, r Record, all bool) (Matter, bool, error) {
	r, err := s.opened(r)
	if err != nil {
		return Matter{}, false, err
	}
	roles := slices.DeleteFunc(s.roles(by, r), func(role string) bool { return role == RolePerson || role == RoleMaker })
	if len(roles) == 0 {
		return Matter{}, false, nil
	}
	m, err := s.matter(ctx, by, r, roles)
	if err != nil || all {
		return m, err == nil, err
	}
	return m, r.Stage != "listed" && slices.ContainsFunc(m.Available, func(a procedure.Available) bool {
		return a.Action != "object" && a.Action != "note" && a.Action != "stop_naming"
	}) || r.Private.Basis != nil && r.Private.Naming == nil && slices.ContainsFunc(m.Available, func(a procedure.Available) bool {
		return a.Action == "approve_naming"
	}), nil
}
