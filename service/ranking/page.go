package ranking

import (
	"cmp"
	"context"
	"slices"

	"cunwu/service/chronicle"
	"cunwu/service/fault"
	"cunwu/service/region"
)

// Query asks for a page of a ranking.
type Query struct {
	Region region.Code
	By     By
	Period Period
	After  *Place // nil: from the first
	Limit  int    // 1 to PageLimits
}

// Row is one row of a ranking. Of the figures those of the kind are set.
type Row struct {
	Rank        int64 // 1, 2, 2, 4
	ID          string
	Title       string
	Tied        bool // another row has the same rank
	SmallSample bool

	Endorsements int64 // of a deed
	Entries      int64 // of a clause or group
	// PerMille is the entries of a group per 1,000 households, to the nearest:
	// what is shown as entries per 100 households has one decimal, and what looks
	// the same has the same rank.
	PerMille   int64
	Households int64
	Deed       *Deed  // of a deed
	RegionName string // of a deed
	GroupName  string // of a deed
}

// Page is a part of a ranking; Next is nil at the end.
type Page struct {
	RegionName string
	Items      []Row
	Next       *Place
}

// Check says what is wrong with a place for a ranking: region.code_invalid,
// region.not_found, ranking.place_small, ranking.group_needs_village.
func (s *Service) Check(ctx context.Context, place region.Code, by By) (region.Region, error) {
	if !place.Valid() {
		return region.Region{}, region.ErrCode
	}
	r, err := s.opt.Places.Region(ctx, place)
	switch {
	case err != nil:
		return region.Region{}, err
	case place.Level() > region.Village:
		return region.Region{}, ErrPlace
	case by == ByGroup && place.Level() != region.Village:
		return region.Region{}, ErrGroupPlace
	}
	return r, nil
}

// Page gives a page of a ranking. Ranks are those of competitions; where figures
// are equal the earlier listing comes first, then the id, or the code. A page
// behind a place goes on counting there, so that its ranks and ties are right
// without reading what stands before it. Refusals: those of Check, and
// request.invalid.
func (s *Service) Page(ctx context.Context, q Query) (Page, error) {
	place, err := s.Check(ctx, q.Region, q.By)
	if err != nil {
		return Page{}, err
	}
	if q.Limit < 1 || q.Limit > s.opt.Rules.Page.Most {
		return Page{}, fault.ErrInvalid.At("query.limit", "应为 1 到 %d", s.opt.Rules.Page.Most)
	}
	var rows []Row
	switch q.By {
	case ByClause:
		rows, err = s.clauses(ctx, q)
	case ByGroup:
		rows, err = s.groups(ctx, q)
	case ByDeed:
		rows, err = s.deeds(ctx, q)
	}
	if err != nil {
		return Page{}, err
	}
	out := Page{RegionName: place.Short, Items: rows}
	more := len(rows) > q.Limit
	number(rows, q.After)
	if more {
		out.Items = rows[:q.Limit]
		last := out.Items[q.Limit-1]
		out.Next = &Place{Before: int64(q.Limit), Rank: last.Rank, Figure: last.figure(), ID: last.ID}
		if q.After != nil {
			out.Next.Before += q.After.Before
		}
		if last.Deed != nil {
			out.Next.Listed = last.Deed.ListedAt.UnixMilli()
		}
	}
	return out, s.name(ctx, out.Items)
}

// figure is what a row is ranked by. A row has one of them.
func (r Row) figure() int64 {
	if r.Households > 0 {
		return r.PerMille
	}
	return r.Endorsements + r.Entries
}

// number gives ranks and ties to the rows behind a place. The last row has its
// tie from the one behind it, which is why one more than a page is read.
func number(rows []Row, after *Place) {
	last, before := Place{Rank: 0, Figure: -1}, int64(0)
	if after != nil {
		last, before = *after, after.Before
	}
	for i := range rows {
		r := &rows[i]
		f := r.figure()
		r.Rank = before + int64(i) + 1
		if f == last.Figure {
			r.Rank, r.Tied = last.Rank, true
			if i > 0 {
				rows[i-1].Tied = true
			}
		}
		last.Rank, last.Figure = r.Rank, f
	}
}

