package disclosure

import (
	"context"

	"cunwu/service/account"
	"cunwu/service/region"
)

const (
	defaultPage = 20
	maxPage     = 50
)

// withdrawnMark follows the item's name where a text was taken down.
const withdrawnMark = "（已撤回）"

// Feed gives a page of what a place and all below it have published, newest
// first. A posting that was taken down keeps its place without its text; a
// corrected one stands at the time of its correction. Refusals:
// region.code_invalid, feed.query_invalid, feed.category_unknown,
// region.not_found, and for q.Verified auth.required, feed.verified_only.
func (s *Service) Feed(ctx context.Context, by account.Caller, q FeedQuery) (FeedPage, error) {
	if q.Limit == 0 {
		q.Limit = defaultPage
	}
	scope, err := s.scope(ctx, by, q)
	if err != nil {
		return FeedPage{}, err
	}
	recs, err := s.store.FeedPage(ctx, scope, q.Before, q.Limit+1)
	if err != nil {
		return FeedPage{}, err
	}
	var page FeedPage
	if len(recs) > q.Limit {
		recs = recs[:q.Limit]
		page.Next = recs[q.Limit-1].Pos
	}
	names, err := s.opt.Places.Names(ctx, places(recs))
	if err != nil {
		return FeedPage{}, err
	}
	page.Items = make([]Item, 0, len(recs))
	for _, rec := range recs {
		item, err := s.itemOf(rec)
		if err != nil {
			return FeedPage{}, err
		}
		page.Items = append(page.Items, feedItem(rec, item, names))
	}
	return page, nil
}

// scope checks a query and gives the number of the feed it asks for.
func (s *Service) scope(ctx context.Context, by account.Caller, q FeedQuery) (int64, error) {
	if q.Verified && !by.Known() {
		return 0, account.ErrRequired
	}
	if !q.Region.Valid() {
		return 0, region.ErrCode.At("query.region", "地区代码 %q 不对。", firstRunes(string(q.Region), 20))
	}
	if err := s.exists(ctx, q.Region); err != nil {
		return 0, err
	}
	if q.Limit < 1 || q.Limit > maxPage {
		return 0, ErrFeedQuery.At("query.limit", "每页条数应在 1 到 %d 之间。", maxPage)
	}
	if q.Before < 0 {
		return 0, ErrFeedQuery.At("query.cursor", "翻页位置不对。")
	}
	category := 0
	if q.Category != "" {
		c, ok := s.opt.Catalogue.At(s.opt.Clock.Now()).CategoryOf(q.Category)
		if !ok {
			return 0, ErrCategoryUnknown.At("query.category", "没有 %q 这个类别。", firstRunes(q.Category, 20))
		}
		category = c.Number
	}
	if q.Verified && (q.Region.At(region.Village) == "" || !by.ReadsVillage(q.Region)) {
		return 0, ErrVerifiedOnly
	}
	return Scope(q.Region, category, q.Verified), nil
}

// places lists the places of records and all above them, each once.
func places(recs []Record) []region.Code {
	seen := map[region.Code]bool{}
	var out []region.Code
	for _, r := range recs {
		for _, c := range r.Region.Path() {
			if !seen[c] {
				seen[c] = true
				out = append(out, c)
			}
		}
	}
	return out
}

func feedItem(rec Record, item CatalogueItem, names map[region.Code]string) Item {
	out := Item{
		Pos: rec.Pos, ID: rec.ID, Region: rec.Region, RegionName: names[rec.Region], PathNames: pathNames(names, rec.Region),
		Category: rec.Category, CategoryName: item.CategoryName, ItemCode: rec.ItemCode, ItemName: item.Name,
		Period: rec.Period, PublishedAt: rec.PublishedAt, Version: rec.Version, State: rec.public(), Late: rec.Late,
		Corrected: rec.Version > 1, Questions: rec.Shown.Questions, Answered: rec.Answered,
	}
	switch {
	case rec.standing():
		out.Title, out.Summary, out.Attachments = rec.Shown.Title, rec.Shown.Summary, rec.Shown.Attachments
		out.IncomeFen, out.ExpenseFen = rec.Shown.IncomeFen, rec.Shown.ExpenseFen
	case rec.State == Expired:
		out.Title = item.Name
	default:
		out.Title = item.Name + withdrawnMark
	}
	return out
}

// Catalogue gives the catalogue in force for a place now: the same everywhere
// until counties add their own. region.code_invalid, region.not_found.
func (s *Service) Catalogue(ctx context.Context, place region.Code) (*Edition, error) {
	if place != "" {
		if !place.Valid() {
			return nil, region.ErrCode
		}
		if err := s.exists(ctx, place); err != nil {
			return nil, err
		}
	}
	return s.opt.Catalogue.At(s.opt.Clock.Now()), nil
}
