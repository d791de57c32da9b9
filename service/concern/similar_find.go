package concern

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"unicode/utf8"

	"cunwu/service/account"
	"cunwu/service/concern/similar"
	"cunwu/service/region"
)

const (
	// mostTerms of a concern are kept, of the place where it is at most
	// placeTerms: it is short and tells much.
	mostTerms  = 40
	placeTerms = 10
	// mostPerTerm is how many of the newest concerns are read of a term, and
	// mostRead of all terms together, rarest first.
	mostPerTerm = 300
	mostRead    = 2000
	// mostJudged are compared text by text; mostSimilar are offered, where they
	// are at least this alike.
	mostJudged   = 60
	mostSimilar  = 5
	leastSimilar = 20
	// mostAsked bounds the text that is asked about, in characters.
	mostAsked = 500
)

// TermStore is how similar concerns are found. The answers are in the order of
// the terms.
type TermStore interface {
	// ConcernTermCounts gives at how many concerns of a place each term stands,
	// counted up to most.
	ConcernTermCounts(ctx context.Context, place region.Code, terms []similar.Term, most int) ([]int, error)
	// ConcernsWithTerms gives the serials of the newest concerns of a place with
	// each term, at most so many of each.
	ConcernsWithTerms(ctx context.Context, place region.Code, terms []similar.Term, most int) ([][]int64, error)
	// ConcernsBySerial gives those that exist, newest first.
	ConcernsBySerial(ctx context.Context, serials []int64) ([]Record, error)
}

// TermTx keeps by what similar concerns are found.
type TermTx interface {
	// PutConcernTerms makes a concern be found at places by terms.
	PutConcernTerms(ctx context.Context, serial int64, places []region.Code, terms []similar.Term) error
	// DropConcernTerms is the reverse.
	DropConcernTerms(ctx context.Context, serial int64, places []region.Code, terms []similar.Term) error
}

// findable reports whether a concern is offered to whoever says the same.
func findable(r Record) bool { return r.Serial != 0 && r.Shown() && r.State.Open() }

