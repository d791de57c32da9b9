package mention

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"cunwu/service/disclosure"
	"cunwu/service/outbox"
	"cunwu/service/region"
)

const (
	defaultPage = 20
	maxPage     = 50
	// longestQuery is the most characters searched for.
	longestQuery = 40
)

// Places is what the package needs to know of the tree of places.
type Places interface {
	// Names gives the names of those of the codes that exist, in any state.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
}

// Service finds and shows named things. It is safe for concurrent use.
type Service struct {
	store  Store
	places Places
}

// New makes the service.
func New(store Store, places Places) *Service { return &Service{store: store, places: places} }

// Take does what follows from events of postings, in the transaction of the
// follower of topic outbox.Search: the lines of each posting become those of
// its standing version. Repeating it changes nothing. The transaction records
// its own audit event.
func (s *Service) Take(ctx context.Context, tx Tx, events []outbox.Event) error {
	var things []string
	done := map[string]bool{}
	for _, e := range events {
		if done[e.Subject] || !strings.HasPrefix(e.Kind, "disclosure.") {
			continue
		}
		done[e.Subject] = true
		ids, err := retell(ctx, tx, e)
		if err != nil {
			return err
		}
		things = append(things, ids...)
	}
	if len(things) == 0 {
		return nil
	}
	slices.Sort(things) // rows are always locked in one order
	return tx.RecountThings(ctx, slices.Compact(things))
}

// retell replaces the lines of one posting and gives the things concerned.
func retell(ctx context.Context, tx Tx, e outbox.Event) ([]string, error) {
	things, err := tx.DropMentions(ctx, e.Subject)
	if err != nil {
		return nil, err
	}
	source, stands, err := tx.MentionSource(ctx, e.Subject)
	if err != nil {
		return nil, err
	}
	if stands {
		c, err := disclosure.ParseContent(source.Content)
		if err != nil {
			return nil, fmt.Errorf("mention: posting %s: %w", source.ID, err)
		}
		f := find(source, c)
		if len(f.lines) > 0 {
			if err := tx.PutMentions(ctx, f.things, f.lines); err != nil {
				return nil, err
			}
		}
		for _, t := range f.things {
			things = append(things, t.ID)
		}
	}
	if len(things) == 0 {
		return nil, nil
	}
	return things, tx.RegionChanged(ctx, e.Region)
}

// Things gives a page of what a village's postings name, of one kind or of all
// (""), newest first; next is zero at the end. limit 0 is 20. Refusals:
// region.code_invalid, region.not_found, mention.query_invalid.
func (s *Service) Things(ctx context.Context, village region.Code, kind Kind, after After, limit int) (things []Thing, next After, err error) {
	if !village.Valid() {
		return nil, After{}, region.ErrCode
	}
	if limit == 0 {
		limit = defaultPage
	}
	switch {
	case village.Level() != region.Village:
		return nil, After{}, ErrQuery.At("query.region", "请给出 12 位的村（社区）代码。")
	case kind != "" && kind.Word() == "":
		return nil, After{}, ErrQuery.At("query.kind", "只有 project、contract、asset、payee 四类。")
	case limit < 1 || limit > maxPage:
		return nil, After{}, ErrQuery.At("query.limit", "每页条数应在 1 到 %d 之间。", maxPage)
	}
	names, err := s.places.Names(ctx, []region.Code{village})
	if err != nil {
		return nil, After{}, err
	}
	name, known := names[village]
	if !known {
		return nil, After{}, region.ErrNotFound
	}
	things, err = s.store.ThingList(ctx, village, kind, after, limit+1)
	if err != nil {
		return nil, After{}, err
	}
	if len(things) > limit {
		things = things[:limit]
		next = After{At: things[limit-1].LastAt, ID: things[limit-1].ID}
	}
	for i := range things {
		things[i].RegionName = name
	}
	return things, next, nil
}

// Thing gives one thing with its sums. mention.not_found.
func (s *Service) Thing(ctx context.Context, id string) (Thing, error) {
	t, err := s.store.Thing(ctx, id)
	if err != nil {
		return Thing{}, err
	}
	names, err := s.places.Names(ctx, []region.Code{t.Region})
	t.RegionName = names[t.Region]
	return t, err
}

// Lines gives a page of the lines that name a thing, newest first; with q only
// those that hold it. next is zero at the end. limit 0 is 20.
// mention.query_invalid.
func (s *Service) Lines(ctx context.Context, id, q string, after AfterLine, limit int) (lines []Mention, next AfterLine, err error) {
	if limit == 0 {
		limit = defaultPage
	}
	if limit < 1 || limit > maxPage {
		return nil, AfterLine{}, ErrQuery.At("query.limit", "每页条数应在 1 到 %d 之间。", maxPage)
	}
	if len([]rune(q)) > longestQuery {
		return nil, AfterLine{}, ErrQuery.At("query.q", "最多 %d 个字。", longestQuery)
	}
	return s.store.ThingLines(ctx, id, strings.TrimSpace(q), after, limit)
}

// Hit is one line of a posting in which something was found; Index is its place
// among the posting's lines, from 0.
type Hit struct {
	Index int
	Line  disclosure.Line
}

// Match gives the lines in which q occurs, in order: in what they say, their
// category, voucher number or the things they name, whatever the width or case
// of letters. All of them where q is empty.
func Match(lines []disclosure.Line, q string) []Hit {
	fold := func(s string) string { return strings.ToLower(norm.NFKC.String(s)) }
	q = fold(strings.TrimSpace(q))
	hits := []Hit{}
	for i, l := range lines {
		texts := []string{l.Summary, l.Category, l.Voucher, l.Project, l.Contract, l.Asset, l.Payee}
		if slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(fold(t), q) }) {
			hits = append(hits, Hit{i, l})
		}
	}
	return hits
}
