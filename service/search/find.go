package search

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"cunwu/service/disclosure"
)

const (
	usualPage = 20
	// showAtOnce is how many hits are read together.
	showAtOnce = 32
)

// plan is a checked question: the lists that a hit stands in, and the words to
// verify in its text, none where the lists say it all.
type plan struct {
	lists  []List
	looked []string
	below  int64
	limit  int
}

// Find gives a page of what matches, newest first, as feeds show it. A page may
// be short, even empty, and have a Next: the question has walked far, and the
// next page goes on from there. Refusals: region.code_invalid, region.not_found,
// feed.query_invalid, feed.category_unknown, search.too_short, search.too_long,
// search.period_invalid, disclosure.item_unknown.
func (s *Service) Find(ctx context.Context, q Query) (disclosure.FeedPage, error) {
	p, err := s.plan(ctx, q)
	if err != nil {
		return disclosure.FeedPage{}, err
	}
	recs, next, err := s.gather(ctx, p)
	if err != nil {
		return disclosure.FeedPage{}, err
	}
	items, err := s.opt.Postings.Items(ctx, recs)
	return disclosure.FeedPage{Items: items, Next: next}, err
}

func (s *Service) plan(ctx context.Context, q Query) (plan, error) {
	if q.Limit == 0 {
		q.Limit = usualPage
	}
	scope, err := s.opt.Postings.FeedScope(ctx, disclosure.FeedQuery{Region: q.Region, Category: q.Category, Before: q.Before, Limit: q.Limit})
	if err != nil {
		return plan{}, err
	}
	p := plan{lists: []List{{Feed: true, Number: scope}}, below: q.Before, limit: q.Limit}
	if p.below == 0 {
		p.below = math.MaxInt64
	}
	if q.Item != "" {
		if !s.opt.Postings.KnowsItem(q.Item) {
			return plan{}, disclosure.ErrItemUnknown.At("query.item", "目录里没有这个事项")
		}
		p.lists = append(p.lists, List{Number: int64(filter(kindItem, q.Item))})
	}
	if q.Period != "" {
		if !periodForm.MatchString(q.Period) {
			return plan{}, ErrPeriod.At("query.period", "例如 2026Q3")
		}
		p.lists = append(p.lists, List{Number: int64(filter(kindPeriod, q.Period))})
	}
	if strings.TrimSpace(q.Text) == "" && len(p.lists) > 1 {
		return p, nil
	}
	return p, p.lookFor(q.Text)
}

// lookFor adds the words of a question.
func (p *plan) lookFor(text string) error {
	if utf8.RuneCountInString(strings.TrimSpace(text)) > MaxCharacters {
		return ErrTooLong.At("query.q", "最多 %d 个字", MaxCharacters)
	}
	p.looked = words(text)
	slices.Sort(p.looked)
	p.looked = slices.Compact(p.looked)
	var covers [][]Term
	whole := true // every word is one term, and all of them are asked for
	for _, w := range p.looked {
		n := utf8.RuneCountInString(w)
		whole = whole && n == MinLetters
		if n >= MinLetters {
			covers = append(covers, cover(w))
		}
	}
	if len(covers) == 0 {
		return ErrTooShort.At("query.q", "至少 %d 个相连的字", MinLetters)
	}
	asked := map[Term]bool{}
	for i := 0; len(asked) < maxLists; i++ { // the first term of each word, then the second
		more := false
		for _, c := range covers {
			if i < len(c) {
				more = true
				if !asked[c[i]] && len(asked) < maxLists {
					asked[c[i]] = true
					p.lists = append(p.lists, List{Number: int64(c[i])})
				}
			}
		}
		if !more {
			break
		}
	}
	if whole && len(p.looked) <= maxLists {
		p.looked = nil
	}
	return nil
}

// gather walks until the page is full, nothing is left, or enough was walked.
func (s *Service) gather(ctx context.Context, p plan) (out []disclosure.Record, next int64, err error) {
	w := &walk{store: s.store, lists: p.lists, below: p.below, size: firstChunk}
	read := 0
	for {
		hits, more, err := w.next(ctx)
		if err != nil {
			return nil, 0, err
		}
		for part := range slices.Chunk(hits, showAtOnce) {
			found, n, err := s.standing(ctx, part, p.looked)
			if err != nil {
				return nil, 0, err
			}
			out = append(out, found...)
			if len(out) > p.limit {
				return out[:p.limit], out[p.limit-1].Pos, nil
			}
			if read += n; read > maxTexts {
				return out, part[len(part)-1], nil
			}
		}
		if !more {
			return out, 0, nil
		}
		if w.walked >= maxWalked {
			return out, w.below, nil
		}
	}
}

// standing gives those of the postings at places that stand and have the words,
// and how many texts it read for that. Most words are in the title or summary,
// which are at hand.
func (s *Service) standing(ctx context.Context, places []int64, looked []string) (out []disclosure.Record, read int, err error) {
	recs, err := s.store.PostingsAt(ctx, places)
	if err != nil {
		return nil, 0, err
	}
	recs = slices.DeleteFunc(recs, func(r disclosure.Record) bool { return !searchable(r) })
	if len(looked) == 0 {
		return recs, 0, nil
	}
	open := map[string][]string{}
	var ids []string
	for _, r := range recs {
		name, err := s.opt.Postings.ItemName(r)
		if err != nil {
			return nil, 0, err
		}
		if rest := lacking(looked, r.Shown.Title, r.Shown.Summary, name); len(rest) > 0 {
			open[r.ID] = rest
			ids = append(ids, r.ID)
		}
	}
	contents, err := s.store.LastContents(ctx, ids)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range recs {
		if rest := open[r.ID]; len(rest) > 0 {
			all, err := s.texts(r, contents[r.ID])
			if err != nil {
				return nil, 0, err
			}
			if len(lacking(rest, all...)) > 0 {
				continue
			}
		}
		out = append(out, r)
	}
	return out, len(ids), nil
}