// termsOf gives by what a concern is found: what others read of it, so that
// what is blacked out cannot be found by guessing.
func (s *Service) termsOf(r Record) []similar.Term {
	at := string(r.Region)
	out := similar.Terms(s.opt.Screening.BlackOut(at, r.Content.Place.Text), placeTerms)
	for _, t := range similar.Terms(s.opt.Screening.BlackOut(at, r.Content.Text+"\n"+r.Content.Transcript), mostTerms) {
		if len(out) < mostTerms && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// index keeps what similar concerns are found by, in the transaction that
// changes a concern: it is there as long as everybody may read it and it is
// open. The text of a concern never changes. The chronicle goes by the same
// change.
func (s *Service) index(ctx context.Context, tx Tx, before, after Record) error {
	if err := s.chronicled(ctx, tx, before, after); err != nil {
		return err
	}
	if findable(before) == findable(after) {
		return nil
	}
	places := []region.Code{after.Region, after.Region.At(region.County)}
	if findable(after) {
		return tx.PutConcernTerms(ctx, after.Serial, places, s.termsOf(after))
	}
	return tx.DropConcernTerms(ctx, after.Serial, places, s.termsOf(after))
}

// Similar gives open public concerns of a place that may be the same as what
// somebody is about to say, most alike first, at most five. With a category:
// those of that kind, or of none in particular; where the rules look for the
// same within a group, those of the group (where given) or of the whole
// village. Of the text the first 500 characters count. Refusals:
// auth.required, region faults, concern.query_invalid.
func (s *Service) Similar(ctx context.Context, by account.Caller, at, group region.Code, category, text string) ([]Similar, error) {
	if !by.Known() {
		return nil, account.ErrRequired
	}
	if _, err := s.opt.Places.Active(ctx, at, region.Village, region.Township, region.County); err != nil {
		return nil, err
	}
	kind, known := s.opt.Rules.Category(category)
	switch {
	case category != "" && !known:
		return nil, ErrQuery.At("query.category", "没有这个类别。")
	case group != "" && (group.Level() != region.Group || !at.Contains(group)):
		return nil, ErrQuery.At("query.group", "请填写本村的小组代码。")
	case !utf8.ValidString(text):
		return nil, ErrQuery.At("query.text", "有无法识别的字符。")
	}
	if rs := []rune(text); len(rs) > mostAsked {
		text = string(rs[:mostAsked])
	}
	same := sameKind{at: at, category: category}
	if kind.Similar == "group" {
		same.group = group
	}
	found, err := s.alike(ctx, same, similar.Terms(text, mostTerms))
	if err != nil || len(found) == 0 {
		return []Similar{}, err
	}
	recs := make([]Record, len(found))
	for i, f := range found {
		recs[i] = f.Record
	}
	views, err := s.views(ctx, by, recs)
	if err != nil {
		return nil, err
	}
	out := make([]Similar, len(found))
	for i, v := range views {
		out[i] = Similar{Concern: v, Score: found[i].score}
	}
	return out, nil
}

// sameKind is where the same is looked for.
type sameKind struct {
	at, group region.Code
	category  string
}

// holds reports whether a concern is one that the same may be: the index may be
// older than the concern.
func (k sameKind) holds(r Record) bool {
	if !findable(r) || r.Region != k.at && !k.at.Contains(r.Region) {
		return false
	}
	if k.category != "" && k.category != otherCategory && r.Category != k.category && r.Category != otherCategory {
		return false
	}
	return k.group == "" || r.Group == "" || r.Group == k.group
}

type alike struct {
	Record
	score int
}

// alike looks the terms up, rarest first and no more rows than a bound, then
// compares the most promising concerns text by text.
func (s *Service) alike(ctx context.Context, same sameKind, terms []similar.Term) ([]alike, error) {
	place := same.at
	if place.Level() == region.Township {
		place = place.At(region.County) // there are no rows of townships
	}
	counts, err := s.store.ConcernTermCounts(ctx, place, terms, mostPerTerm)
	if err != nil {
		return nil, err
	}
	weights := map[similar.Term]float64{}
	for i, t := range terms {
		if counts[i] > 0 {
			weights[t] = similar.Rarity(counts[i], mostPerTerm)
		}
	}
	// What nobody else said, and what of a concern was not asked about, tells as
	// little as what everybody says.
	weigh := func(t similar.Term) float64 { return cmp.Or(weights[t], 1) }
	serials, err := s.promising(ctx, place, rarest(terms, counts), weigh)
	if err != nil {
		return nil, err
	}
	recs, err := s.store.ConcernsBySerial(ctx, serials)
	if err != nil {
		return nil, err
	}
	var out []alike
	for _, r := range recs {
		if !same.holds(r) {
			continue
		}
		if score := similar.Score(terms, s.termsOf(r), weigh); score >= leastSimilar {
			out = append(out, alike{r, score})
		}
	}
	slices.SortStableFunc(out, func(a, b alike) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.Serial, a.Serial)) })
	return out[:min(len(out), mostSimilar)], nil
}

// rarest gives those of the terms that stand anywhere, rarest first, as many as
// may be read.
func rarest(terms []similar.Term, counts []int) []similar.Term {
	order := make([]int, 0, len(terms))
	for i, n := range counts {
		if n > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(counts[a], counts[b]) })
	var out []similar.Term
	rows := 0
	for _, i := range order {
		if rows += counts[i]; rows > mostRead && len(out) > 0 {
			break
		}
		out = append(out, terms[i])
	}
	return out
}

// promising gives the serials of the concerns that share most, by weight.
func (s *Service) promising(ctx context.Context, place region.Code, terms []similar.Term, weigh func(similar.Term) float64) ([]int64, error) {
	found, err := s.store.ConcernsWithTerms(ctx, place, terms, mostPerTerm)
	if err != nil {
		return nil, err
	}
	sums := map[int64]float64{}
	for i, serials := range found {
		for _, serial := range serials {
			sums[serial] += weigh(terms[i])
		}
	}
	out := slices.SortedFunc(maps.Keys(sums), func(a, b int64) int { return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(b, a)) })
	return out[:min(len(out), mostJudged)], nil
}
