// Package chronicle is what went on in public in a place beside its postings:
// the steps of consultations and ballots, newest first. Postings have a feed of
// their own, whose items are a shape that strangers rely on; entries of the
// chronicle stand at places in time of the same kind, so that the two can be
// read as one.
//
// Invariants: an entry is written in the transaction of its step; it holds only
// what everybody may read at that moment; what stops being public leaves the
// chronicle in the same transaction.
package chronicle

import (
	"context"
	"strconv"
	"time"

	"cunwu/service/fault"
	"cunwu/service/region"
)

// Entry is one step.
type Entry struct {
	Pos     int64  // place in time, given by the archive; see Position
	Kind    string // dotted, as the outbox names it, e.g. "consultation.notify"
	Region  region.Code
	Subject string // id of the consultation or ballot
	Title   string // at most 200 characters
	Text    string // what happened, in a sentence or two; at most 400 characters
	Link    string // path on this site
	At      time.Time
}

// Bounds of what an entry holds, in characters.
const (
	MostTitle = 200
	MostText  = 400
)

// Tx is part of the Tx of every noun whose steps are public.
type Tx interface {
	// AddEntry puts an entry into the chronicles of its place and of all above
	// it, at the transaction's time. Title and text are cut to their bounds.
	AddEntry(ctx context.Context, e Entry) error
	// DropEntries takes all entries about a subject out again.
	DropEntries(ctx context.Context, subject string) error
}

// Store is what the package needs of the archive.
type Store interface {
	// EntriesOf gives, newest first, at most limit entries of a scope with
	// places below before (0 for all).
	EntriesOf(ctx context.Context, scope, before int64, limit int) ([]Entry, error)
}

// Places is what the package needs of the tree of places.
type Places interface {
	// Region gives a place, or region.not_found.
	Region(ctx context.Context, code region.Code) (region.Region, error)
	// Names gives the names of those of the codes that exist.
	Names(ctx context.Context, codes []region.Code) (map[region.Code]string, error)
}

// Position gives an entry's place in time, in the terms of the postings' feed.
func Position(at time.Time, serial int64) int64 { return at.UnixMilli()<<20 | serial&(1<<20-1) }

// Scope is the number of a place's chronicle, 0 for what is no code.
func Scope(place region.Code) int64 {
	if !place.Valid() {
		return 0
	}
	n, err := strconv.ParseInt(string(place), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Scopes gives the chronicles that an entry of a place stands in.
func Scopes(place region.Code) []int64 {
	var out []int64
	for _, p := range place.Path() {
		out = append(out, Scope(p))
	}
	return out
}

// Service reads the chronicle. It is safe for concurrent use.
type Service struct {
	store  Store
	places Places
}

// New makes the service.
func New(store Store, places Places) *Service { return &Service{store: store, places: places} }

// MostListed bounds a page.
const MostListed = 50

// Shown is an entry with the names of its places.
type Shown struct {
	Entry
	RegionName string
	PathNames  []string // from city to village
}

// Page is a part of a chronicle; Next is 0 at the end.
type Page struct {
	Items []Shown
	Next  int64
}

// Page gives what went on in a place and all below it, newest first, from
// below a place in time on (0: from the newest). Refusals: region.code_invalid,
// region.not_found, request.invalid.
func (s *Service) Page(ctx context.Context, place region.Code, before int64, limit int) (Page, error) {
	switch {
	case !place.Valid():
		return Page{}, region.ErrCode
	case limit < 1 || limit > MostListed || before < 0:
		return Page{}, fault.ErrInvalid.At("query.limit", "每页 1 到 %d 条。", MostListed)
	}
	if _, err := s.places.Region(ctx, place); err != nil {
		return Page{}, err
	}
	entries, err := s.store.EntriesOf(ctx, Scope(place), before, limit+1)
	if err != nil {
		return Page{}, err
	}
	page := Page{Items: []Shown{}}
	if len(entries) > limit {
		entries = entries[:limit]
		page.Next = entries[limit-1].Pos
	}
	var codes []region.Code
	for _, e := range entries {
		codes = append(codes, e.Region.Path()...)
	}
	names, err := s.places.Names(ctx, codes)
	if err != nil {
		return Page{}, err
	}
	for _, e := range entries {
		x := Shown{Entry: e, RegionName: names[e.Region], PathNames: []string{}}
		for _, c := range e.Region.Path() {
			if c.Level() >= region.City && c.Level() <= region.Village {
				x.PathNames = append(x.PathNames, names[c])
			}
		}
		page.Items = append(page.Items, x)
	}
	return page, nil
}