func (s *Service) deeds(ctx context.Context, q Query) ([]Row, error) {
	found, err := s.store.DeedsRanked(ctx, chronicle.Scope(q.Region), q.Period.Number, q.After, q.Limit+1)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(found))
	for i, d := range found {
		rows[i] = Row{
			ID: d.ID, Title: d.Title, Endorsements: d.Endorsements, SmallSample: d.Endorsements < s.opt.Rules.Deed.Least, Deed: &found[i].Deed,
		}
	}
	return rows, nil
}

// clauses ranks the clauses of a village, or the topics of a place above.
func (s *Service) clauses(ctx context.Context, q Query) ([]Row, error) {
	kind := OfTopic
	if q.Region.Level() == region.Village {
		kind = OfClause
	}
	counts, err := s.store.EntriesCounted(ctx, chronicle.Scope(q.Region), q.Period.Number, kind)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(counts))
	for i, c := range counts {
		rows[i] = Row{ID: c.Code, Title: c.Title, Entries: c.Entries, SmallSample: c.Entries < s.opt.Rules.Clause.Least}
		if kind == OfTopic && s.opt.Topics != nil {
			rows[i].Title = s.opt.Topics.TopicName(c.Code)
		}
		rows[i].Title = cmp.Or(rows[i].Title, c.Code)
	}
	return behind(rows, q), nil
}

// groups ranks the groups of a village that have households: those without an
// entry stand there with none, for they live by the same covenant.
func (s *Service) groups(ctx context.Context, q Query) ([]Row, error) {
	households, err := s.opt.Households.HouseholdsByGroup(ctx, q.Region)
	if err != nil {
		return nil, err
	}
	counts, err := s.store.EntriesCounted(ctx, chronicle.Scope(q.Region), q.Period.Number, OfGroup)
	if err != nil {
		return nil, err
	}
	entries := make(map[string]int64, len(counts))
	for _, c := range counts {
		entries[c.Code] = c.Entries
	}
	var rows []Row
	var codes []region.Code
	for g, n := range households {
		if n < 1 || g.Level() != region.Group || !q.Region.Contains(g) {
			continue
		}
		h, e := int64(n), entries[string(g)]
		rows = append(rows, Row{
			ID: string(g), Entries: e, Households: h, PerMille: (e*2000 + h) / (2 * h), SmallSample: h < s.opt.Rules.Group.Least,
		})
		codes = append(codes, g)
	}
	names, err := s.opt.Places.Names(ctx, codes)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].Title = cmp.Or(names[region.Code(rows[i].ID)], rows[i].ID)
	}
	return behind(rows, q), nil
}

// behind puts a ranking of counts, which is short, in its order, and gives what
// stands behind the place, one more than a page at most.
func behind(rows []Row, q Query) []Row {
	order := func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.figure(), a.figure()), cmp.Compare(a.ID, b.ID))
	}
	slices.SortFunc(rows, order)
	from := 0
	if q.After != nil {
		for from < len(rows) {
			f := rows[from].figure()
			if f < q.After.Figure || f == q.After.Figure && rows[from].ID > q.After.ID {
				break
			}
			from++
		}
	}
	return rows[from:min(len(rows), from+q.Limit+1)]
}

// name adds the names of the places of deeds.
func (s *Service) name(ctx context.Context, rows []Row) error {
	var codes []region.Code
	for _, r := range rows {
		if r.Deed != nil {
			codes = append(codes, r.Deed.Region)
			if r.Deed.Group != "" {
				codes = append(codes, r.Deed.Group)
			}
		}
	}
	if len(codes) == 0 {
		return nil
	}
	names, err := s.opt.Places.Names(ctx, codes)
	if err != nil {
		return err
	}
	for i, r := range rows {
		if r.Deed != nil {
			rows[i].RegionName, rows[i].GroupName = names[r.Deed.Region], names[r.Deed.Group]
		}
	}
	return nil
}
