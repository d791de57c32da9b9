package disclosure

import (
	"context"
	"slices"

	"cunwu/service/account"
)

// What other nouns that follow publications read of them.

// Standing reports whether the published text is up now.
func (r Record) Standing() bool { return r.standing() }

// ReadableBody gives the text of a body as people read it, without its marks.
func ReadableBody(body string) (string, error) {
	html, err := Render(body)
	if err != nil || html == "" {
		return "", err
	}
	return readableText(html), nil
}

// ItemName gives the name of the record's item in the edition that it was begun
// under.
func (s *Service) ItemName(rec Record) (string, error) {
	item, err := s.itemOf(rec)
	return item.Name, err
}

// KnowsItem reports whether any edition of the catalogue has an item.
func (s *Service) KnowsItem(code string) bool {
	return slices.ContainsFunc(s.opt.Catalogue.editions, func(e *Edition) bool {
		_, ok := e.Item(code)
		return ok
	})
}

// FeedScope gives the number of the public feed that q asks for, as Scope does,
// with the refusals of Feed. A Limit of 0 is refused.
func (s *Service) FeedScope(ctx context.Context, q FeedQuery) (int64, error) {
	q.Verified = false
	return s.scope(ctx, account.Caller{}, q)
}

// Items gives records as feeds show them, in their order.
func (s *Service) Items(ctx context.Context, recs []Record) ([]Item, error) {
	names, err := s.opt.Places.Names(ctx, places(recs))
	if err != nil {
		return nil, err
	}
	out := make([]Item, 0, len(recs))
	for _, rec := range recs {
		item, err := s.itemOf(rec)
		if err != nil {
			return nil, err
		}
		out = append(out, feedItem(rec, item, names))
	}
	return out, nil
}
